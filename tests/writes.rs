//! What writes answer: the ID, the state and what was changed, and all of it where `fields` asks for it.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, Server, Upstream, binary, fixtures, output};
use serde_json::{Value, json};

/// Answers of all writes to their examples, in bytes, before anything was left out of them and now. A test
/// of its own says which they are when one of them grows.
const MOST_BYTES: usize = 45_000;

/// The operations that are writes, with their examples.
fn writes() -> Vec<(String, Value)> {
    let is_write = |fixture: &Value| {
        let request = fixture["request"].as_str().expect("a request");
        !request.starts_with("GET ") && !request.starts_with("LINK ")
    };
    let all = fixtures().into_iter().map(|(tool, fixture)| (tool, Value::Object(fixture)));
    all.filter(|(_, fixture)| is_write(fixture)).collect()
}

fn note(answer: &Value) -> &str {
    answer["_note"].as_str().unwrap_or_default()
}

/// A server before an upstream that answers this to everything.
fn answering(body: &Value) -> (Upstream, Server) {
    let upstream = Upstream::answering(Answer::json(200, body));
    let server = Server::against(&upstream, &["--toolsets", "all"]);
    (upstream, server)
}

fn membership() -> Value {
    json!({
        "object": "organization_membership", "id": "om_1", "user_id": "user_1", "organization_id": "org_1",
        "organization_name": "Example Corp", "status": "active", "directory_managed": false,
        "role": {"slug": "admin"}, "roles": [{"slug": "admin"}], "brand_new": "kept",
        "user": {"object": "user", "id": "user_1", "email": "jane@example.com", "first_name": "Jane"},
    })
}

#[test]
fn a_membership_has_no_copy_of_its_user() {
    let (upstream, mut server) = answering(&membership());
    for tool in [
        "update_organization_membership",
        "reactivate_organization_membership",
        "deactivate_organization_membership",
    ] {
        let answer = server.call(tool, json!({"id": "om_1"}))["structuredContent"].clone();
        assert_eq!(answer.get("user"), None, "{answer}");
        for (name, value) in
            [("id", "om_1"), ("status", "active"), ("user_id", "user_1"), ("brand_new", "kept")]
        {
            assert_eq!(answer[name], value, "{answer}");
        }
        assert_eq!(answer["role"]["slug"], "admin");
        for part in ["Left out: `user`.", "`fields`", "or `get_organization_membership`"] {
            assert!(note(&answer).contains(part), "{part}: {answer}");
        }
    }
    let arguments = json!({"id": "om_1", "role_slug": "admin", "fields": ["id", "user"]});
    let answer = server.call("update_organization_membership", arguments);
    assert_eq!(
        answer["structuredContent"],
        json!({"id": "om_1", "user": {"id": "user_1", "email": "jane@example.com", "first_name": "Jane"}})
    );
    // Reads are as they were.
    let answer = server.call("get_organization_membership", json!({"id": "om_1"}));
    assert_eq!(answer["structuredContent"]["user"]["first_name"], "Jane");
    assert_eq!(upstream.count(), 5);
}

#[test]
fn what_looks_like_a_copy_and_is_none_stays() {
    let mut membership = membership();
    membership["user"]["id"] = "user_2".into();
    let (_upstream, mut server) = answering(&membership);
    let answer = server.call("reactivate_organization_membership", json!({"id": "om_1"}));
    assert_eq!(answer["structuredContent"]["user"]["id"], "user_2");
}

#[test]
fn fields_of_a_write_are_checked_before_it_is_made() {
    let (upstream, mut server) = answering(&membership());
    let text = server.failure(
        "update_organization_membership",
        json!({"id": "om_1", "role_slug": "a", "fields": ["stauts"]}),
    );
    assert!(text.contains("did you mean `status`"), "{text}");
    assert_eq!(upstream.count(), 0);
    // What is documented and does not come is said, not passed over.
    let answer = server.call(
        "update_organization_membership",
        json!({"id": "om_1", "role_slug": "a", "fields": ["custom_attributes"]}),
    );
    assert!(note(&answer["structuredContent"]).contains("None of the fields"), "{answer}");
}

