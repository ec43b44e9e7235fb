//! What is masked, what is kept and what is shown.

mod others;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::api::api_keys::CreateOrganizationApiKey;
use crate::api::events::ListEvents;
use crate::api::invitations::ListInvitations;
use crate::operation::Request;
use crate::schema::Field;
use crate::testing::generate;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(future)
}

fn applied(applies: bool, operation: &'static Operation, mut answer: Value) -> Value {
    let reply = Reply { status: 200, body: Vec::new().into(), request_id: None };
    block_on(AnswerRedaction { applies, file: None }.answer(operation, &reply, &mut answer));
    answer
}

fn redacted(operation: &'static Operation, answer: Value) -> Value {
    applied(true, operation, answer)
}

#[test]
fn marked_fields_are_masked_wherever_they_are() {
    let answer = redacted(
        &ListInvitations::OPERATION,
        json!({"data": [{"id": "i", "token": "example", "accept_invitation_url": "https://example.com"}, {"token": null}]}),
    );
    assert_eq!(
        answer,
        json!({"data": [{"id": "i", "token": REDACTED, "accept_invitation_url": REDACTED}, {"token": null}]})
    );
}

#[test]
fn unknown_fields_with_names_like_secrets_are_masked() {
    let answer = redacted(
        &ListEvents::OPERATION,
        json!({"data": [{"id": "e", "data": {"email": "a@b.c", "accessToken": "x", "nested": [{"client_secret": "y"}],
               "token_type": "Bearer", "secret_hint": "…1", "error": {"code": "bad"}}, "new_password": "z"}]}),
    );
    assert_eq!(
        answer,
        json!({"data": [{"id": "e", "data": {"email": "a@b.c", "accessToken": REDACTED, "nested": [{"client_secret": REDACTED}],
               "token_type": "Bearer", "secret_hint": "…1", "error": {"code": "bad"}}, "new_password": REDACTED}]})
    );
}

#[test]
fn a_value_shown_once_is_not_made_unless_somebody_gets_it() {
    let create = &CreateOrganizationApiKey::OPERATION;
    let prepared = |environment, reveal, directory| {
        block_on(Redaction::new(environment, reveal, directory).prepare(create))
    };
    let refused = prepared(Environment::Live, Reveal::Nothing, None).expect_err("a refusal");
    assert!(
        refused.contains("--secrets-dir") && refused.contains("--reveal-secrets=create_organization_api_key")
    );
    let revealed = Reveal::Tools(vec![create.name]);
    assert!(prepared(Environment::Live, revealed, None).is_ok());
    assert!(prepared(Environment::Staging, Reveal::Nothing, None).is_ok());

    let directory = std::env::temp_dir().join(format!("workos-mcp-secrets-{}", std::process::id()));
    let ready = || prepared(Environment::Live, Reveal::Nothing, Some(directory.clone())).expect("a file");
    let mut answer = json!({"id": "api_key_1", "value": "sk_example_value"});
    let reply = Reply { status: 200, body: Vec::new().into(), request_id: None };
    block_on(ready().answer(create, &reply, &mut answer));
    let place = answer["value"].as_str().expect("a place").to_owned();
    let path = place.as_str();
    assert_eq!(std::fs::read_to_string(path).expect("the file"), "sk_example_value\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(path).expect("the file").permissions().mode() & 0o777, 0o600);
    }
    // A call that fails leaves nothing behind.
    drop(ready());
    assert_eq!(std::fs::read_dir(&directory).expect("the folder").count(), 1);
    std::fs::remove_dir_all(&directory).expect("the folder");
}

#[test]
fn credentials_among_arguments_are_found() {
    let operation =
        crate::api::operations().find(|operation| operation.name == "authenticate_user").expect("one");
    let arguments = json!({"grant_type": "password", "email": "a@b.c", "password": "example_password"});
    let Value::Object(arguments) = arguments else { return };
    assert_eq!(credentials_in(operation, &arguments), ["example_password"]);
}

