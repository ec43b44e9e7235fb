//! Sending: one deadline a call, few and short retries, no request done twice.

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::Reply;
use super::body::{Rooms, Turn, beginning, scrubbed};
use super::error::{About, ApiError, Error, Fate, Problem};
use super::request::Prepared;
use crate::operation::{Auth, Effect, Operation, Verb};
use crate::schema::Schema;

/// Longest time for a connection, with TLS and proxy.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Waits before the second and third attempt, before jitter.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// A longer `Retry-After` is handed to the caller: sitting it out would look like a hang.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// On top of what `Retry-After` asks for: many clients are told the same.
const SPREAD: Duration = Duration::from_millis(250);

/// Nobody waits longer than a day, and no number of seconds may overflow.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// Requests that leave evenly do not arrive evenly.
const SLACK: Duration = Duration::from_millis(15);

const USER_AGENT: &str = concat!("workos-mcp/", env!("CARGO_PKG_VERSION"));

/// The HTTP client; made when the first request is sent.
#[derive(Debug)]
pub(crate) struct Http {
    client: OnceLock<Result<reqwest::Client, String>>,
    ca_file: Option<PathBuf>,
    pub(super) rooms: Rooms,
    /// When the next page of a list that WorkOS limits may be asked for.
    next_page: Mutex<Option<Instant>>,
}

/// One call, as all its attempts share it.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'a> {
    pub operation: &'a Operation,
    pub prepared: &'a Prepared,
    pub key: Option<&'a SecretString>,
    /// When the call must be answered.
    pub deadline: Instant,
    /// How long that was from its beginning.
    pub timeout: Duration,
}

impl Exchange<'_> {
    /// What a deadline is told with.
    pub fn seconds(&self) -> f32 {
        self.timeout.as_secs_f32()
    }
}

impl Http {
    pub fn new(ca_file: Option<PathBuf>) -> Self {
        Self { client: OnceLock::new(), ca_file, rooms: Rooms::default(), next_page: Mutex::new(None) }
    }

    /// Waits for a turn, where WorkOS takes only so many requests a second. The limit is one
    /// of each directory; all share it here, which is the safe side.
    pub async fn pace(&self, operation: &Operation) {
        let Some(most) = operation.most_a_second else { return };
        let turn = {
            let mut next = self.next_page.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(turn + Duration::from_secs(1) / most + SLACK);
            turn
        };
        sleep_until(turn).await;
    }

