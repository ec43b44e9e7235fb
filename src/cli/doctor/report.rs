//! What the doctor has found so far: for people line by line, for programs as one object.

use std::io;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::process::{WRONG_USAGE, print};
use crate::tools::sanitize::sanitize;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What was found so far.
#[derive(Debug)]
pub struct Report {
    /// The checks, if they are shown at the end as JSON.
    checks: Option<Vec<Value>>,
    healthy: bool,
    /// A setting asks for what cannot be.
    wrong_usage: bool,
}

impl Report {
    /// Starts with the version.
    pub fn start(json: bool) -> io::Result<Self> {
        if !json {
            print(format!("workos-mcp {VERSION}"))?;
        }
        Ok(Self { checks: json.then(Vec::new), healthy: true, wrong_usage: false })
    }

    /// Something is as it should be.
    pub fn ok(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.add("ok", name, text)
    }

    /// Something is worth a look.
    pub fn note(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.add("note", name, text)
    }

    /// Something must be mended.
    pub fn fail(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.healthy = false;
        self.add("fail", name, text)
    }

    /// A setting, unless it asks for what cannot be; that is told.
    pub fn usage<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        setting: Result<T, E>,
    ) -> io::Result<Option<T>> {
        match setting {
            Ok(setting) => Ok(Some(setting)),
            Err(fault) => {
                self.wrong_usage = true;
                self.fail(name, &fault.to_string()).map(|()| None)
            }
        }
    }

    /// Ends with the exit code, and with the object for programs.
    pub fn end(self) -> anyhow::Result<ExitCode> {
        if let Some(checks) = self.checks {
            let object = json!({ "version": VERSION, "healthy": self.healthy, "checks": checks });
            print(serde_json::to_string_pretty(&object)?)?;
        }
        Ok(ExitCode::from(match (self.healthy, self.wrong_usage) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => WRONG_USAGE,
        }))
    }

    fn add(&mut self, status: &'static str, name: &str, text: &str) -> io::Result<()> {
        let text = sanitize(text);
        if let Some(checks) = &mut self.checks {
            checks.push(json!({ "name": name, "status": status, "text": text }));
            return Ok(());
        }
        let mark = if status == "fail" { "FAIL" } else { status };
        print(format!("{mark:<4}  {name}: {}", text.replace('\n', "\n      ")))
    }
}
