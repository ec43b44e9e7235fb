//! Pipes, accounts at third-party providers: <https://workos.com/docs/reference/pipes>.

mod models;

use std::collections::BTreeMap;

pub use self::models::*;
use super::common::List;

operations! {
    pipes: "Pipes: accounts at third-party providers";

    /// Create a data integration, for a built-in provider or with `custom_provider` for
    /// one of your own. OAuth needs `credentials`.
    POST "/data-integrations" => CreateDataIntegration -> DataIntegration {
        /// Slug of a built-in provider, or a new one.
        provider: String,
        /// Who connects accounts, for good; default `user`.
        ownership?: Owner,
        /// What it is for.
        description?: String,
        /// Default false.
        enabled?: bool,
        /// Default: the provider's.
        scopes?: Vec<String>,
        /// Default `oauth`.
        auth_methods?: Vec<AuthMethod>,
        /// Settings of a built-in provider.
        config?: BTreeMap<String, String>,
        /// For `oauth`.
        credentials?: OAuthAppCredentials,
        /// First key, for `api_key`.
        api_key?: ApiKeyInstallation,
        /// Your own provider.
        custom_provider?: NewCustomProvider as brief,
    }

    /// List data integrations that use your own or each organization's credentials,
    /// newest first.
    GET "/data-integrations" => ListDataIntegrations -> List<DataIntegration> {
        /// Only those to which users, or organizations, connect.
        ownership?: Owner,
        ..Page,
    }

    /// Get a user-owned data integration by its slug.
    GET "/data-integrations/{slug}" => GetDataIntegration -> DataIntegration {
        /// Slug of the integration.
        slug: String,
    }

    /// Change a user-owned data integration. What is left out stays as it is; a new
    /// client secret or API key replaces the stored one for good.
    PUT "/data-integrations/{slug}" => UpdateDataIntegration -> DataIntegration, deletes
    where at_most_one_of(credentials | api_key) {
        /// Slug of the integration.
        slug: String,
        /// What it is for.
        description?: String | null,
        /// Whether it is in use.
        enabled?: bool,
        /// Scopes to request; cleared, the provider's.
        scopes?: Vec<String> | null,
        /// New OAuth app.
        credentials?: OAuthAppCredentials,
        /// API key to store or replace.
        api_key?: ApiKeyInstallation,
        /// Changes to your own provider.
        custom_provider?: CustomProviderChanges as brief,
    }

    /// Delete a user-owned data integration with every account connected through it;
    /// your own provider's definition goes too. This cannot be undone.
    DELETE "/data-integrations/{slug}" => DeleteDataIntegration -> () {
        /// Slug of the integration.
        slug: String,
    }

    /// Connect an account by its API key, or replace the key of the one connected. The
    /// old key is lost. For a further account use `add_data_integration_api_key`.
    PUT "/data-integrations/{slug}/api-key" => UpsertDataIntegrationApiKey -> ConnectedAccount, deletes
    where when(connection_owner = "organization": organization_id),
        when(connection_intent = "reauthorize": connected_account_id) {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        /// API key at the provider.
        secret: String as secret,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// Label.
        account_display_name?: String | null,
        /// ID at the provider.
        account_identifier?: String | null,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Replaces the credentials of exactly the account named.
        connection_intent?: ReauthorizeIntent,
    }

    /// Get the URL at which a user connects an account with the provider. Nothing is
    /// connected until the user agrees there.
    POST "/data-integrations/{slug}/authorize" => GetDataIntegrationAuthorizeUrl
        -> DataIntegrationAuthorizeUrl, reads
    where when(connection_owner = "organization": organization_id),
        when(connection_intent = "reauthorize": connected_account_id),
        needs(connected_account_id: connection_intent),
        needs(code_challenge: return_to),
        needs(code_challenge_method: code_challenge) {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// Where the user goes afterwards; with a challenge, a registered redirect URI.
        return_to?: String,
        /// PKCE challenge: the account is then saved only by `finish_data_integration_connection`.
        code_challenge?: String,
        /// How the challenge was made; `S256` if left out.
        code_challenge_method?: CodeChallengeMethod,
        /// Settings that the provider asks for.
        config?: BTreeMap<String, String>,
        /// Label.
        account_display_name?: String,
        /// Connects a further account, or exactly the one named again.
        connection_intent?: ConnectionIntent,
        /// The account to connect again, `data_installation_…`.
        connected_account_id?: String,
    }

    /// Connect an account by its OAuth client credentials, or replace those of the one
    /// connected. The old ones are lost. For a further account use
    /// `add_data_integration_client_credentials`.
    PUT "/data-integrations/{slug}/client-credentials" => UpsertDataIntegrationClientCredentials
        -> ConnectedAccount, deletes
    where when(connection_owner = "organization": organization_id),
        when(connection_intent = "reauthorize": connected_account_id) {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        /// Client ID at the provider.
        client_id: String,
        /// Client secret at the provider.
        client_secret: String as secret,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// Settings that the provider asks for.
        config?: BTreeMap<String, String>,
        /// Label.
        account_display_name?: String | null,
        /// ID at the provider.
        account_identifier?: String | null,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Replaces the credentials of exactly the account named.
        connection_intent?: ReauthorizeIntent,
    }

    /// Get the credential of a connected account: a valid access token, or the stored
    /// API key. If `active` is false, `error` says why.
    POST "/data-integrations/{slug}/credentials" => GetDataIntegrationCredentials
        -> DataIntegrationCredentials,
        // A credential of somebody else leaves WorkOS, which may refresh it for that.
        updates
    where when(connection_owner = "organization": organization_id) {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Consider `standard` accounts too; of several, one must be named.
        supports_multiple_connections?: bool,
    }

    /// Get a valid OAuth access token of a connected account, refreshed if need be. If
    /// `active` is false, `error` says why.
    POST "/data-integrations/{slug}/token" => GetDataIntegrationAccessToken
        -> DataIntegrationAccessToken,
        // As above.
        updates
    where when(connection_owner = "organization": organization_id) {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Consider `standard` accounts too; of several, one must be named.
        supports_multiple_connections?: bool,
    }

    /// List the providers that an organization can use, with its state, scopes and OAuth
    /// app for each.
    GET "/organizations/{organization_id}/data_integration_configurations" => ListOrganizationDataIntegrations
        -> List<DataIntegrationConfiguration> {
        organization_id: String,
    }

    /// Configure a provider for one organization: enable or disable it, set its scopes,
    /// or store the organization's own OAuth app, which replaces the one stored.
    PUT "/organizations/{organization_id}/data_integration_configurations/{slug}"
        => ConfigureOrganizationDataIntegration -> DataIntegrationConfiguration, deletes
    where needs(client_id: client_secret), needs(client_secret: client_id) {
        organization_id: String,
        /// Slug of the provider.
        slug: String,
        /// Whether the organization can use it.
        enabled?: bool,
        /// Scopes to request; cleared, the provider's.
        scopes?: Vec<String> | null,
        /// Client ID of the organization's OAuth app.
        client_id?: String,
        /// Its client secret.
        client_secret?: String as secret,
        /// Settings that the provider declares; only with the organization's own app.
        config?: BTreeMap<String, String>,
    }

    /// Get a user's connected account at a provider.
    GET "/user_management/users/{user_id}/connected_accounts/{slug}" => GetUserConnectedAccount
        -> ConnectedAccount {
        user_id: String,
        data_integration_slug: String as rename("slug"),
        /// Organization ID, `org_…`, if the account is bound to one.
        organization_id?: String,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Consider `standard` accounts too; of several, one must be named.
        supports_multiple_connections?: bool,
    }

    /// Disconnect a user's account and delete its stored tokens; the user has to
    /// authorize anew. The provider itself usually keeps the grant.
    DELETE "/user_management/users/{user_id}/connected_accounts/{slug}" => DeleteUserConnectedAccount -> () {
        user_id: String,
        data_integration_slug: String as rename("slug"),
        /// Organization ID, `org_…`, if the account is bound to one.
        organization_id?: String,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Consider `standard` accounts too; of several, one must be named.
        supports_multiple_connections?: bool,
    }

    /// Connect a user's account by OAuth tokens that you already hold, without the OAuth
    /// flow.
    POST "/user_management/users/{user_id}/connected_accounts/{slug}" => ImportUserConnectedAccount
        -> ConnectedAccount, creates {
        user_id: String,
        data_integration_slug: String as rename("slug"),
        /// Organization ID, `org_…`, if the account is bound to one.
        organization_id?: String as query,
        /// OAuth access token.
        access_token?: String as secret,
        /// OAuth refresh token.
        refresh_token?: String as secret,
        /// ISO 8601; needed if the access token expires.
        expires_at?: String as time,
        /// Scopes granted.
        scopes?: Vec<String>,
        /// Follows from the tokens if left out.
        state?: NewAccountState,
        /// Label.
        account_display_name?: String,
        /// ID at the provider.
        account_identifier?: String,
        /// Connects a further account.
        connection_intent?: AddIntent,
        /// Makes a repeated call safe; new if left out.
        idempotency_key?: String as header("Idempotency-Key"),
    }

    /// Change the tokens, scopes or state of a user's connected account. New tokens
    /// replace the stored ones for good.
    PUT "/user_management/users/{user_id}/connected_accounts/{slug}" => UpdateUserConnectedAccount
        -> ConnectedAccount, deletes
    where when(connection_intent = "reauthorize": connected_account_id) {
        user_id: String,
        data_integration_slug: String as rename("slug"),
        /// Organization ID, `org_…`, if the account is bound to one.
        organization_id?: String as query,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String as query,
        /// Updates exactly the account named.
        connection_intent?: ReauthorizeIntent as query,
        /// Without effect here.
        supports_multiple_connections?: bool as query,
        /// OAuth access token.
        access_token?: String as secret,
        /// OAuth refresh token.
        refresh_token?: String as secret,
        /// ISO 8601; needed if the access token expires.
        expires_at?: String as time,
        /// Scopes granted.
        scopes?: Vec<String>,
        /// Follows from the tokens if left out.
        state?: NewAccountState,
        /// Label.
        account_display_name?: String | null,
        /// ID at the provider.
        account_identifier?: String | null,
    }

    /// List the providers of the environment with the accounts that a user has connected.
    GET "/user_management/users/{user_id}/data_providers" => ListUserDataProviders -> List<DataProvider> {
        user_id: String,
        /// Only accounts bound to this organization, `org_…`.
        organization_id?: String,
        /// Show `standard` accounts too.
        supports_multiple_connections?: bool,
    }

    /// Save the account of a user who came back from an authorize URL that was made with
    /// `code_challenge`. The code lasts 90 seconds, and a wrong verifier uses it up.
    POST "/data-integrations/finish" => FinishDataIntegrationConnection -> FinishedConnection,
        // The code is used up, and an account that is there is connected anew.
        updates {
        /// `connect_code` from the redirect.
        connect_code: String as secret,
        /// Verifier from which the challenge was made.
        code_verifier: String as secret,
        /// `state` from the redirect; for logs only.
        state?: String,
    }

    /// Connect a further account by its API key, beside those already connected.
    POST "/data-integrations/{slug}/api-key" => AddDataIntegrationApiKey -> ConnectedAccount, creates
    where when(connection_owner = "organization": organization_id), sends(connection_intent = "add") {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        /// API key at the provider.
        secret: String as secret,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// Label.
        account_display_name?: String,
        /// ID at the provider.
        account_identifier?: String,
        /// Makes a repeated call safe; new if left out.
        idempotency_key?: String as header("Idempotency-Key"),
    }

    /// Connect a further account by its OAuth client credentials, beside those already
    /// connected.
    POST "/data-integrations/{slug}/client-credentials" => AddDataIntegrationClientCredentials
        -> ConnectedAccount
    where when(connection_owner = "organization": organization_id), sends(connection_intent = "add") {
        data_integration_slug: String as rename("slug"),
        user_id: String,
        /// Client ID at the provider.
        client_id: String,
        /// Client secret at the provider.
        client_secret: String as secret,
        organization_id?: String,
        /// Default `user`; if `organization`, the user acts for it.
        connection_owner?: Owner,
        /// Settings that the provider asks for.
        config?: BTreeMap<String, String>,
        /// Label.
        account_display_name?: String,
        /// ID at the provider.
        account_identifier?: String,
        /// Makes a repeated call safe; new if left out.
        idempotency_key?: String as header("Idempotency-Key"),
    }

    /// Get the data integration to which organizations connect, by its slug. It belongs
    /// to the environment, not to one organization.
    GET "/data-integrations/{slug}/organization" => GetOrganizationOwnedDataIntegration -> DataIntegration {
        /// Slug of the integration.
        slug: String,
    }

    /// Change the data integration to which all organizations connect. What is left out
    /// stays as it is; a new client secret or API key replaces the stored one for good.
    PUT "/data-integrations/{slug}/organization" => UpdateOrganizationOwnedDataIntegration
        -> DataIntegration, deletes
    where at_most_one_of(credentials | api_key) {
        /// Slug of the integration.
        slug: String,
        /// What it is for.
        description?: String | null,
        /// Whether it is in use.
        enabled?: bool,
        /// Scopes to request; cleared, the provider's.
        scopes?: Vec<String> | null,
        /// New OAuth app.
        credentials?: OAuthAppCredentials,
        /// API key to store or replace.
        api_key?: ApiKeyInstallation,
        /// Changes to your own provider, for users too.
        custom_provider?: CustomProviderChanges as brief,
    }

    /// Delete the data integration to which all organizations connect, with every account
    /// connected through it. This cannot be undone.
    DELETE "/data-integrations/{slug}/organization" => DeleteOrganizationOwnedDataIntegration -> () {
        /// Slug of the integration.
        slug: String,
    }

    /// Get the account at a provider that an organization's members share.
    GET "/organizations/{organization_id}/connected_accounts/{slug}" => GetOrganizationConnectedAccount
        -> ConnectedAccount {
        organization_id: String,
        data_integration_slug: String as rename("slug"),
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Consider `standard` accounts too; of several, one must be named.
        supports_multiple_connections?: bool,
    }

    /// Connect an account that an organization's members share, by OAuth tokens that you
    /// already hold.
    POST "/organizations/{organization_id}/connected_accounts/{slug}" => ImportOrganizationConnectedAccount
        -> ConnectedAccount, creates {
        organization_id: String,
        data_integration_slug: String as rename("slug"),
        /// Active member for whom this is done, `user_…`.
        user_id: String,
        /// OAuth access token.
        access_token?: String as secret,
        /// OAuth refresh token.
        refresh_token?: String as secret,
        /// ISO 8601; needed if the access token expires.
        expires_at?: String as time,
        /// Scopes granted.
        scopes?: Vec<String>,
        /// Follows from the tokens if left out.
        state?: NewAccountState,
        /// Label.
        account_display_name?: String,
        /// ID at the provider.
        account_identifier?: String,
        /// Connects a further account.
        connection_intent?: AddIntent,
        /// Makes a repeated call safe; new if left out.
        idempotency_key?: String as header("Idempotency-Key"),
    }

    /// Change the tokens, scopes or state of an organization's connected account. New
    /// tokens replace the stored ones for good.
    PUT "/organizations/{organization_id}/connected_accounts/{slug}" => UpdateOrganizationConnectedAccount
        -> ConnectedAccount, deletes
    where when(connection_intent = "reauthorize": connected_account_id) {
        organization_id: String,
        data_integration_slug: String as rename("slug"),
        /// Active member for whom this is done, `user_…`.
        user_id: String,
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String as query,
        /// Updates exactly the account named.
        connection_intent?: ReauthorizeIntent as query,
        /// Without effect here.
        supports_multiple_connections?: bool as query,
        /// OAuth access token.
        access_token?: String as secret,
        /// OAuth refresh token.
        refresh_token?: String as secret,
        /// ISO 8601; needed if the access token expires.
        expires_at?: String as time,
        /// Scopes granted.
        scopes?: Vec<String>,
        /// Follows from the tokens if left out.
        state?: NewAccountState,
        /// Label.
        account_display_name?: String | null,
        /// ID at the provider.
        account_identifier?: String | null,
    }

    /// Disconnect an organization's account and delete its stored tokens; a member has to
    /// authorize anew. The provider itself keeps the grant.
    DELETE "/organizations/{organization_id}/connected_accounts/{slug}" => DeleteOrganizationConnectedAccount
        -> () {
        organization_id: String,
        data_integration_slug: String as rename("slug"),
        /// One of several accounts, `data_installation_…`.
        connected_account_id?: String,
        /// Consider `standard` accounts too; of several, one must be named.
        supports_multiple_connections?: bool,
    }

    /// List the providers to which organizations connect, with the accounts of one
    /// organization. Those of its users are not included.
    GET "/organizations/{organization_id}/data_providers" => ListOrganizationDataProviders
        -> List<DataProvider> {
        organization_id: String,
        /// Show `standard` accounts too.
        supports_multiple_connections?: bool,
    }
}