proptest! {
    /// However deep and under whatever name: a value in a marked field does not get out.
    #[test]
    fn no_marked_value_gets_out(secret in "[a-z]{12}", name in "[a-z_]{1,12}", depth in 0_usize..6) {
        let mut payload = json!({"access_token": secret, name.as_str(): 1});
        for _ in 0..depth {
            payload = json!({"nested": [payload, {"client_secret": secret}]});
        }
        let answer = redacted(&ListEvents::OPERATION, json!({"data": [{"data": payload}], "new_api_key": secret}));
        prop_assert!(!answer.to_string().contains(&secret), "{}", answer);
    }

    /// For each operation: every field that is marked is masked, and no other is touched.
    #[test]
    fn just_the_marked_fields_are_masked(operation in generate::operation(), credential in "[a-z]{12}") {
        let (shown, expected) = generate::answer(&operation.answer, &credential, REDACTED);
        prop_assert_eq!(&applied(false, operation, shown.clone()), &shown);
        let once = redacted(operation, shown);
        prop_assert_eq!(&once, &expected);
        // Redacting what is redacted changes nothing.
        prop_assert_eq!(&redacted(operation, once), &expected);
    }

    /// No credential among the arguments of a call is overlooked, however deep it is.
    #[test]
    fn every_credential_among_arguments_is_found(
        (operation, arguments) in generate::operation()
            .prop_flat_map(|operation| (Just(operation), generate::arguments(operation)))
    ) {
        let found = credentials_in(operation, &arguments);
        let mut wanted = Vec::new();
        marked(operation.fields, &arguments, &mut wanted);
        for credential in wanted.iter().filter(|credential| credential.len() >= 4) {
            prop_assert!(found.contains(credential), "{:?} is not among {:?}", credential, found);
        }
        prop_assert!(found.is_sorted_by_key(|text| std::cmp::Reverse(text.len())));
    }
}

/// The text in marked fields, read straight from the table.
fn marked(fields: &[Field], object: &Arguments, found: &mut Vec<String>) {
    for field in fields {
        match object.get(field.name) {
            Some(Value::String(text)) if field.secret => found.push(text.clone()),
            Some(Value::Object(object)) => marked(field.schema.fields(), object, found),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).for_each(|object| {
                marked(field.schema.fields(), object, found);
            }),
            _ => {}
        }
    }
}

fn named(name: &str) -> &'static Operation {
    crate::api::operations().find(|operation| operation.name == name).expect("an operation")
}

#[test]
fn events_hide_what_nobody_documented() {
    let hidden = [
        "authorization",
        "cookie",
        "set-cookie",
        "backup_codes",
        "deviceCode",
        "user_code",
        "code_verifier",
        "client_assertion",
        "otp",
        "pin",
        "token",
        "private_key",
        "session",
        "sealedSession",
    ];
    for name in hidden {
        for value in
            [json!("example"), json!(123_456), json!(1.5), json!(["example"]), json!({"a": "example"})]
        {
            // An object under this name describes one.
            if name == "session" && (value.is_object() || value.is_array()) {
                continue;
            }
            let answer = redacted(
                &ListEvents::OPERATION,
                json!({"data": [{"data": {"deep": [{name: value}]}, "context": {name: value}, name: value}]}),
            );
            let found =
                [&answer["data"][0]["data"]["deep"][0], &answer["data"][0]["context"], &answer["data"][0]];
            assert!(found.iter().all(|place| place[name] == REDACTED), "{name}: {answer}");
        }
        for value in [json!(true), json!(null)] {
            let answer = redacted(&ListEvents::OPERATION, json!({"data": [{"data": {name: value}}]}));
            assert_eq!(answer["data"][0]["data"][name], value, "it only tells about one");
        }
    }
    let shown = json!({"data": [{"data": {"session": {"id": "s"}, "token_type": "Bearer", "expires_in": 300,
        "password_policy": {"max_password_length": 64}, "code": 403, "error_code": "1234", "count": 12345,
        "url": "https://example.com/?page=2&code=", "text": "{not json", "list": "[1, 2]"}}]});
    assert_eq!(redacted(&ListEvents::OPERATION, shown.clone()), shown);
}

