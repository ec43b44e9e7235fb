//! Takes the API key out of what answers repeat of it, however it is written there.

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::schema::REDACTED;

/// Longest body in which a hidden key is replaced; a longer one is withheld.
const MAX_REWRITTEN: usize = 256 << 10;

/// A body without the API key, should whoever answers repeat it. `None` if it is hidden in a
/// body that cannot be rewritten, or is too long for it.
pub(super) fn redact_key(body: Bytes, key: Option<&SecretString>) -> Option<Bytes> {
    let Some(key) = key else { return Some(body) };
    let key = key.expose_secret();
    // What is no UTF-8 is shown all the same, if it is an error.
    let text = String::from_utf8_lossy(&body);
    // Escapes could hide it until the JSON is read.
    if (text.contains("\\u00") || text.contains("\\/")) && hides(&text, key) {
        if text.len() > MAX_REWRITTEN {
            return None;
        }
        let plain = serde_json::from_str::<serde_json::Value>(&text).ok()?;
        return Some(plain.to_string().replace(key, REDACTED).into());
    }
    if text.contains(key) {
        return Some(text.replace(key, REDACTED).into());
    }
    drop(text);
    Some(body)
}

/// Whether a string of a JSON text holds the key. Looks without keeping anything: as a tree,
/// a long text of tiny values is a hundred times its size.
fn hides(text: &str, key: &str) -> bool {
    let mut found = false;
    // What cannot be read is no JSON, and nobody reads it as such.
    let _ = Seeker { key, found: &mut found }.deserialize(&mut serde_json::Deserializer::from_str(text));
    found
}

struct Seeker<'a> {
    key: &'a str,
    found: &'a mut bool,
}

impl Seeker<'_> {
    fn again(&mut self) -> Seeker<'_> {
        Seeker { key: self.key, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Seeker<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seeker<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        *self.found |= value.contains(self.key);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key_seed(self.again())?.is_some() {
            entries.next_value_seed(self.again())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_key_is_found_wherever_it_stands() {
        let key = SecretString::from("sk_test_example_a");
        let clean = |text: &str| {
            redact_key(Bytes::copy_from_slice(text.as_bytes()), Some(&key))
                .map(|body| String::from_utf8_lossy(&body).into_owned())
        };
        for text in [
            r#"{"a":["sk_test_example_a"]}"#,
            r#"{"a":["\u0073k_test_example_a"]}"#,
            r#"{"\u0073k_test_example_a":1}"#,
            r#"{"a":1,"a":"\u0073k_test_example_a \/"}"#,
        ] {
            let clean = clean(text).unwrap_or_default();
            assert!(clean.contains(REDACTED) && !clean.contains("k_test_example_a"), "{clean}");
        }
        // Cut off after the key, it is no JSON, but a reader of raw text must not see it either.
        assert_eq!(clean(r#"{"a":"sk_test_example_a"#), Some(format!(r#"{{"a":"{REDACTED}"#)));
        let raw = redact_key(Bytes::from_static(b"\xffsk_test_example_a"), Some(&key)).unwrap_or_default();
        assert_eq!(raw, format!("\u{fffd}{REDACTED}"));
        assert_eq!(clean(r#"["\u0073k_test_example_a","#), None);
        let long = format!(r#"["\u0073k_test_example_a"{}]"#, ",1".repeat(MAX_REWRITTEN));
        assert_eq!(clean(&long), None);
        let harmless = format!(r#"["\u0074"{}]"#, ",1".repeat(MAX_REWRITTEN));
        assert_eq!(clean(&harmless), Some(harmless));
    }
}
