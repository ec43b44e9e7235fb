//! Sign-in without a browser: passwords, codes, tokens, sessions, factors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use super::Play;
use super::people::{events, id, join, pair};
use crate::sandbox::clock::MINUTE;
use crate::sandbox::tokens;

const MAGIC: &str = "urn:workos:oauth:grant-type:magic-auth:code";

/// The claims of an access token, which the key of `get_jwks` verifies.
fn verified(play: &Play, token: &Value) -> Value {
    let token = token.as_str().expect("a token");
    let (content, signature) = token.rsplit_once('.').expect("three parts");
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    let keys = play.ok("get_jwks", json!({}));
    let key = keys["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == header["kid"]);
    let key = key.expect("the key of the token");
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().expect(name)).expect("base64url");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    RsaPublicKeyComponents { n: part("n"), e: part("e") }
        .verify(&RSA_PKCS1_2048_8192_SHA256, content.as_bytes(), &signature)
        .expect("a good signature");
    tokens::claims(token).expect("claims")
}

fn password(email: &str, password: &str) -> Value {
    json!({"grant_type": "password", "email": email, "password": password})
}

/// The user of `pair`, whose address is verified.
fn verified_pair(play: &Play) -> (String, String) {
    let (user, organization) = pair(play);
    play.ok("update_user", json!({"id": user, "email_verified": true}));
    (user, organization)
}

#[test]
fn a_password_signs_in_and_a_wrong_one_does_not() {
    let play = Play::new();
    let (user, organization) = verified_pair(&play);
    join(&play, &user, &organization);
    let refused = play.fails("authenticate_user", password("nora@new.example", "wrong horse"));
    assert_eq!(refused, (400, "invalid_credentials".to_owned()));
    assert_eq!(play.fails("authenticate_user", password("no@new.example", "correct horse")).0, 400);
    let signed_in = play.ok("authenticate_user", password("NORA@new.example", "correct horse"));
    assert_eq!(signed_in["user"]["id"], user);
    assert_eq!(signed_in["organization_id"], organization);
    assert_eq!(signed_in["authentication_method"], "Password");
    let claims = verified(&play, &signed_in["access_token"]);
    assert_eq!((&claims["sub"], &claims["org_id"]), (&json!(user), &json!(organization)));
    assert_eq!((&claims["role"], &claims["roles"]), (&json!("member"), &json!(["member"])));
    assert!(claims["permissions"].is_array() && claims["iss"].is_string(), "{claims}");
    assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
    let sessions = play.listed("list_user_sessions", json!({"id": user}), "id");
    assert_eq!(sessions, [claims["sid"].as_str().expect("a session")]);
    assert!(play.ok("get_user", json!({"id": user}))["last_sign_in_at"].is_string());
    let names = ["authentication.password_failed", "authentication.password_succeeded", "session.created"];
    let told = events(&play, &names);
    assert_eq!(told.iter().filter(|name| name.ends_with("failed")).count(), 2);
    assert!(told.iter().any(|name| name == "session.created"), "{told:?}");
}

#[test]
fn a_refresh_token_works_once_and_not_after_the_session() {
    let play = Play::new();
    let (user, organization) = verified_pair(&play);
    join(&play, &user, &organization);
    let first = play.ok("authenticate_user", password("nora@new.example", "correct horse"));
    let refresh = |token: &Value| json!({"grant_type": "refresh_token", "refresh_token": token});
    let second = play.ok("authenticate_user", refresh(&first["refresh_token"]));
    let reused = play.fails("authenticate_user", refresh(&first["refresh_token"]));
    assert_eq!(reused, (400, "invalid_grant".to_owned()));
    let session = verified(&play, &second["access_token"])["sid"].clone();
    // To another organization, if the user is in it.
    let other = play.ok("create_organization", json!({"name": "Other Inc"}));
    let mut switch = refresh(&second["refresh_token"]);
    switch["organization_id"] = other["id"].clone();
    assert_eq!(play.fails("authenticate_user", switch.clone()).1, "organization_membership_not_found");
    join(&play, &user, id(&other));
    let third = play.ok("authenticate_user", switch);
    let claims = verified(&play, &third["access_token"]);
    assert_eq!((&claims["org_id"], &claims["sid"]), (&other["id"], &session));
    play.ok("revoke_session", json!({"session_id": session}));
    assert_eq!(play.fails("revoke_session", json!({"session_id": session})).0, 400);
    assert_eq!(play.fails("authenticate_user", refresh(&third["refresh_token"])).1, "invalid_grant");
    assert_eq!(play.listed("list_user_sessions", json!({"id": user}), "id").len(), 0);
    assert_eq!(events(&play, &["session.revoked"]).len(), 1);
}

