//! Arguments made to fit the schema of their operation, once.
//!
//! Models and clients send numbers as strings, lone values for lists, objects as JSON
//! text and `null` for what they leave out. All of that is coerced here; what is to be cleared is
//! named in `clear`, see [`clearing`]. What
//! cannot be is reported together, with its path, so that one more call suffices.
//! What comes out is a [`ValidCall`]; nothing behind it
//! looks at shapes or rules again.

use serde_json::Value;

use super::clearing;
use super::duplicate_names;
use super::projection::{self, Projection};
use super::redaction::holds_credentials;
use super::sanitize::{sanitize, sanitize_name};
use super::suggestion::nearest;
use super::walk::{Names, Next, Place, Step, Visitor, walk_fields};
use crate::client::{Arguments, CheckedCall, Client, Rejected, Violation, ViolationKind, excerpt};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// The most violations that are spelled out: one line can hold a million unknown names.
pub(crate) const MAX_VIOLATIONS: usize = 50;

/// A call that may be made: its arguments fit, by their shape and by the rules of the operation.
#[derive(Debug)]
pub struct ValidCall {
    /// The operation and its arguments.
    pub checked: CheckedCall,
    /// What is wanted of its answer.
    pub projection: Projection,
}

impl ValidCall {
    /// Makes arguments fit, or says everything that does not.
    ///
    /// # Errors
    ///
    /// The arguments, as far as they were made to fit, and what is wrong with them.
    pub fn new(
        client: &Client,
        operation: &'static Operation,
        mut arguments: Arguments,
    ) -> Result<Self, Rejected> {
        let mut violations = coerce(operation, &mut arguments);
        clearing::apply(operation, &mut arguments, &mut violations);
        let projection = Projection::take(operation, &mut arguments, &mut violations);
        match client.check(operation, arguments) {
            Ok(checked) if violations.is_empty() => Ok(Self { checked, projection }),
            Ok(checked) => Err(Rejected { arguments: checked.into_arguments(), violations }),
            Err(rejected) => {
                // What is missing has been told, with what it is.
                let told = |violation: &Violation| {
                    matches!(violation.kind(), ViolationKind::MissingPathArgument { .. })
                };
                violations.extend(rejected.violations.into_iter().filter(|violation| !told(violation)));
                Err(Rejected { arguments: rejected.arguments, violations })
            }
        }
    }
}

/// Makes the arguments of an operation fit their schema; what does not.
pub fn coerce(operation: &'static Operation, arguments: &mut Arguments) -> Vec<Violation> {
    coerce_fields(
        &[operation.fields, clearing::arguments(operation), projection::arguments(operation)],
        arguments,
    )
}

