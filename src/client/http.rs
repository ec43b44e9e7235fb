//! Sending: one deadline a call, few and short retries, no request done twice.

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

use super::Reply;
use super::error::{About, ApiError, Error, Fate, Problem};
use super::request::Prepared;
use crate::operation::{Auth, Effect, Operation, Verb};

/// Longest answer, decompressed.
const LONGEST_ANSWER: usize = 16 << 20;
/// Longest body of an error that is looked at.
const LONGEST_ERROR: usize = 64 << 10;
/// Of answers beyond this size only so many are read at a time: more would fill the memory.
const LARGE_ANSWER: usize = 1 << 20;
const MOST_LARGE_ANSWERS: usize = 4;
/// Longest time for a connection, with TLS and proxy.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Waits before the second and third attempt, before jitter.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// A longer `Retry-After` is handed to the caller: sitting it out would look like a hang.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Stands in place of the API key.
pub(crate) const SCRUBBED: &str = "[API key]";

/// Nobody waits longer than a day, and no number of seconds may overflow.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);

const USER_AGENT: &str = concat!("workos-mcp/", env!("CARGO_PKG_VERSION"));

/// The HTTP client; made when the first request is sent.
#[derive(Debug)]
pub(crate) struct Http {
    client: OnceLock<Result<reqwest::Client, String>>,
    ca_file: Option<PathBuf>,
    large: Semaphore,
}

impl Http {
    pub fn new(ca_file: Option<PathBuf>) -> Self {
        Self { client: OnceLock::new(), ca_file, large: Semaphore::new(MOST_LARGE_ANSWERS) }
    }

    /// Sends a request until it is answered, must not be repeated, or time is up.
    pub async fn send(
        &self,
        operation: &Operation,
        prepared: &Prepared,
        key: Option<&SecretString>,
        timeout: Duration,
    ) -> Result<Reply, Error> {
        let client = self
            .client
            .get_or_init(|| build(self.ca_file.as_ref(), prepared.url.scheme() == "http", timeout))
            .as_ref()
            .map_err(|fault| unsendable(fault))?;
        let deadline = Instant::now() + timeout;
        let mut pauses = PAUSES.into_iter();
        // What an earlier attempt may have done is not undone by how the last one ends.
        let mut open = false;
        loop {
            let attempt = timeout_at(deadline, self.attempt(client, operation, prepared, key));
            let error = match attempt.await {
                Ok(Ok(reply)) => return Ok(reply),
                // Gone is gone: whatever became of the earlier attempt, it is what was asked for.
                Ok(Err(Error::Api(error)))
                    if error.status == 404
                        && operation.verb == Verb::DELETE
                        && pauses.len() < PAUSES.len() =>
                {
                    return Ok(Reply { status: 204, body: Bytes::new(), request_id: error.request_id });
                }
                Ok(Err(error)) => error,
                Err(_) => {
                    return Err(Error::Network {
                        fault: format!(
                            "No answer from {} within {} s",
                            host(prepared),
                            timeout.as_secs_f32()
                        ),
                        fate: lost(operation),
                    });
                }
            };
            let error = error.leaving_open(open);
            open = error.fate() == Some(Fate::Unknown);
            match pauses.next() {
                Some(pause) if may_repeat(operation, &error) => {
                    let pause = error.retry_after().unwrap_or_else(|| jittered(pause));
                    if pause > LONGEST_PAUSE || Instant::now() + pause >= deadline {
                        return Err(error);
                    }
                    sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        operation: &Operation,
        prepared: &Prepared,
        key: Option<&SecretString>,
    ) -> Result<Reply, Error> {
        let mut request = client.request(method(operation.verb), prepared.url.clone());
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
                .map_err(|_| unsendable(&format!("The header {name} cannot hold this value")))?;
            request = request.header(*name, value);
        }
        if let Some(body) = &prepared.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|error| {
            let fate = if error.is_connect() || error.is_builder() { Fate::NotSent } else { lost(operation) };
            let what = match fate {
                Fate::NotSent if proxied(prepared) => {
                    format!(
                        "Cannot connect to {} (a proxy is set, and the fault may be its own)",
                        host(prepared)
                    )
                }
                Fate::NotSent => format!("Cannot connect to {}", host(prepared)),
                _ => format!("The connection to {} broke before the answer came", host(prepared)),
            };
            Error::Network { fault: format!("{what}: {}", cause(error)), fate }
        })?;
        self.read(operation, prepared, response, key).await
    }

    async fn read(
        &self,
        operation: &Operation,
        prepared: &Prepared,
        response: Response,
        key: Option<&SecretString>,
    ) -> Result<Reply, Error> {
        let status = response.status();
        let request_id = header(response.headers(), "x-request-id", key);
        if status.is_success() {
            let json = content_is_json(response.headers());
            let body = self.body(operation, prepared, response, request_id.as_deref()).await?;
            let body = scrubbed(body, key);
            if !body.is_empty() && !json && !matches!(body[0], b'{' | b'[' | b'"') {
                return Err(Error::Answer {
                    fault: format!(
                        "{} answered {} with something else than JSON",
                        host(prepared),
                        status.as_u16()
                    ),
                    fate: answered(operation),
                    request_id,
                });
            }
            return Ok(Reply { status: status.as_u16(), body, request_id });
        }
        if status.is_redirection() {
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|location| location.to_str().ok())
                .and_then(|location| prepared.url.join(location).ok())
                .and_then(|url| url.host_str().map(str::to_owned))
                .filter(|host| {
                    key.is_none_or(|key| !host.contains(&key.expose_secret().to_ascii_lowercase()))
                })
                .map(|host| format!(" to {host}"))
                .unwrap_or_default();
            return Err(Error::Answer {
                fault: format!(
                    "{} answered {} with a redirect{target}, which is never followed: check the base URL",
                    host(prepared),
                    status.as_u16()
                ),
                fate: lost(operation),
                request_id,
            });
        }
        if !(status.is_client_error() || status.is_server_error()) {
            return Err(Error::Answer {
                fault: format!(
                    "{} answered {}, which is no answer of an API",
                    host(prepared),
                    status.as_u16()
                ),
                fate: lost(operation),
                request_id,
            });
        }
        let retry_after = retry_after(response.headers());
        let body = scrubbed(beginning(response).await.into(), key);
        let mut error = ApiError::parse(status.as_u16(), &body);
        error.request_id = request_id;
        error.retry_after = retry_after;
        error.about = About {
            key: operation.auth == Auth::Bearer && prepared.bearer.is_none(),
            id: operation.route().contains('{'),
        };
        error.fate = if acted_upon(status) { lost(operation) } else { Fate::Harmless };
        Err(Error::Api(Box::new(error)))
    }

