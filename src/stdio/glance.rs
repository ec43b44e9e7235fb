//! A look at a line without building it: how much memory it would ask for, and, where it
//! cannot be taken as a message, whether it is JSON and which id it carries.
//!
//! What reads messages refuses some lines that are good JSON: half of a surrogate pair,
//! numbers beyond any, deep nesting. Whoever sent them waits for an answer with their id.

use serde_json::Value;

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

/// What is known of a line that is not taken as a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The id as it was written, whatever it is.
    pub id: Option<&'a str>,
    /// It asks for something.
    pub method: bool,
    /// It answers something.
    pub outcome: bool,
    /// It holds several messages.
    pub batch: bool,
}

impl<'a> Envelope<'a> {
    /// The id as it was written, if an answer can carry it.
    pub fn answerable(&self) -> Option<&'a str> {
        self.id.filter(|id| matches!(serde_json::from_str(id), Ok(Value::String(_) | Value::Number(_))))
    }
}

/// The envelope of a line, and where the line stops to be JSON, if it does.
pub fn envelope(line: &[u8]) -> (Envelope<'_>, Result<(), usize>) {
    let (text, broken) = match std::str::from_utf8(line) {
        Ok(text) => (text, None),
        Err(error) => {
            let whole = error.valid_up_to();
            (std::str::from_utf8(&line[..whole]).unwrap_or_default(), Some(whole))
        }
    };
    let mut scan = Scan { text, at: 0, id: None, envelope: Envelope::default() };
    let read = scan.document();
    let end = match (read, broken) {
        (_, Some(at)) => Err(at),
        (None, None) => Err(scan.at),
        (Some(()), None) => Ok(()),
    };
    (scan.envelope, end)
}

/// Reads JSON without recursion and without keeping anything of it.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Where the id of the message begins, while it is read.
    id: Option<usize>,
    envelope: Envelope<'a>,
}

impl<'a> Scan<'a> {
    fn document(&mut self) -> Option<()> {
        // What closes the objects and lists that are open.
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    self.envelope.batch |= open.is_empty() && bracket == b'[';
                    open.push(bracket + 2);
                    self.space();
                    if self.peek()? != bracket + 2 {
                        if bracket == b'{' {
                            self.name(open.len())?;
                        }
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.word()?,
            }
            // A value has ended; with it whatever closes here.
            loop {
                if open.len() == 1
                    && let Some(from) = self.id.take()
                {
                    self.envelope.id = self.text.get(from..self.at);
                }
                self.space();
                let Some(&close) = open.last() else {
                    return (self.at == self.text.len()).then_some(());
                };
                let next = self.peek()?;
                if next == close {
                    self.at += 1;
                    open.pop();
                } else if next == b',' {
                    self.at += 1;
                    if close == b'}' {
                        self.space();
                        self.name(open.len())?;
                    }
                    break;
                } else {
                    return None;
                }
            }
        }
    }

    /// Reads a name and its colon.
    fn name(&mut self, depth: usize) -> Option<()> {
        let name = self.string()?;
        self.space();
        self.take(b':')?;
        self.space();
        if depth == 1 {
            match name {
                "id" => self.id = Some(self.at),
                "method" => self.envelope.method = self.peek()? == b'"',
                "result" | "error" => self.envelope.outcome = true,
                _ => {}
            }
        }
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// A string, as it was written between its quotes.
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let from = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return self.text.get(from..self.at - 1);
                }
                b'\\' => {
                    self.at += 1;
                    match self.peek()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                        b'u' => {
                            let digits = self.text.as_bytes().get(self.at + 1..self.at + 5)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then(|| self.at += 5)?;
                        }
                        _ => return None,
                    }
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn word(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        Some(())
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
        assert!(request.method && request.id.is_some() && !request.outcome && !request.batch);
        let (notification, _) = envelope(br#"{"method":"x","params":{"id":1}}"#);
        assert!(notification.method && notification.id.is_none());
        assert!(!envelope(br#"{"method":1}"#).0.method);
        let (response, _) = envelope(br#"{"id":1,"result":[]}"#);
        assert!(!response.method && response.outcome && !response.batch);
        assert!(envelope(b"[{}]").0.batch);
    }

    #[test]
    fn a_line_that_breaks_off_still_has_its_beginning() {
        let (envelope, read) = envelope(br#"{"id":7,"method":"x","params":"aaaa"#);
        assert_eq!((envelope.answerable(), read), (Some("7"), Err(35)));
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
