//! The API key: where it comes from, how it is kept, and when it is read again.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::key_command::KeyCommand;
use super::key_error::{KeyError, KeyFault, KeyOrigin};
use super::key_text::{is_live, parse};
use super::read_file::{READ_TIMEOUT, ReadError, read_file, read_file_blocking};
use crate::schema::REDACTED;

/// A key is some dozens of bytes; a device or a log file must not be read to its end.
const MAX_KEY: usize = 4096;

/// Where the API key comes from: a value, a file, or a command.
pub struct KeySource(Source);

enum Source {
    Value(Result<SecretString, KeyError>, KeyOrigin),
    Elsewhere(Box<Elsewhere>),
}

/// A place that is read when the key is first needed, and again when WorkOS refuses it.
struct Elsewhere {
    place: Place,
    origin: KeyOrigin,
    state: Mutex<State>,
    /// Held while a call reads: whoever writes to a FIFO does so once, and a command may ask
    /// somebody.
    reading: tokio::sync::Mutex<()>,
}

enum Place {
    File(PathBuf),
    Command(Option<KeyCommand>),
}

/// What is known of the key without reading it.
#[derive(Default)]
struct State {
    /// The key in use.
    kept: Option<SecretString>,
    /// How often it was read, and what came of it last: for those that waited meanwhile.
    reads: u64,
    last: Option<Result<SecretString, KeyError>>,
    /// When it could not be read.
    failed: Option<Instant>,
}

impl KeySource {
    /// The key as a program has it; `None` if there is none. Blanks around it are dropped. What is
    /// wrong with it is told when it is first needed.
    pub fn value(raw: Option<&str>) -> Self {
        Self::given(raw.map(OsStr::new), KeyOrigin::Program)
    }

    /// The same for the value of an environment variable, which errors then name.
    pub fn variable(name: &'static str, raw: Option<&OsStr>) -> Self {
        Self::given(raw, KeyOrigin::Variable(name))
    }

