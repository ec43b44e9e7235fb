//! What users change about how they sign in: a forgotten password, another address, a verified one.

use serde_json::{Value, json};

use super::codes::{self, Refusals};
use super::sessions;
use crate::sandbox::call::Call;
use crate::sandbox::clock::HOUR;
use crate::sandbox::derived::{alter, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::rules::users;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};
use crate::schema::Typed;

pub(super) const RESET: &str = "password_reset";
pub(super) const CHANGE: &str = "email_change";

pub(super) fn reset_event(_: &Object, what: &str) -> Option<&'static str> {
    (what == "created").then_some("password_reset.created")
}

/// A user in the place of an answer that has one.
fn with_user(user: &Object, further: Value) -> Value {
    let mut answer = json!({"user": shown(user, &crate::api::users::User::SCHEMA, None)});
    if let (Value::Object(answer), Value::Object(further)) = (&mut answer, further) {
        answer.extend(further);
    }
    answer
}

pub(super) fn make_reset(world: &mut World, call: &Call<'_>, reset: &mut Object) -> Result<(), Fault> {
    let email = call.text("email");
    let user = users::by_email(world, email).ok_or_else(|| Fault::not_found("user", email))?;
    let (id, email) = (user.text("id").to_owned(), user.text("email").to_owned());
    let token = world.new_token(25);
    let further = json!({
        "user_id": id,
        "email": email,
        "password_reset_url": format!("https://sandbox.authkit.example/reset-password?token={token}"),
        "password_reset_token": token,
        "expires_at": world.from_now(HOUR),
    });
    if let Value::Object(further) = further {
        reset.extend(further);
    }
    Ok(())
}

pub(super) fn confirm_password_reset(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let found = world.by(RESET, "password_reset_token", call.text("token")).cloned();
    let Some(reset) = found.filter(|reset| !reset.contains_key("_used")) else {
        return Err(Fault::coded(404, "entity_not_found", "There is no such password reset token."));
    };
    let message = "Could not reset password.";
    if world.is_over(&reset, "expires_at") {
        let errors = json!([{"code": "password_reset_token_expired", "message": "The token has expired."}]);
        let body = json!({"code": "password_reset_error", "message": message, "errors": errors});
        return Err(Fault::new(400, body));
    }
    let password = call.text("new_password");
    users::check_password(password, "password_reset_error", message)?;
    world.set(RESET, reset.text("id"), "_used", true.into())?;
    let user = alter(world, "user", reset.text("user_id"), |user| {
        users::set_password(user, password);
        user.insert("email_verified".to_owned(), true.into());
    })?;
    sessions::revoke_all(world, user.text("id"), None);
    let data = told(world, RESET, reset);
    world.happened("password_reset.succeeded", data, Object::new());
    Ok(with_user(&user, Value::Null))
}

/// Refuses an address that a user cannot have.
fn check_address(world: &World, user: &Object, email: &str) -> Result<(), Fault> {
    if !email.contains('@') {
        return Err(Fault::coded(422, "invalid_email", "That is no e-mail address."));
    }
    if user.text("email").eq_ignore_ascii_case(email) {
        return Err(Fault::coded(409, "email_change_not_needed", "The user has this address already."));
    }
    if users::by_email(world, email).is_some() {
        return Err(Fault::coded(409, "email_not_available", "This email is not available."));
    }
    Ok(())
}

pub(super) fn send_email_change(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (user, email) = (world.find("user", call.text("id"))?.clone(), call.text("new_email"));
    check_address(world, &user, email)?;
    for earlier in world.ids(CHANGE, "user_id", user.text("id")) {
        world.remove(CHANGE, &earlier);
    }
    let (id, code, now) = (world.new_id("email_change_"), world.new_code(codes::DIGITS), world.now());
    let expires_at = world.from_now(codes::LASTS);
    let change = json!({
        "id": id,
        "user_id": user.text("id"),
        "new_email": email,
        "code": code,
        "expires_at": expires_at,
    });
    if let Value::Object(change) = change {
        world.put(CHANGE, change);
    }
    let note = format!("The sandbox sends no e-mail. The code in it would be {code}.");
    let further = json!({
        "object": CHANGE,
        "new_email": email,
        "expires_at": expires_at,
        "created_at": now,
        "_note": note,
    });
    Ok(with_user(&user, further))
}

pub(super) fn confirm_email_change(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    const REFUSALS: Refusals = Refusals {
        incorrect: "email_change_code_incorrect",
        expired: "email_change_code_expired",
        used: "email_change_code_previously_used",
        too_many: (429, "email_change_too_many_attempts"),
    };
    let user = world.find("user", call.text("id"))?.clone();
    if world.by(CHANGE, "user_id", user.text("id")).is_none() {
        return Err(Fault::coded(409, "no_pending_email_change", "The user is changing no address."));
    }
    let change = codes::redeem(world, CHANGE, user.text("id"), call.text("code"), &REFUSALS)?;
    let email = change.text("new_email");
    check_address(world, &user, email)?;
    world.remove(CHANGE, change.text("id"));
    let user = alter(world, "user", user.text("id"), |user| users::readdress(user, email))?;
    Ok(with_user(&user, json!({"object": "email_change_confirmation"})))
}

pub(super) fn send_verification_email(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user = world.find("user", call.text("id"))?.clone();
    if user.get("email_verified") == Some(&Value::Bool(true)) {
        return Err(Fault::coded(400, "email_already_verified", "The address is verified already."));
    }
    let verification = codes::new_verification(world, &user);
    let note = format!(
        "The sandbox sends no e-mail. `get_email_verification` has the code: {}.",
        verification.text("id")
    );
    Ok(with_user(&user, json!({"_note": note})))
}

pub(super) fn verify_user_email(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    const REFUSALS: Refusals = Refusals {
        incorrect: "email_verification_code_incorrect",
        expired: "email_verification_code_expired",
        used: "email_verification_code_previously_used",
        too_many: (400, "email_verification_code_incorrect"),
    };
    let user = world.find("user", call.text("id"))?.clone();
    if user.get("email_verified") == Some(&Value::Bool(true)) {
        return Err(Fault::coded(400, "email_previously_verified", "The address is verified already."));
    }
    codes::redeem(world, codes::VERIFICATION, user.text("id"), call.text("code"), &REFUSALS)?;
    let user = alter(world, "user", user.text("id"), |user| {
        user.insert("email_verified".to_owned(), true.into());
    })?;
    Ok(with_user(&user, Value::Null))
}
