//! What models see: every schema is one that all clients take, the list stays within its budget,
//! and each tool is as its snapshot says. `UPDATE=1` rewrites the snapshots, for review as a diff.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use workos_mcp::api::{TOOLSETS, operations};
use workos_mcp::client::Client;
use workos_mcp::mcp::instructions::instructions;
use workos_mcp::mcp::listing::listed;
use workos_mcp::tools::access::Access;
use workos_mcp::tools::description::ToolDescription;
use workos_mcp::tools::json_schema;
use workos_mcp::tools::policy::Policy;
use workos_mcp::tools::selection::Selection;
use workos_mcp::tools::toolbox::Toolbox;

/// The most tokens of the default list, at four bytes each.
const MAX_DEFAULT: usize = 8_200;
/// The most tokens of all tools.
const MAX_ALL: usize = 42_000;
/// The most tokens of the tools that discover the rest.
const MAX_DISCOVERY: usize = 700;
/// The most bytes of a tool.
const MAX_TOOL: usize = 2_048;
/// The braces and names around a tool, in bytes.
const FRAME: usize = r#"{"name":"","description":"","input_schema":}"#.len();

fn toolbox(toolsets: &str, discovery: bool) -> Toolbox {
    let selection = Selection { toolsets: vec![toolsets.to_owned()], discovery, ..Selection::default() };
    let client = Client::builder().sandbox(true).build();
    Toolbox::new(client, selection.resolve().expect("names"), Policy::default())
}

#[test]
fn every_schema_is_one_that_all_clients_take() {
    fn check(schema: &Value, path: &str) {
        let Value::Object(fields) = schema else { panic!("{path}: a schema is an object") };
        let kind = fields.get("type").and_then(Value::as_str).unwrap_or_else(|| panic!("{path}: no type"));
        for name in fields.keys() {
            let allowed = [
                "type",
                "properties",
                "required",
                "additionalProperties",
                "description",
                "enum",
                "items",
                "minimum",
                "maximum",
            ];
            assert!(allowed.contains(&name.as_str()), "{path}: `{name}`");
        }
        assert_eq!(kind == "array", fields.contains_key("items"), "{path}: items");
        if let Some(Value::Object(properties)) = fields.get("properties") {
            for (name, schema) in properties {
                check(schema, &format!("{path}.{name}"));
            }
        }
        for name in ["items", "additionalProperties"] {
            if let Some(schema) = fields.get(name).filter(|schema| !schema.is_boolean()) {
                check(schema, &format!("{path}.{name}"));
            }
        }
    }
    for operation in operations() {
        let schema = Value::Object(json_schema::input(operation, Access::Full));
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()));
        check(&schema, operation.name);
    }
}

/// Every client pays for every byte of every tool, in every conversation.
#[test]
fn the_list_stays_within_its_budget() {
    let tokens = |tools: &[ToolDescription]| tools.iter().map(|tool| tool.bytes() + FRAME).sum::<usize>() / 4;
    let tools =
        |toolsets, discovery| toolbox(toolsets, discovery).descriptions().collect::<Vec<ToolDescription>>();
    for (toolsets, max) in [("default", MAX_DEFAULT), ("all", MAX_ALL)] {
        let tools = tools(toolsets, true);
        let found = tokens(&tools);
        assert!(found <= max, "{}", what_to_trim(toolsets, found, max, tools));
    }
    for tool in tools("all", true) {
        let bytes = tool.bytes() + FRAME;
        assert!(
            bytes <= MAX_TOOL,
            "`{}` takes {bytes} bytes, {} too many: publish its largest argument `as brief`, or say less",
            tool.name,
            bytes - MAX_TOOL
        );
    }
    let discovery = tokens(&tools("none", true)) - tokens(&tools("none", false));
    assert!(discovery > 0 && discovery < MAX_DISCOVERY, "{discovery} tokens to discover the rest");
}

