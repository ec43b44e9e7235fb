//! Portal links and IT contacts.

use serde_json::json;

use super::Play;

#[test]
fn a_contact_comes_and_goes() {
    let play = Play::new();
    let organization = play.ok("create_organization", json!({"name": "New"}))["id"].clone();
    let create = |email: &str| json!({"organization_id": organization, "email": email});
    let made = play.ok("create_it_contact", create("ada@new.example"));
    assert!(made["id"].as_str().is_some_and(|id| id.starts_with("it_contact_")));
    let again = play.fails("create_it_contact", create("ADA@new.example"));
    assert_eq!(again, (409, "it_contact_already_exists".to_owned()));
    assert_eq!(play.fails("create_it_contact", create("ada")).0, 422);
    let listed = || play.listed("list_it_contacts", json!({"organization_id": organization}), "email");
    assert_eq!(listed(), ["ada@new.example"]);
    let contact = json!({"organization_id": organization, "contact_id": made["id"]});
    play.ok("delete_it_contact", contact.clone());
    assert_eq!(listed(), [""; 0]);
    assert_eq!(play.fails("delete_it_contact", contact).0, 404);
    let elsewhere = json!({"organization_id": "org_none", "email": "a@b.example"});
    assert_eq!(play.fails("create_it_contact", elsewhere).0, 404);
}

#[test]
fn one_invitation_is_active_at_a_time() {
    let play = Play::new();
    let organization = play.ok("create_organization", json!({"name": "New"}))["id"].clone();
    let made = |email: &str| {
        play.ok("create_it_contact", json!({"organization_id": organization, "email": email}))["id"].clone()
    };
    let (ada, bob) = (made("ada@new.example"), made("bob@new.example"));
    let invite = |contact: &serde_json::Value| json!({"organization_id": organization, "contact_id": contact, "intents": ["sso"]});
    let named = |contact: &serde_json::Value| json!({"organization_id": organization, "contact_id": contact});
    play.ok("invite_it_contact", invite(&ada));
    let second = play.fails("invite_it_contact", invite(&bob));
    assert_eq!(second, (409, "it_contact_invitation_already_active".to_owned()));
    play.ok("revoke_it_contact_invite", named(&ada));
    play.ok("invite_it_contact", invite(&bob));
    // Whoever is removed takes the invitation with them.
    play.ok("delete_it_contact", named(&bob));
    play.ok("invite_it_contact", invite(&ada));
    assert_eq!(play.fails("invite_it_contact", invite(&bob)).0, 404);
    assert_eq!(play.fails("revoke_it_contact_invite", named(&bob)).0, 404);
    let other =
        json!({"organization_id": "org_01EXAMPLE0ORGANIZATION", "contact_id": ada, "intents": ["sso"]});
    assert_eq!(play.fails("invite_it_contact", other).0, 404);
}

#[test]
fn links_are_of_an_organization() {
    let play = Play::new();
    let organization = play.ok("create_organization", json!({"name": "New"}))["id"].clone();
    let link = |further: serde_json::Value| {
        let mut arguments = json!({"organization": organization, "external_user_id": "u1"});
        if let (Some(arguments), serde_json::Value::Object(further)) = (arguments.as_object_mut(), further) {
            arguments.extend(further);
        }
        arguments
    };
    let first = play.ok("generate_portal_link", link(json!({"intent": "sso"})));
    let second = play.ok("generate_portal_link", link(json!({})));
    assert_ne!(first, second);
    assert!(first["link"].as_str().is_some_and(|link| link.starts_with("https://setup.workos.com?token=")));
    assert_eq!(play.kept("_portal_link"), 2);
    play.ok("revoke_portal_link", json!({"organization": organization, "external_user_id": "other"}));
    assert_eq!(play.kept("_portal_link"), 2);
    play.ok("revoke_portal_link", json!({"organization": organization, "external_user_id": "u1"}));
    assert_eq!(play.kept("_portal_link"), 0);
    for wrong in [
        json!({"return_url": "javascript:alert(1)"}),
        json!({"it_contact_emails": ["nobody"]}),
        json!({"it_contact_emails": vec!["a@b.example"; 21]}),
    ] {
        assert_eq!(play.fails("generate_portal_link", link(wrong)).0, 422);
    }
    assert_eq!(play.fails("generate_portal_link", json!({"organization": "org_none"})).0, 404);
    // They go with the organization.
    play.ok("generate_portal_link", link(json!({})));
    play.ok("delete_organization", json!({"id": organization}));
    assert_eq!(play.kept("_portal_link"), 0);
}

#[test]
fn tokens_are_of_users_that_are_there() {
    let play = Play::new();
    let (organization, user) = ("org_01EXAMPLE0ORGANIZATION", "user_01EXAMPLE0USER");
    let both = json!({"organization_id": organization, "user_id": user});
    let first = play.ok("create_widget_token", both.clone());
    assert_ne!(first, play.ok("create_widget_token", both.clone()));
    play.ok("create_client_api_token", both);
    assert_eq!(play.fails("create_widget_token", json!({})).0, 400);
    for wrong in [
        json!({"organization_id": "org_none", "user_id": user}),
        json!({"organization_id": organization, "user_id": "user_none"}),
    ] {
        assert_eq!(play.fails("create_widget_token", wrong.clone()).0, 404);
        assert_eq!(play.fails("create_client_api_token", wrong).0, 404);
    }
}
