//! Which tools somebody wants: names, globs and toolsets, made into a list of operations.

use std::collections::BTreeSet;

use super::suggestion::{nearest, nearest_operation};
use crate::api::{TOOLSETS, operations};
use crate::operation::Operation;

/// Toolsets that are offered when none are asked for.
pub const DEFAULT_TOOLSETS: &[&str] =
    &["organizations", "sso", "directory_sync", "admin_portal", "audit_logs"];

/// Which tools somebody wants.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Names of toolsets, or `all`, `default`, `none`.
    pub toolsets: Vec<String>,
    /// Names of tools and globs; beside the toolsets, or alone if no toolset is named.
    pub tools: Vec<String>,
    /// Names of tools and globs that are left out, whatever else is asked for.
    pub exclude: Vec<String>,
    /// Whether the rest is within reach of the tools that discover operations.
    pub discovery: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self { toolsets: Vec::new(), tools: Vec::new(), exclude: Vec::new(), discovery: true }
    }
}

/// The operations that somebody wants.
#[derive(Debug)]
pub struct Selected {
    /// Offered as tools of their own.
    pub direct: Vec<&'static Operation>,
    /// Within reach of the tools that discover operations.
    pub reachable: Vec<&'static Operation>,
}

/// A name in a [`Selection`] that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} `{name}`{}", near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    near: Option<&'static str>,
}

impl Selection {
    /// The operations that are wanted, in the order of the table.
    pub fn resolve(&self) -> Result<Selected, UnknownName> {
        let mut wanted = BTreeSet::new();
        let mut reachable: BTreeSet<&str> =
            operations().map(|operation| operation.name).filter(|_| self.discovery).collect();
        let named: Vec<&str> = self.toolsets.iter().map(String::as_str).collect();
        let toolsets: &[&str] = match named[..] {
            [] if self.tools.is_empty() => DEFAULT_TOOLSETS,
            _ => &named,
        };
        for name in toolsets {
            match *name {
                "none" => {}
                "all" => wanted.extend(operations().map(|operation| operation.name)),
                "default" => DEFAULT_TOOLSETS.iter().for_each(|name| wanted.extend(names_of(name))),
                name if TOOLSETS.iter().any(|toolset| toolset.name == name) => wanted.extend(names_of(name)),
                name => {
                    let known = TOOLSETS.iter().map(|toolset| toolset.name).chain(["all", "default", "none"]);
                    return Err(UnknownName {
                        kind: "toolset",
                        name: name.to_owned(),
                        near: nearest(name, known),
                    });
                }
            }
        }
        for pattern in &self.tools {
            wanted.extend(matching(pattern)?);
        }
        for pattern in &self.exclude {
            for name in matching(pattern)? {
                wanted.remove(name);
                reachable.remove(name);
            }
        }
        let chosen = |names: &BTreeSet<&str>| {
            operations().filter(|operation| names.contains(operation.name)).collect()
        };
        Ok(Selected { direct: chosen(&wanted), reachable: chosen(&reachable) })
    }
}

fn names_of(toolset: &str) -> impl Iterator<Item = &'static str> {
    TOOLSETS
        .iter()
        .filter(move |known| known.name == toolset)
        .flat_map(|toolset| toolset.operations.iter().map(|operation| operation.name))
}

/// The names that a name or glob stands for; none is a mistake.
pub fn matching(pattern: &str) -> Result<Vec<&'static str>, UnknownName> {
    let found: Vec<_> =
        operations().map(|operation| operation.name).filter(|name| glob(pattern, name)).collect();
    if found.is_empty() {
        let near = nearest_operation(pattern, operations());
        return Err(UnknownName { kind: "tool", name: pattern.to_owned(), near });
    }
    Ok(found)
}

/// `*` stands for any characters, `?` for one.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut from) = (0, 0);
    // Where the last star stood, and how much of the name it took so far.
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    at = star_at + 1;
                    from = taken + 1;
                    star = Some((star_at, taken + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, name) in [
            ("*", "get_organization"),
            ("get_*", "get_organization"),
            ("*_organization", "get_organization"),
            ("get_*ation", "get_organization"),
            ("g?t_organization", "get_organization"),
            ("get_organization*", "get_organization"),
        ] {
            assert!(glob(pattern, name), "{pattern}");
        }
        for pattern in ["", "get", "get_", "*_organizatio", "get_?", "Get_*"] {
            assert!(!glob(pattern, "get_organization"), "{pattern}");
        }
    }

    fn selected(toolsets: &str, tools: &str, exclude: &str) -> Result<Vec<&'static str>, String> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let selection = Selection {
            toolsets: words(toolsets),
            tools: words(tools),
            exclude: words(exclude),
            ..Selection::default()
        };
        selection
            .resolve()
            .map(|found| found.direct.iter().map(|operation| operation.name).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn selections() {
        assert_eq!(selected("", "get_organization", ""), Ok(vec!["get_organization"]));
        assert_eq!(selected("organizations", "", "*").as_deref(), Ok(&[][..]));
        let rest = selected("organizations", "", "delete_* *_domain").expect("names");
        assert!(rest.contains(&"get_organization") && !rest.contains(&"delete_organization"));
        assert_eq!(
            selected("organisations", "", ""),
            Err("there is no toolset `organisations`; did you mean `organizations`?".to_owned())
        );
        assert_eq!(
            selected("", "get_organisation", ""),
            Err("there is no tool `get_organisation`; did you mean `get_organization`?".to_owned())
        );
        assert_eq!(selected("all", "", "xyz*"), Err("there is no tool `xyz*`".to_owned()));
    }
}