/// The same for arguments of any fields.
pub fn coerce_fields(fields: &[&'static [Field]], arguments: &mut Arguments) -> Vec<Violation> {
    for field in fields.iter().copied().flatten() {
        leave_out_null(field, arguments);
    }
    let mut coercion = Coercion::default();
    coercion.unknown(fields, arguments);
    walk_fields(Names::Arguments, fields, arguments, &mut coercion);
    coercion.finish()
}

/// Leaves out an object in which everything is null: a client that fills in null for what a model did
/// not give does so within objects too.
fn leave_out_null(field: &Field, object: &mut Arguments) {
    let (Schema::Object(fields, _), Presence::Optional | Presence::Clearable) =
        (field.schema.present(), field.presence)
    else {
        return;
    };
    if let Some(Value::Object(inner)) = object.get_mut(field.name)
        && !inner.is_empty()
    {
        fields.iter().for_each(|field| leave_out_null(field, inner));
        if inner.values().all(Value::is_null) {
            object.shift_remove(field.name);
        }
    }
}

/// Coerces value after value, and remembers what does not fit.
#[derive(Default)]
struct Coercion {
    /// The path to this place, `domain_data[0].state`.
    path: String,
    /// How long the path was before each step of it, and the field that each step is in.
    steps: Vec<(usize, Option<&'static Field>)>,
    violations: Vec<Violation>,
    /// How many others there are.
    more: usize,
}

impl Visitor for Coercion {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        match place.step {
            Step::Field(field) if value.is_null() => {
                return match field.presence {
                    Presence::Required => {
                        self.absent(field);
                        Next::Over
                    }
                    // Strict clients send null for every argument that they do not use.
                    Presence::Optional | Presence::Clearable => Next::Remove,
                };
            }
            // Told when the object around it was entered.
            Step::Key(_) if matches!(place.around, Schema::Object(..)) => return Next::Over,
            _ => {}
        }
        let schema = match place.schema {
            Schema::Nullable(_) if value.is_null() => return Next::Over,
            schema => schema.present(),
        };
        self.step(place.step);
        coerce_value(schema, value);
        match (schema, &mut *value) {
            (Schema::List(_), Value::Array(_)) | (Schema::Map(_), Value::Object(_)) => return Next::Into,
            (Schema::Object(fields, _), Value::Object(object)) => {
                self.unknown(&[fields], object);
                return Next::Into;
            }
            _ => self.check(schema, value),
        }
        self.leave();
        Next::Over
    }

    fn leave(&mut self) {
        if let Some((length, _)) = self.steps.pop() {
            self.path.truncate(length);
        }
    }

    fn absent(&mut self, field: &'static Field) {
        if field.presence == Presence::Required {
            let about = field.description.trim_end_matches('.');
            let about = if about.is_empty() { String::new() } else { format!(": {about}") };
            self.violation(|path| format!("`{}` is required{about}", join(path, field.name)));
        }
    }
}

impl Coercion {
    fn step(&mut self, step: Step<'_>) {
        let around = self.steps.last().and_then(|(_, field)| *field);
        self.steps.push((self.path.len(), if let Step::Field(field) = step { Some(field) } else { around }));
        let name = match step {
            Step::Item(index) => {
                self.path.extend(["[", &index.to_string(), "]"]);
                return;
            }
            Step::Field(field) => field.name,
            Step::Key(name) => &sanitize_name(name),
        };
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
    }

    /// Whether a value that is no container fits.
    fn check(&mut self, schema: &Schema, value: &Value) {
        let field = self.steps.last().and_then(|(_, field)| *field);
        let fits = match (schema, value) {
            (Schema::Integer, Value::Number(number)) => {
                match (number.as_i64(), field.and_then(|field| field.range)) {
                    (Some(number), Some((low, high))) if number < low || number > high => {
                        self.violation(|path| {
                            format!("`{path}` should be from {low} to {high}; it is {number}")
                        });
                        true
                    }
                    (number, _) => number.is_some(),
                }
            }
            (Schema::Choice(words), Value::String(word)) => words.contains(&word.as_str()),
            (Schema::String, Value::String(_))
            | (Schema::Number, Value::Number(_))
            | (Schema::Boolean, Value::Bool(_))
            | (Schema::Scalar, Value::String(_) | Value::Number(_) | Value::Bool(_))
            | (Schema::AnyObject | Schema::Payload, Value::Object(_))
            | (Schema::Any | Schema::Empty, _) => true,
            _ => false,
        };
        let ambiguous = value.as_str().filter(|_| !fits).and_then(|text| duplicate_names::fault(text, &[]));
        if let Some(fault) = ambiguous {
            self.violation(|path| format!("`{path}` holds JSON in which {fault}"));
        } else if !fits {
            self.violation(|path| {
                let shown = if field.is_some_and(|field| field.secret) || holds_credentials(schema) {
                    String::new()
                } else {
                    format!("; it is {}", shortened(value))
                };
                format!("`{path}` should be {}{shown}", expected(schema))
            });
        }
    }

    /// Reports the names that are none of these fields.
    fn unknown(&mut self, fields: &[&'static [Field]], object: &Arguments) {
        let known = || fields.iter().copied().flatten().map(|field| field.name);
        // What takes something away is not what was meant, unless somebody says so.
        let harmless = || fields.iter().copied().flatten().filter(|field| field.destroys.is_none());
        for name in object.keys().filter(|name| !known().any(|known| known == *name)) {
            self.violation(|path| {
                let names: Vec<&str> = known().collect();
                let hint = match nearest(name, harmless().map(|field| field.name)) {
                    Some(near) => format!("did you mean `{near}`? Known are {}", names.join(", ")),
                    None if names.is_empty() => "there are none".to_owned(),
                    None => format!("known are {}", names.join(", ")),
                };
                format!("`{}` is not an argument; {hint}", join(path, &sanitize_name(name)))
            });
        }
    }

    fn violation(&mut self, text: impl FnOnce(&str) -> String) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation::new(text(&self.path)));
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<Violation> {
        if self.more > 0 {
            self.violations.push(Violation::new(format!("there are {} further problems", self.more)));
        }
        self.violations
    }
}

/// What can only have been meant one way.
fn coerce_value(schema: &Schema, value: &mut Value) {
    if let (Schema::List(_), false) = (schema, value.is_array()) {
        let text = value.as_str().filter(|text| text.trim_start().starts_with('['));
        if text.is_some_and(|text| duplicate_names::fault(text, &[]).is_some()) {
            // As an item it would be sent as it is.
            return;
        }
        let parsed = text.and_then(json);
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
        (Schema::Object(..) | Schema::Map(_) | Schema::AnyObject | Schema::Payload, Value::String(text)) => {
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
    serde_json::from_str(text).ok().filter(|_| duplicate_names::fault(text, &[]).is_none())
}

/// `10.0` as `10`.
fn whole(number: Option<f64>) -> Option<i64> {
    // From 2^53 on a float no longer says which whole number was meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = number?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
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
        Schema::Map(_) | Schema::Object(..) | Schema::AnyObject | Schema::Payload => "an object".to_owned(),
        Schema::Any | Schema::Empty => "left out".to_owned(),
    }
}

/// A value as it may stand in an error: short, and on one line.
fn shortened(value: &Value) -> String {
    const MAX_SHOWN: usize = 80;
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        _ => excerpt(&sanitize(&value.to_string()), MAX_SHOWN).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::api::organizations::{CreateOrganization, ListOrganizations, UpdateOrganization};
    use crate::api::sso::UpdateConnection;
    use crate::operation::Request;
    use crate::testing::generate;

    fn coerced(operation: &'static Operation, arguments: Value) -> Result<Value, String> {
        let Value::Object(mut arguments) = arguments else { return Err("not an object".to_owned()) };
        match coerce(operation, &mut arguments)[..] {
            [] => Ok(Value::Object(arguments)),
            ref violations => Err(Violation::list(violations)),
        }
    }

    #[test]
    fn what_was_meant_is_taken() {
        let list = |arguments| coerced(&ListOrganizations::OPERATION, arguments);
        assert_eq!(list(json!({"limit": "10"})), Ok(json!({"limit": 10})));
        assert_eq!(list(json!({"limit": 10.0})), Ok(json!({"limit": 10})));
        assert_eq!(list(json!({"domains": "a.com"})), Ok(json!({"domains": ["a.com"]})));
        assert_eq!(list(json!({"domains": "[\"a.com\"]"})), Ok(json!({"domains": ["a.com"]})));
        assert_eq!(list(json!({"order": "DESC"})), Ok(json!({"order": "desc"})));
        assert_eq!(list(json!({"after": null})), Ok(json!({})));
        let create = |arguments| coerced(&CreateOrganization::OPERATION, arguments);
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
    fn json_in_text_must_have_every_name_once() {
        let create = |arguments| coerced(&CreateOrganization::OPERATION, arguments).expect_err("a duplicate");
        let text = create(json!({"name": "A", "metadata": "{\"a\":\"b\",\"a\":\"c\"}"}));
        assert_eq!(text, "`metadata` holds JSON in which `a` is given twice.");
        let text =
            create(json!({"name": "A", "domain_data": "[{\"domain\":\"a.com\",\"domain\":\"b.com\"}]"}));
        assert_eq!(text, "`domain_data` holds JSON in which `[0].domain` is given twice.");
        let text =
            create(json!({"name": "A", "domain_data": ["{\"domain\":\"a.com\",\"domain\":\"b.com\"}"]}));
        assert_eq!(text, "`domain_data[0]` holds JSON in which `domain` is given twice.");
    }

    #[test]
    fn null_means_left_out() {
        let update = coerced(
            &UpdateOrganization::OPERATION,
            json!({"id": "org_1", "name": null, "external_id": null, "metadata": null, "clear": null}),
        );
        assert_eq!(update, Ok(json!({"id": "org_1"})));
        let arguments = json!({"id": "conn_1", "saml_options": {"idp_metadata_url": null, "acs_url": null},
            "attribute_maps": {"standard_attributes": {"name": null}, "custom_attributes": null}});
        assert_eq!(coerced(&UpdateConnection::OPERATION, arguments), Ok(json!({"id": "conn_1"})));
        // A key that somebody chose is no argument that a client fills in.
        let update = json!({"id": "org_1", "metadata": {"tier": null}});
        assert_eq!(coerced(&UpdateOrganization::OPERATION, update.clone()), Ok(update));
    }

    #[test]
    fn all_faults_come_together() {
        let text = coerced(
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
        let text = coerced(&ListOrganizations::OPERATION, json!({"limit": 101})).expect_err("too many");
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
            (Schema::Object(fields, _), Value::Object(object)) => {
                Value::from(Value::Object(disguised(fields, object)).to_string())
            }
            (Schema::Map(_) | Schema::AnyObject | Schema::Payload, Value::Object(_)) => {
                Value::from(value.to_string())
            }
            _ => value.clone(),
        }
    }

    /// Arguments without those that are null, at any depth.
    fn without_null(fields: &[Field], object: Arguments) -> Arguments {
        let kept = |(name, value): (String, Value)| {
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                return Some((name, value));
            };
            let value = match (value, &field.schema) {
                (Value::Null, _) => return None,
                (Value::Object(object), Schema::Object(fields, _)) => without_null(fields, object).into(),
                (Value::Array(items), Schema::List(Schema::Object(fields, _))) => items
                    .into_iter()
                    .map(|item| match item {
                        Value::Object(object) => without_null(fields, object).into(),
                        other => other,
                    })
                    .collect(),
                (value, _) => value,
            };
            Some((name, value))
        };
        object.into_iter().filter_map(kept).collect()
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
            crate::testing::arguments(format!("{} {}", operation.name, Value::Object(arguments)).as_bytes());
        }

        /// Arguments that fit already are not touched, but that what is null is left out.
        #[test]
        fn what_fits_is_left_alone((operation, arguments) in arguments_of_any()) {
            let mut coerced = arguments.clone();
            prop_assert_eq!(coerce(operation, &mut coerced), vec![]);
            prop_assert_eq!(coerced, without_null(operation.fields, arguments));
        }

        /// However a client disguises arguments, what was meant comes out.
        #[test]
        fn what_was_meant_comes_out((operation, arguments) in arguments_of_any()) {
            let mut worn = disguised(operation.fields, &arguments);
            prop_assert_eq!(coerce(operation, &mut worn), vec![]);
            prop_assert_eq!(worn, without_null(operation.fields, arguments));
        }

        /// One argument too few, too many or of the wrong kind is named, whatever the others are.
        #[test]
        fn what_does_not_fit_is_named(
            (operation, arguments) in arguments_of_any(),
            at in any::<proptest::sample::Index>(),
        ) {
            let mut unknown = arguments.clone();
            unknown.insert("no_such_argument".to_owned(), Value::from(1));
            let violations = coerce(operation, &mut unknown);
            prop_assert_eq!(violations.len(), 1);
            prop_assert!(violations[0].to_string().starts_with("`no_such_argument` is not an argument"));
            let required: Vec<_> =
                operation.fields.iter().filter(|field| field.presence == Presence::Required).collect();
            if !required.is_empty() {
                let mut arguments = arguments;
                let missing = at.get(&required).name;
                arguments.shift_remove(missing);
                let violations = coerce(operation, &mut arguments);
                prop_assert_eq!(violations.len(), 1);
                let named = format!("`{missing}` is required");
                prop_assert!(violations[0].to_string().starts_with(&named));
            }
        }
    }
}