#[test]
fn every_write_takes_fields() {
    let mut server = Server::start_with(&["--sandbox", "--toolsets", "all"], &[]);
    server.initialize();
    let listed = server.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().expect("tools");
    for (tool, fixture) in writes() {
        let mut arguments = fixture["arguments"].clone();
        let schema =
            &tools.iter().find(|listed| listed["name"] == *tool).expect("it is listed")["inputSchema"];
        let answers_nothing = fixture.get("response").is_none_or(Value::is_null);
        assert_eq!(schema["properties"]["fields"].is_object(), !answers_nothing, "{tool}");
        arguments["fields"] = json!([]);
        let text = server.call(&tool, arguments)["content"][0]["text"].as_str().expect("text").to_owned();
        assert!(!text.contains("is not an argument"), "{tool}: {text}");
    }
}

#[test]
fn nothing_that_is_shown_once_is_lost() {
    let key = json!({
        "object": "api_key", "id": "api_key_1", "name": "Example", "value": "sk_example_shown_once",
        "obfuscated_value": "sk_…nce", "permissions": vec!["example:permission:with:a:long:name"; 60],
    });
    let (_upstream, mut server) = answering(&key);
    let create = json!({"organization_id": "org_1", "name": "Example"});
    let answer = server.call("create_organization_api_key", create.clone());
    assert_eq!(answer["structuredContent"]["value"], "sk_example_shown_once");
    assert_eq!(answer["structuredContent"]["permissions"].as_array().map(Vec::len), Some(60));
    let mut with_fields = create;
    with_fields["fields"] = json!(["id"]);
    let answer = server.call("create_organization_api_key", with_fields);
    assert_eq!(answer["structuredContent"], json!({"id": "api_key_1", "value": "sk_example_shown_once"}));
}

#[test]
fn a_signing_secret_is_told_who_makes_it() {
    let endpoint = json!({
        "object": "webhook_endpoint", "id": "we_1", "endpoint_url": "https://example.com/hooks",
        "secret": "example_webhook_secret", "status": "disabled", "events": ["user.created"],
    });
    let (_upstream, mut server) = answering(&endpoint);
    let create = json!({"endpoint_url": "https://example.com/hooks", "events": ["user.created"]});
    let answer = server.call("create_webhook_endpoint", create);
    assert_eq!(answer["structuredContent"]["secret"], "example_webhook_secret");
    let update = json!({"id": "we_1", "status": "disabled"});
    let answer = server.call("update_webhook_endpoint", update.clone())["structuredContent"].clone();
    assert_eq!((answer.get("secret"), &answer["status"]), (None, &json!("disabled")));
    assert!(note(&answer).contains("Left out: `secret`"), "{answer}");
    let mut with_fields = update;
    with_fields["fields"] = json!(["secret"]);
    let answer = server.call("update_webhook_endpoint", with_fields);
    assert_eq!(answer["structuredContent"]["secret"], "example_webhook_secret");
}

#[test]
fn a_large_object_is_shortened_and_a_small_one_is_not() {
    let domain = |index: usize| {
        json!({"object": "organization_domain", "id": format!("org_domain_{index}"), "domain": format!("{index}.example.com"),
               "organization_id": "org_1", "state": "verified", "verification_strategy": "dns",
               "verification_token": "example_token", "created_at": "2026-01-15T12:00:00.000Z"})
    };
    let organization = |domains: usize, extra: usize| {
        json!({"object": "organization", "id": "org_1", "name": "Example Corp",
               "domains": (0..domains).map(domain).collect::<Vec<_>>(),
               "metadata": {"tier": "gold"}, "settings": {"text": "x".repeat(extra)}, "external_id": "7"})
    };
    let update = json!({"id": "org_1", "metadata": {"tier": "gold"}});
    let (_upstream, mut server) = answering(&organization(1, 10));
    let answer = server.call("update_organization", update.clone())["structuredContent"].clone();
    assert_eq!(answer["domains"][0]["verification_token"], "example_token");
    assert_eq!((&answer["settings"]["text"], note(&answer)), (&json!("x".repeat(10)), ""));

    let (_upstream, mut server) = answering(&organization(5, 900));
    let answer = server.call("update_organization", update.clone())["structuredContent"].clone();
    assert_eq!(
        answer["domains"][4],
        json!({"id": "org_domain_4", "domain": "4.example.com", "state": "verified"})
    );
    assert_eq!((&answer["external_id"], &answer["metadata"]), (&json!("7"), &json!({"tier": "gold"})));
    assert_eq!(answer.get("settings"), None);
    assert!(note(&answer).contains("`domains`, `settings`"), "{answer}");
    assert!(answer.to_string().len() < 1_000, "{answer}");

    let (_upstream, mut server) = answering(&organization(40, 0));
    let answer = server.call("update_organization", update)["structuredContent"].clone();
    assert_eq!(answer.get("domains"), None);
}

