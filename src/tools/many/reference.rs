//! Arguments that come from earlier answers: `{"from": 0, "field": "data[0].id"}` in place of a value.

use serde_json::Value;

use crate::client::{Arguments, excerpt};
use crate::schema::REDACTED;
use crate::tools::answer::length;
use crate::tools::sanitize::sanitize_line;

/// The longest path to a value, in bytes.
const MAX_PATH: usize = 500;
/// The longest value that is handed on, in bytes as JSON: many calls may want the same.
const MAX_VALUE: usize = 64 << 10;
/// The most names that are told where one is wrong.
const MAX_NAMED: usize = 12;
/// The longest such name, in characters.
const MAX_NAME: usize = 60;

/// A value that comes from the answer of an earlier call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands in the arguments, from their names on.
    place: Vec<Part>,
    /// The call that it comes from.
    pub from: usize,
    /// Where it stands in the answer of that.
    pub field: Path,
}

/// The way to a value in an answer: `data[0].id`, `a["key.with.dots"].b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    written: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Name(String),
    Index(usize),
}

/// The references in the arguments of the call `own`, or what is wrong with them.
pub fn references(arguments: &Arguments, own: usize) -> Result<Vec<Reference>, Vec<String>> {
    let mut search = Search { own, place: Vec::new(), found: Vec::new(), faults: Vec::new() };
    for (name, value) in arguments {
        search.within(Part::Name(name.clone()), value);
    }
    if search.faults.is_empty() { Ok(search.found) } else { Err(search.faults) }
}

struct Search {
    own: usize,
    place: Vec<Part>,
    found: Vec<Reference>,
    faults: Vec<String>,
}

impl Search {
    fn within(&mut self, step: Part, value: &Value) {
        self.place.push(step);
        match value {
            Value::Object(fields) => match parts_of_reference(fields) {
                Some((from, field)) => self.reference(from, field),
                None => {
                    for (name, value) in fields {
                        self.within(Part::Name(name.clone()), value);
                    }
                }
            },
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.within(Part::Index(index), value);
                }
            }
            _ => {}
        }
        self.place.pop();
    }

    fn reference(&mut self, from: &Value, field: &str) {
        let place = shown_place(&self.place);
        let own = self.own;
        let from = from.as_u64().and_then(|from| usize::try_from(from).ok());
        let Some(from) = from.filter(|from| *from < own) else {
            let which =
                if own == 0 { "the first call has none".to_owned() } else { format!("0 to {}", own - 1) };
            self.faults.push(format!("`{place}`: `from` names an earlier call, {which}"));
            return;
        };
        match Path::parse(field) {
            Some(field) => self.found.push(Reference { place: self.place.clone(), from, field }),
            None => self.faults.push(format!(
                "`{place}`: `field` is no path to a value; write it as `id`, `data[0].id` or `a[\"key.with.dots\"]`"
            )),
        }
    }
}

/// What makes an object a reference: these two names, of which the first has a number. Any other is a
/// value of the caller's.
fn parts_of_reference(fields: &Arguments) -> Option<(&Value, &str)> {
    let from = fields.get("from").filter(|from| from.is_number())?;
    let field = fields.get("field")?.as_str()?;
    (fields.len() == 2).then_some((from, field))
}

impl Reference {
    /// The argument that it stands in.
    pub fn root(&self) -> &str {
        match self.place.first() {
            Some(Part::Name(name)) => name,
            _ => "",
        }
    }

    /// Where it stands, for people.
    pub fn place(&self) -> String {
        shown_place(&self.place)
    }

    /// What stands for its value where that is not known yet.
    pub fn shown(&self) -> Value {
        format!("{} of call {}", self.field.shown(), self.from).into()
    }

    /// Puts a value in its place.
    pub fn substitute(&self, arguments: &mut Arguments, value: Value) {
        let Some((Part::Name(root), rest)) = self.place.split_first() else { return };
        let place = rest.iter().try_fold(arguments.get_mut(root), |at, part| {
            Some(match (part, at?) {
                (Part::Name(name), Value::Object(fields)) => fields.get_mut(name),
                (Part::Index(index), Value::Array(items)) => items.get_mut(*index),
                _ => None,
            })
        });
        if let Some(Some(place)) = place {
            *place = value;
        }
    }

