//! `run_operations`: many calls in one, each treated as if it was alone.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Answer, KEY, Received, Server, Upstream, binary, initialize_params, modern_meta, output};
use serde_json::{Value, json};

const MANY: &str = "run_operations";

/// Answers with an object that has the ID of the path, or a new one.
fn upstream() -> Upstream {
    let mut count = 0;
    Upstream::new(move |request| {
        count += 1;
        object(request, count)
    })
}

fn object(request: &Received, count: usize) -> Answer {
    let path = request.target.split('?').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    match request.method.as_str() {
        "DELETE" => Answer::json(204, &Value::Null),
        "POST" => Answer::json(
            201,
            &json!({"id": format!("new_{count}"), "email": request.json().unwrap_or_default()["email"]}),
        ),
        _ => Answer::json(
            200,
            &json!({"id": last, "name": format!("Name of {last}"), "email": "a@example.com", "note": "long ".repeat(5)}),
        ),
    }
}

fn requests(upstream: &Upstream) -> Vec<String> {
    upstream.received().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
}

fn many(server: &mut Server, arguments: Value) -> Value {
    let mut result = server.call(MANY, arguments);
    assert_eq!(result["isError"], false, "{result}");
    result["structuredContent"].take()
}

fn counts(answer: &Value) -> [u64; 3] {
    ["succeeded", "failed", "not_started"].map(|name| answer[name].as_u64().expect("a count"))
}

fn get_user(id: impl std::fmt::Display) -> Value {
    json!({"name": "get_user", "arguments": {"id": format!("user_{id}")}})
}

#[test]
fn the_tool_is_short_and_its_annotations_follow_the_access() {
    let tool = |arguments: &[&str]| {
        let (out, err, code) = output(binary().arg("--sandbox").args(arguments).args(["tools", "--json"]));
        assert_eq!(code, 0, "{err}");
        let tools: Vec<Value> = serde_json::from_str(&out).expect("JSON");
        tools.into_iter().find(|tool| tool["name"] == MANY)
    };
    let hints = |tool: &Value| {
        ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
            .map(|hint| tool["annotations"][hint] == true)
    };
    let full = tool(&[]).expect("the tool");
    assert_eq!(hints(&full), [false, true, false, true]);
    assert_eq!(hints(&tool(&["--read-only"]).expect("the tool")), [true, false, true, false]);
    let bytes = full["description"].as_str().expect("text").len() + full["inputSchema"].to_string().len();
    assert!(bytes <= 700, "{bytes} bytes");
    for without in [
        &["--exclude-tools", MANY][..],
        &["--exclude-tools", "run_oper*"],
        &["--toolsets", "none", "--discovery", "none"],
        &["--tools", "delete_user", "--read-only"],
    ] {
        assert!(tool(without).is_none(), "{without:?}");
    }
    assert!(tool(&["--tools", "get_user", "--discovery", "none"]).is_some());
    let (_, err, code) = output(binary().args(["--sandbox", "--exclude-tools", "run_operation", "tools"]));
    assert!(code == 2 && err.contains("did you mean `run_operations`?"), "{err}");
}

#[test]
fn calls_are_answered_by_index_and_briefly() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &[]);
    let calls = json!([
        get_user(1),
        {"name": "create_user", "arguments": {"email": "jane@example.com"}},
        {"name": "get_organization", "arguments": "{\"id\":\"org_1\"}", "fields": ["name"]},
    ]);
    let answer = many(&mut server, json!({"calls": calls, "fields": "id"}));
    assert_eq!(counts(&answer), [3, 0, 0]);
    assert_eq!(answer["results"][0], json!({"index": 0, "ok": true, "answer": {"id": "user_1"}}));
    assert_eq!(answer["results"][1]["answer"]["id"], "new_2");
    assert_eq!(answer["results"][2]["answer"], json!({"name": "Name of org_1"}));

    let arguments: Vec<Value> = (0..100).map(|index| json!({"id": format!("user_{index}")})).collect();
    let answer = many(&mut server, json!({"name": "get_user", "arguments": arguments, "fields": ["id"]}));
    assert_eq!((counts(&answer), upstream.count()), ([100, 0, 0], 103));
    for (index, result) in answer["results"].as_array().expect("results").iter().enumerate() {
        assert_eq!(*result, json!({"index": index, "ok": true, "answer": {"id": format!("user_{index}")}}));
    }
}