#[test]
fn names_within_text_and_beside_values_count() {
    let answer = redacted(
        &ListEvents::OPERATION,
        json!({"data": [{"data": {
            "body": "{\"user\":{\"access_token\":\"hidden\",\"id\":\"u\"}}",
            "location": "https://example.com/cb?state=1&code=hidden",
            "headers": [{"name": "Authorization", "value": "hidden"}, {"name": "Accept", "value": "shown"}],
            "key": {"obfuscated_value": "sk_…1", "value": 1_234_567},
            "sms": {"code": 123_456}, "mail": {"code": "123456"},
        }}]}),
    );
    let data = &answer["data"][0]["data"];
    assert_eq!(data["body"], format!("{{\"user\":{{\"access_token\":\"{REDACTED}\",\"id\":\"u\"}}}}"));
    assert_eq!((&data["location"], &data["headers"][0]["value"]), (&json!(REDACTED), &json!(REDACTED)));
    assert_eq!(data["headers"][1]["value"], "shown");
    for place in ["/key/value", "/sms/code", "/mail/code"] {
        assert_eq!(data.pointer(place), Some(&json!(REDACTED)), "{place}");
    }
}

/// What is marked in an answer is masked although the answer is wrapped: for every operation.
#[test]
fn wrapped_answers_hide_what_is_marked() {
    fn wrap(answer: &Value) -> [Value; 4] {
        [
            json!({"data": answer}),
            json!({"result": [answer]}),
            json!([answer]),
            json!({"response": {"body": {"items": [answer]}}}),
        ]
    }
    let credential = "examplecredential";
    let mut wrapped = 0;
    for operation in crate::api::operations().filter(|operation| holds_credentials(&operation.answer)) {
        let (answer, _) = generate::answer(&operation.answer, credential, REDACTED);
        for answer in wrap(&answer) {
            let text = redacted(operation, answer).to_string();
            assert!(!text.contains(credential), "{}: {text}", operation.name);
            wrapped += 1;
        }
    }
    assert!(wrapped > 100, "{wrapped}");
    // Numbers, too.
    let code = redacted(named("get_magic_auth"), json!({"data": {"code": 123}}));
    assert_eq!(code, json!({"data": {"code": REDACTED}}));
}

/// A directory for secrets that goes with the test.
struct Secrets(PathBuf);

