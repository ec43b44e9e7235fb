//! The programs that are measured, behind their pipes.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

pub const KEY: &str = "sk_test_example_bench";
pub const IN_FLIGHT: usize = 64;

/// A build of the program.
pub struct Program {
    /// As the table calls it.
    pub name: String,
    pub path: PathBuf,
    /// What stands before its arguments.
    pub command: Option<&'static str>,
}

/// Those that are measured: this build, or those that `WORKOS_BENCH_PROGRAM` names.
pub fn programs() -> Vec<Program> {
    let named = std::env::var_os("WORKOS_BENCH_PROGRAM").filter(|paths| !paths.is_empty());
    let paths = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_workos-mcp").into());
    let paths: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let name =
        |path: &PathBuf| if paths.len() == 1 { "measured".to_owned() } else { path.display().to_string() };
    paths.iter().map(|path| Program { name: name(path), path: path.clone(), command: None }).collect()
}

/// The program behind its pipes.
pub struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: String,
    id: u64,
}

impl Server {
    pub fn start(program: &Program, arguments: &[OsString]) -> Self {
        let mut child = Command::new(&program.path)
            .args(program.command)
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

    /// Started, and its greeting answered.
    pub fn ready(program: &Program, arguments: &[OsString]) -> Self {
        let mut server = Self::start(program, arguments);
        let client = json!({"name": "bench", "version": "1"});
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        server.request("initialize", &hello);
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        server.input.write_all(format!("{initialized}\n").as_bytes()).expect("the program reads");
        server
    }

    fn write(&mut self, method: &str, params: &Value) {
        self.id += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params});
        self.input.write_all(format!("{message}\n").as_bytes()).expect("the program reads");
    }

    /// Whether the next answer is a result and no error.
    fn read(&mut self) -> bool {
        self.line.clear();
        self.output.read_line(&mut self.line).expect("the program writes");
        self.line.contains("\"result\"") && !self.line.contains("\"isError\":true")
    }

    pub fn request(&mut self, method: &str, params: &Value) {
        self.write(method, params);
        assert!(self.read(), "{}", self.line);
    }

    pub fn call(&mut self, tool: &str, arguments: &Value) {
        self.request("tools/call", &json!({"name": tool, "arguments": arguments}));
    }

    /// A call that may fail; whether it did not.
    pub fn try_call(&mut self, tool: &str, arguments: &Value) -> bool {
        self.write("tools/call", &json!({"name": tool, "arguments": arguments}));
        self.read()
    }

    /// So many calls, a fixed number of them in flight.
    pub fn flood(&mut self, calls: usize) {
        let params = json!({"name": "get_organization", "arguments": {"id": "org_1"}});
        for _ in 0..IN_FLIGHT.min(calls) {
            self.write("tools/call", &params);
        }
        for answered in 1..=calls {
            assert!(self.read(), "{}", self.line);
            if answered + IN_FLIGHT <= calls {
                self.write("tools/call", &params);
            }
        }
    }

    /// Megabytes.
    pub fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes =
            kilobytes.and_then(|text| text.trim().strip_suffix(" kB")).and_then(|text| text.parse().ok());
        kilobytes.unwrap_or(f64::NAN) / 1000.0
    }

    /// Seconds of user and system time.
    pub fn cpu(&self) -> f64 {
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
