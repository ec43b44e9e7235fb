//! The API key: where it comes from, and what is wrong with it.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

/// Where the API key comes from.
pub enum KeySource {
    /// A value, usually that of `WORKOS_API_KEY`; none if the variable is not set.
    Value(Result<SecretString, KeyProblem>),
    /// A file that is read when the key is first needed, and again after a 401.
    File {
        /// The file, usually `WORKOS_API_KEY_FILE`.
        path: PathBuf,
        #[doc(hidden)]
        cached: Mutex<Option<SecretString>>,
    },
}

impl KeySource {
    /// The key as it stands in an environment variable or a program.
    pub fn value(raw: Option<&str>) -> Self {
        Self::Value(raw.ok_or(KeyProblem::Missing).and_then(parse))
    }

    /// A file that holds the key and nothing else.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File { path: path.into(), cached: Mutex::new(None) }
    }

    /// The key, or what is wrong with it.
    pub fn get(&self) -> Result<SecretString, KeyProblem> {
        match self {
            Self::Value(key) => key.clone(),
            Self::File { path, cached } => {
                let mut cached = cached.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(key) = &*cached {
                    return Ok(key.clone());
                }
                let key = read(path)?;
                *cached = Some(key.clone());
                Ok(key)
            }
        }
    }

    /// Reads the file again; the new key if it is another one than `refused`.
    pub(crate) fn renewed(&self, refused: &SecretString) -> Option<SecretString> {
        let Self::File { path, cached } = self else {
            return None;
        };
        let key = read(path).ok()?;
        // A key of production must not slip in where everything was set up for another.
        if is_live(&key) && !is_live(refused) {
            return None;
        }
        let changed = key.expose_secret() != refused.expose_secret();
        *cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        changed.then_some(key)
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(Ok(_)) => f.write_str("Value([secret])"),
            Self::Value(Err(problem)) => write!(f, "Value({problem:?})"),
            Self::File { path, .. } => write!(f, "File({})", path.display()),
        }
    }
}

fn read(path: &PathBuf) -> Result<SecretString, KeyProblem> {
    // A key is some dozens of bytes; a device or a log file must not be read to its end.
    const LONGEST: u64 = 4096;
    let mut raw = String::new();
    std::fs::File::open(path)
        .and_then(|file| {
            use std::io::Read;
            file.take(LONGEST).read_to_string(&mut raw)
        })
        .map_err(|error| KeyProblem::Unreadable(path.clone(), error.kind().to_string()))?;
    parse(&raw)
}

/// Why there is no usable key. Says nothing of the value itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum KeyProblem {
    #[error("there is no WorkOS API key")]
    Missing,
    #[error("the WorkOS API key is empty")]
    Empty,
    #[error("the WorkOS API key stands in quotation marks")]
    Quoted,
    #[error("the WorkOS API key starts with `Bearer`; give the key alone")]
    Bearer,
    #[error(
        "the WorkOS API key is a placeholder that was never filled in: this client does not expand variables here"
    )]
    Placeholder,
    #[error("a client ID (`client_…`) stands where the API key (`sk_…`) belongs")]
    ClientId,
    #[error("the WorkOS API key contains blanks or characters that no key has")]
    Garbled,
    #[error("the file {} that should hold the WorkOS API key cannot be read ({})", .0.display(), .1)]
    Unreadable(PathBuf, String),
}

/// Whether a key is one of production.
pub fn is_live(key: &SecretString) -> bool {
    key.expose_secret().starts_with("sk_live_")
}

/// How to set the key, after any [`KeyProblem`].
pub const KEY_HELP: &str = "Put the secret key from the WorkOS dashboard (API Keys, `sk_…`) as plain text into the \
environment of this server: `WORKOS_API_KEY` in the \"env\" block of the client's config entry, or \
`WORKOS_API_KEY_FILE` with the path of a file that holds it; then restart the server. To try without \
an account, start it with `--sandbox`.";

fn parse(raw: &str) -> Result<SecretString, KeyProblem> {
    let key = raw.trim_start_matches('\u{feff}').trim();
    let quoted = |quote: char| key.starts_with(quote) || key.ends_with(quote);
    let placeholder = key.starts_with(['$', '%', '{', '<', '['])
        || key.contains("${")
        || key.contains("{{")
        || key.eq_ignore_ascii_case("WORKOS_API_KEY");
    Err(if key.is_empty() {
        KeyProblem::Empty
    } else if ['"', '\'', '`', '“', '”', '‘', '’'].into_iter().any(quoted) {
        KeyProblem::Quoted
    } else if key.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("bearer")) {
        KeyProblem::Bearer
    } else if placeholder {
        KeyProblem::Placeholder
    } else if key.starts_with("client_") {
        KeyProblem::ClientId
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        KeyProblem::Garbled
    } else {
        return Ok(SecretString::from(key));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_newlines_around_the_key_are_dropped() {
        for raw in ["sk_test_example_a", " sk_test_example_a\n", "\u{feff}sk_test_example_a\r\n\t"] {
            let key = parse(raw).map(|key| key.expose_secret().to_owned());
            assert_eq!(key, Ok("sk_test_example_a".to_owned()));
        }
    }

    #[test]
    fn what_is_not_a_key_is_named() {
        use KeyProblem::{Bearer, ClientId, Empty, Garbled, Placeholder, Quoted};
        for (raw, problem) in [
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
            assert_eq!(parse(raw).err(), Some(problem), "{raw}");
        }
    }
}
