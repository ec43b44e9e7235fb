//! A hostile upstream: whatever it does, a call is answered in time, says what happened and
//! whether it may have taken effect, is not sent twice, and leaves the others alone.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::hostile::{Hostile, faults, peak_memory};
use common::{Answer, KEY, Server, Upstream};
use serde_json::{Value, json};

/// Longest duration of a call, as the server is told.
const TIMEOUT: Duration = Duration::from_secs(3);
/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(4);
/// Most memory, in MB.
const MAX_MEMORY: usize = 100;

const UNKNOWN: &str = "may have taken effect";
const DONE: &str = "most likely taken effect";
const SAFE: &str = "safe to try again";

/// What a kind of fault means for a call.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// No answer, and time is left.
    Lost,
    /// No answer until the deadline.
    Late,
    /// A success that broke off.
    Broken,
    /// A success that did not end until the deadline.
    LateBody,
    /// A success that nobody can read.
    Unreadable,
    /// A status that leaves open what was done, and will not change.
    Odd,
    /// WorkOS says no.
    Refused,
    /// Too many requests, to be tried again soon.
    Limited,
    /// The fault is upstream.
    Failing,
    /// A success, for reads as well.
    Fine,
    /// A success that tells nothing: enough for a write.
    Silent,
}
use Kind::{Broken, Failing, Fine, Late, LateBody, Limited, Lost, Odd, Refused, Silent, Unreadable};

/// Every fault, what it is and what is said of it.
const CASES: &[(&str, Kind, &str)] = &[
    ("close", Lost, "broke before the answer came"),
    ("reset", Lost, "broke before the answer came"),
    ("close-in-head", Lost, "broke before the answer came"),
    ("reset-in-head", Lost, "broke before the answer came"),
    ("close-in-body", Broken, "(200) broke off"),
    ("reset-in-body", Broken, "(200) broke off"),
    ("reset-in-error", Refused, "422"),
    ("stall", Late, "No answer from"),
    ("stall-in-line", Late, "No answer from"),
    ("stall-in-head", Late, "No answer from"),
    ("stall-in-body", LateBody, "answered 200, and its answer did not end within"),
    ("stall-in-chunk", LateBody, "answered 200, and its answer did not end within"),
    ("stall-in-error", Refused, "422"),
    ("drip-head", Late, "No answer from"),
    ("drip-body", LateBody, "answered 200, and its answer did not end within"),
    ("drip-well", Fine, "healthy"),
    ("garbage", Lost, "broke before the answer came"),
    ("old-http", Lost, "broke before the answer came"),
    ("two-lengths", Lost, "broke before the answer came"),
    ("bad-chunk", Broken, "(200) broke off"),
    ("many-headers", Lost, "head is too large"),
    ("huge-header", Lost, "head is too large"),
    ("switch", Odd, "101"),
    ("html", Unreadable, "something else than JSON"),
    ("html-as-json", Unreadable, "cannot be read"),
    ("text", Unreadable, "something else than JSON"),
    ("json-as-text", Fine, "healthy"),
    ("empty", Silent, "empty body"),
    ("nothing", Silent, "empty body"),
    ("truncated", Unreadable, "cannot be read"),
    ("no-utf8", Unreadable, "cannot be read"),
    ("deep", Unreadable, "cannot be read"),
    ("corrupt-gzip", Broken, "(200) broke off"),
    ("cut-gzip", Broken, "(200) broke off"),
    ("bomb", Unreadable, "more than 16 MB"),
    ("endless", Unreadable, "more than 16 MB"),
    ("endless-error", Refused, "422"),
    ("endless-head", Lost, "head is too large"),
    ("hints", Fine, "healthy"),
    ("300", Odd, "300"),
    ("301", Odd, "redirect to 127.0.0.1"),
    ("302", Odd, "redirect to 127.0.0.1"),
    ("307", Odd, "redirect to 127.0.0.1"),
    ("308", Odd, "redirect to 127.0.0.1"),
    ("redirect-nowhere", Odd, "a redirect, which is never followed"),
    ("echo", Refused, "bad key [masked]"),
    ("echo-hidden", Refused, "bad key [masked]"),
    ("echo-raw", Refused, "[masked]"),
    ("echo-header", Refused, "422"),
    ("echo-success", Fine, "bad key [masked]"),
    ("429-seconds", Refused, "Try again in 60 s"),
    ("429-fraction", Refused, "Try again in 3 s"),
    ("429-date", Refused, "Try again in 86400 s"),
    ("429-huge", Refused, "Try again in 86400 s"),
    ("429-short", Limited, "Try again in 1 s"),
    ("429-past", Limited, "Try again in 1 s"),
    ("429-negative", Limited, "Try again in a minute"),
    ("429-words", Limited, "Try again in a minute"),
    ("429-nan", Limited, "Try again in a minute"),
    ("429-plain", Limited, "Ratelimited"),
    ("400", Refused, "as_coded"),
    ("401", Refused, "did not accept the API key"),
    ("403", Refused, "as_coded"),
    ("404", Refused, "as_coded"),
    ("409", Refused, "as_coded"),
    ("422", Refused, "as_coded"),
    ("408", Failing, "as_coded"),
    ("500", Failing, "as_coded"),
    ("502", Failing, "as_coded"),
    ("503", Failing, "as_coded"),
    ("504", Failing, "as_coded"),
    ("599", Failing, "as_coded"),
];

