//! What a tool looks like from outside: names, text, schemas and annotations.

use serde_json::{Map, Value};

use super::access::Access;
use super::json_schema;
use crate::operation::{Effect, Method, Operation};

/// A tool as clients and models see it, whatever the protocol.
#[derive(Debug, Clone)]
pub struct ToolDescription {
    /// `create_organization`.
    pub name: &'static str,
    /// For people: `Create organization`.
    pub title: String,
    /// What it does; the first sentence stands alone.
    pub description: &'static str,
    /// The JSON Schema of its arguments.
    pub input_schema: Map<String, Value>,
    /// The JSON Schema of its answer, where that is published.
    pub output_schema: Option<Map<String, Value>>,
    /// What a call does to the world.
    pub annotations: Annotations,
}

/// What a call does to the world. All four are always told: a missing one is read as the worst
/// case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the annotations of MCP, which are four booleans")]
pub struct Annotations {
    /// Nothing changes.
    pub read_only: bool,
    /// What is there may be changed or lost.
    pub destructive: bool,
    /// A second call changes nothing more.
    pub idempotent: bool,
    /// Something leaves for people outside: an e-mail, a text message.
    pub open_world: bool,
}

impl ToolDescription {
    /// An operation as a tool, as far as `access` goes. Where everything can be looked up, seldom
    /// needed arguments are left to that.
    pub fn of_operation(
        operation: &'static Operation,
        access: Access,
        looked_up: bool,
        with_output_schema: bool,
    ) -> Self {
        let input = if looked_up { json_schema::usual_input } else { json_schema::input };
        Self {
            name: operation.name,
            title: title(operation.name),
            description: operation.description,
            input_schema: input(operation, access),
            output_schema: with_output_schema.then(|| json_schema::output(operation)),
            annotations: Annotations {
                read_only: operation.effect == Effect::Read,
                destructive: matches!(operation.worst_effect(), Effect::Update | Effect::Delete),
                idempotent: !matches!(operation.method, Method::POST | Method::PATCH),
                open_world: operation.emails,
            },
        }
    }

    /// What a model pays for it, in bytes: name, description and input schema.
    pub fn bytes(&self) -> usize {
        let schema = serde_json::to_string(&self.input_schema).map_or(0, |schema| schema.len());
        self.name.len() + self.description.len() + schema
    }
}

/// A name for people: `get_sso_logout_url` as `Get SSO logout URL`.
pub fn title(name: &str) -> String {
    let mut title = String::with_capacity(name.len());
    for (index, word) in name.split('_').enumerate() {
        if index > 0 {
            title.push(' ');
        }
        match word {
            "api" | "cors" | "id" | "idp" | "it" | "jwks" | "jwt" | "mcp" | "mfa" | "saml" | "sms" | "sp"
            | "sso" | "uri" | "url" => title.push_str(&word.to_ascii_uppercase()),
            "authkit" => title.push_str("AuthKit"),
            "uris" => title.push_str("URIs"),
            _ if index == 0 => {
                let mut letters = word.chars();
                title.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                title.push_str(letters.as_str());
            }
            _ => title.push_str(word),
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        assert_eq!(title("get_sso_logout_url"), "Get SSO logout URL");
        assert_eq!(title("create_it_contact"), "Create IT contact");
    }
}
