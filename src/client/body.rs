//! Reading answers: bounded in time and in memory, and without the API key.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::error::Error;
use super::http::{Exchange, answered, cause, host};

/// Stands in place of the API key.
pub(crate) const SCRUBBED: &str = "[API key]";

/// Longest answer, decompressed.
const LONGEST_ANSWER: usize = 16 << 20;
/// Longest body of an error that is looked at.
const LONGEST_ERROR: usize = 64 << 10;
/// Longest wait for the body of an error: its status says most.
const ERROR_PATIENCE: Duration = Duration::from_secs(2);
/// Beyond these sizes only so many answers are read at a time.
const MEDIUM_ANSWER: usize = 128 << 10;
const MOST_MEDIUM: usize = 4;
const LARGE_ANSWER: usize = 1 << 20;
const MOST_LARGE: usize = 1;
/// Memory for what is made of answers until they are written, in units of [`UNIT`].
const ROOM: usize = 16;
const UNIT: usize = 1 << 20;
/// Answers shorter than this need no room.
const FREE_OF_CHARGE: usize = 4 << 10;
/// Longest body in which a hidden key is replaced; a longer one is withheld.
const LONGEST_REWRITTEN: usize = 256 << 10;

/// How many large answers there may be at a time, so that many do not fill the memory.
///
/// Whoever has room waits for nothing more, so that nobody waits for ever.
#[derive(Debug)]
pub(super) struct Rooms {
    medium: Arc<Semaphore>,
    large: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            medium: Arc::new(Semaphore::new(MOST_MEDIUM)),
            large: Arc::new(Semaphore::new(MOST_LARGE)),
            room: Arc::new(Semaphore::new(ROOM)),
        }
    }
}

/// Leave to hold a body that is not short.
#[derive(Debug, Default)]
pub(super) struct Turn {
    medium: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
}

/// Leave to hold an answer in memory; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Room {
    _turn: Turn,
    _room: Option<OwnedSemaphorePermit>,
}

impl Rooms {
    /// The whole body, or an error that says how far it came.
    pub async fn whole(
        &self,
        exchange: Exchange<'_>,
        mut response: Response,
        request_id: Option<&str>,
    ) -> Result<(Bytes, Turn), Error> {
        let Exchange { operation, prepared, deadline, .. } = exchange;
        let status = response.status().as_u16();
        let fate = answered(operation);
        let too_long = || Error::Answer {
            fault: format!(
                "{} answered {status} with more than {} MB, which is more than is read: ask for less, such as a smaller `limit`",
                host(prepared),
                LONGEST_ANSWER >> 20
            ),
            fate,
            request_id: request_id.map(str::to_owned),
        };
        if response.content_length().is_some_and(|length| length > LONGEST_ANSWER as u64) {
            return Err(too_long());
        }
        let mut first: Option<Bytes> = None;
        let mut body = BytesMut::new();
        let mut turn = Turn::default();
        loop {
            let Ok(chunk) = timeout_at(deadline, response.chunk()).await else {
                let seconds = exchange.seconds();
                return Err(Error::Network {
                    fault: format!(
                        "{} answered {status}, and its answer did not end within {seconds} s",
                        host(prepared)
                    ),
                    fate,
                });
            };
            let chunk = chunk.map_err(|error| Error::Network {
                fault: format!("The answer of {} ({status}) broke off: {}", host(prepared), cause(error)),
                fate,
            })?;
            let Some(chunk) = chunk else { break };
            // Most answers are one chunk, which needs no copy.
            if first.is_none() && body.is_empty() {
                first = Some(chunk);
                continue;
            }
            if let Some(first) = first.take() {
                body.extend_from_slice(&first);
            }
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(too_long());
            }
            let crowded = |_| Error::Network {
                fault: format!(
                    "{} answered {status}, and too many long answers came at once to read it",
                    host(prepared)
                ),
                fate,
            };
            if body.len() > MEDIUM_ANSWER && turn.medium.is_none() {
                turn.medium = taken(&self.medium, deadline).await.map_err(crowded)?;
            }
            if body.len() > LARGE_ANSWER && turn.large.is_none() {
                turn.large = taken(&self.large, deadline).await.map_err(crowded)?;
            }
            body.extend_from_slice(&chunk);
        }
        Ok((first.unwrap_or_else(|| body.freeze()), turn))
    }

    /// Waits until there is room for what is made of a body. Not bounded in time: room is
    /// given back when an earlier answer is written, and before that this one could not be.
    pub async fn room(&self, body: &Bytes, turn: Turn) -> Room {
        let units = units(body);
        let room = match u32::try_from(units) {
            Ok(units) if units > 0 => self.room.clone().acquire_many_owned(units).await.ok(),
            _ => None,
        };
        Room { _turn: turn, _room: room }
    }
}

/// A permit before the deadline. The semaphore is never closed.
async fn taken(
    semaphore: &Arc<Semaphore>,
    deadline: Instant,
) -> Result<Option<OwnedSemaphorePermit>, tokio::time::error::Elapsed> {
    timeout_at(deadline, semaphore.clone().acquire_owned()).await.map(Result::ok)
}

