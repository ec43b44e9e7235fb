//! Signing users in and out: <https://workos.com/docs/reference/authkit/authentication>.

use std::collections::BTreeMap;

use super::common::{Link, List};
use super::users::User;

operations! {
    authentication: "Sign-in, sessions, Magic Auth, password resets";

    /// Get the public keys (JWKS) that verify access tokens. Needs no API key.
    GET "/sso/jwks/{client_id}" => GetJwks -> Jwks, public {
        /// `client_…`.
        client_id?: String as client_id,
    }

    /// Sign a user in: exchange a password, code or token for session tokens. A 403 with a
    /// `pending_authentication_token` wants one more step: call again with it and the grant
    /// type that the error asks for.
    POST "/user_management/authenticate" => AuthenticateUser -> Authentication,
        // A code or token is used up; a refresh token ends for whoever else holds it.
        updates, client_secret
    where
        when(grant_type = "authorization_code": code),
        when(grant_type = "password": email, password),
        when(grant_type = "refresh_token": refresh_token),
        when(grant_type = "urn:workos:oauth:grant-type:magic-auth:code": code, email),
        when(grant_type = "urn:workos:oauth:grant-type:email-verification:code":
            code, pending_authentication_token),
        when(grant_type = "urn:workos:oauth:grant-type:mfa-totp":
            code, pending_authentication_token, auth_challenge_id),
        when(grant_type = "urn:workos:oauth:grant-type:organization-selection":
            pending_authentication_token, organization_id),
        when(grant_type = "urn:workos:oauth:grant-type:radar-email-challenge:code":
            code, pending_authentication_token, radar_challenge_id),
        when(grant_type = "urn:workos:oauth:grant-type:radar-sms-challenge:code":
            code, pending_authentication_token),
        when(grant_type = "urn:workos:oauth:grant-type:email-completion": email, email_completion_token),
        when(grant_type = "urn:ietf:params:oauth:grant-type:device_code": device_code)
    {
        /// What to exchange.
        grant_type: GrantType,
        /// `client_…`.
        client_id?: String as client_id,
        /// From redirect or message.
        code?: String as secret digits,
        /// PKCE.
        code_verifier?: String as secret,
        email?: String,
        email_completion_token?: String as secret,
        password?: String as secret,
        refresh_token?: String as secret destroys,
        device_code?: String as secret,
        /// From the 403.
        pending_authentication_token?: String as secret,
        /// Chosen, or to switch to.
        organization_id?: String,
        auth_challenge_id?: String as rename("authentication_challenge_id"),
        radar_challenge_id?: String,
        /// Radar SMS at sign-up.
        verification_id?: String as secret,
        /// Radar SMS at sign-up.
        phone_number?: String as digits,
        /// Invitation to accept.
        invitation_token?: String as secret,
        /// The user's; needed where Radar decides.
        ip_address?: String,
        device_id?: String,
        user_agent?: String,
        /// Of the browser, for Radar.
        signals_id?: String,
        radar_auth_attempt_id?: String,
    }

    /// Build the URL that starts a sign-in by AuthKit, OAuth provider or SSO. Needs `provider`,
    /// `connection_id` or `organization_id`. Exchange the `code` with `authenticate_user`.
    LINK "/user_management/authorize?response_type=code" => GetAuthkitAuthorizationUrl -> Link
    where
        any_of(provider | connection_id | organization_id),
        at_most_one_of(connection_id | organization_id),
        at_most_one_of(pkce | code_challenge + code_challenge_method)
    {
        /// `client_…`.
        client_id?: String as client_id,
        /// Registered URI to return to.
        redirect_uri?: String as redirect_uri,
        /// `authkit` for the hosted sign-in page.
        provider?: AuthorizationProvider,
        connection_id?: String,
        organization_id?: String,
        /// First screen; only with `authkit`.
        screen_hint?: ScreenHint,
        /// Address or name to fill in.
        login_hint?: String,
        /// Domain to find a connection by.
        domain_hint?: String,
        /// OAuth prompt, such as `login`.
        prompt?: String,
        /// Comes back unchanged.
        state?: String,
        /// Invitation to accept.
        invitation_token?: String as secret,
        /// Seconds after which to ask again; only with `authkit`.
        max_age?: u32,
        /// Further scopes to ask the provider for.
        provider_scopes?: Vec<String>,
        /// Passed on to the provider.
        provider_query_params?: BTreeMap<String, String>,
        /// Your own PKCE challenge.
        code_challenge?: String,
        /// Goes with `code_challenge`.
        code_challenge_method?: CodeChallengeMethod,
        /// Make a PKCE challenge; the answer holds its verifier.
        pkce?: bool as pkce,
    }

    /// Start the sign-in of a device without a browser. Show the user `verification_uri` and
    /// `user_code`, then poll `authenticate_user` with the `device_code` every `interval` seconds.
    POST "/user_management/authorize/device" => StartDeviceAuthorization -> DeviceAuthorization, creates {
        /// `client_…`.
        client_id?: String as client_id,
    }

    /// Get an e-mail verification code, for instance to send it yourself.
    GET "/user_management/email_verification/{id}" => GetEmailVerification -> EmailVerification {
        /// `email_verification_…`.
        id: String,
    }

    /// Create a one-time Magic Auth code and e-mail it, unless WorkOS's own e-mails are
    /// turned off. It is valid for 10 minutes; sign in with `authenticate_user`.
    POST "/user_management/magic_auth" => CreateMagicAuth -> CreatedMagicAuth, creates, emails {
        /// Address that the code is for.
        email: String,
        /// Invitation to accept while signing in.
        invitation_token?: String as secret,
        /// IP address of the user; needed where Radar decides.
        ip_address?: String,
        /// User agent of the user's browser.
        user_agent?: String,
        /// Radar attempt that this belongs to, `radar_auth_attempt_…`.
        radar_auth_attempt_id?: String,
        /// Radar signals ID from the browser.
        signals_id?: String,
        /// Language of the e-mail, such as `pt-BR`.
        locale?: String,
    }

    /// Get a Magic Auth code, for instance to send it yourself.
    GET "/user_management/magic_auth/{id}" => GetMagicAuth -> MagicAuth {
        /// `magic_auth_…`.
        id: String,
    }

    /// Create a password reset token for a user and e-mail the link, unless WorkOS's own
    /// e-mails are turned off.
    POST "/user_management/password_reset" => CreatePasswordReset -> PasswordReset, creates, emails {
        /// E-mail address of the user.
        email: String,
        /// Language of the e-mail, such as `pt-BR`.
        locale?: String,
    }

    /// Set a new password with a password reset token. The old password is lost and all sessions of
    /// the user end; an unverified e-mail address becomes verified.
    POST "/user_management/password_reset/confirm" => ConfirmPasswordReset -> UserResult, deletes {
        /// Token from the password reset link.
        token: String as secret,
        /// The new password.
        new_password: String as secret,
    }

    /// Get a password reset token and its URL, for instance to send it yourself.
    GET "/user_management/password_reset/{id}" => GetPasswordReset -> PasswordReset {
        /// `password_reset_…`.
        id: String,
    }

    /// Build the URL that signs a user out of a session when opened in their browser.
    LINK "/user_management/sessions/logout" => GetAuthkitLogoutUrl -> Link {
        /// Session ID, `session_…`: the `sid` claim of the access token.
        session_id: String,
        /// Where the user goes afterwards: one of the sign-out redirects of the dashboard, and the
        /// default one if left out.
        return_to?: String,
    }

    /// Revoke a user's session, so that they must sign in again. This cannot be undone.
    POST "/user_management/sessions/revoke" => RevokeSession -> (), everyday, deletes {
        /// `session_…`: the `sid` claim of the access token.
        session_id: String,
    }

    /// Change a user's e-mail address with the one-time code of `send_email_change`. The
    /// new address replaces the old one.
    POST "/user_management/users/{id}/email_change/confirm" => ConfirmEmailChange -> UserResult, deletes {
        user_id: String as rename("id"),
        /// One-time code that the user received.
        code: String as secret digits,
    }

    /// E-mail a one-time code for a change of a user's e-mail address. Nothing changes
    /// before `confirm_email_change`.
    POST "/user_management/users/{id}/email_change/send" => SendEmailChange -> EmailChange, creates, emails {
        user_id: String as rename("id"),
        /// The new e-mail address.
        new_email: String,
        /// Language of the e-mail, such as `pt-BR`.
        locale?: String,
    }

    /// Verify a user's e-mail address with the one-time code that the user received.
    POST "/user_management/users/{id}/email_verification/confirm" => VerifyUserEmail -> UserResult, updates {
        user_id: String as rename("id"),
        /// One-time code that the user received.
        code: String as secret digits,
    }

    /// E-mail a user a one-time code that verifies their address.
    POST "/user_management/users/{id}/email_verification/send"
        => SendVerificationEmail -> UserResult, creates, emails
    {
        user_id: String as rename("id"),
        /// Language of the e-mail, such as `pt-BR`.
        locale?: String,
    }

    /// List the active sessions of a user.
    GET "/user_management/users/{id}/sessions" => ListUserSessions -> List<UserSession>, everyday {
        user_id: String as rename("id"),
        ..Page,
    }

    /// Create a link that signs a user in once. Deprecated; prefer `create_magic_auth`.
    /// Send it yourself or with `send_passwordless_session`.
    POST "/passwordless/sessions" => CreatePasswordlessSession -> PasswordlessSession
    where sends(r#type = "MagicLink") {
        /// E-mail address of the user.
        email: String,
        /// Where the user returns; the default one if left out.
        redirect_uri?: String,
        /// Comes back with the redirect unchanged.
        state?: String,
        /// Connection ID, `conn_…`; else found by the address's domain.
        connection_id?: String as rename("connection"),
        /// Seconds until the link expires.
        expires_in?: u32 as range(900, 86400),
    }

    /// E-mail a user the sign-in link of a passwordless session. Deprecated; prefer
    /// `create_magic_auth`.
    POST "/passwordless/sessions/{session_id}/send"
        => SendPasswordlessSession -> PasswordlessDelivery, creates, emails
    {
        passwordless_session_id: String as rename("session_id"),
    }
}

