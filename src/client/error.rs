//! Why a call failed, in words for the one who must act on it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::key::{KEY_HELP, KeyProblem};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The arguments do not make a request. Nothing was sent.
    #[error("Nothing was sent: {}", Problem::list(.0))]
    Arguments(Vec<Problem>),
    /// There is no usable API key. Nothing was sent.
    #[error("Nothing was sent: {0}. {KEY_HELP}")]
    Key(#[from] KeyProblem),
    /// WorkOS answered with an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The request or its answer was lost on the way.
    #[error("{fault}. {fate}.")]
    Network {
        /// What happened.
        fault: String,
        /// Whether WorkOS may have acted.
        fate: Fate,
    },
    /// WorkOS, or something in between, answered what no API answers.
    #[error("{fault}{}. {fate}.", request_id_note(.request_id.as_deref()))]
    Answer {
        /// What came.
        fault: String,
        /// Whether WorkOS may have acted.
        fate: Fate,
        /// The `x-request-id` of the answer.
        request_id: Option<String>,
    },
    /// WorkOS answered with success, and the answer does not fit the type.
    /// Only [`Client::send`](super::Client::send) gives it.
    #[error("WorkOS did what was asked, but its answer does not fit the type: {fault}")]
    Decode {
        /// Where it does not fit.
        fault: serde_json::Error,
        /// The answer as it came.
        body: Bytes,
    },
}

impl Error {
    /// How long to wait before trying again, if WorkOS said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            _ => None,
        }
    }

    /// Whether WorkOS may have acted, where that is a question.
    pub fn fate(&self) -> Option<Fate> {
        match self {
            Self::Api(error) => Some(error.fate),
            Self::Network { fate, .. } | Self::Answer { fate, .. } => Some(*fate),
            _ => None,
        }
    }

    /// The same error after an earlier attempt that may have taken effect.
    pub(crate) fn leaving_open(mut self, open: bool) -> Self {
        if open {
            match &mut self {
                Self::Api(error) => error.fate = Fate::Unknown,
                Self::Network { fate, .. } | Self::Answer { fate, .. } => *fate = Fate::Unknown,
                _ => {}
            }
        }
        self
    }

    /// The same error, with the key under which repeating does nothing twice.
    pub(crate) fn with_idempotency_key(mut self, key: &str) -> Self {
        let note = format!("Repeat it with `idempotency_key` {key}, and it counts once");
        match &mut self {
            Self::Api(error) => error.note = Some(note),
            Self::Network { fault, .. } | Self::Answer { fault, .. } => {
                fault.push_str(". ");
                fault.push_str(&note);
            }
            _ => {}
        }
        self
    }

    /// The `x-request-id` of the answer, if there was one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id.as_deref(),
            Self::Answer { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The status that WorkOS answered with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            _ => None,
        }
    }
}

/// What is wrong with one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

impl Problem {
    /// One problem as a sentence, several as a list.
    pub fn list(problems: &[Self]) -> String {
        if let [Self(only)] = problems {
            format!("{only}.")
        } else {
            use fmt::Write;
            let mut list = format!("{} problems with the arguments.", problems.len());
            for Self(problem) in problems {
                // Writing to a string does not fail.
                let _ = write!(list, "\n- {problem}.");
            }
            list
        }
    }
}

/// Whether WorkOS may have acted on a request without a readable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The request never left.
    NotSent,
    /// It only asked for something.
    Harmless,
    /// It may have changed something.
    Unknown,
    /// It was answered with success.
    Done,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "Nothing was sent, so it is safe to try again",
            Self::Harmless => "Nothing was changed, so it is safe to try again",
            Self::Unknown => {
                "The change may have taken effect: look with a get or list tool before trying again"
            }
            Self::Done => {
                "The change has most likely taken effect: look with a get or list tool, and do not simply repeat it"
            }
        })
    }
}

