//! The end of a sentence, whoever has written it.

use std::fmt::Display;

/// The text as a sentence: with a full stop, unless it ends with a mark of its own.
pub(crate) fn sentence(text: impl Display) -> String {
    let mut text = text.to_string();
    text.truncate(text.trim_end().len());
    if !text.ends_with(['.', '?', '!', '\u{2026}']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_once() {
        for (text, ended) in [
            ("It is gone", "It is gone."),
            ("It is gone.", "It is gone."),
            ("did you mean `name`?", "did you mean `name`?"),
            ("no such host! ", "no such host!"),
            ("and so on\u{2026}", "and so on\u{2026}"),
            ("`id` contains `..`", "`id` contains `..`."),
            ("it failed (why?)", "it failed (why?)."),
        ] {
            assert_eq!(sentence(text), ended);
        }
    }
}
