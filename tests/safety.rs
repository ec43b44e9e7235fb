//! Access, confirmation and the audit trail.

#![cfg(feature = "server")]
mod common;

use std::path::PathBuf;

use common::{Answer, KEY, Server, Upstream, binary, initialize_params, modern_meta, output};
use serde_json::{Value, json};

/// Names the organization, and accepts its deletion.
fn upstream() -> Upstream {
    Upstream::new(|request| match request.method.as_str() {
        "GET" => Answer::json(200, &json!({"id": "org_1", "name": "Example\u{202e} Corp\nignore this"})),
        _ => Answer::json(202, &Value::Null).with("x-request-id", "req_example"),
    })
}

fn deletions(upstream: &Upstream) -> usize {
    upstream.received().iter().filter(|request| request.method == "DELETE").count()
}

/// A client with a handshake that can ask its user.
fn asking(upstream: &Upstream, arguments: &[&str]) -> Server {
    let mut all = vec!["--base-url", &upstream.url];
    all.extend(arguments);
    let mut server = Server::start(&all);
    let mut params = initialize_params("2025-11-25");
    params["capabilities"] = json!({"elicitation": {}});
    server.ask("initialize", params);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    server
}

fn delete_params() -> Value {
    json!({"name": "delete_organization", "arguments": {"id": "org_1"}})
}

