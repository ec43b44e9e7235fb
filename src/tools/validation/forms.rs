//! What a text must look like that is an ID, a time or one of many words, and what to do if it does
//! not: told before anything is sent.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, Utc};

use crate::api::admin_portal::INTENTS;
use crate::api::ids::{IdKind, kinds_of};
use crate::schema::Field;
use crate::tools::suggestion::letters;

/// A time as it is sent; none if it is no time. What has an offset is sent as the same time in UTC,
/// because some routes refuse offsets. Whether WorkOS takes every form of ISO 8601, it says itself.
pub fn time(text: &str) -> Option<Cow<'_, str>> {
    const LONGEST: usize = 60;
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        let same = text.ends_with(['Z', 'z']);
        return Some(if same { Cow::Borrowed(text) } else { in_utc(time, text) });
    }
    if text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    // A fraction may have a comma, and a day may end at 24:00.
    let plain =
        text.to_ascii_uppercase().replace(',', ".").replace("T24:00", "T23:59").replace("T2400", "T2359");
    let (date, clock) =
        plain.split_once(['T', ' ']).map_or((&*plain, None), |(date, clock)| (date, Some(clock)));
    let is_date = |form: &&&str| NaiveDate::parse_from_str(date, form).is_ok();
    let date_form = ["%Y-%m-%d", "%Y%m%d", "%G-W%V-%u", "%GW%V%u", "%Y-%j", "%Y%j"].iter().find(is_date)?;
    let Some(clock) = clock else { return Some(Cow::Borrowed(text)) };
    let clock_forms = ["%H:%M:%S%.f", "%H:%M", "%H%M%S%.f", "%H%M"];
    let is_clock = |form: &str| NaiveTime::parse_from_str(clock.trim_end_matches('Z'), form).is_ok();
    if clock.matches('Z').count() < 2 && clock_forms.into_iter().any(is_clock) {
        return Some(Cow::Borrowed(text));
    }
    // An offset may be one of hours alone.
    let zoned = [format!("{date}T{clock}"), format!("{date}T{clock}00")];
    clock_forms.into_iter().find_map(|form| {
        let form = format!("{date_form}T{form}%z");
        zoned.iter().find_map(|whole| Some(in_utc(DateTime::parse_from_str(whole, &form).ok()?, text)))
    })
}

/// The same time in UTC, as far as years have four digits there.
fn in_utc(time: DateTime<FixedOffset>, text: &str) -> Cow<'_, str> {
    let time = time.to_utc();
    if (0..=9999).contains(&time.year()) {
        Cow::Owned(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    } else {
        Cow::Borrowed(text)
    }
}

/// What a time should be. Who was asked for "next Tuesday" may not know what day it is.
pub fn expected_time() -> String {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("a time in ISO 8601, as `{now}`, which is now")
}

/// What one of these words should be: all of them, or those of many that are near.
pub fn expected_word(words: &[&str], given: Option<&str>) -> String {
    const SHORT: usize = 120;
    // What is near to many is near to none.
    const MAX_NEAR: usize = 4;
    if let Some(meanings) = meanings(words) {
        return format!("one of {meanings}");
    }
    let all = words.join(", ");
    let near = if all.len() > SHORT { near_words(words, given.unwrap_or_default()) } else { Vec::new() };
    if near.is_empty() || near.len() > MAX_NEAR {
        return format!("one of {all}");
    }
    let shown: Vec<String> = near.iter().map(|word| format!("`{word}`")).collect();
    let are = if near.len() == 1 { "is" } else { "are" };
    format!("one of {} words, of which the nearest {are} {}", words.len(), shown.join(", "))
}

/// What each of these words means, where that is known of all.
fn meanings(words: &[&str]) -> Option<String> {
    let meaning = |word: &&str| {
        let (word, what) = INTENTS.iter().find(|(known, _)| known == word)?;
        Some(format!("`{word}` (the admin {what})"))
    };
    words.iter().map(meaning).collect::<Option<Vec<_>>>().map(|meanings| meanings.join(", "))
}

/// What a text should be: of an ID, the form.
pub fn expected_text(field: Option<&Field>) -> String {
    let kinds: Vec<&IdKind> = field.into_iter().flat_map(kinds_of).collect();
    let forms: Vec<String> =
        kinds.iter().filter_map(|kind| Some(format!("`{}_…`", kind.prefixes.first()?))).collect();
    if forms.is_empty() { "a string".to_owned() } else { format!("a string, {}", forms.join(" or ")) }
}

