//! A loopback upstream that speaks TLS 1.3 with HTTP/2, or HTTP/1.1: at a distance if wanted, with
//! certificates of its own that are made when it starts. It counts connections and requests, and can be told to
//! refuse, to say good-bye, to fall silent and to go away. Stands alone, so that benches can use
//! it too.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "not every user uses everything, and all stop where they cannot go on"
)]

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, ReadBuf,
};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct TlsRequest {
    /// Which connection it came on, counted from 0.
    pub connection: usize,
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case; several of one name are joined.
    pub headers: BTreeMap<String, String>,
    pub body: Bytes,
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status and JSON.
    Answer(u16, Bytes),
    /// The same, so much later; pings are answered meanwhile.
    Late(Duration, u16, Bytes),
    /// Nothing, ever; pings are answered.
    Never,
    /// HTTP/2: refused before anything was done (`REFUSED_STREAM`).
    Refused,
    /// HTTP/2: reset in the middle of doing (`INTERNAL_ERROR`).
    Reset,
    /// HTTP/2: not looked at, as the connection is said good-bye to (GOAWAY) for this reason.
    GoAway(u32),
    /// The connection is closed without an answer.
    Close,
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer(status, body.to_string().into())
    }
}

/// How an upstream is set up.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// How long everything takes, in each direction.
    pub delay: Duration,
    /// Speaks HTTP/1.1 alone.
    pub http1: bool,
}

type Respond = dyn Fn(&TlsRequest) -> Reply + Send + Sync;

/// The upstream; it ends when it is dropped.
pub struct TlsUpstream {
    /// `https://127.0.0.1:<port>`.
    pub url: String,
    /// The certificate of the authority, PEM.
    pub ca_file: PathBuf,
    shared: Arc<Shared>,
    open: watch::Sender<bool>,
    end: Option<mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct Shared {
    setup: Setup,
    respond: Box<Respond>,
    accepted: AtomicUsize,
    handshakes: AtomicUsize,
    resumed: AtomicUsize,
    requests: Mutex<Vec<TlsRequest>>,
    count: AtomicUsize,
    unprocessed: AtomicUsize,
    connections: Mutex<Vec<Connection>>,
    /// Connections that are opened from now on are silent.
    mute: AtomicBool,
    /// So many connections are closed as soon as they are accepted.
    closing: AtomicUsize,
}

/// What can be done to a connection.
struct Connection {
    silent: Arc<AtomicBool>,
    task: AbortHandle,
    good_bye: mpsc::UnboundedSender<u32>,
}

impl TlsUpstream {
    /// Answers every request with what `respond` says.
    pub fn new(respond: impl Fn(&TlsRequest) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(Setup::default(), respond)
    }