#[test]
fn the_user_is_asked_in_the_lifecycle_with_a_handshake() {
    for (action, deleted) in [("accept", 1), ("decline", 0), ("cancel", 0)] {
        let upstream = upstream();
        let mut server = asking(&upstream, &[]);
        let id = server.request("tools/call", delete_params());
        let question = server.receive();
        assert_eq!(question["method"], "elicitation/create", "{question}");
        let message = question["params"]["message"].as_str().expect("a question");
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[0], "In a staging (test) environment:");
        assert_eq!(lines[1], r#"Delete organization "Example\u202e Corp ignore this"?"#);
        assert_eq!(lines[2], r#"id: "org_1""#);
        assert_eq!(deletions(&upstream), 0, "asked first");
        server.send(
            &json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": action, "content": {}}}),
        );
        let answer = server.answer(id);
        assert_eq!(answer["result"]["isError"], deleted == 0, "{answer}");
        assert_eq!(deletions(&upstream), deleted, "{action}");
    }
    // Nobody is asked about a read or a change.
    let upstream = upstream();
    let mut server = asking(&upstream, &[]);
    assert_eq!(server.call("get_organization", json!({"id": "org_1"}))["isError"], false);
    assert_eq!(server.call("update_organization", json!({"id": "org_1", "name": "B"}))["isError"], false);
    // Wrong arguments are no question.
    let text = server.failure("delete_organization", json!({"id": ".."}));
    assert!(text.starts_with("Nothing was sent"), "{text}");
}

#[test]
fn a_client_that_leaves_does_not_confirm() {
    let upstream = upstream();
    let mut server = asking(&upstream, &[]);
    server.request("tools/call", delete_params());
    assert_eq!(server.receive()["method"], "elicitation/create");
    server.close();
    let rest = server.rest();
    assert!(
        rest[0]["result"]["content"][0]["text"].as_str().expect("text").contains("the client left"),
        "{rest:?}"
    );
    assert_eq!((server.wait().0.code(), deletions(&upstream)), (Some(0), 0));
}

/// A form without fields is answered by its buttons; what a client has filled in all the same
/// counts only as `true`.
#[test]
fn only_true_is_a_yes() {
    let contents = [
        (None, 1),
        (Some(json!({})), 1),
        (Some(json!({"confirm": true})), 1),
        (Some(json!({"confirm": false})), 0),
        (Some(json!({"confirm": "true"})), 0),
        (Some(json!({"confirm": "false"})), 0),
        (Some(json!({"confirm": "no"})), 0),
        (Some(json!({"confirm": 0})), 0),
        (Some(json!({"confirm": 1})), 0),
        (Some(json!({"confirm": null})), 0),
        (Some(json!({"confirm": [true]})), 0),
        (Some(json!({"answer": "no"})), 0),
        (Some(json!("no")), 0),
        (Some(json!(false)), 0),
        (Some(json!([])), 0),
    ];
    for (content, deleted) in contents {
        let mut answer = json!({"action": "accept"});
        if let Some(content) = &content {
            answer["content"] = content.clone();
        }
        let upstream = upstream();
        let mut server = asking(&upstream, &[]);
        let id = server.request("tools/call", delete_params());
        let question = server.receive();
        server.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": answer}));
        let result = server.answer(id)["result"].take();
        assert_eq!(
            (&result["isError"], deletions(&upstream)),
            (&json!(deleted == 0), deleted),
            "{content:?}"
        );

        let arguments = json!({"id": "org_1"});
        let state = modern(&mut server, &arguments, None, None)["result"]["requestState"].take();
        modern(&mut server, &arguments, Some(&state), Some(answer));
        assert_eq!(deletions(&upstream), 2 * deleted, "{content:?}");
    }
}

/// The question itself looks up a name: not with a key of production that has come since, either.
#[test]
fn a_key_that_becomes_live_stops_the_call_before_any_request() {
    for (at_start, before_the_question) in
        [(Some(KEY), true), (Some(KEY), false), (None, true), (None, false)]
    {
        let upstream = upstream();
        let path = temporary(&format!("live-key-{}-{before_the_question}", at_start.is_some()));
        let _ = std::fs::remove_file(&path);
        if let Some(key) = at_start {
            std::fs::write(&path, key).expect("the file");
        }
        let arguments = ["--base-url", &upstream.url, "--api-key-file", path.to_str().expect("a path")];
        let mut server = Server::start_with(&arguments, &[]);
        let mut params = initialize_params("2025-11-25");
        params["capabilities"] = json!({"elicitation": {}});
        server.ask("initialize", params);
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        let live = || std::fs::write(&path, "sk_live_example_canary").expect("the file");
        if before_the_question {
            live();
        }
        let id = server.request("tools/call", delete_params());
        if at_start.is_none() && !before_the_question {
            // Whoever has no key is not asked in vain.
            let text = server.answer(id).to_string();
            assert!(text.contains("cannot be read"), "{text}");
            assert_eq!(upstream.count(), 0);
            continue;
        }
        if !before_the_question {
            let question = server.receive();
            assert_eq!(question["method"], "elicitation/create", "{question}");
            live();
            let yes = json!({"action": "accept", "content": {}});
            server.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": yes}));
        }
        let sent = upstream.count();
        let result = server.answer(id)["result"].take();
        let text = result["content"][0]["text"].as_str().expect("text");
        assert!(
            text.starts_with("Nothing was sent: this server was started without a live API key"),
            "{text}"
        );
        let live_requests = upstream
            .received()
            .iter()
            .filter(|request| request.headers["authorization"].contains("canary"))
            .count();
        assert_eq!((upstream.count() - sent, live_requests, deletions(&upstream)), (0, 0, 0));
        std::fs::remove_file(&path).expect("the file");
    }
}

/// A call in the stateless lifecycle, by a client that can ask.
fn modern(server: &mut Server, arguments: &Value, state: Option<&Value>, answer: Option<Value>) -> Value {
    let mut meta = modern_meta();
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {"form": {}}});
    let mut params = json!({"name": "delete_organization", "arguments": arguments, "_meta": meta});
    if let Some(state) = state {
        params["requestState"] = state.clone();
    }
    if let Some(answer) = answer {
        params["inputResponses"] = json!({"confirm": answer});
    }
    server.ask("tools/call", params)
}

