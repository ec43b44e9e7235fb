//! Where the API is, and which addresses may be it.

use std::str::FromStr;

use url::{Host, Url};

/// The address of the API: HTTPS, or plain HTTP on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// No absolute URL.
    #[error("this is not a URL; it should look like https://api.workos.com")]
    Malformed,
    /// Not HTTPS, and not plain HTTP on loopback.
    #[error(
        "only https is allowed, or http to 127.0.0.1, [::1] or localhost: an API key must not travel in the clear"
    )]
    Insecure,
    /// Has a user name or a password.
    #[error("a base URL has no user name or password")]
    UserInfo,
    /// Has a query or a fragment.
    #[error("a base URL has no query (`?…`) and no fragment (`#…`)")]
    Trailing,
}

impl BaseUrl {
    /// As a URL.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Host, and port if it is not the usual one, for people.
    pub fn host(&self) -> String {
        host(&self.0)
    }
}

/// Host of any URL, and port if it is not the usual one, for people.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        let Ok(url) = Url::parse("https://api.workos.com") else { unreachable!("a test parses it") };
        Self(url)
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| BaseUrlError::Malformed)?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(BaseUrlError::Malformed),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Trailing);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if loopback => Ok(Self(url)),
            _ => Err(BaseUrlError::Insecure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_addresses_are_taken() {
        use BaseUrlError::{Insecure, Malformed, Trailing, UserInfo};
        for good in [
            "https://api.workos.com",
            "http://127.0.0.1:4100",
            "http://[::1]:1/",
            "http://localhost:80/prefix",
        ] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for (bad, error) in [
            ("api.workos.com", Malformed),
            ("http://api.workos.com", Insecure),
            ("http://127.0.0.1.example.com", Insecure),
            ("http://localhost.example.com", Insecure),
            ("ftp://localhost", Insecure),
            ("https://user@api.workos.com", UserInfo),
            ("https://:pass@api.workos.com", UserInfo),
            ("https://api.workos.com?x=1", Trailing),
            ("https://api.workos.com/#x", Trailing),
            ("", Malformed),
        ] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(error), "{bad}");
        }
        assert_eq!(BaseUrl::default().host(), "api.workos.com");
    }
}
