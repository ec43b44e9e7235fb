//! `workos-mcp export`: a whole list into a file, one page in memory at a time.

mod output;
mod rows;

use std::collections::HashSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use self::output::{Job, Output, PartFile, Position};
use self::rows::{Format, Layout, Rows};
use super::call;
use super::process::{FAILED, INTERRUPTED, WRONG_USAGE, WrongUsage, block_on, is_broken_pipe};
use super::progress::{Progress, counted};
use super::settings::Settings;
use crate::client::{Arguments as CallArguments, RetryPolicy, Violation};
use crate::operation::Operation;
use crate::private_file;
use crate::tools::answer::{ids, items};
use crate::tools::error::{CallError, Ended, Failure};
use crate::tools::paging::{Page, Pages};
use crate::tools::projection::look;
use crate::tools::sanitize::sanitize_name;
use crate::tools::suggestion::nearest_operation;
use crate::tools::toolbox::{Resolved, Toolbox};
use crate::tools::validation::ValidCall;

/// Shown below the help of the command.
pub const EXAMPLES: &str = "\
Examples:
  workos-mcp export list_directory_users directory_id=directory_… --out users.jsonl
  workos-mcp export list_users --out users.csv fields=id,email,last_sign_in_at
  workos-mcp export list_organizations --format jsonl | jq -r .name

Interrupted, by whatever, the same command goes on where it stopped: until it is complete the
file is called FILE.part, and FILE.part.json says how far it is good. Exports hold personal
data; the files are readable by their owner only.

Exit codes: 0 complete, 1 failed, 2 wrong usage, 130 interrupted.";

/// What is counted.
const ITEM: &str = "item";

/// What to export, and where to.
#[derive(Debug, clap::Args)]
#[group(id = "export")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Arguments {
    #[command(flatten)]
    call: call::Arguments,

    /// What to write; what FILE ends with if left out, else `jsonl`
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// The file to write: .jsonl, .ndjson or .csv; `-` or nothing for stdout, where nothing can be
    /// resumed
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace FILE if it exists, once the export is complete
    #[arg(long)]
    overwrite: bool,

    /// Throw away what an interrupted export has left, and start anew
    #[arg(long)]
    restart: bool,

    /// CSV cells exactly as they are, also those that a spreadsheet would run as a formula
    ///
    /// Otherwise such cells get an apostrophe in front.
    #[arg(long)]
    raw_cells: bool,

    /// CSV that begins with a byte order mark, so that spreadsheets read it as UTF-8
    #[arg(long)]
    bom: bool,

    /// How often in a row a page that fails is asked for again
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    retries: u32,

    /// No progress and no remarks on stderr, only errors
    #[arg(long, short)]
    quiet: bool,
}

