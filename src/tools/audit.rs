//! The audit log: one JSON line for every call that is not a read, and for every refusal.
//!
//! It is written in the background, so that a file system that does not answer holds up what
//! must not happen without a trace, and nothing else.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::access::Environment;
use super::background_writer::BackgroundWriter;
use super::redaction::for_the_record;
use crate::client::{Arguments, excerpt};
use crate::operation::Operation;

/// The longest error in a line, in characters.
const MAX_ERROR: usize = 300;

/// What became of a call before it was sent, or instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Sent without a question.
    Allowed,
    /// The user was asked and agreed.
    Confirmed,
    /// The user was asked and did not agree.
    Declined,
    /// Not sent: access, arguments, credentials, or nobody to ask.
    Refused,
}

impl Decision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Refused => "refused",
        }
    }
}

/// What came of a call.
#[derive(Debug, Default)]
pub struct CallResult {
    /// The status that WorkOS answered with.
    pub status: Option<u16>,
    /// The request ID of the answer.
    pub request_id: Option<String>,
    /// Why it failed, or was refused.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Duration,
}

/// A file that only grows.
#[derive(Debug)]
pub struct AuditLog {
    file: BackgroundWriter,
    environment: Environment,
}

impl AuditLog {
    /// A log in this file, which is created when it is first needed and which only its owner
    /// can read. While it cannot be written destructive calls are refused, see [`check`](Self::check).
    pub fn new(path: &Path, environment: Environment) -> Self {
        Self { file: BackgroundWriter::file("audit log", path), environment }
    }

    /// Whether a line can be written. A blank in front of the next line says so.
    ///
    /// # Errors
    ///
    /// Why a destructive call must not be made.
    pub async fn check(&self) -> Result<(), String> {
        self.file.write_and_wait(b" ".to_vec()).await.map_err(|error| {
            format!(
                "Nothing was sent: the {} cannot be written ({error}), and nothing is destroyed without a trace.",
                self.file
            )
        })
    }

    /// Hands over the line of a call; [`flush`](Self::flush) waits for it.
    pub fn record(
        &self,
        tool: &str,
        operation: Option<&'static Operation>,
        arguments: &Arguments,
        decision: Decision,
        result: &CallResult,
    ) {
        let line = json!({
            "time": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "tool": tool,
            "environment": self.environment.as_str(),
            "request": operation.map(|operation| format!("{} {}", operation.method.as_str(), operation.route())),
            "arguments": operation
                .map_or_else(Value::default, |operation| for_the_record(operation.fields, arguments).into()),
            "decision": decision.as_str(),
            "status": result.status,
            "request_id": result.request_id,
            "error": result.error.as_deref().map(|error| excerpt(error, MAX_ERROR)),
            "duration_ms": u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
        });
        self.file.write(format!("{line}\n").into_bytes());
    }

    /// Records a call that was not sent, and waits until that is written.
    pub async fn record_refusal(
        &self,
        tool: &str,
        operation: Option<&'static Operation>,
        arguments: &Arguments,
        decision: Decision,
        why: &str,
    ) {
        let result = CallResult { error: Some(why.to_owned()), ..CallResult::default() };
        self.record(tool, operation, arguments, decision, &result);
        self.flush().await;
    }

    /// Waits, for a short time, until all lines that were handed over are written or have failed.
    pub async fn flush(&self) {
        self.file.flush().await;
    }

    /// The same before the process ends, even if the file did not answer before.
    pub async fn drain(&self) {
        self.file.drain().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that nobody reads, in place of a file: opening it never ends.
    #[cfg(unix)]
    #[test]
    fn a_file_that_does_not_answer_holds_up_nobody_for_long() {
        let path = std::env::temp_dir().join(format!("workos-mcp-fifo-{}", std::process::id()));
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.is_ok_and(|status| status.success()));
        let log = AuditLog::new(&path, Environment::Staging);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let start = std::time::Instant::now();
        runtime.block_on(async {
            let refusal = log.check().await.expect_err("a refusal");
            assert!(refusal.contains("nothing is destroyed without a trace"), "{refusal}");
            log.record("tool", None, &Arguments::new(), Decision::Refused, &CallResult::default());
            // Nobody waits for it a second time.
            for _ in 0..10 {
                log.flush().await;
            }
        });
        assert!(start.elapsed() < 2 * super::super::background_writer::WRITE_TIMEOUT);
        std::fs::remove_file(&path).expect("the pipe");
    }
}
