//! Goes from page to page of a list, and sees to it that the list ends.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::check::CheckedCall;
use super::error::RepeatedCursor;

/// Where in a list somebody is: the request of the next page, and the cursors that were given.
#[derive(Debug)]
pub(crate) struct Pager {
    call: CheckedCall,
    ended: bool,
    /// Cursors as hashes: a few bytes for each page, however long the list is.
    passed: HashSet<u64>,
    hasher: RandomState,
}

impl Pager {
    /// Starts at the page that a call asks for.
    pub(crate) fn new(call: CheckedCall) -> Self {
        let hasher = RandomState::new();
        let passed = call.after().map(|cursor| hasher.hash_one(cursor)).into_iter().collect();
        Self { call, ended: false, passed, hasher }
    }

    /// The request of the next page.
    pub(crate) fn call(&self) -> &CheckedCall {
        &self.call
    }

    /// Whether there is no next page.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Moves behind a page of which `next` is the cursor to the one after it.
    ///
    /// The list has ended without a cursor, with an empty page, or if the operation gives its
    /// list in one answer.
    ///
    /// # Errors
    ///
    /// The cursor was given before, or is the one that the pager started with: the list has
    /// ended too, as it would go round for ever.
    pub(crate) fn advance(&mut self, next: Option<&str>, page_is_empty: bool) -> Result<(), RepeatedCursor> {
        let next = next.filter(|_| self.call.operation().is_paged() && !page_is_empty);
        let Some(cursor) = next else {
            self.ended = true;
            return Ok(());
        };
        if self.passed.insert(self.hasher.hash_one(cursor)) {
            self.call.set_after(cursor);
            Ok(())
        } else {
            self.ended = true;
            Err(RepeatedCursor { cursor: cursor.to_owned() })
        }
    }
}

#[cfg(any(test, feature = "server"))]
impl Pager {
    /// The cursor that the next page is asked for with.
    pub(crate) fn after(&self) -> Option<&str> {
        self.call.after()
    }

    /// Asks for the same page again after [`advance`](Self::advance): it was no list at all,
    /// which looks like its end.
    pub(crate) fn retry_page(&mut self) {
        self.ended = false;
    }

    /// The request of the page behind `cursor`, before [`advance`](Self::advance) is told of it; none
    /// if the list ends there.
    pub(crate) fn behind(&self, cursor: &str) -> Option<CheckedCall> {
        if !self.call.operation().is_paged() || self.passed.contains(&self.hasher.hash_one(cursor)) {
            return None;
        }
        let mut call = self.call.clone();
        call.set_after(cursor);
        Some(call)
    }

    /// How many items the next page may have, if the list comes in pages.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        if self.call.operation().is_paged() {
            self.call.set_limit(limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Arguments;
    use super::super::settings::Defaults;
    use super::*;
    use crate::operation::Operation;

    fn pager(name: &str, after: Option<&str>) -> Pager {
        let operation: &'static Operation =
            crate::api::operations().find(|operation| operation.name == name).expect("an operation");
        let mut arguments = Arguments::new();
        if let Some(after) = after {
            arguments.insert("after".to_owned(), after.into());
        }
        Pager::new(CheckedCall::new(operation, arguments, &Defaults::default()).expect("a call"))
    }

    #[test]
    fn a_list_ends_without_a_cursor_with_an_empty_page_and_where_there_are_no_pages() {
        let mut pager = pager("list_organizations", None);
        assert_eq!(pager.advance(Some("A"), false), Ok(()));
        assert_eq!((pager.after(), pager.ended()), (Some("A"), false));
        assert_eq!(pager.advance(None, false), Ok(()));
        assert_eq!((pager.after(), pager.ended()), (Some("A"), true));
        pager.retry_page();
        assert!(!pager.ended());
        assert_eq!(pager.advance(Some("B"), true), Ok(()));
        assert_eq!((pager.after(), pager.ended()), (Some("A"), true));
        // An operation that answers its list at once.
        let mut pager = self::pager("list_environment_roles", None);
        pager.set_limit(5);
        assert!(pager.call().arguments().is_empty());
        assert_eq!(pager.advance(Some("A"), false), Ok(()));
        assert!(pager.ended());
    }

    #[test]
    fn a_cursor_that_was_given_before_ends_the_list() {
        let repeated = |cursor: &str| Err(RepeatedCursor { cursor: cursor.to_owned() });
        let mut pager = pager("list_organizations", Some("A"));
        assert_eq!(pager.advance(Some("B"), false), Ok(()));
        assert_eq!(pager.advance(Some("A"), false), repeated("A"));
        assert!(pager.ended());
        assert_eq!(pager.after(), Some("B"));
        let mut pager = self::pager("list_organizations", None);
        assert_eq!(pager.advance(Some("A"), false), Ok(()));
        assert_eq!(pager.advance(Some("A"), false), repeated("A"));
    }

    #[test]
    fn the_next_page_is_known_before_this_one_is_dealt_with() {
        let mut pager = pager("list_organizations", Some("A"));
        let behind = pager.behind("B").map(|call| call.arguments().clone());
        assert!(pager.behind("A").is_none(), "it would go round");
        assert_eq!(pager.after(), Some("A"));
        assert_eq!(pager.advance(Some("B"), false), Ok(()));
        assert_eq!(Some(pager.call().arguments()), behind.as_ref());
        assert!(self::pager("list_environment_roles", None).behind("A").is_none());
    }

    #[test]
    fn pages_have_the_size_that_is_set() {
        let mut pager = pager("list_organizations", None);
        pager.set_limit(7);
        assert_eq!(pager.call().arguments().get("limit"), Some(&7.into()));
    }
}
