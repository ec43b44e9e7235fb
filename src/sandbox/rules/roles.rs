//! Roles and permissions. Roles of the environment are in all organizations; an organization may have
//! further ones, whose slugs begin with `org-`.

use serde_json::{Value, json};

use super::Rules;
use crate::sandbox::call::Call;
use crate::sandbox::derived::{alter, answered, delete, update};
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("list_organization_roles", list_in_organization),
        ("get_organization_role", get_role),
        ("update_organization_role", update_role),
        ("delete_organization_role", delete_role),
        ("set_organization_role_permissions", set_permissions),
        ("add_organization_role_permission", add_permission),
        ("remove_organization_role_permission", remove_permission),
        ("list_environment_roles", list_in_environment),
        ("get_environment_role", get_role),
        ("update_environment_role", update_role),
        ("set_environment_role_permissions", set_permissions),
        ("add_environment_role_permission", add_permission),
    ],
    kinds: &[
        Kind {
            event: role_event,
            made: make_role,
            checked: check_role,
            spared: spare_role,
            ..Kind::plain("role")
        },
        Kind {
            events: Some("permission"),
            made: make_permission,
            checked: check_permission,
            spared: spare_permission,
            removed: take_from_roles,
            ..Kind::plain("permission")
        },
    ],
    begin,
};

/// Of slugs and of names.
const LONGEST: usize = 48;
/// Roles that every environment has, with their names.
const ROLES: &[(&str, &str)] = &[("admin", "Admin"), ("member", "Member"), ("viewer", "Viewer")];
/// Permissions that only an example's arguments name.
const PERMISSIONS: &[&str] = &["documents:share", "reports:export", "posts:read", "posts:write"];

fn begin(world: &mut World) {
    world.take_off("permission", &["organization_membership_id", "resource_id", "external_id"]);
    let roles: Vec<Object> = world.all("role").cloned().collect();
    for mut role in roles {
        if !is_own(&role) {
            role.shift_remove("organization_id");
            world.put("role", role);
        }
    }
    for (slug, name) in ROLES {
        if world.by("role", "slug", slug).is_none() {
            let (id, now) = (world.new_id("role_"), world.now());
            let role = json!({
                "object": "role", "id": id, "slug": slug, "name": name, "description": null,
                "type": "EnvironmentRole", "resource_type_slug": "organization", "permissions": [],
                "created_at": now, "updated_at": now,
            });
            put(world, "role", role);
        }
    }
    let named =
        world.all("role").chain(world.all("agent_blueprint")).flat_map(|one| slugs(one, "permissions"));
    let named: Vec<String> = named.chain(PERMISSIONS.iter().map(|&slug| slug.to_owned())).collect();
    for slug in named {
        if world.by("permission", "slug", &slug).is_none() {
            let (id, now) = (world.new_id("perm_"), world.now());
            let permission = json!({
                "object": "permission", "id": id, "slug": slug, "name": slug, "description": null,
                "system": false, "resource_type_slug": "organization", "created_at": now, "updated_at": now,
            });
            put(world, "permission", permission);
        }
    }
}

fn put(world: &mut World, kind: &str, object: Value) {
    if let Value::Object(object) = object {
        world.put(kind, object);
    }
}

/// The texts of a field that is a list of them.
pub(super) fn slugs(object: &Object, field: &str) -> Vec<String> {
    let items = object.get(field).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a role belongs to one organization.
fn is_own(role: &Object) -> bool {
    role.text("type") == "OrganizationRole"
}

/// The role that an organization knows by a slug: its own, or else one of the environment.
pub(super) fn known<'a>(world: &'a World, organization: &str, slug: &str) -> Option<&'a Object> {
    let of_slug = || world.all("role").filter(|role| role.text("slug") == slug);
    let own = of_slug().find(|role| is_own(role) && role.text("organization_id") == organization);
    own.or_else(|| of_slug().find(|role| !is_own(role)))
}

