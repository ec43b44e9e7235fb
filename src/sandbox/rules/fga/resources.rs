//! Resources, and how arguments name them.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::fault::Fault;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RESOURCE: &str = "authorization_resource";
/// The type of the resource that an organization itself is.
pub(super) const ORGANIZATION: &str = "organization";
/// Names of the arguments that name a resource: its ID, or external ID and type.
pub(super) type Names = [&'static str; 3];
pub(super) const ITSELF: Names = ["resource_id", "resource_external_id", "resource_type_slug"];
pub(super) const PARENT: Names =
    ["parent_resource_id", "parent_resource_external_id", "parent_resource_type_slug"];

/// An organization as the resource that is above all others of it. It is not stored.
pub(super) fn root(world: &World, organization: &str) -> Result<Object, Fault> {
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

pub(super) fn root_id(organization: &str) -> String {
    format!("authz_resource_{}", organization.trim_start_matches("org_"))
}

/// The resource of an ID.
pub(super) fn by_id(world: &World, id: &str) -> Result<Object, Fault> {
    if let Some(resource) = world.get(RESOURCE, id) {
        return Ok(resource.clone());
    }
    let organization = id.replacen("authz_resource_", "org_", 1);
    root(world, &organization).map_err(|_| Fault::not_found(RESOURCE, id))
}

/// The resource that an organization has under an external ID and a type.
pub(super) fn by_external_id(
    world: &World,
    organization: &str,
    slug: &str,
    external_id: &str,
) -> Result<Object, Fault> {
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
pub(super) fn given(
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
pub(super) fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
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
pub(super) fn upwards(world: &World, resource: &Object) -> Vec<String> {
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
