//! What happens between the client and WorkOS: errors, retries, deadlines, hostile answers.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::time::{Duration, Instant};

use common::{Answer, KEY, Server, Upstream, binary, output};
use serde_json::{Value, json};

const READ: (&str, &str) = ("get_organization", r#"{"id":"org_1"}"#);
const WRITE: (&str, &str) = ("create_organization", r#"{"name":"Example"}"#);

fn arguments(call: (&str, &str)) -> Value {
    serde_json::from_str(call.1).expect("JSON")
}

/// The answers in turn; the last one for ever.
fn in_turn(answers: Vec<Answer>) -> Upstream {
    let mut answers = answers.into_iter().peekable();
    Upstream::new(move |_| {
        let answer = answers.peek().expect("an answer").clone();
        let _ = answers.next();
        if answers.peek().is_none() {
            answers = vec![answer.clone()].into_iter().peekable();
        }
        answer
    })
}

fn ok() -> Answer {
    Answer::json(200, &json!({"id": "org_1"}))
}

#[test]
fn an_error_tells_all_that_workos_told() {
    let body = json!({
        "code": "invalid_request_parameters",
        "message": "Validation failed.",
        "errors": [{"field": "name", "code": "required"}],
    });
    let upstream = Upstream::answering(Answer::json(422, &body).with("x-request-id", "req_example17"));
    let mut server = Server::against(&upstream, &[]);
    let text = server.failure(WRITE.0, arguments(WRITE));
    for part in ["422", "invalid_request_parameters", "Validation failed", "name: required", "req_example17"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(upstream.count(), 1);
}

#[test]
fn reads_are_repeated_and_writes_are_not() {
    for status in [408, 500, 502, 503, 504] {
        let upstream = in_turn(vec![Answer::json(status, &Value::Null), ok()]);
        let mut server = Server::against(&upstream, &[]);
        assert_eq!(server.call(READ.0, arguments(READ))["isError"], false, "{status}");
        assert_eq!(upstream.count(), 2, "{status}");

        let upstream = in_turn(vec![Answer::json(status, &Value::Null), ok()]);
        let mut server = Server::against(&upstream, &[]);
        let text = server.failure(WRITE.0, arguments(WRITE));
        assert!(text.contains("may have taken effect"), "{status}: {text}");
        assert_eq!(upstream.count(), 1, "{status}");
    }
}

#[test]
fn attempts_are_few() {
    let upstream = Upstream::answering(Answer::json(500, &Value::Null));
    let mut server = Server::against(&upstream, &[]);
    let text = server.failure(READ.0, arguments(READ));
    assert!(text.contains("500") && !text.contains("may have taken effect"), "{text}");
    assert_eq!(upstream.count(), 3);
}

#[test]
fn too_many_requests_are_repeated_after_a_short_wait_only() {
    for call in [READ, WRITE] {
        let limited = Answer::json(429, &json!("Ratelimited"));
        let upstream = in_turn(vec![limited.clone().with("retry-after", "1"), ok()]);
        let mut server = Server::against(&upstream, &[]);
        let start = Instant::now();
        assert_eq!(server.call(call.0, arguments(call))["isError"], false);
        assert!(start.elapsed() >= Duration::from_secs(1));
        assert_eq!(upstream.count(), 2);

        let upstream = in_turn(vec![limited.with("retry-after", "60"), ok()]);
        let mut server = Server::against(&upstream, &[]);
        let start = Instant::now();
        let text = server.failure(call.0, arguments(call));
        assert!(text.contains("Try again in 60 s") && text.contains("Ratelimited"), "{text}");
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(upstream.count(), 1);
    }
}

#[test]
fn nothing_is_sent_where_nobody_listens() {
    let mut server = Server::start(&["--base-url", "http://127.0.0.1:1"]);
    server.initialize();
    for call in [READ, WRITE] {
        let text = server.failure(call.0, arguments(call));
        assert!(text.contains("Cannot connect") && text.contains("Nothing was sent"), "{text}");
    }
}

#[test]
fn a_deadline_is_kept_and_says_what_may_have_happened() {
    let upstream = Upstream::answering(Answer::Stall);
    let mut server = Server::against(&upstream, &["--timeout", "0.5"]);
    for (call, fate) in [(READ, "safe to try again"), (WRITE, "may have taken effect")] {
        let start = Instant::now();
        let text = server.failure(call.0, arguments(call));
        assert!(text.contains("within 0.5 s") && text.contains(fate), "{text}");
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    assert_eq!(upstream.count(), 2);
}

#[test]
fn a_connection_that_breaks_is_repeated_for_reads_alone() {
    let upstream = Upstream::answering(Answer::Raw(Vec::new()));
    let mut server = Server::against(&upstream, &[]);
    let text = server.failure(READ.0, arguments(READ));
    assert!(text.contains("broke") && text.contains("safe to try again"), "{text}");
    assert_eq!(upstream.count(), 3);
    let text = server.failure(WRITE.0, arguments(WRITE));
    assert!(text.contains("may have taken effect"), "{text}");
    assert_eq!(upstream.count(), 4);
    // The connection held, and the answer did not.
    let half =
        b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"id\":"
            .to_vec();
    let upstream = Upstream::answering(Answer::Raw(half));
    let mut server = Server::against(&upstream, &[]);
    let text = server.failure(WRITE.0, arguments(WRITE));
    assert!(text.contains("201") && text.contains("most likely taken effect"), "{text}");
    assert_eq!(upstream.count(), 1);
}

#[test]
fn audit_log_events_are_repeated_under_one_idempotency_key() {
    let upstream =
        in_turn(vec![Answer::json(500, &Value::Null), Answer::json(200, &json!({"success": true}))]);
    let mut server = Server::against(&upstream, &[]);
    let event = json!({
        "organization_id": "org_1",
        "event": {
            "action": "user.signed_in",
            "occurred_at": "2026-01-15T12:00:00.000Z",
            "actor": {"id": "user_1", "type": "user", "metadata": {"text": "a", "number": 1.5, "flag": true}},
            "targets": [{"id": "team_1", "type": "team"}],
            "context": {"location": "192.0.2.1"},
        },
    });
    let answer = server.call("create_audit_log_event", event.clone());
    let received = upstream.received();
    assert_eq!(received.len(), 2);
    let key = &received[0].headers["idempotency-key"];
    assert_eq!(Some(key), received[1].headers.get("idempotency-key"));
    assert_eq!(answer["structuredContent"], json!({"success": true, "idempotency_key": key}));
    assert_eq!(received[1].json(), Some(event.clone()));

    // A failure says under which key to repeat, and what the first attempt may have done.
    let upstream = in_turn(vec![
        Answer::json(500, &Value::Null),
        Answer::json(429, &json!("Ratelimited")).with("retry-after", "60"),
    ]);
    let text = Server::against(&upstream, &[]).failure("create_audit_log_event", event.clone());
    let key = upstream.received()[0].headers["idempotency-key"].clone();
    assert!(text.contains(&key) && text.contains("may have taken effect"), "{text}");

    let mut given = event;
    given["idempotency_key"] = "my-key".into();
    let upstream = Upstream::answering(Answer::json(200, &json!({"success": true})));
    Server::against(&upstream, &[]).call("create_audit_log_event", given);
    assert_eq!(upstream.received()[0].headers["idempotency-key"], "my-key");
}

#[test]
fn redirects_are_errors_and_the_key_stays() {
    let elsewhere = Upstream::answering(ok());
    let upstream = Upstream::answering(Answer::json(302, &Value::Null).with("location", &elsewhere.url));
    let mut server = Server::against(&upstream, &[]);
    for call in [READ, WRITE] {
        let text = server.failure(call.0, arguments(call));
        assert!(text.contains("redirect"), "{text}");
    }
    assert_eq!((upstream.count(), elsewhere.count()), (2, 0));
}

#[test]
fn hostile_answers_become_errors() {
    let html = Answer::Http(
        200,
        vec![("content-type".into(), "text/html".into())],
        b"<html>Sign in</html>".to_vec(),
    );
    let truncated =
        Answer::Http(200, vec![("content-type".into(), "application/json".into())], b"{\"id\":".to_vec());
    let corrupt =
        Answer::Http(200, vec![("content-encoding".into(), "gzip".into())], b"no gzip at all".to_vec());
    let endless = Answer::Raw(
        [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\"".to_vec(), vec![b'x'; 17 << 20]]
            .concat(),
    );
    let huge =
        Answer::Http(200, vec![("content-type".into(), "application/json".into())], vec![b' '; 17 << 20]);
    for (answer, part) in [
        (html, "something else than JSON"),
        (truncated, "cannot be read"),
        (corrupt, "broke off"),
        (endless, "more than 16 MB"),
        (huge, "more than 16 MB"),
    ] {
        let upstream = Upstream::answering(answer);
        let mut server = Server::against(&upstream, &[]);
        let text = server.failure(READ.0, arguments(READ));
        assert!(text.contains(part), "{part}: {text}");
        let text = server.failure(WRITE.0, arguments(WRITE));
        assert!(text.contains("most likely taken effect"), "{text}");
    }
}

#[test]
fn answers_may_be_compressed_and_types_may_change() {
    let body = r#"{"id":7,"domains":"none","new":[null]}"#;
    #[rustfmt::skip]
    let gzipped = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 76, 81, 178, 50, 215, 81, 74, 201, 207, 77, 204, 204, 43, 86, 178, 82, 202, 203, 207, 75, 85, 210, 81, 202, 75, 45, 87, 178, 138, 206, 43, 205, 201, 137, 173, 5, 0, 122, 79, 99, 12, 38, 0, 0, 0];
    let encoding =
        vec![("content-encoding".into(), "gzip".into()), ("content-type".into(), "application/json".into())];
    let upstream = Upstream::answering(Answer::Http(200, encoding, gzipped.to_vec()));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call(WRITE.0, arguments(WRITE));
    assert_eq!(answer["structuredContent"].to_string(), body);
}

#[test]
fn one_call_that_hangs_does_not_hold_up_others() {
    let upstream =
        Upstream::new(|request| if request.target.ends_with("slow") { Answer::Stall } else { ok() });
    let mut server = Server::against(&upstream, &[]);
    server.request("tools/call", json!({"name": "get_organization", "arguments": {"id": "slow"}}));
    upstream.wait_for(1);
    assert_eq!(server.call(READ.0, arguments(READ))["isError"], false);
}

#[test]
fn path_arguments_cannot_lead_elsewhere() {
    let upstream = Upstream::answering(ok());
    let mut server = Server::against(&upstream, &[]);
    for value in
        ["", ".", "..", "%2e%2e", "%2E", "a/../b", "..%2fusers", "a\r\nX: y", "\u{0}", &"x".repeat(256)]
    {
        let text = server.failure("get_organization", json!({"id": value}));
        assert!(text.starts_with("Nothing was sent"), "{value:?}: {text}");
    }
    assert_eq!(upstream.count(), 0);
    for (value, target) in [
        ("a/b", "/organizations/a%2Fb"),
        ("a?b#c", "/organizations/a%3Fb%23c"),
        ("ä;x", "/organizations/%C3%A4%3Bx"),
    ] {
        server.call("get_organization", json!({"id": value}));
        assert_eq!(upstream.received().pop().expect("a request").target, target);
    }
}

#[test]
fn a_prefix_in_the_base_url_is_kept() {
    let upstream = Upstream::answering(ok());
    let mut server = Server::start(&["--base-url", &format!("{}/workos/", upstream.url)]);
    server.initialize();
    server.call(READ.0, arguments(READ));
    assert_eq!(upstream.received()[0].target, "/workos/organizations/org_1");
}

#[test]
fn a_key_that_cannot_be_used_is_explained_and_never_shown() {
    for (key, part) in [
        ("", "empty"),
        ("  \n", "empty"),
        ("\"sk_test_example_x\"", "quotation marks"),
        ("Bearer sk_test_example_x", "`Bearer`"),
        ("${WORKOS_API_KEY}", "placeholder"),
        ("%WORKOS_API_KEY%", "placeholder"),
        ("client_01EXAMPLE", "client ID"),
    ] {
        let mut server = Server::start_with(&[], &[("WORKOS_API_KEY", key)]);
        server.initialize();
        assert!(server.ask("tools/list", json!({}))["result"]["tools"].is_array());
        let text = server.failure(READ.0, arguments(READ));
        assert!(
            text.contains(part) && text.contains("WORKOS_API_KEY") && !text.contains("example_x"),
            "{key}: {text}"
        );
    }
    let mut server = Server::start_with(&[], &[]);
    server.initialize();
    assert!(server.failure(READ.0, arguments(READ)).contains("there is no WorkOS API key"));

    let upstream = Upstream::answering(ok());
    let mut server =
        Server::start_with(&["--base-url", &upstream.url], &[("WORKOS_API_KEY", " sk_test_example_x\r\n")]);
    server.initialize();
    server.call(READ.0, arguments(READ));
    assert_eq!(upstream.received()[0].headers["authorization"], "Bearer sk_test_example_x");
}

#[test]
fn a_key_file_is_read_again_after_a_401() {
    let path = std::env::temp_dir().join(format!("workos-mcp-key-{}", std::process::id()));
    std::fs::write(&path, "sk_test_example_old\n").expect("a file");
    let upstream = Upstream::new(|request| {
        if request.headers["authorization"].ends_with("_new") {
            ok()
        } else {
            Answer::json(401, &json!({"message": "Unauthorized"}))
        }
    });
    let mut server = Server::start_with(
        &["--base-url", &upstream.url],
        &[("WORKOS_API_KEY_FILE", path.to_str().expect("a path"))],
    );
    server.initialize();
    let text = server.failure(READ.0, arguments(READ));
    assert!(text.contains("401") && text.contains("WORKOS_API_KEY"), "{text}");
    assert_eq!(upstream.count(), 1);
    std::fs::write(&path, "sk_test_example_new\n").expect("a file");
    assert_eq!(server.call(WRITE.0, arguments(WRITE))["isError"], false);
    assert_eq!(upstream.count(), 3);
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn the_key_is_neither_echoed_nor_in_the_command_line() {
    let upstream = Upstream::new(|_| Answer::json(400, &json!({"message": "no"})));
    let (out, err, code) = output(
        binary()
            .args(["--base-url", &upstream.url, "call", "get_organization", "id=org_1"])
            .env("WORKOS_API_KEY", KEY),
    );
    assert_eq!(code, 4);
    assert!(!out.contains(KEY) && !err.contains(KEY), "{out}{err}");
    assert!(err.contains("400"), "{err}");
}

#[test]
fn the_sso_token_endpoints_keep_key_and_token_apart() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "prof_1"})));
    let mut server = Server::start_with(
        &["--base-url", &upstream.url],
        &[("WORKOS_API_KEY", KEY), ("WORKOS_CLIENT_ID", "client_example")],
    );
    server.initialize();
    server.call("get_sso_profile_and_token", json!({"code": "example_code"}));
    let request = upstream.received().pop().expect("a request");
    assert_eq!(request.target, "/sso/token");
    assert!(!request.headers.contains_key("authorization"));
    assert_eq!(request.json().expect("a body")["client_secret"], KEY);

    server.call("get_sso_profile", json!({"access_token": "example_token"}));
    let request = upstream.received().pop().expect("a request");
    assert_eq!(request.headers["authorization"], "Bearer example_token");
}

