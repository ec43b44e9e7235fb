//! The tools that reach every operation: find one by words, run one that reads, run one
//! that writes. An operation run this way is checked, confirmed and masked like its own tool.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::access::Access;
use super::answer::Answer;
use super::arguments::{fit_fields, nearest};
use super::schema;
use super::search::search;
use super::shaping::note;
use super::tools::{Admitted, Refusal, Tools, title};
use crate::api::{TOOLSETS, operations, toolset_of};
use crate::client::{Arguments, Error, Problem, Room};
use crate::operation::{Effect, Operation};
use crate::schema::{Field, Presence, Schema};

/// Operations that are shown unless more are asked for.
const SHOWN: usize = 5;
const MOST_SHOWN: i64 = 20;

const FIND: &[Field] = &[
    Field::new("query", "", Schema::String, Presence::Required),
    Field::new("limit", "Default 5.", Schema::Integer, Presence::Optional).range(1, MOST_SHOWN),
];

const RUN: &[Field] = &[
    Field::new("name", "", Schema::String, Presence::Required),
    Field::new("arguments", "As in its input_schema.", Schema::AnyObject, Presence::Optional),
];

/// A tool that reaches operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discovery {
    /// Finds operations by words.
    Find,
    /// Runs one that only reads.
    Read,
    /// Runs one that changes something.
    Write,
}

impl Discovery {
    /// Those that this access level has a use for.
    pub fn offered(access: Access) -> impl Iterator<Item = Self> {
        [Self::Find, Self::Read, Self::Write]
            .into_iter()
            .filter(move |tool| *tool != Self::Write || access > Access::Read)
    }

    /// The one of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Find, Self::Read, Self::Write].into_iter().find(|tool| tool.name() == name)
    }

    /// The name of the tool.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Find => "find_operations",
            Self::Read => "run_read_operation",
            Self::Write => "run_write_operation",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Find => {
                "Find any WorkOS operation, also those that are no tools here, by what you want to do: best \
                 first, with effect, input schema and the tool that runs it."
            }
            Self::Read => "Run a read operation from `find_operations`.",
            Self::Write => {
                "Run a create, update or delete operation from `find_operations`. May destroy data or send \
                 e-mail."
            }
        }
    }

    const fn fields(self) -> &'static [Field] {
        match self {
            Self::Find => FIND,
            Self::Read | Self::Write => RUN,
        }
    }

    /// The tool as clients see it.
    pub fn tool(self) -> Tool {
        let writes = self == Self::Write;
        Tool::new(self.name(), self.about(), Arc::new(schema::of(self.fields().iter())))
            .with_title(title(self.name()))
            .with_annotations(
                ToolAnnotations::new()
                    .read_only(!writes)
                    .destructive(writes)
                    .idempotent(!writes)
                    .open_world(writes),
            )
    }

    /// What a call of the tool comes to.
    pub fn admit(self, tools: &Tools, mut arguments: Arguments) -> Result<Admitted, Refusal> {
        let mut problems = fit_fields(self.fields(), &mut arguments);
        let foreign = arguments.keys().any(|name| !self.fields().iter().any(|field| field.name == name));
        if foreign && self != Self::Find {
            problems.push(Problem("the operation's own arguments go into `arguments`".to_owned()));
        }
        if !problems.is_empty() {
            return Err(wrong(problems));
        }
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        if self == Self::Find {
            let shown =
                arguments.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
            return Ok(Admitted::Answered(find(tools, text("query"), shown.unwrap_or(SHOWN))));
        }
        let operation = self.operation(tools, text("name").trim())?;
        let arguments = match arguments.shift_remove("arguments") {
            Some(Value::Object(arguments)) => arguments,
            _ => Map::new(),
        };
        tools.fitted(operation, arguments).map(Admitted::Call)
    }

    /// The operation of this name, if it may be run with this tool.
    fn operation(self, tools: &Tools, name: &str) -> Result<&'static Operation, Refusal> {
        let Some(operation) = tools.reachable_operation(name) else {
            let near = nearest(name, tools.reachable().map(|operation| operation.name))
                .map(|near| format!("did you mean `{near}`? "))
                .unwrap_or_default();
            let shown: String = name.chars().filter(|character| !character.is_control()).take(80).collect();
            return Err(wrong(vec![Problem(format!(
                "`name`: there is no operation `{shown}`; {near}`find_operations` finds them by words"
            ))]));
        };
        let right = Self::runs(operation);
        let allowed = tools.allowed(operation)?;
        if right == self {
            Ok(allowed)
        } else {
            Err(wrong(vec![Problem(format!(
                "`{name}` is a {} operation: run it with `{}`",
                operation.effect.as_str(),
                right.name()
            ))]))
        }
    }

    /// The tool that runs an operation.
    pub(super) fn runs(operation: &Operation) -> Self {
        if operation.effect == Effect::Read { Self::Read } else { Self::Write }
    }
}

fn wrong(problems: Vec<Problem>) -> Refusal {
    Refusal::Arguments(Error::Arguments(problems))
}

/// The operations that fit some words.
fn find(tools: &Tools, query: &str, most: usize) -> Answer {
    let found =
        search(query, operations().filter(|operation| tools.reachable_operation(operation.name).is_some()));
    let allowed = found.iter().copied().filter(|operation| tools.access().allows(operation)).take(most);
    let mut shown: Vec<Value> = allowed.map(|operation| described(tools, operation)).collect();
    loop {
        let mut value = json!({ "operations": shown });
        if let Some(best) = found.first().filter(|best| !tools.access().allows(best)) {
            let (name, effect, access) = (best.name, best.effect.as_str(), tools.access().as_str());
            note(
                &mut value,
                &format!(
                    "`{name}` ({effect}) fits best and is off: this server runs with `--access {access}`."
                ),
            );
        } else if found.is_empty() {
            let toolsets: Vec<String> =
                TOOLSETS.iter().map(|toolset| format!("{} ({})", toolset.name, toolset.about)).collect();
            note(&mut value, &format!("Nothing fits. Use words of these areas: {}.", toolsets.join("; ")));
        }
        let text = value.to_string();
        if text.len() <= tools.max_answer() || shown.pop().is_none() {
            return Answer { value, text, room: Room::default() };
        }
    }
}

/// An operation with what one must know to run it.
fn described(tools: &Tools, operation: &'static Operation) -> Value {
    let runs = if tools.is_selected(operation) { operation.name } else { Discovery::runs(operation).name() };
    let toolset = toolset_of(operation.name).map_or("", |toolset| toolset.name);
    json!({
        "name": operation.name,
        "effect": operation.effect.as_str(),
        "toolset": toolset,
        "run_with": runs,
        "description": operation.about,
        "input_schema": schema::input(operation),
    })
}
