//! Long runs, compressed into minutes. Not part of the normal run:
//! `cargo test --release --test long_runs -- --ignored --nocapture --test-threads 1`.

#![cfg(feature = "server")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong and stops; these print what they measured"
)]
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;
mod upstream;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::{Server, modern_meta};
use serde_json::{Value, json};
use upstream::Upstream;

const IN_FLIGHT: usize = 64;
/// Parts of a run of which the latencies are compared.
const PARTS: usize = 12;
/// How long the mixed load lasts.
const MIXED: Duration = Duration::from_secs(60);

/// What was asked, and when.
struct Asked {
    kind: Kind,
    what: String,
    at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Get,
    List,
    Create,
    Delete,
    Missing,
    Busy,
    Broken,
    Flaky,
    Slow,
    Large,
    Fault,
    UnknownTool,
    UnknownMethod,
    Ping,
    Tools,
    Cancelled,
}

/// One server under load: what is in flight, and what was measured.
struct Load {
    server: Server,
    modern: bool,
    next: u64,
    flight: HashMap<u64, Asked>,
    /// Of plain calls, in the order in which they were answered.
    latencies: Vec<Duration>,
    answers: BTreeMap<Kind, usize>,
    overtaken: usize,
    last: u64,
    /// Memory in MB and the number of descriptors, from time to time.
    samples: Vec<(f64, usize)>,
}

impl Load {
    fn new(upstream: &Upstream, modern: bool) -> Self {
        let mut server = Server::start(&["--base-url", &upstream.url]);
        if !modern {
            server.initialize();
        }
        Self {
            server,
            modern,
            next: 1000,
            flight: HashMap::new(),
            latencies: Vec::new(),
            answers: BTreeMap::new(),
            overtaken: 0,
            last: 0,
            samples: Vec::new(),
        }
    }

    fn ask(&mut self, kind: Kind) {
        self.next += 1;
        let id = self.next;
        let get = |prefix: &str| {
            ("tools/call", json!({"name": "get_organization", "arguments": {"id": format!("{prefix}_{id}")}}))
        };
        let (method, mut params) = match kind {
            Kind::Get => get("org"),
            Kind::Missing => get("missing"),
            Kind::Busy => get("busy"),
            Kind::Broken => get("broken"),
            Kind::Flaky => get("flaky"),
            Kind::Slow | Kind::Cancelled => get("slow"),
            Kind::Large => get("large"),
            Kind::List => ("tools/call", json!({"name": "list_organizations", "arguments": {"limit": 20}})),
            Kind::Create => {
                ("tools/call", json!({"name": "create_organization", "arguments": {"name": "new"}}))
            }
            Kind::Delete => {
                ("tools/call", json!({"name": "delete_organization", "arguments": {"id": "org_1"}}))
            }
            Kind::Fault => ("tools/call", json!({"name": "get_organization", "arguments": {"name": 5}})),
            Kind::UnknownTool => ("tools/call", json!({"name": "get_organisation", "arguments": {}})),
            Kind::UnknownMethod => ("nonsense", json!({})),
            // There is no ping without a handshake.
            Kind::Ping => (if self.modern { "server/discover" } else { "ping" }, json!({})),
            Kind::Tools => ("tools/list", json!({})),
        };
        let what = params["arguments"]["id"].as_str().unwrap_or_default().to_owned();
        if self.modern {
            params["_meta"] = modern_meta();
        }
        self.server.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        if kind == Kind::Cancelled {
            self.server.send(
                &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}),
            );
            *self.answers.entry(kind).or_default() += 1;
        } else {
            self.flight.insert(id, Asked { kind, what, at: Instant::now() });
        }
    }

    /// Takes one answer, whichever comes, and checks that it is the one to what was asked.
    fn answer(&mut self) {
        let answer = self.server.receive();
        let id = answer["id"].as_u64().unwrap_or_else(|| panic!("no id: {answer}"));
        let Asked { kind, what, at } =
            self.flight.remove(&id).unwrap_or_else(|| panic!("nobody waits: {answer}"));
        let result = &answer["result"];
        let right = match kind {
            Kind::Get | Kind::Flaky | Kind::Slow | Kind::Large => result["structuredContent"]["id"] == what,
            Kind::List => result["structuredContent"]["data"].as_array().is_some_and(|data| data.len() == 20),
            Kind::Create => result["structuredContent"]["name"] == "new",
            Kind::Delete => result["structuredContent"]["ok"] == true,
            Kind::Missing | Kind::Busy | Kind::Broken | Kind::Fault => result["isError"] == true,
            Kind::UnknownTool => answer["error"]["code"] == -32602,
            Kind::UnknownMethod => answer["error"]["code"] == -32601,
            Kind::Ping => result.is_object(),
            Kind::Tools => result["tools"].as_array().is_some_and(|tools| !tools.is_empty()),
            Kind::Cancelled => false,
        };
        assert!(right, "{kind:?}: {:.500}", answer.to_string());
        if kind == Kind::Get {
            self.latencies.push(at.elapsed());
        }
        *self.answers.entry(kind).or_default() += 1;
        self.overtaken += usize::from(id < self.last);
        self.last = self.last.max(id);
    }

    fn sample(&mut self) {
        let descriptors =
            std::fs::read_dir(format!("/proc/{}/fd", self.server.child.id())).expect("it runs").count();
        self.samples.push((self.server.memory("VmRSS"), descriptors));
    }

    /// Ends the input, and sees that nothing was lost; says what was measured and that it is flat.
    fn finish(mut self, name: &str, took: Duration) -> BTreeMap<Kind, usize> {
        while !self.flight.is_empty() {
            self.answer();
        }
        self.server.close();
        assert_eq!(self.server.rest(), Vec::<Value>::new());
        assert_eq!(self.server.wait().0.code(), Some(0));

        let at = |percent: usize| -> Vec<Duration> {
            let parts = self.latencies.chunks_exact(self.latencies.len() / PARTS);
            let sorted = parts.map(|part| {
                let mut part = part.to_vec();
                part.sort_unstable();
                part[part.len() * percent / 100]
            });
            sorted.collect()
        };
        // The machine is not ours alone: what grows has grown in the best of the last parts too.
        let ends = |parts: Vec<Duration>| {
            let early = parts[..PARTS / 3].iter().max().copied().unwrap_or_default();
            let late = parts[PARTS - PARTS / 3..].iter().min().copied().unwrap_or_default();
            (early, late)
        };
        let (p50, p99) = (ends(at(50)), ends(at(99)));
        // What is there after a tenth is what it needs.
        let warm = self.samples.len() / 10 + 1;
        let peak = |samples: &[(f64, usize)]| {
            samples.iter().fold((0.0_f64, 0), |peak, sample| (peak.0.max(sample.0), peak.1.max(sample.1)))
        };
        let (early, late) = (peak(&self.samples[..warm]), peak(&self.samples[self.samples.len() - warm..]));
        let all = peak(&self.samples);
        let total: usize = self.answers.values().sum();
        println!(
            "{name}: {total} requests in {:.1} s, {} overtaken by later ones",
            took.as_secs_f64(),
            self.overtaken
        );
        println!("  memory {:.1} MB early, {:.1} MB late, {:.1} MB at most", early.0, late.0, all.0);
        println!("  descriptors {} early, {} late, {} at most", early.1, late.1, all.1);
        println!(
            "  latency at most {:.2?} (p99 {:.2?}) early, at best {:.2?} (p99 {:.2?}) late",
            p50.0, p99.0, p50.1, p99.1
        );
        println!("  {:?}", self.answers);

        assert!(late.0 < early.0 * 1.2 + 2.0, "memory grows");
        assert!(all.0 < 100.0, "memory is too high");
        // The upstream's connections are kept, one for each call in flight.
        assert!(all.1 < IN_FLIGHT + 24 && late.1 <= early.1 + 8, "descriptors grow");
        let flat =
            |(first, last): (Duration, Duration), factor| last < first * factor + Duration::from_millis(2);
        assert!(flat(p50, 2) && flat(p99, 3), "latency grows");
        self.answers
    }
}