/// Informational answers without end. The HTTP library reads them as fast as they come and gives
/// way only now and then, so that others wait longer beside it: it is tried with one call at a time.
const STORM_SLACK: Duration = Duration::from_secs(10);
const STORM: (&str, Kind, &str) = ("storm", Late, "No answer from");

/// What is called: a read, two writes, and the write that WorkOS does once however often it comes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    Read,
    Create,
    Delete,
    Deduped,
}

impl Call {
    const ALL: [Self; 4] = [Self::Read, Self::Create, Self::Delete, Self::Deduped];

    /// The parameters of a call that carries this text to the upstream.
    fn params(self, text: &str) -> Value {
        let (name, arguments) = match self {
            Self::Read => ("get_organization", json!({"id": text})),
            Self::Create => ("create_organization", json!({"name": text})),
            Self::Delete => ("delete_organization", json!({"id": text})),
            Self::Deduped => ("create_audit_log_event", event(text)),
        };
        json!({"name": name, "arguments": arguments})
    }

    /// How often it may arrive.
    fn times(self, kind: Kind) -> RangeInclusive<usize> {
        let repeats = matches!(self, Self::Read | Self::Deduped);
        match kind {
            // The deadline may cut the third.
            Limited => 2..=3,
            Lost | Broken | Failing if repeats => 2..=3,
            _ => 1..=1,
        }
    }

    /// What must be said of its fate, or nothing of the kind.
    fn fate(self, kind: Kind) -> Option<&'static str> {
        match (self, kind) {
            (Self::Read, Lost | Late | Broken | LateBody | Unreadable | Odd | Silent) => Some(SAFE),
            (Self::Read, _) | (_, Refused | Limited | Fine | Silent) => None,
            (_, Lost | Late | Odd | Failing) => Some(UNKNOWN),
            (_, Broken | LateBody | Unreadable) => Some(DONE),
        }
    }

    fn succeeds(self, kind: Kind) -> bool {
        kind == Fine || kind == Silent && self != Self::Read
    }
}

fn event(text: &str) -> Value {
    json!({
        "organization_id": text,
        "event": {
            "action": "user.signed_in",
            "occurred_at": "2026-01-15T12:00:00.000Z",
            "actor": {"id": "user_1", "type": "user"},
            "targets": [{"id": "team_1", "type": "team"}],
            "context": {"location": "192.0.2.1"},
        },
    })
}

