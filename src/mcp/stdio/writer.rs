//! The writing end of the pipe: whole lines, several at once where they come fast. A reader that
//! does not read stops the reading: only so many lines wait.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::in_flight::{InFlight, Token};
use super::shutdown::Shutdown;

/// Bytes that are written at once.
const MAX_COALESCED: usize = 256 << 10;

/// A line to write, and the request that it answers.
pub struct Outgoing {
    /// With its line end.
    pub line: Vec<u8>,
    /// Its number is free once the line is written.
    pub answers: Option<Token>,
}

/// Writes lines, several at once where they come fast.
pub async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut lines: mpsc::Receiver<Outgoing>,
    in_flight: Arc<InFlight>,
    shutdown: Shutdown,
) {
    let mut batch = Vec::new();
    let mut answered = Vec::new();
    while let Some(first) = lines.recv().await {
        batch.clear();
        let mut next = Some(first);
        while let Some(Outgoing { line, answers }) = next {
            answered.extend(answers);
            if batch.is_empty() {
                batch = line;
            } else {
                batch.extend_from_slice(&line);
            }
            next = if batch.len() < MAX_COALESCED { lines.try_recv().ok() } else { None };
        }
        let written = async {
            writer.write_all(&batch).await?;
            writer.flush().await
        };
        if let Err(error) = written.await {
            if error.kind() != io::ErrorKind::BrokenPipe {
                shutdown.lost.store(true, Ordering::Relaxed);
            }
            shutdown.drained.cancel();
            shutdown.broken.cancel();
            return;
        }
        if !shutdown.answered.is_cancelled() {
            shutdown.answered.cancel();
        }
        for token in answered.drain(..) {
            in_flight.answered(token);
        }
    }
    shutdown.drained.cancel();
}
