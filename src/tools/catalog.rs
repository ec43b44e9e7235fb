//! Which operations there are for this process: fixed when it starts, and the same at listing
//! and at the call.

use super::access::{Access, COUNTS_AS_LIVE, Environment};
use super::error::CallError;
use super::sanitize::sanitize_name;
use super::selection::{RUN_OPERATIONS, Reach, Selected, WHOAMI};
use super::suggestion::nearest_operation;
use crate::api::{TOOLSETS, toolset_of};
use crate::client::{Arguments, CheckedCall, Violation};
use crate::operation::{Effect, Operation, Toolset};

/// The tool that finds operations by words.
pub const FIND_OPERATIONS: &str = "find_operations";
/// The tool that runs any operation that only reads.
pub const RUN_READ: &str = "run_read_operation";
/// The tool that runs any other operation.
pub const RUN_WRITE: &str = "run_write_operation";

/// The operations that are offered, and those within reach.
#[derive(Debug)]
pub struct Catalog {
    selected: Vec<&'static Operation>,
    /// What discovery may reach; nothing if it is off.
    reachable: Vec<&'static Operation>,
    access: Access,
    environment: Environment,
    reach: Reach,
    excluded: Vec<&'static str>,
}

impl Catalog {
    /// The selected operations, as far as `access` goes in this environment.
    pub fn new(selected: Selected, access: Access, environment: Environment) -> Self {
        let Selected { direct: selected, reachable, reach, excluded } = selected;
        Self { selected, reachable, access, environment, reach, excluded }
    }

    /// How far calls may go.
    pub fn access(&self) -> Access {
        self.access
    }

