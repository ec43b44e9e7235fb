//! What each code of a sign-in asks for, from the vendor's reference of authentication errors, its
//! API document and its SDKs. The first row that fits a call counts.

use super::step::{At, Step};

const SIGN_IN: &[&str] = &["authenticate_user"];
/// Where a sign-in begins or goes on.
const ANY_SIGN_IN: At = At::Of(&["authenticate_user", "create_magic_auth", "create_password_reset"]);

pub(super) const STEPS: &[Step] = &[
    // Other ways to sign in.
    Step {
        codes: &["sso_required", "must use sso for selected organization"],
        at: ANY_SIGN_IN,
        advice: "This user signs in by SSO: send them to a URL of `get_authkit_authorization_url` with `connection_id` \
                 {connection}. They come back with a `code` for `authenticate_user`, grant_type `authorization_code`.",
    },
    Step {
        codes: &["organization_authentication_methods_required"],
        at: ANY_SIGN_IN,
        advice: "The organization wants another way to sign in. {ways}",
    },
    Step {
        codes: &["authentication_method_not_allowed"],
        at: ANY_SIGN_IN,
        advice: "This way to sign in is not allowed here; the user needs another. {ways}",
    },
    Step {
        codes: &["email_password_auth_disabled"],
        at: At::Of(SIGN_IN),
        advice: "Nobody signs in by password here; the user needs another way. {ways}",
    },
    Step {
        codes: &["email_password_auth_disabled", "password_reset_not_allowed"],
        at: At::Of(&["create_password_reset", "confirm_password_reset"]),
        advice: "There is no password to reset here; the user signs in another way. {ways}",
    },
    Step {
        codes: &["passkey_progressive_enrollment"],
        at: At::Of(SIGN_IN),
        advice: "The user has to enroll a passkey, which only AuthKit's own pages do: send them to a URL of \
                 `get_authkit_authorization_url` with `provider` `authkit`.",
    },
    Step {
        codes: &["application_consent_required"],
        at: At::Of(SIGN_IN),
        advice: "The user has to agree to the application first, on AuthKit's own pages: send them to a URL of \
                 `get_authkit_authorization_url` with `provider` `authkit`.",
    },
    Step {
        codes: &["sign_up_not_allowed"],
        at: ANY_SIGN_IN,
        advice: "Nobody signs up here without being asked: `send_invitation` invites the person.",
    },
    // Steps in between.
    Step {
        codes: &["email_completion_required"],
        at: At::Of(SIGN_IN),
        advice: "The profile has no e-mail address. Ask the user for theirs, then call `authenticate_user` with \
                 grant_type `urn:workos:oauth:grant-type:email-completion`, the `email_completion_token` of this answer \
                 and that address as `email`.",
    },
    Step {
        codes: &["email_verification_required"],
        at: At::Of(SIGN_IN),
        advice: "{again}, grant_type `urn:workos:oauth:grant-type:email-verification:code` and the `code` that was sent \
                 by e-mail. Where WorkOS's own e-mails are turned off, `get_email_verification` of the \
                 `email_verification_id` has the code.",
    },
    Step {
        codes: &["mfa_enrollment"],
        at: At::Of(SIGN_IN),
        advice: "{again}, grant_type `urn:workos:oauth:grant-type:mfa-totp`, after `enroll_user_auth_factor`: its \
                 challenge as `auth_challenge_id`, and the `code` of the authenticator app.",
    },
    Step {
        codes: &["mfa_challenge"],
        at: At::Of(SIGN_IN),
        advice: "{again}, grant_type `urn:workos:oauth:grant-type:mfa-totp`, after `challenge_auth_factor` on one of the \
                 `authentication_factors`: its ID as `auth_challenge_id`, and the `code`.",
    },
    Step {
        codes: &["organization_selection_required"],
        at: At::Of(SIGN_IN),
        advice: "{again}, grant_type `urn:workos:oauth:grant-type:organization-selection` and one of the `organizations` \
                 as `organization_id`.",
    },
    // Radar.
    Step {
        codes: &["radar_challenge", "radar_email_challenge"],
        at: At::Of(SIGN_IN),
        advice: "{again}, grant_type `urn:workos:oauth:grant-type:radar-email-challenge:code`, the `radar_challenge_id` \
                 of this answer and the `code` that was sent by e-mail. Where WorkOS's own e-mails are turned off, \
                 `get_radar_challenge` has the code.",
    },
    Step {
        codes: &["radar_sign_up_challenge", "radar_sms_challenge"],
        at: At::Of(SIGN_IN),
        advice: "Ask the user for a phone number: at sign-up WorkOS has none yet. `send_radar_sms_challenge` with {user}, \
                 {pending} and that `phone_number` texts a code and answers a `verification_id`. Then call \
                 `authenticate_user` with grant_type `urn:workos:oauth:grant-type:radar-sms-challenge:code`, the same \
                 `pending_authentication_token`, `phone_number` and `verification_id`, and the `code`.{mailed}",
    },
    Step {
        codes: &["radar_sms_sign_in_challenge"],
        at: At::Of(SIGN_IN),
        advice: "{again}, grant_type `urn:workos:oauth:grant-type:radar-sms-challenge:code` and the `code` that was \
                 texted to the number on file; WorkOS knows `phone_number` and `verification_id` itself. If no code has \
                 come, `send_radar_sms_challenge` texts one.",
    },
    Step {
        codes: &["phone_number_required", "verification_id_required"],
        at: At::Of(SIGN_IN),
        advice: "At sign-up the code needs `phone_number` and `verification_id`, both as `send_radar_sms_challenge` has \
                 answered them.",
    },
    Step {
        codes: &["ip_address_required"],
        at: At::Taking("ip_address"),
        advice: "Radar decides here: pass the `ip_address` of the user's own request, and `user_agent` with it.",
    },
    Step {
        codes: &["policy_denied"],
        at: At::Taking("ip_address"),
        advice: "A policy of Radar denies this attempt: repeating it does not help. The rules are in the dashboard, \
                 under Radar.",
    },
    Step {
        codes: &["sms_challenge_quota_reached"],
        at: At::Of(&["authenticate_user", "send_radar_sms_challenge"]),
        advice: "No more codes are texted for now, and repeating the call does not help.",
    },
    // The device flow of RFC 8628.
    Step {
        codes: &["authorization_pending"],
        at: At::Of(SIGN_IN),
        advice: "The user has not answered yet. Wait for the `interval` of `start_device_authorization` (5 s if it gave \
                 none), then call `authenticate_user` again with the same `device_code`.",
    },
    Step {
        codes: &["slow_down"],
        at: At::Of(SIGN_IN),
        advice: "This was too soon. From now on wait 5 s longer than before between two calls (the `interval` of \
                 `start_device_authorization`, or 5 s if it gave none, plus 5 s), then call `authenticate_user` again \
                 with the same `device_code`.",
    },
    Step {
        codes: &["expired_token"],
        at: At::Of(SIGN_IN),
        advice: "The `device_code` has expired. Begin anew with `start_device_authorization`, and show the user the new \
                 `user_code`.",
    },
    Step {
        codes: &["access_denied"],
        at: At::Given("device_code", SIGN_IN),
        advice: "The user has declined. Stop polling with this `device_code`; only if the user wants to try again, begin \
                 anew with `start_device_authorization`.",
    },
    // Codes and tokens that do not work.
    Step {
        codes: &["invalid_pending_authentication_token"],
        at: At::Taking("pending_authentication_token"),
        advice: "The `pending_authentication_token` is wrong, used up or expired: begin the sign-in again to get a new \
                 one.",
    },
    Step {
        codes: &["invalid_one_time_code", "email_verification_code_incorrect", "email_change_code_incorrect"],
        at: At::Of(&[
            "authenticate_user",
            "verify_user_email",
            "confirm_email_change",
            "verify_auth_challenge",
        ]),
        advice: "The `code` is wrong: ask the user for it again.",
    },
    Step {
        codes: &["one_time_code_expired", "one_time_code_previously_used", "one_time_code_too_many_attempts"],
        at: At::Given("auth_challenge_id", SIGN_IN),
        advice: "This challenge is over: `challenge_auth_factor` starts a new one, with a new `code`.",
    },
    Step {
        codes: &["one_time_code_expired", "one_time_code_previously_used", "one_time_code_too_many_attempts"],
        at: At::Of(&["verify_auth_challenge"]),
        advice: "This challenge is over: `challenge_auth_factor` starts a new one, with a new `code`.",
    },
    Step {
        codes: &["one_time_code_expired", "one_time_code_previously_used", "one_time_code_too_many_attempts"],
        at: At::Given("email", SIGN_IN),
        advice: "This `code` does not work any more: `create_magic_auth` makes a new one.",
    },
    Step {
        codes: &["one_time_code_expired", "one_time_code_previously_used", "one_time_code_too_many_attempts"],
        at: At::Given("pending_authentication_token", SIGN_IN),
        advice: "This `code` does not work any more: begin the sign-in again to get a new one.",
    },
    Step {
        codes: &["email_verification_code_expired", "email_verification_code_previously_used"],
        at: At::Of(&["verify_user_email"]),
        advice: "This `code` does not work any more: `send_verification_email` sends a new one.",
    },
    Step {
        codes: &["email_change_code_expired", "email_change_code_previously_used", "no_pending_email_change"],
        at: At::Of(&["confirm_email_change"]),
        advice: "There is no change that this `code` could confirm: `send_email_change` starts one, with a new code.",
    },
    Step {
        codes: &["email_change_too_many_attempts"],
        at: At::Of(&["send_email_change", "confirm_email_change"]),
        advice: "There were too many attempts at this change of address: wait a while, then begin anew with \
                 `send_email_change`.",
    },
    Step {
        codes: &["invalid_credentials"],
        at: At::Given("password", SIGN_IN),
        advice: "E-mail address or password is wrong: ask the user for both again. For one who has forgotten the \
                 password, `create_password_reset` sends a link.",
    },
    Step {
        codes: &["invalid_grant"],
        at: At::Given("refresh_token", SIGN_IN),
        advice: "The `refresh_token` does not work any more: the user has to sign in again.",
    },
    Step {
        codes: &["invalid_grant"],
        at: At::Given("code", SIGN_IN),
        advice: "The `code` has expired or was used before, as each works once: send the user to a new URL of \
                 `get_authkit_authorization_url`.",
    },
    Step {
        codes: &["invalid_grant"],
        at: At::Given("code", &["get_sso_profile_and_token"]),
        advice: "The `code` has expired or was used before, as each works once: send the user to a new URL of \
                 `get_sso_authorization_url`.",
    },
    Step {
        codes: &["invalid_client"],
        at: At::Of(&["authenticate_user", "get_sso_profile_and_token"]),
        advice: "The `client_id` must be that of the API key's environment: pass it, or correct WORKOS_CLIENT_ID in the \
                 environment of this server.",
    },
    Step {
        codes: &["invitation_invalid", "invitation_cannot_be_used_for_email"],
        at: At::Taking("invitation_token"),
        advice: "`list_invitations` with `email` shows whether the person has an invitation, and its `state`; the \
                 `invitation_token` must be of a pending one for that very address.",
    },
    Step {
        codes: &["organization_membership_not_found"],
        at: At::Of(SIGN_IN),
        advice: "The user does not belong to this organization: `list_organization_memberships` with `user_id` shows to \
                 which ones they do.",
    },
    Step {
        codes: &["organization_not_found", "invalid_organization_id"],
        at: At::Given("organization_id", SIGN_IN),
        advice: "There is no such organization for this sign-in: `list_organizations` shows those of the environment.",
    },
    Step {
        codes: &["token_too_big"],
        at: At::Of(SIGN_IN),
        advice: "The access token would be too long: the JWT template, which `get_jwt_template` shows, has to add less.",
    },
];
