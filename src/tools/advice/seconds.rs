//! Times to wait, as they are told.

use std::time::Duration;

/// Seconds, rounded up: whoever comes back too early is turned away again.
pub fn whole_seconds(delay: Duration) -> u64 {
    (delay.as_secs() + u64::from(delay.subsec_nanos() > 0)).max(1)
}
