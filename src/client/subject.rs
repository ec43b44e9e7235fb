//! What a request was about, for advice about its error.

use serde_json::Value;

use super::check::CheckedCall;
use crate::operation::{Auth, Method, Operation};
use crate::schema::Presence;

/// What a request was about, as far as it tells why WorkOS refuses it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Subject {
    /// What was called, if that is known.
    pub operation: Option<&'static Operation>,
    /// The names of the arguments that were given. Not their values, which may be credentials.
    pub arguments: Vec<&'static str>,
    /// It proved itself with the API key alone, not with a token or a code.
    pub key: bool,
    /// What it named.
    pub names: Named,
    /// It was to delete something.
    pub deletes: bool,
}

/// What a request named that may not be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Named {
    /// Nothing.
    #[default]
    Nothing,
    /// Something, in one of its arguments.
    Something,
    /// The very thing that it was about, by its ID.
    ById,
}

impl Subject {
    /// Of a call, which was sent with a token in place of the API key or not.
    pub(super) fn of(call: &CheckedCall, has_token: bool) -> Self {
        let operation = call.operation();
        let given = |name: &str| call.arguments().get(name).filter(|value| !value.is_null());
        let needs_id =
            operation.fields.iter().any(|field| field.presence == Presence::Required && is_id(field.name));
        let named = operation
            .fields
            .iter()
            .any(|field| given(field.name).is_some_and(|value| names(field.name, value, 4)));
        let arguments = operation.fields.iter().map(|field| field.name).filter(|name| given(name).is_some());
        Self {
            operation: Some(operation),
            key: operation.auth == Auth::Bearer && !has_token,
            names: if needs_id || operation.route().contains('{') {
                Named::ById
            } else if named {
                Named::Something
            } else {
                Named::Nothing
            },
            deletes: operation.method == Method::DELETE,
            arguments: arguments.collect(),
        }
    }
}

fn is_id(name: &str) -> bool {
    name == "id" || name.ends_with("_id")
}

/// Whether this argument, or one within it, names something that may not be there.
fn names(name: &str, value: &Value, depth: u8) -> bool {
    // A client ID is that of the environment.
    const NAMES: &[&str] = &[
        "after",
        "before",
        "connection",
        "connections",
        "directories",
        "directory",
        "group",
        "groups",
        "organization",
        "organizations",
        "permissions",
        "profile",
        "slug",
        "token",
        "user",
        "users",
    ];
    const ENDS: &[&str] = &["_id", "_ids", "_slug", "_slugs", "_token"];
    let is_name =
        name == "id" || name == "ids" || NAMES.contains(&name) || ENDS.iter().any(|end| name.ends_with(end));
    match value {
        Value::Null => false,
        Value::Object(fields) => {
            depth > 0 && fields.iter().any(|(name, value)| names(name, value, depth - 1))
        }
        Value::Array(items) => depth > 0 && items.iter().any(|item| names(name, item, depth - 1)),
        Value::String(text) => is_name && name != "client_id" && !text.is_empty(),
        _ => is_name && name != "client_id",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_call_names_is_found_wherever_it_stands() {
        for (name, value, named) in [
            ("organization_id", json!("org_1"), true),
            ("directory", json!("directory_1"), true),
            ("role_slugs", json!(["admin"]), true),
            ("role_assignments", json!([{"resource_id": "authz_resource_1"}]), true),
            ("organization_id", json!(null), false),
            ("organization_id", json!(""), false),
            ("client_id", json!("client_1"), false),
            ("name", json!("org_1"), false),
            ("limit", json!(10), false),
            ("metadata", json!({"plan": "gold"}), false),
        ] {
            assert_eq!(names(name, &value, 4), named, "{name} {value}");
        }
    }
}
