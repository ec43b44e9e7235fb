//! Organizations and their domains, and what a sign-in through an expired certificate comes to.

use serde_json::{Value, json};

use super::Play;
use crate::sandbox::clock::{DAY, written};

fn events(play: &Play, organization: &str) -> Vec<String> {
    let types =
        ["organization_domain.created", "organization_domain.verified", "organization_domain.deleted"];
    play.listed("list_events", json!({"events": types, "organization_id": organization}), "event")
}

#[test]
fn a_new_organization_has_nothing_of_the_example() {
    let play = Play::new();
    let made = play.ok("create_organization", json!({"name": "Plain"}));
    assert_eq!((&made["metadata"], &made["domains"]), (&json!({}), &json!([])));
    assert_eq!(made["external_id"], Value::Null);
    let long = "a".repeat(601);
    for metadata in [json!({"k": long}), json!({"k".repeat(41): "v"})] {
        let refused = (400, "invalid_metadata".to_owned());
        assert_eq!(play.fails("create_organization", json!({"name": "M", "metadata": metadata})), refused);
        assert_eq!(play.fails("create_user", json!({"email": "m@m.example", "metadata": metadata})), refused);
    }
}

#[test]
fn a_domain_is_one_in_any_case() {
    let play = Play::new();
    let domain = |name: &str, state: &str| json!([{"domain": name, "state": state}]);
    let given = json!({"name": "A", "domain_data": domain("Nimbus.example", "verified")});
    let made = play.ok("create_organization", given);
    let id = made["id"].as_str().expect("an ID");
    assert_eq!(made["domains"][0]["domain"], "nimbus.example");
    let taken = (409, "domain_already_exists".to_owned());
    let again = json!({"name": "B", "domain_data": domain("NIMBUS.example", "pending")});
    assert_eq!(play.fails("create_organization", again), taken);
    let found = play.listed("list_organizations", json!({"domains": ["NIMBUS.example"]}), "id");
    assert_eq!(found, [id]);
    for consumers in ["gmail.com", "GMAIL.com"] {
        let given = json!({"organization_id": id, "domain": consumers});
        assert_eq!(play.fails("create_organization_domain", given).0, 422);
    }
    assert_eq!(events(&play, id), ["organization_domain.created", "organization_domain.verified"]);
    play.ok("update_organization", json!({"id": id, "domain_data": domain("other.example", "pending")}));
    assert_eq!(events(&play, id)[2..], ["organization_domain.deleted", "organization_domain.created"]);
}

#[test]
fn what_belongs_to_an_organization_goes_with_it() {
    let play = Play::new();
    let found = play.ok("list_organizations", json!({"search": "Bluebird Health", "order": "asc"}));
    let (id, domain) = (&found["data"][0]["id"], &found["data"][0]["domains"][0]["id"]);
    let application = play.ok(
        "create_connect_application",
        json!({"name": "Nightly", "application_type": "m2m", "organization_id": id}),
    );
    play.ok("delete_organization_domain", json!({"id": domain}));
    let connections = play.ok("list_connections", json!({"organization_id": id}));
    assert_eq!(connections["data"][0]["domains"], json!([]));
    play.ok("delete_organization", json!({"id": id}));
    assert_eq!(play.fails("get_connect_application", json!({"id": application["id"]})).0, 404);
    assert_eq!(play.fails("get_connection", json!({"id": connections["data"][0]["id"]})).0, 404);
}

#[test]
fn nobody_signs_in_through_a_certificate_that_is_over() {
    let play = Play::new();
    let found = play.ok("list_organizations", json!({"search": "fjord"}));
    let organization = &found["data"][0]["id"];
    let connection = &play.ok("list_connections", json!({"organization_id": organization}))["data"][0]["id"];
    let failures = || {
        let events =
            json!({"events": ["authentication.sso_failed"], "organization_id": organization, "limit": 100});
        play.listed("list_events", events, "id").len()
    };
    let before = failures();
    let link =
        json!({"connection": connection, "redirect_uri": "https://a.example/cb", "client_id": "client_x"});
    assert_eq!(play.fails("get_sso_authorization_url", link.clone()).0, 400);
    assert_eq!(failures(), before + 1);
    let (from, to) = (written(play.now() - DAY), written(play.now() + 90 * DAY));
    let pem = certificate(&from, &to);
    let added = play.ok("create_saml_idp_signing_cert", json!({"connection_id": connection, "value": pem}));
    let whole_seconds = |time: &str| format!("{}.000Z", &time[..19]);
    assert_eq!(added["not_before"], whole_seconds(&from));
    assert_eq!(added["not_after"], whole_seconds(&to));
    assert!(play.ok("get_sso_authorization_url", link)["code"].is_string());
}

/// A real certificate that is good between these times.
fn certificate(from: &str, to: &str) -> String {
    let time = |text: &str| {
        let part = |from: usize, to: usize| text[from..to].parse::<i32>().expect("a number");
        let small = |from: usize, to: usize| u8::try_from(part(from, to)).expect("a small number");
        let date = rcgen::date_time_ymd(part(0, 4), small(5, 7), small(8, 10));
        date + std::time::Duration::from_secs(
            u64::from(small(11, 13)) * 3600 + u64::from(small(14, 16)) * 60 + u64::from(small(17, 19)),
        )
    };
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    (parameters.not_before, parameters.not_after) = (time(from), time(to));
    let key = rcgen::KeyPair::generate().expect("a key");
    parameters.self_signed(&key).expect("a certificate").pem()
}
