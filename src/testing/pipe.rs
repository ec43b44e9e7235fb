//! Any bytes as the input of the pipe, in pieces of any size, and a server that answers.
//!
//! The first byte of an input says how the bytes arrive and when the server answers; the
//! rest is what arrives. Where it arrives in large pieces, `0xfe n byte` stands for `n` times 64 KB of
//! that byte, so that a small input can hold a line that is too long.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use rmcp::model::{
    ClientNotification, EmptyResult, JsonRpcMessage, RequestId, ServerJsonRpcMessage, ServerResult,
};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::mcp::stdio::{MAX_LINE, Shutdown, Stdio};

/// The most bytes that arrive at once.
const MAX_PIECE: usize = 64 << 10;
/// The most bytes that an input may stand for.
const MAX_BYTES: usize = MAX_LINE + (1 << 20);
/// The most turns without any progress after which nothing will happen any more.
const MAX_IDLE: usize = 1000;

/// Every request that arrives is handed on or answered, whatever arrives beside it, and no
/// more than one line is kept in memory.
pub fn line(input: &[u8]) {
    let Some((&manner, script)) = input.split_first() else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    // Seldom, for it takes its time.
    let stream = if matches!(manner & 7, 0) { expanded(script) } else { script.to_vec() };
    runtime.block_on(serve(manner, &stream));
}

fn expanded(script: &[u8]) -> Vec<u8> {
    let mut stream = Vec::with_capacity(script.len());
    let mut rest = script;
    while let Some((&byte, after)) = rest.split_first() {
        if let (0xfe, [count, byte, after @ ..]) = (byte, after) {
            let room = MAX_BYTES.saturating_sub(stream.len());
            let length = (usize::from(*count) * MAX_PIECE).min(room);
            stream.resize(stream.len() + length, *byte);
            rest = after;
        } else {
            stream.push(byte);
            rest = after;
        }
    }
    stream
}

async fn serve(manner: u8, stream: &[u8]) {
    let read = Arc::new(AtomicUsize::new(0));
    let written = Written::default();
    let shutdown = Shutdown::default();
    let pieces = Pieces { stream: stream.to_vec(), read: read.clone(), manner, ready: false };
    let mut transport = Stdio::new(pieces, written.clone(), shutdown.clone());
    // Stopped after so many turns, if at all.
    let stops = (manner & 0x80 != 0).then_some(usize::from(manner >> 4 & 7) * 8);
    let answers_at_once = manner & 8 != 0;

    let mut open: VecDeque<RequestId> = VecDeque::new();
    let (mut idle, mut turn, mut before) = (0, 0, 0);
    let mut stopped_at = None;
    loop {
        turn += 1;
        if stops == Some(turn) {
            shutdown.stop.cancel();
            stopped_at = Some(read.load(Ordering::Relaxed));
        }
        // Given up and asked for again each time: nothing may get lost by that.
        let message = {
            let mut receive = pin!(transport.receive());
            poll_fn(|context| Poll::Ready(receive.as_mut().poll(context))).await
        };
        assert!(transport.buffered() <= MAX_LINE + MAX_PIECE, "{} bytes kept", transport.buffered());
        match message {
            Poll::Ready(None) => break,
            Poll::Ready(Some(JsonRpcMessage::Request(request))) => {
                idle = 0;
                open.push_back(request.id);
            }
            Poll::Ready(Some(JsonRpcMessage::Notification(notification))) => {
                idle = 0;
                // Whoever has cancelled gets no answer.
                if let ClientNotification::CancelledNotification(cancelled) = notification.notification {
                    open.retain(|id| Some(id) != cancelled.params.request_id.as_ref());
                }
            }
            Poll::Ready(Some(_)) => idle = 0,
            Poll::Pending => {
                let arrived = read.load(Ordering::Relaxed);
                idle = if arrived == before { idle + 1 } else { 0 };
                before = arrived;
                assert!(idle < MAX_IDLE, "nothing happens any more");
                if idle > 2 {
                    answer(&mut transport, open.pop_front()).await;
                }
                tokio::task::yield_now().await;
            }
        }
        while answers_at_once && !open.is_empty() {
            answer(&mut transport, open.pop_front()).await;
        }
    }
    assert!(open.is_empty(), "the end of input did not wait for {open:?}");
    let closed = transport.close().await;
    assert!(closed.is_ok());

    // After a stop, what is not yet read or not yet a whole line is nobody's.
    let counted = match stopped_at {
        Some(_) if read.load(Ordering::Relaxed) < stream.len() => {
            let seen = &stream[..read.load(Ordering::Relaxed)];
            &seen[..seen.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)]
        }
        _ => stream,
    };
    written.check(counted);
}

