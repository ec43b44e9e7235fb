//! The pipe: lines on stdin and stdout, their limits and their end.
//!
//! rmcp keeps the protocol; this transport keeps what its own loses. Every line that can
//! be answered is answered, the end of input waits for calls in flight, a reader that does
//! not read stops the reading, and nothing grows without bound.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, BytesMut};
use rmcp::model::{
    CallToolRequest, CallToolRequestMethod, CallToolRequestParams, ClientJsonRpcMessage, ClientNotification,
    ClientRequest, ErrorData, GetMeta, JsonRpcMessage, JsonRpcVersion2_0, ProtocolVersion, RequestId,
    ServerJsonRpcMessage,
};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::Room;

/// Longest line that is read.
pub const LONGEST_LINE: usize = 8 << 20;
/// Calls worked on at the same time.
pub const MOST_IN_FLIGHT: usize = 64;
/// Calls that wait their turn before reading stops, and their bytes.
const MOST_WAITING: usize = 1024;
const MOST_WAITING_BYTES: usize = 2 * LONGEST_LINE;
/// Messages written at once.
const MOST_COALESCED: usize = 256 << 10;

/// How a running server is told to end.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Read no more; finish what is in flight.
    pub stop: CancellationToken,
    /// Nothing more is read: nobody answers a question any more.
    pub ended: CancellationToken,
    /// Everything that will be written is written.
    pub drained: CancellationToken,
    /// Nobody reads the answers any more.
    pub broken: CancellationToken,
    /// The calls that are being worked on.
    pub(crate) flight: Arc<Flight>,
}

/// MCP over a pair of byte streams, one message a line.
pub struct Stdio<R> {
    reader: R,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    scanned: usize,
    /// The rest of a line that is too long is being passed over.
    skipping: bool,
    ended: bool,
    /// Whether a message was handed to rmcp that opens the session: before that it takes
    /// anything but a request as a reason to exit.
    opened: bool,
    waiting: VecDeque<(RequestId, ClientJsonRpcMessage, usize)>,
    waiting_bytes: usize,
    /// Errors of lines that never become a request.
    refusals: VecDeque<Vec<u8>>,
    flight: Arc<Flight>,
    outgoing: Option<mpsc::Sender<Outgoing>>,
    writer: Option<JoinHandle<()>>,
    shutdown: Shutdown,
}

/// The calls that were started and whose answers are not yet written.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    /// With the room that each answer takes until it is written.
    ids: Mutex<HashMap<RequestId, Room>>,
    landed: Notify,
}

impl Flight {
    /// Keeps the room of an answer until that is written. A call that was cancelled has none.
    pub fn keep(&self, id: &RequestId, room: Room) {
        if let Some(kept) = self.ids.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
            *kept = room;
        }
    }

    fn count(&self) -> usize {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn contains(&self, id: &RequestId) -> bool {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    fn start(&self, id: RequestId) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Room::default());
    }

    fn land(&self, id: &RequestId) {
        if self.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(id).is_some() {
            self.landed.notify_one();
        }
    }
}

/// A line to write, and the call that it answers.
struct Outgoing {
    line: Vec<u8>,
    answers: Option<RequestId>,
}

