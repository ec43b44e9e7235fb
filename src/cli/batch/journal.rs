//! The results of a batch, a JSON line for each row, which are its memory too: a row that changes something
//! stands in them before it is sent, so that no later run sends it a second time.
//!
//! Whatever ends the process, each row is then done, failed, not begun, or begun with nobody knowing how it
//! ended. At the end of a run one line is left of each row, in their order.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::own_file::{exists, open_or_create, replace};
use crate::cli::process::WrongUsage;
use crate::private_file;

/// What is said of a row that was begun and never ended.
const LOST: &str = "The run was interrupted before the answer came. The change may have taken effect: look before \
sending it again with --retry-unknown.";

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was answered.
    Done,
    /// It failed, and changed nothing.
    Failed,
    /// It failed for a reason that had nothing to do with it.
    Postponed,
    /// It was begun, and may have taken effect.
    Unknown,
}

impl State {
    fn of(ok: Option<bool>, may_have_taken_effect: bool, postponed: bool) -> Self {
        match ok {
            Some(true) => Self::Done,
            None => Self::Unknown,
            Some(false) if may_have_taken_effect => Self::Unknown,
            Some(false) if postponed => Self::Postponed,
            Some(false) => Self::Failed,
        }
    }
}

/// A line.
#[derive(Debug, Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those in the file")]
pub struct Line {
    /// The number of the row; the first is 1.
    pub row: u64,
    /// Where it begins in the file that it comes from.
    pub line: u64,
    /// When it was sent: so far this is all that is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// Whether it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The status that WorkOS answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// WorkOS's word for the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The request ID of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// It failed, and may have taken effect all the same.
    #[serde(skip_serializing_if = "is_false")]
    pub may_have_taken_effect: bool,
    /// The next run sends it again by itself.
    #[serde(skip_serializing_if = "is_false")]
    pub postponed: bool,
    /// SHA-256 of what was to be sent, and where to.
    pub input: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What matters of a line when it is read again.
#[derive(Deserialize)]
struct Reread {
    row: u64,
    line: u64,
    #[serde(default)]
    ok: Option<bool>,
    #[serde(default)]
    may_have_taken_effect: bool,
    #[serde(default)]
    postponed: bool,
    input: String,
}

/// The last line of a row.
#[derive(Debug, Clone)]
struct Known {
    state: State,
    /// It has no result.
    open: bool,
    line: u64,
    input: String,
    /// Where its line is in the file.
    at: u64,
    length: u64,
}

/// The rows that are known, by their numbers.
#[derive(Debug, Default)]
pub struct KnownRows {
    rows: BTreeMap<u64, Known>,
    /// How far the file consists of whole lines.
    good: u64,
    /// There are more lines than rows, or in another order.
    untidy: bool,
}

impl KnownRows {
    /// What is in a file, if there is one; it is only looked at.
    pub fn look(path: &Path) -> anyhow::Result<Self> {
        if !exists(path)? {
            return Ok(Self::default());
        }
        let file = private_file::open(path, std::fs::OpenOptions::new().read(true));
        Self::read(&file.with_context(|| format!("{} cannot be read", path.display()))?, path)
    }

    fn read(file: &File, path: &Path) -> anyhow::Result<Self> {
        let mut this = Self::default();
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let length = reader.read_until(b'\n', &mut text)? as u64;
            // Half a line was being written when the run was ended; what it was about is begun at most.
            if length == 0 || text.last() != Some(&b'\n') {
                let foreign =
                    length > 0 && this.rows.is_empty() && this.good == 0 && !text.starts_with(b"{\"row\":");
                return if foreign { Err(foreign_file(path).into()) } else { Ok(this) };
            }
            let Ok(line) = serde_json::from_slice::<Reread>(&text) else {
                return Err(foreign_file(path).into());
            };
            let state = State::of(line.ok, line.may_have_taken_effect, line.postponed);
            let last = this.rows.last_key_value().map_or(0, |(row, _)| *row);
            this.untidy |= line.row <= last || line.ok.is_none();
            let known = Known {
                state,
                open: line.ok.is_none(),
                line: line.line,
                input: line.input,
                at: this.good,
                length,
            };
            this.rows.insert(line.row, known);
            this.good += length;
        }
    }