#[test]
fn what_goes_for_all_is_said_once() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &["--confirm", "never"]);
    let arguments: Vec<Value> = (1..=5).map(|index| json!({"id": format!("om_{index}")})).collect();
    let calls = json!({"name": "deactivate_organization_membership", "arguments": arguments});
    let answer = many(&mut server, calls);
    assert_eq!(counts(&answer), [5, 0, 0], "{answer}");
    let results = answer["results"].as_array().expect("results");
    let remarked: Vec<&Value> = results.iter().filter_map(|result| result["answer"].get("_note")).collect();
    assert!(
        matches!(remarked[..], [note] if note.as_str().is_some_and(|note| note.contains("sessions"))),
        "{answer}"
    );
    assert!(answer["_note"].as_str().is_some_and(|note| note.contains("stands in one of them")), "{answer}");
}

#[test]
fn what_an_earlier_call_answered_goes_on() {
    let upstream = Upstream::new(|request| match request.target.as_str() {
        "/user_management/users" => Answer::json(201, &json!({"id": "user_7", "tags": ["a", "b"]})),
        "/organizations" => Answer::json(
            200,
            &json!({"data": [{"id": "org_1", "a.b": {"c": "x"}}, {"id": "org_2"}], "list_metadata": {}}),
        ),
        _ => Answer::json(201, &json!({"id": "om_1"})),
    });
    let mut server = Server::against(&upstream, &[]);
    let answer = many(
        &mut server,
        json!({"calls": [
            {"name": "list_organizations", "arguments": {}, "fields": ["name", "id"]},
            {"name": "create_user", "arguments": {"email": "a@example.com", "metadata": {"plan": {"from": 0, "field": "data[0][\"a.b\"].c"}}}},
            {"name": "create_organization_membership", "arguments":
                {"user_id": {"from": 1, "field": "id"}, "organization_id": {"from": 0, "field": "data[1].id"}}},
        ]}),
    );
    assert_eq!(counts(&answer), [3, 0, 0], "{answer}");
    let received = upstream.received();
    assert_eq!(received[1].json().expect("a body")["metadata"], json!({"plan": "x"}));
    assert_eq!(received[2].json(), Some(json!({"user_id": "user_7", "organization_id": "org_2"})));
    // `fields` says what is shown, not what there is.
    assert_eq!(answer["results"][0]["answer"]["data"], json!([{"id": "org_1"}, {"id": "org_2"}]));
}

#[test]
fn all_are_checked_before_the_first_is_sent() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &[]);
    let mut calls: Vec<Value> = (0..100).map(get_user).collect();
    calls[40] = json!({"name": "get_user", "arguments": {"id": "org_1"}});
    calls[41] = json!({"name": "get_user", "arguments": {"id": "../organizations"}});
    calls[50] = json!({"name": "get_usr", "arguments": {"id": "user_1"}});
    for index in [60, 61, 63] {
        calls[index] = json!({"name": "create_user", "arguments": {"emial": "a@example.com"}});
    }
    let text = server.failure(MANY, json!({"calls": calls}));
    for part in [
        "Nothing was sent: of 100 calls 6 calls are wrong.",
        "call 40 (`get_user`)",
        "call 41 (`get_user`): `id` cannot be part of a URL path",
        "call 50 (`get_usr`): there is no operation `get_usr`; did you mean `get_user`?",
        "calls 60-61, 63 (`create_user`)",
        "`emial` is not an argument",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for (arguments, part) in [
        (json!({}), "give either `calls`"),
        (json!({"calls": [], "name": "get_user"}), "give either `calls`"),
        (json!({"calls": []}), "from 1 to 100"),
        (json!({"calls": (0..101).map(get_user).collect::<Vec<_>>()}), "from 1 to 100"),
        (json!({"calls": [{"arguments": {}}]}), "`calls[0].name` is required"),
        (json!({"calls": [{"name": "whoami"}]}), "is no operation"),
        (json!({"calls": [{"name": MANY, "arguments": {"calls": []}}]}), "is no operation"),
        (json!({"calls": [{"name": "run_write_operation", "arguments": {}}]}), "name the operation itself"),
        (
            json!({"calls": [{"name": "get_user", "arguments": {"id": {"from": 0, "field": "id"}}}]}),
            "earlier call",
        ),
        (
            json!({"calls": [get_user(1), {"name": "get_user", "arguments": {"id": {"from": 0, "field": ""}}}]}),
            "no path",
        ),
        (
            json!({"calls": [get_user(1), {"name": "update_organization", "arguments": {"id": "org_1", "clear": {"from": 0, "field": "id"}}}]}),
            "comes from no answer",
        ),
        (
            json!({"calls": [get_user(1), {"name": "create_user", "arguments": {"emial": {"from": 0, "field": "id"}}}]}),
            "`emial` is not an argument",
        ),
        (
            json!({"name": "create_user", "arguments": [{"email": "a@b.c"}, {"email": "d@b.c"}, {"email": "a@b.c"}]}),
            "call 2 (`create_user`): it is the same as call 0",
        ),
    ] {
        let text = server.failure(MANY, arguments);
        assert!(text.starts_with("Nothing was sent") && text.contains(part), "{part}: {text}");
    }
    assert_eq!(upstream.count(), 0);
    // The same read twice is no mistake.
    assert_eq!(counts(&many(&mut server, json!({"calls": [get_user(1), get_user(1)]}))), [2, 0, 0]);
}

