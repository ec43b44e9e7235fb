//! What `find_operations` answers: for each question the operations that fit, with what it takes to
//! call them and no more.
//!
//! Operations that are tools here are named alone, and what all lists take is said once. A name spelled out as
//! a question gets the whole schema. What the API cannot do is said before what comes nearest.

use serde_json::{Map, Value, json};

use super::access::Access;
use super::answer::{Answer, length, note};
use super::catalog::Catalog;
use super::clearing;
use super::json_schema::{self, notation};
use super::limits::Limit;
use super::projection;
use super::search::{Found, Question, search};
use crate::api::ids::kinds_of;
use crate::api::{TOOLSETS, toolset_of};
use crate::operation::Operation;
use crate::schema::{Destroys, Field, Presence, Schema};

/// Operations that are shown unless another number is asked for.
pub const DEFAULT_LIMIT: usize = 5;
/// The longest part of an answer for one question, in bytes, for as many operations as are shown by default.
const LONGEST: usize = 1_400;
/// The same for each further one.
const LONGEST_FURTHER: usize = 250;
/// The longest description of the best operation; of the others the first sentence is shown.
const LONGEST_DESCRIPTION: usize = 260;

/// The operations that fit some questions, so many for each.
pub fn find(catalog: &Catalog, queries: &[&str], limit: usize, max_answer: usize) -> Answer {
    let mut shown = Shown { catalog, limit, names: Vec::new(), areas: false };
    let mut found: Vec<Map<String, Value>> = queries.iter().map(|query| shown.for_query(query)).collect();
    let common = common_arguments(&shown.names);
    loop {
        let mut value = match found.as_slice() {
            [one] => Value::Object(one.clone()),
            several => {
                let answers: Vec<Value> = queries
                    .iter()
                    .zip(several)
                    .map(|(query, found)| {
                        let mut answer = Map::from_iter([("query".to_owned(), (*query).into())]);
                        answer.extend(found.clone());
                        answer.into()
                    })
                    .collect();
                json!({ "answers": answers })
            }
        };
        if let Some(common) = &common {
            note(&mut value, common);
        }
        let answer = Answer::local(&value);
        // The last of the longest list is missed least.
        let operations = found.iter_mut().filter_map(|found| found.get_mut("operations")?.as_array_mut());
        let longest = operations.max_by_key(|operations| operations.len());
        if answer.text.len() <= max_answer || longest.is_none_or(|longest| longest.pop().is_none()) {
            return answer;
        }
    }
}

/// What has been shown so far.
struct Shown<'a> {
    catalog: &'a Catalog,
    limit: usize,
    /// Operations that were described.
    names: Vec<&'static Operation>,
    /// Whether the areas were listed.
    areas: bool,
}

