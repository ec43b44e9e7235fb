//! Audit log events against the schema of their action, as far as such schemas go, and against the bounds
//! of all metadata.

use serde_json::{Map, Value, json};

use crate::sandbox::world::Object;

/// Bounds of metadata: keys, the length of one, the length of text.
const MAX_KEYS: usize = 50;
const MAX_KEY: usize = 40;
const MAX_TEXT: usize = 500;

/// All that is wrong with an event, each with its place.
pub(super) fn wrong_with(event: &Value, schema: Option<&Object>) -> Vec<Value> {
    let mut wrong = Vec::new();
    let targets = event["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    bounds(&event["metadata"], "/metadata", &mut wrong);
    bounds(&event["actor"]["metadata"], "/actor/metadata", &mut wrong);
    for (place, target) in targets.iter().enumerate() {
        bounds(&target["metadata"], &format!("/targets/{place}/metadata"), &mut wrong);
    }
    let Some(schema) = schema else { return wrong };
    let of = |part: &str| schema.get(part).cloned().unwrap_or_default();
    against(&of("metadata"), &event["metadata"], "/metadata", &mut wrong);
    against(&of("actor")["metadata"], &event["actor"]["metadata"], "/actor/metadata", &mut wrong);
    let known = of("targets");
    let known = known.as_array().map(Vec::as_slice).unwrap_or_default();
    if targets.is_empty() {
        wrong.push(fault("/targets", "minItems", "must NOT have fewer than 1 items"));
    }
    for (place, target) in targets.iter().enumerate() {
        match known.iter().find(|known| known["type"] == target["type"]) {
            Some(known) => {
                let path = format!("/targets/{place}/metadata");
                against(&known["metadata"], &target["metadata"], &path, &mut wrong);
            }
            None => {
                let path = format!("/targets/{place}/type");
                wrong.push(fault(&path, "enum", "must be equal to one of the allowed values"));
            }
        }
    }
    wrong
}

fn fault(path: &str, keyword: &str, message: &str) -> Value {
    json!({"instancePath": path, "keyword": keyword, "message": message})
}

/// What holds of all metadata.
fn bounds(metadata: &Value, path: &str, wrong: &mut Vec<Value>) {
    let Some(metadata) = metadata.as_object() else { return };
    if metadata.len() > MAX_KEYS {
        wrong.push(fault(path, "maxProperties", "must NOT have more than 50 properties"));
    }
    for (key, value) in metadata {
        if key.chars().count() > MAX_KEY {
            wrong.push(fault(path, "propertyNames", "property name must NOT have more than 40 characters"));
        }
        if value.as_str().is_some_and(|text| text.chars().count() > MAX_TEXT) {
            let path = format!("{path}/{key}");
            wrong.push(fault(&path, "maxLength", "must NOT have more than 500 characters"));
        }
    }
}

/// Metadata against JSON Schema: the types, what is required, and what else may be there.
fn against(schema: &Value, metadata: &Value, path: &str, wrong: &mut Vec<Value>) {
    let (Some(schema), nothing) = (schema.as_object(), Map::new()) else { return };
    let metadata = metadata.as_object().unwrap_or(&nothing);
    let properties = schema.get("properties").and_then(Value::as_object);
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if !metadata.contains_key(name) {
            wrong.push(fault(path, "required", &format!("must have required property '{name}'")));
        }
    }
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    for (name, value) in metadata {
        let Some(property) = properties.and_then(|properties| properties.get(name)) else {
            if is_closed {
                wrong.push(fault(path, "additionalProperties", "must NOT have additional properties"));
            }
            continue;
        };
        let kind = property["type"].as_str().unwrap_or_default();
        let fits = match kind {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            _ => true,
        };
        if !fits {
            wrong.push(fault(&format!("{path}/{name}"), "type", &format!("must be {kind}")));
        }
        if property["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            let path = format!("{path}/{name}");
            wrong.push(fault(&path, "enum", "must be equal to one of the allowed values"));
        }
    }
}
