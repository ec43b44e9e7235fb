//! What the tests share: a loopback upstream that records requests, and the built binary
//! behind its pipes.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    reason = "not every test uses everything, and all stop where they cannot go on"
)]

pub mod hostile;
pub mod listing;
pub mod sandbox;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// The key of all tests.
pub const KEY: &str = "sk_test_example_fixture";
/// Longest wait for anything.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> Option<Value> {
        (!self.body.is_empty()).then(|| serde_json::from_slice(&self.body).expect("a JSON body"))
    }
}

/// What the upstream does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status, further headers, body.
    Http(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes, then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing, for as long as the client waits.
    Stall,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self::Http(status, vec![("content-type".into(), "application/json".into())], body)
    }

    pub fn with(self, name: &str, value: &str) -> Self {
        match self {
            Self::Http(status, mut headers, body) => {
                headers.push((name.into(), value.into()));
                Self::Http(status, headers, body)
            }
            other => other,
        }
    }
}

type Respond = dyn FnMut(&Received) -> Answer + Send;

/// A loopback upstream.
pub struct Upstream {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Upstream {
    /// Answers every request with what `respond` says.
    pub fn new(respond: impl FnMut(&Received) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let respond: Arc<Mutex<Box<Respond>>> = Arc::new(Mutex::new(Box::new(respond)));
        let log = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, respond) = (log.clone(), respond.clone());
                std::thread::spawn(move || serve(&stream, &log, &respond));
            }
        });
        Self { url, received }
    }

    /// The same answer to everything.
    pub fn answering(answer: Answer) -> Self {
        Self::new(move |_| answer.clone())
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("the log").clone()
    }

    pub fn count(&self) -> usize {
        self.received.lock().expect("the log").len()
    }

    /// Waits until so many requests have arrived.
    pub fn wait_for(&self, count: usize) {
        let start = Instant::now();
        while self.count() < count {
            assert!(start.elapsed() < TIMEOUT, "only {} of {count} requests came", self.count());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn serve(stream: &TcpStream, log: &Mutex<Vec<Received>>, respond: &Mutex<Box<Respond>>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        let answer = {
            let mut respond = respond.lock().expect("the answers");
            log.lock().expect("the log").push(request.clone());
            respond(&request)
        };
        match answer {
            Answer::Http(status, headers, body) => {
                let mut head = format!("HTTP/1.1 {status} X\r\n");
                for (name, value) in headers {
                    head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
                }
                if status != 204 {
                    head.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
                }
                head += "\r\n";
                let mut bytes = head.into_bytes();
                bytes.extend(body);
                if writer.write_all(&bytes).is_err() {
                    return;
                }
            }
            Answer::Raw(bytes) => {
                let _ = writer.write_all(&bytes);
                return;
            }
            Answer::Stall => {
                // Until the client hangs up.
                let _ = reader.read_to_end(&mut Vec::new());
                return;
            }
        }
    }
}

pub fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { method, target, headers, body })
}

/// The built program.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workos-mcp"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WORKOS_")
            || name.to_string_lossy().to_lowercase().ends_with("_proxy")
        {
            command.env_remove(name);
        }
    }
    command
}

/// The program as a server, behind its pipes.
pub struct Server {
    pub child: Child,
    pub input: Option<ChildStdin>,
    /// Until somebody reads it.
    pub output: Option<ChildStdout>,
    lines: Receiver<String>,
    sender: Option<Sender<String>>,
    next_id: u64,
    /// Answers that came before they were waited for.
    early: Vec<Value>,
}

