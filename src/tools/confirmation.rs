//! What a user is asked before something is destroyed. Asking is up to whoever called: a client,
//! or a terminal.
//!
//! The question is read by people who decide on it, and strangers have written parts of it. So the
//! environment stands alone on the first line, and what is about to go on the second; every text
//! from elsewhere is in quotes that it cannot leave; and what is too long shows both of its
//! ends and how much there is of it, because what matters may stand last.

use std::fmt::{Display, Write};
use std::time::Duration;

use serde_json::Value;

use super::access::Environment;
use super::description::title;
use super::error::CallError;
use super::redaction::{holds_credentials, shown_arguments};
use super::sanitize::{is_hidden, quoted};
use super::sending::Sender;
use crate::api::operations;
use crate::client::{Arguments, CheckedCall, excerpt};
use crate::operation::{Destination, Effect, Method, Operation};

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
pub(super) const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest name of what is about to be hit, in characters.
pub(super) const MAX_NAME: usize = 120;
/// The longest value of an argument, in characters.
const MAX_VALUE: usize = 240;
/// The longest all arguments together, in characters: clients cut long questions.
const MAX_ARGUMENTS: usize = 1_200;
/// The longest description of the operation, in characters.
const MAX_DESCRIPTION: usize = 300;
/// Behind text that could be taken for the question's own.
pub(super) const IMITATION: &str =
    " (Mind the quotes: this text has words of the question in it. They say nothing of this call.)";

/// What the user is asked: the environment, the operation, and what it is about to hit.
///
/// # Errors
///
/// The call would be refused, whatever the user says.
pub async fn question(sender: &Sender, call: &CheckedCall) -> Result<String, CallError> {
    // Also where there is nothing to look at: whoever is asked must not be asked in vain, nor about
    // another environment than the one that the key belongs to which there is now.
    sender.check_key().await?;
    let environment = sender.environment().await?;
    let name = match tokio::time::timeout(
        LOOK_UP_TIMEOUT,
        name_of_target(sender, call.operation(), call.arguments()),
    )
    .await
    {
        Ok(name) => name?,
        Err(_) => None,
    };
    Ok(worded(environment, call.operation(), call.arguments(), name.as_deref()))
}

fn worded(
    environment: Environment,
    operation: &'static Operation,
    arguments: &Arguments,
    name: Option<&str>,
) -> String {
    let title = title(operation.name);
    let mut text = format!("In {environment}:\n{title}");
    if let Some(name) = name {
        text.extend([" ", &quoted(&on_one_line(name), MAX_NAME)]);
    }
    text.push('?');
    if name.is_some_and(|name| imitates(name, &title)) {
        text.push_str(IMITATION);
    }
    let shown = shown_arguments(operation.fields, arguments);
    // What names the target comes first, whatever the caller wrote first.
    let is_in_path = |name: &str| {
        operation.field(name).is_some_and(|field| operation.destination(field) == Destination::Path)
    };
    let (path, others): (Vec<_>, Vec<_>) = shown.iter().partition(|(name, _)| is_in_path(name));
    let all: Vec<_> = path.into_iter().chain(others).collect();
    let mut left = MAX_ARGUMENTS;
    for (index, (name, value)) in all.iter().enumerate() {
        let mark = if says_as_the_question(value, &title) { IMITATION } else { "" };
        let line = format!("\n{name}: {}{mark}", excerpt_of(value, MAX_VALUE));
        let Some(rest) = left.checked_sub(line.chars().count()) else {
            let names = all[index..].iter().map(|(name, _)| name.as_str());
            let names = enumerated(names, MAX_VALUE, |name, _| name.to_owned());
            // Writing to a string does not fail.
            let _ = write!(text, "\nand {} more arguments: {names}", all.len() - index);
            break;
        };
        left = rest;
        text.push_str(&line);
    }
    let raising = operation.raised_by(arguments);
    if !raising.is_empty() {
        text.extend(["\nReplaces, overwrites or clears: ", &raising.join(", "), "."]);
    }
    text.push('\n');
    text.push_str(&excerpt(operation.description, MAX_DESCRIPTION));
    text
}

/// The name of what a call is about to hit, asked for now: of the object that a GET on
/// the same path gives.
pub(super) async fn name_of_target(
    sender: &Sender,
    operation: &Operation,
    arguments: &Arguments,
) -> Result<Option<String>, CallError> {
    const NAMES: &[&str] = &["name", "email", "domain", "slug", "endpoint_url", "uri", "origin"];
    let Some(get) = reading_of_target(sender, operation, arguments) else { return Ok(None) };
    let object = sender.look_up(&get).await?;
    let name = |object: Value| NAMES.iter().find_map(|name| object.get(name)?.as_str().map(str::to_owned));
    Ok(object.and_then(name))
}

