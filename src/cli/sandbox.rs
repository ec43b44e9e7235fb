//! `workos-mcp sandbox`: the sandbox over HTTP, on this machine alone, for applications under test.
//!
//! What is answered is decided in `sandbox/http.rs`; here are the socket and its bounds.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use clap::Args;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::process::{block_on, print};
use super::settings::Settings;
use super::signals::Signals;
use crate::sandbox::KEY;
use crate::sandbox::http::faults::Fault;
use crate::sandbox::http::{self, MAX_BODY, Service};

/// How long a request may take to come.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long answers on their way have once the process was told to end.
const GRACE_TIMEOUT: Duration = Duration::from_secs(5);
/// The most connections at a time; further ones wait.
const MAX_CONNECTIONS: usize = 256;
/// The most headers of a request, and their longest size in bytes.
const MAX_HEADERS: usize = 100;
const MAX_HEAD: usize = 32 << 10;
/// The client ID that the examples have; any other is taken as well.
const CLIENT_ID: &str = "client_01EXAMPLE0CLIENT";

/// What `--help` adds.
pub const EXAMPLES: &str = "\
Examples:
  workos-mcp sandbox --port 4100
  workos-mcp sandbox --port 0 --json --sandbox-file world.jsonl
  workos-mcp sandbox --fault 429@list_users:2 --fault 200ms --fault '503+retry=1@GET /organizations:1'

A fault is STATUS, a pause in ms, or both with `+`; `+retry=SECONDS` adds Retry-After, `+after` lets the
request be done and only its answer be lost; `@OPERATION` or `@METHOD /PATH` says what it befalls, `:COUNT`
how often. While it runs: GET, POST and DELETE /_sandbox/faults; POST /_sandbox/reset begins anew; the request
headers x-sandbox-status and x-sandbox-latency-ms befall that request alone.";

#[derive(Debug, Args)]
pub struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "NUMBER", default_value = "4100")]
    port: u16,

    /// A failure to be answered, such as `429@list_users:2`; may be given several times
    #[arg(long = "fault", value_name = "FAULT", value_parser = Fault::parse)]
    faults: Vec<Fault>,

    /// Print a line of JSON when it listens: URL, key and client ID
    #[arg(long)]
    json: bool,
}

/// Serves until a signal comes.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let service = Arc::new(Service::new(settings.sandbox_options()?, arguments.faults.clone()));
    block_on(async {
        let mut signals = Signals::new()?;
        let listener = listen(arguments.port).await?;
        // Only now: a file is not taken where nothing can be served.
        service.open()?;
        let url = format!("http://{}", listener.local_addr()?);
        greet(&url, listener.local_addr()?.port(), arguments.json)?;
        let stop = CancellationToken::new();
        let connections = TaskTracker::new();
        tokio::select! {
            () = accept(&listener, &service, &connections, &stop) => {}
            () = signals.next() => {}
        }
        drop(listener);
        stop.cancel();
        connections.close();
        tokio::select! {
            _ = timeout(GRACE_TIMEOUT, connections.wait()) => {}
            () = signals.next() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow::anyhow!(
                "port {port} is in use: end what has it, or name another with --port (0 takes a free one)"
            )
        }
        _ => anyhow::Error::from(error).context(format!("nothing can listen on 127.0.0.1:{port}")),
    })
}

/// Says where it is, and how applications get there.
fn greet(url: &str, port: u16, as_json: bool) -> anyhow::Result<()> {
    eprintln!(
        "The sandbox listens on {url}, for this machine alone. Any key that begins with sk_ will do.\n\
         \x20 Environment  WORKOS_API_KEY={KEY} WORKOS_CLIENT_ID={CLIENT_ID} WORKOS_BASE_URL={url}\n\
         \x20 Python       WorkOSClient(api_key=\"{KEY}\", client_id=\"{CLIENT_ID}\", base_url=\"{url}\")\n\
         \x20 Node         new WorkOS(\"{KEY}\", {{ apiHostname: \"127.0.0.1\", port: {port}, https: false }})\n\
         \x20 curl         curl -H \"Authorization: Bearer {KEY}\" {url}/organizations\n\
         Ctrl-C ends it."
    );
    // Whoever waits for this line finds the others said.
    if as_json {
        let address = json!({
            "url": url, "host": "127.0.0.1", "port": port, "api_key": KEY, "client_id": CLIENT_ID,
        });
        print(address).context("stdout")?;
    } else {
        print(url)?;
    }
    Ok(())
}

/// Takes connections for as long as it is asked to.
async fn accept(
    listener: &TcpListener,
    service: &Arc<Service>,
    connections: &TaskTracker,
    stop: &CancellationToken,
) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // It is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // No more files, say: they come back.
                tracing::warn!(%error, "no connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (service, stop) = (service.clone(), stop.clone());
        connections.spawn(async move {
            serve(stream, service, stop).await;
            drop(place);
        });
    }
}

/// Answers the requests of a connection, until it ends or all is to end.
async fn serve(stream: TcpStream, service: Arc<Service>, stop: CancellationToken) {
    // Answers are small, and nothing follows them.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(answer(&service, request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    // How a connection ends is the client's matter.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Reads a request, and answers it when its time has come.
async fn answer(service: &Service, request: Request<Incoming>) -> Response<Whole> {
    let (head, body) = request.into_parts();
    let mut headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    if let Some(authority) = head.uri.authority() {
        // An absolute URL counts for more than the header.
        headers.retain(|(name, _)| name != "host");
        headers.push(("host".to_owned(), authority.to_string()));
    }
    let answered = match timeout(READ_TIMEOUT, read(body)).await {
        Ok(Ok(Some(body))) => service.answer(&http::Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &headers,
            body: &body,
        }),
        Ok(Ok(None)) => service.refusal(413, "The body is longer than 1 MB"),
        Ok(Err(_)) => service.refusal(400, "The body cannot be read"),
        Err(_) => service.refusal(408, "The body did not come within five seconds"),
    };
    if !answered.pause.is_zero() {
        tokio::time::sleep(answered.pause).await;
    }
    tracing::info!(method = head.method.as_str(), status = answered.status, "answered");
    let mut response = Response::builder().status(answered.status);
    if matches!(answered.status, 408 | 413) {
        // What is left of the request is not read.
        response = response.header("connection", "close");
    }
    for (name, value) in answered.headers {
        response = response.header(name, value);
    }
    response.body(Whole(Some(answered.body))).unwrap_or_else(|_| {
        let mut response = Response::new(Whole(None));
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// The body of a request; none if it is too long.
async fn read(mut body: Incoming) -> Result<Option<Vec<u8>>, hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len() + data.len() > MAX_BODY {
                return Ok(None);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Some(bytes))
}

/// The body of an answer.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
