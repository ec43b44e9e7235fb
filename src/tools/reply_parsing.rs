//! From the body of a reply to an answer: complete, without noise, safe to look at, and bounded.

mod noise;
mod text;

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use self::noise::{Kind, Limits, MAX_TEXT, NUMBER, entry, item};
use super::sanitize::sanitize;
use crate::client::{Error, Outcome, Reply, ResponseError, ResponseErrorKind};
use crate::operation::Operation;
use crate::schema::Schema;

/// The body of a reply as the text of an answer, where it can be had without a value: the same text
/// that [`parse`] and [`into_object`] would give. Unless it is wanted `with_bulk`, there is none where
/// anything is bulky.
pub fn parse_to_text(operation: &'static Operation, reply: &Reply, with_bulk: bool) -> Option<String> {
    text::clean_text(&operation.answer, &reply.body, with_bulk)
}

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
    let limits = Limits::of_answers();
    read(&operation.answer, &limits, &reply.body).map_err(|error| {
        let kind = if limits.was_too_much_text() {
            ResponseErrorKind::TooMuchText { max_bytes: MAX_TEXT }
        } else {
            ResponseErrorKind::Unreadable { source: Some(error) }
        };
        let outcome = Outcome::if_answered(operation);
        let error =
            ResponseError::new(kind, host.to_owned(), reply.status, outcome, reply.request_id.clone());
        Error::Response(Box::new(error))
    })
}

/// The value of an answer that has become text.
///
/// # Errors
///
/// The text is no JSON.
pub fn value_of(text: &str) -> serde_json::Result<Value> {
    read(&Schema::Any, &Limits::none(), text.as_bytes())
}

fn read(schema: &Schema, limits: &Limits, json: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = Described { schema, limits }.deserialize(&mut deserializer)?;
    deserializer.end().map(|()| value)
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
    limits: &'a Limits,
}

