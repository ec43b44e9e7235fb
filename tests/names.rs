//! Other names of arguments, and other words for what WorkOS has two words for, are understood wherever
//! a call comes from. What is sent is the same, and the answer says how the argument is called.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, KEY, Server, Upstream, binary, output};
use serde_json::{Value, json};

/// Whatever is asked for is there, as an object or as a list with one page.
fn upstream() -> Upstream {
    Upstream::new(|request| match request.method.as_str() {
        "DELETE" => Answer::json(204, &Value::Null),
        "GET" if !request.target.contains("/permissions/") => {
            Answer::json(200, &json!({"data": [{"id": "one_1", "name": "One"}], "list_metadata": {}}))
        }
        _ => Answer::json(200, &json!({"id": "one_1", "slug": "one", "link": "https://example.com/link"})),
    })
}

#[test]
fn the_answer_says_how_an_argument_is_called() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &["--toolsets", "all"]);
    for (tool, arguments, line, body, remark) in [
        (
            "generate_portal_link",
            json!({"organization": "org_1", "intent": "sso"}),
            "POST /portal/generate_link",
            Some(json!({"organization": "org_1", "intent": "sso"})),
            "`organization` is now `organization_id`.",
        ),
        (
            "list_user_sessions",
            json!({"id": "user_1", "max_items": 5, "fields": ["id"]}),
            "GET /user_management/users/user_1/sessions?limit=5",
            None,
            "`id` is now `user_id`.",
        ),
        (
            "list_directory_users",
            json!({"directory": "directory_1", "group": null}),
            "GET /directory_users?directory=directory_1",
            None,
            "`directory` is now `directory_id`.",
        ),
        (
            "remove_group_member",
            json!({"organization_id": "org_1", "group_id": "group_1", "om_id": "om_1"}),
            "DELETE /organizations/org_1/groups/group_1/organization-memberships/om_1",
            None,
            "`om_id` is now `organization_membership_id`.",
        ),
        (
            "get_permission",
            json!({"slug": "users:read"}),
            "GET /authorization/permissions/users%3Aread",
            None,
            "`slug` is now `permission_slug`.",
        ),
    ] {
        let result = server.call(tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        let note = result["structuredContent"]["_note"].as_str().expect("a note");
        assert!(note.ends_with(remark), "{tool}: {result}");
        let text = result["content"][0]["text"].as_str().expect("text");
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), result["structuredContent"], "{tool}");
        let request = upstream.received().pop().expect("a request");
        assert_eq!(format!("{} {}", request.method, request.target), line, "{tool}");
        assert_eq!(request.json(), body, "{tool}");
    }
    let sent = upstream.count();
    let both = json!({"organization": "org_1", "organization_id": "org_2"});
    let refusal = server.failure("generate_portal_link", both);
    assert!(refusal.contains("both are given; leave out `organization`"), "{refusal}");
    assert_eq!(upstream.count(), sent);
}

#[test]
fn what_finds_and_runs_operations_understands_them_too() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &[]);
    let run = json!({"name": "list_membership_groups", "arguments": {"om_id": "om_1"}});
    let result = server.call("run_read_operation", run);
    let note = &result["structuredContent"]["_note"];
    assert_eq!(note, "`om_id` is now `organization_membership_id`.", "{result}");
}

#[test]
fn so_do_the_commands() {
    let upstream = upstream();
    let run = |arguments: &[&str]| {
        let mut command = binary();
        command.args(["--base-url", &upstream.url]).args(arguments).env("WORKOS_API_KEY", KEY);
        output(&mut command)
    };
    let (out, err, code) = run(&["call", "get_permission", "slug=users:read"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("`slug` is now `permission_slug`."), "{out}");
    let (out, err, code) = run(&["export", "list_directory_users", "directory=directory_1"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("one_1") && !out.contains("_note"), "{out}");
    assert!(err.contains("`directory` is now `directory_id`."), "{err}");
}

#[test]
fn what_is_recorded_has_the_names_of_the_table() {
    let path = std::env::temp_dir().join(format!("workos-mcp-names-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let upstream = upstream();
    let log = path.to_str().expect("a path");
    let mut server = Server::against(&upstream, &["--toolsets", "all", "--audit-log", log]);
    server.call("delete_permission", json!({"slug": "users:read"}));
    server.failure("delete_permission", json!({"slug": "users:read", "nonsense": 1}));
    let text = std::fs::read_to_string(&path).expect("the file");
    std::fs::remove_file(&path).expect("the file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    for line in &lines {
        assert_eq!(line["arguments"]["permission_slug"], "users:read", "{line}");
        assert!(line["arguments"].get("slug").is_none(), "{line}");
    }
}

#[test]
fn words_for_one_thing_are_one_word() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &["--toolsets", "dsync,admin-portal,Audit_Logs"]);
    let tools = server.ask("tools/list", json!({}));
    let text = tools.to_string();
    for name in ["sync_directory", "invite_it_contact", "list_audit_log_schemas"] {
        assert!(text.contains(name), "{name}");
    }
    let contact = |intent: &str| json!({"organization_id": "org_1", "contact_id": "c", "intents": [intent]});
    for (tool, arguments, sent) in [
        (
            "generate_portal_link",
            json!({"organization_id": "org_1", "intent": "directory_sync"}),
            json!({"organization": "org_1", "intent": "dsync"}),
        ),
        (
            "generate_portal_link",
            json!({"organization_id": "org_1", "intent": "dsync"}),
            json!({"organization": "org_1", "intent": "dsync"}),
        ),
        ("invite_it_contact", contact("dsync"), json!({"intents": ["directory_sync"]})),
        ("invite_it_contact", contact("Directory Sync"), json!({"intents": ["directory_sync"]})),
        (
            "create_widget_token",
            json!({"organization_id": "org_1", "scopes": ["widgets:directory-sync:manage"]}),
            json!({"organization_id": "org_1", "scopes": ["widgets:dsync:manage"]}),
        ),
    ] {
        let result = server.call(tool, arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        assert_eq!(upstream.received().pop().expect("a request").json(), Some(sent), "{tool}");
    }
}

/// What is seldom needed is no part of the list, and taken all the same.
#[test]
fn what_is_seldom_needed_is_found_and_taken() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &[]);
    let tools = server.ask("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().expect("a list");
    let tool = tools.iter().find(|tool| tool["name"] == "create_user").expect("the tool");
    assert!(tool["inputSchema"]["properties"].get("password_hash").is_none(), "{tool}");
    let found = server.call("find_operations", json!({"query": "create_user with a password hash"}));
    assert!(found.to_string().contains("password_hash_type"), "{found}");
    let hash = json!({"email": "jane@example.com", "password_hash": "x", "password_hash_type": "bcrypt"});
    server.call("create_user", hash.clone());
    assert_eq!(upstream.received().pop().expect("a request").json(), Some(hash));
    // Where nothing else tells it, the list does.
    let mut server = Server::against(&upstream, &["--no-discovery"]);
    let tools = server.ask("tools/list", json!({})).to_string();
    assert!(tools.contains("password_hash_type"));
    let mut server = Server::against(&upstream, &["--toolsets", "all"]);
    let tools = server.ask("tools/list", json!({})).to_string();
    assert!(tools.contains("password_hash_type"));
}
