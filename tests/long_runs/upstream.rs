//! An upstream that is fast enough not to be what is measured: one thread, no locks.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What it counted.
#[derive(Default)]
pub struct Counts {
    pub created: AtomicUsize,
    pub deleted: AtomicUsize,
    /// What failed once.
    failed: Mutex<HashSet<String>>,
}

pub struct Upstream {
    pub url: String,
    pub counts: Arc<Counts>,
}

impl Upstream {
    pub fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        listener.set_nonblocking(true).expect("a listener");
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(serve(stream, shared.clone()));
                }
            });
        });
        Self { url, counts }
    }
}

async fn serve(mut stream: TcpStream, counts: Arc<Counts>) -> Option<()> {
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let length = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, length)| length.parse().ok())
            .unwrap_or(0);
        while buffer.len() < end + length {
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        }
        buffer.drain(..end + length);
        let mut words = head.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let answer = answer(method, target, &counts).await;
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// What is asked for decides what happens: the name of an organization begins with it.
async fn answer(method: &str, target: &str, counts: &Counts) -> String {
    let id = target.rsplit('/').next().unwrap_or_default();
    let one = |name: &str| {
        format!(r#"{{"object":"organization","id":"{id}","name":"{name}","domains":[],"metadata":{{}}}}"#)
    };
    let (status, headers, body) = match (method, id.split('_').next().unwrap_or_default()) {
        ("POST", _) => {
            counts.created.fetch_add(1, Ordering::Relaxed);
            (201, "", one("new"))
        }
        ("DELETE", _) => {
            counts.deleted.fetch_add(1, Ordering::Relaxed);
            (202, "", String::new())
        }
        (_, "missing") => (404, "", r#"{"message":"not here","code":"entity_not_found"}"#.to_owned()),
        (_, "busy") => (429, "retry-after: 60\r\n", r#"{"message":"too many"}"#.to_owned()),
        (_, "broken") => (500, "", r#"{"message":"broken"}"#.to_owned()),
        (_, "flaky") if counts.failed.lock().expect("the log").insert(id.to_owned()) => {
            (503, "", String::new())
        }
        (_, "slow") => {
            tokio::time::sleep(Duration::from_millis(100)).await;
            (200, "", one("slow"))
        }
        (_, "large") => (200, "", one(&"x".repeat(200_000))),
        _ if target.starts_with("/organizations?") || target == "/organizations" => {
            let all = vec![one("listed"); 20].join(",");
            (
                200,
                "",
                format!(
                    r#"{{"object":"list","data":[{all}],"list_metadata":{{"before":null,"after":null}}}}"#
                ),
            )
        }
        _ => (200, "", one("Example")),
    };
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
