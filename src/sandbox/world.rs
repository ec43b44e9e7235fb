//! All objects of the sandbox. A call changes them as a whole or, where it fails, not at all.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::clock;
use super::fault::Fault;
use super::ids;

/// How many events are remembered: whoever works on the sandbox for days does not fill the memory.
const MAX_EVENTS: usize = 10_000;

/// An object: what WorkOS shows of it, and what only the sandbox knows.
pub(super) type Object = Map<String, Value>;

/// What there is.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    /// Kind, as the `object` tag names it, and ID. IDs are in the order of creation.
    objects: BTreeMap<String, BTreeMap<String, Object>>,
    /// What was there before the call that is on its way.
    changes: Vec<Change>,
    seed: u64,
    /// Of the last ID.
    number: u64,
    /// The same before the call that is on its way.
    number_before: u64,
    /// The time, where it is not now.
    now: Option<i64>,
    /// Who acts.
    actor: Actor,
    /// What happens is not told.
    quiet: bool,
}

/// Who causes events.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub id: String,
    /// `api`, `dashboard`.
    pub source: &'static str,
    pub name: String,
}

impl Default for Actor {
    fn default() -> Self {
        Self { id: "key_01SANDBOX".to_owned(), source: "api", name: "Sandbox".to_owned() }
    }
}

/// An object before a call changed it.
#[derive(Debug, Clone)]
struct Change {
    kind: String,
    id: String,
    before: Option<Object>,
}

/// Objects as they are now, with the number of the last ID: what a call has changed, or all there is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State<'a> {
    number: u64,
    objects: Vec<Noted<'a>>,
}

/// Kind, ID and object; none where it is gone.
type Noted<'a> = (Cow<'a, str>, Cow<'a, str>, Option<Cow<'a, Object>>);

/// Nothing has none.
static NOTHING: BTreeMap<String, Object> = BTreeMap::new();

