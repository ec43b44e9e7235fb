//! The README's table of tools is what the program offers, and its list of limits what it knows of them.
//! `UPDATE=1` rewrites them.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

use std::fmt::Write;
use std::path::Path;

use workos_mcp::api::TOOLSETS;
use workos_mcp::tools::limits::LIMITS;

const START: &str = "<!-- tools -->\n";
const END: &str = "<!-- end of tools -->";

#[test]
fn what_is_generated_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut readme = std::fs::read_to_string(&path).expect("the README");
    for (start, end, expected) in
        [(START, END, table()), ("<!-- limits -->\n", "<!-- end of limits -->", limits())]
    {
        let (before, rest) = readme.split_once(start).expect("where it starts");
        let (found, after) = rest.split_once(end).expect("where it ends");
        if std::env::var_os("UPDATE").is_none() {
            assert!(found == expected, "the README is out of date: run `UPDATE=1 cargo test --test readme`");
        }
        readme = format!("{before}{start}{expected}{end}{after}");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, readme).expect("the README");
    }
}

#[test]
fn every_setting_is_documented() {
    let readme = include_str!("../README.md");
    let settings = include_str!("../src/cli/settings.rs");
    for (name, ()) in settings.match_indices("WORKOS_").map(|(start, _)| {
        let rest = &settings[start..];
        let end =
            rest.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_').unwrap_or(rest.len());
        (&rest[..end], ())
    }) {
        assert!(readme.contains(&format!("`{name}`")), "{name} is not in the README");
    }
}

fn table() -> String {
    let mut table = String::new();
    for toolset in TOOLSETS {
        let everyday = toolset.operations.iter().filter(|operation| operation.everyday).count();
        let everyday = if everyday == 0 { String::new() } else { format!(", {everyday} everyday") };
        writeln!(
            table,
            "<details><summary><code>{}</code>: {} ({} tools{everyday})</summary>\n\n| tool | effect | what it does |\n|---|---|---|",
            toolset.name,
            toolset.description,
            toolset.operations.len(),
        )
        .expect("a string");
        for operation in toolset.operations {
            let sentence = operation.summary();
            let raised = if operation.worst_effect() == operation.effect { "" } else { ", can destroy" };
            let name = operation.name;
            let name = if operation.everyday { format!("**`{name}`**") } else { format!("`{name}`") };
            writeln!(table, "| {name} | {}{raised} | {sentence} |", operation.effect.as_str())
                .expect("a string");
        }
        table.push_str("\n</details>\n\n");
    }
    table
}

fn limits() -> String {
    let mut table =
        String::from("| what cannot be done | where it is, and what comes nearest |\n|---|---|\n");
    for limit in LIMITS {
        let nearest: Vec<String> = limit.nearest.iter().map(|name| format!("`{name}`")).collect();
        let nearest = if nearest.is_empty() { String::new() } else { format!(" ({})", nearest.join(", ")) };
        writeln!(table, "| {} | {}{nearest} |", limit.cannot, limit.instead).expect("a string");
    }
    table.push('\n');
    table
}
