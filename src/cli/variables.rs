//! Environment variables that do nothing here: a misspelt setting stops the start, and what is
//! meant for other programs is named by `doctor`.

use std::ffi::OsString;

use clap::Command;

use super::settings::KEY_VARIABLE;
use crate::tools::sanitize::sanitize_name;

/// How the variables begin that only this program reads.
const OWN_PREFIX: &str = "WORKOS_MCP_";
const PREFIX: &str = "WORKOS_";

/// Which binary scripts start that test this program. It is no setting, and what they start
/// inherits it.
const BINARY: &str = "WORKOS_MCP_BIN";

/// What other programs read, and people expect to work here; with what does.
const FOREIGN: &[(&str, &str)] = &[
    ("API_BASE_URL", "WORKOS_BASE_URL"),
    ("API_KEY", "WORKOS_API_KEY"),
    ("BASE_URL", "WORKOS_BASE_URL"),
    ("CLIENT_ID", "WORKOS_CLIENT_ID"),
    ("CURL_CA_BUNDLE", "WORKOS_MCP_CA_FILE"),
    ("HTTP_PROXY", "HTTPS_PROXY"),
    ("http_proxy", "HTTPS_PROXY"),
    ("LOG_LEVEL", "WORKOS_MCP_LOG_LEVEL"),
    ("NODE_EXTRA_CA_CERTS", "WORKOS_MCP_CA_FILE"),
    ("READONLY", "WORKOS_MCP_READ_ONLY"),
    ("READ_ONLY", "WORKOS_MCP_READ_ONLY"),
    ("REDIRECT_URI", "WORKOS_REDIRECT_URI"),
    ("REQUESTS_CA_BUNDLE", "WORKOS_MCP_CA_FILE"),
    ("RUST_LOG", "WORKOS_MCP_LOG_LEVEL"),
    ("WORKOS_ACCESS", "WORKOS_MCP_ACCESS"),
    ("WORKOS_API_BASE_URL", "WORKOS_BASE_URL"),
    ("WORKOS_API_HOSTNAME", "WORKOS_BASE_URL"),
    ("WORKOS_API_URL", "WORKOS_BASE_URL"),
    ("WORKOS_BASEURL", "WORKOS_BASE_URL"),
    ("WORKOS_CONFIRM", "WORKOS_MCP_CONFIRM"),
    ("WORKOS_KEY", "WORKOS_API_KEY"),
    ("WORKOS_SECRET_KEY", "WORKOS_API_KEY"),
    ("WORKOS_TIMEOUT", "WORKOS_MCP_TIMEOUT"),
    ("WORKOS_TOOLS", "WORKOS_MCP_TOOLS"),
    ("WORKOS_TOOLSETS", "WORKOS_MCP_TOOLSETS"),
    ("WORKOS_READ_ONLY", "WORKOS_MCP_READ_ONLY"),
    ("WORKOS_REQUEST_TIMEOUT", "WORKOS_MCP_TIMEOUT"),
];

/// The variables that this command line reads.
fn known(command: &Command) -> Vec<String> {
    let arguments = command.get_arguments().chain(command.get_subcommands().flat_map(Command::get_arguments));
    let names = arguments.filter_map(|argument| Some(argument.get_env()?.to_str()?.to_owned()));
    names.chain([KEY_VARIABLE.to_owned()]).collect()
}

/// What is wrong with the environment: variables that only this program could read, and that it
/// does not know. Their values are nobody's matter.
pub fn misspelt(command: &Command) -> Option<String> {
    let known = known(command);
    let mut faults: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| {
            let name = name.to_string_lossy().into_owned();
            let own = begins_with(&name, OWN_PREFIX) && name != BINARY;
            (own && !is_known(&name, &known)).then_some(name)
        })
        .map(|name| {
            let near = nearest(&name, &known).unwrap_or_default();
            format!("there is no setting `{}`; the nearest is `{near}`", sanitize_name(&name))
        })
        .collect();
    faults.sort();
    (!faults.is_empty()).then(|| faults.join("\n       "))
}

