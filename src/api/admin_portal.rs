//! Admin Portal links, IT contacts, and tokens for embedded admin UI: <https://workos.com/docs/reference/admin-portal>.

use super::common::List;

operations! {
    admin_portal: "Admin Portal links, IT contacts, widget tokens";

    /// Create a link to the Admin Portal for an organization's IT admin. It works once, within five minutes. By e-mail: `invite_it_contact`.
    POST "/portal/generate_link" => GeneratePortalLink -> PortalLink, everyday, creates {
        organization_id: String as rename("organization"),
        /// What the admin will set up or see.
        intent?: PortalIntent,
        /// Where your logo leads.
        return_url?: String as seldom,
        /// Where to go when done.
        success_url?: String,
        /// IT contacts to give access, at most 20.
        it_contact_emails?: Vec<String> as seldom,
        /// Your own ID of the admin, to revoke the link.
        external_user_id?: String as seldom,
    }

    /// Revoke all portal links made with this `external_user_id`, and end their sessions. This
    /// cannot be undone.
    POST "/portal/revoke_link" => RevokePortalLink -> (), deletes {
        organization_id: String as rename("organization"),
        /// The ID given to `generate_portal_link`.
        external_user_id: String,
    }

    /// List the IT contacts of an organization.
    GET "/organizations/{organization_id}/it_contacts" => ListItContacts -> List<ItContact> {
        organization_id: String,
    }

    /// Add an IT contact to an organization, without inviting. WorkOS e-mails contacts before a
    /// certificate expires.
    POST "/organizations/{organization_id}/it_contacts" => CreateItContact -> ItContact, emails {
        organization_id: String,
        email: String,
    }

    /// Remove an IT contact from an organization and revoke the contact's setup links.
    /// This cannot be undone.
    DELETE "/organizations/{organization_id}/it_contacts/{contact_id}" => DeleteItContact -> () {
        organization_id: String,
        /// From `list_it_contacts`.
        contact_id: String,
    }

    /// E-mail an IT contact a setup link to the Admin Portal. One invitation per organization can
    /// be active; revoke it before inviting another contact.
    POST "/organizations/{organization_id}/it_contacts/{contact_id}/invite"
        => InviteItContact -> (), creates, emails
    {
        organization_id: String,
        /// From `list_it_contacts`.
        contact_id: String,
        /// What the contact may set up; at least one.
        intents: Vec<InviteIntent> as nonempty,
    }

    /// Revoke the active Admin Portal invitation of an organization. This cannot be undone.
    POST "/organizations/{organization_id}/it_contacts/{contact_id}/revoke" => RevokeItContactInvite -> (), deletes {
        organization_id: String,
        /// From `list_it_contacts`.
        contact_id: String,
    }

    /// Create a short-lived token for WorkOS Widgets in a user's browser. Without an
    /// organization it serves only widgets about the user.
    POST "/widgets/token" => CreateWidgetToken -> WidgetToken, creates
    where needs(scopes: organization_id) {
        organization_id?: String,
        user_id?: String,
        /// What the user may manage; needs `organization_id`.
        scopes?: Vec<WidgetScope>,
    }

    /// Create a short-lived token for the Client GraphQL API, for one user in one organization.
    POST "/client/token" => CreateClientApiToken -> ClientApiToken, creates {
        organization_id: String,
        user_id: String,
    }
}

choices! {
    /// What a portal link is for.
    PortalIntent {
        Sso = "sso",
        Dsync = "dsync",
        AuditLogs = "audit_logs",
        LogStreams = "log_streams",
        DomainVerification = "domain_verification",
        CertificateRenewal = "certificate_renewal",
        BringYourOwnKey = "bring_your_own_key",
    }

    /// What an invited IT contact may set up.
    InviteIntent {
        Sso = "sso",
        DirectorySync = "directory_sync",
        LogStreams = "log_streams",
        DomainVerification = "domain_verification",
        BringYourOwnKey = "bring_your_own_key",
    }

    /// What a widget may manage.
    WidgetScope {
        UsersTable = "widgets:users-table:manage",
        DomainVerification = "widgets:domain-verification:manage",
        Sso = "widgets:sso:manage",
        ApiKeys = "widgets:api-keys:manage",
        Dsync = "widgets:dsync:manage",
        AuditLogStreaming = "widgets:audit-log-streaming:manage",
        Pipes = "widgets:pipes:manage",
        UserApiKeysManageSelf = "widgets:user-api-keys:manage-self",
        UserApiKeysManageAll = "widgets:user-api-keys:manage-all",
    }
}

/// What an admin does in the Admin Portal, by what the link to it is for.
pub const INTENTS: &[(&str, &str)] = &[
    ("sso", "sets up single sign-on with the organization's identity provider"),
    ("dsync", "connects the organization's directory, whose users and groups are synced from then on"),
    (
        "directory_sync",
        "connects the organization's directory, whose users and groups are synced from then on",
    ),
    ("audit_logs", "sees the organization's audit log, and exports it"),
    ("log_streams", "sends the organization's audit log on to the tool that collects its logs"),
    ("domain_verification", "proves with a DNS record that a domain is the organization's"),
    ("certificate_renewal", "renews the certificate of the organization's SAML connection"),
    ("bring_your_own_key", "connects the organization's own key for what the vault encrypts"),
];

objects! {
    /// A link to the Admin Portal.
    PortalLink {
        /// Works once, within five minutes.
        link: String,
    }

    /// A person who sets up SSO or directory sync for an organization.
    ItContact {
        id: String,
        email: String,
        created_at: String,
        updated_at: String,
    }

    /// A token for widgets.
    WidgetToken {
        token: String as shown_once,
    }

    /// A token for the Client GraphQL API.
    ClientApiToken {
        token: String as shown_once,
    }
}
