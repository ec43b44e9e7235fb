//! What WorkOS answers instead of success, in whichever of its shapes.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::time::Duration;

use serde_json::{Map, Value};

use super::encoded::{CutOff, redact};
use super::outcome::Outcome;
use crate::schema::REDACTED;

/// Longest text of a body that is no JSON object, in characters. It is cut when it is shown: before
/// that it must be whole, or what is left of a credential would not be known for one.
const MAX_TEXT: usize = 300;

/// An error that WorkOS answered.
#[derive(Debug, Clone)]
#[non_exhaustive]
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
    pub outcome: Outcome,
    /// The key under which repeating the request does nothing twice, where WorkOS takes one.
    pub idempotency_key: Option<String>,
    /// What the request was about, for advice.
    pub subject: Subject,
    /// The body was text and nothing else.
    is_text: bool,
}

/// What a request was about, as far as it tells why WorkOS refuses it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subject {
    /// It proved itself with the API key alone, not with a token or a code.
    pub key: bool,
    /// It named something by an ID in its path.
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
            outcome: Outcome::NothingChanged,
            idempotency_key: None,
            subject: Subject { key: true, id: true },
            is_text: false,
        };
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => error.take(fields),
            Ok(Value::String(text)) => error.set_text(text),
            Ok(Value::Array(errors)) => error.errors = errors,
            Ok(_) | Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = text.trim();
                if text.starts_with('<') {
                    error.message =
                        Some("a web page instead of JSON, so a proxy or gateway answered".to_owned());
                } else if !text.is_empty() {
                    error.set_text(text.to_owned());
                }
            }
        }
        error
    }

    /// Replaces a credential, wherever WorkOS or something in between has repeated it and however
    /// it is encoded there, with `[masked]`.
    pub fn redact(&mut self, credential: &str) {
        for text in [&mut self.code, &mut self.message, &mut self.request_id].into_iter().flatten() {
            redact_text(text, credential);
        }
        self.errors.iter_mut().for_each(|error| redact_value(error, credential));
        redact_fields(&mut self.details, credential);
    }

    /// What WorkOS says: status, code and message in a line, a line for each error of a field,
    /// and what else the body holds. Ends without a line break.
    pub fn fault(&self) -> String {
        let mut text = format!("WorkOS answered {}", self.status);
        // Writing to a string does not fail.
        let _ = self.write_fault(&mut text);
        text
    }

    fn write_fault(&self, text: &mut String) -> fmt::Result {
        let reason = http_reason(self.status);
        if !reason.is_empty() {
            write!(text, " {reason}")?;
        }
        if let Some(code) = &self.code {
            write!(text, ", code `{code}`")?;
        }
        match &self.message {
            Some(message) if self.is_text => {
                write!(text, ": {}", excerpt(message, MAX_TEXT).trim_end_matches('.'))?;
            }
            Some(message) => write!(text, ": {}", message.trim_end_matches('.'))?,
            None if self.code.is_none() && self.details.is_empty() => {
                text.push_str(", with no explanation");
            }
            None => {}
        }
        text.push('.');
        for error in &self.errors {
            write!(text, "\n- {}", field_error(error))?;
        }
        if !self.details.is_empty() {
            write!(text, "\nAlso in the answer: {}", Value::Object(self.details.clone()))?;
        }
        Ok(())
    }

    /// A body that is only text.
    fn set_text(&mut self, text: String) {
        self.message = Some(text);
        self.is_text = true;
    }

    fn take(&mut self, mut fields: Map<String, Value>) {
        let mut text = |name: &str| match fields.get(name)? {
            // An object stays one among the details: as text nobody could tell what its names say.
            Value::Object(_) => None,
            Value::Array(lines) if lines.iter().any(|line| line.is_object() || line.is_array()) => None,
            _ => match fields.shift_remove(name)? {
                Value::String(text) if text.is_empty() => None,
                Value::String(text) => Some(text),
                Value::Array(lines) => {
                    let text = |line: &Value| line.as_str().map_or_else(|| line.to_string(), str::to_owned);
                    Some(lines.iter().map(text).collect::<Vec<_>>().join("; "))
                }
                Value::Null => None,
                other => Some(other.to_string()),
            },
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
        f.write_str(&self.fault())?;
        if self.outcome == Outcome::Unknown {
            write!(f, "\n{}.", self.outcome)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, "\nRequest ID: {id}")?;
        }
        Ok(())
    }
}

fn redact_text(text: &mut String, credential: &str) {
    if let Cow::Owned(redacted) = redact(text, credential, CutOff::Counts) {
        *text = redacted;
    }
}

fn redact_value(value: &mut Value, credential: &str) {
    match value {
        Value::String(text) => redact_text(text, credential),
        Value::Number(number) if number.to_string() == credential => *value = REDACTED.into(),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_value(item, credential)),
        Value::Object(fields) => redact_fields(fields, credential),
        _ => {}
    }
}

/// Names may be credentials as well.
fn redact_fields(fields: &mut Map<String, Value>, credential: &str) {
    let before = std::mem::take(fields);
    fields.extend(before.into_iter().map(|(mut name, mut value)| {
        redact_text(&mut name, credential);
        redact_value(&mut value, credential);
        (name, value)
    }));
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

fn http_reason(status: u16) -> &'static str {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}

/// The beginning of a text, in characters.
pub(crate) fn excerpt(text: &str, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
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
    fn a_credential_that_is_repeated_is_redacted_everywhere() {
        let body =
            br#"{"message":"bad sk_x","errors":[{"field":"a","message":"sk_x"}],"sk_x":{"b":["sk_x",{"sk_x":1}]}}"#;
        let mut error = ApiError::parse(400, body);
        error.request_id = Some("sk_x".to_owned());
        error.redact("sk_x");
        assert!(!format!("{error}{error:?}").contains("sk_x"), "{error:?}");
        // Numbers, what is encoded, and what would be cut in its middle.
        let long = format!("{} example+pass", "x".repeat(290));
        for (body, credential) in [
            (r#"{"code":"a","value":{"otp":123456}}"#, "123456"),
            (r#"{"message":"/reset?password=example%2Bpass"}"#, "example+pass"),
            (r#"{"message":"{\"password\":\"example\\u002bpass\"}"}"#, "example+pass"),
            (long.as_str(), "example+pass"),
        ] {
            let mut error = ApiError::parse(400, body.as_bytes());
            error.redact(credential);
            let text = error.to_string();
            for part in ["123456", "example", "pass\""] {
                assert!(!text.contains(part), "{part}: {text}");
            }
        }
    }

    #[test]
    fn objects_in_place_of_text_keep_their_names() {
        let body = br#"{"message":{"text":"No","token":"t"},"code":{"a":1},"error":[{"jwt":"x"}]}"#;
        let error = ApiError::parse(400, body);
        assert_eq!((&error.code, &error.message), (&None, &None));
        assert_eq!(error.details.keys().collect::<Vec<_>>(), ["message", "code", "error"]);
        assert!(error.to_string().contains(r#""message":{"text":"No","token":"t"}"#), "{error}");
    }

    #[test]
    fn what_a_step_up_answer_offers_is_shown() {
        let body = br#"{"code":"organization_selection_required","message":"Choose","pending_authentication_token":"t","organizations":[{"id":"org_1","name":"A"}]}"#;
        let text = ApiError::parse(403, body).to_string();
        assert!(text.contains(r#""pending_authentication_token":"t""#), "{text}");
        assert!(text.contains(r#""organizations":[{"id":"org_1","name":"A"}]"#), "{text}");
    }
}
