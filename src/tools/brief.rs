//! What a write answers unless `fields` asks for more: the ID, the state, what was changed.
//!
//! A small object stays as it is, but for three things that nobody needs who has just changed something:
//! a copy of another object whose ID stands beside it, certificates, and credentials that can be read
//! again. Of a large one, what is long is left out as well, or shortened to what says which thing it is.
//!
//! What must not be lost is not touched: an answer with something that WorkOS shows only once stays whole.
//! What was left out is told by name, with the operation that shows it now.

use serde_json::{Map, Value};

use super::answer::{Form, NOTE, length};
use super::projection::is_pem;
use super::sanitize::sanitize_name;
use super::walk::{Names, Next, Place, Step, Visitor, walk};
use crate::client::CheckedCall;
use crate::operation::{Effect, Method, Operation};
use crate::schema::{Field, Schema};

/// An answer of no more bytes is small.
const SMALL: usize = 1_000;
/// A part of a large answer of no more bytes stays in it.
const SHORT: usize = 160;
/// What the arguments named may be longer: whoever changed it sees how it is now.
const NAMED: usize = 400;
/// The most items of a list that are shortened; a longer one is left out.
const MAX_ITEMS: usize = 10;
/// The most fields that a remark names.
const MAX_LEFT_OUT: usize = 10;

/// The fields of an object that say which one it is, and how it is with it.
const IDENTITY: &[&str] = &[
    "id",
    "slug",
    "name",
    "email",
    "domain",
    "type",
    "key",
    "status",
    "state",
    "enabled",
    "expires_at",
    "not_after",
];

/// The form that the answer of a write is needed in.
pub fn form(operation: &Operation) -> Form {
    if !applies(operation) {
        Form::Text
    } else if has_copies(&operation.answer) {
        Form::Value
    } else {
        Form::TextUpTo(SMALL)
    }
}

/// Leaves out of the answer of a write what is not about the change; says what.
pub fn shorten(call: &CheckedCall, answer: &mut Value) -> Option<String> {
    let operation = call.operation();
    if !applies(operation) {
        return None;
    }
    let mut left_out = LeftOut::default();
    let mut needless = Needless { operation, path: Vec::new(), left_out: &mut left_out };
    needless.copies(answer);
    walk(Names::Answers, &operation.answer, answer, &mut needless);
    if length(answer) > SMALL {
        let given: Vec<&str> = operation
            .fields
            .iter()
            .filter(|field| call.arguments().contains_key(field.name))
            .map(|field| field.api_name)
            .collect();
        let long = Long { given: &given };
        match (operation.answered_items(), answer.get_mut("data")) {
            (Some(item), Some(Value::Array(items))) => {
                for object in items {
                    long.shorten(item, object, &mut left_out);
                }
            }
            _ => long.shorten(&operation.answer, answer, &mut left_out),
        }
    }
    left_out.remark(operation)
}

/// Whether answers of an operation are shortened: those of writes, unless they hold what WorkOS shows
/// only this once.
fn applies(operation: &Operation) -> bool {
    !matches!(operation.method, Method::GET | Method::LINK)
        && operation.effect != Effect::Read
        && !matches!(operation.answer, Schema::Empty)
        && !operation.answer.any_field(&|field| field.shown_once)
}

/// Whether objects of this shape hold a copy of another one, whose ID stands beside it.
fn has_copies(schema: &Schema) -> bool {
    let fields = schema.fields();
    let is_copy = |field: &Field| {
        let mut names = fields.iter().map(|other| other.api_name);
        !field.schema.fields().is_empty()
            && names.any(|name| name.strip_suffix("_id") == Some(field.api_name))
    };
    fields.iter().any(|field| is_copy(field) || has_copies(&field.schema))
}

/// The paths of what was left out, as `fields` takes them.
#[derive(Debug, Default)]
struct LeftOut(Vec<String>);

impl LeftOut {
    fn add(&mut self, path: String) {
        if !self.0.contains(&path) {
            self.0.push(path);
        }
    }

    fn remark(&self, operation: &Operation) -> Option<String> {
        let is_within =
            |path: &str, other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
        let paths: Vec<&String> =
            self.0.iter().filter(|path| !self.0.iter().any(|other| is_within(path, other))).collect();
        if paths.is_empty() {
            return None;
        }
        let mut named: Vec<String> =
            paths.iter().take(MAX_LEFT_OUT).map(|path| format!("`{}`", sanitize_name(path))).collect();
        if paths.len() > named.len() {
            named.push(format!("{} more", paths.len() - named.len()));
        }
        let now = reader(operation).map(|name| format!(", or `{name}`")).unwrap_or_default();
        Some(format!("Left out: {}. To see it: `fields`{now}.", named.join(", ")))
    }
}

/// The operation that gets the object which a write answers.
fn reader(operation: &Operation) -> Option<&'static str> {
    let gets = |get: &&Operation| {
        get.method == Method::GET
            && get.items().is_none()
            && get.answer.fields().len() == operation.answer.fields().len()
    };
    let behind = |get: &Operation| {
        // `/things/{id}/verify` is about what `/things/{id}` gets; so is `/things`, which makes one.
        let made = || get.route().strip_prefix(operation.route()).is_some_and(is_placeholder);
        let about = operation.route().strip_prefix(get.route());
        about.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || made()
    };
    crate::api::operations()
        .filter(gets)
        .filter(|get| behind(get))
        .max_by_key(|get| get.route().len())
        .map(|get| get.name)
}

