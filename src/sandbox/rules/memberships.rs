//! Memberships of users in organizations.

use serde_json::{Value, json};

use super::authentication::sessions;
use crate::api::users::User;
use crate::sandbox::call::Call;
use crate::sandbox::derived::{alter, answered, remove, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::rules::Rules;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};
use crate::schema::Typed;

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("list_organization_memberships", list),
        ("create_organization_membership", create),
        ("deactivate_organization_membership", deactivate),
        ("reactivate_organization_membership", reactivate),
    ],
    kinds: &[Kind {
        events: Some(MEMBERSHIP),
        changed: change,
        removed: remove_dependents,
        seen: Some(show),
        ..Kind::plain(MEMBERSHIP)
    }],
    ..Rules::NONE
};

const MEMBERSHIP: &str = "organization_membership";
/// The role of whom nobody gives another one.
const DEFAULT_ROLE: &str = "member";
/// Kinds whose objects go with their membership.
const DEPENDENTS: &[&str] = &["group_member", "role_assignment"];

fn show(world: &World, membership: &mut Object) {
    if let Some(organization) = world.get("organization", membership.text("organization_id")) {
        membership.insert("organization_name".to_owned(), organization.text("name").into());
    }
    if let Some(user) = world.get("user", membership.text("user_id")) {
        membership.insert("user".to_owned(), shown(user, &User::SCHEMA, None));
    }
}

/// The membership of a user in an organization, in whatever state.
pub(super) fn of<'a>(world: &'a World, user_id: &str, organization_id: &str) -> Option<&'a Object> {
    world.all(MEMBERSHIP).find(|membership| {
        membership.text("user_id") == user_id && membership.text("organization_id") == organization_id
    })
}

fn list(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    if call.text("user_id").is_empty() && call.text("organization_id").is_empty() {
        let message = "Either user_id or organization_id is needed.";
        return Err(Fault::coded(400, "missing_user_id_or_organization_id", message));
    }
    for (kind, name) in [("user", "user_id"), ("organization", "organization_id")] {
        if call.given(name).is_some() {
            world.find(kind, call.text(name))?;
        }
    }
    let statuses = call.texts("statuses");
    listing::page(world, call, MEMBERSHIP, |membership| {
        let is_in = |name: &str| call.given(name).is_none() || membership.text(name) == call.text(name);
        let status = membership.text("status");
        let is_asked_for = if statuses.is_empty() { status == "active" } else { statuses.contains(&status) };
        is_in("user_id") && is_in("organization_id") && is_asked_for
    })
}

/// The roles that a call gives, which the organization must know.
fn roles_given<'a>(
    world: &World,
    call: &Call<'a>,
    organization_id: &str,
) -> Result<Option<Vec<&'a str>>, Fault> {
    let slugs = match (call.given("role_slug"), call.given("role_slugs")) {
        (Some(slug), _) => vec![slug.as_str().unwrap_or_default()],
        (None, Some(_)) => call.texts("role_slugs"),
        (None, None) => return Ok(None),
    };
    for slug in &slugs {
        if !is_role(world, slug, organization_id) {
            return Err(invalid_role(422, slug));
        }
    }
    Ok(Some(slugs).filter(|slugs| !slugs.is_empty()))
}

/// Whether an organization knows a role: its own, and those of the environment.
pub(super) fn is_role(world: &World, slug: &str, organization_id: &str) -> bool {
    let mut roles = world.all("role").filter(|role| role.text("slug") == slug);
    slug == DEFAULT_ROLE
        || roles.any(|role| {
            matches!(role.text("organization_id"), "") || role.text("organization_id") == organization_id
        })
}

/// The error that there is no such role.
pub(super) fn invalid_role(status: u16, slug: &str) -> Fault {
    Fault::coded(status, "invalid_role", format!("There is no role with the slug '{slug}'."))
}

fn give_roles(membership: &mut Object, slugs: &[&str]) {
    let roles: Vec<Value> = slugs.iter().map(|slug| json!({"slug": slug})).collect();
    membership.insert("role".to_owned(), roles.first().cloned().unwrap_or_default());
    membership.insert("roles".to_owned(), roles.into());
}

fn create(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (user_id, organization_id) = (call.text("user_id"), call.text("organization_id"));
    world.find("user", user_id)?;
    world.find("organization", organization_id)?;
    let slugs = roles_given(world, call, organization_id)?.unwrap_or_else(|| vec![DEFAULT_ROLE]);
    let there = of(world, user_id, organization_id)
        .map(|there| (there.text("id").to_owned(), there.text("status").to_owned()));
    let membership = match there.as_ref().map(|(id, status)| (id, status.as_str())) {
        Some((id, "inactive")) => activate(world, id, &slugs)?,
        Some((_, "pending")) => return Err(pending("reactivate")),
        Some(_) => {
            let message = "The user is a member of the organization already.";
            return Err(Fault::coded(400, "user_already_organization_member", message));
        }
        None => put(world, user_id, organization_id, &slugs, "active"),
    };
    Ok(answered(world, call, MEMBERSHIP, membership))
}