impl<R: AsyncRead + Unpin + Send + 'static> Stdio<R> {
    /// Starts writing to `writer`; reads from `reader` as rmcp asks for messages.
    pub fn new(reader: R, writer: impl AsyncWrite + Unpin + Send + 'static, shutdown: Shutdown) -> Self {
        let flight = shutdown.flight.clone();
        let (outgoing, lines) = mpsc::channel(MOST_IN_FLIGHT);
        let writer = tokio::spawn(write(writer, lines, flight.clone(), shutdown.clone()));
        Self {
            reader,
            buffer: BytesMut::new(),
            scanned: 0,
            skipping: false,
            ended: false,
            opened: false,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            refusals: VecDeque::new(),
            flight,
            outgoing: Some(outgoing),
            writer: Some(writer),
            shutdown,
        }
    }

    /// The next message that rmcp should see. Cancel-safe: all state is in `self`.
    async fn next(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(outgoing) = &self.outgoing
                && !self.refusals.is_empty()
            {
                let Ok(permit) = outgoing.reserve().await else { return None };
                if let Some(line) = self.refusals.pop_front() {
                    permit.send(Outgoing { line, answers: None });
                }
                continue;
            }
            if self.shutdown.stop.is_cancelled() && !self.ended {
                self.end();
                continue;
            }
            if self.flight.count() < MOST_IN_FLIGHT
                && let Some((id, message, bytes)) = self.waiting.pop_front()
            {
                self.waiting_bytes -= bytes;
                self.flight.start(id);
                return Some(message);
            }
            if let Some(line) = self.line() {
                if let Some(message) = self.accept(&line) {
                    return Some(message);
                }
                continue;
            }
            if self.ended && self.waiting.is_empty() && self.flight.count() == 0 {
                return None;
            }
            let reads =
                !self.ended && self.waiting.len() < MOST_WAITING && self.waiting_bytes < MOST_WAITING_BYTES;
            tokio::select! {
                () = self.flight.landed.notified() => {}
                () = self.shutdown.stop.cancelled(), if !self.ended => {}
                read = read(&mut self.reader, &mut self.buffer), if reads => {
                    if matches!(read, Ok(0) | Err(_)) {
                        self.ended = true;
                        self.shutdown.ended.cancel();
                        // The last line may come without its line end.
                        if !self.buffer.is_empty() {
                            self.buffer.extend_from_slice(b"\n");
                        }
                    }
                }
            }
        }
    }

    /// Stops reading. What was read and not started is refused, so that nobody waits for it.
    fn end(&mut self) {
        self.ended = true;
        self.shutdown.ended.cancel();
        while let Some(line) = self.line() {
            if let Ok(JsonRpcMessage::Request(request)) =
                serde_json::from_slice::<ClientJsonRpcMessage>(line.trim_ascii())
            {
                self.waiting.push_back((request.id.clone(), JsonRpcMessage::Request(request), 0));
            }
        }
        self.buffer.clear();
        self.scanned = 0;
        self.waiting_bytes = 0;
        for (id, ..) in std::mem::take(&mut self.waiting) {
            let error = ErrorData::internal_error("the server is stopping; this call was not started", None);
            self.refuse(&error, serde_json::to_value(id).ok());
        }
    }

    /// The next whole line of the buffer.
    fn line(&mut self) -> Option<BytesMut> {
        loop {
            let Some(end) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') else {
                self.scanned = self.buffer.len();
                if self.scanned > LONGEST_LINE {
                    if !self.skipping {
                        self.skipping = true;
                        self.too_long();
                    }
                    self.buffer.clear();
                    self.scanned = 0;
                }
                return None;
            };
            let end = self.scanned + end;
            let line = self.buffer.split_to(end);
            self.buffer.advance(1);
            self.scanned = 0;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if line.len() > LONGEST_LINE {
                self.too_long();
                continue;
            }
            return Some(line);
        }
    }

    fn too_long(&mut self) {
        let message = format!("a line is longer than {} MB", LONGEST_LINE >> 20);
        self.refuse(&ErrorData::invalid_request(message, None), None);
    }

    /// A line as a message for rmcp; `None` if it was answered, queued or is noise.
    fn accept(&mut self, line: &[u8]) -> Option<ClientJsonRpcMessage> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return None;
        }
        let message = match tool_call(line).map_or_else(|| serde_json::from_slice(line), Ok) {
            Ok(message) => message,
            Err(error) => {
                self.malformed(line, &error);
                return None;
            }
        };
        match message {
            JsonRpcMessage::Request(request) => {
                let id = request.id.clone();
                if self.flight.contains(&id) || self.waiting.iter().any(|(waiting, ..)| *waiting == id) {
                    let error =
                        ErrorData::invalid_request("a request with this id is still being answered", None);
                    self.refuse(&error, serde_json::to_value(id).ok());
                    return None;
                }
                self.opened |= opens(&request.request);
                let call = matches!(request.request, ClientRequest::CallToolRequest(_));
                if call && (!self.waiting.is_empty() || self.flight.count() >= MOST_IN_FLIGHT) {
                    self.waiting_bytes += line.len();
                    self.waiting.push_back((id, JsonRpcMessage::Request(request), line.len()));
                    return None;
                }
                self.flight.start(id);
                Some(JsonRpcMessage::Request(request))
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    if let Some(index) = self.waiting.iter().position(|(waiting, ..)| waiting == id) {
                        if let Some((.., bytes)) = self.waiting.remove(index) {
                            self.waiting_bytes -= bytes;
                        }
                        return None;
                    }
                    // rmcp answers a cancelled call no more.
                    if self.opened {
                        self.flight.land(id);
                    }
                }
                self.opened.then_some(JsonRpcMessage::Notification(notification))
            }
            other => self.opened.then_some(other),
        }
    }

    /// Answers a line that is no message.
    fn malformed(&mut self, line: &[u8], error: &serde_json::Error) {
        let parsed = if error.is_data() { serde_json::from_slice::<Value>(line).ok() } else { None };
        match parsed {
            None => {
                let place = format!("column {}", error.column());
                let error = ErrorData::parse_error(format!("this line is not JSON (at {place})"), None);
                self.refuse(&error, None);
            }
            Some(Value::Array(_)) => {
                let error =
                    ErrorData::invalid_request("batches are not supported: send one message per line", None);
                self.refuse(&error, None);
            }
            Some(message) => {
                // Without a method it is no request, and nobody waits for an answer.
                let id = message.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
                let error = ErrorData::invalid_request("this is not a JSON-RPC 2.0 message", None);
                self.refuse(&error, id);
            }
        }
    }

    fn refuse(&mut self, error: &ErrorData, id: Option<Value>) {
        let mut answer = serde_json::json!({ "jsonrpc": "2.0" });
        if let Some(id) = id {
            answer["id"] = id;
        }
        answer["error"] = serde_json::to_value(error).unwrap_or_default();
        let mut line = answer.to_string().into_bytes();
        line.push(b'\n');
        self.refusals.push_back(line);
    }
}

