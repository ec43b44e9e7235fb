//! `workos-mcp batch`: one operation with each row of a file, none of them twice.

mod check;
mod input;
mod journal;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;

use self::check::{Again, Checked, Job, told};
use self::input::{Format, Input, Row};
use self::journal::{Journal, KnownRows, Line, State};
use super::call::{self, asks, confirmed};
use super::process::{FAILED, INTERRUPTED, WRONG_USAGE, WrongUsage, block_on, exit_code};
use super::progress::{Progress, counted};
use super::settings::Settings;
use super::signals::Signals;
use crate::client::{Outcome, RetryPolicy};
use crate::operation::{Effect, Operation};
use crate::tools::audit::Decision;
use crate::tools::confirmation::Confirm;
use crate::tools::error::{CallError, Ended as Where};
use crate::tools::many::{self, Attempts, Ended, Lane, Pace, Stops, concerns_all, is_for_all, ranges};
use crate::tools::projection;
use crate::tools::suggestion::nearest_operation;
use crate::tools::validation::ValidCall;

/// Shown below the help of the command.
pub const EXAMPLES: &str = "\
Examples:
  workos-mcp batch update_user --in users.csv --dry-run
  workos-mcp batch update_user --in users.csv --out results.jsonl
  workos-mcp batch send_invitation organization_id=org_… --in emails.csv --out results.jsonl

All rows are checked before the first is sent. A CSV file names the arguments in its header,
`metadata.plan` for one inside of another; lists and objects are JSON, and an empty cell is left out.

FILE holds a JSON line for each row. Interrupted, by whatever, the same command goes on where it
stopped, and sends nothing twice: a row whose answer never came is only sent again with
--retry-unknown, one that failed only with --retry-failed. The file is readable by its owner only.

Exit codes: 0 all rows are done, 1 some failed, 2 wrong usage or wrong rows, 3 refused here (access,
not confirmed), 130 interrupted.";

/// What is counted.
const ROW: &str = "row";

/// What to run, and with what.
#[derive(Debug, clap::Args)]
#[group(id = "batch")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Arguments {
    #[command(flatten)]
    call: call::Arguments,

    /// The rows: .csv, .jsonl or .ndjson; `-` for stdin
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,

    /// What the rows are written in; what FILE ends with if left out
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Where the results go: a JSON line for each row; `-` or nothing for stdout, where only reads go
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Check every row and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Keep only these fields of the answers
    #[arg(long, value_name = "NAMES")]
    fields: Option<String>,

    /// How many rows are on their way at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    concurrency: u8,

    /// Start nothing more once a row has failed
    #[arg(long)]
    stop_on_error: bool,

    /// Send rows again that failed in an earlier run and changed nothing
    #[arg(long)]
    retry_failed: bool,

    /// Send rows again that may have taken effect in an earlier run
    #[arg(long)]
    retry_unknown: bool,

    /// How often a row is sent again that WorkOS did not take for a passing reason
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    retries: u32,

    /// Do not ask at the terminal before something is destroyed; with `--confirm always` it asks
    /// all the same
    #[arg(long, short)]
    yes: bool,

    /// No progress and no remarks on stderr, only errors
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the batch.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let toolbox = settings.whole_toolbox()?;
    let operation = operation(&arguments.call.tool)?;
    let out = arguments.out.as_deref().filter(|path| *path != Path::new("-"));
    if operation.effect != Effect::Read && out.is_none() && !arguments.dry_run {
        let text = format!(
            "`{}` changes something: --out FILE is where it is written down what was done, so that nothing is done twice",
            operation.name
        );
        return Err(WrongUsage(text).into());
    }
    let job = Job { toolbox: &toolbox, operation, common: common(operation, arguments)? };
    let input = Input::read(&arguments.input, arguments.format)?;
    let mut results = match out {
        Some(path) if arguments.dry_run => Results::Looked(KnownRows::look(path)?),
        Some(path) => Results::File(Journal::open(path)?),
        None => Results::Stream(KnownRows::default()),
    };
    let again = Again { failed: arguments.retry_failed, unknown: arguments.retry_unknown };
    let mut checked = job.check(&input.rows, results.known(), again);
    if !input.faults.is_empty() {
        checked.refused_here = false;
        checked.faults.extend(input.faults);
        checked.faults.sort_by_key(|fault| fault.line);
    }
    if !checked.faults.is_empty() {
        results.leave();
        if !arguments.dry_run {
            block_on(async {
                for place in &checked.refused {
                    job.record_refusal(&input.rows[*place]).await;
                }
                toolbox.drain().await;
                Ok(())
            })?;
        }
        eprintln!("{}", told(&checked.faults));
        let code = if checked.refused_here { exit_code(Where::RefusedHere) } else { WRONG_USAGE };
        return Ok(ExitCode::from(code));
    }
    if arguments.dry_run {
        let destroying = checked.destroying.len() + checked.more_destroying;
        let destroying =
            if destroying > 0 { format!(", {destroying} of them destroy something") } else { String::new() };
        let rows = counted(input.rows.len() as u64, ROW);
        let to_send = checked.to_send.len();
        eprintln!("{rows} checked, nothing is wrong; {to_send} would be sent{destroying}");
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = block_on(async {
        let outcome = sent(arguments, &job, &input.rows, &checked, &mut results).await;
        toolbox.drain().await;
        outcome
    });
    match outcome {
        Ok(Ok(code)) => Ok(code),
        Ok(Err(refusal)) => {
            results.leave();
            eprintln!("{refusal}");
            Ok(ExitCode::from(exit_code(refusal.ended())))
        }
        Err(error) => Err(error),
    }
}

