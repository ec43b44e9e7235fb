//! Takes the API key out of what answers repeat of it, however it is written there.

use std::borrow::Cow;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};

use super::encoded::{CutOff, redact};

/// A body without the API key, should whoever answers repeat it.
pub(super) fn redact_key(body: Bytes, key: Option<&SecretString>) -> Bytes {
    without(body, key, CutOff::Ignored)
}

/// The same for the body of an error, which may end within the key: it is only read so far.
pub(super) fn redact_key_in_error(body: Bytes, key: Option<&SecretString>) -> Bytes {
    without(body, key, CutOff::Counts)
}

fn without(body: Bytes, key: Option<&SecretString>, cut_off: CutOff) -> Bytes {
    let Some(key) = key else { return body };
    // What is no UTF-8 is shown all the same, if it is an error.
    let text = std::str::from_utf8(&body).map_or_else(|_| String::from_utf8_lossy(&body), Cow::Borrowed);
    if let Cow::Owned(redacted) = redact(&text, key.expose_secret(), cut_off) {
        return redacted.into();
    }
    drop(text);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::REDACTED;

    #[test]
    fn a_hidden_key_is_found_wherever_it_stands() {
        let key = SecretString::from("sk_test_example_a");
        let clean = |text: &str| {
            let body = redact_key(Bytes::copy_from_slice(text.as_bytes()), Some(&key));
            String::from_utf8_lossy(&body).into_owned()
        };
        for text in [
            r#"{"a":["sk_test_example_a"]}"#,
            r#"{"a":["\u0073k_test_example_a"]}"#,
            r#"{"\u0073k_test_example_a":1}"#,
            r#"{"a":1,"a":"\u0073k_test_example_a \/"}"#,
            r#"{"a":"https://example.com/?key=sk%5Ftest%5fexample_a"}"#,
        ] {
            let clean = clean(text);
            assert!(clean.contains(REDACTED) && !clean.contains("example_a"), "{clean}");
            assert!(serde_json::from_str::<serde_json::Value>(&clean).is_ok(), "{clean}");
        }
        // Cut off after the key, it is no JSON, but a reader of raw text must not see it either.
        assert_eq!(clean(r#"{"a":"sk_test_example_a"#), format!(r#"{{"a":"{REDACTED}"#));
        assert_eq!(clean(r#"["\u0073k_test_example_a","#), format!(r#"["{REDACTED}","#));
        let raw = redact_key(Bytes::from_static(b"\xffsk_test_example_a"), Some(&key));
        assert_eq!(raw, format!("\u{fffd}{REDACTED}"));
        let harmless = format!(r#"["\u0074"{}]"#, ",1".repeat(1 << 18));
        assert_eq!(clean(&harmless), harmless);
    }

    #[test]
    fn the_body_of_an_error_may_end_within_the_key() {
        let key = SecretString::from("sk_test_example_a");
        for end in [r"sk_test_exa", r"\u0073k_test_ex", r"%73k%5ftest%5Fexam"] {
            let body = format!(r#"{{"message":"Bearer {end}"#);
            let clean = redact_key_in_error(body.into(), Some(&key));
            assert_eq!(clean, format!(r#"{{"message":"Bearer {REDACTED}"#));
        }
        let untouched = Bytes::from_static(b"{}");
        assert_eq!(redact_key_in_error(untouched.clone(), None), untouched);
    }
}
