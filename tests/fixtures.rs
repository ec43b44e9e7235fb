//! Every fixture through the built binary: arguments go in by the pipe, the request that
//! arrives upstream is compared, and the answer that comes back.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Answer, KEY, Server, Upstream, fixtures};
use serde_json::{Map, Value, json};

const ENVIRONMENT: &[(&str, &str)] = &[
    ("WORKOS_API_KEY", KEY),
    ("WORKOS_CLIENT_ID", "client_example"),
    ("WORKOS_REDIRECT_URI", "https://example.com/callback"),
];

#[test]
fn every_operation_sends_its_request_and_gives_its_answer() {
    let answer = Arc::new(Mutex::new(Answer::Stall));
    let next = answer.clone();
    let upstream = Upstream::new(move |_| next.lock().expect("the answer").clone());
    let mut server = Server::start_with(&["--toolsets", "all", "--base-url", &upstream.url], ENVIRONMENT);
    server.initialize();

    let fixtures = fixtures();
    assert!(fixtures.len() >= 10, "only {} fixtures", fixtures.len());
    let mut requests = 0;
    for (tool, fixture) in &fixtures {
        let response = fixture.get("response").unwrap_or(&Value::Null);
        let status = fixture.get("status").and_then(Value::as_u64).unwrap_or(200);
        *answer.lock().expect("the answer") =
            Answer::json(u16::try_from(status).expect("a status"), response);

        let result = server.call(tool, fixture["arguments"].clone());
        assert_eq!(result["isError"], false, "{tool}: {result}");
        let text = result["content"][0]["text"].as_str().expect("text");
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), result["structuredContent"], "{tool}");

        let (verb, target) =
            fixture["request"].as_str().expect("a request").split_once(' ').expect("verb and target");
        if verb == "LINK" {
            assert_eq!(upstream.count(), requests, "{tool} sent a request");
            link(tool, &upstream.url, target, &result["structuredContent"]);
            continue;
        }
        requests += 1;
        assert_eq!(upstream.count(), requests, "{tool} sent one request");
        let request = upstream.received().pop().expect("a request");
        assert_eq!((request.method.as_str(), request.target.as_str()), (verb, target), "{tool}");
        assert_eq!(request.json().as_ref(), fixture.get("body"), "{tool}");
        assert_eq!(
            request.headers.get("content-type").map(String::as_str),
            request.json().map(|_| "application/json"),
            "{tool}"
        );
        assert!(request.headers["user-agent"].starts_with("workos-mcp/"), "{tool}");
        assert_eq!(request.headers["accept"], "application/json", "{tool}");
        headers(tool, &request.headers, fixture.get("headers"));

        let mut expected = noiseless(response.clone());
        if expected.is_null() {
            expected = json!({"ok": true});
        } else if expected.is_array() {
            expected = json!({"data": expected});
        }
        if let (Value::Object(expected), Some(key)) =
            (&mut expected, fixture["arguments"].get("idempotency_key"))
        {
            expected.insert("idempotency_key".to_owned(), key.clone());
        }
        let mut answer = noiseless(result["structuredContent"].clone());
        let note = answer.as_object_mut().and_then(|answer| answer.shift_remove("_note"));
        let left_out = note.as_ref().and_then(|note| left_out(note.as_str().expect("text")));
        if let Some(left_out) = left_out {
            let is_list = left_out.starts_with("Left out of the items: ");
            without(left_out, if is_list { &mut expected["data"] } else { &mut expected });
            // Of a large object a part may be shortened.
            if !is_list {
                without(left_out, &mut answer);
            }
        }
        assert_eq!(answer, expected, "{tool}");
    }
}

/// What a note says of what is left out; beside that stand facts.
fn left_out(note: &str) -> Option<&str> {
    let start = note.find("Left out")?;
    let end = note[start..].find(". To see it").expect("how to see it");
    Some(&note[start..start + end])
}

/// Takes out of a value what the note says is left out of it.
fn without(note: &str, value: &mut Value) {
    fn drop(note: &str, path: &str, value: &mut Value) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(object) => {
                object.retain(|name, _| !note.contains(&format!("`{}`", below(name))));
                object.iter_mut().for_each(|(name, value)| drop(note, &below(name), value));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| drop(note, path, item)),
            _ => {}
        }
    }
    drop(note, "", value);
}

