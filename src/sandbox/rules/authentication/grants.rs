//! `authenticate_user`: what is exchanged for a session, and the steps that may come between.

use serde_json::{Value, json};

use super::authorize::{self, Flow, attempt, invitation_of};
use super::{codes, sessions};
use crate::api::users::User;
use crate::sandbox::call::Call;
use crate::sandbox::clock::MINUTE;
use crate::sandbox::derived::alter;
use crate::sandbox::fault::Fault;
use crate::sandbox::rules::{invitations, memberships, mfa, users};
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};
use crate::schema::Typed;

pub(super) const DEVICE: &str = "device_authorization";
const PENDING: &str = "pending_authentication";
/// How long somebody may take for the next step.
const PENDING_LASTS: i64 = 10 * MINUTE;
/// At which poll somebody has approved a device.
const APPROVED_AT_POLL: u64 = 2;

pub(super) fn authenticate(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    match call.text("grant_type") {
        "authorization_code" => with_authorization_code(world, call),
        "password" => with_password(world, call),
        "refresh_token" => with_refresh_token(world, call),
        "urn:workos:oauth:grant-type:magic-auth:code" => with_magic_code(world, call),
        "urn:workos:oauth:grant-type:email-verification:code" => with_verification_code(world, call),
        "urn:workos:oauth:grant-type:mfa-totp" => with_factor(world, call),
        "urn:workos:oauth:grant-type:organization-selection" => with_organization(world, call),
        "urn:ietf:params:oauth:grant-type:device_code" => with_device_code(world, call),
        // Nothing here asks for these steps: Radar finds no risk, and every provider tells an address.
        "urn:workos:oauth:grant-type:radar-email-challenge:code"
        | "urn:workos:oauth:grant-type:radar-sms-challenge:code"
        | "urn:workos:oauth:grant-type:email-completion" => Err(not_pending()),
        other => {
            let description = format!("The grant type '{other}' is not supported.");
            Err(Fault::oauth(400, "unsupported_grant_type", &description))
        }
    }
}

fn with_authorization_code(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let code = authorize::redeem(world, call, Flow::AuthKit)?;
    let (user, organization_id) = (code.text("user_id"), code.text("organization_id"));
    if !code.text("connection_id").is_empty() && !organization_id.is_empty() {
        // Whoever the identity provider of an organization lets in is one of its members.
        memberships::join(world, user, organization_id, "")?;
    }
    if code.text("auth_method") == "oauth" {
        // Identities are spelt otherwise in one place.
        let provider = code.text("method").replace("GitHub", "Github");
        users::link_identity(world, user, &provider, &format!("sandbox-{user}"))?;
    }
    go_on(world, call, code)
}

fn with_password(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let email = call.text("email");
    let user = users::by_email(world, email).filter(|user| users::has_password(user, call.text("password")));
    if let Some(user) = user.cloned() {
        return go_on(world, call, attempt(user.text("id"), "Password"));
    }
    let refusal = Fault::coded(400, "invalid_credentials", "E-mail address or password is wrong.");
    Err(failed(world, call, "password", email, refusal))
}

fn with_magic_code(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let email = call.text("email");
    let refusal = || Fault::coded(400, "invalid_one_time_code", "The code is incorrect.");
    let Some(user) = users::by_email(world, email).map(|user| user.text("id").to_owned()) else {
        return Err(refusal());
    };
    let magic = codes::redeem(world, codes::MAGIC, &user, call.text("code"), &codes::SIGN_IN)
        .map_err(|refusal| failed(world, call, "magic_auth", email, refusal))?;
    verify_address(world, &user)?;
    let mut attempt = attempt(&user, "MagicAuth");
    attempt.insert("_invitation_token".to_owned(), magic.text("_invitation_token").into());
    go_on(world, call, attempt)
}

/// Whoever read the code has the mail.
fn verify_address(world: &mut World, user_id: &str) -> Result<(), Fault> {
    if world.find("user", user_id)?.get("email_verified") != Some(&Value::Bool(true)) {
        alter(world, "user", user_id, |user| {
            user.insert("email_verified".to_owned(), true.into());
        })?;
    }
    Ok(())
}

fn with_refresh_token(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut session = sessions::refreshed(world, call.text("refresh_token"))?;
    let organization_id = call.text("organization_id");
    if !organization_id.is_empty() {
        check_member(world, session.text("user_id"), organization_id)?;
        session = sessions::switch(world, &session, organization_id)?;
    }
    answer(world, &session, Value::Null)
}

fn check_member(world: &World, user_id: &str, organization_id: &str) -> Result<(), Fault> {
    if world.get("organization", organization_id).is_none() {
        return Err(Fault::oauth(400, "organization_not_found", "There is no such organization."));
    }
    let membership = memberships::of(world, user_id, organization_id);
    if membership.is_some_and(|membership| membership.text("status") == "active") {
        return Ok(());
    }
    let description = "The user is no active member of the organization.";
    Err(Fault::oauth(400, "organization_membership_not_found", description))
}

