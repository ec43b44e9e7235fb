//! Connections, certificates, profiles.

use serde_json::{Value, json};

use super::Play;
use super::people::{events, id, join, pair};
use crate::sandbox::clock::MINUTE;
use crate::sandbox::tokens;

const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIEXAMPLE\n-----END CERTIFICATE-----";

fn saml(organization: &str) -> Value {
    let options = json!({"idp_sso_url": "https://idp.new.example/sso", "idp_signing_certs": [PEM]});
    json!({"organization_id": organization, "connection_type": "OktaSAML", "saml_options": options})
}

#[test]
fn a_connection_is_made_changed_and_deleted() {
    let play = Play::new();
    let (_, organization) = pair(&play);
    let connection = play.ok("create_connection", saml(&organization));
    assert_eq!((&connection["state"], &connection["name"]), (&json!("active"), &json!("New Inc")));
    let options = &connection["saml_options"];
    assert_eq!(options["idp_signing_certs"][0]["value"], PEM);
    assert!(options["sp_signing_cert"]["not_after"].is_string(), "{options}");
    let id = id(&connection);
    let listed = json!({"organization_id": organization, "connection_type": "OktaSAML", "search": "new"});
    assert_eq!(play.listed("list_connections", listed, "id"), [id]);
    let patch = json!({"id": id, "saml_options": {"idp_sso_url": "https://idp.new.example/2"}});
    let changed = play.ok("update_connection", patch);
    assert_eq!(changed["saml_options"]["idp_sso_url"], "https://idp.new.example/2");
    assert_eq!(changed["saml_options"]["acs_url"], connection["saml_options"]["acs_url"]);
    let other_type = json!({"id": id, "connection_type": "AzureSAML"});
    assert_eq!(play.fails("update_connection", other_type).1, "connection_type_not_updatable");
    let other_options = json!({"id": id, "oidc_options": {"client_id": "x"}});
    assert_eq!(play.fails("update_connection", other_options).1, "connection_type_conflicts_with_options");
    play.ok("delete_connection", json!({"id": id}));
    assert_eq!(play.fails("get_connection", json!({"id": id})).0, 404);
    assert_eq!(play.fails("get_saml_sp_signing_cert", json!({"connection_id": id})).0, 404);
    let names = ["connection.activated", "connection.deactivated", "connection.deleted"];
    assert_eq!(events(&play, &names), names);
}

#[test]
fn a_connection_has_what_its_type_needs() {
    let play = Play::new();
    let (_, organization) = pair(&play);
    let fails = |options: Value| {
        let mut given = json!({"organization_id": organization});
        given.as_object_mut().expect("an object").extend(options.as_object().expect("an object").clone());
        play.fails("create_connection", given)
    };
    let metadata = "https://idp.new.example/metadata";
    let both = json!({"saml_options": {"idp_metadata_url": metadata, "idp_signing_certs": [PEM]}});
    assert_eq!(fails(both), (422, "ambiguous_saml_options".to_owned()));
    let half = json!({"saml_options": {"idp_sso_url": metadata}});
    assert_eq!(fails(half).1, "incomplete_saml_options");
    let other = json!({"connection_type": "GenericOIDC", "saml_options": {"idp_metadata_url": metadata}});
    assert_eq!(fails(other).1, "connection_type_conflicts_with_options");
    let http = json!({"oidc_options": {"discovery_endpoint": "http://idp.example", "client_id": "x"}});
    assert_eq!(fails(http).1, "discovery_endpoint_must_use_https");
    let good = json!({
        "organization_id": organization,
        "external_id": "sso-1",
        "oidc_options": {"discovery_endpoint": "https://idp.example", "client_id": "x", "client_secret": "y"},
    });
    let connection = play.ok("create_connection", good.clone());
    assert_eq!(connection["connection_type"], "GenericOIDC");
    assert!(connection["oidc_options"].get("client_secret").is_none());
    assert_eq!(play.ok("create_connection", good)["id"], connection["id"]);
    let certificate = json!({"connection_id": connection["id"], "value": PEM});
    assert_eq!(play.fails("create_saml_idp_signing_cert", certificate).1, "connection_is_not_saml");
}

