//! Connect applications: <https://workos.com/docs/reference/workos-connect>.

use super::common::{List, Metadata};

operations! {
    connect: "Connect applications (OAuth, M2M), secrets, consents";

    /// Complete a sign-in on your own login page (standalone Connect), and create or update
    /// the user by your ID. Fails if another user has the e-mail address.
    POST "/authkit/oauth2/complete" => CompleteExternalAuth -> ExternalAuthCompletion, updates {
        /// `ext_auth_…`, which came with the redirect to your login page.
        external_auth_id: String,
        /// The user who signed in.
        user: ExternalUser,
        /// What the user is asked to consent to.
        user_consent_options?: Vec<UserConsentOption>,
    }

    /// List Connect applications, newest first.
    GET "/connect/applications" => ListConnectApplications -> List<ConnectApplication> {
        /// How they were registered; `authenticated` if left out.
        registration_types?: Vec<RegistrationType>,
        organization_id?: String,
        ..Page,
    }

    /// Create a Connect application: `oauth` signs users in, `m2m` acts for an
    /// organization. Its secrets come from `create_connect_application_secret`.
    POST "/connect/applications" => CreateConnectApplication -> ConnectApplication
    where when(application_type = "oauth": is_first_party),
        when(application_type = "m2m": organization_id) {
        /// Name shown to people.
        name: String,
        /// What kind of application.
        application_type: ApplicationType,
        /// What it is for.
        description?: String,
        /// Scopes that it may be granted.
        scopes?: Vec<String>,
        /// Where users return to; `oauth` only.
        redirect_uris?: Vec<NewRedirectUri>,
        /// Browser origins that may call the token endpoint; `oauth` only.
        cors_origins?: Vec<String>,
        /// Whether it uses PKCE; `oauth` only.
        uses_pkce?: bool,
        /// Whether it is your own; required for `oauth`. If false, give `organization_id`.
        is_first_party?: bool,
        /// Organization that it belongs to, `org_…`; required for `m2m`.
        organization_id?: String,
    }

    /// Get a Connect application.
    GET "/connect/applications/{id}" => GetConnectApplication -> ConnectApplication {
        /// Application ID, `conn_app_…`, or client ID, `client_…`.
        id: String,
    }

    /// Change a Connect application. What is left out stays as it is; each list given
    /// replaces the one that is there.
    PUT "/connect/applications/{id}" => UpdateConnectApplication -> ConnectApplication {
        /// Application ID, `conn_app_…`, or client ID, `client_…`.
        id: String,
        /// Name shown to people.
        name?: String,
        /// What it is for.
        description?: String | null,
        /// All scopes that it may be granted.
        scopes?: Vec<String> | null as destroys,
        /// All URIs that users return to; `oauth` only.
        redirect_uris?: Vec<NewRedirectUri> | null as destroys,
        /// All browser origins that may call the token endpoint; `oauth` only.
        cors_origins?: Vec<String> | null as destroys,
    }

    /// Delete a Connect application; it can no longer get tokens. This cannot be undone.
    DELETE "/connect/applications/{id}" => DeleteConnectApplication -> () {
        /// Application ID, `conn_app_…`, or client ID, `client_…`.
        id: String,
    }

    /// List the client secrets of a Connect application, by hint and last use.
    GET "/connect/applications/{id}/client_secrets" => ListConnectApplicationSecrets
        -> Vec<ConnectApplicationSecret> {
        /// Application ID, `conn_app_…`, or client ID, `client_…`.
        application_id: String as rename("id"),
    }

    /// Create a client secret for a Connect application. The secret is shown only in this
    /// answer; secrets that exist stay valid.
    POST "/connect/applications/{id}/client_secrets" => CreateConnectApplicationSecret
        -> NewConnectApplicationSecret, body {
        /// Application ID, `conn_app_…`, or client ID, `client_…`.
        application_id: String as rename("id"),
    }

    /// Revoke a client secret; it can no longer be used. This cannot be undone.
    DELETE "/connect/client_secrets/{id}" => DeleteConnectApplicationSecret -> () {
        /// ID of the client secret, `secret_…`.
        id: String,
    }

    /// List the Connect applications that users of an organization have authorized.
    GET "/organizations/{organization_id}/authorized_applications" => ListOrganizationAuthorizedApplications
        -> List<OrganizationAuthorizedConnectApplication> {
        organization_id: String,
        ..Page,
    }

    /// List the Connect applications that a user has authorized.
    GET "/user_management/users/{user_id}/authorized_applications" => ListUserAuthorizedApplications
        -> List<AuthorizedConnectApplication> {
        user_id: String,
        ..Page,
    }

    /// Withdraw a user's authorization of a Connect application. The application needs
    /// the user's consent anew.
    DELETE "/user_management/users/{user_id}/authorized_applications/{application_id}"
        => DeleteUserAuthorizedApplication -> () {
        user_id: String,
        /// Application ID, `conn_app_…`, or client ID, `client_…`.
        application_id: String,
    }
}

