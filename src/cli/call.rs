//! `workos-mcp call`: one tool from the command line.

use std::collections::HashSet;
use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::Value;

use super::process::{WRONG_USAGE, WrongUsage, block_on, print};
use super::settings::Settings;
use super::signals::signal;
use crate::client;
use crate::operation::Operation;
use crate::schema::Presence;
use crate::tools::answer::Answer;
use crate::tools::audit::Decision;
use crate::tools::confirmation::Confirm;
use crate::tools::duplicate_names;
use crate::tools::error::{CallError, Ended};
use crate::tools::toolbox::{Resolved, Toolbox};

/// Shown below the help of the command.
pub const EXAMPLES: &str = "\
Examples:
  workos-mcp call list_organizations limit=5
  workos-mcp call create_organization name='Example Corp' metadata='{\"tier\":\"gold\"}'
  workos-mcp call update_organization --json '{\"id\":\"org_…\",\"external_id\":null}'

Exit codes: 0 answered, 1 the call failed or was refused, 2 wrong usage.";

/// Which tool to run, and with what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of the tool
    pub(super) tool: String,

    /// Arguments; lists and objects as JSON, `null` to clear what can be cleared
    #[arg(value_name = "NAME=VALUE")]
    pairs: Vec<String>,

    /// Arguments as one JSON object, `-` to read it from stdin; pairs come on top
    #[arg(long, value_name = "OBJECT")]
    json: Option<String>,
}

/// Runs the tool.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let toolbox = settings.whole_toolbox()?;
    let operation = crate::api::operations().find(|operation| operation.name == arguments.tool);
    let values = values(operation, arguments)?;
    let answer = block_on(async {
        let answer = tokio::select! {
            answer = run_one(&toolbox, &arguments.tool, values) => Ok(answer),
            // Dropping the call leaves its trace.
            _ = signal() => Err(anyhow::anyhow!("interrupted; a change may have taken effect")),
        };
        // The call that was given up is recorded too.
        toolbox.drain().await;
        answer
    })?;
    match answer {
        Ok(answer) if std::io::stdout().is_terminal() => {
            print(serde_json::to_string_pretty(&answer.value)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(answer) => {
            print(answer.text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(ExitCode::from(if error.ended() == Ended::Usage { WRONG_USAGE } else { 1 }))
        }
    }
}

async fn run_one(toolbox: &Toolbox, name: &str, arguments: client::Arguments) -> Result<Answer, CallError> {
    let call = match toolbox.resolve(name, arguments).await? {
        Resolved::Answered(answer) => return Ok(answer),
        Resolved::Call(call) => call,
    };
    let decision = match toolbox.confirm() {
        Confirm::Always if Confirm::Always.asks_about(call.checked.operation()) => {
            if !agreed(&toolbox.question(&call.checked).await?) {
                let text =
                    "Nothing was sent: it was not confirmed at the terminal (`--confirm always`).".to_owned();
                toolbox.record_refusal(&call, Decision::Declined, &text).await;
                return Err(CallError::Declined(text));
            }
            Decision::Confirmed
        }
        _ => Decision::Allowed,
    };
    toolbox.executor().run(&call, decision, None).await
}

/// Asks at the terminal; without one nobody agrees.
fn agreed(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question}\nType yes to go on: ");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok() && line.trim().eq_ignore_ascii_case("yes")
}

/// The arguments of the tool, as they were written.
pub(super) fn values(
    operation: Option<&Operation>,
    arguments: &Arguments,
) -> anyhow::Result<client::Arguments> {
    let mut values = match arguments.json.as_deref() {
        None => client::Arguments::new(),
        Some(text) => {
            let mut piped = String::new();
            let text = if text == "-" {
                std::io::stdin().read_to_string(&mut piped).context("stdin cannot be read")?;
                &piped
            } else {
                text
            };
            match serde_json::from_str(text) {
                Ok(Value::Object(values)) => match duplicate_names::fault(text, &[]) {
                    None => values,
                    Some(fault) => return Err(WrongUsage(format!("--json: {fault}")).into()),
                },
                Ok(_) => return Err(WrongUsage("--json takes an object".to_owned()).into()),
                Err(error) => return Err(WrongUsage(format!("--json is not JSON: {error}")).into()),
            }
        }
    };
    let mut given = HashSet::new();
    for pair in &arguments.pairs {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| WrongUsage(format!("`{pair}` is not of the form name=value")))?;
        // Numbers, lists and objects are recognised by the schema of the tool.
        let clearable = operation
            .and_then(|operation| operation.field(name))
            .is_some_and(|field| field.presence == Presence::Clearable);
        let value = if clearable && value == "null" { Value::Null } else { Value::from(value) };
        values.insert(name.to_owned(), value);
        if !given.insert(name) {
            return Err(WrongUsage(format!("`{name}` is given twice; a list is written as JSON")).into());
        }
    }
    Ok(values)
}
