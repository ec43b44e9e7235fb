//! The example queries of the operations, how people ask for them, as the build script took them apart.

// EXAMPLE_TERMS: &[(tool name, the terms of its example queries, 0 before each query)], sorted by
// name; a term is its line in TERMS, counted from 0, the first of which is empty.
include!(concat!(env!("OUT_DIR"), "/example_terms.rs"));

/// The terms of each example query of an operation.
pub fn example_terms(name: &str) -> impl Iterator<Item = &'static [u16]> {
    let index = EXAMPLE_TERMS.binary_search_by_key(&name, |(name, _)| name);
    let terms = index.map_or(&[][..], |index| EXAMPLE_TERMS[index].1);
    // Nothing stands before the first 0.
    terms.split(|term| *term == 0).skip(1)
}
