//! What a call answers: always a JSON object, and the parts that all lists have.

use std::io::Write;

use serde_json::{Map, Value};

use super::error::CallError;
use super::reply_parsing::value_of;
use crate::client::MemoryPermit;

/// What a call answers.
#[derive(Debug)]
pub struct Answer {
    /// An object as compact JSON.
    pub text: String,
    /// The same as data, where it is less than the text: in the shape that is published. None where
    /// the text is the data.
    pub data: Option<Value>,
    /// Leave to hold both in memory until they are written.
    pub(crate) memory: MemoryPermit,
}

/// An answer on its way, in the form that it has come to.
#[derive(Debug)]
pub enum Content {
    /// An object as compact JSON: nothing of it has to be changed.
    Text(String),
    /// An object.
    Value(Value),
}

impl Content {
    /// Adds a remark, without making a value of what is text.
    ///
    /// # Errors
    ///
    /// As [`into_value`](Self::into_value), where there is a remark already.
    pub fn note(self, remark: &str) -> Result<Self, CallError> {
        const NAME: &str = "\"_note\":";
        let mut value = match self {
            Self::Text(mut text) if !text.contains(NAME) => {
                text.pop();
                text.push_str(if text.len() > 1 { "," } else { "" });
                text.push_str(NAME);
                text.push_str(&json(&Value::from(remark)));
                text.push('}');
                return Ok(Self::Text(text));
            }
            other => other.into_value()?,
        };
        note(&mut value, remark);
        Ok(Self::Value(value))
    }

    /// The object.
    ///
    /// # Errors
    ///
    /// None but of the reader of JSON, for text that was written here.
    pub fn into_value(self) -> Result<Value, CallError> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Text(text) => value_of(&text).map_err(|error| CallError::NotReady(error.to_string())),
        }
    }
}

/// The form that an answer is needed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text will do.
    Text,
    /// Text will do where nothing in it is bulky.
    TextUnlessBulky,
    /// Text will do where nothing in it is bulky and it has no more than so many bytes.
    TextUpTo(usize),
    /// Text will do where this word does not occur in it.
    TextWithout(&'static str),
    /// Something is to be done to it.
    Value,
}

impl Answer {
    /// An answer that was made here, without a request.
    pub fn local(value: &Value) -> Self {
        Self { text: json(value), data: None, memory: MemoryPermit::default() }
    }
}

/// A value as compact JSON.
pub fn json(value: &Value) -> String {
    // Values are always written. `to_string` goes through the formatter, piece by piece.
    serde_json::to_string(value).unwrap_or_default()
}

/// How long a value is as compact JSON, in bytes.
pub fn length(value: &Value) -> usize {
    struct Length(usize);
    impl Write for Length {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut length = Length(0);
    let _ = serde_json::to_writer(&mut length, value);
    length.0
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_remark_is_added_to_text_as_to_a_value() {
        for text in ["{}", r#"{"id":"o"}"#, r#"{"id":"o","_note":"First."}"#, r#"{"a":{"_note":"Theirs."}}"#]
        {
            let mut value: Value = serde_json::from_str(text).expect("JSON");
            note(&mut value, "Second \"and\" last.");
            let noted = Content::Text(text.to_owned()).note("Second \"and\" last.").expect("an object");
            assert_eq!(noted.into_value().expect("an object"), value, "{text}");
        }
        let noted = Content::Text("{}".to_owned()).note("a").expect("an object");
        assert_eq!(noted.into_value().expect("an object"), json!({"_note": "a"}));
    }
}
