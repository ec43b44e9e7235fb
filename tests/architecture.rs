//! What uses what: no room uses one above it, and no two files use each other, be it in a
//! circle over others. Read from the sources; ARCHITECTURE.md shows the rooms.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The rooms from the ground up: each may use those before it.
const ROOMS: &[&str] = &[
    "schema",
    "operation",
    "list",
    "macros",
    "api",
    "private_file",
    "sandbox",
    "client",
    "tools",
    "mcp",
    "cli",
    "testing",
    "lib",
    "main",
];

/// Crates that only some rooms may name.
const CRATES: &[(&str, &[&str])] = &[
    ("rmcp", &["mcp", "cli", "testing"]),
    ("clap", &["cli"]),
    ("csv", &["cli"]),
    ("anyhow", &["cli"]),
    ("reqwest", &["client"]),
    ("ring", &["client", "sandbox"]),
    ("h2", &["client"]),
    ("hyper", &["client", "cli"]),
    ("hyper_util", &["client", "cli"]),
    ("rustls", &["client"]),
    ("rustls_platform_verifier", &["client"]),
    ("tower_layer", &["client"]),
    ("tower_service", &["client"]),
];

/// A source file: its place in the tree of modules, and the paths that it names.
struct Source {
    file: PathBuf,
    module: Vec<String>,
    paths: BTreeSet<Vec<String>>,
}

impl Source {
    fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }
}

