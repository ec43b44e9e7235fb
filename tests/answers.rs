//! What answers hold: only the fields that are wanted, items of several pages, no more than fits.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::listing::{listing, page, query};
use common::{Answer, Server, Upstream, binary, fixtures, output};
use serde_json::{Value, json};

fn organization(index: usize) -> Value {
    json!({
        "name": format!("Example {index}"), "created_at": "2026-01-15T12:00:00.000Z",
        "domains": [{"id": format!("domain_{index}"), "domain": format!("{index}.example.com"), "state": "verified"}],
        "brand_new": {"a": 1, "b": 2},
    })
}

fn ids(result: &Value) -> Vec<String> {
    let items = result["structuredContent"]["data"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().expect("an ID").to_owned()).collect()
}

fn note(result: &Value) -> &str {
    result["structuredContent"]["_note"].as_str().unwrap_or_default()
}

#[test]
fn only_the_fields_that_are_named_are_there() {
    let upstream = listing(2, organization);
    let mut server = Server::against(&upstream, &[]);
    let fields = |server: &mut Server, fields: Value| {
        server.call("list_organizations", json!({"fields": fields}))["structuredContent"].clone()
    };
    for named in [
        json!(["id", "domains.domain"]),
        json!("id,domains.domain"),
        json!("[\"data.id\", \"domains.domain\"]"),
    ] {
        assert_eq!(
            fields(&mut server, named),
            json!({
                "data": [
                    {"domains": [{"domain": "0.example.com"}], "id": "item_0"},
                    {"domains": [{"domain": "1.example.com"}], "id": "item_1"},
                ],
                "list_metadata": {},
            })
        );
    }
    // A field that this version does not know can be named once WorkOS sends it.
    assert_eq!(fields(&mut server, json!(["brand_new.b"]))["data"][0], json!({"brand_new": {"b": 2}}));
    // The whole wins over its part; nothing named is everything.
    assert_eq!(
        fields(&mut server, json!(["domains.domain", "domains"]))["data"][0]["domains"][0]["state"],
        "verified"
    );
    assert_eq!(fields(&mut server, json!([]))["data"][0]["name"], "Example 0");

    let upstream = Upstream::answering(Answer::json(200, &organization(7)));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("get_organization", json!({"id": "org_1", "fields": ["name", "metadata"]}));
    assert_eq!(answer["structuredContent"], json!({"name": "Example 7"}));
}

#[test]
fn unknown_fields_are_reported_with_the_known_ones() {
    let upstream = listing(2, organization);
    let mut server = Server::against(&upstream, &["--toolsets", "organizations,sso"]);
    let text = server.failure("list_organizations", json!({"fields": ["nme", "domains.nope", "id.x"]}));
    for part in [
        "`nme`",
        "did you mean `name`",
        "external_id",
        "`domains.nope`",
        "domains.state",
        "`id.x` goes too far",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = server.failure("get_organization", json!({"id": "org_1", "fields": ["nme"]}));
    assert!(text.contains("did you mean `name`"), "{text}");
    // Links have none.
    let text = server.failure("get_sso_logout_url", json!({"token": "a", "fields": ["url"]}));
    assert!(text.contains("`fields` is not an argument"), "{text}");
}

/// Every path that occurs in a value.
fn paths(value: &Value, prefix: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter().filter(|(name, _)| !name.contains(['.', ' ', ','])) {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                found.push(path.clone());
                paths(value, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, prefix, found)),
        _ => {}
    }
}

