//! What an operator mistypes, or sets twice, never does more than was meant.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::{Answer, KEY, Server, Upstream, binary, output};
use serde_json::json;

/// Keys of every form but the one of test environments.
const LIVE: &[&str] = &[
    "sk_live_example_x",
    "sk_prod_example_x",
    "sk_LIVE_example_x",
    "SK_TEST_example_x",
    "sk_",
    "sk_example_x",
    "example_x",
];

/// A folder that is gone when this is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workos-mcp-closed-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("a file");
        let path = path.to_str().expect("a path").to_owned();
        set_mode(&path, 0o600);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn set_mode(path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(not(unix))]
fn set_mode(_: &str, _: u32) {}

#[test]
fn a_key_of_any_other_form_counts_as_live() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "obj_1", "value": "example_value"})));
    for key in LIVE {
        let mut server = Server::start_with(
            &["--base-url", &upstream.url, "--toolsets", "all"],
            &[("WORKOS_API_KEY", key)],
        );
        let instructions = server.initialize()["result"]["instructions"].to_string();
        assert!(
            instructions.contains("LIVE") && instructions.contains("`sk_test_`"),
            "{key}: {instructions}"
        );
        let me = server.call("whoami", json!({}))["structuredContent"].take();
        assert_eq!((&me["environment"], &me["access"]), (&json!("live"), &json!("read")), "{key}");
        let why = me["_note"].as_str().expect("the reason");
        assert!(why.contains("does not begin with `sk_test_`") && why.contains("--access"), "{why}");
        let before = upstream.count();
        let text = server.failure("create_organization", json!({"name": "A"}));
        assert!(text.contains("does not begin with `sk_test_`") && text.contains("--access write"), "{text}");
        assert_eq!(upstream.count(), before, "{key}");
        let answer = server.call("get_vault_object", json!({"id": "obj_1"})).to_string();
        assert!(!answer.contains("example_value"), "{key}: {answer}");
        if key.len() > 5 {
            assert!(![instructions, me.to_string(), text].iter().any(|text| text.contains(key)), "{key}");
        }
    }
}

#[test]
fn a_key_that_counts_as_live_does_not_slip_in() {
    let folder = Folder::new("late");
    let upstream = Upstream::answering(Answer::json(401, &json!({"message": "Unauthorized"})));
    for (at_start, later) in
        [("", "sk_prod_example_x"), ("KEY=a", "sk_"), ("sk_test_example_x", "SK_TEST_example_x")]
    {
        let file = folder.file("key", at_start);
        let mut server = Server::start_with(&["--base-url", &upstream.url, "--api-key-file", &file], &[]);
        server.initialize();
        let before = upstream.count();
        std::fs::write(&file, later).expect("a file");
        let text = server.failure("delete_organization", json!({"id": "org_1"}));
        if at_start.starts_with("sk_test_") {
            server.failure("delete_organization", json!({"id": "org_1"}));
        } else {
            assert!(text.contains("restart") && text.contains(&file), "{text}");
            assert_eq!(upstream.count(), before);
        }
    }
    for request in upstream.received() {
        assert_eq!(request.headers["authorization"], "Bearer sk_test_example_x");
    }
}

