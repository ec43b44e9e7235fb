//! Finds the operations that somebody describes in words.
//!
//! A question goes this way:
//!
//! 1. An operation that it names itself is found, and nothing else: by its name, its route, as a method
//!    of an SDK or as a command (`spelled.rs`).
//! 2. It becomes words in English, whether it is a wish to see or to change something is told by how it
//!    begins, and IDs and addresses stand for what they name (`question.rs`, `languages.rs`). Typing errors in
//!    longer words are repaired (`repair.rs`).
//! 3. These become terms: stems of words without stop words, one spelling for what has several
//!    (`tokenize.rs`). A term that nothing knows is taken for the known one next to it.
//! 4. Terms that the API has another word for bring that word along, too (`synonyms.rs`).
//! 5. BM25 (`bm25.rs`) ranks the operations (`index.rs`). The document of an operation is its name, its
//!    description, that of its toolset, and its example queries: how people ask for it (`examples.rs`).
//! 6. To that is added how well the best example queries match and how well the name without its verb
//!    does, both by BM25 again, and whether the operation does what the question's verb says.
//! 7. If the best of them know too little of what the question is about, nothing fits. Who wishes to see
//!    something is not answered with an operation that changes something first.
//!
//! `search/tests.rs` measures how often that finds the right operation. The build script takes the
//! example queries apart into terms (`build.rs`); the rest of the index is built at the first question.

use std::sync::OnceLock;

use self::index::Index;
pub use self::question::{Question, Wish};
pub use self::tokenize::meaning;
use crate::operation::{Effect, Operation};

mod bm25;
mod distance;
mod examples;
mod index;
mod languages;
mod question;
mod repair;
mod spelled;
mod synonyms;
mod terms;
mod tokenize;

/// The part of what a question is about that one of the best operations must know, or nothing fits.
const RELEVANT: f32 = 0.36;
/// How many of the best are looked at for that.
const LOOKED_AT: usize = 5;

/// What a question finds.
#[derive(Debug)]
pub struct Found {
    /// The operations that match, best first; in the order of the table where two match equally.
    pub operations: Vec<&'static Operation>,
    /// How many of them, from the first, the question names itself: by name, by route, as a method of an
    /// SDK or as a command.
    named: usize,
    /// Whether the first is meant beyond doubt: it is named, or nearly all of the question is its name.
    is_certain: bool,
}

impl Found {
    /// The operations that the question names, or all that match if it names none.
    pub fn asked_for(&self) -> &[&'static Operation] {
        if self.named > 0 { &self.operations[..self.named] } else { &self.operations }
    }

    /// Whether the first is meant beyond doubt.
    pub fn is_certain(&self) -> bool {
        self.is_certain
    }
}

/// The operations that answer a question, among those that are within reach. None if nothing fits.
pub fn search(question: &Question, among: impl Iterator<Item = &'static Operation>) -> Found {
    static INDEX: OnceLock<Index> = OnceLock::new();
    let index = INDEX.get_or_init(Index::build);
    let scores = index.scores(question);
    let spelled = spelled::spelled(&question.text);
    let mut found: Vec<(f32, usize, &'static Operation)> = among
        .filter_map(|operation| {
            let place = index.place(operation.name)?;
            // Those that are named come first, in their own order.
            let named = spelled.iter().position(|named| named.name == operation.name);
            let (score, order) = match named {
                Some(order) => (f32::INFINITY, order),
                None => (scores[place], spelled.len() + place),
            };
            (score > 0.0).then_some((score, order, operation))
        })
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    let named = found.iter().filter(|(_, order, _)| *order < spelled.len()).count();
    let is_certain = found.first().is_some_and(|(score, ..)| score.is_infinite());
    let mut operations: Vec<&'static Operation> =
        found.into_iter().map(|(.., operation)| operation).collect();
    let subjects = index.subjects(question);
    let is_relevant = |operation: &&Operation| {
        index.place(operation.name).is_some_and(|place| index.relevance(&subjects, place) >= RELEVANT)
    };
    if !is_certain {
        if question.wish != Wish::History && !operations.iter().take(LOOKED_AT).any(is_relevant) {
            operations.clear();
        }
        if question.is_to_see() {
            read_first(&mut operations);
        }
    }
    Found { operations, named, is_certain }
}

/// Who wishes to see something is not answered with an operation that changes something first.
fn read_first(operations: &mut [&'static Operation]) {
    const NEAR: usize = 8;
    let reads = |operation: &&&Operation| operation.effect == Effect::Read;
    if let Some(place) = operations.iter().take(NEAR).position(|operation| reads(&operation)) {
        operations[..=place].rotate_right(1);
    }
}

#[cfg(test)]
mod tests;
