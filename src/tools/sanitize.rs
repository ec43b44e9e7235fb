//! Text that strangers wrote, made safe to look at.
//!
//! Names in a customer's directory end up in front of a model and on terminals. What is
//! invisible, turns text around or drives a terminal is written as a JSON escape instead:
//! without effect, and still exact.

/// What Unicode says of characters.
mod unicode;

use std::borrow::Cow;
use std::fmt::Write;

pub use self::unicode::UNICODE;
use self::unicode::{HIDDEN, JOINED, PICTURES};

/// The text with invisible and steering characters as `\u…` escapes.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    // To the end without leaving early, which is done many bytes at a time.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r');
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) || !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escaped(text, |_, _| None))
}

/// The same on one line: line ends and tabs are left out, too.
pub fn sanitize_line(text: &str) -> String {
    sanitize(text).chars().filter(|character| !character.is_control()).collect()
}

/// A name that a stranger wrote: on one line, and short.
pub fn sanitize_name(name: &str) -> String {
    const MAX_NAME: usize = 60;
    sanitize_line(name).chars().take(MAX_NAME).collect()
}

/// A stranger's text in quotes that it cannot close and on one line that it cannot leave. Of what
/// is longer than `max` characters, escapes counted, the beginning and the end are shown, and
/// how long it is.
pub fn quoted(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        let whole = quotable(text);
        if whole.chars().count() <= max {
            return format!("\"{whole}\"");
        }
    }
    // No more than this can be shown, and no more needs to be looked at.
    let at = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(at, _)| at);
    let (first, last) = (quotable(&text[..at(max)]), quotable(&text[at(count.saturating_sub(max))..]));
    let beginning = boundaries(&first).take_while(|(_, chars)| *chars <= max * 2 / 3).last();
    let length = last.chars().count();
    let end = boundaries(&last).find(|(_, chars)| length - chars <= max / 3);
    let (beginning, end) = (beginning.map_or(0, |(at, _)| at), end.map_or(last.len(), |(at, _)| at));
    let (beginning, end) = (first[..beginning].trim_end(), last[end..].trim_start());
    format!("\"{beginning} \u{2026} {end}\" ({count} characters)")
}

/// The text without hidden characters, and without any that would end a quotation.
fn quotable(text: &str) -> String {
    escaped(text, |character, rest| match character {
        '"' => Some("\\\""),
        // What was escaped before stays as it is.
        '\\' if !is_escape(rest) => Some("\\\\"),
        '\n' => Some("\\n"),
        '\r' => Some("\\r"),
        '\t' => Some("\\t"),
        // To a reader they end a quotation as well.
        '\u{201c}' => Some(r"\u201c"),
        '\u{201d}' => Some(r"\u201d"),
        '\u{201e}' => Some(r"\u201e"),
        '\u{201f}' => Some(r"\u201f"),
        '\u{2033}' => Some(r"\u2033"),
        '\u{301d}' => Some(r"\u301d"),
        '\u{301e}' => Some(r"\u301e"),
        '\u{ff02}' => Some(r"\uff02"),
        _ => None,
    })
}

/// Whether what follows a backslash makes it `\u001b`.
fn is_escape(rest: &str) -> bool {
    rest.strip_prefix('u')
        .and_then(|rest| rest.get(..4))
        .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Where a quotable text may be cut, so that no escape is: bytes, and characters up to there.
fn boundaries(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let (mut at, mut chars, mut ended) = (0, 0, false);
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let here = (at, chars);
        let rest = &text[at..];
        let (bytes, count) = match rest.strip_prefix('\\') {
            Some(rest) if is_escape(rest) => (6, 6),
            Some(_) => (2, 2),
            None => (rest.chars().next().map_or(0, char::len_utf8), 1),
        };
        ended = rest.is_empty();
        (at, chars) = (at + bytes, chars + count);
        Some(here)
    })
}

/// The text with hidden characters escaped, and what `also` escapes: it is given each character
/// and the text behind it.
fn escaped(text: &str, also: impl Fn(char, &str) -> Option<&'static str>) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    // What stands before, if it is shown as it is.
    let mut before = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let rest = characters.as_str();
        if is_hidden(character) && !has_a_use(character, before, rest.chars().next()) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
            before = None;
            continue;
        }
        match also(character, rest) {
            Some(escape) => escaped.push_str(escape),
            None => escaped.push(character),
        }
        before = Some(character);
    }
    escaped
}

