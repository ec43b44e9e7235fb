//! How accounts are connected by keys, by clients' credentials and by authorization, and what WorkOS hands
//! out of them.

use serde_json::{Map, Value, json};

use super::accounts::{ACCOUNT, Owner, chosen, describe, missing_scopes, new, owned, put};
use super::integrations::{last_four, of_slug};
use crate::sandbox::call::Call;
use crate::sandbox::clock::{HOUR, MINUTE};
use crate::sandbox::derived::{answered, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::tokens;
use crate::sandbox::world::{Object, Read, World};

/// An authorization that is on its way.
const AUTHORIZATION: &str = "pipes_authorization";

/// Connects an account by the credentials of the call, anew if there is one.
pub(super) fn upsert(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let owner = Owner::of(world, call)?;
    let account = match chosen(world, call, &owner)? {
        Some(account) => account,
        None => new(world, call.text("slug"), &owner, false)?,
    };
    take(world, call, account)
}

/// Connects a further account.
pub(super) fn add(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let owner = Owner::of(world, call)?;
    of_slug(world, call.text("slug"), owner.kind)?;
    let account = new(world, call.text("slug"), &owner, true)?;
    take(world, call, account)
}

/// The credentials of the call become those of the account.
fn take(world: &mut World, call: &Call<'_>, mut account: Object) -> Result<Value, Fault> {
    describe(call, &mut account);
    if call.takes("client_id") {
        let token = format!("sandbox_provider_{}", world.new_token(24));
        let until = world.from_now(HOUR);
        set(
            &mut account,
            &[
                ("auth_method", "client_credentials".into()),
                ("client_id", call.text("client_id").into()),
                ("client_secret_last_4", last_four(call.text("client_secret")).into()),
                ("api_key_last_4", Value::Null),
                ("_token", token.into()),
                ("_refresh_token", "by the client's credentials".into()),
                ("_expires_at", until.into()),
            ],
        );
    } else {
        set_key(&mut account, call.text("secret"));
    }
    set(&mut account, &[("state", "connected".into()), ("state_reason", Value::Null)]);
    let account = put(world, account);
    Ok(answered(world, call, ACCOUNT, account))
}

fn set(account: &mut Object, fields: &[(&str, Value)]) {
    account.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
}

fn set_key(account: &mut Object, secret: &str) {
    set(
        account,
        &[
            ("auth_method", "api_key".into()),
            ("api_key_last_4", last_four(secret).into()),
            ("client_id", Value::Null),
            ("client_secret_last_4", Value::Null),
            ("_token", secret.into()),
            ("_refresh_token", "".into()),
            ("_expires_at", "".into()),
        ],
    );
}

/// The account that comes with an integration's key.
pub(super) fn install(
    world: &mut World,
    integration: &Object,
    owner: &Owner,
    secret: &str,
) -> Result<Object, Fault> {
    for (kind, id) in [("user", &owner.user), ("organization", &owner.organization)] {
        if !id.is_empty() {
            world.find(kind, id)?;
        }
    }
    let slug = integration.text("slug");
    let there = owned(world, slug, owner).into_iter().next();
    let mut account = match there {
        Some(account) => account,
        None => new(world, slug, owner, false)?,
    };
    set_key(&mut account, secret);
    Ok(put(world, account))
}

/// Nobody opens the URL here. Without a challenge the account is connected at once; with one, the `state`
/// of this answer is the code with which the connection is finished.
pub(super) fn authorize(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let owner = Owner::of(world, call)?;
    let slug = call.text("slug");
    let integration = of_slug(world, slug, owner.kind)?;
    if integration.get("enabled") == Some(&Value::Bool(false)) {
        return Err(Fault::coded(403, "integration_disabled", "The data integration is disabled."));
    }
    let adds = call.text("connection_intent") == "add";
    let account = if adds { None } else { chosen(world, call, &owner)? };
    let mut account = match account {
        Some(account) => account,
        None => new(world, slug, &owner, adds)?,
    };
    if let Some(name) = call.given("account_display_name") {
        account.insert("account_display_name".to_owned(), name.clone());
    }
    let token = format!("sandbox_provider_{}", world.new_token(24));
    let until = world.from_now(HOUR);
    set(
        &mut account,
        &[
            ("auth_method", "oauth".into()),
            (
                "scopes",
                integration
                    .get("scopes")
                    .filter(|scopes| scopes.is_array())
                    .cloned()
                    .unwrap_or_else(|| json!([])),
            ),
            ("state", "connected".into()),
            ("state_reason", Value::Null),
            ("_token", token.into()),
            ("_refresh_token", "by the authorization".into()),
            ("_expires_at", until.into()),
        ],
    );
    let state = world.new_token(32);
    let url = format!("https://api.workos.com/data-integrations/{state}/authorize-redirect");
    if call.text("code_challenge").is_empty() {
        put(world, account);
        let note = "In the sandbox nobody needs to open the URL: the account is connected.";
        return Ok(json!({"url": url, "state": state, "completion": null, "_note": note}));
    }
    let pending = json!({
        "id": state,
        "challenge": call.text("code_challenge"),
        "account": account,
        "expires_at": world.from_now(10 * MINUTE),
    });
    if let Value::Object(pending) = pending {
        world.put(AUTHORIZATION, pending);
    }
    Ok(json!({"url": url, "state": state, "completion": "finish_required"}))
}

/// A code works once, with the verifier of its challenge. The example's code stands for its account.
pub(super) fn finish(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let code = call.text("connect_code");
    let account = if code == "example_connect_code" {
        world.find(ACCOUNT, "data_installation_01EXAMPLE0ACCOUNT")?.clone()
    } else {
        let pending = world.remove(AUTHORIZATION, code);
        let pending = pending.filter(|pending| {
            !world.is_over(pending, "expires_at")
                && tokens::hash(call.text("code_verifier")) == pending.text("challenge")
        });
        let account = pending.and_then(|mut pending| pending.shift_remove("account"));
        let Some(Value::Object(account)) = account else {
            let message = "The code is not valid, or the verifier is not that of its challenge.";
            return Err(Fault::coded(400, "invalid_request", message));
        };
        put(world, account)
    };
    let account: Map<String, Value> = told(world, ACCOUNT, account);
    Ok(json!({"connected_account": account}))
}

/// The account with a token that is still good; else why there is none.
fn usable(world: &mut World, call: &Call<'_>) -> Result<Result<Object, &'static str>, Fault> {
    let owner = Owner::of(world, call)?;
    let Some(mut account) = chosen(world, call, &owner)? else { return Ok(Err("not_installed")) };
    if account.text("state") != "connected" {
        return Ok(Err("needs_reauthorization"));
    }
    if world.is_over(&account, "_expires_at") || account.text("_token").is_empty() {
        if account.text("_refresh_token").is_empty() {
            return Ok(Err("needs_reauthorization"));
        }
        let token = format!("sandbox_provider_{}", world.new_token(24));
        let until = world.from_now(HOUR);
        set(&mut account, &[("_token", token.into()), ("_expires_at", until.into())]);
        world.put(ACCOUNT, account.clone());
    }
    Ok(Ok(account))
}

fn end_of(account: &Object) -> Value {
    match account.text("_expires_at") {
        "" => Value::Null,
        time => time.into(),
    }
}

pub(super) fn access_token(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    Ok(match usable(world, call)? {
        Err(reason) => json!({"active": false, "access_token": null, "error": reason}),
        Ok(account) if account.text("auth_method") == "api_key" => {
            let message = "The account is connected by a key: get_data_integration_credentials has it.";
            return Err(Fault::coded(422, "auth_method_mismatch", message));
        }
        Ok(account) => json!({
            "active": true,
            "access_token": {
                "object": "access_token",
                "access_token": account.text("_token"),
                "expires_at": end_of(&account),
                "scopes": account.get("scopes"),
                "missing_scopes": missing_scopes(world, &account),
            },
            "error": null,
        }),
    })
}

pub(super) fn credential(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    Ok(match usable(world, call)? {
        Err(reason) => json!({"active": false, "credential": null, "error": reason}),
        Ok(account) => json!({
            "active": true,
            "credential": {
                "object": "credential",
                "auth_method": account.text("auth_method"),
                "value": account.text("_token"),
                "expires_at": end_of(&account),
                "scopes": account.get("scopes"),
                "missing_scopes": missing_scopes(world, &account),
                "config": account.get("config"),
                "metadata": {},
            },
            "error": null,
        }),
    })
}
