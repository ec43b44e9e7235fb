//! Answers as a model should see them: complete, without noise, harmless to look at.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::harmless::harmless;
use crate::client::{Error, Fate, Reply, Room};
use crate::operation::{Effect, Operation};
use crate::schema::{Field, Schema};

/// Most values in an answer: `[[],[],…` takes a hundred times its size in memory.
const MOST_VALUES: usize = 64_000;

/// Longest text in an answer, all strings together.
const LONGEST_TEXT: usize = 8 << 20;

/// An answer, and the same as compact JSON.
#[derive(Debug)]
pub struct Answer {
    /// Always an object.
    pub value: Value,
    /// The same, as text.
    pub text: String,
    /// The memory that both may take.
    pub(crate) room: Room,
}

/// Makes the answer of a reply: as WorkOS sent it, but for `null` fields and `object` tags.
/// `conceal` sees it before anybody else.
pub fn read(operation: &Operation, reply: &Reply, conceal: impl FnOnce(&mut Value)) -> Result<Value, Error> {
    if reply.body.trim_ascii().is_empty() {
        return Ok(json!({ "ok": true }));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(&reply.body);
    let (left, room) = (Cell::new(MOST_VALUES), Cell::new(Some(LONGEST_TEXT)));
    let shaped = Shaped { schema: &operation.answer, left: &left, room: &room }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map(|mut value| {
            conceal(&mut value);
            value
        });
    match shaped {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(list @ Value::Array(_)) => Ok(json!({ "data": list })),
        Ok(Value::Null) => Ok(json!({ "ok": true })),
        Ok(other) => Ok(json!({ "value": other })),
        Err(error) => {
            let fate = if operation.effect == Effect::Read { Fate::Harmless } else { Fate::Done };
            let fault = if room.get().is_none() {
                format!(
                    "WorkOS answered {} with more than {} MB of text: ask for less, such as a smaller `limit`",
                    reply.status,
                    LONGEST_TEXT >> 20
                )
            } else {
                format!("WorkOS answered {} with JSON that cannot be read: {error}", reply.status)
            };
            Err(Error::Answer { fault, fate, request_id: reply.request_id.clone() })
        }
    }
}

/// A value of which the shape is known, wholly or in part.
#[derive(Clone, Copy)]
struct Shaped<'a> {
    schema: &'a Schema,
    /// How many values there may still be.
    left: &'a Cell<usize>,
    /// How long its strings may still be; none if they were too long.
    room: &'a Cell<Option<usize>>,
}

impl Shaped<'_> {
    /// A string is counted before it is kept: what cannot go out need not fill the memory.
    fn count<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.room.set(self.room.get().and_then(|room| room.checked_sub(text.len())));
        self.room.get().map(|_| ()).ok_or_else(|| E::custom("it is longer than is read"))
    }
}

impl<'de> DeserializeSeed<'de> for Shaped<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| D::Error::custom("it holds more values than are read"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shaped<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.count(value)?;
        Ok(Value::String(harmless(value).into_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.count(&value)?;
        Ok(Value::String(match harmless(&value) {
            Cow::Borrowed(_) => value,
            Cow::Owned(escaped) => escaped,
        }))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let schema = match self.schema.present() {
            Schema::List(item) => item,
            Schema::Payload => &Schema::Payload,
            _ => &Schema::Any,
        };
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or_default());
        while let Some(item) = items.next_element_seed(Shaped { schema, ..self })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let name = match harmless(&name) {
                Cow::Borrowed(_) => name,
                Cow::Owned(escaped) => escaped,
            };
            match self.schema.present() {
                Schema::Object(fields) => match known(fields, &name) {
                    Some(field) => {
                        let value = entries.next_value_seed(Shaped { schema: &field.schema, ..self })?;
                        if !value.is_null() {
                            object.insert(name, value);
                        }
                    }
                    // A field that this version does not know is passed on as it is.
                    None => match entries.next_value_seed(Shaped { schema: &Schema::Any, ..self })? {
                        Value::Null => {}
                        Value::String(_) if name == "object" => {}
                        value => {
                            object.insert(name, value);
                        }
                    },
                },
                Schema::Payload => {
                    // In these the keys are the customer's own.
                    let own = matches!(name.as_str(), "metadata" | "custom_attributes" | "raw_attributes");
                    let schema = if own { &Schema::Any } else { &Schema::Payload };
                    match entries.next_value_seed(Shaped { schema, ..self })? {
                        Value::Null => {}
                        Value::String(_) if name == "object" => {}
                        value => {
                            object.insert(name, value);
                        }
                    }
                }
                // The caller's own keys: nothing of them is left out.
                Schema::Map(item) => {
                    let value = entries.next_value_seed(Shaped { schema: item, ..self })?;
                    object.insert(name, value);
                }
                _ => {
                    object.insert(name, entries.next_value_seed(Shaped { schema: &Schema::Any, ..self })?);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

fn known<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.wire == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::organizations::{DeleteOrganization, GetOrganization, ListOrganizations};
    use crate::operation::Request;

    fn answered(operation: &Operation, body: &str) -> String {
        let reply = Reply { status: 200, body: body.to_owned().into(), request_id: None };
        read(operation, &reply, |_| ()).map_or_else(|error| error.to_string(), |answer| answer.to_string())
    }

    #[test]
    fn nothing_but_noise_is_left_out() {
        let organization = &GetOrganization::OPERATION;
        assert_eq!(
            answered(
                organization,
                r#"{"object":"organization","id":"o","external_id":null,"new_field":{"object":"x","a":null}}"#
            ),
            r#"{"id":"o","new_field":{"object":"x","a":null}}"#
        );
        assert_eq!(
            answered(organization, r#"{"metadata":{"object":"mine","empty":null}}"#),
            r#"{"metadata":{"object":"mine","empty":null}}"#
        );
        assert_eq!(
            answered(
                &ListOrganizations::OPERATION,
                r#"{"object":"list","data":[{"object":"organization","id":"o"}],"list_metadata":{"before":null,"after":"o"}}"#
            ),
            r#"{"data":[{"id":"o"}],"list_metadata":{"after":"o"}}"#
        );
    }

    #[test]
    fn every_answer_is_an_object() {
        assert_eq!(answered(&DeleteOrganization::OPERATION, ""), r#"{"ok":true}"#);
        assert_eq!(answered(&DeleteOrganization::OPERATION, " "), r#"{"ok":true}"#);
        assert_eq!(answered(&GetOrganization::OPERATION, "[1]"), r#"{"data":[1]}"#);
        assert_eq!(answered(&GetOrganization::OPERATION, "3"), r#"{"value":3}"#);
        // Types that do not fit are no reason to withhold an answer.
        assert_eq!(
            answered(&GetOrganization::OPERATION, r#"{"id":5,"domains":{"a":1}}"#),
            r#"{"id":5,"domains":{"a":1}}"#
        );
        assert!(answered(&GetOrganization::OPERATION, r#"{"id":"#).contains("cannot be read"));
    }
}
