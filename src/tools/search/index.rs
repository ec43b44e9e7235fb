//! The index: how well each operation answers a question.

use std::collections::{BTreeMap, HashMap};

use super::bm25::{Bm25, Documents, float};
use super::distance::distance;
use super::examples::{TERMS, example_terms};
use super::question::{Question, Wish};
use super::synonyms::{SYNONYMS, VERBS};
use super::terms::{Terms, Tokenizer};
use super::tokenize::{stem, tokenize};
use crate::api::TOOLSETS;
use crate::operation::Effect;

/// What a synonym counts beside the word that was said: it is a guess at what was meant.
const SYNONYM: f32 = 0.6;
/// What the best example query counts beside the whole document: one that says all of the
/// query is a better sign than several that say a part of it each, but one alone is chance.
const BEST_EXAMPLE: f32 = 0.65;
/// What the two next best count together: one alone may be chance.
const NEXT_EXAMPLES: f32 = 0.65;
/// The part of a score that is lost where nothing of a question is covered: one rare word that fits is not as
/// good as all words.
const COVERAGE: f32 = 0.3;
/// What the name counts beside the whole document: a short name that is all in the query is a
/// better sign than words in passing. Without it, who uses the API's own words finds what has
/// more text about them.
const SUBJECT: f32 = 0.3;
/// What the right verb counts beside the whole document: it decides between operations on the
/// same thing, and must not lift one on another thing above them.
const VERB: f32 = 0.26;
/// What it counts where the question begins with it.
const FIRST_VERB: f32 = 0.3;
/// The part of a question that may stand in example queries alone.
const NEARLY_ALL: f32 = 0.75;
/// What a word of the API counts at least.
const COMMON: f32 = 2.5;
/// What a word counts that stands in no text of the API.
const UNKNOWN: f32 = 5.0;
/// The same for the verb that a question begins with: what the API has no word for doing, it cannot do.
const UNKNOWN_VERB: f32 = 12.0;
/// What is left of an operation that changes something, where somebody wishes to see something.
const UNWISHED_CHANGE: f32 = 0.6;
/// What is left of one that only reads, where somebody wishes to change something.
const UNWISHED_READ: f32 = 0.85;

/// Something that a question is about.
pub struct Subject {
    /// The terms for it; none if nothing in the API is called so.
    numbers: Vec<u16>,
    weight: f32,
}

/// All that is known of the operations' words.
pub struct Index {
    /// In the order of the table. A place in it is a document's number in `operations`.
    names: Vec<&'static str>,
    effects: Vec<Effect>,
    /// Their letters and digits.
    compact_names: Vec<String>,
    places: HashMap<&'static str, usize>,
    terms: Terms,
    /// Whether a term stands in the names and descriptions of the API, by its number.
    own_terms: Vec<bool>,
    /// A document for each operation.
    operations: Bm25,
    /// A document for each name without its verb.
    subjects: Bm25,
    /// A document for each example query; the name and the summary are two more.
    examples: Bm25,
    /// The place of each example's operation.
    example_of: Vec<usize>,
    /// Terms of the API for a term of a query.
    synonyms: HashMap<String, Vec<String>>,
    /// Verbs of operations for a term of a query, the best first.
    verbs: HashMap<String, Vec<&'static str>>,
}

impl Index {
    /// Of all operations.
    pub fn build() -> Self {
        let mut tokenizer = Tokenizer::new(Terms::new(TERMS));
        let (mut names, mut effects, mut own) = (Vec::new(), Vec::new(), Vec::new());
        let (mut documents, mut subjects) = (Documents::default(), Documents::default());
        let (mut examples, mut example_of) = (Documents::default(), Vec::new());
        for toolset in TOOLSETS {
            let about_toolset = [tokenizer.tokenize(toolset.name), tokenizer.tokenize(toolset.description)];
            for operation in toolset.operations {
                let summary = operation.summary();
                let rest = operation.description.get(summary.len()..).unwrap_or_default();
                let mut document = about_toolset.concat();
                document.extend(tokenizer.tokenize(rest));
                let [name, summary] = [tokenizer.tokenize(operation.name), tokenizer.tokenize(summary)];
                own.extend(document.iter().chain(&name).chain(&summary).copied());
                let mut example = |terms: &[u16]| {
                    document.extend_from_slice(terms);
                    examples.push(terms);
                    example_of.push(names.len());
                };
                example(&name);
                example(&summary);
                example_terms(operation.name).for_each(&mut example);
                documents.push(&document);
                let subject = operation.name.split_once('_').map_or("", |(_, subject)| subject);
                subjects.push(&tokenizer.tokenize(subject));
                names.push(operation.name);
                effects.push(operation.effect);
            }
        }
        let mut own_terms = vec![false; tokenizer.terms.len()];
        for term in own {
            own_terms[usize::from(term)] = true;
        }
        let mut synonyms: HashMap<String, Vec<String>> = HashMap::new();
        for (meant, said) in SYNONYMS {
            for term in tokenize(said) {
                synonyms.entry(term).or_default().extend(tokenize(meant));
            }
        }
        let mut verbs: HashMap<String, Vec<&'static str>> = HashMap::new();
        for (said, meant) in VERBS {
            for word in said.split_whitespace() {
                verbs.entry(stem(word)).or_default().extend(meant.split_whitespace());
            }
        }
        let terms = tokenizer.terms;
        Self {
            compact_names: names.iter().map(|name| compact(name)).collect(),
            places: names.iter().enumerate().map(|(place, name)| (*name, place)).collect(),
            operations: Bm25::build(&documents, terms.len()),
            subjects: Bm25::build(&subjects, terms.len()),
            examples: Bm25::build(&examples, terms.len()),
            names,
            effects,
            own_terms,
            terms,
            example_of,
            synonyms,
            verbs,
        }
    }