    /// A file that holds the key and nothing else. It is read when the key is first needed.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::elsewhere(Place::File(path.clone()), KeyOrigin::File(path))
    }

    /// A command that prints the key and nothing else: a program and its arguments with blanks
    /// between them and quotation marks where they hold blanks, or a JSON list of them. It is run
    /// without a shell and without input when the key is first needed, and has three seconds.
    pub fn command(text: &str) -> Self {
        let command = KeyCommand::parse(text);
        let name = command.as_ref().map(KeyCommand::name).unwrap_or_default();
        Self::elsewhere(Place::Command(command), KeyOrigin::Command(name))
    }

    /// The one source that is given, of several that have names, if any is.
    ///
    /// # Errors
    ///
    /// More than one is given: which of them is meant is not guessed.
    pub fn only_one_of(
        given: impl IntoIterator<Item = (&'static str, Option<Self>)>,
    ) -> Result<Option<Self>, KeyError> {
        let (names, mut sources): (Vec<_>, Vec<_>) =
            given.into_iter().filter_map(|(name, source)| Some((name, source?))).unzip();
        if names.len() > 1 {
            return Err(KeyError::new(KeyFault::Several(names), KeyOrigin::Program));
        }
        Ok(sources.pop())
    }

    fn given(raw: Option<&OsStr>, origin: KeyOrigin) -> Self {
        let key = raw.ok_or(KeyFault::Missing).and_then(|raw| match raw.to_str() {
            Some(raw) => parse(raw),
            None => Err(KeyFault::Garbled),
        });
        Self(Source::Value(key.map_err(|fault| KeyError::new(fault, origin.clone())), origin))
    }

    fn elsewhere(place: Place, origin: KeyOrigin) -> Self {
        let (state, reading) = (Mutex::default(), tokio::sync::Mutex::default());
        Self(Source::Elsewhere(Box::new(Elsewhere { place, origin, state, reading })))
    }

    /// Where it comes from, for people.
    pub fn origin(&self) -> &KeyOrigin {
        match &self.0 {
            Source::Value(_, origin) => origin,
            Source::Elsewhere(elsewhere) => &elsewhere.origin,
        }
    }

    /// The key, from its file or command if it was not read yet.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the key. What is not read within three seconds is
    /// [`KeyFault::TimedOut`].
    pub async fn load(&self) -> Result<SecretString, KeyError> {
        match &self.0 {
            Source::Value(key, _) => key.clone(),
            Source::Elsewhere(elsewhere) => elsewhere.load().await,
        }
    }

    /// The same for code outside a runtime, such as the start of a program: blocks the calling
    /// thread, for three seconds at most.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_blocking(&self) -> Result<SecretString, KeyError> {
        match &self.0 {
            Source::Value(key, _) => key.clone(),
            Source::Elsewhere(elsewhere) => match elsewhere.kept() {
                Some(key) => Ok(key),
                None => elsewhere.read_blocking().inspect(|key| elsewhere.keep(key)),
            },
        }
    }

    /// The key as far as it is known without reading anything; `None` for one that was not read
    /// yet.
    pub fn cached(&self) -> Option<Result<SecretString, KeyError>> {
        match &self.0 {
            Source::Value(key, _) => Some(key.clone()),
            Source::Elsewhere(elsewhere) => elsewhere.kept().map(Ok),
        }
    }

    /// Whether the file now holds a key of production, whatever was read from it before. Nothing
    /// is kept of what is read. A command is not run for it: it may ask somebody.
    #[cfg(feature = "server")]
    pub(crate) async fn now_holds_live(&self) -> bool {
        let Source::Elsewhere(elsewhere) = &self.0 else { return false };
        let Place::File(path) = &elsewhere.place else { return false };
        // Whoever writes to a FIFO does so once.
        let file = path.clone();
        let is_plain =
            tokio::task::spawn_blocking(move || std::fs::metadata(file).is_ok_and(|is| is.is_file()));
        if !matches!(timeout(READ_TIMEOUT, is_plain).await, Ok(Ok(true))) {
            return false;
        }
        let read = of_file(read_file(path, MAX_KEY as u64 + 1).await);
        elsewhere.parse(read).is_ok_and(|key| is_live(&key))
    }

    /// Reads the key again; the new one if it is another than `refused`.
    pub(crate) async fn renewed(&self, refused: &SecretString) -> Option<SecretString> {
        let Source::Elsewhere(elsewhere) = &self.0 else {
            return None;
        };
        let another = |key: &SecretString| key.expose_secret() != refused.expose_secret();
        // Another call may have read it since this one was sent.
        if let Some(key) = elsewhere.kept().filter(another) {
            return Some(key);
        }
        let key = elsewhere.read_once().await.ok()?;
        // A key of production must not slip in where everything was set up for another.
        if is_live(&key) && !is_live(refused) {
            return None;
        }
        elsewhere.keep(&key);
        Some(key).filter(another)
    }
}

impl Elsewhere {
    async fn load(&self) -> Result<SecretString, KeyError> {
        if let Some(key) = self.kept() {
            return Ok(key);
        }
        if let Some(error) = self.just_failed() {
            return Err(error);
        }
        let read = async {
            let key = self.read_once().await?;
            // Another call may have kept one meanwhile.
            Ok(self.state().kept.get_or_insert(key).clone())
        };
        let timed_out = |_| Err(self.error(KeyFault::TimedOut));
        timeout(READ_TIMEOUT, read).await.unwrap_or_else(timed_out)
    }

    /// Reads it, or takes what another call has read while this one waited for its turn.
    async fn read_once(&self) -> Result<SecretString, KeyError> {
        let before = self.state().reads;
        let _reading = self.reading.lock().await;
        {
            let state = self.state();
            // Whatever came of it.
            if let Some(last) = state.last.as_ref().filter(|_| state.reads != before) {
                return last.clone();
            }
        }
        let read = match &self.place {
            Place::File(path) => of_file(read_file(path, MAX_KEY as u64 + 1).await),
            Place::Command(Some(command)) => command.run(MAX_KEY).await,
            Place::Command(None) => Err(KeyFault::NoCommand),
        };
        let key = self.parse(read);
        self.remember(&key);
        key
    }

    /// What went wrong a moment ago, with a command: it takes time, or asks somebody, and whoever
    /// wants the key to look at it first and then to use it has asked only once.
    fn just_failed(&self) -> Option<KeyError> {
        const MOMENT: Duration = Duration::from_secs(2);
        let state = self.state();
        let is_fresh = state.failed.is_some_and(|failed| failed.elapsed() < MOMENT);
        match (&self.place, &state.last) {
            (Place::Command(_), Some(Err(error))) if is_fresh => Some(error.clone()),
            _ => None,
        }
    }

