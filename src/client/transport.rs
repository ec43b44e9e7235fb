//! The HTTP client, and one attempt to send a request with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use super::error::Error;
use super::exchange::Exchange;
use super::memory::{BodyPermit, MemoryBudget};
use super::outcome::Outcome;
use super::proxy::{self, proxied};
use super::read_file::{ReadError, read_file};
use super::response::{self, Reply};
use super::setup_error::SetupError;
use super::transport_error::TransportErrorKind;
use super::violation::Violation;
use crate::operation::{Auth, Method};

/// Longest time for a connection, with TLS and proxy.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest file of root certificates, in bytes. Those of a whole system are some 200 KB.
const MAX_CA_FILE: u64 = 16 << 20;

const USER_AGENT: &str = concat!("workos-mcp/", env!("CARGO_PKG_VERSION"));

/// The HTTP client; made when the first request is sent.
#[derive(Debug)]
pub(super) struct Transport {
    http: OnceCell<Result<reqwest::Client, SetupError>>,
    /// Further root certificates, PEM.
    ca_file: Option<PathBuf>,
}

impl Transport {
    pub fn new(ca_file: Option<PathBuf>) -> Self {
        Self { http: OnceCell::new(), ca_file }
    }

    /// Sends a request once and reads its answer. `number` counts the attempts of the call.
    pub async fn attempt(
        &self,
        exchange: Exchange<'_>,
        memory: &MemoryBudget,
        number: u32,
    ) -> Result<(Reply, BodyPermit), Error> {
        let start = tracing::enabled!(tracing::Level::DEBUG).then(Instant::now);
        let answer = self.send(exchange, memory).await;
        if let Some(start) = start {
            trace(exchange, number, start.elapsed(), &answer);
        }
        answer
    }

    async fn send(
        &self,
        exchange: Exchange<'_>,
        memory: &MemoryBudget,
    ) -> Result<(Reply, BodyPermit), Error> {
        let Exchange { request: prepared, key, deadline, timeout, .. } = exchange;
        let operation = exchange.operation();
        let plain = prepared.url.scheme() == "http";
        let http = self.http.get_or_init(|| build(self.ca_file.as_deref(), plain, timeout)).await;
        let http = http.as_ref().map_err(SetupError::clone)?;
        let mut request = http.request(http_method(operation.method), prepared.url.clone());
        let credential = match operation.auth {
            Auth::Bearer => prepared.bearer.as_ref().or(key),
            Auth::ClientSecret | Auth::Public => None,
        };
        if let Some(credential) = credential {
            let mut value = HeaderValue::try_from(format!("Bearer {}", credential.expose_secret()))
                .map_err(|_| unsendable("The access token contains characters that no header may hold"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        for (name, value) in &prepared.headers {
            let value = HeaderValue::try_from(value)
                .map_err(|_| unsendable(format!("The header {name} cannot hold this value")))?;
            request = request.header(*name, value);
        }
        if let Some(body) = &prepared.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let lost = Outcome::if_lost(operation);
        let response = timeout_at(deadline, request.send())
            .await
            .map_err(|_| exchange.lost(TransportErrorKind::NoAnswer { timeout }, lost))?
            .map_err(|error| {
                if error.is_connect() || error.is_builder() {
                    let proxied = proxied(&prepared.url);
                    exchange.lost_by(error, Outcome::NotSent, |reason| TransportErrorKind::CannotConnect {
                        proxied,
                        reason,
                    })
                } else {
                    exchange.lost_by(error, lost, |reason| TransportErrorKind::Broken { reason })
                }
            })?;
        response::read(exchange, response, memory).await
    }
}

/// Tells a log what came of an attempt. The route stands without its arguments: these are IDs.
fn trace(
    exchange: Exchange<'_>,
    attempt: u32,
    duration: Duration,
    answer: &Result<(Reply, BodyPermit), Error>,
) {
    let method = exchange.operation().method.as_str();
    let route = exchange.operation().route();
    let duration_ms = duration.as_millis();
    match answer {
        Ok((reply, _)) => {
            let status = reply.status;
            tracing::debug!(method, route, attempt, status, duration_ms, "answered");
        }
        Err(Error::Api(error)) => {
            let status = error.status;
            tracing::debug!(method, route, attempt, status, duration_ms, "answered with an error");
        }
        Err(error) => {
            let error = error.word();
            tracing::debug!(method, route, attempt, error, duration_ms, "failed");
        }
    }
}

async fn build(
    ca_file: Option<&Path>,
    plain: bool,
    timeout: Duration,
) -> Result<reqwest::Client, SetupError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
        .redirect(reqwest::redirect::Policy::none())
        // Retrying is decided where it is known what an operation does.
        .retry(reqwest::retry::never())
        // All attempts to connect fit into the time of a call, so that it is known whether one did.
        .connect_timeout(CONNECT_TIMEOUT.min(timeout / 4));
    if plain {
        // Plain HTTP is for this machine: a proxy would see the key.
        builder = builder.no_proxy();
    } else if let Some(url) = proxy::from_environment()? {
        let unusable = |error: reqwest::Error| SetupError::Client { source: Arc::new(error.without_url()) };
        let proxy = reqwest::Proxy::https(url).map_err(unusable)?;
        builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env()));
    }
    if let Some(path) = ca_file {
        builder = builder.tls_certs_merge(certificates(path).await?);
    }
    builder.build().map_err(|error| {
        let source = Arc::new(error.without_url());
        match ca_file {
            Some(path) => SetupError::Certificate { path: path.to_owned(), source },
            None => SetupError::Client { source },
        }
    })
}

async fn certificates(path: &Path) -> Result<Vec<Certificate>, SetupError> {
    let path = || path.to_owned();
    let pem = read_file(&path(), MAX_CA_FILE).await.map_err(|error| match error {
        ReadError::Io(error) => SetupError::CaFile { path: path(), source: Arc::new(error) },
        ReadError::TimedOut => SetupError::CaFileTimedOut { path: path() },
    })?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .map_err(|error| SetupError::Certificate { path: path(), source: Arc::new(error.without_url()) })?;
    if certificates.is_empty() {
        return Err(SetupError::NoCertificate { path: path() });
    }
    Ok(certificates)
}

fn http_method(method: Method) -> reqwest::Method {
    match method {
        Method::GET | Method::LINK => reqwest::Method::GET,
        Method::POST => reqwest::Method::POST,
        Method::PUT => reqwest::Method::PUT,
        Method::PATCH => reqwest::Method::PATCH,
        Method::DELETE => reqwest::Method::DELETE,
    }
}

fn unsendable(fault: impl Into<String>) -> Error {
    Error::Arguments(vec![Violation::new(fault)])
}
