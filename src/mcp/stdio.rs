//! MCP over stdin and stdout, one message a line.
//!
//! rmcp keeps the protocol. This transport takes the place of its own, `rmcp::transport::stdio`,
//! which as of 3.9.0 does not give these guarantees:
//!
//! - Every line that can be answered is answered: what is no JSON, no message, a batch, too long,
//!   or an id that is still in use. rmcp passes over lines that it cannot read, on purpose
//!   ([rust-sdk#938], [rust-sdk#825]), and loses an answer where two requests have one id.
//! - The end of input waits for the calls in flight, for as long as they take, and their answers are
//!   written; rmcp waits five seconds ([rust-sdk#753]). A last line without its end counts.
//! - What comes before the session opens does not end the process: notifications and answers are
//!   passed over ([rust-sdk#783] is of the same kind).
//! - Nothing grows without bound: lines ([rust-sdk#1030]), values in a line, requests in flight,
//!   requests that wait, answers that nobody reads. A reader that does not read stops the reading.
//! - Whoever cancels a request may use its id again at once, and is never given the old answer.
//! - A stdout that is closed or full ends the process, and a stop gives answers their time.
//!
//! | file | what it keeps |
//! |---|---|
//! | `framing` | lines of bounded length |
//! | `envelope` | what a line says of itself that is no message |
//! | `in_flight` | requests that were started, and how many more fit |
//! | `line` | messages as lines |
//! | `writer` | whole lines on stdout |
//! | `shutdown` | how all of it ends |
//!
//! [rust-sdk#753]: https://github.com/modelcontextprotocol/rust-sdk/issues/753
//! [rust-sdk#783]: https://github.com/modelcontextprotocol/rust-sdk/issues/783
//! [rust-sdk#825]: https://github.com/modelcontextprotocol/rust-sdk/issues/825
//! [rust-sdk#938]: https://github.com/modelcontextprotocol/rust-sdk/issues/938
//! [rust-sdk#1030]: https://github.com/modelcontextprotocol/rust-sdk/issues/1030

mod envelope;
mod framing;
mod in_flight;
mod line;
mod shutdown;
mod writer;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::BytesMut;
use rmcp::model::{
    CallToolRequest, CallToolRequestMethod, CallToolRequestParams, ClientJsonRpcMessage, ClientNotification,
    ClientRequest, ErrorData, GetExtensions, GetMeta, JsonRpcMessage, JsonRpcVersion2_0, ProtocolVersion,
    RequestId, ServerJsonRpcMessage,
};
use rmcp::service::RoleServer;
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use self::framing::MAX_LINE;
use self::framing::{Frame, Framing};
use self::in_flight::{InFlight, Kind, MAX_IN_FLIGHT, Token};
pub use self::line::SAME_AS_TEXT;
use self::line::line;
pub use self::shutdown::Shutdown;
use self::writer::{Outgoing, write};
use crate::tools::duplicate_names;

/// The most values in a line: each takes many times the memory of the bytes it is written in.
const MAX_VALUES: usize = 100_000;
/// Memory that a value takes beside its text, about.
const BYTES_PER_VALUE: usize = 100;
/// Calls that wait their turn before reading stops, and the memory they may hold.
const MAX_WAITING: usize = 1024;
const MAX_WAITING_SIZE: usize = 32 << 20;

/// MCP over a pair of byte streams, one message a line.
pub struct Stdio<R> {
    reader: R,
    framing: Framing,
    ended: bool,
    /// Whether a message was handed to rmcp that opens the session: before that it takes
    /// anything but a request as a reason to exit.
    opened: bool,
    /// Calls that wait their turn.
    waiting: VecDeque<Waiting>,
    waiting_size: usize,
    /// A request of another kind that does not fit yet; nothing is read before it does.
    held: Option<Waiting>,
    /// Errors of lines that never become a request.
    refusals: VecDeque<Vec<u8>>,
    in_flight: Arc<InFlight>,
    outgoing: Option<mpsc::Sender<Outgoing>>,
    writer: Option<JoinHandle<()>>,
    shutdown: Shutdown,
}

