//! Which names are likely to hold a credential, where nobody has said what a field holds.
//!
//! What is taken for one too many is masked, what is overlooked is shown: in doubt it is one.

use crate::tools::sanitize::is_hidden;

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
    "verificationuricomplete",
    "recoverykey",
    "sshkey",
    "hmackey",
    "keymaterial",
    "basicauth",
    "authheader",
    "csrf",
    "xsrf",
    "securityanswer",
    "pkcs12",
    "wossession",
    "otpauth",
];

/// The same, although they end like what only tells about one.
const LINKS: &[&str] = &[
    "acceptinvitationurl",
    "passwordreseturl",
    "otpauthurl",
    "otpauthuri",
    "provisioninguri",
    "provisioningurl",
    "connectionstring",
    "connectionuri",
    "databaseurl",
    "databaseuri",
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
    "sessid",
    "connectsid",
];

/// Words that name one as the last word of a name.
const WORDS: &[&str] = &["otp", "otps", "pin", "pins", "pwd", "pass", "pfx", "sessionid", "jsessionid"];

/// Last words that say in which form a value is there, and nothing of what it is.
const FORMS: &[&str] =
    &["value", "values", "raw", "string", "text", "plain", "plaintext", "header", "headers"];

/// What makes a word another one, that is seldom a credential: `error_code` beside a marked `code`.
const OTHER_KINDS: &[&str] = &[
    "error",
    "status",
    "country",
    "language",
    "postal",
    "zip",
    "area",
    "currency",
    "state",
    "region",
    "http",
    "response",
    "reason",
    "obfuscated",
    "redacted",
    "masked",
];

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
    "activation",
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
    if is_harmless(&words) {
        return false;
    }
    let plain = words.concat();
    let is_link = LINKS.iter().any(|link| without_number(&plain).ends_with(link));
    is_link || is_credential(&words) || is_credential(without_forms(&words)) || {
        // The same in one word: `tokenvalue`.
        let rest = |form: &&str| plain.strip_suffix(*form).map(str::to_owned);
        words.len() == 1 && FORMS.iter().filter_map(rest).any(|rest| is_credential(&[rest]))
    }
}

fn is_harmless(words: &[String]) -> bool {
    words.first().is_none_or(|first| HARMLESS.contains(&first.as_str()))
}

fn is_credential(words: &[String]) -> bool {
    let Some(last) = words.last() else { return false };
    let plain = words.concat();
    // Several are numbered.
    let unnumbered = without_number(&plain);
    (likely(unnumbered, without_number(last)) || PARTS.iter().any(|part| plain.contains(part)))
        && !TELLS_ABOUT.contains(&last.as_str())
        // The same in one word: `tokentype`.
        && !TELLS_ABOUT.iter().any(|tells| {
            tells.len() > 3 && unnumbered.strip_suffix(tells).is_some_and(|rest| likely(rest, rest))
        })
}

/// The words in front of those that only say in which form the value is there.
fn without_forms(words: &[String]) -> &[String] {
    let forms = words.iter().rev().take_while(|word| FORMS.contains(&without_number(word))).count();
    match words.len() - forms {
        0 => &words[..words.len().min(1)],
        left => &words[..left],
    }
}

fn without_number(word: &str) -> &str {
    match word.trim_end_matches(|digit: char| digit.is_ascii_digit()) {
        "" => word,
        rest => rest,
    }
}

/// Whether a name is that of a marked field, however it is written and whatever stands beside it:
/// `Code`, `code2`, `new_code` and `code_value` for `code`.
pub fn is_same(marked: &str, name: &str) -> bool {
    let (marked, words) = (words(marked), words(name));
    let (plain, wanted) = (words.concat(), marked.concat());
    if plain == wanted {
        return true;
    }
    let plain = without_number(&plain);
    let core = without_forms(&words).concat();
    if [plain, without_number(&core)].contains(&wanted.as_str()) {
        return true;
    }
    // The last words, where those before them do not make it something else.
    [&words[..], without_forms(&words)].into_iter().any(|words| {
        let mut words = words.to_vec();
        if let Some(last) = words.last_mut() {
            *last = without_number(last).to_owned();
        }
        words.ends_with(&marked) && {
            let before = &words[..words.len() - marked.len()];
            !before.iter().any(|word| OTHER_KINDS.contains(&word.as_str())) && !is_harmless(before)
        }
    })
}

