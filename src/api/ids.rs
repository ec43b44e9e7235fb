//! The kinds of IDs at WorkOS, told by the word that each begins with.
//!
//! An argument takes IDs of the kinds that its description names in the form `` `om_…` ``, or by the
//! operation that lists them if they have no form; else of the kind that its own name says, as
//! `organization_id` does. An ID that begins like one of another kind is a mistake; one that begins
//! like none may be anything, and WorkOS is the judge. Source: the examples of the API reference.

use crate::schema::Field;

/// What IDs of one form name.
#[derive(Debug, PartialEq, Eq)]
pub struct IdKind {
    /// What arguments are called that take them, in all operations; `id` alone where it is the ID of what
    /// the operation itself is about.
    pub argument: &'static str,
    /// What they begin with, before the underscore; the first is the usual one. None for IDs whose form
    /// is not documented.
    pub prefixes: &'static [&'static str],
    /// What they name, with its article.
    pub what: &'static str,
    /// The operation that answers such IDs, if there is one that lists or finds them.
    pub source: Option<&'static str>,
}

macro_rules! kinds {
    ($($argument:ident: [$($prefix:literal)*] $what:literal $(, $source:literal)?;)+) => {
        /// All kinds of IDs that are known by what they begin with.
        pub const ID_KINDS: &[IdKind] = &[$(IdKind {
            argument: stringify!($argument),
            prefixes: &[$($prefix),*],
            what: $what,
            source: {
                #[allow(unused_mut, unused_assignments, reason = "not every kind has a source")]
                let mut source = None;
                $(source = Some($source);)?
                source
            },
        }),+];
    };
}

kinds! {
    agent_blueprint_id: ["agent_blueprint"] "an agent blueprint", "list_agent_blueprints";
    agent_instance_id: ["agent_instance"] "an agent instance", "list_agent_instances";
    agent_instance_session_id: ["agent_instance_session"] "a session of an agent", "list_agent_sessions";
    agent_registration_id: ["agent_reg"] "the registration of an agent";
    api_key_id: ["api_key"] "an API key", "list_organization_api_keys";
    audit_log_export_id: ["audit_log_export"] "an audit log export", "create_audit_log_export";
    auth_challenge_id: ["auth_challenge"] "an authentication challenge", "challenge_auth_factor";
    auth_factor_id: ["auth_factor"] "an authentication factor", "list_user_auth_factors";
    resource_id: ["authz_resource"] "a resource", "list_authorization_resources";
    client_id: ["client"] "a client ID";
    connection_id: ["conn"] "a connection", "list_connections";
    application_id: ["conn_app"] "a Connect application", "list_connect_applications";
    connected_account_id: ["data_installation"] "a connected account", "list_user_data_providers";
    data_integration_id: ["data_integration"] "a data integration";
    directory_id: ["directory"] "a directory", "list_directories";
    directory_group_id: ["directory_group" "directory_grp"] "a directory group", "list_directory_groups";
    directory_user_id: ["directory_user" "directory_usr"] "a directory user", "list_directory_users";
    email_verification_id: ["email_verification"] "an e-mail verification";
    event_id: ["event"] "an event", "list_events";
    external_auth_id: ["ext_auth"] "a sign-in on your own login page";
    feature_flag_id: ["flag"] "a feature flag", "list_feature_flags";
    group_role_assignment_id: ["gra"] "the role assignment of a group", "list_group_role_assignments";
    group_id: ["group"] "a group", "list_organization_groups";
    invitation_id: ["invitation"] "an invitation", "list_invitations";
    magic_auth_id: ["magic_auth"] "a Magic Auth code", "create_magic_auth";
    organization_membership_id: ["om"] "a membership", "list_organization_memberships";
    organization_id: ["org"] "an organization", "list_organizations";
    organization_domain_id: ["org_domain"] "the domain of an organization", "get_organization";
    password_reset_id: ["password_reset"] "a password reset", "create_password_reset";
    passwordless_session_id: ["passwordless_session"] "a passwordless session", "create_passwordless_session";
    permission_id: ["perm"] "a permission", "list_permissions";
    profile_id: ["prof"] "an SSO profile", "get_sso_profile_and_token";
    radar_attempt_id: ["radar_att"] "a Radar attempt", "create_radar_attempt";
    radar_auth_attempt_id: ["radar_auth_attempt"] "an attempt that Radar has seen";
    radar_challenge_id: ["radar_challenge"] "a Radar challenge";
    redirect_uri_id: ["redir"] "a redirect URI", "list_redirect_uris";
    role_id: ["role"] "a role";
    role_assignment_id: ["role_assignment"] "a role assignment", "list_membership_role_assignments";
    application_secret_id: ["secret"] "a client secret", "list_connect_application_secrets";
    session_id: ["session"] "a session", "list_user_sessions";
    user_id: ["user"] "a user", "list_users";
    waitlist_id: ["waitlist"] "a waitlist", "list_waitlists";
    webhook_endpoint_id: ["we"] "a webhook endpoint", "list_webhook_endpoints";
    waitlist_entry_id: ["wl_user"] "a waitlist entry", "list_waitlist_entries";
    contact_id: [] "an IT contact", "list_it_contacts";
    certificate_id: [] "a signing certificate of an IdP", "list_saml_idp_signing_certs";
    certificate_id: [] "an encryption certificate", "list_saml_sp_encryption_certs";
    certificate_id: [] "the certificate that signs requests", "get_saml_sp_signing_cert";
    vault_object_id: [] "an object in the vault", "list_vault_objects";
    mcp_resource_indicator_id: [] "an MCP resource indicator", "list_mcp_resource_indicators";
}

