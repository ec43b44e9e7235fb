//! `workos-mcp find`: operations by what somebody wants to do, for people.

use std::process::ExitCode;

use super::process::{FAILED, print};
use super::settings::Settings;
use crate::operation::Operation;
use crate::tools::finding::{DEFAULT_LIMIT, signature};
use crate::tools::limits::Limit;
use crate::tools::search::{Question, search};

/// What `find --help` ends with.
pub const EXAMPLES: &str = "\
Examples:
  workos-mcp find who changed the role of a user
  workos-mcp find POST /user_management/invitations/inv_1/resend
  workos-mcp find workos.userManagement.listUsers";

/// What to find.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What you want to do; a route, or the name of a method of an SDK, will do, too
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,

    /// How many operations to show
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_LIMIT)]
    limit: usize,
}

/// Prints the operations that fit. Exit code 1 if none does.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let toolbox = settings.toolbox()?;
    let catalog = toolbox.catalog();
    let access = catalog.access();
    let question = Question::new(&arguments.words.join(" "));
    let found = search(&question, crate::api::operations());
    let limit = if found.is_certain() { None } else { Limit::asked_for(&question) };
    let operations: Vec<&'static Operation> = match limit {
        Some(limit) => {
            print(limit.told())?;
            crate::api::operations().filter(|operation| limit.nearest.contains(&operation.name)).collect()
        }
        None => found.asked_for().iter().copied().take(arguments.limit).collect(),
    };
    if operations.is_empty() {
        if limit.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
        print("Nothing fits. `workos-mcp tools --toolsets all` lists every operation.")?;
        return Ok(ExitCode::from(FAILED));
    }
    if limit.is_some() {
        print("\nNearest to it:")?;
    }
    let width = operations.iter().map(|operation| operation.name.len()).max().unwrap_or_default();
    for operation in operations {
        let off = if access.allows(operation) { "" } else { " (off: --access)" };
        print(format!(
            "{:width$}  {:6}{off}  {}",
            operation.name,
            operation.effect.as_str(),
            operation.summary()
        ))?;
        print(format!("{:width$}  {}", "", signature(operation, access)))?;
    }
    Ok(ExitCode::SUCCESS)
}
