//! Finds the credentials of an answer: what the table marks, and what has such a name where nobody
//! has said what it is.

use serde_json::{Map, Value};

use super::names::{is_same, joined, names_credential, names_credential_as_text};
use super::text::{credentials_in_text, is_header};
use crate::schema::{Field, Presence, REDACTED, Schema};
use crate::tools::sanitize::is_hidden;
use crate::tools::walk::{Names, Next, Place, Step, Visitor, walk};

/// The longest text that is looked into as JSON, in bytes.
const MAX_INNER_JSON: usize = 256 << 10;

/// Fields that name the one whose value stands beside them, in one word.
const LABELS: &[&str] = &[
    "name",
    "key",
    "header",
    "headername",
    "field",
    "fieldname",
    "attribute",
    "property",
    "param",
    "parameter",
    "path",
    "instancepath",
    "pointer",
    "label",
    "argument",
];

/// What stands beside them.
const LABELLED: &[&str] = &[
    "value",
    "values",
    "received",
    "target",
    "input",
    "actual",
    "given",
    "got",
    "rejectedvalue",
    "invalidvalue",
    "currentvalue",
    "newvalue",
    "oldvalue",
];

/// Whether values of this shape hold any credential.
pub fn holds_credentials(schema: &Schema) -> bool {
    schema.any_field(&|field| field.secret)
}

/// Whether an answer holds a value that is never shown again.
pub fn shows_once(schema: &Schema) -> bool {
    schema.any_field(&|field| field.shown_once)
}

/// How answers are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// What the table describes and does not mark may be seen, and what has a harmless name.
    Documented,
    /// No text or number under a new name: it may be the one that should be elsewhere.
    Shape,
    /// Only what the table describes: the answer is another one than was documented.
    Nothing,
}

/// Hands every credential of an answer to `found`, with the path that leads to it.
pub fn each_credential(
    schema: &'static Schema,
    trust: Trust,
    answer: &mut Value,
    found: &mut dyn FnMut(&[String], &mut Value),
) {
    let mut marked = Vec::new();
    marked_names(schema, &mut marked);
    let trust = if lacks(schema, answer) { trust.max(Trust::Shape) } else { trust };
    go_through(schema, Credentials { marked, trust, path: Vec::new(), found }, answer);
}

/// The same for a part of an error, which nothing describes. `schema` is that of the answer that
/// did not come: what is marked there would be no less a credential here. `path` leads to the part.
pub fn each_credential_of_error(
    schema: &'static Schema,
    path: Vec<String>,
    error: &mut Value,
    found: &mut dyn FnMut(&[String], &mut Value),
) {
    let mut marked = Vec::new();
    marked_names(schema, &mut marked);
    // The word for the error.
    marked.retain(|name| *name != "code");
    go_through(&Schema::Any, Credentials { marked, trust: Trust::Documented, path, found }, error);
}

fn go_through(schema: &'static Schema, mut credentials: Credentials<'_>, value: &mut Value) {
    if is_misplaced(schema, value) {
        return (credentials.found)(&[], value);
    }
    credentials.undescribed(schema, value);
    walk(Names::Answers, schema, value, &mut credentials);
}

