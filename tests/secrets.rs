//! Credentials and strangers' text on their way to a transcript.

#![cfg(feature = "server")]
mod common;

use common::{Answer, KEY, Server, Upstream, fixtures};
use serde_json::{Value, json};

const LIVE: &str = "sk_live_example_canary";

fn live(upstream: &Upstream, arguments: &[&str]) -> Server {
    let mut all = vec!["--base-url", &upstream.url, "--access", "full", "--toolsets", "all"];
    all.extend(arguments);
    let mut server =
        Server::start_with(&all, &[("WORKOS_API_KEY", LIVE), ("WORKOS_CLIENT_ID", "client_example")]);
    server.initialize();
    server
}

#[test]
fn credentials_of_a_live_environment_are_masked_unless_revealed() {
    let body = &fixtures()["send_invitation"]["response"];
    let upstream = Upstream::answering(Answer::json(201, body));
    let arguments = json!({"email": "jane@example.com"});
    let answer = live(&upstream, &[]).call("send_invitation", arguments.clone());
    assert_eq!(answer["structuredContent"]["token"], "[masked]");
    assert!(!answer.to_string().contains(body["token"].as_str().expect("a token")), "{answer}");
    for reveal in ["--reveal-secrets", "--reveal-secrets=send_invitation", "--reveal-secrets=list_*,send_*"] {
        let answer = live(&upstream, &[reveal]).call("send_invitation", arguments.clone());
        assert_eq!(answer["structuredContent"]["token"], body["token"], "{reveal}");
    }
    let answer =
        live(&upstream, &["--reveal-secrets=get_invitation"]).call("send_invitation", arguments.clone());
    assert_eq!(answer["structuredContent"]["token"], "[masked]");
    // A key that is not live shows what it has.
    let mut server = Server::start(&["--base-url", &upstream.url, "--toolsets", "all"]);
    server.initialize();
    assert_eq!(server.call("send_invitation", arguments)["structuredContent"]["token"], body["token"]);
}

#[test]
fn a_credential_shown_only_once_is_not_lost() {
    let body = &fixtures()["create_organization_api_key"]["response"];
    let upstream = Upstream::answering(Answer::json(201, body));
    let arguments = json!({"organization_id": "org_1", "name": "Example"});
    let text = live(&upstream, &[]).failure("create_organization_api_key", arguments.clone());
    assert!(text.contains("Nothing was sent") && text.contains("--secrets-dir"), "{text}");
    assert_eq!(upstream.count(), 0);

    let directory = std::env::temp_dir().join(format!("workos-mcp-once-{}", std::process::id()));
    let answer = live(&upstream, &["--secrets-dir", directory.to_str().expect("a path")])
        .call("create_organization_api_key", arguments);
    let place = answer["structuredContent"]["value"].as_str().expect("a place").to_owned();
    assert_eq!(std::fs::read_to_string(&place).expect("the file").trim(), body["value"]);
    std::fs::remove_dir_all(directory).expect("the folder");
}

#[test]
fn errors_show_no_credential() {
    let body = json!({
        "message": format!("{LIVE} may not use example_password_17"),
        "pending_authentication_token": "example_pending",
        "errors": [{"code": "x", "message": LIVE}],
    });
    let upstream = Upstream::answering(Answer::json(400, &body).with("x-request-id", LIVE));
    let arguments = json!({"grant_type": "password", "email": "a@b.c", "password": "example_password_17"});
    let directory = std::env::temp_dir().join(format!("workos-mcp-errors-{}", std::process::id()));
    let place = directory.to_str().expect("a path");
    let text = live(&upstream, &["--secrets-dir", place]).failure("authenticate_user", arguments);
    for secret in [LIVE, "example_password_17", "example_pending"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("may not use"), "{text}");
    // The sign-in can go on.
    let file =
        std::fs::read_dir(&directory).expect("the folder").next().expect("a file").expect("one").path();
    assert!(text.contains(file.to_str().expect("a path")), "{text}");
    assert_eq!(std::fs::read_to_string(file).expect("the file"), "example_pending\n");
    std::fs::remove_dir_all(directory).expect("the folder");
}

