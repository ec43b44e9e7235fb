//! What a caller wants of an answer: how many items of a list, and which fields.
//!
//! Both are arguments of every tool that they suit, declared here once for all of them.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::arguments::nearest;
use crate::client::{Arguments, Problem};
use crate::operation::{Operation, Verb};
use crate::schema::{Field, Presence, Schema};

/// Most items that one call gathers.
pub const MOST_ITEMS: i64 = 1000;

/// Most paths that one call names.
const MOST_PATHS: usize = 200;
/// Longest path, in bytes.
const LONGEST_PATH: usize = 255;

const FIELDS: Field = Field::new("fields", "", Schema::List(&Schema::String), Presence::Optional);
const MAX_ITEMS: Field =
    Field::new("max_items", "", Schema::Integer, Presence::Optional).range(1, MOST_ITEMS);

/// The arguments that a tool takes beside those of its operation.
pub fn arguments(operation: &Operation) -> &'static [Field] {
    const OF_LISTS: &[Field] = &[MAX_ITEMS, FIELDS];
    if operation.verb != Verb::GET {
        &[]
    } else if operation.items().is_some() {
        OF_LISTS
    } else {
        &OF_LISTS[1..]
    }
}

/// What a caller wants of an answer.
#[derive(Debug, Default)]
pub struct Shaping {
    /// So many items, over as many pages as it takes.
    pub max_items: Option<usize>,
    /// Only these fields of each object; all if there are none.
    fields: Paths,
    /// Nothing is left out, however bulky.
    whole: bool,
}

impl Shaping {
    /// Takes what it is made of out of the arguments of a call that were made to fit.
    pub fn take(operation: &Operation, arguments: &mut Arguments, problems: &mut Vec<Problem>) -> Self {
        if super::shaping::arguments(operation).is_empty() {
            return Self::default();
        }
        let max_items = arguments
            .shift_remove(MAX_ITEMS.name)
            .and_then(|count| count.as_u64())
            .and_then(|count| usize::try_from(count).ok());
        if max_items.is_some() && arguments.contains_key("before") {
            problems.push(Problem(
                "`max_items` goes forward from `after`; with `before`, ask for one page at a time".to_owned(),
            ));
        }
        let fields = match arguments.shift_remove(FIELDS.name) {
            Some(Value::Array(names)) => Paths::parse(operation, &names, problems),
            _ => Paths::default(),
        };
        Self { max_items, fields, whole: false }
    }

    /// Wants all that WorkOS sends, or the same fields of it.
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// The fields that were asked for, as they were written; none for all.
    pub fn paths(&self) -> &[String] {
        &self.fields.written
    }

    /// Takes out of an answer what nobody asked for. Says what was left out unasked, or
    /// which fields there are not.
    pub fn apply(&self, operation: &Operation, answer: &mut Value) -> Result<Option<String>, Vec<Problem>> {
        self.shape(operation, answer, true)
    }

    /// The same for a page after the first: a name that only other pages know is no mistake.
    pub fn apply_to_later(&self, operation: &Operation, answer: &mut Value) -> Option<String> {
        self.shape(operation, answer, false).unwrap_or_default()
    }

    fn shape(
        &self,
        operation: &Operation,
        answer: &mut Value,
        checks_names: bool,
    ) -> Result<Option<String>, Vec<Problem>> {
        if operation.verb != Verb::GET {
            return Ok(None);
        }
        let items = operation.items();
        let (schema, lists) = (items.unwrap_or(&operation.answer), items.is_some());
        if self.fields.is_empty() && (self.whole || !lists || !has_bulk(schema)) {
            return Ok(None);
        }
        let objects = match (lists, answer.get_mut("data")) {
            (false, _) => std::slice::from_mut(answer),
            (true, Some(Value::Array(items))) => items.as_mut_slice(),
            // What was meant to be a list is something else.
            (true, _) => return Ok(None),
        };
        let problems = if checks_names { self.fields.problems(schema, objects) } else { Vec::new() };
        if !problems.is_empty() {
            return Err(problems);
        }
        let sieve = Sieve { drops_bulk: lists && !self.whole, dropped: Cell::default() };
        let wanted = if self.fields.is_empty() { None } else { Some(&self.fields.tree) };
        for object in objects {
            sieve.sift(schema, wanted, object);
        }
        Ok(sieve.note())
    }
}

