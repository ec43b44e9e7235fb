//! `run_operations`: many calls in one. All of them are checked before the first is sent, confirmed together,
//! and run as each would be alone; what came of them is told by index.
//!
//! | file | what it does |
//! |---|---|
//! | `plan` | checks the calls, and says all that is wrong with any of them |
//! | `reference`, `placeholder` | values that come from earlier answers, and what stands for them before |
//! | `question` | what a user is asked before several things are destroyed |
//! | `order` | which calls may be on their way at the same time |
//! | `attempt` | one of them, sent when WorkOS takes it |
//! | `run`, `report` | all of them, and what came of each in one answer |
//!
//! `workos-mcp batch` uses the same parts for the rows of a file.

mod attempt;
mod order;
mod placeholder;
mod plan;
mod question;
mod reference;
mod report;
mod run;

use serde_json::Value;

pub(crate) use self::attempt::{Attempts, Ended};
pub use self::attempt::{Pace, Stops, concerns_all, is_for_all};
pub use self::order::Lane;
pub use self::plan::{Fault, Plan, ranges, refusal};
pub use self::question::{Destroying, MAX_LISTED, question};
pub use self::report::Report;
pub use self::run::run;
use super::access::Access;
use super::description::{Annotations, ToolDescription, title};
use super::json_schema;
use super::selection::RUN_OPERATIONS;
use super::validation::coerce_fields;
use crate::client::{Arguments, Violation};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};
use crate::tools::projection;

/// The name of the tool.
pub const NAME: &str = RUN_OPERATIONS;

/// The most calls in one.
pub const MAX_CALLS: usize = 100;

/// The argument of operations that keeps only some fields of their answers.
const FIELDS: &str = "fields";

const ABOUT: &str = "Run up to 100 operations in one call: all checked first, then run in order. Results by index. In \
place of a value in arguments, {\"from\": 0, \"field\": \"data[0].id\"} takes it from the answer of call 0.";

const CALL: &[Field] = &[
    Field::new("name", "", Schema::String, Presence::Required),
    Field::new("arguments", "", Schema::AnyObject, Presence::Optional).secret(),
    Field::new("fields", "", Schema::List(&Schema::String), Presence::Optional),
];

const CALLS: Field = Field::new("calls", "", Schema::List(&Schema::Object(CALL, &[])), Presence::Optional);
/// As it is published: that `fields` may stand beside the arguments too is understood, and not worth its bytes.
const PUBLISHED_CALLS: Field =
    Field::new("calls", "", Schema::List(&Schema::Object(CALL.split_at(2).0, &[])), Presence::Optional);

/// What there is beside the calls.
const MANY: &[Field] = &[
    Field::new("name", "Instead of `calls`: one operation,", Schema::String, Presence::Optional),
    Field::new("arguments", "once with each of these.", Schema::List(&Schema::AnyObject), Presence::Optional)
        .secret(),
    Field::new("fields", "Of all answers.", Schema::List(&Schema::String), Presence::Optional),
    Field::new("stop_on_error", "", Schema::Boolean, Presence::Optional),
];

/// The tool as clients see it.
pub fn description(access: Access) -> ToolDescription {
    let writes = access > Access::Read;
    ToolDescription {
        name: NAME,
        title: title(NAME),
        description: ABOUT,
        input_schema: json_schema::input_of([&PUBLISHED_CALLS].into_iter().chain(MANY)),
        output_schema: None,
        annotations: Annotations {
            read_only: !writes,
            destructive: writes,
            idempotent: !writes,
            open_world: writes,
        },
    }
}

/// What a call of the tool asks for.
#[derive(Debug)]
pub struct Wanted {
    /// Names with their arguments.
    pub calls: Vec<(String, Arguments)>,
    /// Nothing is started any more after one has failed.
    pub stop_on_error: bool,
}

impl Wanted {
    /// Takes the calls out of the arguments of the tool.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn take(arguments: &mut Arguments) -> Result<Self, Vec<Violation>> {
        let violations = coerce_fields(&[&[CALLS], MANY], arguments);
        if !violations.is_empty() {
            return Err(violations);
        }
        let wrong = |text: String| vec![Violation::new(text)];
        let common = arguments.shift_remove(FIELDS);
        let stop_on_error = arguments.get("stop_on_error").and_then(Value::as_bool).unwrap_or_default();
        let list = |value: Option<Value>| match value {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        };
        let object = |value: Option<Value>| match value {
            Some(Value::Object(fields)) => fields,
            _ => Arguments::new(),
        };
        let name = arguments.get("name").and_then(Value::as_str).map(|name| name.trim().to_owned());
        let given = (list(arguments.shift_remove("calls")), name, list(arguments.shift_remove("arguments")));
        let mut calls: Vec<(String, Arguments, Option<Value>)> = match given {
            (Some(calls), None, None) => { calls }
                .into_iter()
                .map(|call| {
                    let mut call = object(Some(call));
                    let name = call.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
                    let fields = call.shift_remove(FIELDS);
                    (name, object(call.shift_remove("arguments")), fields)
                })
                .collect(),
            (None, Some(name), Some(lists)) => {
                lists.into_iter().map(|arguments| (name.clone(), object(Some(arguments)), None)).collect()
            }
            _ => {
                let text =
                    "give either `calls`, or `name` with `arguments`, a list with an object for each call";
                return Err(wrong(text.to_owned()));
            }
        };
        if calls.is_empty() || calls.len() > MAX_CALLS {
            return Err(wrong(format!("from 1 to {MAX_CALLS} calls go into one; these are {}", calls.len())));
        }
        for (name, arguments, own) in &mut calls {
            // What was written beside the arguments counts where it has a meaning.
            let fields = own.take().or_else(|| common.clone());
            if let Some(fields) = fields.filter(|_| takes_fields(name)) {
                arguments.entry(FIELDS).or_insert(fields);
            }
        }
        let calls = calls.into_iter().map(|(name, arguments, _)| (name, arguments)).collect();
        Ok(Self { calls, stop_on_error })
    }
}

/// Whether an operation can be asked for some fields alone.
fn takes_fields(name: &str) -> bool {
    let takes =
        |operation: &Operation| projection::arguments(operation).iter().any(|field| field.name == FIELDS);
    crate::api::operations().find(|operation| operation.name == name).is_some_and(takes)
}

impl Plan {
    /// What a user is asked about it.
    pub fn asked(&self) -> Vec<Destroying> {
        self.destroying()
            .map(|(number, call)| Destroying {
                number,
                operation: call.operation,
                arguments: call.shown_arguments(),
                raising: call.raising.clone(),
                is_open: call.ready.is_none(),
            })
            .collect()
    }
}