/// A tool call, read directly: rmcp's own reading tries every message that a line might be.
/// Whatever this does not take goes that way.
fn tool_call(line: &[u8]) -> Option<ClientJsonRpcMessage> {
    #[derive(serde::Deserialize)]
    struct Line {
        #[serde(rename = "jsonrpc")]
        _version: JsonRpcVersion2_0,
        id: RequestId,
        #[serde(rename = "method")]
        _method: CallToolRequestMethod,
        params: CallToolRequestParams,
    }
    let Line { id, mut params, .. } = serde_json::from_slice(line).ok()?;
    let meta = params.meta.take();
    let mut request = CallToolRequest::new(params);
    if let Some(meta) = meta {
        request.extensions.insert(meta);
    }
    Some(JsonRpcMessage::request(ClientRequest::CallToolRequest(request), id))
}

/// Whether rmcp takes this request as the beginning of a session.
fn opens(request: &ClientRequest) -> bool {
    match request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => false,
        request => {
            let meta = request.get_meta();
            meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
                && meta
                    .protocol_version()
                    .is_some_and(|version| ProtocolVersion::KNOWN_VERSIONS.contains(&version))
        }
    }
}

/// Reads what there is, into a buffer that grows by what is read.
async fn read(reader: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> io::Result<usize> {
    const AT_LEAST: usize = 8 << 10;
    buffer.reserve(AT_LEAST);
    reader.read_buf(buffer).await
}

/// Writes lines, several at once where they come fast.
async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut lines: mpsc::Receiver<Outgoing>,
    flight: Arc<Flight>,
    shutdown: Shutdown,
) {
    let mut batch = Vec::new();
    let mut answered = Vec::new();
    while let Some(first) = lines.recv().await {
        batch.clear();
        let mut next = Some(first);
        while let Some(Outgoing { line, answers }) = next {
            answered.extend(answers);
            if batch.is_empty() {
                batch = line;
            } else {
                batch.extend_from_slice(&line);
            }
            next = if batch.len() < MOST_COALESCED { lines.try_recv().ok() } else { None };
        }
        let written = async {
            writer.write_all(&batch).await?;
            writer.flush().await
        };
        if written.await.is_err() {
            shutdown.drained.cancel();
            shutdown.broken.cancel();
            return;
        }
        for id in answered.drain(..) {
            flight.land(&id);
        }
    }
    shutdown.drained.cancel();
}

/// The other side is gone.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads stdout any more")]
pub struct Closed;

impl<R: AsyncRead + Unpin + Send + 'static> Transport<RoleServer> for Stdio<R> {
    type Error = Closed;

    fn name() -> Cow<'static, str> {
        "stdio".into()
    }

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let answers = match &message {
            JsonRpcMessage::Response(response) => Some(response.id.clone()),
            JsonRpcMessage::Error(error) => error.id.clone(),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
        };
        let line = serde_json::to_vec(&message).map(|mut line| {
            line.push(b'\n');
            line
        });
        let outgoing = self.outgoing.clone();
        async move {
            let (Ok(line), Some(outgoing)) = (line, outgoing) else { return Err(Closed) };
            outgoing.send(Outgoing { line, answers }).await.map_err(|_| Closed)
        }
    }

    fn receive(&mut self) -> impl Future<Output = Option<ClientJsonRpcMessage>> + Send {
        self.next()
    }

    async fn close(&mut self) -> Result<(), Closed> {
        self.outgoing = None;
        if let Some(writer) = self.writer.take() {
            writer.await.map_err(|_| Closed)?;
        }
        Ok(())
    }
}
