//! `workos-mcp tools`: what would be offered, and what it costs.

use std::process::ExitCode;

use super::process::print;
use super::settings::Settings;
use crate::api::TOOLSETS;
use crate::mcp::listing::listed;
use crate::operation::Operation;
use crate::tools::catalog::{Catalog, Part};
use crate::tools::selection::Reach;
use crate::tools::toolbox::Toolbox;

/// How to show the tools.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// As JSON, just as MCP clients see them
    #[arg(long)]
    json: bool,

    /// With what each costs a model: bytes of name, description and input schema, and
    /// tokens at four bytes each
    #[arg(long, conflicts_with = "json")]
    budget: bool,
}

/// Prints the tools.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let toolbox = settings.toolbox()?;
    if arguments.json {
        print(serde_json::to_string_pretty(&listed(&toolbox))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = if arguments.budget { budget(&toolbox) } else { lines(toolbox.catalog()) };
    for line in lines {
        print(line)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The operations of a toolset that are offered as tools.
fn offered(catalog: &Catalog, operations: &[&'static Operation]) -> Vec<&'static Operation> {
    let offered =
        |operation: &&Operation| catalog.is_selected(operation) && catalog.access().allows(operation);
    operations.iter().copied().filter(offered).collect()
}

/// Marks an effect that some arguments raise.
const RAISED: &str = "*";

fn lines(catalog: &Catalog) -> Vec<String> {
    let mut lines = Vec::new();
    let width = catalog.offered().map(|operation| operation.name.len()).max().unwrap_or_default();
    for toolset in TOOLSETS {
        let offered = offered(catalog, toolset.operations);
        if offered.is_empty() {
            continue;
        }
        lines.push(format!("{} — {}", toolset.name, toolset.description));
        for operation in offered {
            let sentence = operation.summary();
            let raised = if operation.worst_effect() == operation.effect { "" } else { RAISED };
            let effect = format!("{}{raised}", operation.effect.as_str());
            lines.push(format!("  {:width$}  {effect:7}  {sentence}", operation.name));
        }
        lines.push(String::new());
    }
    lines.push(format!("{RAISED} with some arguments it destroys: that needs `--access full`"));
    lines.push(format!(
        "{} tools on {}, access {}{}.",
        catalog.offered().count(),
        catalog.environment(),
        catalog.access().as_str(),
        if catalog.has_whoami() { "; beside them `whoami`, which tells an agent the same" } else { "" }
    ));
    if catalog.withheld() > 0 {
        lines.push(format!(
            "{} more are switched off by the access level; --access write turns on what creates and changes, --access full all.",
            catalog.withheld()
        ));
    }
    if catalog.discovers() {
        let more = catalog.hidden().count();
        lines.push(format!(
            "{more} more operations are within reach of `find_operations` and the tools that run what it finds \
             (--no-discovery takes them away)."
        ));
    } else if catalog.reach() != Reach::All {
        lines.push(format!("Discovery reaches {}.", catalog.reach_in_words()));
    }
    let hidden: Vec<_> = catalog.toolsets(Part::Some).chain(catalog.toolsets(Part::Nothing)).collect();
    if !hidden.is_empty() {
        lines.push("Not shown, or not all of them; --toolsets adds whole toolsets:".to_owned());
        let width = hidden.iter().map(|toolset| toolset.name.len()).max().unwrap_or_default();
        lines.extend(hidden.iter().map(|toolset| {
            let all = toolset.operations.len();
            let missing = all - toolset.operations.iter().filter(|one| catalog.is_selected(one)).count();
            let count = if missing == all { format!("{all} tools") } else { format!("{missing} more tools") };
            format!("  {:width$}  {} ({count})", toolset.name, toolset.description)
        }));
    }
    lines
}

/// What the list costs: by toolset, and tool by tool, the dearest first.
fn budget(toolbox: &Toolbox) -> Vec<String> {
    let mut costs: Vec<(String, usize)> =
        toolbox.descriptions().map(|tool| (tool.name.to_owned(), tool.bytes())).collect();
    let cost = |name: &str| costs.iter().find(|(known, _)| known == name).map_or(0, |(_, bytes)| *bytes);
    let mut toolsets: Vec<(&str, usize, usize)> = TOOLSETS
        .iter()
        .map(|toolset| (toolset.name, offered(toolbox.catalog(), toolset.operations)))
        .filter(|(_, offered)| !offered.is_empty())
        .map(|(name, offered)| {
            (name, offered.len(), offered.iter().map(|operation| cost(operation.name)).sum())
        })
        .collect();
    let total: usize = costs.iter().map(|(_, bytes)| bytes).sum();
    let common = total - toolsets.iter().map(|(.., bytes)| bytes).sum::<usize>();
    let count = costs.len() - toolsets.iter().map(|(_, count, _)| count).sum::<usize>();
    toolsets.push(("(no operation)", count, common));
    let row = |name: &str, count: String, bytes: usize| {
        format!("{name:<width$}  {count:>5}  {bytes:>7}  {:>6}", bytes.div_ceil(4), width = 50)
    };
    let heading = |what: &str, count: &str| {
        format!("{what:<width$}  {count:>5}  {:>7}  {:>6}", "bytes", "tokens", width = 50)
    };
    let mut lines = vec![heading("toolset", "tools")];
    lines.extend(toolsets.iter().map(|(name, count, bytes)| row(name, count.to_string(), *bytes)));
    lines.push(row("all", costs.len().to_string(), total));
    lines.push(String::new());
    lines.push(heading("tool", ""));
    costs.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    lines.extend(costs.iter().map(|(name, bytes)| row(name, String::new(), *bytes)));
    lines
}
