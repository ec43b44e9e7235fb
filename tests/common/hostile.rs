//! An upstream that does what no API should, on real sockets. What it does with a request is
//! written in the request itself, as `fault-<name>` in its path or body, so that faulty calls
//! and healthy ones share one server and its connections.

#![allow(dead_code, clippy::expect_used, clippy::too_many_lines, reason = "as in the rest of `common`")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::SockRef;

use super::{KEY, Received, read_request};

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// These bytes, then the connection is closed in order.
    Bytes(Vec<u8>),
    /// These bytes, then the connection is reset.
    Reset(Vec<u8>),
    /// These bytes, then nothing, until the client hangs up.
    Stall(Vec<u8>),
    /// The first at once, the second one byte at a time, with so long in between.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// The first once, the second for ever.
    Endless(Vec<u8>, Vec<u8>),
}

/// An answer with a status line, headers and a body of known length, the last on its connection:
/// on one that is closed without a word, the next request is lost by nobody's fault.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\n");
    for (name, value) in headers {
        head.extend([*name, ": ", *value, "\r\n"]);
    }
    head.extend(["connection: close\r\ncontent-length: ", &body.len().to_string(), "\r\n\r\n"]);
    [head.as_bytes(), body].concat()
}

/// The same, as JSON.
pub fn json(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("content-type", "application/json")], body.as_bytes())
}

/// What a healthy path answers.
pub const HEALTHY: &str = r#"{"id":"healthy"}"#;

/// The head of a success with a body that is still to come.
pub const HALF: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"id\":";
const UNTIL_CLOSED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";

/// Gigabytes of blanks, in as many kilobytes; no gzip ends.
fn bomb() -> Vec<u8> {
    // One stored byte, then fixed-Huffman copies of 258 bytes from one byte back: two bits more
    // than a byte each. Built by hand, so that no compressor is needed.
    let mut bits = Bits::default();
    bits.put(1, 1); // the last block
    bits.put(1, 2); // fixed codes
    bits.code(0x30 + u32::from(b' '), 8);
    for _ in 0..400_000 {
        bits.code(0b1100_0101, 8); // length 258
        bits.code(0, 5); // distance 1
    }
    bits.code(0, 7);
    let head = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3];
    [&head[..], &bits.bytes, &[0; 8]].concat()
}

