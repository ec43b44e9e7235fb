//! `workos-mcp call`: one tool from the command line.

use std::cell::Cell;
use std::collections::HashSet;
use std::io::{IsTerminal, Read};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::process::{FAILED, WRONG_USAGE, WrongUsage, block_on, exit_code, is_broken_pipe, is_usage, print};
use super::settings::Settings;
use super::signals::signal;
use crate::client::{self, Outcome};
use crate::operation::Operation;
use crate::schema::Presence;
use crate::tools::advice::whole_seconds;
use crate::tools::answer::Answer;
use crate::tools::audit::Decision;
use crate::tools::confirmation::Confirm;
use crate::tools::duplicate_names;
use crate::tools::error::{CallError, Ended};
use crate::tools::many::Stops;
use crate::tools::reply_parsing::value_of;
use crate::tools::toolbox::{Asked, Resolved, Toolbox};
use crate::tools::validation::ValidCall;

/// Shown below the help of the command.
pub const EXAMPLES: &str = "\
Examples:
  workos-mcp call list_organizations limit=5
  workos-mcp call create_organization name='Example Corp' metadata='{\"tier\":\"gold\"}'
  workos-mcp call update_organization id=org_… clear=external_id

At a terminal it asks before it destroys something; where there is none, --confirm decides.

Exit codes: 0 answered; 2 wrong usage; 3 refused here (access, not confirmed, no usable key, something
that has to stand ready); 4 refused by WorkOS (a status of 400 to 499); 5 WorkOS not reached, out of
order (a status of 500 or more) or not understood; 1 anything else.";

/// Which tool to run, and with what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of the tool
    pub(super) tool: String,

    /// Arguments; lists and objects as JSON; `clear=NAME` clears what can be cleared
    #[arg(value_name = "NAME=VALUE")]
    pairs: Vec<String>,

    /// Arguments as one JSON object, `-` to read it from stdin; pairs come on top
    #[arg(long, value_name = "OBJECT")]
    json: Option<String>,
}

/// How it is run.
#[derive(Debug, clap::Args)]
pub struct Command {
    #[command(flatten)]
    call: Arguments,

    /// Do not ask at the terminal before something is destroyed; with `--confirm always` it asks
    /// all the same
    #[arg(long, short)]
    yes: bool,

    /// Print an error as one line of JSON on stderr
    ///
    /// `error` holds `kind`, `message` and `exit_code`, and where it is known `status`, `code`,
    /// `request_id`, `retry_after` in seconds and `outcome`: `not_sent`, `nothing_changed`, `unknown` or
    /// `done`. `kind` is `usage`, `refused_here`, `refused_by_workos`, `unavailable` or `internal`, as the
    /// exit code.
    #[arg(long)]
    json_errors: bool,
}