#[test]
fn an_upstream_that_repeats_the_key_does_not_get_it_out() {
    // In names, in headers, behind escapes, in pages and redirects.
    let escaped = KEY.replace('s', "\\u0073");
    for answer in [
        Answer::json(400, &json!({"echo": {KEY: 1}, "errors": [{KEY: KEY}]})),
        Answer::json(400, &json!({"message": format!("{}{KEY}", "x".repeat(290))})),
        Answer::Http(200, Vec::new(), format!(r#"{{"id":"{escaped}"}}"#).into_bytes()),
        Answer::Http(400, Vec::new(), format!(r#"{{"message":"{escaped}"}}"#).into_bytes()),
        Answer::Http(200, vec![("content-type".into(), "text/html".into())], b"<p>".to_vec())
            .with("x-request-id", KEY),
        Answer::json(302, &Value::Null)
            .with("location", &format!("https://example.com/{KEY}"))
            .with("x-request-id", KEY),
    ] {
        let upstream = Upstream::answering(answer);
        let mut server = Server::against(&upstream, &[]);
        let answer =
            server.ask("tools/call", json!({"name": "get_organization", "arguments": {"id": "org_1"}}));
        assert!(!answer.to_string().contains(&KEY[..14]), "{answer}");
    }
    let echo = json!({"id": KEY, "name": format!("<{KEY}>"), "metadata": {KEY: KEY}});
    let upstream = Upstream::answering(Answer::json(200, &echo));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("get_organization", json!({"id": "org_1"}));
    assert!(!answer.to_string().contains(KEY), "{answer}");
}

#[test]
fn text_that_steers_is_made_harmless() {
    let name = "Jane\u{202e}Doe\u{1b}[31m\u{200b}\u{e0041}";
    let upstream = Upstream::answering(Answer::json(
        200,
        &json!({"id": "org_1", "name": name, "metadata": {"a\u{feff}": name}}),
    ));
    let mut server = Server::against(&upstream, &[]);
    let answer = server.call("get_organization", json!({"id": "org_1"}));
    let shown = answer["structuredContent"]["name"].as_str().expect("a name");
    assert_eq!(shown, r"Jane\u202eDoe\u001b[31m\u200b\udb40\udc41");
    let exact: Value = serde_json::from_str(&format!("\"{shown}\"")).expect("JSON");
    assert_eq!(exact, name);
    assert!(
        answer.to_string().chars().all(|character| !character.is_control() && character < '\u{2000}'),
        "{answer}"
    );

    let upstream = Upstream::answering(Answer::json(400, &json!({"message": name})));
    let text = Server::against(&upstream, &[]).failure("get_organization", json!({"id": "org_1"}));
    assert!(text.contains(r"Jane\u202eDoe\u001b"), "{text}");
}

#[test]
fn only_what_workos_repeats_is_masked_not_our_own_words() {
    let upstream = Upstream::answering(Answer::json(401, &json!({"message": "wrong is not the password"})));
    let mut server = Server::start_with(
        &["--base-url", &upstream.url, "--toolsets", "all"],
        &[("WORKOS_API_KEY", KEY), ("WORKOS_CLIENT_ID", "client_example")],
    );
    server.initialize();
    let text = server.failure(
        "authenticate_user",
        json!({"grant_type": "password", "email": "a@b.c", "password": "WorkOS"}),
    );
    assert!(text.starts_with("WorkOS answered 401") && !text.contains("WORKOS_API_KEY"), "{text}");
    let text = server.failure(
        "authenticate_user",
        json!({"grant_type": "password", "email": "a@b.c", "password": "wrong"}),
    );
    assert!(text.contains("[masked] is not the password"), "{text}");
}

#[test]
fn nested_credentials_are_neither_asked_about_nor_recorded() {
    let path = std::env::temp_dir().join(format!("workos-mcp-nested-{}", std::process::id()));
    let upstream = Upstream::answering(Answer::json(200, &json!({})));
    let mut server = Server::start(&[
        "--base-url",
        &upstream.url,
        "--toolsets",
        "all",
        "--audit-log",
        path.to_str().expect("a path"),
    ]);
    let mut params = common::initialize_params("2025-11-25");
    params["capabilities"] = json!({"elicitation": {}});
    server.ask("initialize", params);
    let secret = "example_secret_17";
    let credentials = json!({"type": "custom", "client_id": "c", "client_secret": secret});
    server.request(
        "tools/call",
        json!({"name": "update_data_integration", "arguments": {"slug": "x", "credentials": credentials}}),
    );
    let question = server.receive();
    assert!(question["params"]["message"].as_str().expect("a question").contains("[masked]"), "{question}");
    assert!(!question.to_string().contains(secret), "{question}");
    server.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}}));
    server.receive();
    // Misspelt, they are no less secret.
    for arguments in [
        json!({"slug": "x", "credentials": format!("{{client_secret: '{secret}'}}")}),
        json!({"slug": "x", "credentails": secret}),
    ] {
        let text = server.failure("update_data_integration", arguments);
        assert!(!text.contains(secret), "{text}");
    }
    let trail = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(trail.lines().count(), 3, "{trail}");
    assert!(!trail.contains(secret), "{trail}");
    std::fs::remove_file(&path).expect("the file");
}

