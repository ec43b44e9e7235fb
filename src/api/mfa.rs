//! Multi-factor authentication: <https://workos.com/docs/reference/mfa>.

use super::common::List;

operations! {
    mfa: "Authentication factors and their challenges";

    /// Verify the one-time code of an authentication challenge. The answer says whether it
    /// is `valid`; a code works once.
    POST "/auth/challenges/{id}/verify" => VerifyAuthChallenge -> ChallengeVerification,
        // The code is used up.
        updates {
        /// `auth_challenge_…`.
        id: String,
        /// The code that the user entered.
        code: String as secret digits,
    }

    /// Enroll an authentication factor. A TOTP secret and its QR code are shown only this
    /// once. Ask for the first code with `challenge_auth_factor`.
    POST "/auth/factors/enroll" => EnrollAuthFactor -> EnrolledFactor, creates
    where when(r#type = "sms": phone_number), when(r#type = "totp": totp_issuer, totp_user) {
        /// Kind of factor.
        r#type: EnrollableFactor,
        /// Where to text codes; needed for `sms`.
        phone_number?: String as digits,
        /// Name of your application in the app; needed for `totp`.
        totp_issuer?: String,
        /// Name of the account in the app; needed for `totp`.
        totp_user?: String,
        /// User to give the factor to, `user_…`.
        user_id?: String,
    }

    /// Get an authentication factor by its ID.
    GET "/auth/factors/{id}" => GetAuthFactor -> AuthenticationFactor {
        /// `auth_factor_…`.
        id: String,
    }

    /// Delete an authentication factor. This cannot be undone; the user has to enroll anew.
    DELETE "/auth/factors/{id}" => DeleteAuthFactor -> () {
        /// `auth_factor_…`.
        id: String,
    }

    /// Challenge an authentication factor; an SMS factor gets its code by text message.
    /// Check the code with `verify_auth_challenge`.
    POST "/auth/factors/{id}/challenge" => ChallengeAuthFactor -> AuthenticationChallenge, creates, emails {
        /// `auth_factor_…`.
        id: String,
        /// Text of the SMS, with `{{code}}` in it.
        sms_template?: String,
    }

    /// Enroll a user in a TOTP factor and start its first challenge. The secret and QR code
    /// are shown only this once.
    POST "/user_management/users/{userland_user_id}/auth_factors"
        => EnrollUserAuthFactor -> UserFactorEnrollment
    where sends(r#type = "totp") {
        user_id: String as rename("userland_user_id"),
        /// Name of your application in the app.
        totp_issuer?: String,
        /// Name of the account in the app.
        totp_user?: String,
        /// Base32 secret for SHA-1, 6 digits, 30 seconds; made if left out.
        totp_secret?: String as secret,
    }

    /// List the authentication factors of a user.
    GET "/user_management/users/{userland_user_id}/auth_factors"
        => ListUserAuthFactors -> List<AuthenticationFactor>
    {
        user_id: String as rename("userland_user_id"),
        ..Page,
    }
}

choices! {
    /// Kinds of factors that can be enrolled.
    EnrollableFactor {
        GenericOtp = "generic_otp",
        Sms = "sms",
        Totp = "totp",
    }

    /// Kinds of factors.
    FactorType {
        GenericOtp = "generic_otp",
        Sms = "sms",
        Totp = "totp",
        Webauthn = "webauthn",
    }
}

objects! {
    /// Something beside the password that identifies a user.
    AuthenticationFactor {
        id: String,
        r#type: FactorType,
        user_id?: String,
        sms?: SmsFactor,
        totp?: TotpFactor,
        created_at: String,
        updated_at: String,
    }

    /// A factor that was enrolled just now.
    EnrolledFactor {
        id: String,
        r#type: FactorType,
        user_id?: String,
        sms?: SmsFactor,
        totp?: EnrolledTotp,
        created_at: String,
        updated_at: String,
    }

    /// Codes by text message.
    SmsFactor {
        phone_number: String,
    }

    /// Codes from an authenticator app.
    TotpFactor {
        issuer: String,
        user: String,
    }

    /// Codes from an authenticator app, with what the app needs.
    EnrolledTotp {
        issuer: String,
        user: String,
        secret: String as shown_once,
        /// PNG as a data URL.
        qr_code: String as shown_once,
        /// What the QR code says.
        uri: String as shown_once,
    }

    /// A request for a one-time code.
    AuthenticationChallenge {
        id: String,
        authentication_factor_id: String,
        /// Missing for TOTP.
        expires_at?: String,
        code?: String as secret,
        created_at: String,
        updated_at: String,
    }

    /// Whether a code was right.
    ChallengeVerification {
        challenge: AuthenticationChallenge,
        valid: bool,
    }

    /// A new factor of a user with its first challenge.
    UserFactorEnrollment {
        authentication_factor: EnrolledFactor,
        authentication_challenge: AuthenticationChallenge,
    }
}
