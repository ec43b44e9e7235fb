//! The file that keeps a world between runs: a journal that is only ever written at its end.
//!
//! Its first line says what it is, its second holds all objects as they were when it was opened; each
//! further line holds what one call has changed. A line is written before its call is answered, so what was
//! answered is there whenever the process ends. A last line that was cut off belongs to a call that nobody
//! was answered, and is dropped. Where it is opened again, a new file with two lines takes its place at once.
//!
//! One process has the file at a time: it is locked for as long as it is open.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::world::{State, World};
use crate::private_file;

/// The form of the file.
const VERSION: u64 = 1;
/// How long its first line can be.
const MAX_HEADER: usize = 200;
/// How often the file is opened anew because another one has come in its place.
const ATTEMPTS: usize = 5;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    workos_mcp_sandbox: u64,
    seed: u64,
}

/// Why the file of the sandbox cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("The sandbox file {} {fault}", .path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: FileFault,
}

/// What is wrong with the file of the sandbox.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The system does not open or read it.
    #[error("cannot be opened: {0}")]
    Open(Arc<io::Error>),
    /// The system does not write it.
    #[error("cannot be written: {0}. What was asked for was not done")]
    Write(Arc<io::Error>),
    /// Another process has it.
    #[error("is in use by another process: end that one, or name another file")]
    InUse,
    /// It holds something else.
    #[error("holds something else, and is left as it is: name a new file")]
    Foreign,
    /// A later version of this program has written it.
    #[error(
        "was written by a later version of workos-mcp, in form {0}: use that version, or name a new file"
    )]
    Later(u64),
    /// It was made with another seed.
    #[error("was made with the seed {there}: leave the seed out, or name a new file")]
    Seed {
        /// The seed that it was made with.
        there: u64,
    },
    /// A line in it is no line of the journal.
    #[error("is damaged in line {0}, and is left as it is: name a new file, or mend it")]
    Damaged(usize),
}

/// A world's file, open and locked.
#[derive(Debug)]
pub(super) struct WorldFile {
    path: PathBuf,
    file: File,
    /// Bytes that are whole lines.
    length: u64,
    /// A line that was cut off could not be taken back: nothing can follow it.
    is_broken: bool,
}

impl WorldFile {
    /// Opens a file, and takes the world out of it; one that is not there or empty is made, with the world
    /// that `begun` makes of a seed.
    pub fn open(
        path: &Path,
        seed: Option<u64>,
        begun: impl FnOnce(u64) -> World,
    ) -> Result<(Self, World), FileError> {
        let fails = |fault| FileError { path: path.to_owned(), fault };
        let cannot_open = |error| fails(FileFault::Open(Arc::new(error)));
        let mut file = locked(path).map_err(fails)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(cannot_open)?;
        if bytes.is_empty() {
            let world = begun(seed.unwrap_or_default());
            let file = Self::written(path, &world).map_err(fails)?;
            return Ok((file, world));
        }
        let (world, lines) = read(&bytes, seed).map_err(fails)?;
        if lines.are_compact {
            let length = bytes.len() as u64;
            return Ok((Self { path: path.to_owned(), file, length, is_broken: false }, world));
        }
        // The old file stays locked until the new one stands in its place.
        let written = Self::written(path, &world).map_err(fails)?;
        drop(file);
        Ok((written, world))
    }

    /// Writes a world into a new file, which takes the place of what is there. Whoever calls this holds the
    /// lock on that.
    fn written(path: &Path, world: &World) -> Result<Self, FileFault> {
        let cannot_write = |error| FileFault::Write(Arc::new(error));
        let beside = beside(path);
        // Left by a process that was ended here: whoever is here now holds the lock.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot_write(error)),
            _ => {}
        }
        let write = || {
            let mut file =
                private_file::open(&beside, OpenOptions::new().read(true).append(true).create_new(true))?;
            file.try_lock().map_err(io::Error::from)?;
            let header = Header { workos_mcp_sandbox: VERSION, seed: world.seed() };
            let mut text = line(&header)?;
            text.extend(line(&world.whole())?);
            file.write_all(&text)?;
            // Its name must not come before its content.
            file.sync_all()?;
            std::fs::rename(&beside, path)?;
            Ok((file, text.len() as u64))
        };
        match write() {
            Ok((file, length)) => Ok(Self { path: path.to_owned(), file, length, is_broken: false }),
            Err(error) => {
                let _ = std::fs::remove_file(&beside);
                Err(cannot_write(error))
            }
        }
    }

    /// Adds what the call on its way has changed, if it has changed anything.
    pub fn add(&mut self, world: &World) -> Result<(), FileError> {
        let Some(state) = world.changed() else { return Ok(()) };
        let fails = |error| FileError { path: self.path.clone(), fault: FileFault::Write(Arc::new(error)) };
        if self.is_broken {
            return Err(fails(io::Error::other("an earlier write was cut off")));
        }
        let text = line(&state).map_err(fails)?;
        if let Err(error) = self.file.write_all(&text) {
            // The disk is full: what is there of the line must not stand before the next.
            self.is_broken = self.file.set_len(self.length).is_err();
            return Err(fails(error));
        }
        self.length += text.len() as u64;
        Ok(())
    }

    /// Puts another world in place of the one that is there.
    #[cfg(feature = "server")]
    pub fn replace(&mut self, world: &World) -> Result<(), FileError> {
        let fails = |fault| FileError { path: self.path.clone(), fault };
        *self = Self::written(&self.path, world).map_err(fails)?;
        Ok(())
    }
}