#[test]
fn an_authorization_url_needs_exactly_one_selector() {
    let mut server = Server::start_with(
        &[],
        &[("WORKOS_CLIENT_ID", "client_example"), ("WORKOS_REDIRECT_URI", "https://example.com/cb")],
    );
    server.initialize();
    for arguments in [json!({}), json!({"connection_id": "conn_1", "organization_id": "org_1"})] {
        let text = server.failure("get_sso_authorization_url", arguments);
        for name in ["exactly one", "`connection_id`", "`organization_id`", "`provider`"] {
            assert!(text.contains(name), "{name}: {text}");
        }
    }
    let answer = server.call("get_sso_authorization_url", json!({"organization_id": "org_1", "pkce": true}));
    let url = answer["structuredContent"]["url"].as_str().expect("a URL");
    assert!(url.starts_with("https://api.workos.com/sso/authorize?response_type=code"), "{url}");
    for part in [
        "client_id=client_example",
        "redirect_uri=https%3A%2F%2Fexample.com%2Fcb",
        "organization=org_1",
        "code_challenge_method=S256",
    ] {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(answer["structuredContent"]["code_verifier"].is_string());
}

#[test]
fn a_proxy_never_sees_what_stays_on_this_machine() {
    let proxy = Upstream::answering(ok());
    let upstream = Upstream::answering(ok());
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let (_, err, code) = output(
            binary()
                .args(["--base-url", &upstream.url, "call", "get_organization", "id=org_1"])
                .env("WORKOS_API_KEY", KEY)
                .env(name, &proxy.url),
        );
        assert_eq!(code, 0, "{err}");
    }
    assert_eq!((proxy.count(), upstream.count()), (0, 4));
}

