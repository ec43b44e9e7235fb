//! The items that a scan shows: as many as are wanted and fit into an answer, and where in the list they
//! end, so that whoever goes on skips nothing and has nothing twice.

use serde_json::Value;

use crate::operation::Operation;
use crate::tools::answer::{cursor, ids, items, length};

/// Items that fit, as many as are wanted and fit into an answer.
#[derive(Debug)]
pub struct Items {
    /// Those that are shown.
    pub shown: Vec<Value>,
    most: usize,
    max_bytes: usize,
    bytes: usize,
    /// Where it ended, if no more is taken.
    pub end: Option<Behind>,
}

impl Items {
    /// None yet, and never more than so many, in so many bytes.
    pub fn new(most: usize, max_bytes: usize) -> Self {
        Self { shown: Vec::new(), most, max_bytes, bytes: 0, end: None }
    }

    /// Whether not even so many further items could be the last ones.
    pub fn takes_more_than(&self, items: usize) -> bool {
        // What items are long cannot be known before.
        self.bytes < self.max_bytes / 2 && self.most - self.shown.len() > items
    }

    /// Takes those of a page that fit, each with its place in it. If that is the end: how many items of
    /// the page are done with.
    pub fn add(
        &mut self,
        fitting: Vec<(usize, Value)>,
        cursors: &Cursors,
        mut prune: impl FnMut(Value) -> Value,
    ) -> Option<usize> {
        let before = self.shown.len();
        let mut end = None;
        for (at, item) in fitting {
            let item = prune(item);
            let bytes = length(&item) + 1;
            if self.shown.len() == self.most
                || (self.bytes + bytes > self.max_bytes && !self.shown.is_empty())
            {
                end = Some(at);
                break;
            }
            self.bytes += bytes;
            self.shown.push(item);
            if self.shown.len() == self.most {
                end = Some(at + 1);
                break;
            }
        }
        let end = end?;
        let behind = cursors.behind(end);
        if matches!(behind, Behind::Unknown) && before > 0 {
            // No cursor points into this page: whoever goes on begins with it.
            self.shown.truncate(before);
            self.end = Some(Behind::of(cursors.begins.clone()));
            return Some(0);
        }
        self.end = Some(behind);
        Some(end)
    }
}

/// What is behind a place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// More, behind this cursor.
    Cursor(String),
    /// Nothing.
    Nothing,
    /// More, or nothing; there is no cursor to it.
    Unknown,
}

impl Behind {
    fn of(cursor: Option<String>) -> Self {
        cursor.map_or(Self::Nothing, Self::Cursor)
    }
}

/// The cursors into a page.
#[derive(Debug)]
pub struct Cursors {
    begins: Option<String>,
    /// The IDs of its items, where these are cursors.
    ids: Option<Vec<String>>,
    items: usize,
    ends: Option<String>,
    paged: bool,
}

impl Cursors {
    /// Those of a page that begins behind a cursor. In an `opaque` list, cursors are known to be no IDs.
    pub fn of(operation: &Operation, answer: &Value, begins: Option<String>, opaque: bool) -> Self {
        let count = items(answer).map_or(0, Vec::len);
        let ids: Option<Vec<String>> = ids(answer).into_iter().collect();
        let ends = cursor(answer).map(str::to_owned);
        let before =
            answer.get("list_metadata").and_then(|metadata| metadata.get("before")).and_then(Value::as_str);
        let is = |cursor: Option<&str>, id: Option<&String>| {
            cursor.is_none_or(|cursor| id.is_some_and(|id| id == cursor))
        };
        let are_cursors = |ids: &Vec<String>| is(ends.as_deref(), ids.last()) && is(before, ids.first());
        let ids = ids.filter(|ids| !opaque && are_cursors(ids));
        Self { begins, ids, items: count, ends, paged: operation.is_paged() }
    }

    /// Whether cursors are something else than IDs.
    pub fn are_opaque(&self) -> bool {
        self.ids.is_none()
    }

    /// What is behind so many items of the page.
    fn behind(&self, items: usize) -> Behind {
        let id = items.checked_sub(1).and_then(|last| self.ids.as_ref()?.get(last));
        match id {
            _ if items == self.items => Behind::of(self.ends.clone()),
            Some(id) if self.paged => Behind::Cursor(id.clone()),
            None if self.paged && items == 0 && self.begins.is_some() => Behind::of(self.begins.clone()),
            _ => Behind::Unknown,
        }
    }
}
