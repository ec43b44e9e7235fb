//! What applications under test send, as calls of the sandbox: a request comes in without its socket, and an
//! answer goes out, so that vendor SDKs run against the sandbox unchanged.
//!
//! [`routes`] finds the operation, [`arguments`] reads its arguments, [`faults`] are failures that were asked
//! for; all of it follows from the table. Beside WorkOS's paths there are `/health` and, for tests,
//! `/_sandbox/faults` and `/_sandbox/reset`.

mod arguments;
pub(crate) mod faults;
mod request;
mod routes;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use self::arguments::{Content, Refusal};
use self::faults::{Fault, Faults, MAX_LATENCY};
pub(crate) use self::request::Request;
use self::routes::{Route, Routes};
use super::{Answer, Options, Sandbox, ids};
use crate::operation::{Auth, Effect, Method, Operation};
use crate::schema::Location;

/// Longest body of a request, in bytes.
pub(crate) const MAX_BODY: usize = 1 << 20;
/// Longest `Idempotency-Key`, as WorkOS's documentation suggests UUIDs.
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// What is answered, and after how long a pause.
#[derive(Debug)]
pub(crate) struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or nothing.
    pub body: Bytes,
    pub pause: Duration,
}

impl Response {
    fn new(status: u16, body: Bytes) -> Self {
        Self { status, headers: Vec::new(), body, pause: Duration::ZERO }
    }

    fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string().into())
    }

    fn message(status: u16, message: impl Into<String>) -> Self {
        Self::json(status, &json!({"message": message.into()}))
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The sandbox behind HTTP.
#[derive(Debug)]
pub(crate) struct Service {
    sandbox: Sandbox,
    routes: Routes,
    faults: Faults,
    requests: AtomicU64,
}

impl Service {
    /// With the faults that are there from the beginning.
    pub fn new(options: Options, faults: Vec<Fault>) -> Self {
        Self {
            sandbox: Sandbox::new(options),
            routes: Routes::new(),
            faults: Faults::new(faults),
            requests: AtomicU64::default(),
        }
    }

    /// Makes the world ready, or says why its file cannot be used.
    pub fn open(&self) -> Result<(), super::FileError> {
        self.sandbox.open()
    }

    /// Answers a request.
    pub fn answer(&self, request: &Request<'_>) -> Response {
        let response = match refused(request) {
            Some(refusal) => refusal,
            None => self.answered(request),
        };
        self.numbered(response)
    }

    /// Answers a request that was not read to its end, or could not be read at all.
    pub fn refusal(&self, status: u16, message: &str) -> Response {
        self.numbered(Response::message(status, message))
    }

    /// Every answer has its number, as those of WorkOS.
    fn numbered(&self, response: Response) -> Response {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = format!("req_{}", ids::ulid(0, number));
        let response = response.with("x-request-id", id);
        if response.body.is_empty() {
            response
        } else {
            response.with("content-type", "application/json; charset=utf-8")
        }
    }

    fn answered(&self, request: &Request<'_>) -> Response {
        if let Some(response) = self.own(request) {
            return response;
        }
        let Some(route) = self.routes.find(request.method, request.path) else {
            let message = format!("Not Found: the API of WorkOS has no {} {}", request.method, request.path);
            return Response::json(404, &json!({"message": message, "error": "Not Found"}));
        };
        let fault = match asked_for(request) {
            Ok(fault) => fault.or_else(|| self.faults.take(route.operation, request.method, request.path)),
            Err(message) => return Response::message(400, message),
        };
        let Some(fault) = fault else { return self.called(request, &route) };
        let mut response = match &fault.status {
            None => self.called(request, &route),
            Some(status) => {
                if fault.after {
                    // It is done, and its answer is lost.
                    self.called(request, &route);
                }
                let response = Response::json(*status, &fault.shown_body(*status));
                match fault.retry_after {
                    Some(seconds) => response.with("retry-after", seconds.to_string()),
                    None => response,
                }
            }
        };
        response.pause = fault.latency;
        response
    }

    /// What is no path of WorkOS.
    fn own(&self, request: &Request<'_>) -> Option<Response> {
        let response = match (request.method, request.path) {
            ("GET" | "HEAD", "/" | "/health") => Response::json(200, &json!({"status": "ok"})),
            ("GET", "/_sandbox/faults") => Response::json(200, &self.faults.shown()),
            ("POST", "/_sandbox/faults") => match Fault::read(request.body) {
                Ok(fault) => {
                    self.faults.add(fault);
                    Response::json(201, &self.faults.shown())
                }
                Err(message) => Response::message(422, message),
            },
            ("DELETE", "/_sandbox/faults") => {
                self.faults.clear();
                Response::new(204, Bytes::new())
            }
            ("POST", "/_sandbox/reset") => match self.sandbox.reset() {
                Ok(()) => Response::new(204, Bytes::new()),
                Err(error) => Response::message(500, error.to_string()),
            },
            (_, path) if path.starts_with("/_sandbox/") => Response::message(
                404,
                "There are GET, POST and DELETE /_sandbox/faults, and POST /_sandbox/reset",
            ),
            _ => return None,
        };
        Some(response)
    }

    /// Does what the request asks for.
    fn called(&self, request: &Request<'_>, route: &Route<'_>) -> Response {
        let operation = route.operation;
        let content = match Content::of(request, operation) {
            Ok(content) => content,
            Err(refusal) => return refusal.response(operation),
        };
        if !is_authorized(request, operation, &content) {
            return unauthorized(operation);
        }
        let arguments = match content.arguments(request, route) {
            Ok(arguments) => arguments,
            Err(refusal) => return refusal.response(operation),
        };
        let key = request.header("idempotency-key").filter(|key| !key.is_empty());
        if key.is_some_and(|key| key.len() > MAX_IDEMPOTENCY_KEY) {
            return Response::message(400, "The Idempotency-Key is longer than 255 characters");
        }
        let key = key.filter(|_| operation.method == Method::POST && operation.effect != Effect::Read);
        let Answer { status, body } = match self.sandbox.call_once(operation, &arguments, key) {
            Ok(answer) => answer,
            Err(error) => return Response::message(500, error.to_string()),
        };
        if operation.method == Method::LINK && status < 300 {
            let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            let url = answer["url"].as_str().unwrap_or("/").to_owned();
            return Response::new(302, Bytes::new()).with("location", url);
        }
        Response::new(status, body)
    }
}

/// Whether the request says who sends it, as far as the operation asks for that.
fn is_authorized(request: &Request<'_>, operation: &Operation, content: &Content) -> bool {
    let is_key = |text: Option<&str>| text.and_then(|text| text.strip_prefix("sk_")).is_some_and(is_filled);
    match operation.auth {
        // A browser sends no key.
        _ if operation.method == Method::LINK => true,
        Auth::Public => true,
        Auth::Bearer if operation.fields.iter().any(|field| field.location == Location::Bearer) => {
            request.bearer().is_some_and(is_filled)
        }
        Auth::Bearer => is_key(request.bearer()),
        // Public clients prove with PKCE, or with what they hold already, that it is them.
        Auth::ClientSecret => match content.text("client_secret") {
            None => {
                is_key(request.bearer())
                    || content.text("code_verifier").is_some()
                    || matches!(
                        content.text("grant_type"),
                        Some("refresh_token" | "urn:ietf:params:oauth:grant-type:device_code")
                    )
            }
            secret => is_key(secret),
        },
    }
}

fn is_filled(text: &str) -> bool {
    !text.is_empty()
}

fn unauthorized(operation: &Operation) -> Response {
    let mut body = json!({"message": "Unauthorized"});
    if operation.auth == Auth::ClientSecret {
        body["error"] = "invalid_client".into();
        body["error_description"] = "Invalid client secret.".into();
    }
    Response::json(401, &body)
}

/// Requests that a page of somebody else makes a browser send, be it under a name that leads here.
fn refused(request: &Request<'_>) -> Option<Response> {
    let message = match (request.header("host"), request.header("origin")) {
        (None, _) => "There is no Host header",
        (Some(host), _) if !is_loopback(host) => {
            "The sandbox answers to localhost, 127.0.0.1 and [::1] alone: that is no Host header of these"
        }
        (_, Some(origin)) if origin.split_once("://").is_none_or(|(_, host)| !is_loopback(host)) => {
            "The sandbox answers no pages of other hosts"
        }
        _ => return None,
    };
    Some(Response::message(403, message))
}

/// Whether a host, with a port or without, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name.to_ascii_lowercase().as_str(), "localhost" | "127.0.0.1" | "[::1]")
}

