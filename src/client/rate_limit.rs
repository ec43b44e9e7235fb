//! Keeps to the number of requests a second that WorkOS takes of some operations.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::operation::Operation;

/// Requests that leave evenly do not arrive evenly.
const SLACK: Duration = Duration::from_millis(15);

/// When the next request that WorkOS limits may be sent. The limit is one of each directory;
/// here all share it, which is the safe side.
#[derive(Debug, Default)]
pub(super) struct RateLimit {
    next: Mutex<Option<Instant>>,
}

impl RateLimit {
    /// Waits for a turn. Operations without a limit have it at once.
    pub async fn wait(&self, operation: &Operation) {
        let Some(per_second) = operation.rate_limit else { return };
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(turn + Duration::from_secs(1) / per_second + SLACK);
            turn
        };
        sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::loopback::block_on;
    use super::*;

    #[test]
    fn only_limited_operations_wait_for_each_other() {
        let operation = |name: &str| {
            crate::api::operations().find(|operation| operation.name == name).expect("an operation")
        };
        let (limited, free) = (operation("list_directory_users"), operation("list_organizations"));
        let limit = RateLimit::default();
        let start = Instant::now();
        block_on(async {
            for operation in [limited, free, free, limited, free, limited] {
                limit.wait(operation).await;
            }
        });
        let pause = Duration::from_secs(1) / limited.rate_limit.expect("a limit");
        assert!(start.elapsed() >= pause * 2, "{:?}", start.elapsed());
        assert!(start.elapsed() < pause * 4, "{:?}", start.elapsed());
    }
}
