//! Users: their addresses, passwords and identities. Waitlists are in `waitlists`.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::derived::{remove, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::{Rules, check_metadata};
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[("list_user_identities", list_identities)],
    kinds: &[Kind {
        events: Some("user"),
        made: make,
        changed: change,
        checked: check,
        removed: remove_dependents,
        fits,
        ..Kind::plain("user")
    }],
    begin,
};

/// The fewest characters of a password.
const SHORTEST_PASSWORD: usize = 8;

/// Kinds whose objects go with their user.
const DEPENDENTS: &[&str] = &[
    "organization_membership",
    "session",
    "refresh_token",
    "pending_authentication",
    "authorization_code",
    "authentication_factor",
    "magic_auth",
    "email_verification",
    "password_reset",
    "email_change",
    "api_key",
    "connected_account",
    "authorized_connect_application",
];

/// The example user can sign in with the password of the examples.
fn begin(world: &mut World) {
    let identities = crate::api::operations()
        .find(|operation| operation.name == "list_user_identities")
        .and_then(|operation| fixture::of(operation).ok())
        .map(|fixture| fixture.response.clone());
    if let Some(mut user) = world.get("user", "user_01EXAMPLE0USER").cloned() {
        user.insert("_identities".to_owned(), identities.unwrap_or_default());
        set_password(&mut user, "example_password");
        world.put("user", user);
    }
}

fn make(world: &mut World, call: &Call<'_>, user: &mut Object) -> Result<(), Fault> {
    for field in ["profile_picture_url", "last_sign_in_at", "locale", "radar_auth_attempt_id"] {
        user.insert(field.to_owned(), Value::Null);
    }
    if call.given("email_verified").is_none() {
        user.insert("email_verified".to_owned(), false.into());
    }
    if !user.get("metadata").is_some_and(Value::is_object) {
        user.insert("metadata".to_owned(), json!({}));
    }
    name(user);
    if is_taken(world, user) {
        let errors = json!([{"code": "email_not_available", "message": "This email is not available."}]);
        let message = "Could not create user.";
        let body = json!({"code": "user_creation_error", "message": message, "errors": errors});
        return Err(Fault::new(400, body));
    }
    take_password(call, user)
}

fn change(world: &mut World, call: &Call<'_>, user: &mut Object) -> Result<(), Fault> {
    let before = world.find("user", user.text("id"))?.clone();
    if call.given("name").is_none()
        && (call.given("first_name").is_some() || call.given("last_name").is_some())
    {
        user.insert("name".to_owned(), Value::Null);
        name(user);
    }
    if !before.text("email").eq_ignore_ascii_case(user.text("email")) {
        if is_taken(world, user) {
            return Err(Fault::coded(400, "email_not_available", "This email is not available."));
        }
        change_address(user, call.given("email_verified") == Some(&Value::Bool(true)));
    }
    take_password(call, user)
}

/// What goes with a new address: it has to be verified, and accounts elsewhere do not match it.
fn change_address(user: &mut Object, verified: bool) {
    user.insert("email_verified".to_owned(), verified.into());
    user.insert("_identities".to_owned(), json!([]));
}

/// The full name, where only its parts are given.
fn name(user: &mut Object) {
    if user.text("name").is_empty() {
        let name = format!("{} {}", user.text("first_name"), user.text("last_name"));
        if !name.trim().is_empty() {
            user.insert("name".to_owned(), name.trim().into());
        }
    }
}

fn check(world: &World, user: &Object) -> Result<(), Fault> {
    let (local, domain) = user.text("email").split_once('@').unwrap_or_default();
    if local.is_empty() || !domain.contains('.') || user.text("email").contains(char::is_whitespace) {
        return Err(Fault::invalid("email", "invalid_email"));
    }
    let external_id = user.text("external_id");
    let has_it =
        |other: &Object| other.text("external_id") == external_id && other.text("id") != user.text("id");
    if !external_id.is_empty() && world.all("user").any(has_it) {
        let message = format!("The external_id provided ({external_id}) is already in use by another user.");
        return Err(Fault::coded(400, "external_id_already_used", message));
    }
    check_metadata(user)
}

/// Whether another user has the address.
fn is_taken(world: &World, user: &Object) -> bool {
    by_email(world, user.text("email")).is_some_and(|other| other.text("id") != user.text("id"))
}