/// The fault that a request asks for itself.
fn asked_for(request: &Request<'_>) -> Result<Option<Fault>, String> {
    let status = match request.header("x-sandbox-status") {
        Some(text) => Some(faults::status(text).ok_or("x-sandbox-status is a status from 400 to 599")?),
        None => None,
    };
    let latency = match request.header("x-sandbox-latency-ms") {
        Some(text) => Some(faults::latency(text).ok_or_else(|| {
            format!("x-sandbox-latency-ms is a number of milliseconds up to {}", MAX_LATENCY.as_millis())
        })?),
        None => None,
    };
    Ok((status.is_some() || latency.is_some()).then(|| Fault::of(status, latency.unwrap_or_default())))
}

impl Refusal {
    /// As WorkOS answers it: the token endpoints have words of their own.
    fn response(&self, operation: &Operation) -> Response {
        if operation.auth == Auth::ClientSecret {
            let body = json!({"error": "invalid_request", "error_description": self.sentence()});
            return Response::json(400, &body);
        }
        match self {
            Self::Unreadable(message) => {
                Response::json(400, &json!({"message": message, "error": "Bad Request"}))
            }
            Self::Missing(code) => Response::json(400, &json!({"message": self.sentence(), "code": code})),
            Self::Invalid(faults) => {
                let errors: Vec<Value> =
                    faults.iter().map(|(field, code)| json!({"field": field, "code": code})).collect();
                let code = "unprocessable_entity";
                Response::json(422, &json!({"message": self.sentence(), "code": code, "errors": errors}))
            }
        }
    }
}
