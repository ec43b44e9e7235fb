//! Runs the command that prints the API key: no shell, little time, little output, and nothing of
//! it is left behind.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::key_error::KeyFault;
use super::read_file::READ_TIMEOUT;

/// How long what a command has printed before its end may take to arrive here.
const LAST_BYTES_TIMEOUT: Duration = Duration::from_millis(200);
/// How long to wait before looking again whether it has ended.
const POLL: Duration = Duration::from_millis(2);

/// A program and its arguments.
#[derive(Debug, Clone)]
pub(super) struct KeyCommand {
    pub program: String,
    pub arguments: Vec<String>,
}

impl KeyCommand {
    /// A command as somebody writes it: words with blanks between them and quotation marks where
    /// a word has blanks, or a JSON list of words. There is no shell, so nothing is expanded.
    pub fn parse(text: &str) -> Option<Self> {
        let words = if text.trim_start().starts_with('[') {
            serde_json::from_str::<Vec<String>>(text).ok()?
        } else {
            shlex::split(text)?
        };
        let mut words = words.into_iter();
        let program = words.next().filter(|program| !program.is_empty())?;
        Some(Self { program, arguments: words.collect() })
    }

    /// Its program, without the folders before it.
    pub fn name(&self) -> String {
        let name = std::path::Path::new(&self.program).file_name();
        name.map_or_else(|| self.program.clone(), |name| name.to_string_lossy().into_owned())
    }

    /// What it prints, at most so many bytes. Takes three seconds at most, on a thread of its own:
    /// that one ends the command, also if nobody waits any more.
    pub async fn run(&self, max_bytes: usize) -> Result<Vec<u8>, KeyFault> {
        let (sender, receiver) = oneshot::channel();
        // Whoever asked may be gone.
        self.start(max_bytes, |printed| drop(sender.send(printed)))?;
        receiver.await.unwrap_or(Err(KeyFault::TimedOut))
    }

    /// The same where there is no runtime; blocks the calling thread.
    pub fn run_blocking(&self, max_bytes: usize) -> Result<Vec<u8>, KeyFault> {
        let (sender, receiver) = mpsc::channel();
        self.start(max_bytes, move |printed| drop(sender.send(printed)))?;
        // Longer than the command has: starting it may be what takes so long.
        receiver.recv_timeout(READ_TIMEOUT + LAST_BYTES_TIMEOUT).unwrap_or(Err(KeyFault::TimedOut))
    }

    fn start(
        &self,
        max_bytes: usize,
        deliver: impl FnOnce(Result<Vec<u8>, KeyFault>) + Send + 'static,
    ) -> Result<(), KeyFault> {
        let command = self.clone();
        let work = move || deliver(command.printed(max_bytes));
        let started = thread::Builder::new().name("key-command".to_owned()).spawn(work);
        started.map(drop).map_err(|error| KeyFault::NotStarted(Arc::new(error)))
    }

    fn printed(&self, max_bytes: usize) -> Result<Vec<u8>, KeyFault> {
        let deadline = Instant::now() + READ_TIMEOUT;
        let mut running = Running::start(self, max_bytes)?;
        let status = running.wait(deadline)?;
        let text = running.output.take(deadline, LAST_BYTES_TIMEOUT);
        // First, because whoever goes on writing when nobody reads any more fails.
        if text.len() > max_bytes {
            return Err(KeyFault::TooLong);
        }
        if status.success() { Ok(text) } else { Err(KeyFault::Failed(status.to_string())) }
    }
}

/// A command that has not ended, or whose output somebody still holds; both end with this.
struct Running {
    child: Child,
    output: Output,
    ended: bool,
}

impl Running {
    fn start(command: &KeyCommand, max_bytes: usize) -> Result<Self, KeyFault> {
        let mut process = Command::new(&command.program);
        // What it complains of is not shown: it might be the key.
        process.args(&command.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        own_group(&mut process);
        let mut child = process.spawn().map_err(|error| KeyFault::NotStarted(Arc::new(error)))?;
        let pipe = child.stdout.take();
        let mut running = Self { child, output: Output::default(), ended: false };
        if let Some(pipe) = pipe {
            let output = Output::read(pipe, max_bytes);
            running.output = output.map_err(|error| KeyFault::Unreadable(Arc::new(error)))?;
        }
        Ok(running)
    }

    fn wait(&mut self, deadline: Instant) -> Result<ExitStatus, KeyFault> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.ended = true;
                    return Ok(status);
                }
                // More than is read would hold it up until the time is over.
                Ok(None) if self.output.is_full() => return Err(KeyFault::TooLong),
                Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
                Ok(None) => return Err(KeyFault::TimedOut),
                Err(error) => return Err(KeyFault::Unreadable(Arc::new(error))),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // While it has not been waited for, or something of it still holds the pipe, its number is
        // nobody else's.
        if !self.ended || !self.output.is_complete() {
            end_group(&self.child);
        }
        if !self.ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What was printed so far, read on a thread of its own: whatever a command leaves behind may hold
/// the pipe open for ever.
#[derive(Default)]
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: Option<Receiver<()>>,
    max_bytes: usize,
    complete: bool,
}

