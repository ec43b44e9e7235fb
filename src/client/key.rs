//! The API key: where it comes from, and what is wrong with it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::read_file::{READ_TIMEOUT, ReadError, read_file, read_file_blocking};
use crate::schema::REDACTED;

/// A key is some dozens of bytes; a device or a log file must not be read to its end.
const MAX_KEY_FILE: u64 = 4096;

/// Where the API key comes from: a value, or a file.
pub struct KeySource(Source);

enum Source {
    Value(Result<SecretString, KeyError>),
    File(KeyFile),
}

/// A file that is read when the key is first needed, and again when WorkOS refuses it.
struct KeyFile {
    path: PathBuf,
    cached: Mutex<Option<SecretString>>,
    /// Held while a call reads the file: whoever writes to a FIFO does so once.
    reading: tokio::sync::Mutex<()>,
}

impl KeySource {
    /// The key as it stands in an environment variable or a program; `None` if there is none.
    /// Blanks around it are dropped. What is wrong with it is told when it is first needed.
    pub fn value(raw: Option<&str>) -> Self {
        Self(Source::Value(raw.ok_or(KeyError::Missing).and_then(parse)))
    }

    /// A file that holds the key and nothing else. It is read when the key is first needed.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let (cached, reading) = (Mutex::default(), tokio::sync::Mutex::default());
        Self(Source::File(KeyFile { path: path.into(), cached, reading }))
    }

    /// The key, from the file if it was not read yet.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the key. A file that is not read within three seconds is
    /// [`KeyError::TimedOut`].
    pub async fn load(&self) -> Result<SecretString, KeyError> {
        match &self.0 {
            Source::Value(key) => key.clone(),
            Source::File(file) => file.load().await,
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
            Source::Value(key) => key.clone(),
            Source::File(file) => match file.cached() {
                Some(key) => Ok(key),
                None => {
                    file.parse(read_file_blocking(&file.path, MAX_KEY_FILE)).inspect(|key| file.keep(key))
                }
            },
        }
    }

    /// The key as far as it is known without reading anything; `None` for a file that was not
    /// read yet.
    pub fn cached(&self) -> Option<Result<SecretString, KeyError>> {
        match &self.0 {
            Source::Value(key) => Some(key.clone()),
            Source::File(file) => file.cached().map(Ok),
        }
    }

    /// Whether the file now holds a key of production, whatever was read from it before. Nothing
    /// is kept of what is read.
    #[cfg(feature = "server")]
    pub(crate) async fn now_holds_live(&self) -> bool {
        let Source::File(file) = &self.0 else { return false };
        // Whoever writes to a FIFO does so once.
        let path = file.path.clone();
        let is_plain =
            tokio::task::spawn_blocking(move || std::fs::metadata(path).is_ok_and(|is| is.is_file()));
        if !matches!(timeout(READ_TIMEOUT, is_plain).await, Ok(Ok(true))) {
            return false;
        }
        file.parse(read_file(&file.path, MAX_KEY_FILE).await).is_ok_and(|key| is_live(&key))
    }

    /// Reads the file again; the new key if it is another one than `refused`.
    pub(crate) async fn renewed(&self, refused: &SecretString) -> Option<SecretString> {
        let Source::File(file) = &self.0 else {
            return None;
        };
        let key = file.parse(read_file(&file.path, MAX_KEY_FILE).await).ok()?;
        // A key of production must not slip in where everything was set up for another.
        if is_live(&key) && !is_live(refused) {
            return None;
        }
        file.keep(&key);
        (key.expose_secret() != refused.expose_secret()).then_some(key)
    }
}

impl KeyFile {
    async fn load(&self) -> Result<SecretString, KeyError> {
        if let Some(key) = self.cached() {
            return Ok(key);
        }
        let read = async {
            let _reading = self.reading.lock().await;
            // Another call may have read it meanwhile.
            match self.cached() {
                Some(key) => Ok(key),
                None => self.parse(read_file(&self.path, MAX_KEY_FILE).await).inspect(|key| self.keep(key)),
            }
        };
        let timed_out = |_| Err(KeyError::TimedOut { path: self.path.clone() });
        timeout(READ_TIMEOUT, read).await.unwrap_or_else(timed_out)
    }

    fn cached(&self) -> Option<SecretString> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, key: &SecretString) {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
    }

    fn parse(&self, read: Result<Vec<u8>, ReadError>) -> Result<SecretString, KeyError> {
        let path = || self.path.clone();
        let unreadable = |source| KeyError::Unreadable { path: path(), source: Arc::new(source) };
        let bytes = read.map_err(|error| match error {
            ReadError::Io(error) => unreadable(error),
            ReadError::TimedOut => KeyError::TimedOut { path: path() },
        })?;
        // The error of the standard library would hold the bytes, and these may be the key.
        let text = std::str::from_utf8(&bytes).map_err(|_| unreadable(io::ErrorKind::InvalidData.into()))?;
        parse(text)
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Value(Ok(_)) => write!(f, "Value({REDACTED})"),
            Source::Value(Err(error)) => write!(f, "Value({error:?})"),
            Source::File(file) => write!(f, "File({})", file.path.display()),
        }
    }
}

