//! Credentials: which there are, and what of them is shown, redacted, or put into a file.
//!
//! One marker ([`REDACTED`]), one policy ([`Redaction`]) and one way through values
//! ([`walk`](super::walk)), for answers, errors, the audit log and exports alike. It all
//! happens before anything becomes text.

mod arguments;
mod credentials;
mod names;
#[cfg(test)]
mod tests;
mod text;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

pub use self::arguments::{credentials_in, for_the_record, shown_arguments};
use self::credentials::{Trust, each_credential, each_credential_of_error, is_one_time_code, lacking};
pub use self::credentials::{holds_credentials, shows_once};
use super::access::Environment;
use super::secret_file::{SecretFile, blocking};
use crate::client::{Arguments, Error, Reply, repeats, sentence};
use crate::operation::Operation;
use crate::schema::REDACTED;

/// Which tools may show credentials of a live environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reveal {
    /// None.
    #[default]
    Nothing,
    /// All.
    Everything,
    /// These.
    Tools(Vec<&'static str>),
}

/// What is done with credentials in answers.
#[derive(Debug, Clone)]
pub struct Redaction {
    live: bool,
    reveal: Reveal,
    directory: Option<PathBuf>,
}

impl Redaction {
    /// Credentials are redacted in a live environment, and shown elsewhere.
    pub fn new(environment: Environment, reveal: Reveal, directory: Option<PathBuf>) -> Self {
        Self { live: environment == Environment::Live, reveal, directory }
    }

    /// Whether credentials in answers of this operation are redacted.
    pub fn applies_to(&self, operation: &Operation) -> bool {
        self.live
            && match &self.reveal {
                Reveal::Nothing => true,
                Reveal::Everything => false,
                Reveal::Tools(names) => !names.contains(&operation.name),
            }
    }

    /// Whether the answer of an operation goes into a file, wholly or in part.
    pub fn writes_file(&self, operation: &Operation) -> bool {
        self.directory.is_some() && self.applies_to(operation) && shows_once(&operation.answer)
    }

    /// Why a call must not be made: its answer would be redacted, there is no other place for it, and it
    /// cannot be had again.
    pub fn cannot_keep(&self, operation: &Operation) -> Option<String> {
        let name = operation.name;
        let lost = self.directory.is_none() && self.applies_to(operation) && shows_once(&operation.answer);
        lost.then(|| {
            format!(
                "Nothing was sent: `{name}` answers a credential that WorkOS shows only this once, and this server masks \
                 the credentials of a live environment. Only whoever set up the server can change that: \
                 `--secrets-dir DIR` writes it to a file that only its owner can read, `--reveal-secrets={name}` shows it here."
            )
        })
    }

    /// Whether a text says where a credential was put, or that it is lost, in place of the credential.
    pub fn stands_for_one(&self, text: &str) -> bool {
        let is_place = |directory: &PathBuf| {
            std::path::absolute(directory).is_ok_and(|directory| Path::new(text).starts_with(directory))
        };
        self.live && (text.contains(REDACTED) || self.directory.as_ref().is_some_and(is_place))
    }

    /// Gets ready for the answer of a call. A value that WorkOS shows only once must not be
    /// made if nobody could have it.
    ///
    /// # Errors
    ///
    /// Why the call must not be made.
    pub async fn prepare(&self, operation: &Operation) -> Result<AnswerRedaction, String> {
        if !self.applies_to(operation) {
            return Ok(AnswerRedaction { applies: false, file: None });
        }
        if let Some(why) = self.cannot_keep(operation) {
            return Err(why);
        }
        let name = operation.name;
        let Some(directory) = self.directory.as_ref().filter(|_| shows_once(&operation.answer)) else {
            return Ok(AnswerRedaction { applies: true, file: None });
        };
        let (place, directory) = (directory.display().to_string(), directory.clone());
        let file = blocking(move || SecretFile::create(&directory, name)).await.map_err(|error| {
            sentence(format_args!(
                "Nothing was sent: the credential that `{name}` answers has to go into a new file in {place}, and that fails: {error}"
            ))
        })?;
        Ok(AnswerRedaction { applies: true, file: Some(file) })
    }
}

/// What is done with the credentials of one answer.
#[derive(Debug)]
pub struct AnswerRedaction {
    applies: bool,
    file: Option<SecretFile>,
}

impl AnswerRedaction {
    /// Whether nothing is done with them.
    pub fn shows_everything(&self) -> bool {
        !self.applies
    }

    /// Redacts the credentials of an answer. Where one of them is shown only once all go into the
    /// file, and its path stands in their place. What is to be said about that comes back.
    pub async fn answer(
        self,
        operation: &'static Operation,
        reply: &Reply,
        answer: &mut Value,
    ) -> Option<String> {
        if !self.applies {
            return None;
        }
        let schema = &operation.answer;
        let Some(file) = self.file else {
            each_credential(schema, Trust::Documented, answer, &mut |_, value| *value = REDACTED.into());
            return None;
        };
        if let Some(name) = lacking(schema, answer) {
            each_credential(schema, Trust::Nothing, answer, &mut |_, value| *value = REDACTED.into());
            let what = format!(
                "WorkOS did what was asked, but its answer has no `{name}`, where a credential belongs"
            );
            return Some(keep_whole(file, reply, &what).await);
        }
        let mut kept = Kept::new(&file);
        each_credential(schema, Trust::Documented, answer, &mut |path, value| kept.take(path, value));
        if let Some(lost) = kept.write(file).await {
            each_credential(schema, Trust::Documented, answer, &mut |_, value| value.clone_from(&lost));
        }
        None
    }