/// Every operation whose answer is shown once or uses something up: on a masked environment nothing
/// is sent unless the credential has somewhere to go, and then all of it goes there.
#[test]
fn what_cannot_be_had_again_has_somewhere_to_go() {
    let fixtures = fixtures();
    for tool in [
        "authenticate_user",
        "get_sso_profile_and_token",
        "start_device_authorization",
        "create_passwordless_session",
        "complete_external_auth",
        "mint_agent_token",
        "create_widget_token",
        "send_radar_sms_challenge",
        "enroll_user_auth_factor",
        "create_connect_application_secret",
    ] {
        let (arguments, body) = (&fixtures[tool]["arguments"], &fixtures[tool]["response"]);
        let upstream = Upstream::answering(Answer::json(200, body));
        let text = live(&upstream, &[]).failure(tool, arguments.clone());
        assert!(text.contains("Nothing was sent") && text.contains("--secrets-dir"), "{tool}: {text}");
        assert_eq!(upstream.count(), 0, "{tool}");
        let revealed = live(&upstream, &[&format!("--reveal-secrets={tool}")]).call(tool, arguments.clone());
        assert_eq!(revealed["isError"], false, "{tool}");

        let directory = std::env::temp_dir().join(format!("workos-mcp-once-{tool}-{}", std::process::id()));
        let place = directory.to_str().expect("a path");
        let answer = live(&upstream, &["--secrets-dir", place]).call(tool, arguments.clone());
        assert_eq!(answer["isError"], false, "{tool}: {answer}");
        let files: Vec<_> = std::fs::read_dir(&directory).expect("the folder").flatten().collect();
        assert_eq!(files.len(), 1, "{tool}");
        let kept = std::fs::read_to_string(files[0].path()).expect("the file");
        assert!(answer.to_string().contains(files[0].path().to_str().expect("a path")), "{tool}: {answer}");
        for line in kept.split(['"', '\n']).filter(|part| part.starts_with("example_")) {
            assert!(!answer.to_string().contains(line), "{tool}: {line} in {answer}");
        }
        std::fs::remove_dir_all(directory).expect("the folder");
    }
}

#[test]
fn both_tokens_are_kept_and_an_answer_without_them_is_kept_whole() {
    let directory = std::env::temp_dir().join(format!("workos-mcp-tokens-{}", std::process::id()));
    let file = || {
        let path =
            std::fs::read_dir(&directory).expect("the folder").next().expect("a file").expect("one").path();
        let text = std::fs::read_to_string(&path).expect("the file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode =
                |path: &std::path::Path| std::fs::metadata(path).expect("it").permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
        }
        std::fs::remove_file(path).expect("the file");
        text
    };
    let arguments = json!({"grant_type": "refresh_token", "refresh_token": "example_old"});
    let tokens =
        json!({"user": {"id": "user_1"}, "access_token": "example_access", "refresh_token": "example_new"});
    let wrapped = json!({"data": tokens});
    for (answer, whole) in [(&tokens, false), (&wrapped, true)] {
        let upstream = Upstream::answering(Answer::json(200, answer));
        let mut server = live(&upstream, &["--secrets-dir", directory.to_str().expect("a path")]);
        let shown = server.call("authenticate_user", arguments.clone());
        let kept: Value = serde_json::from_str(&file()).expect("JSON");
        if whole {
            assert_eq!(&kept, answer);
            let note = shown["structuredContent"]["_note"].as_str().expect("a remark");
            assert!(note.contains("has no `access_token`") && note.contains("whole answer is in"), "{note}");
        } else {
            assert_eq!(kept, json!({"access_token": "example_access", "refresh_token": "example_new"}));
            assert_eq!(shown["structuredContent"]["user"]["id"], "user_1");
        }
        for secret in ["example_access", "example_new"] {
            assert!(!shown.to_string().contains(secret), "{shown}");
        }
    }
    // What cannot be read at all is kept all the same.
    let upstream =
        Upstream::answering(Answer::Http(200, Vec::new(), b"{\"access_token\":\"example_acc".to_vec()));
    let mut server = live(&upstream, &["--secrets-dir", directory.to_str().expect("a path")]);
    let text = server.failure("authenticate_user", arguments);
    assert!(text.contains("The whole answer is in") && !text.contains("example_acc"), "{text}");
    assert_eq!(file(), "{\"access_token\":\"example_acc");
    std::fs::remove_dir_all(directory).expect("the folder");
}

