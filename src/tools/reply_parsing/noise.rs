//! What is known of the parts of an answer, what of it is noise, and how much of it is read: the same
//! for an answer that becomes a value and for one that becomes text.

use std::cell::Cell;

use serde::de::Error;

use crate::schema::Schema;

/// The most values of an answer: `[[],[],…` takes a hundred times its size in memory.
const MAX_VALUES: usize = 64_000;

/// The most bytes of text in an answer, all strings together.
pub const MAX_TEXT: usize = 8 << 20;

/// How `serde_json` hands on a number that 64 bits do not hold, so that it stays as it was written: as
/// an object with this one field.
pub const NUMBER: &str = "$serde_json::private::Number";

/// How much may still be read.
#[derive(Debug)]
pub struct Limits {
    values: Cell<usize>,
    /// None if there was too much text.
    text: Cell<Option<usize>>,
}

impl Limits {
    /// Those of what comes from the network.
    pub fn of_answers() -> Self {
        Self { values: Cell::new(MAX_VALUES), text: Cell::new(Some(MAX_TEXT)) }
    }

    /// None, for what was read before.
    pub fn none() -> Self {
        Self { values: Cell::new(usize::MAX), text: Cell::new(Some(usize::MAX)) }
    }

    /// One more value.
    pub fn count_value<E: Error>(&self) -> Result<(), E> {
        let left = self.values.get().checked_sub(1);
        self.values.set(left.ok_or_else(|| E::custom("it holds more values than are read"))?);
        Ok(())
    }

    /// A string is counted before it is kept: what cannot go out need not fill the memory.
    pub fn count_text<E: Error>(&self, text: &str) -> Result<(), E> {
        self.text.set(self.text.get().and_then(|left| left.checked_sub(text.len())));
        self.text.get().map(|_| ()).ok_or_else(|| E::custom("it is longer than is read"))
    }

    /// Whether reading ended because there was too much text.
    pub fn was_too_much_text(&self) -> bool {
        self.text.get().is_none()
    }
}

/// What describes the items of a list.
pub fn item(list: &Schema) -> &Schema {
    match list.present() {
        Schema::List(item) => item,
        Schema::Payload => &Schema::Payload,
        _ => &Schema::Any,
    }
}

/// What describes an entry of an object, and what of it is noise.
pub fn entry<'a>(object: &'a Schema, name: &str) -> (&'a Schema, Noise) {
    match object.present() {
        Schema::Object(fields, _) => match fields.iter().find(|field| field.api_name == name) {
            Some(field) => (&field.schema, Noise::Null),
            // A field that this version does not know is passed on as it is.
            None => (&Schema::Any, Noise::of_tagged(name)),
        },
        // In these the keys are the customer's own.
        Schema::Payload if matches!(name, "metadata" | "custom_attributes" | "raw_attributes") => {
            (&Schema::Any, Noise::of_tagged(name))
        }
        Schema::Payload => (&Schema::Payload, Noise::of_tagged(name)),
        // The caller's own keys: nothing of them is left out.
        Schema::Map(item) => (*item, Noise::Nothing),
        _ => (&Schema::Any, Noise::Nothing),
    }
}

/// What of an entry is noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    Nothing,
    /// `null`.
    Null,
    /// `null`, and any text: the tag `"object": "organization"`.
    NullAndText,
}

impl Noise {
    fn of_tagged(name: &str) -> Self {
        if name == "object" { Self::NullAndText } else { Self::Null }
    }

    /// Whether a value is that.
    pub fn is(self, kind: Kind) -> bool {
        match self {
            Self::Nothing => false,
            Self::Null => kind == Kind::Null,
            Self::NullAndText => matches!(kind, Kind::Null | Kind::Text),
        }
    }
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Text,
    Other,
}