/// Whether a hidden character has work to do between its neighbours: Persian words and many
/// pictures are written with joiners, and pictures with one selector of their style.
fn has_a_use(character: char, before: Option<char>, after: Option<char>) -> bool {
    const TEXT_STYLE: char = '\u{fe0e}';
    const PICTURE_STYLE: char = '\u{fe0f}';
    const KEYCAP: char = '\u{20e3}';
    const MALAYALAM_VIRAMA: char = '\u{d4d}';
    let Some(before) = before else { return false };
    let both = |table| is_in(table, before) && after.is_some_and(|after| is_in(table, after));
    match character {
        '\u{200c}' => both(JOINED),
        '\u{200d}' => {
            let picture = is_in(PICTURES, before) || before == PICTURE_STYLE;
            both(JOINED)
                || picture && after.is_some_and(|after| is_in(PICTURES, after))
                // It makes a letter of its own, be it the last of a word.
                || before == MALAYALAM_VIRAMA && !after.is_some_and(is_hidden)
        }
        TEXT_STYLE | PICTURE_STYLE => {
            let key = matches!(before, '0'..='9' | '#' | '*') && after == Some(KEYCAP);
            key || is_in(PICTURES, before)
        }
        _ => false,
    }
}

/// Whether a character has no shape of its own, or steers; line ends and tabs are none of these.
pub fn is_hidden(character: char) -> bool {
    match character {
        ' '..='~' | '\n' | '\t' | '\r' => false,
        _ => is_in(HIDDEN, character),
    }
}

