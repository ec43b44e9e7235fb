//! What arguments must fulfil before a request is made of them: the rules of the operation,
//! settings that stand in, and values that may not go into a path or a header.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::settings::Defaults;
use super::violation::Violation;
use crate::operation::{Destination, Effect, Operation, Rule};
use crate::schema::{Field, Schema};

/// The arguments of a call, by name.
pub type Arguments = Map<String, Value>;

/// Longest argument in a path, in bytes.
const MAX_SEGMENT: usize = 255;

/// The most broken rules that are spelled out.
const MAX_VIOLATIONS: usize = 50;

/// An operation with arguments that fulfil its rules. Only `Client::check` makes one.
///
/// The shape of each argument is not looked at: WorkOS says best what it does not take.
#[derive(Debug, Clone)]
pub struct CheckedCall {
    operation: &'static Operation,
    arguments: Arguments,
    effect: Effect,
}

/// Arguments that do not fulfil the rules of their operation, and why.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", Violation::list(violations))]
pub struct Rejected {
    /// The arguments that were checked, unchanged.
    pub arguments: Arguments,
    /// What is wrong with them; never empty.
    pub violations: Vec<Violation>,
}

impl CheckedCall {
    /// Checks the arguments of an operation.
    pub(super) fn new(
        operation: &'static Operation,
        arguments: Arguments,
        defaults: &Defaults,
    ) -> Result<Self, Rejected> {
        let violations = violations(operation, &arguments, defaults);
        if violations.is_empty() {
            let effect = operation.effect_of(&arguments);
            let mut call = Self { operation, arguments, effect };
            call.leave_out_replaced();
            Ok(call)
        } else {
            Err(Rejected { arguments, violations })
        }
    }

    /// The operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// What the call does: its arguments can raise the effect of the operation.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Its arguments.
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Gives its arguments back.
    #[cfg(feature = "server")]
    pub(crate) fn into_arguments(self) -> Arguments {
        self.arguments
    }

    /// The cursor that a page of a list is asked for with.
    pub fn after(&self) -> Option<&str> {
        self.arguments.get("after").and_then(Value::as_str)
    }

    /// Asks for the page behind a cursor. Cursors only go into a query, where nothing can lead
    /// a request elsewhere.
    pub(crate) fn set_after(&mut self, cursor: &str) {
        self.arguments.insert("after".to_owned(), cursor.into());
        self.leave_out_replaced();
    }

    /// Leaves out what something else that is given stands in for.
    fn leave_out_replaced(&mut self) {
        for rule in self.operation.rules {
            if let Rule::Replaces(name, others) = rule
                && self.arguments.get(*name).is_some_and(|value| !value.is_null())
            {
                others.iter().for_each(|other| drop(self.arguments.shift_remove(*other)));
            }
        }
    }

    /// Asks for pages of at most so many items.
    #[cfg(any(test, feature = "server"))]
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.arguments.insert("limit".to_owned(), limit.into());
    }
}

fn violations(operation: &Operation, arguments: &Arguments, defaults: &Defaults) -> Vec<Violation> {
    let mut violations = Vec::new();
    for field in operation.fields {
        let value = match arguments.get(field.name) {
            Some(Value::Null) | None => {
                let default = field.default.and_then(|setting| defaults.get(setting));
                if let (Some(setting), None) = (field.default, default) {
                    violations.push(Violation::missing_default(field.name, setting));
                }
                default.map(Cow::Borrowed)
            }
            Some(Value::String(text)) => Some(Cow::Borrowed(text.as_str())),
            Some(other) => Some(Cow::Owned(other.to_string())),
        };
        match (operation.destination(field), value.as_deref()) {
            (Destination::Path, None) if field.default.is_none() => {
                violations.push(Violation::missing_path_argument(field.name));
            }
            (Destination::Path, Some(value)) => {
                let fault = segment_fault(value);
                violations.extend(fault.map(|fault| Violation::path_argument(field.name, fault)));
            }
            (Destination::Header(_) | Destination::Bearer, Some(value))
                if value.chars().any(char::is_control) =>
            {
                violations.push(Violation::header_argument(field.name));
            }
            _ => {}
        }
    }
    violations.extend(
        operation
            .rules
            .iter()
            .filter_map(|rule| Some(Violation::rule(named_in(rule), broken(rule, arguments)?))),
    );
    of_fields(operation.fields, arguments, &mut violations);
    violations
}

/// Whether the objects in these arguments fulfil the rules that they have themselves.
fn of_fields(fields: &[Field], object: &Arguments, violations: &mut Vec<Violation>) {
    for field in fields {
        if let Some(value @ (Value::Object(_) | Value::Array(_))) = object.get(field.name) {
            of_value(field.name, &field.schema, value, field.name, violations);
        }
    }
}

