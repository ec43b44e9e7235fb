//! Counts of items by what is at their paths, in memory that does not grow with the list.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use crate::client::Violation;
use crate::tools::answer::length;
use crate::tools::path::Path;

/// The most groups, and their values in bytes.
const MAX_GROUPS: usize = 10_000;
const MAX_BYTES: usize = 2 << 20;
/// The most groups that one item is in: lists of lists multiply.
const MAX_GROUPS_OF_ITEM: usize = 200;

/// The name of a row's number.
const COUNT: &str = "count";

/// Counts of items.
#[derive(Debug)]
pub struct Counts<'p> {
    paths: &'p [Path],
    total: usize,
    /// By the values at the paths, as JSON.
    groups: HashMap<String, usize>,
    bytes: usize,
    /// Some item was in several groups.
    overlap: bool,
}

impl<'p> Counts<'p> {
    /// None yet, by these paths.
    pub fn new(paths: &'p [Path]) -> Self {
        Self { paths, total: 0, groups: HashMap::new(), bytes: 0, overlap: false }
    }

    /// Counts an item, once in each group that it is in.
    ///
    /// # Errors
    ///
    /// There are more groups than are counted.
    pub fn add(&mut self, item: &Value) -> Result<(), Violation> {
        self.total += 1;
        if self.paths.is_empty() {
            return Ok(());
        }
        let mut groups = vec![String::new()];
        for path in self.paths {
            let mut values: BTreeSet<String> = path.values(item).into_iter().map(Value::to_string).collect();
            if values.is_empty() {
                values.insert(Value::Null.to_string());
            }
            if groups.len() * values.len() > MAX_GROUPS_OF_ITEM {
                return Err(too_many("one item is in more groups than are counted"));
            }
            let with = |group: &String, value: &String| {
                if group.is_empty() { value.clone() } else { format!("{group},{value}") }
            };
            groups =
                groups.iter().flat_map(|group| values.iter().map(move |value| with(group, value))).collect();
        }
        self.overlap |= groups.len() > 1;
        for group in groups {
            if let Some(count) = self.groups.get_mut(&group) {
                *count += 1;
                continue;
            }
            self.bytes += group.len();
            if self.groups.len() >= MAX_GROUPS || self.bytes > MAX_BYTES {
                return Err(too_many("there are more different values than are counted"));
            }
            self.groups.insert(group, 1);
        }
        Ok(())
    }

    /// How many items were counted.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The total and the counts, most first, in so many bytes and rows; what is to be said about them.
    pub fn answer(self, max_bytes: usize, max_rows: usize) -> (Value, Option<&'static str>) {
        let mut answer = json!({ "total": self.total });
        if self.paths.is_empty() {
            return (answer, None);
        }
        let mut groups: Vec<(String, usize)> = self.groups.into_iter().collect();
        groups.sort_by(|(one, ones), (other, others)| others.cmp(ones).then_with(|| one.cmp(other)));
        let mut rows = Vec::new();
        let mut bytes = 0;
        for (values, count) in groups.iter().take(max_rows) {
            let row = row(self.paths, values, *count);
            bytes += length(&row) + 1;
            if bytes > max_bytes {
                break;
            }
            rows.push(row);
        }
        let others = &groups[rows.len()..];
        let of_others: usize = others.iter().map(|(_, count)| count).sum();
        let groups_of_others = others.len();
        answer["counts"] = rows.into();
        if groups_of_others > 0 {
            answer["others"] = json!({ "groups": groups_of_others, COUNT: of_others });
        }
        let remark = "An item counts once for each different value in a list of its own, so the counts add up to more than the total.";
        (answer, self.overlap.then_some(remark))
    }
}

fn row(paths: &[Path], values: &str, count: usize) -> Value {
    // They were written here.
    let values: Vec<Value> = serde_json::from_str(&format!("[{values}]")).unwrap_or_default();
    let mut row: Map<String, Value> =
        paths.iter().zip(values).map(|(path, value)| (path.as_str().to_owned(), value)).collect();
    row.insert(COUNT.to_owned(), count.into());
    row.into()
}

