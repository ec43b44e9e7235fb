//! Paths into answers: `a.b`, and `a["key.with.dots"].b` for a key that holds dots.
//!
//! A list on the way is passed through: the path means each of its items. Dots are told from those
//! within keys by what is there: the longest key that leads on is the one that is meant.

use serde_json::{Map, Value};

use super::sanitize::sanitize_line;
use crate::operation::Operation;
use crate::schema::{Field, Schema};

/// The longest path, in bytes.
pub const MAX_PATH: usize = 255;

/// A path into an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    written: String,
    /// The names of all steps, with a dot between them.
    names: String,
    steps: Vec<Step>,
}

/// A name of a path: where it stands in `names`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    start: usize,
    end: usize,
    /// It was written in brackets, and is one key.
    exact: bool,
}

/// What the documentation says of a path.
#[derive(Debug, Clone, Copy)]
pub enum Known {
    /// It leads to a value of this shape.
    Documented(&'static Schema),
    /// After so many steps it is in an object with keys of somebody else's choice.
    Open(usize),
    /// After so many steps it leaves what is known; these fields are there, if any.
    Unknown(usize, &'static [Field]),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// Why it is none, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_PATH {
            return Err(format!("is longer than {MAX_PATH} bytes"));
        }
        let mut path = Self { written: text.to_owned(), names: String::new(), steps: Vec::new() };
        let mut rest = text.strip_prefix("$.").unwrap_or(text);
        loop {
            if rest.starts_with('[') {
                let (name, behind) = bracketed(rest)?;
                if let Some(name) = name {
                    path.push(name, true);
                }
                rest = behind;
            } else {
                let (name, behind) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
                if name.is_empty() {
                    return Err("has an empty name in it".to_owned());
                }
                path.push(name, false);
                rest = behind;
            }
            rest = match rest.as_bytes() {
                [] => break,
                [b'.', ..] => &rest[1..],
                [b'[', ..] => rest,
                _ => return Err("goes on behind `]` with neither `.` nor `[`".to_owned()),
            };
        }
        if path.steps.is_empty() { Err("names nothing".to_owned()) } else { Ok(path) }
    }

