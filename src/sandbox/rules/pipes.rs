//! Pipes: integrations of providers, what organizations set for them, and the accounts that people connect.
//! A provider may have two integrations under its slug: one whose accounts users own, and one whose
//! accounts organizations own.

mod accounts;
mod credentials;
mod integrations;

use serde_json::{Value, json};

use self::integrations::{INTEGRATION, find, last_four, of_slug};
use super::Rules;
use super::roles::slugs;
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, delete, remove, update};
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::shape::shown;
use crate::sandbox::world::{Object, Read, World, object};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("get_data_integration", get),
        ("update_data_integration", change),
        ("delete_data_integration", delete_integration),
        ("get_organization_owned_data_integration", get),
        ("update_organization_owned_data_integration", change),
        ("delete_organization_owned_data_integration", delete_integration),
        ("list_organization_data_integrations", list_configurations),
        ("configure_organization_data_integration", configure),
        ("list_user_data_providers", list_providers),
        ("list_organization_data_providers", list_providers),
        ("get_user_connected_account", accounts::get),
        ("get_organization_connected_account", accounts::get),
        ("delete_user_connected_account", accounts::delete),
        ("delete_organization_connected_account", accounts::delete),
        ("import_user_connected_account", accounts::import),
        ("import_organization_connected_account", accounts::import),
        ("update_user_connected_account", accounts::change),
        ("update_organization_connected_account", accounts::change),
        ("upsert_data_integration_api_key", credentials::upsert),
        ("upsert_data_integration_client_credentials", credentials::upsert),
        ("add_data_integration_api_key", credentials::add),
        ("add_data_integration_client_credentials", credentials::add),
        ("get_data_integration_authorize_url", credentials::authorize),
        ("finish_data_integration_connection", credentials::finish),
        ("get_data_integration_access_token", credentials::access_token),
        ("get_data_integration_credentials", credentials::credential),
    ],
    kinds: &[
        Kind {
            made: make,
            changed: keep,
            checked: check,
            stored: store,
            removed: remove_accounts,
            seen: Some(show_installation),
            ..Kind::plain(INTEGRATION)
        },
        Kind { event: accounts::event, seen: Some(accounts::warn), ..Kind::plain(accounts::ACCOUNT) },
    ],
    begin,
};

/// What an organization sets for an integration.
const CONFIGURATION: &str = "pipes_configuration";

/// The example's integration is one that users own; there is one that organizations own beside it.
fn begin(world: &mut World) {
    let integrations: Vec<Object> = world.all(INTEGRATION).cloned().collect();
    for mut integration in integrations {
        integration.insert("ownership".to_owned(), "user".into());
        let installation = integration.get("installation").and_then(|one| one.get("id")).cloned();
        integration.insert("_installation".to_owned(), installation.unwrap_or_default());
        world.put(INTEGRATION, integration.clone());
        if integration.text("slug") == "example-crm" {
            integration.insert("id".to_owned(), "data_integration_01EXAMPLE0SHARED".into());
            integration.insert("ownership".to_owned(), "organization".into());
            world.put(INTEGRATION, integration);
        }
    }
    accounts::begin(world);
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// The integration that the path names.
fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let is_shared = call.operation.route().ends_with("/organization");
    let slug = call.text("slug");
    let found = find(world, slug, if is_shared { "organization" } else { "user" });
    found.ok_or_else(|| Fault::not_found(INTEGRATION, slug))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let integration = named(world, call)?;
    Ok(answered(world, call, INTEGRATION, integration))
}

fn change(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let integration = named(world, call)?;
    update(world, call, INTEGRATION, &integration)
}

fn delete_integration(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let integration = named(world, call)?;
    delete(world, call, INTEGRATION, &integration)
}

fn make(world: &mut World, call: &Call<'_>, integration: &mut Object) -> Result<(), Fault> {
    let slug = call.text("provider");
    let key = world.new_id("dik_");
    let or = |name: &str, usual: Value| call.given(name).cloned().unwrap_or(usual);
    for (field, value) in [
        ("slug", slug.into()),
        ("integration_type", slug.into()),
        ("ownership", or("ownership", "user".into())),
        ("enabled", or("enabled", true.into())),
        ("state", "valid".into()),
        ("scopes", or("scopes", Value::Null)),
        ("auth_methods", or("auth_methods", json!(["oauth"]))),
        ("config", or("config", json!({}))),
        ("redirect_uri", format!("https://api.workos.com/data-integrations/{slug}/{key}/callback").into()),
        ("credentials", json!({"type": "organization", "client_id": null, "redacted_client_secret": null})),
        ("installation", Value::Null),
        ("custom_provider", Value::Null),
    ] {
        integration.insert(field.to_owned(), value);
    }
    let other = world.by(INTEGRATION, "slug", slug).and_then(|other| other.get("custom_provider")).cloned();
    integration.insert("custom_provider".to_owned(), other.unwrap_or_default());
    settle(call, integration, &Object::new());
    Ok(())
}

