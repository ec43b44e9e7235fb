//! Errors of the client, explained to whoever must act: a model, or the one who set this up.
//!
//! The client says what happened. Which tool to call next, and which flag or variable to set,
//! is known here.

use std::time::Duration;

use serde_json::Value;

use super::sanitize::{quoted, sanitize};
use crate::client::{
    ApiError, Error, KeyOrigin, Outcome, RepeatedCursor, Shown, TlsFault, TransportError, Violation,
    ViolationKind,
};
use crate::schema::Setting;

/// How to set the key, after anything that is wrong with it.
pub const KEY_HELP: &str = "Put the secret key from the WorkOS dashboard (API Keys, `sk_…`) as plain text into the \
environment of this server: `WORKOS_API_KEY` in the \"env\" block of the client's config entry, or instead \
`WORKOS_API_KEY_FILE` with the path of a file that holds it, or `WORKOS_API_KEY_COMMAND` with a command that \
prints it; then restart the server. To try without an account, start it with `--sandbox`.";

/// The longest cursor that is shown, in characters.
const MAX_CURSOR: usize = 100;

/// What is known of a deletion that did not get through at first, was repeated, and found nothing.
pub const NOTHING_TO_DELETE: &str = "An earlier attempt did not get through (too many requests, or no connection), and the \
next one was answered with 404 Not Found: what this ID names is not there. It may have been deleted before this call, \
or the ID may be wrong.";

/// The longest explanation of an error in bytes, whatever the answer holds.
pub const MAX_EXPLANATION: usize = 4_000;

/// What happened and what to do, with strangers' text made safe to look at, in quotes, and short.
pub fn explain(error: &Error) -> String {
    let text = match error {
        Error::Arguments(violations) => of_violations(violations),
        Error::Key(error) => format!("Nothing was sent: {error}. {KEY_HELP}"),
        Error::Setup(error) => format!("Nothing was sent: {error}."),
        Error::Api(error) => of_api_error(error),
        Error::Transport(error) => {
            let mut text = of_transport(error);
            text.push_str(&repeating(error.idempotency_key.as_deref()));
            format!("{text}. {}.", of_outcome(error.outcome))
        }
        Error::Response(error) => {
            let id = error.request_id.as_deref().map(|id| format!(" (request ID {id})")).unwrap_or_default();
            let repeating = repeating(error.idempotency_key.as_deref());
            format!("{}{repeating}{id}. {}.", error.fault(), of_outcome(error.outcome))
        }
        Error::RepeatedCursor(RepeatedCursor { cursor }) => format!(
            "WorkOS gives the cursor {} a second time, so this list would never end.",
            quoted(cursor, MAX_CURSOR)
        ),
        other => other.to_string(),
    };
    bounded(sanitize(&text).into_owned(), MAX_EXPLANATION)
}

/// A text of several lines in so many bytes: its first line and its last ones, which say what
/// happened and what to do, and of the others as many as fit.
pub fn bounded(text: String, max: usize) -> String {
    const LEFT_OUT: &str = "\n\u{2026}";
    if text.len() <= max {
        return text;
    }
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    // Half of it for the one, half for the others.
    let share = if rest.is_empty() { max } else { max / 2 };
    let mut short = if first.len() <= share {
        first.to_owned()
    } else {
        let fits = share.saturating_sub('\u{2026}'.len_utf8());
        let end = (0..=fits).rev().find(|end| first.is_char_boundary(*end)).unwrap_or_default();
        format!("{}\u{2026}", &first[..end])
    };
    let mut left = max.saturating_sub(short.len() + LEFT_OUT.len());
    let mut last = Vec::new();
    for line in rest.lines().rev() {
        match left.checked_sub(line.len() + 1) {
            Some(fits) => left = fits,
            None => break,
        }
        last.push(line);
    }
    if !rest.is_empty() {
        short.push_str(LEFT_OUT);
    }
    for line in last.iter().rev() {
        short.extend(["\n", line]);
    }
    short
}

