//! The doctor: all that can be wrong, in one run.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{Answer, KEY, Upstream, binary, output};
use serde_json::{Value, json};

fn healthy() -> Upstream {
    Upstream::answering(Answer::json(200, &json!({"data": [], "list_metadata": {}})))
}

/// What it says as JSON, and its exit code.
fn examined(command: &mut Command) -> (Value, i32) {
    let (out, err, code) = output(command.args(["doctor", "--json"]));
    assert_eq!(err, "");
    (serde_json::from_str(&out).expect("one JSON object"), code)
}

/// The texts of a check, with their states.
fn check<'a>(found: &'a Value, name: &str) -> Vec<(&'a str, &'a str)> {
    let checks = found["checks"].as_array().expect("checks").iter();
    let text = |check: &'a Value, field: &str| check[field].as_str().expect("text");
    checks
        .filter(|check| check["name"] == name)
        .map(|check| (text(check, "status"), text(check, "text")))
        .collect()
}

fn has(found: &Value, name: &str, state: &str, part: &str) -> bool {
    check(found, name).iter().any(|(found, text)| *found == state && text.contains(part))
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("workos-mcp-doctor-{name}-{}", std::process::id()))
}

#[test]
fn no_fault_hides_another() {
    let file = temporary("file");
    std::fs::write(&file, "a file").expect("a file");
    let place = file.to_str().expect("a path");
    let (found, code) = examined(
        binary()
            .args(["--base-url", "https://127.0.0.1:9/v1", "--ca-file", place])
            .args(["--secrets-dir", &format!("{place}/secrets"), "--audit-log", &format!("{place}/audit")])
            .args(["--log-file", "/nowhere/log"])
            .env("WORKOS_API_KEY", "'quoted'")
            .env("HTTPS_PROXY", "ftp://user:example_password@proxy")
            .env("SSL_CERT_FILE", "/nowhere/certificates")
            .env("SSL_CERT_DIR", "/nowhere/directory")
            .env("WORKOS_AUTHKIT_DOMAIN", "example_value")
            .env("NEXT_PUBLIC_WORKOS_CLIENT_ID", "example_value")
            .env("BASE_URL", "example_value"),
    );
    std::fs::remove_file(&file).expect("the file");
    assert_eq!(
        (code, &found["healthy"], &found["version"]),
        (1, &json!(false), &json!(env!("CARGO_PKG_VERSION")))
    );
    for (name, state, part) in [
        ("key", "fail", "WORKOS_API_KEY stands in quotation marks"),
        ("secrets directory", "fail", "cannot be written to"),
        ("audit log", "fail", place),
        ("log file", "fail", "/nowhere"),
        ("base URL", "note", "/v1/organizations"),
        ("proxy", "fail", "HTTPS_PROXY"),
        ("environment", "note", "WORKOS_AUTHKIT_DOMAIN"),
        (
            "environment",
            "note",
            "NEXT_PUBLIC_WORKOS_CLIENT_ID is set and does nothing here; WORKOS_CLIENT_ID does",
        ),
        ("environment", "note", "BASE_URL is set and does nothing here; WORKOS_BASE_URL does"),
        ("further root certificates", "fail", "no PEM certificate"),
    ] {
        assert!(has(&found, name, state, part), "{name}: {part}: {found}");
    }
    if cfg!(target_os = "linux") {
        assert!(has(&found, "SSL_CERT_FILE", "fail", "/nowhere/certificates"), "{found}");
        assert!(has(&found, "SSL_CERT_DIR", "fail", "/nowhere/directory"), "{found}");
    }
    assert!(!found.to_string().contains("example_"), "{found}");
}

#[test]
fn settings_that_cannot_be_are_told_with_the_rest() {
    let upstream = healthy();
    let (found, code) = examined(
        binary()
            .args([
                "--read-only",
                "--access",
                "full",
                "--tools",
                "get_organisation",
                "--redirect-uri",
                "nowhere",
            ])
            .args([
                "--api-key-file",
                "/nowhere/key",
                "--base-url",
                &upstream.url,
                "--log-file",
                "/nowhere/log",
            ])
            .env("WORKOS_API_KEY", KEY),
    );
    assert_eq!(code, 2);
    for (name, part) in [
        ("key", "WORKOS_API_KEY and --api-key-file"),
        ("access", "contradict"),
        ("tools", "get_organisation"),
        ("redirect URI", "no URL"),
        ("log file", "/nowhere"),
    ] {
        assert!(has(&found, name, "fail", part), "{name}: {part}: {found}");
    }
    assert_eq!(upstream.count(), 0);
    let (found, code) =
        examined(binary().args(["--base-url", "http://api.workos.com"]).env("WORKOS_API_KEY", KEY));
    assert_eq!(code, 2);
    assert!(has(&found, "base URL", "fail", "https") && has(&found, "key", "ok", "staging"), "{found}");
}

#[test]
fn what_is_well_is_said_and_nothing_is_left_behind() {
    let upstream = healthy();
    let (secrets, audit) = (temporary("secrets"), temporary("audit"));
    let (secrets_place, audit_place) = (secrets.to_str().expect("a path"), audit.to_str().expect("a path"));
    let (found, code) = examined(
        binary()
            .args(["--base-url", &upstream.url, "--secrets-dir", secrets_place, "--audit-log", audit_place])
            .args(["--toolsets", "users"])
            .env("WORKOS_API_KEY", KEY),
    );
    assert_eq!((code, &found["healthy"]), (0, &json!(true)), "{found}");
    for (name, part) in [
        ("key", "in WORKOS_API_KEY is of a staging"),
        ("access", "full"),
        ("tools", "--discovery all"),
        ("secrets directory", secrets_place),
        ("audit log", audit_place),
        ("read", "answered"),
    ] {
        assert!(has(&found, name, "ok", part), "{name}: {part}: {found}");
    }
    assert!(!secrets.exists());
    let _ = std::fs::remove_file(audit);
    // For people it begins with the version.
    let (out, _, code) =
        output(binary().args(["--base-url", &upstream.url, "doctor"]).env("WORKOS_API_KEY", KEY));
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with(concat!("workos-mcp ", env!("CARGO_PKG_VERSION"), "\n")), "{out}");
}

#[test]
fn why_a_key_counts_as_live_is_told() {
    let upstream = healthy();
    for key in ["sk_live_example_canary", "sk_prod_example_canary", "example_canary"] {
        let (found, code) = examined(binary().args(["--base-url", &upstream.url]).env("WORKOS_API_KEY", key));
        assert_eq!(code, 0, "{found}");
        assert!(has(&found, "key", "ok", "LIVE") && has(&found, "key", "ok", "`sk_test_`"), "{found}");
        assert!(has(&found, "key", "ok", "--access") && has(&found, "access", "ok", "read"), "{found}");
        assert!(!found.to_string().contains("canary"), "{found}");
    }
}
