//! How much memory answers may take, so that many long ones do not fill it.
//!
//! A long body waits for a permit while it is read, a reply for one until it has been dealt
//! with. Whoever has the last permit waits for nothing more, so nobody waits for ever.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// Beyond these sizes, in bytes, only so many bodies are read at a time.
const MEDIUM_BODY: usize = 128 << 10;
const MAX_MEDIUM_BODIES: usize = 4;
const LARGE_BODY: usize = 1 << 20;
const MAX_LARGE_BODIES: usize = 1;
/// Memory for what is made of bodies until it has been dealt with, in units of [`UNIT`] bytes.
const BUDGET: usize = 16;
const UNIT: usize = 1 << 20;
/// Bodies up to this many bytes need no permit.
const FREE_BODY: usize = 4 << 10;

/// The memory that all calls of a client share.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    medium: Arc<Semaphore>,
    large: Arc<Semaphore>,
    units: Arc<Semaphore>,
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self {
            medium: Arc::new(Semaphore::new(MAX_MEDIUM_BODIES)),
            large: Arc::new(Semaphore::new(MAX_LARGE_BODIES)),
            units: Arc::new(Semaphore::new(BUDGET)),
        }
    }
}

/// Leave to hold a body that is not short.
#[derive(Debug, Default)]
pub(super) struct BodyPermit {
    medium: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
}

/// Leave to hold a reply, and what is made of it, in memory; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct MemoryPermit {
    _body: BodyPermit,
    _units: Option<OwnedSemaphorePermit>,
}

impl MemoryBudget {
    /// Waits, not beyond the deadline, until a body of which so many bytes were read may be
    /// read on.
    pub async fn grow_body(
        &self,
        permit: &mut BodyPermit,
        bytes: usize,
        deadline: Instant,
    ) -> Result<(), Elapsed> {
        if bytes > MEDIUM_BODY && permit.medium.is_none() {
            permit.medium = acquire(&self.medium, deadline).await?;
        }
        if bytes > LARGE_BODY && permit.large.is_none() {
            permit.large = acquire(&self.large, deadline).await?;
        }
        Ok(())
    }

    /// Waits until there is memory for what is made of a body. Not bounded in time: permits
    /// come back when an earlier answer is written, and before that this one could not be.
    pub async fn hold(&self, body: &[u8], permit: BodyPermit) -> MemoryPermit {
        let units = match u32::try_from(units(body)) {
            Ok(units) if units > 0 => self.units.clone().acquire_many_owned(units).await.ok(),
            _ => None,
        };
        MemoryPermit { _body: permit, _units: units }
    }
}

/// A permit before the deadline. The semaphore is never closed.
async fn acquire(
    semaphore: &Arc<Semaphore>,
    deadline: Instant,
) -> Result<Option<OwnedSemaphorePermit>, Elapsed> {
    timeout_at(deadline, semaphore.clone().acquire_owned()).await.map(Result::ok)
}

/// How much memory a body takes in the end, roughly: itself, its tree, its text and the line
/// that holds both, of which a tree of tiny values is by far the most.
fn units(body: &[u8]) -> usize {
    if body.len() <= FREE_BODY {
        return 0;
    }
    let values = count(body, |byte| matches!(byte, b',' | b'[' | b'{'));
    let objects = count(body, |byte| byte == b'{');
    ((body.len() * 5 + values * 96 + objects * 512) / UNIT + 1).min(BUDGET)
}

/// How many bytes are meant; in steps of which a byte holds the sum, which is done many bytes at a time.
fn count(body: &[u8], is_meant: impl Fn(u8) -> bool) -> usize {
    let in_step = |step: &[u8]| step.iter().map(|byte| u8::from(is_meant(*byte))).sum::<u8>();
    body.chunks(usize::from(u8::MAX)).map(|step| usize::from(in_step(step))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiny_values_need_more_memory_than_text() {
        assert_eq!(units(b"{}"), 0);
        assert_eq!(units(&vec![b'x'; 20_000]), 1);
        assert_eq!(units("[],".repeat(60_000).as_bytes()), 12);
        assert_eq!(units("{},".repeat(400_000).as_bytes()), BUDGET);
        assert_eq!(units(&vec![b'x'; 16 << 20]), BUDGET);
    }
}
