//! Takes a credential out of text, however it is written there: as it is, percent-encoded, with
//! the escapes of JSON, or cut off at the end.

use std::borrow::Cow;

use crate::schema::REDACTED;

/// The fewest bytes of a credential that count as one that was cut off.
const MIN_CUT_OFF: usize = 8;
/// The fewest bytes of an API key behind what all keys begin with that are not there by chance.
const MIN_OF_KEY: usize = 4;

/// Whether the beginning of a credential counts as the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutOff {
    /// Only all of it counts.
    Ignored,
    /// It does where the text ends, and for an API key anywhere.
    Counts,
}

/// The text with [`REDACTED`] in place of the credential.
pub(crate) fn redact<'a>(text: &'a str, credential: &str, cut_off: CutOff) -> Cow<'a, str> {
    if credential.is_empty() {
        return Cow::Borrowed(text);
    }
    // Most texts need no closer look.
    if cut_off == CutOff::Ignored && !may_be_encoded(text) && !contains(text, credential) {
        return Cow::Borrowed(text);
    }
    replaced(text, &Needle::new(credential, cut_off)).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether there is anything in a text that stands for something else.
fn may_be_encoded(text: &str) -> bool {
    // To the end without leaving early, which is done many bytes at a time.
    text.bytes().fold(false, |found, byte| found | matches!(byte, b'%' | b'\\' | b'+'))
}

/// Whether a text holds the credential as it is.
fn contains(text: &str, credential: &str) -> bool {
    // The beginning first: `std` looks for so many bytes many times as fast as for more.
    text.contains(credential.get(..32).unwrap_or(credential)) && text.contains(credential)
}

/// Whether a text holds the credential, or the beginning of it.
pub(crate) fn holds(text: &str, credential: &str) -> bool {
    matches!(redact(text, credential, CutOff::Counts), Cow::Owned(_))
}

/// What is looked for.
struct Needle<'a> {
    bytes: &'a [u8],
    /// So many bytes of it count where the text ends.
    at_end: usize,
    /// So many count anywhere.
    anywhere: usize,
}

impl<'a> Needle<'a> {
    fn new(credential: &'a str, cut_off: CutOff) -> Self {
        let bytes = credential.as_bytes();
        let never = usize::MAX;
        if cut_off == CutOff::Ignored {
            return Self { bytes, at_end: never, anywhere: never };
        }
        match public_part(credential) {
            Some(public) => Self {
                bytes,
                at_end: MIN_CUT_OFF.max(public + 1),
                anywhere: MIN_CUT_OFF.max(public + MIN_OF_KEY),
            },
            None => Self { bytes, at_end: MIN_CUT_OFF.min(bytes.len() - 1).max(4), anywhere: never },
        }
    }

    /// Where it ends that begins at the beginning of this text, if it does.
    fn end_in(&self, text: &[u8]) -> Option<usize> {
        if text[0] != self.bytes[0] && !matches!(text[0], b'%' | b'\\' | b'+') {
            return None;
        }
        if text.starts_with(self.bytes) {
            return Some(self.bytes.len());
        }
        let (mut at, mut found) = (0, 0);
        while found < self.bytes.len() {
            let wanted = &self.bytes[found..];
            // What looks encoded may be how the credential itself is written.
            if wanted[0] == b'%' && text[at..].starts_with(&wanted[..wanted.len().min(3)]) {
                (at, found) = (at + 1, found + 1);
                continue;
            }
            let Some(unit) = Unit::first_of(&text[at..]) else { break };
            let blank = text[at] == b'+' && wanted[0] == b' ';
            if !(blank || wanted.starts_with(unit.bytes())) {
                break;
            }
            found += unit.length;
            at += unit.taken;
        }
        let counts = found == self.bytes.len()
            || found >= self.anywhere
            || (found >= self.at_end && ends(&text[at..]));
        counts.then_some(at)
    }
}

/// How much of a credential every API key begins with: `sk_test_`.
fn public_part(credential: &str) -> Option<usize> {
    let rest = credential.strip_prefix("sk_")?;
    Some("sk_".len() + rest.find('_').map_or(0, |end| end + 1))
}

/// Whether a text is over: what is left only closes it, or says that something was left out, or
/// is half of an escape.
fn ends(rest: &[u8]) -> bool {
    let closes = |byte: &u8| b" \t\r\n.\"'`)]}>,;\\\xe2\x80\xa6".contains(byte);
    rest.iter().all(closes) || (rest.len() < 12 && Unit::first_of(rest).is_none())
}

/// The text with everything in it that is or decodes to the credential replaced.
fn replaced(text: &str, needle: &Needle<'_>) -> Option<String> {
    let bytes = text.as_bytes();
    let mut redacted = String::new();
    let (mut at, mut kept) = (0, 0);
    while at < bytes.len() {
        match needle.end_in(&bytes[at..]) {
            Some(length) => {
                redacted.push_str(&text[kept..at]);
                redacted.push_str(REDACTED);
                at += length;
                kept = at;
            }
            // An escaped backslash does not begin another escape.
            None if bytes[at..].starts_with(b"\\\\") => at += 2,
            None => at += 1,
        }
    }
    if kept == 0 {
        return None;
    }
    redacted.push_str(&text[kept..]);
    Some(redacted)
}

/// A byte, or what stands in a text for one or several.
struct Unit {
    bytes: [u8; 4],
    length: usize,
    /// How many bytes of the text it takes.
    taken: usize,
}

