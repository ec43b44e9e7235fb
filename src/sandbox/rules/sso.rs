//! Connections, and the profiles of those who sign in through them.

mod certificates;
mod profiles;

use serde_json::{Map, Value, json};

use super::authentication::authorize;
use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, create, remove, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("create_connection", create_connection),
        ("get_saml_sp_signing_cert", certificates::get_signing),
        ("get_sso_authorization_url", authorize::sso),
        ("get_sso_profile_and_token", profiles::exchange),
        ("get_sso_profile", profiles::get),
        ("authorize_sso_logout", profiles::authorize_logout),
        ("get_sso_logout_url", profiles::log_out),
    ],
    kinds: &[
        Kind {
            event,
            made: make,
            changed: change,
            checked: check,
            stored: store_certificates,
            removed: remove_dependents,
            seen: Some(certificates::show),
            fits,
            ..Kind::plain(CONNECTION)
        },
        Kind {
            made: certificates::make_idp_signing,
            spared: certificates::spare_last,
            ..Kind::plain(certificates::IDP_SIGNING)
        },
        Kind { made: certificates::make_sp_signing, ..Kind::plain(certificates::SP_SIGNING) },
        Kind { made: certificates::make_sp_encryption, ..Kind::plain(certificates::SP_ENCRYPTION) },
    ],
    begin: profiles::begin,
};

const CONNECTION: &str = "connection";
/// Kinds whose objects go with their connection.
const DEPENDENTS: &[&str] = &[
    certificates::IDP_SIGNING,
    certificates::SP_SIGNING,
    certificates::SP_ENCRYPTION,
    profiles::PROFILE,
    "authorization_code",
];

/// There is none that tells that a connection is new or otherwise: only that it is in force.
fn event(connection: &Object, what: &str) -> Option<&'static str> {
    match what {
        "created" if connection.text("state") == "active" => Some("connection.activated"),
        "deleted" => Some("connection.deleted"),
        _ => None,
    }
}

fn refused(code: &str, message: &str) -> Fault {
    Fault::coded(422, code, message)
}

/// One with the same external ID is answered instead.
fn create_connection(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let external_id = call.text("external_id");
    let there = world.all(CONNECTION).find(|connection| {
        connection.text("external_id") == external_id
            && connection.text("organization_id") == call.text("organization_id")
    });
    match there.filter(|_| !external_id.is_empty()).cloned() {
        Some(connection) => Ok(answered(world, call, CONNECTION, connection)),
        None => create(world, call, CONNECTION, Object::new()),
    }
}

fn is_oidc(connection_type: &str) -> bool {
    connection_type.to_ascii_uppercase().ends_with("OIDC")
}

fn make(world: &mut World, call: &Call<'_>, connection: &mut Object) -> Result<(), Fault> {
    let organization = world.find("organization", call.text("organization_id"))?.clone();
    let (saml, oidc) = (call.given("saml_options"), call.given("oidc_options"));
    let connection_type = match (call.text("connection_type"), saml, oidc) {
        (_, Some(_), Some(_)) => {
            let message = "A connection has SAML options or OIDC options.";
            return Err(refused("both_saml_and_oidc_options_provided", message));
        }
        (_, None, None) => {
            return Err(refused("connection_type_or_options_required", "The options are missing."));
        }
        ("", _, Some(_)) => "GenericOIDC",
        ("", _, _) => "GenericSAML",
        (given, saml, _) if is_oidc(given) == saml.is_some() => {
            let message = "The options are not those of the connection type.";
            return Err(refused("connection_type_conflicts_with_options", message));
        }
        (given, ..) => given,
    };
    saml.map_or(Ok(()), check_saml)?;
    let domains: Vec<Value> = world
        .all("organization_domain")
        .filter(|domain| domain.text("organization_id") == organization.text("id"))
        .map(|domain| json!({"object": "connection_domain", "id": domain.text("id"), "domain": domain.text("domain")}))
        .collect();
    let key = world.new_token(10).to_lowercase();
    let way = if saml.is_some() { "saml/acs" } else { "oidc" };
    let callback = format!("https://auth.workos.example/sso/{way}/{key}");
    let name = match call.text("name") {
        "" => organization.text("name"),
        given => given,
    };
    let further = json!({
        "name": name,
        "connection_type": connection_type,
        // What it needs is there: nothing here waits for the first who signs in.
        "state": "active",
        "status": "linked",
        "external_id": call.given("external_id"),
        "domains": domains,
        "callback_endpoint": callback,
        "saml_options": saml.map(|given| saml_options(given, &callback, &key)),
        "oidc_options": oidc.map(|given| oidc_options(given, &callback)),
        "attribute_maps": attribute_maps(call.given("attribute_maps")),
    });
    if let Value::Object(further) = further {
        connection.extend(further);
    }
    Ok(())
}

