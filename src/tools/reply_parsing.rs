//! From the body of a reply to a value: complete, without noise, safe to look at, and bounded.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::sanitize::sanitize;
use crate::client::{Error, Outcome, Reply, ResponseError, ResponseErrorKind};
use crate::operation::Operation;
use crate::schema::Schema;

/// The most values of an answer: `[[],[],…` takes a hundred times its size in memory.
const MAX_VALUES: usize = 64_000;

/// The most bytes of text in an answer, all strings together.
const MAX_TEXT: usize = 8 << 20;

/// How `serde_json` hands on a number that 64 bits do not hold, so that it stays as it was written: as
/// an object with this one field.
const NUMBER: &str = "$serde_json::private::Number";

/// The body of a reply as a value: as WorkOS sent it, but for `null` fields and `object` tags.
/// `Null` for an empty one. `host` is who answered.
///
/// # Errors
///
/// The body cannot be read, or is more than is worth reading.
pub fn parse(operation: &'static Operation, host: &str, reply: &Reply) -> Result<Value, Error> {
    if reply.body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(&reply.body);
    let (values, text) = (Cell::new(MAX_VALUES), Cell::new(Some(MAX_TEXT)));
    let seed = Described { schema: &operation.answer, values_left: &values, text_left: &text };
    let parsed = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| {
        let kind = match text.get() {
            None => ResponseErrorKind::TooMuchText { max_bytes: MAX_TEXT },
            Some(_) => ResponseErrorKind::Unreadable { source: Some(error) },
        };
        let outcome = Outcome::if_answered(operation);
        let error =
            ResponseError::new(kind, host.to_owned(), reply.status, outcome, reply.request_id.clone());
        Error::Response(Box::new(error))
    })
}

/// A value as an object, which every answer is.
pub fn into_object(value: Value) -> Value {
    match value {
        Value::Object(_) => value,
        Value::Array(_) => json!({ "data": value }),
        Value::Null => json!({ "ok": true }),
        _ => json!({ "value": value }),
    }
}

/// A value of which the shape is known, wholly or in part.
#[derive(Clone, Copy)]
struct Described<'a> {
    schema: &'a Schema,
    /// How many values there may still be.
    values_left: &'a Cell<usize>,
    /// How long its strings may still be; none if they were too long.
    text_left: &'a Cell<Option<usize>>,
}

impl Described<'_> {
    /// A string is counted before it is kept: what cannot go out need not fill the memory.
    fn count<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.text_left.set(self.text_left.get().and_then(|left| left.checked_sub(text.len())));
        self.text_left.get().map(|_| ()).ok_or_else(|| E::custom("it is longer than is read"))
    }
}

impl<'de> DeserializeSeed<'de> for Described<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.values_left.get().checked_sub(1);
        self.values_left.set(left.ok_or_else(|| D::Error::custom("it holds more values than are read"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Described<'_> {
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
        Ok(Value::String(sanitize(value).into_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.count(&value)?;
        Ok(Value::String(match sanitize(&value) {
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
        while let Some(item) = items.next_element_seed(Described { schema, ..self })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if name == NUMBER && object.is_empty() {
                let value = entries.next_value_seed(Described { schema: &Schema::Any, ..self })?;
                match value.as_str().and_then(|text| text.parse().ok()) {
                    Some(number) => return Ok(Value::Number(number)),
                    // Somebody has really named a field so.
                    None => object.insert(name, value),
                };
                continue;
            }
            let name = match sanitize(&name) {
                Cow::Borrowed(_) => name,
                Cow::Owned(escaped) => escaped,
            };
            let (schema, leaves_out) = match self.schema.present() {
                Schema::Object(fields, _) => match fields.iter().find(|field| field.api_name == name) {
                    Some(field) => (&field.schema, LeavesOut::Null),
                    // A field that this version does not know is passed on as it is.
                    None => (&Schema::Any, LeavesOut::NullAndTag),
                },
                // In these the keys are the customer's own.
                Schema::Payload
                    if matches!(name.as_str(), "metadata" | "custom_attributes" | "raw_attributes") =>
                {
                    (&Schema::Any, LeavesOut::NullAndTag)
                }
                Schema::Payload => (&Schema::Payload, LeavesOut::NullAndTag),
                // The caller's own keys: nothing of them is left out.
                Schema::Map(item) => (*item, LeavesOut::Nothing),
                _ => (&Schema::Any, LeavesOut::Nothing),
            };
            let value = entries.next_value_seed(Described { schema, ..self })?;
            let left_out = match leaves_out {
                LeavesOut::Nothing => false,
                LeavesOut::Null => value.is_null(),
                LeavesOut::NullAndTag => value.is_null() || (name == "object" && value.is_string()),
            };
            if !left_out {
                object.insert(name, value);
            }
        }
        Ok(Value::Object(object))
    }
}

/// What of an entry is noise.
enum LeavesOut {
    Nothing,
    /// `null`.
    Null,
    /// `null`, and the tag `"object": "organization"`.
    NullAndTag,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::organizations::{DeleteOrganization, GetOrganization, ListOrganizations};
    use crate::operation::Request;

    fn answered(operation: &'static Operation, body: &str) -> String {
        let reply = Reply { status: 200, body: body.to_owned().into(), request_id: None };
        parse(operation, "api.example.com", &reply)
            .map_or_else(|error| error.to_string(), |value| into_object(value).to_string())
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
    fn numbers_stay_as_they_were_written() {
        let body = r#"{"a":[9007199254740993,18446744073709551615,12345678901234567890123,-9223372036854775809,1.10,-0.5]}"#;
        assert_eq!(answered(&GetOrganization::OPERATION, body), body);
        let named = r#"{"a":{"$serde_json::private::Number":{"b":1},"c":2}}"#;
        assert_eq!(answered(&GetOrganization::OPERATION, named), named);
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
