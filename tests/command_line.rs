//! The commands and their exit codes.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, KEY, Server, Upstream, binary, output};
use serde_json::{Value, json};

fn run(arguments: &[&str]) -> (String, String, i32) {
    output(binary().args(arguments))
}

#[test]
fn the_demo_tells_its_story() {
    let (out, err, code) = run(&["demo"]);
    assert_eq!(code, 0, "{err}");
    for part in [
        "create_organization",
        "generate_portal_link",
        "get_sso_authorization_url",
        "get_sso_profile_and_token",
        "list_directory_users",
        "create_audit_log_event",
        "profile.email",
        // What is refused, and why.
        "external_id_already_used",
        "entity_not_found",
        "organization.deleted",
        "Done.",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[test]
fn call_answers_fails_or_refuses() {
    let (out, _, code) = run(&["call", "--sandbox", "get_organization", "id=org_01EXAMPLE0ORGANIZATION"]);
    assert_eq!(code, 0);
    assert_eq!(serde_json::from_str::<Value>(&out).expect("JSON")["id"], "org_01EXAMPLE0ORGANIZATION");
    let (out, err, code) = run(&["call", "--sandbox", "get_organization", "id=org_01EXAMPLE0NONE"]);
    assert_eq!((out.as_str(), code), ("", 4));
    assert!(err.contains("entity_not_found"), "{err}");
    let (out, _, code) = run(&["call", "--sandbox", "list_organizations", "limit=2", "domains=[\"a.com\"]"]);
    assert_eq!(code, 0);
    assert!(serde_json::from_str::<Value>(&out).expect("JSON")["data"].is_array());
    let (_, _, code) =
        run(&["call", "--sandbox", "create_organization", "--json", r#"{"name":"A","external_id":null}"#]);
    assert_eq!(code, 0);

    let (out, err, code) = run(&["call", "get_organization", "id=org_1"]);
    assert_eq!((out.as_str(), code), ("", 3));
    assert!(err.contains("there is no WorkOS API key"), "{err}");

    for wrong in [
        &["call", "--sandbox", "get_organisation", "id=org_1"][..],
        &["call", "--sandbox", "get_organization"],
        &["call", "--sandbox", "get_organization", "org_1"],
        &["call", "--sandbox", "get_organization", "--json", "[1]"],
        &["call", "--sandbox", "get_organization", "--json", "{"],
        &["call"],
        &["nonsense"],
        &["--nonsense"],
        &["--api-key", "sk_test_example_x"],
    ] {
        let (out, err, code) = run(wrong);
        assert_eq!((out.as_str(), code), ("", 2), "{wrong:?}");
        assert!(!err.is_empty(), "{wrong:?}");
    }
}

#[test]
fn unknown_names_stop_the_start() {
    for (arguments, part) in [
        (&["--toolsets", "organisations"][..], "did you mean `organizations`?"),
        (&["--tools", "get_organisation"], "did you mean `get_organization`?"),
        (&["--exclude-tools", "delete_organisation"], "did you mean `delete_organization`?"),
        (&["--tools", "nothing_like_*"], "there is no tool"),
        (&["--access", "reed"], "read"),
        (&["--base-url", "http://api.workos.com"], "https"),
        (&["--base-url", "https://u:p@api.workos.com"], "user name"),
        (&["--base-url", "https://api.workos.com?x"], "query"),
        (&["--timeout", "0"], "0.1"),
    ] {
        let (out, err, code) = run(arguments);
        assert_eq!((out.as_str(), code), ("", 2), "{arguments:?}: {err}");
        assert!(err.contains(part), "{part}: {err}");
    }
    let (_, err, code) = output(binary().env("WORKOS_MCP_READ_ONLY", "maybe"));
    assert_eq!(code, 2, "{err}");
    // An empty variable is as good as none.
    for name in [
        "WORKOS_MCP_TOOLSETS",
        "WORKOS_MCP_READ_ONLY",
        "WORKOS_MCP_ACCESS",
        "WORKOS_BASE_URL",
        "WORKOS_MCP_TIMEOUT",
        "WORKOS_API_KEY_FILE",
        "WORKOS_MCP_CA_FILE",
        "WORKOS_MCP_SECRETS_DIR",
        "WORKOS_MCP_AUDIT_LOG",
    ] {
        let (_, err, code) = output(binary().arg("tools").env(name, ""));
        assert_eq!(code, 0, "{name}: {err}");
    }
}

fn offered(arguments: &[&str]) -> Vec<String> {
    let (out, err, code) = output(binary().args(arguments).args(["tools", "--json"]));
    assert_eq!(code, 0, "{err}");
    let tools: Vec<Value> = serde_json::from_str(&out).expect("JSON");
    let names = tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned());
    // Those that are no operations have tests of their own.
    let common = ["whoami", "find_operations", "run_read_operation", "run_write_operation", "run_operations"];
    names.filter(|name| !common.contains(&name.as_str())).collect()
}

/// How many tools are in the default list.
fn everyday() -> usize {
    workos_mcp::api::operations().filter(|operation| operation.everyday).count()
}

#[test]
fn the_budget_adds_up() {
    let (out, err, code) = output(binary().args(["--sandbox", "tools", "--budget"]));
    assert_eq!(code, 0, "{err}");
    let (toolsets, tools) = out.split_once("\n\n").expect("two tables");
    let bytes = |table: &str, skip: usize| -> Vec<usize> {
        let cell = |line: &str| line.split_whitespace().rev().nth(1).and_then(|cell| cell.parse().ok());
        table.lines().skip(skip).filter_map(cell).collect()
    };
    let by_tool = bytes(tools, 1);
    let mut by_toolset = bytes(toolsets, 1);
    let all = by_toolset.pop().expect("a sum");
    assert_eq!(by_toolset.iter().sum::<usize>(), all);
    assert_eq!(by_tool.iter().sum::<usize>(), all);
    assert_eq!(by_tool.len(), everyday() + 5);
    assert!(by_tool.is_sorted_by(|left, right| left >= right));
    // The same as what a client is given.
    let (json, ..) = output(binary().args(["--sandbox", "tools", "--json"]));
    let listed: Vec<Value> = serde_json::from_str(&json).expect("JSON");
    let seen = |tool: &Value| {
        let text = |name: &str| tool[name].as_str().expect("text").len();
        text("name") + text("description") + tool["inputSchema"].to_string().len()
    };
    assert_eq!(listed.iter().map(seen).sum::<usize>(), all);
}

#[test]
fn sizes_are_understood_or_refused() {
    for good in ["1000", "80KB", "80kb", "1 MB", "4MB", ""] {
        let (_, err, code) = output(binary().args(["--sandbox", "--max-answer", good, "tools"]));
        assert_eq!(code, 0, "{good}: {err}");
    }
    for bad in ["999", "5MB", "many", "-1", "1GB", "1.5MB"] {
        let (_, err, code) = output(binary().args(["--sandbox", &format!("--max-answer={bad}"), "tools"]));
        assert!(code == 2 && err.contains("such as 200KB"), "{bad}: {code} {err}");
    }
}

#[test]
fn tools_are_selected_by_flags_and_variables() {
    assert_eq!(offered(&[]).len(), everyday());
    assert_eq!(offered(&["--toolsets", "default"]), offered(&[]));
    assert!(offered(&["--toolsets", "default,dsync"]).len() > everyday());
    assert_eq!(offered(&["--toolsets", "organizations"]).len(), 10);
    assert_eq!(offered(&["--tools", "get_organization"]), ["get_organization"]);
    assert_eq!(offered(&["--toolsets", "organizations", "--tools", "get_directory"]).len(), 11);
    assert!(!offered(&["--exclude-tools", "delete_*"]).iter().any(|name| name.starts_with("delete_")));
    assert_eq!(offered(&["--tools", "get_organization", "--exclude-tools", "get_*"]), Vec::<String>::new());
    assert_eq!(offered(&["--toolsets", "none"]), Vec::<String>::new());
    let reads = offered(&["--read-only"]);
    assert!(
        reads.contains(&"get_organization".to_owned()) && !reads.contains(&"create_organization".to_owned())
    );
    let writes = offered(&["--access", "write"]);
    assert!(
        writes.contains(&"update_organization".to_owned())
            && !writes.contains(&"delete_organization".to_owned())
    );
    let (out, ..) = output(binary().arg("tools").env("WORKOS_MCP_TOOLS", "get_organization"));
    assert!(out.contains("1 tools"), "{out}");
}

#[test]
fn what_is_switched_off_is_refused_again_at_the_call() {
    let upstream = Upstream::answering(Answer::json(200, &json!({})));
    for (arguments, key) in [(&["--read-only"][..], KEY), (&[], "sk_live_example_x")] {
        let mut all = vec!["--base-url", &upstream.url];
        all.extend(arguments);
        let mut server = Server::start_with(&all, &[("WORKOS_API_KEY", key)]);
        server.initialize();
        let tools = server.ask("tools/list", json!({}));
        for tool in tools["result"]["tools"].as_array().expect("tools") {
            assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        }
        let text = server.failure("delete_organization", json!({"id": "org_1"}));
        assert!(text.contains("--access full") && !text.contains(key), "{text}");
        let text = server.failure("create_organization", json!({"name": "A"}));
        assert!(text.contains("--access write"), "{text}");
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let (out, _, code) = run(&["doctor"]);
    assert_eq!(code, 1);
    assert!(out.contains("FAIL  key: there is no WorkOS API key"), "{out}");

    let healthy = Upstream::answering(Answer::json(200, &json!({"data": [], "list_metadata": {}})));
    let (out, _, code) =
        output(binary().args(["doctor", "--base-url", &healthy.url]).env("WORKOS_API_KEY", KEY));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("ok    read") && !out.contains(KEY), "{out}");
    assert_eq!(healthy.received()[0].target, "/organizations?limit=1");

    let refusing = Upstream::answering(Answer::json(401, &json!({"message": "Unauthorized"})));
    let (out, _, code) =
        output(binary().args(["doctor", "--base-url", &refusing.url]).env("WORKOS_API_KEY", KEY));
    assert_eq!(code, 1);
    assert!(out.contains("FAIL  read") && out.contains("did not accept the API key"), "{out}");

    let page = Upstream::answering(Answer::Http(
        200,
        vec![("content-type".into(), "text/html".into())],
        b"<p>".to_vec(),
    ));
    let (out, _, code) = output(
        binary()
            .args(["doctor", "--base-url", &page.url])
            .env("WORKOS_API_KEY", KEY)
            .env("NO_PROXY", "127.0.0.1")
            .env("HTTPS_PROXY", "http://user:example_password@127.0.0.1:9"),
    );
    assert_eq!(code, 1);
    assert!(out.contains("not the WorkOS API") && !out.contains("example_password"), "{out}");
}

#[test]
fn the_sandbox_answers_what_takes_nothing_away() {
    let mut server = Server::start_with(&["--sandbox", "--toolsets", "all"], &[]);
    server.initialize();
    // One after the other in one world; unit tests call each operation in a world of its own.
    let reads = |tool: &str| {
        let operation = workos_mcp::api::operations().find(|operation| operation.name == tool);
        operation.expect("an operation").effect == workos_mcp::operation::Effect::Read
    };
    for (tool, fixture) in common::fixtures().into_iter().filter(|(tool, _)| reads(tool)) {
        let mut arguments = fixture["arguments"].clone();
        if fixture["request"].as_str().is_some_and(|request| request.starts_with("LINK"))
            || arguments.get("client_id").is_none()
        {
            let schema_knows = ["client_id", "redirect_uri"];
            for name in schema_knows {
                if workos_mcp::api::operations()
                    .any(|o| o.name == tool && o.field(name).is_some_and(|f| f.default.is_some()))
                {
                    arguments[name] = "client_example".into();
                }
            }
        }
        let result = server.call(&tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        assert!(result["structuredContent"].is_object(), "{tool}");
    }
}

/// What a script has to tell apart, and the same as data.
#[test]
fn exit_codes_tell_where_a_call_ended() {
    let upstream = Upstream::new(|request| match request.target.as_str() {
        "/organizations/no" => {
            Answer::json(422, &json!({"code": "bad_name", "message": "No"})).with("x-request-id", "req_1")
        }
        "/organizations/slow" => Answer::json(429, &json!({"message": "Rate"})).with("retry-after", "3600"),
        "/organizations/down" => Answer::json(503, &json!({"message": "Down"})).with("retry-after", "3600"),
        "/organizations/odd" => Answer::json(200, &json!("x")).with("content-type", "text/html"),
        "/organizations/lost" => Answer::Raw(b"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\n{".to_vec()),
        _ => Answer::json(200, &json!({"id": "org_1"})),
    });
    let here = upstream.url.as_str();
    let nowhere = "http://127.0.0.1:9";
    let call = |base: &str, arguments: &[&str], json: bool| {
        let mut all = vec!["--base-url", base];
        all.extend(arguments);
        all.extend(json.then_some("--json-errors"));
        output(binary().args(all).env("WORKOS_API_KEY", KEY))
    };
    let (out, err, code) = call(here, &["call", "get_organization", "id=org_1"], true);
    assert_eq!((code, err.as_str(), out.trim()), (0, "", r#"{"id":"org_1"}"#));
    for (base, arguments, code, expected) in [
        (here, &["call", "get_organisation", "id=x"][..], 2, json!({"kind": "usage", "outcome": "not_sent"})),
        (here, &["call", "get_organization"], 2, json!({"kind": "usage", "outcome": "not_sent"})),
        (here, &["call", "get_organization", "x"], 2, json!({"kind": "usage"})),
        (here, &["call", "get_organization", "--json", "{"], 2, json!({"kind": "usage"})),
        (
            here,
            &["call", "get_organization", "--json", r#"{"id":"a","id":"b"}"#],
            2,
            json!({"kind": "usage"}),
        ),
        (here, &["call", "get_organization", "--json", "{}", "id=a", "id=b"], 2, json!({"kind": "usage"})),
        (here, &["call", "get_organization", "id=org_1", "fields=nonsense"], 2, json!({"kind": "usage"})),
        (
            here,
            &["--access", "read", "call", "delete_organization", "id=x"],
            3,
            json!({"kind": "refused_here", "outcome": "not_sent"}),
        ),
        (
            here,
            &["--confirm", "always", "call", "delete_organization", "id=x"],
            3,
            json!({"kind": "refused_here", "outcome": "not_sent"}),
        ),
        (
            here,
            &["--ca-file", "/nonexistent", "call", "get_organization", "id=x"],
            3,
            json!({"kind": "refused_here", "outcome": "not_sent"}),
        ),
        (
            here,
            &["call", "get_organization", "id=no"],
            4,
            json!({"kind": "refused_by_workos", "status": 422, "code": "bad_name", "request_id": "req_1", "outcome": "nothing_changed"}),
        ),
        (
            here,
            &["call", "get_organization", "id=slow"],
            4,
            json!({"kind": "refused_by_workos", "status": 429, "retry_after": 3600}),
        ),
        (
            here,
            &["call", "get_organization", "id=down"],
            5,
            json!({"kind": "unavailable", "status": 503, "retry_after": 3600}),
        ),
        (here, &["call", "get_organization", "id=odd"], 5, json!({"kind": "unavailable"})),
        (
            here,
            &["call", "get_organization", "id=lost"],
            5,
            json!({"kind": "unavailable", "outcome": "nothing_changed"}),
        ),
        (
            nowhere,
            &["--timeout", "1", "call", "delete_organization", "id=x"],
            5,
            json!({"kind": "unavailable", "outcome": "not_sent"}),
        ),
    ] {
        let (out, text, found) = call(base, arguments, false);
        if arguments.last() == Some(&"id=odd") {
            // A string is an answer like any other, whatever it calls itself.
            if found == 0 {
                continue;
            }
        }
        assert_eq!((found, out.as_str()), (code, ""), "{arguments:?}: {text}");
        let (out, err, found) = call(base, arguments, true);
        assert_eq!((found, out.as_str(), err.lines().count()), (code, "", 1), "{arguments:?}: {err}");
        let error = serde_json::from_str::<Value>(&err).expect("JSON")["error"].take();
        assert_eq!(error["exit_code"], code, "{error}");
        let message = error["message"].as_str().expect("a message");
        assert!(text.contains(message.lines().next().expect("a line")), "{message} / {text}");
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(error[name], *value, "{name} of {arguments:?}: {error}");
        }
    }
}
