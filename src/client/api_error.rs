//! What WorkOS answers instead of success, in whichever of its shapes.

mod beginning;

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::time::Duration;

use serde_json::{Map, Value};

use self::beginning::json_beginning;
use super::encoded::{CutOff, redact};
use super::key_error::KeyOrigin;
use super::outcome::Outcome;
use super::sentence::sentence;
use super::subject::{Named, Subject};
use crate::schema::REDACTED;

/// Longest text of a body that is no JSON object, in characters. It is cut when it is shown: before
/// that it must be whole, or what is left of a credential would not be known for one.
const MAX_TEXT: usize = 300;

/// Longest text of each part of an error that is shown, in characters; and how many parts are.
const MAX_CODE: usize = 80;
const MAX_MESSAGE: usize = 600;
const MAX_ERRORS: usize = 8;
const MAX_ERROR: usize = 160;
const MAX_FIELD: usize = 60;
const MAX_DETAILS: usize = 1_000;
const MAX_LONG_DETAILS: usize = 3;
const MAX_LONG_DETAIL: usize = 300;

/// How words of others are shown: a text in quotes, and a JSON text, of at most so many
/// characters.
pub(crate) struct Shown {
    pub text: fn(&str, usize) -> String,
    pub json: fn(&str, usize) -> String,
}

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
    /// Where the API key came from, if it is what WorkOS did not accept.
    pub key_origin: Option<KeyOrigin>,
    /// The body was text and nothing else.
    is_text: bool,
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
            subject: Subject { key: true, names: Named::ById, ..Subject::default() },
            key_origin: None,
            is_text: false,
        };
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => error.take(fields),
            Ok(Value::String(text)) => error.set_text(text),
            Ok(Value::Array(errors)) => error.errors = errors,
            Ok(_) | Err(_) => error.take_text(&String::from_utf8_lossy(body)),
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
    /// and what else the body holds. Ends without a line break. What WorkOS, or whoever answered
    /// in its place, has written is in quotes, and shortened where it is long.
    pub fn fault(&self) -> String {
        self.worded(&Shown { text: json_string, json: |json, max| excerpt(json, max).into_owned() })
    }

    /// The same, with words of others as `shown` makes them.
    pub(crate) fn worded(&self, shown: &Shown) -> String {
        let mut text = format!("WorkOS answered {}", self.status);
        // Writing to a string does not fail.
        let _ = self.write_fault(&mut text, shown);
        text
    }

    fn write_fault(&self, text: &mut String, shown: &Shown) -> fmt::Result {
        let reason = http_reason(self.status);
        if !reason.is_empty() {
            write!(text, " {reason}")?;
        }
        match self.code.as_deref() {
            Some(code) if is_word(code, MAX_CODE) => write!(text, ", code `{code}`")?,
            Some(code) => write!(text, ", code {}", (shown.text)(code, MAX_CODE))?,
            None => {}
        }
        let mut ended = false;
        match &self.message {
            Some(message) => {
                let max = if self.is_text { MAX_TEXT } else { MAX_MESSAGE };
                let message = (shown.text)(message.trim_end().trim_end_matches('.'), max);
                write!(text, ": {message}")?;
                // What is quoted whole ends with its own mark.
                ended = message.strip_suffix('"').is_some_and(|message| message.ends_with(['?', '!', '…']));
            }
            None if self.code.is_none() && self.details.is_empty() => {
                text.push_str(", with no explanation");
            }
            None => {}
        }
        if !ended {
            text.push('.');
        }
        for error in self.errors.iter().take(MAX_ERRORS) {
            write!(text, "\n- {}", field_error(error, shown))?;
        }
        if let Some(more) = self.errors.len().checked_sub(MAX_ERRORS).filter(|more| *more > 0) {
            write!(text, "\n- and {more} more")?;
        }
        let mut details = Map::new();
        let mut long = Vec::new();
        let mut left = MAX_DETAILS;
        for (name, value) in &self.details {
            match left.checked_sub(name.len() + value.to_string().len()) {
                Some(rest) => {
                    left = rest;
                    details.insert(name.clone(), value.clone());
                }
                None => long.push((name, value)),
            }
        }
        if !details.is_empty() {
            let json = Value::Object(details).to_string();
            // Escapes alone can make it longer than it was.
            write!(text, "\nAlso in the answer: {}", (shown.json)(&json, MAX_DETAILS * 3 / 2))?;
        }
        for (name, value) in long.iter().take(MAX_LONG_DETAILS) {
            let (name, value) =
                ((shown.text)(name, MAX_FIELD), (shown.json)(&value.to_string(), MAX_LONG_DETAIL));
            write!(text, "\nAlso in the answer: {name}: {value}")?;
        }
        Ok(())
    }

    /// A body that is no JSON, or not from its beginning to its end.
    fn take_text(&mut self, body: &str) {
        let text = body.trim_matches(is_blank);
        match text.chars().next() {
            None => {}
            Some('<') => {
                self.message = Some("a web page instead of JSON, so a proxy or gateway answered".to_owned());
            }
            Some('{' | '[' | '"') => self.take_beginning("", text),
            Some(_) => match json_within(text) {
                Some(at) => self.take_beginning(&text[..at], &text[at..]),
                None => self.set_text(text.to_owned()),
            },
        }
    }

    /// Takes what is whole of a JSON text, and what stands before it.
    fn take_beginning(&mut self, before: &str, json: &str) {
        let (whole, begun) = json_beginning(json);
        match begun {
            Value::Object(fields) => self.take(fields),
            Value::String(text) => self.set_text(text),
            Value::Array(errors) => self.errors = errors,
            _ => {}
        }
        if self.message.is_none() && before.contains(char::is_alphanumeric) {
            self.message = Some(before.trim_end().to_owned());
        }
        if !whole {
            self.breaks_off();
        }
    }

    /// Says that more came than is here. As text it would be shown with its credentials: nobody can
    /// tell which names they stand under.
    fn breaks_off(&mut self) {
        const WHAT: &str = "JSON that breaks off, and is not shown from there on";
        if self.message.is_none() {
            self.message = Some(WHAT.to_owned());
        } else {
            self.details.insert("rest".to_owned(), WHAT.into());
        }
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
        if let Some(origin) = &self.key_origin {
            write!(f, "\n{}", sentence(format_args!("It does not accept the API key{origin}")))?;
        }
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

/// `{field, code}`, `{code, message}`, all three of them, `{property, constraints}` or whatever came.
fn field_error(error: &Value, shown: &Shown) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let field = text("field").or_else(|| text("property")).or_else(|| text("instancePath"));
    let (code, message) = (text("code"), text("message"));
    // A code that is the message in other letters tells nothing more.
    let code = code.filter(|code| !message.is_some_and(|message| says_the_same(code, message)));
    let rest = |fields: &Map<String, Value>| {
        let known = ["code", "message", "field", "property", "instancePath"];
        fields.iter().any(|(name, value)| !known.contains(&name.as_str()) && !value.is_null())
    };
    match error {
        Value::String(text) => (shown.text)(text, MAX_ERROR),
        Value::Object(fields) if (code.or(message).is_some()) && (field.is_some() || !rest(fields)) => {
            let parts: Vec<&str> = [field, code, message].into_iter().flatten().collect();
            labelled(&parts, shown)
        }
        _ => (shown.json)(&error.to_string(), MAX_ERROR),
    }
}

