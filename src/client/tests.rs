//! Whole calls, against a small upstream on loopback.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::base_url::BaseUrl;
use super::builder::ClientBuilder;
use super::check::{Arguments, CheckedCall};
use super::error::Error;
use super::handle::Client;
use super::key::KeySource;
use super::loopback::{block_on, upstream};
use super::outcome::Outcome;
use super::response_error::ResponseErrorKind;
use super::setup_error::SetupError;
use super::transport_error::{TlsFault, TransportError, TransportErrorKind};
use crate::api::organizations::{CreateOrganization, DeleteOrganization, GetOrganization, ListOrganizations};

const KEY: &str = "sk_test_example_a";

fn at(base_url: BaseUrl) -> ClientBuilder {
    Client::builder().api_key(KEY).base_url(base_url)
}

fn answers(answers: &[(u16, &str)]) -> Vec<(u16, String)> {
    answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect()
}

fn get() -> GetOrganization {
    GetOrganization { id: "org_secret".to_owned() }
}

fn create() -> CreateOrganization {
    CreateOrganization::new("A")
}

/// A call of an operation that counts once under an idempotency key.
fn idempotent(client: &Client) -> CheckedCall {
    let operation = crate::api::operations()
        .find(|operation| operation.name == "create_audit_log_event")
        .expect("an operation");
    let arguments = serde_json::json!({ "organization_id": "org_1", "event": { "action": "a" } });
    let arguments: Arguments = serde_json::from_value(arguments).expect("an object");
    client.check(operation, arguments).expect("good arguments")
}

/// An address where nobody listens.
fn nowhere() -> BaseUrl {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a base URL")
}

fn lost(error: &Error) -> &TransportError {
    let Error::Transport(lost) = error else { panic!("{error:?}") };
    lost
}

fn temporary(content: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("workos-mcp-test-{}", uuid::Uuid::new_v4()));
    std::fs::write(&path, content).expect("a file");
    path
}

/// What a server with threads needs.
#[test]
fn calls_and_pages_may_move_between_threads() {
    fn moves<T: Send>(_: &T) {}
    let client = Client::builder().build();
    let call = idempotent(&client);
    moves(&client.send(&get()));
    moves(&client.execute(&call));
    moves(&client.items(ListOrganizations::default()));
    moves(&client.key_source().load());
}