#[test]
#[ignore = "takes a while"]
fn a_hundred_thousand_calls() {
    const CALLS: usize = 100_000;
    let upstream = Upstream::new();
    let mut load = Load::new(&upstream, false);
    let start = Instant::now();
    for sent in 0..CALLS {
        if load.flight.len() == IN_FLIGHT {
            load.answer();
        }
        load.ask(Kind::Get);
        if sent % 1000 == 999 {
            load.sample();
        }
    }
    let answers = load.finish("100,000 calls", start.elapsed());
    assert_eq!(answers, BTreeMap::from([(Kind::Get, CALLS)]));
}

#[test]
#[ignore = "takes a while"]
fn a_mixed_load_in_both_lifecycles() {
    // In a hundred requests.
    const MIX: [(Kind, usize); 16] = [
        (Kind::Get, 40),
        (Kind::List, 12),
        (Kind::Create, 8),
        (Kind::Delete, 4),
        (Kind::Missing, 5),
        (Kind::Busy, 2),
        (Kind::Broken, 1),
        (Kind::Flaky, 1),
        (Kind::Slow, 6),
        (Kind::Large, 2),
        (Kind::Fault, 5),
        (Kind::UnknownTool, 2),
        (Kind::UnknownMethod, 2),
        (Kind::Ping, 4),
        (Kind::Tools, 1),
        (Kind::Cancelled, 5),
    ];
    let mix: Vec<Kind> = MIX.iter().flat_map(|(kind, times)| std::iter::repeat_n(*kind, *times)).collect();
    let upstream = Upstream::new();
    std::thread::scope(|scope| {
        let (mix, upstream) = (&mix, &upstream);
        let loads = [("mixed, with a handshake", false), ("mixed, stateless", true)].map(|(name, modern)| {
            scope.spawn(move || {
                let mut load = Load::new(upstream, modern);
                let (start, mut sampled) = (Instant::now(), Instant::now());
                let mut chance = 1_u64;
                while start.elapsed() < MIXED {
                    if load.flight.len() >= IN_FLIGHT {
                        load.answer();
                    }
                    // Always the same sequence, in no order.
                    chance = chance
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let index = usize::try_from(chance >> 33).unwrap_or_default() % mix.len();
                    load.ask(mix[index]);
                    if sampled.elapsed() > MIXED / 60 {
                        sampled = Instant::now();
                        load.sample();
                    }
                }
                assert!(load.overtaken > 0, "slow calls hold up fast ones");
                load.finish(name, start.elapsed())
            })
        });
        let answers = loads.map(|load| load.join().expect("a load that holds"));
        let all = |kind| answers.iter().map(|answers| answers[&kind]).sum::<usize>();
        for (kind, _) in MIX {
            assert!(all(kind) > 0, "{kind:?}");
        }
        // Writes were made as often as they were asked for.
        assert_eq!(upstream.counts.created.load(Ordering::SeqCst), all(Kind::Create));
        assert_eq!(upstream.counts.deleted.load(Ordering::SeqCst), all(Kind::Delete));
    });
}