impl Unit {
    fn byte(byte: u8, taken: usize) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1, taken }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// None where the text ends, be it within an escape.
    fn first_of(text: &[u8]) -> Option<Self> {
        let byte = *text.first()?;
        match (byte, text.get(1)) {
            (b'%', Some(high)) if high.is_ascii_hexdigit() => match text.get(2) {
                Some(low) if low.is_ascii_hexdigit() => {
                    Some(Self::byte(u8::try_from(hex(&text[1..3])?).ok()?, 3))
                }
                Some(_) => Some(Self::byte(byte, 1)),
                None => None,
            },
            (b'%' | b'\\', None) => None,
            (b'\\', Some(b'u')) => Self::unicode(text),
            (b'\\', Some(escaped)) => Some(Self::byte(
                match escaped {
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                },
                2,
            )),
            _ => Some(Self::byte(byte, 1)),
        }
    }

    /// `\u0073`, or two of them for what is beyond.
    fn unicode(text: &[u8]) -> Option<Self> {
        let digits = |from: usize| text.get(from..from + 4);
        let Some(high) = hex(digits(2)?) else { return Some(Self::byte(b'\\', 1)) };
        let low = || match text.get(6..8)? {
            [b'\\', b'u'] => hex(digits(8)?).filter(|low| (0xdc00..0xe000).contains(low)),
            _ => None,
        };
        let (code, taken) = match high {
            0xd800..0xdc00 => match low() {
                Some(low) => (0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12),
                None => (0xfffd, 6),
            },
            _ => (high, 6),
        };
        let mut bytes = [0; 4];
        let length = char::from_u32(code).unwrap_or('\u{fffd}').encode_utf8(&mut bytes).len();
        Some(Self { bytes, length, taken })
    }
}

/// The number that these digits write.
fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

    use super::*;

    const KEY: &str = "sk_test_example_a";

    fn errors(text: &str, credential: &str) -> String {
        redact(text, credential, CutOff::Counts).into_owned()
    }

    #[test]
    fn a_credential_is_found_however_it_is_written() {
        let each = |written: fn(u8) -> String| KEY.bytes().map(written).collect::<Vec<_>>().concat();
        for text in [
            KEY.to_owned(),
            percent_encode(KEY.as_bytes(), NON_ALPHANUMERIC).to_string(),
            KEY.replace('_', "%5f"),
            each(|byte| format!("%{byte:02x}")),
            each(|byte| format!("%{byte:02X}")),
            each(|byte| format!("\\u{byte:04x}")),
            KEY.replacen('s', "\\u0073", 1),
        ] {
            for cut_off in [CutOff::Ignored, CutOff::Counts] {
                let found = redact(&format!("a {text} b {text}"), KEY, cut_off).into_owned();
                assert_eq!(found, format!("a {REDACTED} b {REDACTED}"), "{text}");
            }
        }
        let password = "pä ss+/\"\\\u{1f511}%41";
        let quoted = serde_json::Value::from(password).to_string();
        let form = url::form_urlencoded::byte_serialize(password.as_bytes()).collect::<String>();
        let ascii = password.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat();
        for text in [
            password.to_owned(),
            quoted.trim_matches('"').to_owned(),
            form.to_ascii_lowercase(),
            form,
            percent_encode(password.as_bytes(), NON_ALPHANUMERIC).to_string(),
            ascii,
        ] {
            assert_eq!(errors(&format!("<{text}>"), password), format!("<{REDACTED}>"), "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_counts_at_the_end_and_a_key_anywhere() {
        for end in ["", "\"}", "...", "…", "'.\n", "%5", "\\u00"] {
            for length in 9..KEY.len() {
                let cut = &KEY[..length];
                let found = errors(&format!("Bearer {cut}{end}"), KEY);
                assert!(found.starts_with("Bearer [masked]"), "{cut}{end}: {found}");
            }
        }
        assert_eq!(errors("sk_test_exam is wrong", KEY), "[masked] is wrong");
        assert_eq!(errors("%73k_test_exam is wrong", KEY), "[masked] is wrong");
        assert_eq!(errors("example_pass", "example_password"), REDACTED);
        for text in
            ["a key begins with sk_test_", "sk_test_, sk_live_", "sk_test_e is short", "example_pass is"]
        {
            assert_eq!(errors(text, KEY), text);
            assert_eq!(errors(text, "example_password"), text);
        }
        // In answers only all of it is meant: keys of others begin alike.
        assert_eq!(redact("sk_test_exam", KEY, CutOff::Ignored), "sk_test_exam");
    }

    #[test]
    fn json_stays_json() {
        for json in [r#"{"a":"\\u0073k_test_example_a"}"#, r#"{"a":"\u0073k_test_example_a\\","b":"100%"}"#] {
            let found = redact(json, KEY, CutOff::Ignored);
            assert!(serde_json::from_str::<serde_json::Value>(&found).is_ok(), "{found}");
        }
        assert_eq!(redact("", KEY, CutOff::Counts), "");
        assert_eq!(redact("text", "", CutOff::Counts), "text");
    }

    proptest::proptest! {
        /// Any text is gone through to its end, and nothing but the credential goes.
        #[test]
        fn nothing_else_is_touched(text in "[+a-z0-9\"ä%]{0,60}", credential in "[ÄÖÜ]{4,12}") {
            proptest::prop_assert_eq!(errors(&text, &credential), text);
        }

        #[test]
        fn no_text_is_too_odd(text in "[%\\\\+u0-9a-fäsk_ ]{0,80}", credential in "[%\\\\+u0-9a-fäsk_ ]{1,12}") {
            let found = errors(&text, &credential);
            proptest::prop_assert!(!found.replace(REDACTED, "\u{0}").contains(&credential), "{}", found);
        }
    }
}
