//! Who else on this machine can read the key or write where credentials go, and whether this
//! program can write there at all.
//!
//! A file system that does not answer is not waited for: then nothing is known, and whoever needs
//! the file says so.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// Longest wait for what a file system says.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What is wrong with a file that only its owner should read: that others can.
pub fn read_by_others(file: &Path) -> Option<String> {
    let mode = mode(file)?;
    (mode & 0o077 != 0).then(|| {
        let file = file.display();
        format!("others can read or change the key file {file} (mode {mode:04o}); `chmod 600` makes it its owner's alone")
    })
}

/// What is wrong with a directory that only its owner should write to: that others can.
pub fn written_by_others(directory: &Path) -> Option<String> {
    let mode = mode(directory)?;
    (mode & 0o022 != 0).then(|| {
        let directory = directory.display();
        format!(
            "others can write to the directory for secrets {directory} (mode {mode:04o}); `chmod 700` makes it its owner's alone"
        )
    })
}

/// Why this program cannot write to a directory, or make it.
pub fn unwritable_directory(directory: &Path) -> Option<String> {
    let directory = directory.to_owned();
    answered(move || unwritable(&directory)).unwrap_or_else(|| Some("it does not answer".to_owned()))
}

/// Why this program cannot write to a file, or make it.
pub fn unwritable_file(file: &Path) -> Option<String> {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let fault = answered(move || match std::fs::metadata(&file) {
        Ok(found) if found.is_dir() => Some("it is a directory".to_owned()),
        Ok(_) => may_write(&file).err().map(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match file.parent() {
            Some(parent) if !parent.exists() => Some(format!("there is no directory {}", parent.display())),
            Some(parent) => unwritable(parent),
            None => None,
        },
        Err(error) => Some(error.to_string()),
    });
    fault.unwrap_or_else(|| Some("it does not answer".to_owned()))
}

/// Why a directory cannot be written to; the nearest one that exists, if it has to be made.
fn unwritable(directory: &Path) -> Option<String> {
    let mut at: PathBuf = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    loop {
        match std::fs::metadata(&at) {
            Ok(found) if !found.is_dir() => return Some(format!("{} is no directory", at.display())),
            Ok(_) => return may_write(&at).err().map(|error| format!("{}: {error}", at.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && at.pop() => {}
            Err(error) => return Some(format!("{}: {error}", at.display())),
        }
    }
}

/// The permission bits of what a path leads to, symlinks followed.
#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let path = path.to_owned();
    answered(move || std::fs::metadata(path).ok().map(|found| found.permissions().mode() & 0o7777)).flatten()
}

/// Elsewhere permissions are no bits.
#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn may_write(path: &Path) -> std::io::Result<()> {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).map_err(Into::into)
}

#[cfg(not(unix))]
fn may_write(path: &Path) -> std::io::Result<()> {
    let readonly = std::fs::metadata(path)?.permissions().readonly();
    // The bit of a directory says nothing there.
    if readonly && !path.is_dir() { Err(std::io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// What comes of some work with the file system, if it comes in time.
pub fn answered<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    // Nobody may wait for it any more.
    let work = move || drop(sender.send(work()));
    std::thread::Builder::new().name("permissions".to_owned()).spawn(work).ok()?;
    receiver.recv_timeout(TIMEOUT).ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_may_do_is_told() {
        let folder = std::env::temp_dir().join(format!("workos-mcp-modes-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a folder");
        let (file, link) = (folder.join("key"), folder.join("link"));
        std::fs::write(&file, "").expect("a file");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let set = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        };
        for (mode, told) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o620, true)] {
            set(&file, mode);
            assert_eq!(read_by_others(&file).is_some(), told, "{mode:o}");
            assert_eq!(read_by_others(&link).is_some(), told, "the link, {mode:o}");
        }
        for (mode, told) in [(0o700, false), (0o755, false), (0o775, true), (0o1777, true), (0o702, true)] {
            set(&folder, mode);
            assert_eq!(written_by_others(&folder).is_some(), told, "{mode:o}");
        }
        set(&folder, 0o700);
        assert_eq!(unwritable_directory(&folder.join("new/er")), None);
        assert!(unwritable_directory(&file.join("new")).is_some());
        assert_eq!(unwritable_file(&folder.join("log")), None);
        assert!(unwritable_file(&folder).is_some() && unwritable_file(&folder.join("no/log")).is_some());
        assert_eq!(read_by_others(&folder.join("nothing")), None);
        std::fs::remove_dir_all(folder).expect("the folder");
    }
}