/// A JSON text of others in about so many characters, without anything hidden.
fn shown_json(json: &str, max: usize) -> String {
    let safe = sanitize(json);
    match safe.char_indices().nth(max) {
        None => safe.into_owned(),
        Some((end, _)) => format!("{}\u{2026} ({} characters)", &safe[..end], json.chars().count()),
    }
}

/// Arguments that do not make a call, with what would mend them.
pub fn of_violations(violations: &[Violation]) -> String {
    let advised: Vec<Violation> = violations
        .iter()
        .map(|violation| match violation.kind() {
            ViolationKind::MissingDefault { setting, .. } => {
                let variable = match setting {
                    Setting::ClientId => "WORKOS_CLIENT_ID",
                    Setting::RedirectUri => "WORKOS_REDIRECT_URI",
                };
                Violation::new(format!(
                    "{violation}: pass it, or set {variable} in the environment of this server"
                ))
            }
            _ => violation.clone(),
        })
        .collect();
    format!("Nothing was sent: {}", Violation::list(&advised))
}

fn of_transport(error: &TransportError) -> String {
    let fault = error.fault();
    match error.tls {
        Some(TlsFault::UnknownIssuer) => format!("{fault}; --ca-file adds one"),
        _ => fault,
    }
}

fn repeating(idempotency_key: Option<&str>) -> String {
    idempotency_key
        .map(|key| format!(". Repeat it with `idempotency_key` {key}, and it counts once"))
        .unwrap_or_default()
}

fn of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotSent => "Nothing was sent, so it is safe to try again",
        Outcome::NothingChanged => "Nothing was changed, so it is safe to try again",
        Outcome::Unknown => {
            "The change may have taken effect: look with a get or list tool before trying again"
        }
        Outcome::Done => {
            "The change has most likely taken effect: look with a get or list tool, and do not simply repeat it"
        }
    }
}

fn of_api_error(error: &ApiError) -> String {
    let mut text = error.worded(&Shown { text: quoted, json: shown_json });
    if let Some(next) = next_step(error).or_else(|| hint(error)) {
        text.push('\n');
        text.push_str(&next);
    }
    if error.outcome == Outcome::Unknown {
        text.extend(["\n", of_outcome(error.outcome), "."]);
    }
    if let Some(key) = &error.idempotency_key {
        text.extend(["\nRepeat it with `idempotency_key` ", key, ", and it counts once."]);
    }
    if let Some(id) = &error.request_id {
        text.extend(["\nRequest ID: ", id]);
    }
    text
}

/// What to do next, as far as it goes with what WorkOS says itself.
fn hint(error: &ApiError) -> Option<String> {
    const GONE: &str = "If it was deleted before, it is gone.";
    let may_be_gone = error.status == 404 && error.subject.deletes && !Said::of(error).is_of_a_router();
    match of_status(error) {
        Some(hint) if may_be_gone => Some(format!("{hint} {GONE}")),
        None if may_be_gone => Some(GONE.to_owned()),
        hint => hint,
    }
}

