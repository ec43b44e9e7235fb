//! The figures that the program is held to, measured in one run on a loopback upstream of
//! its own, beside the same requests made directly with reqwest.
//!
//! Latencies are measured on one core (with `taskset`, where there is one): on a small
//! machine the same request takes five times as long between some cores as on one.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and stops where it cannot go on"
)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What is measured; `WORKOS_BENCH_PROGRAM` puts another build in its place, to compare two.
fn program() -> String {
    std::env::var("WORKOS_BENCH_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_workos-mcp").to_owned())
}

const KEY: &str = "sk_test_example_bench";
const IN_FLIGHT: usize = 64;

fn main() {
    // For clients of the bench itself; the program brings its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let pinned = arguments.next().as_deref() == Some("pinned");
    let upstream = upstream();
    if pinned {
        latencies(&upstream);
        return;
    }
    println!("| what | measured | beside it |\n|---|---|---|");
    let this = std::env::current_exe().expect("this program's path");
    let status = Command::new("taskset").args(["-c", "0"]).arg(&this).arg("pinned").status();
    if !status.is_ok_and(|status| status.success()) {
        println!("| (not pinned: no `taskset`) | | |");
        latencies(&upstream);
    }
    throughput(&upstream);
    sizes();
}

fn row(what: &str, measured: impl std::fmt::Display, beside: impl std::fmt::Display) {
    println!("| {what} | {measured} | {beside} |");
}

fn latencies(upstream: &str) {
    let spawns = 40;
    let nothing = median(spawns, || timed(|| drop(Command::new("true").status())));
    let initialized = median(spawns, || {
        timed(|| {
            let mut server = Server::start(upstream, &[]);
            server.request("initialize", &hello_params());
        })
    });
    row("spawn to `initialize` answered", ms(initialized), format!("{} for `true`", ms(nothing)));
    let first = median(spawns, || {
        timed(|| {
            let mut server = Server::start(upstream, &[]);
            server.request("initialize", &hello_params());
            server.call("get_organization", &json!({"id": "org_1"}));
        })
    });
    row("spawn to the first tool result", ms(first), "");
    for (name, toolsets) in [("default", "default"), ("all", "all")] {
        let listed = median(spawns, || {
            timed(|| {
                let mut server = Server::start(upstream, &["--toolsets", toolsets]);
                server.request("initialize", &hello_params());
                server.request("tools/list", &json!({}));
            })
        });
        row(&format!("spawn to `tools/list` answered, {name}"), ms(listed), "");
    }

    let runtime = runtime();
    let client = reqwest::Client::new();
    let url = format!("{upstream}/organizations/org_1");
    let direct = || {
        runtime.block_on(async {
            client.get(&url).bearer_auth(KEY).send().await.expect("an answer").bytes().await.expect("a body")
        })
    };
    let mut server = Server::start(upstream, &[]);
    server.request("initialize", &hello_params());
    let arguments = json!({"id": "org_1"});
    let (mut through, mut beside) = (Vec::new(), Vec::new());
    // In turns, so that both see the same weather.
    for round in 0..4000 {
        let (a, b) = (timed(|| server.call("get_organization", &arguments)), timed(|| drop(direct())));
        if round >= 500 {
            through.push(a);
            beside.push(b);
        }
    }
    through.sort_unstable();
    beside.sort_unstable();
    let at = |sorted: &[Duration], part: usize| us(sorted[sorted.len() * part / 100]);
    row("one call, median", at(&through, 50), format!("{} direct", at(&beside, 50)));
    row("one call, p99", at(&through, 99), format!("{} direct", at(&beside, 99)));
}

fn throughput(upstream: &str) {
    const CALLS: usize = 20_000;
    let mut server = Server::start(upstream, &["--toolsets", "all"]);
    server.request("initialize", &hello_params());
    server.request("tools/list", &json!({}));
    let idle = server.resident();
    let before = server.cpu();
    let took = timed(|| server.flood(CALLS));
    let cpu = server.cpu() - before;
    let loaded = server.resident();

    let runtime = runtime();
    let client = reqwest::Client::new();
    let url = format!("{upstream}/organizations/org_1");
    let direct = timed(|| {
        runtime.block_on(async {
            use futures_util::stream::{StreamExt, iter};
            iter(0..CALLS)
                .map(|_| async { client.get(&url).bearer_auth(KEY).send().await?.bytes().await })
                .buffer_unordered(IN_FLIGHT)
                .for_each(|answer| async { drop(answer.expect("an answer")) })
                .await;
        });
    });
    let rate = |took: Duration| format!("{:.0}", CALLS as f64 / took.as_secs_f64());
    row("calls per second, 64 in flight", rate(took), format!("{} direct", rate(direct)));
    row("CPU seconds for 1,000 calls, 64 in flight", format!("{:.3}", cpu / (CALLS as f64 / 1000.0)), "");
    row("resident memory, all tools: idle", format!("{idle:.1} MB"), "");
    row("resident memory, all tools: after load", format!("{loaded:.1} MB"), "");

    let pages = median(5, || {
        timed(|| {
            for _ in 0..100 {
                server.call("list_organizations", &json!({"limit": 100}));
            }
        })
    });
    let list = format!("{upstream}/organizations?limit=100");
    let direct = median(5, || {
        timed(|| {
            for _ in 0..100 {
                runtime.block_on(async {
                    client
                        .get(&list)
                        .bearer_auth(KEY)
                        .send()
                        .await
                        .expect("one")
                        .bytes()
                        .await
                        .expect("a body")
                });
            }
        })
    });
    row("10,000 items, page by page", ms(pages), format!("{} direct", ms(direct)));
}