impl Shown<'_> {
    fn for_query(&mut self, query: &str) -> Map<String, Value> {
        let catalog = self.catalog;
        let question = Question::new(query);
        let found = search(&question, catalog.within_reach());
        let allowed = |operation: &&'static Operation| catalog.access().allows(operation);
        let mut answer = Map::new();
        if let Some(operation) = spelled_out(query, &found).filter(allowed) {
            answer.insert("operations".to_owned(), vec![whole(catalog, operation)].into());
            return answer;
        }
        let limit = (!found.is_certain()).then(|| Limit::asked_for(&question)).flatten();
        let (operations, best): (Vec<&'static Operation>, _) = match limit {
            Some(limit) => {
                answer.insert("not_in_api".to_owned(), limit.told().into());
                (limit.nearest.iter().filter_map(|name| catalog.reachable_operation(name)).collect(), None)
            }
            None => (found.asked_for().to_vec(), found.operations.first().copied()),
        };
        let operations: Vec<_> = operations.into_iter().filter(allowed).take(self.limit).collect();
        let is_empty = operations.is_empty();
        answer.insert("operations".to_owned(), self.described(&operations).into());
        let remark = match best.filter(|best| !allowed(best)) {
            Some(best) => Some(format!(
                "`{}` ({}) fits best and is off: this server runs with `--access {}`.",
                best.name,
                best.effect.as_str(),
                catalog.access().as_str()
            )),
            None if limit.is_some() => None,
            None => is_empty.then(|| self.nothing_fits()),
        };
        let mut answer = Value::Object(answer);
        if let Some(remark) = remark {
            note(&mut answer, &remark);
        }
        match answer {
            Value::Object(answer) => answer,
            _ => Map::new(),
        }
    }

    fn nothing_fits(&mut self) -> String {
        if std::mem::replace(&mut self.areas, true) {
            return "Nothing fits.".to_owned();
        }
        let areas: Vec<String> =
            TOOLSETS.iter().map(|toolset| format!("{} ({})", toolset.name, toolset.description)).collect();
        format!(
            "Nothing fits: WorkOS's API has no operation for it, or calls it otherwise. Its areas: {}.",
            areas.join("; ")
        )
    }

    /// The operations in as much detail as there is room for, the first ones in more.
    fn described(&mut self, operations: &[&'static Operation]) -> Vec<Value> {
        let further = operations.len().saturating_sub(DEFAULT_LIMIT);
        let longest = LONGEST + further * LONGEST_FURTHER;
        let is_known: Vec<bool> = operations.iter().map(|one| self.is_known(one)).collect();
        let mut shown: Vec<Value> = Vec::with_capacity(operations.len());
        for (place, operation) in operations.iter().enumerate() {
            shown.push(if is_known[place] {
                self.named(operation)
            } else {
                self.brief(operation, place == 0, Detail::Types)
            });
            self.names.push(operation);
        }
        // From the last to the first, one step after the other.
        for detail in [Detail::Names, Detail::Required] {
            for place in (0..operations.len()).rev().filter(|place| !is_known[*place]) {
                if shown.iter().map(length).sum::<usize>() <= longest {
                    return shown;
                }
                shown[place] = self.brief(operations[place], place == 0, detail);
            }
        }
        shown
    }

    /// Whether its name says enough: it is a tool here, or was described before.
    fn is_known(&self, operation: &Operation) -> bool {
        self.catalog.is_selected(operation) || self.names.iter().any(|known| known.name == operation.name)
    }

    fn named(&self, operation: &'static Operation) -> Value {
        let mut shown = json!({ "name": operation.name, "run_with": self.catalog.run_with(operation) });
        // What its schema leaves out as seldom needed is told where somebody looks for it.
        let seldom: Vec<String> = json_schema::arguments(operation, self.catalog.access())
            .filter(|field| field.seldom && !PAGE.contains(&field.name))
            .map(|field| format!("{}?", field.name))
            .collect();
        if let (true, false, Value::Object(fields)) =
            (self.catalog.is_selected(operation), seldom.is_empty(), &mut shown)
        {
            fields.insert("also_takes".to_owned(), format!("{{{}}}", seldom.join(", ")).into());
        }
        shown
    }

    fn brief(&self, operation: &'static Operation, is_first: bool, detail: Detail) -> Value {
        let access = self.catalog.access();
        let description = match operation.description {
            whole if is_first && whole.len() <= LONGEST_DESCRIPTION => whole,
            _ => operation.summary(),
        };
        let mut shown = json!({
            "name": operation.name,
            "effect": operation.effect.as_str(),
            "run_with": self.catalog.run_with(operation),
            "description": description,
            "arguments": arguments(operation, access, detail),
        });
        add_raising(operation, access, &mut shown);
        shown
    }
}

/// All arguments of an operation in one line, but for those that all lists take.
pub fn signature(operation: &'static Operation, access: Access) -> String {
    arguments(operation, access, Detail::Types)
}

/// How much is said of arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// All, with their types.
    Types,
    /// Those that may be left out by name alone.
    Names,
    /// Only those that are required.
    Required,
}

