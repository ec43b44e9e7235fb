//! From a checked call to a request: URL, headers, body, and what is generated for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

use super::check::{Arguments, CheckedCall};
use super::error::Error;
use super::settings::Defaults;
use super::setup_error::SetupError;
use super::url::{append, request_url, text};
use super::violation::Violation;
use crate::operation::{Auth, Destination, Operation, Rule};
use crate::schema::{Field, Presence};

/// A request that is ready to be sent, as often as it takes.
pub(crate) struct PreparedRequest {
    pub url: Url,
    pub body: Option<Vec<u8>>,
    /// In place of the API key.
    pub bearer: Option<SecretString>,
    /// Further headers of the operation.
    pub headers: Vec<(&'static str, String)>,
    /// Joins the answer.
    pub(super) companion: Option<Companion>,
}

/// What belongs to a request and is told with its answer, because the caller needs it later and
/// may not have it.
pub(super) enum Companion {
    /// The PKCE verifier whose challenge is in the URL.
    CodeVerifier(String),
    /// The key under which the request counts once; generated unless the caller gave one.
    IdempotencyKey(String),
}

impl PreparedRequest {
    /// Builds the request. `key` is only needed where it goes into the body;
    /// `idempotency_key` is that of an earlier request which this one repeats.
    pub fn new(
        call: &CheckedCall,
        base: &Url,
        defaults: &Defaults,
        key: Option<&SecretString>,
        idempotency_key: Option<String>,
    ) -> Result<Self, Error> {
        let (operation, arguments) = (call.operation(), call.arguments());
        let mut query = operation.path.split_once('?').map_or("", |(_, query)| query).to_owned();
        let mut headers = Vec::new();
        let mut bearer = None;
        let mut companion = None;
        for field in operation.fields {
            let destination = operation.destination(field);
            match arguments.get(field.name) {
                Some(Value::Null) | None => {
                    let default = field.default.and_then(|setting| defaults.get(setting));
                    if let (Some(value), Destination::Query) = (default, destination) {
                        append(&mut query, field.api_name, &Value::from(value));
                    }
                }
                Some(value) => match destination {
                    Destination::Query => append(&mut query, field.api_name, value),
                    // Models fill blanks with nothing; an empty header would be worse than none.
                    Destination::Header(name) if value.as_str() != Some("") => {
                        headers.push((name, text(value).into_owned()));
                    }
                    Destination::Bearer => bearer = Some(SecretString::from(text(value).into_owned())),
                    Destination::Pkce if *value == Value::Bool(true) => {
                        let (verifier, challenge) = pkce()?;
                        append(&mut query, "code_challenge", &Value::from(challenge));
                        append(&mut query, "code_challenge_method", &Value::from("S256"));
                        companion = Some(Companion::CodeVerifier(verifier));
                    }
                    Destination::Path | Destination::Body | Destination::Pkce | Destination::Header(_) => {}
                },
            }
        }
        if let Some(Destination::Header(name)) =
            operation.field("idempotency_key").map(|field| operation.destination(field))
        {
            let given = headers.iter().find(|(header, _)| *header == name).map(|(_, key)| key.clone());
            let key = given.unwrap_or_else(|| {
                let key = idempotency_key.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
                headers.push((name, key.clone()));
                key
            });
            companion = Some(Companion::IdempotencyKey(key));
        }
        let mut body = None;
        if operation.has_body() {
            let json =
                serde_json::to_vec(&Body { operation, arguments, defaults, key }).map_err(|error| {
                    invalid(Violation::new(format!("the arguments do not make a JSON body: {error}")))
                })?;
            body = Some(json);
        }
        let url = request_url(call, base, defaults, &query).map_err(invalid)?;
        Ok(Self { url, body, bearer, headers, companion })
    }
}

/// Checks arguments and builds the request: what tests hold against the table.
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "most of those tests need the server"))]
pub(crate) fn prepare(
    operation: &'static Operation,
    arguments: &Arguments,
    base: &Url,
    defaults: &Defaults,
    key: Option<&SecretString>,
) -> Result<PreparedRequest, Error> {
    let call = CheckedCall::new(operation, arguments.clone(), defaults)?;
    PreparedRequest::new(&call, base, defaults, key, None)
}

fn invalid(violation: Violation) -> Error {
    Error::Arguments(vec![violation])
}

