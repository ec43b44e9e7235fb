//! Okapi BM25: how well documents answer a query by the terms that they share.
//!
//! A document scores for every term of the query that it holds: more if few documents hold
//! the term (inverse document frequency), more if it stands there often (term frequency, with
//! diminishing returns), less if the document is long (document length).

use std::ops::Range;

/// How slowly further occurrences of a term stop counting. At the upper end of what is usual,
/// as it counts how many example queries of an operation share a term.
const K1: f32 = 2.0;
/// How far long documents are held back: 0 not at all, 1 in proportion to their length.
const B: f32 = 0.75;

/// Documents, each the numbers of its terms, one after the other.
#[derive(Default)]
pub struct Documents {
    terms: Vec<u16>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Documents {
    /// Adds a document.
    pub fn push(&mut self, terms: &[u16]) {
        self.terms.extend_from_slice(terms);
        self.ends.push(self.terms.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u16]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.terms[start..*end])
    }
}

/// An inverted index.
pub struct Bm25 {
    /// Those of the first term, then those of the second, …
    postings: Vec<Posting>,
    /// Where those of each term end.
    ends: Vec<usize>,
    documents: usize,
}

/// What one term adds to the score of one document.
#[derive(Clone, Copy, Default)]
struct Posting {
    document: u16,
    score: f32,
}

impl Bm25 {
    /// Indexes documents of so many terms.
    pub fn build(documents: &Documents, terms: usize) -> Self {
        let total = float(documents.ends.len());
        let lengths = || documents.iter().map(|terms| float(terms.len()));
        let average_length = lengths().sum::<f32>() / total;
        // How often each document holds each of its terms, and how many documents hold a term.
        let mut found: Vec<(u16, Posting)> = Vec::with_capacity(documents.terms.len());
        let mut with_term = vec![0_usize; terms];
        let mut frequencies = vec![0.0_f32; terms];
        for (document, terms) in (0_u16..).zip(documents.iter()) {
            for term in terms {
                frequencies[usize::from(*term)] += 1.0;
            }
            for term in terms {
                // None the second time.
                let score = std::mem::take(&mut frequencies[usize::from(*term)]);
                if score > 0.0 {
                    found.push((*term, Posting { document, score }));
                    with_term[usize::from(*term)] += 1;
                }
            }
        }
        let inverse_document_frequencies: Vec<f32> =
            with_term.iter().map(|with_term| rarity(total, *with_term)).collect();
        let mut ends: Vec<usize> = with_term
            .iter()
            .scan(0, |start, with_term| Some(std::mem::replace(start, *start + with_term)))
            .collect();
        let lengths: Vec<f32> = lengths().map(|length| length / average_length).collect();
        let mut postings = vec![Posting::default(); found.len()];
        for (term, Posting { document, score: frequency }) in found {
            let length = lengths[usize::from(document)];
            let saturated = frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * length));
            let score = inverse_document_frequencies[usize::from(term)] * saturated;
            // From where those of the term start to where they end.
            let place = &mut ends[usize::from(term)];
            postings[*place] = Posting { document, score };
            *place += 1;
        }
        Self { postings, ends, documents: documents.ends.len() }
    }

    /// The score of each document for a query: terms and how much each counts.
    pub fn scores(&self, query: impl Iterator<Item = (u16, f32)>) -> Vec<f32> {
        let mut scores = vec![0.0; self.documents];
        for (term, weight) in query {
            for posting in &self.postings[self.range(term)] {
                scores[usize::from(posting.document)] += weight * posting.score;
            }
        }
        scores
    }

    /// Which part of a query each document covers, its terms weighed by how rare they are.
    pub fn coverage(&self, query: impl Iterator<Item = (u16, f32)>) -> Vec<f32> {
        let mut covered = vec![0.0; self.documents];
        let mut total = 0.0;
        for (term, weight) in query {
            let weight = weight * self.rarity(term);
            total += weight;
            for posting in &self.postings[self.range(term)] {
                covered[usize::from(posting.document)] += weight;
            }
        }
        if total > 0.0 {
            for covered in &mut covered {
                *covered /= total;
            }
        }
        covered
    }

    /// How rare a term is among the documents; most of all if none holds it.
    pub fn rarity(&self, term: u16) -> f32 {
        rarity(float(self.documents), self.range(term).len())
    }

    /// Whether a document holds a term.
    pub fn has(&self, term: u16, document: usize) -> bool {
        self.postings[self.range(term)].iter().any(|posting| usize::from(posting.document) == document)
    }

    /// Whether any document holds a term.
    pub fn contains(&self, term: u16) -> bool {
        !self.range(term).is_empty()
    }

    fn range(&self, term: u16) -> Range<usize> {
        let term = usize::from(term);
        let start = term.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[term]
    }
}

/// The inverse document frequency of a term that so many documents hold.
fn rarity(documents: f32, with_term: usize) -> f32 {
    let with_term = float(with_term);
    (1.0 + (documents - with_term + 0.5) / (with_term + 0.5)).ln()
}

/// A number of things, for arithmetic with weights.
pub fn float(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::MAX, f32::from)
}
