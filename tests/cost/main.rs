//! What one call and one page of a list cost, counted and not timed: whatever else the machine
//! does, the counts stay. A guard against many small additions, none of which anybody notices.
//!
//! Allocations are counted in the normal run, with the server in this process. Instructions are
//! counted by valgrind, with the built program, by `tests/external/instructions.sh`:
//! `cargo test --test cost -- --ignored --nocapture`.

#![cfg(feature = "server")]
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong and stops; these print what they counted"
)]

mod bounds;
mod upstream;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rmcp::service::ServiceExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use workos_mcp::client::Client;
use workos_mcp::mcp::handler::Server;
use workos_mcp::mcp::stdio::{Shutdown, Stdio as Transport};
use workos_mcp::tools::policy::Policy;
use workos_mcp::tools::selection::Selection;
use workos_mcp::tools::toolbox::Toolbox;

const KEY: &str = "sk_test_example_fixture";

/// What is asked: one thing, or a page of 100; or that one thing is changed, which answers little.
#[derive(Debug, Clone, Copy)]
enum Asked {
    One,
    Page,
    Write,
}

impl Asked {
    fn line(self) -> String {
        let (tool, arguments) = match self {
            Self::One => ("get_organization", json!({"id": "org_1"})),
            Self::Page => ("list_organizations", json!({"limit": 100})),
            // It has no body, as the upstream needs it.
            Self::Write => ("verify_organization_domain", json!({"id": "org_domain_1"})),
        };
        message("tools/call", &json!({"name": tool, "arguments": arguments}))
    }
}

fn message(method: &str, params: &Value) -> String {
    format!("{}\n", json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
}

fn hello() -> String {
    let client = json!({"name": "tests", "version": "1"});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    message("initialize", &params)
}

fn assert_success(line: &str) {
    assert!(line.contains("\"result\"") && !line.contains("\"isError\":true"), "{line}");
}

/// The server at one end, lines at the other, and all of it on this thread.
struct Pipe {
    runtime: tokio::runtime::Runtime,
    input: tokio::io::WriteHalf<tokio::io::DuplexStream>,
    output: tokio::io::BufReader<tokio::io::ReadHalf<tokio::io::DuplexStream>>,
    line: String,
}

impl Pipe {
    fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (near, far) = tokio::io::duplex(1 << 20);
        let client = Client::builder().api_key(KEY).base_url(url.parse().expect("a URL")).build();
        let selected = Selection { toolsets: vec!["organizations".to_owned()], ..Selection::default() }
            .resolve()
            .expect("a selection");
        let toolbox = Arc::new(Toolbox::new(client, selected, Policy::default()));
        runtime.spawn(async move {
            let shutdown = Shutdown::default();
            let server = Server::new(toolbox, shutdown.clone(), CancellationToken::new());
            let (reader, writer) = tokio::io::split(far);
            let running = server.serve(Transport::new(reader, writer, shutdown)).await;
            let _ = running.expect("a session").waiting().await;
        });
        let (output, input) = tokio::io::split(near);
        let output = tokio::io::BufReader::new(output);
        let mut pipe = Self { runtime, input, output, line: String::with_capacity(1 << 20) };
        pipe.ask(&hello(), 1);
        pipe
    }

    /// Asks the same so many times, each after the answer to the one before.
    fn ask(&mut self, line: &str, times: u64) {
        let Self { runtime, input, output, line: answer } = self;
        runtime.block_on(async {
            for _ in 0..times {
                input.write_all(line.as_bytes()).await.expect("the server reads");
                answer.clear();
                output.read_line(answer).await.expect("the server writes");
                assert_success(answer);
            }
        });
    }
}

#[test]
fn allocations_stay_within_bounds() {
    const TIMES: u64 = 100;
    let mut pipe = Pipe::open(&upstream::start());
    for (asked, bound) in [Asked::One, Asked::Page, Asked::Write].into_iter().zip(&bounds::ALLOCATIONS) {
        let line = asked.line();
        // Buffers grow and connections are opened before anything is counted.
        pipe.ask(&line, 20);
        let info = allocation_counter::measure(|| pipe.ask(&line, TIMES));
        println!("{} bytes allocated", info.bytes_total / TIMES);
        bound.hold(
            info.count_total / TIMES,
            "tests/external/instructions.sh leaves profiles in target/external/instructions, and \
             `callgrind_annotate --tree=caller` says who calls malloc in them",
        );
    }
}

#[test]
#[ignore = "takes valgrind and a minute: tests/external/instructions.sh"]
fn instructions_stay_within_bounds() {
    const TIMES: u64 = 20;
    let url = upstream::start();
    for (asked, bound) in [Asked::One, Asked::Page].into_iter().zip(&bounds::INSTRUCTIONS) {
        let (few, _) = instructions(&url, asked, 5);
        let (many, profile) = instructions(&url, asked, 5 + TIMES);
        let find =
            format!("compare `callgrind_annotate --inclusive=yes {profile}` with that of an earlier commit");
        bound.hold((many - few) / TIMES, &find);
    }
}

/// Instructions of the program from its start to the end of its input, after so many calls, and
/// the file with their profile.
fn instructions(url: &str, asked: Asked, times: u64) -> (u64, String) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/external/instructions");
    std::fs::create_dir_all(&directory).expect("a directory");
    let profile = directory.join(format!("{asked:?}-{times}.out").to_lowercase()).display().to_string();
    let mut child = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", &format!("--callgrind-out-file={profile}")])
        .args([env!("CARGO_BIN_EXE_workos-mcp"), "--base-url", url])
        .env("WORKOS_API_KEY", KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("valgrind");
    let mut input = child.stdin.take().expect("stdin");
    let mut output = BufReader::new(child.stdout.take().expect("stdout"));
    let mut answer = String::new();
    let mut ask = |line: &str| {
        input.write_all(line.as_bytes()).expect("the program reads");
        answer.clear();
        output.read_line(&mut answer).expect("the program writes");
        assert_success(&answer);
    };
    ask(&hello());
    for _ in 0..times {
        ask(&asked.line());
    }
    drop(input);
    assert!(child.wait().expect("a status").success());
    let text = std::fs::read_to_string(&profile).expect("a profile");
    let total =
        text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    (total.and_then(|total| total.trim().parse().ok()).expect("a total"), profile)
}