impl<'de> DeserializeSeed<'de> for Described<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.limits.count_value()?;
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
        self.limits.count_text(value)?;
        Ok(Value::String(sanitize(value).into_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.limits.count_text(&value)?;
        Ok(Value::String(match sanitize(&value) {
            Cow::Borrowed(_) => value,
            Cow::Owned(escaped) => escaped,
        }))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let schema = item(self.schema);
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
            let (schema, noise) = entry(self.schema, &name);
            let value = entries.next_value_seed(Described { schema, ..self })?;
            let kind = match &value {
                Value::Null => Kind::Null,
                Value::String(_) => Kind::Text,
                _ => Kind::Other,
            };
            if !noise.is(kind) {
                object.insert(name, value);
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::organizations::{DeleteOrganization, GetOrganization, ListOrganizations};
    use crate::operation::Request;

    fn replied(body: &str) -> Reply {
        Reply { status: 200, body: body.to_owned().into(), request_id: None }
    }

    /// What is answered by way of a value; where text can be had without one, it is the same.
    fn answered(operation: &'static Operation, body: &str) -> String {
        let reply = replied(body);
        let parsed = parse(operation, "api.example.com", &reply).map(into_object);
        if let Some(text) = parse_to_text(operation, &reply, true) {
            let value = parsed.as_ref().ok();
            assert_eq!(Some(&text), value.map(Value::to_string).as_ref(), "{body}");
            assert_eq!(value_of(&text).ok().as_ref(), value, "{body}");
        }
        parsed.map_or_else(|error| error.to_string(), |value| value.to_string())
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

    #[test]
    fn text_is_had_without_a_value_where_nothing_is_unusual() {
        for (body, simple) in [
            (r#" {"id":"o\u200b\n","a":[],"b":{},"metadata":{"object":null}} "#, true),
            (
                "{\"id\":\"\u{200b}o\u{7f}\",\"\u{ad}\":[0,7,-7,1.50,-0,1E5,1e+400,123456789012345678901234567890]}",
                true,
            ),
            (r#"{"id":null,"object":"o","object":5,"id":"o"}"#, true),
            (r#"{"a":{"$serde_json::private::Number":"12"}}"#, true),
            // A name stands twice, and the last value counts at the place of the first.
            (r#"{"id":"a","name":"n","id":"b"}"#, false),
            (r#"{"id":"a","id":null}"#, false),
            ("{\"a\":{\"\\u200b\":1,\"\u{200b}\":2}}", false),
            // Somebody has named a field so.
            (r#"{"external_id":null,"$serde_json::private::Number":"12"}"#, false),
            (r#"{"a":{"$serde_json::private::Number":"b"}}"#, false),
            (r#"{"a":{"b":1,"$serde_json::private::Number":"1"}}"#, false),
            (r#"{"a":{"$serde_json::private::RawValue":"1"}}"#, false),
            (r#"{"a":{"$serde_json::private::Number":"1, \"b\": 2"}}"#, false),
            // No object, or no JSON.
            ("[1]", false),
            ("", false),
            (r#"{"id":"o"} x"#, false),
            (r#"{"id":"o",}"#, false),
            ("{\"id\":\"\n\"}", false),
            (r#"{"id":"\ud800"}"#, false),
        ] {
            answered(&GetOrganization::OPERATION, body);
            let text = parse_to_text(&GetOrganization::OPERATION, &replied(body), true);
            assert_eq!(text.is_some(), simple, "{body}: {text:?}");
        }
        let names = |count: usize| {
            let names: Vec<String> = (0..count).map(|name| format!("\"n{name}\":{name}")).collect();
            format!("{{\"metadata\":{{{}}}}}", names.join(","))
        };
        for (body, simple) in [
            (names(60), true),
            (names(70), false),
            (format!("{{\"a\":{}{}}}", "[".repeat(120), "]".repeat(120)), true),
            (format!("{{\"a\":{}{}}}", "[".repeat(130), "]".repeat(130)), false),
            (format!("{{\"a\":[{}0]}}", "0,".repeat(70_000)), false),
            (format!("{{\"a\":\"{}\"}}", "x".repeat(9 << 20)), false),
        ] {
            answered(&GetOrganization::OPERATION, &body);
            let text = parse_to_text(&GetOrganization::OPERATION, &replied(&body), true);
            assert_eq!(text.is_some(), simple, "{}", &body[..40]);
        }
        // Bytes that are no text.
        let reply = Reply { status: 200, body: b"{\"id\":\"\xff\"}".as_slice().into(), request_id: None };
        assert_eq!(parse_to_text(&GetOrganization::OPERATION, &reply, true), None);
    }

    #[test]
    fn what_may_be_bulky_is_looked_at_as_a_value() {
        for (body, is_lean) in [
            (r#"{"data":[{"id":"o","domains":[{"domain":"d"}],"metadata":{"a":"BEGIN"}}]}"#, true),
            (r#"{"data":[{"id":"o","domains":[{"verification_token":"t"}]}]}"#, false),
            (r#"{"data":[{"id":"o","raw_attributes":{}}]}"#, false),
            (r#"{"data":[{"certificate":" -----BEGIN CERTIFICATE-----"}]}"#, false),
        ] {
            let text = |with_bulk| parse_to_text(&ListOrganizations::OPERATION, &replied(body), with_bulk);
            assert_eq!((text(true).is_some(), text(false).is_some()), (true, is_lean), "{body}");
        }
    }

    proptest::proptest! {
        /// Whatever is answered to whatever operation.
        #[test]
        fn text_is_that_of_the_value(
            operation in crate::testing::generate::operation(),
            json in crate::testing::generate::any_json(),
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..16),
        ) {
            answered(operation, &json.to_string());
            let answer = crate::testing::generate::answer(&operation.answer, "s", "m").0;
            answered(operation, &answer.to_string());
            let text = serde_json::json!({ "data": [answer, json], "object": "list" }).to_string();
            answered(operation, &text);
            answered(operation, &format!("{{{}}}", pieces.concat()));
        }
    }

    /// What bodies are made of, and what breaks them.
    const PIECES: &[&str] = &[
        "\"id\":",
        "\"object\":",
        "\"metadata\":",
        "\"data\":",
        "\"a\":",
        "\"a\":",
        "{",
        "}",
        "[",
        "]",
        ",",
        ",",
        "null",
        "\"o\"",
        "1",
        "-0.10e+5",
        "\"\u{200b}\"",
        "\"\\u200b\\\"\"",
        "\"$serde_json::private::Number\":",
        "\"12\"",
        " ",
    ];
}