/// One at a time of what keeps the machine busy: deadlines are seconds.
fn alone() -> MutexGuard<'static, ()> {
    static BUSY: Mutex<()> = Mutex::new(());
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text_of(answer: &Value) -> String {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn start(upstream: &Hostile) -> Server {
    let timeout = TIMEOUT.as_secs().to_string();
    let mut server = Server::start(&["--base-url", &upstream.url, "--timeout", &timeout]);
    server.initialize();
    server
}

fn assert_memory(server: &Server, what: &str) {
    if let Some(peak) = peak_memory(server.child.id()) {
        eprintln!("{what}: at most {peak} MB");
        assert!(peak < MAX_MEMORY, "{what}: {peak} MB");
    }
}

/// One fault for all kinds of calls at once, with a healthy call beside them and one after.
fn endure(server: &mut Server, upstream: &Hostile, case: (&str, Kind, &str)) {
    endure_calls(server, upstream, case, &Call::ALL, TIMEOUT);
}

fn endure_calls(
    server: &mut Server,
    upstream: &Hostile,
    (fault, kind, part): (&str, Kind, &str),
    calls: &[Call],
    longest_beside: Duration,
) {
    let marked = |call: Call| format!("fault-{fault}.{call:?}.");
    let start = Instant::now();
    let calls: Vec<(Call, u64)> =
        calls.iter().map(|call| (*call, server.request("tools/call", call.params(&marked(*call))))).collect();
    let healthy = server.request("tools/call", Call::Read.params("healthy"));
    let answer = server.answer(healthy);
    let took = start.elapsed();
    assert!(text_of(&answer).contains("healthy"), "beside {fault}: {answer}");
    assert!(took < longest_beside, "beside {fault}: {took:?}");
    for (call, id) in calls {
        let answer = server.answer(id);
        let took = start.elapsed();
        let (text, what) = (text_of(&answer), format!("{fault}, {call:?}, {took:?}: {answer}"));
        let slack = if fault == STORM.0 { STORM_SLACK } else { SLACK };
        assert!(took < TIMEOUT + slack, "{what}");
        assert!(!answer.to_string().contains(KEY), "{what}");
        assert_eq!(answer["result"]["isError"], !call.succeeds(kind), "{what}");
        if !(kind == Silent && call.succeeds(kind)) {
            assert!(text.contains(part), "{what}");
        }
        for fate in [UNKNOWN, DONE, SAFE] {
            assert_eq!(text.contains(fate), call.fate(kind) == Some(fate), "`{fate}`: {what}");
        }
        let count = upstream.count(&marked(call));
        assert!(call.times(kind).contains(&count), "{count} times: {what}");
        if call == Call::Deduped && !call.succeeds(kind) {
            assert!(text.contains("idempotency_key"), "{what}");
        }
    }
    let after = server.ask("tools/call", Call::Read.params("healthy"));
    assert!(text_of(&after).contains("healthy"), "after {fault}: {after}");
}

/// Servers side by side: most of the time is waiting.
const SERVERS: usize = 6;

#[test]
fn every_fault_is_survived() {
    assert_eq!(
        CASES.iter().chain([&STORM]).map(|(fault, ..)| *fault).collect::<BTreeSet<_>>(),
        faults().into_keys().collect(),
        "every fault is a case"
    );
    let _turn = alone();
    let upstream = Hostile::new();
    std::thread::scope(|scope| {
        for first in 0..SERVERS {
            let upstream = &upstream;
            scope.spawn(move || {
                let mut server = start(upstream);
                for case in CASES.iter().skip(first).step_by(SERVERS) {
                    endure(&mut server, upstream, *case);
                }
                assert_memory(&server, "faults one by one");
            });
        }
    });
}

#[test]
fn a_storm_of_informational_answers_ends_with_the_deadline() {
    let _turn = alone();
    let upstream = Hostile::new();
    let mut server = start(&upstream);
    for call in Call::ALL {
        endure_calls(&mut server, &upstream, STORM, &[call], TIMEOUT + STORM_SLACK);
    }
    assert_memory(&server, "storms");
}

#[test]
fn connections_are_refused_until_somebody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let mut server = Server::start(&["--base-url", &url, "--timeout", "2"]);
    server.initialize();
    for call in Call::ALL {
        let start = Instant::now();
        let answer = server.ask("tools/call", call.params("healthy"));
        let text = text_of(&answer);
        assert!(text.contains("Cannot connect") && text.contains("Nothing was sent"), "{text}");
        assert!(start.elapsed() < TIMEOUT + SLACK, "{text}");
    }
    // A write that finds nobody is sent when somebody listens at last, and once.
    let id = server.request("tools/call", Call::Create.params("late"));
    std::thread::sleep(Duration::from_millis(50));
    let upstream = Hostile::on(TcpListener::bind(url.trim_start_matches("http://")).expect("the same port"));
    assert!(text_of(&server.answer(id)).contains("healthy"));
    assert_eq!(upstream.count("late"), 1);
}

