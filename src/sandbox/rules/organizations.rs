//! Organizations and their domains.

use serde_json::{Map, Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::derived::{answered, changed, remove, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::{Rules, check_metadata};
use crate::sandbox::world::{Object, Read, World, object};

pub(super) const RULES: Rules = Rules {
    operations: &[("verify_organization_domain", verify_domain)],
    kinds: &[
        Kind {
            events: Some("organization"),
            made: make,
            checked: check,
            stored: store_domains,
            removed: remove_dependents,
            seen: Some(show_domains),
            fits: fits_organization,
            ..Kind::plain("organization")
        },
        Kind {
            events: Some("organization_domain"),
            made: make_domain,
            checked: check_domain,
            removed: leave_connections,
            ..Kind::plain("organization_domain")
        },
    ],
    ..Rules::NONE
};

/// Kinds whose objects go with their organization.
const DEPENDENTS: &[&str] = &[
    "organization_domain",
    "connection",
    "directory",
    "organization_membership",
    "invitation",
    "group",
    "role",
    "api_key",
    "it_contact",
    "authorization_resource",
    "connected_account",
    "audit_log_export",
    "_audit_log_event",
    "_audit_log_retention",
    "_audit_log_stream",
    "_portal_link",
    "connect_application",
];

/// Domains in which anybody can have an address: they are no customer's. WorkOS knows more of them.
const CONSUMER_DOMAINS: &[&str] = &[
    "aol.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "yahoo.com",
    "yandex.com",
    "zoho.com",
];

fn make(_: &mut World, _: &Call<'_>, organization: &mut Object) -> Result<(), Fault> {
    organization.insert("stripe_customer_id".to_owned(), Value::Null);
    // They are objects of their own.
    organization.insert("domains".to_owned(), json!([]));
    if !organization.get("metadata").is_some_and(Value::is_object) {
        organization.insert("metadata".to_owned(), json!({}));
    }
    Ok(())
}

fn check(world: &World, organization: &Object) -> Result<(), Fault> {
    let external_id = organization.text("external_id");
    let is_taken = |other: &Object| {
        other.text("external_id") == external_id && other.text("id") != organization.text("id")
    };
    if !external_id.is_empty() && world.all("organization").any(is_taken) {
        return Err(Fault::coded(
            400,
            "external_id_already_used",
            format!("The external_id provided ({external_id}) is already in use by another organization."),
        ));
    }
    if organization.text("name").trim().is_empty() {
        return Err(Fault::invalid("name", "required"));
    }
    check_metadata(organization)
}

/// The domains that came with it, in place of those that it had.
fn store_domains(world: &mut World, call: &Call<'_>, organization: &Object) -> Result<(), Fault> {
    let mut given: Vec<(String, &str)> = Vec::new();
    for domain in call.given("domain_data").and_then(Value::as_array).into_iter().flatten() {
        let state = domain["state"].as_str().unwrap_or("pending");
        given.push((domain["domain"].as_str().unwrap_or_default().to_lowercase(), state));
    }
    given.extend(call.texts("domains").into_iter().map(|domain| (domain.to_lowercase(), "verified")));
    if call.given("domain_data").is_none() && call.given("domains").is_none() {
        return Ok(());
    }
    let id = organization.text("id");
    for there in world.ids("organization_domain", "organization_id", id) {
        let domain = world.find("organization_domain", &there)?.text("domain");
        if let Some(place) = given.iter().position(|(name, _)| name == domain) {
            given.remove(place);
        } else {
            remove(world, "organization_domain", &there);
        }
    }
    for (name, state) in given {
        let domain = new_domain(world, id, &name, state);
        check_domain(world, &domain)?;
        world.put("organization_domain", domain.clone());
        world.happened("organization_domain.created", domain.clone(), Map::new());
        if state == "verified" {
            world.happened("organization_domain.verified", domain, Map::new());
        }
    }
    Ok(())
}

fn show_domains(world: &World, organization: &mut Object) {
    let id = organization.text("id");
    let domains: Vec<Value> = world
        .all("organization_domain")
        .filter(|domain| domain.text("organization_id") == id)
        .map(|domain| Value::Object(domain.clone()))
        .collect();
    organization.insert("domains".to_owned(), domains.into());
}

fn fits_organization(world: &World, organization: &Object, name: &str, value: &Value) -> Option<bool> {
    match name {
        "search" => {
            let wanted = value.as_str().unwrap_or_default().to_lowercase();
            Some(organization.text("name").to_lowercase().contains(&wanted))
        }
        "domains" => Some(world.all("organization_domain").any(|domain| {
            domain.text("organization_id") == organization.text("id")
                && value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .any(|one| one.eq_ignore_ascii_case(domain.text("domain")))
        })),
        _ => None,
    }
}

fn remove_dependents(world: &mut World, organization: &Object) {
    for kind in DEPENDENTS {
        for id in world.ids(kind, "organization_id", organization.text("id")) {
            remove(world, kind, &id);
        }
    }
}

fn new_domain(world: &mut World, organization: &str, name: &str, state: &str) -> Object {
    let (id, token, now) = (world.new_id("org_domain_"), world.new_token(24), world.now());
    let domain = json!({
        "object": "organization_domain",
        "id": id,
        "organization_id": organization,
        "domain": name,
        "state": state,
        "verification_prefix": "example-domain-verification-z3kjny",
        "verification_token": token,
        "verification_strategy": "dns",
        "created_at": now,
        "updated_at": now,
    });
    object(domain)
}

fn make_domain(world: &mut World, call: &Call<'_>, domain: &mut Object) -> Result<(), Fault> {
    world.find("organization", call.text("organization_id"))?;
    let name = call.text("domain").to_lowercase();
    *domain = new_domain(world, call.text("organization_id"), &name, "pending");
    Ok(())
}

fn check_domain(world: &World, domain: &Object) -> Result<(), Fault> {
    let name = domain.text("domain");
    if !name.contains('.') {
        return Err(Fault::invalid("domain", "invalid_domain"));
    }
    if CONSUMER_DOMAINS.contains(&name) {
        return Err(Fault::invalid("domain", "consumer_domain_forbidden"));
    }
    let is_taken = |other: &Object| other.text("domain") == name && other.text("id") != domain.text("id");
    if world.all("organization_domain").any(is_taken) {
        let message = format!("The domain '{name}' belongs to an organization already.");
        return Err(Fault::coded(409, "domain_already_exists", message));
    }
    Ok(())
}

/// A connection has a domain no longer than its organization.
fn leave_connections(world: &mut World, domain: &Object) {
    let connections: Vec<Object> = world.all("connection").cloned().collect();
    for mut connection in connections {
        if let Some(Value::Array(domains)) = connection.get_mut("domains") {
            let before = domains.len();
            domains.retain(|one| one["id"] != domain.text("id"));
            if domains.len() < before {
                world.put("connection", connection);
            }
        }
    }
}

fn verify_domain(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    let before = world.find("organization_domain", id)?.clone();
    if before.text("state") == "verified" {
        return Err(Fault::coded(400, "domain_already_verified", "The domain is verified already."));
    }
    // Nothing here asks the DNS: the record is taken to be there.
    let told = told(world, "organization_domain", before);
    let domain = world.change("organization_domain", id, |domain| {
        domain.insert("state".to_owned(), "verified".into());
    })?;
    changed(world, "organization_domain.verified", "organization_domain", told, domain.clone());
    Ok(answered(world, call, "organization_domain", domain))
}