/// The operation of this name.
fn operation(name: &str) -> Result<&'static Operation, WrongUsage> {
    crate::api::operations().find(|operation| operation.name == name).ok_or_else(|| {
        let near = nearest_operation(name, crate::api::operations());
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        WrongUsage(format!("there is no operation `{name}`{near}"))
    })
}

/// The arguments of every row.
fn common(operation: &'static Operation, arguments: &Arguments) -> anyhow::Result<crate::client::Arguments> {
    let mut common = call::values(Some(operation), &arguments.call)?;
    if let Some(fields) = &arguments.fields {
        if !projection::arguments(operation).iter().any(|field| field.name == "fields") {
            return Err(
                WrongUsage(format!("--fields: `{}` has no answer to choose from", operation.name)).into()
            );
        }
        common.insert("fields".to_owned(), fields.as_str().into());
    }
    Ok(common)
}

/// Where results go.
enum Results {
    /// Into a file, which knows of earlier runs.
    File(Journal),
    /// Nowhere: it was only looked at what an earlier run has left.
    Looked(KnownRows),
    /// To stdout.
    Stream(KnownRows),
}

impl Results {
    fn known(&self) -> &KnownRows {
        match self {
            Self::File(journal) => &journal.known,
            Self::Looked(known) | Self::Stream(known) => known,
        }
    }

    fn end(&mut self, line: &Line) -> anyhow::Result<()> {
        match self {
            Self::File(journal) => journal.end(line),
            Self::Looked(_) => Ok(()),
            Self::Stream(_) => Ok(writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(line)?)?),
        }
    }

    /// Takes away a file in which there is nothing.
    fn leave(&mut self) {
        if let Self::File(journal) = self {
            journal.leave_if_empty();
        }
    }
}

