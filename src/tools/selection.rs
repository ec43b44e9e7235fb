//! Which tools somebody wants: names, globs and toolsets, made into a list of operations.

use std::collections::BTreeSet;

use super::suggestion::{nearest, nearest_operation, same_word};
use crate::api::{TOOLSETS, operations};
use crate::operation::Operation;

/// The tool that is there beside the operations, unless it is left out by name.
pub const WHOAMI: &str = "whoami";

/// Every operation, in place of a toolset.
const ALL: &str = "all";
/// The everyday ones, whatever their toolset.
const DEFAULT: &str = "default";
/// No operation.
const NONE: &str = "none";

/// The tool that runs many operations in one call; like [`WHOAMI`] it can be left out by name.
pub const RUN_OPERATIONS: &str = "run_operations";

/// How far the tools reach that discover operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every operation that is not left out.
    All,
    /// The operations that are offered as tools of their own.
    Selected,
    /// Nothing: there are no such tools.
    Nothing,
}

impl Reach {
    /// The word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selected => "selected",
            Self::Nothing => "none",
        }
    }
}

/// Which tools somebody wants.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Names of toolsets, or `all`, `default` (the everyday tools of all toolsets), `none`.
    pub toolsets: Vec<String>,
    /// Names of tools and globs; beside the toolsets, or alone if no toolset is named.
    pub tools: Vec<String>,
    /// Names of tools and globs that are left out, whatever else is asked for.
    pub exclude: Vec<String>,
    /// Whether there are tools that discover operations.
    pub discovery: bool,
    /// How far they reach; what follows from the names if it is left open.
    pub reach: Option<Reach>,
}

impl Default for Selection {
    fn default() -> Self {
        Self { toolsets: Vec::new(), tools: Vec::new(), exclude: Vec::new(), discovery: true, reach: None }
    }
}

/// The operations that somebody wants.
#[derive(Debug)]
pub struct Selected {
    /// Offered as tools of their own.
    pub direct: Vec<&'static Operation>,
    /// Within reach of the tools that discover operations.
    pub reachable: Vec<&'static Operation>,
    /// How far that is.
    pub reach: Reach,
    /// What is left out, whatever else is asked for.
    pub excluded: Vec<&'static str>,
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
        let mut toolsets = self.named_toolsets()?;
        if toolsets.is_empty() && self.tools.is_empty() {
            toolsets.push(DEFAULT);
        }
        for name in toolsets {
            match name {
                NONE => {}
                ALL => wanted.extend(operations().map(|operation| operation.name)),
                DEFAULT => wanted.extend(everyday()),
                name => wanted.extend(names_of(name)),
            }
        }
        for pattern in &self.tools {
            wanted.extend(matching_tools(pattern)?);
        }
        let reach = match self.reach {
            _ if !self.discovery => Reach::Nothing,
            Some(reach) => reach,
            None => self.natural_reach()?,
        };
        let mut reachable: BTreeSet<&str> = match reach {
            Reach::All => operations().map(|operation| operation.name).collect(),
            Reach::Selected => wanted.clone(),
            Reach::Nothing => BTreeSet::new(),
        };
        let mut excluded = Vec::new();
        for pattern in &self.exclude {
            for name in matching_tools(pattern)? {
                wanted.remove(name);
                reachable.remove(name);
                excluded.push(name);
            }
        }
        let chosen = |names: &BTreeSet<&str>| {
            operations().filter(|operation| names.contains(operation.name)).collect()
        };
        Ok(Selected { direct: chosen(&wanted), reachable: chosen(&reachable), reach, excluded })
    }

    /// All names that nothing has.
    pub fn unknown_names(&self) -> Vec<UnknownName> {
        let one = |name: &String| vec![name.clone()];
        let alone = Self { toolsets: vec!["none".to_owned()], ..Self::default() };
        let toolsets = self.toolsets.iter().map(|name| Self { toolsets: one(name), ..Self::default() });
        let tools = self.tools.iter().map(|name| Self { tools: one(name), ..alone.clone() });
        let exclude = self.exclude.iter().map(|name| Self { exclude: one(name), ..alone.clone() });
        toolsets.chain(tools).chain(exclude).filter_map(|selection| selection.resolve().err()).collect()
    }

    /// Who names tools or toolsets means these and no others. The default list is nobody's choice,
    /// and `none` leaves discovery as the only way to anything.
    fn natural_reach(&self) -> Result<Reach, UnknownName> {
        let mut toolsets = self.named_toolsets()?;
        toolsets.dedup();
        Ok(match toolsets[..] {
            [] | [DEFAULT | NONE] if self.tools.is_empty() => Reach::All,
            _ if toolsets.contains(&ALL) => Reach::All,
            _ => Reach::Selected,
        })
    }

    /// The toolsets that are named, as they are called: `dsync` is `directory_sync`.
    fn named_toolsets(&self) -> Result<Vec<&'static str>, UnknownName> {
        let known: Vec<&'static str> =
            TOOLSETS.iter().map(|toolset| toolset.name).chain([ALL, DEFAULT, NONE]).collect();
        let toolset = |name: &String| {
            same_word(&known, name).ok_or_else(|| UnknownName {
                kind: "toolset",
                name: name.clone(),
                near: nearest(name, known.iter().copied()),
            })
        };
        self.toolsets.iter().map(toolset).collect()
    }
}

