//! One-time codes: Magic Auth and e-mail verification.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::MINUTE;
use crate::sandbox::derived::told;
use crate::sandbox::fault::Fault;
use crate::sandbox::rules::{invitations, users};
use crate::sandbox::world::{Object, Read, World};

pub(super) const MAGIC: &str = "magic_auth";
pub(super) const VERIFICATION: &str = "email_verification";
/// Digits of a code.
pub(super) const DIGITS: usize = 6;
/// How long a code is good for.
pub(super) const LASTS: i64 = 10 * MINUTE;
/// How many wrong codes end a right one.
const ATTEMPTS: u64 = 5;

pub(super) fn magic_event(_: &Object, what: &str) -> Option<&'static str> {
    (what == "created").then_some("magic_auth.created")
}

pub(super) fn verification_event(_: &Object, what: &str) -> Option<&'static str> {
    (what == "created").then_some("email_verification.created")
}

/// A code for an address. Whoever has none yet gets an account.
pub(super) fn make_magic(world: &mut World, call: &Call<'_>, magic: &mut Object) -> Result<(), Fault> {
    let email = call.text("email");
    if !email.contains('@') {
        return Err(Fault::invalid("email", "invalid_email"));
    }
    let invitation = call.text("invitation_token");
    if !invitation.is_empty() {
        invited(world, invitation, email)?;
    }
    let user = match users::by_email(world, email) {
        Some(user) => user.text("id").to_owned(),
        None => users::sign_up(world, email, false).text("id").to_owned(),
    };
    let further = json!({
        "user_id": user,
        "email": email,
        "code": world.new_code(DIGITS),
        "expires_at": world.from_now(LASTS),
        "radar_auth_attempt_id": null,
        "_invitation_token": invitation,
    });
    if let Value::Object(further) = further {
        magic.extend(further);
    }
    Ok(())
}

/// The pending invitation with a token, which is to this address.
pub(super) fn invited(world: &World, token: &str, email: &str) -> Result<Object, Fault> {
    let Some(invitation) = invitations::with_token(world, token) else {
        return Err(Fault::oauth(400, "invitation_invalid", "The invitation is not pending."));
    };
    if invitation.text("email").eq_ignore_ascii_case(email) {
        return Ok(invitation);
    }
    let description = "The invitation is to another e-mail address.";
    Err(Fault::oauth(400, "invitation_cannot_be_used_for_email", description))
}

/// A new code that verifies a user's address.
pub(super) fn new_verification(world: &mut World, user: &Object) -> Object {
    let (id, now) = (world.new_id("email_verification_"), world.now());
    let verification = json!({
        "object": VERIFICATION,
        "id": id,
        "user_id": user.text("id"),
        "email": user.text("email"),
        "expires_at": world.from_now(LASTS),
        "code": world.new_code(DIGITS),
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(verification) = verification else { return Object::new() };
    world.put(VERIFICATION, verification.clone());
    let data = told(world, VERIFICATION, verification.clone());
    world.happened("email_verification.created", data, Object::new());
    verification
}

/// What an operation calls it that a code is not right.
pub(super) struct Refusals {
    pub incorrect: &'static str,
    pub expired: &'static str,
    pub used: &'static str,
    /// Status and code.
    pub too_many: (u16, &'static str),
}

/// Of a sign-in.
pub(super) const SIGN_IN: Refusals = Refusals {
    incorrect: "invalid_one_time_code",
    expired: "one_time_code_expired",
    used: "one_time_code_previously_used",
    too_many: (400, "one_time_code_too_many_attempts"),
};

/// Uses a user's code of some kind up. A wrong one counts against the newest.
pub(super) fn redeem(
    world: &mut World,
    kind: &str,
    user_id: &str,
    code: &str,
    refusals: &Refusals,
) -> Result<Object, Fault> {
    let theirs = || world.all(kind).rev().filter(|object| object.text("user_id") == user_id);
    let found = theirs().find(|object| object.text("code") == code).or_else(|| theirs().next()).cloned();
    let incorrect = || Fault::coded(400, refusals.incorrect, "The code is incorrect.");
    let Some(mut object) = found else { return Err(incorrect()) };
    let attempts = object.get("_attempts").and_then(Value::as_u64).unwrap_or_default();
    let is_used = object.contains_key("_used");
    if attempts >= ATTEMPTS {
        let (status, code) = refusals.too_many;
        return Err(Fault::coded(status, code, "There were too many wrong codes: ask for a new one."));
    }
    if object.text("code") != code {
        object.insert("_attempts".to_owned(), (attempts + 1).into());
        world.put(kind, object);
        return Err(incorrect().keeping());
    }
    if is_used {
        return Err(Fault::coded(400, refusals.used, "The code has been used."));
    }
    if world.is_over(&object, "expires_at") {
        return Err(Fault::coded(400, refusals.expired, "The code has expired."));
    }
    object.insert("_used".to_owned(), true.into());
    world.put(kind, object.clone());
    Ok(object)
}
