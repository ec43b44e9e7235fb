//! Compares a query with how people ask for an operation.
//!
//! The API's words for a query are one view of it, and lose what they have no word for.
//! Here words stay what they are, verbs too. They are looked for in an operation's name,
//! its summary and the phrases of its fixture: in all of them together, as BM25 weighs
//! it, and in the one that comes nearest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::phrases::Phrases;
use super::words::{Word, plain};
use super::{UNKNOWN, asked, count};
use crate::api::operations;
use crate::server::vocabulary::{STOP_WORDS, TELLING};

/// What words count.
mod weight {
    /// All texts of the operation together.
    pub const TOGETHER: f32 = 3.55;
    /// The text that comes nearest.
    pub const NEAREST: f32 = 1.85;
    /// A word of the name, beside one of another text.
    pub const NAME: f32 = 2.0;
    /// Saturation: a word in several texts counts more, but not as their sum.
    pub const HALF: f32 = 1.2;
    /// How far the words of a long text count less.
    pub const LENGTH: f32 = 0.2;
    /// Rare words count more than others, but not as much as their rarity tells.
    pub const RARITY: f32 = 0.5;
}

pub struct Spoken {
    words: HashMap<String, Occurrences>,
    /// Place of each text's operation, and the length of the text as a vector.
    texts: Vec<(usize, f32)>,
    operations: usize,
    stop_words: HashSet<&'static str>,
}

/// Where a word occurs.
#[derive(Default)]
struct Occurrences {
    rarity: f32,
    /// Place of the operation, and how much the word counts there.
    operations: BTreeMap<usize, f32>,
    texts: Vec<usize>,
}

impl Spoken {
    pub fn build(same: &Phrases) -> Self {
        let telling: HashSet<&str> = TELLING.split_whitespace().collect();
        let stop_words: HashSet<_> =
            STOP_WORDS.split_whitespace().filter(|word| !telling.contains(word)).collect();
        let mut words: HashMap<String, Occurrences> = HashMap::new();
        let mut texts: Vec<(usize, BTreeSet<String>)> = Vec::new();
        let mut lengths = Vec::new();
        for (place, operation) in operations().enumerate() {
            let mut length = 0.0;
            let spoken = asked(operation.name).lines().map(|text| (text, 1.0));
            for (text, weight) in
                [(operation.name, weight::NAME), (operation.summary(), 1.0)].into_iter().chain(spoken)
            {
                let mut said = plain(text);
                for word in &mut said {
                    word.stop = stop_words.contains(word.stem.as_str());
                }
                let said: BTreeSet<String> = same
                    .apply(said)
                    .into_iter()
                    .filter(|word| !word.stop && !stop_words.contains(word.stem.as_str()))
                    .map(|word| word.stem)
                    .collect();
                for word in &said {
                    let occurrences = words.entry(word.clone()).or_default();
                    *occurrences.operations.entry(place).or_default() += weight;
                    occurrences.texts.push(texts.len());
                    length += weight;
                }
                texts.push((place, said));
            }
            lengths.push(length);
        }
        let total = count(lengths.len());
        let average = lengths.iter().sum::<f32>() / total;
        for occurrences in words.values_mut() {
            let common = count(occurrences.operations.len());
            let rarity = (1.0 + (total - common + 0.5) / (common + 0.5)).ln();
            occurrences.rarity = rarity.powf(weight::RARITY);
            for (place, weight) in &mut occurrences.operations {
                let length = 1.0 - weight::LENGTH + weight::LENGTH * lengths[*place] / average;
                *weight *= (weight::HALF + 1.0) / (*weight + weight::HALF * length);
            }
        }
        let texts = texts
            .into_iter()
            .map(|(place, said)| {
                let rarities = said.iter().filter_map(|word| words.get(word)).map(|word| word.rarity.powi(2));
                (place, rarities.sum::<f32>().sqrt())
            })
            .collect();
        Self { words, texts, operations: lengths.len(), stop_words }
    }

    /// How well each operation answers a query; 0 if not at all.
    pub fn scores(&self, query: &[Word]) -> Vec<f32> {
        let mut scores = vec![0.0; self.operations];
        let mut terms: BTreeMap<&str, f32> = BTreeMap::new();
        for word in query.iter().filter(|word| !self.stop_words.contains(word.stem.as_str())) {
            terms.insert(&word.stem, word.weight);
        }
        let rarity = |word: &str| self.words.get(word).map_or(UNKNOWN, |word| word.rarity);
        let length = terms.iter().map(|(word, weight)| (rarity(word) * weight).powi(2)).sum::<f32>().sqrt();
        let mut alike = vec![0.0; self.texts.len()];
        for (word, weight) in terms {
            let Some(occurrences) = self.words.get(word) else { continue };
            let asked = weight * occurrences.rarity / length;
            for (place, here) in &occurrences.operations {
                scores[*place] += weight::TOGETHER * asked * here;
            }
            for text in &occurrences.texts {
                alike[*text] += asked * occurrences.rarity / self.texts[*text].1;
            }
        }
        let mut nearest = vec![0.0_f32; self.operations];
        for ((place, _), alike) in self.texts.iter().zip(alike) {
            nearest[*place] = nearest[*place].max(alike);
        }
        for (score, nearest) in scores.iter_mut().zip(nearest) {
            *score += weight::NEAREST * nearest;
        }
        scores
    }
}
