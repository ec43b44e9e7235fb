//! Arguments made to fit the schema of their operation.
//!
//! Models and clients send numbers as strings, lone values for lists, objects as JSON
//! text and `null` for what they leave out. All of that is mended here, once. What
//! cannot be mended is reported together, with its path, so that one more call suffices.

use serde_json::Value;

use super::secrets::any as holds_secrets;
use super::shaping;
use crate::client::{Arguments, Problem, excerpt};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// Makes arguments fit, or says everything that does not.
pub fn fit(operation: &Operation, arguments: &mut Arguments) -> Vec<Problem> {
    let mut problems = Vec::new();
    let fields = operation.fields.iter().chain(shaping::arguments(operation));
    fit_object(fields, arguments, "", &mut problems);
    problems
}

/// The same for arguments that are not those of an operation.
pub fn fit_fields(fields: &[Field], arguments: &mut Arguments) -> Vec<Problem> {
    let mut problems = Vec::new();
    fit_object(fields.iter(), arguments, "", &mut problems);
    problems
}

fn fit_object<'a>(
    fields: impl Iterator<Item = &'a Field> + Clone,
    object: &mut Arguments,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let strangers: Vec<Problem> = object
        .keys()
        .filter(|name| !fields.clone().any(|field| field.name == *name))
        .map(|name| unknown(fields.clone(), name, path))
        .collect();
    for field in fields {
        let Some(value) = object.get_mut(field.name) else {
            if field.presence == Presence::Required {
                problems.push(missing(field, path));
            }
            continue;
        };
        if value.is_null() {
            match field.presence {
                Presence::Required => problems.push(missing(field, path)),
                // Strict clients send null for every argument that they do not use.
                Presence::Optional => {
                    object.shift_remove(field.name);
                }
                Presence::Clearable => {}
            }
            continue;
        }
        fit_value(field, &field.schema, value, &join(path, field.name), problems);
    }
    problems.extend(strangers);
}

fn fit_value(field: &Field, schema: &Schema, value: &mut Value, path: &str, problems: &mut Vec<Problem>) {
    if let Schema::Nullable(inner) = schema {
        if !value.is_null() {
            fit_value(field, inner, value, path, problems);
        }
        return;
    }
    coerce(schema, value);
    let fits = match (schema, &mut *value) {
        (Schema::List(item), Value::Array(items)) => {
            for (index, entry) in items.iter_mut().enumerate() {
                fit_value(field, item, entry, &format!("{path}[{index}]"), problems);
            }
            true
        }
        (Schema::Map(item), Value::Object(entries)) => {
            for (key, entry) in entries.iter_mut() {
                fit_value(field, item, entry, &join(path, key), problems);
            }
            true
        }
        (Schema::Object(fields), Value::Object(object)) => {
            fit_object(fields.iter(), object, path, problems);
            true
        }
        (Schema::Integer, Value::Number(number)) => match (number.as_i64(), field.range) {
            (Some(number), Some((low, high))) if number < low || number > high => {
                problems.push(Problem(format!("`{path}` should be from {low} to {high}; it is {number}")));
                true
            }
            (Some(_), _) => true,
            (None, _) => false,
        },
        (Schema::Choice(words), Value::String(word)) => words.contains(&word.as_str()),
        (Schema::String, Value::String(_))
        | (Schema::Number, Value::Number(_))
        | (Schema::Boolean, Value::Bool(_))
        | (Schema::Scalar, Value::String(_) | Value::Number(_) | Value::Bool(_))
        | (Schema::AnyObject | Schema::Payload, Value::Object(_))
        | (Schema::Any | Schema::Empty, _) => true,
        _ => false,
    };
    if !fits {
        let shown = if field.secret || holds_secrets(schema) {
            String::new()
        } else {
            format!("; it is {}", shortened(value))
        };
        problems.push(Problem(format!("`{path}` should be {}{shown}", expected(schema))));
    }
}

/// What can only have been meant one way.
fn coerce(schema: &Schema, value: &mut Value) {
    if let (Schema::List(_), false) = (schema, value.is_array()) {
        let parsed = value.as_str().filter(|text| text.trim_start().starts_with('[')).and_then(json);
        *value = match parsed {
            Some(list @ Value::Array(_)) => list,
            _ => Value::Array(vec![value.take()]),
        };
        return;
    }
    let coerced = match (schema, &*value) {
        (Schema::Integer, Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
        (Schema::Integer, Value::Number(number)) if !number.is_i64() => {
            whole(number.as_f64()).map(Value::from)
        }
        (Schema::Number, Value::String(text)) => json(text.trim()).filter(Value::is_number),
        (Schema::Boolean, Value::String(text)) => {
            text.trim().to_ascii_lowercase().parse().ok().map(Value::Bool)
        }
        (Schema::Object(_) | Schema::Map(_) | Schema::AnyObject | Schema::Payload, Value::String(text)) => {
            json(text).filter(Value::is_object)
        }
        (Schema::Choice(words), Value::String(text)) if !words.contains(&text.as_str()) => {
            let mut alike = words.iter().filter(|word| word.eq_ignore_ascii_case(text.trim()));
            alike.next().filter(|_| alike.next().is_none()).map(|word| Value::from(*word))
        }
        _ => None,
    };
    if let Some(coerced) = coerced {
        *value = coerced;
    }
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// `10.0` as `10`.
fn whole(number: Option<f64>) -> Option<i64> {
    // Beyond 2^53 a float no longer says which whole number was meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = number?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn missing(field: &Field, path: &str) -> Problem {
    let about = field.about.trim_end_matches('.');
    let about = if about.is_empty() { String::new() } else { format!(": {about}") };
    Problem(format!("`{}` is required{about}", join(path, field.name)))
}

fn unknown<'a>(fields: impl Iterator<Item = &'a Field>, name: &str, path: &str) -> Problem {
    let names: Vec<&str> = fields.map(|field| field.name).collect();
    let name_shown: String = name.chars().filter(|character| !character.is_control()).take(60).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known are {}", names.join(", ")),
        None if names.is_empty() => "there are none".to_owned(),
        None => format!("known are {}", names.join(", ")),
    };
    Problem(format!("`{}` is not an argument; {hint}", join(path, &name_shown)))
}

