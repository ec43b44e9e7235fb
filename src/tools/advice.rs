//! Errors of the client, explained to whoever must act: a model, or the one who set this up.
//!
//! The client says what happened. Which tool to call next, and which flag or variable to set,
//! is known here.

use std::time::Duration;

use super::sanitize::sanitize;
use crate::client::{
    ApiError, Error, KeyOrigin, Outcome, TlsFault, TransportError, Violation, ViolationKind,
};
use crate::schema::Setting;

/// How to set the key, after anything that is wrong with it.
pub const KEY_HELP: &str = "Put the secret key from the WorkOS dashboard (API Keys, `sk_…`) as plain text into the \
environment of this server: `WORKOS_API_KEY` in the \"env\" block of the client's config entry, or instead \
`WORKOS_API_KEY_FILE` with the path of a file that holds it, or `WORKOS_API_KEY_COMMAND` with a command that \
prints it; then restart the server. To try without an account, start it with `--sandbox`.";

/// What happened and what to do, with strangers' text made safe to look at.
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
        other => other.to_string(),
    };
    sanitize(&text).into_owned()
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
    let mut text = error.fault();
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

/// What to do next about a status.
fn hint(error: &ApiError) -> Option<String> {
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
            format!(
                "WorkOS did not accept the API key: it is wrong, expired or of a deleted environment. Whoever set up \
                 this server must check {place}."
            )
        }
        401 => "What was passed as proof (token, code or password) was not accepted, or the client ID does not \
                belong to the API key."
            .to_owned(),
        403 => "The key is not allowed to do this, or the product is not switched on for its environment.".to_owned(),
        404 if !error.subject.id => "The product may not be switched on for this environment.".to_owned(),
        404 => "Check the ID. One key sees only one environment: an ID from another environment is not found either."
            .to_owned(),
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
fn whole_seconds(delay: Duration) -> u64 {
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
