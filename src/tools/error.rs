//! Why a tool gives no answer, in words for the one who must act.

use std::fmt;
use std::time::Duration;

use super::advice;
use super::sanitize::sanitize_line;
use crate::client::{Error, Outcome, Rejected, Violation, excerpt};

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

/// Where a call ended: what a script has to tell apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ended {
    /// The call itself is wrong.
    Usage,
    /// Refused here, before anything was sent.
    RefusedHere,
    /// Refused by WorkOS, with a status of 400 to 499.
    RefusedByWorkos,
    /// WorkOS was not reached, could not, or gave no usable answer.
    #[default]
    Unavailable,
}

impl Ended {
    /// A word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::RefusedHere => "refused_here",
            Self::RefusedByWorkos => "refused_by_workos",
            Self::Unavailable => "unavailable",
        }
    }
}

/// How a call failed, without anything that nobody should see.
#[derive(Debug, Default)]
pub struct Failure {
    /// Where it ended.
    pub ended: Ended,
    /// What happened and what to do.
    pub text: String,
    /// The status that WorkOS answered with.
    pub status: Option<u16>,
    /// Whether the same call may succeed later, with nobody changing anything.
    pub transient: bool,
    /// How long to wait before that, if WorkOS said so.
    pub retry_after: Option<Duration>,
    /// WorkOS's word for the error, short and safe to look at.
    pub code: Option<String>,
    /// The request ID of the answer.
    pub request_id: Option<String>,
    /// Whether WorkOS may have acted, where that is a question.
    pub outcome: Option<Outcome>,
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

    /// Where the call ended.
    pub fn ended(&self) -> Ended {
        match self {
            Self::Unknown(_) | Self::Arguments(_) | Self::Fields(_) => Ended::Usage,
            Self::Access(_) | Self::NotReady(_) | Self::Declined(_) => Ended::RefusedHere,
            Self::Failed(failure) => failure.ended,
        }
    }

    /// The same in at most so many bytes.
    pub fn within(mut self, max: usize) -> Self {
        let text = match &mut self {
            Self::Unknown(text)
            | Self::Access(text)
            | Self::NotReady(text)
            | Self::Declined(text)
            | Self::Arguments(text)
            | Self::Fields(text) => text,
            Self::Failed(failure) => &mut failure.text,
        };
        *text = advice::bounded(std::mem::take(text), max);
        self
    }
}

impl From<Rejected> for CallError {
    fn from(rejected: Rejected) -> Self {
        Self::arguments(&rejected.violations)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        const MAX_CODE: usize = 80;
        let ended = match error {
            Error::Arguments(_) => Ended::Usage,
            Error::Key(_) | Error::Setup(_) => Ended::RefusedHere,
            Error::Api(error) if error.status < 500 => Ended::RefusedByWorkos,
            _ => Ended::Unavailable,
        };
        let code = match error {
            Error::Api(error) => error.code.as_deref(),
            _ => None,
        };
        Self {
            ended,
            text: advice::explain(error),
            status: error.status(),
            transient: error.is_transient(),
            retry_after: error.retry_after(),
            code: code.map(|code| excerpt(&sanitize_line(code), MAX_CODE).into_owned()),
            request_id: error.request_id().map(str::to_owned),
            outcome: match ended {
                Ended::Usage | Ended::RefusedHere => Some(Outcome::NotSent),
                _ => error.outcome(),
            },
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
