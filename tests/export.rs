//! Exports: complete, in order and without doubles, whatever happens on the way.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::listing::listing;
use common::{Answer, KEY, Received, TIMEOUT, Upstream, binary, output};
use serde_json::{Value, json};

/// A directory of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workos-mcp-export-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
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

fn id(index: usize) -> String {
    format!("user_{index:06}")
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(id).collect()
}

/// An argument of the query.
fn argument<'a>(request: &'a Received, name: &str) -> Option<&'a str> {
    let query = request.target.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// The page of a list of so many users that a request asks for.
fn page(request: &Received, count: usize, user: impl Fn(usize) -> Value) -> Answer {
    let limit: usize = argument(request, "limit").and_then(|limit| limit.parse().ok()).expect("a limit");
    let start = argument(request, "after")
        .map_or(0, |after| after.trim_start_matches("user_").parse::<usize>().expect("a cursor") + 1);
    let end = (start + limit).min(count);
    let users: Vec<Value> = (start..end).map(user).collect();
    let after = (end < count).then(|| id(end - 1));
    Answer::json(
        200,
        &json!({"object": "list", "data": users, "list_metadata": {"before": null, "after": after}}),
    )
}

fn user(index: usize) -> Value {
    json!({"object": "user", "id": id(index), "email": format!("{index}@example.com"), "name": null})
}