    /// The steps to it below its argument: the name of a field, or none for an item of a list.
    pub fn steps(&self) -> impl Iterator<Item = Option<&str>> {
        self.place.iter().skip(1).map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Index(_) => None,
        })
    }
}

fn shown_place(place: &[Part]) -> String {
    let mut text = String::new();
    for part in place {
        match part {
            Part::Name(name) => {
                text.push_str(if text.is_empty() { "" } else { "." });
                text.push_str(&excerpt(&sanitize_line(name), MAX_NAME));
            }
            Part::Index(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    text
}

impl Path {
    fn parse(text: &str) -> Option<Self> {
        let written = text.trim();
        if written.is_empty() || written.len() > MAX_PATH {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = written;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("[\"") {
                let (name, after) = quoted(inner)?;
                parts.push(Part::Name(name));
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']')?;
                parts.push(Part::Index(index.trim().parse().ok()?));
                rest = after;
            } else {
                rest = if parts.is_empty() { rest } else { rest.strip_prefix('.')? };
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if name.is_empty() {
                    return None;
                }
                parts.push(Part::Name(name.to_owned()));
                rest = after;
            }
        }
        Some(Self { written: written.to_owned(), parts })
    }

    fn shown(&self) -> String {
        format!("`{}`", excerpt(&sanitize_line(&self.written), MAX_NAME))
    }

    /// The value at this place of an answer. Of a list with one item the name of a field is enough.
    ///
    /// # Errors
    ///
    /// What is there instead.
    pub fn take(&self, answer: &Value) -> Result<Value, String> {
        let only = match answer.get("data").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) if !self.leads_into(answer) => Some(only),
            _ => None,
        };
        let mut at = only.unwrap_or(answer);
        for (depth, part) in self.parts.iter().enumerate() {
            let missing = |at: &Value| {
                let around = shown_place(&self.parts[..depth]);
                let place = if around.is_empty() { "it".to_owned() } else { format!("`{around}`") };
                format!("the answer has nothing at {}: {place} {}", self.shown(), there(at))
            };
            at = match (part, at) {
                (Part::Name(name), Value::Object(fields)) => fields.get(name).ok_or_else(|| missing(at))?,
                (Part::Index(index), Value::Array(items)) => items.get(*index).ok_or_else(|| missing(at))?,
                (Part::Name(name), Value::Array(items)) => {
                    if let Ok(index) = name.parse::<usize>() {
                        items.get(index).ok_or_else(|| missing(at))?
                    } else {
                        // As `fields` does: what each item has there.
                        let found: Value = items.iter().filter_map(|item| item.get(name)).cloned().collect();
                        if found.as_array().is_some_and(Vec::is_empty) {
                            return Err(missing(at));
                        }
                        let rest = self.rest(depth + 1);
                        return rest
                            .map_or(Ok(found.clone()), |rest| rest.take_of_each(&found))
                            .and_then(short);
                    }
                }
                _ => return Err(missing(at)),
            };
        }
        match at {
            Value::Null => Err(format!("{} is null in the answer", self.shown())),
            Value::String(text) if text.contains(REDACTED) => Err(format!(
                "{} is masked in the answer: credentials of a live environment are not handed on",
                self.shown()
            )),
            value if length(value) > MAX_VALUE => {
                Err(format!("{} is too long to be handed on", self.shown()))
            }
            value => Ok(value.clone()),
        }
    }

    fn leads_into(&self, answer: &Value) -> bool {
        matches!(self.parts.first(), Some(Part::Name(name)) if answer.get(name).is_some())
    }

    fn rest(&self, from: usize) -> Option<Self> {
        let parts = self.parts.get(from..).filter(|parts| !parts.is_empty())?.to_vec();
        Some(Self { written: self.written.clone(), parts })
    }

    fn take_of_each(&self, items: &Value) -> Result<Value, String> {
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|item| self.take(item)).collect::<Result<Vec<_>, _>>().map(Value::from)
    }
}

