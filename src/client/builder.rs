//! Building a client: setting by setting, or from the environment.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::base_url::{BaseUrl, BaseUrlError};
use super::error::Error;
use super::handle::Client;
use super::key::KeySource;
use super::settings::{Defaults, Settings};
use super::violation::Violation;
use crate::sandbox::{Options, Sandbox};

const KEY_VARIABLE: &str = "WORKOS_API_KEY";

/// Collects what a [`Client`] is built with. Whatever is not set keeps its default.
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    settings: Settings,
    /// Work on the sandbox, made with these options.
    sandbox: bool,
    sandbox_options: Options,
}

impl ClientBuilder {
    /// The API key. Blanks around it are dropped; what is wrong with it is told by the first
    /// call that needs it.
    pub fn api_key(self, key: impl Into<SecretString>) -> Self {
        self.key_source(KeySource::value(Some(key.into().expose_secret())))
    }

    /// Where the API key comes from.
    pub fn key_source(mut self, source: KeySource) -> Self {
        self.settings.key = source;
        self
    }

    /// Where the API is; `https://api.workos.com` unless set.
    pub fn base_url(mut self, base_url: BaseUrl) -> Self {
        self.settings.base_url = base_url;
        self
    }

    /// The client ID that stands in where a call gives none.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.settings.defaults.client_id = Some(client_id.into());
        self
    }

    /// The redirect URI that stands in where a call gives none.
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.settings.defaults.redirect_uri = Some(redirect_uri.into());
        self
    }

    /// How long a call may take, with all its attempts; 30 seconds unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// A PEM file with root certificates to trust beside the system's. It is read once, when
    /// the first request is sent or a connection is opened ahead; what is wrong with it is told
    /// by that call and all later ones.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// Whether to work on a small WorkOS in memory, which is gone with the client: no key, no account, no
    /// network.
    pub fn sandbox(mut self, sandbox: bool) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// A file that keeps the sandbox between runs; it is made if it is not there, and no other client can
    /// have it at the same time. It is opened by the first call, and what is wrong with it is told by that
    /// and all later ones. Nothing without [`sandbox`](Self::sandbox).
    pub fn sandbox_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sandbox_options.file = Some(path.into());
        self
    }

    /// Makes the sandbox another one, with other IDs; the same one for the same number. A file keeps its
    /// number, and no other can be set for it. Nothing without [`sandbox`](Self::sandbox).
    pub fn sandbox_seed(mut self, seed: u64) -> Self {
        self.sandbox_options.seed = Some(seed);
        self
    }

    /// The client. Nothing is opened or read before the first call, or [`Client::warm_up`].
    pub fn build(self) -> Client {
        let Self { mut settings, sandbox, sandbox_options } = self;
        settings.sandbox = sandbox.then(|| Sandbox::new(sandbox_options));
        Client::with_settings(settings)
    }
}

impl Client {
    /// Starts building a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client with the settings of the environment: `WORKOS_API_KEY`, `WORKOS_API_KEY_FILE` or
    /// `WORKOS_API_KEY_COMMAND`, `WORKOS_CLIENT_ID`, `WORKOS_REDIRECT_URI`, `WORKOS_BASE_URL`. Empty
    /// variables count as not set.
    ///
    /// # Errors
    ///
    /// `WORKOS_BASE_URL` is no address that an API key may be sent to, or the key is given more
    /// than once.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let given = |name: &str| get(name).filter(|value| !is_blank(value));
        let variable = |name: &str| given(name).and_then(|value| value.into_string().ok());
        let base_url = match variable("WORKOS_BASE_URL") {
            Some(url) => url.parse().map_err(|error: BaseUrlError| {
                Error::Arguments(vec![Violation::new(format!("WORKOS_BASE_URL: {error}"))])
            })?,
            None => BaseUrl::default(),
        };
        let key = KeySource::only_one_of([
            (KEY_VARIABLE, given(KEY_VARIABLE).map(|key| KeySource::variable(KEY_VARIABLE, Some(&key)))),
            ("WORKOS_API_KEY_FILE", given("WORKOS_API_KEY_FILE").map(KeySource::file)),
            (
                "WORKOS_API_KEY_COMMAND",
                given("WORKOS_API_KEY_COMMAND").map(|command| KeySource::command(&command.to_string_lossy())),
            ),
        ])?;
        let key = key.unwrap_or_else(|| KeySource::variable(KEY_VARIABLE, None));
        let defaults = Defaults {
            client_id: variable("WORKOS_CLIENT_ID"),
            redirect_uri: variable("WORKOS_REDIRECT_URI"),
        };
        Ok(Self::with_settings(Settings { key, base_url, defaults, ..Settings::default() }))
    }
}

/// Whether a variable holds nothing that could be meant.
fn is_blank(value: &OsStr) -> bool {
    value.to_str().is_some_and(|value| value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::key_error::{KeyFault, KeyOrigin};
    use super::*;

    fn built(variables: &[(&str, &str)]) -> Result<Client, Error> {
        Client::from_variables(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn the_key_comes_from_one_variable() {
        let key = ("WORKOS_API_KEY", "sk_test_example_a");
        for (other, origin) in [
            (("WORKOS_API_KEY_FILE", "/nowhere/key"), KeyOrigin::File("/nowhere/key".into())),
            (("WORKOS_API_KEY_COMMAND", "op read x"), KeyOrigin::Command("op".to_owned())),
        ] {
            let Err(Error::Key(error)) = built(&[key, other]) else { panic!("two keys") };
            assert!(
                matches!(&error.fault, KeyFault::Several(names) if names[..] == [key.0, other.0]),
                "{error}"
            );
            let client = built(&[("WORKOS_API_KEY", " "), other]).expect("one key");
            assert_eq!(client.key_source().origin(), &origin);
        }
        for one in [&[key][..], &[]] {
            let client = built(one).expect("a client");
            assert_eq!(client.key_source().origin(), &KeyOrigin::Variable("WORKOS_API_KEY"));
        }
    }
}