fn of_status(error: &ApiError) -> Option<String> {
    const CHECK_ID: &str = "Check the ID. One key sees only one environment: an ID from another environment is not found either.";
    let said = Said::of(error);
    Some(match error.status {
        401 if error.subject.key => {
            let place = match &error.key_origin {
                Some(KeyOrigin::Variable(name)) => (*name).to_owned(),
                Some(KeyOrigin::File(path)) => format!("the file {} (WORKOS_API_KEY_FILE)", path.display()),
                Some(KeyOrigin::Command(program)) => {
                    format!("the command `{program}` (WORKOS_API_KEY_COMMAND)")
                }
                _ => "it".to_owned(),
            };
            // Whatever else it may be is told before.
            let unless = if said.is_like(&["key", "auth", "credential", "token", "expired"]) { "" } else { "If that is not why: " };
            format!(
                "{unless}WorkOS did not accept the API key: it is wrong, expired or of a deleted environment. Whoever \
                 set up this server must check {place}."
            )
        }
        401 if said.is_like(&["auth", "token", "code", "password", "credential", "client", "grant", "secret", "expired"]) =>
        {
            "What was passed as proof (token, code or password) was not accepted, or the client ID does not belong to \
             the API key."
                .to_owned()
        }
        403 if said.is_like(&[]) => {
            "The key is not allowed to do this, or the product is not switched on for its environment.".to_owned()
        }
        404 if error.subject.id && said.is_like(NOT_THERE) => CHECK_ID.to_owned(),
        404 if said.is_like(&[]) && !said.mentions(NOT_THERE_CODES) => "The product may not be switched on for this environment.".to_owned(),
        404 if said.is_like(NOT_THERE) || said.mentions(NOT_THERE_CODES) => {
            "Check what the arguments name. One key sees only one environment: an ID from another environment is not \
             found either."
                .to_owned()
        }
        429 if said.mentions(&["plan", "quota", "upgrade", "limit reached", "monthly", "daily"]) => return None,
        429 => match error.retry_after {
            Some(delay) => format!("Too many requests. Try again in {} s.", whole_seconds(delay)),
            None => "Too many requests. Try again in a minute.".to_owned(),
        },
        500.. => match error.retry_after {
            Some(delay) => format!("The fault is at WorkOS, or at a proxy on the way. Try again in {} s.", whole_seconds(delay)),
            None => "The fault is at WorkOS, or at a proxy on the way; status.workos.com tells more.".to_owned(),
        },
        _ => return None,
    })
}

/// The same in codes that leave open what.
const NOT_THERE_CODES: &[&str] = &["entity_not_found", "resource_not_found", "resource not found"];

/// How it is said that something is not there.
const NOT_THERE: &[&str] = &[
    "not found",
    "not be found",
    "not_found",
    "not exist",
    "no such",
    "unknown",
    "could not find",
    "couldn't find",
];

/// What WorkOS says of an error beside its status: a hint that is at odds with it misleads.
struct Said(Vec<String>);

impl Said {
    /// Message and code, the errors of fields, and what else is written for people.
    fn of(error: &ApiError) -> Self {
        const FOR_PEOPLE: &[&str] =
            &["code", "data", "description", "detail", "error", "message", "reason", "text", "title"];
        fn collect(value: &Value, depth: u8, said: &mut Vec<String>) {
            match value {
                Value::String(text) => said.push(text.trim().trim_end_matches('.').to_lowercase()),
                Value::Array(items) if depth > 0 => {
                    items.iter().take(20).for_each(|item| collect(item, depth - 1, said));
                }
                Value::Object(fields) if depth > 0 => {
                    let known = fields.iter().filter(|(name, _)| FOR_PEOPLE.contains(&name.as_str()));
                    known.for_each(|(_, value)| collect(value, depth - 1, said));
                }
                _ => {}
            }
        }
        let mut said = Vec::new();
        for text in [&error.message, &error.code].into_iter().flatten() {
            collect(&Value::from(text.as_str()), 0, &mut said);
        }
        error.errors.iter().take(20).for_each(|error| collect(error, 3, &mut said));
        let details = error.details.iter().filter(|(name, _)| FOR_PEOPLE.contains(&name.as_str()));
        details.for_each(|(_, value)| collect(value, 3, &mut said));
        Self(said)
    }

    /// Whether some of it is one of these things, or all of it nothing but the status in words.
    fn is_like(&self, words: &[&str]) -> bool {
        const GENERAL: &[&str] = &[
            "",
            "access denied",
            "access_denied",
            "forbidden",
            "forbidden resource",
            "not found",
            "not_found",
            "resource not found",
            "resource_not_found",
            "entity_not_found",
            "too many requests",
            "unauthorized",
            "a web page instead of json, so a proxy or gateway answered",
        ];
        self.0.iter().all(|said| GENERAL.contains(&said.as_str()) || is_of_a_router(said))
            || self.mentions(words)
    }

