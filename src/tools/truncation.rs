//! No answer longer than is useful: cut where an item ends, never inside of JSON.

use serde_json::{Map, Value};

use super::answer::{Ids, NOTE, cursor, ids as ids_of, json, length, note, set_cursor};
use super::projection;
use crate::client::excerpt;
use crate::operation::Operation;

/// The longest answer that a model gets unless somebody wants another, in bytes.
pub const DEFAULT_MAX_ANSWER: usize = 80_000;
/// The highest limit that can be asked for. An answer goes out twice, as data and as text, and a
/// line of more than 10 MB makes the widespread TypeScript clients drop the connection.
pub const HIGHEST_MAX_ANSWER: usize = 4 << 20;
/// The lowest limit that can be asked for: a remark and a cursor need their space.
pub const LOWEST_MAX_ANSWER: usize = 1_000;

/// Bytes for the remark about what is missing, and for the new cursor.
const REMARK: usize = 600;
/// The most fields that a remark names.
const MAX_NAMED: usize = 4;

/// Makes an answer fit into so many bytes; what it is as JSON.
pub fn truncate(operation: &Operation, answer: &mut Value, ids: Option<&Ids>, max: usize) -> String {
    let text = json(answer);
    if text.len() <= max {
        return text;
    }
    let budget = max.saturating_sub(REMARK);
    let limit = amount(max);
    if let Some(Value::Array(items)) = answer.get_mut("data") {
        let sizes: Vec<usize> = items.iter().map(|item| length(item) + 1).collect();
        let frame = text.len().saturating_sub(sizes.iter().sum());
        let kept = leading(&sizes, budget.saturating_sub(frame));
        if kept > 0 {
            let remark = keep(operation, answer, ids, kept);
            note(answer, &format!("An answer is at most {limit}. {remark}"));
        } else if let Some(first) = items.first_mut() {
            // One item alone is too much.
            let pruned = prune(first, budget.saturating_sub(frame));
            let more = items.len() > 1;
            if more {
                let remark = keep(operation, answer, ids, 1);
                note(answer, &remark);
            }
            note(answer, &format!("An answer is at most {limit}, and this item is longer. {pruned}"));
            advise(operation, answer);
        }
    } else {
        let size = amount(text.len());
        let pruned = prune(answer, budget);
        note(answer, &format!("This object is {size}, and an answer is at most {limit}. {pruned}"));
        advise(operation, answer);
    }
    let text = json(answer);
    if text.len() <= max {
        return text;
    }
    // Neither items nor fields are what is long.
    let pruned = prune(answer, budget.saturating_sub(REMARK));
    note(answer, &pruned);
    json(answer)
}

/// Keeps the first items of a list, and moves its cursor to where they end. Says how to get
/// the others.
pub fn keep(operation: &Operation, answer: &mut Value, ids: Option<&Ids>, kept: usize) -> String {
    let own;
    let ids = if let Some(ids) = ids {
        ids
    } else {
        own = ids_of(answer);
        &own
    };
    let after = end_of(operation, answer, ids, kept);
    let count = match answer.get_mut("data") {
        Some(Value::Array(items)) => {
            let count = items.len();
            items.truncate(kept);
            count
        }
        _ => 0,
    };
    let others = match (&after, operation.is_paged()) {
        (Some(_), _) => "Go on with `after`",
        (None, true) => &format!("Ask again with `limit` {kept} to have a cursor for the others"),
        (None, false) => "This list has no cursors",
    };
    if operation.is_paged() {
        set_cursor(answer, after);
    }
    let fields =
        if projection::arguments(operation).is_empty() { "" } else { ", or name the `fields` you need" };
    format!("{kept} of {count} items are here. {others}{fields}.")
}

/// The cursor behind so many items, where cursors are the IDs of objects.
fn end_of(operation: &Operation, answer: &Value, ids: &Ids, kept: usize) -> Option<String> {
    let id = |index: usize| ids.get(index)?.as_deref();
    let same = |cursor: Option<&str>, index: usize| cursor.is_none_or(|cursor| id(index) == Some(cursor));
    let before =
        answer.get("list_metadata").and_then(|metadata| metadata.get("before")).and_then(Value::as_str);
    let are_ids = operation.is_paged() && same(cursor(answer), ids.len().checked_sub(1)?) && same(before, 0);
    id(kept.checked_sub(1)?).filter(|_| are_ids).map(str::to_owned)
}

/// How many of the first fit.
fn leading(sizes: &[usize], budget: usize) -> usize {
    let mut used = 0;
    sizes
        .iter()
        .take_while(|size| {
            used += **size;
            used <= budget
        })
        .count()
}

/// Takes the longest fields out of an object until it fits; which, in words.
fn prune(object: &mut Value, budget: usize) -> String {
    let Value::Object(fields) = object else {
        *object = Value::Null;
        return "It is left out.".to_owned();
    };
    let mut sizes: Vec<(String, usize)> =
        fields.iter().map(|(name, value)| (name.clone(), name.len() + length(value) + 4)).collect();
    let mut size: usize = 2 + sizes.iter().map(|(_, size)| size).sum::<usize>();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let mut cut = Vec::new();
    for (name, length) in sizes.into_iter().filter(|(name, _)| name != NOTE) {
        if size <= budget {
            break;
        }
        size -= length;
        let name_shown = excerpt(&name, 60).into_owned();
        if let Some((kept, count)) = shortened(fields, &name, budget.saturating_sub(size)) {
            cut.push(format!("all but {kept} of the {count} `{name_shown}`"));
            break;
        }
        fields.shift_remove(&name);
        cut.push(format!("`{name_shown}` ({})", amount(length)));
    }
    let more = cut.len().saturating_sub(MAX_NAMED);
    cut.truncate(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Left out: {}{more}.", cut.join(", "))
}

/// Cuts a list inside of an object; how many it keeps of how many.
fn shortened(fields: &mut Map<String, Value>, name: &str, budget: usize) -> Option<(usize, usize)> {
    let Some(Value::Array(items)) = fields.get_mut(name) else { return None };
    let sizes: Vec<usize> = items.iter().map(|item| length(item) + 1).collect();
    let kept = leading(&sizes, budget.saturating_sub(name.len() + 6));
    if kept == 0 {
        return None;
    }
    items.truncate(kept);
    Some((kept, sizes.len()))
}

fn advise(operation: &Operation, answer: &mut Value) {
    if !projection::arguments(operation).is_empty() {
        note(answer, "Name the `fields` you need, and leave out the long ones.");
    }
}

/// Bytes, for people.
fn amount(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..10_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}
