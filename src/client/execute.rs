//! The one way of every call: key, request, attempts, answer. Not generic, so that it is
//! compiled once and not for each of the operations.

use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::api_error::ApiError;
use super::check::CheckedCall;
use super::error::Error;
use super::exchange::Exchange;
use super::memory::{BodyPermit, MemoryBudget, MemoryPermit};
use super::outcome::Outcome;
use super::rate_limit::RateLimit;
use super::request::{Companion, PreparedRequest};
use super::response::Reply;
use super::response_error::{ResponseError, ResponseErrorKind};
use super::retry::{RetryPolicy, may_repeat};
use super::settings::Settings;
use super::setup_error::SetupError;
use super::subject::Subject;
use super::transport::Transport;
use crate::operation::{Auth, Method, Operation};
use crate::sandbox::{self, Sandbox};
use crate::schema::Location;

/// Longest body to which the companion of a request is added, in bytes: far longer than any
/// answer to such a request, and as a tree a longer one could fill the memory.
const MAX_JOINED: usize = 64 << 10;

/// The `x-request-id` of all that the sandbox answers.
const REQUEST_ID: &str = "req_sandbox";

/// What all calls of a client share.
#[derive(Debug)]
pub(super) struct Executor {
    pub settings: Settings,
    pub rate_limit: RateLimit,
    transport: Transport,
    memory: MemoryBudget,
}

impl Executor {
    pub fn new(settings: Settings) -> Self {
        Self {
            transport: Transport::new(&settings),
            rate_limit: RateLimit::default(),
            memory: MemoryBudget::default(),
            settings,
        }
    }

    /// Makes ready what a call to the API needs, so that the first one does not wait for it.
    #[cfg(feature = "server")]
    pub async fn make_ready(&self) {
        if self.settings.sandbox.is_none() {
            // What is wrong is told by the first call.
            let _ = self.transport.http().await;
        }
    }

    /// Opens a connection to the API ahead, where that is across a network.
    pub async fn warm_up(&self) {
        if self.settings.sandbox.is_none() {
            self.transport.warm_up(&self.settings.base_url).await;
        }
    }

    /// Runs a call: the reply, and the memory that it takes.
    pub async fn execute(&self, call: &CheckedCall) -> Result<(Reply, MemoryPermit), Error> {
        let operation = call.operation();
        if operation.method == Method::LINK {
            return Ok((self.link(call)?, MemoryPermit::default()));
        }
        let key = self.key(call).await?;
        let request = self.prepare(call, key.as_ref(), None)?;
        let (answer, companion) = if let Some(sandbox) = &self.settings.sandbox {
            let answer = answer(sandbox, call, &request).map(|reply| (reply, BodyPermit::default()));
            (answer, request.companion)
        } else {
            self.send(call, request, key).await
        };
        let (reply, permit) = match answer {
            Ok((reply, permit)) => {
                let permit = self.memory.hold(&reply.body, permit).await;
                (Ok(reply), permit)
            }
            Err(error) => (Err(error), MemoryPermit::default()),
        };
        match companion {
            Some(companion) => self.with_companion(reply, companion).map(|reply| (reply, permit)),
            None => reply.map(|reply| (reply, permit)),
        }
    }

    /// The answer of an operation that makes a URL. In the sandbox no browser opens it: the code with which
    /// one would come back is told at once.
    fn link(&self, call: &CheckedCall) -> Result<Reply, Error> {
        let request = self.prepare(call, None, None)?;
        let mut body = serde_json::json!({ "url": request.url.as_str() });
        if let Some(sandbox) = &self.settings.sandbox
            && call.operation().field("redirect_uri").is_some()
        {
            match answer(sandbox, call, &request) {
                Ok(reply) => {
                    let opened: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                    let code = opened["code"].as_str().unwrap_or_default();
                    let note = "In the sandbox nobody needs to open the URL: its redirect carries the code";
                    body["_note"] = format!("{note} {code}.").into();
                    body["code"] = code.into();
                }
                // A URL can be made all the same; only the browser that opens it is refused.
                Err(Error::Api(refused)) => {
                    body["_note"] = format!("Whoever opens the URL is refused. {}", refused.fault()).into();
                }
                Err(error) => return Err(error),
            }
        }
        let body: Bytes = body.to_string().into();
        let body = match request.companion {
            Some(companion) => joined(&body, companion),
            None => body,
        };
        Ok(Reply { status: 200, body, request_id: None })
    }

