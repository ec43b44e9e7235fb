//! Puts the API's words in the place of what people say.

use std::collections::HashMap;

use super::words::{Word, stem};

/// Phrases and what stands for them, by the first word of the phrase.
pub struct Phrases(HashMap<String, Vec<Phrase>>);

struct Phrase {
    /// Stems; [`GAP`] stands for up to [`WIDEST_GAP`] others, stop words not counted.
    words: Vec<String>,
    means: Vec<String>,
}

const GAP: &str = "..";
const WIDEST_GAP: usize = 2;

impl Phrases {
    /// `same` is what is done to a text before these phrases are looked for in it.
    pub fn build(table: &[(&str, &str)], same: Option<&Self>) -> Self {
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

    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.0.values().flatten().flat_map(|phrase| &phrase.words)
    }

    /// Puts what stands for a phrase in its place.
    pub fn apply(&self, mut words: Vec<Word>) -> Vec<Word> {
        // Phrases are written with stems of stop words, too.
        let stems: Vec<String> = words.iter().map(|word| stem(&word.stem)).collect();
        for (word, stem) in words.iter_mut().zip(&stems) {
            if !word.stop {
                word.stem.clone_from(stem);
            }
        }
        let mut said = Vec::with_capacity(words.len() * 2);
        let mut used = vec![false; words.len()];
        for start in 0..words.len() {
            if used[start] {
                continue;
            }
            let found = self.0.get(&stems[start]).into_iter().flatten().find_map(|phrase| {
                let matched = phrase.matches(&words, &stems, &used, start)?;
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
    fn matches(&self, words: &[Word], stems: &[String], used: &[bool], start: usize) -> Option<Vec<usize>> {
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
                .find(|at| !used[*at] && stems[*at] == *wanted)?;
            matched.push(found);
            at = found + 1;
            reach = 0;
        }
        Some(matched)
    }
}
