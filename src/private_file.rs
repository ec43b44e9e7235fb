//! Files for their owner alone: plain ones, never reached through a symbolic link, and opened
//! without waiting.
//!
//! Who can write into a directory can put a link, a FIFO or a device in place of a file that is
//! about to be written. What differs between systems stands here and nowhere else.

use std::fmt;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::Path;

#[cfg(unix)]
use rustix::fs::OFlags;

/// Why a path is no place for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is {0}, and only a plain file is written to")]
pub struct NotPlain(Kind);

/// What stands where a file was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "elsewhere the standard library does not tell these apart"))]
enum Kind {
    Directory,
    SymbolicLink,
    Pipe,
    Device,
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::SymbolicLink => "a symbolic link",
            Self::Pipe => "a named pipe",
            Self::Device => "a device",
            Self::Other => "no file",
        })
    }
}

/// Looks at what is there, without opening it and without following a link; nothing is fine.
///
/// # Errors
///
/// What is there is no plain file, or cannot be looked at.
pub fn look(path: &Path) -> io::Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(metadata) => plain(metadata.file_type()).map(|()| Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file as `options` say, with mode 0600 if that makes it. The mode of one that is
/// there is left as it is.
///
/// # Errors
///
/// It cannot be opened, or is no plain file.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Opening a device may do something, and links and pipes fail with words that say little.
    look(path)?;
    let file = without_following(options).open(path)?;
    // Something else may have come in its place since.
    plain(file.metadata()?.file_type())?;
    Ok(file)
}

/// Opens a device or a named pipe, if it is one itself, and waits for whoever reads it.
///
/// # Errors
///
/// It cannot be opened, or is only a link to one.
#[cfg(feature = "server")]
pub fn open_stream(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, OFlags::NOFOLLOW.bits().cast_signed());
    options.open(path)
}

fn plain(kind: FileType) -> io::Result<()> {
    let kind = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_symlink() => Kind::SymbolicLink,
        () if kind.is_dir() => Kind::Directory,
        () => special(kind),
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, NotPlain(kind)))
}

/// Neither through a link, nor waiting for whoever is at the other end of a pipe.
#[cfg(unix)]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
}

/// A link is opened itself, and found out by its kind.
#[cfg(windows)]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
}

#[cfg(not(any(unix, windows)))]
fn without_following(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn special(kind: FileType) -> Kind {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => Kind::Pipe,
        () if kind.is_char_device() || kind.is_block_device() => Kind::Device,
        () => Kind::Other,
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> Kind {
    Kind::Other
}

/// Whether a file has further names: what is written to it is written there too.
#[cfg(all(unix, feature = "server"))]
pub fn has_other_names(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

/// The standard library does not say it on this system.
#[cfg(all(not(unix), feature = "server"))]
pub fn has_other_names(_: &Metadata) -> bool {
    false
}

/// Leaves a file to its owner, whoever made it for others to read.
///
/// # Errors
///
/// It is somebody else's, or the file system has no modes.
#[cfg(all(unix, feature = "server"))]
pub fn keep_from_others(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// Modes are of Unix; elsewhere a file has the rights of its directory.
///
/// # Errors
///
/// None.
#[cfg(all(not(unix), feature = "server"))]
pub fn keep_from_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether a file that is open is still the one that has this name.
///
/// # Errors
///
/// The system does not say.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    Ok(look(path)?.is_some_and(|named| (named.dev(), named.ino()) == (open.dev(), open.ino())))
}

/// The standard library does not say it on this system, where what is open cannot be replaced.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_plain_files_are_opened_and_nothing_waits() {
        let folder = std::env::temp_dir().join(format!("workos-mcp-plain-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let at = |name: &str| folder.join(name);
        fs::write(at("target"), "old").expect("a file");
        fs::set_permissions(at("target"), fs::Permissions::from_mode(0o644)).expect("a mode");
        symlink(at("target"), at("link")).expect("a link");
        symlink(at("nowhere"), at("dangling")).expect("a link");
        let piped = std::process::Command::new("mkfifo").arg(at("pipe")).status();
        assert!(piped.is_ok_and(|status| status.success()));
        let open = |name: &str| super::open(&at(name), OpenOptions::new().append(true).create(true));
        for (name, what) in [
            ("link", "a symbolic link"),
            ("dangling", "a symbolic link"),
            ("pipe", "a named pipe"),
            (".", "a directory"),
            ("/dev/null", "a device"),
        ] {
            let refusal = open(name).expect_err(name).to_string();
            assert!(refusal.contains(what), "{name}: {refusal}");
            assert!(look(&at(name)).is_err(), "{name}");
        }
        assert!(!at("nowhere").exists());
        let mode = |name: &str| fs::metadata(at(name)).expect("a file").permissions().mode() & 0o777;
        assert!(open("target").is_ok() && mode("target") == 0o644, "what is there keeps its mode");
        assert!(open("new").is_ok() && mode("new") == 0o600);
        fs::remove_dir_all(&folder).expect("the folder");
    }
}
