//! Lists: which objects an operation lists, in what order, and on which page.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::fault::Fault;
use super::fixture::{self, Fixture};
use super::kind::Kind;
use super::rules::kind_of;
use super::shape::{into_shown, shown};
use super::world::{Object, Read, World};
use crate::schema::Schema;

/// Items on a page unless the call says otherwise.
const DEFAULT_LIMIT: u64 = 10;
/// The arguments that choose the page.
const PAGING: [&str; 4] = ["limit", "after", "before", "order"];

/// The objects of a kind that fit all arguments of the call, on the page that it asks for.
pub(super) fn list(world: &World, call: &Call<'_>, kind: &str) -> Result<Value, Fault> {
    let special = kind_of(kind);
    page(world, call, kind, |object| {
        call.arguments.iter().all(|(name, value)| {
            value.is_null() || PAGING.contains(&name.as_str()) || fits(world, &special, object, name, value)
        })
    })
}

/// The objects of a kind that fit, on the page that the call asks for.
pub(super) fn page(
    world: &World,
    call: &Call<'_>,
    kind: &str,
    fits: impl Fn(&Object) -> bool,
) -> Result<Value, Fault> {
    let mut fitting: Vec<&Object> = world.all(kind).filter(|object| fits(object)).collect();
    if !ascends(call) {
        fitting.reverse();
    }
    let special = kind_of(kind);
    let fixture = fixture::of(call.operation)?;
    let model = model(&call.operation.answer);
    let item = |object: &Object| {
        let Some(seen) = special.seen else { return shown(object, &model, fixture.object()) };
        let mut object = object.clone();
        seen(world, &mut object);
        into_shown(object, &model, fixture.object())
    };
    Ok(paged(call, fixture, &fitting, item))
}

/// The model of the objects in a list.
pub(super) fn model(answer: &Schema) -> Schema {
    match answer {
        Schema::List(item) => **item,
        answer => match answer.fields().iter().find(|field| field.name == "data").map(|field| field.schema) {
            Some(Schema::List(item)) => *item,
            _ => *answer,
        },
    }
}

/// Whether the oldest comes first: where that is asked for, and always of events.
fn ascends(call: &Call<'_>) -> bool {
    call.text("order") == "asc" || call.operation.field("order").is_none()
}

/// The page that a call asks for, of anything that is in order.
pub(super) fn paged(
    call: &Call<'_>,
    fixture: &Fixture,
    fitting: &[&Object],
    item: impl Fn(&Object) -> Value,
) -> Value {
    let limit = match call.given("limit").and_then(Value::as_u64) {
        Some(limit) => limit,
        None if call.operation.is_paged() => DEFAULT_LIMIT,
        None => u64::MAX,
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let ascending = ascends(call);
    // What stood there may be gone; IDs say where it stood.
    let is_behind = |object: &Object, cursor: &str| {
        if ascending { object.text("id") > cursor } else { object.text("id") < cursor }
    };
    let is_before = |object: &Object, cursor: &str| {
        if ascending { object.text("id") < cursor } else { object.text("id") > cursor }
    };
    let (from, to) = if let Some(cursor) = call.given("before").and_then(Value::as_str) {
        let to = fitting.iter().take_while(|object| is_before(object, cursor)).count();
        (to.saturating_sub(limit), to)
    } else {
        let from = call
            .given("after")
            .and_then(Value::as_str)
            .map_or(0, |cursor| fitting.iter().take_while(|object| !is_behind(object, cursor)).count());
        (from, from.saturating_add(limit).min(fitting.len()))
    };
    let data: Vec<Value> = fitting[from..to].iter().map(|object| item(object)).collect();
    let cursor =
        |there: bool, at: usize| there.then(|| fitting.get(at).map(|object| object.text("id"))).flatten();
    let Value::Object(example) = &fixture.response else { return data.into() };
    let mut answer = Map::new();
    if let Some(tag) = example.get("object") {
        answer.insert("object".to_owned(), tag.clone());
    }
    answer.insert("data".to_owned(), data.into());
    if let Some(Value::Object(metadata)) = example.get("list_metadata") {
        let mut cursors = json!({
            "before": cursor(from > 0 && from < to, from),
            "after": cursor(to < fitting.len() && from < to, to.wrapping_sub(1)),
        });
        if let Value::Object(cursors) = &mut cursors {
            cursors.retain(|name, _| metadata.contains_key(name));
        }
        answer.insert("list_metadata".to_owned(), cursors);
    }
    answer.into()
}

/// Whether an object fits an argument.
fn fits(world: &World, kind: &Kind, object: &Object, name: &str, value: &Value) -> bool {
    if let Some(fits) = (kind.fits)(world, object, name, value) {
        return fits;
    }
    match (object.get(name), value) {
        (Some(there), Value::Array(any)) => any.contains(there),
        (Some(Value::Array(several)), one) => several.contains(one),
        (Some(there), one) => there == one,
        // The fields of no object of this kind.
        (None, _) => false,
    }
}
