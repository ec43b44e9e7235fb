//! The README's table of tools is what the program offers. `UPDATE=1` rewrites it.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

use std::fmt::Write;
use std::path::Path;

use workos_mcp::api::TOOLSETS;

const START: &str = "<!-- tools -->\n";
const END: &str = "<!-- end of tools -->";

#[test]
fn the_table_of_tools_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README");
    let (before, rest) = readme.split_once(START).expect("the start of the table");
    let (found, after) = rest.split_once(END).expect("the end of the table");
    let expected = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{START}{expected}{END}{after}")).expect("the README");
    } else {
        assert!(found == expected, "the table is out of date: run `UPDATE=1 cargo test --test readme`");
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
