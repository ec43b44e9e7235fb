//! Items in the order of what is at a path, the first of them alone kept while a list is read.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde_json::Value;

use super::value::Rank;
use crate::tools::answer::length;
use crate::tools::path::Path;

/// An order of items.
#[derive(Debug)]
pub struct Order {
    /// By what.
    pub path: Path,
    /// The highest first.
    pub descending: bool,
}

/// Where an item stands: what has no value comes last, and what is equal as it came.
#[derive(Debug)]
pub struct Standing {
    rank: Option<Rank>,
    descending: bool,
    sequence: usize,
}

/// The first items of an order.
#[derive(Debug)]
pub struct First<'o> {
    order: &'o Order,
    max_items: usize,
    max_bytes: usize,
    bytes: usize,
    seen: usize,
    /// The last of them on top.
    heap: BinaryHeap<Kept>,
    /// The first that did not fit: nothing behind it is wanted.
    end: Option<Standing>,
}

#[derive(Debug)]
struct Kept {
    standing: Standing,
    bytes: usize,
    item: Value,
}

impl Order {
    /// Reads `name`, `-name` for descending order, and what else is written for these.
    ///
    /// # Errors
    ///
    /// Why it is no path, as the end of a sentence.
    pub fn parse(text: &str, path: impl FnOnce(&str) -> Result<Path, String>) -> Result<Self, String> {
        let text = text.trim();
        let (text, mut descending) = match text.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        let mut text = text.trim();
        for (word, is_descending) in
            [("desc", true), ("descending", true), ("asc", false), ("ascending", false)]
        {
            let rest = text.len().checked_sub(word.len()).and_then(|at| text.split_at_checked(at));
            if let Some((rest, end)) = rest
                && end.eq_ignore_ascii_case(word)
                && rest.ends_with([' ', ':'])
            {
                (text, descending) = (rest.trim_end_matches([' ', ':']), is_descending);
            }
        }
        Ok(Self { path: path(text)?, descending })
    }

    /// The rank of an item: of several values, the one that comes first.
    fn rank(&self, item: &Value) -> Option<Rank> {
        let ranks = self.path.values(item).into_iter().filter_map(Rank::of);
        if self.descending { ranks.max_by(Rank::order) } else { ranks.min_by(Rank::order) }
    }
}

impl<'o> First<'o> {
    /// None yet, and never more than so many, in so many bytes.
    pub fn new(order: &'o Order, max_items: usize, max_bytes: usize) -> Self {
        Self { order, max_items, max_bytes, bytes: 0, seen: 0, heap: BinaryHeap::new(), end: None }
    }

    /// Where the next item stands, if it is among the first so far. It is to be kept then.
    pub fn standing(&mut self, item: &Value) -> Option<Standing> {
        let Order { descending, .. } = *self.order;
        let standing = Standing { rank: self.order.rank(item), descending, sequence: self.seen };
        self.seen += 1;
        let last = self.heap.peek().filter(|_| self.heap.len() >= self.max_items);
        let ends = [self.end.as_ref(), last.map(|last| &last.standing)];
        ends.into_iter().flatten().all(|end| standing < *end).then_some(standing)
    }

    /// Keeps an item, and drops those that no longer are among the first.
    pub fn keep(&mut self, standing: Standing, item: Value) {
        let bytes = length(&item) + 1;
        self.bytes += bytes;
        self.heap.push(Kept { standing, bytes, item });
        while self.heap.len() > 1
            && (self.heap.len() > self.max_items || self.bytes > self.max_bytes)
            && let Some(last) = self.heap.pop()
        {
            self.bytes -= last.bytes;
            // The one before was behind it.
            self.end = Some(last.standing);
        }
    }

    /// How many items were looked at.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// How many are wanted at most.
    pub fn most(&self) -> usize {
        self.max_items
    }

    /// The items in their order.
    pub fn into_items(self) -> Vec<Value> {
        self.heap.into_sorted_vec().into_iter().map(|kept| kept.item).collect()
    }
}