/// The name that was most likely meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.len() / 3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, in bytes.
fn distance(a: &str, b: &str) -> usize {
    // Longer names are nobody's typing error.
    const LONGEST: usize = 80;
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn expected(schema: &Schema) -> String {
    match schema {
        Schema::String => "a string".to_owned(),
        Schema::Integer => "a whole number".to_owned(),
        Schema::Number => "a number".to_owned(),
        Schema::Boolean => "true or false".to_owned(),
        Schema::Nullable(inner) => expected(inner),
        Schema::Scalar => "a string, a number, true or false".to_owned(),
        Schema::Choice(words) => format!("one of {}", words.join(", ")),
        Schema::List(_) => "a list".to_owned(),
        Schema::Map(_) | Schema::Object(_) | Schema::AnyObject | Schema::Payload => "an object".to_owned(),
        Schema::Any | Schema::Empty => "left out".to_owned(),
    }
}

/// A value as it may stand in an error: short, and on one line.
fn shortened(value: &Value) -> String {
    const LONGEST: usize = 80;
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        _ => excerpt(&value.to_string(), LONGEST).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::organizations::{CreateOrganization, ListOrganizations, UpdateOrganization};
    use crate::operation::Request;

    fn fitted(operation: &Operation, arguments: Value) -> Result<Value, String> {
        let Value::Object(mut arguments) = arguments else { return Err("not an object".to_owned()) };
        match fit(operation, &mut arguments)[..] {
            [] => Ok(Value::Object(arguments)),
            ref problems => Err(Problem::list(problems)),
        }
    }

    #[test]
    fn what_was_meant_is_taken() {
        let list = |arguments| fitted(&ListOrganizations::OPERATION, arguments);
        assert_eq!(list(json!({"limit": "10"})), Ok(json!({"limit": 10})));
        assert_eq!(list(json!({"limit": 10.0})), Ok(json!({"limit": 10})));
        assert_eq!(list(json!({"domains": "a.com"})), Ok(json!({"domains": ["a.com"]})));
        assert_eq!(list(json!({"domains": "[\"a.com\"]"})), Ok(json!({"domains": ["a.com"]})));
        assert_eq!(list(json!({"order": "DESC"})), Ok(json!({"order": "desc"})));
        assert_eq!(list(json!({"after": null})), Ok(json!({})));
        let create = |arguments| fitted(&CreateOrganization::OPERATION, arguments);
        assert_eq!(
            create(
                json!({"name": "A", "domain_data": "{\"domain\":\"a.com\",\"state\":\"pending\"}", "metadata": "{\"a\":\"b\"}"})
            ),
            Ok(
                json!({"name": "A", "domain_data": [{"domain": "a.com", "state": "pending"}], "metadata": {"a": "b"}})
            )
        );
    }

    #[test]
    fn null_clears_only_what_may_be_cleared() {
        let update =
            fitted(&UpdateOrganization::OPERATION, json!({"id": "org_1", "name": null, "external_id": null}));
        assert_eq!(update, Ok(json!({"id": "org_1", "external_id": null})));
    }

    #[test]
    fn all_faults_come_together() {
        let text = fitted(
            &CreateOrganization::OPERATION,
            json!({"nme": "A", "domain_data": [{"domain": 5, "state": "good"}], "external_id": 7}),
        )
        .expect_err("five faults");
        for part in [
            "5 problems",
            "`name` is required: Name shown to people",
            "`domain_data[0].domain` should be a string; it is 5",
            "`domain_data[0].state` should be one of pending, verified; it is \"good\"",
            "`external_id` should be a string; it is 7",
            "`nme` is not an argument; did you mean `name`?",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let text = fitted(&ListOrganizations::OPERATION, json!({"limit": 101})).expect_err("too many");
        assert!(text.contains("`limit` should be from 1 to 100; it is 101"), "{text}");
    }

    /// JSON of any shape, as a hostile client would send it.
    fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
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

    proptest::proptest! {
        /// What fits once is left alone the second time, and nothing panics on the way.
        #[test]
        fn fitting_is_done_once(
            index in 0_usize..269,
            values in proptest::collection::vec(any_json(), 8),
        ) {
            let operation = crate::api::operations().nth(index % crate::api::operations().count()).expect("one");
            let mut arguments: Arguments =
                operation.fields.iter().zip(values).map(|(field, value)| (field.name.to_owned(), value)).collect();
            if fit(operation, &mut arguments).is_empty() {
                let before = arguments.clone();
                proptest::prop_assert_eq!(fit(operation, &mut arguments), vec![]);
                proptest::prop_assert_eq!(arguments, before);
            }
        }
    }
}
