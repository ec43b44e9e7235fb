//! `workos-mcp doctor`: what is wrong, and how to mend it.

use std::process::ExitCode;

use super::settings::Settings;
use super::{block_on, print};
use crate::api::organizations::ListOrganizations;
use crate::client::{Error, Fate, KEY_HELP, looks_right};
use crate::server::access::{Access, Environment};

/// Checks key, settings and one cheap read.
pub fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let tools = settings.tools()?;
    let client = tools.client();
    let mut healthy = true;

    match client.options().key.get() {
        _ if client.options().sandbox => print("ok    key: not needed in the sandbox")?,
        Ok(_) if tools.environment() == Environment::Live => print("ok    key: one of a LIVE environment")?,
        Ok(key) if !looks_right(&key) => {
            print("note  key: it does not start with `sk_`, as WorkOS's keys do")?;
        }
        Ok(_) => print("ok    key: one of a staging (test) environment")?,
        Err(problem) => {
            healthy = false;
            print(format!("FAIL  key: {problem}\n      {KEY_HELP}"))?;
        }
    }
    print(match tools.access() {
        Access::Full => "ok    access: full".to_owned(),
        access => format!(
            "ok    access: {}; {} of the selected tools are off, --access turns them on",
            access.as_str(),
            tools.withheld()
        ),
    })?;
    if let Some(fault) = tools.audit_fault() {
        healthy = false;
        print(format!("FAIL  audit log: {fault}"))?;
    }
    print(match &client.options().defaults.client_id {
        Some(id) if id.starts_with("client_") => "ok    client ID: set".to_owned(),
        Some(_) => "note  client ID: set, but it does not start with `client_`".to_owned(),
        None => {
            "note  client ID: not set; sign-in URLs and code exchange need WORKOS_CLIENT_ID or `client_id`"
                .to_owned()
        }
    })?;
    if client.options().sandbox {
        print("ok    sandbox: answers are made up, and nothing leaves this machine")?;
        return Ok(ExitCode::SUCCESS);
    }
    print(format!("ok    base URL: {}", client.options().base_url.url()))?;
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        if let Ok(value) = std::env::var(name)
            && !value.is_empty()
        {
            print(format!("note  {name}: {}", without_user_info(&value)))?;
        }
    }
    if let Some(path) = &client.options().ca_file {
        print(format!("note  further root certificates: {}", path.display()))?;
    }

    if healthy {
        let request = ListOrganizations { limit: Some(1), ..ListOrganizations::default() };
        match block_on(async { Ok(client.send(&request).await) })? {
            Ok(_) => {
                let tls = if client.options().base_url.url().scheme() == "https" { " over TLS" } else { "" };
                print(format!("ok    read: {} answered{tls}", client.options().base_url.host()))?;
            }
            Err(error) => {
                healthy = false;
                print(format!("FAIL  read: {error}"))?;
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
        Error::Arguments(_) => Some("Correct the settings."),
        Error::Network { fault, .. } if fault.contains("certificate") || fault.contains("tls") => Some(
            "The server's certificate is not trusted here. Behind a TLS-inspecting proxy, install its root certificate \
             in the system's store, or name it with --ca-file.",
        ),
        Error::Network { fate: Fate::NotSent, .. } => {
            Some("Check the network, the base URL, and HTTPS_PROXY / NO_PROXY if a proxy leads out.")
        }
        Error::Network { .. } => {
            Some("The connection opens, but no answer comes: check the proxy, or try again later.")
        }
        Error::Decode { .. } | Error::Answer { .. } => {
            Some("Something answers that is not the WorkOS API: check the base URL.")
        }
        _ => None,
    }
}

/// A proxy's address without its credentials.
fn without_user_info(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        Some((_, host)) => format!("[masked]@{host}"),
        None => proxy.to_owned(),
    }
}