/// Whether this is one placeholder and nothing else.
fn is_placeholder(rest: &str) -> bool {
    rest.strip_prefix("/{").and_then(|rest| rest.strip_suffix('}')).is_some_and(|name| !name.contains('/'))
}

/// Takes out what is needless in any answer of a write, at any depth.
struct Needless<'a> {
    operation: &'static Operation,
    /// The names that lead to this place; none for the items of a list.
    path: Vec<Option<String>>,
    left_out: &'a mut LeftOut,
}

impl Needless<'_> {
    fn note(&mut self, name: &str) {
        let around = self.path.iter().flatten().map(String::as_str);
        let path: Vec<&str> = around.chain([name]).collect();
        self.left_out.add(path.join("."));
    }

    /// Takes the copies out of an object.
    fn copies(&mut self, value: &mut Value) {
        let Value::Object(object) = value else { return };
        let copies: Vec<String> = object
            .iter()
            .filter(|(name, copy)| {
                let id = copy.get("id");
                id.is_some() && id == object.get(&format!("{name}_id"))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in copies {
            object.shift_remove(&name);
            self.note(&name);
        }
    }
}

impl Visitor for Needless<'_> {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let name = match place.step {
            Step::Field(field) => {
                // What the call has made is wanted with its credential.
                if field.secret && field.bulky && self.operation.effect != Effect::Create {
                    self.note(field.api_name);
                    return Next::Remove;
                }
                Some(field.api_name)
            }
            Step::Key(name) => Some(name),
            Step::Item(_) => None,
        };
        // In a map the caller's own values stand.
        if let Some(name) = name
            && !matches!(place.around, Schema::Map(_))
            && is_pem(value)
        {
            self.note(name);
            return Next::Remove;
        }
        if !(value.is_object() || value.is_array()) {
            return Next::Over;
        }
        self.path.push(name.map(str::to_owned));
        self.copies(value);
        Next::Into
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}

/// Shortens a large object.
struct Long<'a> {
    /// What the arguments named, as WorkOS calls it.
    given: &'a [&'a str],
}

impl Long<'_> {
    fn shorten(&self, schema: &'static Schema, value: &mut Value, left_out: &mut LeftOut) {
        let Value::Object(object) = value else { return };
        // What has no ID only holds the objects that it is about.
        let is_around = !object.contains_key("id");
        let mut removed = Vec::new();
        for (name, value) in object.iter_mut().filter(|(name, _)| *name != NOTE) {
            let field = schema.fields().iter().find(|field| field.api_name == name);
            if is_around
                && value.is_object()
                && let Some(field) = field
            {
                self.within(&field.schema, name, value, left_out);
                continue;
            }
            match self.shortened(field, name, value) {
                Shortened::Not => {}
                Shortened::Partly => left_out.add(name.clone()),
                Shortened::Away => {
                    left_out.add(name.clone());
                    removed.push(name.clone());
                }
            }
        }
        object.retain(|name, _| !removed.contains(name));
    }

    /// Shortens an object within one that only holds it.
    fn within(&self, schema: &'static Schema, name: &str, value: &mut Value, left_out: &mut LeftOut) {
        let mut inner = LeftOut::default();
        self.shorten(schema, value, &mut inner);
        for path in inner.0 {
            left_out.add(format!("{name}.{path}"));
        }
    }

    fn shortened(&self, field: Option<&Field>, name: &str, value: &mut Value) -> Shortened {
        let size = length(value);
        let holds_credential = |field: &Field| field.secret || field.schema.any_field(&|field| field.secret);
        let is_bulky = field.is_some_and(|field| field.bulky && !field.secret);
        let is_given = self.given.contains(&name);
        let enough = if is_given { NAMED } else { SHORT };
        if field.is_some_and(holds_credential) || (size <= enough && !is_bulky) {
            return Shortened::Not;
        }
        match value {
            Value::Object(object) if is_given => kept(object, |_| true),
            Value::Object(object) => identified(object),
            Value::Array(items) if items.len() <= MAX_ITEMS && items.iter().all(Value::is_object) => {
                let objects = items.iter_mut().filter_map(Value::as_object_mut);
                let all: Vec<Shortened> = objects.map(identified).collect();
                if all.contains(&Shortened::Away) { Shortened::Away } else { Shortened::Partly }
            }
            _ => Shortened::Away,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shortened {
    Not,
    Partly,
    Away,
}

/// Leaves of an object what says which one it is.
fn identified(object: &mut Map<String, Value>) -> Shortened {
    kept(object, |name| IDENTITY.contains(&name))
}

/// Leaves of an object the plain and short values of these names.
fn kept(object: &mut Map<String, Value>, is_wanted: impl Fn(&str) -> bool) -> Shortened {
    object.retain(|name, value| {
        is_wanted(name) && !(value.is_object() || value.is_array()) && length(value) <= SHORT
    });
    if object.is_empty() { Shortened::Away } else { Shortened::Partly }
}
