//! Why a tool gives no answer, in words for the one who must act.

use std::fmt;
use std::time::Duration;

use super::advice;
use crate::client::{Error, Rejected, Violation};

/// Why a tool gives no answer.
#[derive(Debug)]
pub enum CallError {
    /// No tool has this name, or it is not among those selected.
    Unknown(String),
    /// The access level excludes it.
    Access(String),
    /// What the call needs beside WorkOS does not stand ready: the audit log, or a file for what is
    /// shown once.
    NotReady(String),
    /// The user was asked, and did not agree.
    Declined(String),
    /// The arguments do not fit.
    Arguments(String),
    /// Fields were asked for that the answer does not have.
    Fields(String),
    /// The call failed.
    Failed(Failure),
}

/// How a call failed, without anything that nobody should see.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do.
    pub text: String,
    /// The status that WorkOS answered with.
    pub status: Option<u16>,
    /// Whether the same call may succeed later, with nobody changing anything.
    pub transient: bool,
    /// How long to wait before that, if WorkOS said so.
    pub retry_after: Option<Duration>,
}

impl CallError {
    /// Of arguments that do not fit.
    pub fn arguments(violations: &[Violation]) -> Self {
        Self::Arguments(advice::of_violations(violations))
    }

    /// Of fields that the answer does not have.
    pub fn fields(violations: &[Violation]) -> Self {
        Self::Fields(Violation::list(violations))
    }

    /// Whether whoever called has to correct the call itself.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::Arguments(_))
    }
}

impl From<Rejected> for CallError {
    fn from(rejected: Rejected) -> Self {
        Self::arguments(&rejected.violations)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            text: advice::explain(error),
            status: error.status(),
            transient: error.is_transient(),
            retry_after: error.retry_after(),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text)
            | Self::Access(text)
            | Self::NotReady(text)
            | Self::Declined(text)
            | Self::Arguments(text)
            | Self::Fields(text) => f.write_str(text),
            Self::Failed(failure) => f.write_str(&failure.text),
        }
    }
}

impl std::error::Error for CallError {}
