//! What lists leave out: bulk and credentials that are seldom wanted of many. Named, they are there.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, KEY, Server, Upstream, fixtures};
use serde_json::{Value, json};

const PEM: &str = "-----BEGIN CERTIFICATE-----";

/// A server over the fixture of a list, with arguments for it.
fn list(tool: &str, key: &str) -> (Server, Value) {
    let fixture = &fixtures()[tool];
    let upstream = Upstream::answering(Answer::json(200, &fixture["response"]));
    let mut server =
        Server::start_with(&["--base-url", &upstream.url, "--toolsets", "all"], &[("WORKOS_API_KEY", key)]);
    server.initialize();
    let mut arguments = fixture["arguments"].clone();
    arguments.as_object_mut().expect("an object").retain(|name, _| name.ends_with("_id"));
    (server, arguments)
}

#[test]
fn lists_leave_out_certificates_verification_tokens_and_signing_secrets() {
    for (tool, name, path, pointer, secret) in [
        ("list_saml_idp_signing_certs", "value", "value", "/data/0/value", false),
        ("list_saml_sp_encryption_certs", "value", "value", "/data/0/value", false),
        (
            "list_organizations",
            "verification_token",
            "domains.verification_token",
            "/data/0/domains/0/verification_token",
            false,
        ),
        ("list_webhook_endpoints", "secret", "secret", "/data/0/secret", true),
        (
            "list_connections",
            "value",
            "saml_options.idp_signing_certs.value",
            "/data/0/saml_options/idp_signing_certs/0/value",
            false,
        ),
    ] {
        let response = &fixtures()[tool]["response"];
        let there = response.pointer(pointer).expect("in the fixture");
        for key in [KEY, "sk_live_example_fixture"] {
            let (mut server, arguments) = list(tool, key);
            let answer = server.call(tool, arguments.clone())["structuredContent"].take();
            assert_eq!(answer.pointer(pointer), None, "{tool}: {answer}");
            let note = answer["_note"].as_str().expect("a remark");
            assert!(note.contains("Left out of the items: `") && note.contains(name), "{tool}: {note}");
            // Everything else is there.
            assert_eq!(answer["data"][0]["id"], response["data"][0]["id"], "{tool}");

            let mut named = arguments;
            named["fields"] = json!(["id", path]);
            let answer = server.call(tool, named)["structuredContent"].take();
            let masked = secret && key != KEY;
            let shown = if masked { &json!("[masked]") } else { there };
            assert_eq!(answer.pointer(pointer), Some(shown), "{tool}: {answer}");
        }
    }
}

#[test]
fn settings_keep_what_is_no_certificate() {
    let (mut server, arguments) = list("list_connections", KEY);
    let answer = server.call("list_connections", arguments)["structuredContent"].take();
    assert!(!answer.to_string().contains(PEM), "{answer}");
    let options = &answer["data"][0]["saml_options"];
    for pointer in ["/idp_sso_url", "/idp_signing_certs/0/not_after", "/sp_signing_cert/id"] {
        assert!(options.pointer(pointer).is_some_and(Value::is_string), "{pointer}: {options}");
    }
}

#[test]
fn one_thing_is_shown_whole_and_events_leave_out_the_same() {
    for (tool, pointer) in [
        ("get_organization", "/domains/0/verification_token"),
        ("get_organization_domain", "/verification_token"),
        ("get_saml_sp_signing_cert", "/value"),
        ("get_connection", "/saml_options/idp_signing_certs/0/value"),
        ("create_webhook_endpoint", "/secret"),
    ] {
        let fixture = &fixtures()[tool];
        let upstream = Upstream::answering(Answer::json(200, &fixture["response"]));
        let mut server = Server::against(&upstream, &["--toolsets", "all"]);
        let answer = server.call(tool, fixture["arguments"].clone())["structuredContent"].take();
        assert_eq!(answer.pointer(pointer), fixture["response"].pointer(pointer), "{tool}: {answer}");
    }
    let domain = json!({"id": "org_domain_1", "verification_token": "example_token"});
    let certificate =
        json!({"certificate": {"value": format!("{PEM}\nMII"), "chain": [PEM, PEM], "id": "c"}});
    let upstream = Upstream::answering(Answer::json(
        200,
        &json!({"data": [{"id": "e1", "data": domain}, {"id": "e2", "data": certificate}]}),
    ));
    let mut server = Server::against(&upstream, &["--toolsets", "all"]);
    let arguments = json!({"events": ["organization_domain.created"]});
    let answer = server.call("list_events", arguments)["structuredContent"].take();
    assert_eq!(answer["data"][0]["data"], json!({"id": "org_domain_1"}), "{answer}");
    assert_eq!(answer["data"][1]["data"], json!({"certificate": {"id": "c"}}), "{answer}");
}
