//! What is called: an operation with its arguments, by their names at WorkOS, in whose place this room
//! stands.

use serde_json::{Map, Value};

use crate::operation::{Destination, Operation};

/// An operation with its arguments, which have the names and the types of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub operation: &'static Operation,
    pub arguments: &'a Map<String, Value>,
}

impl<'a> Call<'a> {
    /// An argument that was given and is not null.
    pub fn given(&self, name: &str) -> Option<&'a Value> {
        self.value(name).filter(|value| !value.is_null())
    }

    /// Whether the operation has such an argument.
    pub fn takes(&self, name: &str) -> bool {
        self.operation.field_at_workos(name).is_some()
    }

    /// What was given for an argument. What is sent without being one has no other name.
    fn value(&self, name: &str) -> Option<&'a Value> {
        let field = self.operation.field_at_workos(name);
        self.arguments.get(field.map_or(name, |field| field.name))
    }

    /// The text of an argument; empty if it was not given.
    pub fn text(&self, name: &str) -> &'a str {
        self.given(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether an argument is to be cleared.
    pub fn clears(&self, name: &str) -> bool {
        self.value(name).is_some_and(Value::is_null)
    }

    /// The texts of an argument that is a list.
    pub fn texts(&self, name: &str) -> Vec<&'a str> {
        let items = self.given(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The arguments in the path, in its order, with what was given for them.
    pub fn path(&self) -> impl DoubleEndedIterator<Item = (&'static str, &'a str)> + use<'a> {
        let call = *self;
        self.operation.route().split('/').filter_map(move |part| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some((name, call.value(name).and_then(Value::as_str).unwrap_or_default()))
        })
    }

    /// The arguments that are no part of the path, as WorkOS calls them: null where they are cleared.
    pub fn further(&self) -> impl Iterator<Item = (&'static str, &'a Value)> + use<'a> {
        let Self { operation, arguments } = *self;
        operation.fields.iter().filter_map(move |field| {
            let value = arguments.get(field.name)?;
            (operation.destination(field) != Destination::Path).then_some((field.api_name, value))
        })
    }
}