#[test]
fn the_user_is_asked_in_the_stateless_lifecycle() {
    let upstream = upstream();
    let mut server = Server::start(&["--base-url", &upstream.url]);
    let (arguments, yes) = (json!({"id": "org_1"}), json!({"action": "accept", "content": {}}));
    let question = modern(&mut server, &arguments, None, None)["result"].take();
    assert_eq!(question["resultType"], "input_required", "{question}");
    let message = question["inputRequests"]["confirm"]["params"]["message"].as_str().expect("a question");
    assert!(message.contains(r"Example\u202e Corp"), "{message}");
    let state = question["requestState"].clone();
    assert_eq!(deletions(&upstream), 0);

    // For other arguments, altered, foreign, without its answer, without its state: refused.
    let mut altered = state.as_str().expect("a state").to_owned();
    altered.push('A');
    let foreign = {
        let mut other = Server::start(&["--base-url", &upstream.url]);
        modern(&mut other, &arguments, None, None)["result"]["requestState"].take()
    };
    for (arguments, state, answer) in [
        (json!({"id": "org_2"}), Some(&state), Some(yes.clone())),
        (arguments.clone(), Some(&json!(altered)), Some(yes.clone())),
        (arguments.clone(), Some(&json!("garbage")), Some(yes.clone())),
        (arguments.clone(), Some(&foreign), Some(yes.clone())),
        (arguments.clone(), Some(&state), None),
        (arguments.clone(), None, Some(yes.clone())),
    ] {
        let answer = modern(&mut server, &arguments, state, answer);
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    assert_eq!(deletions(&upstream), 0);

    let answer = modern(&mut server, &arguments, Some(&state), Some(yes.clone()));
    assert_eq!(answer["result"]["structuredContent"], json!({"ok": true}), "{answer}");
    assert_eq!(deletions(&upstream), 1);
    let again = modern(&mut server, &arguments, Some(&state), Some(yes));
    assert_eq!(again["error"]["code"], -32602, "{again}");
    assert_eq!(deletions(&upstream), 1);
}

#[test]
fn who_cannot_ask_goes_on_or_is_refused() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &[]);
    assert_eq!(server.call("delete_organization", json!({"id": "org_1"}))["isError"], false);
    let mut server = Server::against(&upstream, &["--confirm", "always"]);
    let text = server.failure("delete_organization", json!({"id": "org_1"}));
    assert!(text.contains("cannot ask"), "{text}");
    let mut server = asking(&upstream, &["--confirm", "never"]);
    assert_eq!(server.call("delete_organization", json!({"id": "org_1"}))["isError"], false);
    assert_eq!(deletions(&upstream), 2);
    let (_, err, code) = output(
        binary()
            .args([
                "--base-url",
                &upstream.url,
                "--confirm",
                "always",
                "call",
                "delete_organization",
                "id=org_1",
            ])
            .env("WORKOS_API_KEY", KEY),
    );
    assert_eq!((code, deletions(&upstream)), (3, 2), "{err}");
}

#[test]
fn whoami_tells_what_is_and_nothing_of_the_key() {
    for (key, environment, access) in
        [(KEY, "staging", "full"), ("sk_live_example_canary", "live", "read"), ("", "none", "full")]
    {
        let mut server = Server::start_with(&["--toolsets", "sso,users"], &[("WORKOS_API_KEY", key)]);
        server.initialize();
        let answer = server.call("whoami", json!({}))["structuredContent"].take();
        assert_eq!((&answer["environment"], &answer["access"]), (&json!(environment), &json!(access)));
        assert_eq!(answer["toolsets_offered"], json!(["sso", "users"]));
        assert!(!answer.to_string().contains("canary"), "{answer}");
        let tools = server.ask("tools/list", json!({}))["result"]["tools"].take();
        assert_eq!(tools[0]["name"], "whoami");
    }
}

/// Every tool under every access level: what is not allowed is refused, and nothing arrives.
#[test]
fn no_tool_gets_past_its_access_level() {
    let upstream = Upstream::answering(Answer::json(200, &json!({})));
    let fixtures = common::fixtures();
    for access in ["read", "write"] {
        let mut server = Server::start_with(
            &["--base-url", &upstream.url, "--toolsets", "all", "--access", access],
            &[
                ("WORKOS_API_KEY", KEY),
                ("WORKOS_CLIENT_ID", "client_example"),
                ("WORKOS_REDIRECT_URI", "https://example.com/cb"),
            ],
        );
        server.initialize();
        let listed = server.ask("tools/list", json!({}))["result"]["tools"].take();
        let offered: Vec<&str> = listed
            .as_array()
            .expect("tools")
            .iter()
            .map(|tool| tool["name"].as_str().expect("a name"))
            .collect();
        for (tool, fixture) in &fixtures {
            let before = upstream.count();
            let result = server.call(tool, fixture["arguments"].clone());
            if !offered.contains(&tool.as_str()) {
                assert_eq!(result["isError"], true, "{tool}");
                assert_eq!(upstream.count(), before, "{tool} sent a request");
            }
            let effect = workos_mcp::api::operations()
                .find(|operation| operation.name == tool)
                .expect("one")
                .effect
                .as_str();
            assert_eq!(
                offered.contains(&tool.as_str()),
                effect == "read" || access == "write" && effect != "delete",
                "{tool}"
            );
        }
    }
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("workos-mcp-{name}-{}", std::process::id()))
}

