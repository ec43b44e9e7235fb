//! What the SSO operations take and answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::api::common::SlimRole;

choices! {
    /// What kind of identity provider a connection leads to.
    ConnectionType {
        Pending = "Pending",
        AdfsSaml = "ADFSSAML",
        AdpOidc = "AdpOidc",
        AppleOAuth = "AppleOAuth",
        Auth0Migration = "Auth0Migration",
        Auth0Saml = "Auth0SAML",
        AzureSaml = "AzureSAML",
        BitbucketOAuth = "BitbucketOAuth",
        CasSaml = "CasSAML",
        ClassLinkSaml = "ClassLinkSAML",
        CleverOidc = "CleverOIDC",
        CloudflareSaml = "CloudflareSAML",
        CyberArkSaml = "CyberArkSAML",
        DuoSaml = "DuoSAML",
        EntraIdOidc = "EntraIdOIDC",
        GenericOidc = "GenericOIDC",
        GenericSaml = "GenericSAML",
        GitHubOAuth = "GitHubOAuth",
        GitLabOAuth = "GitLabOAuth",
        GoogleOAuth = "GoogleOAuth",
        GoogleOidc = "GoogleOIDC",
        GoogleSaml = "GoogleSAML",
        IntuitOAuth = "IntuitOAuth",
        JumpCloudSaml = "JumpCloudSAML",
        KeycloakSaml = "KeycloakSAML",
        LastPassSaml = "LastPassSAML",
        LinkedInOAuth = "LinkedInOAuth",
        LoginGovOidc = "LoginGovOidc",
        MagicLink = "MagicLink",
        MicrosoftOAuth = "MicrosoftOAuth",
        MiniOrangeSaml = "MiniOrangeSAML",
        NetIqSaml = "NetIqSAML",
        OktaOidc = "OktaOIDC",
        OktaSaml = "OktaSAML",
        OneLoginSaml = "OneLoginSAML",
        OracleSaml = "OracleSAML",
        PingFederateSaml = "PingFederateSAML",
        PingOneSaml = "PingOneSAML",
        RipplingSaml = "RipplingSAML",
        SalesforceSaml = "SalesforceSAML",
        ShibbolethGenericSaml = "ShibbolethGenericSAML",
        ShibbolethSaml = "ShibbolethSAML",
        SimpleSamlPhpSaml = "SimpleSamlPhpSAML",
        SalesforceOAuth = "SalesforceOAuth",
        SlackOAuth = "SlackOAuth",
        TestIdp = "TestIdp",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth",
        VercelOAuth = "VercelOAuth",
        VMwareSaml = "VMwareSAML",
        XeroOAuth = "XeroOAuth",
    }

    /// The types that `list_connections` can filter by; GitHub is spelled otherwise here.
    ConnectionTypeFilter {
        AdfsSaml = "ADFSSAML",
        AdpOidc = "AdpOidc",
        AppleOAuth = "AppleOAuth",
        Auth0Saml = "Auth0SAML",
        AzureSaml = "AzureSAML",
        BitbucketOAuth = "BitbucketOAuth",
        CasSaml = "CasSAML",
        CloudflareSaml = "CloudflareSAML",
        ClassLinkSaml = "ClassLinkSAML",
        CleverOidc = "CleverOIDC",
        CyberArkSaml = "CyberArkSAML",
        DuoSaml = "DuoSAML",
        EntraIdOidc = "EntraIdOIDC",
        GenericOidc = "GenericOIDC",
        GenericSaml = "GenericSAML",
        GithubOAuth = "GithubOAuth",
        GitLabOAuth = "GitLabOAuth",
        GoogleOAuth = "GoogleOAuth",
        GoogleOidc = "GoogleOIDC",
        GoogleSaml = "GoogleSAML",
        IntuitOAuth = "IntuitOAuth",
        JumpCloudSaml = "JumpCloudSAML",
        KeycloakSaml = "KeycloakSAML",
        LastPassSaml = "LastPassSAML",
        LinkedInOAuth = "LinkedInOAuth",
        LoginGovOidc = "LoginGovOidc",
        MagicLink = "MagicLink",
        MicrosoftOAuth = "MicrosoftOAuth",
        MiniOrangeSaml = "MiniOrangeSAML",
        NetIqSaml = "NetIqSAML",
        OktaOidc = "OktaOIDC",
        OktaSaml = "OktaSAML",
        OneLoginSaml = "OneLoginSAML",
        OracleSaml = "OracleSAML",
        PingFederateSaml = "PingFederateSAML",
        PingOneSaml = "PingOneSAML",
        RipplingSaml = "RipplingSAML",
        SalesforceSaml = "SalesforceSAML",
        ShibbolethGenericSaml = "ShibbolethGenericSAML",
        ShibbolethSaml = "ShibbolethSAML",
        SimpleSamlPhpSaml = "SimpleSamlPhpSAML",
        SalesforceOAuth = "SalesforceOAuth",
        SlackOAuth = "SlackOAuth",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth",
        VercelOAuth = "VercelOAuth",
        VMwareSaml = "VMwareSAML",
        XeroOAuth = "XeroOAuth",
    }

    /// Whether a connection can authenticate users.
    ConnectionState {
        RequiresType = "requires_type",
        Draft = "draft",
        Active = "active",
        Validating = "validating",
        Inactive = "inactive",
        Deleting = "deleting",
    }

    /// Deprecated form of a connection's state.
    ConnectionStatus {
        Linked = "linked",
        Unlinked = "unlinked",
    }

    /// OAuth providers that need no connection of an organization.
    SsoProvider {
        AppleOAuth = "AppleOAuth",
        BitbucketOAuth = "BitbucketOAuth",
        GitHubOAuth = "GitHubOAuth",
        GitLabOAuth = "GitLabOAuth",
        GoogleOAuth = "GoogleOAuth",
        IntuitOAuth = "IntuitOAuth",
        LinkedInOAuth = "LinkedInOAuth",
        MicrosoftOAuth = "MicrosoftOAuth",
        SalesforceOAuth = "SalesforceOAuth",
        SlackOAuth = "SlackOAuth",
        VercelMarketplaceOAuth = "VercelMarketplaceOAuth",
        VercelOAuth = "VercelOAuth",
        XeroOAuth = "XeroOAuth",
    }

    /// What kind of token is exchanged for a profile.
    SubjectTokenType {
        IdToken = "urn:ietf:params:oauth:token-type:id_token",
    }

    /// How the identity provider prompts the user.
    SsoPrompt {
        Login = "login",
    }

    /// How WorkOS authenticates at the token endpoint of an OIDC provider.
    TokenAuthenticationMethod {
        ClientSecretBasic = "client_secret_basic",
        ClientSecretPost = "client_secret_post",
        PrivateKeyJwt = "private_key_jwt",
    }

    /// The algorithm that signs ID tokens.
    IdTokenSignatureAlgorithm {
        Rs256 = "RS256",
        Rs384 = "RS384",
        Rs512 = "RS512",
        Ps256 = "PS256",
        Ps384 = "PS384",
        Ps512 = "PS512",
        Es256 = "ES256",
        Es384 = "ES384",
        Es512 = "ES512",
        EdDSA = "EdDSA",
        Hs256 = "HS256",
        Hs384 = "HS384",
        Hs512 = "HS512",
    }
}

