//! `workos-mcp`: serve MCP until the client is done.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rmcp::service::{ServerInitializeError, ServiceExt};
use rmcp::transport::stdio_pipes;
use tokio_util::sync::CancellationToken;

use super::logging::Log;
use super::process::block_on;
use super::settings::Settings;
use super::signals::Signals;
use crate::client::Client;
use crate::mcp::handler::Server;
use crate::mcp::stdio::{Shutdown, Stdio};

/// How long writes in flight may take once the process was told to end.
const GRACE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long calls that are given up have to say so.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_millis(20);

/// Serves until the input ends, a signal comes, or nobody reads the answers.
///
/// What was started is told to end by a signal only once the handlers stand: that is the
/// first thing done here. A signal that comes earlier, in the milliseconds in which the
/// program is loaded and its command line read, ends it the way the system does.
pub fn run(settings: &Settings, log: &Log) -> anyhow::Result<ExitCode> {
    let shutdown = Shutdown::default();
    let abandon = CancellationToken::new();
    watch_signals(shutdown.stop.clone(), abandon.clone())?;
    let toolbox = Arc::new(settings.toolbox()?);
    let catalog = toolbox.catalog();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        environment = catalog.environment().as_str(),
        access = catalog.access().as_str(),
        tools = catalog.offered().count(),
        "serving"
    );
    if std::io::stdin().is_terminal() {
        eprintln!(
            "workos-mcp speaks MCP on stdin and stdout: an MCP client starts it (README.md shows the config entry).\n\
             Try `workos-mcp demo`, `workos-mcp tools` or `workos-mcp --help`. Ctrl-D ends it."
        );
    }
    block_on(async {
        if settings.warms_up() {
            tokio::spawn(warm_up(toolbox.executor().client().clone(), shutdown.answered.clone()));
        }
        let server = Server::new(toolbox.clone(), shutdown.clone(), abandon.clone());
        let (reader, writer) = stdio_pipes();
        let transport = Stdio::new(reader, writer, shutdown.clone());
        let session = async {
            match server.serve(transport).await {
                Ok(running) => running.waiting().await.map(|_| ()).map_err(anyhow::Error::from),
                // The client was gone before it asked for anything.
                Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
                Err(error) => Err(error.into()),
            }
        };
        let session = tokio::select! {
            session = session => session,
            () = shutdown.broken.cancelled() => {
                // Calls in flight are given up, and leave their trace.
                shutdown.stop.cancel();
                abandon.cancel();
                tokio::time::sleep(LAST_WORDS_TIMEOUT).await;
                Ok(())
            }
        };
        // What was answered last is still on its way to stdout.
        let _ = tokio::time::timeout(GRACE_TIMEOUT, shutdown.drained.cancelled()).await;
        // So is what was recorded last on its way to the audit log.
        toolbox.drain().await;
        tracing::info!("stopped");
        log.flush().await;
        session?;
        let lost = shutdown.lost.load(Ordering::Relaxed);
        if lost {
            let _ = writeln!(std::io::stderr(), "error: answers could not be written to stdout");
        }
        // A blocking read of stdin cannot be interrupted; nothing is left to be done.
        std::process::exit(i32::from(lost))
    })
}

/// Opens a connection to the API once a client is there. What costs time on this machine alone, such
/// as reading what it trusts, is done beside the handshake.
async fn warm_up(client: Client, answered: CancellationToken) {
    if client.base_url().url().scheme() == "https" {
        client.make_ready().await;
    }
    answered.cancelled().await;
    client.warm_up().await;
}

/// Watches for signals, on a thread of its own: a write to a log that nobody reads, or a key
/// file that does not answer, may hold up everything else. Returns when the handlers stand.
fn watch_signals(stop: CancellationToken, abandon: CancellationToken) -> anyhow::Result<()> {
    let (ready, stands) = std::sync::mpsc::sync_channel(1);
    let watch = move || {
        block_on(async {
            let signals = Signals::new();
            let failed = signals.as_ref().err().map(std::io::Error::kind);
            let _ = ready.send(failed);
            obey(&mut signals?, &stop, &abandon).await;
            Ok(())
        })
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch)?;
    match stands.recv() {
        Ok(None) => Ok(()),
        Ok(Some(kind)) => Err(std::io::Error::from(kind).into()),
        Err(_) => anyhow::bail!("signals cannot be watched"),
    }
}

/// The first signal stops reading, and gives up writes after the grace; the second ends at once.
async fn obey(signals: &mut Signals, stop: &CancellationToken, abandon: &CancellationToken) {
    signals.next().await;
    stop.cancel();
    tokio::select! {
        () = tokio::time::sleep(GRACE_TIMEOUT) => abandon.cancel(),
        () = signals.next() => std::process::exit(1),
    }
    // Nobody may read the last answers.
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(1)) => std::process::exit(0),
        () = signals.next() => std::process::exit(1),
    }
}
