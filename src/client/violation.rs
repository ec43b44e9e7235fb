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
    Rule {
        /// Those that the rule is about.
        arguments: Vec<&'static str>,
    },
    /// The value of an argument does not fit its shape, or it was given under another name.
    Argument {
        /// The argument's name; that of the object around it, if it is within one.
        argument: &'static str,
    },
    /// Anything else.
    Other,
}

impl Violation {
    /// A violation that this sentence describes; without the full stop.
    pub fn new(text: impl Into<String>) -> Self {
        Self { kind: ViolationKind::Other, text: text.into() }
    }

    /// A violation of the shape of one argument, with this sentence; without the full stop.
    #[cfg(feature = "server")]
    pub(crate) fn of_argument(argument: &'static str, text: impl Into<String>) -> Self {
        Self { kind: ViolationKind::Argument { argument }, text: text.into() }
    }

    /// The arguments that it is about.
    pub fn arguments(&self) -> &[&'static str] {
        match &self.kind {
            ViolationKind::MissingDefault { argument, .. }
            | ViolationKind::MissingPathArgument { argument }
            | ViolationKind::PathArgument { argument, .. }
            | ViolationKind::HeaderArgument { argument }
            | ViolationKind::Argument { argument } => std::slice::from_ref(argument),
            ViolationKind::Rule { arguments } => arguments,
            ViolationKind::Other => &[],
        }
    }

    /// Whether it is about this argument.
    pub fn is_about(&self, argument: &str) -> bool {
        self.arguments().contains(&argument)
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

    pub(super) fn rule(arguments: Vec<&'static str>, text: String) -> Self {
        Self { kind: ViolationKind::Rule { arguments }, text }
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
