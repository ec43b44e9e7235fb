//! Roles on resources: of memberships, and of groups, whose members have them too. What members have by a
//! group is stored as theirs, and follows the group.

use serde_json::{Value, json};

use super::super::{groups, roles};
use super::{ITSELF, ORGANIZATION, given, named, root, root_id};
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, remove};
use crate::sandbox::fault::Fault;
use crate::sandbox::listing;
use crate::sandbox::world::{Object, Read, World};

/// Of a membership.
pub(super) const DIRECT: &str = "role_assignment";
pub(super) const OF_GROUP: &str = "group_role_assignment";
/// Assignments of a group that one call may change.
const MOST: usize = 100;

/// The examples name an organization's own resource by some ID, and what comes from groups follows them.
pub(super) fn begin(world: &mut World) {
    for kind in [DIRECT, OF_GROUP] {
        let there: Vec<Object> = world.all(kind).cloned().collect();
        for mut assignment in there {
            if is_by_group(&assignment) {
                world.remove(kind, assignment.text("id"));
                continue;
            }
            let resource = &assignment["resource"];
            if resource["resource_type_slug"] == ORGANIZATION {
                let id = root_id(resource["external_id"].as_str().unwrap_or_default());
                assignment["resource"]["id"] = id.into();
                world.put(kind, assignment);
            }
        }
    }
}

fn is_by_group(assignment: &Object) -> bool {
    assignment.get("source").is_some_and(|source| source["type"] == "group")
}

/// Whether it is a role on this resource.
fn is(assignment: &Object, role: &str, resource: &str) -> bool {
    assignment["role"]["slug"] == role && assignment["resource"]["id"] == resource
}

/// All assignments on a resource, with their kinds.
pub(super) fn on<'a>(world: &'a World, resource: &str) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let resource = resource.to_owned();
    [OF_GROUP, DIRECT].into_iter().flat_map(move |kind| {
        let resource = resource.clone();
        let on = world.all(kind).filter(move |one| one["resource"]["id"] == *resource);
        on.map(move |one| (kind, one.text("id").to_owned()))
    })
}

fn shown_resource(resource: &Object) -> Value {
    json!({
        "id": resource.text("id"),
        "external_id": resource.text("external_id"),
        "resource_type_slug": resource.text("resource_type_slug"),
    })
}

fn check_role(world: &World, organization: &str, slug: &str) -> Result<(), Fault> {
    if roles::known(world, organization, slug).is_none() {
        let message = format!("Role not found: '{slug}'.");
        return Err(Fault::new(
            404,
            json!({"message": message, "code": "role_not_found", "entity_id": slug}),
        ));
    }
    Ok(())
}

fn membership(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    world.find("organization_membership", call.text("organization_membership_id")).cloned()
}

/// The resource that arguments name in the organization of a membership.
pub(super) fn given_for(world: &World, membership: &Object, arguments: &Object) -> Result<Object, Fault> {
    let resource = given(world, membership.text("organization_id"), arguments, ITSELF)?;
    resource.ok_or_else(|| Fault::invalid("resource_id", "required"))
}

/// Assigning what is assigned already changes nothing.
pub(super) fn assign(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = membership(world, call)?;
    let (id, slug) = (membership.text("id"), call.text("role_slug"));
    let resource = given_for(world, &membership, call.arguments)?;
    check_role(world, membership.text("organization_id"), slug)?;
    let there = world.all(DIRECT).find(|one| {
        !is_by_group(one)
            && one.text("organization_membership_id") == id
            && is(one, slug, resource.text("id"))
    });
    let assignment = match there.cloned() {
        Some(there) => there,
        None => put_direct(world, id, slug, &shown_resource(&resource), json!({"type": "direct"})),
    };
    Ok(answered(world, call, DIRECT, assignment))
}

