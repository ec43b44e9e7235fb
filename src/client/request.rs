//! From arguments to a request: what goes into path, query, headers and body.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

use super::error::{Error, Problem};
use crate::operation::{Auth, Destination, Operation, Rule};
use crate::schema::{Field, Presence, Setting};

/// The arguments of a call, by name.
pub type Arguments = Map<String, Value>;

/// Longest argument in a path, in bytes.
const LONGEST_SEGMENT: usize = 255;

/// A request that is ready to be sent, as often as it takes.
pub(crate) struct Prepared {
    pub url: Url,
    pub body: Option<Vec<u8>>,
    /// In place of the API key.
    pub bearer: Option<SecretString>,
    /// Further headers of the operation.
    pub headers: Vec<(&'static str, String)>,
    /// Joins the answer under this name: a value that was made here.
    pub made: Option<(&'static str, String)>,
}

/// What arguments fall back to.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// `WORKOS_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `WORKOS_REDIRECT_URI`.
    pub redirect_uri: Option<String>,
}

impl Defaults {
    fn get(&self, setting: Setting) -> Option<&str> {
        match setting {
            Setting::ClientId => self.client_id.as_deref(),
            Setting::RedirectUri => self.redirect_uri.as_deref(),
        }
    }
}

/// What is wrong with arguments beyond the shape of each: rules of the operation,
/// missing settings, and values that do not belong into a path.
pub(crate) fn problems(operation: &Operation, arguments: &Arguments, defaults: &Defaults) -> Vec<Problem> {
    let mut problems = Vec::new();
    for field in operation.fields {
        let value = arguments.get(field.name);
        if value.is_none_or(Value::is_null)
            && let Some(setting) = field.default
            && defaults.get(setting).is_none()
        {
            let variable = match setting {
                Setting::ClientId => "WORKOS_CLIENT_ID",
                Setting::RedirectUri => "WORKOS_REDIRECT_URI",
            };
            problems.push(Problem(format!(
                "`{}` is needed: pass it, or set {variable} in the environment of this server",
                field.name
            )));
        }
        let value = match value {
            Some(Value::Null) | None => {
                field.default.and_then(|setting| defaults.get(setting)).map(Cow::Borrowed)
            }
            Some(Value::String(text)) => Some(Cow::Borrowed(text.as_str())),
            Some(other) => Some(Cow::Owned(other.to_string())),
        };
        match (operation.destination(field), value.as_deref()) {
            (Destination::Path, None) if field.default.is_none() => {
                problems.push(Problem(format!("`{}` is required", field.name)));
            }
            (Destination::Path, Some(value)) => {
                if let Some(fault) = segment_fault(value) {
                    problems
                        .push(Problem(format!("`{}` cannot be part of a URL path: it {fault}", field.name)));
                }
            }
            (Destination::Header(_) | Destination::Bearer, Some(value))
                if value.chars().any(char::is_control) =>
            {
                problems.push(Problem(format!(
                    "`{}` cannot be sent in a header: it contains control characters",
                    field.name
                )));
            }
            _ => {}
        }
    }
    problems.extend(operation.rules.iter().filter_map(|rule| broken(rule, arguments)).map(Problem));
    problems
}

/// Why a value must not become a path segment, if it must not.
fn segment_fault(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        return Some("is empty");
    }
    if value.len() > LONGEST_SEGMENT {
        return Some("is longer than 255 bytes");
    }
    if value.chars().any(char::is_control) {
        return Some("contains control characters");
    }
    // A proxy or router on the way may decode once more than it should.
    let mut text = value.to_owned();
    for _ in 0..3 {
        if text.chars().any(char::is_control) {
            return Some("contains encoded control characters");
        }
        if text.split(['/', '\\']).any(|part| part == "." || part == "..") {
            return Some("is or contains `.` or `..` as a path step");
        }
        let decoded = percent_decoded(&text);
        if decoded == text {
            return None;
        }
        text = decoded;
    }
    Some("is percent-encoded several times over")
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes
            .get(at + 1..at + 3)
            .filter(|pair| bytes[at] == b'%' && pair.iter().all(u8::is_ascii_hexdigit))
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        decoded.push(pair.unwrap_or(bytes[at]));
        at += if pair.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The sentence that says how a rule is broken, if it is.
fn broken(rule: &Rule, arguments: &Arguments) -> Option<String> {
    let given = |name: &&str| arguments.get(*name).is_some_and(|value| !value.is_null());
    let listed = |sets: &[&[&str]]| {
        sets.iter()
            .map(|set| set.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" with "))
            .collect::<Vec<_>>()
            .join(", or ")
    };
    let named = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match *rule {
        Rule::OneOf(sets) | Rule::AtMostOneOf(sets) => {
            let exactly = matches!(rule, Rule::OneOf(_));
            let touched: Vec<&&[&str]> = sets.iter().filter(|set| set.iter().any(given)).collect();
            match touched[..] {
                [] if !exactly => None,
                [only] if only.iter().all(given) => None,
                [] => Some(format!("exactly one is needed of {}; none is given", listed(sets))),
                [only] => {
                    let missing: Vec<&str> = only.iter().copied().filter(|name| !given(name)).collect();
                    Some(format!("{} go together; {} is missing", named(only), named(&missing)))
                }
                _ => {
                    let touching: Vec<&str> = touched
                        .iter()
                        .flat_map(|set| set.iter().copied())
                        .filter(|name| given(name))
                        .collect();
                    let count = if exactly { "exactly one is needed" } else { "at most one is allowed" };
                    Some(format!("{count} of {}; given are {}", listed(sets), named(&touching)))
                }
            }
        }
        Rule::AnyOf(sets) => {
            let met = sets.iter().any(|set| set.iter().all(given));
            (!met).then(|| format!("at least one is needed of {}", listed(sets)))
        }
        Rule::Needs(name, needs) => {
            let missing: Vec<&str> = needs.iter().copied().filter(|name| !given(name)).collect();
            (given(&name) && !missing.is_empty()).then(|| format!("`{name}` needs {} too", named(&missing)))
        }
        Rule::When { field, value, needs } => {
            let missing: Vec<&str> = needs.iter().copied().filter(|name| !given(name)).collect();
            let applies = arguments.get(field).and_then(Value::as_str) == Some(value);
            (applies && !missing.is_empty())
                .then(|| format!("`{field}` \"{value}\" needs {} too", named(&missing)))
        }
        Rule::Sends { .. } => None,
    }
}

