//! What follows from the table alone: a list, an object, a new one, a changed one, one that is gone.

use serde_json::{Map, Value};

use super::call::Call;
use super::fault::Fault;
use super::fixture::{self, Fixture};
use super::listing;
use super::rules::kind_of;
use super::shape::into_shown;
use super::world::{Object, Read, World};
use crate::operation::{Effect, Method, Operation};
use crate::schema::{Presence, Schema};

/// What an operation does, as far as its route and verb say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    List,
    Get,
    Create,
    Update,
    Delete,
}

/// What an operation does, and to what kind of object; `None` where that does not follow from the table.
pub(super) fn action(operation: &Operation, fixture: &'static Fixture) -> Option<(Action, &'static str)> {
    let kind = fixture::kind(operation, fixture)?;
    if operation.items().is_some() {
        return Some((Action::List, kind));
    }
    let names_one = operation.route().ends_with('}');
    let action = match operation.method {
        Method::GET if names_one => Action::Get,
        Method::PUT | Method::PATCH if names_one => Action::Update,
        Method::DELETE if names_one => Action::Delete,
        Method::POST
            if !names_one
                && operation.effect == Effect::Create
                && !operation.route().contains("{id}")
                && fixture.object().is_some_and(|object| object.contains_key("id")) =>
        {
            Action::Create
        }
        _ => return None,
    };
    Some((action, kind))
}

/// Does what follows from the table; `None` where nothing does.
pub(super) fn answer(
    world: &mut World,
    call: &Call<'_>,
    fixture: &'static Fixture,
) -> Option<Result<Value, Fault>> {
    let (action, kind) = action(call.operation, fixture)?;
    Some(match action {
        Action::List => parents(world, call, usize::MAX).and_then(|()| listing::list(world, call, kind)),
        Action::Get => named(world, call, kind).map(|object| answered(world, call, kind, object)),
        Action::Create => create(world, call, kind, Map::new()),
        Action::Update => named(world, call, kind).and_then(|object| update(world, call, kind, &object)),
        Action::Delete => named(world, call, kind).and_then(|object| delete(world, call, kind, &object)),
    })
}

/// The objects named in the path must be there: the organization whose groups are listed.
fn parents(world: &World, call: &Call<'_>, count: usize) -> Result<(), Fault> {
    for (name, id) in call.path().take(count) {
        if let Some(kind) = parent(name)
            && world.get(kind, id).is_none()
        {
            return Err(Fault::not_found(kind, id));
        }
    }
    Ok(())
}

/// The kind of object that an argument of this name means, where it is one that others belong to.
fn parent(name: &str) -> Option<&'static str> {
    Some(match name {
        "organization_id" => "organization",
        "user_id" | "userland_user_id" => "user",
        "connection_id" => "connection",
        "organization_membership_id" | "om_id" => "organization_membership",
        "group_id" => "group",
        _ => return None,
    })
}

/// The object that the path names by its last argument, below those that it names before.
pub(super) fn named(world: &World, call: &Call<'_>, kind: &str) -> Result<Object, Fault> {
    let path: Vec<_> = call.path().collect();
    let Some(((name, value), above)) = path.split_last() else { return Err(Fault::not_found(kind, "")) };
    parents(world, call, above.len())?;
    let is_named = |object: &&Object| {
        let field = if object.contains_key(*name) && !name.ends_with("_id") || *name == "external_id" {
            name
        } else {
            "id"
        };
        object.text(field) == *value
            && above
                .iter()
                .all(|(name, id)| object.get(*name).is_none_or(|parent| parent.as_str() == Some(id)))
    };
    let found = match world.get(kind, value) {
        Some(object) => Some(object).filter(is_named),
        None => world.all(kind).find(is_named),
    };
    found.cloned().ok_or_else(|| Fault::not_found(kind, value))
}

/// An object as this operation answers it.
pub(super) fn answered(world: &World, call: &Call<'_>, kind: &str, mut object: Object) -> Value {
    if let Some(seen) = kind_of(kind).seen {
        seen(world, &mut object);
    }
    let example = fixture::of(call.operation).ok();
    into_shown(object, &call.operation.answer, example.and_then(Fixture::object))
}

/// An object as events tell it: all that is shown of it anywhere, and no secrets.
pub(super) fn told(world: &World, kind: &str, mut object: Object) -> Object {
    if let Some(seen) = kind_of(kind).seen {
        seen(world, &mut object);
    }
    object.retain(|name, _| !is_secret(name));
    object
}

/// Fields that only the answer that creates them shows, or that only the sandbox knows.
fn is_secret(name: &str) -> bool {
    matches!(name, "value" | "secret" | "code" | "token" | "password" | "accept_invitation_url")
        || matches!(name, "password_reset_token" | "password_reset_url")
        || name.starts_with('_')
}

/// A new object: its arguments, an ID, times, and whatever else its kind has.
pub(super) fn create(
    world: &mut World,
    call: &Call<'_>,
    kind: &str,
    further: Object,
) -> Result<Value, Fault> {
    parents(world, call, usize::MAX)?;
    let special = kind_of(kind);
    let fixture = fixture::of(call.operation)?;
    let mut object = new(world, call, fixture);
    object.extend(further);
    (special.made)(world, call, &mut object)?;
    (special.checked)(world, &object)?;
    world.put(kind, object.clone());
    (special.stored)(world, call, &object)?;
    if let Some(event) = special.event_of(&object, "created") {
        let data = told(world, kind, object.clone());
        world.happened(&event, data, Map::new());
    }
    Ok(answered(world, call, kind, object))
}