#[test]
fn an_unverified_address_is_verified_while_signing_in() {
    let play = Play::new();
    let (user, _) = pair(&play);
    let (status, asked) = play.call("authenticate_user", password("nora@new.example", "correct horse"));
    assert_eq!((status, asked["code"].as_str()), (403, Some("email_verification_required")), "{asked}");
    let mail = play.ok("get_email_verification", json!({"id": asked["email_verification_id"]}));
    let mut step = json!({
        "grant_type": "urn:workos:oauth:grant-type:email-verification:code",
        "pending_authentication_token": asked["pending_authentication_token"],
        "code": "wrong",
    });
    assert_eq!(play.fails("authenticate_user", step.clone()).1, "invalid_one_time_code");
    step["code"] = mail["code"].clone();
    assert_eq!(play.ok("authenticate_user", step.clone())["user"]["email_verified"], true);
    assert_eq!(play.fails("authenticate_user", step).1, "invalid_pending_authentication_token");
    assert_eq!(play.fails("send_verification_email", json!({"id": user})).1, "email_already_verified");
    let verify = json!({"id": user, "code": mail["code"]});
    assert_eq!(play.fails("verify_user_email", verify).1, "email_previously_verified");
}

#[test]
fn an_address_is_verified_with_its_code() {
    let play = Play::new();
    let (user, _) = pair(&play);
    let sent = play.ok("send_verification_email", json!({"id": user}));
    let note = sent["_note"].as_str().expect("a note");
    let mail = note.split("code: ").nth(1).expect("an ID").trim_end_matches('.');
    let code = play.ok("get_email_verification", json!({"id": mail}))["code"].clone();
    let wrong = play.fails("verify_user_email", json!({"id": user, "code": "x"}));
    assert_eq!(wrong.1, "email_verification_code_incorrect");
    let verified = play.ok("verify_user_email", json!({"id": user, "code": code}));
    assert_eq!(verified["user"]["email_verified"], true);
}

#[test]
fn a_magic_code_works_once_for_ten_minutes() {
    let play = Play::new();
    // Whoever is new signs up.
    let magic = play.ok("create_magic_auth", json!({"email": "fresh@new.example"}));
    let grant = |code: &Value| json!({"grant_type": MAGIC, "email": "fresh@new.example", "code": code});
    assert_eq!(play.fails("authenticate_user", grant(&json!("000"))).1, "invalid_one_time_code");
    let signed_in = play.ok("authenticate_user", grant(&magic["code"]));
    assert_eq!(signed_in["user"]["email_verified"], true);
    assert_eq!(signed_in["authentication_method"], "MagicAuth");
    assert_eq!(play.fails("authenticate_user", grant(&magic["code"])).1, "one_time_code_previously_used");
    let magic = play.ok("create_magic_auth", json!({"email": "fresh@new.example"}));
    play.later(11 * MINUTE);
    assert_eq!(play.fails("authenticate_user", grant(&magic["code"])).1, "one_time_code_expired");
    let magic = play.ok("create_magic_auth", json!({"email": "fresh@new.example"}));
    for _ in 0..5 {
        play.fails("authenticate_user", grant(&json!("000")));
    }
    let ended = play.fails("authenticate_user", grant(&magic["code"]));
    assert_eq!(ended.1, "one_time_code_too_many_attempts");
}

