//! Takes a text apart into terms.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::synonyms::{SPELLINGS, STOP_WORDS};

/// The terms of a text: stems of its words without stop words, in the spelling that the index uses.
pub fn tokenize(text: &str) -> Vec<String> {
    static SPELLING: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
        let stems = |words: &str| words.split(' ').map(stem).collect::<Vec<_>>().join(" ");
        SPELLINGS.iter().map(|(spelling, term)| (stems(spelling), *term)).collect()
    });
    let mut terms: Vec<String> = Vec::new();
    for word in words(text) {
        let stem = stem(&word);
        if let Some(last) = terms.last_mut()
            && let Some(term) = SPELLING.get(&format!("{last} {stem}"))
        {
            (*term).clone_into(last);
        } else if !STOP_WORDS.contains(&word.as_str()) {
            terms.push(SPELLING.get(&stem).map_or(stem, |term| (*term).to_owned()));
        }
    }
    terms
}

/// The words of a text in lower case. Apostrophes join.
fn words(text: &str) -> Vec<String> {
    let text: String = text
        .replace("'s", "")
        .replace("’s", "")
        .chars()
        .filter(|character| !matches!(character, '\'' | '’' | '`'))
        .flat_map(char::to_lowercase)
        .collect();
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
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