#[test]
fn a_live_key_does_not_slip_in_after_the_start() {
    let path = std::env::temp_dir().join(format!("workos-mcp-late-{}", std::process::id()));
    let file = path.to_str().expect("a path").to_owned();
    let upstream = Upstream::answering(Answer::json(401, &json!({"message": "Unauthorized"})));
    let arguments = ["--base-url", &upstream.url, "--api-key-file", &file];
    // Not there at the start, then live.
    let mut server = Server::start_with(&arguments, &[]);
    server.initialize();
    std::fs::write(&path, "sk_live_example_x").expect("a file");
    let text = server.failure("delete_organization", json!({"id": "org_1"}));
    assert!(text.contains("restart"), "{text}");
    assert_eq!(upstream.count(), 0);
    // Of a test environment at the start, then live.
    std::fs::write(&path, "sk_test_example_x").expect("a file");
    let mut server = Server::start_with(&arguments, &[]);
    server.initialize();
    server.failure("delete_organization", json!({"id": "org_1"}));
    std::fs::write(&path, "sk_live_example_x").expect("a file");
    server.failure("delete_organization", json!({"id": "org_1"}));
    assert!(
        upstream
            .received()
            .iter()
            .all(|request| request.headers["authorization"] == "Bearer sk_test_example_x")
    );
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn an_answer_that_would_fill_the_memory_is_refused() {
    let body = format!("{{\"data\":[{}0]}}", "0,".repeat(400_000));
    let upstream = Upstream::answering(Answer::Http(
        200,
        vec![("content-type".into(), "application/json".into())],
        body.into_bytes(),
    ));
    let text = Server::against(&upstream, &[]).failure(READ.0, arguments(READ));
    assert!(text.contains("more values than are read"), "{text}");
}

/// Whole numbers go on as they came, beyond what a float and what 64 bits hold.
#[test]
fn large_numbers_arrive_as_they_were_sent() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"success": true})));
    let mut server = Server::against(&upstream, &[]);
    let long = "9".repeat(400);
    let numbers = [
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "12345678901234567890123",
        "0",
        "1.5",
        &long,
    ];
    for number in numbers {
        // As a number, within an object as text, and through the tool that runs any other.
        let metadata = format!(r#"{{"n":{number}}}"#);
        let event = |metadata: &str| {
            format!(
                r#"{{"organization_id":"org_1","event":{{"action":"a.b","occurred_at":"2026-01-01T00:00:00Z","actor":{{"id":"u","type":"user"}},"targets":[{{"id":"t","type":"team"}}],"context":{{"location":"1.1.1.1"}},"metadata":{metadata}}}}}"#
            )
        };
        let quoted = Value::from(metadata.as_str()).to_string();
        let runs = format!(r#"{{"name":"create_audit_log_event","arguments":{}}}"#, event(&metadata));
        for (tool, arguments) in [
            ("create_audit_log_event", event(&metadata)),
            ("create_audit_log_event", event(&quoted)),
            ("run_write_operation", runs),
        ] {
            server.write(
                format!(r#"{{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}{}"#, "\n")
                    .as_bytes(),
            );
            let answer = server.answer(77);
            assert_eq!(answer["result"]["isError"], false, "{number}: {answer}");
            let body = String::from_utf8(upstream.received().pop().expect("a request").body).expect("UTF-8");
            assert!(body.contains(&format!(r#""metadata":{metadata}"#)), "{number}: {body}");
        }
    }
}

#[test]
fn large_numbers_come_back_as_workos_sends_them() {
    let body = r#"{"id":"org_1","a":[9007199254740993,18446744073709551615,12345678901234567890123,1.10]}"#;
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let upstream = Upstream::answering(Answer::Http(200, headers, body.into()));
    let mut server = Server::against(&upstream, &[]);
    server.request("tools/call", json!({"name": "get_organization", "arguments": {"id": "org_1"}}));
    let line = server.receive_line();
    assert!(
        line.contains(r#""a":[9007199254740993,18446744073709551615,12345678901234567890123,1.10]"#),
        "{line}"
    );
}