fn check_saml(given: &Value) -> Result<(), Fault> {
    let has = |name: &str| given.get(name).is_some_and(|value| !value.is_null() && *value != json!([]));
    match (has("idp_metadata_url"), has("idp_sso_url"), has("idp_signing_certs")) {
        (true, false, false) | (false, true, true) => Ok(()),
        (true, ..) => {
            let message = "A metadata URL stands in place of SSO URL and certificates.";
            Err(refused("ambiguous_saml_options", message))
        }
        _ => {
            let message = "A metadata URL is needed, or an SSO URL with certificates.";
            Err(refused("incomplete_saml_options", message))
        }
    }
}

fn saml_options(given: &Value, callback: &str, key: &str) -> Value {
    let or = |name: &str, otherwise: &str| given[name].as_str().unwrap_or(otherwise).to_owned();
    json!({
        "acs_url": or("acs_url", callback),
        "sp_entity_id": or("sp_entity_id", &format!("https://auth.workos.example/{key}")),
        "sp_metadata_url": format!("https://auth.workos.example/sso/saml/metadata/{key}"),
        "idp_entity_id": given.get("idp_entity_id"),
        "idp_sso_url": given.get("idp_sso_url"),
        "idp_metadata_url": given.get("idp_metadata_url"),
        "idp_signing_certs": [],
        "sp_signing_cert": null,
        "sp_encryption_certs": [],
    })
}

/// Without what is secret.
fn oidc_options(given: &Value, callback: &str) -> Value {
    json!({
        "redirect_uri": given["redirect_uri"].as_str().unwrap_or(callback),
        "discovery_endpoint": given["discovery_endpoint"],
        "client_id": given["client_id"],
        "pkce": given["pkce"].as_bool().unwrap_or(false),
        "token_authentication_method":
            given["token_authentication_method"].as_str().unwrap_or("client_secret_basic"),
    })
}

fn attribute_maps(given: Option<&Value>) -> Value {
    let mut maps = json!({
        "standard_attributes": {
            "idp_id": "id",
            "email": "email",
            "first_name": "firstName",
            "last_name": "lastName",
            "groups": null,
            "name": null,
        },
        "custom_attributes": {},
    });
    if let Some(given) = given {
        merge(&mut maps, given, &[]);
    }
    maps
}

/// Changes what is given, at any depth, and leaves out what is secret.
fn merge(there: &mut Value, given: &Value, secret: &[&str]) {
    match (there, given) {
        (Value::Object(there), Value::Object(given)) => {
            for (name, value) in given {
                if !secret.contains(&name.as_str()) {
                    merge(there.entry(name).or_insert(Value::Null), value, secret);
                }
            }
        }
        (there, given) => there.clone_from(given),
    }
}