/// The same of a value within the argument `root`.
fn of_value(root: &'static str, schema: &Schema, value: &Value, path: &str, violations: &mut Vec<Violation>) {
    match (schema.present(), value) {
        (Schema::Object(fields, rules), Value::Object(object)) => {
            let broken = rules.iter().filter_map(|rule| broken(rule, object));
            violations
                .extend(broken.map(|fault| Violation::rule(vec![root], format!("in `{path}`, {fault}"))));
            for field in *fields {
                if let Some(value @ (Value::Object(_) | Value::Array(_))) = object.get(field.name) {
                    of_value(root, &field.schema, value, &format!("{path}.{}", field.name), violations);
                }
            }
        }
        (Schema::List(item), Value::Array(items)) => {
            let containers =
                items.iter().zip(0_usize..).filter(|(item, _)| item.is_object() || item.is_array());
            for (inner, at) in containers {
                // One line can hold a million of them.
                if violations.len() >= MAX_VIOLATIONS {
                    break;
                }
                of_value(root, item, inner, &format!("{path}[{at}]"), violations);
            }
        }
        _ => {}
    }
}

/// Why a value must not become a path segment, if it must not.
fn segment_fault(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        return Some("is empty");
    }
    if value.len() > MAX_SEGMENT {
        return Some("is longer than 255 bytes");
    }
    if value.chars().any(char::is_control) {
        return Some("contains control characters");
    }
    // A proxy or router on the way may decode once more than it should.
    let mut text = Cow::Borrowed(value);
    for _ in 0..3 {
        if text.chars().any(char::is_control) {
            return Some("contains encoded control characters");
        }
        if text.split(['/', '\\']).any(|part| part == "." || part == "..") {
            return Some("is or contains `.` or `..` as a path step");
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return None;
        }
        text = Cow::Owned(decoded);
    }
    Some("is percent-encoded several times over")
}

/// The arguments that a rule names.
fn named_in(rule: &Rule) -> Vec<&'static str> {
    match *rule {
        Rule::OneOf(sets) | Rule::AtMostOneOf(sets) | Rule::AnyOf(sets) => {
            sets.iter().copied().flatten().copied().collect()
        }
        Rule::Needs(name, others) | Rule::Replaces(name, others) => {
            [name].into_iter().chain(others.iter().copied()).collect()
        }
        Rule::When { field, needs, .. } => [field].into_iter().chain(needs.iter().copied()).collect(),
        Rule::Sends { .. } => Vec::new(),
    }
}

/// The sentence that says how a rule is broken, if it is.
fn broken(rule: &Rule, arguments: &Arguments) -> Option<String> {
    let given = |name: &&str| arguments.get(*name).is_some_and(|value| !value.is_null());
    let missing = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| !given(name)).collect()
    };
    match *rule {
        Rule::OneOf(sets) | Rule::AtMostOneOf(sets) => {
            let exactly = matches!(rule, Rule::OneOf(_));
            let touched: Vec<&&[&str]> = sets.iter().filter(|set| set.iter().any(given)).collect();
            match touched[..] {
                [] if !exactly => None,
                [only] if only.iter().all(given) => None,
                [] => Some(format!("exactly one is needed of {}; none is given", alternatives(sets))),
                [only] => {
                    let missing = missing(only);
                    let are = if missing.len() == 1 { "is" } else { "are" };
                    Some(format!("{} go together; {} {are} missing", names(only), names(&missing)))
                }
                _ => {
                    let touching: Vec<&str> = touched
                        .iter()
                        .flat_map(|set| set.iter().copied())
                        .filter(|name| given(name))
                        .collect();
                    let count = if exactly { "exactly one is needed" } else { "at most one is allowed" };
                    Some(format!("{count} of {}; given are {}", alternatives(sets), names(&touching)))
                }
            }
        }
        Rule::AnyOf(sets) => {
            // An empty list adds nothing and removes nothing.
            let holds = |name: &&str| {
                given(name) && !matches!(arguments.get(*name), Some(Value::Array(items)) if items.is_empty())
            };
            let met = sets.iter().any(|set| set.iter().all(holds));
            (!met).then(|| format!("at least one is needed of {}", alternatives(sets)))
        }
        Rule::Needs(name, needs) => {
            let missing = missing(needs);
            (given(&name) && !missing.is_empty()).then(|| format!("`{name}` needs {} too", names(&missing)))
        }
        Rule::When { field, value, needs } => {
            let missing = missing(needs);
            let applies = arguments.get(field).and_then(Value::as_str) == Some(value);
            (applies && !missing.is_empty())
                .then(|| format!("`{field}` \"{value}\" needs {} too", names(&missing)))
        }
        Rule::Replaces(..) | Rule::Sends { .. } => None,
    }
}

/// "`a`, or `b` with `c`".
fn alternatives(sets: &[&[&str]]) -> String {
    let set = |set: &&[&str]| match set {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first, others @ ..] => {
            let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
            format!("`{first}` with {}", others.join(" and "))
        }
    };
    sets.iter().map(set).collect::<Vec<_>>().join(", or ")
}

/// "`a`, `b`".
fn names(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_could_retarget_a_request_are_refused() {
        for value in [
            "",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            ".%2e",
            "%252e%252e",
            "a/../b",
            "..\\a",
            "a%2f..%2fb",
            "a\nb",
            "a%00b",
            "a%0d%0ab",
            "\u{7f}",
            &"x".repeat(256),
        ] {
            assert!(segment_fault(value).is_some(), "{value:?}");
        }
        for value in [
            "org_01EXAMPLE",
            "users:read",
            "a/b",
            "50%",
            "a b",
            "日本",
            "...",
            "a..b",
            "?x#y",
            &"x".repeat(255),
        ] {
            assert_eq!(segment_fault(value), None, "{value:?}");
        }
    }
}
