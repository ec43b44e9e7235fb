//! Arguments made to fit the schema of their operation.
//!
//! Models and clients send numbers as strings, lone values for lists, objects as JSON
//! text and `null` for what they leave out. All of that is mended here, once. What
//! cannot be mended is reported together, with its path, so that one more call suffices.

use serde_json::Value;

use super::harmless::harmless;
use super::secrets::any as holds_secrets;
use super::shaping;
use crate::client::{Arguments, Problem, excerpt};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// Most problems that are spelled out: one line can hold a million unknown names.
pub(crate) const MOST_PROBLEMS: usize = 50;

/// Makes arguments fit, or says everything that does not.
pub fn fit(operation: &Operation, arguments: &mut Arguments) -> Vec<Problem> {
    let fields = operation.fields.iter().chain(shaping::arguments(operation));
    Problems::gather(|problems| fit_object(fields, arguments, "", problems))
}

/// The same for arguments that are not those of an operation.
pub fn fit_fields(fields: &[Field], arguments: &mut Arguments) -> Vec<Problem> {
    Problems::gather(|problems| fit_object(fields.iter(), arguments, "", problems))
}

/// The first problems, and how many others there are.
#[derive(Default)]
struct Problems {
    listed: Vec<Problem>,
    more: usize,
}

impl Problems {
    fn gather(find: impl FnOnce(&mut Self)) -> Vec<Problem> {
        let mut problems = Self::default();
        find(&mut problems);
        if problems.more > 0 {
            problems.listed.push(Problem(format!("there are {} further problems", problems.more)));
        }
        problems.listed
    }

    fn push(&mut self, problem: impl FnOnce() -> String) {
        if self.listed.len() < MOST_PROBLEMS {
            self.listed.push(Problem(problem()));
        } else {
            self.more += 1;
        }
    }
}