/// The user who has an address, in whatever letters.
pub(super) fn by_email<'a>(world: &'a World, email: &str) -> Option<&'a Object> {
    world.all("user").find(|user| user.text("email").eq_ignore_ascii_case(email))
}

/// A new user of whom only the address is known, by a sign-in or an invitation.
pub(super) fn sign_up(world: &mut World, email: &str, verified: bool) -> Object {
    let (id, now) = (world.new_id("user_"), world.now());
    let user = json!({
        "object": "user",
        "id": id,
        "email": email,
        "email_verified": verified,
        "first_name": null,
        "last_name": null,
        "name": null,
        "profile_picture_url": null,
        "external_id": null,
        "metadata": {},
        "last_sign_in_at": null,
        "locale": null,
        "created_at": now,
        "updated_at": now,
    });
    let Value::Object(user) = user else { return Object::new() };
    world.put("user", user.clone());
    let data = told(world, "user", user.clone());
    world.happened("user.created", data, Object::new());
    user
}

/// The address of a user is another one from now on, and known to be theirs.
pub(super) fn readdress(user: &mut Object, email: &str) {
    user.insert("email".to_owned(), email.into());
    change_address(user, true);
}

fn take_password(call: &Call<'_>, user: &mut Object) -> Result<(), Fault> {
    if let Some(password) = call.given("password").and_then(Value::as_str) {
        check_password(password, "password_strength_error", "Password does not meet strength requirements.")?;
        set_password(user, password);
    }
    // Nothing here knows these algorithms: nobody signs in with such a password.
    if call.given("password_hash").is_some() {
        user.insert("_password".to_owned(), "imported".into());
    }
    Ok(())
}

/// Refuses a password that is too short.
pub(super) fn check_password(password: &str, code: &str, message: &str) -> Result<(), Fault> {
    if password.chars().count() >= SHORTEST_PASSWORD {
        return Ok(());
    }
    let reason = format!("Password must be at least {SHORTEST_PASSWORD} characters long.");
    let errors = json!([{"code": "password_too_short", "message": reason}]);
    Err(Fault::new(400, json!({"code": code, "message": message, "errors": errors})))
}

/// Gives a user a password. Only its hash is kept: the world may be in a file.
pub(super) fn set_password(user: &mut Object, password: &str) {
    let hash = hash(user, password);
    user.insert("_password".to_owned(), hash.into());
}

/// Whether this is the user's password.
pub(super) fn has_password(user: &Object, password: &str) -> bool {
    user.text("_password") == hash(user, password)
}

fn hash(user: &Object, password: &str) -> String {
    tokens::hash(&format!("{}:{password}", user.text("id")))
}

fn fits(world: &World, user: &Object, name: &str, value: &Value) -> Option<bool> {
    let text = value.as_str().unwrap_or_default();
    match name {
        "email" => Some(user.text("email").eq_ignore_ascii_case(text)),
        "organization_id" | "organization" => Some(world.all("organization_membership").any(|membership| {
            membership.text("user_id") == user.text("id")
                && membership.text("organization_id") == text
                && membership.text("status") != "inactive"
        })),
        _ => None,
    }
}

fn list_identities(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user = world.find("user", call.text("id"))?;
    Ok(user.get("_identities").cloned().unwrap_or_else(|| json!([])))
}

/// Links an account elsewhere to a user, unless it is linked already.
pub(super) fn link_identity(
    world: &mut World,
    user_id: &str,
    provider: &str,
    idp_id: &str,
) -> Result<(), Fault> {
    let mut identities = world.find("user", user_id)?.get("_identities").cloned().unwrap_or_default();
    let identity = json!({"idp_id": idp_id, "type": "OAuth", "provider": provider});
    match &mut identities {
        Value::Array(there) if there.iter().any(|one| one["provider"] == *provider) => return Ok(()),
        Value::Array(there) => there.push(identity),
        _ => identities = json!([identity]),
    }
    world.set("user", user_id, "_identities", identities)
}

fn remove_dependents(world: &mut World, user: &Object) {
    let id = user.text("id");
    for kind in DEPENDENTS {
        let belongs = |object: &&Object| {
            object.text("user_id") == id
                || object.get("owner").and_then(|owner| owner.get("id")?.as_str()) == Some(id)
        };
        let theirs: Vec<String> =
            world.all(kind).filter(belongs).map(|object| object.text("id").to_owned()).collect();
        for id in theirs {
            remove(world, kind, &id);
        }
    }
}
