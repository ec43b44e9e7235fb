//! On plain loopback: what the program itself takes, with nothing of a network beside it.

use std::ffi::OsString;
use std::process::Command;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::report::{Contestant, at, medians, ms, row, timed, times, turns};
use crate::server::{IN_FLIGHT, KEY, Program, Server};
use crate::tls::{ORGANIZATION, page};

fn arguments(upstream: &str, further: &[&str]) -> Vec<OsString> {
    ["--base-url", upstream].iter().chain(further).map(OsString::from).collect()
}

pub fn latencies(programs: &[Program]) {
    let upstream = upstream();
    let spawns = 40;
    let nothing: Contestant<'_> = Box::new(|| timed(|| drop(Command::new("true").status())));
    let start = |further: &'static [&'static str], then: fn(&mut Server)| {
        let upstream = &upstream;
        programs.iter().map(move |program| {
            let arguments = arguments(upstream, further);
            let contestant: Contestant<'_> =
                Box::new(move || timed(|| then(&mut Server::ready(program, &arguments))));
            contestant
        })
    };
    let mut started: Vec<Contestant<'_>> = start(&[], |_| ()).chain([nothing]).collect();
    let started = medians(2, spawns, &mut started);
    let [programs_started @ .., nothing] = started.as_slice() else { return };
    let shown: Vec<String> = programs_started.iter().map(|time| ms(*time)).collect();
    row("spawn to `initialize` answered", &shown, &format!("{} for `true`", ms(*nothing)), "");
    let spawned = |what: &str, further: &'static [&'static str], then: fn(&mut Server)| {
        let medians = medians(2, spawns, &mut start(further, then).collect::<Vec<_>>());
        row(what, &medians.iter().map(|time| ms(*time)).collect::<Vec<_>>(), "", "");
    };
    spawned("spawn to the first tool result", &[], |server| {
        server.call("get_organization", &json!({"id": "org_1"}));
    });
    spawned("spawn to `tools/list` answered, default", &[], |server| {
        server.request("tools/list", &json!({}));
    });
    spawned("spawn to `tools/list` answered, all", &["--toolsets", "all"], |server| {
        server.request("tools/list", &json!({}));
    });
    searches(programs, &upstream);

    let runtime = runtime();
    let client = reqwest_client().build().expect("a client");
    let url = format!("{upstream}/organizations/org_1");
    let mut contestants: Vec<Contestant<'_>> = programs
        .iter()
        .map(|program| {
            let mut server = Server::ready(program, &arguments(&upstream, &[]));
            let contestant: Contestant<'_> =
                Box::new(move || timed(|| server.call("get_organization", &json!({"id": "org_1"}))));
            contestant
        })
        .collect();
    contestants.push(Box::new(|| timed(|| runtime.block_on(get(&client, &url)))));
    let all = turns(500, 3500, &mut contestants);
    times("one call, median", &at(&all, 50));
    times("one call, p99", &at(&all, 99));
}

/// What finding an operation takes: the first question, and later ones.
fn searches(programs: &[Program], upstream: &str) {
    const QUESTIONS: [&str; 4] =
        ["who belongs to a customer", "rotate a signing key", "kick somebody out", "turn a flag on"];
    let mut first: Vec<Contestant<'_>> = Vec::new();
    let mut later: Vec<Contestant<'_>> = Vec::new();
    for program in programs {
        let arguments = arguments(upstream, &[]);
        let started = arguments.clone();
        first.push(Box::new(move || {
            let mut server = Server::ready(program, &started);
            // What any first call pays is no part of the question.
            server.request("tools/list", &json!({}));
            timed(|| server.call("find_operations", &json!({"query": QUESTIONS[0]})))
        }));
        let mut server = Server::ready(program, &arguments);
        let mut questions = QUESTIONS.iter().cycle();
        later.push(Box::new(move || {
            let question = questions.next().expect("a question");
            timed(|| server.call("find_operations", &json!({"query": question})))
        }));
    }
    for (what, medians) in [
        ("`find_operations`, the first question", medians(2, 20, &mut first)),
        ("`find_operations`, later questions", medians(20, 400, &mut later)),
    ] {
        row(what, &medians.iter().map(|time| ms(*time)).collect::<Vec<_>>(), "", "");
    }
}