/// The operations that agents need every day: the tools that are offered when none are asked for.
fn everyday() -> impl Iterator<Item = &'static str> {
    operations().filter(|operation| operation.everyday).map(|operation| operation.name)
}

fn names_of(toolset: &str) -> impl Iterator<Item = &'static str> {
    TOOLSETS
        .iter()
        .filter(move |known| known.name == toolset)
        .flat_map(|toolset| toolset.operations.iter().map(|operation| operation.name))
}

/// The operations that a name or glob stands for; none is a mistake.
pub fn matching(pattern: &str) -> Result<Vec<&'static str>, UnknownName> {
    matching_of(pattern, &operations().map(|operation| operation.name).collect::<Vec<_>>())
}

/// The same over all tools that can be chosen or left out.
fn matching_tools(pattern: &str) -> Result<Vec<&'static str>, UnknownName> {
    let built_in = [WHOAMI, RUN_OPERATIONS];
    matching_of(pattern, &operations().map(|operation| operation.name).chain(built_in).collect::<Vec<_>>())
}

fn matching_of(pattern: &str, names: &[&'static str]) -> Result<Vec<&'static str>, UnknownName> {
    let found: Vec<_> = names.iter().copied().filter(|name| glob(pattern, name)).collect();
    if found.is_empty() {
        let built_in = |name: &&str| [WHOAMI, RUN_OPERATIONS].contains(name);
        let built_in = || nearest(pattern, names.iter().copied().filter(built_in));
        let near = nearest_operation(pattern, operations()).or_else(built_in);
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
        assert_eq!(selected("dsync", "", ""), selected("directory_sync", "", ""));
        assert_eq!(selected("Audit-Logs", "", ""), selected("audit_logs", "", ""));
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

    #[test]
    fn the_default_is_the_everyday_of_all_areas() {
        let everyday = selected("", "", "").expect("names");
        assert_eq!(selected("default", "", "").as_ref(), Ok(&everyday));
        for name in [
            "list_organizations",
            "list_users",
            "send_invitation",
            "get_sso_authorization_url",
            "get_sso_profile",
            "list_directory_users",
            "generate_portal_link",
            "create_audit_log_event",
            "list_events",
        ] {
            assert!(everyday.contains(&name), "{name}");
        }
        let more = selected("default users", "", "").expect("names");
        let users = selected("users", "", "").expect("names");
        assert!(everyday.iter().chain(&users).all(|name| more.contains(name)));
        assert!(more.iter().all(|name| everyday.contains(name) || users.contains(name)));
        assert!(everyday.len() < more.len() && !everyday.contains(&"list_waitlists"));
    }

    #[test]
    fn who_names_tools_means_them() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let resolved = |toolsets: &str, tools: &str, exclude: &str, reach: Option<Reach>| {
            let selection = Selection {
                toolsets: words(toolsets),
                tools: words(tools),
                exclude: words(exclude),
                reach,
                ..Selection::default()
            };
            selection.resolve().expect("names")
        };
        for (toolsets, tools, reach) in [
            ("", "", Reach::All),
            ("default", "", Reach::All),
            ("none", "", Reach::All),
            ("none none", "", Reach::All),
            ("all", "", Reach::All),
            ("users all", "", Reach::All),
            ("users", "", Reach::Selected),
            ("default users", "", Reach::Selected),
            ("none users", "", Reach::Selected),
            ("none default", "", Reach::Selected),
            ("", "get_user", Reach::Selected),
            ("none", "get_user", Reach::Selected),
            ("default", "get_user", Reach::Selected),
        ] {
            let found = resolved(toolsets, tools, "", None);
            assert_eq!(found.reach, reach, "{toolsets}, {tools}");
            if reach == Reach::Selected {
                assert_eq!(found.reachable.len(), found.direct.len(), "{toolsets}, {tools}");
            }
            // Whoever says otherwise means that.
            for (said, count) in [
                (Reach::All, operations().count()),
                (Reach::Selected, found.direct.len()),
                (Reach::Nothing, 0),
            ] {
                assert_eq!(
                    resolved(toolsets, tools, "", Some(said)).reachable.len(),
                    count,
                    "{toolsets}, {tools}"
                );
            }
        }
        // What is left out stays out of reach, however far that is.
        for reach in [None, Some(Reach::All)] {
            let found = resolved("users", "", "*_user", reach);
            assert!(
                found
                    .reachable
                    .iter()
                    .chain(&found.direct)
                    .all(|operation| !operation.name.ends_with("_user"))
            );
        }
    }

    #[test]
    fn the_tool_beside_the_operations_can_be_left_out() {
        let whoami = |exclude: &str| {
            let exclude = vec![exclude.to_owned()];
            Selection { exclude, ..Selection::default() }
                .resolve()
                .expect("names")
                .excluded
                .iter()
                .all(|name| *name != WHOAMI)
        };
        assert!(whoami("get_*") && !whoami("whoami") && !whoami("who*") && !whoami("*"));
    }
}