/// Asks first, and sends what is to be sent.
async fn sent(
    arguments: &Arguments,
    job: &Job<'_>,
    rows: &[Row],
    checked: &Checked,
    results: &mut Results,
) -> anyhow::Result<Result<ExitCode, CallError>> {
    let at_terminal = std::io::stdin().is_terminal();
    let confirm = job.toolbox.confirm();
    let destroys = !checked.destroying.is_empty() && confirm != Confirm::Never;
    let mut was_confirmed = false;
    let mut signals = Signals::new()?;
    if destroys && asks(confirm, at_terminal, arguments.yes) {
        let sender = job.toolbox.executor().sender();
        let (count, more) = (checked.to_send.len(), checked.more_destroying);
        let question = many::question(sender, count, "rows", &checked.destroying, more);
        let refused = tokio::select! {
            answer = confirmed(at_terminal, question) => answer.err(),
            () = signals.next() => {
                let text = "Nothing was changed: interrupted before it was confirmed.".to_owned();
                Some((Decision::Declined, CallError::Declined(text)))
            }
        };
        if let Some((decision, refusal)) = refused {
            for row in checked.to_send.iter().take(many::MAX_CALLS).map(|(place, _)| &rows[*place]) {
                if let Ok(call) = job.call(row) {
                    job.toolbox.record_refusal(&call, decision, &refusal.to_string()).await;
                }
            }
            return Ok(Err(refusal));
        }
        was_confirmed = true;
    }
    let on_terminal = matches!(results, Results::Stream(_)) && std::io::stdout().is_terminal();
    let mut progress = Progress::new(arguments.quiet, on_terminal, ROW);
    progress.set_total(checked.to_send.len() as u64);
    let mut batch = Batch { job, rows, results, progress, done: 0, failed: 0, halted: None };
    let interrupted = batch.run(arguments, &checked.to_send, was_confirmed, &mut signals).await;
    batch.progress.clear();
    let tidied = match &mut *batch.results {
        Results::File(journal) => journal.tidy(),
        _ => Ok(()),
    };
    let interrupted = interrupted?;
    tidied?;
    batch.sum_up(rows.len() as u64, interrupted);
    Ok(Ok(batch.code(interrupted)))
}

/// Rows on their way.
struct Batch<'a> {
    job: &'a Job<'a>,
    rows: &'a [Row],
    results: &'a mut Results,
    progress: Progress,
    /// Rows that ended in this run, and how many of them with an error.
    done: u64,
    failed: u64,
    /// Why nothing more is started.
    halted: Option<String>,
}