/// The arguments of an operation in the notation of TypeScript, without what all lists take.
fn arguments(operation: &'static Operation, access: Access, detail: Detail) -> String {
    let is_common = |field: &Field| {
        let page = operation.is_paged() && PAGE.contains(&field.name);
        page || projection::arguments(operation).iter().any(|common| common.name == field.name)
    };
    let own = json_schema::arguments(operation, access).filter(|field| !is_common(field));
    let mut left_out = false;
    let mut shown: Vec<String> = Vec::new();
    for field in own {
        let required = field.presence == Presence::Required;
        match detail {
            _ if required => shown.push(typed(field)),
            Detail::Types => shown.push(typed(field)),
            Detail::Names => shown.push(format!("{}?", field.name)),
            Detail::Required => left_out = true,
        }
    }
    if left_out {
        shown.push("…".to_owned());
    }
    format!("{{{}}}", shown.join(", "))
}

/// `role_slug?`, `user_id: user_…`, `order?: asc|desc`.
fn typed(field: &'static Field) -> String {
    let optional = if field.presence == Presence::Required { "" } else { "?" };
    let mut kinds = kinds_of(field).filter_map(|kind| kind.prefixes.first());
    match (&field.schema, kinds.next()) {
        (Schema::String, Some(prefix)) => format!("{}{optional}: {prefix}_…", field.name),
        (Schema::String, None) => format!("{}{optional}", field.name),
        (schema, _) => format!("{}{optional}: {}", field.name, notation(schema)),
    }
}

/// The arguments of pages.
const PAGE: &[&str] = &["limit", "before", "after", "order"];

/// What the operations that were shown take beside what was said of them.
fn common_arguments(operations: &[&'static Operation]) -> Option<String> {
    let names = |operation: &'static Operation| {
        let own = operation.fields.iter().filter(|field| operation.is_paged() && PAGE.contains(&field.name));
        let all: Vec<&str> = own.chain(projection::arguments(operation)).map(|field| field.name).collect();
        all.join(", ")
    };
    let is_list = |operation: &&&'static Operation| operation.items().is_some();
    let of_lists =
        operations.iter().filter(is_list).map(|operation| names(operation)).max_by_key(String::len);
    let of_others = operations.iter().filter(|one| !is_list(one)).map(|operation| names(operation));
    let of_others = of_others.max_by_key(String::len).filter(|names| !names.is_empty());
    match (of_lists, of_others) {
        (Some(lists), Some(others)) => Some(format!("Lists also take {lists}; others {others}.")),
        (Some(lists), None) => Some(format!("Lists also take {lists}.")),
        (None, Some(others)) => Some(format!("They also take {others}.")),
        (None, None) => None,
    }
}

/// The operation whose name is all of a question.
fn spelled_out(query: &str, found: &Found) -> Option<&'static Operation> {
    let name = query.trim().trim_matches('`');
    found.operations.iter().copied().find(|operation| operation.name == name)
}

/// An operation with all that is known of its arguments.
fn whole(catalog: &Catalog, operation: &'static Operation) -> Value {
    let toolset = toolset_of(operation.name).map_or("", |toolset| toolset.name);
    let mut shown = json!({
        "name": operation.name,
        "effect": operation.effect.as_str(),
        "toolset": toolset,
        "run_with": catalog.run_with(operation),
        "description": operation.description,
        "input_schema": json_schema::input(operation, catalog.access()),
    });
    add_raising(operation, catalog.access(), &mut shown);
    shown
}

/// Says which arguments make a call one that destroys, `domain_data`, `action=block`. Below full access they
/// are not published either.
fn add_raising(operation: &Operation, access: Access, shown: &mut Value) {
    if access < Access::Full || operation.worst_effect() == operation.effect {
        return;
    }
    let named = operation.fields.iter().filter_map(|field| match field.destroys? {
        Destroys::Any => Some(field.name.to_owned()),
        Destroys::Word(word) => Some(format!("{}={word}", field.name)),
    });
    let cleared = clearing::arguments(operation).iter().map(|field| field.name.to_owned());
    let raising: Vec<String> = named.chain(cleared).collect();
    if let (false, Value::Object(fields)) = (raising.is_empty(), shown) {
        fields.insert("destroys_with".to_owned(), raising.into());
    }
}

#[cfg(test)]
mod tests;
