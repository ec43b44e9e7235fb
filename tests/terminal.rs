//! `call` at a terminal: it asks before it destroys something.

#![cfg(all(unix, feature = "server"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use common::{Answer, KEY, Upstream, binary};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};

/// Both ends of a terminal: what a person types into, and what a program reads from.
fn terminal() -> (File, OwnedFd) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&controller).expect("a terminal");
    unlockpt(&controller).expect("a terminal");
    let name = ptsname(&controller, Vec::new()).expect("its name");
    let end = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its other end");
    (File::from(controller), end)
}

fn upstream() -> Upstream {
    Upstream::new(|request| match request.method.as_str() {
        "GET" => Answer::json(200, &json!({"id": "org_1", "name": "Example \u{202e}Corp"})),
        _ => Answer::json(202, &Value::Null),
    })
}

/// Ends with the test, whatever becomes of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Calls with a terminal as stdin, and types this once it is asked; stderr and the exit code.
fn called(upstream: &Upstream, arguments: &[&str], typed: &str) -> (String, Option<i32>) {
    let (mut person, stdin) = terminal();
    let child = binary()
        .args(["--base-url", &upstream.url])
        .args(arguments)
        .env("WORKOS_API_KEY", KEY)
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut child = Running(child);
    let mut stderr = child.0.stderr.take().expect("stderr");
    let mut text = Vec::new();
    let mut byte = [0];
    while matches!(stderr.read(&mut byte), Ok(1)) {
        text.push(byte[0]);
        if text.ends_with(b"Type yes to go on: ") {
            let before = upstream.received().iter().filter(|request| request.method != "GET").count();
            assert_eq!(before, 0, "asked first");
            person.write_all(typed.as_bytes()).expect("it is read");
        }
    }
    let status = child.0.wait().expect("a status");
    (String::from_utf8(text).expect("UTF-8"), status.code())
}

fn destroyed(upstream: &Upstream) -> usize {
    upstream.received().iter().filter(|request| request.method != "GET").count()
}

#[test]
fn it_asks_before_it_destroys() {
    let delete = ["call", "delete_organization", "id=org_1"];
    for (typed, gone, code) in [
        ("yes\n", 1, 0),
        (" YES \n", 1, 0),
        ("no\n", 0, 3),
        ("y\n", 0, 3),
        ("\n", 0, 3),
        ("yes, or no\n", 0, 3),
        // The end of input.
        ("\u{4}", 0, 3),
    ] {
        let upstream = upstream();
        let (err, found) = called(&upstream, &delete, typed);
        assert_eq!((destroyed(&upstream), found), (gone, Some(code)), "{typed:?}: {err}");
        assert!(
            err.starts_with(
                "In a staging (test) environment:\nDelete organization \"Example \\u202eCorp\"?\nid: "
            ),
            "{err}"
        );
        assert_eq!(err.contains("Nothing was changed"), gone == 0, "{err}");
    }
}

#[test]
fn it_does_not_ask_where_nobody_wants_to_be_asked() {
    let delete = ["call", "delete_organization", "id=org_1"];
    for (arguments, asks, gone, code) in [
        (&[&delete[..], &["--yes"]].concat(), false, 1, 0),
        (&[&delete[..], &["-y"]].concat(), false, 1, 0),
        (&[&["--confirm", "never"], &delete[..]].concat(), false, 1, 0),
        // Whoever set that up wants somebody to be asked.
        (&[&["--confirm", "always"], &delete[..], &["--yes"]].concat(), true, 0, 3),
        (&vec!["call", "get_organization", "id=org_1"], false, 0, 0),
        (&vec!["call", "update_organization", "id=org_1", "name=B"], false, 1, 0),
        // What is wrong is no question.
        (&vec!["call", "delete_organization", "id=.."], false, 0, 2),
        (&[&["--access", "write"], &delete[..]].concat(), false, 0, 3),
    ] {
        let upstream = upstream();
        let (err, found) = called(&upstream, arguments, "no\n");
        assert_eq!(err.contains("Type yes"), asks, "{arguments:?}: {err}");
        assert_eq!((destroyed(&upstream), found), (gone, Some(code)), "{arguments:?}: {err}");
    }
}

/// A batch asks once about all rows.
#[test]
fn a_batch_asks_once() {
    let folder = std::env::temp_dir().join(format!("workos-mcp-terminal-batch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let rows: Vec<String> = (0..30).map(|index| format!("org_{index}\n")).collect();
    std::fs::write(file("rows.csv"), "id\n".to_owned() + &rows.concat()).expect("the rows");
    let (input, out) = (file("rows.csv"), file("results.jsonl"));
    let delete = ["batch", "delete_organization", "--in", &input, "--out", &out];
    for (arguments, typed, asks, gone, code) in [
        (&delete[..], "no\n", true, 0, 3),
        (&delete[..], "yes\n", true, 30, 0),
        (&[&delete[..], &["--yes"]].concat(), "", false, 30, 0),
        (&[&delete[..], &["--yes", "--confirm", "always"]].concat(), "no\n", true, 0, 3),
    ] {
        let upstream = upstream();
        let _ = std::fs::remove_file(&out);
        let (err, found) = called(&upstream, arguments, typed);
        assert_eq!(
            (destroyed(&upstream), found, err.matches("Type yes").count()),
            (gone, Some(code), usize::from(asks)),
            "{err}"
        );
        let beginning = "In a staging (test) environment:\nDestroy something with 30 of 30 rows?\n30 × Delete organization: ";
        assert_eq!(err.starts_with(beginning), asks, "{err}");
        if asks {
            assert!(err.contains("1. Delete organization \"Example \\u202eCorp\", id: \"org_0\""), "{err}");
            assert!(err.contains("and 10 others: ") && err.contains("\"org_29\""), "{err}");
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder");
}

#[test]
fn without_a_terminal_it_behaves_as_configured() {
    for (confirm, yes, gone, code) in [
        ("auto", false, 1, 0),
        ("auto", true, 1, 0),
        ("never", false, 1, 0),
        ("always", false, 0, 3),
        ("always", true, 0, 3),
    ] {
        let upstream = upstream();
        let mut arguments = vec![
            "--base-url",
            &upstream.url,
            "--confirm",
            confirm,
            "call",
            "delete_organization",
            "id=org_1",
        ];
        arguments.extend(yes.then_some("--yes"));
        let (_, err, found) = common::output(binary().args(arguments).env("WORKOS_API_KEY", KEY));
        assert_eq!((destroyed(&upstream), found), (gone, code), "{confirm} {yes}: {err}");
        assert_eq!(upstream.count(), gone, "nobody is asked, so nothing is looked up");
    }
}

/// Whoever presses Ctrl-C at the question has sent nothing.
#[test]
fn an_interrupt_is_a_no() {
    let upstream = upstream();
    let (_person, stdin) = terminal();
    let child = binary()
        .args(["--base-url", &upstream.url, "call", "delete_organization", "id=org_1"])
        .env("WORKOS_API_KEY", KEY)
        .stdin(Stdio::from(stdin))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut child = Running(child);
    let mut stderr = child.0.stderr.take().expect("stderr");
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"Type yes to go on: ") && matches!(stderr.read(&mut byte), Ok(1)) {
        text.push(byte[0]);
    }
    let pid = child.0.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("text");
    assert_eq!((child.0.wait().expect("a status").code(), destroyed(&upstream)), (Some(1), 0), "{rest}");
    assert!(rest.contains("nothing was changed"), "{rest}");
}
