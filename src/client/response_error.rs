//! The error type of answers that no API gives, or that cannot be read.

use std::error::Error as StdError;
use std::fmt;

use super::outcome::Outcome;
use super::sentence::sentence;

/// WorkOS, or something in between, answered what no API answers.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResponseError {
    /// What came.
    pub kind: ResponseErrorKind,
    /// Host, and port if it is not the usual one, that the request was for.
    pub host: String,
    /// The HTTP status of the answer; 200 in the sandbox, which sends nothing.
    pub status: u16,
    /// Whether WorkOS may have acted.
    pub outcome: Outcome,
    /// The `x-request-id` of the answer, for WorkOS support.
    pub request_id: Option<String>,
    /// The key under which repeating the request does nothing twice, where WorkOS takes one.
    pub idempotency_key: Option<String>,
}

/// What came in place of an answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResponseErrorKind {
    /// More than is read.
    TooLong {
        /// What is read at most, in bytes.
        max_bytes: usize,
    },
    /// More text than is read, all strings together.
    TooMuchText {
        /// What is read at most, in bytes.
        max_bytes: usize,
    },
    /// Nothing, where what was asked for belongs.
    Empty,
    /// Something else than JSON.
    NotJson,
    /// A redirect, which is never followed.
    Redirect {
        /// The host that it leads to.
        target: Option<String>,
    },
    /// A status that is neither success, nor redirect, nor error.
    NotAnApi,
    /// Success, with JSON that cannot be read.
    Unreadable {
        /// Why, as far as that is known.
        source: Option<serde_json::Error>,
    },
    /// The sandbox has no answer to this operation, or a broken one.
    NoFixture {
        /// The operation's name.
        operation: &'static str,
        /// What is broken.
        source: Option<serde_json::Error>,
    },
}

impl ResponseError {
    pub(crate) fn new(
        kind: ResponseErrorKind,
        host: String,
        status: u16,
        outcome: Outcome,
        request_id: Option<String>,
    ) -> Self {
        Self { kind, host, status, outcome, request_id, idempotency_key: None }
    }

    /// What came, as a sentence without its full stop.
    pub fn fault(&self) -> String {
        let Self { host, status, .. } = self;
        match &self.kind {
            ResponseErrorKind::TooLong { max_bytes } => format!(
                "{host} answered {status} with more than {} MB, which is more than is read: ask for less, such as a \
                 smaller `limit`",
                max_bytes >> 20
            ),
            ResponseErrorKind::TooMuchText { max_bytes } => format!(
                "WorkOS answered {status} with more than {} MB of text: ask for less, such as a smaller `limit`",
                max_bytes >> 20
            ),
            ResponseErrorKind::Empty => {
                format!("{host} answered {status} with an empty body, where what was asked for belongs")
            }
            ResponseErrorKind::NotJson => format!("{host} answered {status} with something else than JSON"),
            ResponseErrorKind::Redirect { target } => {
                let target = target.as_ref().map(|target| format!(" to {target}")).unwrap_or_default();
                format!(
                    "{host} answered {status} with a redirect{target}, which is never followed: check the base URL"
                )
            }
            ResponseErrorKind::NotAnApi => {
                format!("{host} answered {status}, which is no answer of an API")
            }
            ResponseErrorKind::Unreadable { source: None } => {
                format!("WorkOS answered {status} with JSON that cannot be read")
            }
            ResponseErrorKind::Unreadable { source: Some(error) } => {
                format!("WorkOS answered {status} with JSON that cannot be read: {error}")
            }
            ResponseErrorKind::NoFixture { operation, source: None } => {
                format!("The sandbox has no answer for `{operation}`")
            }
            ResponseErrorKind::NoFixture { operation, source: Some(error) } => {
                format!("The sandbox's answer for `{operation}` is broken: {error}")
            }
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.request_id.as_deref().map(|id| format!(" (request ID {id})")).unwrap_or_default();
        write!(f, "{} {}.", sentence(format_args!("{}{id}", self.fault())), self.outcome)
    }
}

impl StdError for ResponseError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.kind {
            ResponseErrorKind::Unreadable { source } | ResponseErrorKind::NoFixture { source, .. } => {
                source.as_ref().map(|error| error as _)
            }
            _ => None,
        }
    }
}