impl Server {
    /// Starts with these arguments, and the key of all tests.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[("WORKOS_API_KEY", KEY)])
    }

    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut server = Self::start_unread(arguments, environment);
        server.read_on();
        server
    }

    /// Starts, and reads nothing before [`Self::read_on`].
    pub fn start_unread(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = binary()
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let output = child.stdout.take();
        let (sender, lines) = channel();
        Self { child, input, output, lines, sender: Some(sender), next_id: 0, early: Vec::new() }
    }

    /// Reads what is written, from now on.
    pub fn read_on(&mut self) {
        let (Some(output), Some(sender)) = (self.output.take(), self.sender.take()) else { return };
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }

    /// Against an upstream, initialized.
    pub fn against(upstream: &Upstream, arguments: &[&str]) -> Self {
        let mut all = vec!["--base-url", &upstream.url];
        all.extend(arguments);
        let mut server = Self::start(&all);
        server.initialize();
        server
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.input.as_mut().expect("stdin is open").write_all(bytes).expect("the program reads");
    }

    pub fn send(&mut self, message: &Value) {
        self.write(format!("{message}\n").as_bytes());
    }

    /// The next line, as it was written.
    pub fn receive_line(&mut self) -> String {
        self.lines.recv_timeout(TIMEOUT).expect("an answer in time")
    }

    /// The next line, as JSON.
    pub fn receive(&mut self) -> Value {
        let line = self.receive_line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// A line if one comes within this time.
    pub fn receive_within(&mut self, time: Duration) -> Option<Value> {
        let line = self.lines.recv_timeout(time).ok()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// Sends a request; its id.
    pub fn request(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}));
        self.next_id
    }

    /// The answer to this id, however late it comes.
    pub fn answer(&mut self, id: u64) -> Value {
        if let Some(index) = self.early.iter().position(|message| message["id"] == id) {
            return self.early.remove(index);
        }
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
            self.early.push(message);
        }
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer(id)
    }

    pub fn initialize(&mut self) -> Value {
        let answer = self.ask("initialize", initialize_params("2025-11-25"));
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        answer
    }

    /// The result of a tool call.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let mut answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].take()
    }

    /// The text of a tool call that fails.
    pub fn failure(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        assert!(result.get("structuredContent").is_none(), "{result}");
        result["content"][0]["text"].as_str().expect("text").to_owned()
    }

    /// Ends the input.
    pub fn close(&mut self) {
        self.input = None;
    }

    /// The exit status, and how long it took.
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < TIMEOUT, "the program does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends a signal, by its name for `kill`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// A line of what Linux says of the process.
    pub fn status(&self, name: &str) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    }

    /// Its memory in MB, now (`VmRSS`) or at its highest (`VmHWM`).
    pub fn memory(&self, which: &str) -> f64 {
        let kilobytes = self.status(which);
        kilobytes.trim_end_matches(" kB").parse::<f64>().expect("a size") / 1000.0
    }

    /// Whatever is still written until the program ends.
    pub fn rest(&mut self) -> Vec<Value> {
        let mut rest = std::mem::take(&mut self.early);
        while let Ok(line) = self.lines.recv_timeout(TIMEOUT) {
            rest.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")));
        }
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn initialize_params(version: &str) -> Value {
    json!({
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    })
}

/// `_meta` of a request in the stateless lifecycle.
pub fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    })
}

/// Standard output, standard error and exit code of a command.
pub fn output(command: &mut Command) -> (String, String, i32) {
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    (
        String::from_utf8(output.stdout).expect("UTF-8"),
        String::from_utf8(output.stderr).expect("UTF-8"),
        output.status.code().expect("an exit code"),
    )
}

/// `fixtures/<toolset>/<tool>.json`, by tool.
pub fn fixtures() -> BTreeMap<String, Map<String, Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut fixtures = BTreeMap::new();
    let folders =
        |path: &PathBuf| std::fs::read_dir(path).expect("fixtures").map(|entry| entry.expect("one").path());
    for toolset in folders(&root).filter(|path| path.is_dir()) {
        for file in folders(&toolset) {
            let text = std::fs::read_to_string(&file).expect("a fixture");
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            fixtures.insert(
                name,
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
            );
        }
    }
    fixtures
}
