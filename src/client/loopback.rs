//! What the tests of this room share: a small upstream on loopback, and a runtime.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::base_url::BaseUrl;

/// A request as the upstream has seen it.
#[derive(Debug)]
pub(super) struct Seen {
    /// Request line and headers.
    pub head: String,
    pub body: String,
}

impl Seen {
    /// `GET /organizations HTTP/1.1`.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The value of a header, named in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Answers one request after the other with these statuses and bodies, then ends and tells
/// what it was asked.
pub(super) fn upstream(answers: Vec<(u16, String)>) -> (BaseUrl, JoinHandle<Vec<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = move || {
        let answer = |(status, body): (u16, String)| {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(reader.read_line(&mut head).expect("a line"), 0, "{head:?}");
            }
            let mut seen = Seen { head, body: String::new() };
            let length = seen.header("content-length").and_then(|length| length.parse().ok());
            let mut bytes = vec![0; length.unwrap_or_default()];
            reader.read_exact(&mut bytes).expect("a body");
            seen.body = String::from_utf8(bytes).expect("UTF-8");
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nx-request-id: req_1\r\n\
                 content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(format!("{head}{body}").as_bytes()).expect("written");
            seen
        };
        answers.into_iter().map(answer).collect()
    };
    let base_url = format!("http://{address}").parse().expect("a base URL");
    (base_url, std::thread::spawn(serve))
}

/// Runs a future to its end.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// A new FIFO that nobody writes to.
#[cfg(unix)]
pub(super) fn fifo() -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("workos-mcp-fifo-{}", uuid::Uuid::new_v4()));
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    path
}
