//! Finds the operations that somebody asks for in words.
//!
//! Every operation is indexed by the words of its name, description, arguments and
//! toolset, and by how people ask for it. A query is brought to the API's own words by
//! the tables in `vocabulary.rs`; what it has in common with an operation is then weighed,
//! rare words and words of the name most. To that is added how near the query as it is
//! comes to how people ask (`spoken.rs`). The index is built at the first query.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use self::phrases::Phrases;
use self::spoken::Spoken;
use self::words::{Word, compact, distance, plain, stem};
use super::vocabulary::{KEPT_VERBS, SAME, STOP_WORDS, UNASKED, VERBS, VOCABULARY};
use crate::api::TOOLSETS;
use crate::operation::Operation;
use crate::schema::{Field, Schema};

mod phrases;
mod spoken;
mod words;

// PHRASES: &[(tool name, how people ask for it, one phrase a line)], sorted by name.
include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// Characters of a query that are read; nobody describes one operation at greater length.
const LONGEST_QUERY: usize = 600;
/// Words of a query that are looked up.
const MOST_WORDS: usize = 60;
/// Words of a query that are compared with all known words, because nothing knows them.
const MOST_MISSPELT: usize = 6;

/// How rare a word is that occurs nowhere.
const UNKNOWN: f32 = 3.0;

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
    /// The query has words of the operation.
    pub const WORDS: f32 = 1.6;
    /// The verb is the one that was asked for.
    pub const VERB: f32 = 1.7;
    /// Query and name have the same words.
    pub const COVERED: f32 = 0.7;
    /// The query has all words of the name, and others.
    pub const ALL_OF_NAME: f32 = 1.45;
    /// The name is about the thing that the query is about.
    pub const HEAD: f32 = 0.7;
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
    spoken: Spoken,
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
        let mut read: HashMap<&str, HashSet<String>> = HashMap::new();
        for toolset in TOOLSETS {
            for operation in toolset.operations {
                let place = entries.len();
                places.insert(operation.name, place);
                let shared = [(toolset.name, weight::TOOLSET), (toolset.about, weight::TOOLSET_ABOUT)];
                for (text, weight) in texts(operation).into_iter().chain(shared) {
                    // Many arguments are described alike. Each word of a text counts once.
                    let stems: &HashSet<String> = read.entry(text).or_insert_with(|| {
                        same.apply(plain(text)).into_iter().map(|word| word.stem).collect()
                    });
                    for stem in stems {
                        match weights.get_mut(stem) {
                            Some(places) => *places.entry(place).or_default() += weight,
                            None => {
                                weights.insert(stem.clone(), BTreeMap::from([(place, weight)]));
                            }
                        }
                    }
                }
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
            spoken: Spoken::build(&same),
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
        let words = self.words(query);
        let mut scores = self.spoken.scores(&words);
        let question = self.question(words);
        let rarity = |stem: &String| self.terms.get(stem).map_or(UNKNOWN, |term| term.rarity);
        let length = question.terms.iter().map(|(stem, weight)| (rarity(stem) * weight).powi(2)).sum::<f32>();
        for (stem, weight) in &question.terms {
            let Some(term) = self.terms.get(stem) else { continue };
            for (place, here) in &term.weights {
                scores[*place] += weight::WORDS * weight * term.rarity * here / length.sqrt();
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

    /// The words of a query, spelt as the index spells them.
    fn words(&self, query: &str) -> Vec<Word> {
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
        self.same.apply(words)
    }

    fn question(&self, words: Vec<Word>) -> Question {
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
    texts.push((asked(operation.name), weight::ASKED));
    for field in operation.fields {
        texts.push((field.name, weight::ARGUMENT));
        texts.push((field.about, weight::ARGUMENT_ABOUT));
        texts.extend(choices(field).iter().map(|choice| (*choice, weight::ARGUMENT_ABOUT)));
    }
    texts
}

/// How people ask for an operation, one phrase a line.
fn asked(name: &str) -> &'static str {
    match PHRASES.binary_search_by_key(&name, |(name, _)| name) {
        Ok(index) => PHRASES[index].1,
        Err(_) => "",
    }
}

fn choices(field: &Field) -> &'static [&'static str] {
    match field.schema.present() {
        Schema::Choice(words) | Schema::List(Schema::Choice(words)) => words,
        _ => &[],
    }
}

/// A number of things, for arithmetic with weights.
fn count(things: usize) -> f32 {
    u16::try_from(things).map_or(f32::MAX, f32::from)
}

#[cfg(test)]
mod tests;