/// What single calls may not do many may not either, whatever brings it about.
#[test]
fn no_call_gets_past_the_access_level_or_the_reach() {
    let upstream = Upstream::new(|request| match request.target.as_str() {
        "/user_management/users/user_1" if request.method == "GET" => Answer::json(
            200,
            &json!({"id": "user_1", "empty": "", "word": "block", "up": "../../organizations/org_1", "nothing": null}),
        ),
        _ => Answer::json(200, &json!({"id": "x"})),
    });
    let from = |field: &str| json!({"from": 0, "field": field});
    let delete = json!({"name": "delete_user", "arguments": {"id": "user_1"}});
    let mut read = Server::against(&upstream, &["--read-only"]);
    let text = read.failure(
        MANY,
        json!({"calls": [get_user(1), {"name": "create_user", "arguments": {"email": "a@b.c"}}, delete]}),
    );
    assert!(text.contains("call 1") && text.contains("call 2") && text.contains("--access read"), "{text}");
    let mut write = Server::against(&upstream, &["--access", "write"]);
    for call in [
        delete.clone(),
        json!({"name": "update_user", "arguments": {"id": "user_1", "password": from("id")}}),
        json!({"name": "update_organization", "arguments": {"id": "org_1", "domain_data": from("id")}}),
        json!({"name": "update_organization", "arguments": {"id": "org_1", "external_id": ""}}),
        // It may turn out to be the word that destroys.
        json!({"name": "add_radar_list_entry", "arguments": {"type": "ip_address", "action": from("word"), "entry": "192.0.2.1"}}),
    ] {
        let text = write.failure(MANY, json!({"calls": [get_user(1), call]}));
        assert!(text.contains("--access write"), "{text}");
    }
    let mut few = Server::against(&upstream, &["--tools", "get_user", "--discovery", "none"]);
    let text = few.failure(
        MANY,
        json!({"calls": [get_user(1), {"name": "get_organization", "arguments": {"id": "org_1"}}]}),
    );
    assert!(text.contains("started without it"), "{text}");
    let mut without = Server::against(&upstream, &["--exclude-tools", "delete_user"]);
    let text = without.failure(MANY, json!({"calls": [delete]}));
    assert!(text.contains("--exclude-tools"), "{text}");
    assert_eq!(upstream.count(), 0);

    // What an answer turns out to be is held against the same rules.
    for (arguments, part) in [
        (
            json!({"name": "update_organization", "arguments": {"id": "org_1", "external_id": from("empty")}}),
            "neither planned nor confirmed",
        ),
        (
            json!({"name": "update_organization", "arguments": {"id": from("up"), "name": "A"}}),
            "cannot be part of a URL path",
        ),
        (json!({"name": "update_organization", "arguments": {"id": from("id"), "name": "A"}}), "`id`"),
        (
            json!({"name": "update_user", "arguments": {"id": from("nothing"), "first_name": "A"}}),
            "it has `id`",
        ),
        (
            json!({"name": "update_user", "arguments": {"id": from("missing"), "first_name": "A"}}),
            "it has `id`",
        ),
    ] {
        let before = upstream.count();
        for access in ["write", "full"] {
            let mut server = Server::against(&upstream, &["--access", access]);
            let answer = many(&mut server, json!({"calls": [get_user(1), arguments]}));
            assert_eq!(counts(&answer), [1, 1, 0], "{answer}");
            let error = answer["results"][1]["error"].as_str().expect("an error");
            assert!(error.starts_with("Nothing was sent") && error.contains(part), "{part}: {error}");
        }
        assert_eq!(upstream.count(), before + 2, "{part}");
    }
}