#[test]
fn the_worst_at_once_leave_the_memory_alone() {
    let _turn = alone();
    let upstream = Hostile::new();
    let mut server = start(&upstream);
    let calls: Vec<u64> = ["bomb", "endless", "endless-error", "huge-header", "endless-head", "deep"]
        .iter()
        .cycle()
        .take(60)
        .map(|fault| server.request("tools/call", Call::Read.params(&format!("fault-{fault}."))))
        .collect();
    for id in calls {
        let answer = server.answer(id);
        assert_eq!(answer["result"]["isError"], true, "{answer}");
    }
    assert_memory(&server, "the worst at once");
}

#[test]
fn many_large_answers_at_once_wait_for_each_other() {
    let _turn = alone();
    let tiny = format!("{{\"data\":[{}0]}}", "{},".repeat(15_000));
    let nested = format!("{{\"data\":[{}0]}}", "{\"a\":{\"b\":0}},".repeat(8_000));
    let text = json!({"name": "n".repeat(2 << 20)}).to_string();
    let long = format!("\"{}\"", "l".repeat(15 << 20));
    // Mostly of what is worst: long ones take seconds where nothing is optimised.
    let mut bodies: Vec<String> = [tiny, nested].into_iter().cycle().take(14).collect();
    bodies.extend([text, long]);
    let upstream = Upstream::new(move |request| {
        let index: usize = request.target.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let body = bodies[index % bodies.len()].clone().into_bytes();
        Answer::Http(200, vec![("content-type".into(), "application/json".into())], body)
    });
    let mut server = Server::against(&upstream, &[]);
    let calls: Vec<(usize, u64)> = (0..64)
        .map(|index| (index, server.request("tools/call", Call::Read.params(&format!("large-{index}")))))
        .collect();
    for (index, id) in calls {
        let answer = server.answer(id);
        // The last is longer than clients take.
        assert_eq!(answer["result"]["isError"], index % 16 == 15, "{index}: {:.300}", text_of(&answer));
    }
    assert_memory(&server, "large answers at once");
}

#[test]
fn a_deletion_that_finds_nothing_when_repeated_is_done() {
    let mut answers = [429, 404].into_iter();
    let upstream = Upstream::new(move |_| {
        Answer::json(answers.next().unwrap_or(404), &json!({"message": "as told"})).with("retry-after", "0")
    });
    let mut server = Server::against(&upstream, &[]);
    let result = server.call("delete_organization", json!({"id": "org_1"}));
    // What is known of it is said: it is not there, and perhaps it never was.
    let answer = &result["structuredContent"];
    let note = answer["_note"].as_str().expect("a note");
    assert!(
        answer["ok"] == true && note.contains("404 Not Found") && note.contains("may be wrong"),
        "{result}"
    );
    assert_eq!(upstream.count(), 2);
    // The first time it is a mistake.
    let text = server.failure("delete_organization", json!({"id": "org_1"}));
    assert!(text.contains("404"), "{text}");
}

