//! What goes into the operations of Pipes, and what comes out of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

choices! {
    /// How an account proves itself to the provider.
    AuthMethod {
        Oauth = "oauth",
        ApiKey = "api_key",
        ClientCredentials = "client_credentials",
    }

    /// Who owns an integration's accounts: single users, or whole organizations.
    Owner {
        User = "user",
        Organization = "organization",
    }

    /// The old spelling of an owner.
    OldOwner {
        UserlandUser = "userland_user",
        Organization = "organization",
    }

    /// Whose OAuth app it is: yours, or one of each organization.
    CredentialType {
        Custom = "custom",
        Organization = "organization",
    }

    /// Whose OAuth app an organization uses; `shared` is the one that comes with Pipes.
    ConfiguredCredentialType {
        Shared = "shared",
        Custom = "custom",
        Organization = "organization",
    }

    /// How token requests carry the client credentials.
    AuthenticateVia {
        RequestBody = "request_body",
        BasicAuthHeader = "basic_auth_header",
    }

    /// Whether a data integration is set up.
    DataIntegrationState {
        Valid = "valid",
        Invalid = "invalid",
        Requested = "requested",
    }

    /// Whether a connected account can be used.
    ConnectedAccountState {
        Connected = "connected",
        NeedsReauthorization = "needs_reauthorization",
        Disconnected = "disconnected",
    }

    /// The state to give to a connected account.
    NewAccountState {
        Connected = "connected",
        NeedsReauthorization = "needs_reauthorization",
    }

    /// Whether an account is the one that clients without support for several see.
    ConnectionRole {
        Compatibility = "compatibility",
        Standard = "standard",
    }

    /// Which account is meant.
    ConnectionIntent {
        Add = "add",
        Reauthorize = "reauthorize",
    }

    /// A further account is meant.
    AddIntent {
        Add = "add",
    }

    /// The account named is meant.
    ReauthorizeIntent {
        Reauthorize = "reauthorize",
    }

    /// How a PKCE challenge is made.
    CodeChallengeMethod {
        S256 = "S256",
    }

    /// What is left to do after the user has agreed.
    Completion {
        FinishRequired = "finish_required",
    }

    /// Why there is no credential.
    CredentialError {
        NotInstalled = "not_installed",
        NeedsReauthorization = "needs_reauthorization",
    }
}

