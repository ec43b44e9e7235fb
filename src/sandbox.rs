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
mod fixture;
mod ids;
mod kind;
mod listing;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod tokens;
mod world;

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value};

use self::call::Call;
use self::fault::Fault;
use self::world::World;
use crate::operation::Operation;

/// Stands for the API key in the sandbox.
pub(crate) const KEY: &str = "sk_test_example_sandbox";

/// What the sandbox is made with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Another number makes another world, with other IDs.
    pub seed: u64,
}

/// A WorkOS of one's own. It is made when the first operation is called.
#[derive(Debug)]
pub(crate) struct Sandbox {
    options: Options,
    world: Mutex<Option<World>>,
}

/// What the sandbox answers over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    /// JSON, or nothing.
    pub body: Bytes,
}

impl Sandbox {
    pub fn new(options: Options) -> Self {
        Self { options, world: Mutex::new(None) }
    }

    /// Does an operation. The arguments are those of the table, by their names there. Of an operation that
    /// makes a URL they are its query: it is opened, and the answer is where the browser comes back to.
    pub fn call(&self, operation: &'static Operation, arguments: &Map<String, Value>) -> Answer {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let world = world.get_or_insert_with(|| beginning::world(self.options.seed));
        world.begin();
        let fixture = match fixture::of(operation) {
            Ok(fixture) => fixture,
            Err(fault) => return fault.into(),
        };
        let status = fixture.status;
        let call = Call { operation, arguments };
        let answer = match rules::rule(operation.name) {
            Some(rule) => rule(world, &call),
            None => match derived::answer(world, &call, fixture) {
                Some(answer) => answer,
                None => Ok(fixture.example(arguments)),
            },
        };
        match answer {
            Ok(value) => {
                world.keep();
                let body = if value.is_null() { Bytes::new() } else { value.to_string().into() };
                Answer { status, body }
            }
            Err(fault) => {
                if fault.keeps {
                    world.keep();
                } else {
                    world.undo();
                }
                fault.into()
            }
        }
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
