//! Typing errors in longer words, before a stem hides them: `inviation` is `invitation`, where its stem
//! `invi` could be anything.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use super::distance::distance;
use super::examples::TERMS;
use super::synonyms::{FILLER, STOP_WORDS, SYNONYMS, TO_CHANGE, TO_SEE, VERBS};
use super::tokenize::meaning;
use crate::api::TOOLSETS;

/// The shortest word that is repaired: shorter ones have too many neighbours.
const SHORTEST: usize = 6;
/// The shortest in which two errors are repaired.
const SHORTEST_OF_TWO: usize = 10;

/// How near a word is to what is asked for: the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In the name of an operation.
    Name,
    /// A verb, or what people say for a word of the API.
    Said,
    /// In a description.
    Description,
}

/// What may be meant, and the terms that need no repair.
struct Words {
    meant: BTreeMap<&'static str, Place>,
    known: HashSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut meant = BTreeMap::new();
    let mut learn = |text: &'static str, place: Place| {
        let words = text.split(|letter: char| !letter.is_ascii_alphabetic());
        for word in words.filter(|word| word.len() >= SHORTEST && !word.contains(char::is_uppercase)) {
            let best = meant.entry(word).or_insert(place);
            *best = place.min(*best);
        }
    };
    for operation in TOOLSETS.iter().flat_map(|toolset| toolset.operations) {
        learn(operation.name, Place::Name);
        learn(operation.description, Place::Description);
    }
    for (meant, said) in SYNONYMS.iter().chain(VERBS) {
        learn(meant, Place::Said);
        learn(said, Place::Said);
    }
    learn(TO_CHANGE, Place::Said);
    let sentence = TO_SEE.iter().chain(FILLER).chain(STOP_WORDS);
    let known = meant.keys().chain(sentence).map(|word| meaning(word).term);
    let known = known.chain(TERMS.lines().map(str::to_owned)).collect();
    Words { meant, known }
});

/// Whether nothing is to be repaired in a word.
pub fn is_known(word: &str) -> bool {
    WORDS.known.contains(&meaning(word).term)
}

/// The word that another, which nothing knows, is a slip of the keyboard away from.
pub fn repaired(word: &str) -> Option<&'static str> {
    let is_plain = word.len() >= SHORTEST && word.bytes().all(|byte| byte.is_ascii_lowercase());
    // Nobody mistypes that much.
    if !is_plain || word.len() > 40 || is_known(word) {
        return None;
    }
    let tolerance = if word.len() < SHORTEST_OF_TWO { 1 } else { 2 };
    let near = WORDS.meant.iter().filter(|(meant, _)| meant.as_bytes()[0] == word.as_bytes()[0]);
    let near = near.filter_map(|(meant, place)| Some((distance(word, meant, tolerance)?, *place, *meant)));
    near.min().map(|(.., meant)| meant)
}