/// An object as its arguments and its example make it.
fn new(world: &mut World, call: &Call<'_>, fixture: &Fixture) -> Object {
    let nothing = Map::new();
    let example = fixture.object().unwrap_or(&nothing);
    let mut object = Map::new();
    if let Some(tag) = example.get("object") {
        object.insert("object".to_owned(), tag.clone());
    }
    let now = world.now();
    let mut given: Map<String, Value> =
        call.further().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    for (name, id) in call.path() {
        given.insert(name.to_owned(), id.into());
    }
    for field in call.operation.answer.fields() {
        let name = field.api_name;
        let example = example.get(name).cloned().unwrap_or_default();
        let value = match (name, given.get(name)) {
            ("id", _) => new_id(world, &example).into(),
            ("created_at" | "updated_at", _) => now.clone().into(),
            (_, Some(value)) if fits_shape(value, &field.schema) => value.clone(),
            _ if field.presence != Presence::Required => Value::Null,
            // What the caller could have given is not taken from somebody else's example.
            _ if call.operation.fields.iter().any(|argument| argument.api_name == name) => {
                nothing_given(&field.schema).unwrap_or(example)
            }
            _ => example,
        };
        object.insert(name.to_owned(), value);
    }
    for (name, id) in call.path() {
        object.entry(name).or_insert_with(|| id.into());
    }
    object
}

/// What stands in a field whose argument was left out, where that does not depend on the field.
fn nothing_given(schema: &Schema) -> Option<Value> {
    match schema.present() {
        Schema::Map(_) | Schema::AnyObject => Some(Map::new().into()),
        Schema::List(_) => Some(Value::Array(Vec::new())),
        Schema::Boolean => Some(false.into()),
        _ => None,
    }
}

/// Whether an argument can stand in a field as it is: an argument may be a slug where the field is an object.
fn fits_shape(value: &Value, schema: &Schema) -> bool {
    match schema.present() {
        Schema::Object(..) | Schema::Map(_) | Schema::AnyObject => value.is_object() || value.is_null(),
        Schema::List(item) => {
            value.as_array().is_some_and(|items| items.iter().all(|one| fits_shape(one, item)))
        }
        Schema::String | Schema::Choice(_) => value.is_string() || value.is_null(),
        _ => true,
    }
}

/// An ID of the form that the example has.
fn new_id(world: &mut World, example: &Value) -> String {
    match example.as_str().and_then(fixture::prefix) {
        Some(prefix) => world.new_id(prefix),
        None => world.new_uuid(),
    }
}

/// Changes what the arguments name. What is null is cleared, and a map is changed key by key.
pub(super) fn update(
    world: &mut World,
    call: &Call<'_>,
    kind: &str,
    before: &Object,
) -> Result<Value, Fault> {
    let special = kind_of(kind);
    let mut object = before.clone();
    for (name, value) in call.further() {
        let field = call.operation.answer.fields().iter().find(|field| field.api_name == name);
        let Some(field) = field.filter(|field| fits_shape(value, &field.schema)) else { continue };
        match (object.get_mut(name), value) {
            (Some(Value::Object(map)), Value::Object(changes))
                if matches!(field.schema.present(), Schema::Map(_)) =>
            {
                merge(map, changes);
            }
            (Some(map @ Value::Object(_)), Value::Null) => *map = Value::Object(Map::new()),
            _ => drop(object.insert(name.to_owned(), value.clone())),
        }
    }
    (special.changed)(world, call, &mut object)?;
    (special.checked)(world, &object)?;
    let id = object.text("id").to_owned();
    let told_before = told(world, kind, before.clone());
    let object = world.change(kind, &id, |there| *there = object)?;
    (special.stored)(world, call, &object)?;
    if let Some(event) = special.event_of(&object, "updated") {
        changed(world, &event, kind, told_before, object.clone());
    }
    Ok(answered(world, call, kind, object))
}

/// Changes an object in another way than by its fields' names, and tells of it.
pub(super) fn alter(
    world: &mut World,
    kind: &str,
    id: &str,
    change: impl FnOnce(&mut Object),
) -> Result<Object, Fault> {
    let before = told(world, kind, world.find(kind, id)?.clone());
    let object = world.change(kind, id, change)?;
    if let Some(event) = kind_of(kind).event_of(&object, "updated") {
        changed(world, &event, kind, before, object.clone());
    }
    Ok(object)
}

/// Tells that an object has changed, and from what.
pub(super) fn changed(world: &mut World, event: &str, kind: &str, before: Object, after: Object) {
    let after = told(world, kind, after);
    let previous = before
        .into_iter()
        .filter(|(name, value)| name != "updated_at" && after.get(name) != Some(value))
        .collect();
    world.happened(event, after, previous);
}

/// Keys with a value are set, those with null go; no keys at all means that all go.
fn merge(map: &mut Map<String, Value>, changes: &Map<String, Value>) {
    if changes.is_empty() {
        map.clear();
    }
    for (key, value) in changes {
        if value.is_null() {
            map.shift_remove(key);
        } else {
            map.insert(key.clone(), value.clone());
        }
    }
}

/// Removes what a call names, unless that is refused.
pub(super) fn delete(
    world: &mut World,
    call: &Call<'_>,
    kind: &str,
    object: &Object,
) -> Result<Value, Fault> {
    (kind_of(kind).spared)(world, call, object)?;
    remove(world, kind, object.text("id"));
    Ok(Value::Null)
}

/// Removes an object with all that goes with it.
pub(super) fn remove(world: &mut World, kind: &str, id: &str) {
    let Some(object) = world.get(kind, id).cloned() else { return };
    let special = kind_of(kind);
    let data = told(world, kind, object.clone());
    world.remove(kind, id);
    (special.removed)(world, &object);
    if let Some(event) = special.event_of(&object, "deleted") {
        world.happened(&event, data, Map::new());
    }
}