impl World {
    /// A world without any object.
    pub fn empty(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// An object by its ID.
    pub fn get(&self, kind: &str, id: &str) -> Option<&Object> {
        self.objects.get(kind)?.get(id)
    }

    /// An object by its ID, or the error that there is none.
    pub fn find(&self, kind: &str, id: &str) -> Result<&Object, Fault> {
        self.get(kind, id).ok_or_else(|| Fault::not_found(kind, id))
    }

    /// All objects of a kind, oldest first.
    pub fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Object> {
        self.objects.get(kind).unwrap_or(&NOTHING).values()
    }

    /// The first object in which a field has this text.
    pub fn by(&self, kind: &str, field: &str, text: &str) -> Option<&Object> {
        self.all(kind).find(|object| object.text(field) == text)
    }

    /// Puts an object in place of the one that has its ID, or as a new one.
    pub fn put(&mut self, kind: &str, object: Object) {
        let id = object.text("id").to_owned();
        let objects = self.objects.entry(kind.to_owned()).or_default();
        let before = objects.insert(id.clone(), object);
        self.changes.push(Change { kind: kind.to_owned(), id, before });
    }

    /// Changes an object; where it says when it was changed, that is now.
    pub fn change(
        &mut self,
        kind: &str,
        id: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<Object, Fault> {
        let mut object = self.find(kind, id)?.clone();
        change(&mut object);
        let now = self.now();
        if let Some(updated) = object.get_mut("updated_at") {
            *updated = now.into();
        }
        self.put(kind, object.clone());
        Ok(object)
    }

    /// Takes an object away.
    pub fn remove(&mut self, kind: &str, id: &str) -> Option<Object> {
        let object = self.objects.get_mut(kind)?.remove(id)?;
        self.changes.push(Change { kind: kind.to_owned(), id: id.to_owned(), before: Some(object.clone()) });
        Some(object)
    }

    /// The IDs of the objects in which a field has this text.
    pub fn ids(&self, kind: &str, field: &str, text: &str) -> Vec<String> {
        self.all(kind)
            .filter(|object| object.text(field) == text)
            .map(|object| object.text("id").to_owned())
            .collect()
    }

    /// A new ID with a prefix, as `org_`.
    pub fn new_id(&mut self, prefix: &str) -> String {
        self.number += 1;
        format!("{prefix}{}", ids::ulid(self.seed, self.number))
    }

    /// From now on IDs stand behind those of the examples.
    pub fn leave_room_for_examples(&mut self) {
        self.number += ids::BEHIND_EXAMPLES;
    }

    /// A new UUID.
    pub fn new_uuid(&mut self) -> String {
        self.number += 1;
        ids::uuid(self.seed, self.number)
    }

    /// A new token of so many letters and digits.
    pub fn new_token(&mut self, length: usize) -> String {
        self.number += 1;
        ids::token(self.seed, self.number, length)
    }

    /// A new one-time code of so many digits.
    pub fn new_code(&mut self, length: usize) -> String {
        self.number += 1;
        ids::code(self.seed, self.number, length)
    }

    /// The time in milliseconds since 1970.
    pub fn milliseconds(&self) -> i64 {
        self.now.unwrap_or_else(clock::now)
    }

    /// The time as WorkOS writes it.
    pub fn now(&self) -> String {
        clock::written(self.milliseconds())
    }

    /// The time so many milliseconds from now, or ago.
    #[expect(clippy::wrong_self_convention, reason = "from the time that it is, not a conversion")]
    pub fn from_now(&self, milliseconds: i64) -> String {
        clock::written(self.milliseconds() + milliseconds)
    }

    /// Whether a time in a field of an object is over; not if there is none.
    pub fn is_over(&self, object: &Object, field: &str) -> bool {
        clock::read(object.text(field)).is_some_and(|time| time <= self.milliseconds())
    }

    /// Lets the time stand still, or go on as it does.
    pub fn set_time(&mut self, milliseconds: Option<i64>) {
        self.now = milliseconds;
    }

    /// Who acts from now on; answers who did before.
    pub fn set_actor(&mut self, actor: Actor) -> Actor {
        std::mem::replace(&mut self.actor, actor)
    }

    /// Sets one field, and not the time of the last change.
    pub fn set(&mut self, kind: &str, id: &str, field: &str, value: Value) -> Result<(), Fault> {
        let mut object = self.find(kind, id)?.clone();
        object.insert(field.to_owned(), value);
        self.put(kind, object);
        Ok(())
    }

    /// Takes fields off all objects of a kind: an example stands below a path, and what it lists need not
    /// belong to what the path names.
    pub fn take_off(&mut self, kind: &str, fields: &[&str]) {
        for object in self.objects.get_mut(kind).into_iter().flat_map(BTreeMap::values_mut) {
            object.retain(|name, _| !fields.contains(&name.as_str()));
        }
    }

    /// Tells no more of what happens, or does again.
    pub fn set_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
    }

    /// Notes that something happened, as `list_events` tells it: what it was about as it is now, and what
    /// stood in its changed fields before.
    pub fn happened(&mut self, event: &str, data: Object, previous: Object) {
        let organization = match data.get("organization_id") {
            Some(Value::String(id)) => id.clone(),
            _ if event.starts_with("organization.") => data.text("id").to_owned(),
            _ => String::new(),
        };
        self.happened_in(event, data, previous, &organization);
    }

    /// The same, of an organization that is not named in what it was about.
    pub fn happened_in(&mut self, event: &str, data: Object, previous: Object, organization: &str) {
        if self.quiet {
            return;
        }
        let id = self.new_id("event_");
        let Actor { id: actor, source, name } = &self.actor;
        let mut context = json!({"actor": {"id": actor, "source": source, "name": name}});
        if !previous.is_empty() {
            context["previous_attributes"] = Value::Object(previous);
        }
        let event = json!({
            "object": "event",
            "id": id,
            "event": event,
            "data": Value::Object(data),
            "created_at": self.now(),
            "context": context,
            "organization_id": organization,
        });
        if let Value::Object(event) = event {
            self.put("event", event);
        }
        let events = self.objects.get("event");
        if events.is_some_and(|events| events.len() > MAX_EVENTS)
            && let Some(oldest) = events.and_then(|events| events.keys().next().cloned())
        {
            self.remove("event", &oldest);
        }
    }

    /// What another world is made with to be like this one at its beginning.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// All there is.
    pub fn whole(&self) -> State<'_> {
        let objects = self.objects.iter().flat_map(|(kind, objects)| {
            objects
                .iter()
                .map(|(id, object)| (kind.as_str().into(), id.as_str().into(), Some(Cow::Borrowed(object))))
        });
        State { number: self.number, objects: objects.collect() }
    }

    /// What the call on its way has changed, if it has changed anything.
    pub fn changed(&self) -> Option<State<'_>> {
        let places: BTreeSet<(&str, &str)> =
            self.changes.iter().map(|change| (change.kind.as_str(), change.id.as_str())).collect();
        if places.is_empty() && self.number == self.number_before {
            return None;
        }
        let object = |(kind, id): (&'_ str, &'_ str)| self.get(kind, id).map(Cow::Borrowed);
        let objects = places.iter().map(|place| (place.0.into(), place.1.into(), object(*place)));
        Some(State { number: self.number, objects: objects.collect() })
    }

    /// Puts in what was noted of another world.
    pub fn take_over(&mut self, state: State<'_>) {
        self.number = state.number;
        for (kind, id, object) in state.objects {
            let objects = self.objects.entry(kind.into_owned()).or_default();
            match object {
                Some(object) => objects.insert(id.into_owned(), object.into_owned()),
                None => objects.remove(&*id),
            };
        }
    }

    /// A call begins.
    pub fn begin(&mut self) {
        self.changes.clear();
        self.number_before = self.number;
    }

    /// A call has succeeded.
    pub fn keep(&mut self) {
        self.changes.clear();
    }

    /// A call has failed: all is as it was.
    pub fn undo(&mut self) {
        for Change { kind, id, before } in self.changes.drain(..).rev() {
            let objects = self.objects.entry(kind).or_default();
            match before {
                Some(before) => objects.insert(id, before),
                None => objects.remove(&id),
            };
        }
    }
}

/// The object that `json!` has written.
pub(super) fn object(written: Value) -> Object {
    match written {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Reading objects.
pub(super) trait Read {
    /// The text of a field; empty if there is none.
    fn text(&self, field: &str) -> &str;
}

impl Read for Object {
    fn text(&self, field: &str) -> &str {
        self.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}