fn export(upstream: &Upstream, arguments: &[&str]) -> Command {
    let mut command = binary();
    command.env("WORKOS_API_KEY", KEY).args(["--base-url", &upstream.url, "export"]).args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The IDs of a finished file, in their order.
fn exported(path: &Path) -> Vec<String> {
    let file = fs::read_to_string(path).expect("the export");
    let ids = file.lines().map(|line| {
        let item: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        item["id"].as_str().expect("an ID").to_owned()
    });
    ids.collect()
}

fn start(mut command: Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

#[test]
fn faults_leave_neither_gaps_nor_doubles() {
    const COUNT: usize = 2_950;
    let folder = Folder::new("faults");
    let out = folder.file("users.jsonl");
    let mut number = 0;
    let upstream = Upstream::new(move |request| {
        number += 1;
        match number {
            2 => Answer::json(500, &json!({"message": "Internal error"})),
            5 => Answer::json(429, &json!({})).with("retry-after", "0"),
            7 => Answer::Raw(Vec::new()),
            9 => Answer::Raw(b"HTTP/1.1 200 X\r\ncontent-length: 900\r\n\r\n{\"data\": [{\"id\"".to_vec()),
            11 => Answer::Http(
                200,
                vec![("content-type".into(), "application/json".into())],
                b"{\"data\": [".to_vec(),
            ),
            13 => Answer::json(200, &json!({})),
            15 => {
                Answer::Http(200, vec![("content-type".into(), "text/html".into())], b"<p>Sorry</p>".to_vec())
            }
            17 => Answer::Stall,
            // The last page too.
            20 | 21 | 38 => Answer::json(503, &json!({})),
            _ => page(request, COUNT, user),
        }
    });
    let (printed, err, code) =
        output(&mut export(&upstream, &["list_users", "--out", text(&out), "--timeout", "0.8"]));
    assert_eq!((printed.as_str(), code), ("", 0), "{err}");
    assert!(upstream.count() >= 38, "{}", upstream.count());
    assert_eq!(exported(&out), ids(COUNT));
    assert!(err.contains("2950 items, complete") && err.contains("asking for the same page again"), "{err}");
    assert_eq!(folder.names(), ["users.jsonl"]);
    let first = fs::read_to_string(&out).expect("the export").lines().next().expect("a line").to_owned();
    assert_eq!(first, r#"{"id":"user_000000","email":"0@example.com"}"#);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&out).expect("the export").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn whatever_interrupts_it_it_goes_on_where_it_was() {
    const COUNT: usize = 6_050;
    for (name, signals) in
        [("users.jsonl", ["-KILL", "-INT", "-KILL"]), ("users.csv", ["-KILL", "-TERM", "-KILL"])]
    {
        let folder = Folder::new(&format!("signals-{name}"));
        let out = folder.file(name);
        let upstream = Upstream::new(move |request| {
            std::thread::sleep(Duration::from_millis(8));
            page(request, COUNT, user)
        });
        let arguments = ["list_users", "--out", text(&out)];
        for (run, signal) in signals.into_iter().enumerate() {
            let child = start(export(&upstream, &arguments));
            upstream.wait_for(upstream.count() + 16);
            let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill runs").success());
            let output = child.wait_with_output().expect("an end");
            let err = String::from_utf8_lossy(&output.stderr);
            if signal != "-KILL" {
                assert_eq!(output.status.code(), Some(130), "{err}");
                assert!(err.contains("interrupted after"), "{err}");
            }
            assert_eq!(err.contains("going on after"), run > 0, "{err}");
            assert!(!out.exists());
        }
        let (_, err, code) = output(&mut export(&upstream, &arguments));
        assert_eq!(code, 0, "{err}");
        if name == "users.jsonl" {
            assert_eq!(exported(&out), ids(COUNT));
        } else {
            let file = fs::read_to_string(&out).expect("the export");
            let cells: Vec<&str> =
                file.lines().map(|line| line.split(',').next().unwrap_or_default()).collect();
            assert_eq!(cells[0], "id");
            assert_eq!(cells[1..], ids(COUNT));
        }
        // What was there was not asked for again, but for the last moments before each kill.
        assert!(upstream.count() < 61 + 3 * 16, "{}", upstream.count());
        assert_eq!(folder.names(), [name]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_list() {
    let folder = Folder::new("memory");
    let mut peaks = Vec::new();
    for count in [2_000, 50_000] {
        let out = folder.file(&format!("{count}.jsonl"));
        let upstream = Upstream::new(move |request| page(request, count, user));
        let mut child = start(export(&upstream, &["list_users", "--out", text(&out)]));
        let (start, mut peak) = (Instant::now(), 0);
        while child.try_wait().expect("a status").is_none() {
            assert!(start.elapsed() < TIMEOUT, "it does not end");
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
            peak = peak.max(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default());
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(exported(&out), ids(count));
        peaks.push(peak);
    }
    assert!(peaks[0] > 0 && peaks[1] < peaks[0] + 4_000, "{peaks:?} kB");
}

#[test]
fn directory_users_are_asked_for_four_times_a_second_at_most() {
    let folder = Folder::new("pace");
    let out = folder.file("users.jsonl");
    let times = Arc::new(Mutex::new(Vec::new()));
    let log = times.clone();
    let upstream = Upstream::new(move |request| {
        let mut times = log.lock().expect("the times");
        times.push(Instant::now());
        // What is asked for again counts like any other request.
        if matches!(times.len(), 2 | 4) { Answer::json(503, &json!({})) } else { page(request, 700, user) }
    });
    let arguments = ["list_directory_users", "directory_id=directory_1", "--out", text(&out)];
    let (_, err, code) = output(&mut export(&upstream, &arguments));
    assert_eq!(code, 0, "{err}");
    assert_eq!(exported(&out), ids(700));
    let times = times.lock().expect("the times");
    for five in times.windows(5) {
        let span = five[4] - five[0];
        assert!(span > Duration::from_secs(1), "five requests within {span:?}");
    }
    assert_eq!(times.len(), 9);
    assert!(upstream.received().iter().all(|request| !request.target.contains("/directories")));
}

#[test]
fn csv_is_what_programs_read_and_spreadsheets_do_not_run() {
    let folder = Folder::new("csv");
    let out = folder.file("users.csv");
    let upstream = Upstream::new(|request| {
        page(request, 2, |index| {
            json!({"object": "directory_user", "id": id(index), "email": "a@b.c", "first_name": "=HYPERLINK(\"x\")",
                   "last_name": "O'Hara, \"Bob\"\nJr.", "role": {"slug": "admin"}, "groups": [], "new_field": 1,
                   "raw_attributes": {"phone": "+1"}, "job_title": null})
        })
    });
    let all = ["list_directory_users", "--out", text(&out)];
    let (_, err, code) = output(&mut export(&upstream, &all));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("without a column") && err.contains("new_field"), "{err}");
    let mut reader = csv::Reader::from_path(&out).expect("CSV");
    let headers = reader.headers().expect("headers").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let cell = |name: &str| &rows[1][headers.iter().position(|header| header == name).expect("a column")];
    assert_eq!(rows.len(), 2);
    assert_eq!(cell("id"), id(1));
    assert_eq!(cell("first_name"), "'=HYPERLINK(\"x\")");
    assert_eq!(cell("last_name"), "O'Hara, \"Bob\"\nJr.");
    assert_eq!(cell("role.slug"), "admin");
    assert_eq!(cell("raw_attributes"), r#"{"phone":"+1"}"#);
    assert_eq!((cell("groups"), cell("job_title")), ("[]", ""));

    let chosen =
        ["list_directory_users", "fields=last_name,id,raw_attributes.phone,new_field", "--format", "csv"];
    let (printed, err, code) = output(export(&upstream, &chosen).arg("--quiet"));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(printed.starts_with("last_name,id,raw_attributes.phone,new_field\n"), "{printed}");
    assert!(printed.contains("user_000000,+1,1\n"), "{printed}");
    let exact = ["list_directory_users", "--format", "csv", "--raw-cells", "fields=first_name"];
    let (printed, ..) = output(&mut export(&upstream, &exact));
    assert!(printed.starts_with("first_name\n\"=HYPERLINK("), "{printed}");
}

#[test]
fn nothing_is_overwritten_or_mixed() {
    let folder = Folder::new("mixed");
    let out = folder.file("users.jsonl");
    let fails = Arc::new(Mutex::new(true));
    let failing = fails.clone();
    let upstream = Upstream::new(move |request| {
        if argument(request, "after").is_some() && *failing.lock().expect("the switch") {
            return Answer::json(403, &json!({"message": "No"}));
        }
        page(request, 250, user)
    });
    let run = |arguments: &[&str]| output(export(&upstream, arguments).args(["--out", text(&out)]));
    let (_, err, code) = run(&["list_users"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("403") && err.contains("100 items kept"), "{err}");
    assert_eq!(folder.names(), ["users.jsonl.part", "users.jsonl.part.json"]);
    let state = fs::read_to_string(folder.file("users.jsonl.part.json")).expect("the state");
    assert!(!state.contains(KEY), "{state}");

    *fails.lock().expect("the switch") = false;
    let before = upstream.count();
    for (arguments, part) in [
        (&["list_organizations"][..], "another tool"),
        (&["list_users", "--format", "csv"], "another format"),
        (&["list_users", "email=a@b.c"], "other arguments"),
        (&["list_users", "fields=id"], "other arguments"),
    ] {
        let (_, err, code) = run(arguments);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(part) && err.contains("--restart"), "{err}");
    }
    assert_eq!(upstream.count(), before);
    // Another page size is no other list.
    let (_, err, code) = run(&["list_users", "limit=50"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(exported(&out), ids(250));
    assert_eq!(upstream.count(), before + 3);

    let (_, err, code) = run(&["list_users"]);
    assert_eq!((code, upstream.count()), (2, before + 3), "{err}");
    assert!(err.contains("--overwrite"), "{err}");
    fs::write(folder.file("users.jsonl.part"), "whatever").expect("a file");
    let (_, err, code) = run(&["list_users", "--overwrite"]);
    assert_eq!(code, 2, "{err}");
    let (_, err, code) = run(&["list_users", "--overwrite", "--restart", "fields=id"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(fs::read_to_string(&out).expect("the export").lines().next(), Some(r#"{"id":"user_000000"}"#));
    assert_eq!(folder.names(), ["users.jsonl"]);
}

#[test]
fn a_file_has_one_writer_and_is_whole_before_it_has_its_name() {
    let folder = Folder::new("writer");
    let out = folder.file("users.jsonl");
    let appears = out.clone();
    let upstream = Upstream::new(move |request| {
        if argument(request, "after").is_some() {
            std::thread::sleep(Duration::from_millis(400));
            fs::write(&appears, "mine").expect("a file");
        }
        page(request, 150, user)
    });
    let arguments = ["list_users", "--out", text(&out)];
    let first = start(export(&upstream, &arguments));
    upstream.wait_for(2);
    let (_, err, code) = output(&mut export(&upstream, &arguments));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("another export is writing"), "{err}");
    let first = first.wait_with_output().expect("an end");
    assert_eq!(first.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&out).expect("the file"), "mine");
    // All of it is there; it is only to be named.
    fs::remove_file(&out).expect("the file");
    let (_, err, code) = output(&mut export(&upstream, &arguments));
    assert_eq!((code, upstream.count()), (0, 2), "{err}");
    assert_eq!(exported(&out), ids(150));
}

#[test]
fn it_gives_up_where_waiting_does_not_help() {
    let folder = Folder::new("gives-up");
    let out = folder.file("users.jsonl");
    let later = |answer: Answer| {
        Upstream::new(move |request| match argument(request, "after") {
            Some(_) => answer.clone(),
            None => page(request, 300, user),
        })
    };
    let unauthorized = Upstream::answering(Answer::json(401, &json!({"message": "Unauthorized"})));
    let (_, err, code) = output(&mut export(&unauthorized, &["list_users", "--out", text(&out)]));
    assert_eq!((code, unauthorized.count()), (1, 1), "{err}");
    assert!(err.contains("Nothing was written"), "{err}");
    assert_eq!(folder.names(), Vec::<String>::new());

    let wait = later(Answer::json(429, &json!({})).with("retry-after", "3600"));
    let (_, err, code) = output(&mut export(&wait, &["list_users", "--out", text(&out)]));
    assert_eq!((code, wait.count()), (1, 2), "{err}");
    assert!(err.contains("3600") && err.contains("100 items kept"), "{err}");

    let broken = later(Answer::json(200, &json!({"data": {}})));
    let arguments = ["list_users", "--out", text(&out), "--restart", "--retries", "1"];
    let (_, err, code) = output(&mut export(&broken, &arguments));
    assert_eq!((code, broken.count()), (1, 3), "{err}");
    assert!(err.contains("without a list") && err.contains("(1 of 1)"), "{err}");

    // A list that goes round, or does not move.
    for cursors in [["user_000000", "user_000000"], ["user_000000", "user_000001"]] {
        let mut count = 0;
        let round = Upstream::new(move |_| {
            count += 1;
            let page = json!({"data": [user(count)], "list_metadata": {"after": cursors[count % 2]}});
            Answer::json(200, &page)
        });
        let arguments = ["list_users", "--out", text(&out), "--restart"];
        let (_, err, code) = output(&mut export(&round, &arguments));
        assert_eq!(code, 1, "{err}");
        assert!(err.contains("never end") && round.count() <= 3, "{err}");
    }
}

#[test]
fn a_page_that_repeats_its_predecessor_is_written_once() {
    let upstream = Upstream::new(|request| {
        let (data, after) = match argument(request, "after") {
            None => (json!([user(0), user(1)]), Some(id(1))),
            Some(_) => (json!([user(1), user(2)]), None),
        };
        Answer::json(200, &json!({"data": data, "list_metadata": {"after": after}}))
    });
    let (printed, err, code) = output(&mut export(&upstream, &["list_users", "fields=email"]));
    assert_eq!(code, 0, "{err}");
    let lines: Vec<String> = (0..3).map(|index| format!("{{\"email\":\"{index}@example.com\"}}\n")).collect();
    assert_eq!(printed, lines.concat());
}

#[test]
fn one_page_is_asked_for_ahead_and_none_after_the_last() {
    // More in a page than a pipe holds.
    let long = |index: usize| json!({"object": "user", "id": id(index), "email": "x".repeat(5_000)});
    let upstream = Upstream::new(move |request| page(request, 250, long));
    let mut export = export(&upstream, &["list_users"]).stdout(Stdio::piped()).spawn().expect("it runs");
    // Nobody reads yet, so the first page cannot be written.
    upstream.wait_for(2);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(upstream.count(), 2);
    let mut written = String::new();
    export.stdout.take().expect("stdout").read_to_string(&mut written).expect("text");
    assert!(export.wait().expect("it ends").success());
    let lines = written.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let found: Vec<String> = lines.map(|user| user["id"].as_str().expect("an ID").to_owned()).collect();
    assert_eq!(found, ids(250));
    let cursors: Vec<Option<String>> =
        upstream.received().iter().map(|request| argument(request, "after").map(str::to_owned)).collect();
    assert_eq!(cursors, [None, Some(id(99)), Some(id(199))]);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let upstream = Upstream::new(|request| page(request, 1_000_000, user));
    let mut child = export(&upstream, &["list_users", "--out", "-"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    upstream.wait_for(1);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn wrong_usage_is_found_out_before_anything_is_sent() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"data": []})));
    let folder = Folder::new("usage");
    let missing = folder.file("nowhere/users.jsonl");
    for (arguments, expected, part) in [
        (&["get_organization", "id=org_1"][..], 2, "no tool that lists"),
        (&["list_user"], 2, "did you mean `list_users`?"),
        (&["list_users", "max_items=5"], 2, "max_items"),
        (&["list_users", "before=user_1"], 2, "before"),
        (&["list_users", "count_by=locale"], 2, "`call` counts them"),
        (&["list_users", "sort_by=email"], 2, "`call` sorts"),
        (&["list_users", r#"where={"email":{"like":"x"}}"#], 2, "no operator `like`"),
        (&["list_users", "limt=5"], 2, "did you mean `limit`?"),
        (&["list_users", "--format", "xml"], 2, "jsonl"),
        (&["list_users", "--out", text(&folder.0)], 2, "directory"),
        (&["list_users", "--out", text(&missing)], 1, "cannot be written"),
        (&["list_users", "--toolsets", "sso"], 2, "Unknown tool"),
    ] {
        let (printed, err, code) = output(&mut export(&upstream, arguments));
        assert_eq!((printed.as_str(), code), ("", expected), "{arguments:?}: {err}");
        assert!(err.contains(part), "{part}: {err}");
    }
    assert_eq!(upstream.count(), 0);
    let (_, err, code) = output(&mut export(&upstream, &["list_users", "fields=nme"]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("did you mean `name`?"), "{err}");
}

#[test]
fn only_what_fits_is_exported() {
    let upstream = listing(250, |index| {
        let mut user = json!({"email": format!("{index}@example.com"), "metadata": {}});
        if index == 170 {
            user["metadata"]["tier"] = "gold".into();
        }
        user
    });
    let run = |conditions: &str| output(&mut export(&upstream, &["list_users", conditions, "fields=id"]));
    let (printed, err, code) = run(r#"where={"email":{"contains":"99@"}}"#);
    assert_eq!((printed.as_str(), code), ("{\"id\":\"item_99\"}\n{\"id\":\"item_199\"}\n", 0), "{err}");
    // What the first page does not have may come later; what nothing has is a mistake.
    let (printed, err, code) = run(r#"where={"metadata.tier":"gold"}"#);
    assert_eq!((printed.as_str(), code), ("{\"id\":\"item_170\"}\n", 0), "{err}");
    let (printed, err, code) = run(r#"where={"metadata.tir":"gold"}"#);
    assert_eq!((printed.as_str(), code), ("", 2), "{err}");
    assert!(err.contains("did you mean `metadata.tier`?"), "{err}");
    // Other conditions are another export: nothing of it is gone on with.
    let folder = Folder::new("where");
    let file = folder.file("users.jsonl");
    let (_, err, code) = output(&mut export(
        &upstream,
        &["list_users", r#"where={"email":"1@example.com"}"#, "--out", text(&file)],
    ));
    assert_eq!((code, fs::read_to_string(&file).expect("the file").lines().count()), (0, 1), "{err}");
}

#[test]
fn credentials_of_a_live_environment_are_masked() {
    let upstream = Upstream::answering(Answer::json(
        200,
        &json!({"data": [{"id": "invitation_1", "token": "example_token", "accept_invitation_url": "https://example.com"}]}),
    ));
    for format in ["jsonl", "csv"] {
        let mut command = export(&upstream, &["list_invitations", "--format", format]);
        let (printed, err, code) = output(command.env("WORKOS_API_KEY", "sk_live_example_x"));
        assert_eq!(code, 0, "{err}");
        assert!(printed.contains("[masked]") && !printed.contains("example_token"), "{printed}");
    }
}
