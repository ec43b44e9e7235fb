//! What a failed call has left behind at WorkOS.

use std::fmt;

use crate::operation::{Effect, Operation};

/// Whether WorkOS may have acted on a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The request never left this machine.
    NotSent,
    /// The request changed nothing: it only reads, WorkOS refused it, or it was not looked at.
    NothingChanged,
    /// The request may have taken effect: nothing readable says whether it did.
    Unknown,
    /// WorkOS answered with success, though the answer is of no use.
    Done,
}

impl Outcome {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::NothingChanged => "nothing_changed",
            Self::Unknown => "unknown",
            Self::Done => "done",
        }
    }

    /// Of a request whose answer was lost.
    pub(crate) fn if_lost(operation: &Operation) -> Self {
        if operation.effect == Effect::Read { Self::NothingChanged } else { Self::Unknown }
    }

    /// Of a request that was answered with success, though not readably.
    pub(crate) fn if_answered(operation: &Operation) -> Self {
        if operation.effect == Effect::Read { Self::NothingChanged } else { Self::Done }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "Nothing was sent",
            Self::NothingChanged => "Nothing was changed",
            Self::Unknown => "The change may have taken effect",
            Self::Done => "The change has most likely taken effect",
        })
    }
}