/// Headers of the fixture, and the key unless it says otherwise.
fn headers(tool: &str, found: &std::collections::BTreeMap<String, String>, expected: Option<&Value>) {
    let mut expected: Map<String, Value> = expected.and_then(Value::as_object).cloned().unwrap_or_default();
    expected.entry("authorization").or_insert_with(|| format!("Bearer {KEY}").into());
    for (name, value) in expected {
        let found = found.get(&name.to_lowercase()).map(String::as_str);
        assert_eq!(found, value.as_str(), "{tool}: {name}");
    }
}

/// A URL that was built, not fetched.
fn link(tool: &str, base: &str, target: &str, answer: &Value) {
    let url = answer["url"].as_str().expect("a URL");
    match target.split_once("&code_challenge={}") {
        None => assert_eq!(url, format!("{base}{target}"), "{tool}"),
        Some((start, end)) => {
            let rest = url
                .strip_prefix(&format!("{base}{start}&code_challenge="))
                .unwrap_or_else(|| panic!("{tool}: {url}"));
            let challenge = rest.strip_suffix(end).unwrap_or_else(|| panic!("{tool}: {url}"));
            assert_eq!(challenge.len(), 43, "{tool}");
            assert_eq!(answer["code_verifier"].as_str().map(str::len), Some(43), "{tool}");
        }
    }
}

/// Without what answers leave out. Applied to both sides: nothing else may be missing.
fn noiseless(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(name, value)| !(value.is_null() || name == "object" && value.is_string()))
                .map(|(name, value)| (name, noiseless(value)))
                .collect(),
        ),
        Value::Array(items) => items.into_iter().map(noiseless).collect(),
        other => other,
    }
}

/// What a note says was left out can be had by the very path that it names.
#[test]
fn every_path_of_a_note_works() {
    fn holds<'a>(value: &Value, mut path: impl Iterator<Item = &'a str> + Clone) -> bool {
        match value {
            Value::Array(items) => items.iter().any(|item| holds(item, path.clone())),
            Value::Object(object) => match path.next() {
                None => true,
                Some(name) => object.get(name).is_some_and(|value| holds(value, path)),
            },
            _ => path.next().is_none(),
        }
    }
    let fixtures = fixtures();
    let mut seen = Vec::new();
    for (tool, fixture) in &fixtures {
        let operation = workos_mcp::api::operations().find(|operation| operation.name == tool).expect("one");
        if operation.items().is_none() {
            continue;
        }
        let body = fixture["response"].clone();
        let upstream = Upstream::new(move |_| Answer::json(200, &body));
        let mut server = Server::start_with(
            &["--base-url", &upstream.url, "--tools", tool],
            &[("WORKOS_API_KEY", KEY), ("WORKOS_CLIENT_ID", "client_example")],
        );
        server.initialize();
        let answer = server.call(tool, fixture["arguments"].clone())["structuredContent"].take();
        let Some(note) = answer["_note"].as_str().and_then(left_out) else { continue };
        let paths: Vec<&str> = note.split('`').skip(1).step_by(2).collect();
        assert!(!paths.is_empty(), "{tool}: {note}");
        for path in &paths {
            assert!(!holds(&answer["data"], path.split('.')), "{tool}: {path} is there");
        }
        let mut arguments = fixture["arguments"].clone();
        arguments["fields"] = json!(paths);
        let answer = server.call(tool, arguments)["structuredContent"].take();
        assert!(answer["_note"].as_str().and_then(left_out).is_none(), "{tool}: {answer}");
        for path in &paths {
            assert!(holds(&answer["data"], path.split('.')), "{tool}: {path}: {answer}");
        }
        seen.push(format!("{tool}: {}", paths.join(", ")));
    }
    assert!(seen.contains(&"list_events: data.raw_attributes".to_owned()), "{seen:?}");
}

/// Leaving out an argument of the path is one mistake, and told once.
#[test]
fn what_is_missing_is_told_once() {
    let mut server = Server::start(&["--sandbox", "--toolsets", "all"]);
    server.initialize();
    let mut seen = 0;
    for (tool, fixture) in fixtures() {
        let operation = workos_mcp::api::operations().find(|operation| operation.name == tool).expect("one");
        for field in operation.fields {
            let mut arguments = fixture["arguments"].clone();
            let required = operation.path.contains(&format!("{{{}}}", field.name)) && field.default.is_none();
            if !required || arguments.as_object_mut().and_then(|all| all.remove(field.name)).is_none() {
                continue;
            }
            for arguments in [arguments.clone(), {
                let mut with = arguments;
                with[field.name] = Value::Null;
                with
            }] {
                let text = server.failure(&tool, arguments);
                assert_eq!(text.matches(&format!("`{}` ", field.name)).count(), 1, "{tool}: {text}");
                assert_eq!(text.lines().count(), 1, "{tool}: {text}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}
