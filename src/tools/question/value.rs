//! Values of answers beside each other: what is the same, what is earlier, and in which order they come.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::{Number, Value};

/// The time that a text is: in ISO 8601, a date as its beginning, without an offset in UTC.
pub fn time(text: &str) -> Option<DateTime<Utc>> {
    if !looks_like_time(text) {
        return None;
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Some(date) = date(text) {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    let text = text.trim_end_matches(['Z', 'z']);
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    forms
        .iter()
        .find_map(|form| Some(NaiveDateTime::parse_from_str(text, form).ok()?.and_utc()))
        .or_else(|| zoned.iter().find_map(|form| Some(DateTime::parse_from_str(text, form).ok()?.to_utc())))
}

/// The day that a text is, if it is nothing more.
pub fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

/// Most text is none, and is told from times at a glance.
fn looks_like_time(text: &str) -> bool {
    const LONGEST: usize = 40;
    let bytes = text.as_bytes();
    (10..=LONGEST).contains(&bytes.len())
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[7] == b'-'
}

/// Something that a caller wants a value to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    value: Value,
    time: Option<DateTime<Utc>>,
    date: Option<NaiveDate>,
}

impl Wanted {
    /// Text, a number, true or false.
    pub fn new(value: Value) -> Self {
        let text = value.as_str();
        Self { time: text.and_then(time), date: text.and_then(date), value }
    }

    /// The value as it was given.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether a value is this one: text as it is written, e-mail addresses in any case, times as times,
    /// on a day as that day. A number or a truth value may be written as text, on either side.
    pub fn is(&self, value: &Value) -> bool {
        match (&self.value, value) {
            (Value::String(wanted), Value::String(text)) => {
                wanted == text
                    || (wanted.contains('@') && same_in_any_case(wanted, text))
                    || self.is_time(text)
            }
            (Value::Number(wanted), Value::Number(number)) => same_number(wanted, number),
            (Value::Bool(wanted), Value::Bool(value)) => wanted == value,
            (Value::String(text), other) | (other, Value::String(text)) => written_as(text, other),
            _ => false,
        }
    }

    fn is_time(&self, text: &str) -> bool {
        let Some(wanted) = self.time else { return false };
        time(text).is_some_and(|time| time == wanted || self.date == Some(time.date_naive()))
    }

    /// Whether a text is this one but for its case.
    pub fn is_in_any_case(&self, value: &Value) -> bool {
        matches!((&self.value, value), (Value::String(wanted), Value::String(text)) if same_in_any_case(wanted, text))
    }
}

fn same_in_any_case(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || (!(one.is_ascii() && other.is_ascii()) && one.to_lowercase() == other.to_lowercase())
}

fn written_as(text: &str, value: &Value) -> bool {
    match value {
        Value::Number(number) => text.trim() == number.as_str(),
        Value::Bool(value) => text.trim().eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        _ => false,
    }
}

fn same_number(one: &Number, other: &Number) -> bool {
    let whole = |number: &Number| number.as_i128();
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_str() == other.as_str() || (one.as_f64().is_some() && one.as_f64() == other.as_f64()),
    }
}

/// The number that a value is, or is written as.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// Where a value stands in an order: numbers, times, text in any case, truth values.
#[derive(Debug, Clone, PartialEq)]
pub enum Rank {
    /// Of numbers.
    Number(f64),
    /// Of times.
    Time(DateTime<Utc>),
    /// Of text, in lower case.
    Text(String),
    /// False before true.
    Bool(bool),
}

impl Rank {
    /// That of a value; objects have none.
    pub fn of(value: &Value) -> Option<Self> {
        /// Beginnings that are the same so far come as they came.
        const MAX_TEXT: usize = 256;
        Some(match value {
            Value::Number(number) => Self::Number(number.as_f64()?),
            Value::Bool(value) => Self::Bool(*value),
            Value::String(text) => match time(text) {
                Some(time) => Self::Time(time),
                None => Self::Text(text.chars().take(MAX_TEXT).flat_map(char::to_lowercase).collect()),
            },
            _ => return None,
        })
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Time(_) => 1,
            Self::Text(_) => 2,
            Self::Bool(_) => 3,
        }
    }

    /// Which comes first in ascending order.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_times_however_they_are_written() {
        let first = time("2026-01-15T12:00:00.000Z");
        for same in [
            "2026-01-15T12:00:00Z",
            "2026-01-15T13:00:00+01:00",
            "2026-01-15T12:00",
            "2026-01-15 12:00:00",
            "2026-01-15 12:00:00Z",
            "2026-01-15T12:00Z",
            "2026-01-15t12:00:00z",
            "2026-01-15 13:00:00+01",
        ] {
            assert_eq!(time(same), first, "{same}");
        }
        assert_eq!(time("2026-01-15"), time("2026-01-15T00:00:00Z"));
        for none in
            ["", "2026", "2026-01-1", "2026-13-01", "20260115", "1768478400", "next week", "2026-01-15Tx"]
        {
            assert_eq!(time(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_the_same() {
        let is = |wanted: Value, value: Value| Wanted::new(wanted).is(&value);
        for (wanted, value) in [
            (json!("a"), json!("a")),
            (json!("Anna@Example.com"), json!("anna@example.com")),
            (json!("2026-01-15T13:00:00+01:00"), json!("2026-01-15T12:00:00.000Z")),
            (json!("2026-01-15"), json!("2026-01-15T23:59:59.999Z")),
            (json!("2026-01-15"), json!("2026-01-15")),
            (json!(5), json!(5.0)),
            (json!(5), json!("5")),
            (json!("5"), json!(5)),
            (json!("true"), json!(true)),
            (json!(false), json!("False")),
        ] {
            assert!(is(wanted.clone(), value.clone()), "{wanted} {value}");
        }
        for (wanted, value) in [
            (json!("Sales"), json!("sales")),
            (json!("2026-01-15"), json!("2026-01-16T00:00:00Z")),
            (json!("2026-01-15T00:00:00Z"), json!("2026-01-15T01:00:00Z")),
            (json!("05"), json!(5)),
            (json!(1), json!(true)),
            (json!("1"), json!(true)),
            (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64)),
            (json!("a"), json!({"a": 1})),
            (json!("null"), json!(null)),
        ] {
            assert!(!is(wanted.clone(), value.clone()), "{wanted} {value}");
        }
        assert!(Wanted::new(json!("Sales")).is_in_any_case(&json!("sales")));
        assert!(Wanted::new(json!("ÄRZTE")).is_in_any_case(&json!("ärzte")));
    }

    #[test]
    fn ranks_are_in_order() {
        let sorted = [
            json!(-1),
            json!(2.5),
            json!(10),
            json!("2025-12-31"),
            json!("2026-01-15T13:00:00+02:00"),
            json!("2026-01-15T12:00:00Z"),
            json!("Anna"),
            json!("ben"),
            json!(false),
            json!(true),
        ];
        let ranks: Vec<Rank> = sorted.iter().filter_map(Rank::of).collect();
        assert_eq!(ranks.len(), sorted.len());
        assert!(ranks.windows(2).all(|pair| pair[0].order(&pair[1]) == Ordering::Less), "{ranks:?}");
        assert_eq!(Rank::of(&json!({})), None);
    }
}