/// An error that WorkOS answered.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// WorkOS's word for the error, such as `entity_not_found`, or OAuth's.
    pub code: Option<String>,
    /// WorkOS's sentence.
    pub message: Option<String>,
    /// Errors of single fields, as they came.
    pub errors: Vec<Value>,
    /// What else the body holds, such as a pending authentication token.
    pub details: Map<String, Value>,
    /// The `x-request-id` of the answer, for WorkOS support.
    pub request_id: Option<String>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// Whether WorkOS may have acted all the same.
    pub fate: Fate,
    /// What the request was about, for the advice.
    pub(crate) about: About,
    /// What else helps.
    pub(crate) note: Option<String>,
}

/// What a request was about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    /// It proved itself with the API key alone.
    pub key: bool,
    /// It named something by an ID.
    pub id: bool,
}

impl ApiError {
    /// Reads any of the bodies that WorkOS sends with an error: objects of several
    /// shapes, a bare string, nothing, or a proxy's page.
    pub(crate) fn parse(status: u16, body: &[u8]) -> Self {
        let mut error = Self {
            status,
            code: None,
            message: None,
            errors: Vec::new(),
            details: Map::new(),
            request_id: None,
            retry_after: None,
            fate: Fate::Harmless,
            about: About { key: true, id: true },
            note: None,
        };
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => error.take(fields),
            Ok(Value::String(text)) => error.message = Some(excerpt(&text, LONGEST_TEXT).into_owned()),
            Ok(Value::Array(errors)) => error.errors = errors,
            Ok(_) | Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = text.trim();
                if text.starts_with('<') {
                    error.message =
                        Some("a web page instead of JSON, so a proxy or gateway answered".to_owned());
                } else if !text.is_empty() {
                    error.message = Some(excerpt(text, LONGEST_TEXT).into_owned());
                }
            }
        }
        error
    }

    /// Takes a credential out of whatever WorkOS, or something in between, has repeated.
    pub fn scrub(&mut self, credential: &str, stand_in: &str) {
        fn clean(value: &mut Value, credential: &str, stand_in: &str) {
            match value {
                Value::String(text) if text.contains(credential) => {
                    *text = text.replace(credential, stand_in);
                }
                Value::Array(items) => items.iter_mut().for_each(|item| clean(item, credential, stand_in)),
                Value::Object(fields) => {
                    fields.values_mut().for_each(|field| clean(field, credential, stand_in));
                }
                _ => {}
            }
        }
        fn names(fields: &mut Map<String, Value>, credential: &str, stand_in: &str) {
            let taken = std::mem::take(fields);
            fields.extend(taken.into_iter().map(|(name, mut value)| {
                clean(&mut value, credential, stand_in);
                (name.replace(credential, stand_in), value)
            }));
        }
        for text in [&mut self.code, &mut self.message, &mut self.request_id].into_iter().flatten() {
            *text = text.replace(credential, stand_in);
        }
        self.errors.iter_mut().for_each(|error| clean(error, credential, stand_in));
        names(&mut self.details, credential, stand_in);
    }

    fn take(&mut self, mut fields: Map<String, Value>) {
        let mut text = |name: &str| match fields.shift_remove(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text),
            Value::Array(lines) => Some(
                lines
                    .iter()
                    .map(|line| line.as_str().map_or_else(|| line.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        let code = text("code");
        let message = text("message");
        let description = text("error_description");
        let error = text("error");
        match (code, message.or(description)) {
            // `{"error": "free text"}` alone is the message.
            (None, None) => match error {
                Some(word) if word.contains(' ') => self.message = Some(word),
                word => self.code = word,
            },
            (None, message) => {
                self.code = error;
                self.message = message;
            }
            (code, message) => {
                self.code = code;
                self.message = message.or(error);
            }
        }
        match fields.shift_remove("errors") {
            Some(Value::Array(errors)) => self.errors = errors,
            Some(Value::Null) | None => {}
            Some(other) => self.errors = vec![other],
        }
        fields.shift_remove("statusCode");
        fields.retain(|_, value| !value.is_null());
        self.details = fields;
    }
}

impl std::error::Error for ApiError {}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = http_reason(self.status);
        write!(f, "WorkOS answered {}", self.status)?;
        if !reason.is_empty() {
            write!(f, " {reason}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", code `{code}`")?;
        }
        match &self.message {
            Some(message) => write!(f, ": {}", message.trim_end_matches('.'))?,
            None if self.code.is_none() => f.write_str(", with no explanation")?,
            None => {}
        }
        f.write_str(".")?;
        for error in &self.errors {
            write!(f, "\n- {}", field_error(error))?;
        }
        if !self.details.is_empty() {
            write!(f, "\nAlso in the answer: {}", Value::Object(self.details.clone()))?;
        }
        if let Some(hint) = self.hint() {
            write!(f, "\n{hint}")?;
        }
        if matches!(self.fate, Fate::Unknown) {
            write!(f, "\n{}.", self.fate)?;
        }
        if let Some(note) = &self.note {
            write!(f, "\n{note}.")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, "\nRequest ID: {id}")?;
        }
        Ok(())
    }
}