    /// The path to a key of what this one leads to.
    pub fn with_key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.written = joined(&self.written, key);
        path.push(key, true);
        path
    }

    fn push(&mut self, name: &str, exact: bool) {
        if !self.steps.is_empty() {
            self.names.push('.');
        }
        let start = self.names.len();
        self.names.push_str(name);
        self.steps.push(Step { start, end: self.names.len(), exact });
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Its names, dots in keys not told from those between them.
    pub fn names(&self) -> &str {
        &self.names
    }

    /// The name, if it is one alone.
    pub fn only_name(&self) -> Option<&str> {
        (self.steps.len() == 1).then_some(self.names.as_str())
    }

    /// The two names, if it is of two.
    pub fn two_names(&self) -> Option<(&str, &str)> {
        (self.steps.len() == 2).then(|| (self.name(0), self.name(1)))
    }

    /// The name at a step.
    pub fn name(&self, step: usize) -> &str {
        &self.names[self.steps[step].start..self.steps[step].end]
    }

    /// The names from a step on, dots in keys not told from those between them.
    pub fn rest(&self, step: usize) -> &str {
        self.steps.get(step).map_or("", |step| &self.names[step.start..])
    }

    /// The keys that may be meant at this step, the longest first, and how many steps are behind it.
    fn keys(&self, at: usize) -> impl Iterator<Item = (&str, usize)> {
        let first = &self.steps[at];
        let loose = self.steps[at..].iter().take_while(|step| !step.exact).count();
        let last = at + loose.max(1);
        (at + 1..=last).rev().map(move |next| (&self.names[first.start..self.steps[next - 1].end], next))
    }

    /// Hands over what is at this path, once for each item of a list on the way; whether there is
    /// anything, be it `null`.
    pub fn visit<'v>(&self, value: &'v Value, found: &mut dyn FnMut(&'v Value)) -> bool {
        self.visit_from(0, value, found)
    }

    fn visit_from<'v>(&self, at: usize, value: &'v Value, found: &mut dyn FnMut(&'v Value)) -> bool {
        if at == self.steps.len() {
            found(value);
            return true;
        }
        match value {
            Value::Array(items) => {
                let mut any = false;
                for item in items {
                    any |= self.visit_from(at, item, found);
                }
                any
            }
            Value::Object(object) => self
                .keys(at)
                .any(|(key, next)| object.get(key).is_some_and(|value| self.visit_from(next, value, found))),
            _ => false,
        }
    }

    /// What is at this path, the items of lists one by one; nothing for `null` and for an empty list.
    pub fn values<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut values = Vec::new();
        self.visit(value, &mut |value| flatten(value, &mut values));
        values
    }

    /// Hands over the objects that the path comes to before it ends, with the number of steps to them.
    pub fn objects<'v>(&self, value: &'v Value, found: &mut dyn FnMut(usize, &'v Map<String, Value>)) {
        self.objects_from(0, value, found);
    }

    fn objects_from<'v>(
        &self,
        at: usize,
        value: &'v Value,
        found: &mut dyn FnMut(usize, &'v Map<String, Value>),
    ) {
        match value {
            _ if at == self.steps.len() => {}
            Value::Array(items) => items.iter().for_each(|item| self.objects_from(at, item, found)),
            Value::Object(object) => {
                found(at, object);
                for (key, next) in self.keys(at) {
                    if let Some(value) = object.get(key) {
                        self.objects_from(next, value, found);
                    }
                }
            }
            _ => {}
        }
    }

    /// What the documentation of an object says of this path.
    pub fn known(&self, schema: &'static Schema) -> Known {
        let mut schema = schema;
        for step in 0..self.steps.len() {
            schema = one_of(schema);
            match schema {
                Schema::Object(fields, _) => {
                    let name = self.name(step);
                    match fields.iter().find(|field| field.api_name == name) {
                        Some(field) => schema = &field.schema,
                        None => return Known::Unknown(step, fields),
                    }
                }
                Schema::Map(_) | Schema::AnyObject | Schema::Payload | Schema::Any => {
                    return Known::Open(step);
                }
                _ => return Known::Unknown(step, &[]),
            }
        }
        Known::Documented(schema)
    }

    /// Why nothing can be compared with what is at this path, where the documentation tells: it is an
    /// object.
    pub fn object_fault(&self, known: Known) -> Option<String> {
        let Known::Documented(schema) = known else { return None };
        match one_of(schema) {
            Schema::Object(fields, _) => {
                let names: Vec<String> =
                    fields.iter().map(|field| format!("{}.{}", self.written, field.api_name)).collect();
                Some(format!("is an object; name one of its fields: {}", names.join(", ")))
            }
            Schema::Map(_) | Schema::AnyObject | Schema::Payload => {
                Some("is an object; name one of its keys".to_owned())
            }
            _ => None,
        }
    }

    /// The beginning of the path, so many steps long, as it can be written.
    pub fn beginning(&self, steps: usize) -> String {
        let mut text = String::new();
        for (at, step) in self.steps[..steps].iter().enumerate() {
            text = match step.exact {
                true => joined(&text, self.name(at)),
                false if text.is_empty() => self.name(at).to_owned(),
                false => format!("{text}.{}", self.name(at)),
            };
        }
        text
    }
}

/// A name in brackets, none for that of any item; and what comes behind it.
fn bracketed(text: &str) -> Result<(Option<&str>, &str), String> {
    let inner = &text[1..];
    if let Some(quote) = inner.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let closed = inner[1..].split_once(if quote == '"' { "\"]" } else { "']" });
        let (name, behind) = closed.ok_or_else(|| format!("has no `{quote}]` to its `[{quote}`"))?;
        return if name.is_empty() {
            Err("has an empty name in it".to_owned())
        } else {
            Ok((Some(name), behind))
        };
    }
    let (name, behind) = inner.split_once(']').ok_or("has no `]` to its `[`")?;
    match name.trim() {
        "" | "*" => Ok((None, behind)),
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(format!("has `[{number}]` in it: a list stands for each of its items, so leave that out"))
        }
        name => Ok((Some(name), behind)),
    }
}

