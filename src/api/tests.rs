//! What holds for every operation, whichever it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::authentication::{Jwk, UserResult, UserSession};
use super::{TOOLSETS, ids, operations};
use crate::client::{Arguments, Defaults, prepare};
use crate::operation::{Method, Operation};
use crate::schema::{Field, Presence, Schema};

/// The fixture of an operation; CONTRIBUTING.md describes the format.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    example_queries: Vec<String>,
    arguments: Arguments,
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    body: Option<Value>,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    response: Value,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn fixtures() -> impl Iterator<Item = (&'static Operation, Fixture)> {
    TOOLSETS.iter().flat_map(|toolset| {
        toolset.operations.iter().map(|operation| {
            let path = root().join("fixtures").join(toolset.name).join(format!("{}.json", operation.name));
            let text =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let fixture =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (*operation, fixture)
        })
    })
}

/// Whoever adds an operation says how people ask for it.
#[test]
fn every_operation_can_be_asked_for() {
    for (operation, fixture) in fixtures() {
        let name = operation.name;
        let queries = fixture.example_queries;
        assert!(queries.len() >= 3, "{name}: `example_queries` in its fixture hold what people would type");
        assert!(queries.iter().all(|query| (3..=80).contains(&query.len())), "{name}: {queries:?}");
    }
}

