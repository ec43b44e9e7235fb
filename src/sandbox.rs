//! A small WorkOS in memory: what is created is found, changed and gone again, by the rules of WorkOS.
//!
//! Most of it is derived from the table and the fixtures: a route and its verb say what an operation
//! does, a model says what an object has, a fixture gives what a new object has beyond its arguments.
//! What WorkOS does beyond that is written in `rules/`, a file per toolset. An operation that has
//! neither answers with its fixture, and says so.
//!
//! ```text
//! sandbox/
//!   call         what is called: an operation with its arguments
//!   fault        the errors that WorkOS answers
//!   world        all objects, changed as a whole or not at all
//!   ids, clock   IDs and times
//!   file         keeps the world between runs
//!   once         calls that count once under a key, however often they come
//!   http         requests of applications under test, and the faults that they ask for
//!   beginning    the world as it is at first
//!   examples     the objects of the fixtures, which are part of it
//!   fixture      the examples, and what is read from them
//!   tokens       access tokens, and the key that signs them
//!   shape        an object as an operation answers it
//!   derived      what follows from the table alone
//!   listing      filters and pages
//!   kind         what kinds of objects have in particular
//!   rules/       what WorkOS does in particular
//! ```

mod beginning;
mod call;
mod clock;
mod derived;
mod examples;
mod fault;
mod file;
mod fixture;
#[cfg(feature = "server")]
pub(crate) mod http;
mod ids;
mod kind;
mod listing;
mod once;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod tokens;
mod world;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value};

use self::call::Call;
use self::fault::Fault;
use self::file::WorldFile;
#[cfg(feature = "server")]
pub(crate) use self::file::look;
pub use self::file::{FileError, FileFault};
use self::world::World;
use crate::operation::Operation;

/// Stands for the API key in the sandbox.
pub(crate) const KEY: &str = "sk_test_example_sandbox";

/// What the sandbox is made with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Another number makes another world, with other IDs: that of the file unless it is set, and 0 without
    /// a file.
    pub seed: Option<u64>,
    /// Where the world is kept; without a file it is gone with the process.
    pub file: Option<PathBuf>,
}

/// A WorkOS of one's own. It is made, or read from its file, when the first operation is called.
#[derive(Debug)]
pub(crate) struct Sandbox {
    options: Options,
    state: Mutex<Option<Kept>>,
}

/// A world, with the file that keeps it if there is one.
#[derive(Debug)]
struct Kept {
    world: World,
    file: Option<WorldFile>,
}

/// What the sandbox answers over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    /// JSON, or nothing.
    pub body: Bytes,
}

impl Sandbox {
    pub fn new(options: Options) -> Self {
        Self { options, state: Mutex::new(None) }
    }

    /// With a world that was made before.
    #[cfg(test)]
    fn with(world: World) -> Self {
        let state = Mutex::new(Some(Kept { world, file: None }));
        Self { options: Options::default(), state }
    }

    /// Makes the world ready, or says why its file cannot be used.
    #[cfg(feature = "server")]
    pub fn open(&self) -> Result<(), FileError> {
        self.kept(&mut self.lock()).map(drop)
    }

    /// Begins the world anew.
    #[cfg(feature = "server")]
    pub fn reset(&self) -> Result<(), FileError> {
        let mut state = self.lock();
        let kept = self.kept(&mut state)?;
        let world = beginning::world(kept.world.seed());
        if let Some(file) = &mut kept.file {
            file.replace(&world)?;
        }
        kept.world = world;
        Ok(())
    }

    /// Does an operation. The arguments are those of the table, by their names there. Of an operation that
    /// makes a URL they are its query: it is opened, and the answer is where the browser comes back to.
    ///
    /// # Errors
    ///
    /// The file that keeps the world cannot be used, and the world is as it was.
    pub fn call(
        &self,
        operation: &'static Operation,
        arguments: &Map<String, Value>,
    ) -> Result<Answer, FileError> {
        let key = arguments.get("idempotency_key").and_then(Value::as_str).filter(|key| !key.is_empty());
        self.call_once(operation, arguments, key)
    }

    /// The same, but what was done under a key is not done again: it is answered as it was.
    pub fn call_once(
        &self,
        operation: &'static Operation,
        arguments: &Map<String, Value>,
        key: Option<&str>,
    ) -> Result<Answer, FileError> {
        let mut state = self.lock();
        let Kept { world, file } = self.kept(&mut state)?;
        world.begin();
        if let Some((status, body)) = key.and_then(|key| once::answered(world, operation, key)) {
            return Ok(Answer { status, body });
        }
        let answer = match done(world, operation, arguments).and_then(|value| Answer::new(operation, &value))
        {
            Ok(answer) => answer,
            Err(fault) => {
                if !fault.keeps {
                    world.undo();
                }
                fault.into()
            }
        };
        if let Some(key) = key.filter(|_| answer.status < 400) {
            once::remember(world, operation, key, answer.status, &answer.body);
        }
        if let Some(file) = file
            && let Err(error) = file.add(world)
        {
            world.undo();
            return Err(error);
        }
        world.keep();
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept<'a>(&self, state: &'a mut Option<Kept>) -> Result<&'a mut Kept, FileError> {
        if state.is_none() {
            let Options { seed, file } = &self.options;
            *state = Some(match file {
                Some(path) => {
                    let (file, world) = WorldFile::open(path, *seed, beginning::world)?;
                    Kept { world, file: Some(file) }
                }
                None => Kept { world: beginning::world(seed.unwrap_or_default()), file: None },
            });
        }
        // It was just put there, if it was not there before.
        Ok(state.get_or_insert_with(|| Kept { world: World::empty(0), file: None }))
    }
}

/// Does an operation in a world. Where it fails, what it has changed is still to be undone.
fn done(
    world: &mut World,
    operation: &'static Operation,
    arguments: &Map<String, Value>,
) -> Result<Value, Fault> {
    let call = Call { operation, arguments };
    if let Some(rule) = rules::rule(operation.name) {
        return rule(world, &call);
    }
    let fixture = fixture::of(operation)?;
    derived::answer(world, &call, fixture).unwrap_or_else(|| Ok(fixture.example(arguments)))
}

impl Answer {
    /// With the status that the operation has where it succeeds.
    fn new(operation: &Operation, value: &Value) -> Result<Self, Fault> {
        let status = fixture::of(operation)?.status;
        let body = if value.is_null() { Bytes::new() } else { value.to_string().into() };
        Ok(Self { status, body })
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        Self { status: fault.status, body: fault.body.to_string().into() }
    }
}

/// Whether an operation changes or reads what the sandbox remembers, or answers with its example.
#[cfg(test)]
pub(crate) fn remembers(operation: &'static Operation) -> bool {
    rules::rule(operation.name).is_some()
        || fixture::of(operation).is_ok_and(|fixture| derived::action(operation, fixture).is_some())
}
