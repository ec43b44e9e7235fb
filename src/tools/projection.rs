//! No more of an answer than was asked for: how many items of a list, and which fields.
//!
//! Both are arguments of every tool that they suit, declared here once for all of them.
//! What is bulky is left out of lists unless it is asked for.

use std::borrow::Cow;

use serde_json::Value;

use super::answer::{Form, NOTE};
use super::path::{MAX_PATH, Path, relative, split};
use super::question;
use super::sanitize::{sanitize_line, sanitize_name};
use super::sightings::{Sightings, Use};
use super::walk::{Names, Next, Place, Step, Visitor, walk};
use crate::client::{Arguments, Violation, excerpt};
use crate::operation::{Method, Operation};
use crate::schema::{Field, Presence, Schema};

/// The most items that one call collects.
pub const MAX_ITEMS: i64 = 1000;

/// The most paths that one call names.
const MAX_PATHS: usize = 200;

const FIELDS_ARGUMENT: Field = Field::new("fields", "", Schema::List(&Schema::String), Presence::Optional);
const MAX_ITEMS_ARGUMENT: Field =
    Field::new("max_items", "", Schema::Integer, Presence::Optional).range(1, MAX_ITEMS);

/// The arguments that a tool takes beside those of its operation.
pub fn arguments(operation: &Operation) -> &'static [Field] {
    const OF_LISTS: &[Field] =
        &[MAX_ITEMS_ARGUMENT, FIELDS_ARGUMENT, question::WHERE, question::COUNT_BY, question::SORT_BY];
    match operation.method {
        Method::LINK => &[],
        _ if operation.items().is_some() => OF_LISTS,
        _ => &OF_LISTS[1..2],
    }
}

/// Those of them that are published. What answers nothing takes `fields` as everything else does, so that
/// they can be given to many operations alike; to say so of each would be a waste.
pub fn published(operation: &Operation) -> &'static [Field] {
    if matches!(operation.answer, Schema::Empty) { &[] } else { arguments(operation) }
}

/// What a caller wants of an answer.
#[derive(Debug, Default)]
pub struct Projection {
    /// So many items, over as many pages as it takes.
    pub max_items: Option<usize>,
    /// Only these fields of each object; all if there are none.
    fields: Paths,
    /// Nothing is left out, however bulky.
    whole: bool,
}