#[test]
fn credentials_of_a_live_environment_stay_where_they_are() {
    let upstream = Upstream::new(|_| {
        Answer::json(200, &json!({"id": "invitation_1", "token": "example_token", "email": "a@b.c"}))
    });
    let server = |arguments: &[&str]| {
        let mut all = vec!["--base-url", &upstream.url, "--access", "full", "--confirm", "never"];
        all.extend(arguments);
        let mut server = Server::start_with(&all, &[("WORKOS_API_KEY", "sk_live_example_x")]);
        server.initialize();
        server
    };
    let calls = json!({"calls": [
        {"name": "get_invitation", "arguments": {"id": "invitation_1"}},
        {"name": "create_user", "arguments": {"email": "a@b.c", "first_name": {"from": 0, "field": "token"}}},
    ]});
    let answer = many(&mut server(&[]), calls.clone());
    assert!(!answer.to_string().contains("example_token"), "{answer}");
    assert!(answer["results"][1]["error"].as_str().expect("an error").contains("masked"), "{answer}");
    assert_eq!(upstream.count(), 1);
    // What nobody could have is not made, nor anything before it.
    let keys = json!({"calls": [get_user(1), {"name": "create_organization_api_key", "arguments": {"organization_id": "org_1", "name": "A"}}]});
    let text = server(&[]).failure(MANY, keys);
    assert!(text.contains("call 1") && text.contains("--secrets-dir"), "{text}");
    assert_eq!(upstream.count(), 1);
}

#[test]
fn failures_are_told_and_stop_what_needs_them() {
    let upstream = Upstream::new(|request| match request.target.as_str() {
        "/user_management/users" if request.json().unwrap_or_default()["email"] == "lost@b.c" => {
            Answer::Raw(Vec::new())
        }
        "/user_management/users" => Answer::json(201, &json!({"id": "user_1"})),
        "/user_management/users/user_404" => Answer::json(404, &json!({"message": "User not found"})),
        _ => Answer::json(200, &json!({"id": "x"})),
    });
    let mut server = Server::against(&upstream, &[]);
    let create = |email: &str| json!({"name": "create_user", "arguments": {"email": email}});
    let calls = json!([
        create("a@b.c"), create("lost@b.c"), get_user(404), create("c@b.c"),
        {"name": "update_user", "arguments": {"id": {"from": 1, "field": "id"}, "first_name": "A"}},
        {"name": "update_user", "arguments": {"id": {"from": 4, "field": "id"}, "first_name": "A"}},
        {"name": "update_user", "arguments": {"id": {"from": 3, "field": "id"}, "first_name": "A"}},
    ]);
    let answer = many(&mut server, json!({"calls": calls}));
    assert_eq!(counts(&answer), [3, 2, 2], "{answer}");
    let results = &answer["results"];
    assert_eq!(results[1]["may_have_taken_effect"], true);
    assert!(
        results[2].get("may_have_taken_effect").is_none()
            && results[2]["error"].as_str().expect("text").contains("404")
    );
    assert_eq!(
        (&results[4]["not_started"], &results[5]["not_started"]),
        (&json!("it needs the answer of call 1"), &json!("it needs the answer of call 4"))
    );
    assert_eq!(upstream.count(), 5);

    let answer = many(&mut server, json!({"calls": calls, "stop_on_error": true}));
    assert_eq!(counts(&answer), [1, 1, 5], "{answer}");
    assert_eq!(answer["results"][6]["not_started"], "call 1 failed");
    assert_eq!(upstream.count(), 7);

    let result = server.call(MANY, json!({"calls": [get_user(404)]}));
    assert_eq!(result["isError"], true, "{result}");
    assert!(result["content"][0]["text"].as_str().expect("text").contains("\"failed\":1"), "{result}");
}

