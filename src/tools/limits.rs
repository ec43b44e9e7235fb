//! What WorkOS's API cannot do, where it is done instead, and what is nearest.
//!
//! Who asks for one of these is told so, in place of an operation that only sounds like it: by
//! `find_operations`, and where a tool or an argument is called by such a name.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::search::{Question, Wish, meaning};

mod table;

pub use self::table::{LIMITS, Limit};

impl Limit {
    /// The limit that a question asks for, the first of the table if there are several.
    pub fn asked_for(question: &Question) -> Option<&'static Self> {
        static PATTERNS: LazyLock<Vec<(&Limit, Vec<Pattern>)>> = LazyLock::new(|| {
            let patterns = |limit: &Limit| limit.asked.iter().map(|pattern| parsed(pattern)).collect();
            LIMITS.iter().map(|limit| (limit, patterns(limit))).collect()
        });
        if question.wish == Wish::History {
            return None;
        }
        let terms: HashSet<&str> = question.terms.iter().map(String::as_str).collect();
        let fits = |pattern: &Pattern| pattern.iter().all(|word| word.fits(&terms, question));
        PATTERNS.iter().find(|(_, patterns)| patterns.iter().any(fits)).map(|(limit, _)| *limit)
    }

    /// The limit that somebody ran into who called a tool or an argument by this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        const LONGEST: usize = 80;
        (name.len() <= LONGEST).then(|| Self::asked_for(&Question::of_name(name))).flatten()
    }

    /// What to tell whoever asks for it.
    pub fn told(&self) -> String {
        format!("{} {}", self.cannot, self.instead)
    }
}

/// Words for making, changing and deleting something.
const MAKE: &str = "create add new make provision insert register import generate define build setup";
const CHANGE: &str = "change update edit modify rename set alter correct adjust fix";
const DELETE: &str = "delete remove erase purge drop wipe clear destroy rid";

/// Words that must all fit.
type Pattern = Vec<Word>;

/// A part of a pattern.
struct Word {
    /// None of the terms, not one of them.
    absent: bool,
    /// Fits a wish to change something, too.
    to_change: bool,
    terms: Vec<String>,
    /// Terms that fit only in a wish to change something.
    verbs: Vec<String>,
}

impl Word {
    fn fits(&self, terms: &HashSet<&str>, question: &Question) -> bool {
        let is_in = |words: &[String]| words.iter().any(|term| terms.contains(term.as_str()));
        let changes = question.wish == Wish::Change;
        (is_in(&self.terms) || (changes && (self.to_change || is_in(&self.verbs)))) != self.absent
    }
}

fn parsed(pattern: &str) -> Pattern {
    let word = |text: &str| {
        let mut word =
            Word { absent: text.starts_with('!'), to_change: false, terms: Vec::new(), verbs: Vec::new() };
        let term = |word: &str| meaning(word).term;
        for part in text.trim_start_matches('!').split('|') {
            let verbs: &[&str] = match part {
                "SET" => {
                    word.to_change = true;
                    &[]
                }
                "MAKE" => &[MAKE],
                "CHANGE" => &[CHANGE],
                "DELETE" => &[DELETE],
                "WRITE" => &[MAKE, CHANGE, DELETE],
                part => {
                    word.terms.push(term(part));
                    &[]
                }
            };
            word.verbs.extend(verbs.iter().flat_map(|verbs| verbs.split(' ')).map(term));
        }
        word
    };
    pattern.split_whitespace().map(word).collect()
}

#[cfg(test)]
mod tests;
