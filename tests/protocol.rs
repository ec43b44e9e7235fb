//! The protocol and the pipe: both lifecycles, good lines and bad, ends and signals.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::time::{Duration, Instant};

use common::{Answer, KEY, Server, Upstream, initialize_params, modern_meta};
use serde_json::{Value, json};

fn organization() -> Answer {
    Answer::json(200, &json!({"id": "org_1", "name": "Example"}))
}

fn get(id: u64) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
           "params": {"name": "get_organization", "arguments": {"id": "org_1"}}})
}

fn delete(id: u64) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
           "params": {"name": "delete_organization", "arguments": {"id": "org_1"}}})
}

#[test]
fn every_version_of_the_handshake() {
    for (asked, given) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let mut server = Server::start(&[]);
        let answer = server.ask("initialize", initialize_params(asked));
        assert_eq!(answer["result"]["protocolVersion"], given);
        assert_eq!(answer["result"]["serverInfo"]["name"], "workos-mcp");
        assert_eq!(answer["result"]["capabilities"], json!({"tools": {}}));
        let instructions = answer["result"]["instructions"].as_str().expect("instructions");
        assert!(instructions.len() <= 1500, "{} bytes", instructions.len());
        let tools = server.ask("tools/list", json!({}));
        assert!(tools["result"].get("resultType").is_none() && tools["result"].get("nextCursor").is_none());
    }
}

#[test]
fn the_stateless_lifecycle() {
    let upstream = Upstream::answering(organization());
    let mut server = Server::start(&["--base-url", &upstream.url]);
    let discovered = server.ask("server/discover", json!({"_meta": modern_meta()}));
    let result = &discovered["result"];
    assert_eq!(result["resultType"], "complete");
    assert!(result["supportedVersions"].as_array().expect("versions").contains(&json!("2026-07-28")));
    assert!(result["ttlMs"].as_u64().expect("a time") > 0 && result["cacheScope"] == "private");
    assert!(result["instructions"].as_str().expect("instructions").len() <= 1500);
    for (method, params) in [
        ("tools/list", json!({})),
        ("tools/call", json!({"name": "get_organization", "arguments": {"id": "org_1"}})),
    ] {
        let mut params = params;
        params["_meta"] = modern_meta();
        let result = server.ask(method, params)["result"].take();
        assert_eq!(result["resultType"], "complete", "{method}");
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "workos-mcp", "{method}");
    }
    let mut meta = modern_meta();
    meta["io.modelcontextprotocol/protocolVersion"] = "2031-01-01".into();
    let error = server.ask("tools/list", json!({"_meta": meta}))["error"].take();
    assert_eq!(error["code"], -32022);
    assert_eq!(error["data"]["requested"], "2031-01-01");
    let error = server.ask("tools/list", json!({}))["error"].take();
    assert_eq!(error["code"], -32602);
    for method in ["ping", "initialize", "logging/setLevel", "prompts/list", "resources/list"] {
        let error = server.ask(method, json!({"_meta": modern_meta()}))["error"].take();
        assert_eq!(error["code"], -32601, "{method}");
    }
}

#[test]
fn what_is_not_declared_is_not_there() {
    let mut server = Server::start(&[]);
    server.initialize();
    let complete =
        json!({"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "x", "value": ""}});
    for (method, params) in [
        ("completion/complete", complete),
        ("logging/setLevel", json!({})),
        ("prompts/get", json!({})),
        ("prompts/list", json!({})),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
    ] {
        assert_eq!(server.ask(method, params)["error"]["code"], -32601, "{method}");
    }
}

#[test]
fn noise_before_the_handshake_is_ignored() {
    let mut server = Server::start(&[]);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    server.send(&json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    server.ask("server/discover", json!({"_meta": modern_meta()}));
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}));
    assert!(server.initialize().get("result").is_some());
    assert!(server.ask("ping", json!({})).get("result").is_some());
}

