//! What is minted from a blueprint: instances, each with its sessions, each with its tokens.

use serde_json::{Value, json};

use super::super::roles::{has, known, slugs};
use crate::sandbox::call::Call;
use crate::sandbox::clock::SECOND;
use crate::sandbox::derived::{answered, remove};
use crate::sandbox::fault::Fault;
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, Read, World, object};

pub(super) const BLUEPRINT: &str = "agent_blueprint";
/// The token of the example.
pub(super) const CREDENTIAL: &str = "example_agent_access_token";
pub(super) const INSTANCE: &str = "agent_instance";
pub(super) const SESSION: &str = "agent_instance_session";
const SESSION_OF_EXAMPLE: &str = "agent_instance_session_01EXAMPLE0SESSION";

/// The example's session is good for as long as the sandbox runs, with the token of its example.
pub(super) fn begin(world: &mut World) {
    if let Some(mut session) = world.get(SESSION, SESSION_OF_EXAMPLE).cloned() {
        let until = world.from_now(3_600 * SECOND);
        for field in ["expires_at", "_access_expires_at", "_refresh_expires_at"] {
            session.insert(field.to_owned(), until.clone().into());
        }
        session.insert("_access_token".to_owned(), CREDENTIAL.into());
        session.insert("_refresh_token".to_owned(), "example_agent_refresh_token".into());
        session.insert("_permissions".to_owned(), json!(["crm:read", "email:send"]));
        world.put(SESSION, session);
    }
}

/// Who an agent acts for: the organization, and the user with the membership there, if any.
struct Principal {
    organization: String,
    membership: Option<Object>,
}

pub(super) fn mint(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let blueprint = world.find(BLUEPRINT, call.text("agent_blueprint_id"))?.clone();
    match call.text("type") {
        "refresh" => {
            let session = by_token(world, &blueprint, "_refresh_token", call.text("refresh_token"))
                .ok_or_else(|| refused(400, "invalid_refresh_token", "The refresh token is not valid."))?;
            check_alive(world, &session, "_refresh_expires_at")?;
            tokens_of(world, &blueprint, session, false)
        }
        "agent_delegated" => {
            let session = by_token(world, &blueprint, "_access_token", call.text("agent_access_token"))
                .ok_or_else(|| {
                    refused(400, "invalid_agent_access_token", "The access token is not valid.")
                })?;
            check_alive(world, &session, "_access_expires_at")?;
            let instance = world.find(INSTANCE, session.text("agent_instance_id"))?.clone();
            let permissions = slugs(&session, "_permissions");
            let session = put_session(world, call, &blueprint, &instance, &permissions);
            tokens_of(world, &blueprint, session, false)
        }
        kind => {
            let principal = if kind == "user_delegated" {
                delegating(world, call.text("user_access_token"))?
            } else {
                let organization = call.text("organization_id");
                world.find("organization", organization)?;
                Principal { organization: organization.to_owned(), membership: None }
            };
            check_invocable(&blueprint, &principal)?;
            let (instance, is_new) = instance(world, &blueprint, &principal);
            let permissions = permitted(world, &blueprint, &principal);
            let session = put_session(world, call, &blueprint, &instance, &permissions);
            tokens_of(world, &blueprint, session, is_new)
        }
    }
}

fn refused(status: u16, code: &str, message: &str) -> Fault {
    Fault::coded(status, code, message)
}

/// The user of an access token. That of the example stands for the example's user.
fn delegating(world: &World, token: &str) -> Result<Principal, Fault> {
    let invalid = || refused(400, "invalid_user_access_token", "The user's access token is not valid.");
    let (user, organization) = if token == "example_user_access_token" {
        ("user_01EXAMPLE0USER".to_owned(), "org_01EXAMPLE0ORGANIZATION".to_owned())
    } else {
        let claims = tokens::claims(token).ok_or_else(invalid)?;
        let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        (text("sub"), text("org_id"))
    };
    let membership = world.all("organization_membership").find(|membership| {
        membership.text("user_id") == user
            && membership.text("organization_id") == organization
            && membership.text("status") == "active"
    });
    let membership = membership.cloned().ok_or_else(invalid)?;
    Ok(Principal { organization, membership: Some(membership) })
}