#[test]
fn the_audit_log_has_a_line_for_every_change_and_every_refusal() {
    let path = temporary("audit");
    let _ = std::fs::remove_file(&path);
    let upstream = upstream();
    let place = path.to_str().expect("a path").to_owned();
    let mut server =
        Server::against(&upstream, &["--audit-log", &place, "--access", "full", "--toolsets", "all"]);
    server.call("get_organization", json!({"id": "org_1"}));
    server.call("delete_organization", json!({"id": "org_1"}));
    server.failure("delete_organization", json!({"id": "org_1", "nonsense": 1}));
    server.call("create_user", json!({"email": "jane@example.com", "password": "example_password_17"}));
    server.ask("tools/call", json!({"name": "nonsense", "arguments": {"api_key": "example_17"}}));
    let text = std::fs::read_to_string(&path).expect("the file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0]["tool"], "delete_organization");
    assert_eq!(lines[0]["request"], "DELETE /organizations/{id}");
    assert_eq!(lines[0]["arguments"], json!({"id": "org_1"}));
    assert_eq!((&lines[0]["decision"], &lines[0]["status"]), (&json!("allowed"), &json!(202)));
    assert_eq!(
        (&lines[0]["request_id"], &lines[0]["environment"]),
        (&json!("req_example"), &json!("staging"))
    );
    assert!(lines[0]["time"].as_str().expect("a time").ends_with('Z') && lines[0]["duration_ms"].is_u64());
    assert_eq!(lines[1]["decision"], "refused");
    assert_eq!(lines[2]["arguments"]["password"], "[masked]");
    assert_eq!((&lines[3]["tool"], &lines[3]["decision"]), (&json!("nonsense"), &json!("refused")));
    for secret in ["example_password_17", "example_17", KEY] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn what_can_be_read_in_two_ways_is_recorded_and_not_sent() {
    let path = temporary("ambiguous");
    let _ = std::fs::remove_file(&path);
    let upstream = upstream();
    let mut server = Server::against(&upstream, &["--audit-log", path.to_str().expect("a path")]);
    server.write(
        b"{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"tools/call\",\"params\":{\"name\":\"delete_organization\",\
          \"arguments\":{\"id\":\"org_1\",\"id\":\"org_2\"}}}\n",
    );
    let answer = server.answer(77);
    assert_eq!(answer["result"]["content"][0]["text"], "Nothing was sent: `id` is given twice.", "{answer}");
    assert_eq!(upstream.count(), 0);
    let line: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("the file")).expect("JSON");
    assert_eq!((&line["tool"], &line["decision"]), (&json!("delete_organization"), &json!("refused")));
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    let nowhere = temporary("missing").join("audit.jsonl");
    let nowhere = nowhere.to_str().expect("a path");
    let upstream = upstream();
    let mut server = Server::start_with(
        &["--base-url", &upstream.url, "--toolsets", "all", "--audit-log", nowhere],
        &[
            ("WORKOS_API_KEY", KEY),
            ("WORKOS_CLIENT_ID", "client_example"),
            ("WORKOS_REDIRECT_URI", "https://example.com/cb"),
        ],
    );
    server.initialize();
    // Every operation that is not a read.
    for (tool, fixture) in common::fixtures() {
        let effect =
            workos_mcp::api::operations().find(|operation| operation.name == tool).expect("one").effect;
        if effect.as_str() != "read" {
            let text = server.failure(&tool, fixture["arguments"].clone());
            assert!(text.contains("audit log") && text.contains("Nothing was sent"), "{tool}: {text}");
        }
    }
    assert_eq!(upstream.count(), 0);
    assert_eq!(server.call("get_organization", json!({"id": "org_1"}))["isError"], false);
}

#[test]
fn reads_of_persons_and_credentials_are_recorded_where_that_is_wanted() {
    let path = temporary("reads");
    let place = path.to_str().expect("a path");
    let upstream =
        Upstream::answering(Answer::json(200, &json!({"id": "user_1", "email": "a@b.c", "data": []})));
    let lines = |server: &mut Server| {
        server.call("get_user", json!({"id": "user_1"}));
        server.call("list_events", json!({"events": ["user.created"]}));
        server.call("get_vault_object", json!({"id": "obj_1"}));
        server.call("get_organization", json!({"id": "org_1"}));
        server.call("list_users", json!({"max_items": 10}));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(&path);
        text.lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).expect("JSON")["tool"]
                    .as_str()
                    .expect("a tool")
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    let flags = ["--toolsets", "all", "--audit-log", place];
    assert_eq!(lines(&mut Server::against(&upstream, &flags)), Vec::<String>::new());
    let mut server = Server::against(&upstream, &[&flags[..], &["--audit-reads"]].concat());
    assert_eq!(lines(&mut server), ["get_user", "list_events", "get_vault_object", "list_users"]);
    let (_, err, code) = output(binary().args(["--sandbox", "--audit-reads", "call", "whoami"]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--audit-log"), "{err}");
}

/// Refusals of every kind, with names and values that would forge a line or fill the disk.
#[test]
fn refusals_are_recorded_bounded_and_escaped() {
    let path = temporary("refusals");
    let _ = std::fs::remove_file(&path);
    let upstream = upstream();
    let mut server = Server::start_with(
        &["--base-url", &upstream.url, "--access", "read", "--audit-log", path.to_str().expect("a path")],
        &[("WORKOS_API_KEY", KEY)],
    );
    server.initialize();
    let forged = format!("x\n{{\"tool\":\"forged\"}}\r\n\u{202e}\u{2028}{}", "y".repeat(200_000));
    for (name, arguments) in [
        ("find_operations", json!({"query": 5, "limt": 1})),
        ("find_operations", json!({&forged: 1})),
        ("run_read_operation", json!({"name": forged})),
        ("run_read_operation", json!({"name": "delete_user", "arguments": {"id": forged, &forged: forged}})),
        ("run_write_operation", json!({"name": "delete_user", "arguments": {"id": "user_1"}})),
        ("run_write_operation", json!({"arguments": "delete_user"})),
        ("delete_user", json!({"id": forged})),
        ("get_user", json!({"id": forged})),
        ("get_user", json!({"id": ["..", &forged]})),
        (&forged, json!({})),
        ("get_user", json!(["user_1"])),
        ("get_user", json!(&forged)),
    ] {
        server.ask("tools/call", json!({"name": name, "arguments": arguments}));
    }
    let text = std::fs::read_to_string(&path).expect("the file");
    std::fs::remove_file(&path).expect("the file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 12, "{text}");
    for (line, text) in lines.iter().zip(text.lines()) {
        assert_eq!(line["decision"], "refused", "{line}");
        assert!(line["tool"] != "forged" && text.len() < 8_000, "{}", text.len());
        assert!(!text.contains(['\u{202e}', '\u{2028}', '\r']), "{text}");
    }
    assert_eq!(lines[4]["request"], "DELETE /user_management/users/{id}");
    assert_eq!(lines[4]["arguments"], json!({"id": "user_1"}));
    assert_eq!(lines[10]["tool"], "get_user");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_call_that_is_given_up_is_recorded_too() {
    let path = temporary("given-up");
    let upstream = Upstream::answering(Answer::Stall);
    let mut server = Server::against(&upstream, &["--audit-log", path.to_str().expect("a path")]);
    let id = server.request("tools/call", delete_params());
    upstream.wait_for(1);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    server.close();
    server.wait();
    let line: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("the file")).expect("JSON");
    assert!(line["error"].as_str().expect("an error").contains("may have taken effect"), "{line}");
    std::fs::remove_file(&path).expect("the file");
}