#[test]
fn certificates_come_and_go() {
    let play = Play::new();
    let (_, organization) = pair(&play);
    let connection = play.ok("create_connection", saml(&organization));
    let of = json!({"connection_id": connection["id"]});
    let listed = play.listed("list_saml_idp_signing_certs", of.clone(), "id");
    let delete =
        |certificate: &str| json!({"connection_id": connection["id"], "certificate_id": certificate});
    let last = play.fails("delete_saml_idp_signing_cert", delete(&listed[0]));
    assert_eq!(last, (409, "cannot_delete_last_certificate".to_owned()));
    let bad = json!({"connection_id": connection["id"], "value": "no certificate"});
    assert_eq!(play.fails("create_saml_idp_signing_cert", bad), (422, "invalid_certificate".to_owned()));
    let good = json!({"connection_id": connection["id"], "value": PEM});
    let next = play.ok("create_saml_idp_signing_cert", good);
    assert_eq!(play.listed("list_saml_idp_signing_certs", of.clone(), "id"), [&listed[0], id(&next)]);
    play.ok("delete_saml_idp_signing_cert", delete(&listed[0]));
    let shown = play.ok("get_connection", json!({"id": connection["id"]}));
    assert_eq!(shown["saml_options"]["idp_signing_certs"][0]["id"], next["id"]);
    assert_eq!(play.fails("create_saml_sp_signing_cert", of.clone()).1, "sp_signing_cert_already_exists");
    let signing = play.ok("get_saml_sp_signing_cert", of.clone());
    play.ok("delete_saml_sp_signing_cert", delete(id(&signing)));
    assert_eq!(play.fails("get_saml_sp_signing_cert", of.clone()).0, 404);
    play.ok("create_saml_sp_signing_cert", of.clone());
    play.ok("create_saml_sp_encryption_cert", of.clone());
    assert_eq!(play.listed("list_saml_sp_encryption_certs", of, "id").len(), 2);
}

#[test]
fn a_profile_comes_with_a_code() {
    let play = Play::new();
    let (user, organization) = pair(&play);
    join(&play, &user, &organization);
    let none = play.fails("get_sso_authorization_url", json!({"organization": organization}));
    assert_eq!(none, (400, "invalid_connection".to_owned()));
    let connection = play.ok("create_connection", saml(&organization));
    let verifier = "a-verifier-that-is-long-enough-0123456789-abcdef";
    // As it stands in the query, where a challenge is no argument of the table.
    let query = json!({"organization": organization, "state": "s", "code_challenge": tokens::hash(verifier)});
    let opened = play.opens("get_sso_authorization_url", query);
    let token = |verifier: Option<&str>| json!({"code": opened["code"], "code_verifier": verifier});
    assert_eq!(play.fails("get_sso_profile_and_token", token(None)).1, "invalid_grant");
    let answer = play.ok("get_sso_profile_and_token", token(Some(verifier)));
    let profile = &answer["profile"];
    assert_eq!(
        (&profile["email"], &profile["connection_id"]),
        (&json!("nora@new.example"), &connection["id"])
    );
    assert_eq!(profile["role"], json!({"slug": "member"}));
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(play.fails("get_sso_profile_and_token", token(Some(verifier))).1, "invalid_grant");
    let with = |token: &Value| json!({"access_token": token});
    assert_eq!(play.ok("get_sso_profile", with(&answer["access_token"]))["id"], profile["id"]);
    assert_eq!(play.fails("get_sso_profile", with(&json!("x"))), (401, "Unauthorized".to_owned()));
    // Not to be taken for a code of AuthKit, and the other way round.
    let opened = play.ok("get_sso_authorization_url", json!({"connection": connection["id"]}));
    let exchange = json!({"grant_type": "authorization_code", "code": opened["code"]});
    assert_eq!(play.fails("authenticate_user", exchange).1, "invalid_grant");
    let again = play.ok("get_sso_profile_and_token", json!({"code": opened["code"]}));
    assert_eq!(again["profile"]["id"], profile["id"]);
    play.later(11 * MINUTE);
    assert_eq!(play.fails("get_sso_profile", with(&again["access_token"])).0, 401);
    let saml = play.fails("authorize_sso_logout", json!({"profile_id": profile["id"]}));
    assert_eq!(saml, (400, "connection_invalid".to_owned()));
    let out = play.ok("authorize_sso_logout", json!({"profile_id": "prof_01EXAMPLE0OIDC"}));
    let token = json!({"token": out["logout_token"]});
    assert!(play.ok("get_sso_logout_url", token.clone())["url"].is_string());
    assert_eq!(play.fails("get_sso_logout_url", token).0, 404);
}

#[test]
fn whoever_signs_in_through_a_connection_is_a_member() {
    let play = Play::new();
    let (user, organization) = pair(&play);
    play.ok("create_connection", saml(&organization));
    let link = json!({"organization_id": organization, "login_hint": "nora@new.example"});
    let opened = play.ok("get_authkit_authorization_url", link);
    let exchange = json!({"grant_type": "authorization_code", "code": opened["code"]});
    let signed_in = play.ok("authenticate_user", exchange);
    assert_eq!(
        (&signed_in["authentication_method"], &signed_in["user"]["id"]),
        (&json!("SSO"), &json!(user))
    );
    assert_eq!(signed_in["organization_id"], organization);
    let members = play.listed("list_organization_memberships", json!({"user_id": user}), "status");
    assert_eq!(members, ["active"]);
    assert_eq!(events(&play, &["organization_membership.created"]).len(), 1);
}