/// The call that shows what a call is about to hit.
fn reading_of_target(sender: &Sender, operation: &Operation, given: &Arguments) -> Option<CheckedCall> {
    // `/x/{id}/revoke` is about `/x/{id}`. Never by reading a credential.
    let route = operation.route();
    let shows = |route: &str| {
        operations()
            .find(|get| get.method == Method::GET && get.route() == route && !holds_credentials(&get.answer))
    };
    let get = shows(route).or_else(|| shows(route.rsplit_once('/')?.0))?;
    let arguments: Arguments = get
        .fields
        .iter()
        .filter(|field| get.destination(field) == Destination::Path)
        .filter_map(|field| Some((field.name.to_owned(), given.get(field.name)?.clone())))
        .collect();
    sender.client().check(get, arguments).ok()
}

/// A value in about so many characters: text in quotes, lists and objects with as many of their
/// parts as fit, the last always among them.
pub(super) fn excerpt_of(value: &Value, max: usize) -> String {
    /// What is deeper is told by its size alone.
    const LEAST: usize = 24;
    match value {
        Value::String(text) => quoted(&on_one_line(text), max.max(LEAST)),
        Value::Array(items) if max < LEAST => format!("[{}]", counted(items.len(), "item")),
        Value::Object(fields) if max < LEAST => format!("{{{}}}", counted(fields.len(), "entry")),
        Value::Array(items) => {
            let parts = enumerated(items.iter(), max, excerpt_of);
            if items.len() > 1 {
                format!("{}: {parts}", counted(items.len(), "item"))
            } else {
                format!("[{parts}]")
            }
        }
        Value::Object(fields) => {
            let entry = |(name, value): (&String, &Value), max| {
                format!("{}: {}", quoted(&on_one_line(name), max), excerpt_of(value, max))
            };
            let parts = enumerated(fields.iter(), max, entry);
            let count = if fields.len() > 3 { counted(fields.len(), "entry") + ": " } else { String::new() };
            format!("{{{count}{parts}}}")
        }
        // A number may have any length.
        other => {
            let text = other.to_string();
            if text.len() > max.max(LEAST) { quoted(&text, max.max(LEAST)) } else { text }
        }
    }
}

/// Parts of something, as many of the first as fit into so many characters, and the last.
fn enumerated<T>(
    parts: impl DoubleEndedIterator<Item = T> + ExactSizeIterator,
    max: usize,
    shown: impl Fn(T, usize) -> String,
) -> String {
    let mut parts = parts;
    let each = max / 3;
    let Some(last) = parts.next_back().map(|last| shown(last, each)) else { return String::new() };
    let mut text = String::new();
    let mut left = max.saturating_sub(last.chars().count());
    for part in parts {
        let part = shown(part, each);
        let Some(rest) = left.checked_sub(part.chars().count() + 2) else {
            text.push_str("\u{2026}, ");
            break;
        };
        left = rest;
        text.extend([&part, ", "]);
    }
    text + &last
}

/// "1 item", "12 items", "3 entries".
pub(super) fn counted(count: usize, what: impl Display) -> String {
    let what = what.to_string();
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {what}s"),
    }
}

/// Text with a plain blank for every run of blanks, whatever kind they are of.
pub(super) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut in_blanks = false;
    for character in text.chars() {
        let blank = character.is_whitespace();
        if !blank {
            line.push(character);
        } else if !in_blanks {
            line.push(' ');
        }
        in_blanks = blank;
    }
    line
}

/// Whether any text in a value that is more than a word could be taken for the question's own.
pub(super) fn says_as_the_question(value: &Value, title: &str) -> bool {
    match value {
        Value::String(text) => text.contains(char::is_whitespace) && imitates(text, title),
        Value::Array(items) => items.iter().any(|item| says_as_the_question(item, title)),
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            (name.contains(char::is_whitespace) && imitates(name, title))
                || says_as_the_question(value, title)
        }),
        _ => false,
    }
}

/// Whether a name has words in it that the question itself uses, to say where the call goes
/// and what it does.
pub(super) fn imitates(name: &str, title: &str) -> bool {
    const WORDS: &[&str] =
        &["environment", "sandbox", "staging", "production", "live", "confirm", "confirmed", "yes"];
    let verb = title.split(' ').next().unwrap_or_default().to_lowercase();
    let plain = folded(name);
    let mut words = plain.split(|character: char| !character.is_alphanumeric());
    words.any(|word| !word.is_empty() && (WORDS.contains(&word) || word == verb))
}

/// Text as a reader takes it in: without what cannot be seen, in small letters, and with plain
/// letters for those that look like them.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        // What was hidden in a name from an answer has been escaped already.
        if character == '\\'
            && let Some((escape, after)) = rest.strip_prefix('u').and_then(|rest| rest.split_at_checked(4))
            && escape.bytes().all(|digit| digit.is_ascii_hexdigit())
        {
            rest = after;
            continue;
        }
        if is_hidden(character) {
            continue;
        }
        folded.extend(look_alike(character).to_lowercase());
    }
    folded
}

