//! Every kind of error: what it says, what caused it, and whose words it must not use.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::key_error::{KeyFault, KeyOrigin};
use super::super::response_error::ResponseErrorKind;
use super::super::tls;
use super::super::transport_error::TransportErrorKind;
use super::*;
use crate::schema::Setting;

fn response(kind: ResponseErrorKind, outcome: Outcome) -> Error {
    ResponseError::new(kind, "h".to_owned(), 200, outcome, Some("req_1".to_owned())).into()
}

fn transport(kind: TransportErrorKind, outcome: Outcome) -> Error {
    TransportError::new(kind, "h:1".to_owned(), outcome).into()
}

fn no_json() -> serde_json::Error {
    serde_json::from_str::<u8>("x").expect_err("no JSON")
}

fn no_url() -> reqwest::Error {
    let tls = tls::trusting_nobody().expect("TLS");
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().expect("a client");
    client.get("nonsense").build().expect_err("no URL")
}

/// One of every kind, with its text.
fn all() -> Vec<(Error, &'static str)> {
    [of_arguments_and_key(), of_setup(), of_transport(), of_responses(), of_lists_and_types()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_arguments_and_key() -> Vec<(Error, &'static str)> {
    let path = || PathBuf::from("/p");
    let io = || Arc::new(io::Error::from(io::ErrorKind::NotFound));
    let key = |fault: KeyFault| Error::from(KeyError::new(fault, KeyOrigin::Variable("VARIABLE")));
    let file = |fault: KeyFault| Error::from(KeyError::new(fault, KeyOrigin::File(path())));
    let command =
        |fault: KeyFault| Error::from(KeyError::new(fault, KeyOrigin::Command("program".to_owned())));
    vec![
        (
            Error::Arguments(vec![Violation::missing_default("client_id", Setting::ClientId)]),
            "Nothing was sent: `client_id` is needed.",
        ),
        (key(KeyFault::Missing), "Nothing was sent: there is no WorkOS API key"),
        (key(KeyFault::Empty), "Nothing was sent: the WorkOS API key in VARIABLE is empty"),
        (
            Error::from(KeyError::new(KeyFault::Empty, KeyOrigin::Program)),
            "Nothing was sent: the WorkOS API key is empty",
        ),
        (
            file(KeyFault::Quoted),
            "Nothing was sent: the WorkOS API key in the file /p stands in quotation marks",
        ),
        (
            command(KeyFault::Bearer),
            "Nothing was sent: the WorkOS API key from the command `program` starts with `Bearer`; give the key \
             alone",
        ),
        (
            key(KeyFault::Placeholder),
            "Nothing was sent: the WorkOS API key in VARIABLE is a placeholder that was never filled in: this \
             client does not expand variables here",
        ),
        (
            file(KeyFault::Assignment),
            "Nothing was sent: the WorkOS API key in the file /p has the form `NAME=value`; give the value alone",
        ),
        (
            key(KeyFault::ClientId),
            "Nothing was sent: a client ID (`client_…`) stands where the WorkOS API key (`sk_…`) in VARIABLE belongs",
        ),
        (
            file(KeyFault::Lines),
            "Nothing was sent: the WorkOS API key in the file /p has more than one line; give the key alone",
        ),
        (
            key(KeyFault::Garbled),
            "Nothing was sent: the WorkOS API key in VARIABLE contains blanks or characters that no key has",
        ),
        (
            command(KeyFault::TooLong),
            "Nothing was sent: the WorkOS API key from the command `program` is far longer than a key",
        ),
        (
            key(KeyFault::Several(vec!["A", "B"])),
            "Nothing was sent: the WorkOS API key is given more than once, by A and B: keep one of them",
        ),
        (
            file(KeyFault::Unreadable(io())),
            "Nothing was sent: the file /p that should hold the WorkOS API key cannot be read (entity not found)",
        ),
        (
            file(KeyFault::TimedOut),
            "Nothing was sent: the file /p that should hold the WorkOS API key cannot be read (timed out)",
        ),
        (
            command(KeyFault::NotStarted(io())),
            "Nothing was sent: the command `program` that should print the WorkOS API key is of no use (it does not \
             start: entity not found)",
        ),
        (
            command(KeyFault::Failed("exit status: 1".to_owned())),
            "Nothing was sent: the command `program` that should print the WorkOS API key is of no use (it ended with \
             exit status: 1)",
        ),
    ]
}

fn of_setup() -> Vec<(Error, &'static str)> {
    let path = || PathBuf::from("/p");
    let io = || Arc::new(io::Error::from(io::ErrorKind::NotFound));
    vec![
        (
            SetupError::CaFile { path: path(), source: io() }.into(),
            "Nothing was sent: The root certificates in /p cannot be used: entity not found",
        ),
        (
            SetupError::CaFileTimedOut { path: path() }.into(),
            "Nothing was sent: The root certificates in /p cannot be used: timed out",
        ),
        (
            SetupError::NoCertificate { path: path() }.into(),
            "Nothing was sent: The root certificates in /p cannot be used: there is no PEM certificate in it",
        ),
        (
            SetupError::Certificate { path: path(), source: Arc::new(no_url()) }.into(),
            "Nothing was sent: The root certificates in /p cannot be used: relative URL without a base",
        ),
        (
            SetupError::Client { source: Arc::new(no_url()) }.into(),
            "Nothing was sent: The HTTP client does not start: relative URL without a base",
        ),
        (
            SetupError::Random { source: getrandom::Error::UNSUPPORTED }.into(),
            "Nothing was sent: The system gives no random bytes: getrandom: this target is not supported",
        ),
    ]
}

fn of_transport() -> Vec<(Error, &'static str)> {
    use Outcome::{Done, NotSent, NothingChanged, Unknown};
    let reason = || "reset".to_owned();
    let timeout = Duration::from_millis(1500);
    vec![
        (
            transport(TransportErrorKind::NoAnswer { timeout }, Unknown),
            "No answer from h:1 within 1.5 s. The change may have taken effect.",
        ),
        (
            transport(TransportErrorKind::CannotConnect { proxied: false, reason: reason() }, NotSent),
            "Cannot connect to h:1: reset. Nothing was sent.",
        ),
        (
            transport(TransportErrorKind::CannotConnect { proxied: true, reason: reason() }, NotSent),
            "Cannot connect to h:1 (a proxy is set, and the fault may be its own): reset. Nothing was sent.",
        ),
        (
            transport(TransportErrorKind::Broken { reason: reason() }, NothingChanged),
            "The connection to h:1 broke before the answer came: reset. Nothing was changed.",
        ),
        (
            transport(TransportErrorKind::BodyTimeout { status: 201, timeout }, Done),
            "h:1 answered 201, and its answer did not end within 1.5 s. The change has most likely taken effect.",
        ),
        (
            transport(TransportErrorKind::BodyBroken { status: 200, reason: reason() }, NothingChanged),
            "The answer of h:1 (200) broke off: reset. Nothing was changed.",
        ),
        (
            transport(TransportErrorKind::Crowded { status: 200 }, NothingChanged),
            "h:1 answered 200, and too many long answers came at once to read it. Nothing was changed.",
        ),
    ]
}

fn of_responses() -> Vec<(Error, &'static str)> {
    use Outcome::{Done, NothingChanged, Unknown};
    vec![
        (
            response(ResponseErrorKind::TooLong { max_bytes: 16 << 20 }, NothingChanged),
            "h answered 200 with more than 16 MB, which is more than is read: ask for less, such as a smaller \
             `limit` (request ID req_1). Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::TooMuchText { max_bytes: 8 << 20 }, NothingChanged),
            "WorkOS answered 200 with more than 8 MB of text: ask for less, such as a smaller `limit` \
             (request ID req_1). Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::Empty, NothingChanged),
            "h answered 200 with an empty body, where what was asked for belongs (request ID req_1). \
             Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::NotJson, NothingChanged),
            "h answered 200 with something else than JSON (request ID req_1). Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::Redirect { target: Some("t".to_owned()) }, Unknown),
            "h answered 200 with a redirect to t, which is never followed: check the base URL \
             (request ID req_1). The change may have taken effect.",
        ),
        (
            response(ResponseErrorKind::Redirect { target: None }, NothingChanged),
            "h answered 200 with a redirect, which is never followed: check the base URL (request ID req_1). \
             Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::NotAnApi, NothingChanged),
            "h answered 200, which is no answer of an API (request ID req_1). Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::Unreadable { source: None }, Done),
            "WorkOS answered 200 with JSON that cannot be read (request ID req_1). \
             The change has most likely taken effect.",
        ),
        (
            response(ResponseErrorKind::Unreadable { source: Some(no_json()) }, NothingChanged),
            "WorkOS answered 200 with JSON that cannot be read: expected value at line 1 column 1 \
             (request ID req_1). Nothing was changed.",
        ),
        (
            response(ResponseErrorKind::NoFixture { operation: "x", source: None }, NothingChanged),
            "The sandbox has no answer for `x` (request ID req_1). Nothing was changed.",
        ),
    ]
}

fn of_lists_and_types() -> Vec<(Error, &'static str)> {
    vec![
        (
            ApiError::parse(404, br#"{"message":"Not found."}"#).into(),
            "WorkOS answered 404 Not Found: \"Not found\".",
        ),
        (
            Error::Decode { source: no_json(), body: Bytes::new() },
            "WorkOS did what was asked, but its answer does not fit the type: expected value at line 1 column 1",
        ),
        (
            RepeatedCursor { cursor: "A".to_owned() }.into(),
            "WorkOS gives the cursor `A` a second time, so this list would never end",
        ),
    ]
}

#[test]
fn every_error_says_what_happened() {
    for (error, text) in all() {
        assert_eq!(error.to_string(), text, "{error:?}");
    }
}

/// How to use tools and set up servers is known further up.
#[test]
fn no_error_names_a_flag_a_variable_or_a_tool() {
    for (error, text) in all() {
        let foreign = ["--", "WORKOS_", "this server", " tool"].iter().find(|word| text.contains(**word));
        assert_eq!(foreign, None, "{error:?}");
        let tool = crate::api::operations().find(|operation| text.contains(operation.name));
        assert!(tool.is_none(), "{text}");
    }
}

#[test]
fn errors_have_their_sources() {
    for (error, text) in all() {
        let caused = match &error {
            Error::Key(_) | Error::Setup(_) | Error::Decode { .. } => true,
            Error::Response(error) => {
                matches!(error.kind, ResponseErrorKind::Unreadable { source: Some(_) })
            }
            _ => false,
        };
        assert_eq!(error.source().is_some(), caused, "{text}");
    }
    let caused = TransportError::caused(no_url(), "h".to_owned(), Outcome::NotSent, |reason| {
        TransportErrorKind::CannotConnect { proxied: false, reason }
    });
    assert!(Error::from(caused).source().is_some_and(<dyn StdError>::is::<reqwest::Error>));
}

#[test]
fn what_may_pass_is_told_from_what_may_not() {
    for (error, text) in all() {
        let transient = matches!(error, Error::Transport(_) | Error::Response(_));
        assert_eq!(error.is_transient(), transient, "{text}");
    }
    for (status, transient) in [(400, false), (408, true), (429, true), (500, true), (599, true)] {
        assert_eq!(Error::from(ApiError::parse(status, b"")).is_transient(), transient, "{status}");
    }
}

#[test]
fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let mut refused = ApiError::parse(409, br#"{"message":"Taken"}"#);
    refused.request_id = Some("req_1".to_owned());
    let error = Error::from(refused).after_unknown().with_idempotency_key("k".to_owned());
    assert_eq!(error.outcome(), Some(Outcome::Unknown));
    assert_eq!((error.status(), error.idempotency_key()), (Some(409), Some("k")));
    assert_eq!(
        error.to_string(),
        "WorkOS answered 409 Conflict: \"Taken\".\nThe change may have taken effect.\nRequest ID: req_1"
    );
}
