//! Files beside the pipe: the log says what happens and nothing else, and a file that does not
//! answer holds up what needs it, not the server.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{Answer, KEY, Server, Upstream, binary, output};
use serde_json::{Value, json};

/// A folder that is gone when this is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workos-mcp-files-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn upstream() -> Upstream {
    Upstream::answering(Answer::json(200, &json!({"id": "org_1", "name": "Example Corp"})))
}

fn user() -> Value {
    json!({"email": "jane@example.com", "password": "example_password_17"})
}

/// Waits until a file holds this.
fn wait_for(path: &str, text: &str) -> String {
    let start = Instant::now();
    loop {
        let found = std::fs::read_to_string(path).unwrap_or_default();
        if found.contains(text) {
            return found;
        }
        assert!(start.elapsed() < common::TIMEOUT, "`{text}` is not in {path}: {found}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_log_says_what_happens_and_nothing_else() {
    let folder = Folder::new("log");
    let log = folder.file("log");
    let upstream = upstream();
    let mut server = Server::against(
        &upstream,
        &["--toolsets", "all", "--log-file", &log, "--log-level", "debug", "--access", "full"],
    );
    server.call("get_organization", json!({"id": "org_private"}));
    server.call("create_user", user());
    server.failure("delete_organization", json!({"id": ".."}));
    server.close();
    assert_eq!(server.wait().0.code(), Some(0));
    let text = wait_for(&log, "stopped");

    let started: Vec<&str> = text.lines().filter(|line| line.contains("serving")).collect();
    let [started] = started[..] else { panic!("one line at start: {text}") };
    for part in [
        concat!("version=\"", env!("CARGO_PKG_VERSION"), "\""),
        "environment=\"staging\"",
        "access=\"full\"",
        "tools=",
    ] {
        assert!(started.contains(part), "{part}: {started}");
    }
    assert!(text.contains("tool=\"get_organization\" failed=false"), "{text}");
    assert!(text.contains("/organizations/{id}"), "the client's attempts are logged: {text}");
    for secret in ["org_private", "jane@example.com", "example_password_17", "Example Corp", KEY] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&log).expect("the log").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn nothing_is_logged_unless_somebody_asks_for_it() {
    let run = |arguments: &[&str]| output(binary().args(["--sandbox", "call", "whoami"]).args(arguments));
    let (_, quiet, code) = run(&[]);
    assert_eq!((quiet.as_str(), code), ("", 0));
    let (_, wrong, code) = run(&["--log-level", "loud"]);
    assert!(code == 2 && wrong.contains("`off`, `error`, `warn`, `info`, `debug`"), "{wrong}");
    // An empty variable is none.
    let mut command = binary();
    command
        .args(["--sandbox", "call", "whoami"])
        .env("WORKOS_MCP_LOG_LEVEL", "")
        .env("WORKOS_MCP_LOG_FILE", "");
    assert_eq!(output(&mut command).2, 0);
}

#[cfg(unix)]
fn pipe(folder: &Folder, name: &str) -> String {
    let path = folder.file(name);
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    path
}

/// What is no plain file is no audit log: refused at start, at once, by every command that would use it.
#[cfg(unix)]
#[test]
fn an_audit_log_is_a_plain_file_or_nothing_starts() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("audit");
    let target = folder.file("target");
    std::fs::write(&target, "mine\n").expect("a file");
    symlink(&target, folder.file("link")).expect("a link");
    symlink(folder.file("nowhere"), folder.file("dangling")).expect("a link");
    let pipe = pipe(&folder, "pipe");
    let socket = folder.file("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let start = Instant::now();
    for (place, what) in [
        (folder.file("link"), "a symbolic link"),
        (folder.file("dangling"), "a symbolic link"),
        (pipe, "a named pipe"),
        (socket, "no file"),
        (folder.file("."), "a directory"),
        ("/dev/null".to_owned(), "a device"),
        ("/dev/full".to_owned(), "a device"),
    ] {
        for command in [&["serve"][..], &["call", "whoami"], &["export", "list_users"]] {
            let (_, err, code) = output(binary().args(["--sandbox", "--audit-log", &place]).args(command));
            assert_eq!(code, 2, "{place} {command:?}: {err}");
            assert!(err.contains("the audit log cannot be") && err.contains(what), "{place}: {err}");
        }
    }
    let (_, err, code) =
        output(binary().args(["--sandbox", "call", "whoami"]).env("WORKOS_MCP_AUDIT_LOG", "/dev/null"));
    assert_eq!(code, 2, "{err}");
    assert!(start.elapsed() < Duration::from_secs(10), "nothing waits for a pipe");
    assert_eq!(std::fs::read_to_string(&target).expect("the file"), "mine\n");
    assert!(!Path::new(&folder.file("nowhere")).exists());
}

/// What takes the place of the log while the server runs is not written to, and nothing changes
/// without a trace; where the file is back, so are changes.
#[cfg(unix)]
#[test]
fn what_takes_the_place_of_the_audit_log_is_not_written_to() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("swapped");
    let (log, victim) = (folder.file("audit.jsonl"), folder.file("victim"));
    std::fs::write(&victim, "mine\n").expect("a file");
    let upstream = upstream();
    let mut server = Server::against(&upstream, &["--toolsets", "all", "--audit-log", &log, "--audit-reads"]);
    assert_eq!(server.call("create_organization", json!({"name": "A"}))["isError"], false);
    assert_eq!(std::fs::metadata(&log).expect("the log").permissions().mode() & 0o777, 0o600);
    for kind in ["link", "pipe", "directory"] {
        let before = upstream.count();
        std::fs::rename(&log, folder.file("rotated")).expect("the log");
        match kind {
            "link" => symlink(&victim, &log).expect("a link"),
            "pipe" => drop(pipe(&folder, "audit.jsonl")),
            _ => std::fs::create_dir(&log).expect("a folder"),
        }
        let start = Instant::now();
        for (tool, arguments) in [
            ("create_organization", json!({"name": "A"})),
            ("update_organization", json!({"id": "org_1", "name": "A"})),
            ("delete_organization", json!({"id": "org_1"})),
            ("create_user", user()),
            ("get_user", json!({"id": "user_1"})),
        ] {
            let text = server.failure(tool, arguments);
            assert!(
                text.starts_with("Nothing was sent: the audit log") && text.contains(&log),
                "{kind}: {text}"
            );
        }
        assert_eq!(upstream.count(), before, "{kind}");
        assert!(start.elapsed() < Duration::from_secs(5), "nobody waits for a {kind}");
        // What need not be recorded goes on.
        assert_eq!(server.call("get_organization", json!({"id": "org_1"}))["isError"], false);
        assert_eq!(upstream.count(), before + 1);
        let _ = std::fs::remove_file(&log).or_else(|_| std::fs::remove_dir(&log));
        assert_eq!(server.call("create_organization", json!({"name": "A"}))["isError"], false);
        let line = std::fs::read_to_string(&log).expect("the log");
        assert!(line.contains("create_organization"), "{line}");
    }
    assert_eq!(std::fs::read_to_string(&victim).expect("the file"), "mine\n");
}

#[cfg(unix)]
#[test]
fn a_key_file_that_does_not_answer_is_said_to_be_unreadable() {
    let folder = Folder::new("key");
    let key = pipe(&folder, "key");
    let mut server = Server::start_with(
        &["--base-url", "http://127.0.0.1:9"],
        &[("WORKOS_API_KEY", ""), ("WORKOS_API_KEY_FILE", &key)],
    );
    server.initialize();
    let text = server.failure("get_organization", json!({"id": "org_1"}));
    assert!(text.starts_with("Nothing was sent") && text.contains(&key), "{text}");
    server.close();
    assert_eq!(server.wait().0.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_folder_for_secrets_that_cannot_be_used_stops_the_call_and_nothing_else() {
    let folder = Folder::new("secrets");
    let occupied = folder.file("occupied");
    std::fs::write(Path::new(&occupied), "a file").expect("a file");
    let upstream = upstream();
    let mut server = Server::start_with(
        &["--base-url", &upstream.url, "--access", "full", "--toolsets", "all", "--secrets-dir", &occupied],
        &[("WORKOS_API_KEY", "sk_live_example_files")],
    );
    server.initialize();
    let arguments = json!({"organization_id": "org_1", "name": "A"});
    let text = server.failure("create_organization_api_key", arguments);
    assert!(text.contains("has to go into a new file in"), "{text}");
    assert_eq!(upstream.count(), 0);
    assert_eq!(server.call("get_organization", json!({"id": "org_1"}))["isError"], false);
}
