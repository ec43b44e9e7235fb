//! `workos-mcp tools`: what would be offered.

use std::process::ExitCode;

use super::print;
use super::settings::Settings;
use crate::api::TOOLSETS;
use crate::server::listed;
use crate::server::tools::Tools;

/// How to show the tools.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// As JSON, just as MCP clients see them
    #[arg(long)]
    json: bool,
}

/// Prints the tools.
pub fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let tools = settings.tools()?;
    if arguments.json {
        print(serde_json::to_string_pretty(&listed(&tools))?)?;
    } else {
        for line in lines(&tools) {
            print(line)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(tools: &Tools) -> Vec<String> {
    let mut lines = Vec::new();
    let width = tools.offered().map(|operation| operation.name.len()).max().unwrap_or_default();
    for toolset in TOOLSETS {
        let mut offered = toolset
            .operations
            .iter()
            .filter(|operation| tools.is_selected(operation) && tools.access().allows(operation))
            .peekable();
        if offered.peek().is_none() {
            continue;
        }
        lines.push(format!("{} — {}", toolset.name, toolset.about));
        for operation in offered {
            let sentence = operation.summary();
            lines.push(format!("  {:width$}  {:6}  {sentence}", operation.name, operation.effect.as_str()));
        }
        lines.push(String::new());
    }
    lines.push(format!(
        "{} tools on {}, access {}; beside them `whoami`, which tells an agent the same.",
        tools.offered().count(),
        tools.environment(),
        tools.access().as_str()
    ));
    if tools.withheld() > 0 {
        lines.push(format!(
            "{} more are switched off by the access level; --access write turns on what creates and changes, --access full all.",
            tools.withheld()
        ));
    }
    let hidden: Vec<_> = tools.toolsets(false).collect();
    if !hidden.is_empty() {
        lines.push("Not offered; --toolsets adds them:".to_owned());
        let width = hidden.iter().map(|toolset| toolset.name.len()).max().unwrap_or_default();
        lines.extend(hidden.iter().map(|toolset| {
            format!("  {:width$}  {} ({} tools)", toolset.name, toolset.about, toolset.operations.len())
        }));
    }
    lines
}