    fn read_blocking(&self) -> Result<SecretString, KeyError> {
        if let Some(error) = self.just_failed() {
            return Err(error);
        }
        let key = self.read_place_blocking();
        self.remember(&key);
        key
    }

    fn remember(&self, key: &Result<SecretString, KeyError>) {
        let mut state = self.state();
        state.reads += 1;
        state.failed = key.is_err().then(Instant::now);
        state.last = Some(key.clone());
    }

    fn read_place_blocking(&self) -> Result<SecretString, KeyError> {
        self.parse(match &self.place {
            Place::File(path) => of_file(read_file_blocking(path, MAX_KEY as u64 + 1)),
            Place::Command(Some(command)) => command.run_blocking(MAX_KEY),
            Place::Command(None) => Err(KeyFault::NoCommand),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> Option<SecretString> {
        self.state().kept.clone()
    }

    fn keep(&self, key: &SecretString) {
        self.state().kept = Some(key.clone());
    }

    fn parse(&self, read: Result<Vec<u8>, KeyFault>) -> Result<SecretString, KeyError> {
        let parse = |bytes: Vec<u8>| {
            if bytes.len() > MAX_KEY {
                return Err(KeyFault::TooLong);
            }
            // The error of the standard library would hold the bytes, and these may be the key.
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| KeyFault::Unreadable(Arc::new(io::ErrorKind::InvalidData.into())))?;
            parse(text)
        };
        read.and_then(parse).map_err(|fault| self.error(fault))
    }

    fn error(&self, fault: KeyFault) -> KeyError {
        KeyError::new(fault, self.origin.clone())
    }
}

fn of_file(read: Result<Vec<u8>, ReadError>) -> Result<Vec<u8>, KeyFault> {
    read.map_err(|error| match error {
        ReadError::Io(error) => KeyFault::Unreadable(Arc::new(error)),
        ReadError::TimedOut => KeyFault::TimedOut,
    })
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Value(Ok(_), _) => write!(f, "Value({REDACTED})"),
            Source::Value(Err(error), _) => write!(f, "Value({error:?})"),
            Source::Elsewhere(elsewhere) => write!(f, "Elsewhere({:?})", elsewhere.origin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::loopback::block_on;
    #[cfg(unix)]
    use super::super::loopback::fifo;
    use super::*;

    #[test]
    fn a_key_that_is_given_twice_is_none() {
        let one = || Some(KeySource::value(Some("sk_test_example_a")));
        let chosen = KeySource::only_one_of([("A", None), ("B", one())]).expect("one");
        assert!(chosen.expect("one").load_blocking().is_ok());
        let error = KeySource::only_one_of([("A", one()), ("B", one())]).expect_err("two");
        assert_eq!(
            error.to_string(),
            "the WorkOS API key is given more than once, by A and B: keep one of them"
        );
        assert!(KeySource::only_one_of([("A", None), ("B", None)]).expect("none").is_none());
    }

    #[test]
    fn every_error_names_where_the_key_came_from() {
        let path = std::env::temp_dir().join(format!("workos-mcp-origin-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, "KEY=sk_test_example_a").expect("a file");
        for (source, place) in [
            (KeySource::variable("WORKOS_API_KEY", Some(OsStr::new("'a'"))), "WORKOS_API_KEY"),
            (KeySource::file(&path), path.to_str().expect("a path")),
            (KeySource::file("/nowhere/key"), "/nowhere/key"),
            (KeySource::command("/nowhere/program --secret"), "`program`"),
        ] {
            let error = source.load_blocking().expect_err("no key").to_string();
            assert!(error.contains(place), "{error}");
            assert!(!error.contains("example_a") && !error.contains("--secret"), "{error}");
        }
        std::fs::remove_file(path).expect("a file");
    }

    /// Whoever looks at the key before using it has asked once.
    #[cfg(unix)]
    #[test]
    fn a_command_that_has_just_failed_is_not_run_again() {
        let path = std::env::temp_dir().join(format!("workos-mcp-fails-{}", uuid::Uuid::new_v4()));
        let script = format!("echo x >> {}; exit 1", path.display());
        let source = KeySource::command(&serde_json::json!(["sh", "-c", script]).to_string());
        assert!(source.load_blocking().is_err() && block_on(source.load()).is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "x\n");
        std::fs::remove_file(path).expect("a file");
    }

    /// A command that prints another key each time, and counts how often it is run.
    #[cfg(unix)]
    #[test]
    fn a_command_is_run_once_for_all_that_wait() {
        let path = std::env::temp_dir().join(format!("workos-mcp-runs-{}", uuid::Uuid::new_v4()));
        let script = format!("echo x >> {0}; sleep 0.1; echo sk_test_example_$(wc -l < {0})", path.display());
        let source = KeySource::command(&serde_json::json!(["sh", "-c", script]).to_string());
        let all = || futures_util::future::join_all((0..5).map(|_| source.load()));
        for key in block_on(all()) {
            assert_eq!(key.expect("a key").expose_secret(), "sk_test_example_1");
        }
        let first = block_on(source.load()).expect("a key");
        let renewed = block_on(futures_util::future::join_all((0..5).map(|_| source.renewed(&first))));
        for key in renewed {
            assert_eq!(key.expect("another").expose_secret(), "sk_test_example_2");
        }
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "x\nx\n");
        std::fs::remove_file(path).expect("a file");
    }

    #[test]
    fn debug_never_shows_the_key() {
        let source = KeySource::value(Some("sk_test_example_a"));
        assert_eq!(format!("{source:?}"), format!("Value({REDACTED})"));
    }

    #[test]
    fn a_rotated_key_is_found_unless_it_is_one_of_production() {
        let path = std::env::temp_dir().join(format!("workos-mcp-key-{}", uuid::Uuid::new_v4()));
        let write = |key: &str| std::fs::write(&path, key).expect("a file");
        write("sk_test_example_a\n");
        let source = KeySource::file(&path);
        assert!(source.cached().is_none(), "nothing is read before it is needed");
        let first = block_on(source.load()).expect("a key");
        let renewed = || block_on(source.renewed(&first)).map(|key| key.expose_secret().to_owned());
        assert_eq!(renewed(), None, "the same key would be refused again");
        write("sk_live_example_b");
        assert_eq!(renewed(), None);
        assert_eq!(source.load_blocking().expect("a key").expose_secret(), "sk_test_example_a");
        write("sk_test_example_c");
        assert_eq!(renewed().as_deref(), Some("sk_test_example_c"));
        assert_eq!(block_on(source.load()).expect("a key").expose_secret(), "sk_test_example_c");
        std::fs::remove_file(path).expect("a file");
    }

    /// Opening a FIFO that nobody writes to never returns.
    #[cfg(unix)]
    #[test]
    fn a_fifo_that_nobody_writes_to_is_given_up() {
        let path = fifo();
        let start = std::time::Instant::now();
        let blocking = {
            let path = path.clone();
            std::thread::spawn(move || KeySource::file(path).load_blocking())
        };
        let source = KeySource::file(&path);
        // The second waits for the first, and neither for longer than the limit.
        let (first, second) = block_on(async {
            let calls = futures_util::future::join(source.load(), source.load());
            tokio::time::timeout(READ_TIMEOUT * 3 / 2, calls).await.expect("an end")
        });
        for loaded in [first, second, blocking.join().expect("no panic")] {
            assert!(matches!(&loaded, Err(KeyError { fault: KeyFault::TimedOut, .. })), "{loaded:?}");
        }
        assert!(start.elapsed() < READ_TIMEOUT * 2, "{:?}", start.elapsed());
        std::fs::remove_file(path).expect("a file");
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_that_somebody_writes_to_is_read_once_for_all() {
        let path = fifo();
        let source = KeySource::file(&path);
        let writer = {
            let path = path.clone();
            std::thread::spawn(move || std::fs::write(path, "sk_test_example_a"))
        };
        let (first, second) = block_on(futures_util::future::join(source.load(), source.load()));
        for loaded in [first, second] {
            assert_eq!(loaded.expect("a key").expose_secret(), "sk_test_example_a");
        }
        writer.join().expect("no panic").expect("written");
        std::fs::remove_file(path).expect("a file");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = KeySource::file("/nowhere/key").load_blocking().expect_err("no such file");
        assert_eq!(
            error.to_string(),
            "the file /nowhere/key that should hold the WorkOS API key cannot be read (entity not found)"
        );
        assert!(std::error::Error::source(&error).is_some());
    }
}
