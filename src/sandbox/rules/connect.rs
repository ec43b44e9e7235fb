//! Connect: applications with their secrets, and who has let them in.

use serde_json::{Value, json};

use super::Rules;
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, create, delete, remove, update};
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("complete_external_auth", complete),
        ("get_connect_application", get),
        ("update_connect_application", change),
        ("delete_connect_application", delete_application),
        ("list_connect_application_secrets", list_secrets),
        ("create_connect_application_secret", create_secret),
        ("delete_connect_application_secret", delete_secret),
        ("delete_user_authorized_application", withdraw),
    ],
    kinds: &[
        Kind {
            made: make,
            changed: tidy,
            checked: check,
            removed: remove_dependents,
            fits,
            ..Kind::plain(APPLICATION)
        },
        Kind { made: make_secret, ..Kind::plain(SECRET) },
        Kind { seen: Some(show_application), ..Kind::plain(CONSENT) },
    ],
    begin: |world| {
        for id in world.all(SECRET).map(|secret| secret.text("id").to_owned()).collect::<Vec<_>>() {
            let application = "conn_app_01EXAMPLE0APPLICATION".into();
            world.set(SECRET, &id, "application_id", application).ok();
        }
    },
};

const APPLICATION: &str = "connect_application";
const SECRET: &str = "connect_application_secret";
/// That a user has let an application in.
const CONSENT: &str = "authorized_connect_application";
/// An external sign-in that is completed.
const COMPLETED: &str = "external_auth";
/// Secrets that an application can have at a time.
const MOST_SECRETS: usize = 5;

/// An application by its ID or its client ID.
fn application(world: &World, id: &str) -> Result<Object, Fault> {
    let application = world.get(APPLICATION, id).or_else(|| world.by(APPLICATION, "client_id", id));
    application.cloned().ok_or_else(|| Fault::not_found(APPLICATION, id))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let application = application(world, call.text("id"))?;
    Ok(answered(world, call, APPLICATION, application))
}

fn change(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let application = application(world, call.text("id"))?;
    update(world, call, APPLICATION, &application)
}

fn delete_application(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let application = application(world, call.text("id"))?;
    delete(world, call, APPLICATION, &application)
}

fn make(world: &mut World, call: &Call<'_>, application: &mut Object) -> Result<(), Fault> {
    if let Some(organization) = call.given("organization_id").and_then(Value::as_str) {
        world.find("organization", organization)?;
    }
    application.insert("client_id".to_owned(), world.new_id("client_").into());
    application.insert("was_dynamically_registered".to_owned(), false.into());
    let is_oauth = call.text("application_type") == "oauth";
    for (field, usual) in [("uses_pkce", json!(false)), ("is_first_party", json!(true))] {
        let value = call.given(field).cloned().unwrap_or(usual);
        application.insert(field.to_owned(), if is_oauth { value } else { Value::Null });
    }
    for field in ["redirect_uris", "cors_origins"] {
        let value = call.given(field).cloned().unwrap_or_else(|| json!([]));
        application.insert(field.to_owned(), if is_oauth { value } else { Value::Null });
    }
    application.insert("scopes".to_owned(), call.given("scopes").cloned().unwrap_or_else(|| json!([])));
    tidy(world, call, application)
}

/// What is cleared is empty, and one redirect URI is the default.
fn tidy(_: &mut World, call: &Call<'_>, application: &mut Object) -> Result<(), Fault> {
    for field in ["scopes", "redirect_uris", "cors_origins"] {
        if call.clears(field) {
            application.insert(field.to_owned(), json!([]));
        }
    }
    // A new one need not say whether it is the default.
    if let Some(given) = call.given("redirect_uris") {
        application.insert("redirect_uris".to_owned(), given.clone());
    }
    if let Some(Value::Array(redirects)) = application.get_mut("redirect_uris") {
        let is_default = |redirect: &Value| redirect["default"] == true;
        let default = redirects.iter().position(is_default).unwrap_or(0);
        if redirects.iter().filter(|redirect| is_default(redirect)).count() > 1 {
            return Err(Fault::invalid("redirect_uris", "several_defaults"));
        }
        for (place, redirect) in redirects.iter_mut().enumerate() {
            redirect["default"] = (place == default).into();
        }
    }
    Ok(())
}

