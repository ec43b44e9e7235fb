//! What a user is asked before something is destroyed. Asking is up to whoever called: a client,
//! or a terminal.

use std::fmt::Write;
use std::time::Duration;

use super::access::Environment;
use super::description::title;
use super::redaction::{for_the_record, holds_credentials};
use super::reply_parsing::parse;
use super::sanitize::sanitize;
use crate::api::operations;
use crate::client::{Arguments, CheckedCall, Client, excerpt};
use crate::operation::{Destination, Effect, Method};

/// When the user is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confirm {
    /// Where the client can ask.
    #[default]
    Auto,
    /// Always; where the client cannot ask, the call is refused.
    Always,
    /// Never.
    Never,
}

impl Confirm {
    /// Whether a call is worth a question.
    pub fn asks_about(self, call: &CheckedCall) -> bool {
        call.effect() == Effect::Delete && self != Self::Never
    }
}

/// The longest time to look up a name for a question.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(5);

/// What the user is asked: the operation, the environment, and what it is about to hit.
pub async fn question(client: &Client, environment: Environment, call: &CheckedCall) -> String {
    let operation = call.operation();
    let target = match name_of_target(client, call).await {
        Some(name) => format!(" \u{201c}{}\u{201d}", one_line(&name)),
        None => String::new(),
    };
    let mut text = format!("{}{target} in {environment}?", title(operation.name));
    for (name, value) in for_the_record(operation.fields, call.arguments()) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // Writing to a string does not fail.
        let _ = write!(text, "\n{name}: {}", one_line(&value));
    }
    text.push('\n');
    text.push_str(operation.description);
    text
}

/// The name of what a call is about to hit, asked for now: of the object that a GET on
/// the same path gives.
async fn name_of_target(client: &Client, call: &CheckedCall) -> Option<String> {
    const NAMES: &[&str] = &["name", "email", "domain", "slug", "endpoint_url", "uri", "origin"];
    // `/x/{id}/revoke` is about `/x/{id}`. Never by reading a credential.
    let route = call.operation().route();
    let shows = |route: &str| {
        operations()
            .find(|get| get.method == Method::GET && get.route() == route && !holds_credentials(&get.answer))
    };
    let get = shows(route).or_else(|| shows(route.rsplit_once('/')?.0))?;
    let arguments: Arguments = get
        .fields
        .iter()
        .filter(|field| get.destination(field) == Destination::Path)
        .filter_map(|field| Some((field.name.to_owned(), call.arguments().get(field.name)?.clone())))
        .collect();
    let get = client.check(get, arguments).ok()?;
    let reply = tokio::time::timeout(LOOK_UP_TIMEOUT, client.execute(&get)).await.ok()?.ok()?;
    let object = parse(get.operation(), &client.base_url().host(), &reply).ok()?;
    NAMES.iter().find_map(|name| object.get(name)?.as_str().map(str::to_owned))
}

/// Strangers' text on one line, and short.
fn one_line(text: &str) -> String {
    const MAX_TEXT: usize = 120;
    let text = text.replace(['\n', '\r', '\t'], " ");
    excerpt(&sanitize(&text), MAX_TEXT).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(one_line("a\nb\u{202e}c"), r"a b\u202ec");
        assert!(one_line(&"x".repeat(500)).chars().count() <= 121);
    }
}
