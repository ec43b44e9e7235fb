//! A row of the tables: codes, where they are answered, and what to do.

/// What to do next after some code.
#[derive(Debug)]
pub(super) struct Step {
    /// WorkOS's codes, in lower case.
    pub codes: &'static [&'static str],
    /// What must have been called.
    pub at: At,
    /// Whole sentences. `{gaps}` are filled with what the answer holds.
    pub advice: &'static str,
}

/// What must have been called so that advice fits.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    /// Anything.
    Anywhere,
    /// An operation that takes this argument.
    Taking(&'static str),
    /// An operation that takes this argument, or objects with a field of this name.
    Naming(&'static str),
    /// One of these operations.
    Of(&'static [&'static str]),
    /// One of these operations, with this argument given.
    Given(&'static str, &'static [&'static str]),
}
