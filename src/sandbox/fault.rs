//! The errors that WorkOS answers: status and body.

use serde_json::{Value, json};

/// An error as WorkOS answers it.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub status: u16,
    pub body: Value,
    /// What the call has changed stays: an attempt was counted, a token for the next step was given.
    pub keeps: bool,
}

impl Fault {
    /// Any status with any body.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body, keeps: false }
    }

    /// The same, where what the call has changed stays.
    pub fn keeping(self) -> Self {
        Self { keeps: true, ..self }
    }

    /// A status with a code and a sentence.
    pub fn coded(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::new(status, json!({"message": message.into(), "code": code}))
    }

    /// Nothing has this ID, slug or token. The noun is that of the kind, as `organization_domain`.
    pub fn not_found(kind: &str, id: &str) -> Self {
        let noun = noun(kind);
        let message = format!("{noun} not found: '{id}'.");
        Self::new(404, json!({"message": message, "code": "entity_not_found", "entity_id": id}))
    }

    /// A field that cannot be as it is: `code` says why, as `required`.
    pub fn invalid(field: &str, code: &str) -> Self {
        let errors = json!([{"field": field, "code": code}]);
        Self::new(
            422,
            json!({"message": "Validation failed", "code": "unprocessable_entity", "errors": errors}),
        )
    }

    /// An error of the token endpoints.
    pub fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self::new(status, json!({"error": error, "error_description": description}))
    }
}

/// `organization_domain` for people: `Organization domain`.
fn noun(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