fn check_invocable(blueprint: &Object, principal: &Principal) -> Result<(), Fault> {
    let kind = if principal.membership.is_some() { "delegated" } else { "autonomous" };
    let list = |group: &str, field: &str| -> Vec<String> {
        blueprint.get(group).and_then(Value::as_object).map(|group| slugs(group, field)).unwrap_or_default()
    };
    if !list("invocable_as", "instance_types").iter().any(|one| one == kind) {
        let message = format!("The blueprint cannot be invoked as {kind}.");
        return Err(refused(403, "unsupported_invocation_type", &message));
    }
    // No organizations and no roles mean all of them.
    let organizations = list("invocable_by", "organization_ids");
    if !organizations.is_empty() && !organizations.contains(&principal.organization) {
        let message = "The organization may not invoke the blueprint.";
        return Err(refused(403, "organization_not_invocable", message));
    }
    let roles = list("invocable_by", "role_slugs");
    if let Some(membership) = &principal.membership
        && !roles.is_empty()
        && !roles.iter().any(|slug| has(membership, slug))
    {
        return Err(refused(403, "role_not_invocable", "The user's role may not invoke the blueprint."));
    }
    Ok(())
}

/// What the blueprint allows at most, and of that what the user may.
fn permitted(world: &World, blueprint: &Object, principal: &Principal) -> Vec<String> {
    let mut permissions = slugs(blueprint, "permissions");
    if let Some(membership) = &principal.membership {
        let roles = world.all("role").map(|role| role.text("slug")).filter(|slug| has(membership, slug));
        let own: Vec<String> = roles
            .filter_map(|slug| known(world, &principal.organization, slug))
            .flat_map(|role| slugs(role, "permissions"))
            .collect();
        permissions.retain(|permission| own.contains(permission));
    }
    permissions
}

/// A blueprint has one instance for a membership, and one for an organization by itself.
fn instance(world: &mut World, blueprint: &Object, principal: &Principal) -> (Object, bool) {
    let membership = principal.membership.as_ref().map(|membership| membership.text("id").to_owned());
    let there = world.all(INSTANCE).find(|instance| {
        instance.text("agent_blueprint_id") == blueprint.text("id")
            && instance.text("organization_id") == principal.organization
            && instance.text("organization_membership_id") == membership.as_deref().unwrap_or_default()
    });
    if let Some(there) = there {
        return (there.clone(), false);
    }
    let (id, now) = (world.new_id("agent_instance_"), world.now());
    let instance = json!({
        "object": INSTANCE,
        "id": id,
        "agent_blueprint_id": blueprint.text("id"),
        "organization_id": principal.organization,
        "organization_membership_id": membership,
        "type": if membership.is_some() { "delegated" } else { "autonomous" },
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(instance) = instance else { return (Object::new(), true) };
    world.put(INSTANCE, instance.clone());
    (instance, true)
}

fn seconds(blueprint: &Object, setting: &str) -> i64 {
    blueprint.get("session_settings").and_then(|settings| settings[setting].as_i64()).unwrap_or(300)
}

fn put_session(
    world: &mut World,
    call: &Call<'_>,
    blueprint: &Object,
    instance: &Object,
    permissions: &[String],
) -> Object {
    let (id, now) = (world.new_id("agent_instance_session_"), world.now());
    let until = world.from_now(seconds(blueprint, "max_age_seconds") * SECOND);
    let session = json!({
        "object": SESSION,
        "id": id,
        "agent_instance_id": instance.text("id"),
        "status": "active",
        "expires_at": until,
        "revoked_at": null,
        "created_at": now,
        "updated_at": now,
        "_permissions": permissions,
        "_intent": call.given("intent"),
    });
    object(session)
}

/// New tokens for a session; those that it had stop working.
fn tokens_of(
    world: &mut World,
    blueprint: &Object,
    mut session: Object,
    is_new: bool,
) -> Result<Value, Fault> {
    let access = format!("sandbox_agent_{}", world.new_token(40));
    let refresh = format!("sandbox_refresh_{}", world.new_token(40));
    let lifetime = seconds(blueprint, "access_token_ttl_seconds");
    let ends = |world: &World, seconds: i64| {
        let end = world.from_now(seconds * SECOND);
        end.min(session.text("expires_at").to_owned())
    };
    let access_ends = ends(world, lifetime);
    let refresh_ends = ends(world, seconds(blueprint, "refresh_token_ttl_seconds"));
    for (field, value) in [
        ("_access_token", &access),
        ("_refresh_token", &refresh),
        ("_access_expires_at", &access_ends),
        ("_refresh_expires_at", &refresh_ends),
    ] {
        session.insert(field.to_owned(), value.as_str().into());
    }
    world.put(SESSION, session.clone());
    Ok(json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "refresh_token": refresh,
        "agent_instance_id": session.text("agent_instance_id"),
        "new_instance": is_new,
        "agent_instance_session_id": session.text("id"),
        "permissions": session.get("_permissions"),
    }))
}