objects! {
    /// An OAuth app at a provider.
    OAuthAppCredentials {
        /// Your app, or each organization's.
        r#type: CredentialType,
        /// For `custom`.
        client_id?: String,
        /// For `custom`.
        client_secret?: String as secret,
    }

    /// An API key to store for a user.
    ApiKeyInstallation {
        /// API key.
        secret: String as secret,
        user_id: String,
        organization_id?: String,
    }

    /// A provider of your own.
    NewCustomProvider {
        name: String,
        /// For OAuth.
        authorization_url?: String,
        /// Not for API keys.
        token_url?: String,
        /// If not `token_url`.
        refresh_token_url?: String,
        /// Default true.
        pkce_enabled?: bool,
        /// Default blank.
        request_scope_separator?: String,
        scopes_required?: bool,
        /// Default true.
        client_secret_required?: bool,
        additional_authorization_parameters?: BTreeMap<String, String>,
        token_body_content_type?: String,
        authenticate_via?: AuthenticateVia,
    }

    /// Changes to a provider of your own.
    CustomProviderChanges {
        name?: String,
        authorization_url?: String,
        token_url?: String,
        /// If not `token_url`.
        refresh_token_url?: String | null,
        pkce_enabled?: bool,
        request_scope_separator?: String,
        scopes_required?: bool,
        client_secret_required?: bool,
        additional_authorization_parameters?: BTreeMap<String, String>,
        token_body_content_type?: String,
        authenticate_via?: AuthenticateVia,
    }

    /// A provider to which accounts can be connected.
    DataIntegration {
        id: String,
        slug: String,
        integration_type: String,
        ownership?: Owner,
        description?: String,
        enabled: bool,
        state: DataIntegrationState,
        /// Missing where the provider's own scopes are used.
        scopes?: Vec<String>,
        /// To register at the provider; empty without OAuth.
        redirect_uri: String,
        auth_methods: Vec<AuthMethod>,
        /// Only with OAuth.
        credentials?: DataIntegrationCredential,
        /// Only in the answer to a call that stored an API key.
        installation?: DataIntegrationInstallation,
        /// Settings that the provider declares.
        config: BTreeMap<String, String>,
        /// Missing for built-in providers.
        custom_provider?: CustomProvider,
        created_at: String,
        updated_at: String,
    }

    /// The OAuth app of a data integration.
    DataIntegrationCredential {
        r#type: CredentialType,
        client_id?: String,
        /// The last four characters.
        redacted_client_secret?: String,
    }

    /// The account that an API key was stored for.
    DataIntegrationInstallation {
        id: String,
        connection_role?: ConnectionRole,
        account_identifier?: String,
        account_display_name?: String,
        user_id?: String,
        organization_id?: String,
        api_key_last_4?: String,
    }

    /// The OAuth definition of a provider of your own.
    CustomProvider {
        name: String,
        authorization_url?: String,
        token_url?: String,
        refresh_token_url?: String,
        pkce_enabled: bool,
        request_scope_separator: String,
        scopes_required: bool,
        client_secret_required: bool,
        additional_authorization_parameters: BTreeMap<String, String>,
        token_body_content_type: String,
        authenticate_via: AuthenticateVia,
    }

    /// Where a user connects an account.
    DataIntegrationAuthorizeUrl {
        /// The URL to open in the user's browser.
        url: String,
        /// Comes back with the user; compare the two.
        state?: String,
        /// Set if the connection has to be finished with the verifier.
        completion?: Completion,
    }

    /// The credential of a connected account, or why there is none.
    DataIntegrationCredentials {
        active: bool,
        credential?: VendedCredential,
        error?: CredentialError,
    }

    /// A credential for calls to the provider.
    VendedCredential {
        auth_method: AuthMethod,
        /// An access token or an API key.
        value: String as secret,
        expires_at?: String,
        scopes?: Vec<String>,
        /// Scopes that the integration requests but the token lacks.
        missing_scopes?: Vec<String>,
        /// Settings of the connection, such as the host to call.
        config?: BTreeMap<String, String>,
        /// What else the provider told along with the token.
        metadata?: Map<String, Value>,
    }

    /// The access token of a connected account, or why there is none.
    DataIntegrationAccessToken {
        active: bool,
        access_token?: ProviderAccessToken,
        error?: CredentialError,
    }

    /// An access token for calls to the provider.
    ProviderAccessToken {
        access_token: String as secret,
        expires_at?: String,
        scopes: Vec<String>,
        /// Scopes that the integration requests but the token lacks.
        missing_scopes: Vec<String>,
    }

    /// A provider as an organization has it.
    DataIntegrationConfiguration {
        id: String,
        organization_id: String,
        slug: String,
        name: String,
        enabled: bool,
        scopes?: Vec<String>,
        /// Settings that the provider declares.
        config: BTreeMap<String, String>,
        /// Only where the organization brings its own OAuth app.
        credentials?: OrganizationCredentials,
        created_at: String,
        updated_at: String,
    }

    /// The OAuth app of an organization.
    OrganizationCredentials {
        credentials_type: ConfiguredCredentialType,
        has_credentials: bool,
        client_id?: String,
        client_secret_last_four?: String,
        /// To register at the provider.
        redirect_uri: String,
    }

    /// The account that was saved.
    FinishedConnection {
        connected_account: ConnectedAccount,
    }

    /// An account at a provider.
    ConnectedAccount {
        id: String,
        connection_role?: ConnectionRole,
        /// The account's ID at the provider, as far as known.
        account_identifier?: String,
        account_display_name?: String,
        user_id?: String,
        organization_id?: String,
        scopes: Vec<String>,
        /// `oauth` if missing.
        auth_method?: AuthMethod,
        api_key_last_4?: String,
        client_id?: String,
        client_secret_last_4?: String,
        /// Settings given at connection.
        config?: BTreeMap<String, String>,
        state: ConnectedAccountState,
        /// Why the account is in this state.
        state_reason?: String,
        established_by_user_id?: String,
        /// Only in answers to changes.
        warnings?: Vec<ConnectedAccountWarning>,
        created_at: String,
        updated_at: String,
    }

    /// What is odd about a change that was made all the same.
    ConnectedAccountWarning {
        code: String,
        message: String,
    }

    /// A provider with the accounts connected to it.
    DataProvider {
        id: String,
        name: String,
        description?: String,
        slug: String,
        integration_type: String,
        credentials_type: String,
        scopes?: Vec<String>,
        /// `oauth` if missing.
        auth_methods?: Vec<AuthMethod>,
        connection_owner?: Owner,
        /// Old spelling of `connection_owner`.
        ownership?: OldOwner,
        /// The account with the role `compatibility`.
        connected_account?: ProviderAccount,
        connected_accounts?: Vec<ProviderAccount>,
        created_at: String,
        updated_at: String,
        /// Old spelling of `integration_type`.
        old_integration_type?: String as rename("integrationType"),
        /// Old spelling of `credentials_type`.
        old_credentials_type?: String as rename("credentialsType"),
        /// Old spelling of `created_at`.
        old_created_at?: String as rename("createdAt"),
        /// Old spelling of `updated_at`.
        old_updated_at?: String as rename("updatedAt"),
    }

    /// A connected account as lists of providers show it, with old spellings.
    ProviderAccount {
        id: String,
        connection_role?: ConnectionRole,
        /// The account's ID at the provider, as far as known.
        account_identifier?: String,
        account_display_name?: String,
        user_id?: String,
        organization_id?: String,
        scopes: Vec<String>,
        /// `oauth` if missing.
        auth_method?: AuthMethod,
        api_key_last_4?: String,
        client_id?: String,
        client_secret_last_4?: String,
        /// Settings given at connection.
        config?: BTreeMap<String, String>,
        state: ConnectedAccountState,
        /// Why the account is in this state.
        state_reason?: String,
        established_by_user_id?: String,
        warnings?: Vec<ConnectedAccountWarning>,
        created_at: String,
        updated_at: String,
        /// Old spelling of `user_id`.
        old_user_id?: String as rename("userlandUserId"),
        /// Old spelling of `organization_id`.
        old_organization_id?: String as rename("organizationId"),
        /// Old spelling of `created_at`.
        old_created_at?: String as rename("createdAt"),
        /// Old spelling of `updated_at`.
        old_updated_at?: String as rename("updatedAt"),
    }
}
