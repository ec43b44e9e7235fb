//! Operations that are no tools here: found by words, run as if they were tools.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, KEY, Server, Upstream, fixtures, initialize_params, modern_meta};
use serde_json::{Value, json};

const TRIO: [&str; 3] = ["find_operations", "run_read_operation", "run_write_operation"];

fn upstream() -> Upstream {
    Upstream::new(|request| match request.method.as_str() {
        "DELETE" => Answer::json(204, &Value::Null),
        _ => Answer::json(200, &json!({"id": "user_1", "email": "jane@example.com"})),
    })
}

fn against(upstream: &Upstream, key: &str, arguments: &[&str]) -> Server {
    let all = [&["--base-url", upstream.url.as_str()], arguments].concat();
    let mut server = Server::start_with(&all, &[("WORKOS_API_KEY", key)]);
    server.initialize();
    server
}

fn listed(arguments: &[&str]) -> Vec<Value> {
    let mut server = Server::start_with(&[&["--sandbox"], arguments].concat(), &[]);
    server.initialize();
    let mut answer = server.ask("tools/list", json!({}));
    match answer["result"]["tools"].take() {
        Value::Array(tools) => tools,
        other => panic!("{other}"),
    }
}

fn names(arguments: &[&str]) -> Vec<String> {
    let tools = listed(arguments);
    let names = tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned());
    // It runs what the others reach, and has tests of its own.
    names.filter(|name| name != "run_operations").collect()
}

fn discovers(arguments: &[&str]) -> bool {
    names(arguments).iter().any(|name| TRIO.contains(&name.as_str()))
}

#[test]
fn they_are_there_while_something_is_out_of_sight() {
    assert!(discovers(&[]) && discovers(&["--toolsets", "default"]) && discovers(&["--read-only"]));
    assert!(discovers(&["--exclude-tools", "delete_*"]));
    assert!(!discovers(&["--toolsets", "all"]) && !discovers(&["--toolsets", "all", "--read-only"]));
    assert!(!discovers(&["--no-discovery"]) && !discovers(&["--exclude-tools", "*"]));
    assert_eq!(names(&["--toolsets", "none"]), [&["whoami"][..], &TRIO].concat());
    assert_eq!(names(&["--toolsets", "none", "--read-only"]), ["whoami", TRIO[0], TRIO[1]]);
    assert_eq!(names(&["--toolsets", "none", "--no-discovery"]), ["whoami"]);
    assert_eq!(names(&["--toolsets", "none", "--discovery", "none"]), ["whoami"]);
    assert_eq!(names(&["--toolsets", "none", "--discovery", "selected"]), ["whoami"]);
    // Who names something means it, unless all is said.
    for named in [
        &["--tools", "get_user"][..],
        &["--toolsets", "users"],
        &["--toolsets", "none,users"],
        &["--toolsets", "none", "--tools", "get_user"],
        &["--toolsets", "default", "--tools", "get_user"],
    ] {
        assert!(!discovers(named), "{named:?}");
        assert!(discovers(&[named, &["--discovery", "all"]].concat()), "{named:?}");
        assert!(!discovers(&[named, &["--discovery", "selected"]].concat()), "{named:?}");
    }
}

#[test]
fn the_tool_beside_the_operations_can_be_left_out() {
    for exclude in ["whoami", "who*"] {
        assert!(!names(&["--exclude-tools", exclude]).contains(&"whoami".to_owned()), "{exclude}");
        assert_eq!(names(&["--toolsets", "none", "--exclude-tools", exclude]), TRIO);
    }
    assert_eq!(names(&["--exclude-tools", "*"]), Vec::<String>::new());
    let mut server = Server::start_with(&["--sandbox", "--exclude-tools", "whoami"], &[]);
    server.initialize();
    let error = server.ask("tools/call", json!({"name": "whoami", "arguments": {}}))["error"].take();
    assert_eq!(error["code"], -32602, "{error}");
    let listed = listed(&[]);
    assert_eq!(listed[0]["name"], "whoami");
    assert_eq!(listed[0]["inputSchema"]["properties"], json!({}));
}

