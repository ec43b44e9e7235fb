//! Input schemas that every client and model takes: a root object, everything inlined,
//! no combinators, no type lists, no `null`, no formats, no boolean schemas.

use rmcp::model::Tool;
use serde_json::{Map, Value, json};

use super::shaping;
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// The input schema of an operation.
pub fn input(operation: &Operation) -> Map<String, Value> {
    of(operation.fields.iter().chain(shaping::arguments(operation)))
}

/// What a model sees of a tool, in bytes: name, description and input schema.
pub fn bytes_of(tool: &Tool) -> usize {
    let schema = serde_json::to_string(&tool.input_schema).map_or(0, |schema| schema.len());
    tool.name.len() + tool.description.as_ref().map_or(0, |about| about.len()) + schema
}

/// The input schema of a tool that takes these.
pub fn of<'a>(fields: impl Iterator<Item = &'a Field> + Clone) -> Map<String, Value> {
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
    if !field.about.is_empty() {
        schema.insert("description".to_owned(), field.about.into());
    }
    schema
}

/// An object with its fields in the description, in the notation of TypeScript: a third of
/// the size, and no word lost.
fn brief(field: &Field) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("description".to_owned(), format!("{} {}", field.about, notation(&field.schema)).into());
    schema
}

/// `{id, name?, enabled?: boolean, kind: a|b}`; text needs no type.
fn notation(schema: &Schema) -> String {
    match schema {
        Schema::String => "string".to_owned(),
        Schema::Integer | Schema::Number => "number".to_owned(),
        Schema::Boolean => "boolean".to_owned(),
        Schema::Scalar | Schema::Any | Schema::Empty => "any".to_owned(),
        Schema::AnyObject | Schema::Payload => "{}".to_owned(),
        Schema::Choice(words) => words.join("|"),
        Schema::Nullable(inner) => format!("{}|null", notation(inner)),
        Schema::List(item) => format!("{}[]", notation(item)),
        Schema::Map(item) => format!("{{[key]: {}}}", notation(item)),
        Schema::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let optional = if field.presence == Presence::Required { "" } else { "?" };
                    let null = if field.presence == Presence::Clearable { "|null" } else { "" };
                    match (&field.schema, null) {
                        (Schema::String, "") => format!("{}{optional}", field.name),
                        (schema, _) => format!("{}{optional}: {}{null}", field.name, notation(schema)),
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
        Schema::Object(fields) => return object(fields.iter()),
    };
    match described {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::bytes_of;
    use super::input;
    use crate::api::operations;
    use crate::client::{Client, Options};
    use crate::server::listed;
    use crate::server::selection::Selection;
    use crate::server::tools::{Policy, Tools};
    use rmcp::model::Tool;

    #[test]
    fn every_schema_is_one_that_all_clients_take() {
        fn check(schema: &Value, path: &str) {
            let Value::Object(fields) = schema else { panic!("{path}: a schema is an object") };
            let kind =
                fields.get("type").and_then(Value::as_str).unwrap_or_else(|| panic!("{path}: no type"));
            for name in fields.keys() {
                let allowed = [
                    "type",
                    "properties",
                    "required",
                    "additionalProperties",
                    "description",
                    "enum",
                    "items",
                    "minimum",
                    "maximum",
                ];
                assert!(allowed.contains(&name.as_str()), "{path}: `{name}`");
            }
            assert_eq!(kind == "array", fields.contains_key("items"), "{path}: items");
            if let Some(Value::Object(properties)) = fields.get("properties") {
                for (name, schema) in properties {
                    check(schema, &format!("{path}.{name}"));
                }
            }
            for name in ["items", "additionalProperties"] {
                if let Some(schema) = fields.get(name).filter(|schema| !schema.is_boolean()) {
                    check(schema, &format!("{path}.{name}"));
                }
            }
        }
        for operation in operations() {
            let schema = Value::Object(input(operation));
            assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()));
            check(&schema, operation.name);
        }
    }

    /// The tools of a server with these settings.
    fn tools(toolsets: &str, discovery: bool) -> Vec<Tool> {
        let selection = Selection { toolsets: vec![toolsets.to_owned()], discovery, ..Selection::default() };
        let client = Client::new(Options { sandbox: true, ..Options::default() });
        listed(&Tools::new(client, selection.resolve().expect("names"), Policy::default()))
    }

    /// What a model sees, in tokens, with the braces and names around it.
    fn tokens(tools: &[Tool]) -> usize {
        let frame = r#"{"name":"","description":"","input_schema":}"#.len();
        tools.iter().map(|tool| bytes_of(tool) + frame).sum::<usize>() / 4
    }

    /// Every client pays for every byte of every tool, in every conversation.
    #[test]
    fn the_list_stays_within_its_budget() {
        for tool in tools("all", true) {
            assert!(bytes_of(&tool) + 44 <= 2048, "{}: {} bytes", tool.name, bytes_of(&tool));
        }
        let (default, all) = (tokens(&tools("default", true)), tokens(&tools("all", true)));
        assert!(default <= 8_000, "{default} tokens by default");
        assert!(all <= 40_000, "{all} tokens in all");
        let discovery = tokens(&tools("none", true)) - tokens(&tools("none", false));
        assert!(discovery > 0 && discovery < 700, "{discovery} tokens to discover the rest");
    }
}
