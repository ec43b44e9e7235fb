//! Which names are likely to hold a credential, where nobody has said what a field holds.
//!
//! What is taken for one too many is masked, what is overlooked is shown: in doubt it is one.

/// Words that name one wherever they stand in a name.
const PARTS: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "privatekey",
    "apikey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "decryptionkey",
    "sessionkey",
    "masterkey",
    "datakey",
    "credential",
    "cookie",
    "magiclink",
    "backupcode",
    "recoverycode",
    "acceptinvitationurl",
    "passwordreseturl",
    "verificationuricomplete",
];

/// Words that name one at the end of a name.
const ENDS: &[&str] = &[
    "token",
    "tokens",
    "jwt",
    "jwts",
    "bearer",
    "authorization",
    "assertion",
    "assertions",
    "verifier",
    "verifiers",
    "qrcode",
    "qrcodes",
    "sealedsession",
    "samlresponse",
];

/// Words that name one as the last word of a name.
const WORDS: &[&str] = &["otp", "otps", "pin", "pins", "pwd", "pass"];

/// What makes a code one: the device's, the user's. Others are of errors, countries and languages.
const CODES: &[&str] = &[
    "device",
    "user",
    "auth",
    "authorization",
    "authentication",
    "verification",
    "challenge",
    "onetime",
    "otp",
    "totp",
    "mfa",
    "sms",
    "magic",
    "login",
    "signin",
    "security",
    "access",
    "connect",
    "pin",
    "reset",
    "invitation",
    "claim",
    "exchange",
];

/// What only tells about one, as the last word.
const TELLS_ABOUT: &[&str] = &[
    "type",
    "types",
    "hint",
    "id",
    "ids",
    "last4",
    "lastfour",
    "four",
    "4",
    "method",
    "methods",
    "name",
    "names",
    "at",
    "in",
    "on",
    "state",
    "status",
    "policy",
    "policies",
    "length",
    "count",
    "size",
    "age",
    "algorithm",
    "alg",
    "lifetime",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "scope",
    "scopes",
    "required",
    "enabled",
    "disabled",
    "strength",
    "version",
    "format",
    "provider",
    "issuer",
    "audience",
    "attempts",
    "prefix",
    "error",
    "errors",
    "reason",
    "history",
    "used",
    "usage",
    "owner",
    "source",
    "domain",
    "mode",
    "location",
    "endpoint",
    "duration",
    "seconds",
    "minutes",
    "limit",
    "verified",
    "url",
    "uri",
];

/// Names that begin so say something of one, or show what may be seen of it.
const HARMLESS: &[&str] =
    &["redacted", "obfuscated", "masked", "has", "is", "max", "min", "num", "total", "requires", "allow"];

/// Whether a field of this name is likely to hold a credential.
pub fn names_credential(name: &str) -> bool {
    let words = words(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let plain = words.concat();
    // Several are numbered.
    let plain = plain.trim_end_matches(|digit: char| digit.is_ascii_digit());
    // These end like what only tells about one.
    let link = PARTS.iter().any(|part| part.ends_with("url") && plain.ends_with(part));
    link || likely(plain, last)
        && !HARMLESS.contains(&first.as_str())
        && !TELLS_ABOUT.contains(&last.as_str())
        // The same in one word: `tokentype`.
        && !TELLS_ABOUT.iter().any(|tells| {
            tells.len() > 3 && plain.strip_suffix(tells).is_some_and(|rest| likely(rest, rest))
        })
}

/// Whether text or a number of this name is likely to be one, although an object of this name is
/// not: a session that is sealed, or one that is described.
pub fn names_credential_as_text(name: &str) -> bool {
    matches!(words(name).concat().as_str(), "session" | "sessiondata" | "sessions" | "totp")
}

fn likely(plain: &str, last: &str) -> bool {
    PARTS.iter().any(|part| plain.contains(part))
        || ENDS.iter().any(|end| plain.ends_with(end))
        || WORDS.contains(&last)
        || ["code", "codes"].into_iter().any(|code| {
            plain.strip_suffix(code).is_some_and(|before| CODES.iter().any(|kind| before.ends_with(kind)))
        })
}

/// The words of a name in lower case, however they are put together: `set-cookie`, `accessToken`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() {
            let begins = !before.is_alphanumeric()
                || letter.is_uppercase()
                    && (!before.is_uppercase() || letters.peek().is_some_and(|next| next.is_lowercase()));
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Field, Schema};

    #[test]
    fn names_are_read_however_they_are_written() {
        assert_eq!(words("accessToken"), ["access", "token"]);
        assert_eq!(words("JWTToken"), ["jwt", "token"]);
        assert_eq!(words("x-API-Key__v2"), ["x", "api", "key", "v2"]);
        assert_eq!(words("…"), Vec::<String>::new());
    }

    /// Names that hold a credential.
    const HOLD: &str = "
        token access_token accessToken refresh-token ID_TOKEN idtoken tokens token2 client_secret
        clientSecret secrets webhookSecretCurrent password newPassword password_hash passphrase pwd
        pin card_pin otp jwt JWT sessionJwt authorization Authorization proxy-authorization cookie
        Cookie set-cookie Set-Cookie setCookie cookies backup_codes backupCodes backup_code_1
        recovery_code device_code deviceCode user_code code_verifier codeVerifier verifier
        client_assertion assertion private_key privateKey api_key apiKey x-api-key signing_key
        credentials qr_code verification_code one_time_code authorization_code auth_code magic_link
        password_reset_url accept_invitation_url acceptInvitationUrl verification_uri_complete
        sealed_session SAMLResponse api_key_plain bearer";

    /// Names that hold none, or only tell about one.
    const TELL: &str = "
        token_type tokenType tokentype expires_in token_expires_at secret_hint
        client_secret_last_four client_secret_last_4 client_secret_id max_password_length
        password_policy password_changed_at has_password is_token redacted_client_secret
        obfuscated_value code error_code country_code status_code zip_code postalCode language_code
        encode session_id authorization_url token_url token_endpoint password_required api_key_id
        credential_type credentials_type public_key key keys value email opinion shipping passenger
        compass_name authorized idempotency_key max_tokens cookie_policy external_key";

    #[test]
    fn what_holds_a_credential_and_what_only_tells_about_one() {
        for name in HOLD.split_whitespace() {
            assert!(names_credential(name), "{name}");
        }
        for name in TELL.split_whitespace() {
            assert!(!names_credential(name), "{name}");
        }
    }

    /// Fields that WorkOS documents and that nobody marked hold none; in an event they are not
    /// documented and must not be masked either.
    #[test]
    fn few_documented_names_are_taken_for_credentials() {
        fn walk(schema: &Schema, names: &mut Vec<&'static str>) {
            match schema {
                Schema::Object(fields) => {
                    fields.iter().filter(|field| !field.secret).for_each(|field: &Field| {
                        names.push(field.api_name);
                        walk(&field.schema, names);
                    });
                }
                Schema::List(inner) | Schema::Map(inner) | Schema::Nullable(inner) => walk(inner, names),
                _ => {}
            }
        }
        let mut names = Vec::new();
        crate::api::operations().for_each(|operation| walk(&operation.answer, &mut names));
        names.sort_unstable();
        names.dedup();
        names.retain(|name| names_credential(name));
        // Objects about credentials in answers that are about nothing else, a DNS record that anybody
        // may look up, and the verifier that a URL was built with.
        let known = ["access_token", "api_key", "code_verifier", "credential", "credentials", "oauth_tokens"];
        assert_eq!(names, [&known[..], &["verification_token"]].concat());
    }
}
