//! What is wrong with an API key, and where that key came from.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Where an API key comes from, so that whoever must mend it knows where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrigin {
    /// The program itself.
    Program,
    /// An environment variable.
    Variable(&'static str),
    /// A file.
    File(PathBuf),
    /// What a command prints; the name of its program, without its arguments.
    Command(String),
}

impl fmt::Display for KeyOrigin {
    /// As it follows `the API key`, with the blank between them; nothing for the program's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => Ok(()),
            Self::Variable(name) => write!(f, " in {name}"),
            Self::File(path) => write!(f, " in the file {}", path.display()),
            Self::Command(program) => write!(f, " from the command `{program}`"),
        }
    }
}

/// Why there is no usable API key. Says nothing of the value itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KeyError {
    /// What is wrong.
    pub fault: KeyFault,
    /// Where the key should have come from.
    pub origin: KeyOrigin,
}

impl KeyError {
    pub(super) fn new(fault: KeyFault, origin: KeyOrigin) -> Self {
        Self { fault, origin }
    }
}

/// What is wrong with an API key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum KeyFault {
    /// None was given.
    Missing,
    /// More than one place should give it; their names.
    Several(Vec<&'static str>),
    /// Nothing but blanks.
    Empty,
    /// The quotation marks of a configuration file are part of the value.
    Quoted,
    /// A whole `Authorization` header, or its start.
    Bearer,
    /// `${WORKOS_API_KEY}` and the like.
    Placeholder,
    /// A line of a configuration file, `NAME=value`.
    Assignment,
    /// The public ID of the environment.
    ClientId,
    /// More than one line.
    Lines,
    /// Blanks within it, or characters that are not printable ASCII.
    Garbled,
    /// Longer than any key.
    TooLong,
    /// The file, or what the command prints, cannot be read.
    Unreadable(Arc<io::Error>),
    /// It was not there within three seconds: a FIFO that nobody writes to, a file system that
    /// does not answer, a command that waits for somebody.
    TimedOut,
    /// The command is no list of words: empty, or a quotation mark that is not closed.
    NoCommand,
    /// The program of the command cannot be started.
    NotStarted(Arc<io::Error>),
    /// The command failed; how it ended.
    Failed(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, origin } = self;
        let fault = match fault {
            KeyFault::Missing => return f.write_str("there is no WorkOS API key"),
            KeyFault::Several(names) => {
                let names = names.join(" and ");
                return write!(f, "the WorkOS API key is given more than once, by {names}: keep one of them");
            }
            KeyFault::ClientId => {
                return write!(
                    f,
                    "a client ID (`client_…`) stands where the WorkOS API key (`sk_…`){origin} belongs"
                );
            }
            KeyFault::NoCommand => {
                return f.write_str(
                    "the command that should print the WorkOS API key is no program with arguments: it is \
                     empty, or a quotation mark is not closed",
                );
            }
            KeyFault::Unreadable(error) => return self.write_unread(f, &error.kind().to_string()),
            KeyFault::TimedOut => return self.write_unread(f, "timed out"),
            KeyFault::NotStarted(error) => {
                return self.write_unread(f, &format!("it does not start: {}", error.kind()));
            }
            KeyFault::Failed(status) => return self.write_unread(f, &format!("it ended with {status}")),
            KeyFault::Empty => "is empty",
            KeyFault::Quoted => "stands in quotation marks",
            KeyFault::Bearer => "starts with `Bearer`; give the key alone",
            KeyFault::Placeholder => {
                "is a placeholder that was never filled in: this client does not expand variables here"
            }
            KeyFault::Assignment => "has the form `NAME=value`; give the value alone",
            KeyFault::Lines => "has more than one line; give the key alone",
            KeyFault::Garbled => "contains blanks or characters that no key has",
            KeyFault::TooLong => "is far longer than a key",
        };
        write!(f, "the WorkOS API key{origin} {fault}")
    }
}

impl KeyError {
    /// That nothing could be read at all, and why.
    fn write_unread(&self, f: &mut fmt::Formatter<'_>, why: &str) -> fmt::Result {
        match &self.origin {
            KeyOrigin::File(path) => {
                let path = path.display();
                write!(f, "the file {path} that should hold the WorkOS API key cannot be read ({why})")
            }
            KeyOrigin::Command(program) => {
                write!(f, "the command `{program}` that should print the WorkOS API key is of no use ({why})")
            }
            origin => write!(f, "the WorkOS API key{origin} cannot be read ({why})"),
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            KeyFault::Unreadable(error) | KeyFault::NotStarted(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}
