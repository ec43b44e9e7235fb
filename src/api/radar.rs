//! Radar, protection from bots and abuse: <https://workos.com/docs/reference/radar>.

operations! {
    radar: "Sign-in risk, allow and block lists";

    /// Assess a sign-up or sign-in for risk: allow, block or challenge. Report its success
    /// with `update_radar_attempt`. Standalone Radar must be enabled.
    POST "/radar/attempts" => CreateRadarAttempt -> RadarAssessment {
        /// IP address of the user.
        ip_address: String,
        /// User agent of the user's browser.
        user_agent: String,
        /// E-mail address of the user.
        email: String,
        /// How the user authenticates.
        auth_method: RadarAuthMethod,
        /// What the user is about to do.
        action: RadarAction,
        /// Radar signals ID from the browser.
        signals_id?: String,
    }

    /// Tell Radar that an attempt or its challenge succeeded. Checks such as impossible
    /// travel rely on it.
    PUT "/radar/attempts/{id}" => UpdateRadarAttempt -> () {
        /// `radar_att_…`.
        id: String,
        /// The challenge was completed.
        challenge_status?: RadarSuccess,
        /// The user was authenticated.
        attempt_status?: RadarSuccess,
    }

    /// Add an entry to a Radar allow or block list.
    POST "/radar/lists/{type}/{action}" => AddRadarListEntry -> RadarListAddition, creates {
        /// What the list holds.
        r#type: RadarListType,
        /// What the list does: `block` locks people out.
        action: RadarListAction as destroys_as("block"),
        /// The value, in the form that the type asks for.
        entry: String,
    }

    /// Remove an entry from a Radar allow or block list.
    DELETE "/radar/lists/{type}/{action}" => RemoveRadarListEntry -> (), body {
        /// What the list holds.
        r#type: RadarListType,
        /// What the list does.
        action: RadarListAction,
        /// The value as it is in the list.
        entry: String,
    }

    /// Text a one-time code to a user whom Radar has challenged. Then call `authenticate_user` with the
    /// code and, at sign-up, with `verification_id` and `phone_number`.
    POST "/user_management/radar_challenges" => SendRadarSmsChallenge -> RadarSmsChallenge, emails {
        user_id: String,
        /// From the error of `authenticate_user`.
        pending_authentication_token: String as secret,
        /// Phone number to text, such as `+15555550123`; at sign-up the one that the person names.
        phone_number: String as digits,
        /// IP address of the user.
        ip_address?: String,
        /// User agent of the user's browser.
        user_agent?: String,
    }

    /// Get a Radar e-mail challenge with its code, for instance to send it yourself.
    GET "/user_management/radar_challenges/{id}" => GetRadarChallenge -> RadarChallenge {
        /// `radar_challenge_…`.
        id: String,
    }
}

choices! {
    /// How the user authenticates.
    RadarAuthMethod {
        Password = "Password",
        Passkey = "Passkey",
        Authenticator = "Authenticator",
        SmsOtp = "SMS_OTP",
        EmailOtp = "Email_OTP",
        Social = "Social",
        Sso = "SSO",
        Another = "Other",
    }

    /// What the user is about to do.
    RadarAction {
        SignUp = "sign-up",
        SignIn = "sign-in",
    }

    /// The only outcome that is reported.
    RadarSuccess {
        Success = "success",
    }

    /// What a list holds.
    RadarListType {
        IpAddress = "ip_address",
        Domain = "domain",
        Email = "email",
        Device = "device",
        UserAgent = "user_agent",
        DeviceFingerprint = "device_fingerprint",
        Country = "country",
    }

    /// What a list does.
    RadarListAction {
        Block = "block",
        Allow = "allow",
    }

    /// What to do with the user.
    RadarVerdict {
        Allow = "allow",
        Block = "block",
        Challenge = "challenge",
    }

    /// What led to the verdict.
    RadarControl {
        BotDetection = "bot_detection",
        BruteForceAttack = "brute_force_attack",
        ImpossibleTravel = "impossible_travel",
        RepeatSignUp = "repeat_sign_up",
        StaleAccount = "stale_account",
        UnrecognizedDevice = "unrecognized_device",
        Restriction = "restriction",
    }
}

objects! {
    /// The verdict on an attempt.
    RadarAssessment {
        verdict: RadarVerdict,
        reason: String,
        attempt_id: String,
        /// Missing if the verdict is `allow`.
        control?: RadarControl,
        /// Only for `restriction`.
        blocklist_type?: RadarListType,
    }

    /// What became of the new entry.
    RadarListAddition {
        /// Only if the entry was there already.
        message?: String,
    }

    /// A text message on its way.
    RadarSmsChallenge {
        verification_id: String as shown_once,
        phone_number: String,
    }

    /// A code sent by e-mail because of a suspicious sign-in.
    RadarChallenge {
        id: String,
        r#type: String,
        user_id: String,
        email: String,
        expires_at: String,
        code: String as secret,
        created_at: String,
        updated_at: String,
    }
}