fn with_device_code(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let Some(mut device) = world.get(DEVICE, call.text("device_code")).cloned() else {
        return Err(Fault::oauth(400, "invalid_grant", "The device code is invalid, or has been used."));
    };
    if world.is_over(&device, "expires_at") {
        return Err(Fault::oauth(400, "expired_token", "The device code has expired."));
    }
    let polls = device.get("polls").and_then(Value::as_u64).unwrap_or_default() + 1;
    if polls < APPROVED_AT_POLL {
        device.insert("polls".to_owned(), polls.into());
        world.put(DEVICE, device);
        let description = "Nobody has approved the device yet: somebody will before the next poll.";
        return Err(Fault::oauth(400, "authorization_pending", description).keeping());
    }
    world.remove(DEVICE, device.text("id"));
    let user = authorize::likely_user(world, "", "")?;
    let mut attempt = attempt(user.text("id"), "Password");
    // They have signed in elsewhere, with all that it takes, to the first of their organizations.
    attempt.insert("mfa".to_owned(), true.into());
    let first = active_organizations(world, user.text("id")).first().cloned().unwrap_or_default();
    attempt.insert("organization_id".to_owned(), first.into());
    go_on(world, call, attempt)
}

fn not_pending() -> Fault {
    let message = "The pending authentication token is invalid, has expired, or has been used.";
    Fault::coded(400, "invalid_pending_authentication_token", message)
}

/// The sign-in that waits for a step.
fn pending(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let attempt = world.get(PENDING, call.text("pending_authentication_token"));
    attempt.filter(|attempt| !world.is_over(attempt, "expires_at")).cloned().ok_or_else(not_pending)
}

/// A sign-in that waited goes on.
fn resume(world: &mut World, call: &Call<'_>, attempt: Object) -> Result<Value, Fault> {
    world.remove(PENDING, attempt.text("id"));
    go_on(world, call, attempt)
}

fn email_of(world: &World, attempt: &Object) -> String {
    world.get("user", attempt.text("user_id")).map(|user| user.text("email").to_owned()).unwrap_or_default()
}

fn with_verification_code(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let attempt = pending(world, call)?;
    let (user, email) = (attempt.text("user_id"), email_of(world, &attempt));
    codes::redeem(world, codes::VERIFICATION, user, call.text("code"), &codes::SIGN_IN)
        .map_err(|refusal| failed(world, call, "email_verification", &email, refusal))?;
    succeeded(world, call, "email_verification", &attempt);
    verify_address(world, user)?;
    resume(world, call, attempt)
}

fn with_factor(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut attempt = pending(world, call)?;
    let email = email_of(world, &attempt);
    mfa::pass(world, call.text("authentication_challenge_id"), attempt.text("user_id"), call.text("code"))
        .map_err(|refusal| failed(world, call, "mfa", &email, refusal))?;
    succeeded(world, call, "mfa", &attempt);
    attempt.insert("mfa".to_owned(), true.into());
    resume(world, call, attempt)
}

fn with_organization(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut attempt = pending(world, call)?;
    let organization_id = call.text("organization_id");
    if !active_organizations(world, attempt.text("user_id")).iter().any(|id| id == organization_id) {
        let message = "The user is no active member of the organization.";
        return Err(Fault::coded(400, "invalid_organization_id", message));
    }
    attempt.insert("organization_id".to_owned(), organization_id.into());
    resume(world, call, attempt)
}

/// The organizations in which a user is an active member.
fn active_organizations(world: &World, user_id: &str) -> Vec<String> {
    world
        .all("organization_membership")
        .filter(|membership| membership.text("user_id") == user_id && membership.text("status") == "active")
        .map(|membership| membership.text("organization_id").to_owned())
        .collect()
}