impl Secrets {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("workos-mcp-{name}-{}", uuid::Uuid::new_v4())))
    }

    fn ready(&self, operation: &'static Operation) -> AnswerRedaction {
        let redaction = Redaction::new(Environment::Live, Reveal::Nothing, Some(self.0.clone()));
        block_on(redaction.prepare(operation)).expect("a file")
    }

    /// What comes of an answer: what is shown, what is said, and what is in the file.
    fn answered(&self, operation: &'static Operation, body: &str) -> (Value, Option<String>, Option<String>) {
        let reply = Reply { status: 200, body: body.to_owned().into(), request_id: None };
        let mut answer = serde_json::from_str(body).unwrap_or_default();
        let remark = block_on(self.ready(operation).answer(operation, &reply, &mut answer));
        (answer, remark, self.only_file())
    }

    /// What is in the only file, which is removed.
    fn only_file(&self) -> Option<String> {
        let mut files =
            std::fs::read_dir(&self.0).expect("the directory").map(|file| file.expect("one").path());
        let (only, none) = (files.next(), files.next());
        assert!(none.is_none());
        let text = only.as_ref().map(|path| std::fs::read_to_string(path).expect("the file"));
        if let Some(path) = only {
            std::fs::remove_file(path).expect("the file");
        }
        text
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What no read gives again has to have somewhere to go.
#[test]
fn what_is_shown_once_or_uses_something_up_is_marked() {
    let marked: Vec<&str> = crate::api::operations()
        .filter(|operation| shows_once(&operation.answer))
        .map(|operation| operation.name)
        .collect();
    assert_eq!(
        marked,
        [
            "get_sso_profile_and_token",
            "authorize_sso_logout",
            "create_widget_token",
            "create_client_api_token",
            "authenticate_user",
            "start_device_authorization",
            "create_passwordless_session",
            "create_organization_api_key",
            "create_user_api_key",
            "enroll_auth_factor",
            "enroll_user_auth_factor",
            "send_radar_sms_challenge",
            "complete_external_auth",
            "create_connect_application_secret",
            "link_agent_claim_attempt",
            "mint_agent_token",
        ]
    );
    // All others that answer a credential give it again: by another read, or by the same call.
    let again: Vec<&str> = crate::api::operations()
        .filter(|operation| holds_credentials(&operation.answer) && !shows_once(&operation.answer))
        .map(|operation| operation.name)
        .collect();
    assert_eq!(
        again,
        [
            "list_invitations",
            "send_invitation",
            "find_invitation_by_token",
            "get_invitation",
            "accept_invitation",
            "resend_invitation",
            "revoke_invitation",
            "get_email_verification",
            "create_magic_auth",
            "get_magic_auth",
            "create_password_reset",
            "get_password_reset",
            "verify_auth_challenge",
            "challenge_auth_factor",
            "get_radar_challenge",
            "list_webhook_endpoints",
            "create_webhook_endpoint",
            "update_webhook_endpoint",
            "get_data_integration_credentials",
            "get_data_integration_access_token",
            "get_vault_object",
            "get_vault_object_by_name",
            // `decrypt_vault_data_key` gives it again, from what these answers show.
            "create_vault_data_key",
            "decrypt_vault_data_key",
            "rekey_vault_data_key",
        ]
    );
}

#[test]
fn all_that_comes_with_a_value_shown_once_goes_into_its_file() {
    let secrets = Secrets::new("kept");
    let (shown, remark, file) = secrets.answered(
        named("authenticate_user"),
        r#"{"user":{"id":"u"},"access_token":"a","refresh_token":"r","sealed_session":"s","oauth_tokens":{"provider":"p","access_token":"oa","refresh_token":"or","expires_at":1,"scopes":[]}}"#,
    );
    let kept: Value = serde_json::from_str(&file.expect("a file")).expect("JSON");
    assert_eq!(
        kept,
        json!({"access_token": "a", "refresh_token": "r", "sealed_session": "s", "oauth_tokens.access_token": "oa",
               "oauth_tokens.refresh_token": "or"})
    );
    assert_eq!((remark, &shown["user"]["id"]), (None, &json!("u")));
    let place = shown["access_token"].as_str().expect("a path");
    assert!(
        place.contains("authenticate_user-") && shown["oauth_tokens"]["access_token"] == place,
        "{shown}"
    );
}

#[test]
fn an_answer_without_its_credential_is_kept_whole_and_said_to_be_so() {
    let secrets = Secrets::new("whole");
    for (name, body) in [
        ("authenticate_user", r#"{"data":{"access_token":"hidden1","refresh_token":"hidden2"}}"#),
        ("authenticate_user", r#"{"access_token":"hidden1","refreshToken":"hidden2"}"#),
        ("authenticate_user", r#"{"access_token":"","refresh_token":"hidden2"}"#),
        ("create_organization_api_key", r#"{"id":"api_key_1","key":"hidden1"}"#),
        ("create_organization_api_key", r#""hidden1""#),
        ("start_device_authorization", r#"{"device":"hidden1","verification_uri":"https://example.com"}"#),
        ("enroll_auth_factor", r#"{"id":"auth_factor_1","type":"totp","setup":{"seed":"hidden1"}}"#),
        ("enroll_auth_factor", r#"{"data":{"id":"a","type":"totp","totp":{"secret":"hidden1"}}}"#),
        ("complete_external_auth", r#"{"redirect":"https://example.com/hidden1"}"#),
    ] {
        let (shown, remark, file) = secrets.answered(named(name), body);
        assert_eq!(file.as_deref(), Some(body), "{name}");
        let remark = remark.expect("a remark");
        assert!(remark.contains("has no `") && remark.contains(&format!("{name}-")), "{remark}");
        assert!(!shown.to_string().contains("hidden"), "{name}: {shown}");
    }
    // What needs no such value leaves no file.
    let (_, remark, file) = secrets
        .answered(named("enroll_auth_factor"), r#"{"id":"a","type":"sms","sms":{"phone_number":"+1"}}"#);
    assert_eq!((remark, file), (None, None));
    let (_, remark, file) = secrets.answered(named("authenticate_user"), "");
    assert!(remark.is_some_and(|remark| remark.contains("it is empty")) && file.is_none());
}

#[test]
fn what_a_sign_in_goes_on_with_is_kept_too() {
    let secrets = Secrets::new("pending");
    let operation = named("authenticate_user");
    let body = br#"{"code":"mfa_challenge","message":{"text":"No","otp":4711},"pending_authentication_token":"hidden"}"#;
    let mut error = Error::from(crate::client::ApiError::parse(403, body));
    block_on(secrets.ready(operation).error(operation, &Arguments::new(), &mut error));
    let text = error.to_string();
    assert!(
        !text.contains("hidden") && !text.contains("4711") && text.contains("authenticate_user-"),
        "{text}"
    );
    let kept: Value = serde_json::from_str(&secrets.only_file().expect("a file")).expect("JSON");
    assert_eq!(kept, json!({"otp": 4711, "pending_authentication_token": "hidden"}));

    // Several in one text are kept apart.
    let body = br#"{"code":"a","message":"token=hidden1&secret=hidden2","errors":["Bearer hidden3","Bearer hidden4"]}"#;
    let mut error = Error::from(crate::client::ApiError::parse(403, body));
    block_on(secrets.ready(operation).error(operation, &Arguments::new(), &mut error));
    assert!(!error.to_string().contains("hidden"), "{error}");
    let kept = secrets.only_file().expect("a file");
    assert!((1..=4).all(|number| kept.contains(&format!("hidden{number}"))), "{kept}");

    // Wherever in the error it stands.
    let masked = |body: &str| {
        let mut error = Error::from(crate::client::ApiError::parse(400, body.as_bytes()));
        let redaction = AnswerRedaction { applies: true, file: None };
        block_on(redaction.error(named("create_passwordless_session"), &Arguments::new(), &mut error));
        error.to_string()
    };
    for body in [
        r#"{"message":"{\"session\":{\"access_token\":\"hidden\"}}"}"#,
        r#"{"message":"go to https://example.com/?token=hidden"}"#,
        r#"{"error":{"link":"hidden"}}"#,
        r#"{"errors":{"token":["hidden"]}}"#,
        r#"{"errors":[{"message":{"cookie":"hidden"}},"{\"otp\":\"hidden\"}"]}"#,
        r#"{"data":{"error":{"code":{"device_code":"hidden"}}}}"#,
    ] {
        let text = masked(body);
        assert!(!text.contains("hidden") && text.contains(REDACTED), "{text}");
    }
    assert!(masked(r#"{"code":"987654","message":"x"}"#).contains("code `[masked]`"));
    assert!(masked(r#"{"code":123456}"#).contains("code `[masked]`"));
    assert!(
        masked(r#"{"code":"invalid_email","message":"No such user"}"#)
            .contains("code `invalid_email`: \"No such user\"")
    );
}
