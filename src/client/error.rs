//! Why a call failed: one type with a variant for each place on its way.
//!
//! Everything that can be told apart is told apart by fields, so that layers above can word
//! errors for their readers without looking at these texts.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;

use super::api_error::ApiError;
use super::check::Rejected;
use super::key_error::KeyError;
use super::outcome::Outcome;
use super::response_error::ResponseError;
use super::setup_error::SetupError;
use super::transport_error::{TransportError, TransportErrorKind};
use super::violation::Violation;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The arguments do not make a request. Nothing was sent.
    #[error("Nothing was sent: {}", Violation::list(.0))]
    Arguments(Vec<Violation>),
    /// There is no usable API key. Nothing was sent.
    #[error("Nothing was sent: {0}")]
    Key(#[from] KeyError),
    /// The client cannot do its work on this machine. Nothing was sent.
    #[error("Nothing was sent: {0}")]
    Setup(#[from] SetupError),
    /// WorkOS answered with an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The request or its answer was lost on the way.
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// WorkOS, or something in between, answered what no API answers.
    #[error(transparent)]
    Response(Box<ResponseError>),
    /// WorkOS answered with success, and the answer does not fit the type.
    /// Only typed calls, such as `Client::send`, give it.
    #[error("WorkOS did what was asked, but its answer does not fit the type: {source}")]
    Decode {
        /// Where it does not fit.
        source: serde_json::Error,
        /// The answer as it came.
        body: Bytes,
    },
    /// A list would never end.
    #[error(transparent)]
    RepeatedCursor(#[from] RepeatedCursor),
}

/// A list gave a cursor that it had given before, so that it would never end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("WorkOS gives the cursor `{cursor}` a second time, so this list would never end")]
pub struct RepeatedCursor {
    /// The cursor.
    pub cursor: String,
}

impl Error {
    /// How long to wait before trying again, if WorkOS said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            _ => None,
        }
    }

    /// Whether WorkOS may have acted, where that is a question.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Api(error) => Some(error.outcome),
            Self::Transport(error) => Some(error.outcome),
            Self::Response(error) => Some(error.outcome),
            _ => None,
        }
    }

    /// The `x-request-id` of the answer, if there was one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id.as_deref(),
            Self::Response(error) => error.request_id.as_deref(),
            _ => None,
        }
    }

    /// The HTTP status of the error that WorkOS answered with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            _ => None,
        }
    }

    /// The key under which repeating the request does nothing twice, where WorkOS takes one.
    pub fn idempotency_key(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.idempotency_key.as_deref(),
            Self::Transport(error) => error.idempotency_key.as_deref(),
            Self::Response(error) => error.idempotency_key.as_deref(),
            _ => None,
        }
    }

    /// Whether the same call may succeed later, with nobody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api(error) => matches!(error.status, 408 | 429 | 500..=599),
            Self::Transport(_) | Self::Response(_) => true,
            _ => false,
        }
    }

    /// Whether the request came back before anybody looked at it.
    pub(super) fn is_unprocessed(&self) -> bool {
        matches!(self, Self::Transport(error) if matches!(error.kind, TransportErrorKind::NotProcessed { .. }))
    }

    /// The same error after an earlier attempt that may have taken effect: how the last one
    /// ended does not undo that.
    pub(super) fn after_unknown(mut self) -> Self {
        match &mut self {
            Self::Api(error) => error.outcome = Outcome::Unknown,
            Self::Transport(error) => error.outcome = Outcome::Unknown,
            Self::Response(error) => error.outcome = Outcome::Unknown,
            _ => {}
        }
        self
    }

    /// The same error, with the key under which repeating does nothing twice.
    pub(super) fn with_idempotency_key(mut self, key: String) -> Self {
        match &mut self {
            Self::Api(error) => error.idempotency_key = Some(key),
            Self::Transport(error) => error.idempotency_key = Some(key),
            Self::Response(error) => error.idempotency_key = Some(key),
            _ => {}
        }
        self
    }

    /// A word for logs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "arguments",
            Self::Key(_) => "key",
            Self::Setup(_) => "setup",
            Self::Api(_) => "api",
            Self::Transport(error) => match error.kind {
                TransportErrorKind::NoAnswer { .. } => "no_answer",
                TransportErrorKind::CannotConnect { .. } => "cannot_connect",
                TransportErrorKind::NotProcessed { .. } => "not_processed",
                TransportErrorKind::Broken { .. } => "broken",
                TransportErrorKind::BodyTimeout { .. } => "body_timeout",
                TransportErrorKind::BodyBroken { .. } => "body_broken",
                TransportErrorKind::Crowded { .. } => "crowded",
            },
            Self::Response(_) => "response",
            Self::Decode { .. } => "decode",
            Self::RepeatedCursor(_) => "repeated_cursor",
        }
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Arguments(rejected.violations)
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(Box::new(error))
    }
}

impl From<ResponseError> for Error {
    fn from(error: ResponseError) -> Self {
        Self::Response(Box::new(error))
    }
}
