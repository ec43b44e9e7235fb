//! What a call answers: always a JSON object, and the parts that all lists have.

use serde_json::{Map, Value};

use crate::client::MemoryPermit;

/// An answer, and the same as compact JSON.
#[derive(Debug)]
pub struct Answer {
    /// Always an object.
    pub value: Value,
    /// The same, as text.
    pub text: String,
    /// Leave to hold both in memory until they are written.
    pub(crate) memory: MemoryPermit,
}

impl Answer {
    /// An answer that was made here, without a request.
    pub fn local(value: Value) -> Self {
        Self { text: value.to_string(), value, memory: MemoryPermit::default() }
    }
}

/// Where remarks about an answer stand: no field of WorkOS starts like this.
pub const NOTE: &str = "_note";

/// Adds a remark to an answer, beside what WorkOS sent.
pub fn note(answer: &mut Value, remark: &str) {
    if let Value::Object(fields) = answer {
        match fields.get_mut(NOTE) {
            Some(Value::String(text)) => {
                text.push(' ');
                text.push_str(remark);
            }
            _ => {
                fields.insert(NOTE.to_owned(), remark.into());
            }
        }
    }
}

/// The items of a list.
pub fn items(answer: &Value) -> Option<&Vec<Value>> {
    answer.get("data")?.as_array()
}

/// The IDs of the items in a list, in their order.
pub type Ids = Vec<Option<String>>;

/// The IDs of the items in a list; of an answer that is none, nothing.
pub fn ids(answer: &Value) -> Ids {
    let id = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
    items(answer).map(|items| items.iter().map(id).collect()).unwrap_or_default()
}

/// The cursor for the page after this one.
pub fn cursor(answer: &Value) -> Option<&str> {
    answer.get("list_metadata")?.get("after")?.as_str().filter(|cursor| !cursor.is_empty())
}

/// Sets, or takes away, the cursor for what comes after this answer.
pub fn set_cursor(answer: &mut Value, after: Option<String>) {
    let Value::Object(fields) = answer else { return };
    let metadata = fields.entry("list_metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(metadata) = metadata {
        match after {
            Some(after) => {
                metadata.insert("after".to_owned(), after.into());
            }
            None => {
                metadata.shift_remove("after");
            }
        }
    }
}