/// Builds the request. `key` is only needed where it goes into the body.
pub(crate) fn prepare(
    operation: &Operation,
    arguments: &Arguments,
    base: &Url,
    defaults: &Defaults,
    key: Option<&SecretString>,
) -> Result<Prepared, Error> {
    let problems = problems(operation, arguments, defaults);
    if !problems.is_empty() {
        return Err(Error::Arguments(problems));
    }

    let mut prepared =
        Prepared { url: base.clone(), body: None, bearer: None, headers: Vec::new(), made: None };
    let fixed = operation.path.split_once('?').map_or("", |(_, query)| query);
    let mut query = fixed.to_owned();
    for field in operation.fields {
        let destination = operation.destination(field);
        let value = match arguments.get(field.name) {
            Some(Value::Null) | None => {
                field.default.and_then(|setting| defaults.get(setting)).map(Value::from)
            }
            Some(value) => {
                match destination {
                    Destination::Query => append(&mut query, field.wire, value),
                    // Models fill blanks with nothing; an empty header would be worse than none.
                    Destination::Header(name) if value.as_str() != Some("") => {
                        prepared.headers.push((name, text(value)));
                    }
                    Destination::Bearer => prepared.bearer = Some(SecretString::from(text(value))),
                    Destination::Pkce if *value == Value::Bool(true) => {
                        let (verifier, challenge) = pkce();
                        append(&mut query, "code_challenge", &Value::from(challenge));
                        append(&mut query, "code_challenge_method", &Value::from("S256"));
                        prepared.made = Some(("code_verifier", verifier));
                    }
                    Destination::Path | Destination::Body | Destination::Pkce | Destination::Header(_) => {}
                }
                continue;
            }
        };
        if let Some(value) = value
            && destination == Destination::Query
        {
            append(&mut query, field.wire, &value);
        }
    }
    if let Some(field) = operation.field("idempotency_key") {
        let key = if let Some((_, key)) = prepared.headers.first() {
            key.clone()
        } else {
            let key = uuid::Uuid::new_v4().to_string();
            if let Destination::Header(name) = operation.destination(field) {
                prepared.headers.push((name, key.clone()));
            }
            key
        };
        prepared.made = Some(("idempotency_key", key));
    }
    if operation.has_body() {
        let body = Body { operation, arguments, defaults, key };
        prepared.body = Some(serde_json::to_vec(&body).map_err(|error| {
            Error::Arguments(vec![Problem(format!("the arguments do not make a JSON body: {error}"))])
        })?);
    }
    prepared.url = address(operation, arguments, base, defaults, &query)?;
    Ok(prepared)
}