#[test]
fn a_rotated_key_does_not_get_the_time_twice() {
    let path = std::env::temp_dir().join(format!("workos-mcp-slow-key-{}", std::process::id()));
    std::fs::write(&path, "sk_test_example_old").expect("a file");
    let rotated = path.clone();
    let upstream = Upstream::new(move |request| {
        if request.headers["authorization"].ends_with("_new") {
            return Answer::Stall;
        }
        std::fs::write(&rotated, "sk_test_example_new").expect("a file");
        std::thread::sleep(Duration::from_millis(1200));
        Answer::json(401, &json!({"message": "Unauthorized"}))
    });
    let arguments =
        ["--base-url", &upstream.url, "--timeout", "2", "--api-key-file", path.to_str().expect("a path")];
    let mut server = Server::start_with(&arguments, &[]);
    server.initialize();
    let start = Instant::now();
    let text = server.failure("create_organization", json!({"name": "Example"}));
    let took = start.elapsed();
    assert!(text.contains("within 2 s") && text.contains(UNKNOWN), "{text}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(upstream.count(), 2);
    std::fs::remove_file(&path).expect("the file");
}

/// Every shape that WorkOS sends errors in, and what must be seen of it.
#[test]
fn every_shape_of_error_comes_through() {
    let shapes: &[(u16, &str, &[&str])] = &[
        (404, r#"{"message":"Not here"}"#, &["Not here"]),
        (409, r#"{"code":"domain_already_exists","message":"Taken"}"#, &["`domain_already_exists`", "Taken"]),
        (
            422,
            r#"{"message":"Bad","code":"v","errors":[{"field":"name","code":"required"}]}"#,
            &["Bad", "`v`", "name: required"],
        ),
        (
            400,
            r#"{"code":"password_strength_error","message":"Weak","errors":[{"code":"short","message":"Too short"}]}"#,
            &["`password_strength_error`", "Weak", "short: Too short"],
        ),
        (
            400,
            r#"{"code":"invalid","message":"Schema","errors":[{"instancePath":"/targets","message":"must be array"}]}"#,
            &["`invalid`", "/targets: must be array"],
        ),
        (
            422,
            r#"{"message":"Validation","errors":[{"property":"origin","constraints":{"isUrl":"must be a URL"}}]}"#,
            &["Validation", "origin", "must be a URL"],
        ),
        (
            400,
            r#"{"message":["start must be a date","end must be a date"],"error":"Bad Request"}"#,
            &["start must be a date; end must be a date"],
        ),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Code expired"}"#,
            &["`invalid_grant`", "Code expired"],
        ),
        (404, r#"{"error":"Object not found in vault"}"#, &["Object not found in vault"]),
        (401, r#"{"error":"Unauthorized"}"#, &["`Unauthorized`", "API key"]),
        (400, r#"{"error":"invalid","message":"Bad user"}"#, &["`invalid`", "Bad user"]),
        (
            400,
            r#"{"message":"No target","code":"bad_target","statusCode":400}"#,
            &["`bad_target`", "No target"],
        ),
        (
            422,
            r#"{"code":"invalid_role","message":"No role","role_slug":"captain"}"#,
            &["`invalid_role`", "captain"],
        ),
        (
            409,
            r#"{"code":"claimed","message":"Choose","organizations":[{"id":"org_9","name":"Nine"}]}"#,
            &["`claimed`", "org_9"],
        ),
        (429, r#""Ratelimited""#, &["Ratelimited", "Too many requests"]),
        (401, "", &["with no explanation"]),
        (502, "<html><body>Bad gateway</body></html>", &["a web page instead of JSON"]),
        (503, "upstream connect error", &["upstream connect error"]),
        (403, r#"{"message":"Not \u001b[31mallowed\u202e"}"#, &["allowed", "\\u001b", "\\u202e"]),
        (400, r#"{"errors":"one word"}"#, &["one word"]),
        (422, r#"{"message":{"deep":{"er":"object"}},"errors":[["a",1]]}"#, &["object", r#"["a",1]"#]),
        (500, "[\"first\",2]", &["first"]),
        (400, "null", &["400"]),
    ];
    let bodies: Vec<(u16, Vec<u8>)> =
        shapes.iter().map(|(status, body, _)| (*status, body.as_bytes().to_vec())).collect();
    let upstream = Upstream::new(move |request| {
        // `Retry-After` that is too long to wait: each shape is seen once.
        let index: usize = request.target.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let (status, body) = bodies[index].clone();
        let headers = [("x-request-id", format!("req_shape_{index}")), ("retry-after", "60".to_owned())];
        Answer::Http(status, headers.map(|(name, value)| (name.to_owned(), value)).to_vec(), body)
    });
    let mut server = Server::against(&upstream, &[]);
    for (index, (status, body, parts)) in shapes.iter().enumerate() {
        let text = server.failure("delete_organization", json!({"id": format!("shape-{index}")}));
        assert!(text.starts_with(&format!("WorkOS answered {status}")), "{body}: {text}");
        for part in *parts {
            assert!(text.contains(part), "{part}: {body}: {text}");
        }
        assert!(text.contains(&format!("req_shape_{index}")), "{body}: {text}");
        assert_eq!(text.contains(UNKNOWN), *status >= 500, "{body}: {text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{text:?}");
    }
    assert_eq!(upstream.count(), shapes.len());
}
