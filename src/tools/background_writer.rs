//! Lines for a file or for stderr, written by a thread of their own: a file system that does not
//! answer, or a pipe that nobody reads, holds up nobody who does not want to wait for it.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::private_file;

/// How long somebody waits for a line.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
/// The most lines that wait to be written; more are lost.
const MAX_WAITING: usize = 1024;

/// Writes lines in their order, in the background.
#[derive(Debug)]
pub struct BackgroundWriter {
    /// What is written, for people: `audit log`.
    what: &'static str,
    target: Target,
    /// Its thread starts with the first line.
    lines: OnceLock<SyncSender<Line>>,
    /// The thread did not answer in time, and has not since: nobody waits for it unless it must be.
    stuck: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
enum Target {
    /// A file that only grows. It is opened for every line, so that it may be rotated at any time.
    File {
        path: PathBuf,
        plain: bool,
    },
    Stderr,
}

/// Bytes to write, and who wants to know that they are written.
struct Line {
    bytes: Vec<u8>,
    /// Room for so many more bytes is set aside, where the file system can.
    reserves: u64,
    written: Option<oneshot::Sender<io::Result<()>>>,
}

impl BackgroundWriter {
    /// Appends to this file, which is created when it is first needed, for its owner alone. It may
    /// be a device or a pipe as well.
    pub fn file(what: &'static str, path: &Path) -> Self {
        Self::new(what, Target::File { path: absolute(path), plain: false })
    }

    /// The same for a plain file, which is looked at before every line: nothing is written to what
    /// has taken its place, nor through a link.
    pub fn plain_file(what: &'static str, path: &Path) -> Self {
        Self::new(what, Target::File { path: absolute(path), plain: true })
    }

    /// Writes to stderr.
    pub fn stderr(what: &'static str) -> Self {
        Self::new(what, Target::Stderr)
    }

    fn new(what: &'static str, target: Target) -> Self {
        Self { what, target, lines: OnceLock::new(), stuck: Arc::default() }
    }

    /// Hands over a line, and does not wait.
    pub fn write(&self, bytes: Vec<u8>) {
        if self.lines().try_send(Line { bytes, reserves: 0, written: None }).is_err() {
            self.complain("too many lines wait for it");
        }
    }

    /// Hands over a line, and waits until it is written.
    ///
    /// # Errors
    ///
    /// It is not written, or not in time.
    pub async fn write_and_wait(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.reserve_and_wait(bytes, 0).await
    }