#[test]
fn a_setting_that_does_not_exist_stops_every_command() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "org_1"})));
    for command in [
        &["--base-url", &upstream.url, "call", "create_organization", "name=A"][..],
        &["serve"],
        &["tools"],
        &["doctor"],
        &["export", "list_users"],
        &["demo"],
    ] {
        for (name, value, near) in [
            ("WORKOS_MCP_READONLY", "1", "WORKOS_MCP_READ_ONLY"),
            ("WORKOS_MCP_ACCES", "", "WORKOS_MCP_ACCESS"),
            ("WORKOS_MCP_API_KEY", "sk_test_example_z", "WORKOS_API_KEY"),
        ] {
            let (out, err, code) = output(binary().args(command).env("WORKOS_API_KEY", KEY).env(name, value));
            assert_eq!((out.as_str(), code), ("", 2), "{command:?}: {err}");
            assert!(err.contains(name) && err.contains(near) && !err.contains("example_z"), "{err}");
        }
    }
    assert_eq!(upstream.count(), 0);
    for question in ["--help", "--version"] {
        let (_, err, code) = output(binary().arg(question).env("WORKOS_MCP_READONLY", "1"));
        assert_eq!(code, 0, "{err}");
    }
    // Another case is another variable, where the system thinks so.
    let (_, err, code) = output(binary().args(["--sandbox", "tools"]).env("workos_mcp_access", "read"));
    assert_eq!(code, if cfg!(windows) { 0 } else { 2 }, "{err}");
    // Those of others, and those that are known, stop nothing.
    let (_, err, code) = output(
        binary()
            .args(["--sandbox", "tools"])
            .env("WORKOS_AUTHKIT_DOMAIN", "x")
            .env("WORKOS_MCPX", "x")
            .env("WORKOS_MCP_BIN", "x")
            .env("WORKOS_MCP_DISCOVERY", "all"),
    );
    assert_eq!(code, 0, "{err}");
}

#[cfg(unix)]
#[test]
fn what_is_no_text_in_the_environment_breaks_nothing() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let (_, err, code) =
        output(binary().args(["--sandbox", "tools"]).env(OsStr::from_bytes(b"WORKOS_MCP_\xff\x1b[1m"), "x"));
    assert!(code == 2 && !err.contains('\x1b'), "{code} {err}");
    for (name, parts) in [("WORKOS_API_KEY", &["WORKOS_API_KEY"][..]), ("WORKOS_MCP_ACCESS", &["UTF-8"])] {
        let value = OsStr::from_bytes(b"sk_test_\xff");
        let (_, err, code) = output(binary().args(["call", "list_organizations"]).env(name, value));
        assert!(
            code != 0 && parts.iter().all(|part| err.contains(part)) && !err.contains("panicked"),
            "{err}"
        );
    }
}

#[test]
fn a_key_from_two_places_is_refused() {
    let folder = Folder::new("two");
    let file = folder.file("key", KEY);
    let both = &["WORKOS_API_KEY ", "WORKOS_API_KEY_FILE"][..];
    for (arguments, variables, parts) in [
        (&["--api-key-file", &file][..], &[("WORKOS_API_KEY", KEY)][..], both),
        (&[], &[("WORKOS_API_KEY", KEY), ("WORKOS_API_KEY_FILE", &file)], both),
        (
            &["--api-key-command", "true"],
            &[("WORKOS_API_KEY", KEY)],
            &["WORKOS_API_KEY ", "WORKOS_API_KEY_COMMAND"],
        ),
        (
            &["--api-key-command", "true", "--api-key-file", &file],
            &[],
            &["--api-key-file", "--api-key-command"],
        ),
    ] {
        for command in [&["serve"][..], &["tools"], &["call", "whoami"], &["export", "list_users"]] {
            let (out, err, code) =
                output(binary().args(arguments).args(command).envs(variables.iter().copied()));
            assert_eq!((out.as_str(), code), ("", 2), "{err}");
            assert!(parts.iter().all(|part| err.contains(part)) && !err.contains(KEY), "{err}");
        }
    }
    // A blank one counts as none.
    for blank in ["", " "] {
        let (_, err, code) =
            output(binary().args(["--api-key-file", &file, "tools"]).env("WORKOS_API_KEY", blank));
        assert_eq!(code, 0, "{err}");
    }
}