choices! {
    /// What a user is signed in with.
    GrantType {
        AuthorizationCode = "authorization_code",
        Password = "password",
        RefreshToken = "refresh_token",
        MagicAuth = "urn:workos:oauth:grant-type:magic-auth:code",
        EmailVerification = "urn:workos:oauth:grant-type:email-verification:code",
        MfaTotp = "urn:workos:oauth:grant-type:mfa-totp",
        OrganizationSelection = "urn:workos:oauth:grant-type:organization-selection",
        RadarEmailChallenge = "urn:workos:oauth:grant-type:radar-email-challenge:code",
        RadarSmsChallenge = "urn:workos:oauth:grant-type:radar-sms-challenge:code",
        EmailCompletion = "urn:workos:oauth:grant-type:email-completion",
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }

    /// Who identifies the user.
    AuthorizationProvider {
        Authkit = "authkit",
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

    /// The screen that AuthKit shows first.
    ScreenHint {
        SignUp = "sign-up",
        SignIn = "sign-in",
    }

    /// How a PKCE challenge is derived from its verifier.
    CodeChallengeMethod {
        S256 = "S256",
    }

    /// How a sign-in began.
    AuthenticationMethod {
        Sso = "SSO",
        Password = "Password",
        Passkey = "Passkey",
        AppleOAuth = "AppleOAuth",
        BitbucketOAuth = "BitbucketOAuth",
        CrossAppAuth = "CrossAppAuth",
        ExternalAuth = "ExternalAuth",
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
        MagicAuth = "MagicAuth",
        Impersonation = "Impersonation",
        MigratedSession = "MigratedSession",
    }

    /// How a session began.
    SessionAuthMethod {
        CrossAppAuth = "cross_app_auth",
        ExternalAuth = "external_auth",
        Impersonation = "impersonation",
        MagicCode = "magic_code",
        MigratedSession = "migrated_session",
        OAuth = "oauth",
        Passkey = "passkey",
        Password = "password",
        Sso = "sso",
        Unknown = "unknown",
    }

    /// Whether a session is in force.
    SessionStatus {
        Active = "active",
        Expired = "expired",
        Revoked = "revoked",
    }
}

objects! {
    /// A set of public keys.
    Jwks {
        keys: Vec<Jwk>,
    }

    /// A public key, in the terms of RFC 7517.
    Jwk {
        alg: String,
        kty: String,
        r#use: String,
        x5c: Vec<String>,
        n: String,
        e: String,
        kid: String,
        x5t_s256: String as rename("x5t#S256"),
    }

    /// A user who is signed in, with the tokens of the session.
    Authentication {
        user: User,
        /// The organization that the session is for.
        organization_id?: String,
        /// A code that another application can exchange for tokens.
        authkit_authorization_code?: String as shown_once,
        /// The session as a JWT.
        access_token: String as shown_once,
        /// Exchange it for a new access token.
        refresh_token: String as shown_once,
        authentication_method?: AuthenticationMethod,
        impersonator?: Impersonator,
        /// Tokens of the identity provider.
        oauth_tokens?: OauthTokens,
    }

    /// A member of your team who acts as the user.
    Impersonator {
        email: String,
        reason?: String,
    }

    /// Tokens from an identity provider.
    OauthTokens {
        provider: String,
        refresh_token: String as shown_once,
        access_token: String as shown_once,
        /// Unix time in seconds.
        expires_at: i64,
        scopes: Vec<String>,
    }

    /// What a device needs to sign a user in elsewhere.
    DeviceAuthorization {
        /// What the device polls with.
        device_code: String as shown_once,
        /// What the user types in.
        user_code: String as shown_once,
        verification_uri: String,
        /// The same with the user code in it.
        verification_uri_complete?: String as shown_once,
        /// Seconds until both codes expire.
        expires_in: f64,
        /// Fewest seconds between two polls.
        interval?: f64,
    }

    /// A code that verifies an e-mail address.
    EmailVerification {
        id: String,
        user_id: String,
        email: String,
        expires_at: String,
        code: String as secret,
        created_at: String,
        updated_at: String,
    }

    /// A one-time code to sign in with.
    MagicAuth {
        id: String,
        user_id: String,
        email: String,
        expires_at: String,
        code: String as secret,
        created_at: String,
        updated_at: String,
    }

    /// A new one-time code to sign in with.
    CreatedMagicAuth {
        id: String,
        user_id: String,
        email: String,
        expires_at: String,
        code: String as secret,
        /// Pass it on to `authenticate_user`.
        radar_auth_attempt_id?: String,
        created_at: String,
        updated_at: String,
    }

    /// A token that sets a new password.
    PasswordReset {
        id: String,
        user_id: String,
        email: String,
        password_reset_token: String as secret,
        password_reset_url: String as secret,
        expires_at: String,
        created_at: String,
    }

    /// The user that the call was about.
    UserResult {
        user: User,
    }

    /// A change of e-mail address that awaits its code.
    EmailChange {
        user: User,
        new_email: String,
        expires_at: String,
        created_at: String,
    }

    /// A session of a user.
    UserSession {
        id: String,
        user_id: String,
        organization_id?: String,
        auth_method: SessionAuthMethod,
        status: SessionStatus,
        ip_address?: String,
        user_agent?: String,
        impersonator?: Impersonator,
        expires_at: String,
        ended_at?: String,
        created_at: String,
        updated_at: String,
    }

    /// A sign-in by link.
    PasswordlessSession {
        id: String,
        email: String,
        expires_at: String,
        /// Signs in whoever opens it.
        link: String as shown_once,
    }

    /// Whether the link was sent.
    PasswordlessDelivery {
        success?: bool,
        message?: String,
    }
}