#[test]
fn a_key_that_is_refused_is_not_tried_a_hundred_times() {
    let upstream = Upstream::answering(Answer::json(401, &json!({"message": "Unauthorized"})));
    let mut server = Server::against(&upstream, &[]);
    let arguments: Vec<Value> = (0..100).map(|index| json!({"email": format!("{index}@b.c")})).collect();
    let result = server.call(MANY, json!({"name": "create_user", "arguments": arguments}));
    let text = result["content"][0]["text"].as_str().expect("text");
    assert!(result["isError"] == true && text.contains("a reason that concerns all"), "{text}");
    assert!(upstream.count() <= 4, "{}", upstream.count());
}

#[test]
fn too_many_requests_are_waited_out_and_nothing_is_done_twice() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let upstream = Upstream::new(move |request| {
        let email = request.json().unwrap_or_default()["email"].as_str().unwrap_or_default().to_owned();
        let times = seen.entry(email.clone()).or_default();
        *times += 1;
        // More often than one call repeats by itself.
        if email.starts_with("slow") && *times <= 4 {
            return Answer::json(429, &json!({})).with("retry-after", "0");
        }
        Answer::json(201, &json!({"id": email}))
    });
    let mut server = Server::against(&upstream, &[]);
    let emails = ["a@b.c", "slow@b.c", "c@b.c", "d@b.c"];
    let arguments: Vec<Value> = emails.iter().map(|email| json!({"email": email})).collect();
    let answer = many(&mut server, json!({"name": "create_user", "arguments": arguments}));
    assert_eq!(counts(&answer), [4, 0, 0], "{answer}");
    for (index, email) in emails.iter().enumerate() {
        assert_eq!(answer["results"][index]["answer"]["id"], *email);
    }
    assert_eq!(upstream.count(), 3 + 5);
}

/// So many requests were on their way at the same time at most.
fn most_at_a_time(calls: &Value) -> (usize, usize) {
    use std::io::{BufReader, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let counts = Arc::new([const { AtomicUsize::new(0) }; 3]);
    let seen = counts.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counts = counts.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&stream);
                while common::read_request(&mut reader).is_some() {
                    let [now, most, all] = &*counts;
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    all.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(30));
                    now.fetch_sub(1, Ordering::SeqCst);
                    if (&stream)
                        .write_all(b"HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\n{\"id\":\"x\"}")
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    let mut server = Server::start(&["--base-url", &url]);
    server.initialize();
    let answer = many(&mut server, calls.clone());
    assert_eq!(answer["failed"], 0, "{answer}");
    (seen[1].load(Ordering::SeqCst), seen[2].load(Ordering::SeqCst))
}

#[test]
fn reads_go_together_and_changes_in_their_order() {
    let update = |index: usize, id: usize| json!({"name": "update_user", "arguments": {"id": format!("user_{id}"), "first_name": index.to_string()}});
    let reads: Vec<Value> = (0..24).map(get_user).collect();
    let (most, all) = most_at_a_time(&json!({"calls": reads}));
    assert!((3..=8).contains(&most) && all == 24, "{most} of {all}");
    let others: Vec<Value> = (0..12).map(|index| update(index, index)).collect();
    let (most, all) = most_at_a_time(&json!({"calls": others}));
    assert!((2..=4).contains(&most) && all == 12, "{most} of {all}");
    let same: Vec<Value> = (0..8).map(|index| update(index, 1)).collect();
    assert_eq!(most_at_a_time(&json!({"calls": same})), (1, 8));
    let mixed: Vec<Value> =
        (0..8).map(|index| if index % 2 == 0 { update(index, index) } else { get_user(index) }).collect();
    assert_eq!(most_at_a_time(&json!({"calls": mixed})), (1, 8));
    let chain: Vec<Value> = (0..6)
        .map(|index| match index {
            0 => get_user(0),
            _ => json!({"name": "get_user", "arguments": {"id": {"from": index - 1, "field": "id"}}}),
        })
        .collect();
    assert_eq!(most_at_a_time(&json!({"calls": chain})), (1, 6));
}

#[test]
fn no_more_requests_a_second_than_workos_takes() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"data": [], "list_metadata": {}})));
    let mut server = Server::against(&upstream, &[]);
    let arguments: Vec<Value> =
        (0..6).map(|index| json!({"directory": format!("directory_{index}")})).collect();
    let start = std::time::Instant::now();
    let answer = many(&mut server, json!({"name": "list_directory_users", "arguments": arguments}));
    assert_eq!(counts(&answer), [6, 0, 0], "{answer}");
    assert!(start.elapsed() > Duration::from_millis(1_250), "{:?}", start.elapsed());
}