fn check(_: &World, application: &Object) -> Result<(), Fault> {
    if application.text("name").trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    Ok(())
}

fn fits(_: &World, application: &Object, name: &str, value: &Value) -> Option<bool> {
    let is_dynamic = application.get("was_dynamically_registered") == Some(&Value::Bool(true));
    let kind = if is_dynamic { "dynamic" } else { "authenticated" };
    (name == "registration_types")
        .then(|| value.as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind)))
}

fn remove_dependents(world: &mut World, application: &Object) {
    for secret in world.ids(SECRET, "application_id", application.text("id")) {
        world.remove(SECRET, &secret);
    }
    let consents: Vec<String> = consents(world, application.text("id"));
    for consent in consents {
        world.remove(CONSENT, &consent);
    }
}

fn consents(world: &World, application: &str) -> Vec<String> {
    let given = world.all(CONSENT).filter(|consent| consent["application"]["id"] == application);
    given.map(|consent| consent.text("id").to_owned()).collect()
}

/// As it is now, not as it was when the user let it in.
fn show_application(world: &World, consent: &mut Object) {
    let id =
        consent.get("application").and_then(|application| application["id"].as_str()).unwrap_or_default();
    if let Some(application) = world.get(APPLICATION, id).cloned() {
        consent.insert("application".to_owned(), Value::Object(application));
    }
}

fn list_secrets(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let application = application(world, call.text("id"))?;
    let is_its_own = |secret: &&Object| secret.text("application_id") == application.text("id");
    let secrets: Vec<&Object> = world.all(SECRET).filter(is_its_own).collect();
    let model = listing::model(&call.operation.answer);
    Ok(listing::paged(call, fixture::of(call.operation)?, &secrets, |secret| shown(secret, &model, None)))
}

fn create_secret(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let application = application(world, call.text("id"))?;
    let id = application.text("id");
    if world.ids(SECRET, "application_id", id).len() >= MOST_SECRETS {
        let message = format!("An application has at most {MOST_SECRETS} secrets.");
        return Err(Fault::coded(422, "client_secret_limit_reached", message));
    }
    let mut owner = Object::new();
    owner.insert("application_id".to_owned(), id.into());
    create(world, call, SECRET, owner)
}

/// The hint is its end.
fn make_secret(world: &mut World, _: &Call<'_>, secret: &mut Object) -> Result<(), Fault> {
    let value = format!("sandbox_secret_{}", world.new_token(32));
    secret.insert("secret_hint".to_owned(), value[value.len() - 6..].into());
    secret.insert("secret".to_owned(), value.into());
    secret.insert("last_used_at".to_owned(), Value::Null);
    Ok(())
}

fn delete_secret(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    world.find(SECRET, id)?;
    remove(world, SECRET, id);
    Ok(Value::Null)
}

fn withdraw(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (user, id) = (call.text("user_id"), call.text("application_id"));
    world.find("user", user)?;
    let application = application(world, id)?;
    let consents = consents(world, application.text("id"));
    let own = consents
        .iter()
        .find(|consent| world.get(CONSENT, consent).is_some_and(|one| one.text("user_id") == user));
    let own = own.ok_or_else(|| Fault::not_found(CONSENT, id))?;
    world.remove(CONSENT, own);
    Ok(Value::Null)
}

/// Goes on with a sign-in that a login page of one's own has taken over, once.
fn complete(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("external_auth_id");
    if !id.starts_with("ext_auth_") {
        return Err(Fault::not_found(COMPLETED, id));
    }
    if world.get(COMPLETED, id).is_some() {
        let message = "The external authentication is completed already.";
        let body = json!({"error": "external_auth_session_already_completed", "message": message});
        return Err(Fault::new(400, body));
    }
    if let Value::Object(completed) = json!({"id": id}) {
        world.put(COMPLETED, completed);
    }
    let state = world.new_token(24);
    Ok(
        json!({"redirect_uri": format!("https://sandbox.authkit.app/oauth2/authorize/complete?state={state}")}),
    )
}