/// Bits as deflate packs them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// A number, lowest bit first.
    fn put(&mut self, value: u32, bits: u32) {
        for bit in 0..bits {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= (((value >> bit) & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A Huffman code, highest bit first.
    fn code(&mut self, code: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.put(code >> bit, 1);
        }
    }
}

/// Every fault by name.
pub fn faults() -> BTreeMap<&'static str, Fault> {
    use Fault::{Bytes, Drip, Endless, Reset, Stall};
    let typed = |kind: &str, body: &str| Bytes(answer(200, &[("content-type", kind)], body.as_bytes()));
    let zipped = |body: &[u8]| {
        let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
        Bytes(answer(200, &headers, body))
    };
    let head = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n").into_bytes();
    let limited = |wait: &str| {
        Bytes(answer(429, &[("content-type", "application/json"), ("retry-after", wait)], b"\"Ratelimited\""))
    };
    let elsewhere = |status: u16, place: &str| Bytes(answer(status, &[("location", place)], b""));
    let many = "x-many: 1\r\n".repeat(200);
    let huge = format!("x-huge: {}\r\n", "h".repeat(2 << 20));
    let echo = format!(r#"{{"message":"bad key {KEY}","code":"{KEY}"}}"#);
    let hidden = echo.replace("sk_", "\\u0073k_");
    let mut faults = BTreeMap::from([
        // Connections.
        ("close", Bytes(Vec::new())),
        ("reset", Reset(Vec::new())),
        ("close-in-head", Bytes(head("200 OK"))),
        ("reset-in-head", Reset(head("200 OK"))),
        ("close-in-body", Bytes(HALF.to_vec())),
        ("reset-in-body", Reset(HALF.to_vec())),
        ("reset-in-error", Reset([&head("422 X")[..], b"content-length: 99\r\n\r\n{\"mess"].concat())),
        ("stall", Stall(Vec::new())),
        ("stall-in-line", Stall(b"HTTP/1.".to_vec())),
        ("stall-in-head", Stall(head("200 OK"))),
        ("stall-in-body", Stall(HALF.to_vec())),
        (
            "stall-in-chunk",
            Stall([&head("200 OK")[..], b"transfer-encoding: chunked\r\n\r\nff\r\n{"].concat()),
        ),
        ("stall-in-error", Stall([&head("422 X")[..], b"content-length: 99\r\n\r\n{\"mess"].concat())),
        ("drip-head", Drip(Vec::new(), head("200 OK"), Duration::from_millis(120))),
        ("drip-body", Drip(HALF.to_vec(), vec![b' '; 94], Duration::from_millis(120))),
        ("drip-well", Drip(Vec::new(), json(200, HEALTHY), Duration::from_millis(1))),
        // What is no answer.
        ("garbage", Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        ("old-http", Bytes(b"HTTP/0.9\r\n\r\n".to_vec())),
        (
            "two-lengths",
            Bytes([&head("200 OK")[..], b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}"].concat()),
        ),
        (
            "bad-chunk",
            Bytes([&head("200 OK")[..], b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n"].concat()),
        ),
        ("many-headers", Bytes([&head("200 OK")[..], many.as_bytes(), b"\r\n{}"].concat())),
        ("huge-header", Bytes([&head("200 OK")[..], huge.as_bytes(), b"\r\n{}"].concat())),
        ("switch", Bytes(b"HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n".to_vec())),
        // Bodies.
        ("html", typed("text/html", "<html>Sign in</html>")),
        ("html-as-json", typed("application/json", "<html>Sign in</html>")),
        ("text", typed("text/plain", "all is well")),
        ("json-as-text", typed("text/plain", HEALTHY)),
        ("empty", typed("application/json", "")),
        ("nothing", Bytes(b"HTTP/1.1 204 X\r\nconnection: close\r\n\r\n".to_vec())),
        ("truncated", typed("application/json", r#"{"id":"#)),
        ("no-utf8", Bytes(answer(200, &[("content-type", "application/json")], b"{\"id\":\"\xff\xfe\"}"))),
        ("deep", typed("application/json", &"[".repeat(100_000))),
        ("corrupt-gzip", zipped(b"no gzip at all")),
        ("cut-gzip", zipped(&bomb()[..64])),
        ("bomb", zipped(&bomb())),
        ("endless", Endless([UNTIL_CLOSED, b"\""].concat(), vec![b'x'; 64 << 10])),
        ("endless-error", Endless(b"HTTP/1.1 422 X\r\n\r\n".to_vec(), vec![b'x'; 64 << 10])),
        ("endless-head", Endless(b"HTTP/1.1 200 X\r\nx: ".to_vec(), vec![b'x'; 64 << 10])),
        // Answers that are not the last.
        ("storm", Endless(Vec::new(), b"HTTP/1.1 103 X\r\nlink: </a>; rel=preload\r\n\r\n".repeat(1000))),
        ("hints", Bytes([b"HTTP/1.1 103 X\r\n\r\n".repeat(50), json(200, HEALTHY)].concat())),
        // Redirects.
        ("301", elsewhere(301, "http://127.0.0.1:1/elsewhere")),
        ("302", elsewhere(302, "/login")),
        ("307", elsewhere(307, "http://127.0.0.1:1/elsewhere")),
        ("308", elsewhere(308, &format!("http://127.0.0.1:1/{KEY}"))),
        ("redirect-nowhere", Bytes(answer(302, &[], b""))),
        // The key, given back.
        ("echo", Bytes(json(400, &echo))),
        ("echo-hidden", Bytes(json(400, &hidden))),
        ("echo-raw", Bytes(answer(400, &[], &[b"\xff ", KEY.as_bytes()].concat()))),
        ("echo-header", Bytes(answer(422, &[("x-request-id", KEY)], b"{}"))),
        ("echo-success", typed("application/json", &hidden)),
    ]);
    for (name, wait) in [
        ("429-seconds", "60"),
        ("429-fraction", "2.5"),
        ("429-date", "Wed, 01 Jan 2098 00:00:00 GMT"),
        ("429-huge", "99999999999999999999"),
        ("429-short", "0.1"),
        ("429-past", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("429-negative", "-1"),
        ("429-words", "soon"),
        ("429-nan", "NaN"),
    ] {
        faults.insert(name, limited(wait));
    }
    faults.insert("429-plain", Bytes(json(429, "\"Ratelimited\"")));
    for (name, status) in [
        ("400", 400),
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("408", 408),
        ("409", 409),
        ("422", 422),
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
        ("599", 599),
        ("300", 300),
    ] {
        faults.insert(name, Bytes(json(status, r#"{"message":"as told","code":"as_coded"}"#)));
    }
    faults
}

/// The upstream.
pub struct Hostile {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    closed: Arc<AtomicBool>,
}

impl Hostile {
    pub fn new() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    pub fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(AtomicBool::new(false));
        let faults = Arc::new(faults());
        let (log, end) = (received.clone(), closed.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, end, faults) = (log.clone(), end.clone(), faults.clone());
                std::thread::spawn(move || serve(&stream, &log, &end, &faults));
            }
        });
        Self { url, received, closed }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("the log").clone()
    }

    /// How many requests came that hold this text in their path or body.
    pub fn count(&self, text: &str) -> usize {
        self.received.lock().expect("the log").iter().filter(|request| holds(request, text)).count()
    }
}

impl Drop for Hostile {
    /// Ends what would write for ever.
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

fn holds(request: &Received, text: &str) -> bool {
    request.target.contains(text) || String::from_utf8_lossy(&request.body).contains(text)
}

/// The `<name>` of `fault-<name>.`, wherever the request has it.
fn named(request: &Received) -> Option<String> {
    let text = format!("{} {}", request.target, String::from_utf8_lossy(&request.body));
    let (_, rest) = text.split_once("fault-")?;
    Some(rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect())
}

fn serve(
    stream: &TcpStream,
    log: &Mutex<Vec<Received>>,
    end: &AtomicBool,
    faults: &BTreeMap<&'static str, Fault>,
) {
    // The client may hang up at any time: what cannot be written is not to be written.
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        let fault = named(&request).map(|name| {
            faults
                .get(name.as_str())
                .cloned()
                .unwrap_or_else(|| Fault::Bytes(json(599, &format!("{{\"no fault\":\"{name}\"}}"))))
        });
        log.lock().expect("the log").push(request);
        match fault {
            None => {
                let length = HEALTHY.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
                );
                if writer.write_all(format!("{head}{HEALTHY}").as_bytes()).is_err() {
                    return;
                }
            }
            Some(Fault::Bytes(bytes)) => {
                let _ = writer.write_all(&bytes);
                finish(stream, &mut reader);
                return;
            }
            Some(Fault::Reset(bytes)) => {
                let _ = writer.write_all(&bytes);
                // A reset overtakes what is not yet read.
                std::thread::sleep(Duration::from_millis(30));
                let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
                return;
            }
            Some(Fault::Stall(bytes)) => {
                let _ = writer.write_all(&bytes);
                let _ = reader.read_to_end(&mut Vec::new());
                return;
            }
            Some(Fault::Drip(first, rest, pause)) => {
                let _ = writer.write_all(&first);
                for byte in rest {
                    if end.load(Ordering::Relaxed) || writer.write_all(&[byte]).is_err() {
                        return;
                    }
                    std::thread::sleep(pause);
                }
                finish(stream, &mut reader);
                return;
            }
            Some(Fault::Endless(once, again)) => {
                let mut bytes = once;
                while !end.load(Ordering::Relaxed) && writer.write_all(&bytes).is_ok() {
                    bytes.clone_from(&again);
                }
                return;
            }
        }
    }
}

/// Closes in order: the client reads all that was written, and not a reset.
fn finish(stream: &TcpStream, reader: &mut impl BufRead) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut rest = [0; 1024];
    loop {
        match reader.read(&mut rest) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Most memory that a process ever had, in MB, where the system tells.
pub fn peak_memory(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? >> 10)
}