fn activate(world: &mut World, id: &str, slugs: &[&str]) -> Result<Object, Fault> {
    alter(world, MEMBERSHIP, id, |membership| {
        membership.insert("status".to_owned(), "active".into());
        if !slugs.is_empty() {
            give_roles(membership, slugs);
        }
    })
}

fn put(world: &mut World, user_id: &str, organization_id: &str, slugs: &[&str], status: &str) -> Object {
    let (id, now) = (world.new_id("om_"), world.now());
    let membership = json!({
        "object": MEMBERSHIP,
        "id": id,
        "user_id": user_id,
        "organization_id": organization_id,
        "status": status,
        "directory_managed": false,
        "custom_attributes": {},
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(mut membership) = membership else { return Object::new() };
    give_roles(&mut membership, slugs);
    world.put(MEMBERSHIP, membership.clone());
    let data = told(world, MEMBERSHIP, membership.clone());
    world.happened("organization_membership.created", data, Object::new());
    membership
}

/// A user who has an account is invited: a member who has yet to accept.
pub(super) fn expect(world: &mut World, user_id: &str, organization_id: &str, slug: &str) {
    if of(world, user_id, organization_id).is_none() {
        let slug = if slug.is_empty() { DEFAULT_ROLE } else { slug };
        put(world, user_id, organization_id, &[slug], "pending");
    }
}

/// Nobody waits for the user to accept any more.
pub(super) fn expect_no_more(world: &mut World, user_id: &str, organization_id: &str) {
    let there = of(world, user_id, organization_id).filter(|there| there.text("status") == "pending");
    if let Some(id) = there.map(|there| there.text("id").to_owned()) {
        remove(world, MEMBERSHIP, &id);
    }
}

/// The user has accepted: an active member, with this role unless a member already.
pub(super) fn join(world: &mut World, user_id: &str, organization_id: &str, slug: &str) -> Result<(), Fault> {
    let there = of(world, user_id, organization_id)
        .map(|there| (there.text("id").to_owned(), there.text("status") == "active"));
    match there {
        Some((_, true)) => {}
        Some((id, false)) => {
            let slugs: Vec<&str> = Some(slug).filter(|slug| !slug.is_empty()).into_iter().collect();
            activate(world, &id, &slugs)?;
        }
        None => {
            put(
                world,
                user_id,
                organization_id,
                &[if slug.is_empty() { DEFAULT_ROLE } else { slug }],
                "active",
            );
        }
    }
    Ok(())
}

fn change(world: &mut World, call: &Call<'_>, membership: &mut Object) -> Result<(), Fault> {
    if let Some(slugs) = roles_given(world, call, membership.text("organization_id"))? {
        give_roles(membership, &slugs);
    }
    Ok(())
}

fn pending(verb: &str) -> Fault {
    let message =
        format!("A pending membership cannot be {verb}d: the user has not accepted the invitation.");
    Fault::coded(400, &format!("cannot_{verb}_pending_organization_membership"), message)
}

fn deactivate(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut membership = world.find(MEMBERSHIP, call.text("id"))?.clone();
    match membership.text("status") {
        "pending" => return Err(pending("deactivate")),
        "inactive" => {}
        _ => {
            membership = alter(world, MEMBERSHIP, call.text("id"), |membership| {
                membership.insert("status".to_owned(), "inactive".into());
            })?;
            sessions::revoke_all(world, membership.text("user_id"), None);
        }
    }
    Ok(answered(world, call, MEMBERSHIP, membership))
}

fn reactivate(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let membership = world.find(MEMBERSHIP, call.text("id"))?.clone();
    let membership = match membership.text("status") {
        "pending" => return Err(pending("reactivate")),
        "inactive" => activate(world, call.text("id"), &[])?,
        _ => membership,
    };
    Ok(answered(world, call, MEMBERSHIP, membership))
}

/// The user is in none of its groups any more, and signed in to the organization nowhere.
fn remove_dependents(world: &mut World, membership: &Object) {
    for kind in DEPENDENTS {
        for id in world.ids(kind, "organization_membership_id", membership.text("id")) {
            remove(world, kind, &id);
        }
    }
    sessions::revoke_all(world, membership.text("user_id"), Some(membership.text("organization_id")));
}
