//! Finds the operations that somebody asks for in words.
//!
//! Every operation is indexed by the words of its name, description, arguments and
//! toolset. A query is brought to the API's own words by the tables in
//! `vocabulary.rs`; what it has in common with an operation is then weighed, rare
//! words and words of the name most. The index is built at the first query.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use super::vocabulary::{KEPT_VERBS, SAME, STOP_WORDS, UNASKED, VERBS, VOCABULARY};
use crate::api::TOOLSETS;
use crate::operation::Operation;
use crate::schema::{Field, Schema};

// PHRASES: &[(tool name, how people ask for it)], sorted by name.
include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// Characters of a query that are read; nobody describes one operation at greater length.
const LONGEST_QUERY: usize = 600;
/// Words of a query that are looked up.
const MOST_WORDS: usize = 60;
/// Words of a query that are compared with all known words, because nothing knows them.
const MOST_MISSPELT: usize = 6;

/// What a word counts by where it stands.
mod weight {
    pub const NAME: f32 = 3.0;
    pub const SUMMARY: f32 = 1.6;
    pub const ABOUT: f32 = 0.6;
    pub const ASKED: f32 = 1.0;
    pub const ARGUMENT: f32 = 0.5;
    pub const ARGUMENT_ABOUT: f32 = 0.1;
    pub const TOOLSET: f32 = 0.8;
    pub const TOOLSET_ABOUT: f32 = 0.5;
    /// Saturation: a word in several places counts more, but not as their sum.
    pub const HALF: f32 = 1.2;
    /// The verb is the one that was asked for.
    pub const VERB: f32 = 4.0;
    /// Query and name have the same words.
    pub const COVERED: f32 = 6.0;
    /// The query has all words of the name, and others.
    pub const ALL_OF_NAME: f32 = 1.5;
    /// The name is about the thing that the query is about.
    pub const HEAD: f32 = 1.5;
    /// A query about several things asks for a list, unless it says otherwise.
    pub const SEVERAL: f32 = 0.3;
    /// A word that had to be corrected.
    pub const CORRECTED: f32 = 0.8;
    /// The query is the name, or nearly so: above everything else.
    pub const IS_NAME: f32 = 1000.0;
}

/// The operations that match a query, best first; in the order of the table where
/// two match equally. Empty if none does.
pub fn search(query: &str, among: impl Iterator<Item = &'static Operation>) -> Vec<&'static Operation> {
    static INDEX: OnceLock<Index> = OnceLock::new();
    let index = INDEX.get_or_init(Index::build);
    let query: String = query.chars().take(LONGEST_QUERY).collect();
    let scores = index.scores(&query);
    let mut found: Vec<(f32, usize, &'static Operation)> = among
        .filter_map(|operation| {
            let place = *index.places.get(operation.name)?;
            let score = scores[place];
            (score > 0.0).then_some((score, place, operation))
        })
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    found.into_iter().map(|(_, _, operation)| operation).collect()
}

/// All that is known of the operations' words.
struct Index {
    entries: Vec<Entry>,
    places: HashMap<&'static str, usize>,
    terms: HashMap<String, Term>,
    /// Every word that means something here, sorted: what a misspelt word may have been.
    known: Vec<String>,
    same: Phrases,
    vocabulary: Phrases,
    verbs: HashMap<String, &'static [(&'static str, f32)]>,
    kept: HashSet<String>,
    stop_words: HashSet<&'static str>,
}

/// An operation.
struct Entry {
    /// First word of the name.
    verb: &'static str,
    /// Stems of the other words of the name.
    subject: Vec<String>,
    /// What it is about: `permission` in `add_organization_role_permission`.
    head: Option<String>,
    /// The name without underscores.
    compact: String,
}

/// A stem, and where it occurs.
struct Term {
    rarity: f32,
    /// Place of the operation, and how much the word counts there.
    weights: Vec<(usize, f32)>,
}

/// A word of a query.
#[derive(Debug, Clone)]
struct Word {
    stem: String,
    /// Left out unless it is part of a phrase.
    stop: bool,
    /// Looks like a plural.
    several: bool,
    weight: f32,
}

impl Word {
    fn new(word: &str) -> Self {
        Self { stem: word.to_owned(), stop: false, several: false, weight: 1.0 }
    }
}

/// What a query asks for.
#[derive(Debug, Default)]
struct Question {
    /// Stems and what they count.
    terms: BTreeMap<String, f32>,
    /// Verbs of operations, and how well each fits.
    verbs: HashMap<&'static str, f32>,
    /// What it is about: `session` in "sessions of a user".
    head: Option<String>,
    /// It is about more than one.
    several: bool,
}