fn sizes() {
    for toolsets in ["default", "all"] {
        let output = Command::new(program())
            .args(["tools", "--json", "--toolsets", toolsets])
            .output()
            .expect("the program runs");
        let tools: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        // What a model sees of a tool.
        let seen: Vec<usize> = tools
            .iter()
            .map(|tool| {
                json!({"name": tool["name"], "description": tool["description"], "input_schema": tool["inputSchema"]})
                    .to_string()
                    .len()
            })
            .collect();
        let bytes: usize = seen.iter().sum();
        row(
            &format!("list, {toolsets} ({} tools)", tools.len()),
            format!("{bytes} bytes, {} tokens", bytes / 4),
            format!("largest {} bytes", seen.iter().max().unwrap_or(&0)),
        );
    }
    let size = std::fs::metadata(program()).expect("the program").len();
    row("binary", format!("{:.2} MB", size as f64 / 1e6), "");
}

/// The program behind its pipes.
struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: String,
    id: u64,
}

impl Server {
    fn start(upstream: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["--base-url", upstream])
            .args(arguments)
            .env("WORKOS_API_KEY", KEY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take().expect("stdin");
        let output = BufReader::new(child.stdout.take().expect("stdout"));
        Self { child, input, output, line: String::new(), id: 0 }
    }

    fn write(&mut self, method: &str, params: &Value) {
        self.id += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params});
        self.input.write_all(format!("{message}\n").as_bytes()).expect("the program reads");
    }

    fn read(&mut self) {
        self.line.clear();
        self.output.read_line(&mut self.line).expect("the program writes");
        assert!(self.line.contains("\"result\"") && !self.line.contains("\"isError\":true"), "{}", self.line);
    }

    fn request(&mut self, method: &str, params: &Value) {
        self.write(method, params);
        self.read();
    }

    fn call(&mut self, tool: &str, arguments: &Value) {
        self.request("tools/call", &json!({"name": tool, "arguments": arguments}));
    }

    /// So many calls, a fixed number of them in flight.
    fn flood(&mut self, calls: usize) {
        let params = json!({"name": "get_organization", "arguments": {"id": "org_1"}});
        for _ in 0..IN_FLIGHT {
            self.write("tools/call", &params);
        }
        for sent in IN_FLIGHT..calls + IN_FLIGHT {
            self.read();
            if sent < calls {
                self.write("tools/call", &params);
            }
        }
    }

    /// Megabytes.
    fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes =
            kilobytes.and_then(|text| text.trim().strip_suffix(" kB")).and_then(|text| text.parse().ok());
        kilobytes.unwrap_or(f64::NAN) / 1000.0
    }

    /// Seconds of user and system time.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<f64> = stat
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .filter_map(|field| field.parse().ok())
            .collect();
        // utime and stime, in ticks of which there are 100 a second; the state before them is no number.
        fields.get(10..12).map_or(f64::NAN, |times| times.iter().sum::<f64>() / 100.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hello_params() -> Value {
    json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}})
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: usize, mut work: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<_> = (0..times).map(|_| work()).collect();
    all.sort_unstable();
    all[times / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn us(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// A loopback upstream on a thread of its own: canned answers, nothing else.
fn upstream() -> String {
    let organization = json!({
        "object": "organization", "id": "org_1", "name": "Example Corp", "external_id": null, "metadata": {},
        "domains": [{"object": "organization_domain", "id": "org_domain_1", "domain": "example.com", "state": "verified"}],
        "created_at": "2026-01-15T12:00:00.000Z", "updated_at": "2026-01-15T12:00:00.000Z",
    });
    let list = json!({
        "object": "list", "data": vec![organization.clone(); 100],
        "list_metadata": {"before": null, "after": "org_1"},
    });
    let canned = |body: &Value| {
        let body = body.to_string();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (one, many) = (canned(&organization), canned(&list));
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