/// The session of a token, if it was minted from this blueprint.
fn by_token(world: &World, blueprint: &Object, field: &str, token: &str) -> Option<Object> {
    let session = world.by(SESSION, field, token).filter(|_| !token.is_empty())?;
    let instance = world.get(INSTANCE, session.text("agent_instance_id"))?;
    (instance.text("agent_blueprint_id") == blueprint.text("id")).then(|| session.clone())
}

fn check_alive(world: &World, session: &Object, field: &str) -> Result<(), Fault> {
    if session.text("status") == "revoked" {
        return Err(refused(403, "session_revoked", "The session is revoked."));
    }
    if world.is_over(session, "expires_at") || world.is_over(session, field) {
        return Err(refused(403, "session_expired", "The session has expired."));
    }
    Ok(())
}

pub(super) fn validate(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let blueprint = world.find(BLUEPRINT, call.text("agent_blueprint_id"))?;
    let session = by_token(world, blueprint, "_access_token", call.text("agent_access_token"))
        .ok_or_else(|| refused(400, "invalid_agent_access_token", "The access token is not valid."))?;
    check_alive(world, &session, "_access_expires_at")?;
    let instance = world.find(INSTANCE, session.text("agent_instance_id"))?;
    let membership = world.get("organization_membership", instance.text("organization_membership_id"));
    Ok(json!({
        "valid": true,
        "agent_instance_id": instance.text("id"),
        "agent_instance_session_id": session.text("id"),
        "organization_id": instance.text("organization_id"),
        "permissions": session.get("_permissions"),
        "intent": session.get("_intent"),
        "acting_user_id": membership.map(|membership| membership.text("user_id")),
        "session_expires_at": session.text("expires_at"),
    }))
}

/// An expired session stays expired.
pub(super) fn revoke(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("agent_instance_session_id");
    let session = world.find(SESSION, id)?.clone();
    if session.text("status") == "revoked" || world.is_over(&session, "expires_at") {
        return Ok(answered(world, call, SESSION, session));
    }
    let now = world.now();
    let session = world.change(SESSION, id, |session| {
        session.insert("status".to_owned(), "revoked".into());
        session.insert("revoked_at".to_owned(), now.into());
    })?;
    Ok(answered(world, call, SESSION, session))
}

/// Nobody ends a session whose time is over.
pub(super) fn show(world: &World, session: &mut Object) {
    if session.text("status") == "active" && world.is_over(session, "expires_at") {
        session.insert("status".to_owned(), "expired".into());
    }
}

pub(super) fn fits(world: &World, session: &Object, name: &str, value: &Value) -> Option<bool> {
    let instance = world.get(INSTANCE, session.text("agent_instance_id"));
    matches!(name, "organization_id" | "agent_blueprint_id")
        .then(|| instance.is_some_and(|instance| instance.get(name) == Some(value)))
}

pub(super) fn remove_of_blueprint(world: &mut World, blueprint: &Object) {
    for instance in world.ids(INSTANCE, "agent_blueprint_id", blueprint.text("id")) {
        remove(world, INSTANCE, &instance);
    }
}

pub(super) fn remove_of_instance(world: &mut World, instance: &Object) {
    for session in world.ids(SESSION, "agent_instance_id", instance.text("id")) {
        world.remove(SESSION, &session);
    }
}
