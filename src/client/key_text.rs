//! What a key looks like, and what stands in its place by mistake.

use secrecy::{ExposeSecret, SecretString};

use super::key_error::KeyFault;

/// How the keys of test environments begin. Every other key counts as one of production.
const TEST_PREFIX: &str = "sk_test_";

/// Whether a key counts as one of production: every one that does not begin with `sk_test_`,
/// whatever else it looks like.
pub fn is_live(key: &SecretString) -> bool {
    !key.expose_secret().starts_with(TEST_PREFIX)
}

/// The key in a text, without the blanks around it.
///
/// # Errors
///
/// Why it is none. Nothing of the text is told.
pub(super) fn parse(raw: &str) -> Result<SecretString, KeyFault> {
    let key = raw.trim_start_matches('\u{feff}').trim();
    let quoted = |quote: char| key.starts_with(quote) || key.ends_with(quote);
    let placeholder = key.starts_with(['$', '%', '{', '<', '['])
        || key.contains("${")
        || key.contains("{{")
        || key.eq_ignore_ascii_case("WORKOS_API_KEY");
    Err(if key.is_empty() {
        KeyFault::Empty
    } else if key.lines().any(is_assignment) {
        KeyFault::Assignment
    } else if ['"', '\'', '`', '“', '”', '‘', '’'].into_iter().any(quoted) {
        KeyFault::Quoted
    } else if key.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("bearer")) {
        KeyFault::Bearer
    } else if placeholder {
        KeyFault::Placeholder
    } else if key.starts_with("client_") {
        KeyFault::ClientId
    } else if key.contains(['\n', '\r']) {
        KeyFault::Lines
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        KeyFault::Garbled
    } else {
        return Ok(SecretString::from(key));
    })
}

/// Whether a line is one of a configuration file: `NAME=value`, or `NAME: value`. A key itself may
/// end with the `=` of base64.
fn is_assignment(line: &str) -> bool {
    let line = line.trim();
    let words = ["export ", "set ", "setx ", "$env:", "- "];
    let line = words.iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line).trim_start();
    if line.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("bearer")) {
        return false;
    }
    // No key has one of them but at its end, where Base64 is filled up.
    if let Some((name, value)) = line.split_once('=') {
        let is_padding = value.bytes().all(|byte| byte == b'=')
            && (name.starts_with("sk_") || name.bytes().any(|byte| byte.is_ascii_digit()));
        return !is_padding;
    }
    line.split_once(':').is_some_and(|(name, value)| {
        let value = value.trim_start_matches([' ', '"', '\'']);
        !name.contains(' ') && (value.starts_with("sk_") || line.contains(": "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_newlines_around_the_key_are_dropped() {
        for raw in ["sk_test_example_a", " sk_test_example_a\n", "\u{feff}sk_test_example_a\r\n\t"] {
            let key = parse(raw).expect("a key");
            assert_eq!(key.expose_secret(), "sk_test_example_a");
        }
        for padded in ["sk_test_example_a==", "example1="] {
            assert_eq!(parse(padded).expect("a key").expose_secret(), padded);
        }
    }

    #[test]
    fn a_line_of_a_configuration_file_is_no_key() {
        for line in [
            "sk_key=sk_test_example_x",
            "sk_test=sk_test_example_x",
            "1KEY=sk_test_example_x",
            "KEY:=sk_test_example_x",
            "KEY+=sk_test_example_x",
            "KEY:sk_test_example_x",
            "workos=",
            "api_key: sk_test_example_x",
        ] {
            assert!(matches!(parse(line), Err(KeyFault::Assignment)), "{line}");
        }
    }

    #[test]
    fn only_a_test_key_is_none_of_production() {
        assert!(!is_live(&"sk_test_example_a".into()));
        for live in [
            "sk_live_example_a",
            "sk_prod_example_a",
            "sk_LIVE_a",
            "SK_TEST_a",
            "sk_",
            "sk_test",
            "example",
            "xsk_test_a",
        ] {
            assert!(is_live(&live.into()), "{live}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_named() {
        use KeyFault::{Assignment, Bearer, ClientId, Empty, Garbled, Lines, Placeholder, Quoted};
        for (raw, error) in [
            ("", Empty),
            (" \n", Empty),
            ("\"sk_test_example_a\"", Quoted),
            ("'sk_test_example_a'", Quoted),
            ("Bearer sk_test_example_a", Bearer),
            ("bearer: sk_test_example_a", Bearer),
            ("${WORKOS_API_KEY}", Placeholder),
            ("$WORKOS_API_KEY", Placeholder),
            ("%WORKOS_API_KEY%", Placeholder),
            ("${env:WORKOS_API_KEY}", Placeholder),
            ("${input:workos-key}", Placeholder),
            ("{{WORKOS_API_KEY}}", Placeholder),
            ("{env:WORKOS_API_KEY}", Placeholder),
            ("$env:WORKOS_API_KEY", Placeholder),
            ("<your key>", Placeholder),
            ("client_01EXAMPLE", ClientId),
            ("sk_test_example a", Garbled),
            ("sk_test_exämple", Garbled),
            ("WORKOS_API_KEY=sk_test_example_a", Assignment),
            ("export WORKOS_API_KEY='sk_test_example_a'\n", Assignment),
            ("api-key = sk_live_example_a", Assignment),
            ("# the key\nKEY=sk_prod_example_a\nOTHER=1", Assignment),
            ("WORKOS_API_KEY: \"sk_test_example_a\"", Assignment),
            ("KEY=", Assignment),
            ("sk_test_example_a\nsk_test_example_b", Lines),
        ] {
            let found = parse(raw).expect_err(raw);
            assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&error), "{raw}: {found:?}");
        }
    }
}
