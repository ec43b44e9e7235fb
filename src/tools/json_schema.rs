//! JSON Schemas of arguments and of answers, written from the table.
//!
//! Those of arguments are such that every client and model takes them: a root object,
//! everything inlined, no combinators, no type lists, no `null`, no formats, no boolean schemas.
//! Those of answers are lax, because clients throw away an answer that does not fit: nothing
//! is required, nothing closed, every word allowed.

use serde_json::{Map, Value, json};

use super::access::Access;
use super::{clearing, projection};
use crate::operation::{Effect, Operation};
use crate::schema::{Destroys, Field, Presence, Schema};

/// The schema of an operation's arguments, as far as `access` goes: what would only be refused, because
/// it takes something away, is not published.
pub fn input(operation: &Operation, access: Access) -> Map<String, Value> {
    input_with(operation, arguments(operation, access))
}

/// The same without what is seldom needed, where `find_operations` tells that.
pub fn usual_input(operation: &Operation, access: Access) -> Map<String, Value> {
    input_with(operation, arguments(operation, access).filter(|field| !field.seldom))
}

fn input_with(
    operation: &Operation,
    arguments: impl Iterator<Item = &'static Field> + Clone,
) -> Map<String, Value> {
    let mut schema = input_of(arguments);
    if let Some(Value::Object(properties)) = schema.get_mut("properties")
        && let Some(Value::Object(clear)) = properties.get_mut(clearing::NAME)
    {
        let names = clearing::notation(operation);
        clear.insert("description".to_owned(), format!("To remove: {names}.").into());
    }
    schema
}

/// The arguments of an operation that are published, as far as `access` goes.
pub fn arguments(
    operation: &Operation,
    access: Access,
) -> impl Iterator<Item = &'static Field> + Clone + use<> {
    let takes_away = |field: &&Field| field.destroys == Some(Destroys::Any) || field.name == clearing::NAME;
    let reaches = move |field: &&Field| access.permits(Effect::Delete) || !takes_away(field);
    let common = clearing::arguments(operation).iter().chain(projection::published(operation));
    operation.fields.iter().chain(common).filter(reaches)
}

/// The schema of the arguments of a tool that takes these fields.
pub fn input_of<'a>(fields: impl Iterator<Item = &'a Field> + Clone) -> Map<String, Value> {
    let mut schema = object(fields);
    // Unknown names are refused at every depth; the root says it for all.
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

fn object<'a>(fields: impl Iterator<Item = &'a Field> + Clone) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    if fields.clone().next().is_some() {
        let properties =
            fields.clone().map(|field| (field.name.to_owned(), property(field).into())).collect();
        schema.insert("properties".to_owned(), Value::Object(properties));
    }
    let required: Vec<Value> =
        fields.filter(|field| field.presence == Presence::Required).map(|field| field.name.into()).collect();
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema
}

fn property(field: &Field) -> Map<String, Value> {
    if field.brief {
        return brief(field);
    }
    let mut schema = value(&field.schema);
    if let Some((low, high)) = field.range {
        // That nobody wants none of something goes without saying.
        if low != 1 {
            schema.insert("minimum".to_owned(), low.into());
        }
        schema.insert("maximum".to_owned(), high.into());
    }
    if !field.description.is_empty() {
        schema.insert("description".to_owned(), field.description.into());
    }
    schema
}

/// An object with its fields in the description, in the notation of TypeScript: a third of
/// the size. Of long lists of words the first stand for all; a wrong one is answered with the list.
fn brief(field: &Field) -> Map<String, Value> {
    let mut schema = match field.schema {
        Schema::Choice(_) => value(&Schema::String),
        Schema::List(_) => value(&Schema::List(&Schema::AnyObject)),
        _ => value(&Schema::AnyObject),
    };
    schema.insert(
        "description".to_owned(),
        format!("{} {}", field.description, notation(&field.schema)).trim_start().into(),
    );
    schema
}

/// The longest list of words in the notation.
const MAX_WORDS: usize = 8;

/// `{id, name?, enabled?: boolean, kind: a|b}`; text needs no type.
pub fn notation(schema: &Schema) -> String {
    match schema {
        Schema::String => "string".to_owned(),
        Schema::Integer | Schema::Number => "number".to_owned(),
        Schema::Boolean => "boolean".to_owned(),
        Schema::Scalar | Schema::Any | Schema::Empty => "any".to_owned(),
        Schema::AnyObject | Schema::Payload => "{}".to_owned(),
        Schema::Choice(words) if words.len() > MAX_WORDS => {
            format!("{}|…{} more", words[..3].join("|"), words.len() - 3)
        }
        Schema::Choice(words) => words.join("|"),
        Schema::Nullable(inner) => notation(inner),
        Schema::List(item) => format!("{}[]", notation(item)),
        Schema::Map(item) => format!("{{[key]: {}}}", notation(item)),
        Schema::Object(fields, _) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let optional = if field.presence == Presence::Required { "" } else { "?" };
                    match &field.schema {
                        Schema::String => format!("{}{optional}", field.name),
                        schema => format!("{}{optional}: {}", field.name, notation(schema)),
                    }
                })
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
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
        Schema::AnyObject | Schema::Payload | Schema::Map(Schema::Scalar | Schema::Any) => {
            json!({ "type": "object" })
        }
        Schema::Map(item) => json!({ "type": "object", "additionalProperties": value(item) }),
        Schema::Nullable(inner) => return value(inner),
        Schema::Object(fields, _) => return object(fields.iter()),
    };
    match described {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// The schema of an operation's answer.
pub fn output(operation: &Operation) -> Map<String, Value> {
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

/// The schema of a value in an answer, if it can be told without combinators.
fn described(schema: &Schema) -> Option<Value> {
    Some(match schema {
        Schema::String | Schema::Choice(_) => json!({ "type": "string" }),
        Schema::Integer | Schema::Number => json!({ "type": "number" }),
        Schema::Boolean => json!({ "type": "boolean" }),
        Schema::List(item) => json!({ "type": "array", "items": described(item)? }),
        Schema::Object(fields, _) => {
            let properties: Map<String, Value> = fields
                .iter()
                .filter_map(|field| Some((field.api_name.to_owned(), described(published(field)?)?)))
                .collect();
            json!({ "type": "object", "properties": properties })
        }
        Schema::Map(_) | Schema::AnyObject | Schema::Payload => json!({ "type": "object" }),
        Schema::Nullable(_) | Schema::Scalar | Schema::Any | Schema::Empty => return None,
    })
}

/// What is published of a field: nothing if text may stand in place of its value.
pub(super) fn published(field: &Field) -> Option<&Schema> {
    (!field.secret || matches!(field.schema, Schema::String)).then_some(&field.schema)
}