/// The whole API, method and path: one missing, one extra or one twice fails.
#[test]
fn the_inventory_is_complete() {
    let normal = |path: &str| {
        let segment = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
        path.split('/').map(segment).collect::<Vec<_>>().join("/")
    };
    let listed = std::fs::read_to_string(root().join("fixtures/operations.txt")).expect("the list");
    let mut expected = BTreeSet::new();
    for line in listed.lines().filter(|line| !line.starts_with('#')) {
        let [toolset, name, verb, path] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(expected.insert(format!("{toolset} {name} {verb} {}", normal(path))), "twice: {line}");
    }
    let mut found = BTreeSet::new();
    for toolset in TOOLSETS {
        for operation in toolset.operations {
            let line = format!(
                "{} {} {} {}",
                toolset.name,
                operation.name,
                if operation.method == Method::LINK { "GET" } else { operation.method.as_str() },
                normal(operation.route())
            );
            assert!(found.insert(line.clone()), "twice: {line}");
        }
    }
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing: {missing:#?}\nextra: {extra:#?}");
}

#[test]
fn names_and_descriptions_are_legal() {
    let mut names = BTreeSet::new();
    for operation in operations() {
        let name = operation.name;
        assert!(names.insert(name), "twice: {name}");
        assert!(name.len() <= 50, "{name} is too long");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        let first = operation.description.split_inclusive(". ").next().unwrap_or_default();
        assert!(
            operation.description.ends_with('.') && first.len() <= 160,
            "{name}: {}",
            operation.description
        );
        assert!(
            operation.description.len() <= 600 && !operation.description.contains('\n'),
            "{name}: too much text"
        );
        walk(operation.fields, name, &mut |field, path| {
            assert!(
                field.description.is_empty() || field.description.ends_with('.'),
                "{path} should end with a full stop"
            );
        });
        for field in operation.fields {
            let explained =
                SAID_BY_THEIR_NAMES.contains(&field.name) || ids::kinds_of(field).next().is_some();
            assert!(
                explained || !field.description.is_empty(),
                "{name}: `{}` needs a description",
                field.name
            );
        }
    }
}

/// Arguments of which a description would only repeat the name, and those of paging, which the
/// instructions explain once for all lists.
const SAID_BY_THEIR_NAMES: &[&str] = &[
    "actions",
    "actor",
    "actor_ids",
    "actor_names",
    "after",
    "before",
    "data_integration_slug",
    "device_code",
    "device_id",
    "domain",
    "email",
    "email_completion_token",
    "event",
    "external_id",
    "feature_flag_slug",
    "first_name",
    "last_name",
    "limit",
    "name",
    "order",
    "password",
    "permission_slug",
    "provider",
    "provider_scopes",
    "refresh_token",
    "role_slug",
    "statuses",
    "stripe_customer_id",
    "user_agent",
];

/// Visits the arguments, and the fields of objects in them.
fn walk(fields: &[Field], path: &str, visit: &mut dyn FnMut(&Field, &str)) {
    for field in fields {
        let path = format!("{path}.{}", field.name);
        visit(field, &path);
        if let Schema::Map(inner) = field.schema {
            walk(inner.fields(), &path, visit);
        }
        walk(field.schema.fields(), &path, visit);
    }
}

#[test]
fn every_fixture_belongs_to_an_operation() {
    let known: BTreeSet<PathBuf> = TOOLSETS
        .iter()
        .flat_map(|toolset| {
            toolset
                .operations
                .iter()
                .map(|operation| Path::new(toolset.name).join(format!("{}.json", operation.name)))
        })
        .collect();
    for toolset in std::fs::read_dir(root().join("fixtures")).expect("fixtures") {
        let toolset = toolset.expect("an entry").path();
        if toolset.is_dir() {
            for file in std::fs::read_dir(&toolset).expect("a folder") {
                let path = file.expect("an entry").path();
                let relative = path.strip_prefix(root().join("fixtures")).expect("below fixtures");
                assert!(known.contains(relative), "{} belongs to no operation", relative.display());
            }
        }
    }
}

/// What `clear` names is null in the request: the tools' way to say so, which the client does not know.
fn with_null(mut arguments: Map<String, Value>) -> Map<String, Value> {
    let Some(Value::Array(names)) = arguments.shift_remove("clear") else { return arguments };
    for name in names.iter().filter_map(Value::as_str) {
        let (path, last) = name.rsplit_once('.').map_or((None, name), |(path, last)| (Some(path), last));
        let mut object = &mut arguments;
        for step in path.into_iter().flat_map(|path| path.split('.')) {
            let value = object.entry(step).or_insert_with(|| Map::new().into());
            object = value.as_object_mut().unwrap_or_else(|| panic!("{name}"));
        }
        object.insert(last.to_owned(), Value::Null);
    }
    arguments
}

/// Arguments become the request of the fixture.
#[test]
fn every_request_is_as_its_fixture_says() {
    let base = Url::parse("http://127.0.0.1").expect("a URL");
    let key = SecretString::from("sk_test_example_fixture");
    let defaults = Defaults {
        client_id: Some("client_example".to_owned()),
        redirect_uri: Some("https://example.com/callback".to_owned()),
    };
    for (operation, fixture) in fixtures() {
        let name = operation.name;
        let arguments = with_null(fixture.arguments);
        let prepared = prepare(operation, &arguments, &base, &defaults, Some(&key))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let target = prepared.url.as_str().trim_start_matches("http://127.0.0.1");
        let (expected, found) = (fixture.request, format!("{} {target}", operation.method.as_str()));
        // A PKCE challenge is new each time.
        let found = match found.split_once("&code_challenge=") {
            Some((start, _)) => format!("{start}&code_challenge={{}}&code_challenge_method=S256"),
            None => found,
        };
        assert_eq!(found, expected, "{name}");
        let body = prepared.body.map(|body| serde_json::from_slice::<Value>(&body).expect("JSON"));
        assert_eq!(body, fixture.body, "{name}");
        for (header, value) in &fixture.headers {
            let found = prepared.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(header));
            if !header.eq_ignore_ascii_case("authorization") {
                assert_eq!(found.map(|(_, value)| value), value.as_ref(), "{name}: {header}");
            }
        }
        if operation.method != Method::LINK {
            assert!((200..300).contains(&fixture.status), "{name}: status {}", fixture.status);
        }
    }
}

/// A response survives its types: read and written again, nothing is lost but `null`
/// fields and `object` tags.
#[test]
fn every_answer_survives_its_types() {
    for (operation, fixture) in fixtures() {
        if matches!(operation.answer, Schema::Empty) || operation.method == Method::LINK {
            continue;
        }
        let typed = (operation.round_trip)(&fixture.response.to_string())
            .unwrap_or_else(|error| panic!("{}: {error}", operation.name));
        let mut expected = fixture.response;
        prune(&operation.answer, &mut expected);
        assert_eq!(sorted(typed), sorted(expected), "{}: typed (left) and sent (right)", operation.name);
    }
}