/// A request that was read and not started.
struct Waiting {
    token: Token,
    id: RequestId,
    kind: Kind,
    request: ClientRequest,
    size: usize,
}

impl<R: AsyncRead + Unpin + Send + 'static> Stdio<R> {
    /// Starts writing to `writer`; reads from `reader` as rmcp asks for messages.
    pub fn new(reader: R, writer: impl AsyncWrite + Unpin + Send + 'static, shutdown: Shutdown) -> Self {
        let in_flight = shutdown.in_flight.clone();
        let (outgoing, lines) = mpsc::channel(MAX_IN_FLIGHT);
        let writer = tokio::spawn(write(writer, lines, in_flight.clone(), shutdown.clone()));
        Self {
            reader,
            framing: Framing::default(),
            ended: false,
            opened: false,
            waiting: VecDeque::new(),
            waiting_size: 0,
            held: None,
            refusals: VecDeque::new(),
            in_flight,
            outgoing: Some(outgoing),
            writer: Some(writer),
            shutdown,
        }
    }

    /// Bytes that were read and are not yet a line.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn buffered(&self) -> usize {
        self.framing.buffered()
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
            let has_space = self.held.is_none()
                && self.waiting.len() < MAX_WAITING
                && self.waiting_size < MAX_WAITING_SIZE;
            if has_space && let Some(line) = self.line() {
                if let Some(message) = self.accept(&line) {
                    return Some(message);
                }
                continue;
            }
            if self.ended && self.waiting.is_empty() && self.held.is_none() && self.in_flight.is_empty() {
                return None;
            }
            tokio::select! {
                () = self.in_flight.changed.notified() => {}
                () = self.shutdown.stop.cancelled(), if !self.ended => {}
                read = self.framing.read(&mut self.reader), if has_space && !self.ended => {
                    if matches!(read, Ok(0) | Err(_)) {
                        self.ended = true;
                        self.shutdown.ended.cancel();
                        self.framing.end();
                    }
                }
            }
        }
    }

    /// A request that waited and now fits.
    fn due(&mut self) -> Option<Waiting> {
        let fits = |next: &mut Waiting| self.in_flight.fits(next.kind, next.size);
        if let Some(next) = self.held.take_if(fits) {
            return Some(next);
        }
        if !self.waiting.front_mut().is_some_and(fits) {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.waiting_size -= next.size;
        Some(next)
    }

    /// Hands a request on, under the number by which rmcp knows it.
    fn start(&mut self, next: Waiting) -> ClientJsonRpcMessage {
        let Waiting { token, id, kind, mut request, size } = next;
        let running = self.in_flight.start(token, id, kind, size);
        request.extensions_mut().insert(running);
        JsonRpcMessage::request(request, RequestId::Number(token))
    }

    /// Stops reading. What was read and not started is refused, so that nobody waits for it.
    fn end(&mut self) {
        self.ended = true;
        self.shutdown.ended.cancel();
        let error = ErrorData::internal_error("the server is stopping; this call was not started", None);
        for Waiting { id, .. } in std::mem::take(&mut self.waiting).into_iter().chain(self.held.take()) {
            self.in_flight.forget(&id);
            self.refuse(&error, serde_json::to_string(&id).ok().as_deref());
        }
        self.waiting_size = 0;
        while let Some(line) = self.line() {
            let line = framing::content(&line);
            let (envelope, read) = envelope::envelope(line);
            if read.is_ok() && envelope.method && envelope.answerable().is_some() {
                self.refuse(&error, envelope.answerable());
            } else if !line.is_empty() {
                self.malformed(line, "this is not a JSON-RPC 2.0 message");
            }
        }
        self.framing.clear();
    }

    /// The next whole line that was read.
    fn line(&mut self) -> Option<BytesMut> {
        loop {
            match self.framing.next()? {
                Frame::Line(line) => return Some(line),
                Frame::TooLong(beginning) => self.too_long(&beginning),
            }
        }
    }

    fn too_long(&mut self, beginning: &[u8]) {
        let (envelope, _) = envelope::envelope(beginning);
        if !envelope.response {
            let message = format!("a line is longer than {} MB", MAX_LINE >> 20);
            self.refuse(&ErrorData::invalid_request(message, None), envelope.answerable());
        }
    }

    /// A line as a message for rmcp; `None` if it was answered, queued or is noise.
    fn accept(&mut self, line: &[u8]) -> Option<ClientJsonRpcMessage> {
        let line = framing::content(line);
        if line.is_empty() {
            return None;
        }
        let values = envelope::values(line);
        if values > MAX_VALUES {
            return self.malformed(line, &format!("a line holds more than {MAX_VALUES} values"));
        }
        if envelope::has_number_beyond_any(line) {
            return self.malformed(line, "this line cannot be read: a number is out of range");
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
                let (id, mut request) = (request.id, request.request);
                let Some(token) = self.in_flight.register(&id) else {
                    let error =
                        ErrorData::invalid_request("a request with this id is still being answered", None);
                    self.refuse(&error, serde_json::to_string(&id).ok().as_deref());
                    return None;
                };
                self.opened |= opens(&request);
                let call = matches!(request, ClientRequest::CallToolRequest(_));
                let kind = if call { Kind::Call } else { Kind::Other };
                if call && let Some(fault) = ambiguity(line) {
                    request.extensions_mut().insert(Ambiguous(fault));
                }
                let size = line.len() + values * BYTES_PER_VALUE;
                let next = Waiting { token, id, kind, request, size };
                let turn = (!call || self.waiting.is_empty()) && self.in_flight.fits(kind, size);
                if turn {
                    return Some(self.start(next));
                }
                if call {
                    self.waiting_size += size;
                    self.waiting.push_back(next);
                } else {
                    self.held = Some(next);
                }
                None
            }
            JsonRpcMessage::Notification(mut notification) => {
                if let ClientNotification::CancelledNotification(cancelled) = &mut notification.notification {
                    let token = self.cancel(cancelled.params.request_id.as_ref()?)?;
                    cancelled.params.request_id = Some(RequestId::Number(token));
                }
                self.opened.then_some(JsonRpcMessage::Notification(notification))
            }
            other => self.opened.then_some(other),
        }
    }

    /// Nobody waits for this id any more; its token, if rmcp has to know.
    fn cancel(&mut self, id: &RequestId) -> Option<Token> {
        let token = self.in_flight.token(id)?;
        if let Some(index) = self.waiting.iter().position(|waiting| waiting.token == token) {
            if let Some(waiting) = self.waiting.remove(index) {
                self.waiting_size -= waiting.size;
            }
            self.in_flight.forget(id);
            return None;
        }
        // Before a session rmcp takes no notifications, and answers all the same.
        self.opened.then(|| self.in_flight.cancel(token))?;
        Some(token)
    }

    /// Answers a line that is no message, or hands on that an answer was none.
    fn malformed(&mut self, line: &[u8], problem: &str) -> Option<ClientJsonRpcMessage> {
        let (envelope, read) = envelope::envelope(line);
        if let Err(at) = read {
            let error = ErrorData::parse_error(format!("this line is not JSON (at column {})", at + 1), None);
            self.refuse(&error, None);
        } else if envelope.batch {
            let text = "batches are not supported: send one message per line";
            self.refuse(&ErrorData::invalid_request(text, None), None);
        } else if envelope.response && !envelope.method {
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

/// A call of which the parameters can be read in two ways, and why: it must not be run.
#[derive(Debug, Clone)]
pub struct Ambiguous(pub String);

/// What can be read in two ways in a call: as a message it holds the last of each name alone.
fn ambiguity(line: &[u8]) -> Option<String> {
    duplicate_names::fault(std::str::from_utf8(line).ok()?, &["params", "arguments"])
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
            && let RequestId::Number(token) = *id
        {
            match self.in_flight.id(token) {
                Some(asked) => *id = asked,
                None => cancelled = true,
            }
            answers = Some(token);
        }
        let line = line(&message);
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
