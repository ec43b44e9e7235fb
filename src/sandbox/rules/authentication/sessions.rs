//! Sessions, and the tokens that stand for them.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::{DAY, SECOND};
use crate::sandbox::derived::told;
use crate::sandbox::fault::Fault;
use crate::sandbox::listing;
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, Read, World};

const SESSION: &str = "session";
const REFRESH: &str = "refresh_token";
/// How long a session lasts.
const LASTS: i64 = 7 * DAY;
/// How long an access token is good for, in seconds.
const TOKEN_SECONDS: i64 = 300;
/// Who issues access tokens.
const ISSUER: &str = "https://api.workos.com/";

/// The sessions of the examples are in force.
pub(super) fn begin(world: &mut World) {
    let expires_at = world.from_now(LASTS);
    for id in ["session_01EXAMPLE0SESSION", "session_01EXAMPLE0SECOND"] {
        let _ = world.change(SESSION, id, |session| {
            session.insert("status".to_owned(), "active".into());
            session.insert("ended_at".to_owned(), Value::Null);
            session.insert("expires_at".to_owned(), expires_at.as_str().into());
        });
    }
}

/// Whether a session is in force.
pub(super) fn is_active(world: &World, session: &Object) -> bool {
    session.text("status") == "active" && !world.is_over(session, "expires_at")
}

/// A new session of a user.
pub(super) fn start(
    world: &mut World,
    call: &Call<'_>,
    user_id: &str,
    organization_id: &str,
    method: &str,
) -> Object {
    let (id, now) = (world.new_id("session_"), world.now());
    let session = json!({
        "object": SESSION,
        "id": id,
        "user_id": user_id,
        "organization_id": Some(organization_id).filter(|id| !id.is_empty()),
        "auth_method": method,
        "status": "active",
        "ip_address": call.given("ip_address"),
        "user_agent": call.given("user_agent"),
        "expires_at": world.from_now(LASTS),
        "ended_at": null,
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(session) = session else { return Object::new() };
    world.put(SESSION, session.clone());
    let data = told(world, SESSION, session.clone());
    world.happened("session.created", data, Object::new());
    session
}

/// An access token and a refresh token for a session.
pub(super) fn tokens_for(world: &mut World, session: &Object) -> Result<(String, String), Fault> {
    let seconds = world.milliseconds() / SECOND;
    let organization_id = session.text("organization_id");
    let mut claims = json!({
        "iss": ISSUER,
        "sub": session.text("user_id"),
        "sid": session.text("id"),
        "jti": world.new_token(26),
    });
    if !organization_id.is_empty() {
        let roles = roles(world, session.text("user_id"), organization_id);
        claims["org_id"] = organization_id.into();
        claims["role"] = roles.first().cloned().into();
        claims["permissions"] = permissions(world, &roles, organization_id).into();
        claims["roles"] = roles.into();
    }
    claims["exp"] = (seconds + TOKEN_SECONDS).into();
    claims["iat"] = seconds.into();
    let access = tokens::signed(&claims)?;
    let refresh = world.new_token(25);
    let object = json!({"id": refresh, "session_id": session.text("id"), "user_id": session.text("user_id")});
    if let Value::Object(object) = object {
        world.put(REFRESH, object);
    }
    Ok((access, refresh))
}

/// The slugs of the roles that a member has.
fn roles(world: &World, user_id: &str, organization_id: &str) -> Vec<String> {
    let membership = world.all("organization_membership").find(|membership| {
        membership.text("user_id") == user_id && membership.text("organization_id") == organization_id
    });
    let roles = membership.and_then(|membership| membership.get("roles")?.as_array());
    roles.into_iter().flatten().filter_map(|role| Some(role["slug"].as_str()?.to_owned())).collect()
}

/// What these roles permit, each thing once.
fn permissions(world: &World, roles: &[String], organization_id: &str) -> Vec<String> {
    let mut permissions: Vec<String> = world
        .all("role")
        .filter(|role| roles.iter().any(|slug| slug == role.text("slug")))
        .filter(|role| matches!(role.text("organization_id"), id if id.is_empty() || id == organization_id))
        .filter_map(|role| role.get("permissions")?.as_array())
        .flatten()
        .filter_map(|permission| Some(permission.as_str()?.to_owned()))
        .collect();
    permissions.sort();
    permissions.dedup();
    permissions
}

/// The session of a refresh token, which is used up by that.
pub(super) fn refreshed(world: &mut World, token: &str) -> Result<Object, Fault> {
    let ended = |description: &str| Fault::oauth(400, "invalid_grant", description);
    let Some(token) = world.remove(REFRESH, token) else {
        return Err(ended("The refresh token is invalid, or has been used."));
    };
    match world.get(SESSION, token.text("session_id")) {
        Some(session) if is_active(world, session) => Ok(session.clone()),
        _ => Err(ended("The session has ended.")),
    }
}

/// A session goes on in another organization.
pub(super) fn switch(world: &mut World, session: &Object, organization_id: &str) -> Result<Object, Fault> {
    world.change(SESSION, session.text("id"), |session| {
        session.insert("organization_id".to_owned(), organization_id.into());
    })
}

/// Ends a session that is in force.
fn end(world: &mut World, id: &str) {
    let now = world.now();
    let ended = world.change(SESSION, id, |session| {
        session.insert("status".to_owned(), "revoked".into());
        session.insert("ended_at".to_owned(), now.into());
    });
    if let Ok(session) = ended {
        for token in world.ids(REFRESH, "session_id", id) {
            world.remove(REFRESH, &token);
        }
        let data = told(world, SESSION, session);
        world.happened("session.revoked", data, Object::new());
    }
}

/// Ends all sessions of a user, or those in one organization.
pub(in crate::sandbox::rules) fn revoke_all(world: &mut World, user_id: &str, organization_id: Option<&str>) {
    let sessions: Vec<String> = world
        .all(SESSION)
        .filter(|session| session.text("user_id") == user_id && is_active(world, session))
        .filter(|session| organization_id.is_none_or(|id| session.text("organization_id") == id))
        .map(|session| session.text("id").to_owned())
        .collect();
    for session in sessions {
        end(world, &session);
    }
}

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user = world.find("user", call.text("id"))?.text("id").to_owned();
    listing::page(world, call, SESSION, |session| {
        session.text("user_id") == user && is_active(world, session)
    })
}

pub(super) fn revoke(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("session_id");
    if !is_active(world, world.find(SESSION, id)?) {
        return Err(Fault::coded(400, "session_ended", "The session has ended already."));
    }
    end(world, id);
    Ok(Value::Null)
}

/// The logout URL is opened: the session ends, and the browser goes on to where the URL says.
pub(super) fn log_out(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("session_id");
    if is_active(world, world.find(SESSION, id)?) {
        end(world, id);
    }
    let return_to = Some(call.text("return_to")).filter(|url| !url.is_empty());
    Ok(json!({"url": return_to.unwrap_or("https://sandbox.authkit.example/signed-out")}))
}