    /// The same, with room for a line that comes later: a disk that is about to be full is found out
    /// before it is too late.
    ///
    /// # Errors
    ///
    /// As [`write_and_wait`](Self::write_and_wait).
    pub async fn reserve_and_wait(&self, bytes: Vec<u8>, reserves: u64) -> io::Result<()> {
        let (written, result) = oneshot::channel();
        if self.lines().try_send(Line { bytes, reserves, written: Some(written) }).is_err() {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        match tokio::time::timeout(WRITE_TIMEOUT, result).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => {
                if !self.stuck.swap(true, Ordering::Relaxed) {
                    self.complain("it does not answer");
                }
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    /// Waits, for a short time, until all that was handed over is written or has failed.
    pub async fn flush(&self) {
        if !self.stuck.load(Ordering::Relaxed) {
            self.drain().await;
        }
    }

    /// The same before the process ends, even if nobody would wait otherwise.
    pub async fn drain(&self) {
        if self.lines.get().is_some() {
            // Whatever went wrong, the thread has said so.
            let _ = self.write_and_wait(Vec::new()).await;
        }
    }

    fn lines(&self) -> &SyncSender<Line> {
        self.lines.get_or_init(|| {
            let (sender, lines) = sync_channel(MAX_WAITING);
            let (what, target, stuck) = (self.what, self.target.clone(), self.stuck.clone());
            let thread = std::thread::Builder::new().name(what.to_owned());
            if let Err(error) = thread.spawn(move || write_all(what, &target, &lines, &stuck)) {
                self.complain(error);
            }
            sender
        })
    }

    fn complain(&self, why: impl fmt::Display) {
        complain(self.what, &self.target, why);
    }
}

/// `audit log /var/log/workos.jsonl`
impl fmt::Display for BackgroundWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::File { path, .. } => write!(f, "{} {}", self.what, path.display()),
            Target::Stderr => f.write_str(self.what),
        }
    }
}

/// Writes what is handed over, until nobody can hand over anything.
fn write_all(what: &str, target: &Target, lines: &Receiver<Line>, stuck: &AtomicBool) {
    let mut torn = false;
    for Line { bytes, reserves, written } in lines {
        let result = append(target, &bytes, reserves, &mut torn);
        stuck.store(false, Ordering::Relaxed);
        match (result, written) {
            (result, Some(written)) => {
                // Whoever asked may have gone.
                let _ = written.send(result);
            }
            (Err(error), None) => complain(what, target, error),
            (Ok(()), None) => {}
        }
    }
}

/// `torn`: part of a line was written, and no more of it; what comes next must not become part of it.
fn append(target: &Target, bytes: &[u8], reserves: u64, torn: &mut bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    let mut file = match target {
        _ if bytes.is_empty() => return Ok(()),
        Target::Stderr => return io::stderr().write_all(bytes),
        Target::File { path, plain: true } => private_file::open(path, &mut options)?,
        Target::File { path, plain: false } => {
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(path)?
        }
    };
    if reserves > 0 {
        reserve(&file, reserves)?;
    }
    // A file is written without a buffer: what was written is with the system.
    if std::mem::replace(torn, true) {
        file.write_all(b"\n")?;
    }
    file.write_all(bytes)?;
    *torn = false;
    Ok(())
}

/// Sets room aside behind the end of a file, which stays as long as it is.
#[cfg(target_os = "linux")]
fn reserve(file: &std::fs::File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    match fallocate(file, FallocateFlags::KEEP_SIZE, file.metadata()?.len(), bytes) {
        Err(rustix::io::Errno::NOSPC) => Err(rustix::io::Errno::NOSPC.into()),
        // Not every file system can.
        _ => Ok(()),
    }
}

/// Elsewhere a disk that is full is found out when it is.
#[cfg(not(target_os = "linux"))]
fn reserve(_: &std::fs::File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Where it is, wherever the process goes.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Nobody may read stderr; what was to be written is over all the same.
fn complain(what: &str, target: &Target, why: impl fmt::Display) {
    if let Target::File { path, .. } = target {
        let _ = writeln!(io::stderr(), "workos-mcp: the {what} {} cannot be written: {why}", path.display());
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A pipe that nobody reads, in place of a file: opening it never ends.
    #[test]
    fn a_file_that_does_not_answer_holds_up_nobody_for_long() {
        let path = std::env::temp_dir().join(format!("workos-mcp-fifo-{}", std::process::id()));
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.is_ok_and(|status| status.success()));
        let log = BackgroundWriter::file("log", &path);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let start = std::time::Instant::now();
        runtime.block_on(async {
            let error = log.write_and_wait(b"a".to_vec()).await.expect_err("nobody reads");
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            log.write(b"b".to_vec());
            // Nobody waits for it a second time.
            for _ in 0..10 {
                log.flush().await;
            }
        });
        assert!(start.elapsed() < 2 * WRITE_TIMEOUT);
        std::fs::remove_file(&path).expect("the pipe");
    }

    #[test]
    fn half_a_line_stays_alone() {
        let path = std::env::temp_dir().join(format!("workos-mcp-torn-{}", std::process::id()));
        std::fs::write(&path, "{\"half").expect("a file");
        let target = Target::File { path: path.clone(), plain: true };
        let mut torn = true;
        append(&target, b"{}\n", 10_000, &mut torn).expect("written");
        append(&target, b"{}\n", 0, &mut torn).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), "{\"half\n{}\n{}\n");
        std::fs::remove_file(&path).expect("the file");
    }
}
