//! Answers from the embedded fixtures, for trying things out without an account.
//!
//! The sandbox keeps nothing: each operation answers with the response of its fixture,
//! in which the caller's own values stand where the answer repeats an argument.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::check::CheckedCall;
use super::outcome::Outcome;
use super::response::Reply;
use super::response_error::{ResponseError, ResponseErrorKind};

/// Stands for the API key in the sandbox.
pub(super) const KEY: &str = "sk_test_example_sandbox";

// FIXTURES: &[(tool name, JSON)], sorted by name.
include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

#[derive(Deserialize)]
struct Fixture {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    response: Value,
}

fn ok() -> u16 {
    200
}

/// The fixture's answer to a call.
pub(super) fn answer(call: &CheckedCall) -> Result<Reply, ResponseError> {
    let (operation, arguments) = (call.operation(), call.arguments());
    let failed = |source| {
        let kind = ResponseErrorKind::NoFixture { operation: operation.name, source };
        ResponseError::new(kind, "the sandbox".to_owned(), 200, Outcome::NothingChanged, None)
    };
    let index = FIXTURES.binary_search_by_key(&operation.name, |(name, _)| name).map_err(|_| failed(None))?;
    let Fixture { status, mut response } =
        serde_json::from_str(FIXTURES[index].1).map_err(|error| failed(Some(error)))?;
    if let Value::Object(fields) = &mut response {
        if operation.is_paged() && arguments.contains_key("after") {
            end_of_list(fields);
        }
        for (name, value) in arguments {
            if let Some(field) = fields.get_mut(name)
                && matches!(
                    (&*field, value),
                    (Value::String(_), Value::String(_)) | (Value::Bool(_), Value::Bool(_))
                )
            {
                field.clone_from(value);
            }
        }
    }
    let body = if response.is_null() { Bytes::new() } else { response.to_string().into() };
    Ok(Reply { status, body, request_id: Some("req_sandbox".to_owned()) })
}

/// Everything fits on one page.
fn end_of_list(fields: &mut Map<String, Value>) {
    for (name, value) in [
        ("data", Value::Array(Vec::new())),
        ("list_metadata", serde_json::json!({ "before": null, "after": null })),
    ] {
        if let Some(field) = fields.get_mut(name) {
            *field = value;
        }
    }
}
