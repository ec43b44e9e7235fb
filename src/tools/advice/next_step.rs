//! What to do next after an error with a code that is known, whatever its status.
//!
//! What each code asks for stands in tables: [`sign_in`] and [`others`]. Here a row is found and its
//! gaps are filled with what the answer holds. A code in no table gets no advice.

mod others;
mod sign_in;
mod step;

use std::time::Duration;

use serde_json::Value;

use self::step::{At, Step};
use super::seconds::whole_seconds;
use crate::api::operations;
use crate::client::{ApiError, Subject};
use crate::schema::Schema;
use crate::tools::sanitize::quoted;

/// Longest name or ID of the answer that is shown, in characters, and how many are.
const MAX_NAME: usize = 60;
const MAX_NAMES: usize = 5;

/// The next step, if the code is known and fits what was called.
pub(super) fn next_step(error: &ApiError) -> Option<String> {
    let step = codes(error).find_map(|code| step(&code, &error.subject))?;
    Some(filled(step.advice, error))
}

/// What the error is called: its code, in its place a sentence that WorkOS is known to write without
/// one, and the codes of its parts.
fn codes(error: &ApiError) -> impl Iterator<Item = String> {
    let own = error.code.as_ref().or(error.message.as_ref());
    let parts = error.errors.iter().filter_map(|part| part.get("code").and_then(Value::as_str));
    let all = own.map(String::as_str).into_iter().chain(parts.take(20));
    all.map(|code| code.trim().trim_end_matches('.').to_ascii_lowercase())
}

fn steps() -> impl Iterator<Item = &'static Step> {
    sign_in::STEPS.iter().chain(others::STEPS)
}

fn step(code: &str, subject: &Subject) -> Option<&'static Step> {
    steps().find(|step| step.codes.contains(&code) && fits(step.at, subject))
}

/// Whether advice for this place is advice for this call, as far as that is known.
fn fits(at: At, subject: &Subject) -> bool {
    let Some(operation) = subject.operation else { return true };
    match at {
        At::Anywhere => true,
        At::Taking(argument) => operation.field(argument).is_some(),
        At::Naming(name) => operation
            .fields
            .iter()
            .any(|field| field.name == name || field.schema.any_field(&|inner| inner.name == name)),
        At::Of(names) => names.contains(&operation.name),
        At::Given(argument, names) => {
            names.contains(&operation.name) && subject.arguments.contains(&argument)
        }
    }
}

/// The advice with what the answer holds in its gaps.
fn filled(advice: &str, error: &ApiError) -> String {
    let mut text = String::with_capacity(advice.len() + 100);
    let mut rest = advice;
    while let Some((before, gap, after)) = rest.split_once('{').and_then(|(before, rest)| {
        let (gap, after) = rest.split_once('}')?;
        Some((before, gap, after))
    }) {
        text.push_str(before);
        text.push_str(&filling(gap, error));
        rest = after;
    }
    text + rest
}

fn filling(gap: &str, error: &ApiError) -> String {
    let has = |name: &str| error.details.contains_key(name);
    match gap {
        "again" => {
            let token = filling("pending", error);
            format!("The sign-in is not finished: call `authenticate_user` again with {token}")
        }
        "pending" if has("pending_authentication_token") => "this `pending_authentication_token`".to_owned(),
        "pending" => "the `pending_authentication_token` of this sign-in".to_owned(),
        "connection" => connection(error),
        "ways" => ways(error),
        "user" => user(error).map_or_else(|| "`user_id`".to_owned(), |id| format!("`user_id` {id}")),
        // Of a challenge that is texted, unless the answer says that it was mailed.
        "mailed" if has("radar_challenge_id") => {
            " As this answer has a `radar_challenge_id`, the code may have gone by e-mail: then grant_type \
             `urn:workos:oauth:grant-type:radar-email-challenge:code` with that and the `code`."
                .to_owned()
        }
        "soon" => soon(error),
        // `every_gap_is_known` is the test that there is no other.
        _ => String::new(),
    }
}

/// The connections that the user may sign in by.
fn connection(error: &ApiError) -> String {
    let ids = connection_ids(error);
    match &ids[..] {
        [] => "of the user's organization (`list_connections` by `organization_id` lists them)".to_owned(),
        [only] => only.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

/// Up to a few IDs of connections, in quotes.
fn connection_ids(error: &ApiError) -> Vec<String> {
    ["connection_ids", "sso_connection_ids"]
        .iter()
        .filter_map(|name| error.details.get(*name))
        .flat_map(|ids| ids.as_array().map_or_else(|| std::slice::from_ref(ids), Vec::as_slice))
        .filter_map(Value::as_str)
        .filter(|id| !id.is_empty())
        .take(MAX_NAMES)
        .map(|id| quoted(id, MAX_NAME))
        .collect()
}

/// The user's ID, in quotes.
fn user(error: &ApiError) -> Option<String> {
    let id = error.details.get("user").and_then(|user| user.get("id")).or(error.details.get("user_id"))?;
    id.as_str().map(|id| quoted(id, MAX_NAME))
}

/// When to try again.
fn soon(error: &ApiError) -> String {
    let told =
        ["retry_after", "retry_after_seconds"].iter().find_map(|name| error.details.get(*name)?.as_f64());
    let seconds = error.retry_after.map(whole_seconds).or_else(|| {
        let told = told.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        told.map(whole_seconds)
    });
    seconds.map_or_else(|| "in a minute".to_owned(), |seconds| format!("in {seconds} s"))
}

/// The ways to sign in that the answer allows, with what to call for them.
fn ways(error: &ApiError) -> String {
    let methods = error.details.get("auth_methods").and_then(Value::as_object);
    let allowed = methods.into_iter().flatten().filter(|(_, allowed)| **allowed == Value::Bool(true));
    let allowed: Vec<&str> = allowed.map(|(name, _)| name.as_str()).take(2 * MAX_NAMES).collect();
    if allowed.is_empty() {
        return match &connection_ids(error)[..] {
            [] => {
                "Send the user to a URL of `get_authkit_authorization_url` with `provider` `authkit`: its page \
                 offers what is allowed."
                    .to_owned()
            }
            _ => format!(
                "Send the user to a URL of `get_authkit_authorization_url` with `connection_id` {}.",
                connection(error)
            ),
        };
    }
    let ways: Vec<String> =
        allowed.iter().map(|name| format!("{} ({})", quoted(name, MAX_NAME), way(name, error))).collect();
    format!("Allowed are: {}.", ways.join("; "))
}

/// What to call for a way to sign in.
fn way(method: &str, error: &ApiError) -> String {
    const URL: &str = "a URL of `get_authkit_authorization_url`";
    let letters = |name: &str| name.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let method = letters(method);
    let provider = providers().iter().find(|provider| letters(provider) == method);
    match (method.as_str(), provider) {
        ("sso", _) => format!("{URL} with `connection_id` {}", connection(error)),
        ("password", _) => "`authenticate_user` with grant_type `password`".to_owned(),
        ("magicauth", _) => "`create_magic_auth`, and its `code` for `authenticate_user`".to_owned(),
        (_, Some(provider)) => format!("{URL} with `provider` `{provider}`"),
        // AuthKit's own page has them all.
        _ => format!("{URL} with `provider` `authkit`"),
    }
}

/// Who can identify a user.
fn providers() -> &'static [&'static str] {
    let operation = operations().find(|operation| operation.name == "get_authkit_authorization_url");
    match operation.and_then(|operation| operation.field("provider")).map(|field| &field.schema) {
        Some(Schema::Choice(words)) => words,
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
