//! The audit log: one JSON line for every call that is not a read, for every refusal, and, where that
//! is wanted, for reads of personal data and credentials.
//!
//! It is written in the background, so that a file system that does not answer holds up what
//! must not happen without a trace, and nothing else.

mod bounds;

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use self::bounds::{bounded, bounded_text};
use super::access::Environment;
use super::background_writer::BackgroundWriter;
use super::redaction::for_the_record;
use crate::client::Arguments;
use crate::operation::{Effect, Method, Operation};
use crate::private_file;
use crate::schema::{Field, Schema};

/// How long the file system has to tell what stands where the log belongs.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);

/// Fields that hold what identifies a person, what a directory says of one, or where such data
/// can be fetched.
const PERSONAL: &[&str] = &[
    "email",
    "emails",
    "new_email",
    "first_name",
    "last_name",
    "phone_number",
    "ip_address",
    "user_agent",
    "username",
    "raw_attributes",
    "idp_id",
    "account_identifier",
    "url",
];

/// More than the longest line, in bytes.
const MAX_LINE: u64 = 24 << 10;

/// What became of a call before it was sent, or instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Sent without a question.
    Allowed,
    /// The user was asked and agreed.
    Confirmed,
    /// The user was asked and did not agree.
    Declined,
    /// Not sent: access, arguments, credentials, or nobody to ask.
    Refused,
}

impl Decision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Refused => "refused",
        }
    }
}

/// What came of a call.
#[derive(Debug, Default)]
pub struct CallResult {
    /// The status that WorkOS answered with.
    pub status: Option<u16>,
    /// The request ID of the answer.
    pub request_id: Option<String>,
    /// Why it failed, or was refused.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Duration,
}

/// A file that only grows.
#[derive(Debug)]
pub struct AuditLog {
    file: BackgroundWriter,
    environment: Environment,
    /// Reads of personal data and credentials are recorded too.
    reads: bool,
}

/// Why there can be no log at this place, as far as that is known before anything is written:
/// what is there is no plain file. A file system that does not answer says so when it is needed.
pub fn place_fault(path: &Path) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    let owned = path.to_owned();
    let look = std::thread::Builder::new().name("audit log".to_owned()).spawn(move || {
        // Whoever asked may have given up.
        let _ = sender.send(private_file::look(&owned));
    });
    let looked = look.ok().and_then(|_| receiver.recv_timeout(LOOK_TIMEOUT).ok())?;
    looked.err().map(|error| format!("the audit log cannot be {}: {error}", path.display()))
}

/// Whether an operation reads personal data or credentials, by the fields of its answer, or checks
/// a credential. What events carry may be any.
fn reads_of_somebody(operation: &Operation) -> bool {
    let holds = |field: &Field| {
        field.secret
            || PERSONAL.contains(&field.api_name)
            || matches!(field.schema.present(), Schema::Payload)
    };
    operation.method != Method::LINK
        && (operation.answer.any_field(&holds) || operation.fields.iter().any(|field| field.secret))
}

impl AuditLog {
    /// A log in this file, which is created when it is first needed and which only its owner
    /// can read. While it cannot be written nothing that belongs into it is sent, see
    /// [`check`](Self::check).
    pub fn new(path: &Path, environment: Environment, reads: bool) -> Self {
        Self { file: BackgroundWriter::plain_file("audit log", path), environment, reads }
    }

    /// Whether calls of an operation are recorded.
    pub fn records(&self, operation: &Operation) -> bool {
        operation.effect != Effect::Read || (self.reads && reads_of_somebody(operation))
    }

    /// Whether a line can be written, however long. A blank in front of the next line says so.
    ///
    /// # Errors
    ///
    /// Why a call that has to be recorded must not be made.
    pub async fn check(&self) -> Result<(), String> {
        self.file.reserve_and_wait(b" ".to_vec(), MAX_LINE).await.map_err(|error| {
            format!(
                "Nothing was sent: the {} cannot be written ({error}), and nothing that belongs into it is done without a trace.",
                self.file
            )
        })
    }

    /// Hands over the line of a call; [`flush`](Self::flush) waits for it.
    pub fn record(
        &self,
        tool: &str,
        operation: Option<&'static Operation>,
        arguments: &Arguments,
        decision: Decision,
        result: &CallResult,
    ) {
        let line = json!({
            "time": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "tool": bounded_text(tool),
            "environment": self.environment.as_str(),
            "request": operation.map(|operation| format!("{} {}", operation.method.as_str(), operation.route())),
            "arguments": operation
                .map_or_else(Value::default, |operation| bounded(for_the_record(operation.fields, arguments))),
            "decision": decision.as_str(),
            "status": result.status,
            "request_id": result.request_id.as_deref().map(bounded_text),
            "error": result.error.as_deref().map(bounded_text),
            "duration_ms": u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
        });
        self.file.write(format!("{line}\n").into_bytes());
    }

    /// Records a call that was not sent, and waits until that is written.
    pub async fn record_refusal(
        &self,
        tool: &str,
        operation: Option<&'static Operation>,
        arguments: &Arguments,
        decision: Decision,
        why: &str,
    ) {
        let result = CallResult { error: Some(why.to_owned()), ..CallResult::default() };
        self.record(tool, operation, arguments, decision, &result);
        self.flush().await;
    }

    /// Waits, for a short time, until all lines that were handed over are written or have failed.
    pub async fn flush(&self) {
        self.file.flush().await;
    }

    /// The same before the process ends, even if the file did not answer before.
    pub async fn drain(&self) {
        self.file.drain().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;

    #[test]
    fn reads_of_persons_and_credentials_are_known_by_their_answers() {
        let recorded =
            |name: &str| operations().find(|operation| operation.name == name).is_some_and(reads_of_somebody);
        for name in [
            "list_users",
            "get_user",
            "list_user_identities",
            "list_user_sessions",
            "list_directory_users",
            "list_directory_groups",
            "get_sso_profile",
            "list_events",
            "list_invitations",
            "get_magic_auth",
            "list_organization_memberships",
            "list_webhook_endpoints",
            "get_vault_object",
            "validate_api_key",
            "get_data_integration_access_token",
            "get_user_connected_account",
            "get_audit_log_export",
            "list_it_contacts",
            "list_waitlist_entries",
        ] {
            assert!(recorded(name), "{name}");
        }
        for name in [
            "list_organizations",
            "get_organization",
            "list_connections",
            "list_directories",
            "get_jwks",
            "list_organization_roles",
            "list_vault_objects",
            "list_saml_idp_signing_certs",
            "get_jwt_template",
            "get_authkit_authorization_url",
            "list_organization_api_keys",
        ] {
            assert!(!recorded(name), "{name}");
        }
    }
}
