//! Where in a text that is more than one word a credential stands: behind its name, behind a scheme of
//! HTTP, in front of a host.

use std::ops::Range;

use super::names::names_credential;
use crate::tools::sanitize::is_hidden;

/// Headers that carry one; a sentence may begin with any other name and a colon.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
];

/// Schemes of the header `Authorization`.
const SCHEMES: &[&str] = &["bearer", "basic", "dpop"];

/// What stands behind such a scheme in a sentence.
const ABOUT_SCHEMES: &[&str] =
    &["token", "tokens", "auth", "authentication", "authorization", "scheme", "realm", "is", "plan"];

/// From so many characters on a word behind a scheme is none of a sentence.
const MIN_LONG: usize = 20;

/// Whether a header of this name carries a credential.
pub fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|header| name.trim().eq_ignore_ascii_case(header))
}

/// Where credentials stand in a text; from the first to the last, and none within another.
pub fn credentials_in_text(text: &str) -> Vec<Range<usize>> {
    if !text.contains(['=', ':', ' ', '"']) {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, separator) in text.match_indices(['=', ':', ' ']) {
        // Within one that was found; each character is looked at but a few times.
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let range = match separator {
            "=" => behind_equals(text, at),
            ":" => {
                behind_header(text, at).or_else(|| behind_quotes(text, at)).or_else(|| before_host(text, at))
            }
            _ => behind_scheme(text, at),
        };
        found.extend(range.filter(|range| !range.is_empty()));
    }
    found
}

/// `client_secret=…`, as in forms and settings.
fn behind_equals(text: &str, at: usize) -> Option<Range<usize>> {
    // `user[password]=…`
    let name_end = text[..at].trim_end_matches(['[', ']']).len();
    let name = name_before(text, name_end);
    let is_code = name == "code" && text[..at - name.len()].ends_with(['?', '&']);
    if !is_code && !names_credential(name) {
        return None;
    }
    // Quotes around a value are no part of it, and blanks in them are.
    let quote = text[at + 1..].chars().next().filter(|first| matches!(first, '"' | '\''));
    let start = at + 1 + usize::from(quote.is_some());
    let ends = |character: char| match quote {
        Some(quote) => character == quote,
        None => character.is_whitespace() || "&;,\"'<>()[]{}#".contains(character),
    };
    let end = text[start..].find(ends).map_or(text.len(), |length| start + length);
    // `Authorization=Bearer …`
    let end = match text[end..].strip_prefix(' ') {
        Some(rest) if is_scheme(&text[start..end]) => end + 1 + rest.find(ends).unwrap_or(rest.len()),
        _ => end,
    };
    // Not a comparison.
    (!text[start..end].starts_with('=')).then_some(start..end)
}

/// `Authorization: …`, up to the end of the line.
fn behind_header(text: &str, at: usize) -> Option<Range<usize>> {
    if !is_header(name_before(text, at)) {
        return None;
    }
    let line = text[at + 1..].lines().next().unwrap_or_default();
    let value = line.trim_start();
    let start = at + 1 + line.len() - value.len();
    Some(start..start + value.trim_end().len())
}

/// `"token": "…"`, of JSON that is not whole or stands in a sentence, however often its quotes are
/// escaped.
fn behind_quotes(text: &str, at: usize) -> Option<Range<usize>> {
    let is_quote = |character: char| matches!(character, '"' | '\'' | '\\');
    let name = text[..at].trim_end();
    let unquoted = name.trim_end_matches(is_quote);
    let behind = text[at + 1..].trim_start();
    let value = behind.trim_start_matches(is_quote);
    let start = text.len() - value.len();
    // One of both is in quotes, or it is a sentence.
    let is_quoted = unquoted.len() < name.len() || value.len() < behind.len();
    let is_named = is_quoted && names_credential(name_before(text, unquoted.len()));
    if !is_named {
        return None;
    }
    let end = if value.len() < behind.len() {
        let quote = behind.chars().find(|character| *character != '\\').unwrap_or('"');
        closing(value, quote)
    } else if value.starts_with(['{', '[']) {
        // Where it ends cannot be told.
        value.len()
    } else {
        value.find(|character: char| ",}] \n".contains(character)).unwrap_or(value.len())
    };
    let only_tells = matches!(&value[..end], "null" | "true" | "false") && value.len() == behind.len();
    (!only_tells).then_some(start..start + end)
}

/// Where the quote stands that closes a value, or the backslashes before it.
fn closing(value: &str, quote: char) -> usize {
    let before = |end: usize| value[..end].trim_end_matches('\\').len();
    let closes = |end: usize| {
        let rest = value[end + quote.len_utf8()..].trim_start();
        rest.is_empty() || rest.starts_with([',', '}', ']', '\\', '"', '\''])
    };
    let found = value.match_indices(quote).map(|(end, _)| end).find(|end| closes(*end));
    found.map_or(value.len(), before)
}

