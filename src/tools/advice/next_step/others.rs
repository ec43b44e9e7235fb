//! What each code of everything but sign-in asks for, from the vendor's API document and its SDKs.
//! The first row that fits a call counts.

use super::step::{At, Step};

const INVITATION: &[&str] = &["accept_invitation", "resend_invitation", "revoke_invitation"];
const MEMBERSHIP: &[&str] = &[
    "create_organization_membership",
    "update_organization_membership",
    "delete_organization_membership",
    "deactivate_organization_membership",
    "reactivate_organization_membership",
];

pub(super) const STEPS: &[Step] = &[
    // Pipes.
    Step {
        codes: &["account_selection_required"],
        at: At::Taking("connected_account_id"),
        advice: "Several connected accounts fit: name one with `connected_account_id`. \
                 `list_user_data_providers`, or for accounts that an organization shares \
                 `list_organization_data_providers`, shows them under `connected_accounts` with their IDs, if \
                 `supports_multiple_connections` is true.",
    },
    Step {
        codes: &["connected_account_not_found"],
        at: At::Taking("connected_account_id"),
        advice: "`list_user_data_providers` or `list_organization_data_providers` shows the connected accounts under \
                 `connected_accounts`, if `supports_multiple_connections` is true.",
    },
    Step {
        codes: &["auth_method_mismatch"],
        at: At::Of(&["get_data_integration_access_token"]),
        advice: "This account has no OAuth token: `get_data_integration_credentials` gives the credential that it has.",
    },
    Step {
        codes: &["invalid_connect_code", "authorization_state_expired"],
        at: At::Of(&["finish_data_integration_connection"]),
        advice: "The `connect_code` lasts 90 s and works once: send the user to a new URL of \
                 `get_data_integration_authorize_url`.",
    },
    // Users.
    Step {
        codes: &["email_not_available"],
        at: At::Of(&["create_user", "update_user", "send_email_change", "confirm_email_change"]),
        advice: "Another user has this address: `list_users` with `email` finds them.",
    },
    Step {
        codes: &["external_id_already_used"],
        at: At::Of(&["create_user", "update_user"]),
        advice: "Another user has this `external_id`: `get_user_by_external_id` finds them.",
    },
    // Organizations.
    Step {
        codes: &["external_id_already_used"],
        at: At::Of(&["create_organization", "update_organization"]),
        advice: "Another organization has this `external_id`: `get_organization_by_external_id` finds it.",
    },
    Step {
        codes: &["domain_already_exists"],
        at: At::Of(&["create_organization_domain", "create_organization", "update_organization"]),
        advice: "This domain is taken: `list_organizations` with `domains` finds the organization that has it.",
    },
    Step {
        codes: &["it_contact_already_exists", "it_contact_invitation_already_active"],
        at: At::Of(&["create_it_contact", "invite_it_contact"]),
        advice: "`list_it_contacts` shows the contact.",
    },
    // Invitations.
    Step {
        codes: &["email_already_invited", "email_already_invited_to_organization"],
        at: At::Of(&["send_invitation"]),
        advice: "The person is invited already: `list_invitations` with `email` finds the invitation, and \
                 `resend_invitation` sends it again.",
    },
    Step {
        codes: &["user_already_exists"],
        at: At::Of(&["send_invitation", "create_user"]),
        advice: "The person is a user already: `list_users` with `email` finds them, and \
                 `create_organization_membership` adds them to an organization.",
    },
    Step {
        codes: &["user_already_exists"],
        at: At::Of(&["create_waitlist_entry"]),
        advice: "The person is a user already and need not wait: `list_users` with `email` finds them.",
    },
    Step {
        codes: &["invitation_email_not_sent"],
        at: At::Of(&["approve_waitlist_entry"]),
        advice: "The approval stands, only its e-mail has not gone out: `list_invitations` with `email` finds the \
                 invitation, and `resend_invitation` sends it again.",
    },
    Step {
        codes: &["user_already_organization_member"],
        at: At::Of(&["send_invitation", "create_organization_membership"]),
        advice: "The user is a member already: `list_organization_memberships` with `user_id` shows the membership.",
    },
    Step {
        codes: &["invite_expired", "invite_revoked"],
        at: At::Of(INVITATION),
        advice: "This invitation is over: `send_invitation` sends a new one.",
    },
    Step {
        codes: &["invite_accepted", "invite_not_pending", "invite_has_accepted_user_id", "invalid_invite"],
        at: At::Of(INVITATION),
        advice: "The invitation is no longer pending: `get_invitation` shows its `state`.",
    },
    Step {
        codes: &["expires_in_days_too_short", "expires_in_days_too_long"],
        at: At::Of(&["send_invitation"]),
        advice: "`expires_in_days` is from 1 to 30.",
    },
    Step {
        codes: &["email_domain_not_deliverable"],
        at: At::Of(&["send_invitation", "resend_invitation", "create_magic_auth"]),
        advice: "No mail reaches the domain of this address: check the address with the person.",
    },
    // Memberships.
    Step {
        codes: &["cannot_reactivate_pending_organization_membership"],
        at: At::Of(MEMBERSHIP),
        advice: "The membership waits for the user, who has to accept the invitation: `list_invitations` with \
                 `organization_id` finds it, and `resend_invitation` sends it again. `accept_invitation` accepts it in the \
                 user's place.",
    },
    Step {
        codes: &["cannot_deactivate_pending_organization_membership"],
        at: At::Of(MEMBERSHIP),
        advice: "Only an active membership can be deactivated. A pending one either stays, or is deleted if the user \
                 agrees.",
    },
    Step {
        codes: &["missing_user_id_or_organization_id"],
        at: At::Of(&["list_organization_memberships"]),
        advice: "Pass `user_id` or `organization_id`.",
    },
    Step {
        codes: &["invalid_role"],
        at: At::Naming("role_slug"),
        advice: "`list_organization_roles` shows the roles of an organization with their slugs, \
                 `list_environment_roles` those of all.",
    },
    Step {
        codes: &["multiple_roles_not_enabled"],
        at: At::Taking("role_slugs"),
        advice: "Memberships have one role here: pass one `role_slug`.",
    },
    Step {
        codes: &["sub_resource_scoped_role_not_allowed"],
        at: At::Taking("role_slug"),
        advice: "This role is for a resource below the organization: `assign_resource_role` gives it there. \
                 `list_organization_roles` shows the others.",
    },
    Step {
        codes: &["organization_membership_directory_managed"],
        at: At::Anywhere,
        advice: "A directory manages this membership: change it in the customer's directory.",
    },
    // Roles and permissions.
    Step {
        codes: &["role_has_assignments"],
        at: At::Of(&["delete_organization_role"]),
        advice: "Somebody has this role: `list_organization_memberships` with `organization_id` shows who. The role can go \
                 once they have another, which `update_organization_membership` gives them.",
    },
    Step {
        codes: &["role_has_group_role_mappings"],
        at: At::Of(&["delete_organization_role"]),
        advice: "Groups are mapped to this role: in the dashboard they have to be mapped to another first.",
    },
    Step {
        codes: &["role_slug_conflict"],
        at: At::Of(&["create_environment_role"]),
        advice: "There is such a role: `get_environment_role` shows it, `update_environment_role` changes it.",
    },
    Step {
        codes: &["organization_role_slug_conflict"],
        at: At::Of(&["create_organization_role"]),
        advice: "There is such a role: `get_organization_role` shows it, `update_organization_role` changes it.",
    },
    Step {
        codes: &["permission_slug_conflict"],
        at: At::Of(&["create_permission"]),
        advice: "There is such a permission: `get_permission` shows it, `update_permission` changes it.",
    },
    Step {
        codes: &["permission_not_found"],
        at: At::Anywhere,
        advice: "`list_permissions` shows the permissions with their slugs.",
    },
    Step {
        codes: &["role_not_found"],
        at: At::Anywhere,
        advice: "`list_organization_roles` shows the roles of an organization with their slugs, \
                 `list_environment_roles` those of all.",
    },
    Step {
        codes: &["duplicate_group_role_assignment"],
        at: At::Of(&["assign_role_to_group"]),
        advice: "The group has this role there already: `list_group_role_assignments` shows the assignment.",
    },
    // Resources.
    Step {
        codes: &["resource_has_dependents"],
        at: At::Of(&["delete_authorization_resource", "delete_authorization_resource_by_external_id"]),
        advice: "Other resources or role assignments depend on it: `list_authorization_resources` with \
                 `parent_resource_id` and `list_role_assignments_for_resource` show them. Only if all of them are to go \
                 with it, call again with `cascade_delete` true.",
    },
    Step {
        codes: &["authorization_resource_external_id_conflict"],
        at: At::Of(&["create_authorization_resource"]),
        advice: "There is such a resource: `get_authorization_resource_by_external_id` shows it.",
    },
    Step {
        codes: &["missing_organization_id_or_resource_type_slug"],
        at: At::Of(&["list_authorization_resources"]),
        advice: "Pass `organization_id` or `resource_type_slug`.",
    },
    // Events, connections, directories.
    Step {
        codes: &["duplicate_endpoint"],
        at: At::Of(&["create_webhook_endpoint", "update_webhook_endpoint"]),
        advice: "Another endpoint has this URL: `list_webhook_endpoints` finds it, and `update_webhook_endpoint` changes \
                 its `events`.",
    },
    Step {
        codes: &["sp_signing_cert_already_exists"],
        at: At::Of(&["create_saml_sp_signing_cert"]),
        advice: "`get_saml_sp_signing_cert` shows the certificate that is there.",
    },
    Step {
        codes: &["cannot_delete_last_certificate"],
        at: At::Of(&["delete_saml_idp_signing_cert"]),
        advice: "It is the last one: `create_saml_idp_signing_cert` adds the next one first.",
    },
    // Agents.
    Step {
        codes: &["organization_selection_required"],
        at: At::Of(&["link_agent_claim_attempt"]),
        advice: "The user belongs to several organizations: call again with one of the `organizations` as \
                 `organization_id`.",
    },
    // Limits.
    Step {
        codes: &["daily_quota_exceeded"],
        at: At::Anywhere,
        advice: "Today's quota is used up: trying again today does not help.",
    },
    Step {
        codes: &[
            "rate_limit_exceeded",
            "too_many_requests",
            "directory_sync_rate_limited",
            "sms_challenge_rate_limited",
            "too_many_failed_verification_attempts",
        ],
        at: At::Anywhere,
        advice: "Too many requests. Try again {soon}.",
    },
    Step {
        codes: &[
            "concurrent_flag_target_update",
            "concurrent_request",
            "directory_sync_in_progress",
            "lock_timeout",
            "resource_type_update_in_progress",
        ],
        at: At::Anywhere,
        advice: "Something else is changing the same thing just now. Try again {soon}.",
    },
    Step {
        codes: &["production_feature_requires_billing"],
        at: At::Anywhere,
        advice: "In production this needs a plan: whoever manages billing sets it up in the dashboard.",
    },
];