#[test]
fn a_forgotten_password_is_reset() {
    let play = Play::new();
    let (user, _) = verified_pair(&play);
    play.ok("authenticate_user", password("nora@new.example", "correct horse"));
    assert_eq!(play.fails("create_password_reset", json!({"email": "no@new.example"})).0, 404);
    let reset = play.ok("create_password_reset", json!({"email": "nora@new.example"}));
    let confirm = |password: &str| json!({"token": reset["password_reset_token"], "new_password": password});
    assert_eq!(play.fails("confirm_password_reset", confirm("short")).1, "password_reset_error");
    play.ok("confirm_password_reset", confirm("battery staple"));
    assert_eq!(play.listed("list_user_sessions", json!({"id": user}), "id").len(), 0);
    assert_eq!(play.fails("confirm_password_reset", confirm("battery staple")).0, 404);
    assert_eq!(play.fails("authenticate_user", password("nora@new.example", "correct horse")).0, 400);
    play.ok("authenticate_user", password("nora@new.example", "battery staple"));
    assert_eq!(events(&play, &["password_reset.created", "password_reset.succeeded"]).len(), 2);
}

#[test]
fn an_address_changes_with_its_code() {
    let play = Play::new();
    let (user, _) = verified_pair(&play);
    let send = |email: &str| json!({"id": user, "new_email": email});
    assert_eq!(
        play.fails("send_email_change", send("jane@example.com")),
        (409, "email_not_available".to_owned())
    );
    assert_eq!(play.fails("send_email_change", send("nora@new.example")).1, "email_change_not_needed");
    let none = play.fails("confirm_email_change", json!({"id": user, "code": "1"}));
    assert_eq!(none, (409, "no_pending_email_change".to_owned()));
    let begun = play.ok("send_email_change", send("nora@other.example"));
    assert_eq!(begun["user"]["email"], "nora@new.example");
    let code: String =
        begun["_note"].as_str().expect("a note").chars().filter(char::is_ascii_digit).collect();
    let confirm = |code: &str| json!({"id": user, "code": code});
    assert_eq!(play.fails("confirm_email_change", confirm("x")).1, "email_change_code_incorrect");
    let changed = play.ok("confirm_email_change", confirm(&code));
    assert_eq!(changed["user"]["email"], "nora@other.example");
    assert_eq!(play.fails("confirm_email_change", confirm(&code)).1, "no_pending_email_change");
}

#[test]
fn whoever_is_in_several_organizations_chooses_one() {
    let play = Play::new();
    let (user, organization) = verified_pair(&play);
    join(&play, &user, &organization);
    let other = play.ok("create_organization", json!({"name": "Other Inc"}));
    join(&play, &user, id(&other));
    let (status, asked) = play.call("authenticate_user", password("nora@new.example", "correct horse"));
    assert_eq!((status, asked["code"].as_str()), (403, Some("organization_selection_required")));
    assert_eq!(asked["organizations"].as_array().map(Vec::len), Some(2));
    let choose = |organization: &str| {
        json!({
            "grant_type": "urn:workos:oauth:grant-type:organization-selection",
            "pending_authentication_token": asked["pending_authentication_token"],
            "organization_id": organization,
        })
    };
    let foreign = play.fails("authenticate_user", choose("org_01EXAMPLE0ORGANIZATION"));
    assert_eq!(foreign, (400, "invalid_organization_id".to_owned()));
    let signed_in = play.ok("authenticate_user", choose(id(&other)));
    assert_eq!(signed_in["organization_id"], other["id"]);
    assert_eq!(signed_in["authentication_method"], "Password");
}

