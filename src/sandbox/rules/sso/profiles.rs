//! Profiles: who signed in, as the identity provider describes them, and the tokens that show them.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::{MINUTE, SECOND};
use crate::sandbox::derived::answered;
use crate::sandbox::fault::Fault;
use crate::sandbox::rules::authentication::authorize::{self, Flow};
use crate::sandbox::rules::memberships;
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, Read, World};

pub(super) const PROFILE: &str = "profile";
const TOKEN: &str = "sso_access_token";
const LOGOUT: &str = "sso_logout_token";
/// How long an access token shows a profile.
const LASTS: i64 = 10 * MINUTE;
/// How long a sign-out may take to begin.
const LOGOUT_LASTS: i64 = 2 * MINUTE;

/// The code and the tokens of the examples are good, and one example profile is that of an OIDC connection.
pub(super) fn begin(world: &mut World) {
    let attempt = authorize::example_attempt();
    let verifier = "example_code_verifier_0123456789_0123456789_abc";
    authorize::put_example(world, "example_authorization_code", verifier, attempt);
    let oidc = world.get(PROFILE, "prof_01EXAMPLE0PROFILE").cloned().map(|mut profile| {
        for (name, value) in [
            ("id", "prof_01EXAMPLE0OIDC"),
            ("connection_id", "conn_01EXAMPLE0OIDC"),
            ("connection_type", "GenericOIDC"),
        ] {
            profile.insert(name.to_owned(), value.into());
        }
        profile
    });
    for object in [
        oidc.map(|profile| (PROFILE, Value::Object(profile))),
        Some((TOKEN, json!({"id": "example_access_token", "profile_id": "prof_01EXAMPLE0PROFILE"}))),
        Some((LOGOUT, json!({"id": "example_logout_token", "profile_id": "prof_01EXAMPLE0OIDC"}))),
    ]
    .into_iter()
    .flatten()
    {
        if let (kind, Value::Object(object)) = object {
            world.put(kind, object);
        }
    }
}

/// A code from the redirect, or an ID token of the identity provider, for profile and token.
pub(super) fn exchange(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let signed_in = if call.given("subject_token").is_some() {
        by_id_token(world, call)?
    } else {
        authorize::redeem(world, call, Flow::Sso)?
    };
    let profile = profile_of(world, &signed_in)?;
    let token = world.new_token(40);
    let mut object = Object::new();
    object.insert("id".to_owned(), token.as_str().into());
    object.insert("profile_id".to_owned(), profile.text("id").into());
    object.insert("expires_at".to_owned(), world.from_now(LASTS).into());
    world.put(TOKEN, object);
    tell(world, call, &signed_in, &profile);
    let mut profile = profile;
    profile.retain(|name, _| !name.starts_with('_'));
    Ok(json!({
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": LASTS / SECOND,
        "profile": profile,
    }))
}

/// The sandbox has no keys of identity providers: it takes what the token says.
fn by_id_token(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let organization = world.find("organization", call.text("organization_id"))?;
    let connection = authorize::active_connection(world, organization.text("id"))
        .ok_or_else(|| Fault::oauth(400, "invalid_grant", "The organization has no active connection."))?;
    let claims = tokens::claims(call.text("subject_token"))
        .ok_or_else(|| Fault::oauth(400, "invalid_grant", "The subject token is no ID token."))?;
    let email = claims["email"].as_str().unwrap_or_default();
    let user = authorize::likely_user(world, email, organization.text("id"))?;
    let mut signed_in = Object::new();
    for (name, value) in [
        ("user_id", user.text("id")),
        ("organization_id", organization.text("id")),
        ("connection_id", connection.text("id")),
        ("event", "sso"),
    ] {
        signed_in.insert(name.to_owned(), value.into());
    }
    Ok(signed_in)
}

