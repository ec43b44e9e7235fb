//! Waitlists, and who is on them.

use serde_json::{Value, json};

use super::{invitations, users};
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, changed, create, delete, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("get_waitlist", get),
        ("list_waitlist_entries", list_entries),
        ("create_waitlist_entry", create_entry),
        ("approve_waitlist_entry", approve),
        ("deny_waitlist_entry", deny),
        ("delete_waitlist_entry", delete_entry),
    ],
    kinds: &[Kind { event, made: make, ..Kind::plain(ENTRY) }],
    begin,
};

const ENTRY: &str = "waitlist_entry";

fn event(_: &Object, what: &str) -> Option<&'static str> {
    (what == "created").then_some("waitlist_user.created")
}

/// The example waits.
fn begin(world: &mut World) {
    let _ = world.change(ENTRY, "wl_user_01EXAMPLE0ENTRY", |entry| decide(entry, "pending", Value::Null));
}

fn decide(entry: &mut Object, state: &str, approved_at: Value) {
    entry.insert("state".to_owned(), state.into());
    entry.insert("approved_at".to_owned(), approved_at);
}

/// The waitlist that is meant: `default` is the oldest.
fn meant(world: &World, id: &str) -> Option<Object> {
    let default = || world.all("waitlist").next().filter(|_| id == "default");
    world.get("waitlist", id).or_else(default).cloned()
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    let waitlist = meant(world, id).ok_or_else(|| Fault::not_found("waitlist", id))?;
    Ok(answered(world, call, "waitlist", waitlist))
}

fn list_entries(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    let waitlist = meant(world, id).ok_or_else(|| Fault::not_found("waitlist", id))?;
    listing::page(world, call, ENTRY, |entry| {
        entry.text("waitlist_id") == waitlist.text("id")
            && call.given("state").is_none_or(|state| entry.get("state") == Some(state))
            && (call.given("email").is_none() || entry.text("email").eq_ignore_ascii_case(call.text("email")))
    })
}

fn create_entry(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (id, email) = (call.text("id"), call.text("email"));
    let waitlist = match meant(world, id) {
        Some(waitlist) => waitlist,
        // The first entry makes it.
        None if id == "default" => {
            let (id, now) = (world.new_id("waitlist_"), world.now());
            let waitlist = json!({"object": "waitlist", "id": id, "created_at": now, "updated_at": now});
            let Value::Object(waitlist) = waitlist else { return Ok(Value::Null) };
            world.put("waitlist", waitlist.clone());
            waitlist
        }
        None => return Err(Fault::not_found("waitlist", id)),
    };
    if !email.contains('@') {
        return Err(Fault::invalid("email", "invalid_email"));
    }
    if users::by_email(world, email).is_some() {
        let message = format!("A user with the address '{email}' exists already.");
        return Err(Fault::coded(400, "user_already_exists", message));
    }
    let waits = |entry: &&Object| {
        entry.text("waitlist_id") == waitlist.text("id") && entry.text("email").eq_ignore_ascii_case(email)
    };
    if let Some(entry) = world.all(ENTRY).find(waits).cloned() {
        return Ok(answered(world, call, ENTRY, entry));
    }
    let mut further = Object::new();
    further.insert("waitlist_id".to_owned(), waitlist.text("id").into());
    create(world, call, ENTRY, further)
}

fn make(_: &mut World, _: &Call<'_>, entry: &mut Object) -> Result<(), Fault> {
    decide(entry, "pending", Value::Null);
    Ok(())
}

fn approve(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let before = world.find(ENTRY, call.text("id"))?.clone();
    if before.text("state") == "approved" {
        return Ok(answered(world, call, ENTRY, before));
    }
    let (email, now) = (before.text("email").to_owned(), world.now());
    let entry = decided(world, before, "approved", now.into())?;
    // The approval stands, whatever becomes of the invitation.
    let _ = invitations::invite(world, &email);
    Ok(answered(world, call, ENTRY, entry))
}

fn deny(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let before = world.find(ENTRY, call.text("id"))?.clone();
    match before.text("state") {
        "pending" => {
            let entry = decided(world, before, "denied", Value::Null)?;
            Ok(answered(world, call, ENTRY, entry))
        }
        "denied" => Ok(answered(world, call, ENTRY, before)),
        _ => Err(Fault::coded(400, "waitlist_entry_not_pending", "The entry is approved already.")),
    }
}

fn decided(world: &mut World, before: Object, state: &str, approved_at: Value) -> Result<Object, Fault> {
    let id = before.text("id").to_owned();
    let before = told(world, ENTRY, before);
    let entry = world.change(ENTRY, &id, |entry| decide(entry, state, approved_at))?;
    changed(world, &format!("waitlist_user.{state}"), ENTRY, before, entry.clone());
    Ok(entry)
}

fn delete_entry(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let entry = world.find(ENTRY, call.text("id"))?.clone();
    delete(world, call, ENTRY, &entry)
}
