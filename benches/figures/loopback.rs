//! On plain loopback: what the program itself takes, with nothing of a network beside it.

use std::ffi::OsString;
use std::process::Command;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::floor;
use crate::report::{Contestant, at, medians, ms, numbers, row, timed, times, turns};
use crate::server::{IN_FLIGHT, KEY, Program, Server};
use crate::tls::{ORGANIZATION, page};

fn arguments(upstream: &str, further: &[&str]) -> Vec<OsString> {
    ["--base-url", upstream].iter().chain(further).map(OsString::from).collect()
}

pub fn latencies(programs: &[Program]) {
    let upstream = upstream();
    let spawns = 40;
    let floor = floor::program();
    let contestants = || programs.iter().chain([&floor]);
    let nothing: Contestant<'_> = Box::new(|| timed(|| drop(Command::new("true").status())));
    let start = |further: &'static [&'static str], then: fn(&mut Server)| {
        let upstream = &upstream;
        contestants().map(move |program| {
            let arguments = arguments(upstream, further);
            let contestant: Contestant<'_> =
                Box::new(move || timed(|| then(&mut Server::ready(program, &arguments))));
            contestant
        })
    };
    row("spawn of `true`", &[], &ms(medians(2, spawns, &mut [nothing])[0]), "");
    let spawned = |what: &str, further: &'static [&'static str], then: fn(&mut Server)| {
        times(what, &medians(2, spawns, &mut start(further, then).collect::<Vec<_>>()));
    };
    spawned("spawn to `initialize` answered", &[], |_| ());
    spawned("spawn to the first tool result", &[], |server| {
        server.call("get_organization", &json!({"id": "org_1"}));
    });
    for (which, further) in [("default", &[][..]), ("all", &["--toolsets", "all"])] {
        let mut lists: Vec<Contestant<'_>> =
            start(further, |server| server.request("tools/list", &json!({}))).take(programs.len()).collect();
        let lists: Vec<String> = medians(2, spawns, &mut lists).iter().map(|time| ms(*time)).collect();
        row(&format!("spawn to `tools/list` answered, {which}"), &lists, "", "");
    }
    searches(programs, &upstream);

    let mut contestants: Vec<Contestant<'_>> = contestants()
        .map(|program| {
            let mut server = Server::ready(program, &arguments(&upstream, &[]));
            let contestant: Contestant<'_> =
                Box::new(move || timed(|| server.call("get_organization", &json!({"id": "org_1"}))));
            contestant
        })
        .collect();
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
    let floor = floor::program();
    let mut servers = Vec::new();
    let mut idle = Vec::new();
    for program in programs.iter().chain([&floor]) {
        let mut server = Server::ready(program, &arguments(&upstream, &["--toolsets", "all"]));
        server.request("tools/list", &json!({}));
        idle.push(server.resident());
        servers.push(server);
    }
    // In turns, by quarters.
    let mut took = vec![0.0; servers.len()];
    let mut cpu = vec![0.0; servers.len()];
    for _ in 0..4 {
        for (place, server) in servers.iter_mut().enumerate() {
            let before = server.cpu();
            took[place] += timed(|| server.flood(CALLS / 4)).as_secs_f64();
            cpu[place] += server.cpu() - before;
        }
    }
    let loaded: Vec<f64> = servers.iter().map(Server::resident).collect();
    let rates: Vec<f64> = took.iter().map(|took| CALLS as f64 / took).collect();
    let cpu: Vec<f64> = cpu.iter().map(|cpu| cpu / (CALLS as f64 / 1000.0)).collect();
    numbers("calls per second, 64 in flight", &rates, |rate| format!("{rate:.0}"));
    numbers("CPU seconds for 1,000 calls, 64 in flight", &cpu, |cpu| format!("{cpu:.3}"));
    numbers("resident memory, all tools: idle", &idle, |size| format!("{size:.1} MB"));
    numbers("resident memory, all tools: after load", &loaded, |size| format!("{size:.1} MB"));

    let mut contestants: Vec<Contestant<'_>> = Vec::new();
    for server in &mut servers {
        contestants.push(Box::new(move || {
            timed(|| (0..100).for_each(|_| server.call("list_organizations", &json!({"limit": 100}))))
        }));
    }
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
