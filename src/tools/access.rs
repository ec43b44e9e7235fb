//! How far calls may go, whatever their arguments say: the operator decides, and the kind of key if
//! nobody does.

use std::fmt;

use secrecy::SecretString;

use crate::client::{Client, KeyError, is_live};
use crate::operation::{Effect, Operation};

/// How far calls may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing may change.
    Read,
    /// Things may be created and changed, not destroyed.
    Write,
    /// Everything.
    Full,
}

impl Access {
    /// Whether an operation is within it.
    pub fn allows(self, operation: &Operation) -> bool {
        self.permits(operation.effect)
    }

    /// Whether a call with this effect is within it.
    pub fn permits(self, effect: Effect) -> bool {
        self >= Self::needed(effect)
    }

    /// The least access that an effect needs.
    pub fn needed(effect: Effect) -> Self {
        match effect {
            Effect::Read => Self::Read,
            Effect::Create | Effect::Update => Self::Write,
            Effect::Delete => Self::Full,
        }
    }

    /// The word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Full => "full",
        }
    }
}

/// Why a key counts as one of production, for whoever wonders: never any part of the key.
pub const COUNTS_AS_LIVE: &str = "the API key does not begin with `sk_test_`, so it counts as live";

/// What kind of environment the key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The embedded fixtures.
    Sandbox,
    /// A key of a test environment, `sk_test_…`.
    Staging,
    /// Production: every other key.
    Live,
    /// There is no usable key.
    NoKey,
}

impl Environment {
    /// That of a client, before there is a runtime: a key file is read, for a few seconds at most.
    pub fn at_start(client: &Client) -> Self {
        if client.is_sandbox() { Self::Sandbox } else { Self::of_key(client.key_source().load_blocking()) }
    }

    /// That of a client as it is now: its key may come from a file that was written since.
    ///
    /// # Errors
    ///
    /// There is no usable key at this moment.
    pub async fn now(client: &Client) -> Result<Self, KeyError> {
        if client.is_sandbox() {
            return Ok(Self::Sandbox);
        }
        client.key_source().load().await.map(|key| Self::of_key(Ok(key)))
    }

    fn of_key(key: Result<SecretString, KeyError>) -> Self {
        match key {
            Ok(key) if is_live(&key) => Self::Live,
            Ok(_) => Self::Staging,
            Err(_) => Self::NoKey,
        }
    }

    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Staging => "staging",
            Self::Live => "live",
            Self::NoKey => "none",
        }
    }

    /// The access that is right when none was asked for: production is special.
    pub fn default_access(self) -> Access {
        if self == Self::Live { Access::Read } else { Access::Full }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sandbox => "the built-in sandbox (made-up data, no account)",
            Self::Staging => "a staging (test) environment",
            Self::Live => "a LIVE production environment",
            Self::NoKey => "no environment (no usable API key)",
        })
    }
}
