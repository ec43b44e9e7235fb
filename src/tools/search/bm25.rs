//! Okapi BM25: how well documents answer a query by the terms that they share.
//!
//! A document scores for every term of the query that it holds: more if few documents hold
//! the term (inverse document frequency), more if it stands there often (term frequency, with
//! diminishing returns), less if the document is long (document length).

use std::collections::{BTreeMap, HashMap};

/// How slowly further occurrences of a term stop counting. At the upper end of what is usual,
/// as it counts how many example queries of an operation share a term.
const K1: f32 = 2.0;
/// How far long documents are held back: 0 not at all, 1 in proportion to their length.
const B: f32 = 0.75;

/// An inverted index.
pub struct Bm25 {
    postings: HashMap<String, Vec<Posting>>,
    documents: usize,
}

/// What one term adds to the score of one document.
struct Posting {
    document: usize,
    score: f32,
}

impl Bm25 {
    /// Indexes documents, each given as its terms.
    pub fn build(documents: &[Vec<String>]) -> Self {
        let total = float(documents.len());
        let average_length = documents.iter().map(|terms| float(terms.len())).sum::<f32>() / total;
        let mut frequencies: HashMap<&str, BTreeMap<usize, f32>> = HashMap::new();
        for (document, terms) in documents.iter().enumerate() {
            for term in terms {
                *frequencies.entry(term).or_default().entry(document).or_default() += 1.0;
            }
        }
        let postings = frequencies
            .into_iter()
            .map(|(term, documents_with_term)| {
                let with_term = float(documents_with_term.len());
                let inverse_document_frequency = (1.0 + (total - with_term + 0.5) / (with_term + 0.5)).ln();
                let postings = documents_with_term.into_iter().map(|(document, frequency)| {
                    let length = float(documents[document].len()) / average_length;
                    let saturated = frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * length));
                    Posting { document, score: inverse_document_frequency * saturated }
                });
                (term.to_owned(), postings.collect())
            })
            .collect();
        Self { postings, documents: documents.len() }
    }

    /// The score of each document for a query: terms and how much each counts.
    pub fn scores(&self, query: &BTreeMap<&str, f32>) -> Vec<f32> {
        let mut scores = vec![0.0; self.documents];
        for (term, weight) in query {
            for posting in self.postings.get(*term).into_iter().flatten() {
                scores[posting.document] += weight * posting.score;
            }
        }
        scores
    }

    /// Whether any document holds a term.
    pub fn contains(&self, term: &str) -> bool {
        self.postings.contains_key(term)
    }

    /// All terms, in no order.
    pub fn terms(&self) -> impl Iterator<Item = &String> {
        self.postings.keys()
    }
}

/// A number of things, for arithmetic with weights.
pub fn float(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::MAX, f32::from)
}
