//! An object as an operation answers it: the fields of its model, and no others. So a key is in the
//! answer that creates it and in no later one, without a word about it here.

use serde_json::{Map, Value};

use super::world::Object;
use crate::schema::{Presence, Schema};

/// The object with the fields of a model. What the model needs and the object has not is taken from
/// the example; what it may lack is null.
pub(super) fn shown(object: &Object, model: &Schema, example: Option<&Object>) -> Value {
    let fields = model.fields();
    if fields.is_empty() {
        return Value::Object(object.clone());
    }
    let mut shown = Map::new();
    if let Some(tag) = object.get("object").or_else(|| example?.get("object")) {
        shown.insert("object".to_owned(), tag.clone());
    }
    for field in fields {
        let example = || example.and_then(|example| example.get(field.api_name)).cloned();
        let value = match object.get(field.api_name) {
            Some(value) => value.clone(),
            None if field.presence == Presence::Required => example().unwrap_or_default(),
            None => Value::Null,
        };
        shown.insert(field.api_name.to_owned(), value);
    }
    Value::Object(shown)
}
