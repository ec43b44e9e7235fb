//! `workos-mcp doctor`: what is wrong, and how to mend it.

use std::process::ExitCode;

use super::process::{block_on, print};
use super::settings::Settings;
use crate::api::organizations::ListOrganizations;
use crate::client::{Error, Outcome, TlsFault, looks_right};
use crate::schema::REDACTED;
use crate::tools::access::{Access, Environment};
use crate::tools::advice::{KEY_HELP, explain};

/// Checks key, settings and one cheap read.
pub fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let toolbox = settings.toolbox()?;
    let (catalog, client) = (toolbox.catalog(), toolbox.executor().client());
    let mut healthy = true;

    match client.key_source().load_blocking() {
        _ if client.is_sandbox() => print("ok    key: not needed in the sandbox")?,
        Ok(_) if catalog.environment() == Environment::Live => print("ok    key: one of a LIVE environment")?,
        Ok(key) if !looks_right(&key) => {
            print("note  key: it does not start with `sk_`, as WorkOS's keys do")?;
        }
        Ok(_) => print("ok    key: one of a staging (test) environment")?,
        Err(problem) => {
            healthy = false;
            print(format!("FAIL  key: {problem}\n      {KEY_HELP}"))?;
        }
    }
    print(match catalog.access() {
        Access::Full => "ok    access: full".to_owned(),
        access => format!(
            "ok    access: {}; {} of the selected tools are off, --access turns them on",
            access.as_str(),
            catalog.withheld()
        ),
    })?;
    if let Some(fault) = block_on(async { Ok(toolbox.audit_fault().await) })? {
        healthy = false;
        print(format!("FAIL  audit log: {fault}"))?;
    }
    print(match &client.defaults().client_id {
        Some(id) if id.starts_with("client_") => "ok    client ID: set".to_owned(),
        Some(_) => "note  client ID: set, but it does not start with `client_`".to_owned(),
        None => {
            "note  client ID: not set; sign-in URLs and code exchange need WORKOS_CLIENT_ID or `client_id`"
                .to_owned()
        }
    })?;
    if client.is_sandbox() {
        print("ok    sandbox: answers are made up, and nothing leaves this machine")?;
        return Ok(ExitCode::SUCCESS);
    }
    print(format!("ok    base URL: {}", client.base_url().url()))?;
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        if let Ok(value) = std::env::var(name)
            && !value.is_empty()
        {
            print(format!("note  {name}: {}", without_user_info(&value)))?;
        }
    }
    if let Some(path) = client.ca_file() {
        print(format!("note  further root certificates: {}", path.display()))?;
    }

    if healthy {
        let request = ListOrganizations { limit: Some(1), ..ListOrganizations::default() };
        match block_on(async { Ok(client.send(&request).await) })? {
            Ok(_) => {
                let tls = if client.base_url().url().scheme() == "https" { " over TLS" } else { "" };
                print(format!("ok    read: {} answered{tls}", client.base_url().host()))?;
            }
            Err(error) => {
                healthy = false;
                print(format!("FAIL  read: {}", explain(&error)))?;
                if let Some(advice) = advice(&error) {
                    print(format!("      {advice}"))?;
                }
            }
        }
    }
    Ok(ExitCode::from(u8::from(!healthy)))
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

/// A proxy's address without its credentials.
fn without_user_info(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        Some((_, host)) => format!("{REDACTED}@{host}"),
        None => proxy.to_owned(),
    }
}
