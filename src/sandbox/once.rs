//! Calls that count once under a key: whoever got no answer asks again, and nothing is done twice.

use bytes::Bytes;
use serde_json::{Value, json};

use super::clock::DAY;
use super::world::{Read, World};
use crate::operation::Operation;

/// The kind of what is remembered of a call. It is no kind of WorkOS.
const KIND: &str = "_answered";
/// How many answers are remembered: where there are as many, the older half is forgotten.
const MAX_REMEMBERED: usize = 2000;

/// What was answered under this key in the last 24 hours.
pub(super) fn answered(world: &World, operation: &Operation, key: &str) -> Option<(u16, Bytes)> {
    let there = world.get(KIND, &id(operation, key))?;
    let age = world.milliseconds() - there.get("at")?.as_i64()?;
    let status = there.get("status")?.as_u64()?;
    (age < DAY).then(|| (u16::try_from(status).unwrap_or(200), Bytes::from(there.text("body").to_owned())))
}

/// Remembers what a call was answered.
pub(super) fn remember(world: &mut World, operation: &Operation, key: &str, status: u16, body: &[u8]) {
    let mut remembered: Vec<(i64, String)> = Vec::new();
    if world.all(KIND).count() >= MAX_REMEMBERED {
        let at = |object: &super::world::Object| object.get("at").and_then(Value::as_i64).unwrap_or_default();
        remembered.extend(world.all(KIND).map(|object| (at(object), object.text("id").to_owned())));
        remembered.sort_unstable();
    }
    for (_, id) in remembered.into_iter().take(MAX_REMEMBERED / 2) {
        world.remove(KIND, &id);
    }
    let object = json!({
        "id": id(operation, key),
        "at": world.milliseconds(),
        "status": status,
        "body": String::from_utf8_lossy(body),
    });
    if let Value::Object(object) = object {
        world.put(KIND, object);
    }
}

fn id(operation: &Operation, key: &str) -> String {
    format!("{} {key}", operation.name)
}