/// The kind that an ID begins like: the longest beginning counts.
pub fn kind_of(id: &str) -> Option<&'static IdKind> {
    let begins = |prefix: &&&str| {
        id.strip_prefix(**prefix).and_then(|rest| rest.strip_prefix('_')).is_some_and(|rest| !rest.is_empty())
    };
    ID_KINDS
        .iter()
        .filter_map(|kind| {
            Some((kind.prefixes.iter().filter(begins).map(|prefix| prefix.len()).max()?, kind))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind)
}

/// The kinds of IDs that an argument takes; none if it takes no IDs, or such as may be anything.
pub fn kinds_of(field: &Field) -> impl Iterator<Item = &'static IdKind> {
    let named = forms(field.description).filter_map(|form| kind_with(form.strip_suffix('_')?));
    let is_named = named.clone().next().is_some();
    let understood = move || {
        let of_source = ID_KINDS.iter().find(|kind| {
            let names_source = |source| quoted(field.description).any(|word| word == source);
            kind.prefixes.is_empty() && kind.source.is_some_and(names_source)
        });
        // Client IDs are given out by others as well.
        let is_named = |kind: &&IdKind| kind.argument == field.name && field.name != "client_id";
        of_source.or_else(|| ID_KINDS.iter().find(is_named))
    };
    named.chain((!is_named).then(understood).flatten())
}

/// Whether a description names a word that stands in place of an ID, as `default`.
pub fn takes_word(field: &Field, word: &str) -> bool {
    quoted(field.description).any(|known| known == word)
}

/// The forms that a description names: `om_` of `` `om_…` ``.
fn forms(description: &str) -> impl Iterator<Item = &str> + Clone {
    quoted(description).filter_map(|word| word.strip_suffix('…'))
}

/// What stands in backticks.
fn quoted(description: &str) -> impl Iterator<Item = &str> + Clone {
    description.split('`').skip(1).step_by(2)
}