/// Whether text or a number of this name is likely to be one, although an object of this name is
/// not: a session that is sealed, or one that is described.
pub fn names_credential_as_text(name: &str) -> bool {
    matches!(joined(name).as_str(), "session" | "sessiondata" | "sessions" | "totp" | "plaintext" | "dsn")
}

/// Whether a name in one word is one by its beginning or its end.
fn ends_like_one(plain: &str) -> bool {
    PARTS.iter().any(|part| plain.contains(part)) || ENDS.iter().any(|end| plain.ends_with(end))
}

fn likely(plain: &str, last: &str) -> bool {
    ends_like_one(plain)
        || WORDS.contains(&last)
        || ["code", "codes"].into_iter().any(|code| {
            plain.strip_suffix(code).is_some_and(|before| CODES.iter().any(|kind| before.ends_with(kind)))
        })
}

/// A letter of full width as the one it looks like.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// A name in one word.
pub fn joined(name: &str) -> String {
    words(name).concat()
}

/// The words of a name in lower case, however they are put together: `set-cookie`, `accessToken`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = name.chars().filter(|letter| !is_hidden(*letter)).map(narrow).peekable();
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
        sealed_session SAMLResponse api_key_plain bearer token_value tokenValue tokenvalue
        access_token_value token_string token_raw token_values authorization_header auth_header
        basic_auth wos_session wos-session sessionid JSESSIONID PHPSESSID connect.sid csrf tokenplaintext
        recovery_key activation_code ssh_key hmac_key key_material otpauth otpauth_url otpauth_uri
        provisioning_uri connection_string database_url security_answer securityAnswers pkcs12 pfx
        ac\u{200b}cess_tok\u{ad}en \u{ff43}\u{ff4f}\u{ff4f}\u{ff4b}\u{ff49}\u{ff45} Token_Value2";

    /// Names that hold none, or only tell about one.
    const TELL: &str = "
        token_type tokenType tokentype expires_in token_expires_at secret_hint
        client_secret_last_four client_secret_last_4 client_secret_id max_password_length
        password_policy password_changed_at has_password is_token redacted_client_secret
        obfuscated_value code error_code country_code status_code zip_code postalCode language_code
        encode session_id authorization_url token_url token_endpoint password_required api_key_id
        credential_type credentials_type public_key key keys value email opinion shipping passenger
        compass_name authorized idempotency_key max_tokens cookie_policy external_key
        text_value raw_value connection_id
        accept_invitation_url_expires_at token_type_value database_name header headers session_value has_token_value";

    #[test]
    fn a_marked_name_is_known_however_it_is_written() {
        for (marked, name) in [
            ("code", "Code"),
            ("value", "VALUE"),
            ("code", "code2"),
            ("code", "new_code"),
            ("code", "newCode"),
            ("code", "code_value"),
            ("code", "codeValue2"),
            ("value", "value_raw"),
            ("data_key", "dataKey"),
            ("link", "magic-link"),
        ] {
            assert!(is_same(marked, name), "{marked} {name}");
        }
        for (marked, name) in [
            ("code", "error_code"),
            ("code", "countryCode"),
            ("value", "obfuscated_value"),
            ("code", "codec"),
            ("code", "code_id"),
            ("value", "values_count"),
        ] {
            assert!(!is_same(marked, name), "{marked} {name}");
        }
    }

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
                Schema::Object(fields, _) => {
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