impl Batch<'_> {
    /// Sends rows; whether a signal has ended it.
    async fn run(
        &mut self,
        arguments: &Arguments,
        to_send: &[(usize, String)],
        was_confirmed: bool,
        signals: &mut Signals,
    ) -> anyhow::Result<bool> {
        let (cancel, stop, abandon) =
            (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
        let executor = self.job.toolbox.executor();
        let attempts = Attempts {
            executor,
            stops: Stops { cancel: &cancel, stop: &stop, abandon: &abandon },
            policy: RetryPolicy::export(arguments.retries),
            patient: true,
            pace: Pace::default(),
        };
        let most = usize::from(arguments.concurrency);
        let mut running = FuturesUnordered::new();
        let mut lanes: Vec<(u64, Lane)> = Vec::new();
        let mut next = 0;
        let mut broken = None;
        loop {
            while let Some((place, identity)) = to_send.get(next) {
                if self.halted.is_some() || broken.is_some() || stop.is_cancelled() {
                    break;
                }
                let row = &self.rows[*place];
                let call = match self.job.call(row) {
                    Ok(call) => call,
                    // It was right a moment ago.
                    Err(error) => {
                        broken = Some(anyhow::anyhow!("line {}: {error}", row.line));
                        break;
                    }
                };
                let lane = Lane::of(self.job.operation, call.checked.arguments());
                if !lane.fits_beside(lanes.iter().map(|(_, lane)| lane), most, most) {
                    break;
                }
                if let (Results::File(journal), true) =
                    (&mut *self.results, self.job.operation.effect != Effect::Read)
                    && let Err(error) = journal.start(row.number, row.line, identity)
                {
                    broken = Some(error);
                    break;
                }
                next += 1;
                lanes.push((row.number, lane));
                let destroys = call.checked.effect() == Effect::Delete;
                let decision =
                    if was_confirmed && destroys { Decision::Confirmed } else { Decision::Allowed };
                let attempts = &attempts;
                running.push(Box::pin(async move {
                    let ended = attempts.run(&call, decision, None).await;
                    (row, identity, call, ended)
                }));
            }
            let (row, identity, call, ended) = tokio::select! {
                ended = running.next() => match ended {
                    Some(ended) => ended,
                    None => break,
                },
                () = signals.next() => {
                    if stop.is_cancelled() {
                        abandon.cancel();
                    } else {
                        stop.cancel();
                        self.progress.say("stopping: what was sent comes to its end; once more gives it up");
                    }
                    continue;
                }
            };
            lanes.retain(|(number, _)| *number != row.number);
            if let Some(line) = self.line(arguments, row, identity, &call, ended)
                && let Err(error) = self.results.end(&line)
            {
                broken.get_or_insert(error);
            }
            self.progress.moved(self.done, 1);
        }
        match broken {
            Some(error) => Err(error).context("the results cannot be written; nothing more was sent"),
            None => Ok(stop.is_cancelled()),
        }
    }

    /// What is written down of a row that has ended; nothing of one that was given up: that it was begun
    /// is known already.
    fn line(
        &mut self,
        arguments: &Arguments,
        row: &Row,
        identity: &str,
        call: &ValidCall,
        ended: Ended,
    ) -> Option<Line> {
        let mut line =
            Line { row: row.number, line: row.line, input: identity.to_owned(), ..Line::default() };
        self.done += 1;
        match ended {
            Ended::GivenUp => return None,
            Ended::Answered(answer, _, _) => {
                line.ok = Some(true);
                line.answer = Some(answer);
            }
            Ended::Failed(error) => {
                line.ok = Some(false);
                self.failed += 1;
                line.error = Some(error.to_string());
                let concerns_all = concerns_all(self.job.toolbox.executor(), call, &error);
                if let CallError::Failed(failure) = &error {
                    (line.status, line.code, line.request_id) =
                        (failure.status, failure.code.clone(), failure.request_id.clone());
                    line.may_have_taken_effect =
                        matches!(failure.outcome, Some(Outcome::Unknown | Outcome::Done));
                }
                // What would meet every other row as well says nothing about this one.
                line.postponed = (concerns_all || is_for_all(&error)) && !line.may_have_taken_effect;
                if line.postponed {
                    self.halted.get_or_insert_with(|| error.to_string());
                } else if arguments.stop_on_error {
                    self.halted.get_or_insert_with(|| format!("line {} failed (--stop-on-error)", row.line));
                }
            }
        }
        Some(line)
    }

    /// How many rows are in a state, after this run.
    fn count(&self, state: State) -> u64 {
        self.results.known().count(state)
    }

    fn code(&self, interrupted: bool) -> ExitCode {
        match () {
            () if interrupted => ExitCode::from(INTERRUPTED),
            () if self.is_complete() => ExitCode::SUCCESS,
            () => ExitCode::from(FAILED),
        }
    }

    /// Whether every row has its answer. What goes to stdout is not remembered.
    fn is_complete(&self) -> bool {
        match &self.results {
            Results::Stream(_) => self.halted.is_none() && self.failed == 0,
            _ => self.count(State::Done) == self.rows.len() as u64,
        }
    }

    /// What is to be known at the end.
    fn sum_up(&self, rows: u64, interrupted: bool) {
        let seconds = self.progress.seconds();
        let known = self.results.known();
        let (done, failed, unknown) = match &self.results {
            Results::Stream(_) => (self.done - self.failed, self.failed, 0),
            _ => (self.count(State::Done), self.count(State::Failed), self.count(State::Unknown)),
        };
        let mut text = format!("{done} of {} done", counted(rows, ROW));
        for (count, what) in [
            (failed, "failed"),
            (unknown, "may have taken effect"),
            (rows.saturating_sub(done + failed + unknown), "not sent"),
        ] {
            if count > 0 {
                text.extend([", ", &count.to_string(), " ", what]);
            }
        }
        self.progress.say(&format!("{text} ({seconds} s)"));
        let listed = |state| {
            let rows: Vec<usize> = known
                .in_state(state)
                .into_iter()
                .map(|row| usize::try_from(row).unwrap_or(usize::MAX))
                .collect();
            check::shortened(&ranges(&rows))
        };
        if unknown > 0 {
            self.progress.say(&format!(
                "rows {}: whether they took effect nobody knows; look, and send them again with --retry-unknown if they did not",
                listed(State::Unknown)
            ));
        }
        if failed > 0 {
            self.progress.say(&format!(
                "rows {}: failed, the results say why; --retry-failed sends them again",
                listed(State::Failed)
            ));
        }
        if let Some(why) = &self.halted {
            eprintln!("stopped: {why}\nthe same command goes on from there");
        } else if interrupted {
            eprintln!("interrupted; the same command goes on from there");
        }
    }
}