    /// The place of an operation among the scores.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// How well each operation answers a question; 0 if not at all.
    pub fn scores(&self, question: &Question) -> Vec<f32> {
        let mut terms = question.terms.clone();
        for term in &mut terms {
            self.correct(term);
        }
        let mut weights: BTreeMap<&str, f32> = BTreeMap::new();
        for synonym in terms.iter().filter_map(|term| self.synonyms.get(term)).flatten() {
            weights.insert(synonym, SYNONYM);
        }
        weights.extend(terms.iter().map(|term| (term.as_str(), 1.0)));
        // In the order of the alphabet: what is added in another order is not quite the same.
        let known = weights.iter().filter_map(|(term, weight)| Some((self.terms.number(term)?, *weight)));

        let mut scores = scaled(self.operations.scores(known.clone()));
        // The best examples of each operation, the best first.
        let mut best_examples = vec![[0.0_f32; 3]; scores.len()];
        for (place, score) in self.example_of.iter().zip(scaled(self.examples.scores(known.clone()))) {
            let best = &mut best_examples[*place];
            if let Some(rank) = best.iter().position(|known| score > *known) {
                best[rank..].rotate_right(1);
                best[rank] = score;
            }
        }
        for (score, [first, second, third]) in scores.iter_mut().zip(best_examples) {
            *score += BEST_EXAMPLE * first + NEXT_EXAMPLES * f32::midpoint(second, third);
        }
        for (score, subject) in scores.iter_mut().zip(scaled(self.subjects.scores(known.clone()))) {
            *score += SUBJECT * subject;
        }
        for (score, covered) in scores.iter_mut().zip(self.operations.coverage(known)) {
            *score *= 1.0 - COVERAGE + COVERAGE * covered;
        }
        self.score_verbs(question, &mut scores);
        self.score_wish(question, &mut scores);
        self.score_names(&question.text, &mut scores);
        scores
    }

    /// What a question is about, without its verbs.
    pub fn subjects(&self, question: &Question) -> Vec<Subject> {
        let mut subjects = Vec::new();
        for term in &question.weighty {
            let mut corrected = term.clone();
            self.correct(&mut corrected);
            if self.verbs.contains_key(&corrected) {
                continue;
            }
            let synonyms = self.synonyms.get(&corrected).into_iter().flatten();
            let numbers: Vec<u16> = std::iter::once(&corrected)
                .chain(synonyms)
                .filter_map(|term| self.terms.number(term))
                .filter(|number| self.operations.contains(*number))
                .collect();
            let is_name = || question.names.contains(term) || term.bytes().any(|byte| byte.is_ascii_digit());
            match numbers.first() {
                Some(first) => {
                    let weight = self.operations.rarity(*first).max(COMMON);
                    subjects.push(Subject { numbers, weight });
                }
                None if is_name() => {}
                None => {
                    let is_verb = question.order.as_ref() == Some(term);
                    let weight = if is_verb { UNKNOWN_VERB } else { UNKNOWN };
                    subjects.push(Subject { numbers, weight });
                }
            }
        }
        subjects
    }

    /// Which part of what a question is about an operation knows, the rarest words most: 1 if all, 0
    /// if nothing, or only words that somebody once used beside those of the API.
    pub fn relevance(&self, subjects: &[Subject], place: usize) -> f32 {
        let (mut known, mut all, mut is_about_api) = (0.0, 0.0, false);
        for Subject { numbers, weight } in subjects {
            all += weight;
            let mut has = numbers.iter().filter(|number| self.operations.has(**number, place)).peekable();
            if has.peek().is_some() {
                known += weight;
                is_about_api |= has.any(|number| self.own_terms[usize::from(*number)]);
            }
        }
        match () {
            () if all == 0.0 => 1.0,
            () if is_about_api || known / all >= NEARLY_ALL => known / all,
            () => 0.0,
        }
    }