/// What WorkOS leaves out or sends as `null` although it should not costs no answer.
#[test]
fn answers_are_read_leniently() {
    let key: Jwk = serde_json::from_str(r#"{ "kid": null, "x5c": null }"#).expect("a key");
    assert_eq!((key.kid.as_str(), key.x5c.len(), key.x5t_s256.as_str()), ("", 0, ""));
    let session: UserSession = serde_json::from_str("{}").expect("a session");
    assert_eq!((session.status.as_str(), session.ended_at), ("", None));
    let result: UserResult = serde_json::from_str(r#"{ "user": null }"#).expect("a user");
    assert_eq!(result.user.id, "");
}

/// `any_field` looks into everything that holds fields.
#[test]
fn fields_are_found_at_any_depth() {
    const SECRET: &[Field] = &[Field::new("token", "", Schema::String, Presence::Required).secret()];
    const OBJECT: Schema = Schema::Object(SECRET, &[]);
    const OUTER: &[Field] = &[Field::new("items", "", Schema::List(&OBJECT), Presence::Optional)];
    let secret = |field: &Field| field.secret;
    for schema in
        [Schema::List(&OBJECT), Schema::Map(&OBJECT), Schema::Nullable(&OBJECT), Schema::Object(OUTER, &[])]
    {
        assert!(schema.any_field(&secret), "{schema:?}");
    }
    assert!(!Schema::Object(OUTER, &[]).any_field(&|field| field.bulky));
    assert!(!Schema::AnyObject.any_field(&|_| true));
}

/// A fixture's response shows every field that the model documents.
/// What an export says of empty columns is what the documentation of the field says.
#[test]
fn what_workos_has_given_up_is_said_twice() {
    for operation in operations() {
        walk(operation.answer.fields(), operation.name, &mut |field, path| {
            let described = field.description.starts_with("Deprecated");
            assert_eq!(field.deprecated, described, "{path}");
        });
    }
}

#[test]
fn every_documented_field_is_in_a_fixture() {
    for (operation, fixture) in fixtures() {
        if matches!(operation.answer, Schema::Empty) || operation.method == Method::LINK {
            continue;
        }
        let mut missing = Vec::new();
        unseen(&operation.answer, &[&fixture.response], "", &mut missing);
        missing.retain(|path| {
            !operation.fields.iter().any(|field| field.name == path && path == "idempotency_key")
        });
        assert!(missing.is_empty(), "{}: the response lacks {missing:?}", operation.name);
    }
}

fn unseen(schema: &Schema, values: &[&Value], path: &str, missing: &mut Vec<String>) {
    match schema {
        Schema::Object(fields, _) => {
            for field in *fields {
                let found: Vec<&Value> =
                    values.iter().filter_map(|value| value.get(field.api_name)).collect();
                let path = if path.is_empty() {
                    field.api_name.to_owned()
                } else {
                    format!("{path}.{}", field.api_name)
                };
                if found.is_empty() {
                    missing.push(path);
                } else {
                    unseen(&field.schema, &found, &path, missing);
                }
            }
        }
        Schema::List(item) => {
            let items: Vec<&Value> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
            if matches!(item, Schema::Object(..)) {
                if items.is_empty() {
                    missing.push(format!("{path}[0]"));
                } else {
                    unseen(item, &items, path, missing);
                }
            }
        }
        _ => {}
    }
}

fn prune(schema: &Schema, value: &mut Value) {
    match (schema, value) {
        (Schema::Object(fields, _), Value::Object(object)) => {
            object.retain(|name, value| {
                let known = fields.iter().any(|field| field.api_name == name);
                !value.is_null() && (known || name != "object")
            });
            for field in *fields {
                if let Some(value) = object.get_mut(field.api_name) {
                    prune(&field.schema, value);
                }
            }
        }
        (Schema::List(item), Value::Array(items)) => items.iter_mut().for_each(|value| prune(item, value)),
        (Schema::Map(item), Value::Object(entries)) => {
            entries.values_mut().for_each(|value| prune(item, value));
        }
        _ => {}
    }
}

/// `object` keys in order, so that a difference is easy to see.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> =
                fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            Value::Object(fields.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        // `3600` and `3600.0` are one number.
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        other => other,
    }
}
