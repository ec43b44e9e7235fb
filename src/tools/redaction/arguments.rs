//! Credentials among the arguments of a call: found, so that nothing repeats them, and redacted where
//! arguments are written down.

use serde_json::Value;

use super::credentials::holds_credentials;
use super::names::names_credential;
use crate::client::{Arguments, excerpt};
use crate::operation::Operation;
use crate::schema::{Field, REDACTED, Schema};
use crate::tools::walk::{Names, Next, Place, Step, Visitor, walk_fields};

/// The longest text of an argument in the audit log and in questions, in characters.
const MAX_LOGGED_TEXT: usize = 200;

/// The credentials among the arguments of a call, the longest first: one may be the beginning
/// of another.
pub fn credentials_in(operation: &Operation, arguments: &Arguments) -> Vec<String> {
    let mut marked = MarkedText { depth: 0, found: Vec::new() };
    walk_fields(Names::Arguments, &[operation.fields], &mut arguments.clone(), &mut marked);
    let mut found = marked.found;
    // Shorter ones would redact half of a sentence, and are no secret worth the name.
    found.retain(|text| text.len() >= 4);
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found
}

/// Collects text in and below marked fields.
struct MarkedText {
    /// How many marked fields this place is in; with every other step inside of one.
    depth: usize,
    found: Vec<String>,
}

impl Visitor for MarkedText {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let marked = self.depth > 0 || matches!(place.step, Step::Field(field) if field.secret);
        match &mut *value {
            Value::String(text) if marked => self.found.push(std::mem::take(text)),
            Value::Number(number) if marked => self.found.push(number.to_string()),
            _ => {}
        }
        if !(value.is_object() || value.is_array()) {
            return Next::Over;
        }
        self.depth += usize::from(marked);
        Next::Into
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// Arguments as they may be written down: credentials redacted, long text shortened.
pub fn for_the_record(fields: &'static [Field], arguments: &Arguments) -> Arguments {
    recorded(fields, arguments, true)
}

/// Arguments with credentials redacted, for whoever shortens them in their own way.
pub fn shown_arguments(fields: &'static [Field], arguments: &Arguments) -> Arguments {
    recorded(fields, arguments, false)
}

fn recorded(fields: &'static [Field], arguments: &Arguments, shortens: bool) -> Arguments {
    let mut shown = arguments.clone();
    let mut record = Record { root_is_known: !fields.is_empty(), shortens };
    walk_fields(Names::Arguments, &[fields], &mut shown, &mut record);
    shown
}

struct Record {
    shortens: bool,
    /// Whether anything describes the arguments themselves.
    root_is_known: bool,
}

impl Visitor for Record {
    fn enter(&mut self, place: Place<'_>, value: &mut Value) -> Next {
        let redacted = match place.step {
            Step::Field(field) => {
                // Text where an object with credentials belongs may be that object, misspelt.
                field.secret || (holds_credentials(&field.schema) && !value.is_object() && !value.is_array())
            }
            // A name that nothing has may be a credential's, mistyped.
            Step::Key(name) => {
                let described = match place.around {
                    Schema::Object([], _) => self.root_is_known,
                    Schema::Object(..) => true,
                    _ => false,
                };
                described || names_credential(name)
            }
            Step::Item(_) => false,
        };
        if redacted {
            *value = REDACTED.into();
        } else if let (true, Value::String(text)) = (self.shortens, &mut *value) {
            *value = excerpt(text, MAX_LOGGED_TEXT).into();
        }
        Next::Into
    }
}
