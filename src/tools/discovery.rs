//! The tools that reach every operation: find one by words, run one that reads, run one
//! that writes. An operation run this way is checked, confirmed and redacted like its own tool.

use serde_json::{Map, Value};

use super::access::Access;
use super::answer::Answer;
use super::catalog::{Catalog, FIND_OPERATIONS, RUN_READ, RUN_WRITE, runner_of};
use super::description::{Annotations, ToolDescription, title};
use super::error::CallError;
use super::finding::{DEFAULT_LIMIT, find};
use super::json_schema;
use super::limits::Limit;
use super::sanitize::sanitize_name;
use super::suggestion::nearest_operation;
use super::validation::coerce_fields;
use crate::api::operations;
use crate::client::{Arguments, Violation};
use crate::operation::Operation;
use crate::schema::{Field, Presence, Schema};

const MAX_LIMIT: i64 = 20;
/// The most questions of one call.
const MAX_QUERIES: usize = 10;
/// The argument for questions, and what it is also called.
const QUERY: &str = "query";
const QUERIES: &str = "queries";

const FIND: &[Field] = &[
    Field::new(QUERY, "", Schema::List(&Schema::String), Presence::Required),
    Field::new("limit", "Default 5.", Schema::Integer, Presence::Optional).range(1, MAX_LIMIT),
];

const RUN: &[Field] = &[
    Field::new("name", "", Schema::String, Presence::Required),
    // What is no object may be one with credentials, misspelt.
    Field::new("arguments", "As found.", Schema::AnyObject, Presence::Optional).secret(),
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

/// What a call of such a tool asks for.
#[derive(Debug)]
pub enum Wanted {
    /// The answer is known.
    Found(Answer),
    /// An operation with its own arguments.
    Run(&'static Operation, Arguments),
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
            Self::Find => FIND_OPERATIONS,
            Self::Read => RUN_READ,
            Self::Write => RUN_WRITE,
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Find => {
                "Find any WorkOS operation, also those that are no tools here, by what you want to do: best \
                 first, with arguments and the tool that runs it. A name alone gives its schema."
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
    pub fn description(self) -> ToolDescription {
        let writes = self == Self::Write;
        ToolDescription {
            name: self.name(),
            title: title(self.name()),
            description: self.about(),
            input_schema: json_schema::input_of(self.fields().iter()),
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
    ///
    /// # Errors
    ///
    /// The arguments do not fit, or name an operation that is not within reach.
    pub fn resolve(
        self,
        catalog: &Catalog,
        max_answer: usize,
        mut arguments: Arguments,
    ) -> Result<Wanted, CallError> {
        if self == Self::Find
            && !arguments.contains_key(QUERY)
            && let Some(queries) = arguments.shift_remove(QUERIES)
        {
            arguments.insert(QUERY.to_owned(), queries);
        }
        let mut violations = coerce_fields(&[self.fields()], &mut arguments);
        let foreign = arguments.keys().any(|name| !self.fields().iter().any(|field| field.name == name));
        if foreign && self != Self::Find {
            violations.push(Violation::new("the operation's own arguments go into `arguments`"));
        }
        if !violations.is_empty() {
            return Err(CallError::arguments(&violations));
        }
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        if self == Self::Find {
            let limit =
                arguments.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
            let queries: Vec<&str> = match arguments.get(QUERY) {
                Some(Value::Array(queries)) => queries.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            if queries.len() > MAX_QUERIES {
                let fault = format!("`{QUERY}` should have at most {MAX_QUERIES} items");
                return Err(CallError::arguments(&[Violation::of_argument(QUERY, fault)]));
            }
            let found = find(catalog, &queries, limit.unwrap_or(DEFAULT_LIMIT), max_answer);
            return Ok(Wanted::Found(found));
        }
        let operation = self.operation(catalog, text("name").trim())?;
        let arguments = match arguments.shift_remove("arguments") {
            Some(Value::Object(arguments)) => arguments,
            _ => Map::new(),
        };
        Ok(Wanted::Run(operation, arguments))
    }

    /// The operation that a call names, with the arguments for it, may it be run or not.
    pub fn named(arguments: &Arguments) -> Option<(&'static Operation, Arguments)> {
        let name = arguments.get("name")?.as_str()?.trim();
        let operation = operations().find(|operation| operation.name == name)?;
        let own = arguments.get("arguments").and_then(Value::as_object).cloned();
        Some((operation, own.unwrap_or_default()))
    }

    /// The operation of this name, if it may be run with this tool.
    fn operation(self, catalog: &Catalog, name: &str) -> Result<&'static Operation, CallError> {
        let wrong = |text: String| CallError::arguments(&[Violation::new(text)]);
        let Some(operation) = catalog.reachable_operation(name) else {
            let near = match (nearest_operation(name, catalog.reachable()), Limit::named(name)) {
                (Some(near), _) => format!("did you mean `{near}`? "),
                (None, Some(limit)) => format!("{} ", limit.told()),
                (None, None) => String::new(),
            };
            return Err(wrong(format!(
                "`name`: there is no operation `{}`; {near}`find_operations` finds them by words",
                sanitize_name(name)
            )));
        };
        let allowed = catalog.allowed(operation)?;
        let right = runner_of(operation);
        if right == self.name() {
            Ok(allowed)
        } else {
            let effect = operation.effect.as_str();
            Err(wrong(format!("`{name}` is a {effect} operation: run it with `{right}`")))
        }
    }
}