/// Wherever a value may come from an earlier answer, nothing else is taken for wrong because of that.
#[test]
fn every_argument_of_every_operation_can_come_from_an_answer() {
    use workos_mcp::client::Client;
    use workos_mcp::tools::policy::Policy;
    use workos_mcp::tools::selection::Selection;
    use workos_mcp::tools::toolbox::{Resolved, Toolbox};
    let client = Client::builder()
        .sandbox(true)
        .client_id("client_example")
        .redirect_uri("https://example.com/cb")
        .build();
    let selection = Selection { toolsets: vec!["all".to_owned()], ..Selection::default() };
    let toolbox = Toolbox::new(client, selection.resolve().expect("names"), Policy::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut count = 0;
    for (tool, fixture) in common::fixtures() {
        for argument in
            fixture["arguments"].as_object().expect("arguments").keys().filter(|name| *name != "clear")
        {
            let mut arguments = fixture["arguments"].clone();
            arguments[argument] = json!({"from": 0, "field": "id"});
            let calls = json!({"calls": [get_user(1), {"name": tool, "arguments": arguments}]});
            let Value::Object(calls) = calls else { panic!("an object") };
            match runtime.block_on(toolbox.resolve(MANY, calls)) {
                Ok(Resolved::Many(plan)) => {
                    let planned = &plan.calls[1];
                    let alone =
                        planned.operation.effect_of(fixture["arguments"].as_object().expect("arguments"));
                    assert!(
                        planned.effect == alone || planned.effect == workos_mcp::operation::Effect::Delete,
                        "{tool} {argument}"
                    );
                    count += 1;
                }
                Ok(_) => panic!("{tool}"),
                Err(error) => panic!("{tool} {argument}: {error}"),
            }
        }
    }
    assert!(count > 600, "{count}");
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

fn destroying() -> Value {
    let mut calls: Vec<Value> = (0..30)
        .map(|index| json!({"name": "delete_user", "arguments": {"id": format!("user_{index}")}}))
        .collect();
    calls.push(json!({"name": "create_user", "arguments": {"email": "a@b.c"}}));
    calls.push(json!({"name": "update_organization", "arguments": {"id": "org_1", "domain_data": []}}));
    calls.push(json!({"name": "delete_organization", "arguments": {"id": {"from": 30, "field": "id"}}}));
    json!({ "calls": calls })
}

fn changed(upstream: &Upstream) -> usize {
    upstream.received().iter().filter(|request| request.method != "GET").count()
}

#[test]
fn the_user_is_asked_once_about_all_that_will_be_destroyed() {
    for (action, sent) in [("accept", 32), ("decline", 0), ("cancel", 0)] {
        let upstream = upstream();
        let mut server = asking(&upstream, &[]);
        let id = server.request("tools/call", json!({"name": MANY, "arguments": destroying()}));
        let question = server.receive();
        assert_eq!(question["method"], "elicitation/create", "{question}");
        let message = question["params"]["message"].as_str().expect("a question");
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[0], "In a staging (test) environment:");
        assert_eq!(lines[1], "Destroy something with 32 of 33 calls?");
        assert!(lines[2].starts_with("30 × Delete user: Delete "), "{message}");
        assert_eq!(lines[5], r#"0. Delete user "Name of user_0", id: "user_0""#);
        // All of it is named, the last too.
        for part in ["\"user_29\"", "\"org_1\"", "`id` of call 30", "12 others"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert_eq!(changed(&upstream), 0, "asked first");
        server.send(
            &json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": action, "content": {}}}),
        );
        let answer = server.answer(id);
        // The made-up ID of a user is none of an organization.
        assert_eq!(
            (&answer["result"]["isError"], changed(&upstream)),
            (&json!(sent == 0), sent + usize::from(sent > 0)),
            "{answer}"
        );
    }
    let upstream = upstream();
    let mut server = asking(&upstream, &[]);
    assert_eq!(
        counts(&many(
            &mut server,
            json!({"calls": [get_user(1), {"name": "create_user", "arguments": {"email": "a@b.c"}}]})
        )),
        [2, 0, 0]
    );
    let mut server = Server::against(&upstream, &["--confirm", "always"]);
    let text = server.failure(MANY, destroying());
    assert!(text.contains("cannot ask"), "{text}");
    assert_eq!(changed(&upstream), 1);
}

#[test]
fn a_confirmation_holds_for_these_calls_alone() {
    let upstream = upstream();
    let mut server = Server::start(&["--base-url", &upstream.url]);
    let mut ask = |arguments: &Value, state: Option<&Value>| {
        let mut meta = modern_meta();
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {"form": {}}});
        let mut params = json!({"name": MANY, "arguments": arguments, "_meta": meta});
        if let Some(state) = state {
            params["requestState"] = state.clone();
            params["inputResponses"] = json!({"confirm": {"action": "accept", "content": {}}});
        }
        server.ask("tools/call", params)
    };
    let two = json!({"name": "delete_user", "arguments": [{"id": "user_1"}, {"id": "user_2"}]});
    let question = ask(&two, None);
    let state = question["result"]["requestState"].clone();
    assert_eq!(question["result"]["resultType"], "input_required", "{question}");
    for other in [
        json!({"name": "delete_user", "arguments": [{"id": "user_1"}, {"id": "user_3"}]}),
        json!({"name": "delete_user", "arguments": [{"id": "user_2"}, {"id": "user_1"}]}),
        json!({"name": "delete_user", "arguments": [{"id": "user_1"}, {"id": "user_2"}, {"id": "user_3"}]}),
        json!({"name": "delete_user", "arguments": [{"id": "user_1"}]}),
    ] {
        let answer = ask(&other, Some(&state));
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    assert_eq!(changed(&upstream), 0);
    let answer = ask(&two, Some(&state));
    assert_eq!(counts(&answer["result"]["structuredContent"]), [2, 0, 0], "{answer}");
    assert_eq!(ask(&two, Some(&state))["error"]["code"], -32602);
    assert_eq!(changed(&upstream), 2);
}

#[test]
fn each_call_has_its_line_in_the_audit_log() {
    let path = std::env::temp_dir().join(format!("workos-mcp-many-audit-{}", std::process::id()));
    let upstream = upstream();
    let mut server = asking(&upstream, &["--audit-log", path.to_str().expect("a path")]);
    let calls = json!({"calls": [
        get_user(1),
        {"name": "create_user", "arguments": {"email": "a@b.c", "password": "example_password"}},
        {"name": "delete_user", "arguments": {"id": "user_2"}},
        {"name": "update_user", "arguments": {"id": {"from": 0, "field": "name"}, "first_name": "A"}},
        {"name": "update_user", "arguments": {"id": {"from": 0, "field": "none"}, "first_name": "A"}},
    ]});
    let id = server.request("tools/call", json!({"name": MANY, "arguments": calls}));
    let question = server.receive();
    server.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}}));
    server.answer(id);
    server.failure(MANY, json!({"calls": [get_user(1), {"name": "delete_user", "arguments": {"id": ".."}}]}));
    server.failure(MANY, json!({"calls": 5}));
    let text = std::fs::read_to_string(&path).expect("the file");
    std::fs::remove_file(&path).expect("the file");
    assert!(!text.contains("example_password"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let seen: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line["tool"].as_str().expect("a tool"), line["decision"].as_str().expect("a decision")))
        .collect();
    assert_eq!(
        seen,
        [
            ("create_user", "allowed"),
            ("delete_user", "confirmed"),
            ("update_user", "refused"),
            ("update_user", "allowed"),
            ("delete_user", "refused"),
            (MANY, "refused"),
        ],
        "{text}"
    );
}