/// A path and a key behind it, in brackets if it needs them.
pub fn joined(path: &str, key: &str) -> String {
    let key = sanitize_line(key);
    let is_plain =
        !key.is_empty() && !key.contains(['.', '[', ']', '"', ',']) && !key.contains(char::is_whitespace);
    match (is_plain, path.is_empty()) {
        (true, true) => key,
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[\"{key}\"]"),
    }
}

/// Adds the items of lists, one by one; nothing for `null`.
pub fn flatten<'v>(value: &'v Value, values: &mut Vec<&'v Value>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| flatten(item, values)),
        value => values.push(value),
    }
}

/// What describes an item, where lists are passed through.
pub fn one_of(schema: &'static Schema) -> &'static Schema {
    match schema {
        Schema::List(inner) | Schema::Nullable(inner) => one_of(inner),
        other => other,
    }
}

/// Several paths in one text, as models write them: with commas, blanks or line ends between them.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut in_brackets = false;
    let ends = move |character: char| {
        match character {
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            _ => {}
        }
        !in_brackets && matches!(character, ',' | ' ' | '\n')
    };
    text.split(ends).filter(|path| !path.is_empty())
}

/// A path from the root of a list as that of its items; empty for what is in every answer.
pub fn relative<'a>(operation: &Operation, path: &'a str) -> &'a str {
    match (operation.answered_items(), path.split_once('.').map_or(path, |(first, _)| first)) {
        (Some(item), first @ ("list_metadata" | "data")) if path == first && !has(item, first) => "",
        (Some(item), "list_metadata") if !has(item, "list_metadata") => "",
        (Some(item), _) => relative_to(item, path),
        (None, _) => path,
    }
}

/// A path from the root of a list of such items as that of an item.
pub fn relative_to<'a>(item: &Schema, path: &'a str) -> &'a str {
    match path.split_once('.') {
        Some(("data" | "data[]" | "data[*]", rest)) if !has(item, "data") => rest,
        _ => path,
    }
}