    pub fn with(setup: Setup, respond: impl Fn(&TlsRequest) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (ca_pem, tls) = certificates(setup.http1);
        let ca_file = std::env::temp_dir().join(format!("workos-mcp-ca-{}.pem", uuid::Uuid::new_v4()));
        std::fs::write(&ca_file, ca_pem).expect("a file for the authority");
        let shared = Arc::new(Shared {
            setup,
            respond: Box::new(respond),
            accepted: AtomicUsize::new(0),
            handshakes: AtomicUsize::new(0),
            resumed: AtomicUsize::new(0),
            requests: Mutex::new(Vec::new()),
            count: AtomicUsize::new(0),
            unprocessed: AtomicUsize::new(0),
            connections: Mutex::new(Vec::new()),
            mute: AtomicBool::new(false),
            closing: AtomicUsize::new(0),
        });
        let (open, is_open) = watch::channel(true);
        let (end, ended) = mpsc::channel(1);
        let served = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime");
            runtime.block_on(accept(listener, address, &served, tls, is_open, ended));
        });
        let url = format!("https://{address}");
        Self { url, ca_file, shared, open, end: Some(end), thread: Some(thread) }
    }

    /// How many TCP connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// How many TLS handshakes came to an end.
    pub fn handshakes(&self) -> usize {
        self.shared.handshakes.load(Ordering::SeqCst)
    }

    /// How many of them took up an earlier session.
    pub fn resumed(&self) -> usize {
        self.shared.resumed.load(Ordering::SeqCst)
    }

    /// The requests that were processed.
    pub fn requests(&self) -> Vec<TlsRequest> {
        self.shared.requests.lock().expect("the log").clone()
    }

    /// How many requests were processed.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// How many requests arrived and were refused before anything was done.
    pub fn unprocessed(&self) -> usize {
        self.shared.unprocessed.load(Ordering::SeqCst)
    }

    /// From now on nothing comes through the connections that are open, in either direction; the system still
    /// acknowledges what arrives. New ones work.
    pub fn fall_silent(&self) {
        for connection in self.shared.connections.lock().expect("the connections").iter() {
            connection.silent.store(true, Ordering::SeqCst);
        }
    }

    /// Whether connections that are opened from now on are silent from the start.
    pub fn mute_new(&self, mute: bool) {
        self.shared.mute.store(mute, Ordering::SeqCst);
    }

    /// Closes the next connections as soon as they are accepted.
    pub fn close_next(&self, count: usize) {
        self.shared.closing.store(count, Ordering::SeqCst);
    }

    /// Says good-bye on all connections (GOAWAY, with a reason of HTTP/2: 0 is none): what has not arrived yet
    /// is not processed.
    pub fn go_away(&self, reason: u32) {
        for connection in self.shared.connections.lock().expect("the connections").iter() {
            let _ = connection.good_bye.send(reason);
        }
    }

    /// Closes all connections.
    pub fn close_all(&self) {
        for connection in self.shared.connections.lock().expect("the connections").drain(..) {
            connection.task.abort();
        }
    }

    /// Stops listening, with all connections closed, or listens again on the same port.
    pub fn listen(&self, open: bool) {
        let _ = self.open.send(open);
        if !open {
            // Until nothing listens any more.
            let address = self.url.trim_start_matches("https://");
            while std::net::TcpStream::connect(address).is_ok() {
                std::thread::sleep(Duration::from_millis(2));
            }
            self.close_all();
        }
    }
}

impl Drop for TlsUpstream {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

/// An authority, as PEM, and the server's side of TLS.
fn certificates(http1: bool) -> (String, TlsAcceptor) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "workos-mcp tests");
    let certificate = authority.self_signed(&key).expect("a certificate of an authority");
    let issuer = rcgen::Issuer::new(authority, key);
    let server_key = rcgen::KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = rcgen::CertificateParams::new(names).expect("names");
    let server = server.signed_by(&server_key, &issuer).expect("a certificate");
    let chain: Vec<CertificateDer<'static>> = vec![server.der().clone()];
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .expect("a certificate with its key");
    config.alpn_protocols = vec![if http1 { b"http/1.1".to_vec() } else { b"h2".to_vec() }];
    (certificate.pem(), TlsAcceptor::from(Arc::new(config)))
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    shared: &Arc<Shared>,
    tls: TlsAcceptor,
    mut open: watch::Receiver<bool>,
    mut ended: mpsc::Receiver<()>,
) {
    listener.set_nonblocking(true).expect("a listener that does not block");
    let mut listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    // Its tasks end with it.
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                start(stream, shared, tls.clone(), &mut tasks);
            }
            _ = open.changed() => {
                if *open.borrow_and_update() {
                    continue;
                }
                drop(listener);
                tokio::select! {
                    _ = open.wait_for(|open| *open) => {}
                    _ = ended.recv() => return,
                }
                listener = tokio::net::TcpListener::bind(address).await.expect("the port again");
            }
            _ = ended.recv() => return,
        }
    }
}