#[test]
fn every_message_about_a_key_names_where_it_came_from() {
    let folder = Folder::new("origin");
    let refusing = Upstream::answering(Answer::json(401, &json!({"message": "Unauthorized"})));
    let run = |setting: (&str, &str)| {
        let (_, err, code) = output(
            binary()
                .args(["--base-url", &refusing.url, "call", "list_organizations"])
                .env(setting.0, setting.1),
        );
        assert!([3, 4].contains(&code), "{code}: {err}");
        assert!(!err.contains("example_secret"), "{err}");
        err
    };
    for key in [
        "'sk_test_example_secret'",
        "Bearer sk_test_example_secret",
        "${KEY}",
        "KEY=sk_test_example_secret",
        "client_1",
        "a b",
    ] {
        assert!(run(("WORKOS_API_KEY", key)).contains(" in WORKOS_API_KEY "), "{key}");
        let file = folder.file("key", key);
        let err = run(("WORKOS_API_KEY_FILE", &file));
        assert!(err.contains(&format!(" in the file {file} ")), "{err}");
    }
    for form in [
        "WORKOS_API_KEY=sk_test_example_secret\n",
        "export K=\"sk_live_example_secret\"",
        "# x\nKEY = sk_test_example_secret\n",
    ] {
        let err = run(("WORKOS_API_KEY_FILE", &folder.file("key", form)));
        assert!(err.contains("`NAME=value`"), "{err}");
    }
    assert_eq!(refusing.count(), 0);
    // One that WorkOS does not accept.
    assert!(run(("WORKOS_API_KEY", KEY)).contains("must check WORKOS_API_KEY."));
    let file = folder.file("key", KEY);
    assert!(run(("WORKOS_API_KEY_FILE", &file)).contains(&file));
    if cfg!(unix) {
        let err = run(("WORKOS_API_KEY_COMMAND", "printf sk_test_example_secret"));
        assert!(err.contains("`printf`") && err.contains("WORKOS_API_KEY_COMMAND"), "{err}");
        let err = run(("WORKOS_API_KEY_COMMAND", "printf KEY=sk_test_example_secret"));
        assert!(err.contains("`printf`") && err.contains("`NAME=value`"), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn others_who_can_read_the_key_or_write_the_secrets_are_told_of() {
    let folder = Folder::new("modes");
    let file = folder.file("key", KEY);
    let link = folder.0.join("link");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let link = link.to_str().expect("a path");
    let secrets = folder.0.to_str().expect("a path");
    for (file_mode, directory_mode, lines) in
        [(0o600, 0o700, 0), (0o644, 0o700, 1), (0o600, 0o777, 1), (0o640, 0o730, 2)]
    {
        set_mode(&file, file_mode);
        set_mode(secrets, directory_mode);
        for path in [file.as_str(), link] {
            let (_, err, code) =
                output(binary().args(["--api-key-file", path, "--secrets-dir", secrets, "call", "whoami"]));
            assert_eq!((code, err.lines().count()), (0, lines), "{err}");
            assert!(err.lines().all(|line| line.starts_with("warning: others can ")), "{err}");
            let (out, err, _) = output(binary().args([
                "--api-key-file",
                path,
                "--secrets-dir",
                secrets,
                "--sandbox",
                "doctor",
            ]));
            assert_eq!((out.matches("others can ").count(), err.as_str()), (lines, ""), "{out}");
        }
    }
    set_mode(secrets, 0o700);
}

#[cfg(unix)]
mod commands {
    use super::*;

    /// A shell script that stands for a program which knows the key.
    fn script(text: &str) -> String {
        json!(["sh", "-c", text]).to_string()
    }

    #[test]
    fn a_command_gives_the_key_and_is_run_again_after_a_401() {
        let folder = Folder::new("command");
        let file = folder.file("key", "sk_test_example_old");
        let upstream = Upstream::new(|request| {
            if request.headers["authorization"].ends_with("_new") {
                Answer::json(200, &json!({"id": "org_1"}))
            } else {
                Answer::json(401, &json!({"message": "Unauthorized"}))
            }
        });
        let command = format!("cat '{file}'");
        let mut server =
            Server::start_with(&["--base-url", &upstream.url, "--api-key-command", &command], &[]);
        server.initialize();
        assert_eq!(server.call("whoami", json!({}))["structuredContent"]["environment"], "staging");
        let text = server.failure("get_organization", json!({"id": "org_1"}));
        assert!(text.contains("`cat`"), "{text}");
        assert_eq!(upstream.count(), 1);
        // A live one does not slip in.
        std::fs::write(&file, "sk_live_new").expect("a file");
        server.failure("get_organization", json!({"id": "org_1"}));
        assert_eq!(upstream.count(), 2);
        std::fs::write(&file, "sk_test_example_new\n").expect("a file");
        assert_eq!(server.call("update_organization", json!({"id": "org_1", "name": "A"}))["isError"], false);
        assert_eq!(upstream.count(), 4);
    }

    #[test]
    fn a_command_that_is_of_no_use_is_named_and_nothing_it_says_is_shown() {
        for (command, part) in [
            (script("echo sk_test_example_secret; echo example_secret >&2; exit 7"), "exit status: 7"),
            (script("yes example_secret"), "far longer"),
            (script("echo 'sk_test_example_secret sk_test_example_secret'"), "blanks"),
            ("/nowhere/program --token example_secret".to_owned(), "does not start"),
            ("program 'example_secret".to_owned(), "quotation mark"),
            (script("true"), "is empty"),
        ] {
            let start = Instant::now();
            let (out, err, code) = output(
                binary()
                    .args(["--base-url", "http://127.0.0.1:9", "--api-key-command", &command])
                    .args(["call", "list_organizations"]),
            );
            assert_eq!((out.as_str(), code), ("", 3), "{err}");
            assert!(err.contains(part) && err.contains("WORKOS_API_KEY_COMMAND"), "{part}: {err}");
            assert!(!err.contains("example_secret"), "{err}");
            assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        }
    }

    #[test]
    fn there_is_no_shell_and_nothing_is_read_from_stdin() {
        let folder = Folder::new("shell");
        let trap = folder.0.join("made");
        let command = format!("echo sk_test_example_a; touch {}", trap.display());
        let (_, err, code) = output(binary().args([
            "--base-url",
            "http://127.0.0.1:9",
            "--api-key-command",
            &command,
            "call",
            "whoami",
        ]));
        assert_eq!(code, 0, "{err}");
        assert!(!trap.exists());
        // The client's messages are not for the command.
        let mut server = Server::start_with(&["--sandbox", "--api-key-command", "cat"], &[]);
        server.initialize();
        assert_eq!(server.call("list_organizations", json!({}))["isError"], false);
    }

    #[test]
    fn a_command_that_does_not_end_is_given_up_while_others_are_served() {
        let command = script("sleep 60 & sleep 60");
        let start = Instant::now();
        let mut server =
            Server::start_with(&["--base-url", "http://127.0.0.1:9", "--api-key-command", &command], &[]);
        server.initialize();
        assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
        let id = server.request("tools/call", json!({"name": "list_organizations", "arguments": {}}));
        let start = Instant::now();
        assert_eq!(server.call("whoami", json!({}))["structuredContent"]["environment"], "none");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        let text = server.answer(id).to_string();
        assert!(text.contains("timed out") && text.contains("`sh`"), "{text}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_no_direct_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let base_url = format!("https://{}", listener.local_addr().expect("an address"));
    let call = |variables: &[(&str, &str)]| {
        output(
            binary()
                .args(["--base-url", &base_url, "--timeout", "0.5", "call", "list_organizations"])
                .env("WORKOS_API_KEY", KEY)
                .envs(variables.iter().copied()),
        )
    };
    for value in [
        "htp:/x",
        "ftp://127.0.0.1:9",
        " ",
        "\t",
        "socks5://user:example_password@127.0.0.1:9",
        "http://",
        "http:/127.0.0.1:9",
        "127.0.0.1:",
        "http://127.0.0.1:99999",
        "http://user:example_password@127.0.0.1:x",
        "file:///x",
    ] {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let (_, err, code) = call(&[(name, value)]);
            assert_eq!(code, 3, "{name}={value:?}: {err}");
            assert!(err.contains("Nothing was sent") && err.contains(name), "{value:?}: {err}");
            assert!(!err.contains("example_password"), "{err}");
        }
    }
    // A CGI variable is no reason to go around a proxy that works.
    let (proxy, asked) = connect_proxy();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        for value in [&proxy, proxy.trim_start_matches("http://")] {
            call(&[(name, value), ("REQUEST_METHOD", "GET")]);
            assert!(
                asked.recv_timeout(common::TIMEOUT).expect("a request").starts_with("CONNECT 127.0.0.1:")
            );
        }
    }
    assert!(listener.accept().is_err(), "somebody came without a proxy");
    // One that is not meant for this host is left alone.
    call(&[("HTTPS_PROXY", &proxy), ("NO_PROXY", "127.0.0.1")]);
    assert!(listener.accept().is_ok());
    // An empty one is none.
    call(&[("HTTPS_PROXY", "")]);
    assert!(listener.accept().is_ok());
}

/// A proxy that refuses, and tells the first line of what it is asked.
fn connect_proxy() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead, BufReader, Write};
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (url, asked)
}

/// What a shell makes of a variable that is not set is not taken for everything, or for nothing.
#[test]
fn a_blank_flag_is_no_selection_and_no_file() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"id": "org_1"})));
    for flag in [
        "--tools",
        "--toolsets",
        "--exclude-tools",
        "--audit-log",
        "--secrets-dir",
        "--log-file",
        "--api-key-command",
        "--ca-file",
        "--client-id",
        "--redirect-uri",
    ] {
        for value in ["", " "] {
            let (_, err, code) = output(
                binary()
                    .args(["--base-url", &upstream.url, flag, value, "call", "get_organization", "id=org_1"])
                    .env("WORKOS_API_KEY", KEY),
            );
            assert_eq!(code, 2, "{flag} {value:?}: {err}");
            assert!(err.contains(flag), "{err}");
        }
    }
    let (_, err, code) = output(
        binary().args(["--base-url", "", "call", "get_organization", "id=org_1"]).env("WORKOS_API_KEY", KEY),
    );
    assert_eq!(code, 2, "{err}");
    assert_eq!(upstream.count(), 0);
    // An empty variable is none.
    let (_, err, code) =
        output(binary().args(["--base-url", &upstream.url, "call", "get_organization", "id=org_1"]).envs([
            ("WORKOS_API_KEY", KEY),
            ("WORKOS_MCP_TOOLS", ""),
            ("WORKOS_MCP_AUDIT_LOG", ""),
        ]));
    assert_eq!(code, 0, "{err}");
}