fn too_many(what: &str) -> Violation {
    Violation::of_argument(
        "count_by",
        format!("`count_by`: {what}; count by a field with fewer of them, or narrow it down with `where`"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn counted(paths: &[&str], items: &[Value], max_bytes: usize, max_rows: usize) -> (Value, bool) {
        let paths: Vec<Path> = paths.iter().map(|path| Path::parse(path).expect("a path")).collect();
        let mut counts = Counts::new(&paths);
        for item in items {
            counts.add(item).expect("few groups");
        }
        let (answer, remark) = counts.answer(max_bytes, max_rows);
        (answer, remark.is_some())
    }

    #[test]
    fn items_are_counted_by_their_values_most_first() {
        let items = [
            json!({"state": "active", "role": {"slug": "a"}, "n": 1}),
            json!({"state": "inactive", "role": {"slug": "a"}, "n": "1"}),
            json!({"state": "active", "role": null}),
            json!({"state": "active"}),
        ];
        assert_eq!(counted(&[], &items, 1000, 10).0, json!({"total": 4}));
        assert_eq!(
            counted(&["state"], &items, 1000, 10).0,
            json!({"total": 4, "counts": [{"state": "active", "count": 3}, {"state": "inactive", "count": 1}]})
        );
        assert_eq!(
            counted(&["state", "role.slug"], &items, 1000, 10).0["counts"],
            json!([
                {"state": "active", "role.slug": null, "count": 2},
                {"state": "active", "role.slug": "a", "count": 1},
                {"state": "inactive", "role.slug": "a", "count": 1},
            ])
        );
        assert_eq!(
            counted(&["n"], &items, 1000, 10).0["counts"],
            json!([{"n": null, "count": 2}, {"n": "1", "count": 1}, {"n": 1, "count": 1}])
        );
    }

    #[test]
    fn an_item_counts_once_for_each_value_in_its_lists() {
        let items = [
            json!({"roles": [{"slug": "a"}, {"slug": "b"}, {"slug": "a"}]}),
            json!({"roles": [{"slug": "a"}]}),
            json!({"roles": []}),
        ];
        let (answer, overlap) = counted(&["roles.slug"], &items, 1000, 10);
        assert_eq!(
            answer["counts"],
            json!([{"roles.slug": "a", "count": 2}, {"roles.slug": "b", "count": 1}, {"roles.slug": null, "count": 1}])
        );
        assert!(overlap && answer["total"] == 3);
    }

    #[test]
    fn what_does_not_fit_is_summed_up() {
        let items: Vec<Value> =
            (0..100).flat_map(|n| vec![json!({"n": format!("v{n:02}")}); 1 + usize::from(n < 3)]).collect();
        let (answer, _) = counted(&["n"], &items, 1_000_000, 3);
        assert_eq!(answer["counts"].as_array().map(Vec::len), Some(3));
        assert_eq!(answer["others"], json!({"groups": 97, "count": 97}));
        let (answer, _) = counted(&["n"], &items, 500, 1000);
        assert!(answer["counts"].to_string().len() <= 510, "{answer}");
        let shown = answer["counts"].as_array().map_or(0, Vec::len);
        assert_eq!(answer["others"]["groups"], json!(100 - shown));
    }

    #[test]
    fn there_is_a_bound_to_groups() {
        let paths = [Path::parse("id").expect("a path"), Path::parse("tags").expect("a path")];
        let mut counts = Counts::new(&paths[..1]);
        let failed =
            (0..20_000).find_map(|id| counts.add(&json!({ "id": id })).err().map(|fault| (id, fault)));
        let (id, fault) = failed.expect("a bound");
        assert_eq!(id, 10_000);
        assert!(fault.to_string().contains("count by a field with fewer"), "{fault}");
        let mut counts = Counts::new(&paths[..1]);
        assert!(counts.add(&json!({"id": "x".repeat(3 << 20)})).is_err());
        let mut counts = Counts::new(&paths);
        assert!(counts.add(&json!({"tags": (0..300).collect::<Vec<_>>()})).is_err());
    }

    proptest! {
        /// Counting is what filtering by hand comes to.
        #[test]
        fn counts_are_those_of_filtering_by_hand(
            items in proptest::collection::vec(("[ab]|", proptest::option::of(0..3_i64), proptest::collection::vec("[xy]", 0..3)), 0..40)
        ) {
            let values: Vec<Value> = items
                .iter()
                .map(|(text, number, tags)| json!({"text": text, "inner": {"number": number}, "tags": tags}))
                .collect();
            let (answer, _) = counted(&["text", "inner.number"], &values, 1 << 20, 1000);
            let mut by_hand: BTreeMap<(String, Option<i64>), usize> = BTreeMap::new();
            for (text, number, _) in &items {
                *by_hand.entry((text.clone(), *number)).or_default() += 1;
            }
            let rows = answer["counts"].as_array().cloned().unwrap_or_default();
            prop_assert_eq!(rows.len(), by_hand.len());
            prop_assert!(rows.windows(2).all(|pair| pair[0]["count"].as_u64() >= pair[1]["count"].as_u64()));
            for row in &rows {
                let group = (row["text"].as_str().unwrap_or_default().to_owned(), row["inner.number"].as_i64());
                prop_assert_eq!(row["count"].as_u64(), by_hand.get(&group).map(|count| *count as u64));
            }
            let (answer, _) = counted(&["tags"], &values, 1 << 20, 1000);
            for row in answer["counts"].as_array().cloned().unwrap_or_default() {
                let fits = |(_, _, tags): &&(String, Option<i64>, Vec<String>)| match row["tags"].as_str() {
                    Some(tag) => tags.iter().any(|own| own == tag),
                    None => tags.is_empty(),
                };
                prop_assert_eq!(row["count"].as_u64(), Some(items.iter().filter(fits).count() as u64));
            }
        }
    }
}
