//! Groups of members. Who is in which is kept as objects of their own, with the IDs of both.

use serde_json::{Map, Value, json};

use super::{Rules, fga, take_off};
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("add_group_member", add_member),
        ("remove_group_member", remove_member),
        ("update_group_members", update_members),
        ("list_group_members", list_members),
        ("list_membership_groups", list_of_membership),
    ],
    kinds: &[Kind {
        events: Some("group"),
        checked: check,
        removed: remove_dependents,
        fits,
        ..Kind::plain("group")
    }],
    begin,
};

/// That a membership is in a group.
const MEMBER: &str = "group_member";
/// Memberships that one call may add and remove together.
const MOST: usize = 100;

fn begin(world: &mut World) {
    let listed: Vec<(String, String)> = world
        .all("organization_membership")
        .filter(|membership| !membership.text("group_id").is_empty())
        .map(|membership| (membership.text("group_id").to_owned(), membership.text("id").to_owned()))
        .collect();
    for (group, membership) in listed {
        put(world, &group, &membership);
    }
    let strange = ["group_id", "resource_id", "resource_type_slug", "external_id"];
    take_off(world, "organization_membership", &strange);
    take_off(world, "group", &["om_id"]);
    let groups: Vec<String> = world.all("group").map(|group| group.text("id").to_owned()).collect();
    for group in groups {
        fga::follow_group(world, &group);
    }
}

/// The ID of a membership's being in a group.
fn pair(group: &str, membership: &str) -> String {
    format!("{group}/{membership}")
}

fn put(world: &mut World, group: &str, membership: &str) {
    let pair = json!({
        "id": pair(group, membership),
        "group_id": group,
        "organization_membership_id": membership,
    });
    if let Value::Object(pair) = pair {
        world.put(MEMBER, pair);
    }
}

/// Whether a membership is in a group.
pub(super) fn contains(world: &World, group: &str, membership: &str) -> bool {
    world.get(MEMBER, &pair(group, membership)).is_some()
}

/// The IDs of the memberships in a group. One that was deleted is in none.
pub(super) fn members(world: &World, group: &str) -> Vec<String> {
    world
        .all(MEMBER)
        .filter(|pair| pair.text("group_id") == group)
        .map(|pair| pair.text("organization_membership_id"))
        .filter(|membership| world.get("organization_membership", membership).is_some())
        .map(str::to_owned)
        .collect()
}

/// The group that the path names.
fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let (organization, id) = (call.text("organization_id"), call.text("group_id"));
    world.find("organization", organization)?;
    let group = world.get("group", id).filter(|group| group.text("organization_id") == organization);
    group.cloned().ok_or_else(|| Fault::not_found("group", id))
}

fn check(_: &World, group: &Object) -> Result<(), Fault> {
    let name = group.text("name");
    if name.trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    if name.chars().count() > 256 {
        return Err(Fault::invalid("name", "too_long"));
    }
    if group.text("description").chars().count() > 150 {
        return Err(Fault::invalid("description", "too_long"));
    }
    Ok(())
}

fn fits(_: &World, group: &Object, name: &str, value: &Value) -> Option<bool> {
    let wanted = value.as_str().unwrap_or_default();
    let found = || group.text("name").to_lowercase().contains(&wanted.to_lowercase());
    (name == "search").then(|| group.text("id") == wanted || found())
}

fn remove_dependents(world: &mut World, group: &Object) {
    for pair in world.ids(MEMBER, "group_id", group.text("id")) {
        world.remove(MEMBER, &pair);
    }
    for assignment in world.ids("group_role_assignment", "group_id", group.text("id")) {
        world.remove("group_role_assignment", &assignment);
    }
    fga::follow_group(world, group.text("id"));
}

/// Puts a membership into a group; nothing happens if it is there.
fn join(world: &mut World, group: &Object, membership: &str) -> Result<(), Fault> {
    let is_of_organization = |one: &&Object| one.text("organization_id") == group.text("organization_id");
    if world.get("organization_membership", membership).filter(is_of_organization).is_none() {
        return Err(Fault::not_found("organization_membership", membership));
    }
    if !contains(world, group.text("id"), membership) {
        put(world, group.text("id"), membership);
        tell(world, "group.member_added", group, membership);
    }
    Ok(())
}

/// Takes a membership out of a group; whether it was there.
fn leave(world: &mut World, group: &Object, membership: &str) -> bool {
    let was_there = world.remove(MEMBER, &pair(group.text("id"), membership)).is_some();
    if was_there {
        tell(world, "group.member_removed", group, membership);
    }
    was_there
}

fn tell(world: &mut World, event: &str, group: &Object, membership: &str) {
    let group = told(world, "group", group.clone());
    let membership = world
        .get("organization_membership", membership)
        .cloned()
        .map(|membership| told(world, "organization_membership", membership));
    let organization = group.text("organization_id").to_owned();
    let data = json!({"group": group, "organization_membership": membership});
    if let Value::Object(data) = data {
        world.happened_in(event, data, Map::new(), &organization);
    }
}

fn add_member(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = named(world, call)?;
    join(world, &group, call.text("organization_membership_id"))?;
    fga::follow_group(world, group.text("id"));
    Ok(answered(world, call, "group", group))
}

fn remove_member(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = named(world, call)?;
    let membership = call.text("om_id");
    if !leave(world, &group, membership) {
        return Err(Fault::not_found("organization_membership", membership));
    }
    fga::follow_group(world, group.text("id"));
    Ok(Value::Null)
}

fn update_members(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = named(world, call)?;
    let (add, remove) = (call.texts("add"), call.texts("remove"));
    if add.len() + remove.len() > MOST {
        let message = format!("At most {MOST} memberships can be added and removed at once.");
        return Err(Fault::coded(400, "group_membership_limit_exceeded", message));
    }
    if let Some(both) = add.iter().find(|one| remove.contains(one)) {
        let message = format!("'{both}' is to be added and removed.");
        return Err(Fault::coded(400, "group_membership_update_overlap", message));
    }
    for membership in add {
        join(world, &group, membership)?;
    }
    for membership in remove {
        leave(world, &group, membership);
    }
    fga::follow_group(world, group.text("id"));
    Ok(Value::Null)
}

fn list_members(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = named(world, call)?;
    listing::page(world, call, "organization_membership", |membership| {
        contains(world, group.text("id"), membership.text("id"))
    })
}

fn list_of_membership(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = call.text("om_id");
    world.find("organization_membership", membership)?;
    listing::page(world, call, "group", |group| contains(world, group.text("id"), membership))
}
