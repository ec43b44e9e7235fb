//! Single sign-on, its connections and their certificates: <https://workos.com/docs/reference/sso>.

mod models;

use std::collections::BTreeMap;

pub use self::models::*;
use super::common::{Link, List};

operations! {
    sso: "SSO connections and certificates, sign-in and sign-out";

    /// List SSO connections, newest first.
    GET "/connections" => ListConnections -> List<Connection>, everyday {
        /// Only this type; GitHub is `GithubOAuth` here.
        connection_type?: ConnectionTypeFilter as brief,
        domain?: String,
        organization_id?: String,
        /// Text in the name.
        search?: String,
        ..Page,
    }

    /// Get an SSO connection.
    GET "/connections/{id}" => GetConnection -> Connection, everyday {
        /// `conn_…`.
        id: String,
    }

    /// Create an SSO connection for an organization, from SAML or OIDC options. One with the same
    /// `external_id` is returned instead. A 404 may mean that WorkOS has not enabled this.
    POST "/connections" => CreateConnection -> Connection
    where one_of(saml_options | oidc_options) {
        organization_id: String,
        /// Name shown to people.
        name?: String,
        /// Your own ID for the connection.
        external_id?: String,
        /// SAML or OIDC type, `OktaSAML`; inferred if left out.
        connection_type?: String,
        /// IdP attributes behind profile fields; custom ones must exist in the dashboard.
        attribute_maps?: AttributeMaps as brief,
        /// SAML: `idp_metadata_url`, or `idp_sso_url` with `idp_signing_certs` (PEM). What else is
        /// left out WorkOS makes.
        saml_options?: SamlOptions as brief,
        /// OIDC: `client_secret` is needed, but refused with `private_key_jwt`.
        oidc_options?: OidcOptions as brief,
    }

    /// Change an SSO connection. What is left out stays; overwritten values cannot be read back.
    PATCH "/connections/{id}" => UpdateConnection -> Connection
    where at_most_one_of(saml_options | oidc_options) {
        /// `conn_…`.
        id: String,
        /// Name shown to people.
        name?: String,
        /// Your own ID for the connection.
        external_id?: String | null,
        /// Only the type that it already has.
        connection_type?: String,
        /// The same to change; custom ones must exist in the dashboard.
        attribute_maps?: AttributeMapsPatch as brief destroys,
        /// SAML settings to change. A metadata URL replaces the IdP's certificates; cleared,
        /// importing stops. What else is cleared goes back to WorkOS's value.
        saml_options?: SamlOptionsPatch as brief destroys,
        /// OIDC settings to change.
        oidc_options?: OidcOptionsPatch as brief destroys,
    }

    /// Delete an SSO connection; nobody can sign in through it any more. This cannot be undone.
    DELETE "/connections/{id}" => DeleteConnection -> () {
        /// `conn_…`.
        id: String,
    }

    /// List the IdP's signing certificates of a SAML connection, oldest first, expired ones too.
    GET "/connections/{connection_id}/saml_idp_signing_certs"
    => ListSamlIdpSigningCerts -> List<SamlCertificate> {
        connection_id: String,
    }

    /// Add a signing certificate of the IdP to a SAML connection, before the IdP rotates. Those
    /// that are there stay in force.
    POST "/connections/{connection_id}/saml_idp_signing_certs"
    => CreateSamlIdpSigningCert -> SamlCertificate {
        connection_id: String,
        /// X.509 certificate, PEM.
        value: String,
    }

    /// Delete a signing certificate of the IdP; responses signed with its key are refused from then
    /// on. The last one has to stay. IdP metadata that still lists it brings it back.
    DELETE "/connections/{connection_id}/saml_idp_signing_certs/{certificate_id}"
    => DeleteSamlIdpSigningCert -> () {
        connection_id: String,
        /// Certificate ID, from `list_saml_idp_signing_certs`.
        certificate_id: String,
    }

    /// List the certificates with which the IdP can encrypt SAML responses to WorkOS, oldest
    /// first, expired ones too.
    GET "/connections/{connection_id}/saml_sp_encryption_certs"
    => ListSamlSpEncryptionCerts -> List<SamlCertificate> {
        connection_id: String,
    }

    /// Generate a further encryption key pair for a SAML connection and get its certificate for the
    /// IdP. Earlier pairs still decrypt.
    POST "/connections/{connection_id}/saml_sp_encryption_certs"
    => CreateSamlSpEncryptionCert -> SamlCertificate {
        connection_id: String,
    }

    /// Delete an encryption key pair of a SAML connection. Responses encrypted with its certificate
    /// can no longer be read: remove it at the IdP first.
    DELETE "/connections/{connection_id}/saml_sp_encryption_certs/{certificate_id}"
    => DeleteSamlSpEncryptionCert -> () {
        connection_id: String,
        /// Certificate ID, from `list_saml_sp_encryption_certs`.
        certificate_id: String,
    }

    /// Get the certificate with which the IdP can verify SAML requests from WorkOS. 404 if there is
    /// none.
    GET "/connections/{connection_id}/saml_sp_signing_cert" => GetSamlSpSigningCert -> SamlCertificate {
        connection_id: String,
    }

    /// Generate the key pair that signs SAML requests and get its certificate for the IdP. There
    /// can be only one: delete the old one first.
    POST "/connections/{connection_id}/saml_sp_signing_cert"
    => CreateSamlSpSigningCert -> SamlCertificate, creates {
        connection_id: String,
    }

    /// Delete the key pair that signs SAML requests; they are sent unsigned from then on.
    DELETE "/connections/{connection_id}/saml_sp_signing_cert/{certificate_id}"
    => DeleteSamlSpSigningCert -> () {
        connection_id: String,
        /// Certificate ID, from `get_saml_sp_signing_cert`.
        certificate_id: String,
    }

    /// Build the URL that starts a single sign-on. WorkOS then redirects to `redirect_uri` with a
    /// `code` for `get_sso_profile_and_token`.
    LINK "/sso/authorize?response_type=code" => GetSsoAuthorizationUrl -> Link, everyday
    where one_of(connection_id | organization_id | provider | domain) {
        connection_id?: String as rename("connection"),
        /// Through its connection.
        organization_id?: String as rename("organization"),
        provider?: SsoProvider as brief,
        /// Deprecated.
        domain?: String as seldom,
        /// Default: the server's.
        redirect_uri?: String as redirect_uri,
        /// `client_…`; default: the server's.
        client_id?: String as client_id,
        /// Comes back unchanged.
        state?: String,
        /// User name or e-mail to fill in.
        login_hint?: String,
        /// Domain to fill in (Microsoft, Google).
        domain_hint?: String as seldom,
        /// Against replay.
        nonce?: String as seldom,
        /// Ask for credentials again, where supported.
        prompt?: SsoPrompt as seldom,
        provider_scopes?: Vec<String> as seldom,
        /// For the provider (OAuth).
        provider_query_params?: BTreeMap<String, String> as seldom,
        /// Adds a challenge; the answer holds its `code_verifier`.
        pkce?: bool as pkce,
    }

    /// Exchange the code from the redirect URI, or an ID token of the IdP, for the user's profile and an
    /// access token. A code works once and only for a short time.
    POST "/sso/token" => GetSsoProfileAndToken -> SsoToken, everyday,
        // The code is used up.
        updates, client_secret
    where one_of(code | subject_token + subject_token_type + organization_id),
        needs(code_verifier: code),
        sends(grant_type = "authorization_code" if code),
        sends(grant_type = "urn:ietf:params:oauth:grant-type:token-exchange" if subject_token) {
        /// From the redirect.
        code?: String as secret,
        /// `client_…`; default: the server's.
        client_id?: String as client_id,
        /// If the URL had a PKCE challenge.
        code_verifier?: String as secret,
        /// An OIDC ID token.
        subject_token?: String as secret seldom,
        /// Its type.
        subject_token_type?: SubjectTokenType as seldom,
        /// Its connection checks the token.
        organization_id?: String as seldom,
    }

    /// Get a user's SSO profile by access token, as `get_sso_profile_and_token` has returned it.
    GET "/sso/profile" => GetSsoProfile -> Profile, everyday {
        /// From `get_sso_profile_and_token`.
        access_token: String as bearer,
    }

    /// Get a short-lived token and URL that sign a user out at the IdP. Only for profiles of
    /// `GenericOIDC` connections whose IdP has `revocation_endpoint` and `end_session_endpoint`.
    POST "/sso/logout/authorize" => AuthorizeSsoLogout -> SsoLogout, creates {
        /// `prof_…`.
        profile_id: String,
    }

    /// Build the URL that signs a user out at the IdP, for the user's browser. `authorize_sso_logout` gives the token,
    /// and this same URL.
    LINK "/sso/logout" => GetSsoLogoutUrl -> Link {
        /// From `authorize_sso_logout`.
        token: String as secret,
    }
}
