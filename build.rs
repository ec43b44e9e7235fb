//! Collects from `fixtures/<toolset>/<tool>.json` what the sandbox answers, and the example
//! queries of each operation: how people ask for it. Those are taken apart into terms here, by the
//! code of the search, so that the first search need not do it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;

#[expect(dead_code, reason = "the build needs the spellings alone")]
#[path = "src/tools/search/synonyms.rs"]
mod synonyms;
#[path = "src/tools/search/tokenize.rs"]
mod tokenize;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("fixtures");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut fixtures = BTreeMap::new();
    for toolset in fs::read_dir(&root)? {
        let toolset = toolset?.path();
        if !toolset.is_dir() {
            continue;
        }
        for file in fs::read_dir(&toolset)? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "json")
                && let Some(name) = file.file_stem()
            {
                fixtures.insert(name.to_string_lossy().into_owned(), file);
            }
        }
    }
    let mut answers = String::from("static FIXTURES: &[(&str, &str)] = &[\n");
    let mut example_terms = String::from("pub static EXAMPLE_TERMS: &[(&str, &[u16])] = &[\n");
    // The first is none: its number begins a query.
    let mut terms = vec![String::new()];
    let mut numbers = BTreeMap::new();
    for (name, file) in &fixtures {
        let mut json: Value = serde_json::from_str(&fs::read_to_string(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let mut queries = Vec::new();
        for query in json["example_queries"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            queries.push(0);
            for term in tokenize::tokenize(query) {
                let number = *numbers.entry(term).or_insert_with_key(|term| {
                    terms.push(term.clone());
                    terms.len() - 1
                });
                queries.push(number);
            }
        }
        writeln!(example_terms, "    ({name:?}, &{queries:?}),")?;
        // Neither whitespace nor the arguments are of use to the binary.
        if let Some(fixture) = json.as_object_mut() {
            fixture.retain(|name, _| name == "status" || name == "response" || name == "request");
        }
        writeln!(answers, "    ({name:?}, {:?}),", json.to_string())?;
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("fixtures.rs"), answers + "];\n")?;
    writeln!(example_terms, "];\npub static TERMS: &str = {:?};", terms.join("\n"))?;
    fs::write(out.join("example_terms.rs"), example_terms)?;
    Ok(())
}