#[test]
fn certificates_are_not_repeated() {
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", "MIIC".repeat(300));
    let certificate = json!({"object": "saml_x509_certificate", "id": "saml_cert_1", "value": pem,
                             "not_after": "2027-01-15T12:00:00.000Z"});
    let (_upstream, mut server) = answering(&certificate);
    let (tool, fixture) = writes()
        .into_iter()
        .find(|(tool, _)| tool.starts_with("create_saml") || tool.starts_with("add_saml"))
        .expect("an operation that makes a certificate");
    let answer = server.call(&tool, fixture["arguments"].clone())["structuredContent"].clone();
    assert_eq!((answer.get("value"), &answer["id"]), (None, &json!("saml_cert_1")), "{tool}: {answer}");
    assert_eq!(answer["not_after"], "2027-01-15T12:00:00.000Z");
}

/// Every write answers its example: with an ID if WorkOS sends one, and with no copies and certificates.
#[test]
fn answers_of_writes_are_small() {
    let mut sizes = Vec::new();
    let mut before = 0;
    for (tool, fixture) in writes() {
        let response = fixture["response"].clone();
        if response.is_null() {
            continue;
        }
        let upstream = Upstream::answering(Answer::json(200, &response));
        let key = [("WORKOS_API_KEY", "sk_test_example_fixture"), ("WORKOS_CLIENT_ID", "client_example")];
        let mut server = Server::start_with(&["--toolsets", "all", "--base-url", &upstream.url], &key);
        server.initialize();
        let answer = server.call(&tool, fixture["arguments"].clone());
        assert_eq!(answer["isError"], false, "{tool}: {answer}");
        let answer = &answer["structuredContent"];
        for name in ["id", "status", "state", "slug", "name", "value", "token", "link"] {
            if response.get(name).is_some_and(Value::is_string)
                && !response[name].to_string().contains("BEGIN")
            {
                assert_eq!(answer[name], response[name], "{tool}: {answer}");
            }
        }
        let text = answer.to_string();
        assert!(!text.contains("-----BEGIN CERTIFICATE"), "{tool}: {answer}");
        if let (Some(id), Some(user)) = (answer.get("user_id"), answer.get("user")) {
            assert_ne!(Some(id), user.get("id"), "{tool}: {answer}");
        }
        before += response.to_string().len();
        sizes.push((text.len(), tool));
    }
    sizes.sort();
    let sum: usize = sizes.iter().map(|(size, _)| size).sum();
    let largest: Vec<_> = sizes.iter().rev().take(12).collect();
    assert!(sum <= MOST_BYTES, "{sum} bytes, {before} before; the largest: {largest:?}");
}

#[test]
fn the_command_line_answers_the_same() {
    let upstream = Upstream::answering(Answer::json(200, &membership()));
    let arguments = ["call", "reactivate_organization_membership", "id=om_1", "--base-url", &upstream.url];
    let (stdout, stderr, code) =
        output(binary().args(arguments).env("WORKOS_API_KEY", "sk_test_example_fixture"));
    assert_eq!(code, 0, "{stderr}");
    let answer: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((answer.get("user"), &answer["status"]), (None, &json!("active")));
}
