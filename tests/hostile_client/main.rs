//! A client that means no good, or cannot do better: lines, storms, ends and signals.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

#[path = "../common/mod.rs"]
mod common;

#[cfg(unix)]
mod ends;
mod lines;
mod storms;

use common::{Answer, Received, Server, initialize_params};
use serde_json::{Value, json};

/// A server that nobody reads from, with input that is written by a thread: it blocks once
/// the server does not read any more.
fn unread(arguments: &[&str], lines: impl Iterator<Item = String> + Send + 'static) -> Server {
    let mut server = Server::start_unread(arguments, &[("WORKOS_API_KEY", common::KEY)]);
    let mut input = server.input.take().expect("stdin");
    std::thread::spawn(move || {
        use std::io::Write;
        let _ = writeln!(input, "{}", hello());
        for line in lines {
            if writeln!(input, "{line}").is_err() {
                return;
            }
        }
    });
    server
}

fn hello() -> Value {
    json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": initialize_params("2025-11-25")})
}

fn get(id: impl Into<Value>, organization: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/call",
           "params": {"name": "get_organization", "arguments": {"id": organization}}})
}

fn delete(id: u64) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
           "params": {"name": "delete_organization", "arguments": {"id": "org_1"}}})
}

fn cancelled(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id.into()}})
}

/// The organization that was asked for.
fn echo(request: &Received) -> Answer {
    let id = request.target.rsplit('/').next().unwrap_or_default();
    Answer::json(200, &json!({"id": id, "name": "Example"}))
}

/// Answers by their ids; no id may come twice.
fn by_id(answers: Vec<Value>) -> std::collections::BTreeMap<String, Value> {
    let mut all = std::collections::BTreeMap::new();
    for answer in answers {
        let id = answer["id"].to_string();
        assert!(all.insert(id.clone(), answer).is_none(), "{id} was answered twice");
    }
    all
}