    /// Sends a request until it is answered, must not be repeated, or time is up.
    pub async fn send(&self, exchange: Exchange<'_>) -> Result<(Reply, Turn), Error> {
        let Exchange { operation, prepared, deadline, timeout, .. } = exchange;
        let client = self
            .client
            .get_or_init(|| build(self.ca_file.as_ref(), prepared.url.scheme() == "http", timeout))
            .as_ref()
            .map_err(|fault| unsendable(fault))?;
        let mut pauses = PAUSES.into_iter();
        // What an earlier attempt may have done is not undone by how the last one ends.
        let mut open = false;
        loop {
            let error = match self.attempt(client, exchange).await {
                Ok(reply) => return Ok(reply),
                // Gone is gone: whatever became of the earlier attempt, it is what was asked for.
                Err(Error::Api(error))
                    if error.status == 404
                        && operation.verb == Verb::DELETE
                        && pauses.len() < PAUSES.len() =>
                {
                    let reply = Reply { status: 204, body: Bytes::new(), request_id: error.request_id };
                    return Ok((reply, Turn::default()));
                }
                Err(error) => error.leaving_open(open),
            };
            open = error.fate() == Some(Fate::Unknown);
            match pauses.next() {
                Some(pause) if may_repeat(operation, &error) => {
                    let asked = error.retry_after();
                    let pause = asked.map_or_else(|| jittered(pause), |asked| asked + spread());
                    if asked.is_some_and(|asked| asked > LONGEST_PAUSE) || Instant::now() + pause >= deadline
                    {
                        return Err(error);
                    }
                    sleep(pause).await;
                    // A request that is repeated counts like any other.
                    let _ = timeout_at(deadline, self.pace(operation)).await;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        exchange: Exchange<'_>,
    ) -> Result<(Reply, Turn), Error> {
        let Exchange { operation, prepared, key, deadline, .. } = exchange;
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
        let Ok(response) = timeout_at(deadline, request.send()).await else {
            return Err(Error::Network {
                fault: format!("No answer from {} within {} s", host(prepared), exchange.seconds()),
                fate: lost(operation),
            });
        };
        let response = response.map_err(|error| {
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
        self.read(exchange, response).await
    }

    async fn read(&self, exchange: Exchange<'_>, response: Response) -> Result<(Reply, Turn), Error> {
        let Exchange { operation, prepared, key, .. } = exchange;
        let status = response.status();
        let request_id = header(response.headers(), "x-request-id", key);
        if status.is_success() {
            let json = content_is_json(response.headers());
            let (body, turn) = self.rooms.whole(exchange, response, request_id.as_deref()).await?;
            let body = scrubbed(body, key).ok_or_else(|| Error::Answer {
                fault: format!(
                    "{} answered {} with the API key hidden in a long answer, which is withheld",
                    host(prepared),
                    status.as_u16()
                ),
                fate: answered(operation),
                request_id: request_id.clone(),
            })?;
            let expected = operation.effect == Effect::Read && !matches!(operation.answer, Schema::Empty);
            if expected && body.trim_ascii().is_empty() {
                return Err(Error::Answer {
                    fault: format!(
                        "{} answered {} with an empty body, where what was asked for belongs",
                        host(prepared),
                        status.as_u16()
                    ),
                    fate: Fate::Harmless,
                    request_id,
                });
            }
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
            return Ok((Reply { status: status.as_u16(), body, request_id }, turn));
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
        let body = scrubbed(beginning(exchange, response).await, key).unwrap_or_default();
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

/// What may have become of a request whose answer was lost.
fn lost(operation: &Operation) -> Fate {
    if operation.effect == Effect::Read { Fate::Harmless } else { Fate::Unknown }
}

/// What became of a request that was answered with success, though not readably.
pub(super) fn answered(operation: &Operation) -> Fate {
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

pub(super) fn host(prepared: &Prepared) -> String {
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
pub(super) fn cause(error: reqwest::Error) -> String {
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
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(LONGEST_RETRY_AFTER.as_secs_f64())));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

/// Half to one and a half of a pause, so that many clients do not come back at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    pause / 2 + pause * random() / 255
}

/// A little more than was asked for, never less.
fn spread() -> Duration {
    SPREAD * random() / 255
}

/// 0 to 255.
fn random() -> u32 {
    u32::from(uuid::Uuid::new_v4().as_bytes()[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn parsed(value: &[u8]) -> Option<Duration> {
        let value = HeaderValue::from_bytes(value).ok()?;
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    proptest! {
        #[test]
        fn any_retry_after_is_at_most_a_day(value: Vec<u8>, text in "[-+]?[0-9.eE: GMTinfa]{0,40}") {
            for value in [value.as_slice(), text.as_bytes()] {
                prop_assert!(parsed(value).is_none_or(|wait| wait <= LONGEST_RETRY_AFTER));
            }
        }

        #[test]
        fn whole_and_fractional_seconds_are_taken_as_they_are(seconds in 0..=86_400_u32, thousandths in 0..1000_u32) {
            let whole = Duration::from_secs(seconds.into());
            prop_assert_eq!(parsed(seconds.to_string().as_bytes()), Some(whole));
            let wait = parsed(format!(" {seconds}.{thousandths:03}\t").as_bytes()).unwrap_or_default();
            let exact = (whole + Duration::from_millis(thousandths.into())).min(LONGEST_RETRY_AFTER);
            prop_assert!(wait.abs_diff(exact) < Duration::from_micros(1), "{wait:?} {exact:?}");
        }

        #[test]
        fn a_number_that_is_too_large_is_a_day(seconds in 86_400..u64::MAX) {
            prop_assert_eq!(parsed(seconds.to_string().as_bytes()), Some(LONGEST_RETRY_AFTER));
        }

        #[test]
        fn a_date_is_the_time_until_then(ahead in 2..200_000_u64, ago in 0..2_000_000_000_u64) {
            let now = SystemTime::now();
            let date = |at| parsed(httpdate::fmt_http_date(at).as_bytes());
            let wait = date(now + Duration::from_secs(ahead)).unwrap_or_default();
            // Dates are whole seconds, and time goes on meanwhile.
            let exact = Duration::from_secs(ahead).min(LONGEST_RETRY_AFTER);
            prop_assert!(wait <= exact && wait + Duration::from_secs(5) > exact, "{wait:?} {exact:?}");
            let past = SystemTime::UNIX_EPOCH + Duration::from_secs(ago.min(1_700_000_000));
            prop_assert_eq!(date(past), Some(Duration::ZERO));
        }
    }

    #[test]
    fn what_is_asked_for_is_waited_and_a_little_more() {
        for _ in 0..100 {
            assert!(spread() <= SPREAD);
        }
        assert!((0..100).map(|_| spread()).any(|more| more != spread()));
    }

    #[test]
    fn pauses_stay_short() {
        for _ in 0..100 {
            let pause = jittered(PAUSES[1]);
            assert!(pause >= PAUSES[1] / 2 && pause <= PAUSES[1] * 3 / 2, "{pause:?}");
        }
    }
}