/// `https://user:…@host`
fn before_host(text: &str, at: usize) -> Option<Range<usize>> {
    let authority = text[at + 1..].strip_prefix("//")?;
    let start = at + 3;
    let end = authority
        .find(|character: char| character.is_whitespace() || "/?#\"'<>\\".contains(character))
        .unwrap_or(authority.len());
    let (user, _) = authority[..end].rsplit_once('@')?;
    let (name, _) = user.split_once(':')?;
    Some(start + name.len() + 1..start + user.len())
}

/// `Bearer …`: alone, or as no word of a sentence looks.
fn behind_scheme(text: &str, at: usize) -> Option<Range<usize>> {
    let scheme = name_before(text, at);
    if !is_scheme(scheme) {
        return None;
    }
    let rest = &text[at + 1..];
    let value = rest.trim_start();
    let start = at + 1 + rest.len() - value.len();
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-._~+/=|%".contains(character);
    let value = &value[..value.find(|character: char| !is_part(character)).unwrap_or(value.len())];
    let value = value.trim_end_matches('.');
    let alone = text.trim().len() == start + value.len() - (at - scheme.len());
    let is_word = ABOUT_SCHEMES.iter().any(|word| value.eq_ignore_ascii_case(word));
    let is_odd = value.len() >= MIN_LONG || value.contains(|character: char| character.is_ascii_digit());
    (!is_word && (alone || is_odd)).then_some(start..start + value.len())
}

fn is_scheme(word: &str) -> bool {
    SCHEMES.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The name that ends here.
fn name_before(text: &str, at: usize) -> &str {
    let is_part = |character: char| {
        character.is_alphanumeric() || matches!(character, '_' | '-' | '.') || is_hidden(character)
    };
    let before = &text[..at];
    let start = before.rfind(|character: char| !is_part(character));
    start.map_or(before, |start| &before[start + before[start..].chars().next().map_or(0, char::len_utf8)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut masked = text.to_owned();
        for range in credentials_in_text(text).into_iter().rev() {
            masked.replace_range(range, "…");
        }
        masked
    }

    #[test]
    fn a_credential_is_found_in_its_text() {
        for (text, expected) in [
            ("Bearer hidden", "Bearer …"),
            (" bearer  hidden ", " bearer  … "),
            ("Basic aGlkZGVuOmhpZGRlbg==", "Basic …"),
            ("got Bearer hidden1 instead", "got Bearer … instead"),
            ("Authorization: Bearer hidden", "Authorization: …"),
            ("GET /\nCookie: a=hidden; b=hidden\nAccept: all", "GET /\nCookie: …\nAccept: all"),
            ("client_id=shown&client_secret=hidden&a=b", "client_id=shown&client_secret=…&a=b"),
            ("PASSWORD=\"hid den\" ok", "PASSWORD=\"…\" ok"),
            ("https://user:hidden@example.com/a", "https://user:…@example.com/a"),
            ("postgres://user:hid@den@example.com", "postgres://user:…@example.com"),
            (r#"{"token": "hidden", "a": "b"#, r#"{"token": "…", "a": "b"#),
            (r#"{"token":"hid"den"#, r#"{"token":"…"#),
            (r#"bad {\"token\":\"hidden\",\"a\":1}"#, r#"bad {\"token\":\"…\",\"a\":1}"#),
            (r#"{"otp":123456,"a""#, r#"{"otp":…,"a""#),
            (r#"{"tokens":["hidden","hidden"#, r#"{"tokens":…"#),
            ("{'token':'hidden'}", "{'token':'…'}"),
            ("to\u{200b}ken=hidden", "to\u{200b}ken=…"),
            ("{token: 'hidden'}", "{token: '…'}"),
            ("Authorization=Bearer hidden&a", "Authorization=…&a"),
            ("user[password]=hidden", "user[password]=…"),
            ("/callback?state=1&code=hidden", "/callback?state=1&code=…"),
        ] {
            assert_eq!(masked(text), expected);
        }
        for text in [
            "A Bearer token is missing",
            "Bearer token",
            "Use Bearer authentication.",
            "Basic plan",
            "password: must be longer",
            "The token is wrong: try again",
            "https://example.com:8080/a?b=c",
            "https://example.com/@user:name",
            "client_secret=",
            "token_type=Bearer&expires_in=300",
            r#"{"token":null,"password":true"#,
            "user:pass@",
            "a = b == c: d",
            "",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest::proptest! {
        /// Whatever the text: ranges are in order, apart, and of whole characters.
        #[test]
        fn any_text_is_gone_through(text in "[ =:\"'\\\\@/{}ä&a]{0,12}(Bearer |token=|\"otp\":|://)?[ =:\"'\\\\@/{}ä&a1]{0,12}") {
            let mut end = 0;
            for range in credentials_in_text(&text) {
                proptest::prop_assert!(range.start >= end && text.get(range.clone()).is_some());
                end = range.end;
            }
        }
    }
}
