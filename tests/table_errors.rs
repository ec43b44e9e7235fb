//! A mistake in the operations table is a compile error that says what is wrong, at its line.
//!
//! Each file of `tests/table_errors/` is a table. A comment `// ERROR: text` ends every line at
//! which the compiler must find a mistake; what it finds elsewhere fails the test.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;

/// The notation, and what the tables need beside it.
const NOTATION: &[&str] = &[
    "macros.rs",
    "macros/checks.rs",
    "macros/fields.rs",
    "macros/parts.rs",
    "operation.rs",
    "operation/effect.rs",
    "operation/words.rs",
    "schema.rs",
    "schema/words.rs",
    "list.rs",
    "api/common.rs",
];

/// Tables with mistakes. They are compiled together, and `clean.rs` without them: the compiler
/// stops at mistakes before it has looked at everything.
const MISTAKEN: &[&str] = &["arguments", "operations", "rules", "twice"];

/// Where one mistake has several consequences, of which one is at its line.
const MANIFOLD: &str = "twice.rs";

#[test]
fn mistakes_are_found_at_their_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let krate = write_crate(root);
    let errors = check(&krate);

    let mut faults = Vec::new();
    for error in errors.iter().filter(|error| error.target == "clean") {
        faults.push(format!("clean.rs has no mistake, yet: {}", error.text));
    }
    let mut unexpected: Vec<&Error> = errors.iter().filter(|error| error.target == "mistaken").collect();
    assert!(!unexpected.is_empty(), "the tables with mistakes compile");
    for name in MISTAKEN {
        let file = format!("{name}.rs");
        let text = fs::read_to_string(root.join("tests/table_errors").join(&file)).expect("a table");
        for (line, expected) in text.lines().zip(1..).filter_map(|(text, line)| {
            text.split_once("// ERROR: ").map(|(_, expected)| (line, expected.trim_end()))
        }) {
            let place = (file.clone(), line);
            match unexpected
                .iter()
                .position(|error| error.text.contains(expected) && error.at.contains(&place))
            {
                Some(found) => drop(unexpected.remove(found)),
                None => faults.push(format!("{file}:{line}: not found: {expected}")),
            }
        }
    }
    for error in unexpected.iter().filter(|error| error.file != MANIFOLD) {
        faults.push(format!("unexpected at {:?}: {}", error.at, error.text));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// An error of the compiler.
struct Error {
    /// `mistaken` or `clean`.
    target: String,
    /// The message with its labels.
    text: String,
    /// The table.
    file: String,
    /// File and line of every span that is no longer than a line.
    at: Vec<(String, u64)>,
}

/// A crate with the notation and the tables. The modules of a file that `#[path]` names would be
/// looked for beside it, so the files are copied.
fn write_crate(root: &Path) -> PathBuf {
    let krate = Path::new(env!("CARGO_TARGET_TMPDIR")).join("table_errors");
    let write = |name: &str, text: &str| {
        let path = krate.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    let copy = |from: &str, to: &str| {
        write(to, &fs::read_to_string(root.join(from)).unwrap_or_else(|error| panic!("{from}: {error}")));
    };
    for name in NOTATION {
        copy(&format!("src/{name}"), &format!("src/{name}"));
    }
    for name in MISTAKEN.iter().chain(&["clean"]) {
        copy(&format!("tests/table_errors/{name}.rs"), &format!("src/{name}.rs"));
    }
    let crate_of = |tables: &[&str]| {
        format!(
            "#![allow(warnings)]\n#[macro_use]\nmod macros;\nmod list;\nmod operation;\nmod schema;\n\
             mod api {{ pub mod common; }}\nmod {};\nfn main() {{}}\n",
            tables.join(";\nmod ")
        )
    };
    write("src/main_mistaken.rs", &crate_of(MISTAKEN));
    write("src/main_clean.rs", &crate_of(&["clean"]));
    // The same versions as everywhere, so that nothing has to be fetched.
    copy("Cargo.lock", "Cargo.lock");
    write(
        "Cargo.toml",
        r#"[package]
name = "table_errors"
edition = "2024"

[[bin]]
name = "mistaken"
path = "src/main_mistaken.rs"

[[bin]]
name = "clean"
path = "src/main_clean.rs"

[dependencies]
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["preserve_order", "raw_value"] }

[workspace]
"#,
    );
    krate
}

fn check(krate: &Path) -> Vec<Error> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--keep-going", "--message-format=json", "--target-dir"])
        .arg(krate.join("target"))
        .current_dir(krate)
        // Whatever `cargo test` was told is not about this crate.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs");
    let messages = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!messages.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut errors = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).expect("JSON");
        let diagnostic = &message["message"];
        let spans = diagnostic["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
        // Without a span, it only counts the errors.
        if message["reason"] != "compiler-message" || diagnostic["level"] != "error" || spans.is_empty() {
            continue;
        }
        let mut error = Error {
            target: message["target"]["name"].as_str().expect("a target").to_owned(),
            text: diagnostic["message"].as_str().expect("a message").to_owned(),
            file: String::new(),
            at: Vec::new(),
        };
        for span in spans {
            if let Some(label) = span["label"].as_str() {
                error.text.push_str("; ");
                error.text.push_str(label);
            }
            // Through the macros, to the table.
            let mut span = span;
            while span.is_object() {
                let path = Path::new(span["file_name"].as_str().expect("a file"));
                error.file = path.file_name().expect("a file").to_string_lossy().into_owned();
                if span["line_start"] == span["line_end"]
                    && let Some(line) = span["line_start"].as_u64()
                {
                    error.at.push((error.file.clone(), line));
                }
                span = &span["expansion"]["span"];
            }
        }
        errors.push(error);
    }
    errors
}
