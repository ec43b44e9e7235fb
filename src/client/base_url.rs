//! Where the API is.

use std::str::FromStr;

use url::{Host, Url};

/// The address of the API: HTTPS, or plain HTTP on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum BaseUrlProblem {
    #[error("this is not a URL; it should look like https://api.workos.com")]
    Malformed,
    #[error(
        "only https is allowed, or http to 127.0.0.1, [::1] or localhost: an API key must not travel in the clear"
    )]
    Insecure,
    #[error("a base URL has no user name or password")]
    UserInfo,
    #[error("a base URL has no query (`?…`) and no fragment (`#…`)")]
    Trailing,
}

impl BaseUrl {
    /// As a URL.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Host and port, for people.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant that a test parses")]
        Self(Url::parse("https://api.workos.com").expect("a URL"))
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlProblem;

    fn from_str(text: &str) -> Result<Self, BaseUrlProblem> {
        let url = Url::parse(text.trim()).map_err(|_| BaseUrlProblem::Malformed)?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(BaseUrlProblem::Malformed),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlProblem::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlProblem::Trailing);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if loopback => Ok(Self(url)),
            _ => Err(BaseUrlProblem::Insecure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_addresses_are_taken() {
        use BaseUrlProblem::{Insecure, Malformed, Trailing, UserInfo};
        for good in [
            "https://api.workos.com",
            "http://127.0.0.1:4100",
            "http://[::1]:1/",
            "http://localhost:80/prefix",
        ] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for (bad, problem) in [
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
            assert_eq!(bad.parse::<BaseUrl>(), Err(problem), "{bad}");
        }
        assert_eq!(BaseUrl::default().host(), "api.workos.com");
    }
}