    /// The whole body, or an error that says how far it came.
    async fn body(
        &self,
        operation: &Operation,
        prepared: &Prepared,
        mut response: Response,
        request_id: Option<&str>,
    ) -> Result<Bytes, Error> {
        let status = response.status().as_u16();
        let too_long = || Error::Answer {
            fault: format!(
                "{} answered {status} with more than {} MB, which is more than is read: ask for less, such as a smaller `limit`",
                host(prepared),
                LONGEST_ANSWER >> 20
            ),
            fate: answered(operation),
            request_id: request_id.map(str::to_owned),
        };
        if response.content_length().is_some_and(|length| length > LONGEST_ANSWER as u64) {
            return Err(too_long());
        }
        let mut first: Option<Bytes> = None;
        let mut body = BytesMut::new();
        let mut turn = None;
        loop {
            let chunk = response.chunk().await.map_err(|error| Error::Network {
                fault: format!("The answer of {} ({status}) broke off: {}", host(prepared), cause(error)),
                fate: answered(operation),
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
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(too_long());
            }
            if body.len() > LARGE_ANSWER && turn.is_none() {
                turn = self.large.acquire().await.ok();
            }
            body.extend_from_slice(&chunk);
        }
        Ok(first.unwrap_or_else(|| body.freeze()))
    }
}

fn build(ca_file: Option<&PathBuf>, plain: bool, timeout: Duration) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
        .redirect(reqwest::redirect::Policy::none())
        // Retrying is decided above, where it is known what an operation does.
        .retry(reqwest::retry::never())
        // All attempts to connect fit into the time of a call, so that it is known whether one did.
        .connect_timeout(CONNECT_TIMEOUT.min(timeout / 4));
    if plain {
        // Plain HTTP is for this machine: a proxy would see the key.
        builder = builder.no_proxy();
    }
    if let Some(path) = ca_file {
        let fault =
            |reason: String| format!("The root certificates in {} cannot be used: {reason}", path.display());
        let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        let certificates =
            reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| fault(cause(error)))?;
        if certificates.is_empty() {
            return Err(fault("there is no PEM certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| match ca_file {
        Some(path) => format!("The root certificates in {} cannot be used: {}", path.display(), cause(error)),
        None => format!("The HTTP client does not start: {}", cause(error)),
    })
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::GET | Verb::LINK => Method::GET,
        Verb::POST => Method::POST,
        Verb::PUT => Method::PUT,
        Verb::PATCH => Method::PATCH,
        Verb::DELETE => Method::DELETE,
    }
}