impl Index {
    fn build() -> Self {
        let same = Phrases::build(SAME, None);
        let mut entries = Vec::new();
        let mut places = HashMap::new();
        let mut weights: BTreeMap<String, BTreeMap<usize, f32>> = BTreeMap::new();
        for toolset in TOOLSETS {
            for operation in toolset.operations {
                let place = entries.len();
                places.insert(operation.name, place);
                for (text, weight) in texts(operation) {
                    add(&mut weights, place, &same, text, weight);
                }
                add(&mut weights, place, &same, toolset.name, weight::TOOLSET);
                add(&mut weights, place, &same, toolset.about, weight::TOOLSET_ABOUT);
                let (verb, subject) = operation.name.split_once('_').unwrap_or((operation.name, ""));
                let stems = |text| same.apply(plain(text)).into_iter().map(|word| word.stem);
                let about = ["_by_", "_for_", "_to_"]
                    .iter()
                    .find_map(|place| subject.split_once(place))
                    .map_or(subject, |(about, _)| about);
                entries.push(Entry {
                    verb,
                    subject: stems(subject).collect(),
                    head: stems(about).next_back(),
                    compact: compact(operation.name),
                });
            }
        }
        let vocabulary = Phrases::build(VOCABULARY, Some(&same));
        let verbs: HashMap<String, _> = VERBS
            .iter()
            .flat_map(|(words, means)| words.split_whitespace().map(move |word| (stem(word), *means)))
            .collect();
        let mut known: Vec<String> = weights.keys().chain(verbs.keys()).cloned().collect();
        known.extend(vocabulary.words().chain(same.words()).cloned());
        known.sort();
        known.dedup();
        let total = count(entries.len());
        let terms = weights
            .into_iter()
            .map(|(stem, places)| {
                // A word in passing makes a word less common than one in a name.
                let common: f32 = places.values().map(|weight| (weight / 2.0).min(1.0)).sum();
                let rarity = (1.0 + (total - common + 0.5).max(0.0) / (common + 0.5)).ln();
                let weights = places
                    .into_iter()
                    .map(|(place, weight)| (place, weight / (weight + weight::HALF)))
                    .collect();
                (stem, Term { rarity, weights })
            })
            .collect();
        Self {
            entries,
            places,
            terms,
            known,
            same,
            vocabulary,
            verbs,
            kept: KEPT_VERBS.split_whitespace().map(stem).collect(),
            stop_words: STOP_WORDS.split_whitespace().collect(),
        }
    }

    /// How well each operation answers a query; 0 if not at all.
    fn scores(&self, query: &str) -> Vec<f32> {
        let question = self.question(query);
        let mut scores = vec![0.0; self.entries.len()];
        for (stem, weight) in &question.terms {
            let Some(term) = self.terms.get(stem) else { continue };
            for (place, here) in &term.weights {
                scores[*place] += weight * term.rarity * here;
            }
        }
        for (entry, score) in self.entries.iter().zip(&mut scores) {
            let verb = question.fits(entry.verb);
            // A verb alone finds its operations; beside other words it only decides between them.
            if *score > 0.0 || (question.terms.is_empty() && verb > 0.0 && !question.verbs.is_empty()) {
                *score += weight::VERB * verb + self.covered(&question, entry);
                if question.head.is_some() && question.head == entry.head {
                    *score += weight::HEAD;
                }
            }
        }
        self.score_names(query, &mut scores);
        scores
    }

    /// How far the operation's name and the query have the same words, rare ones counting more.
    fn covered(&self, question: &Question, entry: &Entry) -> f32 {
        let rarity = |stem: &String| self.terms.get(stem).map_or(0.0, |term| term.rarity) + 0.5;
        let part = |covered: f32, all: f32| if all > 0.0 { covered / all } else { 0.0 };
        let name: f32 = entry.subject.iter().map(rarity).sum();
        let asked: f32 = question.terms.iter().map(|(stem, weight)| rarity(stem) * weight).sum();
        let both: f32 = entry
            .subject
            .iter()
            .map(|stem| rarity(stem) * question.terms.get(stem).copied().unwrap_or(0.0))
            .sum();
        let (name, asked) = (part(both, name), part(both, asked));
        // A short name that happens to occur in a long question is no answer to it, so
        // both parts must be large: their harmonic mean.
        weight::COVERED * part(2.0 * name * asked, name + asked) + weight::ALL_OF_NAME * name
    }

