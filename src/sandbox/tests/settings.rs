//! The vault, Connect, settings of AuthKit, Radar.

use serde_json::{Value, json};

use super::Play;
use super::roles::{events, team, text};

#[test]
fn the_vault_keeps_values_with_versions() {
    let play = Play::new();
    let given = json!({"name": "db", "value": "one", "key_context": {"organization_id": "org_1"}});
    let made = play.ok("create_vault_object", given.clone());
    assert!(!made.to_string().contains("one"));
    let (status, body) = play.call("create_vault_object", given);
    assert!(
        status == 409 && body.as_object().is_some_and(|body| body.len() == 1) && body["error"].is_string()
    );
    let (id, first) = (made["id"].clone(), made["version_id"].clone());
    assert_eq!(play.ok("get_vault_object_by_name", json!({"name": "db"}))["value"], "one");
    let changed = play.ok("update_vault_object", json!({"id": id, "value": "two", "version_check": first}));
    assert_eq!(changed["metadata"]["context"], json!({"organization_id": "org_1"}));
    let stale = json!({"id": id, "value": "three", "version_check": first});
    assert_eq!(play.call("update_vault_object", stale).0, 409);
    let got = play.ok("get_vault_object", json!({"id": id}));
    assert_eq!(
        (&got["value"], &got["metadata"]["version_id"]),
        (&json!("two"), &changed["metadata"]["version_id"])
    );
    assert!(play.ok("describe_vault_object", json!({"id": id})).get("value").is_none());
    let versions = play.ok("list_vault_object_versions", json!({"id": id}));
    let current: Vec<&Value> =
        versions["data"].as_array().into_iter().flatten().map(|one| &one["current_version"]).collect();
    assert_eq!(current, [&json!(true), &json!(false)]);
    assert_eq!(play.listed("list_vault_objects", json!({"search": "db"}), "name"), ["db"]);
    assert_eq!(play.call("delete_vault_object", json!({"id": id, "version_check": first})).0, 409);
    let gone = play.ok("delete_vault_object", json!({"id": id}));
    assert_eq!(gone, json!({"name": "db", "success": true}));
    assert_eq!(play.call("get_vault_object", json!({"id": id})).0, 404);
    let told = events(&play, "vault.data.created");
    assert_eq!(told[0]["data"]["kv_name"], "db");
}

#[test]
fn a_data_key_comes_back_from_what_protects_it() {
    let play = Play::new();
    let key = play.ok("create_vault_data_key", json!({"context": {"organization_id": "org_1"}}));
    let back = play.ok("decrypt_vault_data_key", json!({"keys": key["encrypted_keys"]}));
    assert_eq!((&back["data_key"], &back["id"]), (&key["data_key"], &key["id"]));
    let given = json!({"context": {"organization_id": "org_2"}, "encrypted_keys": key["encrypted_keys"]});
    let other = play.ok("rekey_vault_data_key", given);
    assert_ne!(other["encrypted_keys"], key["encrypted_keys"]);
    let back = play.ok("decrypt_vault_data_key", json!({"keys": other["encrypted_keys"]}));
    assert_eq!(back["data_key"], key["data_key"]);
    assert_eq!(play.call("decrypt_vault_data_key", json!({"keys": "bm90aGluZw=="})).0, 400);
}

#[test]
fn an_application_has_secrets_that_are_shown_once() {
    let play = Play::new();
    let (organization, _) = team(&play, "Connect", 0);
    let given = json!({
        "name": "Importer", "application_type": "m2m", "organization_id": organization, "scopes": ["a"],
    });
    let application = play.ok("create_connect_application", given);
    let id = &application["id"];
    assert!(
        application["redirect_uris"].is_null() && text(&application, "client_id").starts_with("client_01")
    );
    let secret = play.ok("create_connect_application_secret", json!({"id": application["client_id"]}));
    assert!(text(&secret, "secret").ends_with(&text(&secret, "secret_hint")));
    for _ in 0..4 {
        play.ok("create_connect_application_secret", json!({"id": id}));
    }
    assert_eq!(play.fails("create_connect_application_secret", json!({"id": id})).0, 422);
    let listed = play.ok("list_connect_application_secrets", json!({"id": id}));
    assert_eq!(listed.as_array().map(Vec::len), Some(5));
    assert!(listed[0].get("secret").is_none());
    play.ok("delete_connect_application_secret", json!({"id": secret["id"]}));
    assert_eq!(play.fails("delete_connect_application_secret", json!({"id": secret["id"]})).0, 404);
    play.ok("delete_connect_application", json!({"id": id}));
    assert_eq!(play.fails("list_connect_application_secrets", json!({"id": id})).0, 404);
}