/// The URL, checked: same origin, same prefix, each argument one segment.
fn address(
    operation: &Operation,
    arguments: &Arguments,
    base: &Url,
    defaults: &Defaults,
    query: &str,
) -> Result<Url, Error> {
    let origin = base.as_str().trim_end_matches('/');
    let mut address = String::with_capacity(origin.len() + operation.path.len() + query.len() + 64);
    address.push_str(origin);
    let start = address.len();
    for part in operation.route().split('/').skip(1) {
        address.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                let default = operation.field(name).and_then(|field| field.default);
                match arguments.get(name) {
                    Some(Value::Null) | None => {
                        encode(
                            &mut address,
                            default.and_then(|setting| defaults.get(setting)).unwrap_or_default(),
                        );
                    }
                    Some(value) => encode(&mut address, &text(value)),
                }
            }
            None => address.push_str(part),
        }
    }
    let path = address.len();
    if !query.is_empty() {
        address.push('?');
        address.push_str(query);
    }
    let prefix = base.path().trim_end_matches('/');
    let below = &address[start..path];
    let url = Url::parse(&address).ok().filter(|url| {
        url.origin() == base.origin()
            && url.path().strip_prefix(prefix) == Some(below)
            && !below.contains("//")
    });
    url.ok_or_else(|| {
        Error::Arguments(vec![Problem(format!(
            "an argument in the path of `{}` would lead the request elsewhere",
            operation.name
        ))])
    })
}