/// The plain letter for a full-width, Cyrillic or Greek one of the same look.
fn look_alike(character: char) -> char {
    const PAIRS: &[(&str, &str)] = &[
        ("аеорсухіјѕԁһӏ", "aeopcyxijsdhl"),
        ("АВЕКМНОРСТХІЈЅ", "ABEKMHOPCTXIJS"),
        ("αειονυρ", "aeiovup"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ];
    match character {
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(character) - 0xfee0).map_or(character, char::from),
        '\u{80}'.. => PAIRS
            .iter()
            .find_map(|(strange, plain)| {
                plain.chars().nth(strange.chars().position(|known| known == character)?)
            })
            .unwrap_or(character),
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::api::operations;
    use crate::testing::generate;

    fn operation(name: &str) -> &'static Operation {
        operations().find(|operation| operation.name == name).expect("one")
    }

    fn asked(tool: &str, arguments: Value, name: Option<&str>) -> String {
        let Value::Object(arguments) = arguments else { panic!("no arguments") };
        worded(Environment::Live, operation(tool), &arguments, name)
    }

    #[test]
    fn the_environment_and_the_target_come_first() {
        let text =
            asked("delete_organization", json!({"id": "org_1"}), Some("Example\u{2003}\u{a0}  Corp\n\"x\""));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "In a LIVE production environment:");
        assert_eq!(lines[1], r#"Delete organization "Example Corp \"x\""?"#);
        assert_eq!(lines[2], r#"id: "org_1""#);
        assert!(lines[3].starts_with("Delete an organization"), "{text}");
    }

    #[test]
    fn what_is_long_shows_both_ends_and_how_much_there_is() {
        let uris: Vec<Value> =
            (0..500).map(|index| json!({"uri": format!("https://example.com/{index}")})).collect();
        let text = excerpt_of(&json!(uris), MAX_VALUE);
        assert!(text.starts_with(r#"500 items: {"uri": "https://example.com/0"}, "#), "{text}");
        assert!(text.ends_with(r#"…, {"uri": "https://example.com/499"}"#), "{text}");
        assert!(text.chars().count() < MAX_VALUE + 60, "{text}");
        let map: Value = (0..60)
            .map(|index| (format!("key {index}"), json!(index)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let text = excerpt_of(&map, MAX_VALUE);
        assert!(
            text.starts_with(r#"{60 entries: "key 0": 0, "#) && text.ends_with(r#""key 59": 59}"#),
            "{text}"
        );
        let text = excerpt_of(&json!(format!("first {} last", "x".repeat(9000))), MAX_VALUE);
        assert!(text.starts_with("\"first x") && text.ends_with("x last\" (9011 characters)"), "{text}");
        assert_eq!(excerpt_of(&json!([]), MAX_VALUE), "[]");
        assert_eq!(excerpt_of(&json!(["a"]), MAX_VALUE), r#"["a"]"#);
        assert_eq!(
            excerpt_of(&json!({"a": null, "b": [true, 2]}), MAX_VALUE),
            r#"{"a": null, "b": 2 items: true, 2}"#
        );
    }

    #[test]
    fn what_imitates_the_question_is_marked() {
        for name in [
            "sandbox? yes",
            "Acme\" in the built-in SANDBOX",
            "Delete organization B in a staging (test) environment?",
            "s\u{200b}andbox",
            r"s\u200bandbox",
            "ｓａｎｄｂｏｘ",
            "sаndbоx",
            "LIVE",
        ] {
            let text = asked("delete_organization", json!({"id": "org_1"}), Some(name));
            assert!(text.lines().nth(1).is_some_and(|line| line.ends_with(IMITATION)), "{text}");
        }
        for name in ["Example Corp", "Delivery Heroes", "Organization for Tests", "Olive & Co"] {
            let text = asked("delete_organization", json!({"id": "live"}), Some(name));
            assert!(!text.contains(IMITATION), "{text}");
        }
        let text = asked("delete_organization", json!({"id": "x in the sandbox"}), None);
        assert!(text.lines().nth(2).is_some_and(|line| line.ends_with(IMITATION)), "{text}");
    }

    proptest! {
        /// Whatever the arguments are: the first two lines are ours, every line is, nothing is
        /// hidden and nothing goes on forever.
        #[test]
        fn every_question_keeps_its_shape(
            operation in generate::operation(),
            values in proptest::collection::vec(generate::any_json(), 12),
            name in generate::hostile_text(),
        ) {
            let names = operation.fields.iter().map(|field| field.name.to_owned());
            let arguments: Arguments = names.zip(values).collect();
            let text = worded(Environment::Staging, operation, &arguments, Some(&name));
            prop_assert!(text.chars().count() < 3_000, "{}", text);
            prop_assert!(!text.contains("  "), "{:?}", text);
            let title = title(operation.name);
            for (index, line) in text.lines().enumerate() {
                prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
                let own = match index {
                    0 => line == "In a staging (test) environment:",
                    1 => line.starts_with(&format!("{title} \"")),
                    _ => operation.description.starts_with(line.trim_end_matches('\u{2026}'))
                        || line.starts_with("and ")
                        || line.starts_with("Replaces, overwrites or clears: ")
                        || operation.fields.iter().any(|field| line.starts_with(&format!("{}: ", field.name))),
                };
                prop_assert!(own, "{}: {}", index, text);
            }
        }
    }
}
