//! `workos-mcp`: serve MCP until the client is done.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use rmcp::service::{ServerInitializeError, ServiceExt};
use rmcp::transport::stdio_pipes;
use tokio_util::sync::CancellationToken;

use super::block_on;
use super::settings::Settings;
use crate::server::Server;
use crate::stdio::{Shutdown, Stdio};

/// How long writes in flight may take once the process was told to end.
const GRACE: Duration = Duration::from_secs(5);

/// How long calls that are given up have to say so.
const LAST_WORDS: Duration = Duration::from_millis(20);

/// Serves until the input ends, a signal comes, or nobody reads the answers.
pub fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let tools = settings.tools()?;
    if std::io::stdin().is_terminal() {
        eprintln!(
            "workos-mcp speaks MCP on stdin and stdout: an MCP client starts it (README.md shows the config entry).\n\
             Try `workos-mcp demo`, `workos-mcp tools` or `workos-mcp --help`. Ctrl-D ends it."
        );
    }
    block_on(async {
        let shutdown = Shutdown::default();
        let abandon = CancellationToken::new();
        let server = Server::new(tools, shutdown.clone(), abandon.clone());
        tokio::spawn(watch_signals(shutdown.stop.clone(), abandon.clone()));

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
        tokio::select! {
            session = session => session?,
            () = shutdown.broken.cancelled() => {
                // Calls in flight are given up, and leave their trace.
                shutdown.stop.cancel();
                abandon.cancel();
                tokio::time::sleep(LAST_WORDS).await;
            }
        }
        // What was answered last is still on its way to stdout.
        let _ = tokio::time::timeout(GRACE, shutdown.drained.cancelled()).await;
        // A blocking read of stdin cannot be interrupted; nothing is left to be done.
        std::process::exit(0)
    })
}

/// The first signal stops reading, and gives up writes after the grace; the second ends at once.
async fn watch_signals(stop: CancellationToken, abandon: CancellationToken) {
    if signal().await.is_err() {
        return;
    }
    stop.cancel();
    tokio::select! {
        () = tokio::time::sleep(GRACE) => abandon.cancel(),
        _ = signal() => std::process::exit(1),
    }
    // Nobody may read the last answers.
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(1)) => std::process::exit(0),
        _ = signal() => std::process::exit(1),
    }
}

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
pub(super) async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
