//! Answers no longer than is useful: cut where an item ends, never inside of JSON.

use serde_json::{Map, Value};

use super::shaping::{self, cursor, note, set_cursor};
use crate::client::excerpt;
use crate::operation::Operation;

/// Longest answer that a model gets unless somebody wants another.
pub const DEFAULT: usize = 80_000;
/// The longest that can be asked for. An answer goes out twice, as data and as text, and a
/// line of more than 10 MB makes the widespread TypeScript clients drop the connection.
pub const LONGEST: usize = 4 << 20;
/// The shortest that can be asked for: a remark and a cursor need room.
pub const SHORTEST: usize = 1_000;

/// Room for the remark about what is missing, and for the new cursor.
const REMARK: usize = 600;
/// Fields that a remark names.
const MOST_NAMED: usize = 4;

/// The IDs of listed objects, where they were taken before fields were left out.
pub type Ids = Vec<Option<String>>;

/// The IDs of the objects in a list.
pub fn ids(answer: &Value) -> Ids {
    let id = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
    answer
        .get("data")
        .and_then(Value::as_array)
        .map(|items| items.iter().map(id).collect())
        .unwrap_or_default()
}

/// Makes an answer fit into so many bytes; what it is as JSON.
pub fn fit(operation: &Operation, answer: &mut Value, ids: Option<&Ids>, most: usize) -> String {
    let text = answer.to_string();
    if text.len() <= most {
        return text;
    }
    let room = most.saturating_sub(REMARK);
    let limit = amount(most);
    if let Some(Value::Array(items)) = answer.get_mut("data") {
        let sizes: Vec<usize> = items.iter().map(|item| item.to_string().len() + 1).collect();
        let frame = text.len().saturating_sub(sizes.iter().sum());
        let kept = leading(&sizes, room.saturating_sub(frame));
        if kept > 0 {
            let remark = keep(operation, answer, ids, kept);
            note(answer, &format!("An answer is at most {limit}. {remark}"));
        } else if let Some(first) = items.first_mut() {
            // One item alone is too much.
            let pruned = prune(first, room.saturating_sub(frame));
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
        let pruned = prune(answer, room);
        note(answer, &format!("This object is {size}, and an answer is at most {limit}. {pruned}"));
        advise(operation, answer);
    }
    let text = answer.to_string();
    if text.len() <= most {
        return text;
    }
    // Neither items nor fields are what is long.
    let pruned = prune(answer, room.saturating_sub(REMARK));
    note(answer, &pruned);
    answer.to_string()
}

/// Keeps the first items of a list, and moves its cursor to where they end. Says how to get
/// the others.
pub fn keep(operation: &Operation, answer: &mut Value, ids: Option<&Ids>, kept: usize) -> String {
    let own;
    let ids = if let Some(ids) = ids {
        ids
    } else {
        own = self::ids(answer);
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
        if shaping::arguments(operation).is_empty() { "" } else { ", or name the `fields` you need" };
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
fn leading(sizes: &[usize], room: usize) -> usize {
    let mut used = 0;
    sizes
        .iter()
        .take_while(|size| {
            used += **size;
            used <= room
        })
        .count()
}

/// Takes the longest fields out of an object until it fits; which, in words.
fn prune(object: &mut Value, room: usize) -> String {
    let Value::Object(fields) = object else {
        *object = Value::Null;
        return "It is left out.".to_owned();
    };
    let mut sizes: Vec<(String, usize)> =
        fields.iter().map(|(name, value)| (name.clone(), name.len() + value.to_string().len() + 4)).collect();
    let mut size: usize = 2 + sizes.iter().map(|(_, size)| size).sum::<usize>();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let mut cut = Vec::new();
    for (name, length) in sizes.into_iter().filter(|(name, _)| name != shaping::NOTE) {
        if size <= room {
            break;
        }
        size -= length;
        let name_shown = excerpt(&name, 60).into_owned();
        if let Some((kept, count)) = shortened(fields, &name, room.saturating_sub(size)) {
            cut.push(format!("all but {kept} of the {count} `{name_shown}`"));
            break;
        }
        fields.shift_remove(&name);
        cut.push(format!("`{name_shown}` ({})", amount(length)));
    }
    let more = cut.len().saturating_sub(MOST_NAMED);
    cut.truncate(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Left out: {}{more}.", cut.join(", "))
}

/// Cuts a list inside of an object; how many it keeps of how many.
fn shortened(fields: &mut Map<String, Value>, name: &str, room: usize) -> Option<(usize, usize)> {
    let Some(Value::Array(items)) = fields.get_mut(name) else { return None };
    let sizes: Vec<usize> = items.iter().map(|item| item.to_string().len() + 1).collect();
    let kept = leading(&sizes, room.saturating_sub(name.len() + 6));
    if kept == 0 {
        return None;
    }
    items.truncate(kept);
    Some((kept, sizes.len()))
}

fn advise(operation: &Operation, answer: &mut Value) {
    if !shaping::arguments(operation).is_empty() {
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