/// Fields by their paths, `domains.domain`.
#[derive(Debug, Default)]
struct Paths {
    written: Vec<String>,
    tree: Tree,
}

impl Paths {
    fn parse(operation: &Operation, names: &[Value], problems: &mut Vec<Problem>) -> Self {
        let mut paths = Self::default();
        let names = names.iter().filter_map(Value::as_str);
        for name in names.flat_map(|name| name.split([',', ' ', '\n'])).filter(|name| !name.is_empty()) {
            if name.len() > LONGEST_PATH || paths.written.len() == MOST_PATHS {
                problems.push(Problem(format!(
                    "`fields` takes up to {MOST_PATHS} names of up to {LONGEST_PATH} bytes"
                )));
                break;
            }
            let name = relative(operation, name);
            if !name.is_empty() {
                paths.tree.insert(name.split('.'));
                paths.written.push(name.to_owned());
            }
        }
        paths
    }

    fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The names that neither the documentation nor the objects know.
    fn problems(&self, schema: &Schema, objects: &[Value]) -> Vec<Problem> {
        let unknown = self.written.iter().filter_map(|path| {
            let place = unknown(schema, path)?;
            let there = objects.iter().any(|object| holds(object, path.split('.')));
            (!there).then(|| place.problem(path))
        });
        unknown.collect()
    }
}

/// Fields of a list are those of its items, also when they are named from the root.
fn relative<'a>(operation: &Operation, name: &'a str) -> &'a str {
    let Some(item) = operation.items() else { return name };
    let is_own = |first: &str| item.fields().iter().any(|field| field.wire == first);
    match name.split_once('.').unwrap_or((name, "")) {
        ("data", rest) if !is_own("data") => rest,
        // It is in every answer.
        ("list_metadata", _) if !is_own("list_metadata") => "",
        _ => name,
    }
}

/// The parts of objects that are wanted.
#[derive(Debug, Default)]
struct Tree {
    whole: bool,
    parts: Vec<(String, Tree)>,
}

impl Tree {
    fn insert<'a>(&mut self, mut path: impl Iterator<Item = &'a str>) {
        let Some(name) = path.next() else {
            self.whole = true;
            return;
        };
        let index = self.parts.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.parts.push((name.to_owned(), Self::default()));
            self.parts.len() - 1
        });
        self.parts[index].1.insert(path);
    }

    fn part(&self, name: &str) -> Option<&Self> {
        self.parts.iter().find(|(known, _)| known == name).map(|(_, part)| part)
    }
}

/// Takes fields out of objects.
struct Sieve {
    drops_bulk: bool,
    dropped: Cell<Vec<String>>,
}

impl Sieve {
    /// Keeps what is wanted of a value; without a tree everything but bulk.
    fn sift(&self, schema: &Schema, wanted: Option<&Tree>, value: &mut Value) {
        let schema = schema.present();
        match value {
            Value::Object(object) => {
                object.retain(|name, value| {
                    let field = schema.fields().iter().find(|field| field.wire == name);
                    let part = match wanted {
                        None => None,
                        Some(tree) => match tree.part(name) {
                            None => return false,
                            part => part,
                        },
                    };
                    // A field that is named is wanted, however bulky.
                    if part.is_none() && self.drops_bulk && is_bulky(schema, field, name) {
                        self.drop(name);
                        return false;
                    }
                    let inner = inner(schema, field);
                    self.sift(inner, part.filter(|part| !part.whole), value);
                    true
                });
            }
            Value::Array(items) => {
                let item = if let Schema::List(item) = schema { item } else { schema };
                for value in items {
                    self.sift(item, wanted, value);
                }
            }
            _ => {}
        }
    }

    fn drop(&self, name: &str) {
        let mut dropped = self.dropped.take();
        if !dropped.iter().any(|known| known == name) {
            dropped.push(name.to_owned());
        }
        self.dropped.set(dropped);
    }

    fn note(&self) -> Option<String> {
        let dropped = self.dropped.take();
        let names: Vec<String> = dropped.iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty())
            .then(|| format!("Left out of the items: {}. To see it, name it in `fields`.", names.join(", ")))
    }
}

