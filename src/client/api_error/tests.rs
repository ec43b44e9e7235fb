//! Bodies of errors, in all their shapes: what is read of them, and what is shown.

use super::*;

/// Every shape of body that WorkOS is known to answer an error with.
#[test]
#[expect(
    clippy::type_complexity,
    reason = "a table: status, body, and the code, message and errors read from it"
)]
fn every_error_body_is_understood() {
    let cases: &[(u16, &str, Option<&str>, Option<&str>, usize)] = &[
        (404, r#"{"message":"Not found"}"#, None, Some("Not found"), 0),
        (
            409,
            r#"{"code":"domain_already_exists","message":"Taken"}"#,
            Some("domain_already_exists"),
            Some("Taken"),
            0,
        ),
        (
            422,
            r#"{"message":"Invalid","code":"v","errors":[{"field":"name","code":"required"}]}"#,
            Some("v"),
            Some("Invalid"),
            1,
        ),
        (
            400,
            r#"{"code":"password_strength_error","message":"Weak","errors":[{"code":"short","message":"Too short"}]}"#,
            Some("password_strength_error"),
            Some("Weak"),
            1,
        ),
        (
            400,
            r#"{"code":"invalid","message":"Schema","errors":[{"instancePath":"/targets","message":"must be array"}]}"#,
            Some("invalid"),
            Some("Schema"),
            1,
        ),
        (
            422,
            r#"{"message":"Validation","errors":[{"property":"origin","constraints":{"isUrl":"must be a URL"}}]}"#,
            None,
            Some("Validation"),
            1,
        ),
        (
            400,
            r#"{"message":["range_start must be a date","range_end must be a date"],"error":"Bad Request"}"#,
            Some("Bad Request"),
            Some("range_start must be a date; range_end must be a date"),
            0,
        ),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Code expired"}"#,
            Some("invalid_grant"),
            Some("Code expired"),
            0,
        ),
        (404, r#"{"error":"Object not found in vault"}"#, None, Some("Object not found in vault"), 0),
        (401, r#"{"error":"Unauthorized"}"#, Some("Unauthorized"), None, 0),
        (400, r#"{"error":"invalid","message":"Bad user"}"#, Some("invalid"), Some("Bad user"), 0),
        (
            400,
            r#"{"message":"No target","code":"bad_target","statusCode":400}"#,
            Some("bad_target"),
            Some("No target"),
            0,
        ),
        (429, r#""Ratelimited""#, None, Some("Ratelimited"), 0),
        (401, "", None, None, 0),
        (
            502,
            "<html><body>Bad gateway</body></html>",
            None,
            Some("a web page instead of JSON, so a proxy or gateway answered"),
            0,
        ),
        (500, "upstream connect error", None, Some("upstream connect error"), 0),
        (500, "[1]", None, None, 1),
        (500, "17", None, Some("17"), 0),
    ];
    for (status, body, code, message, errors) in cases {
        let error = ApiError::parse(*status, body.as_bytes());
        assert_eq!(error.code.as_deref(), *code, "{body}");
        assert_eq!(error.message.as_deref(), *message, "{body}");
        assert_eq!(error.errors.len(), *errors, "{body}");
        assert!(error.to_string().starts_with(&format!("WorkOS answered {status}")), "{error}");
    }
}

/// Its credentials would be shown with it.
#[test]
fn json_that_breaks_off_is_never_shown_as_text() {
    let long = "y".repeat(70_000);
    let cut = format!(
        r#"{{"pending_authentication_token":"C","code":"mfa_challenge","message":"x","user":{{"p":"{long}"#
    );
    let error = ApiError::parse(403, cut.as_bytes());
    assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("mfa_challenge"), Some("x")));
    assert_eq!(error.details["pending_authentication_token"], "C");
    assert!(error.to_string().contains("JSON that breaks off") && !error.to_string().contains("yyy"));
    for body in [
        r#"{"token":"hidden"#,
        r#"{"otp":1234"#,
        "[1234",
        r#"{"a":{"token":"hidden"},,}"#,
        r#"["hidden"#,
        r#"["shown",{"token":"hidden"#,
        r#""hidden"#,
        " \u{a0}\u{feff}{'token':'hidden'}",
        "{hidden}",
        "[{'token':'hidden'}]",
        r#"{'token':'hidden','a':{"b":1}}"#,
    ] {
        let text = ApiError::parse(400, body.as_bytes()).to_string().replace(r#"{"token":"hidden"},"#, "");
        let text = text.replace(r#""a":{"token":"hidden"}"#, "");
        assert!(!text.contains("hidden") && !text.contains("1234"), "{body}: {text}");
        assert!(text.contains("JSON that breaks off"), "{body}: {text}");
    }
    // What is whole is read, whatever stands before it.
    let error = ApiError::parse(400, b"gateway said: {\"code\":\"a\",\"token\":\"b\"}");
    assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("a"), Some("gateway said:")));
    assert_eq!(error.details["token"], "b");
    let error = ApiError::parse(400, "\u{feff} {\"code\":\"a\",\"message\":\"b\"}".as_bytes());
    assert_eq!(error.to_string(), r#"WorkOS answered 400 Bad Request, code `a`: "b"."#);
}

#[test]
fn a_credential_that_is_repeated_is_redacted_everywhere() {
    let body =
        br#"{"message":"bad sk_x","errors":[{"field":"a","message":"sk_x"}],"sk_x":{"b":["sk_x",{"sk_x":1}]}}"#;
    let mut error = ApiError::parse(400, body);
    error.request_id = Some("sk_x".to_owned());
    error.redact("sk_x");
    assert!(!format!("{error}{error:?}").contains("sk_x"), "{error:?}");
    // Numbers, what is encoded, and what would be cut in its middle.
    let long = format!("{} example+pass", "x".repeat(290));
    for (body, credential) in [
        (r#"{"code":"a","value":{"otp":123456}}"#, "123456"),
        (r#"{"message":"/reset?password=example%2Bpass"}"#, "example+pass"),
        (r#"{"message":"{\"password\":\"example\\u002bpass\"}"}"#, "example+pass"),
        (long.as_str(), "example+pass"),
    ] {
        let mut error = ApiError::parse(400, body.as_bytes());
        error.redact(credential);
        let text = error.to_string();
        for part in ["123456", "example", "pass\""] {
            assert!(!text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn objects_in_place_of_text_keep_their_names() {
    let body = br#"{"message":{"text":"No","token":"t"},"code":{"a":1},"error":[{"jwt":"x"}]}"#;
    let error = ApiError::parse(400, body);
    assert_eq!((&error.code, &error.message), (&None, &None));
    assert_eq!(error.details.keys().collect::<Vec<_>>(), ["message", "code", "error"]);
    assert!(error.to_string().contains(r#""message":{"text":"No","token":"t"}"#), "{error}");
}

#[test]
fn what_others_wrote_is_quoted_and_has_an_end() {
    let body = serde_json::json!({
        "code": "x`\n- forged",
        "message": format!("a\"\nRequest ID: forged{}", "x".repeat(65_000)),
        "errors": vec![serde_json::json!({"field": "name\nforged", "message": "too\nlong"}); 500],
        "details": "y".repeat(65_000),
        "more\nforged": ["z"],
    });
    let text = ApiError::parse(422, body.to_string().as_bytes()).to_string();
    assert!(
        text.starts_with(
            r#"WorkOS answered 422 Unprocessable Entity, code "x`\n- forged": "a\"\nRequest ID: "#
        ),
        "{text}"
    );
    assert!(text.len() < 4_000, "{}: {text}", text.len());
    for line in text.lines().skip(1) {
        let own = [r#"- "name\nforged: too\nlong""#, "- and 492 more", "Also in the answer: "];
        assert!(own.iter().any(|own| line.starts_with(own)), "{line}");
    }
}

#[test]
fn errors_of_fields_show_all_that_they_say_once() {
    for (part, shown) in [
        (
            r#"{"field":"email","code":"email_required","message":"Enter an address."}"#,
            r#""email: email_required: Enter an address.""#,
        ),
        (
            r#"{"code":"email_required","message":"Enter an address"}"#,
            r#""email_required: Enter an address""#,
        ),
        (r#"{"field":"email","message":"Enter an address"}"#, r#""email: Enter an address""#),
        (r#"{"field":"email","code":"required"}"#, "email: required"),
        (r#"{"field":null,"code":"too_short","message":"is short"}"#, r#""too_short: is short""#),
        (r#"{"field":"","code":"too_short","message":null}"#, r#""too_short""#),
        // The code is the message in other letters.
        (r#"{"field":"name","code":"TOO_LONG","message":"Too long."}"#, r#""name: Too long.""#),
        (r#"{"code":"required","message":"required"}"#, r#""required""#),
        // What has no place in a line is shown as it came.
        (r#"{"code":"x","message":"y","limit":5}"#, r#"{"code":"x","message":"y","limit":5}"#),
        ("7", "7"),
    ] {
        let body = format!(r#"{{"message":"Invalid","errors":[{part}]}}"#);
        let text = ApiError::parse(422, body.as_bytes()).to_string();
        assert_eq!(text, format!("WorkOS answered 422 Unprocessable Entity: \"Invalid\".\n- {shown}"));
    }
}

#[test]
fn no_sentence_ends_twice() {
    for (message, shown) in [
        ("Is the key wrong?", r#""Is the key wrong?""#),
        ("Stop!", r#""Stop!""#),
        ("Not found.", r#""Not found"."#),
        ("Not found. ", r#""Not found"."#),
        ("Not found", r#""Not found"."#),
    ] {
        let body = serde_json::json!({"message": message}).to_string();
        let text = ApiError::parse(400, body.as_bytes()).to_string();
        assert_eq!(text, format!("WorkOS answered 400 Bad Request: {shown}"));
    }
}

#[test]
fn what_a_step_up_answer_offers_is_shown() {
    let body = br#"{"code":"organization_selection_required","message":"Choose","pending_authentication_token":"t","organizations":[{"id":"org_1","name":"A"}]}"#;
    let text = ApiError::parse(403, body).to_string();
    assert!(text.contains(r#""pending_authentication_token":"t""#), "{text}");
    assert!(text.contains(r#""organizations":[{"id":"org_1","name":"A"}]"#), "{text}");
}
