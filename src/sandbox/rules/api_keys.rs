//! API keys of customers: of an organization, or of one of its members. The value is in the answer that
//! creates it, and in no other.

use serde_json::{Value, json};

use super::Rules;
use super::roles::{check_permissions, slugs};
use crate::sandbox::call::Call;
use crate::sandbox::clock;
use crate::sandbox::derived::{alter, answered, delete};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("validate_api_key", validate),
        ("delete_api_key", revoke),
        ("expire_api_key", expire),
        ("list_organization_api_keys", list_of_organization),
    ],
    kinds: &[Kind { event, made: make, checked: check, ..Kind::plain("api_key") }],
    begin: |world| {
        // An example is listed for its organization and for its user; its owner is one of the two.
        let keys: Vec<Object> = world.all("api_key").cloned().collect();
        for mut key in keys {
            let owner = key.get("owner").cloned().unwrap_or_default();
            own(&mut key, &owner);
            world.put("api_key", key);
        }
    },
};

fn event(_: &Object, what: &str) -> Option<&'static str> {
    Some(match what {
        "created" => "api_key.created",
        "updated" => "api_key.updated",
        _ => "api_key.revoked",
    })
}

/// Whose it is also stands beside, so that it goes with them.
fn own(key: &mut Object, owner: &Value) {
    let is_user = owner["type"] == "user";
    let organization = if is_user { &owner["organization_id"] } else { &owner["id"] };
    key.insert("organization_id".to_owned(), organization.clone());
    key.insert("user_id".to_owned(), if is_user { owner["id"].clone() } else { Value::Null });
}

fn make(world: &mut World, call: &Call<'_>, key: &mut Object) -> Result<(), Fault> {
    let (organization, user) = (call.text("organization_id"), call.text("user_id"));
    world.find("organization", organization)?;
    let owner = if user.is_empty() {
        json!({"type": "organization", "id": organization, "organization_id": null})
    } else {
        let is_member = world.all("organization_membership").any(|membership| {
            membership.text("user_id") == user
                && membership.text("organization_id") == organization
                && membership.text("status") == "active"
        });
        if !is_member {
            let message = "The user is no active member of the organization.";
            return Err(Fault::coded(422, "user_not_member_of_organization", message));
        }
        json!({"type": "user", "id": user, "organization_id": organization})
    };
    own(key, &owner);
    key.insert("owner".to_owned(), owner);
    let value = format!("sk_test_sandbox_{}", world.new_token(24));
    key.insert("obfuscated_value".to_owned(), format!("sk_...{}", &value[value.len() - 4..]).into());
    key.insert("value".to_owned(), value.into());
    key.insert("permissions".to_owned(), call.given("permissions").cloned().unwrap_or_else(|| json!([])));
    key.insert("last_used_at".to_owned(), Value::Null);
    check_permissions(world, &slugs(key, "permissions"))?;
    if let Some(time) = call.given("expires_at").and_then(Value::as_str) {
        let time = read(time)?;
        if time <= world.milliseconds() {
            return Err(Fault::invalid("expires_at", "must_be_in_future"));
        }
        key.insert("expires_at".to_owned(), clock::written(time).into());
    }
    Ok(())
}

fn check(_: &World, key: &Object) -> Result<(), Fault> {
    if key.text("name").trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    Ok(())
}

fn read(time: &str) -> Result<i64, Fault> {
    clock::read(time).ok_or_else(|| Fault::invalid("expires_at", "invalid_date"))
}

/// A value that nobody knows is no error: there just is no key for it.
fn validate(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let key = world.by("api_key", "value", call.text("value")).cloned();
    let Some(mut key) = key.filter(|key| !world.is_over(key, "expires_at")) else {
        return Ok(json!({"api_key": null, "agent_registration_id": null}));
    };
    key.insert("last_used_at".to_owned(), world.now().into());
    world.put("api_key", key.clone());
    let model = call.operation.answer.fields().iter().find(|field| field.api_name == "api_key");
    let key = model.map(|field| shown(&key, field.schema.present(), None));
    Ok(json!({"api_key": key, "agent_registration_id": null}))
}

fn revoke(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let key = world.find("api_key", call.text("id"))?.clone();
    delete(world, call, "api_key", &key)
}

/// Without a time it expires now, as with one that is past; null cancels an expiry that is to come.
fn expire(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    let key = world.find("api_key", id)?;
    if world.is_over(key, "expires_at") {
        return Err(Fault::coded(409, "api_key_already_expired", "The API key has expired already."));
    }
    let expires_at = match call.given("expires_at").and_then(Value::as_str) {
        Some(time) => clock::written(read(time)?.max(world.milliseconds())).into(),
        None if call.clears("expires_at") => Value::Null,
        None => world.now().into(),
    };
    let key = alter(world, "api_key", id, |key| {
        key.insert("expires_at".to_owned(), expires_at);
    })?;
    Ok(answered(world, call, "api_key", key))
}

/// Those of its members are listed for them.
fn list_of_organization(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization_id");
    world.find("organization", organization)?;
    listing::page(world, call, "api_key", |key| {
        key["owner"]["type"] == "organization" && key.text("organization_id") == organization
    })
}
