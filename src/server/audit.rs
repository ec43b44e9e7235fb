//! The audit trail: one JSON line for every call that is not a read, and for every refusal.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::access::Environment;
use super::secrets::{MASK, any, named_like_a_secret};
use crate::client::{Arguments, excerpt};
use crate::operation::Operation;
use crate::schema::Field;

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
pub struct Outcome {
    /// The status that WorkOS answered with.
    pub status: Option<u16>,
    /// The request ID of the answer.
    pub request_id: Option<String>,
    /// Why it failed, or was refused.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Duration,
}

/// A file that only grows. It is opened for every line, so that it may be rotated at any time.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    turn: Mutex<()>,
}

impl Audit {
    /// A trail in this file, which is created when it is first needed and which only its owner
    /// can read. While it cannot be written destructive calls are refused, see [`check`](Self::check).
    pub fn new(path: &Path) -> Self {
        Self { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()), turn: Mutex::new(()) }
    }

    /// Whether a line can be written. A blank in front of the next line says so.
    ///
    /// # Errors
    ///
    /// Why a destructive call must not be made.
    pub fn check(&self) -> Result<(), String> {
        self.append(b" ").map_err(|error| {
            format!(
                "Nothing was sent: the audit log {} cannot be written ({error}), and nothing is destroyed without a trace.",
                self.path.display()
            )
        })
    }

    /// Writes the line of a call.
    pub fn record(
        &self,
        environment: Environment,
        tool: &str,
        operation: Option<&Operation>,
        arguments: &Arguments,
        decision: Decision,
        outcome: &Outcome,
    ) {
        let line = json!({
            "time": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "tool": tool,
            "environment": environment.as_str(),
            "request": operation.map(|operation| format!("{} {}", operation.verb.as_str(), operation.route())),
            "arguments": operation.map_or_else(Value::default, |operation| masked(operation.fields, arguments)),
            "decision": decision.as_str(),
            "status": outcome.status,
            "request_id": outcome.request_id,
            "error": outcome.error.as_deref().map(|error| excerpt(error, 300)),
            "duration_ms": u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        });
        if let Err(error) = self.append(format!("{line}\n").as_bytes()) {
            // Nobody may read stderr; the call is over all the same.
            let _ = writeln!(
                io::stderr(),
                "workos-mcp: the audit log {} cannot be written: {error}",
                self.path.display()
            );
        }
    }

    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // A file is written without a buffer: what was written is with the system.
        options.open(&self.path)?.write_all(bytes)
    }
}

/// Arguments with credentials masked, and long text shortened.
pub fn masked(fields: &[Field], arguments: &Map<String, Value>) -> Value {
    let shown = arguments.iter().map(|(name, value)| {
        let field = fields.iter().find(|field| field.name == name);
        let value = match field {
            Some(field) if field.secret => MASK.into(),
            // A name that nothing has may be a credential's, mistyped.
            None if !fields.is_empty() || named_like_a_secret(name) => MASK.into(),
            // Text where an object with credentials belongs may be that object, misspelt.
            Some(field) if any(&field.schema) && !value.is_object() && !value.is_array() => MASK.into(),
            Some(field) => nested(field.schema.present().fields(), value),
            None => nested(&[], value),
        };
        (name.clone(), value)
    });
    Value::Object(shown.collect())
}

fn nested(fields: &[Field], value: &Value) -> Value {
    match value {
        Value::Object(object) => masked(fields, object),
        Value::Array(items) => items.iter().map(|item| nested(fields, item)).collect(),
        Value::String(text) => excerpt(text, 200).into(),
        other => other.clone(),
    }
}