objects! {
    /// Where a new connection takes profile attributes from.
    AttributeMaps {
        /// Standard attributes.
        standard_attributes?: StandardAttributes,
        /// IdP attribute by custom attribute, which must exist in the dashboard.
        custom_attributes?: BTreeMap<String, String>,
    }

    /// Changes to where a connection takes profile attributes from.
    AttributeMapsPatch {
        /// Standard attributes.
        standard_attributes?: StandardAttributesPatch,
        /// IdP attribute by custom attribute, which must exist in the dashboard.
        custom_attributes?: BTreeMap<String, Option<String>>,
    }

    /// The IdP attributes or claims behind the standard attributes.
    StandardAttributes {
        idp_id?: String,
        email?: String,
        first_name?: String,
        last_name?: String,
        groups?: String,
        name?: String,
    }

    /// Changes to the IdP attributes or claims behind the standard attributes.
    StandardAttributesPatch {
        idp_id?: String,
        email?: String,
        first_name?: String,
        last_name?: String,
        groups?: String | null,
        name?: String | null,
    }

    /// A key pair of your own.
    KeyPair {
        /// PEM.
        key: String as secret,
        cert: String,
    }

    /// Settings of a new SAML connection: the IdP's metadata URL, or its SSO URL with certificates.
    SamlOptions {
        /// Import from here, instead of the other `idp_…` fields.
        idp_metadata_url?: String,
        idp_entity_id?: String,
        /// Needed without metadata URL.
        idp_sso_url?: String,
        /// X.509, PEM; needed without metadata URL.
        idp_signing_certs?: Vec<String>,
        acs_url?: String,
        sp_entity_id?: String,
        /// Made by WorkOS if left out.
        sp_signing_key_pair?: KeyPair,
        /// Made by WorkOS if left out.
        sp_encryption_key_pairs?: Vec<KeyPair>,
    }

    /// Changes to the settings of a SAML connection.
    SamlOptionsPatch {
        /// Replaces the IdP's certificates.
        idp_metadata_url?: String | null,
        idp_entity_id?: String,
        idp_sso_url?: String,
        acs_url?: String | null,
        sp_entity_id?: String | null,
    }

    /// Settings of a new OIDC connection.
    OidcOptions {
        discovery_endpoint: String,
        client_id: String,
        /// Needed, but refused with `private_key_jwt`.
        client_secret?: String as secret,
        redirect_uri?: String,
        pkce?: bool,
        /// `client_secret_basic` if left out.
        token_authentication_method?: TokenAuthenticationMethod,
        /// For `private_key_jwt`; made by WorkOS if left out.
        jwt_signing_key_pair?: KeyPair,
        id_token_signature_algorithm?: IdTokenSignatureAlgorithm,
        fetch_user_info?: bool,
    }

    /// Changes to the settings of an OIDC connection.
    OidcOptionsPatch {
        discovery_endpoint?: String,
        client_id?: String,
        /// Needed to move to a method that uses it.
        client_secret?: String as secret,
        redirect_uri?: String | null,
        pkce?: bool,
        /// `private_key_jwt` makes a key pair if there is none; register it at the IdP.
        token_authentication_method?: TokenAuthenticationMethod,
        id_token_signature_algorithm?: IdTokenSignatureAlgorithm,
        fetch_user_info?: bool,
    }

    /// An organization's link to an identity provider.
    Connection {
        id: String,
        organization_id?: String,
        connection_type: ConnectionType,
        name: String,
        state: ConnectionState,
        /// Deprecated; see `state`.
        status?: ConnectionStatus as deprecated,
        domains: Vec<ConnectionDomain>,
        /// Your own ID for the connection.
        external_id?: String,
        /// Where the IdP sends users back to at WorkOS.
        callback_endpoint?: String,
        /// Settings of a SAML connection, with its certificates.
        saml_options?: Map<String, Value>,
        /// Settings of an OIDC connection, with its JWT signing certificates.
        oidc_options?: Map<String, Value>,
        attribute_maps?: Map<String, Value>,
        created_at: String,
        updated_at: String,
    }

    /// A domain of a connection.
    ConnectionDomain {
        id: String,
        domain: String,
    }

    /// The public part of a certificate of a SAML connection.
    SamlCertificate {
        id: String,
        /// X.509 certificate, PEM.
        value: String as bulky,
        not_before?: String,
        not_after?: String,
        created_at: String,
    }

    /// A user as the identity provider describes them.
    Profile {
        id: String,
        organization_id?: String,
        connection_id: String,
        connection_type: ConnectionType,
        /// The user's ID at the identity provider.
        idp_id: String,
        email: String,
        first_name?: String,
        last_name?: String,
        name?: String,
        role?: SlimRole,
        roles?: Vec<SlimRole>,
        /// Groups as the identity provider names them.
        groups?: Vec<String>,
        custom_attributes?: Map<String, Value>,
        raw_attributes: Map<String, Value> as bulky,
    }

    /// A profile with the tokens that come with it.
    SsoToken {
        token_type: String,
        /// For `get_sso_profile`.
        access_token: String as shown_once,
        /// Seconds until the access token expires.
        expires_in: i64,
        profile: Profile,
        /// Tokens of the OAuth provider, if it issued any.
        oauth_tokens?: OauthTokens,
    }

    /// Tokens of an OAuth provider.
    OauthTokens {
        provider: String,
        refresh_token: String as shown_once,
        access_token: String as shown_once,
        /// Unix time in seconds.
        expires_at: i64,
        scopes: Vec<String>,
    }

    /// What signs a user out at the identity provider.
    SsoLogout {
        /// Where to redirect the user's browser.
        logout_url: String as shown_once,
        logout_token: String as shown_once,
    }
}