choices! {
    /// What kind of application.
    ApplicationType {
        Oauth = "oauth",
        M2m = "m2m",
    }

    /// How an application was registered.
    RegistrationType {
        Dynamic = "dynamic",
        Authenticated = "authenticated",
    }

    /// What kind of consent option.
    ConsentOptionType {
        Enum = "enum",
    }
}

objects! {
    /// A user of yours who has signed in.
    ExternalUser {
        /// Your own ID; becomes `external_id`.
        id: String,
        /// E-mail address.
        email: String,
        /// First name.
        first_name?: String,
        /// Last name.
        last_name?: String,
        /// Full name.
        name?: String,
        /// Your own keys and values, at most 50.
        metadata?: Metadata,
    }

    /// Something to which the user is asked to consent.
    UserConsentOption {
        /// Claim that holds the choice.
        claim: String,
        /// Always `enum`.
        r#type: ConsentOptionType,
        /// Text shown to the user.
        label: String,
        /// What the user can choose.
        choices: Vec<UserConsentChoice>,
    }

    /// A choice of a consent option.
    UserConsentChoice {
        /// Value of the claim.
        value?: String,
        /// Text shown to the user.
        label?: String,
    }

    /// How a sign-in goes on.
    ExternalAuthCompletion {
        /// Where to send the user's browser; it carries the session.
        redirect_uri: String as shown_once,
    }

    /// A redirect URI to register.
    NewRedirectUri {
        /// The URI.
        uri: String,
        /// Whether it is the default.
        default?: bool,
    }

    /// A registered redirect URI.
    RedirectUri {
        uri: String,
        default: bool,
    }

    /// An OAuth or machine-to-machine application.
    ConnectApplication {
        id: String,
        client_id: String,
        name: String,
        description?: String,
        scopes: Vec<String>,
        application_type: ApplicationType,
        organization_id?: String,
        /// Only with `oauth`, as the four after it.
        redirect_uris?: Vec<RedirectUri>,
        cors_origins?: Vec<String>,
        uses_pkce?: bool,
        is_first_party?: bool,
        was_dynamically_registered?: bool,
        created_at: String,
        updated_at: String,
    }

    /// A client secret of an application, without its value.
    ConnectApplicationSecret {
        id: String,
        /// The last characters of the secret.
        secret_hint: String,
        last_used_at?: String,
        created_at: String,
        updated_at: String,
    }

    /// A new client secret with its value.
    NewConnectApplicationSecret {
        id: String,
        secret: String as shown_once,
        /// The last characters of the secret.
        secret_hint: String,
        last_used_at?: String,
        created_at: String,
        updated_at: String,
    }

    /// An application that a user has authorized.
    AuthorizedConnectApplication {
        id: String,
        granted_scopes: Vec<String>,
        /// The resource asked for, if any.
        oauth_resource?: String,
        application: ConnectApplication,
    }

    /// An application that a user of an organization has authorized.
    OrganizationAuthorizedConnectApplication {
        id: String,
        user_id: String,
        granted_scopes: Vec<String>,
        /// The resource asked for, if any.
        oauth_resource?: String,
        application: ConnectApplication,
    }
}