#[test]
fn bad_lines_get_the_right_error() {
    let mut server = Server::start(&[]);
    server.initialize();
    for (line, code, id) in [
        (&b"garbage"[..], -32700, None),
        (b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"", -32700, None),
        (b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"\xff\"}", -32700, None),
        (b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"\\ud800\"}", -32600, Some(json!(7))),
        (b"[]", -32600, None),
        (b"[{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}]", -32600, None),
        (b"5", -32600, None),
        (b"{}", -32600, None),
        (b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600, None),
        (b"{\"jsonrpc\":\"1.0\",\"id\":8,\"method\":\"ping\"}", -32600, Some(json!(8))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", -32600, Some(json!(1.5))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"nonsense\"}", -32601, Some(json!("a"))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\"}", -32602, Some(json!(9))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":5}}", -32602, Some(json!(9))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":\"get_organization\",\"arguments\":[]}}", -32602, Some(json!(9))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":\"get_organisation\"}}", -32602, Some(json!(9))),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/list\",\"params\":{\"cursor\":\"x\"}}", -32602, Some(json!(9))),
    ] {
        server.write(line);
        server.write(b"\n");
        let answer = server.receive();
        let shown = String::from_utf8_lossy(line);
        assert_eq!(answer["error"]["code"], code, "{shown}");
        assert_eq!(answer.get("id"), id.as_ref(), "{shown}");
    }
    // Nothing to answer here.
    for line in [
        &b"\n"[..],
        b"  \r\n",
        b"\xef\xbb\xbf\n",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/nonsense\"}\n",
    ] {
        server.write(line);
    }
    server.write(b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"ping\"}\r\n");
    assert_eq!(server.receive(), json!({"jsonrpc": "2.0", "id": 10, "result": {}}));
}

#[test]
fn a_line_that_is_too_long_is_refused_and_passed_over() {
    let mut server = Server::start(&[]);
    server.initialize();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..20 {
        server.write(&chunk);
    }
    server.write(b"\n");
    assert_eq!(server.receive()["error"]["code"], -32600);
    assert!(server.ask("ping", json!({})).get("result").is_some());
}