fn has(item: &Schema, name: &str) -> bool {
    item.fields().iter().any(|field| field.api_name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::directory_sync::DirectoryUser;
    use crate::api::events::Event;
    use crate::schema::Typed;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap_or_else(|fault| panic!("{text} {fault}"))
    }

    fn values(text: &str, value: &Value) -> Value {
        path(text).values(value).into_iter().cloned().collect()
    }

    #[test]
    fn keys_that_hold_dots_are_reached() {
        let user = json!({"raw_attributes": {
            "urn:x:2.0:User": {"department": "Sales", "manager": {"value": "7"}},
            "a.b": {"c": 1}, "a": {"b": {"c": 2, "d": 3}}, "plain": "p", "tag[1]": "t",
        }});
        for (text, found) in [
            (r#"raw_attributes["urn:x:2.0:User"].department"#, json!(["Sales"])),
            ("raw_attributes['urn:x:2.0:User'].department", json!(["Sales"])),
            ("raw_attributes.urn:x:2.0:User.department", json!(["Sales"])),
            ("raw_attributes.urn:x:2.0:User.manager.value", json!(["7"])),
            ("raw_attributes[plain]", json!(["p"])),
            ("$.raw_attributes.plain", json!(["p"])),
            (r#"raw_attributes["tag[1]"]"#, json!(["t"])),
            // The longest key that leads on.
            ("raw_attributes.a.b.c", json!([1])),
            ("raw_attributes.a.b.d", json!([3])),
            (r#"raw_attributes.a["b"].c"#, json!([2])),
            (r#"raw_attributes["a"]["b"].c"#, json!([2])),
            ("raw_attributes.urn:x:2.0", json!([])),
            (r#"raw_attributes["urn:x:2"]["0:User"]"#, json!([])),
        ] {
            assert_eq!(values(text, &user), found, "{text}");
        }
    }

    #[test]
    fn lists_on_the_way_stand_for_their_items() {
        let item = json!({
            "domains": [{"domain": "a"}, {"domain": "b"}, {}], "roles": [], "role": null,
            "tags": [["x"], "y", null],
        });
        assert_eq!(values("domains.domain", &item), json!(["a", "b"]));
        assert_eq!(values("domains[].domain", &item), json!(["a", "b"]));
        assert_eq!(values("domains[*].domain", &item), json!(["a", "b"]));
        assert_eq!(values("tags", &item), json!(["x", "y"]));
        for none in ["roles", "roles.slug", "role", "role.slug", "domains.state", "gone"] {
            assert_eq!(values(none, &item), json!([]), "{none}");
        }
        let is_there = |text: &str| path(text).visit(&item, &mut |_| ());
        assert!(is_there("role") && is_there("roles") && !is_there("roles.slug") && !is_there("gone"));
    }

    #[test]
    fn what_is_no_path_says_why() {
        for (text, why) in [
            ("", "empty name"),
            ("a..b", "empty name"),
            ("a.", "empty name"),
            (".a", "empty name"),
            ("a[\"\"]", "empty name"),
            ("[]", "names nothing"),
            ("a[\"b", "no `\"]`"),
            ("a['b]", "no `']`"),
            ("a[b", "no `]`"),
            ("a[0].b", "leave that out"),
            ("a[\"b\"]c", "neither `.` nor `[`"),
            (&"x".repeat(256), "255 bytes"),
        ] {
            let fault = Path::parse(text).expect_err(text);
            assert!(fault.contains(why), "{text}: {fault}");
        }
    }

    #[test]
    fn what_the_documentation_knows() {
        let user = &DirectoryUser::SCHEMA;
        let known = |schema, text: &str| match path(text).known(schema) {
            Known::Documented(_) => "documented",
            Known::Open(_) => "open",
            Known::Unknown(_, []) => "too far",
            Known::Unknown(..) => "unknown",
        };
        for (text, is) in [
            ("email", "documented"),
            ("roles.slug", "documented"),
            ("custom_attributes", "documented"),
            ("custom_attributes.anything", "open"),
            ("raw_attributes.urn:x:2.0:User.department", "open"),
            ("emial", "unknown"),
            ("roles.name", "unknown"),
            ("email.domain", "too far"),
        ] {
            assert_eq!(known(user, text), is, "{text}");
        }
        assert_eq!(known(&Event::SCHEMA, "data.email"), "open");
        assert_eq!(known(&Event::SCHEMA, "context.actor.id"), "documented");
        assert_eq!(known(&Event::SCHEMA, "context.previous_attributes.email"), "open");
    }

    #[test]
    fn several_in_one_text() {
        let all: Vec<&str> = split("a, b.c\nd[\"e f\"].g,h").collect();
        assert_eq!(all, ["a", "b.c", "d[\"e f\"].g", "h"]);
    }

    #[test]
    fn a_path_is_shown_as_it_can_be_written() {
        let text = r#"raw_attributes["urn:x:2.0:User"].department"#;
        assert_eq!(path(text).beginning(2), r#"raw_attributes["urn:x:2.0:User"]"#);
        assert_eq!(path(text).beginning(3), text);
        assert_eq!(path("a").with_key("b.c").as_str(), r#"a["b.c"]"#);
        assert_eq!(path("a").with_key("b").as_str(), "a.b");
    }

    proptest::proptest! {
        /// Whatever is written, and whatever is there.
        #[test]
        fn nothing_stops_it(
            text in "[a-c.\\[\\]\"'0*é ]{0,12}",
            value in crate::testing::generate::any_json(),
        ) {
            if let Ok(path) = Path::parse(&text) {
                let there = path.visit(&value, &mut |_| ());
                proptest::prop_assert!(there || path.values(&value).is_empty());
                path.beginning(path.steps.len());
                path.known(&Event::SCHEMA);
            }
        }
    }
}
