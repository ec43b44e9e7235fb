//! Arguments made to fit the schema of their operation, once.
//!
//! Models and clients send numbers as strings, lone values for lists, objects as JSON
//! text and `null` for what they leave out. All of that is coerced here; what is to be cleared is
//! named in `clear`, see [`clearing`]. What
//! cannot be is reported together, with its path, so that one more call suffices.
//! What comes out is a [`ValidCall`]; nothing behind it
//! looks at shapes or rules again.

mod former;
mod forms;
mod kinds;
mod names;

use serde_json::Value;

#[cfg(test)]
pub(crate) use self::kinds::wrong_kind;

use super::clearing;
use super::duplicate_names;
use super::event_types;
use super::limits::Limit;
use super::projection::{self, Projection};
use super::question::{self, Question};
use super::redaction::holds_credentials;
use super::sanitize::{sanitize, sanitize_name};
use super::suggestion::same_word;
use super::walk::{Names, Next, Place, Step, Visitor, walk_fields};
use crate::client::{Arguments, CheckedCall, Client, Rejected, Violation, ViolationKind, excerpt};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

/// The most violations that are spelled out: one line can hold a million unknown names.
pub(crate) const MAX_VIOLATIONS: usize = 50;

/// One-time codes have six digits: a smaller number has lost some.
const SIX_DIGITS: u64 = 100_000;

/// A call that may be made: its arguments fit, by their shape and by the rules of the operation.
#[derive(Debug)]
pub struct ValidCall {
    /// The operation and its arguments.
    pub checked: CheckedCall,
    /// What is wanted of its answer.
    pub projection: Projection,
    /// What is asked of a list.
    pub question: Option<Question>,
    /// What its answer says of the arguments: under which other names some were given.
    pub remarks: Vec<String>,
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
        let (mut violations, mut question) = (Vec::new(), None);
        let mut remarks = former::understand(operation, &mut arguments, &mut violations);
        let mut asked = question::split(operation, &mut arguments);
        if !asked.is_empty() {
            violations.extend(coerce_fields(&[question::ARGUMENTS], &mut asked));
            question = Question::new(operation, asked, &mut arguments, &mut violations);
        }
        violations.extend(coerce(operation, &mut arguments));
        if let Some(question) = &mut question {
            question.take_limit(&mut arguments);
        }
        clearing::apply(operation, &mut arguments, &mut violations);
        remarks.extend(event_types::understand(operation, &mut arguments, &mut violations));
        let projection = Projection::take(operation, &mut arguments, &mut violations);
        match client.check(operation, arguments) {
            Ok(checked) if violations.is_empty() => Ok(Self { checked, projection, question, remarks }),
            Ok(checked) => Err(Rejected { arguments: checked.into_arguments(), violations }),
            Err(rejected) => {
                // What is wrong with an argument by itself has been told; what it does to others is
                // known when that is mended.
                let told = |violation: &Violation| {
                    matches!(violation.kind(), ViolationKind::MissingPathArgument { .. })
                        || violation
                            .arguments()
                            .iter()
                            .any(|name| violations.iter().any(|known| known.is_about(name)))
                };
                let untold: Vec<_> =
                    rejected.violations.into_iter().filter(|violation| !told(violation)).collect();
                violations.extend(untold);
                Err(Rejected { arguments: rejected.arguments, violations })
            }
        }
    }
}

/// Makes the arguments of an operation fit their schema; what does not.
pub fn coerce(operation: &'static Operation, arguments: &mut Arguments) -> Vec<Violation> {
    coerce_named(
        operation.name,
        &[operation.fields, clearing::arguments(operation), projection::arguments(operation)],
        arguments,
    )
}

