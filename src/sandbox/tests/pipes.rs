//! Integrations of providers, and the accounts that are connected.

use serde_json::{Value, json};

use super::Play;
use super::roles::{events, member, team, text};

/// A provider, an organization and a user in it.
fn provider(play: &Play) -> (String, String) {
    let given = json!({
        "provider": "desk", "scopes": ["read", "write"], "auth_methods": ["oauth", "api_key"],
        "custom_provider": {"name": "Desk", "token_url": "https://desk.example/token"},
        "credentials": {"type": "custom", "client_id": "desk", "client_secret": "example_client_secret"},
    });
    let made = play.ok("create_data_integration", given.clone());
    assert_eq!(made["credentials"]["redacted_client_secret"], "cret");
    assert_eq!(made["custom_provider"]["pkce_enabled"], false);
    assert_eq!(play.fails("create_data_integration", given).0, 409);
    let (organization, _) = team(play, "Pipes", 0);
    let (user, _) = member(play, &organization, "piper");
    (organization, user)
}

#[test]
fn an_integration_is_one_for_users_and_one_for_organizations() {
    let play = Play::new();
    let (_, user) = provider(&play);
    assert_eq!(play.fails("get_organization_owned_data_integration", json!({"slug": "desk"})).0, 404);
    play.ok("create_data_integration", json!({"provider": "desk", "ownership": "organization"}));
    let shared = play.ok("get_organization_owned_data_integration", json!({"slug": "desk"}));
    assert_eq!(
        (&shared["custom_provider"]["name"], &shared["ownership"]),
        (&json!("Desk"), &json!("organization"))
    );
    let renamed = json!({"slug": "desk", "custom_provider": {"name": "Front desk"}, "enabled": false});
    play.ok("update_organization_owned_data_integration", renamed);
    let own = play.ok("get_data_integration", json!({"slug": "desk"}));
    assert_eq!((&own["custom_provider"]["name"], &own["enabled"]), (&json!("Front desk"), &json!(true)));
    assert_eq!(own["custom_provider"]["token_url"], "https://desk.example/token");
    let account = json!({"slug": "desk", "user_id": user, "secret": "example_key_1234"});
    play.ok("upsert_data_integration_api_key", account);
    play.ok("delete_data_integration", json!({"slug": "desk"}));
    let gone = json!({"slug": "desk", "user_id": user});
    assert_eq!(play.fails("get_user_connected_account", gone).0, 404);
    play.ok("get_organization_owned_data_integration", json!({"slug": "desk"}));
}

#[test]
fn tokens_are_handed_out_while_the_account_is_connected() {
    let play = Play::new();
    let (_, user) = provider(&play);
    let whose = json!({"slug": "desk", "user_id": user});
    let token = || play.ok("get_data_integration_access_token", whose.clone());
    assert_eq!(token(), json!({"active": false, "access_token": null, "error": "not_installed"}));
    let given = json!({
        "slug": "desk", "user_id": user, "access_token": "example_token", "refresh_token": "example_refresh",
        "expires_at": "2096-01-01T00:00:00Z", "scopes": ["read"],
    });
    let account = play.ok("import_user_connected_account", given.clone());
    assert_eq!(
        (&account["connection_role"], &account["state"]),
        (&json!("compatibility"), &json!("connected"))
    );
    assert!(!account.to_string().contains("example_token"));
    let got = token();
    assert_eq!(got["access_token"]["access_token"], "example_token");
    assert_eq!(got["access_token"]["missing_scopes"], json!(["write"]));
    assert_eq!(play.fails("import_user_connected_account", given).0, 409);
    let lost = json!({"slug": "desk", "user_id": user, "state": "needs_reauthorization"});
    play.ok("update_user_connected_account", lost);
    assert_eq!(token()["error"], "needs_reauthorization");
    let incomplete = json!({
        "slug": "desk", "user_id": user, "access_token": "example_token", "expires_at": "2096-01-01T00:00:00Z",
    });
    assert_eq!(play.fails("update_user_connected_account", incomplete).0, 422);
    // What has ended is refreshed.
    let over = json!({
        "slug": "desk", "user_id": user, "access_token": "example_old", "refresh_token": "example_refresh",
        "expires_at": "2020-01-01T00:00:00Z",
    });
    play.ok("update_user_connected_account", over);
    assert_ne!(token()["access_token"]["access_token"], "example_old");
    play.ok("delete_user_connected_account", whose.clone());
    assert_eq!(token()["error"], "not_installed");
    for (event, count) in [("connected", 2), ("reauthorization_needed", 1), ("disconnected", 1)] {
        assert_eq!(events(&play, &format!("pipes.connected_account.{event}")).len(), count, "{event}");
    }
}