fn change(world: &mut World, call: &Call<'_>, connection: &mut Object) -> Result<(), Fault> {
    let before = world.find(CONNECTION, connection.text("id"))?.clone();
    let connection_type = before.text("connection_type");
    if !call.text("connection_type").is_empty() && call.text("connection_type") != connection_type {
        return Err(refused("connection_type_not_updatable", "The type of a connection does not change."));
    }
    let other = if is_oidc(connection_type) { "saml_options" } else { "oidc_options" };
    if call.given(other).is_some() {
        let message = "The options are not those of the connection type.";
        return Err(refused("connection_type_conflicts_with_options", message));
    }
    for name in ["saml_options", "oidc_options", "attribute_maps"] {
        let mut options = before.get(name).cloned().unwrap_or_default();
        if let Some(given) = call.given(name) {
            let secret = ["client_secret", "id_token_signature_algorithm", "fetch_user_info"];
            merge(&mut options, given, &secret);
        }
        connection.insert(name.to_owned(), options);
    }
    // What is cleared goes back to what WorkOS has given it.
    let callback = connection.get("callback_endpoint").cloned().unwrap_or_default();
    for (options, name) in [("saml_options", "acs_url"), ("oidc_options", "redirect_uri")] {
        if let Some(Value::Object(options)) = connection.get_mut(options)
            && options.get(name) == Some(&Value::Null)
        {
            options.insert(name.to_owned(), callback.clone());
        }
    }
    if let Some(Value::Object(custom)) =
        connection.get_mut("attribute_maps").and_then(|maps| maps.get_mut("custom_attributes"))
    {
        custom.retain(|_, value| !value.is_null());
    }
    Ok(())
}

fn check(world: &World, connection: &Object) -> Result<(), Fault> {
    let endpoint = connection.get("oidc_options").and_then(|options| options.get("discovery_endpoint"));
    if endpoint.and_then(Value::as_str).is_some_and(|url| !url.starts_with("https://")) {
        let message = "The discovery endpoint must begin with https://.";
        return Err(refused("discovery_endpoint_must_use_https", message));
    }
    let external_id = connection.text("external_id");
    let has_it = |other: &Object| {
        other.text("external_id") == external_id && other.text("id") != connection.text("id")
    };
    if !external_id.is_empty() && world.all(CONNECTION).any(has_it) {
        let message = "Another connection has this external ID.";
        return Err(Fault::coded(409, "external_id_already_in_use", message));
    }
    Ok(())
}

/// The certificates that came with a new SAML connection, or with new metadata.
fn store_certificates(world: &mut World, call: &Call<'_>, connection: &Object) -> Result<(), Fault> {
    let Some(given) = call.given("saml_options") else { return Ok(()) };
    let id = connection.text("id");
    let is_new = call.operation.name == "create_connection";
    let certs = given["idp_signing_certs"].as_array();
    let certs: Vec<&str> = certs.into_iter().flatten().filter_map(Value::as_str).collect();
    if given["idp_metadata_url"].is_string() {
        for old in world.ids(certificates::IDP_SIGNING, "connection_id", id) {
            remove(world, certificates::IDP_SIGNING, &old);
        }
        certificates::put(world, certificates::IDP_SIGNING, id, "")?;
    }
    for value in certs {
        certificates::put(world, certificates::IDP_SIGNING, id, value)?;
    }
    if is_new {
        certificates::put(world, certificates::SP_SIGNING, id, "")?;
        certificates::put(world, certificates::SP_ENCRYPTION, id, "")?;
    }
    Ok(())
}

fn remove_dependents(world: &mut World, connection: &Object) {
    for kind in DEPENDENTS {
        for id in world.ids(kind, "connection_id", connection.text("id")) {
            remove(world, kind, &id);
        }
    }
    if connection.text("state") == "active" {
        let mut data = told(world, CONNECTION, connection.clone());
        data.insert("state".to_owned(), "inactive".into());
        data.insert("status".to_owned(), "unlinked".into());
        let previous =
            Map::from_iter([("state".to_owned(), json!("active")), ("status".to_owned(), json!("linked"))]);
        world.happened("connection.deactivated", data, previous);
    }
}

fn fits(_: &World, connection: &Object, name: &str, value: &Value) -> Option<bool> {
    let text = value.as_str().unwrap_or_default();
    match name {
        "search" => Some(connection.text("name").to_lowercase().contains(&text.to_lowercase())),
        // GitHub is spelt otherwise in this filter.
        "connection_type" => Some(connection.text("connection_type").eq_ignore_ascii_case(text)),
        "domain" => {
            let domains = connection.get("domains").and_then(Value::as_array);
            Some(domains.is_some_and(|domains| domains.iter().any(|domain| domain["domain"] == *text)))
        }
        _ => None,
    }
}