/// The same for arguments of any fields.
pub fn coerce_fields(fields: &[&'static [Field]], arguments: &mut Arguments) -> Vec<Violation> {
    coerce_named("", fields, arguments)
}

fn coerce_named(
    operation: &'static str,
    fields: &[&'static [Field]],
    arguments: &mut Arguments,
) -> Vec<Violation> {
    for field in fields.iter().copied().flatten() {
        leave_out_null(field, arguments);
    }
    let mut coercion = Coercion { operation, ..Coercion::default() };
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
    /// What the arguments are for; empty where that is no operation.
    operation: &'static str,
    /// The path to this place, `domain_data[0].state`.
    path: String,
    /// How long the path was before each step of it, and the field that each step is in.
    steps: Vec<(usize, Option<&'static Field>)>,
    violations: Vec<Violation>,
    /// How many others there are.
    more: usize,
    /// Which fields of the objects around this place were given under another name, by how many
    /// steps these are away from the root: that they are missing need not be told as well.
    meant: Vec<(usize, &'static str)>,
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
        self.coerce(place.step, schema, value);
        match (schema, &mut *value) {
            (Schema::List(_), Value::Array(items)) => {
                let is_nothing = |item: &Value| item.as_str().is_some_and(|text| text.trim().is_empty());
                if items.iter().all(is_nothing) && matches!(place.step, Step::Field(field) if field.nonempty)
                {
                    self.violation(|path| format!("`{path}` should have one item at least; it is empty"));
                }
                return Next::Into;
            }
            (Schema::Map(_), Value::Object(_)) => return Next::Into,
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
        self.meant.retain(|(depth, _)| *depth < self.steps.len());
        if let Some((length, _)) = self.steps.pop() {
            self.path.truncate(length);
        }
    }

    fn absent(&mut self, field: &'static Field) {
        let meant = self.meant.iter().any(|(depth, name)| *depth == self.steps.len() && *name == field.name);
        if field.presence == Presence::Required && !meant {
            let about = field.description.trim_end_matches('.');
            let about = if about.is_empty() { String::new() } else { format!(": {about}") };
            let root = self.root().unwrap_or(field.name);
            self.violation_of(Some(root), |path| format!("`{}` is required{about}", join(path, field.name)));
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

    /// What can only have been meant one way: by its shape, or by what the field says of its form.
    fn coerce(&mut self, step: Step<'_>, schema: &Schema, value: &mut Value) {
        coerce_value(schema, value);
        let (Schema::String, Some(field)) = (schema, self.field()) else { return };
        let described = !matches!(step, Step::Key(_));
        if let Value::Number(number) = value
            && described
            && field.digits
            && number.as_u64().is_some_and(|number| !field.secret || number >= SIX_DIGITS)
        {
            *value = Value::from(number.to_string());
        }
        if let Value::String(text) = value
            && described
            && field.time
            && let Some(sent) = forms::time(text)
            && sent != *text
        {
            *value = Value::from(sent.into_owned());
        }
    }

    /// The field that this place is in.
    fn field(&self) -> Option<&'static Field> {
        self.steps.last().and_then(|(_, field)| *field)
    }

    /// Whether a value that is no container fits.
    fn check(&mut self, schema: &Schema, value: &Value) {
        let field = self.field();
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
            (Schema::String, Value::String(text)) => match field {
                Some(field) if field.time => forms::time(text).is_some(),
                Some(field) if !field.secret => {
                    if let Some(fault) = kinds::wrong_kind(&self.path, field, text) {
                        self.violation(|_| fault);
                    }
                    true
                }
                _ => true,
            },
            (Schema::Number, Value::Number(_))
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
                let expected = match schema {
                    Schema::String if value.is_u64() && field.is_some_and(|field| field.digits) => {
                        "text: as a number it loses its leading zeros".to_owned()
                    }
                    Schema::String if field.is_some_and(|field| field.time) => forms::expected_time(),
                    Schema::Choice(words) => forms::expected_word(words, value.as_str()),
                    Schema::String => forms::expected_text(field),
                    schema => expected(schema),
                };
                format!("`{path}` should be {expected}{shown}")
            });
        }
    }

    /// Reports the names that are none of these fields.
    fn unknown(&mut self, fields: &[&'static [Field]], object: &Arguments) {
        let known = || fields.iter().copied().flatten();
        let mut listed = false;
        for name in object.keys().filter(|name| !known().any(|known| known.name == *name)) {
            let free = || known().filter(|field| object.get(field.name).is_none_or(Value::is_null));
            let object_of = if self.steps.is_empty() { self.operation } else { "" };
            // One line can hold a million unknown names; what is meant is asked of those that are told.
            let is_told = self.violations.len() < MAX_VIOLATIONS;
            let meant = if is_told { names::meant(name, object_of, free()) } else { None };
            let limit = if is_told && meant.is_none() { Limit::named(name) } else { None };
            let root = self.root().or(meant.map(|field| field.name));
            self.violation_of(root, |path| {
                let names: Vec<&str> = known().map(|field| field.name).collect();
                // The list once is enough, however many names are wrong.
                let hint = match meant {
                    Some(field) if listed => format!("; `{}` may be meant", field.name),
                    Some(field) => format!("; did you mean `{}`? Known are {}", field.name, names.join(", ")),
                    None if let Some(limit) = limit => format!(": {}", limit.told().trim_end_matches('.')),
                    None if names.is_empty() => "; there are none".to_owned(),
                    None if listed => " either".to_owned(),
                    None => format!("; known are {}", names.join(", ")),
                };
                format!("`{}` is not an argument{hint}", join(path, &sanitize_name(name)))
            });
            listed = true;
            self.meant.extend(meant.map(|field| (self.steps.len(), field.name)));
        }
    }

    /// The argument that this place is in.
    fn root(&self) -> Option<&'static str> {
        self.steps.first().and_then(|(_, field)| Some((*field)?.name))
    }

    fn violation(&mut self, text: impl FnOnce(&str) -> String) {
        self.violation_of(self.root(), text);
    }

    fn violation_of(&mut self, argument: Option<&'static str>, text: impl FnOnce(&str) -> String) {
        if self.violations.len() < MAX_VIOLATIONS {
            let text = text(&self.path);
            self.violations.push(match argument {
                Some(argument) => Violation::of_argument(argument, text),
                None => Violation::new(text),
            });
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
        *value = match text {
            Some(text) => match json(text) {
                Some(list @ Value::Array(_)) => list,
                // As an item it would be sent as it is: a list that breaks off, or holds a name twice.
                _ => return,
            },
            None if value.as_str().is_some_and(|text| text.trim().is_empty()) => return,
            None => Value::Array(vec![value.take()]),
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
            same_word(words, text).map(Value::from)
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
mod tests;