/// Why there is no usable API key. Says nothing of the value itself.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// None was given.
    #[error("there is no WorkOS API key")]
    Missing,
    /// Nothing but blanks.
    #[error("the WorkOS API key is empty")]
    Empty,
    /// The quotation marks of a configuration file are part of the value.
    #[error("the WorkOS API key stands in quotation marks")]
    Quoted,
    /// A whole `Authorization` header, or its start.
    #[error("the WorkOS API key starts with `Bearer`; give the key alone")]
    Bearer,
    /// `${WORKOS_API_KEY}` and the like.
    #[error(
        "the WorkOS API key is a placeholder that was never filled in: this client does not expand variables here"
    )]
    Placeholder,
    /// The public ID of the environment.
    #[error("a client ID (`client_…`) stands where the API key (`sk_…`) belongs")]
    ClientId,
    /// Blanks within it, or characters that are not printable ASCII.
    #[error("the WorkOS API key contains blanks or characters that no key has")]
    Garbled,
    /// The file cannot be read.
    #[error("the file {} that should hold the WorkOS API key cannot be read ({})", .path.display(), .source.kind())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// The file was not read within three seconds: a FIFO that nobody writes to, a file system
    /// that does not answer.
    #[error("the file {} that should hold the WorkOS API key cannot be read (timed out)", .path.display())]
    TimedOut {
        /// The file.
        path: PathBuf,
    },
}

/// Whether a key is one of production.
pub fn is_live(key: &SecretString) -> bool {
    key.expose_secret().starts_with("sk_live_")
}

/// Whether a key looks like one of WorkOS's.
pub fn looks_right(key: &SecretString) -> bool {
    key.expose_secret().starts_with("sk_")
}

fn parse(raw: &str) -> Result<SecretString, KeyError> {
    let key = raw.trim_start_matches('\u{feff}').trim();
    let quoted = |quote: char| key.starts_with(quote) || key.ends_with(quote);
    let placeholder = key.starts_with(['$', '%', '{', '<', '['])
        || key.contains("${")
        || key.contains("{{")
        || key.eq_ignore_ascii_case("WORKOS_API_KEY");
    Err(if key.is_empty() {
        KeyError::Empty
    } else if ['"', '\'', '`', '“', '”', '‘', '’'].into_iter().any(quoted) {
        KeyError::Quoted
    } else if key.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("bearer")) {
        KeyError::Bearer
    } else if placeholder {
        KeyError::Placeholder
    } else if key.starts_with("client_") {
        KeyError::ClientId
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        KeyError::Garbled
    } else {
        return Ok(SecretString::from(key));
    })
}

#[cfg(test)]
mod tests {
    use super::super::loopback::block_on;
    #[cfg(unix)]
    use super::super::loopback::fifo;
    use super::*;

    #[test]
    fn blanks_and_newlines_around_the_key_are_dropped() {
        for raw in ["sk_test_example_a", " sk_test_example_a\n", "\u{feff}sk_test_example_a\r\n\t"] {
            let key = parse(raw).expect("a key");
            assert_eq!(key.expose_secret(), "sk_test_example_a");
        }
    }

    #[test]
    fn what_is_not_a_key_is_named() {
        use KeyError::{Bearer, ClientId, Empty, Garbled, Placeholder, Quoted};
        for (raw, error) in [
            ("", Empty),
            (" \n", Empty),
            ("\"sk_test_example_a\"", Quoted),
            ("'sk_test_example_a'", Quoted),
            ("Bearer sk_test_example_a", Bearer),
            ("bearer: sk_test_example_a", Bearer),
            ("${WORKOS_API_KEY}", Placeholder),
            ("$WORKOS_API_KEY", Placeholder),
            ("%WORKOS_API_KEY%", Placeholder),
            ("${env:WORKOS_API_KEY}", Placeholder),
            ("${input:workos-key}", Placeholder),
            ("{{WORKOS_API_KEY}}", Placeholder),
            ("{env:WORKOS_API_KEY}", Placeholder),
            ("$env:WORKOS_API_KEY", Placeholder),
            ("<your key>", Placeholder),
            ("client_01EXAMPLE", ClientId),
            ("sk_test_example a", Garbled),
            ("sk_test_exämple", Garbled),
        ] {
            let found = parse(raw).expect_err(raw);
            assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&error), "{raw}: {found}");
        }
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
            assert!(matches!(&loaded, Err(KeyError::TimedOut { .. })), "{loaded:?}");
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
