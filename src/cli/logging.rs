//! The log, for whoever runs this: quiet unless somebody asks for it.
//!
//! It holds names of tools, routes, statuses and times; never arguments, bodies or keys. Only
//! this crate's own events are in it: those of the protocol library would hold arguments.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;

use crate::tools::background_writer::BackgroundWriter;

/// Starts logging; nothing at all happens where the level is off.
///
/// # Errors
///
/// There is a log already.
pub fn start(level: LevelFilter, file: Option<&Path>) -> anyhow::Result<Log> {
    if level == LevelFilter::OFF {
        return Ok(Log(None));
    }
    let writer = Arc::new(match file {
        Some(path) => BackgroundWriter::file("log", path),
        None => BackgroundWriter::stderr("log"),
    });
    let format = fmt::layer().with_ansi(false).with_writer(Lines(writer.clone()));
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(own).with(format))?;
    Ok(Log(Some(writer)))
}

/// A log that was started, or none.
#[derive(Debug)]
pub struct Log(Option<Arc<BackgroundWriter>>);

impl Log {
    /// Waits, for a short time, until everything is written.
    pub async fn flush(&self) {
        if let Some(writer) = &self.0 {
            writer.flush().await;
        }
    }
}

/// Hands every event to the writer, which is a line each.
#[derive(Debug, Clone)]
struct Lines(Arc<BackgroundWriter>);

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
