//! A file for a credential that WorkOS shows once and that no transcript may hold.
//!
//! It stands ready before the request is sent: a value that nobody can keep is not asked for.
//! Everything here blocks; whoever is on the runtime's thread goes through [`blocking`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio_util::task::TaskTracker;

/// How long the file system has: one that does not answer holds up this call, not the others.
const FILE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes that are set aside: several tokens and a QR code are no longer.
const RESERVED: usize = 32 << 10;

/// What is at work on such threads.
static TASKS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Runs what waits for the file system on a thread of its own. It goes on there, even if nobody
/// waits for it any more.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::time::timeout(FILE_TIMEOUT, TASKS.spawn_blocking(work)).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => Err(io::Error::other(error)),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Waits, for a short time, until what was given up is written all the same: before the process
/// ends, with what WorkOS shows only once.
pub async fn settled() {
    const EXIT_TIMEOUT: Duration = Duration::from_secs(2);
    TASKS.close();
    // What is not written by then never is.
    let _ = tokio::time::timeout(EXIT_TIMEOUT, TASKS.wait()).await;
}

/// A new file for a credential, which only its owner can read.
#[derive(Debug)]
pub struct SecretFile {
    path: PathBuf,
    file: Option<File>,
}

impl SecretFile {
    /// An empty file in this directory, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// The directory or the file cannot be made, or the disk is full.
    pub fn create(directory: &Path, tool: &str) -> io::Result<Self> {
        create_private_directory(directory)?;
        let path = std::path::absolute(directory)?.join(format!("{tool}-{}", uuid::Uuid::new_v4().simple()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        // So that a full disk is found out before the credential is made.
        if let Err(error) = file.write_all(&vec![b' '; RESERVED]).and_then(|()| file.sync_all()) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self { path, file: Some(file) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps one value as it is, several as a JSON object.
    ///
    /// # Errors
    ///
    /// The values are lost, and nothing of them is left in the file.
    pub fn write(self, values: &Map<String, Value>) -> io::Result<()> {
        let mut only = values.values();
        let text = match (only.next(), only.next()) {
            (Some(Value::String(value)), None) => format!("{value}\n"),
            _ => format!("{}\n", Value::Object(values.clone())),
        };
        self.write_whole(text.as_bytes())
    }

    /// Keeps an answer as it came.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_whole(mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let mut put = || {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        put().inspect_err(|_| {
            // Part of a credential is of no use, and no secret to leave about.
            let _ = fs::remove_file(&self.path);
        })
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        // Nothing was written: the call failed, or answered no such value.
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn create_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
