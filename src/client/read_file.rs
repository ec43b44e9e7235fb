//! Reads small files without holding up a runtime, and never for ever.
//!
//! A key or a certificate may come from anything that has a path: a file, a mounted secret, a
//! FIFO that somebody writes to. Opening a FIFO that nobody writes to never returns. So each
//! read has a thread of its own and a time limit. The threads are not those of
//! `spawn_blocking`, because a runtime waits for these when it ends, however long that takes.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// Longest time until a file must have been read.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a file could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    /// It was not read within [`READ_TIMEOUT`].
    TimedOut,
}

/// At most the first `max_bytes` of a file.
pub(super) async fn read_file(path: &Path, max_bytes: u64) -> Result<Vec<u8>, ReadError> {
    let (sender, receiver) = oneshot::channel();
    // Whoever asked may be gone.
    start(path.to_owned(), max_bytes, |read| drop(sender.send(read))).map_err(ReadError::Io)?;
    match timeout(READ_TIMEOUT, receiver).await {
        Ok(Ok(read)) => read.map_err(ReadError::Io),
        Ok(Err(_)) => Err(ReadError::Io(io::Error::other("the reading thread ended early"))),
        Err(_) => Err(ReadError::TimedOut),
    }
}

/// The same where there is no runtime; blocks the calling thread.
pub(super) fn read_file_blocking(path: &Path, max_bytes: u64) -> Result<Vec<u8>, ReadError> {
    let (sender, receiver) = mpsc::channel();
    start(path.to_owned(), max_bytes, move |read| drop(sender.send(read))).map_err(ReadError::Io)?;
    match receiver.recv_timeout(READ_TIMEOUT) {
        Ok(read) => read.map_err(ReadError::Io),
        Err(RecvTimeoutError::Disconnected) => {
            Err(ReadError::Io(io::Error::other("the reading thread ended early")))
        }
        Err(RecvTimeoutError::Timeout) => Err(ReadError::TimedOut),
    }
}

fn start(
    path: PathBuf,
    max_bytes: u64,
    deliver: impl FnOnce(io::Result<Vec<u8>>) + Send + 'static,
) -> io::Result<()> {
    let read = move || {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(path)
            .and_then(|file| file.take(max_bytes).read_to_end(&mut bytes))
            .map(|_| bytes);
        deliver(read);
    };
    thread::Builder::new().name("read-file".to_owned()).spawn(read).map(drop)
}