/// Says at once what is wrong with a place for a file, as far as looking tells: nothing is made, and
/// nothing locked.
#[cfg(feature = "server")]
pub(crate) fn look(path: &Path, seed: Option<u64>) -> Result<(), FileError> {
    let fails = |fault| FileError { path: path.to_owned(), fault };
    let cannot_open = |error| fails(FileFault::Open(Arc::new(error)));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !std::fs::metadata(folder).map_err(cannot_open)?.is_dir() {
        return Err(cannot_open(io::ErrorKind::NotADirectory.into()));
    }
    if private_file::look(path).map_err(cannot_open)?.is_none() {
        return Ok(());
    }
    let file = private_file::open(path, OpenOptions::new().read(true)).map_err(cannot_open)?;
    let mut start = Vec::new();
    file.take(MAX_HEADER as u64).read_to_end(&mut start).map_err(cannot_open)?;
    if start.is_empty() { Ok(()) } else { header(&start, seed).map(drop).map_err(fails) }
}

/// The file, locked: made if it is not there.
fn locked(path: &Path) -> Result<File, FileFault> {
    let cannot_open = |error| FileFault::Open(Arc::new(error));
    for _ in 0..ATTEMPTS {
        let mut options = OpenOptions::new();
        let mut file =
            private_file::open(path, options.read(true).append(true).create(true)).map_err(cannot_open)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(FileFault::InUse),
            Err(std::fs::TryLockError::Error(error)) => return Err(cannot_open(error)),
        }
        // Whoever had it may have put a new one in its place before it was locked here.
        if private_file::is_at(&file, path).map_err(cannot_open)? {
            file.seek(SeekFrom::Start(0)).map_err(cannot_open)?;
            return Ok(file);
        }
    }
    Err(FileFault::InUse)
}

/// Where a new file is written before it takes the place of the old one.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".workos-mcp-new");
    path.with_file_name(name)
}

/// A line of the journal.
fn line(content: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(content)?;
    text.push(b'\n');
    Ok(text)
}

/// What is known of a file's lines once they are read.
struct Lines {
    /// There is nothing that a new file would not have.
    are_compact: bool,
}

/// The seed in the first line.
fn header(bytes: &[u8], seed: Option<u64>) -> Result<u64, FileFault> {
    let end = bytes.iter().take(MAX_HEADER).position(|byte| *byte == b'\n').ok_or(FileFault::Foreign)?;
    let header: Header = serde_json::from_slice(&bytes[..end]).map_err(|_| FileFault::Foreign)?;
    if header.workos_mcp_sandbox != VERSION {
        return Err(FileFault::Later(header.workos_mcp_sandbox));
    }
    match seed {
        Some(seed) if seed != header.seed => Err(FileFault::Seed { there: header.seed }),
        _ => Ok(header.seed),
    }
}

/// The world as the lines tell it.
fn read(bytes: &[u8], seed: Option<u64>) -> Result<(World, Lines), FileFault> {
    let mut world = World::empty(header(bytes, seed)?);
    let mut count = 0;
    let mut are_whole = true;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate().skip(1) {
        let Some(line) = line.strip_suffix(b"\n") else {
            are_whole = false;
            break;
        };
        let state: State<'_> = serde_json::from_slice(line).map_err(|_| FileFault::Damaged(number + 1))?;
        world.take_over(state);
        count += 1;
    }
    if count == 0 {
        // It is put into its place with its second line.
        return Err(FileFault::Damaged(2));
    }
    Ok((world, Lines { are_compact: count == 1 && are_whole }))
}
