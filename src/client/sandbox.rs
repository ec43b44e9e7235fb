//! Answers from the embedded fixtures, for trying things out without an account.
//!
//! The sandbox keeps nothing: each operation answers with the response of its fixture,
//! in which the caller's own values stand where the answer repeats an argument.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Reply;
use super::error::{Error, Fate};
use super::request::Arguments;
use crate::operation::Operation;

/// Stands for the API key in the sandbox.
pub(crate) const KEY: &str = "sk_test_example_sandbox";

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

/// The fixture's answer to this call.
pub(crate) fn answer(operation: &Operation, arguments: &Arguments) -> Result<Reply, Error> {
    let fault = |fault: String| Error::Answer { fault, fate: Fate::Harmless, request_id: None };
    let index = FIXTURES
        .binary_search_by_key(&operation.name, |(name, _)| name)
        .map_err(|_| fault(format!("The sandbox has no answer for `{}`", operation.name)))?;
    let Fixture { status, mut response } = serde_json::from_str(FIXTURES[index].1).map_err(|error| {
        fault(format!("The sandbox's answer for `{}` is broken: {error}", operation.name))
    })?;
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