/// How much memory an answer takes, roughly: the body, its tree, its text and the line that
/// holds both, of which a tree of tiny values is by far the most.
fn units(body: &[u8]) -> usize {
    if body.len() <= FREE_OF_CHARGE {
        return 0;
    }
    let (mut values, mut objects) = (0, 0);
    for byte in body {
        values += usize::from(matches!(byte, b',' | b'[' | b'{'));
        objects += usize::from(*byte == b'{');
    }
    ((body.len() * 5 + values * 96 + objects * 512) / UNIT + 1).min(ROOM)
}

/// As much of an error's body as is worth reading and comes in time; what breaks off is shown
/// as far as it came.
pub(super) async fn beginning(exchange: Exchange<'_>, mut response: Response) -> Bytes {
    let left = exchange.deadline.saturating_duration_since(Instant::now());
    // Before the deadline, so that the status is told and not the delay.
    let patience = Instant::now() + ERROR_PATIENCE.min(left / 2);
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(patience, response.chunk()).await {
        body.extend_from_slice(&chunk[..chunk.len().min(LONGEST_ERROR - body.len())]);
        if body.len() >= LONGEST_ERROR {
            break;
        }
    }
    body.into()
}

/// A body without the API key, should whoever answers repeat it. `None` if it is hidden in a
/// body that cannot be rewritten, or is too long for it.
pub(super) fn scrubbed(body: Bytes, key: Option<&SecretString>) -> Option<Bytes> {
    let Some(key) = key else { return Some(body) };
    let key = key.expose_secret();
    // What is no UTF-8 is shown all the same, if it is an error.
    let text = String::from_utf8_lossy(&body);
    // Escapes could hide it until the JSON is read.
    if (text.contains("\\u00") || text.contains("\\/")) && hides(&text, key) {
        if text.len() > LONGEST_REWRITTEN {
            return None;
        }
        let plain = serde_json::from_str::<serde_json::Value>(&text).ok()?;
        return Some(plain.to_string().replace(key, SCRUBBED).into());
    }
    if text.contains(key) {
        return Some(text.replace(key, SCRUBBED).into());
    }
    drop(text);
    Some(body)
}

/// Whether a string of a JSON text holds the key. Looks without keeping anything: as a tree,
/// a long text of tiny values is a hundred times its size.
fn hides(text: &str, key: &str) -> bool {
    let mut found = false;
    // What cannot be read is no JSON, and nobody reads it as such.
    let _ = Seeker { key, found: &mut found }.deserialize(&mut serde_json::Deserializer::from_str(text));
    found
}

struct Seeker<'a> {
    key: &'a str,
    found: &'a mut bool,
}

impl Seeker<'_> {
    fn again(&mut self) -> Seeker<'_> {
        Seeker { key: self.key, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Seeker<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seeker<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        *self.found |= value.contains(self.key);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key_seed(self.again())?.is_some() {
            entries.next_value_seed(self.again())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_key_is_found_wherever_it_stands() {
        let key = SecretString::from("sk_test_example_a");
        let clean = |text: &str| {
            scrubbed(Bytes::copy_from_slice(text.as_bytes()), Some(&key))
                .map(|body| String::from_utf8_lossy(&body).into_owned())
        };
        for text in [
            r#"{"a":["sk_test_example_a"]}"#,
            r#"{"a":["\u0073k_test_example_a"]}"#,
            r#"{"\u0073k_test_example_a":1}"#,
            r#"{"a":1,"a":"\u0073k_test_example_a \/"}"#,
        ] {
            let clean = clean(text).unwrap_or_default();
            assert!(clean.contains(SCRUBBED) && !clean.contains("k_test_example_a"), "{clean}");
        }
        // Cut off after the key, it is no JSON, but a reader of raw text must not see it either.
        assert_eq!(clean(r#"{"a":"sk_test_example_a"#).as_deref(), Some(r#"{"a":"[API key]"#));
        let raw = scrubbed(Bytes::from_static(b"\xffsk_test_example_a"), Some(&key)).unwrap_or_default();
        assert_eq!(raw, "\u{fffd}[API key]");
        assert_eq!(clean(r#"["\u0073k_test_example_a","#), None);
        let long = format!(r#"["\u0073k_test_example_a"{}]"#, ",1".repeat(LONGEST_REWRITTEN));
        assert_eq!(clean(&long), None);
        let harmless = format!(r#"["\u0074"{}]"#, ",1".repeat(LONGEST_REWRITTEN));
        assert_eq!(clean(&harmless), Some(harmless));
    }

    #[test]
    fn tiny_values_need_more_room_than_text() {
        assert_eq!(units(b"{}"), 0);
        assert_eq!(units(&vec![b'x'; 20_000]), 1);
        assert_eq!(units("[],".repeat(60_000).as_bytes()), 12);
        assert_eq!(units("{},".repeat(400_000).as_bytes()), ROOM);
        assert_eq!(units(&vec![b'x'; LONGEST_ANSWER]), ROOM);
    }
}
