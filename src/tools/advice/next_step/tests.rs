//! The tables hold together, and every row speaks of what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::operation::{Effect, Operation};
use crate::schema::Field;
use crate::tools::advice::MAX_EXPLANATION;

/// Words of errors, which no schema holds.
const OF_ERRORS: &[&str] = &["authentication_factors", "email_verification_id", "organizations"];

fn operation(name: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.name == name)
}

/// What stands in backticks.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// An answer with everything that fills a gap.
fn rich() -> serde_json::Value {
    json!({
        "pending_authentication_token": "token", "connection_ids": ["conn_1", "conn_2"],
        "user": {"id": "user_1"}, "retry_after": 7,
        "auth_methods": {
            "google_oauth": true, "password": true, "magic_auth": true, "sso": true, "passkey": true, "apple_oauth": false,
        },
    })
}

fn error(code: &str, mut body: serde_json::Value) -> ApiError {
    body["code"] = code.into();
    ApiError::parse(400, body.to_string().as_bytes())
}

/// A row as it is told: with nothing in its gaps, and with all that may be there.
fn told(step: &Step) -> [String; 2] {
    [json!({}), rich()].map(|body| filled(step.advice, &error(step.codes[0], body)))
}

fn called(at: At) -> Vec<&'static Operation> {
    match at {
        At::Anywhere => Vec::new(),
        At::Taking(argument) | At::Naming(argument) => {
            operations().filter(|operation| operation.field(argument).is_some()).collect()
        }
        At::Of(names) | At::Given(_, names) => names.iter().filter_map(|name| operation(name)).collect(),
    }
}

fn within(field: &'static Field, words: &mut BTreeSet<&'static str>) {
    words.insert(field.api_name);
    words.insert(field.name);
    let mut schema = &field.schema;
    while let Schema::List(inner) | Schema::Nullable(inner) | Schema::Map(inner) = schema {
        schema = inner;
    }
    match schema {
        Schema::Choice(choices) => words.extend(choices.iter()),
        Schema::Object(fields, _) => fields.iter().for_each(|field| within(field, words)),
        _ => {}
    }
}

/// Arguments of the operation, the words that they take, and what it answers.
fn vocabulary(operation: &'static Operation) -> BTreeSet<&'static str> {
    let mut words = BTreeSet::new();
    operation.fields.iter().for_each(|field| within(field, &mut words));
    operation.answer.fields().iter().for_each(|field| within(field, &mut words));
    if let Some(items) = operation.items() {
        items.fields().iter().for_each(|field| within(field, &mut words));
    }
    words
}

#[test]
fn every_name_is_that_of_something() {
    for step in steps() {
        for text in told(step) {
            let mentioned: Vec<_> = names(&text).filter_map(operation).collect();
            let known: BTreeSet<&str> =
                mentioned.iter().copied().chain(called(step.at)).flat_map(vocabulary).collect();
            for name in names(&text) {
                let is_known = operation(name).is_some() || known.contains(name);
                assert!(is_known || OF_ERRORS.contains(&name), "{:?}: `{name}`: {text}", step.codes);
            }
        }
    }
}

#[test]
fn what_is_called_exists_and_takes_what_is_given() {
    for step in steps() {
        match step.at {
            At::Anywhere => {}
            At::Taking(_) | At::Naming(_) => assert!(!called(step.at).is_empty(), "{step:?}"),
            At::Of(names) => assert_eq!(called(step.at).len(), names.len(), "{step:?}"),
            At::Given(argument, names) => {
                assert_eq!(called(step.at).len(), names.len(), "{step:?}");
                assert!(
                    called(step.at).iter().all(|operation| operation.field(argument).is_some()),
                    "{step:?}"
                );
            }
        }
    }
}

#[test]
fn no_row_hides_another() {
    let mut places: BTreeMap<&str, Vec<At>> = BTreeMap::new();
    for step in steps() {
        for code in step.codes {
            assert_eq!(*code, code.to_ascii_lowercase());
            let earlier = places.entry(code).or_default();
            for earlier in earlier.iter() {
                let hidden = match (earlier, step.at) {
                    (At::Given(one, _), At::Given(other, _)) if *one != other => false,
                    _ => called(step.at).iter().all(|operation| {
                        called(*earlier).iter().any(|earlier| earlier.name == operation.name)
                    }),
                };
                assert!(!hidden, "{code}: {step:?}");
            }
            earlier.push(step.at);
        }
    }
}

#[test]
fn every_row_is_whole_sentences_and_leaves_room() {
    for step in steps() {
        for text in told(step) {
            assert!(text.ends_with('.') && !text.contains(".."), "{text}");
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase() || c == '`'), "{text}");
            assert!(!text.contains(['{', '}']) && !text.contains("  "), "{text}");
            assert!(text.len() < MAX_EXPLANATION / 4, "{}: {text}", text.len());
        }
    }
}