#[test]
fn a_read_is_repeated() {
    let (base_url, server) = upstream(answers(&[(500, ""), (503, ""), (200, r#"{"id":"org_1"}"#)]));
    let organization = block_on(at(base_url).build().send(&get())).expect("an organization");
    assert_eq!(organization.id, "org_1");
    assert_eq!(server.join().expect("no panic").len(), 3);
}

#[test]
fn a_write_that_may_have_taken_effect_is_not_repeated() {
    let (base_url, server) = upstream(answers(&[(502, "<html>")]));
    let error = block_on(at(base_url).build().send(&create())).expect_err("an error");
    assert_eq!((error.status(), error.outcome()), (Some(502), Some(Outcome::Unknown)));
    assert_eq!((error.request_id(), error.idempotency_key()), (Some("req_1"), None));
    assert_eq!(server.join().expect("no panic").len(), 1);
}

#[test]
fn a_write_under_an_idempotency_key_is_repeated_with_it() {
    let (base_url, server) = upstream(answers(&[(500, ""), (500, ""), (422, "{}")]));
    let client = at(base_url).build();
    let error = block_on(client.execute(&idempotent(&client))).expect_err("an error");
    let seen = server.join().expect("no panic");
    assert_eq!(seen.len(), 3);
    for seen in &seen {
        assert_eq!(seen.header("idempotency-key"), error.idempotency_key());
    }
    assert!(error.idempotency_key().is_some_and(|key| key.len() == 36));
    // What the first attempts have done is not undone by how the last one ends.
    assert_eq!((error.status(), error.outcome()), (Some(422), Some(Outcome::Unknown)));
}

#[test]
fn an_idempotency_key_joins_the_answer_also_after_a_renewed_key() {
    let path = temporary(KEY);
    let (base_url, server) = upstream(answers(&[(401, ""), (201, r#"{"success":true}"#)]));
    let client = Client::builder().key_source(KeySource::file(&path)).base_url(base_url).build();
    client.key_source().load_blocking().expect("a key");
    std::fs::write(&path, "sk_test_example_b").expect("a file");
    let reply = block_on(client.execute(&idempotent(&client))).expect("a reply");
    let seen = server.join().expect("no panic");
    let keys: Vec<_> = seen.iter().map(|seen| seen.header("authorization").unwrap_or_default()).collect();
    assert_eq!(keys, ["Bearer sk_test_example_a", "Bearer sk_test_example_b"]);
    assert_eq!(seen[0].header("idempotency-key"), seen[1].header("idempotency-key"));
    let body: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
    assert_eq!(body["idempotency_key"].as_str(), seen[0].header("idempotency-key"));
    std::fs::remove_file(path).expect("a file");
}

#[test]
fn what_is_gone_after_a_repeated_delete_was_deleted() {
    let delete = DeleteOrganization { id: "org_1".to_owned() };
    let (base_url, _server) = upstream(answers(&[(429, ""), (404, "")]));
    block_on(at(base_url).build().send(&delete)).expect("done");
    let (base_url, _server) = upstream(answers(&[(404, "")]));
    let error = block_on(at(base_url).build().send(&delete)).expect_err("never there");
    assert_eq!(error.status(), Some(404));
}

#[test]
fn a_generated_code_verifier_joins_the_link() {
    let client = Client::builder().client_id("client_1").redirect_uri("https://example.com").build();
    let operation = crate::api::operations()
        .find(|operation| operation.name == "get_authkit_authorization_url")
        .expect("an operation");
    let arguments = serde_json::json!({ "pkce": true, "provider": "authkit" });
    let arguments: Arguments = serde_json::from_value(arguments).expect("an object");
    let call = client.check(operation, arguments).expect("good arguments");
    let link = block_on(client.execute(&call)).expect("a link");
    let link: serde_json::Value = serde_json::from_slice(&link.body).expect("JSON");
    assert!(link["url"].as_str().is_some_and(|url| url.contains("code_challenge_method=S256")), "{link}");
    assert!(link["code_verifier"].as_str().is_some_and(|verifier| verifier.len() == 43), "{link}");
}

#[test]
fn where_nobody_listens_nothing_is_sent() {
    let client = at(nowhere()).timeout(Duration::from_millis(100)).build();
    let error = block_on(client.send(&create())).expect_err("nobody");
    assert!(matches!(lost(&error).kind, TransportErrorKind::CannotConnect { proxied: false, .. }));
    assert_eq!(error.outcome(), Some(Outcome::NotSent));
    assert!(error.source().is_some());
}

#[test]
fn a_silent_upstream_is_given_up_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    let timeout = Duration::from_millis(200);
    let client = at(base_url.parse().expect("a base URL")).timeout(timeout).build();
    let start = Instant::now();
    let error = block_on(client.send(&create())).expect_err("no answer");
    assert_eq!(lost(&error).kind, TransportErrorKind::NoAnswer { timeout });
    assert_eq!(error.outcome(), Some(Outcome::Unknown));
    assert!(start.elapsed() < timeout * 5, "{:?}", start.elapsed());
}

#[test]
fn a_port_without_tls_is_recognised() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base_url = format!("https://{}", listener.local_addr().expect("an address"));
    // Ends with the process: how often it is asked again is not its matter.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            stream
                .and_then(|mut stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
                .expect("written");
        }
    });
    let client = at(base_url.parse().expect("a base URL")).build();
    let error = block_on(client.send(&get())).expect_err("no TLS");
    assert_eq!(lost(&error).tls, Some(TlsFault::NotTls), "{error}");
    assert!(error.to_string().contains("this port does not speak TLS"), "{error}");
}

#[test]
fn a_ca_file_that_is_of_no_use_is_named() {
    let send = |path: &PathBuf| {
        let client = at(nowhere()).ca_file(path).build();
        match block_on(client.send(&get())).expect_err("no client") {
            Error::Setup(error) => error,
            error => panic!("{error:?}"),
        }
    };
    assert!(matches!(send(&PathBuf::from("/nowhere/ca.pem")), SetupError::CaFile { .. }));
    let path = temporary("not a certificate");
    assert!(matches!(send(&path), SetupError::NoCertificate { .. }));
    std::fs::remove_file(path).expect("a file");
}

#[cfg(unix)]
#[test]
fn a_ca_file_that_never_comes_does_not_hold_up_a_call_for_ever() {
    let path = super::loopback::fifo();
    let client = at(nowhere()).ca_file(&path).build();
    let start = Instant::now();
    for _ in 0..2 {
        let error = block_on(client.send(&get())).expect_err("no client");
        assert!(matches!(error, Error::Setup(SetupError::CaFileTimedOut { .. })), "{error:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    std::fs::remove_file(path).expect("a file");
}

#[test]
fn answers_that_no_api_gives_are_refused() {
    let refused = |status, body: &str| {
        let (base_url, _server) = upstream(answers(&[(status, body)]));
        match block_on(at(base_url).build().send(&get())).expect_err("no answer") {
            Error::Response(error) => *error,
            error => panic!("{error:?}"),
        }
    };
    assert!(matches!(refused(200, " ").kind, ResponseErrorKind::Empty));
    assert!(matches!(refused(302, "").kind, ResponseErrorKind::Redirect { target: None }));
    let error = refused(302, "");
    assert_eq!((error.status, error.outcome), (302, Outcome::NothingChanged));
    assert_eq!(error.request_id.as_deref(), Some("req_1"));
}

#[test]
fn a_success_that_cannot_be_read_tells_how_to_repeat_the_request() {
    let (base_url, _server) = upstream(answers(&[(201, r#"{"success":"#)]));
    let client = at(base_url).build();
    let error = block_on(client.execute(&idempotent(&client))).expect_err("no JSON");
    assert!(error.idempotency_key().is_some());
    assert_eq!(error.outcome(), Some(Outcome::Done));
    assert!(
        matches!(&error, Error::Response(error) if matches!(error.kind, ResponseErrorKind::Unreadable { .. }))
    );
}

#[test]
fn the_key_is_in_no_error_and_no_answer() {
    let body = r#"{"message":"bad key sk_test_example_a","name":"\u0073k_test_example_a"}"#;
    let (base_url, _server) = upstream(answers(&[(401, body)]));
    let error = block_on(at(base_url).build().send(&get())).expect_err("refused");
    assert!(error.to_string().contains("does not accept the API key."), "{error}");
    assert!(!format!("{error} {error:?}").contains("k_test_example_a"), "{error:?}");
    let (base_url, _server) = upstream(answers(&[(200, body)]));
    let client = at(base_url).build();
    let organization = block_on(client.send(&get())).expect("an organization");
    assert!(!format!("{organization:?} {client:?}").contains("k_test_example_a"));
}

/// Collects events as text.
struct Log(Arc<Mutex<String>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("workos_mcp")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = self.0.lock().expect("no panic");
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            // Writing to a string does not fail.
            let _ = write!(log, "{}={value:?} ", field.name());
        });
        log.push('\n');
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn attempts_are_logged_without_what_they_are_about() {
    let log = Arc::new(Mutex::new(String::new()));
    let (base_url, server) = upstream(answers(&[(500, ""), (200, r#"{"id":"org_secret"}"#)]));
    tracing::subscriber::with_default(Log(Arc::clone(&log)), || {
        block_on(at(base_url).build().send(&get())).expect("an organization");
        let client = at(nowhere()).timeout(Duration::from_millis(100)).build();
        block_on(client.send(&create())).expect_err("nobody");
    });
    server.join().expect("no panic");
    let log = log.lock().expect("no panic");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 3, "{log}");
    for (line, wanted) in lines.iter().zip([
        [r#"method="GET""#, r#"route="/organizations/{id}""#, "attempt=1", "status=500"],
        [r#"method="GET""#, r#"route="/organizations/{id}""#, "attempt=2", "status=200"],
        [r#"method="POST""#, r#"route="/organizations""#, "attempt=1", r#"error="cannot_connect""#],
    ]) {
        assert!(wanted.iter().all(|field| line.contains(field)), "{line}");
        assert!(line.contains("duration_ms="), "{line}");
    }
    for secret in ["org_secret", KEY, "127.0.0.1"] {
        assert!(!log.contains(secret), "{log}");
    }
}