impl Ord for Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_rank = match (&self.rank, &other.rank) {
            (Some(one), Some(other)) if self.descending => other.order(one),
            (Some(one), Some(other)) => one.order(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_rank.then(self.sequence.cmp(&other.sequence))
    }
}

impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Standing {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Standing {}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        self.standing.cmp(&other.standing)
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Kept {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn first(order: &str, items: &[Value], max_items: usize, max_bytes: usize) -> Vec<Value> {
        let order = Order::parse(order, Path::parse).expect("an order");
        let mut first = First::new(&order, max_items, max_bytes);
        for item in items {
            if let Some(standing) = first.standing(item) {
                first.keep(standing, item.clone());
            }
        }
        assert_eq!(first.seen(), items.len());
        first.into_items()
    }

    #[test]
    fn an_order_is_written_in_several_ways() {
        for (text, path, descending) in [
            ("created_at", "created_at", false),
            ("-created_at", "created_at", true),
            ("+created_at", "created_at", false),
            (" created_at desc", "created_at", true),
            ("created_at:DESC", "created_at", true),
            ("created_at ascending", "created_at", false),
            ("desc", "desc", false),
            ("custom_attributes.desc", "custom_attributes.desc", false),
        ] {
            let order = Order::parse(text, Path::parse).expect("an order");
            assert_eq!((order.path.as_str(), order.descending), (path, descending), "{text}");
        }
        assert!(Order::parse("", Path::parse).is_err());
        assert!(Order::parse("-", Path::parse).is_err());
    }

    #[test]
    fn the_first_come_in_their_order_and_what_has_no_value_last() {
        let items = [
            json!({"n": 1, "at": "2026-01-15T12:00:00+02:00"}),
            json!({"n": 2}),
            json!({"n": 3, "at": "2026-01-15T11:00:00Z"}),
            json!({"n": 4, "at": null}),
            json!({"n": 5, "at": "2026-01-15T10:00:00Z"}),
        ];
        let numbers = |order: &str, max| -> Vec<i64> {
            first(order, &items, max, 10_000).iter().filter_map(|item| item["n"].as_i64()).collect()
        };
        assert_eq!(numbers("at", 9), [1, 5, 3, 2, 4]);
        assert_eq!(numbers("-at", 9), [3, 1, 5, 2, 4]);
        assert_eq!(numbers("-at", 2), [3, 1]);
        assert_eq!(numbers("-n", 3), [5, 4, 3]);
        let lists = [json!({"n": 1, "l": [5, 2]}), json!({"n": 2, "l": [3, 4]})];
        assert_eq!(first("l", &lists, 1, 10_000)[0]["n"], 1);
        assert_eq!(first("-l", &lists, 1, 10_000)[0]["n"], 1);
    }

    proptest! {
        /// As sorting all of them, and taking the first that fit.
        #[test]
        fn the_first_are_those_of_all(
            keys in proptest::collection::vec(proptest::option::of(0..6_i64), 0..60),
            max_items in 1..20_usize,
            max_bytes in 30..400_usize,
            descending in any::<bool>(),
        ) {
            let items: Vec<Value> =
                keys.iter().enumerate().map(|(n, key)| json!({"n": n, "key": key, "pad": "x".repeat(n % 7)})).collect();
            let mut sorted = items.clone();
            sorted.sort_by_key(|item| {
                let key = item["key"].as_i64();
                (key.is_none(), key.map(|key| if descending { -key } else { key }))
            });
            let mut bytes = 0;
            let mut expected: Vec<Value> = sorted
                .iter()
                .take(max_items)
                .take_while(|item| {
                    bytes += length(item) + 1;
                    bytes <= max_bytes
                })
                .cloned()
                .collect();
            if expected.is_empty() {
                expected.extend(sorted.first().cloned());
            }
            prop_assert_eq!(first(if descending { "-key" } else { "key" }, &items, max_items, max_bytes), expected);
        }
    }
}