#[test]
fn no_room_uses_one_above_it() {
    let sources = sources();
    let rank = |room: &str| {
        ROOMS.iter().position(|known| *known == room).unwrap_or_else(|| panic!("what room is `{room}`?"))
    };
    for (from, to) in uses(&sources) {
        let (from, to) = (&sources[from], &sources[to]);
        assert!(
            rank(from.room()) >= rank(to.room()),
            "{} uses {}: `{}` stands below `{}`",
            from.file.display(),
            to.file.display(),
            from.room(),
            to.room()
        );
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = sources();
    let mut uses: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (from, to) in self::uses(&sources) {
        uses.entry(from).or_default().insert(to);
    }
    // Whoever uses nothing that is left is in no circle.
    let mut left: BTreeSet<usize> = (0..sources.len()).collect();
    while let Some(free) = left
        .iter()
        .copied()
        .find(|file| uses.get(file).is_none_or(|uses| uses.iter().all(|to| !left.contains(to))))
    {
        left.remove(&free);
    }
    let circle: Vec<String> = left
        .iter()
        .flat_map(|from| {
            let sources = &sources;
            let uses = uses.get(from).into_iter().flatten().filter(|to| left.contains(to));
            uses.map(move |to| {
                format!("{} uses {}", sources[*from].file.display(), sources[*to].file.display())
            })
        })
        .collect();
    assert!(circle.is_empty(), "in or on the way to a circle:\n{}", circle.join("\n"));
}

#[test]
fn crates_stay_in_their_rooms() {
    for source in sources() {
        for (name, rooms) in CRATES {
            let names = source.paths.iter().any(|path| path.first().is_some_and(|first| first == name));
            let allowed = rooms.contains(&source.room());
            assert!(!names || allowed, "{} names the crate `{name}`", source.file.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for source in sources() {
        let text = std::fs::read_to_string(&source.file).expect("the file");
        assert!(text.starts_with("//! "), "{} begins with no comment", source.file.display());
    }
}

/// The test sees what it is meant to see.
#[test]
fn what_is_used_is_found() {
    let text = "use super::{one::Two, three}; fn f() { crate::four::five(); } #[cfg(test)] mod tests { use crate::six; }";
    let mut paths = BTreeSet::new();
    collect(text.parse().expect("Rust"), &mut paths);
    let paths: Vec<String> = paths.into_iter().map(|path| path.join("::")).collect();
    for path in ["super::one::Two", "super::three", "crate::four::five"] {
        assert!(paths.iter().any(|found| found == path), "{path} is not in {paths:?}");
    }
    assert!(!paths.iter().any(|found| found.contains("six")), "{paths:?}");
}

/// Who uses whom, as places in `sources`. Modules that a file opens are not used by that alone.
fn uses(sources: &[Source]) -> Vec<(usize, usize)> {
    let places: BTreeMap<&[String], usize> =
        sources.iter().enumerate().map(|(place, source)| (source.module.as_slice(), place)).collect();
    let mut uses = Vec::new();
    for (from, source) in sources.iter().enumerate() {
        for path in &source.paths {
            let Some(path) = absolute(path, &source.module) else { continue };
            let to = (0..=path.len()).rev().find_map(|length| places.get(&path[..length]));
            // What is at the root is this crate's list of rooms.
            if let Some(to) = to.filter(|to| **to != from && !sources[**to].module.is_empty()) {
                uses.push((from, *to));
            }
        }
    }
    uses
}

/// A path from the root of the crate; none if it leads out of it.
fn absolute(path: &[String], module: &[String]) -> Option<Vec<String>> {
    let mut at: Vec<String> = match path.first()?.as_str() {
        "crate" | "workos_mcp" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module[..module.len().checked_sub(1)?].to_vec(),
        _ => return None,
    };
    for part in &path[1..] {
        if part == "super" {
            at.pop();
        } else {
            at.push(part.clone());
        }
    }
    Some(at)
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    files
        .into_iter()
        // Tests use what they like.
        .filter(|file| !file.ends_with("tests.rs"))
        .map(|file| {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let mut paths = BTreeSet::new();
            let tokens = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            collect(tokens, &mut paths);
            let relative = file.strip_prefix(&root).expect("below src").with_extension("");
            let module: Vec<String> =
                relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let module = if module == ["lib"] { Vec::new() } else { module };
            Source { file, module, paths }
        })
        .collect()
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Every path of these tokens, those in macros and in `use` with braces among them; what is
/// there for tests alone is passed over.
fn collect(tokens: TokenStream, paths: &mut BTreeSet<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if is_for_tests(&tokens[at..]) {
            // The attribute, and the item behind it up to its body or its semicolon.
            at += 2;
            while at < tokens.len() {
                let ends = match &tokens[at] {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    TokenTree::Punct(punct) => punct.as_char() == ';',
                    _ => false,
                };
                at += 1;
                if ends {
                    break;
                }
            }
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(_) => at += path(&tokens[at..], &mut Vec::new(), paths),
            TokenTree::Group(group) => {
                collect(group.stream(), paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads a path; how many tokens it takes.
fn path(tokens: &[TokenTree], before: &mut Vec<String>, paths: &mut BTreeSet<Vec<String>>) -> usize {
    let depth = before.len();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => {
                before.push(ident.to_string());
                at += 1;
            }
            // `a::{b, c::d}`
            Some(TokenTree::Group(group)) if at > 0 && group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut inside = 0;
                while inside < inner.len() {
                    if matches!(inner[inside], TokenTree::Ident(_)) {
                        inside += path(&inner[inside..], before, paths);
                    } else {
                        inside += 1;
                    }
                }
                before.truncate(depth);
                return at + 1;
            }
            _ => break,
        }
        let colons = tokens.get(at..at + 2).is_some_and(|pair| {
            pair.iter().all(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':'))
        });
        if !colons {
            break;
        }
        at += 2;
    }
    // `use a::{self}` names `a`.
    if before.len() > 1 && before.last().is_some_and(|last| last == "self") {
        before.pop();
    }
    if before.len() > 1 {
        paths.insert(before.clone());
    }
    before.truncate(depth);
    at.max(1)
}

/// Whether `#[cfg(test)]`, alone or among others, comes next.
fn is_for_tests(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return false };
    let text = attribute.stream().to_string().replace(' ', "");
    hash.as_char() == '#' && text.starts_with("cfg(") && text.contains("test") && !text.contains("not(test")
}
