//! A look at a line without building it: how much memory it would ask for, and, where it
//! cannot be taken as a message, whether it is JSON and which id it carries.
//!
//! What reads messages refuses some lines that are good JSON: half of a surrogate pair,
//! numbers beyond any, deep nesting. Whoever sent them waits for an answer with their id.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// How many values, names and brackets a line holds, about.
pub fn values(line: &[u8]) -> usize {
    let (mut values, mut quoted, mut escaped) = (1, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' | b':' | b'[' | b'{' if !quoted => values += 1,
            _ => {}
        }
    }
    values
}

/// Whether a line of JSON holds a number beyond any, `1e999`: to most who read it that is none.
/// Whole numbers may be as long as they like.
pub fn has_number_beyond_any(line: &[u8]) -> bool {
    let mut at = 0;
    let (mut quoted, mut start) = (false, None);
    while let Some(byte) = line.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'0'..=b'9' | b'-' if !quoted && start.is_none() => start = Some(at),
            b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-' => {}
            _ => start = None,
        }
        at += 1;
        let ends =
            !line.get(at).is_some_and(|next| matches!(next, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
        if let Some(start) = start.filter(|_| ends) {
            let number = std::str::from_utf8(&line[start..at]).unwrap_or_default();
            if number.contains(['e', 'E']) && number.parse::<f64>().is_ok_and(f64::is_infinite) {
                return true;
            }
        }
    }
    false
}

/// What is known of a line that is not taken as a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The id as it was written, whatever it is; the last, if there are several.
    pub id: Option<&'a str>,
    /// It asks for something.
    pub method: bool,
    /// It answers something.
    pub response: bool,
    /// It holds several messages.
    pub batch: bool,
}

impl<'a> Envelope<'a> {
    /// The id as it was written, if an answer can carry it.
    pub fn answerable(&self) -> Option<&'a str> {
        self.id.filter(|id| match serde_json::from_str(id) {
            Ok(Value::String(_)) => true,
            // Whoever asked reads it as a float, and could not tell this one from another.
            Ok(Value::Number(number)) => number.as_f64().is_some(),
            _ => false,
        })
    }
}

/// The envelope of a line, as far as it can be read, and where the line stops to be JSON, if
/// it does.
pub fn envelope(line: &[u8]) -> (Envelope<'_>, Result<(), usize>) {
    let (text, not_utf8) = match std::str::from_utf8(line) {
        Ok(text) => (text, None),
        Err(error) => {
            let whole = error.valid_up_to();
            (std::str::from_utf8(&line[..whole]).unwrap_or_default(), Some(whole))
        }
    };
    let mut envelope = Envelope::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let read = match text.trim_start().bytes().next() {
        Some(b'{') => Reader(&mut envelope).deserialize(&mut json),
        first => {
            envelope.batch = first == Some(b'[');
            json.deserialize_ignored_any(IgnoredAny).map(|_| ())
        }
    };
    let end = match (read.and_then(|()| json.end()), not_utf8) {
        (_, Some(at)) => Err(at),
        (Err(error), None) if error.is_eof() => Err(text.len()),
        (Err(error), None) => Err(error.column().saturating_sub(1)),
        (Ok(()), None) => Ok(()),
    };
    (envelope, end)
}

/// Reads the names of an object and skips their values: what is read stays, also if the rest
/// cannot be.
struct Reader<'e, 'a>(&'e mut Envelope<'a>);

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<&RawValue>()? {
            match name.get() {
                r#""id""# => self.0.id = Some(entries.next_value::<&RawValue>()?.get()),
                r#""method""# => {
                    self.0.method = entries.next_value::<&RawValue>()?.get().starts_with('"');
                }
                name => {
                    self.0.response |= matches!(name, r#""result""# | r#""error""#);
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::*;

    fn id(line: &str) -> Option<&str> {
        let (envelope, read) = envelope(line.as_bytes());
        assert_eq!(read, Ok(()), "{line}");
        envelope.answerable()
    }

    #[test]
    fn the_id_is_read_as_it_was_written() {
        assert_eq!(id(r#"{"id":7}"#), Some("7"));
        assert_eq!(id(r#" { "params" : {"id":1,"x":[{"id":2}]} , "id" : "a\"b" } "#), Some(r#""a\"b""#));
        assert_eq!(id(r#"{"id":18446744073709551616,"p":"\ud800"}"#), Some("18446744073709551616"));
        assert_eq!(id(r#"{"id":1,"id":2}"#), Some("2"));
        for none in
            [r#"{"id":null}"#, r#"{"id":{"id":1}}"#, r#"{"id":"\ud800"}"#, r#"{"id":1e999}"#, "[1]", "5"]
        {
            assert_eq!(id(none), None, "{none}");
        }
        let deep = format!(r#"{{"params":{}1{},"id":3}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(id(&deep), Some("3"));
    }

    #[test]
    fn what_kind_of_message_it_was_to_be() {
        let (request, _) = envelope(br#"{"id":1,"method":"x","params":{"result":1}}"#);
        assert!(request.method && request.id.is_some() && !request.response && !request.batch);
        let (notification, _) = envelope(br#"{"method":"x","params":{"id":1}}"#);
        assert!(notification.method && notification.id.is_none());
        assert!(!envelope(br#"{"method":1}"#).0.method);
        let (response, _) = envelope(br#"{"id":1,"result":[]}"#);
        assert!(!response.method && response.response && !response.batch);
        assert!(envelope(b"[{}]").0.batch);
    }

    #[test]
    fn a_line_that_breaks_off_still_has_its_beginning() {
        let (envelope, read) = envelope(br#"{"id":7,"method":"x","params":"aaaa"#);
        assert_eq!((envelope.answerable(), read), (Some("7"), Err(35)));
    }

    #[test]
    fn numbers_beyond_any_are_seen() {
        for line in ["1e999", "-1E+999", r#"{"a":[1,2e400]}"#, "[1e999 ]", r#"{"1e5":1e999}"#] {
            assert!(has_number_beyond_any(line.as_bytes()), "{line}");
        }
        let long = "9".repeat(500);
        for line in ["1e9", r#"{"a":"1e999"}"#, r#"{"1e999\"":-1.5e300}"#, "1e-999", "[1,2]", "", "-", &long]
        {
            assert!(!has_number_beyond_any(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn values_in_strings_do_not_count() {
        assert_eq!(values(br#""a,b:[\",{""#), 1);
        assert_eq!(values(br#"{"a":[1,2,{}]}"#), 7);
    }

    proptest! {
        /// Where serde reads a line, so does this; where it does not, its reason is not the syntax.
        #[test]
        fn it_agrees_with_serde(line in proptest::collection::vec(prop_oneof![
            Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\"id\""), Just("\"\\u12aB\""),
            Just("1"), Just("-0.5e+3"), Just("01"), Just("1."), Just("true"), Just("nul"), Just(" "), Just("\"\\x\""),
        ], 0..12).prop_map(|parts| parts.concat())) {
            let serde = serde_json::from_str::<serde::de::IgnoredAny>(&line).is_ok();
            assert_eq!(envelope(line.as_bytes()).1.is_ok(), serde, "{line}");
        }

        #[test]
        fn it_takes_any_bytes(line in proptest::collection::vec(any::<u8>(), 0..64)) {
            let serde = serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_ok();
            assert!(envelope(&line).1.is_ok() >= serde);
        }
    }
}
