//! How every command waits, prints and fails.

use std::io::Write;

use crate::tools::error::Ended;
use crate::tools::selection::UnknownName;

/// The exit code of whatever has none of its own.
pub const FAILED: u8 = 1;
/// The exit code of wrong usage, where nothing was done.
pub const WRONG_USAGE: u8 = 2;

/// The exit code of what a signal has ended.
pub const INTERRUPTED: u8 = 130;

/// The exit code of a call that gave no answer.
pub const fn exit_code(ended: Ended) -> u8 {
    match ended {
        Ended::Usage => WRONG_USAGE,
        Ended::RefusedHere => 3,
        Ended::RefusedByWorkos => 4,
        Ended::Unavailable => 5,
    }
}

/// The command line asks for what cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUsage(pub String);

/// Whether whoever wrote the command line has to mend it: a name that nothing has is a mistake
/// there, too.
pub fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<WrongUsage>() || error.is::<UnknownName>()
}

/// Whoever read stdout has seen enough.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Runs a future to its end, on this thread. A file that does not answer is not waited for.
pub fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// Prints a line on stdout.
pub fn print(line: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}