    /// Keeps an answer that nobody can read, where a credential may be in it that is shown only once.
    pub async fn unreadable(self, reply: &Reply) -> Option<String> {
        Some(
            keep_whole(self.file?, reply, "A credential that is shown only once may be in this answer").await,
        )
    }

    /// Redacts what an error repeats of credentials: those of the call wherever they stand, and
    /// fields with such names, which go into the file like those of an answer: a sign-in goes on with
    /// a token that is in the error alone.
    pub async fn error(self, operation: &'static Operation, arguments: &Arguments, error: &mut Error) {
        let credentials = credentials_in(operation, arguments);
        let error = match error {
            Error::Api(error) => error,
            Error::Response(error) => return without_credentials(&mut error.request_id, &credentials),
            _ => return,
        };
        for credential in &credentials {
            error.redact(credential);
        }
        if !self.applies {
            return;
        }
        let mut code = Value::from(error.code.take());
        let mut message = Value::from(error.message.take());
        let mut details = Value::Object(std::mem::take(&mut error.details));
        let mut each = |found: &mut dyn FnMut(&[String], &mut Value)| {
            for (name, text) in [("code", &mut code), ("message", &mut message)] {
                if is_one_time_code(text) {
                    found(&[name.to_owned()], text);
                }
                each_credential_of_error(&operation.answer, vec![name.to_owned()], text, found);
            }
            each_credential_of_error(&operation.answer, Vec::new(), &mut details, found);
            for (index, value) in error.errors.iter_mut().enumerate() {
                let path = vec!["errors".to_owned(), index.to_string()];
                each_credential_of_error(&operation.answer, path, value, found);
            }
        };
        match self.file {
            None => each(&mut |_, value| *value = REDACTED.into()),
            Some(file) => {
                let mut kept = Kept::new(&file);
                each(&mut |path, value| kept.take(path, value));
                if let Some(lost) = kept.write(file).await {
                    each(&mut |_, value| value.clone_from(&lost));
                }
            }
        }
        error.code = code.as_str().map(str::to_owned);
        error.message = message.as_str().map(str::to_owned);
        if let Value::Object(details) = details {
            error.details = details;
        }
    }
}

/// Leaves out a request ID that repeats a credential.
pub fn without_credentials(request_id: &mut Option<String>, credentials: &[String]) {
    if let Some(id) = request_id
        && credentials.iter().any(|credential| repeats(id, credential))
    {
        *request_id = None;
    }
}

/// Credentials on their way into a file.
struct Kept {
    place: Value,
    /// Each with the path that leads to it.
    values: Vec<(Vec<String>, Value)>,
}

impl Kept {
    fn new(file: &SecretFile) -> Self {
        Self { place: file.path().display().to_string().into(), values: Vec::new() }
    }

    /// Takes a credential, and leaves the path of the file in its place.
    fn take(&mut self, path: &[String], value: &mut Value) {
        // It was taken for two reasons.
        if *value == self.place {
            return;
        }
        self.values.push((path.to_vec(), std::mem::replace(value, self.place.clone())));
    }

    /// Writes the file, if there is anything to write; what to say in place of what is lost.
    async fn write(self, file: SecretFile) -> Option<Value> {
        if self.values.is_empty() {
            return None;
        }
        let values = self.named();
        let error = blocking(move || file.write(&values)).await.err()?;
        // The file stood ready, so the disk has just filled up: the value is lost, and nobody
        // must be led to believe otherwise.
        Some(Value::from(lost(&error)))
    }

    /// The values by the names of their fields; where two have one name, by their paths.
    fn named(self) -> Map<String, Value> {
        let last = |path: &[String]| path.last().cloned().unwrap_or_default();
        let names: Vec<String> = self.values.iter().map(|(path, _)| last(path)).collect();
        let is_alone = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
        let entries =
            self.values.into_iter().zip(&names).map(|((path, value), name)| {
                (if is_alone(name) { name.clone() } else { path.join(".") }, value)
            });
        entries.collect()
    }
}

/// Writes an answer into a file as it came; `what` is to be said, and where it is.
async fn keep_whole(file: SecretFile, reply: &Reply, what: &str) -> String {
    let (place, body) = (file.path().display().to_string(), reply.body.clone());
    if body.trim_ascii().is_empty() {
        return format!("{what}: it is empty.");
    }
    match blocking(move || file.write_whole(&body)).await {
        Ok(()) => format!("{what}. The whole answer is in {place}, which only its owner can read."),
        Err(error) => format!("{what}. The answer is {}.", lost(&error)),
    }
}

fn lost(error: &std::io::Error) -> String {
    format!("[lost: the file could not be written ({error}); revoke this credential and make another]")
}