#[test]
fn a_factor_is_asked_for() {
    let play = Play::new();
    let (user, _) = verified_pair(&play);
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let enrolled = play.ok(
        "enroll_user_auth_factor",
        json!({"userland_user_id": user, "totp_issuer": "Acme", "totp_user": "nora", "totp_secret": secret}),
    );
    let factor = &enrolled["authentication_factor"];
    assert_eq!(factor["totp"]["secret"], secret);
    assert!(factor["totp"]["qr_code"].as_str().is_some_and(|code| code.starts_with("data:image/png")));
    // Shown once.
    let later = play.ok("get_auth_factor", json!({"id": id(factor)}));
    assert_eq!(later["totp"], json!({"issuer": "Acme", "user": "nora"}));
    assert_eq!(play.listed("list_user_auth_factors", json!({"userland_user_id": user}), "id"), [id(factor)]);
    let (status, asked) = play.call("authenticate_user", password("nora@new.example", "correct horse"));
    assert_eq!((status, asked["code"].as_str()), (403, Some("mfa_challenge")), "{asked}");
    assert_eq!(asked["authentication_factors"], json!([{"id": id(factor), "type": "totp"}]));
    let challenge = play.ok("challenge_auth_factor", json!({"id": id(factor)}));
    let step = |code: &str| {
        json!({
            "grant_type": "urn:workos:oauth:grant-type:mfa-totp",
            "pending_authentication_token": asked["pending_authentication_token"],
            "authentication_challenge_id": id(&challenge),
            "code": code,
        })
    };
    assert_eq!(play.fails("authenticate_user", step("000001")).1, "invalid_one_time_code");
    let code = crate::sandbox::rules::mfa::totp(secret, chrono::Utc::now().timestamp()).expect("a code");
    play.ok("authenticate_user", step(&code));
    play.ok("delete_auth_factor", json!({"id": id(factor)}));
    play.ok("authenticate_user", password("nora@new.example", "correct horse"));
    let told = events(&play, &["authentication.mfa_failed", "authentication.mfa_succeeded"]);
    assert_eq!(told, ["authentication.mfa_failed", "authentication.mfa_succeeded"]);
}

#[test]
fn a_challenge_is_verified_once() {
    let play = Play::new();
    let bad = play.fails("enroll_auth_factor", json!({"type": "sms", "phone_number": "12"}));
    assert_eq!(bad.0, 422);
    let factor = play.ok("enroll_auth_factor", json!({"type": "sms", "phone_number": "+15555550177"}));
    let challenge = play.ok("challenge_auth_factor", json!({"id": id(&factor)}));
    let verify = |code: &Value| json!({"id": id(&challenge), "code": code});
    assert_eq!(play.ok("verify_auth_challenge", verify(&json!("none")))["valid"], false);
    assert_eq!(play.ok("verify_auth_challenge", verify(&challenge["code"]))["valid"], true);
    assert_eq!(play.fails("verify_auth_challenge", verify(&challenge["code"])).0, 422);
    let challenge = play.ok("challenge_auth_factor", json!({"id": id(&factor)}));
    play.later(11 * MINUTE);
    let late = json!({"id": id(&challenge), "code": challenge["code"]});
    assert_eq!(play.fails("verify_auth_challenge", late), (422, "challenge_expired".to_owned()));
    let totp = json!({"type": "totp", "totp_issuer": "Acme", "totp_user": "n@new.example"});
    let factor = play.ok("enroll_auth_factor", totp);
    assert!(factor["totp"]["uri"].as_str().is_some_and(|uri| uri.starts_with("otpauth://totp/Acme:")));
    let challenge = play.ok("challenge_auth_factor", json!({"id": id(&factor)}));
    assert!(challenge["code"].is_null() && challenge["expires_at"].is_null());
    let any = json!({"id": id(&challenge), "code": "123456"});
    assert_eq!(play.ok("verify_auth_challenge", any)["valid"], true);
}

#[test]
fn a_device_is_approved_at_the_second_poll() {
    let play = Play::new();
    let device = play.ok("start_device_authorization", json!({}));
    let poll = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device["device_code"],
    });
    assert_eq!(play.fails("authenticate_user", poll.clone()), (400, "authorization_pending".to_owned()));
    assert!(play.ok("authenticate_user", poll.clone())["access_token"].is_string());
    assert_eq!(play.fails("authenticate_user", poll.clone()).1, "invalid_grant");
    let device = play.ok("start_device_authorization", json!({}));
    play.later(6 * MINUTE);
    let mut late = poll;
    late["device_code"] = device["device_code"].clone();
    assert_eq!(play.fails("authenticate_user", late).1, "expired_token");
}