    /// Puts operations first that the query names, however the name is spelt.
    fn score_names(&self, query: &str, scores: &mut [f32]) {
        let named = |text: &str| {
            let text = compact(text);
            self.entries.iter().position(|entry| entry.compact == text)
        };
        for word in query.split_whitespace().filter(|word| word.contains('_')).take(MOST_WORDS) {
            if let Some(place) = named(word) {
                scores[place] += weight::IS_NAME;
            }
        }
        if let Some(place) = named(query) {
            scores[place] += weight::IS_NAME;
            return;
        }
        let text = compact(query);
        let near = |(place, entry): (usize, &Entry)| {
            let tolerance = (entry.compact.len() / 8).clamp(1, 3);
            let distance = distance(&text, &entry.compact, tolerance)?;
            Some((distance, place))
        };
        if let Some((_, place)) = self.entries.iter().enumerate().filter_map(near).min() {
            scores[place] += weight::IS_NAME;
        }
    }

    fn question(&self, query: &str) -> Question {
        let mut words = plain(query);
        words.truncate(MOST_WORDS);
        let mut misspelt = 0;
        for word in &mut words {
            word.stop = self.stop_words.contains(word.stem.as_str());
            if !word.stop {
                word.several = word.stem.ends_with('s') && !word.stem.ends_with("ss");
                word.stem = stem(&word.stem);
                if misspelt < MOST_MISSPELT && !self.knows(&word.stem) {
                    misspelt += 1;
                    self.correct(word);
                }
            }
        }
        let words = self.same.apply(words);
        let mut question = Question {
            several: words.iter().any(|word| word.several && self.terms.contains_key(&word.stem)),
            ..Question::default()
        };
        let words = self.vocabulary.apply(words);
        // What is asked for comes first; later verbs mostly tell the circumstances.
        let mut emphasis = 1.0;
        let mut about = true;
        for word in words {
            if word.stop {
                about &= question.head.is_none();
                continue;
            }
            let before = emphasis;
            if let Some(verbs) = self.verbs.get(&word.stem) {
                for (verb, fits) in *verbs {
                    let best = question.verbs.entry(verb).or_default();
                    *best = best.max(fits * emphasis);
                }
                emphasis *= 0.6;
                if !self.kept.contains(&word.stem) {
                    about &= question.head.is_none();
                    continue;
                }
            } else if about {
                question.head = Some(word.stem.clone());
            }
            let weight = if emphasis < before { word.weight * before } else { word.weight };
            let best = question.terms.entry(word.stem).or_default();
            *best = best.max(weight);
        }
        question
    }

    fn knows(&self, stem: &String) -> bool {
        self.known.binary_search(stem).is_ok()
    }

    /// Takes an unknown word for the known one next to it.
    fn correct(&self, word: &mut Word) {
        let letters = word.stem.len();
        if letters < 5 {
            return;
        }
        let tolerance = if letters < 8 { 1 } else { 2 };
        let nearest = self
            .known
            .iter()
            .filter(|known| known.len() > 3 && known.as_bytes().first() == word.stem.as_bytes().first())
            .filter_map(|known| Some((distance(&word.stem, known, tolerance)?, known)))
            .min();
        if let Some((_, known)) = nearest {
            word.stem.clone_from(known);
            word.weight = weight::CORRECTED;
        }
    }
}

impl Question {
    /// How well a verb of an operation fits.
    fn fits(&self, verb: &str) -> f32 {
        let asked = if self.verbs.is_empty() {
            UNASKED.iter().find(|(known, _)| *known == verb).map(|(_, fits)| *fits)
        } else {
            self.verbs.get(verb).copied()
        };
        let several = match verb {
            "list" if self.several && self.verbs.is_empty() => 2.0 * weight::SEVERAL,
            "list" if self.several => weight::SEVERAL,
            _ => 0.0,
        };
        asked.map_or(0.0, |fits| fits + several)
    }
}

/// What an operation says of itself, and what each text counts.
fn texts(operation: &'static Operation) -> Vec<(&'static str, f32)> {
    let summary = operation.summary();
    let rest = operation.about.get(summary.len()..).unwrap_or_default();
    let mut texts = vec![(operation.name, weight::NAME), (summary, weight::SUMMARY), (rest, weight::ABOUT)];
    if let Ok(index) = PHRASES.binary_search_by_key(&operation.name, |(name, _)| name) {
        texts.push((PHRASES[index].1, weight::ASKED));
    }
    for field in operation.fields {
        texts.push((field.name, weight::ARGUMENT));
        texts.push((field.about, weight::ARGUMENT_ABOUT));
        texts.extend(choices(field).iter().map(|choice| (*choice, weight::ARGUMENT_ABOUT)));
    }
    texts
}

