//! Takes a text apart into terms. The build script uses this file, too: the terms of the example
//! queries are ready when the program starts (`build.rs`).

use std::collections::HashMap;
use std::sync::LazyLock;

use super::synonyms::{SPELLINGS, STOP_WORDS};

/// What a word is in the index.
#[derive(Clone)]
pub struct Meaning<T> {
    /// Its stem, as the second part of a spelling.
    pub stem: T,
    /// Its term.
    pub term: T,
    /// Whether it says nothing by itself.
    pub stop: bool,
}

/// Spellings of one term: the stem of a word, or those of two with a space between them.
pub static SPELLING: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let stems = |words: &str| words.split(' ').map(stem).collect::<Vec<_>>().join(" ");
    SPELLINGS.iter().map(|(spelling, term)| (stems(spelling), *term)).collect()
});

/// The terms of a text: stems of its words without stop words, in the spelling that the index uses.
pub fn tokenize(text: &str) -> Vec<String> {
    let pair = |last: &String, stem: &String| SPELLING.get(&format!("{last} {stem}"));
    terms(text, meaning, |last, stem| pair(last, stem).map(|term| (*term).to_owned()))
}

/// What a word is, as text.
pub fn meaning(word: &str) -> Meaning<String> {
    let stem = stem(word);
    let term = SPELLING.get(&stem).map_or_else(|| stem.clone(), |term| (*term).to_owned());
    Meaning { stem, term, stop: STOP_WORDS.contains(&word) }
}

/// The terms of a text, in whatever form: as text, or as numbers by which they are known.
/// `pair` is the term of two neighbours, of a term and the stem of the word after it.
pub fn terms<T>(
    text: &str,
    mut meaning: impl FnMut(&str) -> Meaning<T>,
    pair: impl Fn(&T, &T) -> Option<T>,
) -> Vec<T> {
    let mut terms: Vec<T> = Vec::new();
    let text = lower_case(text);
    for word in text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let Meaning { stem, term, stop } = meaning(word);
        if let Some(last) = terms.last_mut()
            && let Some(term) = pair(last, &stem)
        {
            *last = term;
        } else if !stop {
            terms.push(term);
        }
    }
    terms
}

/// A text in lower case. Apostrophes join.
fn lower_case(text: &str) -> String {
    // Nearly all of it is.
    if text.is_ascii() && !text.contains(['\'', '`']) {
        return text.to_ascii_lowercase();
    }
    text.replace("'s", "")
        .replace("’s", "")
        .chars()
        .filter(|character| !matches!(character, '\'' | '’' | '`'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A word without its ending, so that `verifying`, `verified` and `verification` meet.
/// Stems need not be words, only alike. The stem of a stem is the same.
pub fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    if !word.is_ascii() {
        return stem;
    }
    // Until nothing changes.
    loop {
        let before = stem.len();
        shorten(&mut stem);
        if stem.len() == before {
            return stem;
        }
    }
}

fn shorten(stem: &mut String) {
    // Ending, what stands for it, how many letters must be left.
    const ENDINGS: &[(&str, &str, usize)] = &[
        ("ification", "ify", 2),
        ("ation", "", 4),
        ("ption", "pt", 4),
        ("ment", "", 4),
        ("ified", "ify", 2),
        ("ifies", "ify", 2),
        ("ies", "y", 3),
        ("ing", "", 3),
        ("ed", "", 3),
        ("ss", "ss", 0),
        ("us", "us", 0),
        ("sis", "sis", 0),
        ("s", "", 3),
        ("ate", "", 4),
        ("at", "", 4),
        ("e", "", 3),
    ];
    for (ending, instead, left) in ENDINGS {
        let Some(rest) = stem.strip_suffix(ending) else { continue };
        if rest.len() < *left || !rest.contains(['a', 'e', 'i', 'o', 'u', 'y']) {
            continue;
        }
        let doubled = matches!(*ending, "ing" | "ed")
            && ["bb", "gg", "mm", "nn", "pp", "rr", "tt"].iter().any(|pair| rest.ends_with(pair));
        let length = rest.len() - usize::from(doubled);
        stem.truncate(length);
        stem.push_str(instead);
        return;
    }
}
