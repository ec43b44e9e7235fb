//! Many at once: calls, cancellations, and nobody who reads the answers.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::{Answer, Server, TIMEOUT, Upstream};
use crate::{by_id, cancelled, delete, echo, get, hello, unread};

/// Waits until the upstream is asked no more; how often it was.
fn settled(upstream: &Upstream) -> usize {
    let start = Instant::now();
    loop {
        let before = upstream.count();
        std::thread::sleep(Duration::from_millis(300));
        if before > 0 && upstream.count() == before {
            return before;
        }
        assert!(start.elapsed() < TIMEOUT, "calls go on although nobody reads");
    }
}

#[test]
fn a_storm_of_cancellations() {
    let upstream =
        Upstream::new(
            |request| {
                if request.target.ends_with("/slow") { Answer::Stall } else { echo(request) }
            },
        );
    let mut server = Server::against(&upstream, &[]);
    for id in 100..140 {
        server.send(&get(id, "slow"));
    }
    upstream.wait_for(40);
    for id in 200..240 {
        server.send(&get(id, "org_1"));
        assert_eq!(server.receive()["id"], id);
    }
    // Finished, unknown, of another type, none at all, malformed.
    for round in 0..1000 {
        for id in
            [json!(200 + round % 40), json!(5000 + round), json!("100"), json!(1.5), json!(null), json!({})]
        {
            server.send(&cancelled(id));
        }
        server.write(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}\n");
        server.write(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":5}\n");
    }
    assert_eq!(server.call("get_organization", json!({"id": "org_2"}))["structuredContent"]["id"], "org_2");
    assert_eq!(upstream.count(), 81);
    // Those in flight, each of them often.
    for _ in 0..50 {
        for id in 100..140 {
            server.send(&cancelled(id));
        }
    }
    // All places are free again, and the ids too.
    for id in 100..200 {
        server.send(&get(id, "org_3"));
    }
    server.close();
    let rest = by_id(server.rest());
    assert_eq!(rest.len(), 100);
    assert!(rest.values().all(|answer| answer["result"]["structuredContent"]["id"] == "org_3"));
    assert_eq!(upstream.count(), 181);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn an_id_that_was_cancelled_is_not_answered_with_what_it_meant_before() {
    let upstream = Upstream::new(echo);
    let mut server = Server::against(&upstream, &[]);
    for round in 0..2000 {
        server.send(&get(7, &format!("old_{round}")));
        server.send(&cancelled(7));
    }
    server.send(&get(7, "new"));
    server.close();
    let rest = server.rest();
    // A call may be done before its cancellation is read; that is no fault.
    let last = rest.last().expect("an answer");
    assert_eq!(
        (&last["id"], &last["result"]["structuredContent"]["id"]),
        (&json!(7), &json!("new")),
        "{last}"
    );
    for answer in &rest {
        assert_eq!(answer["result"]["isError"], false, "{answer}");
    }
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn calls_that_are_cancelled_while_they_wait_are_never_made() {
    let upstream = Upstream::answering(Answer::Stall);
    let mut server = Server::against(&upstream, &[]);
    for id in 1000..1500 {
        server.send(&delete(id));
    }
    upstream.wait_for(64);
    for id in (1000..1500).rev() {
        server.send(&cancelled(id));
    }
    assert!(server.ask("ping", json!({})).get("result").is_some());
    server.close();
    assert_eq!(server.rest().len(), 0);
    assert_eq!(server.wait().0.code(), Some(0));
    assert_eq!(upstream.count(), 64);
}

#[test]
fn thousands_of_calls_before_anything_is_read() {
    const CALLS: usize = 3000;
    let upstream = Upstream::new(|request| {
        let id = request.target.rsplit('/').next().unwrap_or_default();
        Answer::json(200, &json!({"id": id, "name": "x".repeat(1000)}))
    });
    let mut server = unread(
        &["--base-url", &upstream.url],
        (0..CALLS).map(|id| get(id, &format!("org_{id}")).to_string()),
    );
    let made = settled(&upstream);
    assert!(made < CALLS, "stdout did not block");
    #[cfg(target_os = "linux")]

    assert!(server.memory("VmRSS") < 40.0, "{} MB", server.memory("VmRSS"));
    server.read_on();
    let answers = by_id(server.rest());
    assert_eq!(answers.len(), CALLS + 1);
    for id in 0..CALLS {
        let answer = &answers[&id.to_string()];
        assert_eq!(answer["result"]["structuredContent"]["id"], format!("org_{id}"), "{answer:.300}");
    }
    let mut targets: Vec<_> = upstream.received().into_iter().map(|request| request.target).collect();
    targets.sort_unstable();
    targets.dedup();
    assert_eq!((targets.len(), upstream.count()), (CALLS, CALLS));
    assert_eq!(server.wait().0.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn thousands_of_lists_before_anything_is_read() {
    const LISTS: usize = 150;
    let list = |id| json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"}).to_string();
    let mut server = unread(&["--toolsets", "all"], (0..LISTS).map(list));
    // Until it waits for a reader: it has done what it can.
    let (start, mut before) = (Instant::now(), String::new());
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let switches = server.status("voluntary_ctxt_switches");
        if switches == before {
            break;
        }
        assert!(start.elapsed() < TIMEOUT, "it goes on although nobody reads");
        before = switches;
    }
    assert!(server.memory("VmHWM") < 37.0, "{} MB", server.memory("VmHWM"));
    server.read_on();
    assert_eq!(by_id(server.rest()).len(), LISTS + 1);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn sockets_instead_of_pipes() {
    use std::io::{BufRead, BufReader, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    // What Node gives its children.
    let upstream = Upstream::new(echo);
    let (mut input, stdin) = UnixStream::pair().expect("sockets");
    let (output, stdout) = UnixStream::pair().expect("sockets");
    let mut child = crate::common::binary()
        .args(["--base-url", &upstream.url])
        .env("WORKOS_API_KEY", crate::common::KEY)
        .stdin(OwnedFd::from(stdin))
        .stdout(OwnedFd::from(stdout))
        .spawn()
        .expect("the program starts");
    std::thread::spawn(move || {
        let _ = writeln!(input, "{}", hello());
        for id in 0..3000 {
            let _ = writeln!(input, "{}", get(id, &format!("org_{id}")));
        }
        let _ = input.shutdown(std::net::Shutdown::Write);
    });
    assert!(settled(&upstream) < 3000, "stdout did not block");
    let lines = BufReader::new(output).lines().map(|line| line.expect("text"));
    let answers = by_id(lines.map(|line| serde_json::from_str(&line).expect("JSON")).collect());
    assert_eq!((answers.len(), upstream.count()), (3001, 3000));
    for id in 0..3000 {
        assert_eq!(answers[&id.to_string()]["result"]["structuredContent"]["id"], format!("org_{id}"));
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_stdout_that_closes_under_a_write_repeats_nothing() {
    let upstream = Upstream::new(|request| {
        std::thread::sleep(Duration::from_millis(200));
        if request.method == "DELETE" { Answer::json(202, &json!(null)) } else { echo(request) }
    });
    let mut server =
        Server::start_unread(&["--base-url", &upstream.url], &[("WORKOS_API_KEY", crate::common::KEY)]);
    server.send(&hello());
    server.send(&delete(1));
    upstream.wait_for(1);
    drop(server.output.take());
    // What is answered now finds nobody.
    server.send(&get(2, "org_2"));
    let (status, took) = server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(3), "{took:?}");
    let deletions = upstream.received().iter().filter(|request| request.method == "DELETE").count();
    assert_eq!(deletions, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_good_end() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let mut child = crate::common::binary()
        .stdin(std::process::Stdio::piped())
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("stdin");
    std::io::Write::write_all(&mut input, format!("{}\n", hello()).as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be written"), "{output:?}");
}