fn start(stream: TcpStream, shared: &Arc<Shared>, tls: TlsAcceptor, tasks: &mut JoinSet<()>) {
    let number = shared.accepted.fetch_add(1, Ordering::SeqCst);
    let closing = shared.closing.load(Ordering::SeqCst);
    if closing > 0 {
        shared.closing.store(closing - 1, Ordering::SeqCst);
        return;
    }
    let _ = stream.set_nodelay(true);
    let silent = Arc::new(AtomicBool::new(shared.mute.load(Ordering::SeqCst)));
    let (good_bye, good_byes) = mpsc::unbounded_channel();
    let (near, far) = tokio::io::duplex(1 << 20);
    let served = shared.clone();
    let (line, delay) = (silent.clone(), shared.setup.delay);
    let task = tasks.spawn(async move {
        let serve = async {
            let Ok(stream) = tls.accept(near).await else { return };
            served.handshakes.fetch_add(1, Ordering::SeqCst);
            let resumed = stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
            served.resumed.fetch_add(usize::from(resumed), Ordering::SeqCst);
            if served.setup.http1 {
                serve_http1(stream, number, &served).await;
            } else {
                serve_http2(stream, number, &served, good_byes).await;
            }
        };
        tokio::join!(serve, relay(stream, far, delay, &line));
    });
    shared.connections.lock().expect("the connections").push(Connection { silent, task, good_bye });
}

/// The way between the client and the server: so long, and nothing passes where it is silent.
async fn relay(client: TcpStream, server: DuplexStream, delay: Duration, silent: &AtomicBool) {
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = tokio::io::split(server);
    tokio::join!(
        pass(client_read, server_write, delay, silent),
        pass(server_read, client_write, delay, silent)
    );
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
    silent: &AtomicBool,
) {
    let (sender, mut chunks) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = from.read(&mut buffer).await.unwrap_or(0);
            // Nothing is the end.
            if sender.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() || length == 0 {
                return;
            }
        }
    };
    let write = async move {
        while let Some((due, chunk)) = chunks.recv().await {
            if !delay.is_zero() {
                sleep_until(due).await;
            }
            if silent.load(Ordering::SeqCst) {
                continue;
            }
            if chunk.is_empty() {
                let _ = to.shutdown().await;
                return;
            }
            if to.write_all(&chunk).await.is_err() || to.flush().await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}

async fn serve_http2(
    stream: TlsStream<DuplexStream>,
    number: usize,
    shared: &Arc<Shared>,
    mut good_byes: mpsc::UnboundedReceiver<u32>,
) {
    let raw = Arc::new(Mutex::new(Bytes::new()));
    let stream = Wire { stream, raw: raw.clone() };
    let mut builder = h2::server::Builder::new();
    builder.max_concurrent_streams(1000).initial_window_size(1 << 20);
    let Ok(mut connection) = builder.handshake::<_, Bytes>(stream).await else { return };
    let mut tasks = JoinSet::new();
    // The last stream that is processed, and those that never are.
    let mut last = 0;
    let mut leaving = false;
    let mut left = Vec::new();
    loop {
        let (request, respond) = tokio::select! {
            biased;
            Some(reason) = good_byes.recv() => {
                leaving = true;
                *raw.lock().expect("the wire") = go_away(last, reason);
                continue;
            }
            accepted = connection.accept() => match accepted {
                Some(Ok(accepted)) => accepted,
                Some(Err(_)) | None => return,
            },
            Some(closed) = tasks.join_next() => {
                if closed.unwrap_or(false) {
                    return;
                }
                continue;
            }
        };
        let id = respond.stream_id().into();
        let (head, body) = request.into_parts();
        let mut seen = TlsRequest {
            connection: number,
            method: head.method.to_string(),
            path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: headers(&head.headers),
            body: Bytes::new(),
        };
        let reply = if leaving { Reply::GoAway(0) } else { (shared.respond)(&seen) };
        match reply {
            Reply::GoAway(reason) => {
                shared.unprocessed.fetch_add(1, Ordering::SeqCst);
                if !leaving {
                    leaving = true;
                    *raw.lock().expect("the wire") = go_away(last, reason);
                }
                left.push((respond, body));
            }
            Reply::Refused => {
                shared.unprocessed.fetch_add(1, Ordering::SeqCst);
                let mut respond = respond;
                respond.send_reset(h2::Reason::REFUSED_STREAM);
            }
            reply => {
                last = id;
                let shared = shared.clone();
                let no_body = seen.method == "HEAD";
                tasks.spawn(async move {
                    seen.body = read_body(body).await;
                    shared.count.fetch_add(1, Ordering::SeqCst);
                    shared.requests.lock().expect("the log").push(seen);
                    answer(respond, reply, no_body).await
                });
            }
        }
    }
}

/// Answers; whether the connection is to be closed.
async fn answer(mut respond: h2::server::SendResponse<Bytes>, reply: Reply, no_body: bool) -> bool {
    let (status, body) = match reply {
        Reply::Answer(status, body) => (status, body),
        Reply::Late(delay, status, body) => {
            sleep(delay).await;
            (status, body)
        }
        Reply::Reset => {
            respond.send_reset(h2::Reason::INTERNAL_ERROR);
            return false;
        }
        Reply::Close => return true,
        _ => std::future::pending().await,
    };
    let head = http::Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .body(())
        .expect("a head");
    if let Ok(mut stream) = respond.send_response(head, no_body || body.is_empty())
        && !no_body
        && !body.is_empty()
    {
        let _ = stream.send_data(body, true);
    }
    false
}

async fn read_body(mut body: h2::RecvStream) -> Bytes {
    let mut whole = Vec::new();
    while let Some(Ok(chunk)) = body.data().await {
        let _ = body.flow_control().release_capacity(chunk.len());
        whole.extend_from_slice(&chunk);
    }
    whole.into()
}

fn headers(headers: &http::HeaderMap) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        all.entry(name.to_string()).and_modify(|all| *all = format!("{all}, {value}")).or_insert(value);
    }
    all
}