#[test]
fn every_gap_is_known() {
    let error = error("x", json!({"radar_challenge_id": "radar_challenge_1"}));
    for step in steps() {
        for gap in step.advice.split('{').skip(1).filter_map(|rest| rest.split_once('}')) {
            assert_ne!(filling(gap.0, &error), "", "{}", gap.0);
        }
    }
}

/// What destroys is named only where it was called, and what sends anything only beside other words.
#[test]
fn nothing_is_destroyed_on_advice() {
    for step in steps() {
        for text in told(step) {
            for named in names(&text).filter_map(operation) {
                let own = called(step.at).iter().any(|operation| operation.name == named.name);
                assert!(named.effect != Effect::Delete || own, "{}: {text}", named.name);
            }
        }
    }
}

#[test]
fn what_strangers_wrote_into_gaps_is_quoted_and_bounded() {
    let long = format!("conn\n`x` \"y\" \u{202e}{}", "z".repeat(500));
    let body = json!({
        "connection_ids": vec![long.clone(); 50],
        "auth_methods": {long.clone(): true, "sso": true},
        "user": {"id": long},
        "retry_after": 1e300,
        "pending_authentication_token": {"a": long},
    });
    for step in steps() {
        let text = filled(step.advice, &error(step.codes[0], body.clone()));
        assert!(text.len() < MAX_EXPLANATION / 2, "{}: {text}", text.len());
        assert!(!text.contains(['\n', '\u{202e}']), "{text}");
    }
    let text = next_step(&error("sso_required", body)).expect("a step");
    assert!(text.contains(r#"one of "conn\n`x` \"y\" \u202e"#), "{text}");
}

#[test]
fn only_known_codes_are_advised_upon() {
    for body in [
        json!({"code": "something_new", "message": "?", "pending_authentication_token": "t"}),
        json!({"message": "sso"}),
        json!({"errors": [{"code": "required", "field": "name"}]}),
        json!({}),
    ] {
        assert_eq!(next_step(&ApiError::parse(403, body.to_string().as_bytes())), None, "{body}");
    }
}

#[test]
fn codes_are_found_wherever_they_stand() {
    for body in [
        json!({"code": "sso_required", "message": "x"}),
        json!({"error": "sso_required", "error_description": "x"}),
        json!({"code": "SSO_REQUIRED"}),
        json!({"code": "x", "errors": [{"code": "sso_required"}]}),
        json!({"message": "Must use SSO for selected organization"}),
    ] {
        for status in [400, 403, 409, 422] {
            let text = next_step(&ApiError::parse(status, body.to_string().as_bytes())).unwrap_or_default();
            assert!(text.contains("with `connection_id` of the user's organization"), "{body}: {text}");
        }
    }
}

#[test]
fn advice_is_for_the_call_that_was_made() {
    let step = |code: &str, name: &str, arguments: &[&'static str]| {
        let mut error = error(code, json!({}));
        error.subject.operation = Some(operation(name).expect("an operation"));
        error.subject.arguments = arguments.to_vec();
        next_step(&error).unwrap_or_default()
    };
    assert!(
        step("access_denied", "authenticate_user", &["grant_type", "device_code"]).contains("Stop polling")
    );
    assert_eq!(step("access_denied", "authenticate_user", &["grant_type", "code"]), "");
    assert_eq!(step("access_denied", "get_organization", &["id"]), "");
    assert_eq!(step("slow_down", "list_users", &[]), "");
    assert_eq!(step("account_selection_required", "get_organization", &["id"]), "");
    assert!(step("external_id_already_used", "update_user", &["id"]).contains("`get_user_by_external_id`"));
    assert!(
        step("external_id_already_used", "create_organization", &[])
            .contains("`get_organization_by_external_id`")
    );
    assert!(
        step("organization_selection_required", "authenticate_user", &[]).contains("grant-type:organization")
    );
    assert!(
        step("organization_selection_required", "link_agent_claim_attempt", &[])
            .contains("call again with one")
    );
    assert!(
        step("invalid_grant", "get_sso_profile_and_token", &["code"]).contains("`get_sso_authorization_url`")
    );
    assert!(
        step("one_time_code_expired", "authenticate_user", &["email", "code"])
            .contains("`create_magic_auth`")
    );
}