/// The role that the path names. Only reading finds those of the environment in an organization.
fn named(world: &World, call: &Call<'_>, reads: bool) -> Result<Object, Fault> {
    let organization = call.text("organization_id");
    let slug = call.text(if call.takes("role_slug") { "role_slug" } else { "slug" });
    if !organization.is_empty() {
        world.find("organization", organization)?;
    }
    let role = known(world, organization, slug);
    let role = role.filter(|role| reads || is_own(role) != organization.is_empty());
    role.cloned().ok_or_else(|| Fault::not_found("role", slug))
}

fn get_role(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let role = named(world, call, true)?;
    Ok(answered(world, call, "role", role))
}

fn update_role(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let role = named(world, call, false)?;
    update(world, call, "role", &role)
}

fn delete_role(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let role = named(world, call, false)?;
    delete(world, call, "role", &role)
}

fn list_in_environment(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    listing::page(world, call, "role", |role| !is_own(role))
}

/// Those of the environment stand before its own.
fn list_in_organization(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization_id");
    world.find("organization", organization)?;
    let mut roles: Vec<&Object> = world.all("role").filter(|role| !is_own(role)).collect();
    roles.extend(
        world.all("role").filter(|role| is_own(role) && role.text("organization_id") == organization),
    );
    let fixture = fixture::of(call.operation)?;
    let model = listing::model(&call.operation.answer);
    Ok(listing::paged(call, fixture, &roles, |role| shown(role, &model, fixture.object())))
}

fn set_permissions(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let role = named(world, call, false)?;
    let mut permissions: Vec<String> = call.texts("permissions").into_iter().map(str::to_owned).collect();
    permissions.sort_unstable();
    permissions.dedup();
    permit(world, call, &role, permissions)
}

fn add_permission(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let role = named(world, call, false)?;
    let mut permissions = slugs(&role, "permissions");
    let slug = call.text("slug");
    if permissions.iter().all(|there| there != slug) {
        permissions.push(slug.to_owned());
    }
    permit(world, call, &role, permissions)
}

fn remove_permission(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let role = named(world, call, false)?;
    let slug = call.text("permission_slug");
    let mut permissions = slugs(&role, "permissions");
    permissions.retain(|there| there != slug);
    if world.by("permission", "slug", slug).is_none() {
        return Err(Fault::not_found("permission", slug));
    }
    permit(world, call, &role, permissions)
}

/// Gives a role just these permissions.
fn permit(
    world: &mut World,
    call: &Call<'_>,
    role: &Object,
    permissions: Vec<String>,
) -> Result<Value, Fault> {
    check_permissions(world, &permissions)?;
    if permissions == slugs(role, "permissions") {
        return Ok(answered(world, call, "role", role.clone()));
    }
    let role = alter(world, "role", role.text("id"), |role| {
        role.insert("permissions".to_owned(), permissions.into());
    })?;
    Ok(answered(world, call, "role", role))
}

/// All of these have to be there.
pub(super) fn check_permissions(world: &World, slugs: &[String]) -> Result<(), Fault> {
    match slugs.iter().find(|slug| world.by("permission", "slug", slug).is_none()) {
        Some(slug) => {
            let message = format!("Permission not found: '{slug}'.");
            Err(Fault::new(
                404,
                json!({"message": message, "code": "permission_not_found", "entity_id": slug}),
            ))
        }
        None => Ok(()),
    }
}

fn role_event(role: &Object, what: &str) -> Option<&'static str> {
    Some(match (is_own(role), what) {
        (false, "created") => "role.created",
        (false, "updated") => "role.updated",
        (false, _) => "role.deleted",
        (true, "created") => "organization_role.created",
        (true, "updated") => "organization_role.updated",
        (true, _) => "organization_role.deleted",
    })
}

