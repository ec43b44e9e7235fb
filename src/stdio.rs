//! The pipe: lines on stdin and stdout, their limits and their end.
//!
//! rmcp keeps the protocol; this transport keeps what its own loses. Every line that can
//! be answered is answered, the end of input waits for calls in flight, a reader that does
//! not read stops the reading, and nothing grows without bound.

mod flight;
mod glance;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Buf, BytesMut};
use rmcp::model::{
    CallToolRequest, CallToolRequestMethod, CallToolRequestParams, ClientJsonRpcMessage, ClientNotification,
    ClientRequest, ErrorData, GetExtensions, GetMeta, JsonRpcMessage, JsonRpcVersion2_0, ProtocolVersion,
    RequestId, ServerJsonRpcMessage,
};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::flight::{Flight, Kind, MOST_IN_FLIGHT, Ticket};

/// Longest line that is read.
pub const LONGEST_LINE: usize = 8 << 20;
/// Most values in a line: each takes many times the memory of the bytes it is written in.
const MOST_VALUES: usize = 100_000;
/// Memory that a value takes beside its text, about.
const VALUE: usize = 100;
/// Calls that wait their turn before reading stops, and the memory they may hold.
const MOST_WAITING: usize = 1024;
const MOST_WAITING_WEIGHT: usize = 32 << 20;
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
    /// Answers were lost to something else than a reader that left: a full disk.
    pub lost: Arc<AtomicBool>,
    /// The requests that are being worked on.
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
    /// Calls that wait their turn.
    waiting: VecDeque<Waiting>,
    waiting_weight: usize,
    /// A request of another kind that does not fit yet; nothing is read before it does.
    held: Option<Waiting>,
    /// Errors of lines that never become a request.
    refusals: VecDeque<Vec<u8>>,
    flight: Arc<Flight>,
    outgoing: Option<mpsc::Sender<Outgoing>>,
    writer: Option<JoinHandle<()>>,
    shutdown: Shutdown,
}

/// A request that was read and not started.
struct Waiting {
    ticket: Ticket,
    id: RequestId,
    kind: Kind,
    request: ClientRequest,
    weight: usize,
}