async fn answer(transport: &mut Stdio<Pieces>, id: Option<RequestId>) {
    if let Some(id) = id {
        let result = ServerResult::EmptyResult(EmptyResult {});
        let sent = transport.send(ServerJsonRpcMessage::response(result, id)).await;
        assert!(sent.is_ok(), "an answer was not taken");
    }
}

/// An ID as text: `1e2` and `100` are one number.
fn plain(id: &Value) -> String {
    match id.as_f64() {
        Some(number) if !id.is_i64() && number.fract() == 0.0 => format!("{}", number + 0.0),
        _ => id.to_string(),
    }
}

/// Bytes that arrive piece by piece, and not every time they are asked for.
struct Pieces {
    stream: Vec<u8>,
    read: Arc<AtomicUsize>,
    manner: u8,
    ready: bool,
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.ready = !self.ready;
        if !self.ready {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let at = self.read.load(Ordering::Relaxed);
        let most = match self.manner & 7 {
            0 => MAX_PIECE,
            _ if self.stream.len() > 2048 => 1 + at % 1009,
            1 => 1,
            2 => 2,
            3 => 1 + at % 7,
            4 => 1 + at % 61,
            5 => 64,
            6 => 1 + at % 1009,
            _ => 4096,
        };
        let end = self.stream.len().min(at + most.min(buffer.remaining()));
        buffer.put_slice(&self.stream[at..end]);
        self.read.store(end, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

/// What the other side reads.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// Holds the answers against what arrived.
    fn check(&self, stream: &[u8]) {
        let mut answered: HashMap<String, usize> = HashMap::new();
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(written.is_empty() || written.ends_with(b"\n"), "half a line");
        for line in written.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let message: Value = serde_json::from_slice(line).unwrap_or_default();
            assert_eq!(message["jsonrpc"], "2.0", "{message}");
            if let Some(id) = message.get("id") {
                *answered.entry(plain(id)).or_default() += 1;
            }
        }

        let mut requests: HashMap<String, usize> = HashMap::new();
        let mut others: HashMap<String, usize> = HashMap::new();
        let mut cancelled = Vec::new();
        // What this reads as no JSON, the pipe may all the same: it skips what it has no use for.
        let mut unclear = false;
        for line in stream.split(|byte| *byte == b'\n') {
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
            if line.is_empty() || line.len() > MAX_LINE {
                continue;
            }
            let Ok(message) = serde_json::from_slice::<Value>(line) else {
                unclear = true;
                continue;
            };
            if let Some(id) = message.get("id").filter(|id| id.is_string() || id.is_number()) {
                let request = message["jsonrpc"] == "2.0" && message["method"].is_string();
                *if request { &mut requests } else { &mut others }.entry(plain(id)).or_default() += 1;
            }
            if message["method"] == "notifications/cancelled" {
                cancelled.push(plain(&message["params"]["requestId"]));
            }
        }
        for (id, count) in requests.into_iter().filter(|(id, _)| !cancelled.contains(id)) {
            let answered = answered.get(&id).copied().unwrap_or_default();
            // What is no request is answered too, if it has an id.
            let most = count + others.get(&id).copied().unwrap_or_default();
            assert!(
                answered >= count && (answered <= most || unclear),
                "{count} requests have the id {id}, and {answered} were handed on or answered"
            );
        }
    }
}

impl AsyncWrite for Written {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