    /// The API key, if the operation is sent with it.
    async fn key(&self, call: &CheckedCall) -> Result<Option<SecretString>, Error> {
        if !needs_key(call.operation()) {
            return Ok(None);
        }
        if self.settings.sandbox.is_some() {
            return Ok(Some(SecretString::from(sandbox::KEY)));
        }
        match self.settings.key.load().await {
            Ok(key) => Ok(Some(key)),
            Err(error) => {
                // Wrong arguments are the caller's to mend, whatever the key.
                self.prepare(call, None, None)?;
                Err(error.into())
            }
        }
    }

    fn prepare(
        &self,
        call: &CheckedCall,
        key: Option<&SecretString>,
        idempotency_key: Option<String>,
    ) -> Result<PreparedRequest, Error> {
        let Settings { base_url, defaults, .. } = &self.settings;
        PreparedRequest::new(call, base_url.url(), defaults, key, idempotency_key)
    }

    /// Sends a request, and once more with the key that took the place of a refused one.
    async fn send(
        &self,
        call: &CheckedCall,
        mut request: PreparedRequest,
        mut key: Option<SecretString>,
    ) -> (Result<(Reply, BodyPermit), Error>, Option<Companion>) {
        let deadline = Instant::now() + self.settings.timeout;
        let mut answer = self.send_with_retries(call, &request, key.as_ref(), deadline).await;
        // The key in its file may have been rotated; a 401 changed nothing.
        if let (Err(Error::Api(refused)), Some(used)) = (&answer, &key)
            && refused.status == 401
            && let Ok(Some(renewed)) = timeout_at(deadline, self.settings.key.renewed(used)).await
        {
            let idempotency_key = match request.companion.take() {
                Some(Companion::IdempotencyKey(key)) => Some(key),
                _ => None,
            };
            key = Some(renewed);
            request = match self.prepare(call, key.as_ref(), idempotency_key) {
                Ok(request) => request,
                Err(error) => return (Err(error), None),
            };
            answer = self.send_with_retries(call, &request, key.as_ref(), deadline).await;
        }
        if let Err(Error::Api(refused)) = &mut answer
            && refused.status == 401
            && refused.subject.key
        {
            refused.key_origin = Some(self.settings.key.origin().clone());
        }
        (answer, request.companion)
    }