fn fit_object<'a>(
    fields: impl Iterator<Item = &'a Field> + Clone,
    object: &mut Arguments,
    path: &str,
    problems: &mut Problems,
) {
    for name in object.keys() {
        if !fields.clone().any(|field| field.name == name) {
            problems.push(|| unknown(fields.clone(), name, path));
        }
    }
    for field in fields {
        let Some(value) = object.get_mut(field.name) else {
            if field.presence == Presence::Required {
                problems.push(|| missing(field, path));
            }
            continue;
        };
        if value.is_null() {
            match field.presence {
                Presence::Required => problems.push(|| missing(field, path)),
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
}

fn fit_value(field: &Field, schema: &Schema, value: &mut Value, path: &str, problems: &mut Problems) {
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
                fit_value(field, item, entry, &join(path, &presentable(key)), problems);
            }
            true
        }
        (Schema::Object(fields), Value::Object(object)) => {
            fit_object(fields.iter(), object, path, problems);
            true
        }
        (Schema::Integer, Value::Number(number)) => match (number.as_i64(), field.range) {
            (Some(number), Some((low, high))) if number < low || number > high => {
                problems.push(|| format!("`{path}` should be from {low} to {high}; it is {number}"));
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
        problems.push(|| {
            let shown = if field.secret || holds_secrets(schema) {
                String::new()
            } else {
                format!("; it is {}", shortened(value))
            };
            format!("`{path}` should be {}{shown}", expected(schema))
        });
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

fn missing(field: &Field, path: &str) -> String {
    let about = field.about.trim_end_matches('.');
    let about = if about.is_empty() { String::new() } else { format!(": {about}") };
    format!("`{}` is required{about}", join(path, field.name))
}

fn unknown<'a>(fields: impl Iterator<Item = &'a Field>, name: &str, path: &str) -> String {
    let names: Vec<&str> = fields.map(|field| field.name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known are {}", names.join(", ")),
        None if names.is_empty() => "there are none".to_owned(),
        None => format!("known are {}", names.join(", ")),
    };
    format!("`{}` is not an argument; {hint}", join(path, &presentable(name)))
}

/// A name of the caller's, short and on one line.
fn presentable(name: &str) -> String {
    harmless(name).chars().filter(|character| !character.is_control()).take(60).collect()
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
        _ => excerpt(&harmless(&value.to_string()), LONGEST).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::api::organizations::{CreateOrganization, ListOrganizations, UpdateOrganization};
    use crate::fuzzing::generate;
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

    /// Arguments as clients disguise them: numbers, booleans and objects as text, lists of one
    /// as that one, words in capitals, and `null` for what is left out.
    fn disguised(fields: &[Field], object: &Arguments) -> Arguments {
        let mut worn = Arguments::new();
        for field in fields {
            match object.get(field.name) {
                Some(value) => {
                    worn.insert(field.name.to_owned(), disguise(&field.schema, value));
                }
                None if field.presence == Presence::Optional => {
                    worn.insert(field.name.to_owned(), Value::Null);
                }
                None => {}
            }
        }
        worn
    }

    fn disguise(schema: &Schema, value: &Value) -> Value {
        match (schema, value) {
            (Schema::Nullable(inner), value) => disguise(inner, value),
            (Schema::Integer | Schema::Number, Value::Number(number)) => Value::from(format!(" {number} ")),
            (Schema::Boolean, Value::Bool(flag)) => Value::from(flag.to_string().to_uppercase()),
            (Schema::Choice(_), Value::String(word)) => Value::from(format!(" {} ", word.to_uppercase())),
            (Schema::List(item), Value::Array(items)) => match &items[..] {
                // Text that looks like a list is taken for one.
                [Value::String(_)] => Value::from(value.to_string()),
                [only] if !only.is_array() && !only.is_null() => disguise(item, only),
                _ => Value::from(
                    items.iter().map(|value| disguise(item, value)).collect::<Value>().to_string(),
                ),
            },
            (Schema::Object(fields), Value::Object(object)) => {
                Value::from(Value::Object(disguised(fields, object)).to_string())
            }
            (Schema::Map(_) | Schema::AnyObject | Schema::Payload, Value::Object(_)) => {
                Value::from(value.to_string())
            }
            _ => value.clone(),
        }
    }

    fn arguments_of_any() -> impl Strategy<Value = (&'static Operation, Arguments)> {
        generate::operation().prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
    }

    proptest! {
        /// What fits once is left alone the second time, and nothing panics on the way.
        #[test]
        fn fitting_is_done_once(
            operation in generate::operation(),
            values in proptest::collection::vec(generate::any_json(), 8),
            unknown in generate::hostile_text(),
        ) {
            let named = operation.fields.iter().map(|field| field.name.to_owned());
            let names = named.chain([unknown]);
            let arguments: Arguments = names.zip(values).collect();
            crate::fuzzing::arguments(format!("{} {}", operation.name, Value::Object(arguments)).as_bytes());
        }

        /// Arguments that fit already are not touched.
        #[test]
        fn what_fits_is_left_alone((operation, arguments) in arguments_of_any()) {
            let mut fitted = arguments.clone();
            prop_assert_eq!(fit(operation, &mut fitted), vec![]);
            prop_assert_eq!(fitted, arguments);
        }

        /// However a client disguises arguments, what was meant comes out.
        #[test]
        fn what_was_meant_comes_out((operation, arguments) in arguments_of_any()) {
            let mut worn = disguised(operation.fields, &arguments);
            prop_assert_eq!(fit(operation, &mut worn), vec![]);
            prop_assert_eq!(worn, arguments);
        }

        /// One argument too few, too many or of the wrong kind is named, whatever the others are.
        #[test]
        fn what_does_not_fit_is_named(
            (operation, arguments) in arguments_of_any(),
            at in any::<proptest::sample::Index>(),
        ) {
            let mut unknown = arguments.clone();
            unknown.insert("no_such_argument".to_owned(), Value::from(1));
            let problems = fit(operation, &mut unknown);
            prop_assert_eq!(problems.len(), 1);
            prop_assert!(problems[0].0.starts_with("`no_such_argument` is not an argument"));
            let required: Vec<_> =
                operation.fields.iter().filter(|field| field.presence == Presence::Required).collect();
            if !required.is_empty() {
                let mut arguments = arguments;
                let missing = at.get(&required).name;
                arguments.shift_remove(missing);
                let problems = fit(operation, &mut arguments);
                prop_assert_eq!(problems.len(), 1);
                let named = format!("`{missing}` is required");
                prop_assert!(problems[0].0.starts_with(&named));
            }
        }
    }
}