/// Exports the list.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let operation = list(&arguments.call.tool)?;
    let values = call::values(Some(operation), &arguments.call)?;
    for (name, why) in [
        ("max_items", "an export is always the whole list; `call` takes `max_items`"),
        ("before", "an export goes forward, from `after` if it is given"),
        ("count_by", "an export is the items themselves; `call` counts them"),
        ("sort_by", "an export is in the order of WorkOS; `call` sorts"),
    ] {
        if values.contains_key(name) {
            return Err(WrongUsage(format!("`{name}`: {why}")).into());
        }
    }
    let toolbox = settings.whole_toolbox()?;
    let conditions = values.get("where").cloned();
    let call = match block_on(async { Ok(toolbox.resolve(operation.name, values).await) })? {
        Ok(Resolved::Call(call)) => call,
        Ok(Resolved::Many(_)) => bail!("`{}` is no operation", operation.name),
        // Somebody asks what can be asked for.
        Ok(Resolved::Answered(_)) => {
            let name = operation.name;
            let text = format!(
                "this is answered without a request, and is no list: `workos-mcp call {name}` shows it"
            );
            return Err(WrongUsage(text).into());
        }
        Err(error) => {
            eprintln!("error: {error}");
            let usage = error.ended() == Ended::Usage;
            return Ok(ExitCode::from(if usage { WRONG_USAGE } else { FAILED }));
        }
    };
    let format = format(arguments)?;
    let layout = Layout { raw_cells: arguments.raw_cells, bom: arguments.bom };
    let rows = Rows::new(format, operation, call.projection.paths(), layout);
    let mut output = open(arguments, &toolbox, &call, conditions, format, &rows)?;
    let stream = matches!(output, Output::Stream(..));
    let written = Arc::new(AtomicU64::new(output.position().items));
    end_on_signal(Arc::clone(&written), stream);

    let progress = Progress::new(arguments.quiet, stream && std::io::stdout().is_terminal(), ITEM);
    let retries = arguments.retries;
    let mut export = Export {
        toolbox: &toolbox,
        operation,
        rows,
        progress,
        retries,
        retry: RetryPolicy::export(retries),
        written,
        repeated: 0,
        resumed: output.position().items > 0,
    };
    let outcome = block_on(export.run(call, &mut output));
    export.progress.clear();
    match outcome {
        Ok(()) => {
            let items = output.position().items;
            output.finish()?;
            export.sum_up(items);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if is_broken_pipe(&error) || error.is::<WrongUsage>() => {
            output.give_up();
            Err(error)
        }
        Err(error) => {
            eprintln!("error: {error:#}\n{}", output.give_up());
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What is written: what was asked for, or what the file is called after.
fn format(arguments: &Arguments) -> Result<Format, WrongUsage> {
    let file = arguments.out.as_deref().filter(|path| *path != Path::new("-"));
    let ending = file.and_then(Path::extension).map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let named = match ending.as_deref() {
        None => None,
        Some("csv") => Some(Format::Csv),
        Some("jsonl" | "ndjson") => Some(Format::Jsonl),
        // Also where the format is given: no other program would read such a file by its name.
        Some(other) => {
            return Err(WrongUsage(format!(
                "--out: there is no format for a file that ends in `.{}`; there are `.jsonl` (or `.ndjson`), one JSON \
                 object a line, and `.csv`, which spreadsheets open (`--bom` if they show letters wrongly)",
                sanitize_name(other)
            )));
        }
    };
    let format = arguments.format.or(named).unwrap_or(Format::Jsonl);
    if arguments.bom && format != Format::Csv {
        return Err(WrongUsage("--bom is for CSV; JSON Lines has no byte order mark".to_owned()));
    }
    Ok(format)
}

/// Names that nothing has are wrong usage.
fn check(faults: &[Violation]) -> Result<(), WrongUsage> {
    if faults.is_empty() { Ok(()) } else { Err(WrongUsage(Violation::list(faults))) }
}

/// The operation of this name, if it lists something.
fn list(name: &str) -> Result<&'static Operation, WrongUsage> {
    let lists = || crate::api::operations().filter(|operation| operation.items().is_some());
    lists().find(|operation| operation.name == name).ok_or_else(|| {
        let near = nearest_operation(name, lists())
            .map(|near| format!("did you mean `{near}`? "))
            .unwrap_or_default();
        WrongUsage(format!(
            "`{name}` is no tool that lists; {near}such are `list_directory_users`, `list_users`, \
             `list_organizations` and the like (`workos-mcp tools --toolsets all` shows them)"
        ))
    })
}

/// Where the export goes.
fn open(
    arguments: &Arguments,
    toolbox: &Toolbox,
    call: &ValidCall,
    conditions: Option<Value>,
    format: Format,
    rows: &Rows,
) -> anyhow::Result<Output> {
    let Some(path) = arguments.out.as_deref().filter(|path| *path != Path::new("-")) else {
        return Ok(Output::Stream(Box::new(std::io::stdout()), Position::default()));
    };
    match path.symlink_metadata().map(|metadata| metadata.file_type()) {
        Ok(kind) if kind.is_symlink() => {
            let path = path.display();
            let text = format!(
                "--out: {path} is a symbolic link, which an export does not follow: name the file itself, or `-` for stdout"
            );
            return Err(WrongUsage(text).into());
        }
        Ok(kind) if kind.is_dir() => {
            return Err(WrongUsage(format!("--out: {} is a directory", path.display())).into());
        }
        // A device or a named pipe.
        Ok(kind) if !kind.is_file() => {
            let file = private_file::open_stream(path);
            let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
            return Ok(Output::Stream(Box::new(file), Position::default()));
        }
        _ => {}
    }
    let mut asked_for = call.checked.arguments().clone();
    // Pages of another size are pages of the same list.
    asked_for.shift_remove("limit");
    asked_for.sort_keys();
    let mut asked_for =
        json!([asked_for, call.projection.paths(), rows.columns(), arguments.raw_cells, arguments.bom]);
    if let (Some(conditions), Value::Array(parts)) = (conditions, &mut asked_for) {
        parts.push(conditions);
    }
    let job = Job {
        tool: call.checked.operation().name.to_owned(),
        format: format.as_str().to_owned(),
        base_url: toolbox.executor().client().base_url().url().to_string(),
        environment: toolbox.catalog().environment().as_str().to_owned(),
        arguments: URL_SAFE_NO_PAD.encode(Sha256::digest(asked_for.to_string())),
    };
    Ok(Output::File(PartFile::open(path, job, arguments.overwrite, arguments.restart)?))
}

/// Ends the process on a signal, wherever it is: what is in the file then is as good as after
/// a crash, and a reader of stdout that has stopped reading does not hold it up.
fn end_on_signal(written: Arc<AtomicU64>, stream: bool) {
    std::thread::spawn(move || {
        let signal = block_on(async { Ok(super::signals::signal().await?) });
        if signal.is_ok() {
            let items = written.load(Ordering::Relaxed);
            let next = if stream { "" } else { "; the same command goes on from there" };
            eprintln!("\ninterrupted after {}{next}", counted(items, ITEM));
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
}

/// A list on its way into a file.
struct Export<'a> {
    toolbox: &'a Toolbox,
    operation: &'static Operation,
    rows: Rows,
    progress: Progress,
    retries: u32,
    retry: RetryPolicy,
    /// Items that are written, for who is interrupted.
    written: Arc<AtomicU64>,
    /// Items that the page before had already.
    repeated: u64,
    /// An earlier run wrote the beginning.
    resumed: bool,
}

impl Export<'_> {
    /// Writes page after page.
    async fn run(&mut self, call: ValidCall, output: &mut Output) -> anyhow::Result<()> {
        let ValidCall { mut checked, projection, question, remarks } = call;
        let projection = projection.whole();
        for remark in &remarks {
            self.progress.say(remark);
        }
        let mut sightings = projection.sightings(self.operation);
        if self.resumed || checked.after().is_some() {
            sightings = sightings.of_rest();
        }
        if let Some(question) = &question {
            question.watch(&mut sightings);
        }
        let Position { after, complete, items, bytes } = output.position().clone();
        if complete {
            return Ok(());
        }
        if bytes == 0 {
            output.append(&self.rows.header()?, 0, None, false)?;
        }
        if let Some(after) = after {
            self.progress.say(&format!("going on after {}", counted(items, ITEM)));
            checked.set_after(&after);
            if self.operation.rate_limit.is_some() {
                // What the run before has asked for last counts too.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        if self.progress.wants_total()
            && question.is_none()
            && let Some(total) = self.total(checked.arguments()).await
        {
            self.progress.set_total(total);
        }
        let mut pages = Pages::new(self.toolbox.executor().sender(), checked);
        // Where a cursor is an ID, a list that starts with it repeats its object.
        let mut before: HashSet<String> = pages.after().map(str::to_owned).into_iter().collect();
        // A first page may tell that there are no such fields; after that all of the list is wanted.
        let mut is_first = output.position().items == 0;
        let mut certain = if is_first && sightings.may_fail_early() { 0 } else { usize::MAX };
        while let Some(Page { answer: mut page, repeated_cursor }) = self.page(&mut pages, certain).await? {
            certain = usize::MAX;
            if let Some(cursor) = repeated_cursor {
                bail!("WorkOS gives the cursor `{cursor}` a second time, so this list would never end");
            }
            let ids = ids(&page);
            look(&mut sightings, self.operation, &page);
            if std::mem::take(&mut is_first) {
                check(&sightings.early_faults())?;
            }
            let fits: Vec<bool> = match (&question, crate::tools::answer::items(&page)) {
                (Some(question), Some(items)) => items.iter().map(|item| question.fits(item)).collect(),
                _ => Vec::new(),
            };
            projection.prune(self.operation, &mut page);
            let mut items = match page.get_mut("data").map(Value::take) {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            let is_repeated =
                |at: usize| ids.get(at).and_then(Option::as_ref).is_some_and(|id| before.contains(id));
            let (mut at, mut repeated) = (0, 0);
            items.retain(|_| {
                let (again, fits) = (is_repeated(at), fits.get(at).is_none_or(|fits| *fits));
                at += 1;
                repeated += u64::from(again);
                fits && !again
            });
            self.repeated += repeated;
            before = ids.into_iter().flatten().collect();

            let after = pages.after().map(str::to_owned).filter(|_| !pages.ended());
            output.append(&self.rows.lines(&items)?, items.len(), after, pages.ended())?;
            let total = output.position().items;
            self.written.store(total, Ordering::Relaxed);
            self.progress.moved(total, items.len());
        }
        check(&sightings.faults())?;
        if let Some(remark) = sightings.remark() {
            self.progress.say(&remark);
        }
        Ok(())
    }

    /// The next page, asked for again where that may help.
    async fn page(&mut self, pages: &mut Pages<'_>, certain: usize) -> anyhow::Result<Option<Page>> {
        let mut failures = 0;
        loop {
            let failure = match pages.next(usize::MAX, certain).await {
                None => return Ok(None),
                Some(Ok(page)) if items(&page.answer).is_some() => return Ok(Some(page)),
                Some(Ok(_)) => {
                    pages.retry_page();
                    Failure {
                        text: "WorkOS answered without a list.".to_owned(),
                        transient: true,
                        ..Failure::default()
                    }
                }
                Some(Err(CallError::Failed(failure))) => failure,
                Some(Err(error)) => bail!("{error}"),
            };
            let pause = self.retry.pause(failures, failure.retry_after).filter(|_| failure.transient);
            let Some(pause) = pause else { bail!("{}", failure.text) };
            failures += 1;
            self.progress.say(&format!(
                "{}\nasking for the same page again in {:.1} s ({failures} of {})",
                failure.text.lines().next().unwrap_or_default(),
                pause.as_secs_f32(),
                self.retries
            ));
            tokio::time::sleep(pause).await;
        }
    }

    /// How many items there are, where a directory counts them. Only the bar wants to know.
    async fn total(&self, arguments: &CallArguments) -> Option<u64> {
        let filtered =
            arguments.keys().any(|name| !matches!(name.as_str(), "directory_id" | "limit" | "order"));
        if filtered {
            return None;
        }
        let directory = crate::api::operations().find(|operation| operation.name == "get_directory")?;
        let id = CallArguments::from_iter([("id".to_owned(), arguments.get("directory_id")?.clone())]);
        let client = self.toolbox.executor().client();
        let reply = client.execute(&client.check(directory, id).ok()?).await.ok()?;
        let directory: Value = serde_json::from_slice(&reply.body).ok()?;
        let counts = directory.get("metadata")?;
        match self.operation.name {
            "list_directory_groups" => counts.get("groups")?.as_u64(),
            "list_directory_users" => {
                let users = counts.get("users")?;
                Some(users.get("active")?.as_u64()? + users.get("inactive")?.as_u64()?)
            }
            _ => None,
        }
    }

    /// What is to be known at the end.
    fn sum_up(&self, items: u64) {
        self.progress.say(&format!("{}, complete ({} s)", counted(items, ITEM), self.progress.seconds()));
        if self.repeated > 0 {
            self.progress
                .say(&format!("{} came again on the next page and stand once", counted(self.repeated, ITEM)));
        }
        let missing = self.rows.without_column();
        if !missing.is_empty() {
            self.progress.say(&format!(
                "without a column, because the documentation does not know them: {}; `fields` or jsonl has them",
                missing.join(", ")
            ));
        }
        let empty = self.rows.no_longer_sent();
        if !empty.is_empty() {
            let now = if self.resumed { " in what this run wrote" } else { "" };
            self.progress.say(&format!(
                "empty{now}, because WorkOS no longer sends them (deprecated): {}; what the tool's documentation \
                 names in their place has the values",
                empty.join(", ")
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_are_exported() {
        assert_eq!(
            list("list_directory_users").map(|operation| operation.name).ok(),
            Some("list_directory_users")
        );
        let refusal = list("list_directory_user").expect_err("no such tool").to_string();
        assert!(refusal.contains("did you mean `list_directory_users`?"), "{refusal}");
        for no_list in ["get_organization", "whoami", "", "create_organization"] {
            assert!(list(no_list).is_err(), "{no_list}");
        }
    }
}
