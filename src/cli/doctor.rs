//! `workos-mcp doctor`: what is wrong, and how to mend it. All that can be checked is checked in one
//! run: no fault hides another.

mod machine;
mod report;

use std::process::ExitCode;

use clap::CommandFactory;

use self::report::Report;
use super::process::block_on;
use super::settings::Settings;
use crate::api::organizations::ListOrganizations;
use crate::client::{BaseUrl, Client, Error, KeySource, Outcome, TlsFault};
use crate::tools::access::{Access, COUNTS_AS_LIVE, Environment};
use crate::tools::advice::{KEY_HELP, explain};
use crate::tools::catalog::Catalog;
use crate::tools::selection::Selection;
use crate::tools::toolbox::Toolbox;
use crate::tools::truncation::DEFAULT_MAX_ANSWER;

/// How to show what was found.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks settings, key, files, network and one cheap read.
pub fn run<C: CommandFactory>(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut report = Report::start(arguments.json)?;
    // What cannot be is told, and the rest is looked at as if it were not there.
    report.usage("settings", settings.named())?;
    report.usage("sandbox", settings.sandboxed())?;
    let key = report.usage("key", settings.key_source())?;
    let base_url = report.usage("base URL", settings.base_url())?;
    let redirect_uri = report.usage("redirect URI", settings.redirect_uri())?;
    let access = report.usage("access", settings.access())?;
    let reveal = report.usage("secrets", settings.reveal())?;
    let selection = report.usage("tools", settings.selection())?;
    let selected = match selection {
        Some(selection) => match &selection.unknown_names()[..] {
            [] => report.usage("tools", selection.resolve())?,
            unknown => {
                for name in unknown {
                    report.usage::<(), _>("tools", Err(name))?;
                }
                None
            }
        },
        None => None,
    };

    let has_key = key.is_some();
    let is_known = has_key && selected.is_some() && access.is_some();
    let client = settings.client_with(
        key.unwrap_or_else(|| KeySource::value(None)),
        base_url.clone().unwrap_or_default(),
        redirect_uri.unwrap_or_default(),
    );
    let selected = match selected {
        Some(selected) => selected,
        None => Selection::default().resolve()?,
    };
    let policy = settings.policy(access.flatten(), reveal.unwrap_or_default(), DEFAULT_MAX_ANSWER);
    let audit_log = policy.audit_log.clone();
    let toolbox = Toolbox::new(client, selected, policy);
    let client = toolbox.executor().client();

    let has_key = has_key && check_key(&mut report, client, toolbox.catalog().environment())?;
    if is_known {
        check_access(&mut report, toolbox.catalog())?;
    }
    report.usage("audit log", settings.audit_reads())?;
    machine::check_files(&mut report, settings)?;
    match (block_on(async { Ok(toolbox.audit_fault().await) })?, audit_log) {
        (Some(fault), _) => report.fail("audit log", &fault)?,
        (None, Some(file)) => report.ok("audit log", &file.display().to_string())?,
        (None, None) => {}
    }
    check_client_id(&mut report, client)?;
    machine::check_variables(&mut report, &C::command())?;
    if client.is_sandbox() {
        report.ok("sandbox", "answers are made up, and nothing leaves this machine")?;
        return report.end();
    }
    if let Some(base_url) = &base_url {
        check_base_url(&mut report, base_url)?;
    }
    let has_proxy = machine::check_proxy(&mut report, client.base_url())?;
    machine::check_roots(&mut report, client)?;
    if has_key && has_proxy && base_url.is_some() {
        check_read(&mut report, client)?;
    }
    report.end()
}

/// A mistake on the command line, in the shape of what is reported of everything else.
pub(super) fn usage_as_data(message: &str) -> serde_json::Value {
    serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "healthy": false,
        "checks": [{ "name": "command line", "status": "fail", "text": message }],
    })
}

/// Whether there is a key that can be tried.
fn check_key(report: &mut Report, client: &Client, environment: Environment) -> std::io::Result<bool> {
    if client.is_sandbox() {
        report.ok("key", "not needed in the sandbox")?;
        return Ok(true);
    }
    let source = client.key_source();
    let origin = source.origin();
    // What was read at the start is known; what could not be read then is tried again.
    let key = source.load_blocking();
    match &key {
        Ok(_) if environment == Environment::Live => report.ok(
            "key",
            &format!(
                "the one{origin} is of a LIVE environment: {COUNTS_AS_LIVE}; only reading is on unless --access says \
                 more"
            ),
        ),
        Ok(_) => report.ok("key", &format!("the one{origin} is of a staging (test) environment")),
        Err(problem) => report.fail("key", &format!("{problem}\n{KEY_HELP}")),
    }?;
    Ok(key.is_ok())
}

fn check_access(report: &mut Report, catalog: &Catalog) -> std::io::Result<()> {
    report.ok(
        "access",
        &match catalog.access() {
            Access::Full => "full".to_owned(),
            access => format!(
                "{}; {} of the selected tools are off, --access turns them on",
                access.as_str(),
                catalog.withheld()
            ),
        },
    )?;
    let (offered, reach) = (catalog.offered().count(), catalog.reach_in_words());
    report.ok("tools", &format!("{offered} offered; discovery reaches {reach}"))
}

fn check_client_id(report: &mut Report, client: &Client) -> std::io::Result<()> {
    match &client.defaults().client_id {
        Some(id) if id.starts_with("client_") => report.ok("client ID", "set"),
        Some(_) => report.note("client ID", "set, but it does not start with `client_`"),
        None => report.note(
            "client ID",
            "not set; sign-in URLs and code exchange need WORKOS_CLIENT_ID or `client_id`",
        ),
    }
}

fn check_base_url(report: &mut Report, base_url: &BaseUrl) -> std::io::Result<()> {
    let url = base_url.url();
    report.ok("base URL", url.as_str())?;
    let path = url.path().trim_end_matches('/');
    if path.is_empty() {
        return Ok(());
    }
    report.note(
        "base URL",
        &format!(
            "it has a path, so requests go to {path}/organizations and the like; WorkOS's own API has none: drop it \
             unless a gateway wants it"
        ),
    )
}

fn check_read(report: &mut Report, client: &Client) -> anyhow::Result<()> {
    let request = ListOrganizations { limit: Some(1), ..ListOrganizations::default() };
    match block_on(async { Ok(client.send(&request).await) })? {
        Ok(_) => {
            let tls = if client.base_url().url().scheme() == "https" { " over TLS" } else { "" };
            report.ok("read", &format!("{} answered{tls}", client.base_url().host()))?;
        }
        Err(error) => {
            let advice = advice(&error).map(|advice| format!("\n{advice}")).unwrap_or_default();
            report.fail("read", &format!("{}{advice}", explain(&error)))?;
        }
    }
    Ok(())
}

/// What the error alone does not say.
fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::Arguments(_) | Error::Setup(_) => Some("Correct the settings."),
        Error::Transport(error) => Some(match (error.tls, error.outcome) {
            (Some(TlsFault::UnknownIssuer | TlsFault::CertificateAuthority | TlsFault::Other), _) => {
                "The server's certificate is not trusted here. Behind a TLS-inspecting proxy, install its root certificate \
                 in the system's store, or name it with --ca-file."
            }
            (_, Outcome::NotSent) => {
                "Check the network, the base URL, and HTTPS_PROXY / NO_PROXY if a proxy leads out."
            }
            _ => "The connection opens, but no answer comes: check the proxy, or try again later.",
        }),
        Error::Decode { .. } | Error::Response(_) => {
            Some("Something answers that is not the WorkOS API: check the base URL.")
        }
        _ => None,
    }
}