/// The parts of a value that a path leads to.
fn at<'a>(value: &'a Value, path: &[&str], found: &mut Vec<&'a Value>) {
    match (value, path) {
        (value, []) => found.push(value),
        (Value::Array(items), path) => items.iter().for_each(|item| at(item, path, found)),
        (Value::Object(object), [first, rest @ ..]) => {
            if let Some(value) = object.get(*first) {
                at(value, rest, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_path_of_every_answer_can_be_asked_for() {
    let mut server = Server::start_with(&["--sandbox", "--toolsets", "all", "--access", "read"], &[]);
    server.initialize();
    let offered = server.ask("tools/list", json!({}));
    let takes_fields = |name: &str| {
        let tools = offered["result"]["tools"].as_array().expect("tools");
        tools
            .iter()
            .any(|tool| tool["name"] == name && tool["inputSchema"]["properties"]["fields"].is_object())
    };
    let mut tried = 0;
    // What is no GET may answer something new each time.
    let gets = |fixture: &serde_json::Map<String, Value>| {
        fixture["request"].as_str().is_some_and(|request| request.starts_with("GET "))
    };
    let taking = |(tool, fixture): &(String, _)| takes_fields(tool) && gets(fixture);
    for (tool, fixture) in fixtures().into_iter().filter(taking) {
        let arguments = fixture["arguments"].clone();
        let whole = server.call(&tool, arguments.clone())["structuredContent"].clone();
        let lists = whole["data"].is_array() && fixture["response"].get("data").is_none_or(Value::is_array);
        let objects = if lists { &whole["data"] } else { &whole };
        let mut all = Vec::new();
        paths(objects, "", &mut all);
        all.sort();
        all.dedup();
        for path in all.iter().filter(|path| *path != "_note") {
            let mut arguments = arguments.clone();
            arguments["fields"] = json!([path]);
            let answer = server.call(&tool, arguments);
            assert_eq!(answer["isError"], false, "{tool} {path}: {answer}");
            let answer = &answer["structuredContent"];
            let part = if lists { &answer["data"] } else { answer };
            let steps: Vec<&str> = path.split('.').collect();
            let (mut wanted, mut found) = (Vec::new(), Vec::new());
            at(objects, &steps, &mut wanted);
            at(part, &steps, &mut found);
            assert_eq!(wanted, found, "{tool} {path}");
            let mut kept = Vec::new();
            paths(part, "", &mut kept);
            let related =
                |other: &String| path.starts_with(other.as_str()) || other.starts_with(path.as_str());
            assert!(kept.iter().all(|other| other == "_note" || related(other)), "{tool} {path}: {kept:?}");
            tried += 1;
        }
    }
    assert!(tried > 900, "only {tried} paths");
}

#[test]
fn items_come_over_as_many_pages_as_it_takes() {
    let upstream = listing(250, organization);
    let mut server = Server::against(&upstream, &[]);
    let call = |server: &mut Server, arguments: Value| server.call("list_organizations", arguments);
    let all = call(&mut server, json!({"max_items": 1000, "fields": ["id"]}));
    assert_eq!(ids(&all), (0..250).map(|index| format!("item_{index}")).collect::<Vec<_>>());
    assert_eq!(all["structuredContent"]["list_metadata"], json!({}));
    let limits: Vec<_> = upstream.received().iter().map(|request| query(request, "limit")).collect();
    assert_eq!(limits, vec![Some("100".to_owned()); 3]);

    let some = call(&mut server, json!({"max_items": 120, "fields": "id"}));
    assert_eq!(
        (ids(&some).len(), &some["structuredContent"]["list_metadata"]["after"]),
        (120, &json!("item_119"))
    );
    assert_eq!(query(&upstream.received()[4], "limit").as_deref(), Some("20"));
    let rest = call(&mut server, json!({"max_items": 1000, "after": "item_119", "fields": "id"}));
    assert_eq!(ids(&rest)[0], "item_120");
    assert_eq!(ids(&rest).len(), 130);

    let text = server.failure("list_organizations", json!({"max_items": 1001}));
    assert!(text.contains("from 1 to 1000"), "{text}");
    let text = server.failure("list_organizations", json!({"max_items": 5, "before": "item_3"}));
    assert!(text.contains("`max_items` goes forward"), "{text}");
}

#[test]
fn a_list_that_does_not_move_ends() {
    let upstream = Upstream::answering(Answer::json(
        200,
        &json!({"data": [{"id": "org_1"}], "list_metadata": {"after": "org_1"}}),
    ));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("list_organizations", json!({"max_items": 1000}));
    assert_eq!(ids(&answer).len(), 2);
    assert_eq!(upstream.count(), 2);
    // Whoever went on with that cursor would never come to an end.
    assert_eq!(answer["structuredContent"]["list_metadata"], json!({}));
    assert!(note(&answer).contains("for a second time"), "{answer}");

    // Nor does a list that goes round.
    let upstream = Upstream::new(|request| {
        let after = if query(request, "after").as_deref() == Some("a") { "b" } else { "a" };
        Answer::json(200, &json!({"data": [{"id": "org_1"}], "list_metadata": {"after": after}}))
    });
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("list_organizations", json!({"max_items": 1000}));
    assert_eq!((ids(&answer).len(), upstream.count()), (3, 3));
}

#[test]
fn what_is_there_when_a_page_fails_is_not_lost() {
    let upstream = Upstream::new(|request| match query(request, "after") {
        Some(_) => Answer::json(403, &json!({"message": "No more for you."})),
        None => Answer::json(200, &page(request, 250, organization)),
    });
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("list_organizations", json!({"max_items": 1000, "fields": "id"}));
    assert_eq!(ids(&answer).len(), 100);
    assert_eq!(answer["structuredContent"]["list_metadata"]["after"], "item_99");
    assert!(note(&answer).contains("No more for you") && note(&answer).contains("`after`"), "{answer}");
    // The first page failing is a failure.
    let text = server.failure("list_organizations", json!({"max_items": 1000, "after": "item_99"}));
    assert!(text.contains("No more for you"), "{text}");
}

#[test]
fn time_is_bounded_over_all_pages() {
    let upstream = Upstream::new(|request| match query(request, "after") {
        Some(_) => Answer::Stall,
        None => Answer::json(200, &page(request, 250, organization)),
    });
    let mut server = Server::against(&upstream, &["--timeout", "0.5"]);
    let start = Instant::now();
    let answer = server.call("list_organizations", json!({"max_items": 1000, "fields": "id"}));
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(
        (ids(&answer).len(), &answer["structuredContent"]["list_metadata"]["after"]),
        (100, &json!("item_99"))
    );
}

#[test]
fn directory_users_are_asked_for_four_times_a_second_at_most() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let log = times.clone();
    let upstream = Upstream::new(move |request| {
        log.lock().expect("times").push(Instant::now());
        Answer::json(200, &page(request, 450, |index| json!({"email": format!("{index}@example.com")})))
    });
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call(
        "list_directory_users",
        json!({"directory_id": "directory_1", "max_items": 450, "fields": "id"}),
    );
    assert_eq!(ids(&answer).len(), 450);
    let times = times.lock().expect("times").clone();
    assert_eq!(times.len(), 5);
    // The first may be late, as it opens the connection.
    let time = times[4] - times[1];
    assert!(time >= Duration::from_millis(700), "{time:?}");
}

#[test]
fn progress_is_reported_to_whoever_asks() {
    let upstream = listing(250, organization);
    let mut server = Server::against(&upstream, &[]);
    let params = |meta: Value| json!({"name": "list_organizations", "arguments": {"max_items": 1000, "fields": "id"}, "_meta": meta});
    let id = server.request("tools/call", params(json!({"progressToken": "token_17"})));
    let mut seen = Vec::new();
    loop {
        let message = server.receive();
        if message["id"] == id {
            break;
        }
        assert_eq!(message["method"], "notifications/progress", "{message}");
        assert_eq!(
            (&message["params"]["progressToken"], &message["params"]["total"]),
            (&json!("token_17"), &json!(1000.0))
        );
        seen.push(message["params"]["progress"].as_f64().expect("a number"));
    }
    assert_eq!(seen, [100.0, 200.0]);
    // Without a token nobody is told.
    let id = server.request("tools/call", params(json!({})));
    assert_eq!(server.receive()["id"], id);
}

#[test]
fn lists_without_cursors_are_cut_too() {
    let certificates: Vec<Value> = (0..9).map(|index| json!({"id": format!("cert_{index}")})).collect();
    let upstream = Upstream::answering(Answer::json(200, &json!({"data": certificates})));
    let mut server = Server::against(&upstream, &["--toolsets", "sso"]);
    let answer =
        server.call("list_saml_idp_signing_certs", json!({"connection_id": "conn_1", "max_items": 4}));
    assert_eq!(ids(&answer).len(), 4);
    assert!(note(&answer).contains("4 of 9 items"), "{answer}");
    assert_eq!(upstream.count(), 1);
}

#[test]
fn an_answer_that_is_too_long_ends_at_an_item() {
    let upstream = listing(100, |index| json!({"name": format!("{index}-{}", "x".repeat(2_000))}));
    for (most, arguments) in [
        ("20000", json!({"limit": 100})),
        ("80KB", json!({"max_items": 100, "fields": ["name"]})),
        ("1MB", json!({"limit": 100})),
    ] {
        let mut server = Server::against(&upstream, &["--max-answer", most]);
        let answer = server.call("list_organizations", arguments);
        let text = answer["content"][0]["text"].as_str().expect("text");
        let same: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(same, answer["structuredContent"]);
        let items = same["data"].as_array().expect("items").len();
        if most == "1MB" {
            assert_eq!((items, note(&answer)), (100, ""));
            continue;
        }
        let bound: usize = most.trim_end_matches("KB").parse::<usize>().expect("a number")
            * if most.ends_with("KB") { 1_000 } else { 1 };
        assert!(text.len() <= bound && text.len() > bound * 8 / 10, "{} of {bound}", text.len());
        assert_eq!(same["list_metadata"]["after"], format!("item_{}", items - 1), "{most}");
        assert!(
            note(&answer).contains(&format!("{items} of 100 items"))
                && note(&answer).contains("`after`")
                && note(&answer).contains("`fields`"),
            "{answer}"
        );
    }
}

#[test]
fn cursors_that_are_no_ids_are_not_made_up() {
    let items: Vec<Value> =
        (0..50).map(|index| json!({"id": format!("o_{index}"), "name": "x".repeat(1_000)})).collect();
    let upstream =
        Upstream::answering(Answer::json(200, &json!({"data": items, "list_metadata": {"after": "opaque"}})));
    let mut server = Server::against(&upstream, &["--max-answer", "10000"]);
    let answer = server.call("list_organizations", json!({"limit": 50}));
    assert_eq!(answer["structuredContent"]["list_metadata"], json!({}));
    let kept = ids(&answer).len();
    assert!(note(&answer).contains(&format!("`limit` {kept}")), "{answer}");
}

#[test]
fn a_huge_object_says_which_fields_are_too_long() {
    let long =
        json!({"id": "org_1", "name": "Example", "metadata": {"notes": "x".repeat(200_000)}, "domains": []});
    let upstream = Upstream::answering(Answer::json(200, &long));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("get_organization", json!({"id": "org_1"}));
    assert_eq!(
        (&answer["isError"], &answer["structuredContent"]["name"]),
        (&json!(false), &json!("Example"))
    );
    assert!(note(&answer).contains("`metadata` (201 KB)") && note(&answer).contains("`fields`"), "{answer}");
    let text = answer["content"][0]["text"].as_str().expect("text");
    assert!(text.len() < 1_000);
    // A write that succeeded is no failure, however much it answers.
    let answer = server.call("create_organization", json!({"name": "Example"}));
    assert_eq!((&answer["isError"], &answer["structuredContent"]["id"]), (&json!(false), &json!("org_1")));
    assert!(note(&answer).contains("`metadata`") && note(&answer).contains("`fields`"), "{answer}");
    // One item of a list can be too long by itself.
    let upstream = Upstream::answering(Answer::json(
        200,
        &json!({"data": [long, {"id": "org_2"}], "list_metadata": {}}),
    ));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("list_organizations", json!({}));
    assert_eq!(ids(&answer), ["org_1"]);
    assert_eq!(answer["structuredContent"]["list_metadata"]["after"], "org_1");
    assert!(note(&answer).contains("1 of 2 items") && note(&answer).contains("`metadata`"), "{answer}");
}

#[test]
fn bulk_is_left_out_of_lists_until_it_is_named() {
    let user = |_| {
        json!({"email": "a@example.com", "raw_attributes": {"title": "x"}, "custom_attributes": {"raw_attributes": 1},
        "emails": [{"value": "a@example.com"}], "groups": [{"id": "group_1", "raw_attributes": {"members": []}}]})
    };
    let upstream = listing(3, user);
    let mut server = Server::against(&upstream, &[]);
    let arguments = |fields: Value| json!({"directory_id": "directory_1", "fields": fields});
    let answer = server.call("list_directory_users", arguments(Value::Null));
    let first = &answer["structuredContent"]["data"][0];
    assert_eq!(first["custom_attributes"], json!({"raw_attributes": 1}));
    assert_eq!(first["groups"], json!([{"id": "group_1"}]));
    assert!(first.get("raw_attributes").is_none() && first.get("emails").is_none(), "{first}");
    let said = answer["content"][0]["text"].as_str().expect("text").matches("`raw_attributes`").count();
    assert!(
        said == 1 && note(&answer).contains("`emails`") && note(&answer).contains("`fields`"),
        "{answer}"
    );
    for (fields, shown) in [
        (json!(["id", "raw_attributes"]), json!({"raw_attributes": {"title": "x"}, "id": "item_0"})),
        (json!(["raw_attributes.title"]), json!({"raw_attributes": {"title": "x"}})),
        (json!(["groups.raw_attributes"]), json!({"groups": [{"raw_attributes": {"members": []}}]})),
    ] {
        let answer = server.call("list_directory_users", arguments(fields));
        assert_eq!((&answer["structuredContent"]["data"][0], note(&answer)), (&shown, ""));
    }

    let upstream = Upstream::answering(Answer::json(200, &user(0)));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("get_directory_user", json!({"id": "directory_user_1"}));
    assert_eq!(answer["structuredContent"]["raw_attributes"], json!({"title": "x"}));

    let upstream = listing(
        1,
        |_| json!({"event": "dsync.user.created", "data": {"id": "u", "raw_attributes": {"a": 1}}}),
    );
    let mut server = Server::against(&upstream, &["--toolsets", "events"]);
    let answer = server.call("list_events", json!({"events": ["dsync.user.created"]}));
    assert_eq!(answer["structuredContent"]["data"][0]["data"], json!({"id": "u"}));
    let answer = server
        .call("list_events", json!({"events": ["dsync.user.created"], "fields": ["data.raw_attributes"]}));
    assert_eq!(answer["structuredContent"]["data"][0], json!({"data": {"raw_attributes": {"a": 1}}}));
}

#[test]
fn credentials_stay_masked_in_all_shapes() {
    let invitation = |_| json!({"email": "a@example.com", "token": "example_token", "accept_invitation_url": "https://example.com/x"});
    let upstream = listing(150, invitation);
    let live = [("WORKOS_API_KEY", "sk_live_example_fixture")];
    let mut server = Server::start_with(&["--base-url", &upstream.url, "--toolsets", "invitations"], &live);
    server.initialize();
    let answer = server.call("list_invitations", json!({"max_items": 150, "fields": ["token", "id"]}));
    assert_eq!(ids(&answer).len(), 150);
    assert!(!answer.to_string().contains("example_token"), "{answer}");
    assert!(answer["structuredContent"]["data"][149]["token"].is_string());
}

#[test]
fn output_schemas_are_lax_and_hold() {
    let list = |arguments: &[&str]| {
        let (out, err, code) =
            output(binary().args(["--sandbox", "--toolsets", "all", "tools", "--json"]).args(arguments));
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<Vec<Value>>(&out).expect("JSON")
    };
    assert!(list(&[]).iter().all(|tool| tool.get("outputSchema").is_none()));
    let tools = list(&["--output-schemas"]);
    let defaults =
        ["--client-id", "client_01EXAMPLE0CLIENT", "--redirect-uri", "https://example.com/callback"];
    let answer = Arc::new(Mutex::new((0, Value::Null)));
    let next = answer.clone();
    let upstream = Upstream::new(move |_| {
        let (status, body) = &*next.lock().expect("an answer");
        Answer::json(*status, body)
    });
    let settings = ["--toolsets", "all", "--output-schemas"];
    let mut server = Server::against(&upstream, &[&settings[..], &defaults].concat());
    let mut checked = 0;
    for (tool, fixture) in fixtures() {
        let status = fixture
            .get("status")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(200);
        *answer.lock().expect("an answer") = (status, fixture.get("response").cloned().unwrap_or_default());
        let schema =
            tools.iter().find(|listed| listed["name"] == tool.as_str()).expect("a tool")["outputSchema"]
                .clone();
        assert_eq!(schema["type"], "object", "{tool}");
        let answer = server.call(&tool, fixture["arguments"].clone());
        assert_eq!(answer["isError"], false, "{tool}: {answer}");
        holds(&schema, &answer["structuredContent"], &tool);
        checked += 1;
    }
    assert_eq!(checked, workos_mcp::api::operations().count());

    // What has another type than documented stays in the text, and out of the data.
    let upstream = Upstream::answering(Answer::json(
        201,
        &json!({"id": "org_1", "name": 5, "domains": "none", "new": [1]}),
    ));
    let mut server = Server::against(&upstream, &["--output-schemas"]);
    let answer = server.call("create_organization", json!({"name": "Example"}));
    assert_eq!(answer["structuredContent"], json!({"id": "org_1", "new": [1]}));
    assert!(answer["content"][0]["text"].as_str().expect("text").contains(r#""name":5"#), "{answer}");
}

/// A value fits a schema, and the schema asks for nothing that WorkOS may change.
fn holds(schema: &Value, value: &Value, path: &str) {
    for word in schema.as_object().expect("a schema").keys() {
        assert!(["type", "properties", "items"].contains(&word.as_str()), "{path}: {word}");
    }
    match schema["type"].as_str() {
        Some("object") => {
            let object = value.as_object().unwrap_or_else(|| panic!("{path}: {value}"));
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(value) = object.get(name) {
                    holds(schema, value, &format!("{path}.{name}"));
                }
            }
        }
        Some("array") => {
            let items = value.as_array().unwrap_or_else(|| panic!("{path}: {value}"));
            for item in items {
                holds(&schema["items"], item, path);
            }
        }
        Some("string") => assert!(value.is_string(), "{path}: {value}"),
        Some("number") => assert!(value.is_number(), "{path}: {value}"),
        Some("boolean") => assert!(value.is_boolean(), "{path}: {value}"),
        other => panic!("{path}: {other:?}"),
    }
}

/// In the sandbox a URL to sign in with comes with the code that its redirect carries.
#[test]
fn a_sign_in_url_of_the_sandbox_comes_with_its_code() {
    let settings = ["--client-id", "client_example", "--redirect-uri", "https://app.example/callback"];
    let flags = ["--sandbox", "--toolsets", "authentication,sso"];
    let mut server = Server::start(&[&flags[..], &settings[..]].concat());
    server.initialize();
    let link = server.call("get_authkit_authorization_url", json!({"provider": "authkit", "pkce": true}));
    let link = &link["structuredContent"];
    let code = link["code"].as_str().unwrap_or_else(|| panic!("no code: {link}"));
    assert!(link["url"].as_str().is_some_and(|url| url.contains("code_challenge=")), "{link}");
    let note = link["_note"].as_str().expect("a note");
    assert!(note.contains(code) && note.contains("nobody needs to open"), "{note}");
    let exchange =
        json!({"grant_type": "authorization_code", "code": code, "code_verifier": link["code_verifier"]});
    let signed_in = server.call("authenticate_user", exchange.clone());
    assert!(signed_in["structuredContent"]["user"]["id"].is_string(), "{signed_in}");
    let again = server.failure("authenticate_user", exchange);
    assert!(again.contains("invalid_grant"), "{again}");
    let link = server.call(
        "get_sso_authorization_url",
        json!({"connection_id": "conn_01EXAMPLE0CONNECTION", "login_hint": "jane@example.com", "pkce": true}),
    );
    let link = &link["structuredContent"];
    let exchange = json!({"code": link["code"], "code_verifier": link["code_verifier"]});
    let answer = server.call("get_sso_profile_and_token", exchange);
    assert_eq!(answer["structuredContent"]["profile"]["email"], "jane@example.com");
    // The URL to sign out with is only built.
    let out = server.call("get_authkit_logout_url", json!({"session_id": "session_01EXAMPLE0SESSION"}));
    assert!(out["structuredContent"].get("code").is_none(), "{out}");
}
