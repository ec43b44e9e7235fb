//! Files that a command writes bit by bit, goes on with, and replaces: for their owner alone, never through a
//! link.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::process::WrongUsage;
use crate::private_file;

/// Whether there is a file of this name; anything else under it is refused.
pub fn exists(path: &Path) -> Result<bool, WrongUsage> {
    private_file::look(path).map(|found| found.is_some()).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &io::Error) -> WrongUsage {
    WrongUsage(format!("{} cannot be used: {error}", path.display()))
}

/// A file that grows: the one that is there, or a new one.
pub fn open_or_create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    if !exists(path)? {
        // Whatever comes into being at this moment is not ours.
        options.create_new(true);
    }
    private_file::open(path, &mut options).with_context(|| format!("{} cannot be written", path.display()))
}

/// Replaces a file at once, so that it is never seen half-written.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let new = beside(path, ".new");
    // Left by a run that was killed, or laid there to be written through: neither is followed.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written =
        private_file::open(&new, OpenOptions::new().write(true).create_new(true)).and_then(|mut file| {
            write(&mut file)?;
            file.sync_data()
        });
    written.and_then(|()| fs::rename(&new, path)).inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

/// The path of a file that belongs to another.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
