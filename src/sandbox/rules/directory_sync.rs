//! Directories with their users and groups. What is in them comes from a provider, so the API changes
//! nothing of it but that a directory can be deleted.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::{self, MINUTE};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::rules::{Rule, Rules};
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("list_directory_users", list_users as Rule),
        ("list_directory_groups", list_groups),
        ("sync_directory", sync),
    ],
    kinds: &[
        Kind {
            events: Some("dsync"),
            removed: remove_people,
            seen: Some(count),
            fits: fits_directory,
            ..Kind::plain("directory")
        },
        Kind { seen: Some(show_groups), fits: fits_user, ..Kind::plain("directory_user") },
        Kind { fits: fits_group, ..Kind::plain("directory_group") },
    ],
    begin,
};

/// How long after a sync the next one can be asked for.
const SYNC_PAUSE: i64 = 5 * MINUTE;
/// The field in which a directory user has the IDs of its groups.
pub(in crate::sandbox) const GROUPS: &str = "_groups";
/// The field in which a directory has the time of the last sync that was asked for.
const SYNCED: &str = "_synced_at";

/// The examples know who is in which group by what the user shows.
fn begin(world: &mut World) {
    let users: Vec<Object> = world.all("directory_user").cloned().collect();
    for mut user in users {
        let groups = user.get("groups").and_then(Value::as_array).cloned().unwrap_or_default();
        let groups: Vec<Value> = groups.into_iter().map(|mut group| group["id"].take()).collect();
        user.insert(GROUPS.to_owned(), groups.into());
        world.put("directory_user", user);
    }
}

fn remove_people(world: &mut World, directory: &Object) {
    for kind in ["directory_user", "directory_group"] {
        for id in world.ids(kind, "directory_id", directory.text("id")) {
            world.remove(kind, &id);
        }
    }
}

/// How many users and groups there are. Whoever is not active counts as inactive, the suspended too.
fn count(world: &World, directory: &mut Object) {
    let id = directory.text("id");
    let (mut active, mut inactive) = (0, 0);
    for user in world.all("directory_user").filter(|user| user.text("directory_id") == id) {
        *if user.text("state") == "active" { &mut active } else { &mut inactive } += 1;
    }
    let groups = world.all("directory_group").filter(|group| group.text("directory_id") == id).count();
    let users = json!({"active": active, "inactive": inactive});
    directory.insert("metadata".to_owned(), json!({"users": users, "groups": groups}));
}

/// The groups as WorkOS still sends them with a user, for the teams that have them.
fn show_groups(world: &World, user: &mut Object) {
    let groups: Vec<Value> = ids_of_groups(user)
        .filter_map(|id| world.get("directory_group", id))
        .map(|group| Value::Object(group.clone()))
        .collect();
    user.insert("groups".to_owned(), groups.into());
}

fn ids_of_groups(user: &Object) -> impl Iterator<Item = &str> {
    user.get(GROUPS).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn fits_directory(_: &World, directory: &Object, name: &str, value: &Value) -> Option<bool> {
    let wanted = value.as_str().unwrap_or_default().to_lowercase();
    (name == "search").then(|| directory.text("name").to_lowercase().contains(&wanted))
}

fn fits_user(_: &World, user: &Object, name: &str, value: &Value) -> Option<bool> {
    let wanted = value.as_str().unwrap_or_default();
    match name {
        "directory" => Some(user.text("directory_id") == wanted),
        "group" => Some(ids_of_groups(user).any(|id| id == wanted)),
        "email" => Some(user.text("email").eq_ignore_ascii_case(wanted)),
        _ => None,
    }
}

fn fits_group(world: &World, group: &Object, name: &str, value: &Value) -> Option<bool> {
    let wanted = value.as_str().unwrap_or_default();
    match name {
        "directory" => Some(group.text("directory_id") == wanted),
        "user" => {
            let user = world.get("directory_user", wanted);
            Some(user.is_some_and(|user| ids_of_groups(user).any(|id| id == group.text("id"))))
        }
        _ => None,
    }
}

fn list_users(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    list_of_directory(world, call, "directory_user", ("group", "directory_group"))
}

fn list_groups(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    list_of_directory(world, call, "directory_group", ("user", "directory_user"))
}

/// A list that is of a directory or of something in one, which must be there.
fn list_of_directory(
    world: &World,
    call: &Call<'_>,
    kind: &str,
    other: (&str, &str),
) -> Result<Value, Fault> {
    let named = [("directory", "directory"), other];
    if named.iter().all(|(name, _)| call.given(name).is_none()) {
        return Err(Fault::invalid("directory", "required"));
    }
    for (name, kind) in named {
        if call.given(name).is_some() {
            world.find(kind, call.text(name))?;
        }
    }
    listing::list(world, call, kind)
}

fn sync(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let directory = world.find("directory", call.text("id"))?;
    if directory.text("type") != "gsuite directory"
        || !matches!(directory.text("state"), "linked" | "validating")
    {
        let message = "Only Google Workspace directories that are linked or validating can be synced.";
        return Err(Fault::coded(422, "directory_not_syncable", message));
    }
    if clock::read(directory.text(SYNCED)).is_some_and(|last| world.milliseconds() < last + SYNC_PAUSE) {
        let message = "A sync of this directory was asked for less than five minutes ago.";
        return Err(Fault::coded(429, "too_many_requests", message));
    }
    let now = world.now();
    world.change("directory", call.text("id"), |directory| {
        directory.insert(SYNCED.to_owned(), now.into());
    })?;
    Ok(json!({"status": "queued"}))
}