fn choices(field: &Field) -> &'static [&'static str] {
    match field.schema.present() {
        Schema::Choice(words) | Schema::List(Schema::Choice(words)) => words,
        _ => &[],
    }
}

/// Indexes a text: each of its words counts once.
fn add(
    weights: &mut BTreeMap<String, BTreeMap<usize, f32>>,
    place: usize,
    same: &Phrases,
    text: &str,
    weight: f32,
) {
    let stems: HashSet<String> = same.apply(plain(text)).into_iter().map(|word| word.stem).collect();
    for stem in stems {
        *weights.entry(stem).or_default().entry(place).or_default() += weight;
    }
}

/// Phrases and what stands for them, by the first word of the phrase.
struct Phrases(HashMap<String, Vec<Phrase>>);

struct Phrase {
    /// Stems; [`GAP`] stands for up to [`WIDEST_GAP`] others, stop words not counted.
    words: Vec<String>,
    means: Vec<String>,
}

const GAP: &str = "..";
const WIDEST_GAP: usize = 2;

impl Phrases {
    /// `same` is what is done to a text before these phrases are looked for in it.
    fn build(table: &[(&str, &str)], same: Option<&Self>) -> Self {
        let mut phrases: HashMap<String, Vec<Phrase>> = HashMap::new();
        let stems = |text: &str| -> Vec<String> {
            let words: Vec<Word> = text.split_whitespace().map(Word::new).collect();
            let words = match same {
                Some(same) => same.apply(words),
                None => words,
            };
            words.into_iter().map(|word| stem(&word.stem)).collect()
        };
        for (words, means) in table {
            let words = stems(words);
            let means = stems(means);
            if let Some(first) = words.first().cloned() {
                phrases.entry(first).or_default().push(Phrase { words, means });
            }
        }
        // The longest phrase wins, so that "api key" can be about something else than "key".
        for known in phrases.values_mut() {
            known.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len()));
        }
        Self(phrases)
    }

    fn words(&self) -> impl Iterator<Item = &String> {
        self.0.values().flatten().flat_map(|phrase| &phrase.words)
    }

    /// Puts what stands for a phrase in its place.
    fn apply(&self, mut words: Vec<Word>) -> Vec<Word> {
        for word in &mut words {
            if !word.stop {
                word.stem = stem(&word.stem);
            }
        }
        let mut said = Vec::with_capacity(words.len() * 2);
        let mut used = vec![false; words.len()];
        for start in 0..words.len() {
            if used[start] {
                continue;
            }
            // Phrases are written with stems of stop words, too.
            let first = stem(&words[start].stem);
            let found = self.0.get(&first).into_iter().flatten().find_map(|phrase| {
                let matched = phrase.matches(&words, &used, start)?;
                Some((phrase, matched))
            });
            let Some((phrase, matched)) = found else {
                said.push(words[start].clone());
                continue;
            };
            let weight = matched.iter().map(|at| words[*at].weight).fold(1.0, f32::min);
            for at in &matched {
                used[*at] = true;
            }
            let several = matched.iter().any(|at| words[*at].several);
            let mean = |stem: &String| Word { several, weight, ..Word::new(stem) };
            said.extend(phrase.means.iter().map(mean));
        }
        said
    }
}

impl Phrase {
    /// Which words make up this phrase from `start` on.
    fn matches(&self, words: &[Word], used: &[bool], start: usize) -> Option<Vec<usize>> {
        let mut matched = Vec::with_capacity(self.words.len());
        let mut at = start;
        let mut reach = 0;
        for wanted in &self.words {
            if wanted == GAP {
                reach = WIDEST_GAP;
                continue;
            }
            let mut skipped = 0;
            let found = (at..words.len())
                .take_while(|at| {
                    let near = skipped <= reach;
                    skipped += usize::from(reach == 0 || !words[*at].stop);
                    near
                })
                .find(|at| !used[*at] && stem(&words[*at].stem) == *wanted)?;
            matched.push(found);
            at = found + 1;
            reach = 0;
        }
        Some(matched)
    }
}

/// The words of a text in lower case. Apostrophes join.
fn plain(text: &str) -> Vec<Word> {
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
fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A word without its ending, so that `verifying`, `verified` and `verification` meet.
/// Stems need not be words, only alike. The stem of a stem is the same.
fn stem(word: &str) -> String {
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
fn distance(left: &str, right: &str, most: usize) -> Option<usize> {
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

/// A number of things, for arithmetic with weights.
fn count(things: usize) -> f32 {
    u16::try_from(things).map_or(f32::MAX, f32::from)
}

#[cfg(test)]
mod tests;
