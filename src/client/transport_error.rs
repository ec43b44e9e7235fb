//! The error type of a request or an answer that was lost on the way: no connection, no TLS, no end.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::outcome::Outcome;
use super::sentence::sentence;

/// The request or its answer was lost on the way.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// What happened.
    pub kind: TransportErrorKind,
    /// Host, and port if it is not the usual one, that the request was for.
    pub host: String,
    /// Whether WorkOS may have acted.
    pub outcome: Outcome,
    /// The key under which repeating the request does nothing twice, where WorkOS takes one.
    pub idempotency_key: Option<String>,
    /// What was wrong with TLS, if that was the reason.
    pub tls: Option<TlsFault>,
    source: Option<reqwest::Error>,
}

/// What happened to a request or its answer. Reasons are ends of sentences, without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No answer came in time.
    NoAnswer {
        /// How long the call could take.
        timeout: Duration,
    },
    /// There was no connection, so nothing was sent.
    CannotConnect {
        /// Whether the environment names a proxy, which may be at fault.
        proxied: bool,
        /// Why.
        reason: String,
    },
    /// The request came back before anybody looked at it.
    NotProcessed {
        /// Why.
        reason: String,
    },
    /// The connection broke before the answer came.
    Broken {
        /// Why.
        reason: String,
    },
    /// The answer began and did not end in time.
    BodyTimeout {
        /// The status that it began with.
        status: u16,
        /// How long the call could take.
        timeout: Duration,
    },
    /// The answer began and broke off.
    BodyBroken {
        /// The status that it began with.
        status: u16,
        /// Why.
        reason: String,
    },
    /// So many long answers came at once that this one had to wait for memory too long.
    Crowded {
        /// The status that it began with.
        status: u16,
    },
}

/// What is wrong with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate comes from an authority that is not trusted here.
    UnknownIssuer,
    /// The server shows the certificate of an authority as its own.
    CertificateAuthority,
    /// The other side does not speak TLS.
    NotTls,
    /// Anything else about certificates or TLS.
    Other,
}

impl TransportError {
    /// Of something that no HTTP library reports.
    pub(crate) fn new(kind: TransportErrorKind, host: String, outcome: Outcome) -> Self {
        Self { kind, host, outcome, idempotency_key: None, tls: None, source: None }
    }

    /// Of an error of the HTTP library; `kind` is told the reason.
    pub(super) fn caused(
        error: reqwest::Error,
        host: String,
        outcome: Outcome,
        kind: impl FnOnce(String) -> TransportErrorKind,
    ) -> Self {
        // A URL may hold a credential.
        let error = error.without_url();
        let reason = innermost(&error);
        let tls = TlsFault::of(&reason);
        let reason = tls.and_then(TlsFault::explanation).map_or(reason, str::to_owned);
        Self { kind: kind(reason), host, outcome, idempotency_key: None, tls, source: Some(error) }
    }

    /// What happened, as a sentence without its full stop.
    pub fn fault(&self) -> String {
        let host = &self.host;
        match &self.kind {
            TransportErrorKind::NoAnswer { timeout } => {
                format!("No answer from {host} within {} s", timeout.as_secs_f32())
            }
            TransportErrorKind::CannotConnect { proxied: true, reason } => {
                format!("Cannot connect to {host} (a proxy is set, and the fault may be its own): {reason}")
            }
            TransportErrorKind::CannotConnect { proxied: false, reason } => {
                format!("Cannot connect to {host}: {reason}")
            }
            TransportErrorKind::NotProcessed { reason } => {
                format!("{host} did not process the request: {reason}")
            }
            TransportErrorKind::Broken { reason } => {
                format!("The connection to {host} broke before the answer came: {reason}")
            }
            TransportErrorKind::BodyTimeout { status, timeout } => {
                let seconds = timeout.as_secs_f32();
                format!("{host} answered {status}, and its answer did not end within {seconds} s")
            }
            TransportErrorKind::BodyBroken { status, reason } => {
                format!("The answer of {host} ({status}) broke off: {reason}")
            }
            TransportErrorKind::Crowded { status } => {
                format!("{host} answered {status}, and too many long answers came at once to read it")
            }
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.", sentence(self.fault()), self.outcome)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

impl TlsFault {
    /// Judged by the words of the TLS library, which go through the HTTP library as text.
    fn of(reason: &str) -> Option<Self> {
        let known = [
            ("UnknownIssuer", Self::UnknownIssuer),
            ("CaUsedAsEndEntity", Self::CertificateAuthority),
            ("InvalidContentType", Self::NotTls),
            ("certificate", Self::Other),
            ("tls", Self::Other),
        ];
        known.into_iter().find(|(word, _)| reason.contains(word)).map(|(_, fault)| fault)
    }

    fn explanation(self) -> Option<&'static str> {
        match self {
            Self::UnknownIssuer => {
                Some("the server's certificate comes from an authority that this machine does not trust")
            }
            Self::CertificateAuthority => {
                Some("the server's certificate is one of an authority, which no server may use as its own")
            }
            Self::NotTls => {
                Some("this port does not speak TLS; a server on this machine without TLS is written http://")
            }
            Self::Other => None,
        }
    }
}

/// Why a request was certainly not processed, if that is known.
///
/// HTTP/2 says so of a stream that is refused, and of those above the last one that a GOAWAY names:
/// the library reports a GOAWAY only to these, and to requests that it had not sent yet.
pub(super) fn unprocessed(error: &reqwest::Error) -> Option<&'static str> {
    let mut source = StdError::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>()
            && error.is_remote()
        {
            if error.is_go_away() {
                return Some("it is closing the connection");
            }
            if error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM) {
                return Some("it takes no more requests on the connection");
            }
        }
        // The library gives a request up only before it begins to send it.
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled) {
            return Some("it closed the connection first");
        }
        source = error.source();
    }
    None
}

/// The innermost reason: the outer ones say only that something within failed. Without the
/// addresses that libraries give for further reading: they are about code.
pub(super) fn innermost(error: &dyn StdError) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    without_urls(&innermost.to_string())
}

/// A text without URLs, and without what leads to one at its end.
fn without_urls(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.contains("://")).collect();
    words.join(" ").trim_end_matches([':', ',', ';', '(']).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_faults_are_recognised_and_explained_without_advice() {
        for (reason, fault) in [
            ("invalid peer certificate: UnknownIssuer", Some(TlsFault::UnknownIssuer)),
            (
                "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
                Some(TlsFault::CertificateAuthority),
            ),
            ("received corrupt message of type InvalidContentType", Some(TlsFault::NotTls)),
            ("invalid peer certificate: Expired", Some(TlsFault::Other)),
            ("tls handshake eof", Some(TlsFault::Other)),
            ("Connection refused (os error 111)", None),
        ] {
            assert_eq!(TlsFault::of(reason), fault, "{reason}");
            let explanation = fault.and_then(TlsFault::explanation).unwrap_or_default();
            assert!(!explanation.contains("--") && !explanation.ends_with('.'), "{explanation}");
        }
    }

    #[test]
    fn reasons_hold_no_addresses() {
        for (text, without) in [
            (
                "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/x/index.html#unexpected-eof",
                "peer closed connection without sending TLS close_notify",
            ),
            ("see http://example.com/a for more", "see for more"),
            ("it failed (https://example.com)", "it failed"),
            ("Connection refused (os error 111)", "Connection refused (os error 111)"),
        ] {
            assert_eq!(without_urls(text), without);
        }
    }
}
