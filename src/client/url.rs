//! The URL of a request: path and query from arguments, and the check that it leads nowhere
//! else than the operation says.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::{Position, Url};

use super::check::CheckedCall;
use super::settings::Defaults;
use super::violation::Violation;

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URL, checked: same origin and prefix as the base, each argument one segment.
///
/// The arguments were checked before. This looks at what came out, in case that check
/// overlooked something.
pub(super) fn request_url(
    call: &CheckedCall,
    base: &Url,
    defaults: &Defaults,
    query: &str,
) -> Result<Url, Violation> {
    let operation = call.operation();
    let origin = base.as_str().trim_end_matches('/');
    let mut address = String::with_capacity(origin.len() + operation.path.len() + query.len() + 64);
    address.push_str(origin);
    let start = address.len();
    for part in operation.route().split('/').skip(1) {
        address.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                let field = operation.field_at_workos(name);
                match field.and_then(|field| call.arguments().get(field.name)) {
                    Some(Value::Null) | None => {
                        let default = field.and_then(|field| field.default);
                        let default = default.and_then(|setting| defaults.get(setting));
                        encode(&mut address, default.unwrap_or_default());
                    }
                    Some(value) => encode(&mut address, &text(value)),
                }
            }
            None => address.push_str(part),
        }
    }
    let end = address.len();
    if !query.is_empty() {
        address.push('?');
        address.push_str(query);
    }
    let prefix = base.path().trim_end_matches('/');
    let below = &address[start..end];
    let url = Url::parse(&address).ok().filter(|url| {
        url[..Position::BeforePath] == base[..Position::BeforePath]
            && url.path().strip_prefix(prefix) == Some(below)
            && !below.contains("//")
            && !below.ends_with('/')
    });
    url.ok_or_else(|| {
        Violation::new(format!(
            "an argument in the path of `{}` would lead the request elsewhere",
            operation.name
        ))
    })
}

/// Appends `name=value`, or `name=a,b` for a list, or `name[key]=value` for a map.
pub(super) fn append(query: &mut String, name: &str, value: &Value) {
    let start = |query: &mut String, name: &str| {
        if !query.is_empty() {
            query.push('&');
        }
        encode(query, name);
    };
    match value {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => {
            start(query, name);
            for (index, item) in items.iter().enumerate() {
                query.push(if index == 0 { '=' } else { ',' });
                encode(query, &text(item));
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                start(query, &format!("{name}[{key}]"));
                query.push('=');
                encode(query, &text(value));
            }
        }
        _ => {
            start(query, name);
            query.push('=');
            encode(query, &text(value));
        }
    }
}

/// A value as it stands in a path, a query or a header.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn encode(into: &mut String, text: &str) {
    into.extend(utf8_percent_encode(text, RESERVED));
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    fn decoded(text: &str) -> String {
        percent_decode_str(text).decode_utf8_lossy().into_owned()
    }

    #[test]
    fn a_value_becomes_exactly_one_segment() {
        for value in ["a/b", "?x#y", "50%", "a b", "日本", "a;b=c", "a%2Fb", "@:!$&'()*+,"] {
            let mut path = String::new();
            encode(&mut path, value);
            assert!(!path.contains(['/', '?', '#', ' ']), "{path}");
            assert_eq!(decoded(&path), value);
        }
    }

    #[test]
    fn lists_and_maps_in_a_query() {
        let mut query = String::new();
        append(&mut query, "events", &serde_json::json!(["a.b", "c,d"]));
        append(&mut query, "provider_query_params", &serde_json::json!({"hd": "example.com"}));
        append(&mut query, "none", &serde_json::json!([]));
        assert_eq!(query, "events=a.b,c%2Cd&provider_query_params%5Bhd%5D=example.com");
    }

    #[cfg(feature = "server")]
    mod properties {
        use proptest::prelude::*;

        use super::super::*;
        use super::decoded;
        use crate::testing::generate;

        proptest! {
            #[test]
            fn a_query_decodes_to_what_went_in(
                name in "[a-z_]{1,12}",
                value in generate::hostile_text(),
                list in proptest::collection::vec("[^,]{0,8}", 1..5),
                map in proptest::collection::vec((generate::hostile_text(), generate::hostile_text()), 0..4),
            ) {
                let mut query = String::new();
                append(&mut query, &name, &Value::from(value.clone()));
                append(&mut query, "list", &Value::from(list.clone()));
                let map: std::collections::BTreeMap<_, _> = map.into_iter().collect();
                append(&mut query, "map", &serde_json::json!(map));
                let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
                let mut wanted = vec![(name, value), ("list".to_owned(), list.join(","))];
                wanted.extend(map.into_iter().map(|(key, value)| (format!("map[{key}]"), value)));
                prop_assert_eq!(pairs, wanted);
                // The commas of a list stay what separates, those of its items do not.
                let items = query.split('&').find_map(|pair| pair.strip_prefix("list=")).expect("the list");
                let items: Vec<String> = items.split(',').map(decoded).collect();
                prop_assert_eq!(items, list);
            }

            #[test]
            fn encoding_is_undone_by_decoding_once(text in generate::hostile_text()) {
                let mut encoded = String::new();
                encode(&mut encoded, &text);
                prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
                prop_assert_eq!(decoded(&encoded), text);
            }
        }
    }
}
