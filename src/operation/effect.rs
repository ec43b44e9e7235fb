//! What a call does to the data at WorkOS: what its operation does, or more if an argument raises it.

use serde_json::{Map, Value};

use super::{Effect, Method, Operation};
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
        // Text without a letter takes a value away like null, where there are values to take away.
        let changes =
            matches!(self.method, Method::PUT | Method::PATCH) && self.worst_effect() == Effect::Delete;
        let raises = |field: &&Field| {
            arguments.get(field.name).is_some_and(|value| {
                let given = match field.destroys {
                    Some(Destroys::Any) => !(value.is_null() || (!changes && is_blank(value))),
                    Some(Destroys::Word(word)) => value.as_str() == Some(word),
                    None => false,
                };
                given || clears(field, value, changes)
            })
        };
        self.fields.iter().filter(raises).map(|field| field.name).collect()
    }
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Whether a value takes away what stands in its field, or within it. WorkOS may take what is empty
/// for nothing.
fn clears(field: &Field, value: &Value, changes: bool) -> bool {
    let empty = match value {
        Value::Null => true,
        Value::String(_) => is_blank(value),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    let clears = match field.presence {
        Presence::Clearable => empty,
        Presence::Optional => changes && is_blank(value),
        Presence::Required => false,
    };
    clears || clears_within(&field.schema, value, changes)
}

fn clears_within(schema: &Schema, value: &Value, changes: bool) -> bool {
    match (schema.present(), value) {
        (Schema::Object(fields, _), Value::Object(object)) => fields
            .iter()
            .any(|field| object.get(field.name).is_some_and(|value| clears(field, value, changes))),
        (Schema::Map(item), Value::Object(object)) => object.values().any(|value| {
            (matches!(item, Schema::Nullable(_)) && (value.is_null() || is_blank(value)))
                || clears_within(item, value, changes)
        }),
        (Schema::List(item), Value::Array(items)) => {
            items.iter().any(|value| clears_within(item, value, changes))
        }
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
        assert_eq!(connection(json!({"name": "A"})), [""; 0]);
        assert_eq!(raised_by("update_user", json!({"first_name": " ", "last_name": "Doe"})), ["first_name"]);
        assert_eq!(organization(json!({"metadata": {"a": ""}})), ["metadata"]);
        // Nothing is stored there.
        assert_eq!(raised_by("authenticate_user", json!({"refresh_token": "", "email": ""})), [""; 0]);
        assert_eq!(raised_by("authenticate_user", json!({"refresh_token": "example"})), ["refresh_token"]);
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