#[test]
fn operations_that_send_no_key_do_not_bring_it_back_either() {
    let half = &LIVE[..LIVE.len() - 3];
    for body in [
        json!({"message": format!("key {LIVE}")}).to_string(),
        json!({"message": {"key": LIVE.replace('_', "%5F")}}).to_string(),
        format!("{{\"message\":\"key {half}"),
        format!("the key is {half}..."),
    ] {
        for status in [200, 400] {
            let upstream = Upstream::answering(Answer::Http(
                status,
                vec![
                    ("content-type".into(), "application/json".into()),
                    ("x-request-id".into(), LIVE.into()),
                ],
                body.clone().into_bytes(),
            ));
            let mut server = live(&upstream, &[]);
            for (tool, arguments) in [
                ("get_jwks", json!({})),
                ("get_sso_profile", json!({"access_token": "example_token"})),
                ("get_organization", json!({"id": "org_1"})),
            ] {
                let answer = server.call(tool, arguments).to_string();
                let whole = answer.contains(LIVE) || answer.contains("%5F");
                let beginning = status == 400 && answer.contains(half);
                assert!(!whole && !beginning, "{tool}: {answer}");
            }
        }
    }
}

#[test]
fn credentials_among_arguments_come_back_in_no_form() {
    let password = "Übung+1 %x\"17";
    let percent = password.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    for echoed in
        [password.to_owned(), percent.to_ascii_uppercase(), percent, "%C3%9Cbung%2B1+%25x%2217".to_owned()]
    {
        for body in [
            json!({"message": format!("not {echoed} again"), "errors": [{&echoed: [echoed]}]}),
            json!({"message": {"given": echoed}, "code": [{"deep": {&echoed: 1}}]}),
        ] {
            let upstream = Upstream::answering(Answer::json(422, &body));
            let text =
                live(&upstream, &[]).failure("create_user", json!({"email": "a@b.c", "password": password}));
            let quoted = Value::from(echoed.as_str()).to_string();
            assert!(!text.contains(&echoed) && !text.contains(quoted.trim_matches('"')), "{text}");
            assert!(text.contains("[masked]"), "{text}");
        }
    }
}

/// What was cut off where it got too long, or has another shape, gives nothing away for that.
#[test]
fn an_answer_that_breaks_off_or_has_another_shape_gives_nothing_away() {
    let directory = std::env::temp_dir().join(format!("workos-mcp-cut-{}", std::process::id()));
    let long = "y".repeat(70_000);
    let body = format!(
        r#"{{"pending_authentication_token":"hidden","code":"mfa_challenge","message":"x","user":{{"p":"{long}"}}}}"#
    );
    let upstream = Upstream::answering(Answer::Http(403, Vec::new(), body.into_bytes()));
    let arguments = json!({"grant_type": "refresh_token", "refresh_token": "example_old"});
    let mut server = live(&upstream, &["--secrets-dir", directory.to_str().expect("a path")]);
    let text = server.failure("authenticate_user", arguments);
    assert!(text.contains("mfa_challenge") && text.contains("JSON that breaks off"), "{text}");
    assert!(!text.contains("hidden") && !text.contains("yyyy"), "{text}");
    let file =
        std::fs::read_dir(&directory).expect("the folder").next().expect("a file").expect("one").path();
    assert_eq!(std::fs::read_to_string(file).expect("the file").trim(), "hidden");
    std::fs::remove_dir_all(directory).expect("the folder");

    for (status, body) in [
        (403, r#"{"token":"hidden"#),
        (403, r#"{"a":1,"user":{"token":"hidden"#),
        (403, r#"{"errors":[{"property":"password","value":"hidden"}]}"#),
        (403, r#"{"code":"{\"token\":\"hidden\"}"}"#),
        (403, "Bearer hidden"),
        (200, "hidden"),
        (200, r#"{"code":"hidden"#),
        (200, r#""hidden""#),
        (200, r#"["hidden"]"#),
        (200, r#"[["hidden"]]"#),
        (200, r#"{"data":"hidden"}"#),
        (200, r#"{"Code":"hidden"}"#),
        (200, r#""{\"code\":\"hidden\"}""#),
    ] {
        let upstream = Upstream::answering(Answer::Http(status, Vec::new(), body.as_bytes().to_vec()));
        let answer = live(&upstream, &[]).call("get_magic_auth", json!({"id": "magic_auth_1"}));
        assert_eq!(upstream.count(), 1, "{answer}");
        assert!(!answer.to_string().contains("hidden"), "{body}: {answer}");
    }
}