#[test]
fn a_cancelled_batch_starts_nothing_more() {
    let upstream =
        Upstream::new(
            |request| {
                if request.target.ends_with("user_2") { Answer::Stall } else { object(request, 0) }
            },
        );
    let mut server = Server::against(&upstream, &[]);
    let calls: Vec<Value> = (0..20)
        .map(|index| json!({"name": if index % 2 == 0 { "update_user" } else { "get_user" }, "arguments": {"id": format!("user_{index}")}}))
        .map(|mut call| {
            if call["name"] == "update_user" {
                call["arguments"]["first_name"] = "A".into();
            }
            call
        })
        .collect();
    let id = server.request("tools/call", json!({"name": MANY, "arguments": {"calls": calls}}));
    upstream.wait_for(3);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    assert_eq!(server.call("get_organization", json!({"id": "org_99"}))["isError"], false);
    assert_eq!(requests(&upstream).len(), 4);
    assert!(server.receive_within(Duration::from_millis(100)).is_none(), "a cancelled call is not answered");

    // A client that leaves has its answer all the same.
    let id = server
        .request("tools/call", json!({"name": MANY, "arguments": {"calls": [get_user(5), get_user(6)]}}));
    server.close();
    let rest = server.rest();
    let answer = rest.iter().find(|message| message["id"] == id).expect("the answer");
    assert_eq!(counts(&answer["result"]["structuredContent"]), [2, 0, 0], "{answer}");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_stopped_says_what_was_not_started() {
    let upstream = Upstream::new(|request| {
        if request.target.ends_with("user_1") {
            std::thread::sleep(Duration::from_millis(300));
        }
        object(request, 0)
    });
    let mut server = Server::against(&upstream, &[]);
    let update = |index: usize| json!({"name": "update_user", "arguments": {"id": format!("user_{index}"), "first_name": "A"}});
    let calls = json!([update(0), get_user(0), update(1), get_user(1), update(2)]);
    let id = server.request("tools/call", json!({"name": MANY, "arguments": {"calls": calls}}));
    upstream.wait_for(3);
    server.signal("-TERM");
    let answer = server.answer(id);
    let answer = &answer["result"]["structuredContent"];
    assert_eq!(counts(answer), [3, 0, 2], "{answer}");
    assert_eq!(answer["results"][4]["not_started"], "the server was told to stop");
    assert_eq!(upstream.count(), 3);
}

#[test]
fn long_answers_are_shortened_and_nothing_that_happened_is_lost() {
    let upstream = Upstream::new(|request| {
        match request.target.rsplit('_').next().and_then(|id| id.parse::<usize>().ok()) {
            Some(7) => Answer::json(404, &json!({"message": "x".repeat(5_000)})),
            _ => Answer::json(
                200,
                &json!({"id": "user_1", "email": "a@b.c", "metadata": {"x": "y".repeat(2_000)}}),
            ),
        }
    });
    let mut server = Server::against(&upstream, &["--max-answer", "20KB"]);
    let arguments: Vec<Value> = (0..50).map(|index| json!({"id": format!("user_{index}")})).collect();
    let answer = many(&mut server, json!({"name": "get_user", "arguments": arguments}));
    assert!(answer.to_string().len() <= 20_000, "{}", answer.to_string().len());
    assert_eq!(counts(&answer), [49, 1, 0]);
    assert!(answer["_note"].as_str().expect("a note").contains("fields"), "{answer}");
    let few = json!({"name": "get_user", "arguments": arguments, "fields": ["email"]});
    let answer = many(&mut server, few);
    assert!(
        answer.get("_note").is_none() && answer["results"][49]["answer"] == json!({"email": "a@b.c"}),
        "{answer}"
    );
}

#[test]
fn progress_is_told_to_who_wants_to_know() {
    let upstream = upstream();
    let mut server = Server::against(&upstream, &[]);
    let calls = json!({"calls": [get_user(1), get_user(2), get_user(3)]});
    let id = server
        .request("tools/call", json!({"name": MANY, "arguments": calls, "_meta": {"progressToken": "p"}}));
    let mut seen = Vec::new();
    loop {
        let message = server.receive();
        if message["id"] == id {
            break;
        }
        assert_eq!(message["params"]["total"], 3.0, "{message}");
        seen.push(message["params"]["progress"].as_f64().expect("a number"));
    }
    assert_eq!(seen, [1.0, 2.0, 3.0]);
}

#[test]
fn the_command_line_runs_many_too() {
    let upstream = upstream();
    let run = |arguments: &Value| {
        let (out, err, code) = output(binary().env("WORKOS_API_KEY", KEY).args([
            "--base-url",
            &upstream.url,
            "call",
            MANY,
            "--json",
            &arguments.to_string(),
        ]));
        (out, err, code)
    };
    let (out, err, code) = run(&json!({"calls": [get_user(1), get_user(2)], "fields": ["id"]}));
    assert_eq!(code, 0, "{err}");
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["results"][1]["answer"], json!({"id": "user_2"}));
    let (_, err, code) = run(&json!({"calls": [{"name": "get_user", "arguments": {"id": ".."}}]}));
    assert_eq!(code, 2, "{err}");
}
