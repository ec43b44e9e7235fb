//! The sizes of the lists and of the binary.

use std::process::Command;

use serde_json::{Value, json};

use crate::report::row;
use crate::server::Program;

pub fn all(programs: &[Program]) {
    for toolsets in ["default", "all"] {
        let lists: Vec<String> = programs.iter().map(|program| list(program, toolsets)).collect();
        row(&format!("list, {toolsets}"), &lists, "", "");
    }
    let sizes: Vec<String> = programs
        .iter()
        .map(|program| {
            let size = std::fs::metadata(&program.path).expect("the program").len();
            format!("{:.2} MB", size as f64 / 1e6)
        })
        .collect();
    row("binary", &sizes, "", "");
}

fn list(program: &Program, toolsets: &str) -> String {
    let output = Command::new(&program.path)
        .args(["tools", "--json", "--toolsets", toolsets])
        .output()
        .expect("the program runs");
    let tools: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    // What a model sees of a tool.
    let seen: Vec<usize> = tools
        .iter()
        .map(|tool| {
            json!({"name": tool["name"], "description": tool["description"], "input_schema": tool["inputSchema"]})
                .to_string()
                .len()
        })
        .collect();
    let (bytes, largest) = (seen.iter().sum::<usize>(), seen.iter().max().unwrap_or(&0));
    format!("{} tools, {bytes} bytes, {} tokens, largest {largest} bytes", tools.len(), bytes / 4)
}
