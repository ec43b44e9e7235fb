//! What properties are tested with: arguments and answers of any operation, and hostile text.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use crate::api::event_types::EVENT_TYPES;
use crate::api::operations;
use crate::operation::{Destination, Operation};
use crate::schema::{Field, Presence, Schema};
use crate::tools::validation::wrong_kind;

/// Any operation of the table.
pub fn operation() -> impl Strategy<Value = &'static Operation> {
    select(operations().collect::<Vec<_>>())
}

/// Text as a stranger would write it: characters that steer, separate, encode and end things.
pub fn hostile_text() -> impl Strategy<Value = String> {
    let steering = select(vec![
        '\0',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{ad}',
        '\u{61c}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{202e}',
        '\u{2028}',
        '\u{2066}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{fffb}',
        '\u{e0041}',
        '\u{e01ef}',
        '\n',
        '\t',
        '\r',
    ]);
    let meaning = select("./\\%?#&=+;:,@[]{}\"' 25eEfF".chars().collect::<Vec<_>>());
    let written = select("aZ9üé日می👩💻🏽".chars().collect::<Vec<_>>());
    let character = prop_oneof![2 => steering, 3 => meaning, 3 => written, 2 => any::<char>()];
    proptest::collection::vec(character, 0..24).prop_map(String::from_iter)
}

/// JSON of any shape, as a hostile client would send it.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Exact in few digits: the last of seventeen may change on the way through text.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        hostile_text().prop_map(Value::from),
        "[\\[{\"0-9a-z:,\\]}]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-z_]{1,8}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Arguments that fit, with every string hostile; those in the path now and then plain, so that
/// enough of the requests are made.
pub fn arguments(operation: &'static Operation) -> BoxedStrategy<Map<String, Value>> {
    object(operation.fields, &move |field| {
        if operation.destination(field) == Destination::Path {
            prop_oneof![3 => "[a-z0-9_/ü%:]{1,12}", 1 => hostile_text()].boxed()
        } else {
            hostile_text().boxed()
        }
    })
}

fn object(
    fields: &'static [Field],
    text: &dyn Fn(&Field) -> BoxedStrategy<String>,
) -> BoxedStrategy<Map<String, Value>> {
    fields.iter().fold(Just(Map::new()).boxed(), |object, field| {
        let value = value(field, &field.schema, text).prop_map(Some);
        let given = match field.presence {
            Presence::Required => value.boxed(),
            Presence::Optional => prop_oneof![Just(None), value].boxed(),
            Presence::Clearable => prop_oneof![Just(None), Just(Some(Value::Null)), value].boxed(),
        };
        (object, given)
            .prop_map(|(mut object, given)| {
                object.extend(given.map(|value| (field.name.to_owned(), value)));
                object
            })
            .boxed()
    })
}

/// Times that are sent as they are.
const TIMES: &[&str] = &["2026-01-01T00:00:00Z", "2026-01-01T12:34:56.789Z", "2026-02-28"];

fn value(
    field: &'static Field,
    schema: &'static Schema,
    text: &dyn Fn(&Field) -> BoxedStrategy<String>,
) -> BoxedStrategy<Value> {
    match schema {
        Schema::String if field.time => select(TIMES).prop_map(Value::from).boxed(),
        Schema::String if field.event_types => select(EVENT_TYPES).prop_map(Value::from).boxed(),
        Schema::String => text(field)
            .prop_filter("no name for an ID", |text| wrong_kind(field.name, field, text).is_none())
            .prop_map(Value::from)
            .boxed(),
        Schema::Integer => {
            let (low, high) = field.range.unwrap_or((i64::MIN, i64::MAX));
            (low..=high).prop_map(Value::from).boxed()
        }
        Schema::Number => any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)).boxed(),
        Schema::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Schema::Scalar => prop_oneof![
            text(field).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from)
        ]
        .boxed(),
        Schema::Choice(words) => select(*words).prop_map(Value::from).boxed(),
        Schema::List(item) => {
            let fewest = usize::from(field.nonempty);
            // A blank is no item of a list that needs one.
            let is_blank = |item: &Value| item.as_str().is_some_and(|text| text.trim().is_empty());
            proptest::collection::vec(value(field, item, text), fewest..3)
                .prop_filter("one item at least", move |items| fewest == 0 || !items.iter().all(is_blank))
                .prop_map(Value::from)
                .boxed()
        }
        Schema::Map(item) => proptest::collection::vec((hostile_text(), value(field, item, text)), 0..3)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()))
            .boxed(),
        Schema::Nullable(inner) => prop_oneof![Just(Value::Null), value(field, inner, text)].boxed(),
        Schema::Object(fields, _) => object(fields, text).prop_map(Value::Object).boxed(),
        Schema::AnyObject | Schema::Payload => proptest::collection::vec(("[a-z]{1,6}", any_json()), 0..3)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()))
            .boxed(),
        Schema::Any | Schema::Empty => any_json().boxed(),
    }
}

/// An answer with a string, a list or an object in each place, and the same with `mask` in
/// place of every credential.
pub fn answer(schema: &Schema, credential: &str, mask: &str) -> (Value, Value) {
    match schema.present() {
        Schema::Object(fields, _) => {
            let (mut plain, mut masked) = (Map::new(), Map::new());
            for field in *fields {
                let (value, stands_in) = if field.secret {
                    (hold(&field.schema, credential), Value::from(mask))
                } else {
                    answer(&field.schema, credential, mask)
                };
                plain.insert(field.api_name.to_owned(), value);
                masked.insert(field.api_name.to_owned(), stands_in);
            }
            (Value::Object(plain), Value::Object(masked))
        }
        Schema::List(item) => {
            let (plain, masked) = answer(item, credential, mask);
            (Value::from(vec![plain.clone(), plain]), Value::from(vec![masked.clone(), masked]))
        }
        Schema::Map(item) => {
            let (plain, masked) = answer(item, credential, mask);
            let entry = |value| Value::Object(Map::from_iter([("of_their_own".to_owned(), value)]));
            (entry(plain), entry(masked))
        }
        Schema::Choice(words) => (Value::from(words[0]), Value::from(words[0])),
        Schema::Integer | Schema::Number => (Value::from(7), Value::from(7)),
        Schema::Boolean => (Value::Bool(true), Value::Bool(true)),
        _ => (Value::from("shown"), Value::from("shown")),
    }
}

/// A value of this shape, made of the credential.
fn hold(schema: &Schema, credential: &str) -> Value {
    match schema.present() {
        Schema::List(item) => Value::from(vec![hold(item, credential)]),
        Schema::Map(item) => {
            Value::Object(Map::from_iter([("of_their_own".to_owned(), hold(item, credential))]))
        }
        Schema::Object(fields, _) => Value::Object(
            fields.iter().map(|field| (field.api_name.to_owned(), hold(&field.schema, credential))).collect(),
        ),
        _ => Value::from(credential),
    }
}
