//! Times as WorkOS writes them.

use chrono::{DateTime, SecondsFormat, Utc};

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    Utc::now().timestamp_millis()
}

/// `2026-01-15T12:00:00.000Z`.
pub(super) fn written(milliseconds: i64) -> String {
    let time = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Milliseconds since 1970 of a time in ISO 8601.
pub(super) fn read(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}