    /// Sends a request until it is answered, must not be repeated, or time is up.
    async fn send_with_retries(
        &self,
        call: &CheckedCall,
        request: &PreparedRequest,
        key: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<(Reply, BodyPermit), Error> {
        let operation = call.operation();
        // What is sent without the key may come back with it: somebody in between can know it.
        let cached = if key.is_none() { self.settings.key.cached().and_then(Result::ok) } else { None };
        let known_key = key.or(cached.as_ref());
        let exchange = Exchange { call, request, key, known_key, deadline, timeout: self.settings.timeout };
        let mut failures = 0;
        // What an earlier attempt may have done is not undone by how the last one ends.
        let mut unknown = false;
        loop {
            let error = match self.transport.attempt(exchange, &self.memory, failures + 1).await {
                Ok(answer) => return Ok(answer),
                // Gone is gone, which is what was asked for. The status says how that is known.
                Err(Error::Api(error))
                    if error.status == 404 && operation.method == Method::DELETE && failures > 0 =>
                {
                    let reply =
                        Reply { status: error.status, body: Bytes::new(), request_id: error.request_id };
                    return Ok((reply, BodyPermit::default()));
                }
                Err(error) if unknown => error.after_unknown(),
                Err(error) => error,
            };
            unknown = error.outcome() == Some(Outcome::Unknown);
            if !may_repeat(operation, &error) {
                return Err(error);
            }
            let pause = RetryPolicy::CALL.pause(failures, error.retry_after());
            // Nobody was at work on it: there is nothing to wait for.
            let pause =
                if failures == 0 && error.is_unprocessed() { pause.map(|_| Duration::ZERO) } else { pause };
            match pause {
                Some(pause) if Instant::now() + pause < deadline => sleep(pause).await,
                _ => return Err(error),
            }
            // A request that is repeated counts like any other.
            let _ = timeout_at(deadline, self.rate_limit.wait(operation)).await;
            failures += 1;
        }
    }

    /// The reply or error with what the caller needs of its request.
    fn with_companion(&self, reply: Result<Reply, Error>, companion: Companion) -> Result<Reply, Error> {
        match (reply, companion) {
            // What nobody can read is refused here, where it is known how to repeat it.
            (Ok(reply), Companion::IdempotencyKey(key)) if !is_readable(&reply.body) => {
                let kind = ResponseErrorKind::Unreadable { source: None };
                let host = self.settings.base_url.host();
                let error = ResponseError::new(kind, host, reply.status, Outcome::Done, reply.request_id);
                Err(Error::from(error).with_idempotency_key(key))
            }
            (Ok(mut reply), companion) => {
                reply.body = joined(&reply.body, companion);
                Ok(reply)
            }
            (Err(error), Companion::IdempotencyKey(key)) => Err(error.with_idempotency_key(key)),
            (Err(error), Companion::CodeVerifier(_)) => Err(error),
        }
    }
}

/// Whether an operation is sent with the API key, and not with a token that is an argument.
pub(super) fn needs_key(operation: &Operation) -> bool {
    operation.auth != Auth::Public && !operation.fields.iter().any(|field| field.location == Location::Bearer)
}

/// What the sandbox answers to a call. A URL it is given as it was built, with the defaults and the
/// PKCE challenge in it.
fn answer(sandbox: &Sandbox, call: &CheckedCall, request: &PreparedRequest) -> Result<Reply, Error> {
    let answer = if call.operation().method == Method::LINK {
        let query = request.url.query_pairs();
        let own =
            |name: &str| call.operation().field_at_workos(name).map_or(name, |field| field.name).to_owned();
        let query = query.map(|(name, value)| (own(&name), Value::String(value.into_owned())));
        sandbox.call(call.operation(), &query.collect())
    } else {
        sandbox.call(call.operation(), call.arguments())
    };
    let sandbox::Answer { status, body } = answer.map_err(SetupError::Sandbox)?;
    if status < 400 {
        return Ok(Reply { status, body, request_id: Some(REQUEST_ID.to_owned()) });
    }
    let mut error = ApiError::parse(status, &body);
    error.request_id = Some(REQUEST_ID.to_owned());
    error.subject = Subject::of(call, request.bearer.is_some());
    Err(error.into())
}

/// Whether a body is empty or JSON.
fn is_readable(body: &[u8]) -> bool {
    std::str::from_utf8(body)
        .is_ok_and(|text| text.trim().is_empty() || serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// A JSON object with the companion as one more field; anything else as it is.
fn joined(body: &Bytes, companion: Companion) -> Bytes {
    let (name, value) = match companion {
        Companion::CodeVerifier(verifier) => ("code_verifier", verifier),
        Companion::IdempotencyKey(key) => ("idempotency_key", key),
    };
    if body.len() > MAX_JOINED {
        return body.clone();
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut fields)) => {
            fields.insert(name.to_owned(), Value::String(value));
            Value::Object(fields).to_string().into()
        }
        _ => body.clone(),
    }
}
