//! The proxy that the environment names. The HTTP library takes no notice of a setting that it
//! cannot use and connects directly; here that is an error.

use std::ffi::OsStr;

use url::{Host, Url};

use super::base_url::{BaseUrl, host};
use super::setup_error::SetupError;
use crate::schema::REDACTED;

/// Where a proxy for https is looked for, in this order; an empty variable counts as none.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Longest address of a proxy, in bytes; the HTTP library drops those that are far longer.
const MAX_LENGTH: usize = 4096;

/// The proxy for requests to https, if the environment names one.
///
/// # Errors
///
/// It names one that cannot be used.
pub(super) fn from_environment() -> Result<Option<Url>, SetupError> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| (name, value));
    let Some((variable, value)) = VARIABLES.into_iter().find_map(set) else { return Ok(None) };
    parse(&value).map(Some).map_err(|fault| SetupError::Proxy { variable, fault })
}

/// The address of a proxy as people may see it, without its credentials; `None` if it is none.
pub fn shown_proxy(value: &OsStr) -> Option<String> {
    let url = parse(value).ok()?;
    let user = if url.username().is_empty() && url.password().is_none() { "" } else { "@" };
    let masked = if user.is_empty() { "" } else { REDACTED };
    Some(format!("{}://{masked}{user}{}", url.scheme(), host(&url)))
}

/// What is wrong with the proxy that the environment names for this address, if anything is.
pub fn proxy_fault(base_url: &BaseUrl) -> Option<SetupError> {
    // Plain HTTP stays on this machine.
    if base_url.url().scheme() == "https" { from_environment().err() } else { None }
}

/// Whether the environment names a proxy that a request to this address may have gone through.
pub(super) fn proxied(url: &Url) -> bool {
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    url.scheme() == "https" && VARIABLES.iter().any(set)
}

/// The address of a proxy, `http://host:port` or just `host:port`, without anything that the HTTP
/// library would stumble over.
fn parse(value: &OsStr) -> Result<Url, &'static str> {
    const FORM: &str = "it should look like http://proxy.example.com:3128";
    let text = value.to_str().ok_or(FORM)?.trim();
    if text.is_empty() {
        return Err("it is blank");
    }
    // A URL may not hold these, but its parser leaves them out.
    if text.len() > MAX_LENGTH || text.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(FORM);
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let scheme = scheme.to_ascii_lowercase();
    if !["http", "https"].contains(&scheme.as_str()) {
        return Err("only proxies that speak http or https can be used");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Without a scheme nothing may follow the port: `htp:/x` is no host `htp`.
    let bare = !text.contains("://");
    if authority.ends_with(':') || bare && rest.trim_end_matches('/') != authority {
        return Err(FORM);
    }
    let mut url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|_| FORM)?;
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    match url.host() {
        Some(Host::Domain(name)) if name.is_empty() || !plain(name) => return Err(FORM),
        None => return Err(FORM),
        Some(_) => {}
    }
    if url.as_str().len() > MAX_LENGTH || url.port() == Some(0) {
        return Err(FORM);
    }
    url.set_path("");
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_shown_without_its_credentials() {
        let shown = |text: &str| shown_proxy(OsStr::new(text));
        assert_eq!(shown("proxy:3128").as_deref(), Some("http://proxy:3128"));
        assert_eq!(shown("https://user:pass@proxy"), Some(format!("https://{REDACTED}@proxy")));
        assert_eq!(shown("http://user:pass"), None);
    }

    #[test]
    fn what_can_be_used_is_understood_and_all_else_refused() {
        for (text, url) in [
            ("http://proxy.example.com:3128", "http://proxy.example.com:3128/"),
            ("https://proxy.example.com", "https://proxy.example.com/"),
            ("HTTP://proxy:1/", "http://proxy:1/"),
            ("proxy.example.com:3128", "http://proxy.example.com:3128/"),
            ("localhost", "http://localhost/"),
            ("127.0.0.1:8080/", "http://127.0.0.1:8080/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
            (" http://proxy:3128\n", "http://proxy:3128/"),
            ("http://user:p%40ss@proxy:3128/path?x", "http://user:p%40ss@proxy:3128/"),
            ("user:pass@proxy:3128", "http://user:pass@proxy:3128/"),
        ] {
            assert_eq!(parse(OsStr::new(text)).as_ref().map(Url::as_str), Ok(url), "{text}");
        }
        for text in [
            " ",
            "\t\n",
            "htp:/x",
            "htp://x",
            "ftp://proxy:21",
            "socks5://127.0.0.1:1080",
            "socks5h://x:1",
            "http:/proxy:3128",
            "http://",
            "http:///x",
            "://proxy",
            "http://proxy:",
            "http://proxy:99999",
            "http://proxy:0",
            "proxy:port",
            "http://pro xy",
            "http://pro\nxy",
            "http://pro{xy",
            "/x",
            "http:proxy",
            "file:///etc/passwd",
            "direct://",
            "none:/",
            "http://@",
            "http://user:pass@",
            "?",
            "#",
            ":3128",
            "http://proxy:3128:1",
        ] {
            assert!(parse(OsStr::new(text)).is_err(), "{text}: {:?}", parse(OsStr::new(text)));
        }
        assert!(parse(OsStr::new(&format!("http://{}@proxy", "x".repeat(MAX_LENGTH)))).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            assert!(parse(OsStr::from_bytes(b"http://prox\xff")).is_err());
        }
    }
}