impl Projection {
    /// Takes what it is made of out of the arguments of a call, which fit their schema.
    pub fn take(
        operation: &'static Operation,
        arguments: &mut Arguments,
        violations: &mut Vec<Violation>,
    ) -> Self {
        if self::arguments(operation).is_empty() {
            return Self::default();
        }
        let max_items = arguments
            .shift_remove(MAX_ITEMS_ARGUMENT.name)
            .and_then(|count| count.as_u64())
            .and_then(|count| usize::try_from(count).ok());
        if max_items.is_some() && arguments.contains_key("before") {
            violations.push(Violation::new(
                "`max_items` goes forward from `after`; with `before`, ask for one page at a time",
            ));
        }
        let fields = match arguments.shift_remove(FIELDS_ARGUMENT.name) {
            Some(Value::Array(names)) if !matches!(operation.answer, Schema::Empty) => {
                Paths::parse(operation, &names, violations)
            }
            _ => Paths::default(),
        };
        let projection = Self { max_items, fields, whole: false };
        if operation.method != Method::GET {
            // When its answer is there, the change is made: an error would come too late.
            violations.extend(projection.sightings(operation).undocumented());
        }
        projection
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

    /// The form that answers of an operation are needed in: as text nothing can be left out of them.
    pub fn form(&self, operation: &Operation) -> Form {
        match operation.items() {
            _ if !self.fields.is_empty() => Form::Value,
            Some(schema) if !self.whole && has_bulk(schema) => Form::TextUnlessBulky,
            _ => Form::Text,
        }
    }

    /// Looks out for the fields in answers of an operation.
    pub fn sightings(&self, operation: &'static Operation) -> Sightings<'_> {
        let mut sightings = Sightings::new(shape(operation), operation.answered_items().is_some());
        for path in &self.fields.parsed {
            sightings.add(FIELDS_ARGUMENT.name, path, Use::Whole);
        }
        sightings
    }

    /// Takes out of an answer what nobody asked for; says what was left out unasked.
    ///
    /// # Errors
    ///
    /// The fields that there are not.
    pub fn apply(
        &self,
        operation: &'static Operation,
        answer: &mut Value,
    ) -> Result<Option<String>, Vec<Violation>> {
        self.apply_to(operation, self.sightings(operation), answer)
    }

    /// The same of what comes behind a cursor: what nothing has there need not be a mistake.
    ///
    /// # Errors
    ///
    /// The fields that there cannot be.
    pub fn apply_to_later(
        &self,
        operation: &'static Operation,
        answer: &mut Value,
    ) -> Result<Option<String>, Vec<Violation>> {
        self.apply_to(operation, self.sightings(operation).of_rest(), answer)
    }

    fn apply_to(
        &self,
        operation: &'static Operation,
        mut sightings: Sightings<'_>,
        answer: &mut Value,
    ) -> Result<Option<String>, Vec<Violation>> {
        look(&mut sightings, operation, answer);
        let violations = sightings.faults();
        if operation.method == Method::GET && !violations.is_empty() {
            return Err(violations);
        }
        let remarks = [self.prune(operation, answer), sightings.remark()];
        Ok(remarks.into_iter().flatten().reduce(|one, other| format!("{one} {other}")))
    }

    /// The same of what was looked at before: one of several pages.
    pub fn prune(&self, operation: &'static Operation, answer: &mut Value) -> Option<String> {
        if self.form(operation) == Form::Text {
            return None;
        }
        let (schema, lists) = (shape(operation), operation.answered_items().is_some());
        let leaves_out_bulk = operation.items().is_some() && !self.whole;
        let objects = match (lists, answer.get_mut("data")) {
            (false, _) => std::slice::from_mut(answer),
            (true, Some(Value::Array(items))) => items.as_mut_slice(),
            // What was meant to be a list is something else.
            (true, _) => return None,
        };
        let wanted = if self.fields.is_empty() { None } else { Some(&self.fields.tree) };
        let mut pruning =
            Pruning { leaves_out_bulk, wanted: vec![wanted], path: Vec::new(), left_out: Vec::new() };
        let mut is_any_left = objects.is_empty() || lists;
        for object in objects {
            walk(Names::Answers, schema, object, &mut pruning);
            is_any_left |= object.as_object().is_some_and(|object| object.keys().any(|name| name != NOTE));
        }
        if !is_any_left {
            return Some("None of the fields that were asked for is in the answer.".to_owned());
        }
        pruning.remark()
    }
}

/// Looks for paths in an answer, or in the items of one.
pub fn look(sightings: &mut Sightings<'_>, operation: &Operation, answer: &Value) {
    match (operation.answered_items(), answer.get("data")) {
        (None, _) => sightings.look(answer),
        (Some(_), Some(Value::Array(items))) => items.iter().for_each(|item| sightings.look(item)),
        (Some(_), _) => {}
    }
}

/// The shape of the objects that an operation answers.
fn shape(operation: &'static Operation) -> &'static Schema {
    operation.answered_items().unwrap_or(&operation.answer)
}

/// Fields by their paths, `domains.domain`.
#[derive(Debug, Default)]
struct Paths {
    written: Vec<String>,
    parsed: Vec<Path>,
    tree: Tree,
}

impl Paths {
    fn parse(operation: &Operation, names: &[Value], violations: &mut Vec<Violation>) -> Self {
        let mut paths = Self::default();
        for name in names.iter().filter_map(Value::as_str).flat_map(split) {
            if name.len() > MAX_PATH || paths.written.len() == MAX_PATHS {
                violations.push(Violation::new(format!(
                    "`fields` takes up to {MAX_PATHS} names of up to {MAX_PATH} bytes"
                )));
                break;
            }
            let name = relative(operation, name);
            if name.is_empty() {
                continue;
            }
            match Path::parse(name) {
                Ok(path) => {
                    paths.tree.insert(path.names().split('.'));
                    paths.written.push(name.to_owned());
                    paths.parsed.push(path);
                }
                Err(fault) => {
                    violations.push(Violation::new(format!("`fields`: `{}` {fault}", sanitize_name(name))));
                }
            }
        }
        paths
    }

    fn is_empty(&self) -> bool {
        self.written.is_empty()
    }
}

/// The parts of objects that are wanted.
#[derive(Debug, Default)]
struct Tree {
    whole: bool,
    parts: Vec<(String, Tree)>,
}

static NOTHING: Tree = Tree { whole: false, parts: Vec::new() };

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

    /// What is wanted of the value with this key. The dots of a path may be those of a key.
    fn part(&self, key: &str) -> Option<&Self> {
        key.split('.').try_fold(self, |tree, name| {
            tree.parts.iter().find(|(known, _)| known == name).map(|(_, part)| part)
        })
    }
}

/// Takes fields out of objects.
struct Pruning<'a> {
    leaves_out_bulk: bool,
    /// What is wanted here, innermost last; without a tree everything but bulk.
    wanted: Vec<Option<&'a Tree>>,
    /// The name that led to each of these, but for the items of a list.
    path: Vec<Option<Cow<'static, str>>>,
    /// The paths of what was left out, as `fields` takes them.
    left_out: Vec<String>,
}

impl Visitor for Pruning<'_> {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let wanted = self.wanted.last().copied().flatten();
        let (name, bulky) = match place.step {
            Step::Item(_) => {
                self.wanted.push(wanted);
                self.path.push(None);
                return Next::Into;
            }
            Step::Field(field) => (field.api_name, field.bulky),
            // Ours, and what it says goes for all that is there.
            Step::Key(NOTE) if self.path.is_empty() => return Next::Over,
            // In what nothing describes, the same goes by what it is.
            Step::Key(name) => (name, is_bulk(place.around, name, value)),
        };
        let part = match wanted {
            None => None,
            Some(tree) => match (tree.part(name), place.step) {
                // A value that is never shown again is not thrown away because nobody has named it.
                (None, Step::Field(field)) if field.shown_once => return Next::Over,
                (None, Step::Field(field)) if field.schema.any_field(&|field| field.shown_once) => {
                    Some(&NOTHING)
                }
                (None, _) => return Next::Remove,
                (part, _) => part,
            },
        };
        // A field that is named is wanted, however bulky.
        if part.is_none() && bulky && self.leaves_out_bulk {
            let around = self.path.iter().flatten().map(AsRef::as_ref);
            let path: Vec<&str> = around.chain([name]).collect();
            let path = path.join(".");
            if !self.left_out.contains(&path) {
                self.left_out.push(path);
            }
            return Next::Remove;
        }
        if !(value.is_object() || value.is_array()) {
            return Next::Over;
        }
        self.wanted.push(part.filter(|part| !part.whole));
        self.path.push(Some(match place.step {
            Step::Field(field) => Cow::Borrowed(field.api_name),
            _ => Cow::Owned(name.to_owned()),
        }));
        Next::Into
    }

    fn leave(&mut self) {
        self.wanted.pop();
        self.path.pop();
    }
}