/// Every operation, called by its name and by way of discovery, where some are named: nothing
/// but these arrives.
#[test]
fn who_names_tools_means_them_and_no_others() {
    let upstream = upstream();
    for (settings, wanted) in [
        (&["--toolsets", "groups,api_keys"][..], &["groups", "api_keys"][..]),
        (&["--toolsets", "none,groups"], &["groups"]),
        (&["--tools", "list_*_api_keys,get_directory", "--toolsets", "none"], &[]),
    ] {
        let mut server = against(&upstream, KEY, &[settings, &["--confirm", "never"]].concat());
        let me = server.call("whoami", json!({}))["structuredContent"].take();
        assert_eq!(
            (&me["discovery"], &me["operations_to_discover"]),
            (&json!("selected"), &json!(0)),
            "{me}"
        );
        assert!(me["discovery_reaches"].as_str().expect("text").contains("--discovery all"), "{me}");
        let listed = server.ask("tools/list", json!({}))["result"]["tools"].take();
        let listed: Vec<&str> =
            listed.as_array().expect("tools").iter().filter_map(|tool| tool["name"].as_str()).collect();
        for toolset in workos_mcp::api::TOOLSETS {
            for operation in toolset.operations {
                let name = operation.name;
                if wanted.contains(&toolset.name) {
                    assert!(listed.contains(&name), "{name}");
                }
                if listed.contains(&name) {
                    continue;
                }
                let before = upstream.count();
                let direct = server.ask("tools/call", json!({"name": name, "arguments": {"id": "x_1"}}));
                let text = direct["error"]["message"].as_str().expect("refused");
                assert!(text.contains("--tools") && text.contains("--discovery all"), "{text}");
                for tool in &TRIO[1..] {
                    let arguments = json!({"name": name, "arguments": {"id": "x_1"}});
                    let answer = server.ask("tools/call", json!({"name": tool, "arguments": arguments}));
                    let text = answer["error"]["message"].as_str().expect("refused");
                    assert!(text.contains("--discovery all"), "{text}");
                }
                assert_eq!(upstream.count(), before, "{name}");
            }
        }
    }
    // With all it goes on as before.
    let mut server = against(&upstream, KEY, &["--toolsets", "groups", "--discovery", "all"]);
    assert_eq!(server.call("whoami", json!({}))["structuredContent"]["discovery"], "all");
    let answer =
        server.call("run_read_operation", json!({"name": "get_user", "arguments": {"id": "user_1"}}));
    assert_eq!(answer["isError"], false, "{answer}");
}

#[test]
fn how_far_it_reaches_is_said_everywhere() {
    for (settings, word, part) in [
        (&[][..], "all", "within reach"),
        (&["--toolsets", "none"], "all", "within reach"),
        (&["--toolsets", "users"], "selected", "Only the tools listed"),
        (&["--toolsets", "users", "--discovery", "all"], "all", "within reach"),
        (&["--no-discovery"], "none", "Only the tools listed"),
    ] {
        let mut server = Server::start_with(&[&["--sandbox"], settings].concat(), &[]);
        let instructions = server.initialize()["result"]["instructions"].to_string();
        assert!(instructions.contains(part), "{settings:?}: {instructions}");
        assert_eq!(server.call("whoami", json!({}))["structuredContent"]["discovery"], word, "{settings:?}");
        for command in ["doctor", "tools"] {
            let (out, err, code) =
                common::output(common::binary().arg("--sandbox").args(settings).arg(command));
            assert_eq!(code, 0, "{err}");
            assert!(out.contains("iscovery reaches") || out.contains("within reach"), "{command}: {out}");
        }
    }
    for wrong in [&["--discovery", "some"][..], &["--no-discovery", "--discovery", "all"]] {
        let (_, err, code) = common::output(common::binary().args(wrong).args(["--sandbox", "tools"]));
        assert!(code == 2 && err.contains("discovery"), "{err}");
    }
}

#[test]
fn their_annotations_are_honest_and_they_cost_little() {
    let tools = listed(&["--toolsets", "none"]);
    let hints = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name).expect("a tool");
        ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
            .map(|hint| tool["annotations"][hint] == true)
    };
    assert_eq!(hints("find_operations"), [true, false, true, false]);
    assert_eq!(hints("run_read_operation"), [true, false, true, false]);
    assert_eq!(hints("run_write_operation"), [false, true, false, true]);
    let bytes: usize = tools
        .iter()
        .filter(|tool| tool["name"] != "whoami")
        .map(|tool| json!({"name": tool["name"], "description": tool["description"], "inputSchema": tool["inputSchema"]}))
        .map(|seen| seen.to_string().len())
        .sum();
    assert!(bytes < 700 * 4, "{bytes} bytes");
}