/// The frame that says good-bye: nothing above the stream `last` is processed.
fn go_away(last: u32, reason: u32) -> Bytes {
    let mut frame = vec![0, 0, 8, 7, 0, 0, 0, 0, 0];
    frame.extend_from_slice(&last.to_be_bytes());
    frame.extend_from_slice(&reason.to_be_bytes());
    frame.into()
}

/// What HTTP/2 is spoken over, and frames that the library would not write.
struct Wire {
    stream: TlsStream<DuplexStream>,
    raw: Arc<Mutex<Bytes>>,
}

impl Wire {
    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut raw = self.raw.lock().expect("the wire");
        while !raw.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &raw))?;
            raw.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_raw(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_raw(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

async fn serve_http1(stream: TlsStream<DuplexStream>, number: usize, shared: &Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some(seen) = read_http1(&mut stream, number).await {
        let reply = (shared.respond)(&seen);
        let no_body = seen.method == "HEAD";
        shared.count.fetch_add(1, Ordering::SeqCst);
        shared.requests.lock().expect("the log").push(seen);
        let (status, body) = match reply {
            Reply::Answer(status, body) => (status, body),
            Reply::Late(delay, status, body) => {
                sleep(delay).await;
                (status, body)
            }
            Reply::Never => std::future::pending().await,
            _ => return,
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let answer = [head.as_bytes(), if no_body { &[] } else { &body[..] }].concat();
        if stream.write_all(&answer).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn read_http1(stream: &mut BufReader<TlsStream<DuplexStream>>, number: usize) -> Option<TlsRequest> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(TlsRequest { connection: number, method, path, headers, body: body.into() })
}

/// Where the authority of an upstream is written, for programs that take paths.
pub fn ca_argument(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