fn put_direct(world: &mut World, membership: &str, slug: &str, resource: &Value, source: Value) -> Object {
    let (new, now) = (world.new_id("role_assignment_"), world.now());
    let mut whole = json!({"type": null, "group_role_assignment_id": null, "group": null});
    if let (Value::Object(whole), Value::Object(source)) = (&mut whole, source) {
        whole.extend(source);
    }
    let assignment = json!({
        "object": DIRECT,
        "id": new,
        "organization_membership_id": membership,
        "role": {"slug": slug},
        "resource": resource,
        "source": whole,
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(assignment) = assignment else { return Object::new() };
    world.put(DIRECT, assignment.clone());
    assignment
}

pub(super) fn unassign(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = membership(world, call)?;
    let slug = call.text("role_slug");
    let resource = given_for(world, &membership, call.arguments)?;
    let there = world.all(DIRECT).find(|one| {
        !is_by_group(one)
            && one.text("organization_membership_id") == membership.text("id")
            && is(one, slug, resource.text("id"))
    });
    let id = there.map(|one| one.text("id").to_owned()).ok_or_else(|| Fault::not_found(DIRECT, slug))?;
    remove(world, DIRECT, &id);
    Ok(Value::Null)
}

/// What comes from a group is the group's to lose.
pub(super) fn spare(_: &World, _: &Call<'_>, assignment: &Object) -> Result<(), Fault> {
    if is_by_group(assignment) {
        let message = "The role comes from a group. Remove it from the group, or the membership from it.";
        return Err(Fault::coded(422, "invalid_request_parameters", message));
    }
    Ok(())
}

/// Of memberships that are still there.
fn is_somebodys(world: &World, assignment: &Object) -> bool {
    world.get("organization_membership", assignment.text("organization_membership_id")).is_some()
}

pub(super) fn list_of_membership(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = membership(world, call)?;
    let wanted = [("resource_id", "id"), ("resource_external_id", "external_id"), (ITSELF[2], ITSELF[2])];
    listing::page(world, call, DIRECT, |one| {
        let is_wanted = |(argument, field): &(&str, &str)| {
            call.text(argument).is_empty() || one["resource"][*field] == call.text(argument)
        };
        one.text("organization_membership_id") == membership.text("id") && wanted.iter().all(is_wanted)
    })
}

pub(super) fn list_on_resource(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let resource = named(world, call)?;
    let slug = call.text("role_slug");
    listing::page(world, call, DIRECT, |one| {
        one["resource"]["id"] == resource.text("id")
            && (slug.is_empty() || one["role"]["slug"] == slug)
            && is_somebodys(world, one)
    })
}

fn group(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    world.find("group", call.text("group_id")).cloned()
}

/// The role and the resource of one entry; without a resource the organization itself is meant.
fn entry(world: &World, group: &Object, arguments: &Object) -> Result<(String, Object), Fault> {
    let organization = group.text("organization_id");
    let resource = match given(world, organization, arguments, ITSELF)? {
        Some(resource) => resource,
        None => root(world, organization)?,
    };
    Ok((arguments.text("role_slug").to_owned(), resource))
}

/// What an argument that is a list of entries names.
fn entries(
    world: &World,
    group: &Object,
    call: &Call<'_>,
    name: &str,
) -> Result<Vec<(String, Object)>, Fault> {
    let given = call.given(name).and_then(Value::as_array).into_iter().flatten();
    given.filter_map(Value::as_object).map(|one| entry(world, group, one)).collect()
}

/// The assignment of a group with this role on this resource.
fn of_group(world: &World, group: &Object, slug: &str, resource: &str) -> Option<String> {
    let mut all = world.all(OF_GROUP).filter(|one| one.text("group_id") == group.text("id"));
    all.find(|one| is(one, slug, resource)).map(|one| one.text("id").to_owned())
}

fn put_of_group(world: &mut World, group: &Object, slug: &str, resource: &Object) -> Result<Object, Fault> {
    check_role(world, group.text("organization_id"), slug)?;
    let (new, now) = (world.new_id("gra_"), world.now());
    let assignment = json!({
        "object": OF_GROUP,
        "id": new,
        "group_id": group.text("id"),
        "role": {"slug": slug},
        "resource": shown_resource(resource),
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(assignment) = assignment else { return Ok(Object::new()) };
    world.put(OF_GROUP, assignment.clone());
    Ok(assignment)
}

pub(super) fn assign_to_group(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = group(world, call)?;
    let (slug, resource) = entry(world, &group, call.arguments)?;
    if of_group(world, &group, &slug, resource.text("id")).is_some() {
        let message = format!("The group has the role '{slug}' on this resource already.");
        return Err(Fault::coded(409, "duplicate_group_role_assignment", message));
    }
    let assignment = put_of_group(world, &group, &slug, &resource)?;
    follow_group(world, group.text("id"));
    Ok(answered(world, call, OF_GROUP, assignment))
}

pub(super) fn remove_from_group(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = group(world, call)?;
    let (slug, resource) = entry(world, &group, call.arguments)?;
    let id = of_group(world, &group, &slug, resource.text("id"));
    let id = id.ok_or_else(|| Fault::not_found(OF_GROUP, &slug))?;
    remove(world, OF_GROUP, &id);
    Ok(Value::Null)
}

/// What stays keeps its ID.
pub(super) fn replace_of_group(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = group(world, call)?;
    let wanted = entries(world, &group, call, "role_assignments")?;
    check_count(wanted.len())?;
    for id in world.ids(OF_GROUP, "group_id", group.text("id")) {
        let there = world.find(OF_GROUP, &id)?;
        if !wanted.iter().any(|(slug, resource)| is(there, slug, resource.text("id"))) {
            world.remove(OF_GROUP, &id);
        }
    }
    add(world, &group, &wanted)?;
    listing::page(world, call, OF_GROUP, |one| one.text("group_id") == group.text("id"))
}

pub(super) fn update_of_group(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let group = group(world, call)?;
    let (more, less) = (entries(world, &group, call, "add")?, entries(world, &group, call, "remove")?);
    check_count(more.len() + less.len())?;
    let id = |(slug, resource): &(String, Object)| (slug.clone(), resource.text("id").to_owned());
    if more.iter().any(|one| less.iter().any(|other| id(one) == id(other))) {
        let message = "The same role assignment is to be added and removed.";
        return Err(Fault::coded(400, "group_role_assignment_update_overlap", message));
    }
    for (slug, resource) in &less {
        if let Some(id) = of_group(world, &group, slug, resource.text("id")) {
            world.remove(OF_GROUP, &id);
        }
    }
    add(world, &group, &more)?;
    Ok(Value::Null)
}

fn check_count(count: usize) -> Result<(), Fault> {
    if count > MOST { Err(Fault::invalid("role_assignments", "too_many")) } else { Ok(()) }
}

/// Those that the group has not yet.
fn add(world: &mut World, group: &Object, wanted: &[(String, Object)]) -> Result<(), Fault> {
    for (slug, resource) in wanted {
        if of_group(world, group, slug, resource.text("id")).is_none() {
            put_of_group(world, group, slug, resource)?;
        }
    }
    follow_group(world, group.text("id"));
    Ok(())
}

/// An assignment of a group is gone.
pub(super) fn take_from_members(world: &mut World, assignment: &Object) {
    follow_group(world, assignment.text("group_id"));
}

/// Gives the members of a group the roles that it has, and no others by way of it.
pub(in super::super) fn follow_group(world: &mut World, id: &str) {
    let source = |one: &Object, field: &str| one["source"][field].as_str().unwrap_or_default().to_owned();
    let members = groups::members(world, id);
    let assignments: Vec<Object> =
        world.all(OF_GROUP).filter(|one| one.text("group_id") == id).cloned().collect();
    let mut there = Vec::new();
    let mut over = Vec::new();
    for one in world.all(DIRECT).filter(|one| one["source"]["group"]["id"] == id) {
        let member = one.text("organization_membership_id").to_owned();
        let assignment = source(one, "group_role_assignment_id");
        if members.contains(&member) && assignments.iter().any(|known| known.text("id") == assignment) {
            there.push((member, assignment));
        } else {
            over.push(one.text("id").to_owned());
        }
    }
    for one in over {
        world.remove(DIRECT, &one);
    }
    let name = world.get("group", id).map(|group| group.text("name").to_owned()).unwrap_or_default();
    for member in &members {
        for assignment in &assignments {
            if there.iter().any(|(one, known)| one == member && known == assignment.text("id")) {
                continue;
            }
            let slug = assignment["role"]["slug"].as_str().unwrap_or_default();
            let source = json!({
                "type": "group",
                "group_role_assignment_id": assignment.text("id"),
                "group": {"id": id, "name": name},
            });
            put_direct(world, member, slug, &assignment["resource"], source);
        }
    }
}
