//! Output schemas, for clients that generate code from them. Off unless asked for.
//!
//! Clients throw away an answer that does not fit, so these are lax: nothing is required,
//! nothing closed, every word allowed. What WorkOS sends in another type than it documents
//! is taken out of the data, and still stands in the text of the answer.

use serde_json::{Map, Value, json};

use crate::operation::Operation;
use crate::schema::{Field, Schema};

/// The shape of an operation's answer.
pub fn schema(operation: &Operation) -> Map<String, Value> {
    let schema = match &operation.answer {
        list @ Schema::List(_) => json!({ "type": "object", "properties": { "data": described(list) } }),
        Schema::Empty => json!({ "type": "object", "properties": { "ok": { "type": "boolean" } } }),
        answer => described(answer).unwrap_or(Value::Null),
    };
    match schema {
        Value::Object(schema) if schema.get("type") == Some(&"object".into()) => schema,
        _ => [("type".to_owned(), "object".into())].into_iter().collect(),
    }
}

/// A shape, if it can be told without combinators.
fn described(schema: &Schema) -> Option<Value> {
    Some(match schema {
        Schema::String | Schema::Choice(_) => json!({ "type": "string" }),
        Schema::Integer | Schema::Number => json!({ "type": "number" }),
        Schema::Boolean => json!({ "type": "boolean" }),
        Schema::List(item) => json!({ "type": "array", "items": described(item)? }),
        Schema::Object(fields) => {
            let properties: Map<String, Value> = fields
                .iter()
                .filter_map(|field| Some((field.wire.to_owned(), described(known(field)?)?)))
                .collect();
            json!({ "type": "object", "properties": properties })
        }
        Schema::Map(_) | Schema::AnyObject | Schema::Payload => json!({ "type": "object" }),
        Schema::Nullable(_) | Schema::Scalar | Schema::Any | Schema::Empty => return None,
    })
}

/// The shape of a field, unless its value may be masked by text.
fn known(field: &Field) -> Option<&Schema> {
    (!field.secret || matches!(field.schema, Schema::String)).then_some(&field.schema)
}

/// Takes out of an answer what does not have the type that the schema tells.
pub fn conform(operation: &Operation, answer: &mut Value) {
    match (&operation.answer, answer) {
        (list @ Schema::List(_), Value::Object(fields)) => {
            if fields.get_mut("data").is_some_and(|data| !fits(list, data)) {
                fields.shift_remove("data");
            }
        }
        (answer_schema, answer) => {
            fits(answer_schema, answer);
        }
    }
}

/// Whether a value fits, after what does not was taken out of it.
fn fits(schema: &Schema, value: &mut Value) -> bool {
    match (schema, value) {
        (Schema::String | Schema::Choice(_), value) => value.is_string(),
        (Schema::Integer | Schema::Number, value) => value.is_number(),
        (Schema::Boolean, value) => value.is_boolean(),
        (Schema::List(item), Value::Array(items)) => {
            if described(item).is_some() {
                items.retain_mut(|value| fits(item, value));
            }
            true
        }
        (Schema::List(item), _) => described(item).is_none(),
        (Schema::Object(fields), Value::Object(object)) => {
            object.retain(|name, value| {
                let field = fields.iter().find(|field| field.wire == name);
                field.and_then(known).is_none_or(|schema| fits(schema, value))
            });
            true
        }
        (Schema::Map(_) | Schema::AnyObject | Schema::Payload, value) => value.is_object(),
        (Schema::Object(_), _) => false,
        (Schema::Nullable(_) | Schema::Scalar | Schema::Any | Schema::Empty, _) => true,
    }
}
