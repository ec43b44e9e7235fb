//! Why a client cannot send anything at all.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::transport_error::innermost;
use crate::sandbox::FileError;

/// What a library says of why it does not start.
pub(super) type SetupFault = Arc<dyn StdError + Send + Sync>;

/// Why a client cannot send anything from this machine.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The file with further root certificates cannot be read.
    #[error("The root certificates in {} cannot be used: {source}", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// The file with further root certificates was not read within three seconds.
    #[error("The root certificates in {} cannot be used: timed out", .path.display())]
    CaFileTimedOut {
        /// The file.
        path: PathBuf,
    },
    /// There is no PEM certificate in the file.
    #[error("The root certificates in {} cannot be used: there is no PEM certificate in it", .path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// What is in the file is no certificate, or not one that can be used.
    #[error("The root certificates in {} cannot be used: {}", .path.display(), innermost(.source))]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What the TLS library says.
        source: SetupFault,
    },
    /// The environment names a proxy that cannot be used. It may hold a password, so it is not shown.
    #[error("The proxy in {variable} cannot be used: {fault}. Correct it or unset it")]
    Proxy {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The HTTP library does not start.
    #[error("The HTTP client does not start: {}", innermost(.source))]
    Client {
        /// What it says.
        source: SetupFault,
    },
    /// The file that keeps the sandbox between runs cannot be used.
    #[error(transparent)]
    Sandbox(FileError),
    /// The system gives no random bytes.
    #[error("The system gives no random bytes: {source}")]
    Random {
        /// What it says.
        source: getrandom::Error,
    },
}