pub fn throughput(programs: &[Program]) {
    const CALLS: usize = 20_000;
    let upstream = upstream();
    let runtime = runtime();
    let client = reqwest_client().build().expect("a client");
    let url = format!("{upstream}/organizations/org_1");
    let mut rates = Vec::new();
    let (mut cpus, mut idles, mut loaded) = (Vec::new(), Vec::new(), Vec::new());
    let mut servers = Vec::new();
    for program in programs {
        let mut server = Server::ready(program, &arguments(&upstream, &["--toolsets", "all"]));
        server.request("tools/list", &json!({}));
        idles.push(format!("{:.1} MB", server.resident()));
        servers.push(server);
    }
    // In turns, by quarters.
    let mut took = vec![0.0; programs.len() + 1];
    let mut cpu = vec![0.0; programs.len()];
    for _ in 0..4 {
        for (place, server) in servers.iter_mut().enumerate() {
            let before = server.cpu();
            took[place] += timed(|| server.flood(CALLS / 4)).as_secs_f64();
            cpu[place] += server.cpu() - before;
        }
        took[programs.len()] += timed(|| runtime.block_on(flood(&client, &url, CALLS / 4))).as_secs_f64();
    }
    for server in &servers {
        loaded.push(format!("{:.1} MB", server.resident()));
    }
    cpus.extend(cpu.iter().map(|cpu| format!("{:.3}", cpu / (CALLS as f64 / 1000.0))));
    rates.extend(took.iter().map(|took| CALLS as f64 / took));
    let direct = rates.pop().unwrap_or(f64::NAN);
    let ratios: Vec<String> = rates.iter().map(|rate| format!("{:.2}", rate / direct)).collect();
    let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
    row("calls per second, 64 in flight", &rates, &format!("{direct:.0}"), &ratios.join(", "));
    row("CPU seconds for 1,000 calls, 64 in flight", &cpus, "", "");
    row("resident memory, all tools: idle", &idles, "", "");
    row("resident memory, all tools: after load", &loaded, "", "");

    let list = format!("{upstream}/organizations?limit=100");
    let mut contestants: Vec<Contestant<'_>> = Vec::new();
    for server in &mut servers {
        contestants.push(Box::new(move || {
            timed(|| (0..100).for_each(|_| server.call("list_organizations", &json!({"limit": 100}))))
        }));
    }
    contestants.push(Box::new(|| timed(|| (0..100).for_each(|_| runtime.block_on(get(&client, &list))))));
    times("10,000 items, page by page", &medians(1, 5, &mut contestants));
}

/// A client that goes straight to the upstream.
pub fn reqwest_client() -> reqwest::ClientBuilder {
    // This crate's reqwest comes without one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

/// One request, made directly.
pub async fn get(client: &reqwest::Client, url: &str) {
    let answer = client.get(url).bearer_auth(KEY).send().await.expect("an answer");
    assert!(answer.status().is_success());
    answer.bytes().await.expect("a body");
}

/// So many of them, a fixed number in flight.
pub async fn flood(client: &reqwest::Client, url: &str, calls: usize) {
    use futures_util::stream::{StreamExt, iter};
    iter(0..calls).map(|_| get(client, url)).buffer_unordered(IN_FLIGHT).for_each(|()| async {}).await;
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A loopback upstream on a thread of its own: canned answers, nothing else.
fn upstream() -> String {
    let canned = |body: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    let (one, many) = (canned(ORGANIZATION), canned(&page()));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    listener.set_nonblocking(true).expect("a listener");
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((mut stream, _)) = listener.accept().await {
                let (one, many) = (one.clone(), many.clone());
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    let mut buffer = vec![0; 4096];
                    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                        let answer = if buffer.starts_with(b"GET /organizations?") { &many } else { &one };
                        if stream.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
    });
    url
}
