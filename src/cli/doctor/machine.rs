//! What the doctor looks at on this machine: files, variables, proxy and root certificates.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::report::Report;
use crate::cli::permissions::{answered, unwritable_directory, unwritable_file};
use crate::cli::settings::Settings;
use crate::cli::variables;
use crate::client::{BaseUrl, Client, proxy_fault, sentence, shown_proxy};

/// Whether the variables of OpenSSL replace the system's root certificates here.
const READS_SSL_VARIABLES: bool = cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));

/// How a certificate begins.
const PEM: &[u8] = b"-----BEGIN";
/// Longest file of certificates that is looked at, in bytes.
const MAX_CERTIFICATES: u64 = 16 << 20;

/// The directory for secrets, the log, and who else may read or write what is nobody else's.
pub fn check_files(report: &mut Report, settings: &Settings) -> io::Result<()> {
    for complaint in settings.complaints() {
        report.note("permissions", &format!("warning: {complaint}"))?;
    }
    if let Some(directory) = settings.secrets_directory() {
        match unwritable_directory(&directory) {
            Some(fault) => {
                report.fail(
                    "secrets directory",
                    &format!("{} cannot be written to: {fault}", directory.display()),
                )?;
            }
            None if directory.is_dir() => report.ok("secrets directory", &directory.display().to_string())?,
            None => {
                let text =
                    format!("{} is made with the first credential that goes there", directory.display());
                report.ok("secrets directory", &text)?;
            }
        }
    }
    if let Some(file) = settings.log_file() {
        match unwritable_file(&file) {
            Some(fault) => {
                report.fail("log file", &format!("{} cannot be written: {fault}", file.display()))?;
            }
            None => report.ok("log file", &file.display().to_string())?,
        }
    }
    Ok(())
}

/// Variables that people expect to work and that do nothing here. Never their values.
pub fn check_variables(report: &mut Report, command: &clap::Command) -> io::Result<()> {
    for (name, instead) in variables::foreign(command) {
        let instead = instead.map(|instead| format!("; {instead} does")).unwrap_or_default();
        report.note("environment", &format!("{name} is set and does nothing here{instead}"))?;
    }
    Ok(())
}

/// The proxy that the environment names; whether it can be used.
pub fn check_proxy(report: &mut Report, base_url: &BaseUrl) -> io::Result<bool> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        if let Some(value) = set(name) {
            // What is no address may be a password.
            report
                .note(name, shown_proxy(&value).as_deref().unwrap_or("set, and no proxy that can be used"))?;
        }
    }
    for name in ["NO_PROXY", "no_proxy"] {
        if let Some(value) = set(name) {
            report.note(name, &value.to_string_lossy())?;
        }
    }
    match proxy_fault(base_url) {
        Some(fault) => report.fail("proxy", &sentence(fault)).map(|()| false),
        None => Ok(true),
    }
}

/// Which root certificates are trusted, where that is not just the system's.
pub fn check_roots(report: &mut Report, client: &Client) -> io::Result<()> {
    let tls = client.base_url().url().scheme() == "https";
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let Some(value) = std::env::var_os(name) else { continue };
        let directories = std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty());
        let faults: Vec<String> = match name {
            "SSL_CERT_FILE" => file_fault(Path::new(&value)).into_iter().collect(),
            _ => directories.filter_map(|path| directory_fault(&path)).collect(),
        };
        let shown = if value.is_empty() { "an empty name".into() } else { value.to_string_lossy() };
        if !READS_SSL_VARIABLES {
            report.note(
                name,
                &format!("{shown} does nothing on this system; --ca-file adds root certificates"),
            )?;
            continue;
        }
        // An empty list of directories counts as none; an empty name of a file does not.
        if name == "SSL_CERT_DIR" && value.is_empty() {
            continue;
        }
        let text = format!("{shown} takes the place of the system's root certificates");
        let text = if tls { text } else { format!("{text}, though not for plain HTTP") };
        match &faults[..] {
            [] => report.note(name, &text)?,
            faults if tls => report.fail(name, &format!("{text}, and {}", faults.join("; ")))?,
            faults => report.note(name, &format!("{text}, and {}", faults.join("; ")))?,
        }
    }
    let Some(path) = client.ca_file() else { return Ok(()) };
    match file_fault(path) {
        Some(fault) => report.fail("further root certificates", &format!("{}: {fault}", path.display())),
        None => report.note("further root certificates", &path.display().to_string()),
    }
}

/// Why there are no certificates in a file.
fn file_fault(path: &Path) -> Option<String> {
    let path = path.to_owned();
    let read = move || {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_CERTIFICATES).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    match answered(read) {
        Some(Ok(bytes)) if bytes.windows(PEM.len()).any(|part| part == PEM) => None,
        Some(Ok(_)) => Some("there is no PEM certificate in it".to_owned()),
        Some(Err(error)) => Some(format!("it cannot be read ({})", error.kind())),
        None => Some("it does not answer".to_owned()),
    }
}

fn directory_fault(path: &Path) -> Option<String> {
    let error = std::fs::read_dir(path).err()?;
    Some(format!("{} cannot be read ({})", path.display(), error.kind()))
}