/// A line to write, and the request that it answers.
struct Outgoing {
    line: Vec<u8>,
    answers: Option<Ticket>,
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
            waiting_weight: 0,
            held: None,
            refusals: VecDeque::new(),
            flight,
            outgoing: Some(outgoing),
            writer: Some(writer),
            shutdown,
        }
    }

    /// Bytes that were read and are not yet a line.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next message that rmcp should see. Cancel-safe: all state is in `self`.
    async fn next(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if self.shutdown.stop.is_cancelled() && !self.ended {
                self.end();
                continue;
            }
            if let Some(outgoing) = &self.outgoing
                && !self.refusals.is_empty()
            {
                tokio::select! {
                    permit = outgoing.reserve() => {
                        let Ok(permit) = permit else { return None };
                        if let Some(line) = self.refusals.pop_front() {
                            permit.send(Outgoing { line, answers: None });
                        }
                    }
                    () = self.shutdown.stop.cancelled(), if !self.ended => {}
                }
                continue;
            }
            if let Some(next) = self.due() {
                return Some(self.start(next));
            }
            let room = self.held.is_none()
                && self.waiting.len() < MOST_WAITING
                && self.waiting_weight < MOST_WAITING_WEIGHT;
            if room && let Some(line) = self.line() {
                if let Some(message) = self.accept(&line) {
                    return Some(message);
                }
                continue;
            }
            if self.ended && self.waiting.is_empty() && self.held.is_none() && self.flight.is_empty() {
                return None;
            }
            tokio::select! {
                () = self.flight.landed.notified() => {}
                () = self.shutdown.stop.cancelled(), if !self.ended => {}
                read = read(&mut self.reader, &mut self.buffer), if room && !self.ended => {
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

    /// A request that waited and now fits.
    fn due(&mut self) -> Option<Waiting> {
        let fits = |next: &mut Waiting| self.flight.fits(next.kind, next.weight);
        if let Some(next) = self.held.take_if(fits) {
            return Some(next);
        }
        if !self.waiting.front_mut().is_some_and(fits) {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.waiting_weight -= next.weight;
        Some(next)
    }

    /// Hands a request on, under the number by which rmcp knows it.
    fn start(&mut self, next: Waiting) -> ClientJsonRpcMessage {
        let Waiting { ticket, id, kind, mut request, weight } = next;
        let running = self.flight.start(ticket, id, kind, weight);
        request.extensions_mut().insert(running);
        JsonRpcMessage::request(request, RequestId::Number(ticket))
    }

    /// Stops reading. What was read and not started is refused, so that nobody waits for it.
    fn end(&mut self) {
        self.ended = true;
        self.shutdown.ended.cancel();
        let error = ErrorData::internal_error("the server is stopping; this call was not started", None);
        for Waiting { id, .. } in std::mem::take(&mut self.waiting).into_iter().chain(self.held.take()) {
            self.flight.dismiss(&id);
            self.refuse(&error, serde_json::to_string(&id).ok().as_deref());
        }
        self.waiting_weight = 0;
        while let Some(line) = self.line() {
            let line = content(&line);
            let (envelope, read) = glance::envelope(line);
            if read.is_ok() && envelope.method && envelope.answerable().is_some() {
                self.refuse(&error, envelope.answerable());
            } else if !line.is_empty() {
                self.malformed(line, "this is not a JSON-RPC 2.0 message");
            }
        }
        self.buffer.clear();
        self.scanned = 0;
    }

    /// The next whole line of the buffer.
    fn line(&mut self) -> Option<BytesMut> {
        loop {
            let Some(end) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') else {
                self.scanned = self.buffer.len();
                if self.skipping {
                    self.buffer.clear();
                    self.scanned = 0;
                } else if self.scanned > LONGEST_LINE {
                    let beginning = std::mem::take(&mut self.buffer);
                    self.scanned = 0;
                    self.skipping = true;
                    self.too_long(&beginning);
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
                self.too_long(&line);
                continue;
            }
            return Some(line);
        }
    }

    fn too_long(&mut self, beginning: &[u8]) {
        let (envelope, _) = glance::envelope(beginning);
        if !envelope.outcome {
            let message = format!("a line is longer than {} MB", LONGEST_LINE >> 20);
            self.refuse(&ErrorData::invalid_request(message, None), envelope.answerable());
        }
    }

    /// A line as a message for rmcp; `None` if it was answered, queued or is noise.
    fn accept(&mut self, line: &[u8]) -> Option<ClientJsonRpcMessage> {
        let line = content(line);
        if line.is_empty() {
            return None;
        }
        let values = glance::values(line);
        if values > MOST_VALUES {
            return self.malformed(line, &format!("a line holds more than {MOST_VALUES} values"));
        }
        let message = match tool_call(line).map_or_else(|| serde_json::from_slice(line), Ok) {
            Ok(message) => message,
            Err(error) if error.is_data() => {
                return self.malformed(line, "this is not a JSON-RPC 2.0 message");
            }
            Err(error) => return self.malformed(line, &format!("this line cannot be read: {error}")),
        };
        match message {
            JsonRpcMessage::Request(request) => {
                let (id, request) = (request.id, request.request);
                let Some(ticket) = self.flight.admit(&id) else {
                    let error =
                        ErrorData::invalid_request("a request with this id is still being answered", None);
                    self.refuse(&error, serde_json::to_string(&id).ok().as_deref());
                    return None;
                };
                self.opened |= opens(&request);
                let call = matches!(request, ClientRequest::CallToolRequest(_));
                let kind = if call { Kind::Call } else { Kind::Other };
                let weight = line.len() + values * VALUE;
                let next = Waiting { ticket, id, kind, request, weight };
                let turn = (!call || self.waiting.is_empty()) && self.flight.fits(kind, weight);
                if turn {
                    return Some(self.start(next));
                }
                if call {
                    self.waiting_weight += weight;
                    self.waiting.push_back(next);
                } else {
                    self.held = Some(next);
                }
                None
            }
            JsonRpcMessage::Notification(mut notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &mut notification.notification {
                    let ticket = self.cancel(cancelled.params.request_id.as_ref()?)?;
                    cancelled.params.request_id = Some(RequestId::Number(ticket));
                }
                self.opened.then_some(JsonRpcMessage::Notification(notification))
            }
            other => self.opened.then_some(other),
        }
    }

    /// Nobody waits for this id any more; its ticket, if rmcp has to know.
    fn cancel(&mut self, id: &RequestId) -> Option<Ticket> {
        let ticket = self.flight.ticket(id)?;
        if let Some(index) = self.waiting.iter().position(|waiting| waiting.ticket == ticket) {
            if let Some(waiting) = self.waiting.remove(index) {
                self.waiting_weight -= waiting.weight;
            }
            self.flight.dismiss(id);
            return None;
        }
        // Before a session rmcp takes no notifications, and answers all the same.
        self.opened.then(|| self.flight.cancel(ticket))?;
        Some(ticket)
    }

    /// Answers a line that is no message, or hands on that an answer was none.
    fn malformed(&mut self, line: &[u8], problem: &str) -> Option<ClientJsonRpcMessage> {
        let (envelope, read) = glance::envelope(line);
        if let Err(at) = read {
            let error = ErrorData::parse_error(format!("this line is not JSON (at column {})", at + 1), None);
            self.refuse(&error, None);
        } else if envelope.batch {
            let text = "batches are not supported: send one message per line";
            self.refuse(&ErrorData::invalid_request(text, None), None);
        } else if envelope.outcome && !envelope.method {
            // Answers are not answered; but whoever asked must not wait for a better one.
            let id = serde_json::from_str(envelope.id?).ok()?;
            let error = ErrorData::invalid_request("its answer cannot be read", None);
            return self.opened.then(|| JsonRpcMessage::error(error, Some(id)));
        } else if envelope.id.is_some() || !envelope.method {
            // What is left is a notification: nobody waits for an answer.
            self.refuse(&ErrorData::invalid_request(problem.to_owned(), None), envelope.answerable());
        }
        None
    }

    /// Answers with an error, under an id as it was written.
    fn refuse(&mut self, error: &ErrorData, id: Option<&str>) {
        let id = id.map(|id| format!(r#""id":{id},"#)).unwrap_or_default();
        let error = serde_json::to_string(error).unwrap_or_default();
        self.refusals.push_back(format!("{{\"jsonrpc\":\"2.0\",{id}\"error\":{error}}}\n").into_bytes());
    }
}

/// A line without what some clients put around it.
fn content(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii()
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
        if let Err(error) = written.await {
            if error.kind() != io::ErrorKind::BrokenPipe {
                shutdown.lost.store(true, Ordering::Relaxed);
            }
            shutdown.drained.cancel();
            shutdown.broken.cancel();
            return;
        }
        for ticket in answered.drain(..) {
            flight.land(ticket);
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
        mut message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let id = match &mut message {
            JsonRpcMessage::Response(response) => Some(&mut response.id),
            JsonRpcMessage::Error(error) => error.id.as_mut(),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
        };
        let mut answers = None;
        let mut cancelled = false;
        if let Some(id) = id
            && let RequestId::Number(ticket) = *id
        {
            match self.flight.id(ticket) {
                Some(asked) => *id = asked,
                None => cancelled = true,
            }
            answers = Some(ticket);
        }
        let line = serde_json::to_vec(&message).map(|mut line| {
            line.push(b'\n');
            line
        });
        let outgoing = self.outgoing.clone();
        async move {
            if cancelled {
                return Ok(());
            }
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