impl ApiError {
    /// What to do next.
    fn hint(&self) -> Option<String> {
        if self.details.contains_key("pending_authentication_token") {
            return Some(self.next_step());
        }
        Some(match self.status {
            401 if self.about.key => "WorkOS did not accept the API key: it is wrong, expired or of a deleted \
                    environment. Whoever set up this server must check WORKOS_API_KEY."
                .to_owned(),
            401 => "What was passed as proof (token, code or password) was not accepted, or the client ID does not \
                    belong to the API key."
                .to_owned(),
            403 => "The key is not allowed to do this, or the product is not switched on for its environment.".to_owned(),
            404 if !self.about.id => "The product may not be switched on for this environment.".to_owned(),
            404 => "Check the ID. One key sees only one environment: an ID from another environment is not found either."
                .to_owned(),
            429 => match self.retry_after {
                Some(delay) => format!("Too many requests. Try again in {} s.", whole_seconds(delay)),
                None => "Too many requests. Try again in a minute.".to_owned(),
            },
            500.. => match self.retry_after {
                Some(delay) => format!("The fault is at WorkOS, or at a proxy on the way. Try again in {} s.", whole_seconds(delay)),
                None => "The fault is at WorkOS, or at a proxy on the way; status.workos.com tells more.".to_owned(),
            },
            _ => return None,
        })
    }
}

impl ApiError {
    /// The call that goes on with a sign-in which WorkOS stopped half-way.
    fn next_step(&self) -> String {
        let step = match self.code.as_deref().unwrap_or_default() {
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
                return "The organization wants another way to sign in: send the user to a URL of \
                        `get_authkit_authorization_url` for it."
                    .to_owned();
            }
            _ => "the grant_type that this code asks for",
        };
        format!(
            "The sign-in is not finished: call `authenticate_user` again with this `pending_authentication_token`, {step}."
        )
    }
}

/// `{field, code}`, `{code, message}`, `{property, constraints}` or whatever came.
fn field_error(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str);
    let field = text("field").or_else(|| text("property")).or_else(|| text("instancePath"));
    let message = text("message").or_else(|| text("code"));
    match (field, message, error) {
        (Some(field), Some(message), _) if !field.is_empty() => format!("{field}: {message}"),
        (None, Some(message), Value::Object(fields)) if fields.len() <= 2 => match text("code") {
            Some(code) if code != message => format!("{code}: {message}"),
            _ => message.to_owned(),
        },
        (_, _, Value::String(text)) => text.clone(),
        _ => error.to_string(),
    }
}

/// Seconds, rounded up: whoever comes back too early is turned away again.
fn whole_seconds(delay: Duration) -> u64 {
    (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).max(1)
}

fn http_reason(status: u16) -> &'static str {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}

fn request_id_note(id: Option<&str>) -> String {
    id.map(|id| format!(" (request ID {id})")).unwrap_or_default()
}

