//! Ends: of the input and by signals, at every moment of a call.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Answer, KEY, Server, Upstream};
use crate::{by_id, cancelled, delete, echo, get, hello, unread};

/// At once, on a machine that does other things too.
const SOON: Duration = Duration::from_secs(2);
const SIGNALS: [&str; 2] = ["-TERM", "-INT"];

fn ends_well(server: &mut Server, within: Duration) {
    let (status, took) = server.wait();
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(took < within, "{took:?}");
}

/// Waits until the handlers of both signals stand.
#[cfg(target_os = "linux")]
fn handlers_stand(server: &Server) {
    let start = Instant::now();
    loop {
        let caught = u64::from_str_radix(&server.status("SigCgt"), 16).unwrap_or_default();
        // SIGINT is 2, SIGTERM is 15.
        if caught & (1 << 1) != 0 && caught & (1 << 14) != 0 {
            return;
        }
        assert!(start.elapsed() < SOON, "no handlers");
    }
}

/// Answers the first request with this, and all others well.
fn first(answer: Answer) -> Upstream {
    let mut first = Some(answer);
    Upstream::new(move |request| match first.take() {
        Some(answer) => answer,
        None if request.method == "DELETE" => Answer::json(202, &Value::Null),
        None => echo(request),
    })
}

#[test]
fn the_input_ends_in_the_middle_of_a_line() {
    for (start, code) in [("{\"jsonrpc\":\"2.0\",\"id\":1,\"meth", -32700), ("[{}", -32700), ("[{}]", -32600)]
    {
        for initialized in [false, true] {
            let mut server = Server::start(&[]);
            if initialized {
                server.initialize();
            }
            server.write(start.as_bytes());
            server.close();
            let rest = server.rest();
            assert_eq!(rest.len(), 1, "{rest:?}");
            assert_eq!(rest[0]["error"]["code"], code);
            ends_well(&mut server, SOON);
        }
    }
}

#[test]
fn the_input_ends_during_a_retry_pause() {
    for (call, answer) in [
        (get(9, "org_1"), Answer::json(503, &json!({"message": "busy"})).with("retry-after", "1")),
        (delete(9), Answer::json(429, &json!({"message": "slow down"})).with("retry-after", "1")),
    ] {
        let upstream = first(answer);
        let mut server = Server::against(&upstream, &[]);
        server.send(&call);
        upstream.wait_for(1);
        server.close();
        let rest = server.rest();
        assert_eq!(rest.len(), 1, "{rest:?}");
        assert_eq!(rest[0]["result"]["isError"], false, "{rest:?}");
        assert_eq!(upstream.count(), 2);
        ends_well(&mut server, SOON);
    }
}

#[test]
fn the_input_ends_while_a_question_is_open() {
    let upstream = Upstream::new(echo);
    let mut server = Server::start(&["--base-url", &upstream.url]);
    let mut params = crate::initialize_params("2025-11-25");
    params["capabilities"] = json!({"elicitation": {}});
    server.ask("initialize", params);
    server.send(&delete(9));
    assert_eq!(server.receive()["method"], "elicitation/create");
    server.close();
    let answers: Vec<_> = server.rest().into_iter().filter(|message| message["id"] == 9).collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["result"]["isError"], true);
    assert!(upstream.received().iter().all(|request| request.method == "GET"));
    ends_well(&mut server, SOON);
}

#[test]
fn the_input_ends_while_stdout_is_blocked() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "org_1", "name": "x".repeat(5000)})));
    let mut server = unread(&["--base-url", &upstream.url], (0..60).map(|id| get(id, "org_1").to_string()));
    upstream.wait_for(60);
    std::thread::sleep(Duration::from_millis(300));
    assert!(server.child.try_wait().expect("a status").is_none(), "answers are lost");
    server.read_on();
    assert_eq!(by_id(server.rest()).len(), 61);
    ends_well(&mut server, SOON);
}

/// Whether children start with this signal ignored: a shell does so with SIGINT for what it
/// runs in the background.
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored >> (number - 1) & 1 == 1
}