    /// What is known of a row.
    ///
    /// # Errors
    ///
    /// It was another one.
    pub fn state(&self, row: u64, input: &str) -> Result<Option<State>, String> {
        match self.rows.get(&row) {
            None => Ok(None),
            Some(known) if known.input == input => Ok(Some(known.state)),
            Some(known) => Err(format!(
                "row {row} was another one when it was run (line {} then): its arguments, the operation, the \
                 environment or the base URL have changed",
                known.line
            )),
        }
    }

    /// The highest number of a row.
    pub fn last(&self) -> u64 {
        self.rows.last_key_value().map_or(0, |(row, _)| *row)
    }

    /// How many rows are in this state.
    pub fn count(&self, state: State) -> u64 {
        self.rows.values().filter(|known| known.state == state).count() as u64
    }

    /// The rows that are in this state.
    pub fn in_state(&self, state: State) -> Vec<u64> {
        self.rows.iter().filter(|(_, known)| known.state == state).map(|(row, _)| *row).collect()
    }
}

fn foreign_file(path: &Path) -> WrongUsage {
    WrongUsage(format!(
        "--out: {} exists, and does not hold the results of a batch; it is left as it is",
        path.display()
    ))
}

/// The file of a run, which nobody else writes to meanwhile.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// Locked for as long as this lives.
    file: File,
    /// What it holds.
    pub known: KnownRows,
}

impl Journal {
    /// Opens the results of an earlier run, or begins new ones. A file that is refused stays as it is.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = open_or_create(path)?;
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            let text = format!("another batch is writing to {}", path.display());
            return Err(WrongUsage(text).into());
        }
        // The end of another run may have put its results in place of what was opened.
        if !private_file::is_at(&file, path)? {
            bail!("{} was replaced at this moment; run the same command again", path.display());
        }
        if private_file::has_other_names(&file.metadata()?) {
            let text = format!(
                "{} has further names (hard links), under which the results could be read",
                path.display()
            );
            return Err(WrongUsage(text).into());
        }
        let known = KnownRows::read(&file, path)?;
        private_file::keep_from_others(&file)
            .with_context(|| format!("{} cannot be kept from others", path.display()))?;
        let mut this = Self { path: path.to_owned(), file, known };
        this.file.set_len(this.known.good)?;
        this.file.seek(SeekFrom::End(0))?;
        Ok(this)
    }

    /// A row is about to be sent. From here on it is not sent again unless somebody says so, be it that the
    /// power goes.
    pub fn start(&mut self, row: u64, line: u64, input: &str) -> anyhow::Result<()> {
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        self.write(&Line { row, line, started: Some(now), input: input.to_owned(), ..Line::default() })?;
        self.file.sync_data().with_context(|| self.unwritable())
    }

    /// A row has ended.
    pub fn end(&mut self, line: &Line) -> anyhow::Result<()> {
        self.write(line)
    }

    fn write(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text).with_context(|| self.unwritable())?;
        let state = State::of(line.ok, line.may_have_taken_effect, line.postponed);
        self.known.untidy |= line.ok.is_none() || line.row <= self.known.last();
        let known = Known {
            state,
            open: line.ok.is_none(),
            line: line.line,
            input: line.input.clone(),
            at: self.known.good,
            length: text.len() as u64,
        };
        self.known.good += known.length;
        self.known.rows.insert(line.row, known);
        Ok(())
    }

    /// Takes the file away if nothing is in it: it was made for this run.
    pub fn leave_if_empty(&self) {
        if self.known.good == 0 {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Leaves one line of each row, in their order.
    pub fn tidy(&mut self) -> anyhow::Result<()> {
        self.file.sync_data().with_context(|| self.unwritable())?;
        if !self.known.untidy {
            return Ok(());
        }
        let (source, rows) = (&self.file, &self.known.rows);
        let written = replace(&self.path, |file| {
            let mut writer = io::BufWriter::new(file);
            for (row, known) in rows {
                if known.open {
                    let line = Line {
                        row: *row,
                        line: known.line,
                        ok: Some(false),
                        error: Some(LOST.to_owned()),
                        may_have_taken_effect: true,
                        input: known.input.clone(),
                        ..Line::default()
                    };
                    serde_json::to_writer(&mut writer, &line)?;
                    writer.write_all(b"\n")?;
                } else {
                    let mut source = source;
                    source.seek(SeekFrom::Start(known.at))?;
                    io::copy(&mut source.take(known.length), &mut writer)?;
                }
            }
            writer.flush()
        });
        written.with_context(|| self.unwritable())
    }

    fn unwritable(&self) -> String {
        format!("{} cannot be written", self.path.display())
    }
}