/// Whether two texts have the same letters and digits.
fn says_the_same(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}

/// `name: required`, in quotes unless all of them are plain words.
fn labelled(parts: &[&str], shown: &Shown) -> String {
    let text = parts.join(": ");
    let is_plain = |text: &&str| is_word(text, MAX_FIELD) && !text.contains([' ', ':']);
    let alone = parts.len() == 1;
    if !alone && parts.iter().all(is_plain) { text } else { (shown.text)(&text, MAX_ERROR) }
}

/// Where in a text an object or a list begins that may hold anything: some put words, or what keeps
/// scripts from reading it, before their JSON.
fn json_within(text: &str) -> Option<usize> {
    let begins = |(at, open): &(usize, &str)| {
        let inside = text[at + open.len()..].trim_start();
        inside.starts_with('"') || (*open == "[" && inside.starts_with(['{', '[']))
    };
    text.match_indices(['{', '[']).find(begins).map(|(at, _)| at)
}

/// What shows nothing, and does not keep JSON behind it from being JSON: a byte order mark above all.
fn is_blank(character: char) -> bool {
    let unseen = matches!(character, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    unseen || character.is_whitespace() || character.is_control()
}

/// Whether a text is a word for programs, which needs no quotes.
fn is_word(text: &str, max: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _-.:/[]".contains(&byte);
    !text.trim().is_empty() && text.len() <= max && text.bytes().all(plain)
}

/// A text as a JSON string, so that it stays on its line and in its quotes.
fn json_string(text: &str, max: usize) -> String {
    Value::from(excerpt(text, max)).to_string()
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
mod tests;
