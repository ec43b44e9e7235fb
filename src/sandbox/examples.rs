//! The objects of the fixtures, with which the world begins: so the examples in descriptions and
//! documentation can be called as they stand.

use serde_json::Value;

use super::clock;
use super::fixture::{self, Fixture};
use super::world::{Object, Read, World};
use crate::operation::{Effect, Operation};

/// When the objects of the examples were made.
const MADE: &str = "2026-01-15T12:00:00.000Z";

/// Puts in all objects that examples show. Examples of creating come last: they show what is not there
/// yet, with values of their own, and only complete an object that others show.
pub(super) fn put_in(world: &mut World) {
    let made = clock::read(MADE).unwrap_or_default();
    let shift_by = world.milliseconds() - clock::DAY - made;
    let creates = |operation: &&'static Operation| operation.effect == Effect::Create;
    let operations = crate::api::operations;
    for operation in operations().filter(|one| !creates(one)).chain(operations().filter(creates)) {
        if let Ok(fixture) = fixture::once(operation) {
            let above = path(operation, &fixture);
            let mut response = fixture.response;
            shift(&mut response, shift_by);
            put(world, &response, &above);
            world.keep();
        }
    }
}

/// Moves all times, so that examples are of yesterday, and what expires in them has not yet.
fn shift(value: &mut Value, by: i64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Object(fields) => fields.values_mut().for_each(|field| shift(field, by)),
        Value::String(text) if text.len() == MADE.len() && text.ends_with('Z') => {
            if let Some(time) = clock::read(text) {
                *text = clock::written(time + by);
            }
        }
        _ => {}
    }
}

/// An object with those in it. What several examples show of it is put together. Only the outermost one
/// is known to belong to what the path names.
fn put(world: &mut World, value: &Value, above: &[(&str, String)]) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| put(world, item, above)),
        Value::Object(fields) => {
            let is_object = fields.contains_key("object") && fields.contains_key("id");
            let inner = if is_object { &[] } else { above };
            fields.values().for_each(|field| put(world, field, inner));
            if is_object && fields.text("object") != "event" {
                let mut object =
                    world.get(fields.text("object"), fields.text("id")).cloned().unwrap_or_default();
                join(&mut object, fields);
                for (name, id) in above {
                    if *name != "id" {
                        object.entry(*name).or_insert_with(|| id.as_str().into());
                    }
                }
                world.put(fields.text("object"), object);
            }
        }
        _ => {}
    }
}

/// What the object has not yet, or only as null or as an empty list.
fn join(object: &mut Object, further: &Object) {
    for (name, value) in further {
        let field = object.entry(name).or_insert(Value::Null);
        if field.is_null() || field.as_array().is_some_and(Vec::is_empty) {
            field.clone_from(value);
        }
    }
}

/// The arguments in the path of an example, by the names that they have in the table.
fn path(operation: &Operation, fixture: &Fixture) -> Vec<(&'static str, String)> {
    let sent = fixture.request.split(' ').nth(1).unwrap_or_default();
    let sent = sent.split('?').next().unwrap_or_default();
    operation
        .route()
        .split('/')
        .zip(sent.split('/'))
        .filter_map(|(part, sent)| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some((name, percent_encoding::percent_decode_str(sent).decode_utf8_lossy().into_owned()))
        })
        .collect()
}