impl Pruning<'_> {
    fn remark(&self) -> Option<String> {
        /// Keys of others may be many.
        const MAX_NAMED: usize = 10;
        let names: Vec<String> = self
            .left_out
            .iter()
            .take(MAX_NAMED)
            .map(|path| format!("`{}`", excerpt(&sanitize_line(path), MAX_PATH)))
            .collect();
        let more = self.left_out.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!names.is_empty()).then(|| {
            format!("Left out of the items: {}{more}. To see it, name it in `fields`.", names.join(", "))
        })
    }
}

/// Whether anything in objects of this shape is bulky. What events carry may be, and so may
/// settings of which nobody says what they hold.
fn has_bulk(schema: &Schema) -> bool {
    schema.any_field(&|field| {
        field.bulky || matches!(field.schema.present(), Schema::Payload | Schema::AnyObject)
    })
}

/// Whether a field that nothing describes is one of those that lists leave out. What
/// `reply_parsing` takes for bulky is at least that.
fn is_bulk(around: &Schema, name: &str, value: &Value) -> bool {
    match around {
        // The objects that events carry have the names of the table.
        Schema::Payload if matches!(name, "raw_attributes" | "verification_token") => true,
        // The caller's own.
        Schema::Map(_) => false,
        _ => is_pem(value),
    }
}

/// A certificate or key as text, or several.
pub fn is_pem(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim_start().starts_with("-----BEGIN "),
        Value::Array(items) => !items.is_empty() && items.iter().all(is_pem),
        _ => false,
    }
}
