//! Makes answers fit the output schema that was published for them, where `--output-schemas` publishes it.
//!
//! What WorkOS sends in another type than it documents is taken out of the data, and still
//! stands in the text of the answer.

use serde_json::Value;

use super::json_schema::published;
use super::walk::{Names, Next, Place, Step, Visitor, walk};
use crate::operation::Operation;
use crate::schema::Schema;

/// Takes out of an answer what does not have the type that its schema tells.
pub fn conform(operation: &'static Operation, answer: &mut Value) {
    match (&operation.answer, &mut *answer) {
        (list @ Schema::List(_), Value::Object(fields)) => {
            let Some(data) = fields.get_mut("data") else { return };
            if has_type(list, data) {
                walk(Names::Answers, list, data, &mut Conforming);
            } else {
                fields.shift_remove("data");
            }
        }
        (schema, Value::Object(_)) => walk(Names::Answers, schema, answer, &mut Conforming),
        _ => {}
    }
}

struct Conforming;

impl Visitor for Conforming {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let schema = match place.step {
            Step::Field(field) => match published(field) {
                Some(schema) => schema,
                None => return Next::Over,
            },
            Step::Item(_) => place.schema,
            // Nothing is published of it.
            Step::Key(_) => return Next::Over,
        };
        if !has_type(schema, value) {
            return Next::Remove;
        }
        match schema {
            Schema::Object(..) | Schema::List(_) => Next::Into,
            _ => Next::Over,
        }
    }
}

/// Whether a value has the type that is published for this shape.
fn has_type(schema: &Schema, value: &Value) -> bool {
    match schema {
        Schema::String | Schema::Choice(_) => value.is_string(),
        Schema::Integer | Schema::Number => value.is_number(),
        Schema::Boolean => value.is_boolean(),
        Schema::List(item) => value.is_array() || !is_published(item),
        Schema::Object(..) | Schema::Map(_) | Schema::AnyObject | Schema::Payload => value.is_object(),
        Schema::Nullable(_) | Schema::Scalar | Schema::Any | Schema::Empty => true,
    }
}

/// Whether a schema can be published for this shape: not without combinators for all.
fn is_published(schema: &Schema) -> bool {
    match schema {
        Schema::List(item) => is_published(item),
        Schema::Nullable(_) | Schema::Scalar | Schema::Any | Schema::Empty => false,
        _ => true,
    }
}
