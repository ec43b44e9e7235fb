//! Where an export goes: a stream, or a file that can be gone on with after any interruption.
//!
//! `FILE.part` grows page by page; `FILE.part.json` says up to where it is good and which
//! cursor comes next, and never claims more than what is on the disk. What was written behind
//! that point when the power went, or a signal came, is cut off and asked for again. Only a
//! complete export is ever called FILE.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::cli::own_file::{beside, exists, open_or_create, replace};
use crate::cli::process::WrongUsage;
use crate::cli::progress::counted;
use crate::private_file;

/// Of the state file; another one is not understood.
const VERSION: u32 = 1;

/// The longest state file that is read, in bytes.
const MAX_STATE: u64 = 64 << 10;

/// Pages that come faster than this are made safe together: a disk has its own pace.
const SAVE_EVERY: Duration = Duration::from_millis(100);

/// What is exported: a file is only gone on with by the same command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The tool.
    pub tool: String,
    /// The format.
    pub format: String,
    /// Where the API is.
    pub base_url: String,
    /// What the key is for; never the key.
    pub environment: String,
    /// SHA-256 of the arguments and columns, which may hold personal data themselves.
    pub arguments: String,
}

impl Job {
    /// What another job does differently.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.tool != other.tool, "another tool"),
            (self.format != other.format, "another format"),
            (self.base_url != other.base_url, "another base URL"),
            (self.environment != other.environment, "another environment"),
            (self.arguments != other.arguments, "other arguments"),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

/// How far an export has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The cursor of the next page.
    pub after: Option<String>,
    /// There is no next page.
    pub complete: bool,
    /// Items that are written.
    pub items: u64,
    /// The same in bytes.
    pub bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct State {
    version: u32,
    export: Job,
    position: Position,
}

/// Where an export goes.
pub enum Output {
    /// Nothing can be gone on with.
    Stream(Box<dyn Write>, Position),
    /// A file of its own.
    File(PartFile),
}

impl Output {
    /// How far it has come.
    pub fn position(&self) -> &Position {
        match self {
            Self::Stream(_, position) => position,
            Self::File(file) => &file.position,
        }
    }

    /// Writes the lines of a page; what comes next is at `after`, unless it was the last.
    pub fn append(
        &mut self,
        lines: &[u8],
        items: usize,
        after: Option<String>,
        complete: bool,
    ) -> anyhow::Result<()> {
        let position = match self {
            Self::Stream(stream, position) => {
                stream
                    .write_all(lines)
                    .and_then(|()| stream.flush())
                    .context("the output cannot be written")?;
                position
            }
            Self::File(file) => {
                file.file.write_all(lines).with_context(|| file.unwritable())?;
                &mut file.position
            }
        };
        position.bytes += lines.len() as u64;
        position.items += items as u64;
        position.after = after;
        position.complete = complete;
        match self {
            Self::File(file) if file.saved.elapsed() >= SAVE_EVERY || file.position.items == items as u64 => {
                file.save()
            }
            _ => Ok(()),
        }
    }

    /// Ends a complete export.
    pub fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stream(mut stream, _) => Ok(stream.flush()?),
            Self::File(file) => file.finish(),
        }
    }

    /// Keeps what is there of an export that failed; says how to go on.
    pub fn give_up(self) -> String {
        let Position { items, after, .. } = self.position().clone();
        match self {
            Self::File(file) if items == 0 => {
                let _ = fs::remove_file(&file.state);
                let _ = fs::remove_file(&file.part);
                "Nothing was written.".to_owned()
            }
            Self::File(mut file) => {
                // If this fails the state still says what was good before.
                let _ = file.save();
                let part = file.part.display();
                format!("{} kept in {part}; the same command goes on from there.", counted(items, "item"))
            }
            Self::Stream(..) => match after {
                Some(after) => {
                    format!("{} written; `after={after}` goes on behind that.", counted(items, "item"))
                }
                None => format!("{} written.", counted(items, "item")),
            },
        }
    }
}

/// A file that is not complete yet.
pub struct PartFile {
    target: PathBuf,
    part: PathBuf,
    state: PathBuf,
    overwrite: bool,
    /// Locked for as long as this lives.
    file: File,
    job: Job,
    position: Position,
    saved: Instant,
}

