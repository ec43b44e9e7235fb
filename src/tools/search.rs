//! Finds the operations that somebody describes in words.
//!
//! A query goes this way:
//!
//! 1. It is split into terms: stems of its words without stop words, one spelling for what has
//!    several (`tokenize.rs`). A term that nothing knows is taken for the known one next to it.
//! 2. Terms that the API has another word for bring that word along, too (`synonyms.rs`).
//! 3. BM25 (`bm25.rs`) ranks the operations. The document of an operation is its name, its
//!    description, that of its toolset, and its example queries: how people ask for it.
//! 4. To that is added how well the best single example query matches and how well the name
//!    without its verb does, both by BM25 again, and whether the operation does what the query's
//!    verb says.
//! 5. An operation whose name the query spells comes first in any case.
//!
//! `search/tests.rs` measures how often that finds the right operation. The build script takes the
//! example queries apart into terms (`build.rs`); the rest of the index is built at the first query.

use std::sync::OnceLock;

use self::index::Index;
pub use self::question::{Question, Wish};
pub use self::tokenize::meaning;
use crate::operation::{Effect, Operation};

mod bm25;
mod index;
mod languages;
mod question;
mod spelled;
mod synonyms;
mod terms;
mod tokenize;

/// The part of what a question is about that one of the best operations must know, or nothing fits.
const RELEVANT: f32 = 0.33;
/// How many of the best are looked at for that.
const LOOKED_AT: usize = 5;

/// What a question finds.
#[derive(Debug)]
pub struct Found {
    /// The operations that match, best first; in the order of the table where two match equally.
    pub operations: Vec<&'static Operation>,
    /// How many of them, from the first, the question names itself: by name, by route, as a method of an
    /// SDK or as a command.
    pub named: usize,
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
            let score = match spelled.iter().position(|named| named.name == operation.name) {
                Some(_) => f32::INFINITY,
                None => scores[place],
            };
            let order = spelled.iter().position(|named| named.name == operation.name).unwrap_or(place);
            (score > 0.0).then_some((score, order, operation))
        })
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    let named = found.iter().take_while(|(score, ..)| score.is_infinite()).count();
    let mut operations: Vec<&'static Operation> = found.into_iter().map(|(.., operation)| operation).collect();
    let is_relevant = |operation: &&Operation| {
        index.place(operation.name).is_some_and(|place| index.relevance(question, place) >= RELEVANT)
    };
    let asks_api = named > 0 || question.wish == Wish::History;
    if !asks_api && !operations.iter().take(LOOKED_AT).any(|operation| is_relevant(&operation)) {
        operations.clear();
    }
    if named == 0 && question.is_to_see() {
        read_first(&mut operations);
    }
    Found { operations, named }
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