    fn mentions(&self, words: &[&str]) -> bool {
        self.0.iter().any(|said| words.iter().any(|word| said.contains(word)))
    }

    /// Whether nobody has even looked for it.
    fn is_of_a_router(&self) -> bool {
        self.0.iter().any(|said| is_of_a_router(said))
    }
}

/// How routers say that they know no such route.
fn is_of_a_router(said: &str) -> bool {
    said.starts_with("cannot ") && said.contains(" /")
}

/// The call that goes on with a sign-in which WorkOS stopped half-way.
fn next_step(error: &ApiError) -> Option<String> {
    if !error.details.contains_key("pending_authentication_token") {
        return None;
    }
    let step = match error.code.as_deref().unwrap_or_default() {
        "email_verification_required" => {
            "grant_type `urn:workos:oauth:grant-type:email-verification:code` and the `code` that was sent by e-mail"
        }
        "mfa_enrollment" => {
            "grant_type `urn:workos:oauth:grant-type:mfa-totp`, after `enroll_user_auth_factor`: its challenge as \
             `authentication_challenge_id`, and the `code` of the authenticator app"
        }
        "mfa_challenge" => {
            "grant_type `urn:workos:oauth:grant-type:mfa-totp`, after `challenge_auth_factor` on one of the \
             `authentication_factors`: its ID as `authentication_challenge_id`, and the `code`"
        }
        "organization_selection_required" => {
            "grant_type `urn:workos:oauth:grant-type:organization-selection` and one of the `organizations` as \
             `organization_id`"
        }
        "radar_challenge" | "radar_sign_up_challenge" => {
            "grant_type `urn:workos:oauth:grant-type:radar-email-challenge:code`, the `radar_challenge_id` and the \
             `code` that was sent by e-mail"
        }
        "radar_sms_sign_in_challenge" => {
            "grant_type `urn:workos:oauth:grant-type:radar-sms-challenge:code` and the `code`, after \
             `send_radar_sms_challenge`"
        }
        "sso_required" | "organization_authentication_methods_required" => {
            return Some(
                "The organization wants another way to sign in: send the user to a URL of \
                 `get_authkit_authorization_url` for it."
                    .to_owned(),
            );
        }
        _ => "the grant_type that this code asks for",
    };
    Some(format!(
        "The sign-in is not finished: call `authenticate_user` again with this `pending_authentication_token`, {step}."
    ))
}