#[test]
fn an_application_has_one_default_redirect_uri() {
    let play = Play::new();
    let uri = |number: u8, default: Value| json!({"uri": format!("https://app.example/{number}"), "default": default});
    let given = json!({
        "name": "Web", "application_type": "oauth", "is_first_party": true,
        "redirect_uris": [{"uri": "https://app.example/1"}, uri(2, json!(true))],
    });
    let made = play.ok("create_connect_application", given);
    assert_eq!(made["redirect_uris"][0]["default"], false);
    let two = json!({"id": made["id"], "redirect_uris": [uri(1, json!(true)), uri(2, json!(true))]});
    assert_eq!(play.fails("update_connect_application", two).0, 422);
    let one =
        json!({"id": made["id"], "redirect_uris": [{"uri": "https://app.example/3"}], "description": "Web"});
    let changed = play.ok("update_connect_application", one);
    assert_eq!(changed["redirect_uris"], json!([{"uri": "https://app.example/3", "default": true}]));
    let none = play.ok("update_connect_application", json!({"id": made["id"], "redirect_uris": null}));
    assert_eq!((&none["redirect_uris"], &none["description"]), (&json!([]), &json!("Web")));
}

#[test]
fn a_user_may_withdraw_a_consent() {
    let play = Play::new();
    let user = json!({"user_id": "user_01EXAMPLE0USER"});
    let before = play.listed("list_user_authorized_applications", user.clone(), "id").len();
    let consent =
        json!({"user_id": "user_01EXAMPLE0USER", "application_id": "conn_app_01EXAMPLE0APPLICATION"});
    play.ok("delete_user_authorized_application", consent.clone());
    assert_eq!(play.listed("list_user_authorized_applications", user, "id").len(), before - 1);
    assert_eq!(play.fails("delete_user_authorized_application", consent).0, 404);
    let given = json!({"external_auth_id": "ext_auth_1", "user": {"id": "1", "email": "a@b.example"}});
    play.ok("complete_external_auth", given.clone());
    let (status, body) = play.call("complete_external_auth", given);
    assert_eq!((status, &body["error"]), (400, &json!("external_auth_session_already_completed")));
}

#[test]
fn settings_of_authkit_are_unique() {
    let play = Play::new();
    play.ok("create_cors_origin", json!({"origin": "https://new.example"}));
    assert_eq!(play.fails("create_cors_origin", json!({"origin": "https://new.example"})).0, 409);
    assert_eq!(play.fails("create_cors_origin", json!({"origin": "new.example/path"})).0, 422);
    let redirect = play.ok("create_redirect_uri", json!({"uri": "http://localhost:3000/callback"}));
    assert_eq!(redirect["default"], false);
    assert_eq!(play.fails("create_redirect_uri", json!({"uri": "http://localhost:3000/callback"})).0, 400);
    assert_eq!(play.fails("create_redirect_uri", json!({"uri": "http://new.example/callback"})).0, 422);
    assert_eq!(play.fails("delete_redirect_uri", json!({"id": "redir_01EXAMPLE0FIRST"})).0, 409);
    play.ok("delete_redirect_uri", json!({"id": redirect["id"]}));
    let resource = json!({"uri": "https://mcp.new.example", "default": true});
    let resource = play.ok("create_mcp_resource_indicator", resource);
    let listed = play.ok("list_mcp_resource_indicators", json!({}));
    let defaults: Vec<&Value> =
        listed["data"].as_array().into_iter().flatten().filter(|one| one["default"] == true).collect();
    assert_eq!(defaults.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&resource["id"]]);
}

#[test]
fn the_jwt_template_is_one() {
    let play = Play::new();
    let content = "{\"plan\": {{organization.metadata.plan}}, \"name\": \"{{user.first_name}}\"}";
    play.ok("update_jwt_template", json!({"content": content}));
    assert_eq!(play.ok("get_jwt_template", json!({}))["content"], content);
    for wrong in ["{", "[]", "{}", "{\"sub\": \"me\"}"] {
        assert_eq!(play.fails("update_jwt_template", json!({"content": wrong})).0, 422, "{wrong}");
    }
    assert_eq!(play.ok("get_jwt_template", json!({}))["content"], content);
}

#[test]
fn radar_judges_by_its_lists() {
    let play = Play::new();
    let judged = || {
        let attempt = json!({
            "ip_address": "198.51.100.7", "user_agent": "x", "email": "Eve@evil.example",
            "auth_method": "Password", "action": "sign-in",
        });
        play.ok("create_radar_attempt", attempt)
    };
    let attempt = judged();
    assert_eq!(attempt["verdict"], "allow");
    let domain = |action: &str| json!({"type": "domain", "action": action, "entry": "evil.example"});
    assert!(play.ok("add_radar_list_entry", domain("block"))["message"].is_null());
    assert!(play.ok("add_radar_list_entry", domain("block"))["message"].is_string());
    let blocked = judged();
    assert_eq!((&blocked["verdict"], &blocked["blocklist_type"]), (&json!("block"), &json!("domain")));
    let allowed = json!({"type": "email", "action": "allow", "entry": "eve@evil.example"});
    play.ok("add_radar_list_entry", allowed.clone());
    assert_eq!(judged()["verdict"], "allow");
    play.ok("remove_radar_list_entry", allowed.clone());
    assert_eq!(play.fails("remove_radar_list_entry", allowed).0, 404);
    assert_eq!(judged()["verdict"], "block");
    play.ok("update_radar_attempt", json!({"id": attempt["attempt_id"], "attempt_status": "success"}));
    assert_eq!(
        play.fails("update_radar_attempt", json!({"id": "radar_att_none", "attempt_status": "success"})).0,
        404
    );
}
