//! No double writes: every operation against every class of fault, and what arrives is counted.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use common::hostile::{Hostile, faults};
use common::{Answer, KEY, Received, Server, Upstream, fixtures};
use serde_json::{Value, json};
use workos_mcp::api::operations;
use workos_mcp::operation::{Effect, Method, Operation};

/// What a class of faults allows.
#[derive(Clone, Copy)]
enum Allowed {
    /// Nothing is repeated.
    Once,
    /// The same where time runs out, for some before they are sent.
    AtMostOnce,
    /// What changes nothing, or is done once however often it comes, is sent three times.
    Reads,
    /// WorkOS did nothing, so that everything is sent three times.
    All,
}

/// Each with the time for a call: short where it runs out.
const CLASSES: &[(&str, Allowed, &str)] = &[
    ("close", Allowed::Reads, "20"),
    ("reset", Allowed::Reads, "20"),
    ("reset-in-body", Allowed::Reads, "20"),
    ("408", Allowed::Reads, "20"),
    ("500", Allowed::Reads, "20"),
    ("429-short", Allowed::All, "20"),
    ("429-seconds", Allowed::Once, "20"),
    ("stall", Allowed::AtMostOnce, "1"),
    ("stall-in-body", Allowed::AtMostOnce, "1"),
    ("html", Allowed::Once, "20"),
    ("truncated", Allowed::Once, "20"),
    ("empty", Allowed::Once, "20"),
    ("302", Allowed::Once, "20"),
    ("switch", Allowed::Once, "20"),
    ("401", Allowed::Once, "20"),
    ("404", Allowed::Once, "20"),
    ("422", Allowed::Once, "20"),
];

/// Every operation that sends a request, with the arguments and the request of its fixture.
fn calls() -> Vec<(&'static Operation, Value, String)> {
    let mut fixtures = fixtures();
    operations()
        .filter(|operation| operation.method != Method::LINK)
        .map(|operation| {
            let mut fixture = fixtures.remove(operation.name).unwrap_or_else(|| panic!("{}", operation.name));
            let request = fixture["request"].as_str().expect("a request").to_owned();
            (operation, fixture["arguments"].take(), request)
        })
        .collect()
}

/// A server of everything; what each of its calls answered.
fn call_all(
    base: &str,
    timeout: &str,
    environment: &[(&str, &str)],
    before: impl FnOnce(&mut Server),
) -> Vec<Value> {
    let arguments = ["--base-url", base, "--timeout", timeout, "--toolsets", "all", "--access", "full"];
    let settings =
        [("WORKOS_CLIENT_ID", "client_example"), ("WORKOS_REDIRECT_URI", "https://example.com/callback")];
    let mut server = Server::start_with(&arguments, &[&settings, environment].concat());
    server.initialize();
    before(&mut server);
    let ids: Vec<u64> = calls()
        .into_iter()
        .map(|(operation, arguments, _)| {
            server.request("tools/call", json!({"name": operation.name, "arguments": arguments}))
        })
        .collect();
    ids.into_iter().map(|id| server.answer(id)).collect()
}

/// How often each request came.
fn counted<'a>(received: &'a [Received], prefix: &str) -> BTreeMap<String, Vec<&'a Received>> {
    let mut counts: BTreeMap<String, Vec<&Received>> = BTreeMap::new();
    for request in received {
        if let Some(target) = request.target.strip_prefix(prefix) {
            counts.entry(format!("{} {target}", request.method)).or_default().push(request);
        }
    }
    counts
}

/// What each request may come to. Several operations may share one.
fn expected(times: impl Fn(&Operation) -> usize) -> BTreeMap<String, usize> {
    let mut expected = BTreeMap::new();
    for (operation, _, request) in calls() {
        *expected.entry(request).or_default() += times(operation);
    }
    expected
}

fn check_class(upstream: &Hostile, (fault, allowed, timeout): (&str, Allowed, &str)) {
    let prefix = format!("/fault-{fault}.");
    call_all(&format!("{}{prefix}", upstream.url), timeout, &[("WORKOS_API_KEY", KEY)], |_| ());
    let repeats = |operation: &Operation| match allowed {
        Allowed::Reads if operation.effect == Effect::Read || operation.idempotent => 3,
        Allowed::Once | Allowed::AtMostOnce | Allowed::Reads => 1,
        Allowed::All => 3,
    };
    let received = upstream.received();
    let found: BTreeMap<String, usize> =
        counted(&received, &prefix).into_iter().map(|(name, all)| (name, all.len())).collect();
    let expected = expected(repeats);
    assert!(found.len() > expected.len() / 2, "{fault}: only {} requests came", found.len());
    for name in expected.keys().chain(found.keys()) {
        let (found, expected) = (found.get(name), expected.get(name));
        match allowed {
            Allowed::AtMostOnce => assert!(found <= expected, "{fault}: {name}: {found:?}"),
            _ => assert_eq!(found, expected, "{fault}: {name}"),
        }
    }
}

/// Servers side by side: most of the time is waiting.
const SERVERS: usize = 8;

#[test]
fn every_operation_is_sent_as_often_as_each_fault_allows() {
    assert!(calls().len() > 250, "only {} operations", calls().len());
    assert!(CLASSES.iter().all(|(fault, ..)| faults().contains_key(fault)));
    let upstream = Hostile::new();
    std::thread::scope(|scope| {
        for first in 0..SERVERS {
            let upstream = &upstream;
            scope.spawn(move || {
                for class in CLASSES.iter().skip(first).step_by(SERVERS) {
                    check_class(upstream, *class);
                }
            });
        }
    });
}

#[test]
fn nothing_is_sent_twice_where_nobody_listened() {
    let answers = call_all("http://127.0.0.1:1", "20", &[("WORKOS_API_KEY", KEY)], |_| ());
    for answer in &answers {
        let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
        assert!(text.contains("Nothing was sent"), "{answer}");
    }
}

#[test]
fn a_rotated_key_is_tried_once_for_each_call() {
    let path = std::env::temp_dir().join(format!("workos-mcp-rotated-{}", std::process::id()));
    let file = path.to_str().expect("a path").to_owned();
    std::fs::write(&path, "sk_test_example_old").expect("a file");
    let old = |request: &Received| {
        let text = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
        text.contains("sk_test_example_old")
    };
    let upstream = Upstream::new(move |request| {
        if old(request) { Answer::json(401, &Value::Null) } else { Answer::json(200, &json!({"id": "new"})) }
    });
    call_all(&upstream.url, "20", &[("WORKOS_API_KEY_FILE", &file)], |server| {
        server.failure("get_organization", json!({"id": "before"}));
        std::fs::write(&path, "sk_test_example_new").expect("a file");
    });
    let received = upstream.received();
    let accepted = expected(|_| 1);
    for (name, all) in counted(&received, "") {
        let Some(times) = accepted.get(&name) else { continue };
        let refused = all.iter().filter(|request| old(request)).count();
        let allowed: RangeInclusive<usize> = 0..=*times;
        assert_eq!(all.len() - refused, *times, "{name}");
        assert!(allowed.contains(&refused), "{name}: {refused} times with the old key");
    }
    assert!(received.iter().any(old), "the old key was used");
    std::fs::remove_file(&path).expect("the file");
}