/// The profile of a user at a connection or provider: the same one each time.
fn profile_of(world: &mut World, signed_in: &Object) -> Result<Object, Fault> {
    let user = world.find("user", signed_in.text("user_id"))?.clone();
    let connection = world.get("connection", signed_in.text("connection_id")).cloned().unwrap_or_default();
    let organization_id = connection.text("organization_id");
    // Providers that need no connection of an organization have one all the same.
    let (connection_type, connection_id) = if connection.is_empty() {
        (signed_in.text("method"), format!("conn_sandbox_{}", signed_in.text("method")))
    } else {
        (connection.text("connection_type"), connection.text("id").to_owned())
    };
    let there = world.all(PROFILE).find(|profile| {
        profile.text("connection_id") == connection_id
            && profile.text("email").eq_ignore_ascii_case(user.text("email"))
    });
    let (id, idp_id) = match there {
        Some(profile) => (profile.text("id").to_owned(), profile.text("idp_id").to_owned()),
        None => (world.new_id("prof_"), world.new_token(20)),
    };
    let roles = memberships::of(world, user.text("id"), organization_id)
        .map(|membership| (membership.get("role").cloned(), membership.get("roles").cloned()));
    let (role, roles) = roles.unwrap_or_default();
    let profile = json!({
        "object": PROFILE,
        "id": id,
        "organization_id": Some(organization_id).filter(|id| !id.is_empty()),
        "connection_id": connection_id,
        "connection_type": connection_type,
        "idp_id": idp_id,
        "email": user.text("email"),
        "first_name": user.get("first_name"),
        "last_name": user.get("last_name"),
        "name": user.get("name"),
        "role": role,
        "roles": roles,
        "groups": [],
        "custom_attributes": {},
        "raw_attributes": {
            "id": idp_id,
            "email": user.text("email"),
            "firstName": user.get("first_name"),
            "lastName": user.get("last_name"),
        },
    });
    let Value::Object(profile) = profile else { return Ok(Object::new()) };
    world.put(PROFILE, profile.clone());
    Ok(profile)
}

fn tell(world: &mut World, call: &Call<'_>, signed_in: &Object, profile: &Object) {
    let event = signed_in.text("event");
    let mut data = json!({
        "type": event,
        "status": "succeeded",
        "user_id": signed_in.text("user_id"),
        "email": profile.text("email"),
        "ip_address": call.given("ip_address"),
        "user_agent": call.given("user_agent"),
    });
    if event == "sso" {
        let connection = profile.get("connection_id");
        let organization = profile.get("organization_id");
        data["sso"] =
            json!({"organization_id": organization, "connection_id": connection, "session_id": null});
    }
    if let Value::Object(data) = data {
        let organization = profile.text("organization_id");
        world.happened_in(&format!("authentication.{event}_succeeded"), data, Object::new(), organization);
    }
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let token = world.get(TOKEN, call.text("access_token"));
    let token = token.filter(|token| !world.is_over(token, "expires_at"));
    let profile = token.and_then(|token| world.get(PROFILE, token.text("profile_id"))).cloned();
    let unauthorized = || Fault::new(401, json!({"error": "Unauthorized"}));
    Ok(answered(world, call, PROFILE, profile.ok_or_else(unauthorized)?))
}

pub(super) fn authorize_logout(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let profile = world.find(PROFILE, call.text("profile_id"))?.clone();
    if profile.text("connection_type") != "GenericOIDC" {
        let description = "Only profiles of custom OpenID Connect connections can be signed out.";
        return Err(Fault::oauth(400, "connection_invalid", description));
    }
    let token = world.new_token(40);
    let mut object = Object::new();
    object.insert("id".to_owned(), token.as_str().into());
    object.insert("profile_id".to_owned(), profile.text("id").into());
    object.insert("expires_at".to_owned(), world.from_now(LOGOUT_LASTS).into());
    world.put(LOGOUT, object);
    let url = format!("https://auth.workos.com/sso/logout?token={token}");
    Ok(json!({"logout_url": url, "logout_token": token}))
}

/// The logout URL is opened: the browser goes on to the identity provider, once.
pub(super) fn log_out(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let token = world.remove(LOGOUT, call.text("token"));
    match token.filter(|token| !world.is_over(token, "expires_at")) {
        Some(_) => Ok(json!({"url": "https://idp.sandbox.example/end_session"})),
        None => Err(Fault::coded(404, "entity_not_found", "There is no such logout token.")),
    }
}
