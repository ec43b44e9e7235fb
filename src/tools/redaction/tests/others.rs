//! Answers and errors as others send them: in another shape, under other names, within text.

use serde_json::json;

use super::{block_on, named, redacted};
use crate::client::{ApiError, Arguments, Error};
use crate::operation::Operation;
use crate::schema::{Presence, REDACTED, Schema};
use crate::tools::redaction::{AnswerRedaction, holds_credentials};
use serde_json::Value;

/// Text, a number or a list of them in place of an answer that holds a credential is that credential.
#[test]
fn text_in_place_of_an_answer_is_hidden() {
    let bodies = [
        json!("hidden"),
        json!(["hidden"]),
        json!([["hidden"]]),
        json!([[["hidden", 918_273_645]]]),
        json!(918_273_645),
        json!("{\"access_token\":\"hidden\"}"),
        json!({"data": "hidden"}),
        json!({"result": 918_273_645}),
        json!({"result": ["hidden", ["hidden"]]}),
        json!({"result": {"a": "hidden"}}),
    ];
    for operation in crate::api::operations().filter(|operation| holds_credentials(&operation.answer)) {
        let required = operation
            .answer
            .fields()
            .iter()
            .any(|field| field.secret && field.presence == Presence::Required);
        for body in &bodies {
            if body.is_object() && !required {
                continue;
            }
            let text = redacted(operation, body.clone()).to_string();
            assert!(
                !text.contains("hidden") && !text.contains("918273645"),
                "{}: {body}: {text}",
                operation.name
            );
        }
    }
    for (name, answer) in [
        ("get_data_integration_credentials", json!({"credential": "hidden"})),
        ("authenticate_user", json!({"user": "{\"access_token\":\"hidden\"}"})),
        ("authenticate_user", json!({"user": "hidden"})),
        ("list_events", json!({"data": "[{\"data\":{\"access_token\":\"hidden\"}}]"})),
        ("list_events", json!("\u{feff}[{\"access_token\":\"hidden\"}]")),
        ("list_events", json!({"data": [{"data": "\"{\\\"access_token\\\":\\\"hidden\\\"}\""}]})),
        ("list_invitations", json!({"data": ["hidden", ["hidden"]]})),
        ("get_magic_auth", json!({"Code": "hidden"})),
        (
            "get_magic_auth",
            json!({"code": "987654", "code2": "hidden", "new_code": "hidden", "code_value": 123_456}),
        ),
        ("get_vault_object", json!({"VALUE": "hidden", "plaintext": "hidden"})),
        ("get_vault_object", json!({"value": "hidden", "plaintext": "hidden", "Value": "hidden"})),
    ] {
        let text = redacted(named(name), answer).to_string();
        assert!(!text.contains("hidden") && !text.contains("123456"), "{name}: {text}");
    }
    // What holds none stays, whatever came.
    for body in &bodies[..5] {
        assert_eq!(&redacted(named("get_organization"), body.clone()), body);
    }
}

/// An error as it is shown when an operation is answered with this body.
fn error(operation: &'static Operation, body: &str) -> String {
    let mut error = Error::from(ApiError::parse(400, body.as_bytes()));
    let redaction = AnswerRedaction { applies: true, file: None };
    block_on(redaction.error(operation, &Arguments::new(), &mut error));
    error.to_string()
}

#[test]
fn what_stands_beside_the_name_of_a_credential_is_hidden() {
    for body in [
        json!({"errors": [{"property": "password", "value": "hidden", "constraints": {"isLength": "too short"}}]}),
        json!({"errors": [{"property": "user", "children": [{"property": "password", "value": "hidden"}]}]}),
        json!({"errors": [{"property": "password", "target": {"password": "hidden", "a": "hidden"}}]}),
        json!({"path": ["password"], "received": "hidden"}),
        json!({"errors": [{"path": ["user", "clientSecret", 0], "input": ["hidden"]}]}),
        json!({"errors": [{"param": "client_secret", "received": "hidden"}]}),
        json!({"errors": [{"instancePath": "/client_secret", "Value": 987_654}]}),
        json!({"details": {"Name": "Authorization", "values": ["hidden"]}}),
        json!({"headers": [["Authorization", "hidden"], ["Accept", "shown"], ["X-Token", "hidden"]]}),
        json!({"headers": ["Accept", "shown", "Authorization", "Bearer hidden"]}),
        json!({"code": "{\"token\":\"hidden\"}"}),
        json!({"code": "https://example.com/?token=hidden", "message": "shown"}),
        json!({"code": "a", "message": "987654"}),
        json!({"message": "sent Authorization: Bearer hidden"}),
        json!({"message": ["{\"token\":\"hidden\"}", "shown"]}),
        json!({"error": "form was client_id=shown&client_secret=hidden&a=b"}),
        json!({"url": "https://user:hidden@example.com/"}),
        json!({"a": "Bearer hidden"}),
    ] {
        for text in [body.to_string(), format!("{body},"), format!(")]}}',\n{body}")] {
            let shown = error(named("create_user"), &text);
            assert!(!shown.contains("hidden") && !shown.contains("987654"), "{text}: {shown}");
            assert!(shown.contains(REDACTED), "{text}: {shown}");
        }
    }
    // Words about credentials are no credentials.
    for body in [
        json!({"errors": [{"property": "email", "value": "a@b.c", "constraints": {"isEmail": "no"}}]}),
        json!({"errors": [{"path": ["name"], "received": "number", "expected": "string"}]}),
        json!({"code": "invalid_token", "message": "password: must be longer, and a Bearer token is needed"}),
        json!({"auth_methods": ["password", "sso"], "list": ["Authorization", "Cookie"]}),
    ] {
        let shown = error(named("create_user"), &body.to_string());
        assert!(!shown.contains(REDACTED), "{body}: {shown}");
    }
}

/// Of what WorkOS documents nothing is hidden but what is marked: for every fixture.
#[test]
fn fixtures_lose_just_what_is_marked() {
    fn mask(schema: &Schema, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| mask(schema, item)),
            Value::Object(object) => object.iter_mut().for_each(|(name, value)| {
                match schema.fields().iter().find(|field| field.api_name == name) {
                    Some(field) if field.secret && !value.is_null() => *value = REDACTED.into(),
                    Some(field) => mask(&field.schema, value),
                    None => {}
                }
            }),
            _ => {}
        }
    }
    let mut seen = 0;
    for operation in crate::api::operations() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let toolset = crate::api::toolset_of(operation.name).expect("a toolset");
        let path = format!("{directory}/{}/{}.json", toolset.name, operation.name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let fixture: Value = serde_json::from_str(&text).expect("JSON");
        let Some(response) = fixture.get("response") else { continue };
        let mut expected = response.clone();
        mask(&operation.answer, &mut expected);
        assert_eq!(redacted(operation, response.clone()), expected, "{}", operation.name);
        seen += 1;
    }
    assert!(seen > 150, "{seen}");
}