fn make_role(_: &mut World, call: &Call<'_>, role: &mut Object) -> Result<(), Fault> {
    role.insert("permissions".to_owned(), json!([]));
    if call.given("resource_type_slug").is_none() {
        role.insert("resource_type_slug".to_owned(), "organization".into());
    }
    if call.given("slug").is_none() {
        let name = call.text("name").to_lowercase();
        let words: Vec<&str> =
            name.split(|one: char| !one.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        role.insert("slug".to_owned(), format!("org-{}", words.join("-")).into());
    }
    Ok(())
}

fn check_role(world: &World, role: &Object) -> Result<(), Fault> {
    check_words(role, |one| one.is_ascii_lowercase() || one.is_ascii_digit() || "-_".contains(one))?;
    let slug = role.text("slug");
    if is_own(role) && !slug.starts_with("org-") {
        return Err(Fault::invalid("slug", "must_begin_with_org"));
    }
    let is_taken = world.all("role").any(|other| {
        other.text("slug") == slug
            && other.text("id") != role.text("id")
            && is_own(other) == is_own(role)
            && other.text("organization_id") == role.text("organization_id")
    });
    if is_taken {
        let code = if is_own(role) { "organization_role_slug_conflict" } else { "role_slug_conflict" };
        return Err(Fault::coded(409, code, format!("A role with the slug '{slug}' already exists.")));
    }
    Ok(())
}

/// The rules for slugs and names.
fn check_words(object: &Object, is_of_slug: fn(char) -> bool) -> Result<(), Fault> {
    let (slug, name) = (object.text("slug"), object.text("name"));
    if slug.is_empty() || slug.len() > LONGEST || !slug.chars().all(is_of_slug) {
        return Err(Fault::invalid("slug", "invalid_slug"));
    }
    if name.trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    if name.chars().count() > LONGEST {
        return Err(Fault::invalid("name", "too_long"));
    }
    Ok(())
}

/// Whether a membership has a role in its organization.
pub(super) fn has(membership: &Object, slug: &str) -> bool {
    let roles = membership.get("roles").and_then(Value::as_array).into_iter().flatten();
    roles.chain(membership.get("role")).any(|role| role["slug"] == slug)
}

fn spare_role(world: &World, _: &Call<'_>, role: &Object) -> Result<(), Fault> {
    let (slug, organization) = (role.text("slug"), role.text("organization_id"));
    let is_here = |object: &Object| object.text("organization_id") == organization;
    let is_member = |membership: &Object| is_here(membership) && has(membership, slug);
    let is_assigned = |assignment: &Object| {
        assignment["role"]["slug"] == slug
            && world
                .get("organization_membership", assignment.text("organization_membership_id"))
                .or_else(|| world.get("group", assignment.text("group_id")))
                .is_some_and(is_here)
    };
    if world.all("organization_membership").any(is_member)
        || world.all("role_assignment").any(is_assigned)
        || world.all("group_role_assignment").any(is_assigned)
    {
        let message = format!("The role '{slug}' is assigned and cannot be deleted.");
        return Err(Fault::coded(409, "role_has_assignments", message));
    }
    Ok(())
}

fn make_permission(_: &mut World, call: &Call<'_>, permission: &mut Object) -> Result<(), Fault> {
    permission.insert("system".to_owned(), false.into());
    if call.given("resource_type_slug").is_none() {
        permission.insert("resource_type_slug".to_owned(), "organization".into());
    }
    Ok(())
}

fn check_permission(world: &World, permission: &Object) -> Result<(), Fault> {
    check_words(permission, |one| one.is_ascii_lowercase() || one.is_ascii_digit() || "-_:.*".contains(one))?;
    let slug = permission.text("slug");
    let is_taken = |other: &Object| other.text("slug") == slug && other.text("id") != permission.text("id");
    if world.all("permission").any(is_taken) {
        let message = format!("A permission with the slug '{slug}' already exists.");
        return Err(Fault::coded(409, "permission_slug_conflict", message));
    }
    Ok(())
}

fn spare_permission(_: &World, _: &Call<'_>, permission: &Object) -> Result<(), Fault> {
    if permission.get("system") == Some(&Value::Bool(true)) {
        return Err(Fault::coded(403, "forbidden", "Permissions of the system cannot be deleted."));
    }
    Ok(())
}

/// No role has a permission that is gone.
fn take_from_roles(world: &mut World, permission: &Object) {
    let slug = permission.text("slug");
    let roles: Vec<Object> = world.all("role").cloned().collect();
    for mut role in roles {
        let mut permissions = slugs(&role, "permissions");
        if permissions.iter().any(|there| there == slug) {
            permissions.retain(|there| there != slug);
            role.insert("permissions".to_owned(), permissions.into());
            world.put("role", role);
        }
    }
}
