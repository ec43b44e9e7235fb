//! The examples below `fixtures/`, and what is read from them: status, kind of object, form of its ID.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::operation::{Method, Operation};

// FIXTURES: &[(tool name, JSON)], sorted by name.
include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// What an operation answers in its example.
#[derive(Debug, Deserialize)]
pub(super) struct Fixture {
    #[serde(default = "ok")]
    pub status: u16,
    /// Method and path, as they are sent.
    pub request: String,
    #[serde(default)]
    pub response: Value,
}

fn ok() -> u16 {
    200
}

/// Those that were asked for: an operation that is called once is called again.
static READ: [OnceLock<Option<Fixture>>; FIXTURES.len()] = [const { OnceLock::new() }; FIXTURES.len()];

/// The example of an operation.
pub(super) fn of(operation: &Operation) -> Result<&'static Fixture, Fault> {
    let found = place(operation).and_then(|place| READ[place].get_or_init(|| read(place)).as_ref());
    found.ok_or_else(|| missing(operation))
}

/// The same, not kept: for whoever goes through all of them.
pub(super) fn once(operation: &Operation) -> Result<Fixture, Fault> {
    place(operation).and_then(read).ok_or_else(|| missing(operation))
}

fn place(operation: &Operation) -> Option<usize> {
    FIXTURES.binary_search_by_key(&operation.name, |(name, _)| name).ok()
}

fn read(place: usize) -> Option<Fixture> {
    serde_json::from_str(FIXTURES[place].1).ok()
}

fn missing(operation: &Operation) -> Fault {
    Fault::coded(501, "not_in_sandbox", format!("The sandbox has no answer for `{}`.", operation.name))
}

impl Fixture {
    /// The object that is answered, or the first of a list.
    pub fn object(&self) -> Option<&Map<String, Value>> {
        match &self.response {
            Value::Array(items) => items.first()?.as_object(),
            Value::Object(fields) => match fields.get("data") {
                Some(Value::Array(items)) => items.first()?.as_object(),
                _ => Some(fields),
            },
            _ => None,
        }
    }

    /// The kind of that object, by its tag.
    pub fn kind(&self) -> Option<&str> {
        self.object()?.get("object")?.as_str()
    }

    /// The example itself, with the caller's own values where it repeats an argument.
    pub fn example(&self, arguments: &Map<String, Value>) -> Value {
        let mut response = self.response.clone();
        if let Value::Object(fields) = &mut response {
            for (name, value) in arguments {
                if let Some(field) = fields.get_mut(name)
                    && matches!(
                        (&*field, value),
                        (Value::String(_), Value::String(_)) | (Value::Bool(_), Value::Bool(_))
                    )
                {
                    field.clone_from(value);
                }
            }
            fields.insert("_note".to_owned(), EXAMPLE.into());
        }
        response
    }
}

/// Stands in answers that are examples.
const EXAMPLE: &str = "The sandbox remembers nothing of this operation: this is its example.";

/// The kind of object that an operation is about, be it answered or not: that of its own example, or of
/// another operation on the same path, or on the collection above.
pub(super) fn kind(operation: &Operation, fixture: &'static Fixture) -> Option<&'static str> {
    if let Some(kind) = fixture.kind() {
        return Some(kind);
    }
    if operation.method != Method::DELETE {
        return None;
    }
    let collection = operation.route().rsplit_once("/{").map(|(collection, _)| collection);
    let tells = |other: &&'static Operation| {
        other.method != Method::DELETE
            && (other.route() == operation.route() || Some(other.route()) == collection)
    };
    crate::api::operations().filter(tells).find_map(|other| of(other).ok()?.kind())
}

/// What comes before the ULID in an ID, as `org_`; `None` if an ID has another form.
pub(super) fn prefix(id: &str) -> Option<&str> {
    id.find("01EXAMPLE").map(|end| &id[..end])
}