impl Output {
    fn read(pipe: impl Read + Send + 'static, max_bytes: usize) -> io::Result<Self> {
        let (sender, end) = mpsc::channel();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = bytes.clone();
        let read = move || {
            // One more than may be, so that more is noticed.
            let mut pipe = pipe.take(max_bytes as u64 + 1);
            let mut chunk = [0; 1024];
            while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..count]);
            }
            // Nobody may wait for it.
            let _ = sender.send(());
        };
        thread::Builder::new().name("key-output".to_owned()).spawn(read)?;
        Ok(Self { bytes, end: Some(end), max_bytes, complete: false })
    }

    fn is_full(&self) -> bool {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).len() > self.max_bytes
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    /// All that was printed, as far as it comes in this time.
    fn take(&mut self, deadline: Instant, longest: Duration) -> Vec<u8> {
        if let Some(end) = &self.end {
            let left = deadline.saturating_duration_since(Instant::now());
            self.complete = !matches!(end.recv_timeout(longest.min(left)), Err(RecvTimeoutError::Timeout));
        }
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A group of its own, so that what it starts can be ended with it.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

/// Ends the command with all that it has started.
#[cfg(unix)]
fn end_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // What has ended meanwhile is no matter.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Elsewhere there are no such groups; the command itself is ended by whoever started it.
#[cfg(not(unix))]
fn end_group(_: &Child) {}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::loopback::block_on;
    use super::*;

    fn shell(script: &str) -> KeyCommand {
        KeyCommand { program: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] }
    }

    fn printed(script: &str) -> Result<String, KeyFault> {
        let bytes = block_on(shell(script).run(64))?;
        Ok(String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn words_are_split_and_nothing_is_expanded() {
        let parsed = |text: &str| {
            KeyCommand::parse(text).map(|command| (command.program, command.arguments.join("|")))
        };
        let is = |program: &str, arguments: &str| Some((program.to_owned(), arguments.to_owned()));
        assert_eq!(parsed("op read 'op://a b/c'"), is("op", "read|op://a b/c"));
        assert_eq!(parsed("  pass  show \"work os\" "), is("pass", "show|work os"));
        assert_eq!(parsed("echo $HOME `id` *"), is("echo", "$HOME|`id`|*"));
        assert_eq!(parsed(r#"["C:\\op.exe", "read", "a b"]"#), is(r"C:\op.exe", "read|a b"));
        for wrong in ["", " ", "op 'read", "[]", "[1]", r#"[""]"#, "''"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_it_prints_is_read_and_nothing_else() {
        assert_eq!(printed("echo key; echo complaint >&2").expect("a key"), "key\n");
        // It gets no input.
        assert_eq!(printed("cat; echo end").expect("an end"), "end\n");
        assert!(matches!(printed("echo key; exit 3"), Err(KeyFault::Failed(status)) if status.contains('3')));
        assert!(matches!(printed("kill -9 $$"), Err(KeyFault::Failed(_))));
        let nowhere = KeyCommand { program: "/nowhere/program".to_owned(), arguments: Vec::new() };
        assert!(matches!(nowhere.run_blocking(64), Err(KeyFault::NotStarted(_))));
    }

    #[test]
    fn more_than_a_key_is_given_up_at_once() {
        let start = Instant::now();
        assert!(matches!(printed("yes"), Err(KeyFault::TooLong)));
        assert!(matches!(printed("head -c 65 /dev/zero"), Err(KeyFault::TooLong)));
        assert!(start.elapsed() < READ_TIMEOUT, "{:?}", start.elapsed());
    }

    /// Whether the process with the number in this file is gone, or soon is.
    fn is_gone(file: &std::path::Path) -> bool {
        let number = std::fs::read_to_string(file).expect("a number");
        let alive = || {
            let status = Command::new("kill").args(["-0", number.trim()]).stderr(Stdio::null()).status();
            let zombie = std::fs::read_to_string(format!("/proc/{}/stat", number.trim()))
                .is_ok_and(|stat| stat.contains(") Z "));
            status.expect("kill").success() && !zombie
        };
        (0..200).any(|_| {
            thread::sleep(Duration::from_millis(5));
            !alive()
        })
    }

    #[test]
    fn what_does_not_end_is_ended_with_all_that_it_started() {
        let file = std::env::temp_dir().join(format!("workos-mcp-group-{}", uuid::Uuid::new_v4()));
        let start = Instant::now();
        let script = format!("sleep 60 & echo $! > {}; wait", file.display());
        assert!(matches!(printed(&script), Err(KeyFault::TimedOut)));
        assert!((READ_TIMEOUT..READ_TIMEOUT * 2).contains(&start.elapsed()), "{:?}", start.elapsed());
        assert!(is_gone(&file));
        std::fs::remove_file(file).expect("the file");
    }

    #[test]
    fn what_is_left_behind_holds_up_nobody() {
        let file = std::env::temp_dir().join(format!("workos-mcp-left-{}", uuid::Uuid::new_v4()));
        let start = Instant::now();
        let script = format!("sleep 60 & echo $! > {}; echo key", file.display());
        assert_eq!(printed(&script).expect("a key"), "key\n");
        assert!(start.elapsed() < READ_TIMEOUT, "{:?}", start.elapsed());
        assert!(is_gone(&file));
        std::fs::remove_file(file).expect("the file");
    }
}
