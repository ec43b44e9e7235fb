//! `workos-mcp batch`: each row once, whatever happens on the way.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Answer, KEY, Received, TIMEOUT, Upstream, binary, output};
use serde_json::{Value, json};

/// A directory of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workos-mcp-batch-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).expect("a file");
        self.file(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("one").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn batch(upstream: &Upstream, arguments: &[&str]) -> Command {
    let mut command = binary();
    command.env("WORKOS_API_KEY", KEY).args(["--base-url", &upstream.url, "batch"]).args(arguments);
    command
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// The e-mail that a request creates a user with.
fn email(request: &Received) -> String {
    request.json().unwrap_or_default()["email"].as_str().unwrap_or_default().to_owned()
}

fn created(request: &Received) -> Answer {
    Answer::json(
        201,
        &json!({"object": "user", "id": format!("user_{}", email(request)), "email": email(request)}),
    )
}

fn upstream() -> Upstream {
    Upstream::new(created)
}

/// How often each user was created.
fn counts(upstream: &Upstream) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in upstream.received().iter().filter(|request| request.method == "POST") {
        *counts.entry(email(request)).or_default() += 1;
    }
    counts
}

fn users(count: usize) -> String {
    let rows: Vec<String> = (0..count).map(|index| format!("{index}@example.com,First {index}\n")).collect();
    "email,first_name\n".to_owned() + &rows.concat()
}

fn results(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the results");
    assert!(text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn every_row_is_sent_once_and_has_its_line() {
    let folder = Folder::new("all");
    let upstream = upstream();
    let (input, out) = (folder.write("users.csv", users(50)), folder.file("results.jsonl"));
    let arguments = ["create_user", "--in", &input, "--out", &out, "--fields", ""];
    let (printed, err, code) = output(&mut batch(&upstream, &arguments[..5]));
    assert_eq!((printed.as_str(), code), ("", 0), "{err}");
    assert!(err.contains("50 of 50 rows done"), "{err}");
    let lines = results(&out);
    assert_eq!(lines.len(), 50);
    for (index, line) in lines.iter().enumerate() {
        let email = format!("{index}@example.com");
        assert_eq!(
            (&line["row"], &line["line"], &line["ok"]),
            (&json!(index + 1), &json!(index + 2), &json!(true))
        );
        assert_eq!(line["answer"]["email"], email);
    }
    assert!(counts(&upstream).values().all(|count| *count == 1) && upstream.count() == 50);
    // Once more is nothing more, and more rows are only these.
    let (_, err, code) = output(&mut batch(&upstream, &arguments[..5]));
    assert_eq!((code, upstream.count()), (0, 50), "{err}");
    folder.write("users.csv", users(52));
    let (_, err, code) = output(&mut batch(&upstream, &arguments[..5]));
    assert_eq!((code, upstream.count(), results(&out).len()), (0, 52, 52), "{err}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&out).expect("the results").permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(folder.names(), ["results.jsonl", "users.csv"]);
}

#[test]
fn cells_are_what_the_schema_makes_of_them() {
    let folder = Folder::new("cells");
    let upstream = upstream();
    let csv = "\u{feff}email,metadata.plan,metadata.seats,email_verified,first_name\r\na@b.c,gold,5,TRUE,\"O'Hara, \"\"Bob\"\"\"\r\nd@b.c,,,,\r\n";
    let jsonl = "{\"email\":\"a@b.c\",\"metadata\":{\"plan\":\"gold\",\"seats\":\"5\"},\"email_verified\":true,\"first_name\":\"O'Hara, \\\"Bob\\\"\"}\n\n{\"email\":\"d@b.c\"}\n";
    for (name, text) in [("users.csv", csv), ("users.jsonl", jsonl)] {
        let before = upstream.count();
        let (input, out) = (folder.write(name, text), folder.file(&format!("{name}.out")));
        let (_, err, code) = output(&mut batch(
            &upstream,
            &["create_user", "--in", &input, "--out", &out, "--concurrency", "1"],
        ));
        assert_eq!(code, 0, "{name}: {err}");
        let bodies: Vec<Value> = upstream.received()[before..].iter().filter_map(Received::json).collect();
        let full = json!({"email": "a@b.c", "metadata": {"plan": "gold", "seats": "5"}, "email_verified": true, "first_name": "O'Hara, \"Bob\""});
        assert_eq!(bodies, [full, json!({"email": "d@b.c"})], "{name}");
    }
    // From stdin, with arguments for every row, and a choice of what is answered.
    let upstream =
        Upstream::answering(Answer::json(200, &json!({"id": "user_1", "email": "a@b.c", "name": "A"})));
    let mut child = batch(&upstream, &["get_user", "--in", "-", "--fields", "email"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child.stdin.take().expect("stdin").write_all(b"id\nuser_1\n").expect("it reads");
    let read = child.wait_with_output().expect("an end");
    let line: Value = serde_json::from_slice(&read.stdout).expect("a line");
    assert_eq!((read.status.code(), &line["answer"]), (Some(0), &json!({"email": "a@b.c"})));
}

#[test]
fn all_rows_are_checked_before_the_first_is_sent() {
    let folder = Folder::new("check");
    let upstream = upstream();
    let out = folder.file("results.jsonl");
    for (name, text, tool, parts) in [
        (
            "a.csv",
            "email,fist_name\na@b.c,A\n,B\nc@b.c,C\n",
            "create_user",
            &[
                "lines 2, 4: `fist_name` is not an argument; did you mean `first_name`?",
                "line 3: ",
                "`email` is required",
                "3 rows are wrong; nothing was sent",
            ][..],
        ),
        (
            "b.csv",
            "id,first_name\nuser_1,A\norg_1,B\n..,C\n",
            "update_user",
            &["line 3: `id` is `org_1`", "line 4: `id` cannot be part of a URL path"],
        ),
        ("c.csv", "email\na@b.c\nb@b.c\na@b.c\n", "create_user", &["line 4: it is the same as line 2"]),
        (
            "d.jsonl",
            "{\"email\":\"a@b.c\"}\n[]\n{\n{\"email\":\"a\",\"email\":\"b\"}\n",
            "create_user",
            &["line 2: it is no JSON object", "line 3: it is not JSON", "line 4: "],
        ),
        ("e.csv", "email,name\na@b.c\n", "create_user", &["line 2: it has 1 cells, and the header has 2"]),
        ("f.csv", "email,email\na@b.c,x\n", "create_user", &["same argument"]),
        ("g.csv", "email\n", "create_user", &["has no rows"]),
        ("h.txt", "email\na@b.c\n", "create_user", &["--format"]),
        ("i.csv", "email\na@b.c\n", "create_usr", &["did you mean `create_user`?"]),
    ] {
        let input = folder.write(name, text);
        for extra in [&["--dry-run"][..], &[]] {
            let arguments = [&[tool, "--in", &input, "--out", &out][..], extra].concat();
            let (_, err, code) = output(&mut batch(&upstream, &arguments));
            assert_eq!(code, 2, "{name}: {err}");
            for part in parts {
                assert!(err.contains(part), "{part}: {err}");
            }
            assert!(!Path::new(&out).exists());
        }
    }
    // What is not allowed is another thing than what is wrong.
    let input = folder.write("users.csv", "id\nuser_1\n");
    let refused = ["delete_user", "--in", &input, "--out", &out, "--access", "write"];
    let (_, err, code) = output(&mut batch(&upstream, &refused));
    assert!(code == 3 && err.contains("--access full"), "{code}: {err}");
    let (_, err, code) = output(&mut batch(&upstream, &["delete_user", "--in", &input]));
    assert!(code == 2 && err.contains("--out"), "{err}");
    let (_, err, code) = output(&mut batch(&upstream, &["delete_user", "--in", &input, "--dry-run"]));
    assert!(code == 0 && err.contains("1 would be sent, 1 of them destroy"), "{err}");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn failures_are_written_down_and_sent_again_only_on_demand() {
    let folder = Folder::new("failures");
    let mended = Arc::new(Mutex::new(false));
    let switch = mended.clone();
    let mut slow = 0;
    let upstream = Upstream::new(move |request| match email(request).as_str() {
        _ if *switch.lock().expect("the switch") => created(request),
        "2@example.com" => Answer::json(422, &json!({"message": "No", "code": "invalid"}))
            .with("x-request-id", "req_example"),
        "4@example.com" => Answer::Raw(Vec::new()),
        "5@example.com" if slow < 4 => {
            slow += 1;
            Answer::json(429, &json!({})).with("retry-after", "0")
        }
        _ => created(request),
    });
    let (input, out) = (folder.write("users.csv", users(8)), folder.file("results.jsonl"));
    let run = |extra: &[&str]| {
        output(&mut batch(&upstream, &[&["create_user", "--in", &input, "--out", &out][..], extra].concat()))
    };
    let (_, err, code) = run(&[]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("6 of 8 rows done, 1 failed, 1 may have taken effect"), "{err}");
    let lines = results(&out);
    assert_eq!(
        lines.iter().map(|line| line["row"].as_u64().expect("a row")).collect::<Vec<_>>(),
        (1..9).collect::<Vec<_>>()
    );
    assert_eq!(
        (&lines[2]["status"], &lines[2]["request_id"], &lines[2]["ok"]),
        (&json!(422), &json!("req_example"), &json!(false))
    );
    assert!(lines[2].get("may_have_taken_effect").is_none());
    assert_eq!(lines[4]["may_have_taken_effect"], true);

    *mended.lock().expect("the switch") = true;
    let before = counts(&upstream);
    assert_eq!((before["4@example.com"], before["5@example.com"]), (1, 5));
    let (_, err, code) = run(&[]);
    assert_eq!((code, &counts(&upstream)), (1, &before), "{err}");
    let (_, err, code) = run(&["--retry-failed"]);
    assert_eq!(code, 1, "{err}");
    assert_eq!((counts(&upstream)["2@example.com"], counts(&upstream)["4@example.com"]), (2, 1));
    let (_, err, code) = run(&["--retry-unknown"]);
    assert_eq!((code, counts(&upstream)["4@example.com"]), (0, 2), "{err}");
    assert!(results(&out).iter().all(|line| line["ok"] == true));
}

#[test]
fn a_batch_stops_where_going_on_is_in_vain() {
    let folder = Folder::new("stops");
    let input = folder.write("users.csv", users(100));
    for (answer, part) in [
        (Answer::json(401, &json!({"message": "Unauthorized"})), "401"),
        (Answer::json(429, &json!({})).with("retry-after", "3600"), "429"),
    ] {
        let out = folder.file(&format!("{part}.jsonl"));
        let mended = Arc::new(Mutex::new(false));
        let switch = mended.clone();
        let upstream = Upstream::new(move |request| {
            if *switch.lock().expect("the switch") { created(request) } else { answer.clone() }
        });
        let arguments = ["create_user", "--in", &input, "--out", &out];
        let (_, err, code) = output(&mut batch(&upstream, &arguments));
        let refused = upstream.count();
        assert!(code == 1 && refused <= 4 && err.contains(part), "{refused}: {err}");
        // The rows were not at fault: they are sent again without a word.
        *mended.lock().expect("the switch") = true;
        let (_, err, code) = output(&mut batch(&upstream, &arguments));
        assert_eq!((code, upstream.count()), (0, refused + 100), "{err}");
        // In another place nothing of this is known.
        let elsewhere = self::upstream();
        let (_, err, code) = output(&mut batch(&elsewhere, &arguments));
        assert!(code == 2 && elsewhere.count() == 0 && err.contains("base URL"), "{err}");
    }
    let nobody = "http://127.0.0.1:1";
    let out = folder.file("nobody.jsonl");
    let arguments =
        ["--base-url", nobody, "batch", "create_user", "--in", &input, "--out", &out, "--retries", "0"];
    let (_, err, code) = output(binary().env("WORKOS_API_KEY", KEY).args(arguments));
    assert!(code == 1 && err.contains("stopped"), "{err}");

    let upstream = Upstream::new(|request| {
        if email(request) == "3@example.com" { Answer::json(422, &json!({})) } else { created(request) }
    });
    let out = folder.file("first.jsonl");
    let arguments = ["create_user", "--in", &input, "--out", &out, "--stop-on-error", "--concurrency", "1"];
    let (_, err, code) = output(&mut batch(&upstream, &arguments));
    assert_eq!((code, upstream.count()), (1, 4), "{err}");
    let (_, err, code) = output(&mut batch(&upstream, &arguments[..5]));
    assert_eq!((code, upstream.count()), (1, 100), "{err}");
}

/// Killed at any moment, and run until it is through: nothing twice, and what nobody knows is said.
#[cfg(unix)]
#[test]
fn killed_at_any_point_nothing_is_sent_twice() {
    const ROWS: usize = 120;
    let folder = Folder::new("killed");
    let (input, out) = (folder.write("users.csv", users(ROWS)), folder.file("results.jsonl"));
    let upstream = Upstream::new(|request| {
        std::thread::sleep(Duration::from_millis(2));
        created(request)
    });
    let arguments = ["create_user", "--in", &input, "--out", &out, "--quiet"];
    let mut reached = 0;
    for kill in 0..8 {
        let mut child = start(batch(&upstream, &arguments));
        let begun = Instant::now();
        while upstream.count() < reached + 9 + kill && child.try_wait().expect("a status").is_none() {
            assert!(begun.elapsed() < TIMEOUT, "it does not go on");
            std::thread::sleep(Duration::from_micros(200));
        }
        child.kill().expect("killed");
        child.wait().expect("an end");
        reached = upstream.count();
    }
    let (_, err, code) = output(&mut batch(&upstream, &arguments[..5]));
    assert!(code == 0 || code == 1, "{err}");
    let counts = counts(&upstream);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    let lines = results(&out);
    assert_eq!(lines.len(), ROWS);
    let unknown = lines.iter().filter(|line| line["may_have_taken_effect"] == true).count();
    let done = lines.iter().filter(|line| line["ok"] == true).count();
    assert_eq!(done + unknown, ROWS);
    assert!(unknown <= 8 * 4, "{unknown}");
    assert!(counts.len() >= done, "what is done has arrived");
    assert_eq!(code, i32::from(unknown > 0));
}

#[cfg(unix)]
#[test]
fn an_interrupt_lets_what_was_sent_come_to_its_end() {
    let folder = Folder::new("interrupt");
    let (input, out) = (folder.write("users.csv", users(200)), folder.file("results.jsonl"));
    let upstream = Upstream::new(|request| {
        std::thread::sleep(Duration::from_millis(10));
        created(request)
    });
    let arguments = ["create_user", "--in", &input, "--out", &out];
    let child = start(batch(&upstream, &arguments));
    upstream.wait_for(10);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let ended = child.wait_with_output().expect("an end");
    let err = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{err}");
    let lines = results(&out);
    assert!(lines.len() == upstream.count() && lines.iter().all(|line| line["ok"] == true), "{err}");
    let (_, err, code) = output(&mut batch(&upstream, &arguments));
    assert_eq!((code, upstream.count()), (0, 200), "{err}");
    assert!(counts(&upstream).values().all(|count| *count == 1));
}

#[test]
fn results_belong_to_their_rows() {
    let folder = Folder::new("rows");
    let upstream = upstream();
    let (input, out) = (folder.write("users.csv", users(3)), folder.file("results.jsonl"));
    let (_, err, code) = output(&mut batch(&upstream, &["create_user", "--in", &input, "--out", &out]));
    assert_eq!(code, 0, "{err}");
    for (text, tool, part) in [
        (users(3).replace("First 1", "Other"), "create_user", "row 2 was another one"),
        (users(2), "create_user", "it knows of row 3"),
        (users(3).replace("first_name", "last_name"), "create_user", "row 1 was another one"),
        (users(3).replace("email,first_name", "email,name"), "create_user", "was another one"),
    ] {
        folder.write("users.csv", text);
        let (_, err, code) = output(&mut batch(&upstream, &[tool, "--in", &input, "--out", &out]));
        assert!(code == 2 && err.contains(part), "{part}: {err}");
    }
    folder.write("users.csv", users(3));
    for (content, part) in [
        (&b"id,email\nuser_1,a@b.c\n"[..], "does not hold the results"),
        (b"{\"id\":\"user_1\"}\n", "does not hold the results"),
        (b"whatever", "does not hold the results"),
    ] {
        let foreign = folder.write("foreign.jsonl", content);
        let (_, err, code) =
            output(&mut batch(&upstream, &["create_user", "--in", &input, "--out", &foreign]));
        assert!(code == 2 && err.contains(part), "{err}");
        assert_eq!(fs::read(&foreign).expect("the file"), content);
    }
    let (_, err, code) = output(&mut batch(
        &upstream,
        &["create_user", "--in", &input, "--out", folder.0.to_str().expect("UTF-8")],
    ));
    assert!(code == 2 && err.contains("directory"), "{err}");
    #[cfg(unix)]
    {
        let link = folder.file("link.jsonl");
        std::os::unix::fs::symlink(folder.file("elsewhere"), &link).expect("a link");
        let (_, err, code) = output(&mut batch(&upstream, &["create_user", "--in", &input, "--out", &link]));
        assert!(code == 2 && err.contains("symbolic link"), "{err}");
    }
    assert_eq!(upstream.count(), 3);
}

#[test]
fn a_file_has_one_writer() {
    let folder = Folder::new("writer");
    let (input, out) = (folder.write("users.csv", users(4)), folder.file("results.jsonl"));
    let upstream = Upstream::new(|request| {
        std::thread::sleep(Duration::from_millis(200));
        created(request)
    });
    let arguments = ["create_user", "--in", &input, "--out", &out, "--concurrency", "1"];
    let first = start(batch(&upstream, &arguments));
    upstream.wait_for(1);
    let (_, err, code) = output(&mut batch(&upstream, &arguments));
    assert!(code == 2 && err.contains("another batch is writing"), "{err}");
    assert_eq!(first.wait_with_output().expect("an end").status.code(), Some(0));
    assert_eq!(upstream.count(), 4);
}

#[test]
fn rows_of_one_object_keep_their_order() {
    let folder = Folder::new("order");
    let upstream = Upstream::new(|request| {
        std::thread::sleep(Duration::from_millis(5));
        Answer::json(200, &json!({"id": request.target.rsplit('/').next()}))
    });
    let rows: Vec<String> = (0..20).map(|index| format!("user_{},Name {index}\n", index % 2)).collect();
    let (input, out) = (
        folder.write("users.csv", "id,first_name\n".to_owned() + &rows.concat()),
        folder.file("results.jsonl"),
    );
    let (_, err, code) = output(&mut batch(&upstream, &["update_user", "--in", &input, "--out", &out]));
    assert_eq!(code, 0, "{err}");
    for user in ["user_0", "user_1"] {
        let names: Vec<usize> = upstream
            .received()
            .iter()
            .filter(|request| request.target.ends_with(user))
            .map(|request| {
                request.json().expect("a body")["first_name"].as_str().expect("a name")[5..]
                    .parse()
                    .expect("a number")
            })
            .collect();
        assert!(names.len() == 10 && names.is_sorted(), "{names:?}");
    }
}

#[test]
fn the_audit_log_and_confirmations_hold_for_every_row() {
    let folder = Folder::new("audit");
    let upstream = Upstream::answering(Answer::json(204, &Value::Null));
    let (input, out, log) = (
        folder.write("users.csv", "id\nuser_1\nuser_2\n"),
        folder.file("results.jsonl"),
        folder.file("audit.jsonl"),
    );
    let arguments = ["delete_user", "--in", &input, "--out", &out, "--audit-log", &log];
    // Whoever has to be asked and cannot be is not passed over.
    let (_, err, code) =
        output(&mut batch(&upstream, &[&arguments[..], &["--confirm", "always", "--yes"]].concat()));
    assert!(code == 3 && err.contains("confirmed at a terminal") && upstream.count() == 0, "{err}");
    assert!(!Path::new(&out).exists());
    let (_, err, code) = output(&mut batch(&upstream, &arguments));
    assert_eq!((code, upstream.count()), (0, 2), "{err}");
    let text = fs::read_to_string(&log).expect("the log");
    let seen: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["decision"].take())
        .collect();
    assert_eq!(seen, ["refused", "refused", "allowed", "allowed"], "{text}");
    // Without a trace nothing is done.
    let out = folder.file("other.jsonl");
    let (_, err, code) = output(&mut batch(
        &upstream,
        &["delete_user", "--in", &input, "--out", &out, "--audit-log", &folder.file("nowhere/audit.jsonl")],
    ));
    assert!(code == 1 && upstream.count() == 2 && err.contains("audit log"), "{err}");
}

#[test]
fn the_sandbox_has_batches_too() {
    let folder = Folder::new("sandbox");
    let (input, out, world) =
        (folder.write("users.csv", users(3)), folder.file("results.jsonl"), folder.file("world.jsonl"));
    let run = || {
        output(binary().args([
            "batch",
            "create_user",
            "--sandbox",
            "--sandbox-file",
            &world,
            "--in",
            &input,
            "--out",
            &out,
        ]))
    };
    for _ in 0..2 {
        let (_, err, code) = run();
        assert_eq!(code, 0, "{err}");
        assert!(results(&out).iter().all(|line| line["ok"] == true), "{err}");
    }
}