/// The shape of a field's value.
fn inner(schema: &Schema, field: Option<&'static Field>) -> &'static Schema {
    match (field, schema) {
        (Some(field), _) => &field.schema,
        (None, Schema::Map(item)) => item,
        (None, Schema::Payload) => &Schema::Payload,
        _ => &Schema::Any,
    }
}

/// The objects that events carry are not described; this field of theirs has one name.
const BULK_OF_PAYLOADS: &str = "raw_attributes";

fn is_bulky(schema: &Schema, field: Option<&Field>, name: &str) -> bool {
    match field {
        Some(field) => field.bulky,
        None => matches!(schema, Schema::Payload) && name == BULK_OF_PAYLOADS,
    }
}

/// Whether anything in objects of this shape is bulky.
fn has_bulk(schema: &Schema) -> bool {
    match schema.present() {
        Schema::Object(fields) => fields.iter().any(|field| field.bulky || has_bulk(&field.schema)),
        Schema::List(item) | Schema::Map(item) => has_bulk(item),
        Schema::Payload => true,
        _ => false,
    }
}

/// Where a path leaves what is known.
struct Unknown<'a> {
    /// How much of the path is known, in bytes.
    known: usize,
    fields: &'a [Field],
}

impl Unknown<'_> {
    fn problem(&self, path: &str) -> Problem {
        let name: String = path.chars().filter(|character| !character.is_control()).collect();
        if self.fields.is_empty() {
            let known = path[..self.known].trim_end_matches('.');
            return Problem(format!("`fields`: `{name}` goes too far; `{known}` has no fields of its own"));
        }
        let prefix = &path[..self.known];
        let last = path[self.known..].split('.').next().unwrap_or_default();
        let hint = match nearest(last, self.fields.iter().map(|field| field.wire)) {
            Some(near) => format!("did you mean `{prefix}{near}`? Known are"),
            None => "known are".to_owned(),
        };
        let known: Vec<String> = self.fields.iter().map(|field| format!("{prefix}{}", field.wire)).collect();
        Problem(format!("`fields`: `{name}` is no field of this answer; {hint} {}", known.join(", ")))
    }
}

/// Where a path leads out of the known shape, if it does.
fn unknown<'a>(schema: &'a Schema, path: &str) -> Option<Unknown<'a>> {
    let mut schema = schema;
    let mut known = 0;
    for name in path.split('.') {
        loop {
            match schema.present() {
                Schema::List(item) => schema = item,
                other => {
                    schema = other;
                    break;
                }
            }
        }
        match schema {
            Schema::Object(fields) => match fields.iter().find(|field| field.wire == name) {
                Some(field) => schema = &field.schema,
                None => return Some(Unknown { known, fields }),
            },
            Schema::Map(item) => schema = item,
            Schema::AnyObject | Schema::Payload | Schema::Any => return None,
            _ => return Some(Unknown { known, fields: &[] }),
        }
        known += name.len() + 1;
    }
    None
}

/// Whether there is something at this path, whatever the documentation says.
fn holds<'a>(value: &Value, mut path: impl Iterator<Item = &'a str> + Clone) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| holds(item, path.clone())),
        Value::Object(object) => match path.next() {
            None => true,
            Some(name) => object.get(name).is_some_and(|value| holds(value, path)),
        },
        _ => path.next().is_none(),
    }
}

/// Joins a remark to an answer, beside what WorkOS sent.
pub fn note(answer: &mut Value, remark: &str) {
    if let Value::Object(fields) = answer {
        match fields.get_mut(NOTE) {
            Some(Value::String(text)) => {
                text.push(' ');
                text.push_str(remark);
            }
            _ => {
                fields.insert(NOTE.to_owned(), remark.into());
            }
        }
    }
}

/// Where remarks about an answer stand: no field of WorkOS starts like this.
pub const NOTE: &str = "_note";

/// The cursor for the page after this one.
pub fn cursor(answer: &Value) -> Option<&str> {
    answer.get("list_metadata")?.get("after")?.as_str().filter(|cursor| !cursor.is_empty())
}

/// Sets, or takes away, the cursor for what comes after this answer.
pub fn set_cursor(answer: &mut Value, after: Option<String>) {
    let Value::Object(fields) = answer else { return };
    let metadata = fields.entry("list_metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(metadata) = metadata {
        match after {
            Some(after) => {
                metadata.insert("after".to_owned(), after.into());
            }
            None => {
                metadata.shift_remove("after");
            }
        }
    }
}