#[test]
fn a_signal_at_any_moment_of_the_start_ends_the_process() {
    for signal in SIGNALS {
        let number = if signal == "-TERM" { 15 } else { 2 };
        if is_ignored(number) {
            // Before the handlers stand, it has no effect at all.
            continue;
        }
        for delay in 0..12 {
            let mut server = Server::start(&[]);
            std::thread::sleep(Duration::from_millis(delay));
            server.signal(signal);
            let (status, took) = server.wait();
            // Before the handlers stand, the system ends it.
            let killed = std::os::unix::process::ExitStatusExt::signal(&status);
            assert!(status.code() == Some(0) || killed == Some(number), "{status}");
            assert!(took < SOON, "{took:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_before_anything_was_said() {
    for signal in SIGNALS {
        for said in [&b""[..], b"{\"jsonrpc\":\"2.0\",\"id\":1,", b"garbage\n"] {
            let mut server = Server::start(&[]);
            server.write(said);
            handlers_stand(&server);
            server.signal(signal);
            ends_well(&mut server, SOON);
        }
    }
}

#[test]
fn a_signal_answers_all_that_was_asked() {
    for signal in SIGNALS {
        let upstream = Upstream::answering(Answer::Stall);
        let mut server = Server::against(&upstream, &[]);
        for id in 1000..1200 {
            server.send(&get(id, "org_1"));
        }
        upstream.wait_for(64);
        server.send(&cancelled(1001));
        server.send(&cancelled(1150));
        // The 64 and the one that took the place of the cancelled one.
        upstream.wait_for(65);
        assert!(server.ask("ping", json!({})).get("result").is_some());
        server.signal(signal);
        let rest = by_id(server.rest());
        assert_eq!(rest.len(), 198);
        let started = rest.values().filter(|answer| answer["result"]["isError"] == true).count();
        let refused = rest.values().filter(|answer| answer["error"]["code"] == -32603).count();
        assert_eq!((started, refused), (64, 134));
        assert_eq!(upstream.count(), 65);
        ends_well(&mut server, SOON);
    }
}

#[test]
fn a_signal_during_a_retry_pause() {
    for signal in SIGNALS {
        // Somebody who reads does not need the answer any more.
        let upstream = first(Answer::json(503, &json!({"message": "busy"})).with("retry-after", "2"));
        let mut server = Server::against(&upstream, &[]);
        server.send(&get(9, "org_1"));
        upstream.wait_for(1);
        let start = Instant::now();
        server.signal(signal);
        let rest = server.rest();
        assert_eq!((rest.len(), &rest[0]["result"]["isError"]), (1, &json!(true)));
        ends_well(&mut server, SOON);
        assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
        assert_eq!(upstream.count(), 1);

        // What changes something is brought to its end.
        let upstream = first(Answer::json(429, &json!({"message": "slow down"})).with("retry-after", "1"));
        let mut server = Server::against(&upstream, &[]);
        server.send(&delete(9));
        upstream.wait_for(1);
        server.signal(signal);
        let rest = server.rest();
        assert_eq!((rest.len(), &rest[0]["result"]["isError"]), (1, &json!(false)), "{rest:?}");
        assert_eq!(upstream.count(), 2);
        ends_well(&mut server, SOON);
    }
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    for signal in SIGNALS {
        let upstream = Upstream::answering(Answer::Stall);
        let mut server = Server::against(&upstream, &[]);
        server.send(&delete(9));
        upstream.wait_for(1);
        server.signal(signal);
        std::thread::sleep(Duration::from_millis(200));
        assert!(server.child.try_wait().expect("a status").is_none(), "the write had its grace");
        server.signal(signal);
        let (status, took) = server.wait();
        assert_eq!(status.code(), Some(1));
        assert!(took < SOON, "{took:?}");
    }
}

#[test]
fn a_signal_while_stdout_is_blocked() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "org_1", "name": "x".repeat(5000)})));
    // Endless garbage, too: its errors cannot be written either.
    let lines =
        (0..60).map(|id| get(id, "org_1").to_string()).chain(std::iter::repeat_n("garbage".into(), 5000));
    let mut server = unread(&["--base-url", &upstream.url], lines);
    upstream.wait_for(60);
    std::thread::sleep(Duration::from_millis(300));
    server.signal("-TERM");
    ends_well(&mut server, Duration::from_secs(9));
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_while_a_key_file_does_not_answer() {
    let folder = std::env::temp_dir().join(format!("workos-mcp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let pipe = folder.join("key");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let mut server = Server::start_with(&["--api-key-file", pipe.to_str().expect("text")], &[]);
    server.send(&hello());
    server.send(&get(1, "org_1"));
    handlers_stand(&server);
    server.signal("-TERM");
    let (status, took) = server.wait();
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(9), "{took:?}");
}

#[test]
fn nothing_is_left_running() {
    // A server whose client is killed: its input ends and nobody reads.
    let upstream = Upstream::answering(Answer::Stall);
    let mut server =
        Server::start_unread(&["--base-url", &upstream.url, "--timeout", "1"], &[("WORKOS_API_KEY", KEY)]);
    server.send(&hello());
    server.send(&delete(1));
    upstream.wait_for(1);
    drop(server.output.take());
    server.close();
    ends_well(&mut server, Duration::from_secs(5));
    assert_eq!(upstream.count(), 1);
}