fn is_in(table: &[(char, char)], character: char) -> bool {
    let after = table.partition_point(|(first, _)| *first <= character);
    after > 0 && character <= table[after - 1].1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::generate;

    #[test]
    fn what_steers_is_escaped_and_stays_exact() {
        for (text, escaped) in [
            ("Jane\u{202e}Doe", r"Jane\u202eDoe"),
            ("\u{1b}[31mred\u{1b}[0m", r"\u001b[31mred\u001b[0m"),
            ("a\u{200b}b\u{feff}", r"a\u200bb\ufeff"),
            ("\u{e0041}", r"\udb40\udc41"),
            ("a\u{0}b\u{85}", r"a\u0000b\u0085"),
        ] {
            assert_eq!(sanitize(text), escaped);
            let exact: String = serde_json::from_str(&format!("\"{escaped}\"")).expect("JSON");
            assert_eq!(exact, text);
        }
        for text in [
            "👩\u{200d}💻",
            "👩🏽\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            // Letters that stand without their vowel, at the end of a word and of a sentence.
            "അവന്\u{200d}",
            "അവള്\u{200d} വന്നു.",
        ] {
            assert_eq!(sanitize(text), text);
        }
        for text in ["", "Jane Doe", "Łódź 日本 عربي ñ", "two\nlines\tand a tab", "👍🏽"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_hides_beside_what_has_a_use_is_escaped() {
        for (text, escaped) in [
            // Selectors in runs, and where they choose nothing.
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}\\ufe0f"),
            ("a\u{fe0f}", r"a\ufe0f"),
            ("1\u{fe0f}x", r"1\ufe0fx"),
            ("\u{200b}\u{fe0f}", r"\u200b\ufe0f"),
            ("❤\u{fe00}\u{e0100}", r"❤\ufe00\udb40\udd00"),
            // Joiners that join nothing.
            ("é\u{200d}é", r"é\u200dé"),
            ("👩\u{200c}💻", r"👩\u200c💻"),
            ("👩\u{200d}\u{200d}💻", r"👩\u200d\u200d💻"),
            ("m\u{200c}خ", r"m\u200cخ"),
            // Blocks at the edge of what is assigned, and controls of single scripts.
            ("\u{fff0}\u{fff8}\u{ffff}", r"\ufff0\ufff8\uffff"),
            ("\u{1bca0}\u{1bca3}", r"\ud82f\udca0\ud82f\udca3"),
            ("\u{1d173}\u{1d17a}", r"\ud834\udd73\ud834\udd7a"),
            ("\u{13430}\u{1343f}", r"\ud80d\udc30\ud80d\udc3f"),
            ("\u{e0020}\u{e007f}", r"\udb40\udc20\udb40\udc7f"),
            ("\u{2800}\u{3164}\u{115f}\u{ffa0}", r"\u2800\u3164\u115f\uffa0"),
            ("\u{180e}\u{2065}\u{206f}\u{605}", r"\u180e\u2065\u206f\u0605"),
        ] {
            assert_eq!(sanitize(text), escaped);
        }
    }

    #[test]
    fn a_quotation_cannot_be_closed_or_left() {
        assert_eq!(quoted("a\"b\\\nc\u{202e}", 100), r#""a\"b\\\nc\u202e""#);
        assert_eq!(quoted(r"a\u202eb\ux", 100), r#""a\u202eb\\ux""#, "what is escaped stays");
        assert_eq!(quoted("\u{201c}a\u{201d}\u{ff02}", 100), r#""\u201ca\u201d\uff02""#);
        assert_eq!(quoted("", 10), r#""""#);
        // Both ends of what is too long, and no half of an escape.
        let long = format!("first{}last", "x".repeat(500));
        let shown = quoted(&long, 60);
        assert!(shown.starts_with("\"firstxx") && shown.ends_with("xlast\" (509 characters)"), "{shown}");
        let hidden = "\u{e0041}".repeat(30);
        let shown = quoted(&hidden, 60);
        assert!(shown.chars().count() < 60 + 25 && shown.matches('"').count() == 2, "{shown}");
        assert_eq!(shown.replace(r"\udb40", "").replace(r"\udc41", ""), "\" \u{2026} \" (30 characters)");
    }

    proptest! {
        #[test]
        fn nothing_steers_and_nothing_is_lost(text in generate::hostile_text()) {
            let shown = sanitize(&text);
            // Named here once more, so that none drops out of the list above unnoticed.
            for hidden in ["\0", "\u{1b}", "\u{7f}", "\u{85}", "\u{ad}", "\u{61c}", "\u{200b}", "\u{200e}", "\u{202e}",
                "\u{2028}", "\u{2066}", "\u{fe00}", "\u{feff}", "\u{fffb}", "\u{e0041}", "\u{e01ef}"] {
                prop_assert!(!shown.contains(hidden), "{:?}", shown);
            }
            let characters: Vec<char> = shown.chars().collect();
            for (at, character) in characters.iter().enumerate().filter(|(_, character)| is_hidden(**character)) {
                let before = at.checked_sub(1).and_then(|before| characters.get(before)).copied();
                prop_assert!(has_a_use(*character, before, characters.get(at + 1).copied()), "{:?}", shown);
            }
            // Text that has backslashes of its own is ambiguous only to a reader, never steering.
            if !text.contains(['\\', '"', '\n', '\r', '\t']) {
                let exact: String = serde_json::from_str(&format!("\"{shown}\"")).expect("JSON");
                prop_assert_eq!(exact, text);
            }
        }

        /// What is quoted has one line, two quotes of its own, and an end.
        #[test]
        fn quoted_text_stays_in_its_quotes(text in generate::hostile_text(), max in 8_usize..80) {
            let shown = quoted(&text, max);
            prop_assert!(shown.chars().count() <= max + 30, "{}", shown);
            prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
            let inside = shown.strip_prefix('"').and_then(|rest| rest.rsplit_once('"')).expect("quotes").0;
            let unescaped = inside.replace(r"\\", "").replace("\\\"", "");
            prop_assert!(!unescaped.contains('"'), "{}", shown);
        }

        /// What was made harmless is left alone, so that it may pass here more than once.
        #[test]
        fn twice_is_once(text in generate::hostile_text()) {
            let once = sanitize(&text);
            prop_assert_eq!(sanitize(&once), once.clone());
        }

        /// Text without anything unsafe comes back as it is.
        #[test]
        fn plain_text_stays(text in "[ -~\n\té日م👍🏽]{0,40}") {
            prop_assert!(matches!(sanitize(&text), Cow::Borrowed(same) if same == text));
        }
    }
}
