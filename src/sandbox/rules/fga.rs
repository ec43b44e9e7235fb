//! Fine-grained authorization: resources below their organization, roles that are assigned on them, and
//! who may do what on account of that.

mod access;
mod assignments;

use serde_json::{Value, json};

pub(super) use self::assignments::follow_group;
use super::{Rules, take_off};
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, delete, remove, update};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("list_authorization_resources", list_resources),
        ("get_authorization_resource", get_resource),
        ("get_authorization_resource_by_external_id", get_resource),
        ("update_authorization_resource_by_external_id", update_by_external_id),
        ("delete_authorization_resource_by_external_id", delete_by_external_id),
        ("assign_role_to_group", assignments::assign_to_group),
        ("replace_group_role_assignments", assignments::replace_of_group),
        ("update_group_role_assignments", assignments::update_of_group),
        ("remove_group_role_assignments", assignments::remove_from_group),
        ("assign_resource_role", assignments::assign),
        ("remove_resource_role", assignments::unassign),
        ("list_membership_role_assignments", assignments::list_of_membership),
        ("list_role_assignments_for_resource", assignments::list_on_resource),
        ("list_role_assignments_for_resource_by_external_id", assignments::list_on_resource),
        ("check_authorization", access::check),
        ("list_resources_for_membership", access::list_resources),
        ("list_effective_permissions", access::list_permissions),
        ("list_effective_permissions_by_external_id", access::list_permissions),
        ("list_memberships_for_resource", access::list_memberships),
        ("list_memberships_for_resource_by_external_id", access::list_memberships),
    ],
    kinds: &[
        Kind {
            made: make,
            changed: place,
            checked: check,
            spared: spare,
            removed: remove_dependents,
            ..Kind::plain(RESOURCE)
        },
        Kind { spared: assignments::spare, ..Kind::plain(assignments::DIRECT) },
        Kind { removed: assignments::take_from_members, ..Kind::plain(assignments::OF_GROUP) },
    ],
    begin,
};

const RESOURCE: &str = "authorization_resource";
/// The type of the resource that an organization itself is.
const ORGANIZATION: &str = "organization";
/// Names of the arguments that name a resource: its ID, or external ID and type.
type Names = [&'static str; 3];
const ITSELF: Names = ["resource_id", "resource_external_id", "resource_type_slug"];
const PARENT: Names = ["parent_resource_id", "parent_resource_external_id", "parent_resource_type_slug"];

fn begin(world: &mut World) {
    let strange = ["organization_membership_id", "resource_id"];
    take_off(world, RESOURCE, &strange);
    let strange = ["resource_id", "resource_type_slug", "external_id", "organization_id"];
    take_off(world, assignments::DIRECT, &strange);
    assignments::begin(world);
    // What stands above the examples' projects, and is no example itself.
    let organization = "org_01EXAMPLE0ORGANIZATION";
    let (id, now) = ("authz_resource_01EXAMPLE0PARENT", world.now());
    let workspace = json!({
        "object": RESOURCE, "id": id, "external_id": "workspace-3", "organization_id": organization,
        "resource_type_slug": "workspace", "name": "Marketing", "description": null,
        "parent_resource_id": null, "created_at": now, "updated_at": now,
    });
    if let Value::Object(workspace) = workspace {
        world.put(RESOURCE, workspace);
    }
}

/// An organization as the resource that is above all others of it. It is not stored.
fn root(world: &World, organization: &str) -> Result<Object, Fault> {
    let there = world.find("organization", organization)?;
    let resource = json!({
        "object": RESOURCE,
        "id": root_id(organization),
        "external_id": organization,
        "organization_id": organization,
        "resource_type_slug": ORGANIZATION,
        "name": there.text("name"),
        "description": null,
        "parent_resource_id": null,
        "created_at": there.text("created_at"),
        "updated_at": there.text("updated_at"),
    });
    match resource {
        Value::Object(resource) => Ok(resource),
        _ => Err(Fault::not_found(RESOURCE, organization)),
    }
}

fn root_id(organization: &str) -> String {
    format!("authz_resource_{}", organization.trim_start_matches("org_"))
}

/// The resource of an ID.
fn by_id(world: &World, id: &str) -> Result<Object, Fault> {
    if let Some(resource) = world.get(RESOURCE, id) {
        return Ok(resource.clone());
    }
    let organization = id.replacen("authz_resource_", "org_", 1);
    root(world, &organization).map_err(|_| Fault::not_found(RESOURCE, id))
}

/// The resource that an organization has under an external ID and a type.
fn by_external_id(world: &World, organization: &str, slug: &str, external_id: &str) -> Result<Object, Fault> {
    if slug == ORGANIZATION && external_id == organization {
        return root(world, organization);
    }
    let found = world.all(RESOURCE).find(|resource| {
        resource.text("external_id") == external_id
            && resource.text("resource_type_slug") == slug
            && resource.text("organization_id") == organization
    });
    found.cloned().ok_or_else(|| Fault::not_found(RESOURCE, external_id))
}

/// The resource that arguments name within an organization; none if they name none.
fn given(
    world: &World,
    organization: &str,
    arguments: &Object,
    [id, external_id, slug]: Names,
) -> Result<Option<Object>, Fault> {
    if !arguments.text(id).is_empty() {
        let resource = by_id(world, arguments.text(id))?;
        if resource.text("organization_id") != organization {
            return Err(Fault::not_found(RESOURCE, arguments.text(id)));
        }
        return Ok(Some(resource));
    }
    if arguments.text(external_id).is_empty() {
        return Ok(None);
    }
    by_external_id(world, organization, arguments.text(slug), arguments.text(external_id)).map(Some)
}

/// The resource that the path names.
fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    if !call.text("resource_id").is_empty() {
        return by_id(world, call.text("resource_id"));
    }
    let organization = match call.text("organization_membership_id") {
        "" => call.text("organization_id"),
        membership => world.find("organization_membership", membership)?.text("organization_id"),
    };
    world.find("organization", organization)?;
    by_external_id(world, organization, call.text("resource_type_slug"), call.text("external_id"))
}