/// The first field that has to hold a credential which is never shown again, and does not: the
/// answer has another shape, and the credential may be anywhere in it.
pub fn lacking(schema: &'static Schema, answer: &Value) -> Option<&'static str> {
    let required = missing(schema.fields(), answer);
    // An optional one may be missing, but not where something else is in the answer.
    required.or_else(|| {
        let optional = || first_shown_once(schema.fields());
        (!holds_shown_once(schema.fields(), answer) && has_unknown(schema, answer)).then(optional).flatten()
    })
}

/// Whether a field is not there that has to hold a credential.
fn lacks(schema: &'static Schema, answer: &Value) -> bool {
    match answer {
        Value::Array(items) => items.iter().any(|item| lacks(schema, item)),
        Value::Object(_) => schema.fields().iter().any(|field| match answer.get(field.api_name) {
            None => field.secret && field.presence == Presence::Required,
            Some(inner) => !field.secret && lacks(&field.schema, inner),
        }),
        _ => false,
    }
}

fn missing(fields: &'static [Field], value: &Value) -> Option<&'static str> {
    if let Value::Array(items) = value {
        return items.iter().find_map(|item| missing(fields, item));
    }
    fields.iter().filter(|field| field.shown_once || shows_once(&field.schema)).find_map(|field| match value
        .get(field.api_name)
        .filter(|inner| !is_empty(inner))
    {
        None => (field.presence == Presence::Required).then_some(field.api_name),
        Some(_) if field.shown_once => None,
        Some(inner) => missing(field.schema.fields(), inner),
    })
}

fn holds_shown_once(fields: &'static [Field], value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| holds_shown_once(fields, item)),
        _ => fields.iter().any(|field| {
            value.get(field.api_name).is_some_and(|inner| {
                field.shown_once && !is_empty(inner) || holds_shown_once(field.schema.fields(), inner)
            })
        }),
    }
}

fn first_shown_once(fields: &'static [Field]) -> Option<&'static str> {
    fields.iter().find_map(|field| {
        if field.shown_once { Some(field.api_name) } else { first_shown_once(field.schema.fields()) }
    })
}

/// Whether an answer has a field that its model does not.
fn has_unknown(schema: &'static Schema, answer: &Value) -> bool {
    let Value::Object(object) = answer else { return true };
    let fields = schema.fields();
    object.iter().any(|(name, value)| match fields.iter().find(|field| field.api_name == name) {
        Some(field) if !field.schema.fields().is_empty() => has_unknown(&field.schema, value),
        Some(_) => false,
        None => !value.is_null(),
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(_) => false,
    }
}

/// The names of fields that are marked somewhere in a schema.
fn marked_names(schema: &'static Schema, names: &mut Vec<&'static str>) {
    match schema {
        Schema::Object(fields, _) => {
            for field in *fields {
                if field.secret {
                    names.push(field.api_name);
                }
                marked_names(&field.schema, names);
            }
        }
        Schema::List(inner) | Schema::Map(inner) | Schema::Nullable(inner) => marked_names(inner, names),
        _ => {}
    }
}

struct Credentials<'a> {
    /// What is marked somewhere in this answer is one wherever it stands, should the answer come
    /// in another shape.
    marked: Vec<&'static str>,
    trust: Trust,
    path: Vec<String>,
    found: &'a mut dyn FnMut(&[String], &mut Value),
}

impl Visitor for Credentials<'_> {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        self.path.push(match place.step {
            Step::Field(field) => field.api_name.to_owned(),
            Step::Key(name) => name.to_owned(),
            Step::Item(index) => index.to_string(),
        });
        let is_credential = match place.step {
            Step::Field(field) => field.secret && !value.is_null(),
            Step::Key(name) => self.is_one(name, place.around, value),
            Step::Item(_) => false,
        };
        if is_credential || is_misplaced(place.schema, value) || self.is_doubtful(place, value) {
            (self.found)(&self.path, value);
            self.path.pop();
            return Next::Over;
        }
        self.undescribed(place.schema, value);
        Next::Into
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}