impl PartFile {
    /// Opens what there is of this export, or starts it. A file that is refused stays as it is, its
    /// mode too.
    pub fn open(target: &Path, job: Job, overwrite: bool, restart: bool) -> anyhow::Result<Self> {
        let part = beside(target, ".part");
        let state = beside(target, ".part.json");
        if exists(target)? && !overwrite {
            return Err(occupied(target).into());
        }
        exists(&state)?;
        let file = open_or_create(&part)?;
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            let text = format!("another export is writing to {}", target.display());
            return Err(WrongUsage(text).into());
        }
        let metadata = file.metadata()?;
        if private_file::has_other_names(&metadata) {
            let part = part.display();
            let text = format!("{part} has further names (hard links), under which the export could be read");
            return Err(WrongUsage(text).into());
        }
        let length = metadata.len();
        // Without content there is nothing to go on with, whatever the state says.
        let position =
            if restart || length == 0 { None } else { Some(resumable(&part, &state, &job, length)?) };
        // Somebody else may have made it, for everybody to read.
        private_file::keep_from_others(&file)
            .with_context(|| format!("{} cannot be kept from others", part.display()))?;
        let mut this = Self {
            target: target.to_owned(),
            part,
            state,
            overwrite,
            file,
            job,
            position: position.unwrap_or_default(),
            saved: Instant::now(),
        };
        this.file.set_len(this.position.bytes)?;
        this.file.seek(SeekFrom::End(0))?;
        this.save()?;
        Ok(this)
    }

    /// Makes what is written safe, and then says so in the state.
    fn save(&mut self) -> anyhow::Result<()> {
        self.file.sync_data().with_context(|| self.unwritable())?;
        let state = State { version: VERSION, export: self.job.clone(), position: self.position.clone() };
        let state = serde_json::to_string(&state)?;
        replace(&self.state, |file| file.write_all(state.as_bytes()))
            .with_context(|| format!("{} cannot be written", self.state.display()))?;
        self.saved = Instant::now();
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.save()?;
        self.file.sync_all().with_context(|| self.unwritable())?;
        if exists(&self.target)? && !self.overwrite {
            return Err(occupied(&self.target).into());
        }
        fs::rename(&self.part, &self.target).with_context(|| {
            format!("{} cannot be renamed to {}", self.part.display(), self.target.display())
        })?;
        // A state without its file means nothing, should this be as far as it comes.
        fs::remove_file(&self.state).with_context(|| format!("{} cannot be removed", self.state.display()))
    }

    fn unwritable(&self) -> String {
        format!("{} cannot be written", self.part.display())
    }
}

fn occupied(target: &Path) -> WrongUsage {
    WrongUsage(format!("{} exists; --overwrite replaces it once the export is complete", target.display()))
}

/// Up to where the file can be gone on with.
fn resumable(part: &Path, state: &Path, job: &Job, length: u64) -> Result<Position, WrongUsage> {
    let refusal = |why: &str| {
        let part = part.display();
        WrongUsage(format!("{part} cannot be gone on with: {why}. --restart throws it away and starts anew"))
    };
    let read = private_file::open(state, OpenOptions::new().read(true)).and_then(|file| {
        let mut text = Vec::new();
        file.take(MAX_STATE).read_to_end(&mut text).map(|_| text)
    });
    let text = match read {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(refusal("nothing says what it holds"));
        }
        Err(error) => return Err(refusal(&format!("{} cannot be read ({error})", state.display()))),
    };
    let state: State = serde_json::from_slice(&text)
        .map_err(|_| refusal(&format!("{} is not of an export", state.display())))?;
    if state.version != VERSION {
        return Err(refusal("another version of this program wrote it"));
    }
    if let Some(difference) = job.difference(&state.export) {
        return Err(refusal(&format!("it was begun with {difference}")));
    }
    if length < state.position.bytes {
        return Err(refusal("part of it is missing"));
    }
    Ok(state.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        let text = str::to_owned;
        Job {
            tool: text("list_users"),
            format: text("jsonl"),
            base_url: text("https://example.com/"),
            environment: text("staging"),
            arguments: text("digest"),
        }
    }

    #[test]
    fn what_is_behind_the_last_good_point_is_cut_off() {
        let folder = std::env::temp_dir().join(format!("workos-mcp-output-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let target = folder.join("users.jsonl");
        let mut output = Output::File(PartFile::open(&target, job(), false, false).expect("a file"));
        output.append(b"one\n", 1, Some("a".to_owned()), false).expect("written");
        // A page and a half of which no state speaks.
        let Output::File(mut file) = output else { panic!("a file") };
        file.file.write_all(b"two\nthr").expect("written");
        drop(file);

        let file = PartFile::open(&target, job(), false, false).expect("the file");
        let good = Position { after: Some("a".to_owned()), complete: false, items: 1, bytes: 4 };
        assert_eq!(file.position, good);
        let mut output = Output::File(file);
        output.append(b"two\n", 1, None, true).expect("written");
        output.finish().expect("finished");
        assert_eq!(fs::read_to_string(&target).expect("the file"), "one\ntwo\n");

        // A state that claims more than there is.
        fs::write(folder.join("users.jsonl.part"), "o").expect("a file");
        let state = State { version: VERSION, export: job(), position: good };
        let state = serde_json::to_string(&state).expect("JSON");
        fs::write(folder.join("users.jsonl.part.json"), state).expect("a file");
        let refusal = PartFile::open(&target, job(), true, false).err().expect("a refusal").to_string();
        assert!(refusal.contains("part of it is missing"), "{refusal}");
        fs::remove_dir_all(&folder).expect("the folder");
    }
}
