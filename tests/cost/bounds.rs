//! What a call and a page may cost, counted. Each number stands a little above what was counted
//! when it was set: lower it when the count falls, and raise it only with a reason in the commit.

/// What is counted.
pub struct Bound {
    /// As the tests name it.
    pub what: &'static str,
    /// No more than this, on the average of many.
    pub most: u64,
}

/// Allocations of the server and its client, request and answer of HTTP/1.1 among them.
pub const ALLOCATIONS: [Bound; 3] = [
    Bound { what: "allocations of one call", most: 112 },
    Bound { what: "allocations of one page of 100", most: 122 },
    Bound { what: "allocations of one small write", most: 120 },
];

/// Instructions of the whole program under valgrind, in the profile of the tests (`dev`): several times
/// what users have, and as good a sign of growth.
pub const INSTRUCTIONS: [Bound; 2] = [
    Bound { what: "instructions of one call", most: 1_100_000 },
    Bound { what: "instructions of one page of 100", most: 31_500_000 },
];

impl Bound {
    /// Stops with a text that says what grew, and how to find where.
    pub fn hold(&self, counted: u64, find: &str) {
        let Self { what, most } = self;
        println!("{what}: {counted}, at most {most}");
        assert!(
            counted <= *most,
            "{what}: {counted}, at most {most}. Something on the way of a call does more than it did. \
             To find it: {find}. If it is worth that, say so in the commit and set the bound in \
             tests/cost/bounds.rs."
        );
    }
}
