//! Text that strangers wrote, made safe to look at.
//!
//! Names in a customer's directory end up in front of a model and on terminals. What is
//! invisible, turns text around or drives a terminal is written as a JSON escape instead:
//! without effect, and still exact.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with invisible and steering characters as `\u…` escapes.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r'))
        || !text.contains(is_unsafe)
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // Persian words and many emoji are written with joiners.
        let joins = matches!(character, '\u{200c}' | '\u{200d}')
            && writes_with_joiners(before)
            && characters.peek().is_some_and(|after| writes_with_joiners(*after));
        before = character;
        if is_unsafe(character) && !joins {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
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

/// Whether a joiner beside this character has work to do.
fn writes_with_joiners(character: char) -> bool {
    !character.is_ascii() && !is_unsafe(character)
}

/// Control characters but for line ends and tabs, and what Unicode has to hide or reorder text.
fn is_unsafe(character: char) -> bool {
    match character {
        '\n' | '\t' | '\r' => false,
        _ if character.is_control() => true,
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator, blank fillers.
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
        // Zero-width characters, direction marks and overrides, invisible operators.
        | '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        // Line and paragraph separators, interlinear annotations.
        | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}'
        // Tags, and variation selectors that no font knows.
        | '\u{fe00}'..='\u{fe0d}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
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
        for text in ["👩\u{200d}💻", "می\u{200c}خواهم"] {
            assert_eq!(sanitize(text), text);
        }
        for text in ["", "Jane Doe", "Łódź 日本 عربي ñ", "two\nlines\tand a tab", "👍🏽"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(_)), "{text}");
        }
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
            for (at, character) in characters.iter().enumerate().filter(|(_, character)| is_unsafe(**character)) {
                // Only a joiner may stay, and only where it joins something.
                prop_assert!(matches!(character, '\u{200c}' | '\u{200d}'), "{:?}", shown);
                let beside = |other: Option<&char>| other.is_some_and(|other| writes_with_joiners(*other));
                let before = at.checked_sub(1).and_then(|before| characters.get(before));
                prop_assert!(beside(before) && beside(characters.get(at + 1)), "{:?}", shown);
            }
            // Text that has backslashes of its own is ambiguous only to a reader, never steering.
            if !text.contains(['\\', '"', '\n', '\r', '\t']) {
                let exact: String = serde_json::from_str(&format!("\"{shown}\"")).expect("JSON");
                prop_assert_eq!(exact, text);
            }
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