#[test]
fn the_authorization_url_leads_to_a_code_that_works_once() {
    let play = Play::new();
    let (user, organization) = verified_pair(&play);
    join(&play, &user, &organization);
    let verifier = "a-verifier-that-is-long-enough-0123456789-abcdef";
    let opened = play.ok(
        "get_authkit_authorization_url",
        json!({
            "provider": "authkit",
            "redirect_uri": "https://app.example/callback?x=1",
            "login_hint": "nora@new.example",
            "state": "a b",
            "code_challenge": tokens::hash(verifier),
            "code_challenge_method": "S256",
        }),
    );
    let code = opened["code"].as_str().expect("a code");
    let expected = format!("https://app.example/callback?x=1&code={code}&state=a+b");
    assert_eq!(opened["url"], expected);
    let exchange = |verifier: Option<&str>| json!({"grant_type": "authorization_code", "code": code, "code_verifier": verifier});
    assert_eq!(play.fails("authenticate_user", exchange(None)).1, "invalid_grant");
    assert_eq!(play.fails("authenticate_user", exchange(Some("another"))).1, "invalid_grant");
    let signed_in = play.ok("authenticate_user", exchange(Some(verifier)));
    assert_eq!(signed_in["user"]["id"], user);
    assert_eq!(signed_in["organization_id"], organization);
    assert_eq!(play.fails("authenticate_user", exchange(Some(verifier))).1, "invalid_grant");
    // A code is good for ten minutes.
    let opened = play.ok("get_authkit_authorization_url", json!({"organization_id": organization}));
    play.later(11 * MINUTE);
    let late = json!({"grant_type": "authorization_code", "code": opened["code"]});
    assert_eq!(play.fails("authenticate_user", late).1, "invalid_grant");
}

#[test]
fn an_invitation_is_accepted_while_signing_in() {
    let play = Play::new();
    let (_, organization) = verified_pair(&play);
    let given = json!({"email": "guest@new.example", "organization_id": organization});
    let invitation = play.ok("send_invitation", given);
    let link = json!({"provider": "authkit", "invitation_token": invitation["token"]});
    let opened = play.ok("get_authkit_authorization_url", link.clone());
    let exchange = json!({"grant_type": "authorization_code", "code": opened["code"]});
    let signed_in = play.ok("authenticate_user", exchange);
    assert_eq!(signed_in["organization_id"], organization);
    assert_eq!(signed_in["user"]["email"], "guest@new.example");
    assert_eq!(play.ok("get_invitation", json!({"id": id(&invitation)}))["state"], "accepted");
    assert_eq!(play.fails("get_authkit_authorization_url", link).1, "invitation_invalid");
    let mut foreign = password("nora@new.example", "correct horse");
    let other =
        play.ok("send_invitation", json!({"email": "x@new.example", "organization_id": organization}));
    foreign["invitation_token"] = other["token"].clone();
    assert_eq!(play.fails("authenticate_user", foreign).1, "invitation_cannot_be_used_for_email");
}

#[test]
fn a_provider_is_linked_and_the_logout_url_ends_the_session() {
    let play = Play::new();
    let (user, _) = verified_pair(&play);
    let link = json!({"provider": "GitHubOAuth", "login_hint": "nora@new.example"});
    let opened = play.ok("get_authkit_authorization_url", link);
    let exchange = json!({"grant_type": "authorization_code", "code": opened["code"]});
    let signed_in = play.ok("authenticate_user", exchange);
    assert_eq!(signed_in["authentication_method"], "GitHubOAuth");
    let identities = play.ok("list_user_identities", json!({"id": user}));
    assert_eq!(identities[0]["provider"], "GithubOAuth");
    let session = verified(&play, &signed_in["access_token"])["sid"].clone();
    let out = json!({"session_id": session, "return_to": "https://app.example/bye"});
    assert_eq!(play.ok("get_authkit_logout_url", out)["url"], "https://app.example/bye");
    let refresh = json!({"grant_type": "refresh_token", "refresh_token": signed_in["refresh_token"]});
    assert_eq!(play.fails("authenticate_user", refresh).1, "invalid_grant");
}
