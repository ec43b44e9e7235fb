//! Connections over TLS: opened ahead, one for all, left when they are dead or stuck; and what
//! HTTP/2 says of requests that it did not process.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;
#[path = "common/tls_upstream.rs"]
mod tls_upstream;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use workos_mcp::api::organizations::GetOrganization;
use workos_mcp::client::Client;

use common::{Answer, KEY, Server, TIMEOUT, Upstream, initialize_params, modern_meta};
use tls_upstream::{Reply, Setup, TlsRequest, TlsUpstream};

/// A dead or stuck connection is noticed within so much time.
const NOTICED: Duration = Duration::from_secs(5);
/// Less than the first pause before an attempt.
const AT_ONCE: Duration = Duration::from_millis(120);

/// An organization, or a list of them.
fn organization(_: &TlsRequest) -> Reply {
    Reply::json(200, &json!({"object": "organization", "id": "org_1", "name": "A", "data": []}))
}

/// A server of this upstream, with these further arguments.
fn started(upstream: &TlsUpstream, arguments: &[&str]) -> Server {
    started_with(upstream, arguments, &[])
}

fn started_with(upstream: &TlsUpstream, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
    let ca_file = upstream.ca_file.to_string_lossy();
    let mut all = vec!["--base-url", &upstream.url, "--ca-file", &ca_file];
    all.extend(arguments);
    let mut variables = vec![("WORKOS_API_KEY", KEY)];
    variables.extend(environment);
    Server::start_with(&all, &variables)
}

/// The same, initialized, and connected.
fn connected(upstream: &TlsUpstream) -> Server {
    let mut server = started(upstream, &[]);
    server.initialize();
    wait(|| upstream.handshakes() == 1);
    server
}