/// Runs the tool.
pub fn run(settings: &Settings, command: &Command) -> anyhow::Result<ExitCode> {
    let answer = match answer(settings, command) {
        Err(error) if command.json_errors && !is_broken_pipe(&error) => {
            let (kind, code) =
                if is_usage(&error) { (Ended::Usage.as_str(), WRONG_USAGE) } else { ("internal", FAILED) };
            eprintln!("{}", error_as_data(kind, &format!("{error:#}"), code));
            return Ok(ExitCode::from(code));
        }
        answer => answer?,
    };
    match answer {
        Ok(answer) if std::io::stdout().is_terminal() => {
            let data = answer.data.map_or_else(|| value_of(&answer.text), Ok)?;
            print(serde_json::to_string_pretty(&data)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(answer) => {
            print(answer.text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            if command.json_errors {
                eprintln!("{}", as_data(&error));
            } else {
                eprintln!("{error}");
            }
            Ok(ExitCode::from(exit_code(error.ended())))
        }
    }
}

/// A mistake on the command line, for programs.
pub(super) fn usage_as_data(message: &str) -> Value {
    error_as_data(Ended::Usage.as_str(), message, WRONG_USAGE)
}

fn error_as_data(kind: &str, message: &str, code: u8) -> Value {
    json!({"error": {"kind": kind, "message": message, "exit_code": code}})
}

/// An error of a call, for programs.
fn as_data(error: &CallError) -> Value {
    let ended = error.ended();
    let mut data = json!({
        "kind": ended.as_str(),
        "message": error.to_string(),
        "exit_code": exit_code(ended),
    });
    let (status, code, request_id, retry_after, outcome) = match error {
        CallError::Failed(failure) => (
            failure.status,
            failure.code.as_deref(),
            failure.request_id.as_deref(),
            failure.retry_after,
            failure.outcome,
        ),
        // It is about the answer to a read.
        CallError::Fields(_) => (None, None, None, None, Some(Outcome::NothingChanged)),
        _ => (None, None, None, None, Some(Outcome::NotSent)),
    };
    let known = [
        ("status", status.map(Value::from)),
        ("code", code.map(Value::from)),
        ("request_id", request_id.map(Value::from)),
        ("retry_after", retry_after.map(|delay| Value::from(whole_seconds(delay)))),
        ("outcome", outcome.map(|outcome| Value::from(outcome.as_str()))),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            data[name] = value;
        }
    }
    json!({ "error": data })
}

fn answer(settings: &Settings, command: &Command) -> anyhow::Result<Result<Answer, CallError>> {
    let arguments = &command.call;
    let toolbox = settings.whole_toolbox()?;
    let operation = crate::api::operations().find(|operation| operation.name == arguments.tool);
    let values = values(operation, arguments)?;
    block_on(async {
        // Ctrl-C before the question is answered has sent nothing.
        let asking = Cell::new(false);
        let answer = tokio::select! {
            answer = run_one(&toolbox, command, values, &asking) => Ok(answer),
            // Dropping the call leaves its trace.
            _ = signal() => Err(anyhow::anyhow!(if asking.get() {
                "interrupted before it was confirmed; nothing was changed"
            } else {
                "interrupted; a change may have taken effect"
            })),
        };
        // The call that was given up is recorded too.
        toolbox.drain().await;
        answer
    })
}

async fn run_one(
    toolbox: &Toolbox,
    command: &Command,
    arguments: client::Arguments,
    asking: &Cell<bool>,
) -> Result<Answer, CallError> {
    match toolbox.resolve(&command.call.tool, arguments).await? {
        Resolved::Answered(answer) => Ok(answer),
        Resolved::Call(call) => match decision(toolbox, command, Asked::One(&call.checked), asking).await {
            Ok(decision) => run_with_progress(toolbox, &call, decision).await,
            Err((decision, refusal)) => {
                toolbox.record_refusal(&call, decision, &refusal.to_string()).await;
                Err(refusal)
            }
        },
        Resolved::Many(plan) => match decision(toolbox, command, Asked::Many(&plan), asking).await {
            Ok(decision) => {
                let never = CancellationToken::new();
                let stops = Stops { cancel: &never, stop: &never, abandon: &never };
                let confirmed = decision == Decision::Confirmed;
                let report = toolbox.run_many(&plan, confirmed, stops, None).await;
                Ok(report.into_answer(toolbox.executor().max_answer()))
            }
            Err((decision, refusal)) => {
                toolbox.record_refusals(&plan, decision, &refusal.to_string()).await;
                Err(refusal)
            }
        },
    }
}

/// Runs a call, and counts at the terminal what has come.
async fn run_with_progress(
    toolbox: &Toolbox,
    call: &ValidCall,
    decision: Decision,
) -> Result<Answer, CallError> {
    let at_terminal = std::io::stderr().is_terminal();
    let shown = AtomicBool::new(false);
    let report = |items: usize, _: usize| -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if at_terminal {
            eprint!("\r{items} items so far");
            shown.store(true, Ordering::Relaxed);
        }
        Box::pin(std::future::ready(()))
    };
    let answer = toolbox.executor().run(call, decision, Some(&report)).await;
    if shown.into_inner() {
        eprint!("\r\x1b[K");
    }
    answer
}

/// Asks whoever sits at the terminal, where that is called for.
async fn decision(
    toolbox: &Toolbox,
    command: &Command,
    asked: Asked<'_>,
    asking: &Cell<bool>,
) -> Result<Decision, (Decision, CallError)> {
    let at_terminal = std::io::stdin().is_terminal();
    if !(toolbox.asks_about(asked) && asks(toolbox.confirm(), at_terminal, command.yes)) {
        return Ok(Decision::Allowed);
    }
    asking.set(true);
    confirmed(at_terminal, toolbox.question(asked)).await?;
    asking.set(false);
    Ok(Decision::Confirmed)
}

/// Whether somebody is asked about what is worth a question.
pub(super) fn asks(confirm: Confirm, at_terminal: bool, yes: bool) -> bool {
    match confirm {
        Confirm::Always => true,
        Confirm::Auto => at_terminal && !yes,
        Confirm::Never => false,
    }
}

/// Whether whoever sits at the terminal agrees; if not, why nothing is done.
pub(super) async fn confirmed(
    at_terminal: bool,
    question: impl Future<Output = Result<String, CallError>>,
) -> Result<(), (Decision, CallError)> {
    if !at_terminal {
        let text =
            "Nothing was sent: it has to be confirmed at a terminal (`--confirm always`), and stdin is none.";
        return Err((Decision::Refused, CallError::Declined(text.to_owned())));
    }
    let question = question.await.map_err(|refusal| (Decision::Refused, refusal))?;
    if agreed(question).await {
        return Ok(());
    }
    let text = "Nothing was changed: it was not confirmed at the terminal.";
    Err((Decision::Declined, CallError::Declined(text.to_owned())))
}

/// Asks at the terminal.
async fn agreed(question: String) -> bool {
    // On a thread of its own: Ctrl-C must not wait for the answer.
    let asked = tokio::task::spawn_blocking(move || {
        eprint!("{question}\nType yes to go on: ");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).is_ok() && line.trim().eq_ignore_ascii_case("yes")
    });
    asked.await.unwrap_or(false)
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
        if clearable && value == "null" {
            let text = format!("`{pair}` would be the word `null`: `clear={name}` clears it");
            return Err(WrongUsage(text).into());
        }
        values.insert(name.to_owned(), value.into());
        if !given.insert(name) {
            return Err(WrongUsage(format!("`{name}` is given twice; a list is written as JSON")).into());
        }
    }
    Ok(values)
}
