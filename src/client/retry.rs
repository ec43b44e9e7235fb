//! When a failed request is repeated, and how long after.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::Error;
use super::outcome::Outcome;
use crate::operation::{Effect, Operation};

/// Nobody waits longer than a day, and no number of seconds may overflow.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);

/// How often and how fast something that failed is tried again.
///
/// Pauses grow from one to the next, with jitter, so that many clients do not come back at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// How often it is tried again at most.
    max_retries: u32,
    first_pause: Duration,
    /// So many times longer is each pause than the one before.
    growth: u32,
    max_pause: Duration,
    /// A longer `Retry-After` is not waited for.
    max_retry_after: Duration,
    asked_pause: AskedPause,
}

/// What a `Retry-After` does to a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AskedPause {
    /// It takes the place of the pause, and up to so much more: many clients are told the same.
    Instead { spread: Duration },
    /// The pause is at least that long.
    AtLeast,
}

impl RetryPolicy {
    /// For a single call, where somebody waits for the answer: a longer `Retry-After` is handed
    /// to the caller, as sitting it out would look like a hang.
    pub(crate) const CALL: Self = Self {
        max_retries: 2,
        first_pause: Duration::from_millis(250),
        growth: 4,
        max_pause: Duration::from_secs(1),
        max_retry_after: Duration::from_secs(2),
        asked_pause: AskedPause::Instead { spread: Duration::from_millis(250) },
    };

    /// For one of many calls in one, where somebody waits for all of them: what is asked for is waited.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "the tools run many calls"))]
    pub(crate) const MANY: Self = Self {
        max_retries: 3,
        first_pause: Duration::from_secs(1),
        growth: 2,
        max_pause: Duration::from_secs(4),
        max_retry_after: Duration::from_secs(20),
        asked_pause: AskedPause::AtLeast,
    };

    /// For the pages of a long list, where nobody waits for any single one.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "the command line exports"))]
    pub(crate) const fn export(retries: u32) -> Self {
        Self {
            max_retries: retries,
            first_pause: Duration::from_millis(500),
            growth: 2,
            max_pause: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(300),
            asked_pause: AskedPause::AtLeast,
        }
    }

    /// How long to wait before the next attempt; `None` to give up. `failures` counts those
    /// before the last one, `retry_after` is what the last one asked for.
    pub(crate) fn pause(&self, failures: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if failures >= self.max_retries || retry_after.is_some_and(|asked| asked > self.max_retry_after) {
            return None;
        }
        let pause = self.first_pause.saturating_mul(self.growth.saturating_pow(failures)).min(self.max_pause);
        Some(match (&self.asked_pause, retry_after) {
            (AskedPause::Instead { spread }, Some(asked)) => asked + *spread * random() / 255,
            (AskedPause::AtLeast, Some(asked)) => jitter(pause).max(asked),
            (_, None) => jitter(pause),
        })
    }
}

/// Whether sending once more cannot do anything twice.
pub(super) fn may_repeat(operation: &Operation, error: &Error) -> bool {
    let harmless = operation.effect == Effect::Read || operation.idempotent;
    match error {
        Error::Transport(error) => {
            matches!(error.outcome, Outcome::NotSent | Outcome::NothingChanged) || harmless
        }
        Error::Api(error) => match error.status {
            429 => true,
            408 | 500..=599 => harmless,
            _ => false,
        },
        _ => false,
    }
}

/// `Retry-After` as a duration from now: seconds, or an HTTP date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(MAX_RETRY_AFTER.as_secs_f64())));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default().min(MAX_RETRY_AFTER))
}

/// Half to one and a half of a pause.
fn jitter(pause: Duration) -> Duration {
    pause / 2 + pause * random() / 255
}

