//! Reads what is whole of JSON that breaks off: an answer that was cut where it got too long.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What is read of a JSON text up to where it breaks off: the pairs of an object or the items of a
/// list that are whole. Whether all of it was read comes first.
pub(super) fn json_beginning(text: &str) -> (bool, Value) {
    let mut begun = Value::Null;
    let mut json = serde_json::Deserializer::from_str(text);
    let whole = Beginning(&mut begun).deserialize(&mut json).and_then(|()| json.end()).is_ok();
    if !whole {
        // A number at the end may be the beginning of one.
        match &mut begun {
            Value::Object(fields) => {
                let last = fields.iter().next_back().filter(|(_, value)| value.is_number());
                if let Some(name) = last.map(|(name, _)| name.clone()) {
                    fields.shift_remove(&name);
                }
            }
            Value::Array(items) if items.last().is_some_and(Value::is_number) => {
                items.pop();
            }
            _ => {}
        }
    }
    (whole, begun)
}

/// Keeps what was read when the rest cannot be.
struct Beginning<'a>(&'a mut Value);

impl<'de> DeserializeSeed<'de> for Beginning<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Beginning<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list or text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        *self.0 = Value::Object(Map::new());
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if let Value::Object(fields) = &mut *self.0 {
                fields.insert(name, value);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        *self.0 = Value::Array(Vec::new());
        while let Some(item) = items.next_element()? {
            if let Value::Array(items) = &mut *self.0 {
                items.push(item);
            }
        }
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        *self.0 = text.into();
        Ok(())
    }
}