fn kind_with(prefix: &str) -> Option<&'static IdKind> {
    ID_KINDS.iter().find(|kind| kind.prefixes.contains(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;
    use crate::operation::{Effect, Operation};
    use crate::schema::Schema;

    #[test]
    fn the_longest_beginning_counts() {
        let what = |id| kind_of(id).map(|kind| kind.what);
        assert_eq!(what("directory_01EXAMPLE"), Some("a directory"));
        assert_eq!(what("directory_user_01EXAMPLE"), Some("a directory user"));
        assert_eq!(what("directory_grp_01EXAMPLE"), Some("a directory group"));
        assert_eq!(what("conn_app_01EXAMPLE"), Some("a Connect application"));
        assert_eq!(what("om_"), None, "nothing follows");
        assert_eq!(what("organization_1"), None);
        assert_eq!(what("7"), None);
    }

    /// Whether an operation is about a thing: `get_connect_application` is about an application.
    fn is_about(operation: &Operation, thing: &str) -> bool {
        let (_, object) = operation.name.split_once('_').expect("a verb and an object");
        object.strip_suffix(thing).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    }

    /// One thing has one name. What takes IDs is called after their kind, with words before that which
    /// say which one it is; `id` alone is the ID of what the operation itself is about.
    #[test]
    fn ids_are_called_after_their_kind() {
        /// IDs that are not of WorkOS, and such as nobody lists.
        const OTHERS: &[(&str, &str)] = &[
            ("external_id", "the caller's own"),
            ("external_user_id", "the caller's own"),
            ("resource_external_id", "the caller's own"),
            ("parent_resource_external_id", "the caller's own"),
            ("client_id", "of an application at a provider"),
            ("device_id", "the browser's"),
            ("signals_id", "the browser's"),
            ("idp_id", "the identity provider's"),
            ("stripe_customer_id", "Stripe's"),
            ("verification_id", "of a text message that WorkOS has sent"),
        ];
        /// Names that say more than the kinds.
        const EXCEPTIONS: &[(&str, &str)] = &[("target_id", "a user or an organization")];
        let mut seen = Vec::new();
        for operation in operations() {
            // A list may be called after what is done with it: `add`.
            for field in operation.fields.iter().filter(|field| matches!(field.schema, Schema::String)) {
                let name = field.name;
                let kinds: Vec<&IdKind> = kinds_of(field).collect();
                let exceptions = if kinds.is_empty() { OTHERS } else { EXCEPTIONS };
                if exceptions.iter().any(|(exception, _)| *exception == name) {
                    seen.push(name);
                    continue;
                }
                let fits = |kind: &&IdKind| match name {
                    "id" => is_about(operation, kind.argument.trim_end_matches("_id")),
                    _ => name
                        .strip_suffix(kind.argument)
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('_')),
                };
                let is_id = name == "id" || name.ends_with("_id");
                assert!(
                    kinds.iter().any(fits) || (kinds.is_empty() && !is_id),
                    "`{name}` of `{}` takes the ID of {:?}: call it after that, and give WorkOS's name with `rename`",
                    operation.name,
                    kinds.iter().map(|kind| kind.what).collect::<Vec<_>>()
                );
            }
        }
        for (name, reason) in OTHERS.iter().chain(EXCEPTIONS) {
            assert!(seen.contains(name), "`{name}` ({reason}) is no argument any more");
        }
    }

    /// The same of slugs: `slug` alone is that of what the operation is about, and of roles and
    /// permissions only that of a new one.
    #[test]
    fn slugs_are_called_after_what_they_name() {
        for operation in operations() {
            for field in operation.fields.iter().filter(|field| field.name.ends_with("slug")) {
                let fits = match field.name {
                    "slug" => {
                        let is_new = operation.name.starts_with("create_")
                            && ["role", "permission"].iter().any(|thing| is_about(operation, thing));
                        is_new
                            || ["feature_flag", "data_integration"]
                                .iter()
                                .any(|thing| is_about(operation, thing))
                    }
                    name => [
                        "role_slug",
                        "permission_slug",
                        "feature_flag_slug",
                        "data_integration_slug",
                        "resource_type_slug",
                        "parent_resource_type_slug",
                    ]
                    .contains(&name),
                };
                assert!(fits, "`{}` of `{}`", field.name, operation.name);
            }
        }
    }

    /// Every form in a description is a kind, and is listed by an operation that reads or makes it.
    #[test]
    fn every_form_is_a_kind() {
        for operation in operations() {
            for field in operation.fields {
                for form in forms(field.description).filter(|form| form.ends_with('_')) {
                    let known = form.strip_suffix('_').and_then(kind_with).is_some();
                    assert!(known || field.secret, "{} {}: {form}", operation.name, field.name);
                }
            }
        }
        for kind in ID_KINDS {
            let Some(source) = kind.source else { continue };
            let operation = operations().find(|operation| operation.name == source);
            let effect = operation.expect("an operation of this name").effect;
            assert!(matches!(effect, Effect::Read | Effect::Create | Effect::Update), "{source}");
        }
    }
}
