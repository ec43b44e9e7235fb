//! What the fuzz targets below `tests/fuzz` do with an input, and what must hold of it.
//!
//! Built for tests and fuzzing alone, and free to use every other room.
//!
//! Each function takes any bytes and panics if a promise is broken. They stand here because
//! what they exercise is private; the same inputs run as a test below, on any toolchain.

#[cfg(test)]
pub(crate) mod generate;
mod pipe;

pub use self::pipe::line;

use serde_json::Value;
use url::Url;

use crate::api::operations;
use crate::client::{Arguments, Defaults, Error, prepare};
use crate::operation::{Destination, Operation, Rule};
use crate::schema::{Field, Presence, Schema};
use crate::tools::sanitize::sanitize;
use crate::tools::validation::{MAX_VIOLATIONS, coerce};

/// The longest sentence about one argument, in bytes.
const MAX_VIOLATION: usize = 8 << 10;

/// Reads `tool_name {"argument": …}`. A name that no tool has stands for some tool, so that
/// every input reaches one.
fn call(input: &[u8]) -> Option<(&'static Operation, Arguments)> {
    let end = input.iter().position(|byte| matches!(byte, b' ' | b'\n'))?;
    let (name, json) = input.split_at(end);
    let named = operations().find(|operation| operation.name.as_bytes() == name);
    let operation = named.or_else(|| {
        let sum =
            name.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        operations().nth(sum % operations().count())
    })?;
    match serde_json::from_slice(json) {
        Ok(Value::Object(arguments)) => Some((operation, arguments)),
        _ => None,
    }
}

/// Arguments made to fit: done once, explained in text, and fitting indeed.
pub fn arguments(input: &[u8]) {
    let Some((operation, mut arguments)) = call(input) else { return };
    let violations = coerce(operation, &mut arguments);
    assert!(violations.len() <= MAX_VIOLATIONS + 1, "{} violations", violations.len());
    for text in violations.iter().map(ToString::to_string) {
        assert!(!text.trim().is_empty(), "a violation without words");
        assert!(!text.chars().any(char::is_control), "not on one line: {text:?}");
        assert_eq!(sanitize(&text), text, "what is unsafe is shown as it is");
        assert!(text.len() <= MAX_VIOLATION, "{} bytes about one argument", text.len());
    }
    let once = arguments.clone();
    assert_eq!(coerce(operation, &mut arguments), violations, "{}", operation.name);
    assert_eq!(arguments, once, "{}", operation.name);
    if violations.is_empty() {
        assert!(fits(operation.fields, &arguments), "{}: {arguments:?}", operation.name);
    }
}

/// A request goes where its operation says and carries what the arguments say, or is not made.
pub fn request(input: &[u8]) {
    let Some((operation, mut arguments)) = call(input) else { return };
    // As the typed client would send them, and as the server does.
    check_request(operation, &arguments);
    if coerce(operation, &mut arguments).is_empty() {
        check_request(operation, &arguments);
    }
}

/// The strict reading of arguments, without any mending.
fn fits(fields: &[Field], object: &Arguments) -> bool {
    let known = object.keys().all(|name| fields.iter().any(|field| field.name == name));
    known
        && fields.iter().all(|field| match (object.get(field.name), field.presence) {
            (None, presence) => presence != Presence::Required,
            (Some(Value::Null), presence) => presence == Presence::Clearable,
            (Some(value), _) => fits_one(field, &field.schema, value),
        })
}

fn fits_one(field: &Field, schema: &Schema, value: &Value) -> bool {
    match (schema, value) {
        (Schema::Nullable(_), Value::Null) | (Schema::Any | Schema::Empty, _) => true,
        (Schema::Nullable(inner), value) => fits_one(field, inner, value),
        (Schema::String, value) => value
            .as_str()
            .is_some_and(|text| !field.time || text.starts_with(|first: char| first.is_ascii_digit())),
        (Schema::Integer, value) => value
            .as_i64()
            .is_some_and(|number| field.range.is_none_or(|(low, high)| (low..=high).contains(&number))),
        (Schema::Number, value) => value.is_number(),
        (Schema::Boolean, value) => value.is_boolean(),
        (Schema::Scalar, value) => value.is_string() || value.is_number() || value.is_boolean(),
        (Schema::Choice(words), value) => value.as_str().is_some_and(|word| words.contains(&word)),
        (Schema::List(item), Value::Array(items)) => {
            (!field.nonempty || !items.is_empty()) && items.iter().all(|value| fits_one(field, item, value))
        }
        (Schema::Map(item), Value::Object(entries)) => {
            entries.values().all(|value| fits_one(field, item, value))
        }
        (Schema::Object(fields, _), Value::Object(object)) => fits(fields, object),
        (Schema::AnyObject | Schema::Payload, value) => value.is_object(),
        (Schema::List(_) | Schema::Map(_) | Schema::Object(..), _) => false,
    }
}