fn wait(mut until: impl FnMut() -> bool) {
    let start = Instant::now();
    while !until() {
        assert!(start.elapsed() < TIMEOUT, "it does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn get(server: &mut Server) -> Value {
    let result = server.call("get_organization", json!({"id": "org_1"}));
    assert_eq!(result["structuredContent"]["id"], "org_1", "{result}");
    result
}

/// A write that must not be done twice.
fn create(server: &mut Server) -> Value {
    server.call("create_organization", json!({"name": "A"}))
}

/// Arguments, and variables with their values.
type Settings<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().expect("text")
}

fn requests(upstream: &TlsUpstream) -> Vec<(String, usize)> {
    upstream.requests().into_iter().map(|request| (request.method, request.connection)).collect()
}

#[test]
fn a_connection_is_opened_after_initialize_and_carries_the_first_call() {
    let upstream = TlsUpstream::new(organization);
    let mut server = started(&upstream, &[]);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(upstream.connections(), 0, "before anybody is there");
    // The answer alone is enough.
    server.ask("initialize", initialize_params("2025-11-25"));
    wait(|| upstream.handshakes() == 1);
    std::thread::sleep(Duration::from_millis(100));
    let ahead = upstream.requests();
    assert!(ahead.is_empty(), "nothing is asked for: {ahead:?}");
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    get(&mut server);
    let requests = upstream.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((&*request.method, &*request.path), ("GET", "/organizations/org_1"));
    assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn a_client_without_a_handshake_has_a_connection_after_its_first_request() {
    let upstream = TlsUpstream::new(organization);
    let mut server = started(&upstream, &[]);
    let answer = server.ask("server/discover", json!({"_meta": modern_meta()}));
    assert!(answer.get("result").is_some(), "{answer}");
    wait(|| upstream.handshakes() == 1);
    let call = json!({"name": "get_organization", "arguments": {"id": "org_1"}, "_meta": modern_meta()});
    let answer = server.ask("tools/call", call);
    assert_eq!(answer["result"]["structuredContent"]["id"], "org_1", "{answer}");
    assert_eq!((upstream.connections(), upstream.count()), (1, 1));
}

#[test]
fn a_call_during_the_opening_goes_out_as_soon_as_the_connection_stands() {
    let delay = Duration::from_millis(150);
    let upstream = TlsUpstream::with(Setup { delay, ..Setup::default() }, organization);
    let mut server = started(&upstream, &[]);
    server.initialize();
    wait(|| upstream.connections() == 1);
    let start = Instant::now();
    get(&mut server);
    // TLS takes one round trip here, and the call another.
    let elapsed = start.elapsed();
    assert!(elapsed < delay * 6, "{elapsed:?}");
    assert_eq!((upstream.connections(), upstream.count()), (1, 1));
}

#[test]
fn nothing_is_opened_ahead_where_that_is_not_wanted() {
    let upstream = TlsUpstream::new(organization);
    let cases: [Settings; 3] =
        [(&["--no-warm-up"], &[]), (&[], &[("WORKOS_MCP_NO_WARM_UP", "1")]), (&["--sandbox"], &[])];
    for (arguments, environment) in cases {
        let mut server = started_with(&upstream, arguments, environment);
        server.initialize();
        server.ask("tools/list", json!({}));
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(upstream.connections(), 0, "{arguments:?} {environment:?}");
    }
    let mut server = started(&upstream, &["--no-warm-up"]);
    server.initialize();
    get(&mut server);
    assert_eq!((upstream.connections(), upstream.count()), (1, 1));
}

#[test]
fn the_key_does_not_travel_ahead() {
    // HTTP/1.1 is kept by a request alone.
    let upstream = TlsUpstream::with(Setup { http1: true, ..Setup::default() }, organization);
    let mut server = started(&upstream, &[]);
    server.initialize();
    wait(|| upstream.count() == 1);
    let ahead = upstream.requests().remove(0);
    assert_eq!((&*ahead.method, &*ahead.path), ("HEAD", "/"));
    assert!(!format!("{ahead:?}").contains(KEY), "{ahead:?}");
    std::thread::sleep(Duration::from_millis(50));
    get(&mut server);
    assert_eq!((upstream.connections(), upstream.count()), (1, 2));
}

#[test]
fn what_cannot_be_opened_ahead_is_told_by_the_call() {
    let upstream = TlsUpstream::new(organization);
    // An authority that the system does not know.
    let log = std::env::temp_dir().join(format!("workos-mcp-log-{}", uuid::Uuid::new_v4()));
    let logged = || std::fs::read_to_string(&log).unwrap_or_default();
    let place = log.to_string_lossy();
    let arguments = ["--base-url", &upstream.url, "--log-level", "debug", "--log-file", &place];
    let mut server = Server::start_with(&arguments, &[("WORKOS_API_KEY", KEY)]);
    server.initialize();
    wait(|| logged().contains("no connection was opened ahead"));
    let failure = server.failure("get_organization", json!({"id": "org_1"}));
    assert!(failure.contains("comes from an authority that this machine does not trust"), "{failure}");
    assert!(failure.contains("--ca-file"), "{failure}");
    assert!(!logged().contains(KEY));
    drop(server);
    let _ = std::fs::remove_file(log);
}

#[test]
fn calls_at_once_on_a_cold_start_share_one_connection() {
    for (arguments, delay) in [(&["--no-warm-up"][..], 0), (&[], 0), (&["--no-warm-up"], 20)] {
        let setup = Setup { delay: Duration::from_millis(delay), ..Setup::default() };
        let upstream = TlsUpstream::with(setup, organization);
        let mut server = started(&upstream, arguments);
        server.initialize();
        let call = json!({"name": "get_organization", "arguments": {"id": "org_1"}});
        let ids: Vec<u64> = (0..16).map(|_| server.request("tools/call", call.clone())).collect();
        for id in ids {
            let answer = server.answer(id);
            assert_eq!(answer["result"]["structuredContent"]["id"], "org_1", "{answer}");
        }
        assert_eq!((upstream.connections(), upstream.count()), (1, 16), "{arguments:?}");
        // And once more when the connection is gone.
        upstream.close_all();
        std::thread::sleep(Duration::from_millis(50));
        let ids: Vec<u64> = (0..16).map(|_| server.request("tools/call", call.clone())).collect();
        for id in ids {
            let answer = server.answer(id);
            assert_eq!(answer["result"]["structuredContent"]["id"], "org_1", "{answer}");
        }
        assert_eq!((upstream.connections(), upstream.count()), (2, 32), "{arguments:?}");
        assert_eq!(upstream.resumed(), 1, "the session goes on");
    }
}

#[test]
fn when_the_first_connection_fails_the_next_call_connects() {
    let upstream = TlsUpstream::new(organization);
    upstream.close_next(1);
    let mut server = started(&upstream, &["--no-warm-up"]);
    server.initialize();
    let call = json!({"name": "get_organization", "arguments": {"id": "org_1"}});
    let ids: Vec<u64> = (0..16).map(|_| server.request("tools/call", call.clone())).collect();
    for id in ids {
        let answer = server.answer(id);
        assert_eq!(answer["result"]["structuredContent"]["id"], "org_1", "{answer}");
    }
    assert_eq!((upstream.connections(), upstream.handshakes(), upstream.count()), (2, 1, 16));
    // And where all fail, each says why.
    upstream.listen(false);
    let ids: Vec<u64> = (0..16).map(|_| server.request("tools/call", call.clone())).collect();
    for id in ids {
        let answer = server.answer(id);
        let told = text(&answer["result"]);
        assert!(told.contains("Cannot connect") && told.contains("Connection refused"), "{told}");
    }
}

#[test]
fn nobody_waits_where_a_connection_carries_one_request() {
    let answer_time = Duration::from_secs(1);
    let respond = move |_: &TlsRequest| Reply::Late(answer_time, 200, r#"{"id":"org_1"}"#.into());
    let upstream = TlsUpstream::with(Setup { http1: true, ..Setup::default() }, respond);
    let mut server = started(&upstream, &["--no-warm-up"]);
    server.initialize();
    let call = json!({"name": "get_organization", "arguments": {"id": "org_1"}});
    let start = Instant::now();
    let ids: Vec<u64> = (0..8).map(|_| server.request("tools/call", call.clone())).collect();
    for id in ids {
        server.answer(id);
    }
    assert!(start.elapsed() < answer_time * 4, "{:?}", start.elapsed());
    assert!(upstream.connections() > 1 && upstream.count() == 8, "{}", upstream.connections());
}

#[test]
fn a_stuck_connection_is_left_and_a_read_goes_over_a_new_one() {
    let upstream = TlsUpstream::new(organization);
    let mut server = connected(&upstream);
    get(&mut server);
    upstream.fall_silent();
    let start = Instant::now();
    get(&mut server);
    let elapsed = start.elapsed();
    assert!(elapsed < NOTICED, "{elapsed:?}");
    assert_eq!(upstream.connections(), 2);
    // And what comes after it.
    get(&mut server);
    assert_eq!(requests(&upstream), [0, 1, 1].map(|connection| ("GET".to_owned(), connection)));
}

#[test]
fn a_write_on_a_stuck_connection_is_not_repeated() {
    let upstream = TlsUpstream::new(organization);
    let mut server = connected(&upstream);
    get(&mut server);
    upstream.fall_silent();
    let start = Instant::now();
    let result = create(&mut server);
    assert!(start.elapsed() < NOTICED, "{:?}", start.elapsed());
    assert_eq!(result["isError"], true, "{result}");
    assert!(text(&result).contains("may have taken effect"), "{result}");
    assert_eq!(upstream.count(), 1, "only the read arrived");
    get(&mut server);
    assert_eq!(upstream.connections(), 2);
}

#[test]
fn a_connection_that_dies_while_idle_costs_nothing() {
    let upstream = TlsUpstream::new(organization);
    let mut server = connected(&upstream);
    upstream.fall_silent();
    std::thread::sleep(NOTICED);
    // A write, which would be lost on it.
    let result = create(&mut server);
    assert_ne!(result["isError"], true, "{result}");
    assert_eq!((upstream.connections(), upstream.count()), (2, 1));
}

#[test]
fn a_connection_lives_through_a_pause_and_a_slow_answer() {
    let slow = NOTICED;
    let respond = move |request: &TlsRequest| match &*request.path {
        "/organizations/org_slow" => Reply::Late(slow, 200, r#"{"id":"org_slow"}"#.into()),
        _ => organization(request),
    };
    let upstream = TlsUpstream::new(respond);
    let mut server = connected(&upstream);
    let result = server.call("get_organization", json!({"id": "org_slow"}));
    assert_eq!(result["structuredContent"]["id"], "org_slow", "{result}");
    std::thread::sleep(NOTICED);
    get(&mut server);
    assert_eq!((upstream.connections(), upstream.count()), (1, 2));
}

#[test]
fn a_first_connection_that_never_says_a_word_holds_nobody_up_for_long() {
    let upstream = TlsUpstream::new(organization);
    upstream.mute_new(true);
    let mut server = started(&upstream, &[]);
    server.initialize();
    wait(|| upstream.connections() == 1);
    upstream.mute_new(false);
    let start = Instant::now();
    get(&mut server);
    assert!(start.elapsed() < NOTICED, "{:?}", start.elapsed());
    assert_eq!((upstream.connections(), upstream.count()), (2, 1));
}

#[test]
fn an_upstream_that_restarts_between_calls_is_found_again() {
    let upstream = TlsUpstream::new(organization);
    let mut server = connected(&upstream);
    get(&mut server);
    upstream.listen(false);
    let failure = server.failure("get_organization", json!({"id": "org_1"}));
    assert!(failure.contains("Connection refused") && failure.contains("Nothing was sent"), "{failure}");
    upstream.listen(true);
    std::thread::sleep(Duration::from_millis(50));
    let result = create(&mut server);
    assert_ne!(result["isError"], true, "{result}");
    assert_eq!(upstream.count(), 2);
}

/// Answers all but the first write, which it meets with this.
fn first_write(reply: Reply) -> impl Fn(&TlsRequest) -> Reply + Send + Sync {
    let writes = AtomicUsize::new(0);
    move |request| match &*request.method {
        "POST" if writes.fetch_add(1, Ordering::SeqCst) == 0 => reply.clone(),
        _ => organization(request),
    }
}

/// How long a write takes that is not processed at first.
fn rejected_once(reply: &Reply) -> Duration {
    let upstream = TlsUpstream::new(first_write(reply.clone()));
    let mut server = connected(&upstream);
    get(&mut server);
    let start = Instant::now();
    let result = create(&mut server);
    let elapsed = start.elapsed();
    assert_ne!(result["isError"], true, "{reply:?}: {result}");
    assert_eq!(upstream.unprocessed(), 1, "{reply:?}");
    let writes = upstream.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(writes, 1, "{reply:?}");
    elapsed
}

#[test]
fn a_write_that_was_not_processed_is_sent_again_at_once() {
    // With no error, and with "calm down".
    for reply in [Reply::Refused, Reply::GoAway(0), Reply::GoAway(11)] {
        // A machine that is busy takes its time, though not always.
        let fastest = (0..10).map(|_| rejected_once(&reply)).find(|elapsed| *elapsed < AT_ONCE);
        assert!(fastest.is_some(), "{reply:?}: it waits");
    }
}

#[test]
fn a_goaway_that_crosses_a_write_costs_no_write() {
    let setup = Setup { delay: Duration::from_millis(40), ..Setup::default() };
    let upstream = TlsUpstream::with(setup, organization);
    let mut server = connected(&upstream);
    get(&mut server);
    upstream.go_away(0);
    let result = create(&mut server);
    assert_ne!(result["isError"], true, "{result}");
    assert_eq!((upstream.unprocessed(), upstream.connections()), (1, 2));
    assert_eq!(requests(&upstream), [("GET".to_owned(), 0), ("POST".to_owned(), 1)]);
}

#[test]
fn a_write_that_is_always_refused_says_that_nothing_was_changed() {
    let upstream = TlsUpstream::new(|request: &TlsRequest| match &*request.method {
        "POST" => Reply::Refused,
        _ => organization(request),
    });
    let mut server = connected(&upstream);
    let result = create(&mut server);
    let told = text(&result);
    assert!(told.contains("did not process the request") && told.contains("Nothing was changed"), "{told}");
    assert_eq!((upstream.unprocessed(), upstream.count()), (3, 0));
}

#[test]
fn a_write_of_unknown_fate_is_sent_once() {
    for reply in [Reply::Reset, Reply::Close] {
        let upstream = TlsUpstream::new(first_write(reply.clone()));
        let mut server = connected(&upstream);
        let result = create(&mut server);
        assert!(text(&result).contains("may have taken effect"), "{reply:?}: {result}");
        assert_eq!(upstream.count(), 1, "{reply:?}");
        // No words of libraries for their users.
        assert!(!text(&result).contains("http"), "{reply:?}: {result}");
    }
}

#[test]
fn errors_hold_no_addresses_of_libraries() {
    // HTTP/1.1 whose end is not announced, for which the TLS library has a page.
    let upstream = TlsUpstream::with(Setup { http1: true, ..Setup::default() }, |_| Reply::Close);
    let mut server = started(&upstream, &["--no-warm-up"]);
    server.initialize();
    let failure = server.failure("create_organization", json!({"name": "A"}));
    assert!(failure.contains("broke before the answer came"), "{failure}");
    assert!(!failure.contains("://"), "{failure}");
}

#[test]
fn plain_http_opens_nothing_ahead_and_leaves_the_trust_store_alone() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "org_1"})));
    let mut server = Server::against(&upstream, &[]);
    server.ask("tools/list", json!({}));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(upstream.count(), 0);
    get(&mut server);
    assert_eq!(upstream.count(), 1);
}

