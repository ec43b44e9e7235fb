//! Reading and judging an answer: bounded in time and in memory, and without the API key.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::api_error::ApiError;
use super::encoded::holds;
use super::error::Error;
use super::exchange::Exchange;
use super::memory::{BodyPermit, MemoryBudget};
use super::outcome::Outcome;
use super::redact_key::{redact_key, redact_key_in_error};
use super::response_error::{ResponseError, ResponseErrorKind};
use super::retry::retry_after;
use super::subject::Subject;
use super::transport_error::TransportErrorKind;
use crate::operation::Effect;
use crate::schema::Schema;

/// Longest body that is read, in bytes, decompressed.
const MAX_BODY: usize = 16 << 20;
/// Longest body of an error that is looked at, in bytes.
const MAX_ERROR_BODY: usize = 64 << 10;
/// Longest wait for the body of an error: its status says most.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest request ID, in bytes.
const MAX_REQUEST_ID: usize = 128;

/// What WorkOS answered to an operation, with success.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status; 200 where no request was sent. 404 is that of a deletion that did not get
    /// through at first and found nothing when it was repeated.
    pub status: u16,
    /// The body; empty if there was none.
    pub body: Bytes,
    /// The `x-request-id` of the answer.
    pub request_id: Option<String>,
}

/// Reads an answer to its end and decides what it is.
pub(super) async fn read(
    exchange: Exchange<'_>,
    response: Response,
    memory: &MemoryBudget,
) -> Result<(Reply, BodyPermit), Error> {
    let status = response.status();
    if status.is_success() {
        return read_success(exchange, response, memory).await;
    }
    if status.is_client_error() || status.is_server_error() {
        return Err(read_error(exchange, response).await.into());
    }
    let request_id = request_id(response.headers(), exchange.known_key);
    let kind = if status.is_redirection() {
        ResponseErrorKind::Redirect { target: redirect_target(exchange, response.headers()) }
    } else {
        ResponseErrorKind::NotAnApi
    };
    let outcome = Outcome::if_lost(exchange.operation());
    Err(exchange.unusable(kind, status.as_u16(), outcome, request_id).into())
}

async fn read_success(
    exchange: Exchange<'_>,
    response: Response,
    memory: &MemoryBudget,
) -> Result<(Reply, BodyPermit), Error> {
    let operation = exchange.operation();
    let status = response.status().as_u16();
    let request_id = request_id(response.headers(), exchange.known_key);
    let says_json = content_is_json(response.headers());
    let unusable = |kind, request_id| -> ResponseError {
        exchange.unusable(kind, status, Outcome::if_answered(operation), request_id)
    };
    let Some((body, permit)) = read_body(exchange, response, memory).await? else {
        return Err(unusable(ResponseErrorKind::TooLong { max_bytes: MAX_BODY }, request_id).into());
    };
    let body = redact_key(body, exchange.known_key);
    let expected = operation.effect == Effect::Read && !matches!(operation.answer, Schema::Empty);
    if expected && body.trim_ascii().is_empty() {
        return Err(unusable(ResponseErrorKind::Empty, request_id).into());
    }
    if !says_json && !matches!(body.first(), None | Some(b'{' | b'[' | b'"')) {
        return Err(unusable(ResponseErrorKind::NotJson, request_id).into());
    }
    Ok((Reply { status, body, request_id }, permit))
}

/// The whole body; `None` if it is longer than is read.
async fn read_body(
    exchange: Exchange<'_>,
    mut response: Response,
    memory: &MemoryBudget,
) -> Result<Option<(Bytes, BodyPermit)>, Error> {
    let Exchange { deadline, timeout, .. } = exchange;
    let operation = exchange.operation();
    let status = response.status().as_u16();
    let outcome = Outcome::if_answered(operation);
    if response.content_length().is_some_and(|length| length > MAX_BODY as u64) {
        return Ok(None);
    }
    let mut first: Option<Bytes> = None;
    let mut body = BytesMut::new();
    let mut permit = BodyPermit::default();
    loop {
        let chunk = timeout_at(deadline, response.chunk())
            .await
            .map_err(|_| exchange.lost(TransportErrorKind::BodyTimeout { status, timeout }, outcome))?
            .map_err(|error| {
                exchange.lost_by(error, outcome, |reason| TransportErrorKind::BodyBroken { status, reason })
            })?;
        let Some(chunk) = chunk else { break };
        // Most answers are one chunk, which needs no copy.
        if first.is_none() && body.is_empty() {
            first = Some(chunk);
            continue;
        }
        if let Some(first) = first.take() {
            body.extend_from_slice(&first);
        }
        if body.len() + chunk.len() > MAX_BODY {
            return Ok(None);
        }
        memory
            .grow_body(&mut permit, body.len(), deadline)
            .await
            .map_err(|_| exchange.lost(TransportErrorKind::Crowded { status }, outcome))?;
        body.extend_from_slice(&chunk);
    }
    Ok(Some((first.unwrap_or_else(|| body.freeze()), permit)))
}

/// Where a redirect leads, unless its host repeats the key.
fn redirect_target(exchange: Exchange<'_>, headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let url = exchange.request.url.join(location).ok()?;
    let host = url.host_str()?;
    // Hosts are lower case.
    let repeats =
        exchange.known_key.is_some_and(|key| holds(host, &key.expose_secret().to_ascii_lowercase()));
    (!repeats).then(|| host.to_owned())
}

async fn read_error(exchange: Exchange<'_>, response: Response) -> ApiError {
    let Exchange { call, request, known_key: key, .. } = exchange;
    let status = response.status();
    let request_id = request_id(response.headers(), key);
    let retry_after = retry_after(response.headers());
    let body = redact_key_in_error(beginning(exchange, response).await, key);
    let mut error = ApiError::parse(status.as_u16(), &body);
    if let Some(key) = key {
        // Once more, after what parsing may have put together.
        error.redact(key.expose_secret());
    }
    error.request_id = request_id;
    error.retry_after = retry_after;
    error.subject = Subject::of(call, request.bearer.is_some());
    if leaves_open(status) {
        error.outcome = Outcome::if_lost(call.operation());
    }
    error
}

/// As much of an error's body as is worth reading and comes in time; what breaks off is shown
/// as far as it came.
async fn beginning(exchange: Exchange<'_>, mut response: Response) -> Bytes {
    let left = exchange.deadline.saturating_duration_since(Instant::now());
    // Before the deadline, so that the status is told and not the delay.
    let until = Instant::now() + ERROR_BODY_TIMEOUT.min(left / 2);
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await {
        body.extend_from_slice(&chunk[..chunk.len().min(MAX_ERROR_BODY - body.len())]);
        if body.len() >= MAX_ERROR_BODY {
            break;
        }
    }
    body.into()
}

/// Statuses that leave open whether WorkOS acted.
fn leaves_open(status: StatusCode) -> bool {
    status == StatusCode::REQUEST_TIMEOUT || status.is_server_error()
}

/// A request ID: a short word without blanks, and not the key.
fn request_id(headers: &HeaderMap, key: Option<&SecretString>) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let repeats = key.is_some_and(|key| holds(id, key.expose_secret()));
    let is_word = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/+=".contains(&byte));
    (!id.is_empty() && id.len() <= MAX_REQUEST_ID && is_word && !repeats).then(|| id.to_owned())
}

fn content_is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("json"))
}
