//! The types of events, by what they are about: <https://workos.com/docs/events>.
//!
//! They are open: WorkOS adds some every few weeks, and a type that is missing here is not wrong. Source:
//! the events that the vendor's SDKs know.

macro_rules! event_types {
    ($($object:literal $($verb:literal)+;)+) => {
        /// All types of events that are known, in the order of what they are about.
        pub const EVENT_TYPES: &[&str] = &[$($(concat!($object, ".", $verb)),+),+];
    };
}

event_types! {
    "organization" "created" "updated" "deleted";
    "organization_domain" "created" "updated" "deleted" "verified" "verification_failed";
    "organization_membership" "created" "updated" "deleted";
    "organization_role" "created" "updated" "deleted";
    "role" "created" "updated" "deleted";
    "permission" "created" "updated" "deleted";
    "group" "created" "updated" "deleted" "member_added" "member_removed";

    "user" "created" "updated" "deleted";
    "invitation" "created" "accepted" "resent" "revoked";
    "waitlist_user" "created" "approved" "denied";
    "session" "created" "revoked";
    "authentication"
        "email_verification_succeeded" "email_verification_failed"
        "magic_auth_succeeded" "magic_auth_failed"
        "mfa_succeeded" "mfa_failed"
        "oauth_succeeded" "oauth_failed"
        "passkey_succeeded" "passkey_failed"
        "password_succeeded" "password_failed"
        "sso_started" "sso_succeeded" "sso_failed" "sso_timed_out"
        "radar_risk_detected" "reauthentication_succeeded";
    "email_verification" "created";
    "magic_auth" "created";
    "password_reset" "created" "succeeded";
    "radar" "challenge_created";
    "action.authentication" "denied";
    "action.user_registration" "denied";

    "connection"
        "activated" "deactivated" "deleted"
        "saml_certificate_renewal_required" "saml_certificate_renewed";
    "dsync" "activated" "deleted";
    "dsync.user" "created" "updated" "deleted";
    "dsync.group" "created" "updated" "deleted" "user_added" "user_removed";
    "dsync.token" "created" "revoked";

    "api_key" "created" "updated" "revoked";
    "flag" "created" "updated" "deleted" "rule_updated";
    "feature_flags.flag" "created" "updated" "deleted";
    "feature_flags.flag_rule" "created" "updated" "deleted";
    "feature_flags.flag_target" "created" "deleted";
    "pipes.connected_account"
        "connected" "connection_failed" "disconnected" "reauthorization_needed";
    "pipes.account_connection"
        "connected" "add_failed" "connection_failed" "disconnected" "reauthorization_needed";
    "resource_export" "created" "completed" "downloaded" "failed";
    "vault.data" "created" "read" "updated" "deleted";
    "vault.metadata" "read";
    "vault.names" "listed";
    "vault.dek" "read" "decrypted" "rekeyed";
    "vault.kek" "created" "deleted";
    "vault.byok_key" "verification_completed" "deleted";

    "agent.blueprint" "created" "updated" "deleted";
    "agent.instance" "created" "deleted";
    "agent.instance.session" "created" "revoked";
    "agent.registration" "created" "refreshed" "expired" "revoked" "deleted";
    "agent.registration.claim" "completed";
    "agent.registration.claim.attempt" "created";
    "agent.registration.credential" "issued";
    "agent.registration.organization" "switched";
}

/// What an event is about, and what happened: `dsync.user` and `created`.
pub fn parts(event_type: &str) -> (&str, &str) {
    event_type.rsplit_once('.').unwrap_or((event_type, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_stands_once_and_has_two_parts() {
        for (at, event_type) in EVENT_TYPES.iter().enumerate() {
            let (object, verb) = parts(event_type);
            let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'));
            assert!(!object.is_empty() && !verb.is_empty() && plain(event_type), "{event_type}");
            assert!(!EVENT_TYPES[..at].contains(event_type), "{event_type} stands twice");
        }
        assert!(EVENT_TYPES.len() > 130, "{}", EVENT_TYPES.len());
    }
}