/// A PKCE verifier of 43 characters with its S256 challenge.
fn pkce() -> Result<(String, String), SetupError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|source| SetupError::Random { source })?;
    let verifier = URL_SAFE_NO_PAD.encode(random);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    Ok((verifier, challenge))
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
            let is_given = |name: &str| self.arguments.get(name).is_some_and(|value| !value.is_null());
            if let Rule::Sends { field, value, given } = rule
                && given.is_none_or(is_given)
            {
                body.serialize_entry(field, value)?;
            }
        }
        let in_body = |field: &&Field| self.operation.destination(field) == Destination::Body;
        for field in self.operation.fields.iter().filter(in_body) {
            match self.arguments.get(field.name) {
                // Null clears what may be cleared, and is nothing elsewhere.
                Some(Value::Null) if field.presence == Presence::Clearable => {
                    body.serialize_entry(field.api_name, &Value::Null)?;
                }
                Some(Value::Null) | None => {
                    if let Some(value) = field.default.and_then(|setting| self.defaults.get(setting)) {
                        body.serialize_entry(field.api_name, value)?;
                    }
                }
                Some(value) => body.serialize_entry(field.api_name, value)?,
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
    use super::*;

    #[test]
    fn a_pkce_challenge_is_the_hash_of_its_verifier() {
        let (verifier, challenge) = pkce().expect("random bytes");
        assert_eq!(verifier.len(), 43);
        assert_eq!(challenge, URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())));
        assert_ne!(pkce().expect("random bytes").0, verifier);
    }

    #[cfg(feature = "server")]
    mod properties {
        use percent_encoding::percent_decode_str;
        use proptest::prelude::*;

        use super::super::*;
        use crate::testing::generate;

        /// A GET with two arguments in its path.
        fn group(arguments: &Value) -> Result<Url, Error> {
            let operation =
                crate::api::operations().find(|operation| operation.name == "get_organization_group");
            let (Some(operation), Value::Object(arguments)) = (operation, arguments) else {
                panic!("no such operation")
            };
            let base = Url::parse("https://api.example.com/prefix/").expect("a URL");
            prepare(operation, arguments, &base, &Defaults::default(), None).map(|request| request.url)
        }

        fn decoded(text: &str) -> String {
            percent_decode_str(text).decode_utf8_lossy().into_owned()
        }

        proptest! {
            /// Whatever the arguments are, the request goes where the template says, or nowhere.
            #[test]
            fn a_path_keeps_its_shape(
                organization in "\\PC{0,40}|[./%\\\\a-f0-9]{0,12}",
                group_id in "[ -~]{0,40}|.{0,8}",
            ) {
                let arguments = serde_json::json!({"organization_id": organization, "group_id": group_id});
                if let Ok(url) = group(&arguments) {
                    let base = Url::parse("https://api.example.com").expect("a URL");
                    prop_assert_eq!(url.origin(), base.origin());
                    prop_assert!(url.query().is_none() && url.fragment().is_none());
                    let segments: Vec<&str> = url.path().split('/').collect();
                    prop_assert_eq!(segments.len(), 6);
                    let fixed = [segments[1], segments[2], segments[4]];
                    prop_assert_eq!(fixed, ["prefix", "organizations", "groups"]);
                    prop_assert_eq!(decoded(segments[3]), organization);
                    prop_assert_eq!(decoded(segments[5]), group_id);
                }
            }

            /// Of any operation: the request has the template's segments, each argument in its own,
            /// the query says what the arguments say, and no header holds a control character.
            #[test]
            fn every_request_is_what_its_arguments_say(
                (operation, arguments) in generate::operation()
                    .prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
            ) {
                crate::testing::check_request(operation, &arguments);
            }
        }

        /// Enough of the generated arguments make a request for the property above to mean
        /// something.
        #[test]
        fn most_operations_are_reached() {
            use proptest::strategy::ValueTree;
            for operation in crate::api::operations() {
                // The same for each, whatever operations stand before it.
                let mut runner = proptest::test_runner::TestRunner::deterministic();
                let strategy = generate::arguments(operation);
                let reached = (0..300).any(|_| {
                    let arguments = strategy.new_tree(&mut runner).expect("arguments").current();
                    crate::testing::check_request(operation, &arguments)
                });
                assert!(reached, "no request of {}", operation.name);
            }
        }
    }
}