/// Longest text of a body that is no JSON object.
const LONGEST_TEXT: usize = 300;

/// The beginning of a text, in characters.
pub(crate) fn excerpt(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every shape of body that WorkOS is known to answer an error with.
    #[test]
    #[expect(
        clippy::type_complexity,
        reason = "a table: status, body, and the code, message and errors read from it"
    )]
    fn every_error_body_is_understood() {
        let cases: &[(u16, &str, Option<&str>, Option<&str>, usize)] = &[
            (404, r#"{"message":"Not found"}"#, None, Some("Not found"), 0),
            (
                409,
                r#"{"code":"domain_already_exists","message":"Taken"}"#,
                Some("domain_already_exists"),
                Some("Taken"),
                0,
            ),
            (
                422,
                r#"{"message":"Invalid","code":"v","errors":[{"field":"name","code":"required"}]}"#,
                Some("v"),
                Some("Invalid"),
                1,
            ),
            (
                400,
                r#"{"code":"password_strength_error","message":"Weak","errors":[{"code":"short","message":"Too short"}]}"#,
                Some("password_strength_error"),
                Some("Weak"),
                1,
            ),
            (
                400,
                r#"{"code":"invalid","message":"Schema","errors":[{"instancePath":"/targets","message":"must be array"}]}"#,
                Some("invalid"),
                Some("Schema"),
                1,
            ),
            (
                422,
                r#"{"message":"Validation","errors":[{"property":"origin","constraints":{"isUrl":"must be a URL"}}]}"#,
                None,
                Some("Validation"),
                1,
            ),
            (
                400,
                r#"{"message":["range_start must be a date","range_end must be a date"],"error":"Bad Request"}"#,
                Some("Bad Request"),
                Some("range_start must be a date; range_end must be a date"),
                0,
            ),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"Code expired"}"#,
                Some("invalid_grant"),
                Some("Code expired"),
                0,
            ),
            (404, r#"{"error":"Object not found in vault"}"#, None, Some("Object not found in vault"), 0),
            (401, r#"{"error":"Unauthorized"}"#, Some("Unauthorized"), None, 0),
            (400, r#"{"error":"invalid","message":"Bad user"}"#, Some("invalid"), Some("Bad user"), 0),
            (
                400,
                r#"{"message":"No target","code":"bad_target","statusCode":400}"#,
                Some("bad_target"),
                Some("No target"),
                0,
            ),
            (429, r#""Ratelimited""#, None, Some("Ratelimited"), 0),
            (401, "", None, None, 0),
            (
                502,
                "<html><body>Bad gateway</body></html>",
                None,
                Some("a web page instead of JSON, so a proxy or gateway answered"),
                0,
            ),
            (500, "upstream connect error", None, Some("upstream connect error"), 0),
            (500, "[1]", None, None, 1),
            (500, "17", None, Some("17"), 0),
        ];
        for (status, body, code, message, errors) in cases {
            let error = ApiError::parse(*status, body.as_bytes());
            assert_eq!(error.code.as_deref(), *code, "{body}");
            assert_eq!(error.message.as_deref(), *message, "{body}");
            assert_eq!(error.errors.len(), *errors, "{body}");
            assert!(error.to_string().starts_with(&format!("WorkOS answered {status}")), "{error}");
        }
    }

    #[test]
    fn what_a_step_up_answer_offers_is_shown() {
        let body = br#"{"code":"organization_selection_required","message":"Choose","pending_authentication_token":"t","organizations":[{"id":"org_1","name":"A"}]}"#;
        let text = ApiError::parse(403, body).to_string();
        assert!(text.contains(r#""pending_authentication_token":"t""#), "{text}");
        assert!(text.contains(r#""organizations":[{"id":"org_1","name":"A"}]"#), "{text}");
        assert!(text.contains("grant-type:organization-selection"), "{text}");
        assert!(!text.contains("not allowed"), "{text}");
    }
}