#[test]
fn what_is_found_can_be_run_as_it_is_described() {
    let upstream = upstream();
    let mut server = against(&upstream, KEY, &[]);
    let found = server.call("find_operations", json!({"query": "delete user"}))["structuredContent"].take();
    let operations = found["operations"].as_array().expect("operations");
    assert_eq!(operations.len(), 5);
    let best = &operations[0];
    assert_eq!(
        (&best["name"], &best["effect"], &best["arguments"], &best["run_with"]),
        (&json!("delete_user"), &json!("delete"), &json!("{id: user_…}"), &json!("run_write_operation"))
    );
    assert_eq!(upstream.count(), 0);

    let answer =
        server.call("run_write_operation", json!({"name": "delete_user", "arguments": {"id": "user_1"}}));
    assert_eq!(answer["structuredContent"], json!({"ok": true}));
    // Models write objects as text.
    let answer = server.call(
        "run_read_operation",
        json!({"name": "get_user", "arguments": "{\"id\": \"user_1\", \"fields\": [\"email\"]}"}),
    );
    assert_eq!(answer["structuredContent"], json!({"email": "jane@example.com"}));
    let sent: Vec<_> =
        upstream.received().iter().map(|request| format!("{} {}", request.method, request.target)).collect();
    assert_eq!(sent, ["DELETE /user_management/users/user_1", "GET /user_management/users/user_1"]);

    // What is a tool here is found too, and says so.
    let found = server.call("find_operations", json!({"query": "list organizations", "limit": 1}))["structuredContent"].take();
    assert_eq!(found["operations"][0]["run_with"], "list_organizations");
    assert_eq!(found["operations"].as_array().expect("operations").len(), 1);
}

#[test]
fn several_questions_are_answered_at_once_and_a_name_with_its_schema() {
    let mut server = Server::start_with(&["--sandbox", "--toolsets", "none"], &[]);
    server.initialize();
    let asked = json!({"query": ["delete a user", "who changed the role of a user", "get_user"]});
    let found = server.call("find_operations", asked)["structuredContent"].take();
    let firsts: Vec<&Value> = found["answers"]
        .as_array()
        .expect("answers")
        .iter()
        .map(|answer| &answer["operations"][0]["name"])
        .collect();
    assert_eq!(firsts, ["delete_user", "list_events", "get_user"]);
    assert_eq!(found["answers"][2]["operations"][0]["input_schema"]["required"], json!(["id"]));
    // The other name, one question, or several as text.
    for arguments in [
        json!({"queries": ["delete a user"]}),
        json!({"queries": "delete a user"}),
        json!({"query": "delete a user"}),
        json!({"query": "[\"delete a user\"]"}),
    ] {
        let found = server.call("find_operations", arguments.clone())["structuredContent"].take();
        assert_eq!(found["operations"][0]["name"], "delete_user", "{arguments}");
    }
    let many: Vec<&str> = vec!["users"; 11];
    assert!(server.failure("find_operations", json!({"query": many})).contains("at most 10"));
}