/// 0 to 255. Where the system gives no random bytes, clients come back together, and that is all.
fn random() -> u32 {
    let mut byte = [128];
    let _ = getrandom::fill(&mut byte);
    byte[0].into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn every_form_of_retry_after() {
        let parsed = |value: &str| {
            let headers = HeaderMap::from_iter([(
                RETRY_AFTER,
                HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")),
            )]);
            retry_after(&headers)
        };
        assert_eq!(parsed("3"), Some(Duration::from_secs(3)));
        assert_eq!(parsed(" 0 "), Some(Duration::ZERO));
        assert_eq!(parsed("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(parsed("1e300"), Some(Duration::from_secs(86_400)));
        assert_eq!(parsed("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = parsed(&httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60)));
        assert!(soon.is_some_and(|soon| soon > Duration::from_secs(50)), "{soon:?}");
        for nonsense in ["", "-1", "soon", "NaN", "inf", "3 s"] {
            assert_eq!(parsed(nonsense), None, "{nonsense}");
        }
    }

    fn parsed(value: &[u8]) -> Option<Duration> {
        let value = HeaderValue::from_bytes(value).ok()?;
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    proptest! {
        #[test]
        fn any_retry_after_is_at_most_a_day(value: Vec<u8>, text in "[-+]?[0-9.eE: GMTinfa]{0,40}") {
            for value in [value.as_slice(), text.as_bytes()] {
                prop_assert!(parsed(value).is_none_or(|wait| wait <= MAX_RETRY_AFTER));
            }
        }

        #[test]
        fn whole_and_fractional_seconds_are_taken_as_they_are(seconds in 0..=86_400_u32, thousandths in 0..1000_u32) {
            let whole = Duration::from_secs(seconds.into());
            prop_assert_eq!(parsed(seconds.to_string().as_bytes()), Some(whole));
            let wait = parsed(format!(" {seconds}.{thousandths:03}\t").as_bytes()).unwrap_or_default();
            let exact = (whole + Duration::from_millis(thousandths.into())).min(MAX_RETRY_AFTER);
            prop_assert!(wait.abs_diff(exact) < Duration::from_micros(1), "{wait:?} {exact:?}");
        }

        #[test]
        fn a_number_that_is_too_large_is_a_day(seconds in 86_400..u64::MAX) {
            prop_assert_eq!(parsed(seconds.to_string().as_bytes()), Some(MAX_RETRY_AFTER));
        }

        #[test]
        fn a_date_is_the_time_until_then(ahead in 2..200_000_u64, ago in 0..2_000_000_000_u64) {
            let now = SystemTime::now();
            let date = |at| parsed(httpdate::fmt_http_date(at).as_bytes());
            let wait = date(now + Duration::from_secs(ahead)).unwrap_or_default();
            // Dates are whole seconds, and time goes on meanwhile.
            let exact = Duration::from_secs(ahead).min(MAX_RETRY_AFTER);
            prop_assert!(wait <= exact && wait + Duration::from_secs(5) > exact, "{wait:?} {exact:?}");
            let past = SystemTime::UNIX_EPOCH + Duration::from_secs(ago.min(1_700_000_000));
            prop_assert_eq!(date(past), Some(Duration::ZERO));
        }
    }

    #[test]
    fn a_call_is_tried_three_times_with_short_pauses() {
        let policy = RetryPolicy::CALL;
        for (failures, middle) in [(0, 250), (1, 1_000)] {
            let middle = Duration::from_millis(middle);
            for _ in 0..100 {
                let pause = policy.pause(failures, None).expect("another attempt");
                assert!(pause >= middle / 2 && pause <= middle * 3 / 2, "{failures}: {pause:?}");
            }
        }
        assert_eq!(policy.pause(2, None), None);
        assert_eq!(policy.pause(2, Some(Duration::ZERO)), None);
    }

    #[test]
    fn what_is_asked_for_is_waited_and_a_little_more() {
        let policy = RetryPolicy::CALL;
        for asked in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(2)] {
            let pauses: Vec<_> = (0..100).filter_map(|_| policy.pause(0, Some(asked))).collect();
            assert_eq!(pauses.len(), 100);
            assert!(pauses.iter().all(|pause| (asked..=asked + Duration::from_millis(250)).contains(pause)));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "many clients come back at once");
        }
        assert_eq!(policy.pause(0, Some(Duration::from_millis(2_001))), None);
    }

    #[test]
    fn pauses_of_an_export_grow_to_a_limit() {
        let policy = RetryPolicy::export(u32::MAX);
        for (failures, middle) in [(0, 500), (1, 1_000), (4, 8_000), (7, 30_000), (u32::MAX - 1, 30_000)] {
            let middle = Duration::from_millis(middle);
            let pause = policy.pause(failures, None).expect("another attempt");
            assert!(pause >= middle / 2 && pause <= middle * 3 / 2, "{failures}: {pause:?}");
        }
        let asked = Duration::from_secs(300);
        assert_eq!(policy.pause(0, Some(asked)), Some(asked));
        assert_eq!(policy.pause(0, Some(asked + Duration::from_millis(1))), None);
        // Less than the pause that is due anyway shortens nothing.
        assert!(policy.pause(0, Some(Duration::ZERO)) >= Some(Duration::from_millis(250)));
        assert_eq!(RetryPolicy::export(0).pause(0, None), None);
        assert!(RetryPolicy::export(8).pause(7, None).is_some());
        assert_eq!(RetryPolicy::export(8).pause(8, None), None);
    }
}
