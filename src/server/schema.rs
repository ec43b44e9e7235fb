//! Input schemas that every client and model takes: a root object, everything inlined,
//! no combinators, no type lists, no `null`, no formats, no boolean schemas.

use serde_json::{Map, Value, json};

use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// The input schema of an operation.
pub fn input(operation: &Operation) -> Map<String, Value> {
    object(operation.fields)
}

fn object(fields: &[Field]) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    if !fields.is_empty() {
        let properties = fields.iter().map(|field| (field.name.to_owned(), property(field).into())).collect();
        schema.insert("properties".to_owned(), Value::Object(properties));
    }
    let required: Vec<Value> = fields
        .iter()
        .filter(|field| field.presence == Presence::Required)
        .map(|field| field.name.into())
        .collect();
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

fn property(field: &Field) -> Map<String, Value> {
    let mut schema = value(&field.schema);
    if let Some((low, high)) = field.range {
        schema.insert("minimum".to_owned(), low.into());
        schema.insert("maximum".to_owned(), high.into());
    }
    if !field.about.is_empty() {
        schema.insert("description".to_owned(), field.about.into());
    }
    schema
}

fn value(schema: &Schema) -> Map<String, Value> {
    let described = match schema {
        // Clients reject a schema without a type; text holds anything.
        Schema::String | Schema::Scalar | Schema::Any | Schema::Empty => json!({ "type": "string" }),
        Schema::Integer => json!({ "type": "integer" }),
        Schema::Number => json!({ "type": "number" }),
        Schema::Boolean => json!({ "type": "boolean" }),
        Schema::Choice(words) => json!({ "type": "string", "enum": words }),
        Schema::List(item) => json!({ "type": "array", "items": value(item) }),
        Schema::AnyObject | Schema::Map(Schema::Scalar | Schema::Any) => json!({ "type": "object" }),
        Schema::Map(item) => json!({ "type": "object", "additionalProperties": value(item) }),
        Schema::Nullable(inner) => return value(inner),
        Schema::Object(fields) => return object(fields),
    };
    match described {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}