#[test]
fn what_the_api_cannot_do_is_said() {
    let upstream = upstream();
    let mut server = against(&upstream, KEY, &["--toolsets", "users,organizations", "--discovery", "all"]);
    let found =
        server.call("find_operations", json!({"query": "create a directory user"}))["structuredContent"]
            .take();
    assert!(found["not_in_api"].as_str().expect("text").contains("Directory users cannot"), "{found}");
    assert_eq!(found["operations"][0]["name"], "list_directory_users");
    let text = server.failure(
        "run_write_operation",
        json!({"name": "create_directory_user", "arguments": {"email": "a"}}),
    );
    assert!(text.contains("Directory users cannot"), "{text}");
    let error = server.ask("tools/call", json!({"name": "merge_users", "arguments": {}}))["error"].take();
    assert!(error["message"].as_str().expect("text").contains("cannot be merged"), "{error}");
    for (name, part) in [
        ("password_policy", "password policy"),
        ("branding", "Branding"),
        ("session_timeout", "sessions"),
        ("mfa_required", "second factor"),
    ] {
        let text = server.failure("update_organization", json!({"id": "org_1", name: "x"}));
        assert!(text.contains(&format!("`{name}` is not an argument")) && text.contains(part), "{text}");
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn arguments_that_cannot_be_read_are_not_shown() {
    let upstream = upstream();
    let arguments = json!({"name": "create_user", "arguments": "{\"password\": \"example_password_17\""});
    let text = against(&upstream, KEY, &[]).failure("run_write_operation", arguments);
    assert!(text.contains("`arguments`") && !text.contains("example_password_17"), "{text}");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn mistakes_are_explained_and_nothing_is_sent() {
    let upstream = upstream();
    let mut server = against(&upstream, KEY, &[]);
    for (tool, arguments, parts) in [
        (
            "run_read_operation",
            json!({"name": "delete_user", "arguments": {"id": "u"}}),
            &["delete operation", "`run_write_operation`"][..],
        ),
        (
            "run_write_operation",
            json!({"name": "get_user", "arguments": {"id": "u"}}),
            &["read operation", "`run_read_operation`"],
        ),
        (
            "run_read_operation",
            json!({"name": "get_usr"}),
            &["no operation `get_usr`", "`get_user`", "`find_operations`"],
        ),
        ("run_read_operation", json!({"name": "get_user"}), &["`id` is required"]),
        (
            "run_read_operation",
            json!({"name": "get_user", "id": "u"}),
            &["`id` is not an argument", "go into `arguments`"],
        ),
        ("run_read_operation", json!({"name": "get_user", "arguments": {"id": ".."}}), &["path"]),
        ("run_read_operation", json!({"arguments": {}}), &["`name` is required"]),
        ("find_operations", json!({}), &["`query` is required"]),
        ("find_operations", json!({"query": "x", "limit": 21}), &["from 1 to 20"]),
    ] {
        let text = server.failure(tool, arguments.clone());
        for part in parts {
            assert!(text.contains(part), "{arguments}: {part}: {text}");
        }
    }
    assert_eq!(upstream.count(), 0);
    let nothing = server.call("find_operations", json!({"query": "qqqq zzzz"}))["structuredContent"].take();
    assert_eq!(nothing["operations"], json!([]));
    assert!(nothing["_note"].as_str().expect("a note").contains("directory_sync"), "{nothing}");
    // A name from elsewhere leads there.
    let error = server.ask("tools/call", json!({"name": "get_jwks", "arguments": {}}))["error"].take();
    assert!(
        error["code"] == -32602 && error["message"].as_str().expect("text").contains("`run_read_operation`"),
        "{error}"
    );
}

/// Every operation under every access level, by way of discovery: what is not allowed is
/// refused, what is excluded does not exist, and nothing arrives.
#[test]
fn discovery_reaches_what_is_allowed_and_no_more() {
    let upstream = upstream();
    let mut effects = std::collections::BTreeMap::new();
    for operation in workos_mcp::api::operations() {
        effects.insert(operation.name, operation.effect.as_str());
    }
    for (access, allowed) in [
        ("read", &["read"][..]),
        ("write", &["read", "create", "update"]),
        ("full", &["read", "create", "update", "delete"]),
    ] {
        let settings = [
            "--toolsets",
            "none",
            "--access",
            access,
            "--exclude-tools",
            "*_vault_*",
            "--client-id",
            "client_example",
            "--redirect-uri",
            "https://example.com/cb",
            "--confirm",
            "never",
        ];
        let mut server = against(&upstream, KEY, &settings);
        for (name, fixture) in fixtures() {
            let effect = effects[name.as_str()];
            let tool = if effect == "read" { TRIO[1] } else { TRIO[2] };
            let before = upstream.count();
            let answer = server.call(tool, json!({"name": name, "arguments": fixture["arguments"]}));
            let text = answer["content"][0]["text"].as_str().expect("text");
            if name.contains("_vault_") {
                assert!(text.contains("no operation"), "{name}: {text}");
            } else if allowed.contains(&effect) {
                assert!(!text.contains("switched off"), "{name}: {text}");
                continue;
            } else {
                assert!(text.contains("switched off") && text.contains("--access"), "{name}: {text}");
            }
            assert_eq!((upstream.count(), &answer["isError"]), (before, &json!(true)), "{name}");
        }
        let found =
            server.call("find_operations", json!({"query": "delete user", "limit": 20}))["structuredContent"]
                .take();
        for operation in found["operations"].as_array().expect("operations") {
            assert!(
                allowed.contains(&operation["effect"].as_str().expect("an effect")),
                "{access}: {operation}"
            );
        }
        let hinted = found["_note"]
            .as_str()
            .is_some_and(|note| note.contains("`delete_user`") && note.contains("--access"));
        assert_eq!(hinted, access != "full", "{found}");
        let vault = server.call("find_operations", json!({"query": "vault object", "limit": 20})).to_string();
        assert!(!vault.contains("_vault_object"), "{vault}");
    }
}

#[test]
fn destruction_is_confirmed_and_credentials_are_masked_all_the_same() {
    let upstream = upstream();
    let mut server = Server::start(&["--base-url", &upstream.url]);
    let mut params = initialize_params("2025-11-25");
    params["capabilities"] = json!({"elicitation": {}});
    server.ask("initialize", params);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let delete = json!({"name": "run_write_operation", "arguments": {"name": "delete_user", "arguments": {"id": "user_1"}}});
    for (action, refused) in [("decline", true), ("accept", false)] {
        let id = server.request("tools/call", delete.clone());
        let question = server.receive();
        let message = question["params"]["message"].as_str().expect("a question");
        assert!(message.contains("Delete user") && message.contains("jane@example.com"), "{message}");
        server.send(
            &json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": action, "content": {}}}),
        );
        assert_eq!(server.answer(id)["result"]["isError"], refused);
    }
    assert_eq!(upstream.received().iter().filter(|request| request.method == "DELETE").count(), 1);

    // Without a handshake the confirmation holds for the operation and its arguments.
    let mut server = Server::start(&["--base-url", &upstream.url]);
    let mut call = |arguments: Value, state: Option<Value>| {
        let mut meta = modern_meta();
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {"form": {}}});
        let mut params = json!({"name": "run_write_operation", "arguments": arguments, "_meta": meta});
        if let Some(state) = state {
            params["requestState"] = state;
            params["inputResponses"] = json!({"confirm": {"action": "accept", "content": {}}});
        }
        server.ask("tools/call", params)
    };
    let arguments = json!({"name": "delete_user", "arguments": {"id": "user_2"}});
    let state = call(arguments.clone(), None)["result"]["requestState"].take();
    assert!(state.is_string());
    let other = call(json!({"name": "delete_user", "arguments": {"id": "user_3"}}), Some(state.clone()));
    assert!(other["error"]["message"].as_str().expect("text").contains("nothing was sent"), "{other}");
    assert_eq!(call(arguments, Some(state))["result"]["isError"], false);

    let secret = Upstream::answering(Answer::json(
        200,
        &json!({"id": "obj_1", "value": "example_value", "token": "example_value"}),
    ));
    let mut server = against(&secret, "sk_live_example_fixture", &[]);
    let answer =
        server.call("run_read_operation", json!({"name": "get_vault_object", "arguments": {"id": "obj_1"}}));
    assert!(answer["isError"] == false && !answer.to_string().contains("example_value"), "{answer}");
}

#[test]
fn calls_by_way_of_discovery_leave_their_trace() {
    let upstream = upstream();
    let file = std::env::temp_dir().join(format!("workos-mcp-discovery-{}.jsonl", std::process::id()));
    let mut server = against(&upstream, KEY, &["--audit-log", file.to_str().expect("a path")]);
    server.call("run_write_operation", json!({"name": "delete_user", "arguments": {"id": "user_1"}}));
    server.call("run_write_operation", json!({"name": "delete_user", "arguments": {"id": ".."}}));
    let log = std::fs::read_to_string(&file).expect("the log");
    std::fs::remove_file(&file).expect("the log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines.iter().all(|line| line["tool"] == "delete_user"), "{log}");
}

#[test]
fn the_command_line_discovers_too() {
    let (out, err, code) = common::output(common::binary().args([
        "--sandbox",
        "--toolsets",
        "none",
        "call",
        "find_operations",
        "query=delete user",
        "limit=1",
    ]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("\"delete_user\""), "{out}");
}

#[test]
fn people_find_operations_on_the_command_line() {
    let find = |words: &[&str]| common::output(common::binary().args(["--sandbox", "find"]).args(words));
    let (out, err, code) = find(&["delete", "a", "user"]);
    assert!(code == 0 && out.starts_with("delete_user") && out.contains("{id: user_…}"), "{out}{err}");
    let (out, _, code) = find(&["create a directory user"]);
    assert!(code == 0 && out.contains("cannot be created") && out.contains("list_directory_users"), "{out}");
    let (out, _, code) = find(&["bake a chocolate cake"]);
    assert!(code == 1 && out.contains("Nothing fits"), "{out}");
    let (out, _, code) = find(&["POST", "/invitations/{id}/resend"]);
    assert!(code == 0 && out.starts_with("resend_invitation") && out.lines().count() == 2, "{out}");
    assert_eq!(find(&[]).2, 2);
}
