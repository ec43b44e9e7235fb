//! A call as all its attempts share it: request, key, deadline.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::base_url::host;
use super::check::CheckedCall;
use super::outcome::Outcome;
use super::request::PreparedRequest;
use super::response_error::{ResponseError, ResponseErrorKind};
use super::transport_error::{TransportError, TransportErrorKind};
use crate::operation::Operation;

/// A request on its way, with what must be known to send it and to judge its answer.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'a> {
    pub call: &'a CheckedCall,
    pub request: &'a PreparedRequest,
    /// What it is sent with.
    pub key: Option<&'a SecretString>,
    /// The API key as far as it is known, be it sent or not: no answer may repeat it.
    pub known_key: Option<&'a SecretString>,
    /// When the call must be answered.
    pub deadline: Instant,
    /// How long that was from its beginning.
    pub timeout: Duration,
}

impl Exchange<'_> {
    /// The operation that is called.
    pub fn operation(&self) -> &'static Operation {
        self.call.operation()
    }

    /// The request or its answer was lost.
    pub fn lost(&self, kind: TransportErrorKind, outcome: Outcome) -> TransportError {
        TransportError::new(kind, host(&self.request.url), outcome)
    }

    /// The same, where the HTTP library says why.
    pub fn lost_by(
        &self,
        error: reqwest::Error,
        outcome: Outcome,
        kind: impl FnOnce(String) -> TransportErrorKind,
    ) -> TransportError {
        TransportError::caused(error, host(&self.request.url), outcome, kind)
    }

    /// An answer came that is of no use.
    pub fn unusable(
        &self,
        kind: ResponseErrorKind,
        status: u16,
        outcome: Outcome,
        request_id: Option<String>,
    ) -> ResponseError {
        ResponseError::new(kind, host(&self.request.url), status, outcome, request_id)
    }
}