/// The words that are nearest to what was given: those that begin like it; else those that hold it,
/// or a part of it; else those that a few letters away begin like it.
fn near_words<'a>(words: &[&'a str], given: &str) -> Vec<&'a str> {
    const LONGEST: usize = 60;
    let asked = letters(given);
    if asked.is_empty() || asked.len() > LONGEST {
        return Vec::new();
    }
    let parts: Vec<String> = given
        .split(|character: char| !character.is_alphanumeric())
        .map(letters)
        .filter(|part| part.len() > 2 && !["saml", "oidc", "oauth", "sso", "scim"].contains(&part.as_str()))
        .collect();
    let most = 1.max(asked.chars().count() / 4);
    let begins = |word: &str| word.starts_with(&asked) || asked.starts_with(word);
    let holds = |word: &str| asked.len() > 2 && word.contains(&asked);
    let shares = |word: &str| parts.iter().any(|part| word.contains(part.as_str()));
    let length = asked.chars().count();
    let resembles = |word: &str| {
        let beginning = |length: usize| word.chars().take(length).collect::<String>();
        length > 4
            && (length - 1..=length + 1)
                .any(|length| strsim::osa_distance(&asked, &beginning(length)) <= most)
    };
    let that = |near: &dyn Fn(&str) -> bool| -> Vec<&'a str> {
        words.iter().copied().filter(|word| near(&letters(word))).collect()
    };
    [&begins as &dyn Fn(&str) -> bool, &holds, &shares, &resembles]
        .into_iter()
        .map(that)
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_none() {
        for same in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.123Z",
            "2026-01-01t00:00:00z",
            "2026-01-01",
            "2026-01-01T10:00",
            "2026-01-01T10:00Z",
            "2026-01-01T10:00:00",
            "2026-01-01 10:00:00Z",
            "20260101T000000Z",
            "20260101",
            "2026-01-01T00:00:00,5Z",
            "2026-01-01T24:00:00Z",
            "2026-W01-4",
            "2026-001",
        ] {
            assert_eq!(time(same).as_deref(), Some(same));
        }
        for (given, utc) in [
            ("2026-01-01T01:00:00+02:00", "2025-12-31T23:00:00Z"),
            ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z"),
            ("2026-01-01T01:00+02:00", "2025-12-31T23:00:00Z"),
            ("2026-01-01T00:00:00+0200", "2025-12-31T22:00:00Z"),
            ("2026-01-01T00:00:00-02", "2026-01-01T02:00:00Z"),
            ("20260101T000000+0130", "2025-12-31T22:30:00Z"),
            (" 2026-01-01T00:00:00Z\n", "2026-01-01T00:00:00Z"),
            // Out of four digits it stays as it is.
            ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-01:00"),
            ("0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00+01:00"),
        ] {
            assert_eq!(time(given).as_deref(), Some(utc), "{given}");
        }
        for none in [
            "next tuesday",
            "",
            "now",
            "-7d",
            "1767225600",
            "1767225600000",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-366",
            "2026-W54-1",
            "01/02/2026",
            "Thu, 01 Jan 2026 00:00:00 GMT",
            "2026-01-01T25:00:00Z",
            "2026-01-01T00:00:00Zulu",
            "2026-01-01T",
            "\u{661}2026-01-01",
        ] {
            assert_eq!(time(none), None, "{none}");
        }
    }

    #[test]
    fn near_words_of_many_are_found() {
        let words = [
            "ADFSSAML",
            "AzureSAML",
            "EntraIdOIDC",
            "GenericOIDC",
            "GenericSAML",
            "GithubOAuth",
            "GoogleOAuth",
            "GoogleSAML",
            "OktaOIDC",
            "OktaSAML",
            "OneLoginSAML",
            "PingOneSAML",
            "TestIdp",
        ];
        let near = |given| near_words(&words, given);
        assert_eq!(near("okta"), ["OktaOIDC", "OktaSAML"]);
        assert_eq!(near("azure ad"), ["AzureSAML"]);
        assert_eq!(near("Okta SAML"), ["OktaSAML"]);
        assert_eq!(near("gogle"), ["GoogleOAuth", "GoogleSAML"]);
        assert_eq!(near("slam"), [""; 0]);
        assert_eq!(near("one-login"), ["OneLoginSAML"]);
        assert_eq!(near("GitHubOAuth2"), ["GithubOAuth"]);
        assert_eq!(near("something else"), [""; 0]);
        assert_eq!(near(""), [""; 0]);
        assert_eq!(near(&"x".repeat(1_000_000)), [""; 0]);
        assert_eq!(
            expected_word(&words, Some("okta")),
            "one of 13 words, of which the nearest are `OktaOIDC`, `OktaSAML`"
        );
        assert_eq!(expected_word(&["asc", "desc"], Some("up")), "one of asc, desc");
        assert!(expected_word(&words, Some("?")).contains("ADFSSAML, AzureSAML, "));
    }
}
