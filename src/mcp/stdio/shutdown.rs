//! How a running server is told to end, and tells how far it is.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio_util::sync::CancellationToken;

use super::in_flight::InFlight;

/// How a running server is told to end, and tells how far it is.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Read no more; finish what is in flight.
    pub stop: CancellationToken,
    /// Nothing more is read: nobody answers a question any more.
    pub ended: CancellationToken,
    /// The first answer is written.
    pub answered: CancellationToken,
    /// Everything that will be written is written.
    pub drained: CancellationToken,
    /// Nobody reads the answers any more.
    pub broken: CancellationToken,
    /// Answers were lost to something else than a reader that left: a full disk.
    pub lost: Arc<AtomicBool>,
    /// The requests that are being worked on.
    pub(crate) in_flight: Arc<InFlight>,
}
