//! What is asked of a list beyond its pages: which items (`where`), how many of which kind (`count_by`),
//! in which order (`sort_by`). Declared here once for all lists, and answered here from their items,
//! after what WorkOS itself can filter.

mod condition;
mod counts;
mod filters;
mod order;
mod value;

use serde_json::Value;

pub use self::condition::Condition;
pub use self::counts::Counts;
pub use self::order::{First, Order, Standing};
use super::path::{Path, relative_to};
use super::sanitize::sanitize_name;
use super::sightings::{Sightings, Use};
use crate::client::{Arguments, Violation};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// The arguments that all lists take for it.
pub const WHERE: Field = Field::new("where", "", Schema::AnyObject, Presence::Optional);
#[expect(missing_docs, reason = "as the one above")]
pub const COUNT_BY: Field = Field::new("count_by", "", Schema::List(&Schema::String), Presence::Optional);
#[expect(missing_docs, reason = "as those above")]
pub const SORT_BY: Field = Field::new("sort_by", "", Schema::String, Presence::Optional);

/// The same as a list of fields.
pub const ARGUMENTS: &[Field] = &[WHERE, COUNT_BY, SORT_BY];

/// The most fields that are counted by.
const MAX_COUNTED: usize = 10;

/// What is asked of a list.
#[derive(Debug)]
pub struct Question {
    /// What items must fulfil.
    conditions: Vec<Condition>,
    /// What is wanted of those that do.
    pub wanted: Wanted,
    /// How many, as far as `limit` says so.
    pub limit: Option<usize>,
}

/// What is wanted of items.
#[derive(Debug)]
pub enum Wanted {
    /// They themselves, as they come.
    Items,
    /// Their number, by what is at these paths.
    Counts(Vec<Path>),
    /// The first of them in an order.
    Sorted(Order),
}

/// Takes the arguments of a question out of those of a call.
pub fn split(operation: &Operation, arguments: &mut Arguments) -> Arguments {
    let own = ARGUMENTS.iter().filter(|_| operation.items().is_some());
    own.filter_map(|field| Some((field.name.to_owned(), arguments.shift_remove(field.name)?))).collect()
}

impl Question {
    /// The question that these arguments ask, which fit their schema; none if they ask nothing. What
    /// WorkOS can filter is added to the other arguments of the call.
    pub fn new(
        operation: &'static Operation,
        mut asked: Arguments,
        arguments: &mut Arguments,
        violations: &mut Vec<Violation>,
    ) -> Option<Self> {
        let item = operation.items()?;
        let mut take = |field: &Field| asked.shift_remove(field.name);
        let conditions = match take(&WHERE) {
            Some(Value::Object(conditions)) if !conditions.is_empty() => Some(conditions),
            _ => None,
        };
        let counted = match take(&COUNT_BY) {
            Some(Value::Array(paths)) => Some(paths),
            _ => None,
        };
        let order = match take(&SORT_BY) {
            Some(Value::String(order)) if !order.trim().is_empty() => Some(order),
            _ => None,
        };
        let names = [
            conditions.as_ref().map(|_| WHERE.name),
            counted.as_ref().map(|_| COUNT_BY.name),
            order.as_ref().map(|_| SORT_BY.name),
        ];
        let name = names.into_iter().flatten().last()?;
        let given = |name: &str| arguments.get(name).is_some_and(|value| !value.is_null());
        if given("before") {
            violations.push(fault(name, "goes forward, from `after` if it is given; leave `before` out"));
        }
        if order.is_some() && given("after") {
            violations.push(fault(SORT_BY.name, "is the order of the whole list; leave `after` out"));
        }
        if counted.is_some() && order.is_some() {
            violations.push(fault(SORT_BY.name, "is for items; counts come most first, so leave it out"));
        }
        let (mut conditions, faults) = condition::parse(item, conditions.unwrap_or_default());
        violations.extend(faults);
        let wanted = match (counted, order) {
            (Some(paths), _) => Wanted::Counts(counted_paths(item, &paths, violations)),
            (None, Some(order)) => {
                let path = |text: &str| path(item, text);
                match Order::parse(&order, path) {
                    Ok(order) => Wanted::Sorted(order),
                    Err(why) => {
                        let shown = sanitize_name(&order);
                        violations.push(fault(
                            SORT_BY.name,
                            &format!("is one path, `-` before it for descending order; `{shown}` {why}"),
                        ));
                        Wanted::Items
                    }
                }
            }
            (None, None) => Wanted::Items,
        };
        violations.extend(filters::send(operation, &mut conditions, &wanted.paths(), arguments));
        Some(Self { conditions, wanted, limit: None })
    }

    /// Takes the size of a page out of the arguments: pages are as large as they can be, and so many
    /// items are shown.
    pub fn take_limit(&mut self, arguments: &mut Arguments) {
        let limit = arguments.shift_remove("limit").and_then(|limit| limit.as_u64());
        self.limit = limit.and_then(|limit| usize::try_from(limit).ok());
    }

    /// Whether an item fits.
    pub fn fits(&self, item: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.fits(item))
    }

    /// Whether there are conditions.
    pub fn filters(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// The conditions.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Looks out for the paths that it names.
    pub fn watch<'p>(&'p self, sightings: &mut Sightings<'p>) {
        for condition in &self.conditions {
            if condition.judge != condition::Judge::Workos {
                let used = if condition.compares() { Use::Compared } else { Use::Whole };
                sightings.add(WHERE.name, &condition.path, used);
            }
        }
        let name = if matches!(self.wanted, Wanted::Counts(_)) { COUNT_BY.name } else { SORT_BY.name };
        for path in self.wanted.paths() {
            sightings.add(name, path, Use::Compared);
        }
    }

    /// Why nothing may have fitted, if that may not be what was meant.
    pub fn doubts(&self, item: &'static Schema) -> impl Iterator<Item = String> {
        self.conditions.iter().filter_map(move |condition| {
            let (word, words) = condition.unknown_word(item)?;
            let (path, word) = (condition.path.as_str(), sanitize_name(&word));
            Some(format!(
                "`{path}` is one of {}, as far as is known: `{word}` is none of them.",
                words.join(", ")
            ))
        })
    }
}

impl Wanted {
    fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Items => Vec::new(),
            Self::Counts(paths) => paths.iter().collect(),
            Self::Sorted(order) => vec![&order.path],
        }
    }
}

fn fault(argument: &'static str, why: &str) -> Violation {
    Violation::of_argument(argument, format!("`{argument}` {why}"))
}

fn path(item: &'static Schema, text: &str) -> Result<Path, String> {
    let path = Path::parse(relative_to(item, text))?;
    match path.object_fault(path.known(item)) {
        Some(fault) => Err(fault),
        None => Ok(path),
    }
}

fn counted_paths(item: &'static Schema, texts: &[Value], violations: &mut Vec<Violation>) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    for text in texts.iter().filter_map(Value::as_str).flat_map(super::path::split) {
        match path(item, text) {
            _ if paths.len() == MAX_COUNTED => {
                violations.push(fault(COUNT_BY.name, &format!("takes up to {MAX_COUNTED} paths")));
                break;
            }
            Ok(path) if paths.contains(&path) => {}
            Ok(path) => paths.push(path),
            Err(why) => {
                violations.push(Violation::of_argument(
                    COUNT_BY.name,
                    format!("`{}`: `{}` {why}", COUNT_BY.name, sanitize_name(text)),
                ));
            }
        }
    }
    paths
}
