//! A list in pages, as WorkOS gives it.

use serde_json::{Value, json};

use super::{Answer, Received, Upstream};

/// The value of a query argument.
pub fn query(request: &Received, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    let pair = query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))?;
    Some(pair.1.to_owned())
}

/// A page of a list of so many items, as WorkOS gives it: cursors are IDs.
pub fn page(request: &Received, count: usize, item: impl Fn(usize) -> Value) -> Value {
    let limit: usize = query(request, "limit").map_or(10, |limit| limit.parse().expect("a number"));
    let start = query(request, "after")
        .map_or(0, |after| after.trim_start_matches("item_").parse::<usize>().expect("an ID") + 1);
    let end = (start + limit).min(count);
    let items: Vec<Value> = (start..end)
        .map(|index| {
            let mut item = item(index);
            item["id"] = format!("item_{index}").into();
            item
        })
        .collect();
    let after = (end < count).then(|| format!("item_{}", end - 1));
    json!({"object": "list", "data": items, "list_metadata": {"before": null, "after": after}})
}

/// An upstream with one list of so many items.
pub fn listing(count: usize, item: impl Fn(usize) -> Value + Send + 'static) -> Upstream {
    Upstream::new(move |request| Answer::json(200, &page(request, count, &item)))
}