#[test]
fn one_of_several_accounts_has_to_be_named() {
    let play = Play::new();
    let (organization, user) = provider(&play);
    let given = json!({
        "slug": "desk", "user_id": user, "secret": "example_key_1234", "account_display_name": "Sales",
        "connection_owner": "organization", "organization_id": organization,
    });
    let first = play.ok("upsert_data_integration_api_key", given.clone());
    assert_eq!((&first["api_key_last_4"], &first["user_id"]), (&json!("1234"), &Value::Null));
    assert_eq!(play.ok("upsert_data_integration_api_key", given.clone())["id"], first["id"]);
    let second = play.ok("add_data_integration_api_key", given);
    assert_eq!(
        (&second["connection_role"], &second["warnings"][0]["code"]),
        (&json!("standard"), &json!("duplicate_account_display_name"))
    );
    let mut whose =
        json!({"slug": "desk", "organization_id": organization, "supports_multiple_connections": true});
    let several = play.fails("get_organization_connected_account", whose.clone());
    assert_eq!(several, (409, "account_selection_required".into()));
    whose["connected_account_id"] = second["id"].clone();
    assert_eq!(play.ok("get_organization_connected_account", whose.clone())["id"], second["id"]);
    // Whoever does not know of several gets the first.
    let old = json!({"slug": "desk", "organization_id": organization});
    assert_eq!(play.ok("get_organization_connected_account", old)["id"], first["id"]);
    let credential = json!({
        "slug": "desk", "user_id": user, "connection_owner": "organization", "organization_id": organization,
    });
    let got = play.ok("get_data_integration_credentials", credential.clone());
    assert_eq!(got["credential"]["value"], "example_key_1234");
    assert_eq!(play.fails("get_data_integration_access_token", credential).0, 422);
    play.ok("delete_organization_connected_account", whose.clone());
    assert_eq!(play.fails("get_organization_connected_account", whose).0, 404);
}

#[test]
fn a_connection_is_finished_with_its_verifier() {
    let play = Play::new();
    let (_, user) = provider(&play);
    let verifier = "example_code_verifier_of_at_least_43_characters";
    let challenge = crate::sandbox::tokens::hash(verifier);
    let given = json!({
        "slug": "desk", "user_id": user, "return_to": "https://example.com/callback",
        "code_challenge": challenge, "code_challenge_method": "S256",
    });
    let begun = play.ok("get_data_integration_authorize_url", given);
    assert_eq!(begun["completion"], "finish_required");
    let whose = json!({"slug": "desk", "user_id": user});
    assert_eq!(play.fails("get_user_connected_account", whose.clone()).0, 404);
    let wrong = json!({"connect_code": begun["state"], "code_verifier": format!("{verifier}x")});
    assert_eq!(play.fails("finish_data_integration_connection", wrong).0, 400);
    let right = json!({"connect_code": begun["state"], "code_verifier": verifier});
    let finished = play.ok("finish_data_integration_connection", right.clone());
    assert_eq!(finished["connected_account"]["state"], "connected");
    assert_eq!(play.fails("finish_data_integration_connection", right).0, 400);
    assert_eq!(play.ok("get_user_connected_account", whose)["id"], finished["connected_account"]["id"]);
}

#[test]
fn providers_show_what_is_connected() {
    let play = Play::new();
    let (organization, user) = provider(&play);
    let listed = || {
        play.ok("list_user_data_providers", json!({"user_id": user, "supports_multiple_connections": true}))
    };
    let desk = |listed: &Value| {
        let all = listed["data"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|one| one["slug"] == "desk").expect("the provider")
    };
    let before = desk(&listed());
    assert_eq!((&before["connected_account"], &before["connected_accounts"]), (&Value::Null, &json!([])));
    assert_eq!(before["createdAt"], before["created_at"]);
    play.ok("get_data_integration_authorize_url", json!({"slug": "desk", "user_id": user}));
    let after = desk(&listed());
    assert_eq!(after["connected_account"]["scopes"], json!(["read", "write"]));
    assert_eq!(after["connected_account"]["userlandUserId"], json!(user));
    let set = json!({
        "organization_id": organization, "slug": "desk", "enabled": false, "client_id": "own",
        "client_secret": "example_client_secret",
    });
    let set = play.ok("configure_organization_data_integration", set);
    assert_eq!(
        (&set["enabled"], text(&set["credentials"], "client_secret_last_four")),
        (&json!(false), "cret".into())
    );
    let all = play.ok("list_organization_data_integrations", json!({"organization_id": organization}));
    assert_eq!(desk(&all), set);
    let (other, _) = team(&play, "Unset", 0);
    let all = play.ok("list_organization_data_integrations", json!({"organization_id": other}));
    assert_eq!(desk(&all)["enabled"], true);
}
