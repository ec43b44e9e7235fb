//! Collects `fixtures/<toolset>/<tool>.json` for the sandbox.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

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
    let mut code = String::from("static FIXTURES: &[(&str, &str)] = &[\n");
    for (name, file) in &fixtures {
        // Whitespace is for the reader of the file, not for the binary.
        let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        writeln!(code, "    ({name:?}, {:?}),", json.to_string())?;
    }
    code += "];\n";
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("fixtures.rs"), code)?;
    Ok(())
}