/// Builds the request and holds it against the template of its operation. Says whether there
/// was a request.
pub(crate) fn check_request(operation: &'static Operation, arguments: &Arguments) -> bool {
    let defaults = Defaults {
        client_id: Some("client_example".to_owned()),
        redirect_uri: Some("https://example.com/callback?a=b&c".to_owned()),
    };
    for base in ["https://api.example.com/", "http://127.0.0.1:8080/some/prefix/"] {
        let Ok(base) = Url::parse(base) else { return false };
        match prepare(operation, arguments, &base, &defaults, None) {
            Ok(prepared) => {
                check_path(operation, arguments, &defaults, &base, &prepared.url);
                check_query(operation, arguments, &defaults, &prepared.url);
                for (name, value) in &prepared.headers {
                    assert!(!value.chars().any(char::is_control), "{name}: {value:?}");
                }
                if let Some(bearer) = &prepared.bearer {
                    let bearer = secrecy::ExposeSecret::expose_secret(bearer);
                    assert!(!bearer.chars().any(char::is_control), "a control character in the token");
                }
                let body = prepared.body.as_deref().map(serde_json::from_slice::<Arguments>);
                assert!(body.is_none_or(|body| body.is_ok()), "{}: the body is no object", operation.name);
            }
            Err(Error::Arguments(violations)) => {
                assert!(!violations.is_empty());
                return false;
            }
            Err(error) => unreachable!("nothing was sent: {error}"),
        }
    }
    true
}

fn check_path(operation: &Operation, arguments: &Arguments, defaults: &Defaults, base: &Url, url: &Url) {
    assert_eq!(url.origin(), base.origin());
    assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
    let below = url.path().strip_prefix(base.path().trim_end_matches('/')).unwrap_or("elsewhere");
    let parts: Vec<&str> = operation.route().split('/').collect();
    let segments: Vec<&str> = below.split('/').collect();
    assert_eq!(segments.len(), parts.len(), "{url} is not {}", operation.path);
    for (part, segment) in parts.iter().zip(&segments) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                let field = operation.field_at_workos(name);
                let value = field.and_then(|field| given(field, arguments, defaults));
                assert_eq!(decoded(segment), value.as_ref().map(text), "`{name}` of {url}");
            }
            None => assert_eq!(segment, part, "{url} is not {}", operation.path),
        }
    }
}

fn check_query(operation: &Operation, arguments: &Arguments, defaults: &Defaults, url: &Url) {
    let fixed = operation.path.split_once('?').map_or("", |(_, query)| query);
    let mut wanted: Vec<(String, String)> =
        url::form_urlencoded::parse(fixed.as_bytes()).into_owned().collect();
    let mut pkce = false;
    let is_replaced = |field: &Field| {
        operation.rules.iter().any(|rule| match rule {
            Rule::Replaces(name, others) => {
                others.contains(&field.name) && arguments.get(*name).is_some_and(|value| !value.is_null())
            }
            _ => false,
        })
    };
    for field in operation.fields.iter().filter(|field| !is_replaced(field)) {
        let Some(value) = given(field, arguments, defaults) else { continue };
        match (operation.destination(field), value) {
            (Destination::Pkce, value) => pkce = value == Value::Bool(true),
            (Destination::Query, Value::Array(items)) if items.is_empty() => {}
            (Destination::Query, Value::Array(items)) => {
                wanted
                    .push((field.api_name.to_owned(), items.iter().map(text).collect::<Vec<_>>().join(",")));
            }
            (Destination::Query, Value::Object(entries)) => wanted.extend(
                entries.iter().map(|(key, value)| (format!("{}[{key}]", field.api_name), text(value))),
            ),
            (Destination::Query, value) => wanted.push((field.api_name.to_owned(), text(&value))),
            _ => {}
        }
    }
    let mut found: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if pkce {
        let all = found.len();
        found.retain(|(name, _)| !matches!(name.as_str(), "code_challenge" | "code_challenge_method"));
        assert_eq!(all - found.len(), 2, "{url}");
    }
    assert_eq!(found, wanted, "{url}");
}

/// The argument, or the setting that stands in for it.
fn given(field: &Field, arguments: &Arguments, defaults: &Defaults) -> Option<Value> {
    use crate::schema::Setting;
    match arguments.get(field.name) {
        Some(Value::Null) | None => match field.default? {
            Setting::ClientId => defaults.client_id.clone().map(Value::from),
            Setting::RedirectUri => defaults.redirect_uri.clone().map(Value::from),
        },
        Some(value) => Some(value.clone()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A path segment decoded once; `None` if it holds what a segment must not.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Mutants of each file of a corpus.
    const MUTANTS: u64 = 60;

    /// The committed corpus, and simple mutants of it: always the same.
    fn run(target: &str, check: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
        let mut files: Vec<_> =
            std::fs::read_dir(corpus).expect("a corpus").map(|file| file.expect("a file").path()).collect();
        files.sort();
        assert!(files.len() >= 10, "only {} inputs", files.len());
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).expect("31 bits") % below.max(1)
        };
        for file in files {
            let input = std::fs::read(&file).expect("an input");
            check(&input);
            // Those that stand for megabytes take their time.
            let mutants = if input.contains(&0xfe) { 2 } else { MUTANTS };
            for _ in 0..mutants {
                let mut mutant = input.clone();
                for _ in 0..=random(4) {
                    let at = random(mutant.len());
                    match random(4) {
                        0 => mutant.truncate(at),
                        1 => mutant.insert(at, b"\"\\{}[],:.%/\n\x00\x7f\xff0n"[random(17)]),
                        2 if !mutant.is_empty() => mutant[at] ^= 1 << random(8),
                        _ => {
                            let piece = mutant[at..(at + random(40)).min(mutant.len())].to_vec();
                            let to = random(mutant.len());
                            mutant.splice(to..to, piece);
                        }
                    }
                }
                let held = std::panic::catch_unwind(|| check(&mutant)).is_ok();
                assert!(held, "a mutant of {}: {}", file.display(), mutant.escape_ascii());
            }
        }
    }

    #[test]
    fn the_corpus_of_lines() {
        run("line", line);
    }

    #[test]
    fn the_corpus_of_arguments() {
        run("arguments", arguments);
    }

    #[test]
    fn the_corpus_of_requests() {
        run("request", request);
    }
}