    /// Prefers operations that do what the question's verbs say: the one that it begins with, where that is
    /// known, or else all of them.
    fn score_verbs(&self, question: &Question, scores: &mut [f32]) {
        let first = question.verb.as_ref().and_then(|verb| self.verbs.get(verb));
        let said: Vec<&Vec<&str>> = if let Some(first) = first {
            vec![first]
        } else {
            let said = question.verbs.iter().filter_map(|term| self.verbs.get(term));
            // Who wishes to see something says with other verbs what it is about.
            said.filter(|verbs| !question.is_to_see() || reads(verbs)).collect()
        };
        let weight = match first {
            // Nothing else is said.
            Some(_) if question.terms.len() == 1 => 1.0,
            Some(_) => FIRST_VERB,
            None => VERB,
        };
        let fits = |name: &str| {
            let verb = name.split('_').next().unwrap_or_default();
            // Who names a thing and no verb wants to see what there is.
            if said.is_empty() {
                return if verb == "list" { 1.0 } else { 0.0 };
            }
            // The first verb of a list fits wholly, the second by half, the third by a third.
            let ranks = said.iter().filter_map(|verbs| verbs.iter().position(|known| *known == verb));
            ranks.min().map_or(0.0, |rank| 1.0 / float(rank + 1))
        };
        // A verb alone finds its operations; beside other words it only decides between them.
        let verb_alone = !said.is_empty() && scores.iter().all(|score| *score == 0.0);
        for (name, score) in self.names.iter().zip(scores) {
            if *score > 0.0 || verb_alone {
                *score += weight * fits(name);
            }
        }
    }

    /// Holds back operations that do not do what the question wishes for.
    fn score_wish(&self, question: &Question, scores: &mut [f32]) {
        for (place, score) in scores.iter_mut().enumerate() {
            let reads = self.effects[place] == Effect::Read;
            if *score > 0.0 {
                match question.wish {
                    Wish::See | Wish::History if !reads => *score *= UNWISHED_CHANGE,
                    Wish::Change if reads => *score *= UNWISHED_READ,
                    _ => {}
                }
            }
        }
        if question.wish == Wish::History
            && let Some(place) = self.place("list_events")
        {
            let best = scores.iter().copied().fold(0.0, f32::max);
            scores[place] += best;
        }
    }

    /// Puts operations first whose name is in the query, or is nearly all of it, in any spelling.
    fn score_names(&self, query: &str, scores: &mut [f32]) {
        for word in query.split_whitespace().filter(|word| word.contains('_')) {
            let word = compact(word);
            if let Some(place) = self.compact_names.iter().position(|name| *name == word) {
                scores[place] = f32::INFINITY;
            }
        }
        let query = compact(query);
        let near = |(place, name): (usize, &String)| {
            let tolerance = (name.len() / 8).clamp(1, 3);
            Some((distance(&query, name, tolerance)?, place))
        };
        if let Some((_, place)) = self.compact_names.iter().enumerate().filter_map(near).min() {
            scores[place] = f32::INFINITY;
        }
    }

    /// Takes a term that nothing knows for the known one next to it.
    fn correct(&self, term: &mut String) {
        let known = |term: &str| {
            self.terms.number(term).is_some_and(|number| self.operations.contains(number))
                || self.synonyms.contains_key(term)
                || self.verbs.contains_key(term)
        };
        // Short words have too many neighbours, and hardly anybody mistypes the first letter.
        if term.len() < 5 || known(term) {
            return;
        }
        let tolerance = if term.len() < 10 { 1 } else { 2 };
        // What the API itself calls something is meant rather than what somebody once said.
        let is_own = |term: &str| {
            self.terms
                .number(term)
                .is_some_and(|number| self.own_terms.get(usize::from(number)) == Some(&true))
        };
        let nearest = self
            .terms
            .iter()
            .filter(|(_, number)| self.operations.contains(*number))
            .map(|(term, _)| term)
            .chain(self.synonyms.keys().map(String::as_str))
            .chain(self.verbs.keys().map(String::as_str))
            .filter(|known| known.len() > 3 && known.as_bytes().first() == term.as_bytes().first())
            .filter_map(|known| Some((distance(term, known, tolerance)?, !is_own(known), known)))
            .min();
        if let Some((.., known)) = nearest {
            known.clone_into(term);
        }
    }
}

/// Whether verbs are those of operations that read.
fn reads(verbs: &[&str]) -> bool {
    verbs
        .first()
        .is_some_and(|verb| ["list", "get", "find", "check", "verify", "describe", "decrypt"].contains(verb))
}

/// Scores as parts of the best one, so that those of different indexes can be added.
fn scaled(mut scores: Vec<f32>) -> Vec<f32> {
    let best = scores.iter().copied().fold(0.0, f32::max);
    if best > 0.0 {
        for score in &mut scores {
            *score /= best;
        }
    }
    scores
}

/// Letters and digits only, in lower case: `List-Users` and `list_users` are the same.
pub fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