/// Who has to give way is decided by people; this says where there is something to gain.
fn what_to_trim(toolsets: &str, found: usize, max: usize, mut tools: Vec<ToolDescription>) -> String {
    tools.sort_by_key(|tool| std::cmp::Reverse(tool.bytes()));
    let largest: Vec<String> =
        tools.iter().take(10).map(|tool| format!("{} ({} tokens)", tool.name, tool.bytes() / 4)).collect();
    format!(
        "the tools of `--toolsets {toolsets}` take {found} tokens, {} more than the budget of {max}. Trim what says \
         least for its length, here or in what was added: shorten descriptions, leave out what a name says already, or \
         publish large arguments `as brief`. Largest: {}. `workos-mcp tools --budget` shows all.",
        found - max,
        largest.join(", ")
    )
}

#[test]
fn a_budget_that_is_overdrawn_says_what_to_trim() {
    let tools: Vec<ToolDescription> = toolbox("default", true).descriptions().collect();
    let largest = tools.iter().max_by_key(|tool| tool.bytes()).expect("a tool").name;
    let text = what_to_trim("default", MAX_DEFAULT + 83, MAX_DEFAULT, tools);
    for part in ["83 more than the budget", "`as brief`", &format!("Largest: {largest} (")] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn every_tool_is_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let toolbox = toolbox("all", true);
    let tools = serde_json::to_value(listed(&toolbox)).expect("JSON");
    let tools = tools.as_array().expect("a list");
    let mut snapshots: Vec<(String, String)> = TOOLSETS
        .iter()
        .map(|toolset| {
            let own: Vec<&Value> = tools
                .iter()
                .filter(|tool| toolset.operations.iter().any(|operation| tool["name"] == operation.name))
                .collect();
            (format!("{}.json", toolset.name), rendered(&own))
        })
        .collect();
    // Where nothing is selected, all that is offered is no operation.
    let built_in = serde_json::to_value(listed(&self::toolbox("none", true))).expect("JSON");
    let built_in: Vec<&Value> = built_in.as_array().expect("a list").iter().collect();
    snapshots.push(("no_operation.json".to_owned(), rendered(&built_in)));
    let default = self::toolbox("default", true);
    snapshots.push(("instructions.txt".to_owned(), instructions(default.catalog()) + "\n"));

    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(&folder).expect("the folder");
        for file in files(&folder) {
            std::fs::remove_file(folder.join(file)).expect("an old snapshot");
        }
        for (file, text) in &snapshots {
            std::fs::write(folder.join(file), text).expect("a snapshot");
        }
        return;
    }
    let known: BTreeSet<&str> = snapshots.iter().map(|(file, _)| file.as_str()).collect();
    for file in files(&folder) {
        assert!(known.contains(file.as_str()), "tests/snapshots/{file} belongs to nothing");
    }
    for (file, expected) in &snapshots {
        let found = std::fs::read_to_string(folder.join(file)).unwrap_or_default().replace("\r\n", "\n");
        let line = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
        assert!(
            found == *expected,
            "tests/snapshots/{file} is out of date from line {} on: look at what models would see, and run \
             `UPDATE=1 cargo test --test tool_list` if that is meant",
            line.unwrap_or_else(|| found.lines().count().min(expected.lines().count())) + 1
        );
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// JSON with a line for each argument.
fn rendered(tools: &[&Value]) -> String {
    fn write(out: &mut String, value: &Value, depth: usize) {
        let indent = "  ".repeat(depth + 1);
        match value {
            Value::Object(fields) if depth < 4 && !fields.is_empty() => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    // Hints and the arguments themselves stay on their line.
                    let depth = if name == "annotations" || depth == 3 { 4 } else { depth + 1 };
                    out.extend([comma, "\n", &indent, &Value::from(name.as_str()).to_string(), ": "]);
                    write(out, value, depth);
                }
                out.push('\n');
                out.push_str(&"  ".repeat(depth));
                out.push('}');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::from("[");
    for (index, tool) in tools.iter().enumerate() {
        out.push_str(if index > 0 { ",\n  " } else { "\n  " });
        write(&mut out, tool, 1);
    }
    out.push_str("\n]\n");
    out
}