fn short(value: Value) -> Result<Value, String> {
    if length(&value) > MAX_VALUE {
        Err("these values are too long to be handed on".to_owned())
    } else {
        Ok(value)
    }
}

/// A name in quotes, as JSON writes it, up to its `"]`; what follows that.
fn quoted(inner: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    let end = inner.char_indices().find_map(|(at, letter)| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends.then_some(at)
    })?;
    let name = serde_json::from_str(&format!("\"{}\"", &inner[..end])).ok()?;
    Some((name, inner[end + 1..].strip_prefix(']')?))
}

/// What there is at a place, for whoever looked for something else.
fn there(value: &Value) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => "is empty".to_owned(),
        Value::Object(fields) => {
            let names: Vec<String> = fields
                .keys()
                .take(MAX_NAMED)
                .map(|name| format!("`{}`", excerpt(&sanitize_line(name), MAX_NAME)))
                .collect();
            let more = fields.len().saturating_sub(MAX_NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("has {}{more}", names.join(", "))
        }
        Value::Array(items) => format!("is a list of {}", items.len()),
        _ => "is a value without parts".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(value: Value) -> Arguments {
        let Value::Object(arguments) = value else { panic!("an object") };
        arguments
    }

    fn taken(field: &str, answer: &Value) -> Result<Value, String> {
        Path::parse(field).ok_or("no path")?.take(answer)
    }

    #[test]
    fn they_are_found_at_any_depth_and_replaced() {
        let mut given = arguments(json!({
            "user_id": {"from": 0, "field": "id"},
            "roles": [{"slug": "x"}, {"slug": {"from": 1, "field": "data[0].slug"}}],
            "metadata": {"from": "a", "field": "b"}, "other": {"from": 0, "field": "a", "more": 1},
        }));
        let found = references(&given, 2).expect("references");
        let places: Vec<String> = found.iter().map(Reference::place).collect();
        assert_eq!(places, ["user_id", "roles[1].slug"]);
        for reference in &found {
            reference.substitute(&mut given, "new".into());
        }
        assert_eq!(given["roles"], json!([{"slug": "x"}, {"slug": "new"}]));
        assert_eq!((&given["user_id"], &given["metadata"]["from"]), (&json!("new"), &json!("a")));
    }

    #[test]
    fn only_earlier_calls_have_answers() {
        for (from, own) in [(json!(0), 0), (json!(1), 1), (json!(7), 3), (json!(-1), 3), (json!(0.5), 3)] {
            let given = arguments(json!({"id": {"from": from, "field": "id"}}));
            let faults = references(&given, own).expect_err("no such call");
            assert!(faults[0].contains("earlier call"), "{faults:?}");
        }
        for field in ["", " ", ".a", "a..b", "a[", "a[x]", "a[\"b]", "a[\"b\"", "[0]x", &"x".repeat(501)] {
            let given = arguments(json!({"id": {"from": 0, "field": field}}));
            assert!(references(&given, 1).expect_err("no path")[0].contains("no path"), "{field}");
        }
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let answer =
            json!({"id": "a", "data": [{"id": "b", "k.e.y": {"x": [1, 2]}}, {"id": "c"}], "none": null});
        for (field, value) in [
            ("id", json!("a")),
            ("data[1].id", json!("c")),
            ("data.0.id", json!("b")),
            ("data.id", json!(["b", "c"])),
            ("data[0][\"k.e.y\"].x[1]", json!(2)),
        ] {
            assert_eq!(taken(field, &answer), Ok(value), "{field}");
        }
        for (field, part) in [
            ("name", "it has `id`, `data`, `none`"),
            ("data[2].id", "`data` is a list of 2"),
            ("data.nothing", "`data` is a list of 2"),
            ("id.x", "`id` is a value"),
            ("none", "null"),
        ] {
            let fault = taken(field, &answer).expect_err(field);
            assert!(fault.contains(part), "{fault}");
        }
        let one = json!({"data": [{"id": "only"}], "list_metadata": {}});
        assert_eq!(taken("id", &one), Ok(json!("only")));
        assert!(taken("id", &json!({"data": []})).is_err());
        assert!(taken("token", &json!({"token": "[masked]"})).expect_err("masked").contains("masked"));
    }
}
