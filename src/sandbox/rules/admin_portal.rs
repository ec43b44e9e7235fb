//! Portal links and IT contacts.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::clock::{DAY, MINUTE};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("generate_portal_link", generate_link),
        ("revoke_portal_link", revoke_link),
        ("invite_it_contact", invite),
        ("revoke_it_contact_invite", revoke_invite),
        ("create_widget_token", create_widget_token),
        ("create_client_api_token", create_client_api_token),
    ],
    kinds: &[Kind { checked: check_contact, removed: remove_links, ..Kind::plain(CONTACT) }],
    ..Rules::NONE
};

const CONTACT: &str = "it_contact";
/// What leads into the Admin Portal. WorkOS shows none of it but the address.
const LINK: &str = "_portal_link";
/// How long a link works that somebody asked for.
const LINK_TIME: i64 = 5 * MINUTE;
/// How long one works that was sent by e-mail.
const INVITATION_TIME: i64 = 7 * DAY;
/// The most contacts that one link is for.
const MAX_CONTACTS: usize = 20;

fn generate_link(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization");
    world.find("organization", organization)?;
    let contacts = call.texts("it_contact_emails");
    if contacts.len() > MAX_CONTACTS {
        return Err(Fault::invalid("it_contact_emails", "too_many"));
    }
    if contacts.iter().any(|email| !is_email(email)) {
        return Err(Fault::invalid("it_contact_emails", "invalid_email"));
    }
    for url in ["return_url", "success_url"] {
        let text = call.text(url);
        if !text.is_empty() && !text.starts_with("https://") && !text.starts_with("http://") {
            return Err(Fault::invalid(url, "invalid_url"));
        }
    }
    let token = world.new_token(32);
    let link = format!("https://setup.workos.com?token={token}");
    let object = json!({
        "id": world.new_id("portal_link_"),
        "organization_id": organization,
        "intent": call.given("intent"),
        "external_user_id": call.given("external_user_id"),
        "it_contact_emails": contacts,
        "token": token,
        "expires_at": world.from_now(LINK_TIME),
    });
    put(world, object);
    Ok(json!({ "link": link }))
}

fn revoke_link(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization");
    world.find("organization", organization)?;
    for id in world.ids(LINK, "external_user_id", call.text("external_user_id")) {
        if world.find(LINK, &id)?.text("organization_id") == organization {
            world.remove(LINK, &id);
        }
    }
    Ok(Value::Null)
}

fn check_contact(world: &World, contact: &Object) -> Result<(), Fault> {
    let email = contact.text("email");
    if !is_email(email) {
        return Err(Fault::invalid("email", "invalid_email"));
    }
    let is_there = |other: &Object| {
        other.text("organization_id") == contact.text("organization_id")
            && other.text("email").eq_ignore_ascii_case(email)
            && other.text("id") != contact.text("id")
    };
    if world.all(CONTACT).any(is_there) {
        let message = format!("An IT contact with the email '{email}' already exists for this organization.");
        return Err(Fault::coded(409, "it_contact_already_exists", message));
    }
    Ok(())
}

/// The contact that the path names.
fn contact<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Object, Fault> {
    world.find("organization", call.text("organization_id"))?;
    let id = call.text("contact_id");
    let contact = world.find(CONTACT, id)?;
    if contact.text("organization_id") == call.text("organization_id") {
        Ok(contact)
    } else {
        Err(Fault::not_found(CONTACT, id))
    }
}

fn invite(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    contact(world, call)?;
    if call.texts("intents").is_empty() {
        return Err(Fault::invalid("intents", "required"));
    }
    if active_invitation(world, call.text("organization_id")).is_some() {
        let message = "The organization has an active Admin Portal invitation already. Revoke it first.";
        return Err(Fault::coded(409, "it_contact_invitation_already_active", message));
    }
    let object = json!({
        "id": world.new_id("portal_link_"),
        "organization_id": call.text("organization_id"),
        "contact_id": call.text("contact_id"),
        "intents": call.given("intents"),
        "token": world.new_token(32),
        "expires_at": world.from_now(INVITATION_TIME),
    });
    put(world, object);
    Ok(Value::Null)
}

fn revoke_invite(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    contact(world, call)?;
    // That of the organization, whichever contact it was sent to. Where there is none, all is as was asked for.
    if let Some(id) = active_invitation(world, call.text("organization_id")) {
        world.remove(LINK, &id);
    }
    Ok(Value::Null)
}

/// The link that was sent to a contact of an organization, and still works.
fn active_invitation(world: &World, organization: &str) -> Option<String> {
    let is_active = |link: &&Object| {
        link.text("organization_id") == organization
            && !link.text("contact_id").is_empty()
            && !world.is_over(link, "expires_at")
    };
    world.all(LINK).find(is_active).map(|link| link.text("id").to_owned())
}

fn remove_links(world: &mut World, contact: &Object) {
    for id in world.ids(LINK, "contact_id", contact.text("id")) {
        world.remove(LINK, &id);
    }
}

fn create_widget_token(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    if call.given("organization_id").is_none() && call.given("user_id").is_none() {
        return Err(Fault::new(
            400,
            json!({"message": ["user_id should not be empty"], "error": "Bad Request"}),
        ));
    }
    let exists = |name: &str, kind: &str| match call.given(name) {
        Some(_) => world.find(kind, call.text(name)).map(drop),
        None => Ok(()),
    };
    exists("organization_id", "organization")?;
    exists("user_id", "user")?;
    Ok(json!({ "token": world.new_token(64) }))
}

fn create_client_api_token(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    world.find("organization", call.text("organization_id"))?;
    world.find("user", call.text("user_id"))?;
    Ok(json!({ "token": world.new_token(64) }))
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
    })
}

fn put(world: &mut World, object: Value) {
    if let Value::Object(object) = object {
        world.put(LINK, object);
    }
}
