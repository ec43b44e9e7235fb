//! Words: how a text is taken apart, and which of them are alike.

/// A word of a query.
#[derive(Debug, Clone)]
pub struct Word {
    pub stem: String,
    /// Left out unless it is part of a phrase.
    pub stop: bool,
    /// Looks like a plural.
    pub several: bool,
    pub weight: f32,
}

impl Word {
    pub fn new(word: &str) -> Self {
        Self { stem: word.to_owned(), stop: false, several: false, weight: 1.0 }
    }
}

/// The words of a text in lower case. Apostrophes join.
pub fn plain(text: &str) -> Vec<Word> {
    let text: String = text
        .replace("'s", "")
        .replace("’s", "")
        .chars()
        .filter(|character| !matches!(character, '\'' | '’' | '`'))
        .flat_map(char::to_lowercase)
        .collect();
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(Word::new)
        .collect()
}

/// Letters and digits only, in lower case: `List-Users` and `list_users` are the same.
pub fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
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
    // Somebody who invites wants something else than somebody with an invitation.
    if stem == "invitation" {
        return;
    }
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

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour, if
/// no more than `most`. Counted in bytes.
pub fn distance(left: &str, right: &str, most: usize) -> Option<usize> {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len().abs_diff(right.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = Vec::with_capacity(above.len());
        row.push(i + 1);
        for (j, b) in right.iter().enumerate() {
            let mut least = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().min() > Some(&most) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|distance| *distance <= most)
}
