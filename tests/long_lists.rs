//! Questions about lists of 50,000 items: as many requests as there are pages, memory that does not grow
//! with the list, and word of how far it is.

#![cfg(feature = "server")]
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong and stops; these print what they measured"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::listing::{page, query};
use common::{Answer, Server, Upstream};
use serde_json::{Value, json};

const ITEMS: usize = 50_000;
/// The most memory of the server, in MB, as users have it, and by how much it may grow.
const MOST_MEMORY: f64 = 24.0;
const MOST_GROWTH: f64 = 10.0;

/// Without optimization the program alone takes more than it may with it.
fn assert_small(server: &Server, idle: f64) {
    let memory = server.memory("VmHWM");
    println!("memory: {idle} MB idle, {memory} MB at its highest");
    assert!(memory - idle < MOST_GROWTH, "{memory} MB");
    assert!(cfg!(debug_assertions) || memory < MOST_MEMORY, "{memory} MB");
}

fn user(index: usize) -> Value {
    json!({
        "email": format!("user.{index}@example.com"), "email_verified": index.is_multiple_of(3),
        "locale": if index.is_multiple_of(5) { "de-DE" } else { "en-US" },
        "last_sign_in_at": format!("2026-{:02}-{:02}T12:{:02}:00.000Z", 1 + index % 12, 1 + index % 28, index % 60),
        "metadata": {"tier": format!("tier {}", index % 7), "note": "x".repeat(200)},
    })
}

/// A list that does not remember who has asked, so that the test takes no memory either.
fn long_list(count: usize) -> (Upstream, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = requests.clone();
    let upstream = Upstream::new(move |request| {
        counter.fetch_add(1, Ordering::Relaxed);
        Answer::json(200, &page(request, count, user))
    });
    (upstream, requests)
}

#[test]
fn fifty_thousand_items_are_counted_in_little_memory() {
    let (upstream, requests) = long_list(ITEMS);
    let mut server = Server::against(&upstream, &["--toolsets", "users"]);
    let idle = server.memory("VmHWM");
    let start = Instant::now();
    let params = json!({
        "name": "list_users", "_meta": {"progressToken": "token"},
        "arguments": {"count_by": ["locale", "metadata.tier"], "where": {"email_verified": true}},
    });
    let id = server.request("tools/call", params);
    let mut progress = Vec::new();
    let answer = loop {
        let message = server.receive();
        if message["id"] == id {
            break message["result"]["structuredContent"].clone();
        }
        assert_eq!(message["params"]["total"], json!(50_000.0));
        progress.push(message["params"]["progress"].as_f64().expect("a number"));
    };
    let time = start.elapsed();
    println!("{ITEMS} items in {time:.2?}");
    let fitting = ITEMS.div_ceil(3);
    assert_eq!((&answer["total"], &answer["looked_at"]), (&json!(fitting), &json!(ITEMS)), "{answer}");
    assert_eq!(answer.get("complete"), None);
    let rows = answer["counts"].as_array().expect("rows");
    assert_eq!(rows.len(), 14);
    assert_eq!(rows.iter().filter_map(|row| row["count"].as_u64()).sum::<u64>(), fitting as u64);
    assert_eq!(requests.load(Ordering::Relaxed), ITEMS / 100);
    assert_eq!(progress.len(), ITEMS / 100 - 1);
    assert!(progress.windows(2).all(|pair| pair[0] < pair[1]));
    assert_small(&server, idle);
    assert!(time < Duration::from_secs(60), "{time:?}");

    // The first of an order: a few of them are kept, whatever the number.
    let (upstream, _) = long_list(ITEMS / 5);
    let mut server = Server::against(&upstream, &["--toolsets", "users"]);
    let idle = server.memory("VmHWM");
    let arguments =
        json!({"sort_by": "-last_sign_in_at", "max_items": 20, "fields": ["id", "last_sign_in_at"]});
    let params = json!({"name": "list_users", "arguments": arguments, "_meta": {"progressToken": "token"}});
    let id = server.request("tools/call", params);
    let answer = server.answer(id)["result"]["structuredContent"].clone();
    let items = answer["data"].as_array().expect("items");
    assert_eq!((items.len(), &answer["total"]), (20, &json!(ITEMS / 5)));
    assert!(items.iter().all(|item| item["last_sign_in_at"].as_str() >= Some("2026-12")), "{answer}");
    assert_small(&server, idle);
}

#[test]
fn what_is_longer_is_counted_in_parts() {
    let (upstream, requests) = long_list(ITEMS + 250);
    let mut server = Server::against(&upstream, &["--toolsets", "users"]);
    let mut ask = |arguments: Value| {
        let params =
            json!({"name": "list_users", "arguments": arguments, "_meta": {"progressToken": "token"}});
        let id = server.request("tools/call", params);
        server.answer(id)["result"]["structuredContent"].clone()
    };
    let answer = ask(json!({"count_by": []}));
    let after = format!("item_{}", ITEMS - 1);
    assert_eq!((&answer["total"], &answer["complete"]), (&json!(ITEMS), &json!(false)));
    assert_eq!(answer["list_metadata"]["after"], json!(after));
    assert!(
        answer["_note"].as_str().is_some_and(|note| note.contains("one call looks at 50000 items")),
        "{answer}"
    );
    assert_eq!(requests.load(Ordering::Relaxed), ITEMS / 100);
    assert_eq!(ask(json!({"count_by": [], "after": after})), json!({"total": 250}));
}

/// The next page is on its way while one is looked at: a count takes hardly longer than its requests.
#[test]
fn a_count_is_no_slower_than_its_requests() {
    const LATENCY: Duration = Duration::from_millis(40);
    const PAGES: usize = 25;
    let upstream = Upstream::new(|request| {
        let answer = page(request, PAGES * 100, user);
        assert_eq!(query(request, "limit").as_deref(), Some("100"));
        std::thread::sleep(LATENCY);
        Answer::json(200, &answer)
    });
    let mut server = Server::against(&upstream, &["--toolsets", "users"]);
    server.call("list_users", json!({"limit": 100}));
    let start = Instant::now();
    let answer = server.call("list_users", json!({"count_by": ["locale"]}))["structuredContent"].clone();
    let time = start.elapsed();
    println!("{PAGES} pages of {LATENCY:?} in {time:.2?}");
    assert_eq!(answer["total"], PAGES * 100);
    assert!(time < LATENCY * 3 * u32::try_from(PAGES).expect("few"), "{time:?}");
}