/// Nobody can tell from outside which files were read; a trust store that cannot be is told.
#[test]
fn plain_http_needs_no_trust_store() {
    let nowhere = [("WORKOS_API_KEY", KEY), ("SSL_CERT_FILE", "/nowhere/a"), ("SSL_CERT_DIR", "/nowhere/b")];
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "org_1"})));
    let mut server = Server::start_with(&["--base-url", &upstream.url], &nowhere);
    server.initialize();
    get(&mut server);
    if cfg!(target_os = "linux") && Path::new("/proc").exists() {
        let tls = TlsUpstream::new(organization);
        let mut server = Server::start_with(&["--base-url", &tls.url], &nowhere);
        server.initialize();
        let failure = server.failure("get_organization", json!({"id": "org_1"}));
        assert!(failure.contains("certificates"), "{failure}");
        assert_eq!(tls.connections(), 0);
    }
}

#[test]
fn the_library_opens_a_connection_when_it_is_told_to() {
    let upstream = TlsUpstream::new(organization);
    let client = || {
        let base_url = upstream.url.parse().expect("a base URL");
        Client::builder().api_key(KEY).base_url(base_url).ca_file(&upstream.ca_file).build()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let idle = client();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(upstream.connections(), 0, "not by itself");
        drop(idle);
        let client = client();
        client.warm_up().await;
        assert_eq!((upstream.connections(), upstream.count()), (1, 0));
        let _ = client.send(&GetOrganization { id: "org_1".to_owned() }).await;
        assert_eq!((upstream.connections(), upstream.count()), (1, 1));
    });
}
