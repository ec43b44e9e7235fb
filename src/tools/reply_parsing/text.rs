//! From the body of a reply straight to the text of an answer, without a value in between: what most
//! answers need, where nothing is redacted, picked out or cut.
//!
//! It gives exactly the text that the value would have; where that is not simple (a name that stands
//! twice, say), it gives none, and the value is made.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::{self, Write};
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::noise::{Kind, Limits, NUMBER, entry, item};
use crate::schema::Schema;
use crate::tools::sanitize::sanitize;

/// With more names in one object, each would be held against too many.
const MAX_NAMES: usize = 64;
/// What begins like this stands for something else to `serde_json`.
const SPECIAL: &str = "$serde_json::";

/// A body that holds an object as compact JSON, without noise and safe to look at. Unless it is wanted
/// `with_bulk`, none where anything may be bulky: a name that the schema calls so, wherever it stands,
/// one that events have, or a certificate.
pub fn clean_text(schema: &Schema, body: &[u8], with_bulk: bool) -> Option<String> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    // Text that is checked as a whole is not checked string by string.
    let body = std::str::from_utf8(body).ok()?;
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let mut output = Output {
        text: String::with_capacity(body.len()),
        names: Vec::new(),
        bulky: (!with_bulk).then(|| bulky_names(schema)),
        limits: Limits::of_answers(),
    };
    let read = Part { schema, output: &mut output }.deserialize(&mut deserializer);
    read.and_then(|_| deserializer.end()).ok()?;
    // Somebody may have written a number as an object.
    output.text.starts_with('{').then_some(output.text)
}

/// The names of what is bulky.
fn bulky_names(schema: &Schema) -> Vec<&'static str> {
    let names = RefCell::new(vec!["raw_attributes", "verification_token"]);
    schema.any_field(&|field| {
        if field.bulky {
            names.borrow_mut().push(field.api_name);
        }
        false
    });
    names.into_inner()
}

/// What has been written.
struct Output {
    text: String,
    /// Where the names stand of the objects that are being written, the innermost last.
    names: Vec<Range<usize>>,
    /// What is called bulky, if nothing must be.
    bulky: Option<Vec<&'static str>>,
    limits: Limits,
}

impl Output {
    /// Writes a string, safe to look at. `plain` is one that stood in the body without escapes.
    fn string<E: Error>(&mut self, text: &str, plain: bool) -> Result<(), E> {
        if self.bulky.is_some() && text.trim_start().starts_with("-----BEGIN ") {
            return Err(E::custom("a certificate or a key"));
        }
        match sanitize(text) {
            Cow::Borrowed(_) if plain => {
                self.text.push('"');
                self.text.push_str(text);
                self.text.push('"');
                Ok(())
            }
            text => {
                self.text.push_str(&serde_json::to_string(&text).map_err(E::custom)?);
                Ok(())
            }
        }
    }

    /// Writes the name of an entry; where it is one that the object, whose names begin at `first`,
    /// has already, the last value would count, at the place of the first.
    fn name<E: Error>(&mut self, first: usize, name: &Name<'_>) -> Result<(), E> {
        let is_bulky = self.bulky.as_ref().is_some_and(|bulky| bulky.contains(&name.text.as_ref()));
        if is_bulky || name.text.starts_with(SPECIAL) {
            return Err(E::custom("a name with a meaning"));
        }
        let start = self.text.len();
        self.string(&name.text, name.plain)?;
        let written = &self.text[start..];
        let others = &self.names[first..];
        if others.len() >= MAX_NAMES || others.iter().any(|other| &self.text[other.clone()] == written) {
            return Err(E::custom("a name that stands twice, or too many"));
        }
        self.names.push(start..self.text.len());
        self.text.push(':');
        Ok(())
    }
}

/// A value of which the shape is known, wholly or in part.
struct Part<'a> {
    schema: &'a Schema,
    output: &'a mut Output,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        self.output.limits.count_value()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        self.output.text.push_str(if value { "true" } else { "false" });
        Ok(Kind::Other)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Kind, E> {
        write!(self.output.text, "{value}").map_err(E::custom)?;
        Ok(Kind::Other)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Kind, E> {
        write!(self.output.text, "{value}").map_err(E::custom)?;
        Ok(Kind::Other)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Kind, E> {
        self.output.limits.count_text(value)?;
        self.output.string(value, false)?;
        Ok(Kind::Text)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Kind, E> {
        self.output.limits.count_text(value)?;
        self.output.string(value, true)?;
        Ok(Kind::Text)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        self.output.text.push_str("null");
        Ok(Kind::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let schema = item(self.schema);
        let output = self.output;
        output.text.push('[');
        let start = output.text.len();
        loop {
            let end = output.text.len();
            if end > start {
                output.text.push(',');
            }
            if items.next_element_seed(Part { schema, output: &mut *output })?.is_none() {
                output.text.truncate(end);
                output.text.push(']');
                return Ok(Kind::Other);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let output = self.output;
        let first = output.names.len();
        output.text.push('{');
        let start = output.text.len();
        while let Some(name) = entries.next_key_seed(NameSeed)? {
            if name.text == NUMBER && output.text.len() == start {
                // A value of its own, that is counted like one.
                output.limits.count_value()?;
                let number: String = entries.next_value()?;
                output.limits.count_text(&number)?;
                // Somebody may have named a field so.
                let number: Number = number.parse().map_err(A::Error::custom)?;
                output.text.truncate(start - 1);
                output.text.push_str(number.as_str());
                return Ok(Kind::Other);
            }
            let end = output.text.len();
            if end > start {
                output.text.push(',');
            }
            output.name(first, &name)?;
            let (schema, noise) = entry(self.schema, &name.text);
            let kind = entries.next_value_seed(Part { schema, output: &mut *output })?;
            if noise.is(kind) {
                output.text.truncate(end);
                output.names.pop();
            }
        }
        output.names.truncate(first);
        output.text.push('}');
        Ok(Kind::Other)
    }
}

/// A name as it was read.
struct Name<'de> {
    text: Cow<'de, str>,
    /// It stood in the body without escapes.
    plain: bool,
}

struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name { text: Cow::Borrowed(name), plain: true })
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name { text: Cow::Owned(name.to_owned()), plain: false })
    }
}