/// The IDs of a resource, of the one above it, and so on up to the organization.
fn upwards(world: &World, resource: &Object) -> Vec<String> {
    let mut line = vec![resource.text("id").to_owned()];
    let mut parent = resource.text("parent_resource_id");
    while let Some(above) = world.get(RESOURCE, parent) {
        line.push(parent.to_owned());
        parent = above.text("parent_resource_id");
    }
    line.push(root_id(resource.text("organization_id")));
    line.dedup();
    line
}

fn get_resource(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let resource = named(world, call)?;
    Ok(answered(world, call, RESOURCE, resource))
}

fn update_by_external_id(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let resource = named(world, call)?;
    update(world, call, RESOURCE, &resource)
}

fn delete_by_external_id(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let resource = named(world, call)?;
    delete(world, call, RESOURCE, &resource)
}

fn list_resources(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization_id");
    if [organization, call.text("resource_type_slug"), call.text("parent_resource_id")] == [""; 3] {
        let message = "Either organization_id or resource_type_slug is required.";
        return Err(Fault::coded(400, "missing_organization_id_or_resource_type_slug", message));
    }
    let equals = |resource: &Object, field: &str, argument: &str| {
        let wanted = call.text(argument);
        wanted.is_empty() || resource.text(field) == wanted
    };
    let has_parent = |resource: &Object| {
        let (external_id, slug) = (call.text("parent_external_id"), call.text("parent_resource_type_slug"));
        external_id.is_empty()
            || match world.get(RESOURCE, resource.text("parent_resource_id")) {
                Some(parent) => {
                    parent.text("external_id") == external_id && parent.text("resource_type_slug") == slug
                }
                None => slug == ORGANIZATION && resource.text("organization_id") == external_id,
            }
    };
    listing::page(world, call, RESOURCE, |resource| {
        equals(resource, "organization_id", "organization_id")
            && equals(resource, "resource_type_slug", "resource_type_slug")
            && equals(resource, "external_id", "resource_external_id")
            && equals(resource, "parent_resource_id", "parent_resource_id")
            && has_parent(resource)
    })
}

fn make(world: &mut World, call: &Call<'_>, resource: &mut Object) -> Result<(), Fault> {
    world.find("organization", call.text("organization_id"))?;
    resource.insert("parent_resource_id".to_owned(), Value::Null);
    place(world, call, resource)
}

/// Below the parent that the arguments name; an organization as parent means none.
fn place(world: &mut World, call: &Call<'_>, resource: &mut Object) -> Result<(), Fault> {
    let Some(parent) = given(world, resource.text("organization_id"), call.arguments, PARENT)? else {
        return Ok(());
    };
    if upwards(world, &parent).iter().any(|above| above == resource.text("id")) {
        return Err(Fault::invalid("parent_resource_id", "below_itself"));
    }
    let is_root = parent.text("resource_type_slug") == ORGANIZATION;
    let id = if is_root { Value::Null } else { parent.text("id").into() };
    resource.insert("parent_resource_id".to_owned(), id);
    Ok(())
}

fn check(world: &World, resource: &Object) -> Result<(), Fault> {
    let (external_id, slug) = (resource.text("external_id"), resource.text("resource_type_slug"));
    if external_id.is_empty() || external_id.len() > 128 || !external_id.is_ascii() {
        return Err(Fault::invalid("external_id", "invalid_external_id"));
    }
    if slug.is_empty() || slug == ORGANIZATION {
        return Err(Fault::invalid("resource_type_slug", "invalid_resource_type"));
    }
    if resource.text("name").trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    match by_external_id(world, resource.text("organization_id"), slug, external_id) {
        Ok(other) if other.text("id") != resource.text("id") => {
            let message = format!("A {slug} with the external ID '{external_id}' already exists.");
            Err(Fault::coded(409, "authorization_resource_external_id_conflict", message))
        }
        _ => Ok(()),
    }
}

fn spare(world: &World, call: &Call<'_>, resource: &Object) -> Result<(), Fault> {
    let id = resource.text("id");
    if call.given("cascade_delete") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let has_children = world.all(RESOURCE).any(|child| child.text("parent_resource_id") == id);
    if has_children || assignments::on(world, id).next().is_some() {
        let message = "The resource has children or role assignments.";
        return Err(Fault::coded(409, "resource_has_dependents", message));
    }
    Ok(())
}

/// What is below it, and who has roles on it.
fn remove_dependents(world: &mut World, resource: &Object) {
    let id = resource.text("id");
    for child in world.ids(RESOURCE, "parent_resource_id", id) {
        remove(world, RESOURCE, &child);
    }
    let assignments: Vec<(&str, String)> = assignments::on(world, id).collect();
    for (kind, assignment) in assignments {
        remove(world, kind, &assignment);
    }
}