/// Appends `name=value`, or `name=a,b` for a list, or `name[key]=value` for a map.
fn append(query: &mut String, name: &str, value: &Value) {
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

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn encode(into: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A PKCE verifier of 43 characters with its S256 challenge.
fn pkce() -> (String, String) {
    let random = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
    let verifier = URL_SAFE_NO_PAD.encode(Sha256::digest(random));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    (verifier, challenge)
}

/// The JSON body, written straight from the arguments.
struct Body<'a> {
    operation: &'a Operation,
    arguments: &'a Arguments,
    defaults: &'a Defaults,
    key: Option<&'a SecretString>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        for rule in self.operation.rules {
            if let Rule::Sends { field, value } = rule {
                body.serialize_entry(field, value)?;
            }
        }
        let in_body = |field: &&Field| self.operation.destination(field) == Destination::Body;
        for field in self.operation.fields.iter().filter(in_body) {
            match self.arguments.get(field.name) {
                // Null clears what may be cleared, and is nothing elsewhere.
                Some(Value::Null) if field.presence == Presence::Clearable => {
                    body.serialize_entry(field.wire, &Value::Null)?;
                }
                Some(Value::Null) | None => {
                    if let Some(value) = field.default.and_then(|setting| self.defaults.get(setting)) {
                        body.serialize_entry(field.wire, value)?;
                    }
                }
                Some(value) => body.serialize_entry(field.wire, value)?,
            }
        }
        if self.operation.auth == Auth::ClientSecret
            && let Some(key) = self.key
        {
            body.serialize_entry("client_secret", key.expose_secret())?;
        }
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fuzzing::generate;

    #[test]
    fn values_that_could_retarget_a_request_are_refused() {
        for value in [
            "",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            ".%2e",
            "%252e%252e",
            "a/../b",
            "..\\a",
            "a%2f..%2fb",
            "a\nb",
            "a%00b",
            "a%0d%0ab",
            "\u{7f}",
            &"x".repeat(256),
        ] {
            assert!(segment_fault(value).is_some(), "{value:?}");
        }
        for value in [
            "org_01EXAMPLE",
            "users:read",
            "a/b",
            "50%",
            "a b",
            "日本",
            "...",
            "a..b",
            "?x#y",
            &"x".repeat(255),
        ] {
            assert_eq!(segment_fault(value), None, "{value:?}");
        }
    }

    #[test]
    fn a_value_becomes_exactly_one_segment() {
        for value in ["a/b", "?x#y", "50%", "a b", "日本", "a;b=c", "a%2Fb", "@:!$&'()*+,"] {
            let mut path = String::new();
            encode(&mut path, value);
            assert!(!path.contains(['/', '?', '#', ' ']), "{path}");
            assert_eq!(percent_decoded(&path), value);
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

    #[test]
    fn a_pkce_challenge_is_the_hash_of_its_verifier() {
        let (verifier, challenge) = pkce();
        assert_eq!(verifier.len(), 43);
        assert_eq!(challenge, URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())));
        assert_ne!(pkce().0, verifier);
    }

    /// A GET with two arguments in its path.
    fn group(arguments: &Value) -> Result<Url, Error> {
        let operation = crate::api::operations().find(|operation| operation.name == "get_organization_group");
        let (Some(operation), Value::Object(arguments)) = (operation, arguments) else {
            panic!("no such operation")
        };
        let base = Url::parse("https://api.example.com/prefix/").expect("a URL");
        prepare(operation, arguments, &base, &Defaults::default(), None).map(|prepared| prepared.url)
    }

    proptest! {
        /// Whatever the arguments are, the request goes where the template says, or nowhere.
        #[test]
        fn a_path_keeps_its_shape(organization in "\\PC{0,40}|[./%\\\\a-f0-9]{0,12}", group_id in "[ -~]{0,40}|.{0,8}") {
            let arguments = serde_json::json!({"organization_id": organization, "group_id": group_id});
            if let Ok(url) = group(&arguments) {
                prop_assert_eq!(url.origin(), Url::parse("https://api.example.com").expect("a URL").origin());
                prop_assert!(url.query().is_none() && url.fragment().is_none());
                let segments: Vec<&str> = url.path().split('/').collect();
                prop_assert_eq!(segments.len(), 6);
                prop_assert_eq!(&[segments[1], segments[2], segments[4]], &["prefix", "organizations", "groups"]);
                prop_assert_eq!(percent_decoded(segments[3]), organization);
                prop_assert_eq!(percent_decoded(segments[5]), group_id);
            }
        }

        /// Of any operation: the request has the template's segments, each argument in its own,
        /// the query says what the arguments say, and no header holds a control character.
        #[test]
        fn every_request_is_what_its_arguments_say(
            (operation, arguments) in generate::operation()
                .prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
        ) {
            crate::fuzzing::check_request(operation, &arguments);
        }

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
            let decoded: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let mut wanted = vec![(name, value), ("list".to_owned(), list.join(","))];
            wanted.extend(map.into_iter().map(|(key, value)| (format!("map[{key}]"), value)));
            prop_assert_eq!(decoded, wanted);
            // The commas of a list stay what separates, those of its items do not.
            let items = query.split('&').find_map(|pair| pair.strip_prefix("list=")).expect("the list");
            let items: Vec<String> = items.split(',').map(percent_decoded).collect();
            prop_assert_eq!(items, list);
        }

        #[test]
        fn encoding_is_undone_by_decoding_once(text in generate::hostile_text()) {
            let mut encoded = String::new();
            encode(&mut encoded, &text);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
            prop_assert_eq!(percent_decoded(&encoded), text);
        }
    }

    /// Enough of the generated arguments make a request for the property above to mean something.
    #[test]
    fn most_operations_are_reached() {
        use proptest::strategy::ValueTree;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for operation in crate::api::operations() {
            let strategy = generate::arguments(operation);
            let made = (0..60).any(|_| {
                let arguments = strategy.new_tree(&mut runner).expect("arguments").current();
                crate::fuzzing::check_request(operation, &arguments)
            });
            assert!(made, "no request of {}", operation.name);
        }
    }
}
