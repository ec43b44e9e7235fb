//! An object as an operation answers it: the fields of its model, and no others. So a key is in the
//! answer that creates it and in no later one, without a word about it here.

use serde_json::{Map, Value};

use super::world::Object;
use crate::schema::{Presence, Schema};

/// The object with the fields of a model. What the model needs and the object has not is taken from
/// the example; what it may lack is null.
pub(super) fn shown(object: &Object, model: &Schema, example: Option<&Object>) -> Value {
    if model.fields().is_empty() {
        return Value::Object(object.clone());
    }
    with_fields(model, example, |name| object.get(name).cloned())
}

/// The same, of an object that is not needed any more.
pub(super) fn into_shown(mut object: Object, model: &Schema, example: Option<&Object>) -> Value {
    if model.fields().is_empty() {
        return Value::Object(object);
    }
    with_fields(model, example, |name| object.get_mut(name).map(Value::take))
}

fn with_fields(
    model: &Schema,
    example: Option<&Object>,
    mut field_of: impl FnMut(&str) -> Option<Value>,
) -> Value {
    let mut shown = Map::with_capacity(model.fields().len() + 1);
    if let Some(tag) = field_of("object").or_else(|| example?.get("object").cloned()) {
        shown.insert("object".to_owned(), tag);
    }
    for field in model.fields() {
        let value = match field_of(field.api_name) {
            Some(value) => value,
            None if field.presence == Presence::Required => {
                example.and_then(|example| example.get(field.api_name)).cloned().unwrap_or_default()
            }
            None => Value::Null,
        };
        shown.insert(field.api_name.to_owned(), value);
    }
    Value::Object(shown)
}
