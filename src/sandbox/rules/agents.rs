//! Agents: registrations that people claim, and blueprints, from which sessions with tokens are minted.

mod sessions;

use serde_json::{Map, Value, json};

use self::sessions::{BLUEPRINT, CREDENTIAL};
use super::Rules;
use super::roles::{check_permissions, slugs};
use crate::sandbox::call::Call;
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::kind::Kind;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("link_agent_claim_attempt", link),
        ("validate_agent_credential", validate),
        ("get_agent_registration", get),
        ("revoke_agent_registration", revoke),
        ("mint_agent_token", sessions::mint),
        ("validate_agent_token", sessions::validate),
        ("revoke_agent_session", sessions::revoke),
    ],
    kinds: &[
        Kind {
            made: make,
            changed: keep,
            checked: check,
            removed: sessions::remove_of_blueprint,
            ..Kind::plain(BLUEPRINT)
        },
        Kind { removed: sessions::remove_of_instance, ..Kind::plain(sessions::INSTANCE) },
        Kind { seen: Some(sessions::show), fits: sessions::fits, ..Kind::plain(sessions::SESSION) },
    ],
    begin,
};

// It has no tag.
const REGISTRATION: &str = "agent_registration";
/// The token of the example, which stands for what an agent would have got for itself.
const CLAIM: &str = "example_claim_attempt_token";

fn begin(world: &mut World) {
    let operation = crate::api::operations().find(|operation| operation.name == "get_agent_registration");
    let example =
        operation.and_then(|operation| fixture::of(operation).ok()).map(|fixture| &fixture.response);
    if let Some(Value::Object(registration)) = example {
        let mut registration = registration.clone();
        registration.insert("_credential".to_owned(), CREDENTIAL.into());
        registration.insert("_claim".to_owned(), CLAIM.into());
        world.put(REGISTRATION, registration);
    }
    sessions::begin(world);
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    Ok(shown(world.find(REGISTRATION, call.text("id"))?, &call.operation.answer, None))
}

/// What is revoked already stays as it is.
fn revoke(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    if world.find(REGISTRATION, id)?.text("status") != "revoked" {
        let now = world.now();
        let mut registration = world.change(REGISTRATION, id, |registration| {
            registration.insert("status".to_owned(), "revoked".into());
            registration.insert("revoked_at".to_owned(), now.into());
        })?;
        registration.retain(|name, _| !name.starts_with('_'));
        world.happened("agent.registration.revoked", registration, Map::new());
    }
    get(world, call)
}

/// A credential that nobody knows is not valid, and neither is that of a revoked registration.
fn validate(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let registration = world.by(REGISTRATION, "_credential", call.text("credential"));
    let registration = registration.filter(|registration| registration.text("status") != "revoked");
    Ok(match registration {
        Some(registration) => json!({
            "valid": true,
            "registration_id": registration.text("id"),
            "expires_at": world.from_now(crate::sandbox::clock::HOUR),
        }),
        None => json!({"valid": false, "registration_id": null, "expires_at": null}),
    })
}

/// The user is known by an external ID; one of several organizations has to be named.
fn link(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let registration = world.by(REGISTRATION, "_claim", call.text("claim_attempt_token"));
    let registration = registration
        .ok_or_else(|| Fault::coded(400, "invalid_claim", "The token is not that of a claim attempt."))?;
    let (id, own) = (registration.text("id").to_owned(), registration.text("organization_id").to_owned());
    let external_id = call.given("user").and_then(|user| user["external_id"].as_str()).unwrap_or_default();
    let user = world.by("user", "external_id", external_id).map(|user| user.text("id")).unwrap_or_default();
    let memberships = world
        .all("organization_membership")
        .filter(|membership| !user.is_empty() && membership.text("user_id") == user);
    let mut organizations: Vec<&str> =
        memberships.map(|membership| membership.text("organization_id")).collect();
    let wanted = call.text("organization_id");
    if !wanted.is_empty() {
        world.find("organization", wanted)?;
        organizations = vec![wanted];
    } else if organizations.is_empty() {
        organizations.push(&own);
    }
    let named = |id: &&str| {
        let name = world.get("organization", id).map(|organization| organization.text("name"));
        json!({"id": id, "name": name.unwrap_or_default()})
    };
    let organizations: Vec<Value> = organizations.iter().map(named).collect();
    if organizations.len() > 1 {
        let message = "The user belongs to several organizations: name one of them.";
        let body = json!({
            "code": "organization_selection_required", "message": message, "organizations": organizations,
        });
        return Err(Fault::new(409, body));
    }
    let code = world.new_code(6);
    Ok(json!({"id": id, "status": "unverified", "user_code": code, "organizations": organizations}))
}

fn make(_: &mut World, call: &Call<'_>, blueprint: &mut Object) -> Result<(), Fault> {
    let usual = [
        ("permissions", json!([])),
        ("invocable_by", json!({"role_slugs": [], "organization_ids": []})),
        ("invocable_as", json!({"instance_types": ["delegated", "autonomous"]})),
        (
            "session_settings",
            json!({"max_age_seconds": 86_400, "access_token_ttl_seconds": 300, "refresh_token_ttl_seconds": 86_400}),
        ),
    ];
    for (field, mut value) in usual {
        join(&mut value, call.given(field));
        blueprint.insert(field.to_owned(), value);
    }
    Ok(())
}

/// What is left out of a group of settings stays as it is.
fn keep(world: &mut World, call: &Call<'_>, blueprint: &mut Object) -> Result<(), Fault> {
    let before = world.find(BLUEPRINT, blueprint.text("id"))?;
    for field in ["invocable_by", "invocable_as", "session_settings"] {
        let mut value = before.get(field).cloned().unwrap_or_default();
        join(&mut value, call.given(field));
        blueprint.insert(field.to_owned(), value);
    }
    Ok(())
}

fn join(value: &mut Value, given: Option<&Value>) {
    match (value, given) {
        (Value::Object(value), Some(Value::Object(given))) => {
            value.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        (value, Some(given)) => *value = given.clone(),
        (_, None) => {}
    }
}

fn check(world: &World, blueprint: &Object) -> Result<(), Fault> {
    let name = blueprint.text("name");
    if name.trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    let is_taken = |other: &Object| other.text("name") == name && other.text("id") != blueprint.text("id");
    if world.all(BLUEPRINT).any(is_taken) {
        let message = format!("There is an agent blueprint with the name '{name}' already.");
        return Err(Fault::coded(409, "name_already_in_use", message));
    }
    check_permissions(world, &slugs(blueprint, "permissions"))
}