/// Seconds, rounded up: whoever comes back too early is turned away again.
pub fn whole_seconds(delay: Duration) -> u64 {
    (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;
    use crate::client::{Arguments, Client};

    #[test]
    fn what_a_step_up_answer_offers_is_shown() {
        let body = br#"{"code":"organization_selection_required","message":"Choose","pending_authentication_token":"t","organizations":[{"id":"org_1","name":"A"}]}"#;
        let text = of_api_error(&ApiError::parse(403, body));
        assert!(text.contains(r#""pending_authentication_token":"t""#), "{text}");
        assert!(text.contains(r#""organizations":[{"id":"org_1","name":"A"}]"#), "{text}");
        assert!(text.contains("grant-type:organization-selection"), "{text}");
        assert!(!text.contains("not allowed"), "{text}");
    }

    #[test]
    fn no_hint_is_at_odds_with_what_workos_says() {
        let told = |status: u16, body: &str, id: bool, deletes: bool| {
            let mut error = ApiError::parse(status, body.as_bytes());
            error.subject.id = id;
            error.subject.deletes = deletes;
            hint(&error).unwrap_or_default()
        };
        let organization = r#"{"code":"entity_not_found","message":"Organization not found: 'org_1'."}"#;
        for (status, body, id, part) in [
            (404, organization, false, "Check what the arguments name"),
            (404, organization, true, "Check the ID"),
            (404, r#"{"message":"Not Found"}"#, false, "may not be switched on"),
            (404, r#"{"message":"Cannot GET /x"}"#, false, "may not be switched on"),
            (404, "", true, "Check the ID"),
            (403, r#"{"message":"Forbidden"}"#, true, "not allowed"),
            (401, r#"{"message":"Unauthorized"}"#, true, "did not accept the API key"),
            (
                401,
                r#"{"message":"Could not authorize the request. Maybe your API key is invalid?"}"#,
                true,
                "did not accept the API key",
            ),
            (429, r#""Ratelimited""#, true, "Too many requests"),
        ] {
            assert!(told(status, body, id, false).contains(part), "{status} {body}");
        }
        for (status, body, id) in [
            (404, r#"{"message":"Vault is not enabled for this environment"}"#, true),
            (404, r#"{"message":"The invitation was revoked"}"#, false),
            (403, r#"{"message":"The user is locked"}"#, true),
            (429, r#"{"message":"Your plan has 10 organizations"}"#, true),
            (429, r#"{"message":"Monthly limit reached"}"#, true),
            (403, r#"{"message":"Forbidden","code":"user_locked"}"#, true),
        ] {
            assert_eq!(told(status, body, id, false), "", "{status} {body}");
        }
        for body in [
            r#"{"errors":[{"message":"Organization not found"}]}"#,
            r#"{"message":"Not Found","code":"organization_not_found"}"#,
            r#"{"message":"Not Found","error":"Organization not found"}"#,
            r#"{"message":{"text":"Organization not found"}}"#,
            r#"{"title":"Not Found","detail":"Organization not found"}"#,
            r#"{"data":{"message":"Organization not found"}}"#,
        ] {
            assert!(!told(404, body, false, false).contains("switched on"), "{body}");
        }
        assert!(told(404, r#"{"message":"gone"}"#, true, true).contains("it is gone"));
        assert!(!told(404, r#"{"message":"Cannot DELETE /x"}"#, true, true).contains("it is gone"));
        let elsewhere = told(401, r#"{"message":"This IP address is not on the list"}"#, true, false);
        assert!(elsewhere.starts_with("If that is not why: "), "{elsewhere}");
        assert!(told(404, organization, true, true).ends_with("If it was deleted before, it is gone."));
    }

    #[test]
    fn what_strangers_write_is_bounded_after_it_is_escaped() {
        let hidden = "\u{e0041}".repeat(65_000 / 4);
        let body = serde_json::json!({
            "code": hidden, "message": hidden,
            "errors": vec![serde_json::json!({"field": hidden, "message": hidden}); 50],
            "x": hidden, "y": [hidden], "z": {"a": hidden}, "small": "\u{202e}",
        });
        let error = Error::from(ApiError::parse(422, body.to_string().as_bytes()));
        let text = explain(&error);
        assert!(text.len() <= MAX_EXPLANATION, "{}: {text}", text.len());
        assert!(
            text.starts_with(r#"WorkOS answered 422 Unprocessable Entity, code "\udb40\udc41"#),
            "{text}"
        );
        for max in [1_000, 300, 60] {
            let text = bounded(text.clone(), max);
            assert!(text.len() <= max && text.starts_with("WorkOS answered 422"), "{}: {text}", text.len());
        }
        let cursor = Error::RepeatedCursor(RepeatedCursor { cursor: "a\nb".repeat(1000) });
        assert!(explain(&cursor).len() < 300 && !explain(&cursor).contains('\n'), "{}", explain(&cursor));
    }

    #[test]
    fn what_is_missing_is_told_with_where_to_set_it() {
        let operation = operations().find(|operation| operation.name == "get_jwks").expect("one");
        let rejected =
            Client::builder().build().check(operation, Arguments::new()).expect_err("no client ID");
        assert_eq!(
            of_violations(&rejected.violations),
            "Nothing was sent: `client_id` is needed: pass it, or set WORKOS_CLIENT_ID in the environment of this server."
        );
    }
}