/// Variables that are set and that people expect to work here, with what does instead.
pub fn foreign(command: &Command) -> Vec<(String, Option<String>)> {
    let known = known(command);
    let set = |(name, value): (OsString, OsString)| {
        (!value.is_empty()).then(|| name.to_string_lossy().into_owned())
    };
    let mut found: Vec<_> = std::env::vars_os()
        .filter_map(set)
        .filter(|name| name != BINARY && !is_known(name, &known))
        .filter_map(|name| {
            let listed = FOREIGN.iter().find(|(foreign, _)| *foreign == name);
            let other = name.to_ascii_uppercase().contains(PREFIX);
            let instead = match listed {
                Some((_, instead)) => Some((*instead).to_owned()),
                // With another prefix or in another case, such as `NEXT_PUBLIC_WORKOS_CLIENT_ID`.
                None => known
                    .iter()
                    .filter(|known| name.to_ascii_uppercase().ends_with(known.as_str()))
                    .max_by_key(|known| known.len())
                    .cloned(),
            };
            (listed.is_some() || other).then(|| (sanitize_name(&name), instead))
        })
        .collect();
    found.sort();
    found
}

fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Whether a variable is one that is read. Where the system takes no notice of case, neither does this.
fn is_known(name: &str, known: &[String]) -> bool {
    known.iter().any(|known| if cfg!(windows) { known.eq_ignore_ascii_case(name) } else { known == name })
}

/// The setting that was most likely meant: by the part of the name that tells settings apart.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let own = |name: &str| {
        let upper = name.to_ascii_uppercase();
        let part = upper.strip_prefix(OWN_PREFIX).or_else(|| upper.strip_prefix(PREFIX));
        part.unwrap_or(&upper).to_owned()
    };
    let meant = own(name);
    let likeness = |candidate: &str| strsim::jaro_winkler(&own(candidate), &meant);
    known
        .iter()
        .max_by(|left, right| likeness(left.as_str()).total_cmp(&likeness(right.as_str())))
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_is_named() {
        let known: Vec<String> = [
            "WORKOS_MCP_ACCESS",
            "WORKOS_MCP_AUDIT_LOG",
            "WORKOS_MCP_EXCLUDE_TOOLS",
            "WORKOS_MCP_LOG_LEVEL",
            "WORKOS_MCP_READ_ONLY",
            "WORKOS_MCP_SECRETS_DIR",
            "WORKOS_MCP_TOOLS",
            "WORKOS_MCP_TOOLSETS",
            "WORKOS_BASE_URL",
            "WORKOS_API_KEY",
        ]
        .map(str::to_owned)
        .into();
        for (name, near) in [
            ("WORKOS_MCP_READONLY", "WORKOS_MCP_READ_ONLY"),
            ("workos_mcp_read_only", "WORKOS_MCP_READ_ONLY"),
            ("WORKOS_MCP_ACCES", "WORKOS_MCP_ACCESS"),
            ("WORKOS_MCP_AUDIT", "WORKOS_MCP_AUDIT_LOG"),
            ("WORKOS_MCP_EXCLUDE", "WORKOS_MCP_EXCLUDE_TOOLS"),
            ("WORKOS_MCP_TOOL", "WORKOS_MCP_TOOLS"),
            ("WORKOS_MCP_TOOLSET", "WORKOS_MCP_TOOLSETS"),
            ("WORKOS_MCP_SECRET_DIR", "WORKOS_MCP_SECRETS_DIR"),
            ("WORKOS_MCP_LOGLEVEL", "WORKOS_MCP_LOG_LEVEL"),
            ("WORKOS_MCP_BASE_URL", "WORKOS_BASE_URL"),
            ("WORKOS_MCP_API_KEY", "WORKOS_API_KEY"),
        ] {
            assert_eq!(nearest(name, &known), Some(near), "{name}");
        }
    }
}