    /// What the key is for.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// How far discovery reaches, within the access level.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The same in words.
    pub fn reach_in_words(&self) -> &'static str {
        match self.reach {
            Reach::All => {
                "every operation that the access level allows and `--exclude-tools` does not leave out"
            }
            Reach::Selected => {
                "what `--tools` and `--toolsets` select and no more; `--discovery all` reaches everything"
            }
            Reach::Nothing => "nothing: only the tools that are listed can be called",
        }
    }

    /// Whether there is the tool that tells what is here.
    pub fn has_whoami(&self) -> bool {
        !self.excluded.contains(&WHOAMI)
    }

    /// Whether there is the tool that runs many operations in one call: it runs what is offered, and what
    /// discovery reaches.
    pub fn runs_many(&self) -> bool {
        !self.excluded.contains(&RUN_OPERATIONS) && self.offered().chain(self.reachable()).next().is_some()
    }

    /// The operations that are offered, in the order of the table.
    pub fn offered(&self) -> impl Iterator<Item = &'static Operation> {
        self.selected.iter().copied().filter(|operation| self.access.allows(operation))
    }

    /// Whether an operation is among those selected, allowed or not.
    pub fn is_selected(&self, operation: &Operation) -> bool {
        self.selected.iter().any(|selected| selected.name == operation.name)
    }

    /// The toolsets of which something is selected, or those of which nothing is.
    pub fn toolsets(&self, selected: bool) -> impl Iterator<Item = &'static Toolset> {
        TOOLSETS.iter().filter(move |toolset| {
            let is_offered = toolset.operations.iter().any(|operation| self.is_selected(operation));
            // What is excluded nothing brings back.
            let can_be =
                || toolset.operations.iter().any(|operation| !self.excluded.contains(&operation.name));
            is_offered == selected && (selected || can_be())
        })
    }

    /// How many of the selected operations the access level excludes.
    pub fn withheld(&self) -> usize {
        self.selected.iter().filter(|operation| !self.access.allows(operation)).count()
    }

    /// The operations that the discovery tools reach, those offered directly among them.
    pub fn reachable(&self) -> impl Iterator<Item = &'static Operation> {
        self.reachable.iter().copied().filter(|operation| self.access.allows(operation))
    }

    /// The operations that only the discovery tools reach.
    pub fn hidden(&self) -> impl Iterator<Item = &'static Operation> {
        self.reachable().filter(|operation| !self.is_selected(operation))
    }

    /// Whether there is something to discover beside the tools offered directly.
    pub fn discovers(&self) -> bool {
        self.hidden().next().is_some()
    }

    /// The operations that discovery reaches, allowed or not.
    pub fn within_reach(&self) -> impl Iterator<Item = &'static Operation> {
        self.reachable.iter().copied()
    }

    /// The operation of this name, if discovery reaches it, allowed or not.
    pub fn reachable_operation(&self, name: &str) -> Option<&'static Operation> {
        self.within_reach().find(|operation| operation.name == name)
    }

    /// The name of the tool that runs an operation: its own, or one of discovery.
    pub fn run_with(&self, operation: &Operation) -> &'static str {
        if self.is_selected(operation) { operation.name } else { runner_of(operation) }
    }

    /// The operation behind the name of a tool, if it may be called.
    ///
    /// # Errors
    ///
    /// It is not offered, or the access level excludes it; what to do about that.
    pub fn find(&self, name: &str) -> Result<&'static Operation, CallError> {
        match self.selected.iter().copied().find(|operation| operation.name == name) {
            Some(operation) => self.allowed(operation),
            None => Err(CallError::Unknown(self.unknown(name))),
        }
    }

    /// The operation of this name, if it may be called by its own tool or by those of discovery.
    ///
    /// # Errors
    ///
    /// It is no operation, not within reach, or excluded by the access level; what to do about that.
    pub fn callable(&self, name: &str) -> Result<&'static Operation, CallError> {
        let within = self.selected.iter().copied().chain(self.within_reach());
        if let Some(operation) = { within }.find(|operation| operation.name == name) {
            return self.allowed(operation);
        }
        if [WHOAMI, RUN_OPERATIONS, FIND_OPERATIONS, RUN_READ, RUN_WRITE].contains(&name) {
            let text = format!("`{name}` is no operation: name the operation itself, with its own arguments");
            return Err(CallError::arguments(&[Violation::new(text)]));
        }
        let why = if toolset_of(name).is_some() {
            self.unknown(name)
        } else {
            let near = nearest_operation(name, self.offered().chain(self.reachable()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("there is no operation `{}`{near}", sanitize_name(name))
        };
        Err(CallError::arguments(&[Violation::new(why.trim_end_matches('.'))]))
    }

    /// The operation, if the access level allows it.
    ///
    /// # Errors
    ///
    /// Which level it needs.
    pub fn allowed(&self, operation: &'static Operation) -> Result<&'static Operation, CallError> {
        let name = operation.name;
        if self.access.allows(operation) {
            return Ok(operation);
        }
        let needed = Access::needed(operation.effect).as_str();
        let why = match self.environment {
            Environment::Live => format!("{COUNTS_AS_LIVE}; "),
            _ => String::new(),
        };
        Err(CallError::Access(format!(
            "Nothing was sent: `{name}` is switched off: {why}this server runs with `--access {}`, and `{name}` ({}) needs \
             `{needed}`. Only whoever set up the server can change that: start it with `--access {needed}` \
             (or WORKOS_MCP_ACCESS={needed}).",
            self.access.as_str(),
            operation.effect.as_str(),
        )))
    }

    /// The call, if the access level allows what its arguments make of it.
    ///
    /// # Errors
    ///
    /// Which arguments are too much.
    pub fn permitted(&self, call: &CheckedCall) -> Result<(), CallError> {
        self.permits(call.operation(), call.effect(), call.arguments())
    }

    /// The same of a call that is not checked yet, with what its arguments make of its effect.
    ///
    /// # Errors
    ///
    /// Which arguments are too much.
    pub fn permits(
        &self,
        operation: &Operation,
        effect: Effect,
        arguments: &Arguments,
    ) -> Result<(), CallError> {
        if self.access.permits(effect) {
            return Ok(());
        }
        let name = operation.name;
        let raising: Vec<String> =
            operation.raised_by(arguments).iter().map(|name| format!("`{name}`")).collect();
        let needed = Access::needed(effect).as_str();
        Err(CallError::Access(format!(
            "Nothing was sent: `{name}` with {} replaces, overwrites or removes what is there, and this server runs with \
             `--access {}`. Leave that out, or have whoever set up the server start it with `--access {needed}` (or \
             WORKOS_MCP_ACCESS={needed}).",
            raising.join(" and "),
            self.access.as_str(),
        )))
    }

    fn unknown(&self, name: &str) -> String {
        let shown = sanitize_name(name);
        if self.excluded.contains(&name) {
            return format!("Unknown tool `{shown}`: this server was started with `--exclude-tools` for it.");
        }
        if let Some(toolset) = toolset_of(name) {
            let run = match self.reachable_operation(name).filter(|_| self.discovers()) {
                Some(operation) => format!(" Run it with `{}`.", runner_of(operation)),
                None => String::new(),
            };
            let reach = match self.reach {
                Reach::All => "",
                Reach::Selected | Reach::Nothing => ", or bring it within reach with `--discovery all`",
            };
            return format!(
                "Unknown tool `{shown}`: it belongs to the toolset `{}`, and this server was started without it.{run} \
                 Whoever set up the server can add it with `--toolsets` or `--tools`{reach}.",
                toolset.name
            );
        }
        if [FIND_OPERATIONS, RUN_READ, RUN_WRITE].contains(&name) {
            return format!(
                "Unknown tool `{shown}`: everything that can be reached here has a tool of its own. Discovery reaches {}.",
                self.reach_in_words()
            );
        }
        match nearest_operation(name, self.offered()) {
            Some(near) => format!("Unknown tool `{shown}`; did you mean `{near}`?"),
            None => format!("Unknown tool `{shown}`."),
        }
    }
}

/// The tool of discovery that runs an operation.
pub fn runner_of(operation: &Operation) -> &'static str {
    if operation.effect == Effect::Read { RUN_READ } else { RUN_WRITE }
}
