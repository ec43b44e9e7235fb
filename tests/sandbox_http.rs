//! `workos-mcp sandbox`: what an application meets on the socket. What is answered to which request is
//! tested without one, in `src/sandbox/http/tests.rs`.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use common::sandbox::{Sandbox, raw};
use common::{KEY, TIMEOUT, binary, output};

#[test]
fn an_application_finds_what_it_has_created() {
    let sandbox = Sandbox::start(&[]);
    let made = sandbox.ask("POST", "/organizations", &json!({"name": "Acme", "external_id": "a/1"}));
    assert_eq!(made.status, 201);
    assert_eq!(made.header("content-type"), Some("application/json; charset=utf-8"));
    assert!(made.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
    let id = made.body["id"].as_str().expect("an ID");
    assert_eq!(sandbox.ask("GET", &format!("/organizations/{id}"), &Value::Null).body, made.body);
    assert_eq!(sandbox.ask("GET", "/organizations/external_id/a%2F1", &Value::Null).body, made.body);
    assert_eq!(sandbox.organizations("Acme"), ["Acme"]);
    let gone = sandbox.ask("DELETE", &format!("/organizations/{id}"), &Value::Null);
    assert!(gone.status < 300 && gone.body.is_null());
    assert_eq!(sandbox.ask("GET", &format!("/organizations/{id}"), &Value::Null).status, 404);
    let events = "/events?events=organization.created,organization.deleted&limit=100";
    let events = sandbox.ask("GET", events, &Value::Null).body;
    let mine: Vec<&Value> = events["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|event| event["data"]["id"] == id)
        .map(|event| &event["event"])
        .collect();
    assert_eq!(mine, ["organization.created", "organization.deleted"]);
}

#[test]
fn the_client_of_this_crate_works_on_it() {
    let sandbox = Sandbox::start(&[]);
    let call = |arguments: &[&str]| {
        let mut command = binary();
        command
            .env("WORKOS_API_KEY", KEY)
            .env("WORKOS_BASE_URL", format!("http://127.0.0.1:{}", sandbox.port));
        let (out, err, code) = output(command.args(["call"]).args(arguments));
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<Value>(&out).expect("JSON")
    };
    let made = call(&["create_organization", "name=Over the wire"]);
    let found = call(&["get_organization", &format!("id={}", made["id"].as_str().expect("an ID"))]);
    assert_eq!(found["name"], "Over the wire");
}

#[test]
fn it_says_where_it_is() {
    let mut child = binary()
        .args(["sandbox", "--port", "0", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program");
    let mut line = String::new();
    let mut reader = std::io::BufReader::new(child.stdout.take().expect("stdout"));
    std::io::BufRead::read_line(&mut reader, &mut line).expect("a line");
    let said: Value = serde_json::from_str(&line).expect("JSON");
    let port = said["port"].as_u64().expect("a port");
    assert_eq!(said["url"], format!("http://127.0.0.1:{port}"));
    child.kill().expect("ended");
    let mut help = String::new();
    child.stderr.take().expect("stderr").read_to_string(&mut help).expect("text");
    child.wait().expect("ended");
    for word in ["WORKOS_BASE_URL=http://127.0.0.1:", "base_url=", "apiHostname", "curl"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn nobody_else_is_answered() {
    let sandbox = Sandbox::start(&[]);
    let key = format!("Bearer {KEY}");
    for headers in [
        &[("host", "evil.example"), ("authorization", key.as_str())][..],
        &[("origin", "https://evil.example"), ("authorization", key.as_str())],
    ] {
        let answered = sandbox.ask_with("GET", "/organizations", headers, &Value::Null);
        assert_eq!(answered.status, 403, "{headers:?}");
        assert!(answered.header("access-control-allow-origin").is_none());
    }
    // Not even under this machine's own name, where the request line names another one.
    let sent = format!(
        "GET http://evil.example/organizations HTTP/1.1\r\nhost: localhost\r\nauthorization: {key}\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(raw(sandbox.port, &sent).expect("an answer").status, 403);
    assert_eq!(sandbox.ask_with("GET", "/organizations", &[], &Value::Null).status, 401);
    assert_eq!(sandbox.ask_with("HEAD", "/", &[], &Value::Null).status, 200);
    assert_eq!(sandbox.ask_with("GET", "/health", &[], &Value::Null).body, json!({"status": "ok"}));
}

#[test]
fn requests_are_bounded() {
    let sandbox = Sandbox::start(&[]);
    let long = json!({"name": "x".repeat(1 << 20)});
    assert_eq!(sandbox.ask("POST", "/organizations", &long).status, 413);
    let head =
        format!("GET /organizations HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(64 << 10));
    assert_eq!(raw(sandbox.port, &head).expect("an answer").status, 431);
    let many = "x-many: 1\r\n".repeat(200);
    let head = format!("GET /organizations HTTP/1.1\r\nhost: localhost\r\n{many}\r\n");
    assert_eq!(raw(sandbox.port, &head).expect("an answer").status, 431);
    assert_eq!(raw(sandbox.port, "NO HTTP\r\n\r\n").expect("an answer").status, 400);
    assert_eq!(sandbox.create("Still there").status, 201);
}

#[test]
fn a_slow_request_holds_up_nobody() {
    let sandbox = Sandbox::start(&["--fault", "2000ms@list_users:1"]);
    let mut slow = TcpStream::connect(("127.0.0.1", sandbox.port)).expect("a connection");
    slow.write_all(b"POST /organizations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{")
        .expect("sent");
    let mut paused = TcpStream::connect(("127.0.0.1", sandbox.port)).expect("a connection");
    let request = format!(
        "GET /user_management/users HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\n\r\n"
    );
    let start = Instant::now();
    paused.write_all(request.as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(sandbox.create("Meanwhile").status, 201);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let mut text = String::new();
    paused.read_to_string(&mut text).expect("an answer");
    assert!(text.starts_with("HTTP/1.1 200") && start.elapsed() >= Duration::from_secs(2), "{text}");
    // What does not come is not waited for.
    slow.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let mut text = String::new();
    slow.read_to_string(&mut text).expect("an answer");
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("x-request-id"), "{text}");
}

#[test]
fn faults_are_asked_for() {
    let sandbox =
        Sandbox::start(&["--fault", "429+retry=3@list_users:2", "--fault", "500@GET /organizations:1"]);
    let users = || sandbox.ask("GET", "/user_management/users", &Value::Null);
    for _ in 0..2 {
        let refused = users();
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3")));
    }
    assert_eq!(users().status, 200);
    assert_eq!(sandbox.ask("GET", "/organizations", &Value::Null).status, 500);
    assert_eq!(sandbox.ask("GET", "/organizations", &Value::Null).status, 200);
    let fault = json!({"status": 502, "count": 1, "operation": "create_organization", "after": true});
    assert_eq!(sandbox.ask("POST", "/_sandbox/faults", &fault).status, 201);
    assert_eq!(sandbox.create("Lost").status, 502);
    assert_eq!(sandbox.organizations("Lost"), ["Lost"]);
    assert_eq!(sandbox.ask("POST", "/_sandbox/reset", &Value::Null).status, 204);
    assert_eq!(sandbox.organizations("Lost"), [""; 0]);
    let key = format!("Bearer {KEY}");
    let headers = [("authorization", key.as_str()), ("x-sandbox-status", "503")];
    assert_eq!(sandbox.ask_with("GET", "/organizations", &headers, &Value::Null).status, 503);
    let (_, err, code) = output(binary().args(["sandbox", "--port", "0", "--fault", "429@list_user"]));
    assert!(code == 2 && err.contains("no operation `list_user`"), "{err}");
}

#[test]
fn a_port_in_use_is_told() {
    let sandbox = Sandbox::start(&[]);
    let (out, err, code) = output(binary().args(["sandbox", "--port", &sandbox.port.to_string()]));
    assert!(code == 1 && out.is_empty() && err.contains("is in use") && err.contains("--port"), "{err}");
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_told_to() {
    for signal in ["TERM", "INT"] {
        let mut sandbox = Sandbox::start(&["--fault", "300ms@create_organization"]);
        // A connection that is open, and nothing on it.
        let idle = TcpStream::connect(("127.0.0.1", sandbox.port)).expect("a connection");
        let port = sandbox.port;
        let writer = std::thread::spawn(move || {
            let headers = [("authorization", "Bearer sk_test_example")];
            common::sandbox::request(port, "POST", "/organizations", &headers, &json!({"name": "Last"}))
        });
        std::thread::sleep(Duration::from_millis(100));
        let told = Instant::now();
        let kill = std::process::Command::new("kill")
            .args([format!("-{signal}"), sandbox.child.id().to_string()])
            .status();
        assert!(kill.is_ok_and(|status| status.success()));
        let status = sandbox.child.wait().expect("ended");
        assert!(status.success() && told.elapsed() < Duration::from_secs(5), "{status} {:?}", told.elapsed());
        // What was on its way was answered.
        assert_eq!(writer.join().expect("a thread").expect("an answer").status, 201);
        drop(idle);
    }
}