#[test]
fn what_is_wrong_with_the_command_line_is_data_where_data_is_asked_for() {
    for arguments in [
        &["call", "--json-errors", "get_organization", "--bogus"][..],
        &["call", "--json-errors"],
        &["--access", "everything", "call", "get_organization", "--json-errors"],
    ] {
        let (out, err, code) = output(binary().args(arguments).env("WORKOS_API_KEY", KEY));
        let error: serde_json::Value = serde_json::from_str(&err).expect("one line of JSON");
        assert_eq!((&error["error"]["kind"], code, out.as_str()), (&json!("usage"), 2, ""), "{arguments:?}");
    }
    let (out, _, code) = output(
        binary().args(["doctor", "--json"]).env("WORKOS_MCP_READONLY", "1").env("WORKOS_API_KEY", KEY),
    );
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&report["healthy"], code), (&json!(false), 2));
    assert!(report["checks"][0]["text"].as_str().expect("text").contains("WORKOS_MCP_READ_ONLY"), "{report}");
    let (out, _, code) = output(
        binary()
            .args(["--audit-reads", "--tools", "nosuch", "--exclude-tools", "nope", "doctor", "--json"])
            .env("WORKOS_API_KEY", KEY)
            .env("WORKOS_BASE_URL", "http://127.0.0.1:9"),
    );
    for part in ["--audit-log", "nosuch", "nope"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert_eq!(code, 2);
}

#[test]
fn what_is_excluded_is_not_promised() {
    let arguments = ["--sandbox", "--exclude-tools", "*vault*,*radar*,get_user"];
    let mut server = Server::start(&arguments);
    let instructions = server.initialize()["result"]["instructions"].to_string();
    assert!(!instructions.contains("vault") && !instructions.contains("radar"), "{instructions}");
    let answer = server.ask("tools/call", json!({"name": "get_user", "arguments": {"id": "user_1"}}));
    let text = answer["error"]["message"].as_str().expect("an error");
    assert!(text.contains("--exclude-tools") && !text.contains("--toolsets"), "{text}");
    let text = server.failure("whoami", json!({"bogus": 1}));
    assert!(text.contains("`bogus` is not an argument"), "{text}");
}
