//! What a client is set up with.

use std::path::PathBuf;
use std::time::Duration;

use super::base_url::BaseUrl;
use super::key::KeySource;
use crate::sandbox::Sandbox;
use crate::schema::Setting;

/// How long a call may take, with all its attempts, unless the client is told otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Values that stand in for arguments that were left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The client ID of the environment, `client_…`.
    pub client_id: Option<String>,
    /// Where sign-ins return to.
    pub redirect_uri: Option<String>,
}

impl Defaults {
    pub(super) fn get(&self, setting: Setting) -> Option<&str> {
        match setting {
            Setting::ClientId => self.client_id.as_deref(),
            Setting::RedirectUri => self.redirect_uri.as_deref(),
        }
    }
}

/// Everything that a client was told when it was built.
#[derive(Debug)]
pub(super) struct Settings {
    pub key: KeySource,
    pub base_url: BaseUrl,
    pub defaults: Defaults,
    /// For a whole call, with all its attempts.
    pub timeout: Duration,
    /// Further root certificates, PEM.
    pub ca_file: Option<PathBuf>,
    /// Answers in place of the API, without a network.
    pub sandbox: Option<Sandbox>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: KeySource::value(None),
            base_url: BaseUrl::default(),
            defaults: Defaults::default(),
            timeout: DEFAULT_TIMEOUT,
            ca_file: None,
            sandbox: None,
        }
    }
}
