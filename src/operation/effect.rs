//! What a call does to the data at WorkOS: what its operation does, or more if an argument raises it.

use serde_json::{Map, Value};

use super::{Effect, Operation};
use crate::schema::{Destroys, Field, Presence, Schema};

impl Operation {
    /// What a call with these arguments does: [`Effect::Delete`] if one of them replaces, overwrites
    /// or clears what was there, else the effect of the operation.
    pub fn effect_of(&self, arguments: &Map<String, Value>) -> Effect {
        if self.raised_by(arguments).is_empty() { self.effect } else { Effect::Delete }
    }

    /// The most that a call of it can do.
    pub fn worst_effect(&self) -> Effect {
        let can_raise = |field: &Field| field.destroys.is_some() || field.presence == Presence::Clearable;
        let raised = matches!(self.effect, Effect::Create | Effect::Update)
            && self.fields.iter().any(|field| can_raise(field) || field.schema.any_field(&can_raise));
        if raised { Effect::Delete } else { self.effect }
    }

    /// The names of the arguments that make a call one that destroys, `domain_data`; none if it
    /// does not, or if every call of the operation does.
    pub fn raised_by(&self, arguments: &Map<String, Value>) -> Vec<&'static str> {
        // Where nothing is stored nothing is lost, and more than everything is not lost either.
        if matches!(self.effect, Effect::Read | Effect::Delete) {
            return Vec::new();
        }
        let raises = |field: &&Field| {
            arguments.get(field.name).is_some_and(|value| {
                (match field.destroys {
                    Some(Destroys::Any) => !value.is_null(),
                    Some(Destroys::Word(word)) => value.as_str() == Some(word),
                    None => false,
                }) || clears(field, value)
            })
        };
        self.fields.iter().filter(raises).map(|field| field.name).collect()
    }
}

/// Whether a value takes away what stands in its field, or within it.
fn clears(field: &Field, value: &Value) -> bool {
    // WorkOS may take what is empty for nothing.
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    (field.presence == Presence::Clearable && empty) || clears_within(&field.schema, value)
}

fn clears_within(schema: &Schema, value: &Value) -> bool {
    match (schema.present(), value) {
        (Schema::Object(fields), Value::Object(object)) => {
            fields.iter().any(|field| object.get(field.name).is_some_and(|value| clears(field, value)))
        }
        (Schema::Map(item), Value::Object(object)) => object.values().any(|value| {
            (value.is_null() && matches!(item, Schema::Nullable(_))) || clears_within(item, value)
        }),
        (Schema::List(item), Value::Array(items)) => items.iter().any(|value| clears_within(item, value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::api::operations;
    use crate::operation::Effect;

    fn raised_by(name: &str, arguments: serde_json::Value) -> Vec<&'static str> {
        let operation = operations().find(|operation| operation.name == name).expect("an operation");
        let serde_json::Value::Object(arguments) = arguments else { panic!("an object") };
        let raised = operation.raised_by(&arguments);
        let effect = operation.effect_of(&arguments);
        assert_eq!(effect, if raised.is_empty() { operation.effect } else { Effect::Delete });
        raised
    }

    #[test]
    fn what_replaces_overwrites_or_clears_destroys() {
        let organization = |arguments| raised_by("update_organization", arguments);
        assert_eq!(organization(json!({"id": "org_1", "name": "A", "metadata": {"a": "b"}})), [""; 0]);
        assert_eq!(organization(json!({"id": "org_1", "domain_data": []})), ["domain_data"]);
        assert_eq!(organization(json!({"external_id": null, "metadata": {}})), ["metadata", "external_id"]);
        assert_eq!(organization(json!({"metadata": {"a": null, "b": "c"}})), ["metadata"]);
        assert_eq!(organization(json!({"external_id": ""})), ["external_id"]);
        assert_eq!(raised_by("update_user", json!({"password": "example"})), ["password"]);
        let connection = |arguments| raised_by("update_connection", arguments);
        let names = |names: serde_json::Value| json!({"attribute_maps": {"standard_attributes": names}});
        assert_eq!(connection(names(json!({"name": null}))), ["attribute_maps"]);
        assert_eq!(connection(names(json!({"name": "displayName"}))), [""; 0]);
        let radar = |action: &str| raised_by("add_radar_list_entry", json!({"action": action}));
        assert_eq!(radar("block"), ["action"]);
        assert_eq!(radar("allow"), [""; 0]);
    }

    #[test]
    fn the_worst_that_can_happen_is_known_before_the_call() {
        let worst = |name: &str| {
            operations()
                .find(|operation| operation.name == name)
                .map(crate::operation::Operation::worst_effect)
        };
        assert_eq!(worst("list_organizations"), Some(Effect::Read));
        assert_eq!(worst("create_organization"), Some(Effect::Create));
        assert_eq!(worst("update_organization"), Some(Effect::Delete));
        assert_eq!(worst("add_radar_list_entry"), Some(Effect::Delete));
    }
}