/// Asks for the next step, or signs the user in.
fn go_on(world: &mut World, call: &Call<'_>, mut attempt: Object) -> Result<Value, Fault> {
    let user = world.find("user", attempt.text("user_id"))?.clone();
    let invitation = invitation_of(world, call, &attempt, user.text("email"))?;
    if let Some(invitation) = &invitation {
        attempt.insert("_invitation_token".to_owned(), invitation.text("token").into());
    }
    let (method, shown_user) = (attempt.text("method").to_owned(), shown(&user, &User::SCHEMA, None));
    let is_verified = user.get("email_verified") == Some(&Value::Bool(true));
    if method == "Password" && !is_verified && invitation.is_none() {
        let verification = codes::new_verification(world, &user);
        let further = json!({
            "email": user.text("email"),
            "email_verification_id": verification.text("id"),
        });
        let message = "The e-mail address has to be verified first.";
        return Err(ask(world, attempt, "email_verification_required", message, further));
    }
    if matches!(method.as_str(), "Password" | "MagicAuth") && !attempt.contains_key("mfa") {
        let factors = mfa::factors_of(world, user.text("id"));
        if !factors.is_empty() {
            let further = json!({"user": shown_user, "authentication_factors": factors});
            let message = "The user has to complete an MFA challenge.";
            return Err(ask(world, attempt, "mfa_challenge", message, further));
        }
    }
    if let Some(invitation) = &invitation {
        verify_address(world, user.text("id"))?;
        invitations::accept(world, invitation)?;
        if !invitation.text("organization_id").is_empty() {
            attempt.insert("organization_id".to_owned(), invitation.text("organization_id").into());
        }
    }
    if attempt.text("organization_id").is_empty() {
        let theirs = active_organizations(world, user.text("id"));
        match theirs.as_slice() {
            [] => {}
            [only] => drop(attempt.insert("organization_id".to_owned(), only.as_str().into())),
            several => {
                // It is accepted, and needs not be another time.
                attempt.shift_remove("_invitation_token");
                let name = |id: &String| world.get("organization", id).map(|found| found.text("name"));
                let organizations: Vec<Value> =
                    several.iter().map(|id| json!({"id": id, "name": name(id)})).collect();
                let further = json!({"user": shown_user, "organizations": organizations});
                let message = "The user has to choose an organization.";
                return Err(ask(world, attempt, "organization_selection_required", message, further));
            }
        }
    } else {
        check_member(world, user.text("id"), attempt.text("organization_id"))?;
    }
    let (organization_id, auth_method) = (attempt.text("organization_id"), attempt.text("auth_method"));
    let session = sessions::start(world, call, user.text("id"), organization_id, auth_method);
    let now = world.now();
    world.set("user", user.text("id"), "last_sign_in_at", now.into())?;
    attempt.insert("session_id".to_owned(), session.text("id").into());
    succeeded(world, call, attempt.text("event"), &attempt);
    answer(world, &session, method.into())
}

/// The error that asks for a step, with the token to come back with.
fn ask(world: &mut World, mut attempt: Object, code: &str, message: &str, further: Value) -> Fault {
    let token = world.new_token(25);
    attempt.insert("id".to_owned(), token.as_str().into());
    attempt.insert("expires_at".to_owned(), world.from_now(PENDING_LASTS).into());
    world.put(PENDING, attempt);
    let mut body = json!({"code": code, "message": message, "pending_authentication_token": token});
    if let (Value::Object(body), Value::Object(further)) = (&mut body, further) {
        body.extend(further);
    }
    Fault::new(403, body).keeping()
}

/// The user with the tokens of a session.
fn answer(world: &mut World, session: &Object, method: Value) -> Result<Value, Fault> {
    let user = shown(world.find("user", session.text("user_id"))?, &User::SCHEMA, None);
    let (access_token, refresh_token) = sessions::tokens_for(world, session)?;
    let mut answer = json!({
        "user": user,
        "organization_id": session.get("organization_id"),
        "access_token": access_token,
        "refresh_token": refresh_token,
    });
    if !method.is_null() {
        answer["authentication_method"] = method;
    }
    Ok(answer)
}

/// Tells that a step has worked.
fn succeeded(world: &mut World, call: &Call<'_>, event: &str, attempt: &Object) {
    let mut data = json!({
        "type": event,
        "status": "succeeded",
        "user_id": attempt.text("user_id"),
        "email": email_of(world, attempt),
        "ip_address": call.given("ip_address"),
        "user_agent": call.given("user_agent"),
    });
    if event == "sso" {
        data["sso"] = json!({
            "organization_id": attempt.get("organization_id"),
            "connection_id": attempt.get("connection_id"),
            "session_id": attempt.get("session_id"),
        });
    }
    if let Value::Object(data) = data {
        let organization_id = attempt.text("organization_id");
        world.happened_in(&format!("authentication.{event}_succeeded"), data, Object::new(), organization_id);
    }
}

/// Tells that a step has not worked, which stays so.
fn failed(world: &mut World, call: &Call<'_>, event: &str, email: &str, refusal: Fault) -> Fault {
    let user = users::by_email(world, email).map(|user| user.text("id").to_owned());
    let data = json!({
        "type": event,
        "status": "failed",
        "user_id": user,
        "email": email,
        "ip_address": call.given("ip_address"),
        "user_agent": call.given("user_agent"),
        "error": {"code": refusal.body["code"], "message": refusal.body["message"]},
    });
    if let Value::Object(data) = data {
        world.happened(&format!("authentication.{event}_failed"), data, Object::new());
    }
    refusal.keeping()
}