/// A body without the API key, should whoever answers repeat it.
fn scrubbed(body: Bytes, key: Option<&SecretString>) -> Bytes {
    let (Some(key), Ok(text)) = (key, std::str::from_utf8(&body)) else { return body };
    let key = key.expose_secret();
    // Escapes could hide it until the JSON is read.
    if text.contains("\\u00") || text.contains("\\/") {
        let plain = serde_json::from_str::<serde_json::Value>(text).map(|value| value.to_string());
        if let Ok(plain) = plain
            && plain.contains(key)
        {
            return plain.replace(key, SCRUBBED).into();
        }
    }
    if text.contains(key) { text.replace(key, SCRUBBED).into() } else { body }
}

/// What may have become of a request whose answer was lost.
fn lost(operation: &Operation) -> Fate {
    if operation.effect == Effect::Read { Fate::Harmless } else { Fate::Unknown }
}

/// What became of a request that was answered with success, though not readably.
fn answered(operation: &Operation) -> Fate {
    if operation.effect == Effect::Read { Fate::Harmless } else { Fate::Done }
}

/// Statuses that leave open whether WorkOS acted.
fn acted_upon(status: StatusCode) -> bool {
    status == StatusCode::REQUEST_TIMEOUT || status.is_server_error()
}

/// Whether sending once more cannot do anything twice.
fn may_repeat(operation: &Operation, error: &Error) -> bool {
    let harmless = operation.effect == Effect::Read || operation.dedupes;
    match error {
        Error::Network { fate, .. } => *fate == Fate::NotSent || harmless,
        Error::Api(error) => match error.status {
            429 => true,
            408 | 500..=599 => harmless,
            _ => false,
        },
        _ => false,
    }
}

fn unsendable(fault: &str) -> Error {
    Error::Arguments(vec![Problem(fault.to_owned())])
}

fn host(prepared: &Prepared) -> String {
    let host = prepared.url.host_str().unwrap_or_default();
    match prepared.url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether the environment names a proxy that this request may have gone through.
fn proxied(prepared: &Prepared) -> bool {
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    prepared.url.scheme() == "https"
        && ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().any(set)
}

/// The innermost reason. The outer ones repeat the URL, which may hold a credential.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut source = error.source();
    let mut reason = source.map_or_else(|| error.to_string(), ToString::to_string);
    while let Some(inner) = source.and_then(std::error::Error::source) {
        reason = inner.to_string();
        source = Some(inner);
    }
    for (word, explanation) in TLS_FAULTS {
        if reason.contains(word) {
            return (*explanation).to_owned();
        }
    }
    reason
}

/// What the TLS library says, and what it means.
const TLS_FAULTS: &[(&str, &str)] = &[
    (
        "UnknownIssuer",
        "the server's certificate comes from an authority that this machine does not trust; --ca-file adds one",
    ),
    (
        "CaUsedAsEndEntity",
        "the server's certificate is one of an authority, which no server may use as its own",
    ),
    (
        "InvalidContentType",
        "this port does not speak TLS; a server on this machine without TLS is written http://",
    ),
];

/// A request ID: short, and not the key.
fn header(headers: &HeaderMap, name: &str, key: Option<&SecretString>) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let repeats = key.is_some_and(|key| value.contains(key.expose_secret()));
    (value.len() <= 200 && !repeats).then(|| value.to_owned())
}

fn content_is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("json"))
}

/// `Retry-After` as a duration from now: seconds, or an HTTP date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // Nobody waits longer than a day, and no number of seconds may overflow.
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(86_400.0)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

/// Half to one and a half of a pause, so that many clients do not come back at once.
fn jittered(pause: Duration) -> Duration {
    let random = uuid::Uuid::new_v4().as_bytes()[0];
    pause / 2 + pause * u32::from(random) / 255
}

/// As much of an error's body as is worth reading; what breaks off is shown as far as it came.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(LONGEST_ERROR - body.len())]);
        if body.len() >= LONGEST_ERROR {
            break;
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_retry_after() {
        let parsed = |value: &str| {
            let headers = HeaderMap::from_iter([(
                RETRY_AFTER,
                HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")),
            )]);
            retry_after(&headers)
        };
        assert_eq!(parsed("3"), Some(Duration::from_secs(3)));
        assert_eq!(parsed(" 0 "), Some(Duration::ZERO));
        assert_eq!(parsed("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(parsed("1e300"), Some(Duration::from_secs(86_400)));
        assert_eq!(parsed("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = parsed(&httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60)));
        assert!(soon.is_some_and(|soon| soon > Duration::from_secs(50)), "{soon:?}");
        for nonsense in ["", "-1", "soon", "NaN", "inf", "3 s"] {
            assert_eq!(parsed(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn pauses_stay_short() {
        for _ in 0..100 {
            let pause = jittered(PAUSES[1]);
            assert!(pause >= PAUSES[1] / 2 && pause <= PAUSES[1] * 3 / 2, "{pause:?}");
        }
    }
}
