//! Who may do what: by a role on the resource itself, on one above it, or in the organization.

use serde_json::{Value, json};

use super::super::roles;
use super::assignments::{DIRECT, given_for};
use super::{PARENT, RESOURCE, given, named, root_id, upwards};
use crate::sandbox::call::Call;
use crate::sandbox::fault::Fault;
use crate::sandbox::listing;
use crate::sandbox::world::{Object, Read, World};

fn membership(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    world.find("organization_membership", call.text("organization_membership_id")).cloned()
}

/// Whether a membership has a role on one of these resources.
fn has_role(world: &World, membership: &Object, slug: &str, resources: &[String]) -> bool {
    let organization = root_id(membership.text("organization_id"));
    if resources.contains(&organization) && roles::has(membership, slug) {
        return true;
    }
    world.all(DIRECT).any(|one| {
        one.text("organization_membership_id") == membership.text("id")
            && one["role"]["slug"] == slug
            && one["resource"]["id"].as_str().is_some_and(|id| resources.iter().any(|known| known == id))
    })
}

/// The roles that grant a permission in an organization.
fn granting<'a>(world: &'a World, organization: &str, permission: &str) -> Vec<&'a str> {
    let grants = |role: &&Object| {
        let owner = role.text("organization_id");
        (owner.is_empty() || owner == organization)
            && role
                .get("permissions")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one == permission))
    };
    world.all("role").filter(grants).map(|role| role.text("slug")).collect()
}

/// Whether a membership has a permission on one of these resources. Only an active one has any.
fn may(world: &World, membership: &Object, permission: &str, resources: &[String]) -> bool {
    membership.text("status") == "active"
        && granting(world, membership.text("organization_id"), permission)
            .iter()
            .any(|slug| has_role(world, membership, slug, resources))
}

pub(super) fn check(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = membership(world, call)?;
    let resource = given_for(world, &membership, call.arguments)?;
    let line = upwards(world, &resource);
    Ok(json!({"authorized": may(world, &membership, call.text("permission_slug"), &line)}))
}

/// Children of the parent.
pub(super) fn list_resources(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = membership(world, call)?;
    let parent = given(world, membership.text("organization_id"), call.arguments, PARENT)?;
    let parent = parent.ok_or_else(|| Fault::invalid("parent_resource_id", "required"))?;
    let is_root = parent.text("id") == root_id(parent.text("organization_id"));
    let permission = call.text("permission_slug");
    listing::page(world, call, RESOURCE, |resource| {
        let above = resource.text("parent_resource_id");
        resource.text("organization_id") == parent.text("organization_id")
            && if is_root { above.is_empty() } else { above == parent.text("id") }
            && may(world, &membership, permission, &upwards(world, resource))
    })
}

pub(super) fn list_permissions(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = membership(world, call)?;
    let resource = named(world, call)?;
    if resource.text("organization_id") != membership.text("organization_id") {
        return Err(Fault::not_found(RESOURCE, resource.text("id")));
    }
    let line = upwards(world, &resource);
    listing::page(world, call, "permission", |permission| {
        may(world, &membership, permission.text("slug"), &line)
    })
}

/// Those with roles on the resource itself, or also with those above.
pub(super) fn list_memberships(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let resource = named(world, call)?;
    let mut line = upwards(world, &resource);
    if call.text("assignment") == "direct" {
        line.truncate(1);
    }
    let permission = call.text("permission_slug");
    listing::page(world, call, "organization_membership", |membership| {
        membership.text("organization_id") == resource.text("organization_id")
            && may(world, membership, permission, &line)
    })
}
