//! Every row of a batch, checked before the first is sent: all that is wrong is told with the lines where it
//! stands.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::input::{Fault, Row};
use super::journal::{KnownRows, State};
use crate::client::Arguments;
use crate::operation::{Effect, Operation};
use crate::tools::error::{CallError, Ended};
use crate::tools::many::{Destroying, MAX_CALLS, MAX_LISTED, ranges};
use crate::tools::toolbox::Toolbox;
use crate::tools::validation::ValidCall;

/// The most different faults that are told.
const MAX_FAULTS: usize = 50;

/// What rows are made calls of.
#[derive(Debug)]
pub struct Job<'a> {
    /// Checks calls, and runs them.
    pub toolbox: &'a Toolbox,
    /// What is run.
    pub operation: &'static Operation,
    /// Arguments of every row.
    pub common: Arguments,
}

/// Which rows of an earlier run are sent again.
#[derive(Debug, Clone, Copy)]
pub struct Again {
    /// Those that failed and changed nothing.
    pub failed: bool,
    /// Those that may have taken effect.
    pub unknown: bool,
}

/// What a check has found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// The places of the first rows that would be refused if they stood alone.
    pub refused: Vec<usize>,
    /// All of it is a matter of what is allowed.
    pub refused_here: bool,
    /// The places of the rows that are to be sent, with what identifies each.
    pub to_send: Vec<(usize, String)>,
    /// Of those that destroy something, the first.
    pub destroying: Vec<Destroying>,
    /// How many more of them there are.
    pub more_destroying: usize,
}

impl Job<'_> {
    /// The call that a row stands for.
    pub fn call(&self, row: &Row) -> Result<ValidCall, CallError> {
        self.toolbox.check(self.operation.name, self.arguments(row)?)
    }

    fn arguments(&self, row: &Row) -> Result<Arguments, CallError> {
        let mut arguments = row.arguments();
        for (name, value) in &self.common {
            if arguments.insert(name.clone(), value.clone()).is_some() {
                let text = format!("Nothing was sent: `{name}` is given in this row and for all rows.");
                return Err(CallError::Arguments(text));
            }
        }
        Ok(arguments)
    }

    /// Writes down that a row was refused, as a call by itself would be.
    pub async fn record_refusal(&self, row: &Row) {
        if let Ok(arguments) = self.arguments(row) {
            // It is recorded where it is refused.
            let _ = self.toolbox.resolve(self.operation.name, arguments).await;
        }
    }

    /// What a call is, and where it goes, in a form that holds no personal data.
    fn identity(&self, call: &ValidCall) -> String {
        let mut arguments = call.checked.arguments().clone();
        arguments.sort_keys();
        let base_url = self.toolbox.executor().client().base_url().url().to_string();
        let environment = self.toolbox.catalog().environment().as_str();
        let whole = json!([self.operation.name, base_url, environment, Value::Object(arguments)]);
        URL_SAFE_NO_PAD.encode(Sha256::digest(whole.to_string()))
    }

    /// Checks all rows against the operation, each other, and what is known of an earlier run.
    pub fn check(&self, rows: &[Row], known: &KnownRows, again: Again) -> Checked {
        let mut checked = Checked { refused_here: true, ..Checked::default() };
        let mut first: HashMap<String, u64> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            let call = match self.call(row) {
                Ok(call) => call,
                Err(error) => {
                    checked.refused_here &= error.ended() == Ended::RefusedHere;
                    checked.refuse(row.line, &error.to_string());
                    if checked.refused.len() < MAX_CALLS {
                        checked.refused.push(place);
                    }
                    continue;
                }
            };
            let identity = self.identity(&call);
            let changes = self.operation.effect != Effect::Read;
            if changes && let Some(earlier) = first.insert(identity.clone(), row.line) {
                checked.refused_here = false;
                checked.refuse(row.line, &format!("it is the same as line {earlier}: a change is made once"));
                continue;
            }
            let send = match known.state(row.number, &identity) {
                Ok(None | Some(State::Postponed)) => true,
                Ok(Some(State::Done)) => false,
                Ok(Some(State::Failed)) => again.failed,
                // Nobody is hurt by a second look.
                Ok(Some(State::Unknown)) => again.unknown || !changes,
                Err(fault) => {
                    checked.refused_here = false;
                    checked.refuse(row.line, &format!("--out: {fault}"));
                    continue;
                }
            };
            if !send {
                continue;
            }
            if call.checked.effect() == Effect::Delete {
                checked.destroys(row.number, &call);
            }
            checked.to_send.push((place, identity));
        }
        let last = known.last();
        if last > rows.len() as u64 && checked.faults.is_empty() {
            checked.refused_here = false;
            let text = format!("--out: it knows of row {last}, and there are only {} rows now", rows.len());
            checked.refuse(rows.last().map_or(0, |row| row.line), &text);
        }
        checked.refused_here &= !checked.faults.is_empty();
        checked
    }
}

impl Checked {
    fn refuse(&mut self, line: u64, text: &str) {
        let text = text.strip_prefix("Nothing was sent: ").unwrap_or(text).replace("\n- ", " ");
        self.faults.push(Fault { line, text });
    }

    fn destroys(&mut self, number: u64, call: &ValidCall) {
        if self.destroying.len() == MAX_LISTED {
            self.more_destroying += 1;
            return;
        }
        let (operation, arguments) = (call.checked.operation(), call.checked.arguments());
        self.destroying.push(Destroying {
            number: usize::try_from(number).unwrap_or(usize::MAX),
            operation,
            arguments: arguments.clone(),
            raising: operation.raised_by(arguments),
            is_open: false,
        });
    }
}

/// Faults for people, those that are alike once.
pub fn told(faults: &[Fault]) -> String {
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for fault in faults {
        let place = *places.entry(&fault.text).or_insert_with(|| {
            groups.push((&fault.text, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(usize::try_from(fault.line).unwrap_or(usize::MAX));
    }
    let mut text = String::new();
    for (fault, lines) in groups.iter().take(MAX_FAULTS) {
        let word = if lines.len() == 1 { "line" } else { "lines" };
        text.extend([word, " ", &shortened(&ranges(lines)), ": ", fault, "\n"]);
    }
    if groups.len() > MAX_FAULTS {
        text.extend(["and ", &(groups.len() - MAX_FAULTS).to_string(), " more different faults\n"]);
    }
    let rows = if faults.len() == 1 { "row is" } else { "rows are" };
    text + &format!("{} {rows} wrong; nothing was sent", faults.len())
}

/// Of many ranges the first.
pub fn shortened(ranges: &str) -> String {
    const MAX_RANGES: usize = 12;
    match ranges.match_indices(", ").nth(MAX_RANGES) {
        Some((end, _)) => format!("{}, \u{2026}", &ranges[..end]),
        None => ranges.to_owned(),
    }
}
