//! Errors of the client, explained to whoever must act: a model, or the one who set this up.
//!
//! The client says what happened. Which tool to call next, and which flag or variable to set,
//! is known here.

mod hint;
mod next_step;
mod seconds;

use self::hint::hint;
use self::next_step::next_step;
pub use self::seconds::whole_seconds;
use super::sanitize::{quoted, sanitize};
use crate::client::{
    ApiError, Error, Outcome, RepeatedCursor, Shown, TlsFault, TransportError, Violation, ViolationKind,
    sentence,
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
        Error::Key(error) => format!("{} {KEY_HELP}", sentence(format_args!("Nothing was sent: {error}"))),
        Error::Setup(error) => sentence(format_args!("Nothing was sent: {error}")),
        Error::Api(error) => of_api_error(error),
        Error::Transport(error) => {
            let repeating = repeating(error.idempotency_key.as_deref());
            format!("{}{repeating} {}.", sentence(of_transport(error)), of_outcome(error.outcome))
        }
        Error::Response(error) => {
            let id = error.request_id.as_deref().map(|id| format!(" (request ID {id})")).unwrap_or_default();
            let repeating = repeating(error.idempotency_key.as_deref());
            let fault = sentence(format_args!("{}{id}", error.fault()));
            format!("{fault}{repeating} {}.", of_outcome(error.outcome))
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
    // A third of it for what happened, or half where that is not much, the rest for the others: what to
    // do is among them.
    let share = if rest.is_empty() { max } else { (max / 3).max(200.min(max / 2)) };
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
        .map(|key| format!(" Repeat it with `idempotency_key` {key}, and it counts once."))
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
