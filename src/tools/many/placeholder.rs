//! What stands in for a value that is not known yet, so that everything else of a call can be checked: a
//! value of the shape that its argument has.

use serde_json::{Map, Value};

use super::reference::Reference;
use crate::operation::{Operation, Rule};
use crate::schema::{Destroys, Field, Presence, Schema};

/// A value in place of a reference, and whether anything can be told from it: not where the real one decides
/// what else is needed, nor of an object with rules of its own.
pub fn stand_in(operation: &'static Operation, reference: &Reference) -> (Value, bool) {
    let Some(root) = operation.field(reference.root()) else { return ("x".into(), true) };
    let (mut field, mut schema) = (root, &root.schema);
    for step in reference.steps() {
        match (schema.present(), step) {
            (Schema::Object(fields, _), Some(name)) => match fields.iter().find(|field| field.name == name) {
                Some(inner) => (field, schema) = (inner, &inner.schema),
                None => return ("x".into(), true),
            },
            (Schema::Map(item), Some(_)) | (Schema::List(item), None) => schema = item,
            _ => return ("x".into(), true),
        }
    }
    let decides = |rule: &Rule| matches!(rule, Rule::When { field: of, .. } if *of == field.name);
    let telling = !matches!(schema.present(), Schema::Object(..)) && !operation.rules.iter().any(decides);
    (fitting(field, schema), telling)
}

fn fitting(field: &Field, schema: &Schema) -> Value {
    match schema.present() {
        Schema::Integer => field.range.map_or(1, |(low, _)| low).into(),
        Schema::Number => 1.into(),
        Schema::Boolean => true.into(),
        Schema::Choice(words) => {
            // What may come may destroy.
            let destroying = field.destroys.and_then(|destroys| match destroys {
                Destroys::Word(word) => Some(word),
                Destroys::Any => None,
            });
            destroying.or(words.first().copied()).unwrap_or("x").into()
        }
        Schema::List(item) => Value::Array(vec![fitting(field, item)]),
        Schema::Map(item) => Value::Object(Map::from_iter([("x".to_owned(), fitting(field, item))])),
        Schema::Object(fields, _) => {
            let required = fields.iter().filter(|field| field.presence == Presence::Required);
            required.map(|field| (field.name.to_owned(), fitting(field, &field.schema))).collect()
        }
        Schema::AnyObject | Schema::Payload => Value::Object(Map::from_iter([("x".to_owned(), "x".into())])),
        _ if field.time => "2026-01-01T00:00:00Z".into(),
        _ if field.digits => "100000".into(),
        _ => "x".into(),
    }
}
