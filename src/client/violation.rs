//! What is wrong with the arguments of a call, before anything is sent.

use std::fmt::{self, Write};

use super::sentence::sentence;
use crate::schema::Setting;

/// One thing that is wrong with the arguments of a call.
///
/// Displayed as a sentence without its full stop, for the one who wrote the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    kind: ViolationKind,
    text: String,
}

/// What a [`Violation`] is about, for code that adds advice of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViolationKind {
    /// An argument was left out, and the setting that could stand in for it is not set either.
    MissingDefault {
        /// The argument's name.
        argument: &'static str,
        /// The setting that would do instead.
        setting: Setting,
    },
    /// An argument of the path was left out.
    MissingPathArgument {
        /// The argument's name.
        argument: &'static str,
    },
    /// A value could lead the request elsewhere if it stood in the path.
    PathArgument {
        /// The argument's name.
        argument: &'static str,
        /// What is wrong with its value, as the end of a sentence: "is empty".
        fault: &'static str,
    },
    /// A value holds characters that no header may hold.
    HeaderArgument {
        /// The argument's name.
        argument: &'static str,
    },
    /// The arguments together break a rule of the operation.
    Rule,
    /// Anything else.
    Other,
}

impl Violation {
    /// A violation that this sentence describes; without the full stop.
    pub fn new(text: impl Into<String>) -> Self {
        Self { kind: ViolationKind::Other, text: text.into() }
    }

    /// What it is about.
    pub fn kind(&self) -> &ViolationKind {
        &self.kind
    }

    /// One violation as a sentence, any other number as a list with a line for each.
    pub fn list(violations: &[Self]) -> String {
        if let [only] = violations {
            return sentence(only);
        }
        let mut list = format!("{} problems with the arguments.", violations.len());
        for violation in violations {
            // Writing to a string does not fail.
            let _ = write!(list, "\n- {}", sentence(violation));
        }
        list
    }

    pub(super) fn missing_default(argument: &'static str, setting: Setting) -> Self {
        let kind = ViolationKind::MissingDefault { argument, setting };
        Self { kind, text: format!("`{argument}` is needed") }
    }

    pub(super) fn missing_path_argument(argument: &'static str) -> Self {
        let kind = ViolationKind::MissingPathArgument { argument };
        Self { kind, text: format!("`{argument}` is required") }
    }

    pub(super) fn path_argument(argument: &'static str, fault: &'static str) -> Self {
        let kind = ViolationKind::PathArgument { argument, fault };
        Self { kind, text: format!("`{argument}` cannot be part of a URL path: it {fault}") }
    }

    pub(super) fn header_argument(argument: &'static str) -> Self {
        let kind = ViolationKind::HeaderArgument { argument };
        Self {
            kind,
            text: format!("`{argument}` cannot be sent in a header: it contains control characters"),
        }
    }

    pub(super) fn rule(text: String) -> Self {
        Self { kind: ViolationKind::Rule, text }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_a_sentence_and_several_are_a_list() {
        let one = Violation::missing_default("client_id", Setting::ClientId);
        assert_eq!(Violation::list(std::slice::from_ref(&one)), "`client_id` is needed.");
        let two = [one, Violation::path_argument("id", "is empty")];
        assert_eq!(
            Violation::list(&two),
            "2 problems with the arguments.\n- `client_id` is needed.\
             \n- `id` cannot be part of a URL path: it is empty."
        );
    }
}
