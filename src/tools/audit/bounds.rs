//! What callers wrote, so that it can neither end a line nor make it grow without end.

use serde_json::{Map, Value};

use crate::client::Arguments;
use crate::tools::sanitize::sanitize;

/// The longest name or value, in bytes, escapes counted.
const MAX_TEXT: usize = 1024;
/// The most entries of one list or object.
const MAX_ENTRIES: usize = 100;
/// The most bytes of all names and values of a call together.
const MAX_ALL: usize = 16 << 10;

/// What stands where something was left out.
const LEFT_OUT: &str = "…";

/// Text as it stands in a line: hidden characters escaped, and no longer than is of use.
pub fn bounded_text(text: &str) -> String {
    // What is cut off need not be escaped first.
    let beginning = beginning(text, MAX_TEXT);
    let escaped = sanitize(beginning);
    let kept = self::beginning(&escaped, MAX_TEXT);
    if kept.len() == escaped.len() && beginning.len() == text.len() {
        return escaped.into_owned();
    }
    format!("{}{LEFT_OUT}", self::beginning(kept, MAX_TEXT - LEFT_OUT.len()))
}

/// Arguments as they stand in a line.
pub fn bounded(arguments: Arguments) -> Value {
    let mut left = MAX_ALL;
    value(Value::Object(arguments), &mut left)
}

fn value(given: Value, left: &mut usize) -> Value {
    match given {
        Value::String(text) => take(bounded_text(&text), left).into(),
        // However many digits it has.
        Value::Number(number) => {
            let digits = number.to_string();
            *left = left.saturating_sub(digits.len());
            if digits.len() > MAX_TEXT { bounded_text(&digits).into() } else { Value::Number(number) }
        }
        Value::Array(items) => {
            let more = items.len() > MAX_ENTRIES;
            let mut kept = Vec::new();
            for item in items.into_iter().take(MAX_ENTRIES) {
                if *left == 0 {
                    break;
                }
                *left = left.saturating_sub(1);
                kept.push(value(item, left));
            }
            if more || *left == 0 {
                kept.push(LEFT_OUT.into());
            }
            Value::Array(kept)
        }
        Value::Object(fields) => {
            let more = fields.len() > MAX_ENTRIES;
            let mut kept = Map::new();
            for (name, field) in fields.into_iter().take(MAX_ENTRIES) {
                if *left == 0 {
                    break;
                }
                let name = take(bounded_text(&name), left);
                kept.insert(name, value(field, left));
            }
            if more || *left == 0 {
                kept.insert(LEFT_OUT.to_owned(), LEFT_OUT.into());
            }
            Value::Object(kept)
        }
        other => other,
    }
}

/// Text as far as there is room for it.
fn take(text: String, left: &mut usize) -> String {
    if text.len() < *left {
        // Empty ones take room as well.
        *left -= text.len().max(1);
        return text;
    }
    *left = 0;
    LEFT_OUT.to_owned()
}

/// The beginning of a text, of so many bytes at most.
fn beginning(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(value: Value) -> Arguments {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn a_line_cannot_be_forged_and_does_not_grow() {
        for text in
            ["x".repeat(1 << 20), "\u{202e}".repeat(1 << 18), "🔑".repeat(1 << 18), "\n\"".repeat(1 << 18)]
        {
            let shown = bounded_text(&text);
            assert!(shown.len() <= MAX_TEXT && shown.ends_with(LEFT_OUT), "{}", shown.len());
            assert!(!shown.contains('\u{202e}'), "{shown}");
            for large in [
                json!({"id": text}),
                json!({&text: 1}),
                json!({"a": vec![text.clone(); 1000]}),
                json!({"a": {"b": [{&text: &text}]}}),
            ] {
                let line = bounded(arguments(large)).to_string();
                assert!(line.len() <= 4 * MAX_ALL && !line.contains('\n'), "{}", line.len());
            }
        }
        let many: Map<String, Value> =
            (0..100_000).map(|name| (name.to_string(), json!([[], {}, 1]))).collect();
        assert!(bounded(many).to_string().len() < 2 * MAX_ALL);
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert!(bounded(arguments(json!({"a": deep}))).to_string().len() < 4 * MAX_ALL);
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let short = json!({"id": "org_1", "name": "Łódź\n日本", "limit": 5, "flags": [true, null], "metadata": {"a": ""}});
        assert_eq!(bounded(arguments(short.clone())), short);
        assert_eq!(bounded_text(&"x".repeat(MAX_TEXT)), "x".repeat(MAX_TEXT));
    }
}