impl Credentials<'_> {
    /// Whether it may be the one that should be elsewhere: text or a number where none belongs.
    fn is_doubtful(&self, place: Place<'_>, value: &Value) -> bool {
        let belongs = match place.step {
            Step::Field(_) => !matches!(place.schema.present(), Schema::Object(..) | Schema::List(_)),
            Step::Item(_) => !matches!(place.schema, Schema::Any),
            Step::Key(_) => true,
        };
        self.trust != Trust::Documented && !belongs && matches!(value, Value::String(_) | Value::Number(_))
    }

    /// Whether a value under a name that no field has is taken for a credential.
    fn is_one(&self, name: &str, around: &Schema, value: &Value) -> bool {
        // They only tell about one.
        if matches!(value, Value::Null | Value::Bool(_)) {
            return false;
        }
        let own = matches!(around, Schema::Map(_));
        let is_scalar = !(value.is_object() || value.is_array());
        let trusted = match self.trust {
            Trust::Documented => true,
            Trust::Shape => !is_scalar,
            Trust::Nothing => false,
        };
        names_credential(name)
            || (is_scalar && names_credential_as_text(name))
            || (!own && (!trusted || self.is_marked(name)))
    }

    /// What nothing describes: the objects that events carry, wrapped answers, text that holds more
    /// than text. Its credentials may have harmless names.
    fn undescribed(&mut self, schema: &Schema, value: &mut Value) {
        match (schema.present(), &mut *value) {
            (Schema::String, Value::String(_)) => {}
            (_, Value::String(text)) => {
                if let Some(redacted) = self.within(text) {
                    *value = redacted.into();
                }
            }
            (Schema::Object(..) | Schema::Map(_), _) => {}
            (_, Value::Object(object)) => self.companions(object),
            (Schema::Any | Schema::Payload, Value::Array(items)) => self.pairs(items),
            _ => {}
        }
    }

    /// Fields that the others beside them say to be credentials:
    /// `{"name": "Authorization", "value": "…"}`, `{"path": ["password"], "received": "…"}`.
    fn companions(&mut self, object: &mut Map<String, Value>) {
        let is_key = object.contains_key("obfuscated_value");
        let is_labelled = object.iter().any(|(name, label)| {
            LABELS.contains(&joined(name).as_str())
                && match label {
                    Value::String(label) => names_credential(label),
                    Value::Array(path) => path.iter().filter_map(Value::as_str).any(names_credential),
                    _ => false,
                }
        });
        for (name, value) in
            object.iter_mut().filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(_)))
        {
            let name_joined = joined(name);
            let is_value = (is_key && name_joined == "value")
                || (is_labelled && LABELLED.contains(&name_joined.as_str()))
                || (name_joined == "code" && is_one_time_code(value));
            if is_value {
                self.found(name, value);
            }
        }
    }

    /// Headers that are a list of names and values, or one of such pairs.
    fn pairs(&mut self, items: &mut [Value]) {
        let is_header_name = |item: &Value| item.as_str().is_some_and(is_header);
        for index in 1..items.len() {
            if is_header_name(&items[index - 1]) && items[index].is_string() && !is_header_name(&items[index])
            {
                self.found(&index.to_string(), &mut items[index]);
            }
        }
        let is_pair =
            |item: &Value| matches!(item.as_array().map(Vec::as_slice), Some([Value::String(_), _]));
        if !items.iter().all(is_pair) {
            return;
        }
        for (index, item) in items.iter_mut().enumerate() {
            if let Some([Value::String(name), value]) = item.as_array_mut().map(Vec::as_mut_slice)
                && names_credential(name)
                && !matches!(value, Value::Null | Value::Bool(_))
            {
                self.found(&format!("{index}.1"), value);
            }
        }
    }

    /// Whether a name is one of those that are marked, however it is written.
    fn is_marked(&self, name: &str) -> bool {
        self.marked.iter().any(|marked| is_same(marked, name))
    }

    fn found(&mut self, name: &str, value: &mut Value) {
        self.path.push(name.to_owned());
        (self.found)(&self.path, value);
        self.path.pop();
    }

    /// Text that is JSON, or a URL with a query, without its credentials; none if it has none.
    fn within(&mut self, text: &str) -> Option<String> {
        let trimmed = text.trim_matches(|character: char| character.is_whitespace() || is_hidden(character));
        if trimmed.starts_with(['{', '[', '"'])
            && text.len() <= MAX_INNER_JSON
            && let Ok(before) = serde_json::from_str::<Value>(trimmed)
        {
            let mut after = before.clone();
            self.undescribed(&Schema::Any, &mut after);
            walk(Names::Answers, &Schema::Any, &mut after, self);
            return (after != before).then(|| after.to_string());
        }
        if is_url_with_credential(text) {
            let mut value = Value::from(text);
            (self.found)(&self.path, &mut value);
            return value.as_str().map(str::to_owned);
        }
        let ranges = credentials_in_text(text);
        let are_several = ranges.len() > 1;
        let (mut shown, mut at) = (String::new(), 0);
        for (index, range) in ranges.into_iter().enumerate() {
            let mut value = Value::from(&text[range.clone()]);
            if are_several {
                self.found(&index.to_string(), &mut value);
            } else {
                (self.found)(&self.path, &mut value);
            }
            shown.push_str(&text[at..range.start]);
            shown.push_str(value.as_str().unwrap_or(REDACTED));
            at = range.end;
        }
        (at > 0).then(|| shown + &text[at..])
    }
}

/// Whether a text holds a URL that names a credential in its query.
fn is_url_with_credential(text: &str) -> bool {
    let query = text.split_once("://").and_then(|(_, rest)| rest.split_once(['?', '#']));
    let names_one = |pair: &str| {
        let name = pair.split_once('=').filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
        name.is_some_and(|name| name == "code" || names_credential(name))
    };
    query.is_some_and(|(_, query)| query.split(['&', '#', '?']).any(names_one))
}

/// Whether this is text or a number where something with credentials in it belongs: the credential
/// itself, or all of it as text.
fn is_misplaced(schema: &Schema, value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_))
        && matches!(schema.present(), Schema::Object(..) | Schema::List(_) | Schema::Map(_))
        && holds_credentials(schema)
}

/// Digits, as a one-time code has them; errors have shorter ones, or words.
pub fn is_one_time_code(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit()),
        Value::Number(number) => number.as_u64().is_some_and(|number| number >= 1000),
        _ => false,
    }
}