#[test]
fn the_last_line_needs_no_line_end() {
    let upstream = Upstream::answering(organization());
    let mut server = Server::against(&upstream, &[]);
    server.write(get(50).to_string().as_bytes());
    server.close();
    let rest = server.rest();
    assert_eq!(rest[0]["id"], 50);
    assert_eq!(rest[0]["result"]["isError"], false);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn the_end_of_input_waits_for_calls_in_flight() {
    let upstream = Upstream::new(|_| {
        std::thread::sleep(Duration::from_millis(300));
        organization()
    });
    let mut server = Server::against(&upstream, &[]);
    for id in 100..110 {
        server.send(&get(id));
    }
    server.close();
    let mut ids: Vec<_> = server.rest().iter().map(|answer| answer["id"].as_u64()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (100..110).map(Some).collect::<Vec<_>>());
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn no_input_at_all_is_no_error() {
    let mut server = Server::start(&[]);
    server.close();
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn an_id_in_flight_is_not_taken_twice() {
    let upstream = Upstream::new(|_| {
        std::thread::sleep(Duration::from_millis(200));
        organization()
    });
    let mut server = Server::against(&upstream, &[]);
    server.send(&get(7));
    server.send(&get(7));
    let first = server.receive();
    assert_eq!((&first["id"], &first["error"]["code"]), (&json!(7), &json!(-32600)));
    let second = server.receive();
    assert_eq!((&second["id"], &second["result"]["isError"]), (&json!(7), &json!(false)));
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_cancelled_call_is_dropped_and_not_answered() {
    let upstream =
        Upstream::new(
            |request| {
                if request.target.ends_with("/slow") { Answer::Stall } else { organization() }
            },
        );
    let mut server = Server::against(&upstream, &[]);
    let id = server.request("tools/call", json!({"name": "get_organization", "arguments": {"id": "slow"}}));
    upstream.wait_for(1);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    assert_eq!(server.call("get_organization", json!({"id": "org_1"}))["isError"], false);
    server.close();
    assert_eq!(server.rest(), Vec::<Value>::new());
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn more_calls_than_fit_wait_their_turn() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    // The upstream answers nobody before 64 requests are there; no 65th may come by then.
    let arrived = Arc::new(AtomicUsize::new(0));
    let counter = arrived.clone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counter = counter.clone();
            std::thread::spawn(move || {
                use std::io::{BufRead, BufReader, Write};
                let mut lines = BufReader::new(&stream).lines();
                while lines.next().is_some_and(|line| line.is_ok()) {
                    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                    counter.fetch_add(1, Ordering::SeqCst);
                    while counter.load(Ordering::SeqCst) < 64 {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    std::thread::sleep(Duration::from_secs(1));
                    let _ = (&stream).write_all(
                        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
                    );
                }
            });
        }
    });
    let mut server = Server::start(&["--base-url", &url]);
    server.initialize();
    for id in 1000..1200 {
        server.send(&get(id));
    }
    while arrived.load(Ordering::SeqCst) < 64 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(arrived.load(Ordering::SeqCst), 64);
    server.close();
    assert_eq!(server.rest().len(), 200);
}

#[cfg(unix)]
#[test]
fn a_signal_lets_writes_finish_and_gives_up_reads() {
    for name in ["-TERM", "-INT"] {
        let upstream = Upstream::new(|request| {
            if request.method == "GET" {
                return Answer::Stall;
            }
            std::thread::sleep(Duration::from_millis(500));
            Answer::json(202, &Value::Null)
        });
        let mut server = Server::against(&upstream, &[]);
        server.send(&get(21));
        server.send(&delete(22));
        upstream.wait_for(2);
        server.signal(name);
        let mut rest = server.rest();
        rest.sort_by_key(|answer| answer["id"].as_u64());
        assert_eq!(rest.len(), 2, "{rest:?}");
        assert_eq!(rest[0]["result"]["isError"], true);
        assert_eq!(rest[1]["result"]["structuredContent"], json!({"ok": true}));
        let (status, took) = server.wait();
        assert_eq!(status.code(), Some(0));
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_write_that_takes_longer_than_the_grace_is_reported_as_open() {
    let upstream = Upstream::answering(Answer::Stall);
    let mut server = Server::against(&upstream, &[]);
    server.send(&delete(22));
    upstream.wait_for(1);
    let start = Instant::now();
    server.signal("-TERM");
    let rest = server.rest();
    assert!(
        rest[0]["result"]["content"][0]["text"].as_str().expect("text").contains("may have taken effect")
    );
    assert_eq!(server.wait().0.code(), Some(0));
    let took = start.elapsed();
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(8), "{took:?}");
}

#[cfg(unix)]
#[test]
fn an_idle_server_ends_at_once() {
    let mut server = Server::start(&[]);
    server.initialize();
    server.signal("-TERM");
    let (status, took) = server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_closed_stdout_ends_the_process() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    let mut child = common::binary()
        .env("WORKOS_API_KEY", KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("stdin");
    let mut output = BufReader::new(child.stdout.take().expect("stdout"));
    let hello =
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize_params("2025-11-25")});
    writeln!(input, "{hello}").expect("stdin is open");
    output.read_line(&mut String::new()).expect("an answer");
    drop(output);
    let start = Instant::now();
    while child.try_wait().expect("a status").is_none() {
        let _ = writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": 2, "method": "ping"}));
        assert!(start.elapsed() < Duration::from_secs(5), "the program does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reader_that_does_not_read_stops_the_reading() {
    let body = json!({"id": "org_1", "name": "x".repeat(100_000)});
    let upstream = Upstream::answering(Answer::json(200, &body));
    let mut child = common::binary()
        .args(["--base-url", &upstream.url])
        .env("WORKOS_API_KEY", KEY)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("stdin");
    std::thread::spawn(move || {
        use std::io::Write;
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": initialize_params("2025-11-25")});
        let _ = writeln!(input, "{hello}");
        for id in 1..20_000 {
            if writeln!(input, "{}", get(id)).is_err() {
                return;
            }
        }
    });
    let start = Instant::now();
    let requests = loop {
        let before = upstream.count();
        std::thread::sleep(Duration::from_millis(500));
        if before > 0 && upstream.count() == before {
            break before;
        }
        assert!(start.elapsed() < common::TIMEOUT, "calls go on although nobody reads");
    };
    assert!(requests < 200, "{requests} calls were made");
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the process");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
        assert!(kilobytes < 100_000, "{kilobytes} kB");
    }
    child.kill().expect("the program runs");
    child.wait().expect("it ends");
}

#[test]
fn bad_lines_are_answered_even_if_nothing_else_comes() {
    let mut server = Server::start(&[]);
    server.write(b"garbage\n[]\n");
    server.close();
    let rest = server.rest();
    assert_eq!(rest.len(), 2, "{rest:?}");
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_ping_does_not_wait_for_calls() {
    let upstream = Upstream::answering(Answer::Stall);
    let mut server = Server::against(&upstream, &["--timeout", "5"]);
    for id in 1000..1100 {
        server.send(&get(id));
    }
    upstream.wait_for(64);
    let start = Instant::now();
    assert!(server.ask("ping", json!({})).get("result").is_some());
    assert!(start.elapsed() < Duration::from_secs(2));
}
