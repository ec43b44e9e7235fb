//! The HTTP client, and one attempt to send a request with it.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::base_url::BaseUrl;
use super::error::Error;
use super::exchange::Exchange;
use super::memory::{BodyPermit, MemoryBudget};
use super::one_connection::{OneConnection, wanted};
use super::outcome::Outcome;
use super::proxy::{self, proxied};
use super::read_file::{ReadError, read_file};
use super::response::{self, Reply};
use super::settings::Settings;
use super::setup_error::{SetupError, SetupFault};
use super::tls;
use super::transport_error::{TransportErrorKind, innermost, unprocessed};
use super::violation::Violation;
use crate::operation::{Auth, Method};

/// Longest time for a connection, with TLS and proxy.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest file of root certificates, in bytes. Those of a whole system are some 200 KB.
const MAX_CA_FILE: u64 = 16 << 20;

const USER_AGENT: &str = concat!("workos-mcp/", env!("CARGO_PKG_VERSION"));

/// How long a connection without a request is kept: longer than an agent pauses.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(600);
/// How long nothing may come over a connection until it is asked whether it lives (HTTP/2 pings), in use or not,
/// and how long its answer may take. Together the time in which a dead one is noticed.
const PING_INTERVAL: Duration = Duration::from_secs(2);
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// How long what was sent may stay without an acknowledgement, where the system can tell.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(4);

/// The HTTP client; made when the first request is sent, or ahead.
#[derive(Debug)]
pub(super) struct Transport {
    http: OnceCell<Result<reqwest::Client, SetupError>>,
    one_connection: OneConnection,
    /// Further root certificates, PEM.
    ca_file: Option<PathBuf>,
    /// Whether the API speaks plain HTTP, without TLS.
    plain: bool,
    /// For a whole call.
    timeout: Duration,
}

impl Transport {
    pub fn new(settings: &Settings) -> Self {
        Self {
            http: OnceCell::new(),
            one_connection: OneConnection::default(),
            ca_file: settings.ca_file.clone(),
            plain: settings.base_url.url().scheme() == "http",
            timeout: settings.timeout,
        }
    }

    /// The HTTP client, with all that it takes to make one.
    pub async fn http(&self) -> Result<&reqwest::Client, SetupError> {
        let http = self.http.get_or_init(|| self.build()).await;
        http.as_ref().map_err(SetupError::clone)
    }

    /// Opens a connection to the API without a key, and keeps it for the calls that come. Where it can carry
    /// any number of requests, none is sent; else one for the head of `/`. It may fail.
    pub async fn warm_up(&self, base_url: &BaseUrl) {
        let Ok(http) = self.http().await else { return };
        if self.plain {
            return;
        }
        let mut url = base_url.url().clone();
        url.set_path("/");
        let opened = pin!(self.one_connection.made());
        let request = pin!(wanted(http.head(url).timeout(CONNECT_TIMEOUT).send()));
        // The request makes what is waited for, so it is polled first; then it is taken back, unsent.
        if let Either::Left((Err(error), _)) = select(request, opened).await {
            let error = innermost(&error.without_url());
            tracing::debug!(error, "no connection was opened ahead");
        }
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
        let mut request = self.http().await?.request(http_method(operation.method), prepared.url.clone());
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
        let response = timeout_at(deadline, wanted(request.send()))
            .await
            .map_err(|_| exchange.lost(TransportErrorKind::NoAnswer { timeout }, lost))?
            .map_err(|error| {
                if error.is_connect() || error.is_builder() {
                    let proxied = proxied(&prepared.url);
                    exchange.lost_by(error, Outcome::NotSent, |reason| TransportErrorKind::CannotConnect {
                        proxied,
                        reason,
                    })
                } else if let Some(reason) = unprocessed(&error) {
                    let reason = reason.to_owned();
                    let kind = |_| TransportErrorKind::NotProcessed { reason };
                    exchange.lost_by(error, Outcome::NothingChanged, kind)
                } else {
                    exchange.lost_by(error, lost, |reason| TransportErrorKind::Broken { reason })
                }
            })?;
        response::read(exchange, response, memory).await
    }

    async fn build(&self) -> Result<reqwest::Client, SetupError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
            .redirect(reqwest::redirect::Policy::none())
            // Retrying is decided where it is known what an operation does.
            .retry(reqwest::retry::never())
            // All attempts to connect fit into the time of a call, so that it is known whether one did.
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout / 4))
            .connector_layer(self.one_connection.clone())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_keep_alive_while_idle(true);
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        {
            builder = builder.tcp_user_timeout(UNACKNOWLEDGED_TIMEOUT);
        }
        if self.plain {
            // Plain HTTP is for this machine: a proxy would see the key.
            builder = builder.no_proxy();
        } else if let Some(url) = proxy::from_environment()? {
            let unusable =
                |error: reqwest::Error| SetupError::Client { source: Arc::new(error.without_url()) };
            let proxy = reqwest::Proxy::https(url).map_err(unusable)?;
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env()));
        }
        builder
            .tls_backend_preconfigured(self.tls().await?)
            .build()
            .map_err(|error| SetupError::Client { source: Arc::new(error.without_url()) })
    }

    /// How TLS is spoken. The system's certificates are read only where it is, on a thread of its own:
    /// they are many files.
    async fn tls(&self) -> Result<rustls::ClientConfig, SetupError> {
        let further = match &self.ca_file {
            Some(path) => certificates(path).await?,
            None => Vec::new(),
        };
        let failed = |source: SetupFault| match &self.ca_file {
            Some(path) => SetupError::Certificate { path: path.clone(), source },
            None => SetupError::Client { source },
        };
        if self.plain {
            return tls::trusting_nobody().map_err(|error| failed(Arc::new(error)));
        }
        match spawn_blocking(|| tls::trusting_the_system(further)).await {
            Ok(config) => config.map_err(|error| failed(Arc::new(error))),
            Err(error) => Err(failed(Arc::new(error))),
        }
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

async fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let path = || path.to_owned();
    let pem = read_file(&path(), MAX_CA_FILE).await.map_err(|error| match error {
        ReadError::Io(error) => SetupError::CaFile { path: path(), source: Arc::new(error) },
        ReadError::TimedOut => SetupError::CaFileTimedOut { path: path() },
    })?;
    let certificates = tls::certificates(&pem).map_err(|fault| SetupError::Certificate {
        path: path(),
        source: Box::<dyn StdError + Send + Sync>::from(fault).into(),
    })?;
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
