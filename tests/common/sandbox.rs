//! `workos-mcp sandbox` as a process, and the requests of an application.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{KEY, TIMEOUT, binary};

/// The process, until it is dropped.
pub struct Sandbox {
    pub child: Child,
    pub port: u16,
}

/// What is answered to a request.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Sandbox {
    /// On a port of its own.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = binary();
        command.args(["sandbox", "--port", "0"]).args(arguments);
        Self::from(command)
    }

    /// Of a command that starts it with `--port 0`.
    pub fn from(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
        let mut line = String::new();
        let output = child.stdout.take().expect("stdout");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let port = line.trim().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no URL in `{line}`"));
        Self { child, port }
    }

    /// Sends a request with a key, and fails if it is not answered.
    pub fn ask(&self, method: &str, target: &str, body: &Value) -> Answered {
        self.ask_with(method, target, &[("authorization", &format!("Bearer {KEY}"))], body)
    }

    pub fn ask_with(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &Value) -> Answered {
        request(self.port, method, target, headers, body).expect("an answer")
    }

    /// The names of all organizations, or what else a search finds.
    pub fn organizations(&self, search: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut target = format!("/organizations?limit=100&search={search}");
        loop {
            let body = self.ask("GET", &target, &Value::Null).body;
            let data = body["data"].as_array().expect("a list");
            found.extend(data.iter().map(|one| one["name"].as_str().expect("a name").to_owned()));
            match body["list_metadata"]["after"].as_str() {
                Some(after) => target = format!("/organizations?limit=100&search={search}&after={after}"),
                None => return found,
            }
        }
    }

    pub fn create(&self, name: &str) -> Answered {
        self.ask("POST", "/organizations", &json!({"name": name}))
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a request; none where the other side is gone before it has answered.
pub fn request(
    port: u16,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Option<Answered> {
    let body = match body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    let mut head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head += &format!("host: 127.0.0.1:{port}\r\n");
    }
    if !body.is_empty() {
        head += &format!("content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    raw(port, &format!("{head}\r\n{body}"))
}

/// Sends bytes, and reads an answer.
pub fn raw(port: u16, sent: &str) -> Option<Answered> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    // It may be refused before all is sent.
    let _ = stream.write_all(sent.as_bytes());
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, length)| length.parse());
    if !sent.starts_with("HEAD ") && matches!(length, Some(Ok(length)) if body.len() < length) {
        return None;
    }
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    Some(Answered { status, headers, body })
}