/// Secrets are not shown again, and a part of a provider's settings leaves the others as they are.
fn keep(world: &mut World, call: &Call<'_>, integration: &mut Object) -> Result<(), Fault> {
    let before = world.find(INTEGRATION, integration.text("id"))?.clone();
    for field in ["credentials", "custom_provider"] {
        integration.insert(field.to_owned(), before.get(field).cloned().unwrap_or_default());
    }
    settle(call, integration, &before);
    Ok(())
}

/// The credentials and the provider's definition, as they are shown.
fn settle(call: &Call<'_>, integration: &mut Object, before: &Object) {
    if let Some(given) = call.given("credentials") {
        let secret = given["client_secret"].as_str().map(last_four);
        let there = before.get("credentials").cloned().unwrap_or_default();
        let credentials = json!({
            "type": given["type"],
            "client_id": given.get("client_id").unwrap_or(&there["client_id"]),
            "redacted_client_secret": secret.map_or(there["redacted_client_secret"].clone(), Value::String),
        });
        integration.insert("credentials".to_owned(), credentials);
    }
    if let Some(Value::Object(given)) = call.given("custom_provider") {
        let usual = json!({
            "name": null, "authorization_url": null, "token_url": null, "refresh_token_url": null,
            "pkce_enabled": false, "request_scope_separator": " ", "scopes_required": false,
            "client_secret_required": true, "additional_authorization_parameters": {},
            "token_body_content_type": "application/x-www-form-urlencoded", "authenticate_via": "request_body",
        });
        let there = integration.get("custom_provider").filter(|there| there.is_object()).cloned();
        let mut provider = there.unwrap_or(usual);
        if let Value::Object(provider) = &mut provider {
            provider.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        integration.insert("custom_provider".to_owned(), provider);
    }
}

fn check(world: &World, integration: &Object) -> Result<(), Fault> {
    let slug = integration.text("slug");
    if slug.is_empty() {
        return Err(Fault::invalid("provider", "required"));
    }
    let there = find(world, slug, integration.text("ownership"));
    if there.is_some_and(|there| there.text("id") != integration.text("id")) {
        let message = format!("There is a data integration for '{slug}' already.");
        return Err(Fault::coded(409, "data_integration_already_exists", message));
    }
    Ok(())
}

/// The definition of a provider is shared by its two integrations, and a key makes an account.
fn store(world: &mut World, call: &Call<'_>, integration: &Object) -> Result<(), Fault> {
    let provider = integration.get("custom_provider").cloned().unwrap_or_default();
    for id in world.ids(INTEGRATION, "slug", integration.text("slug")) {
        world.set(INTEGRATION, &id, "custom_provider", provider.clone())?;
    }
    if let Some(key) = call.given("api_key") {
        let owner = accounts::Owner {
            kind: if integration.text("ownership") == "organization" { "organization" } else { "user" },
            user: text(key, "user_id").to_owned(),
            organization: text(key, "organization_id").to_owned(),
        };
        let account = credentials::install(world, integration, &owner, text(key, "secret"))?;
        world.set(INTEGRATION, integration.text("id"), "_installation", account.text("id").into())?;
    }
    Ok(())
}

fn remove_accounts(world: &mut World, integration: &Object) {
    for id in accounts::of_integration(world, integration) {
        remove(world, accounts::ACCOUNT, &id);
    }
}

/// The account that was made together with the integration.
fn show_installation(world: &World, integration: &mut Object) {
    let current = world.get(INTEGRATION, integration.text("id")).unwrap_or(integration);
    let installation = world.get(accounts::ACCOUNT, current.text("_installation")).map(|account| {
        let fields = [
            "id",
            "connection_role",
            "account_identifier",
            "account_display_name",
            "user_id",
            "organization_id",
            "api_key_last_4",
        ];
        let shown = |name: &str| (name.to_owned(), account.get(name).cloned().unwrap_or_default());
        Value::Object(fields.into_iter().map(shown).collect())
    });
    integration.insert("installation".to_owned(), installation.unwrap_or_default());
}

/// For people: the provider's own name, or one made from the slug.
fn name(integration: &Object) -> String {
    let own = integration.get("custom_provider").and_then(|provider| provider["name"].as_str());
    own.map_or_else(
        || {
            let slug = integration.text("slug").replace('-', " ");
            let mut letters = slug.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        },
        str::to_owned,
    )
}

fn configuration(world: &World, organization: &str, integration: &Object) -> Object {
    let set = world.get(CONFIGURATION, &format!("{organization}/{}", integration.text("slug")));
    let own = |name: &str| set.and_then(|set| set.get(name)).cloned();
    let client = own("client_id");
    let credentials = json!({
        "credentials_type": if client.is_some() { "organization" } else { "custom" },
        "has_credentials": client.is_some(),
        "client_id": client,
        "client_secret_last_four": own("client_secret_last_four"),
        "redirect_uri": integration.text("redirect_uri"),
    });
    let configuration = json!({
        "object": "data_integration_configuration",
        "id": integration.text("id"),
        "organization_id": organization,
        "slug": integration.text("slug"),
        "name": name(integration),
        "enabled": own("enabled").or_else(|| integration.get("enabled").cloned()),
        "scopes": own("scopes"),
        "config": own("config").unwrap_or_else(|| json!({})),
        "credentials": credentials,
        "created_at": integration.text("created_at"),
        "updated_at": own("updated_at").unwrap_or_else(|| integration.text("updated_at").into()),
    });
    object(configuration)
}

/// Integrations, each slug once.
fn integrations(world: &World) -> Vec<Object> {
    let mut all: Vec<Object> = Vec::new();
    for integration in world.all(INTEGRATION) {
        if all.iter().all(|there| there.text("slug") != integration.text("slug")) {
            all.push(integration.clone());
        }
    }
    all
}

fn list_configurations(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization_id");
    world.find("organization", organization)?;
    let all: Vec<Object> =
        integrations(world).iter().map(|one| configuration(world, organization, one)).collect();
    let model = listing::model(&call.operation.answer);
    let all: Vec<&Object> = all.iter().collect();
    Ok(listing::paged(call, fixture::of(call.operation)?, &all, |one| shown(one, &model, None)))
}

fn configure(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (organization, slug) = (call.text("organization_id"), call.text("slug"));
    world.find("organization", organization)?;
    let integration = of_slug(world, slug, "user")?;
    let id = format!("{organization}/{slug}");
    let mut set = world.get(CONFIGURATION, &id).cloned().unwrap_or_default();
    set.insert("id".to_owned(), id.into());
    set.insert("organization_id".to_owned(), organization.into());
    set.insert("updated_at".to_owned(), world.now().into());
    for (name, value) in call.further() {
        match name {
            "client_secret" => {
                let last = last_four(value.as_str().unwrap_or_default());
                set.insert("client_secret_last_four".to_owned(), last.into());
            }
            _ => drop(set.insert(name.to_owned(), value.clone())),
        }
    }
    world.put(CONFIGURATION, set);
    Ok(shown(&configuration(world, organization, &integration), &call.operation.answer, None))
}

/// What a user or an organization can connect, with what is connected.
fn list_providers(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let owner = accounts::Owner::of(world, call)?;
    let several = call.given("supports_multiple_connections") == Some(&Value::Bool(true));
    let old_owner = if owner.kind == "user" { "userland_user" } else { "organization" };
    let offered = world.all(INTEGRATION).filter(|integration| {
        integration.text("ownership") == owner.kind && integration.get("enabled") == Some(&Value::Bool(true))
    });
    let providers = offered.map(|integration| {
        let own = accounts::owned(world, integration.text("slug"), &owner);
        let shown: Vec<Value> = own.iter().map(|account| accounts::in_provider(world, account)).collect();
        let usual = own.iter().position(|account| account.text("connection_role") == "compatibility");
        let scopes = Some(slugs(integration, "scopes")).filter(|scopes| !scopes.is_empty());
        let mut provider = json!({
            "object": "data_provider",
            "id": integration.text("id"),
            "name": name(integration),
            "description": integration.get("description"),
            "slug": integration.text("slug"),
            "integration_type": integration.text("integration_type"),
            "credentials_type": "oauth2",
            "scopes": scopes,
            "auth_methods": integration.get("auth_methods"),
            "connection_owner": owner.kind,
            "ownership": old_owner,
            "connected_account": usual.and_then(|place| shown.get(place)),
            "connected_accounts": several.then_some(&shown),
            "created_at": integration.text("created_at"),
            "updated_at": integration.text("updated_at"),
        });
        accounts::old_names(
            &mut provider,
            &["integration_type", "credentials_type", "created_at", "updated_at"],
        );
        provider
    });
    let providers: Vec<Value> = providers.collect();
    let providers: Vec<&Object> = providers.iter().filter_map(Value::as_object).collect();
    let model = listing::model(&call.operation.answer);
    Ok(listing::paged(call, fixture::of(call.operation)?, &providers, |one| shown(one, &model, None)))
}
