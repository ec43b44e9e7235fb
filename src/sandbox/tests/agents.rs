//! Agents: blueprints, what is minted from them, registrations.

use serde_json::{Value, json};

use super::Play;
use super::roles::{team, text};

/// A blueprint of these settings.
fn blueprint(play: &Play, settings: Value) -> String {
    let mut given = json!({"name": "Helper", "permissions": ["crm:read"]});
    if let (Value::Object(given), Value::Object(settings)) = (&mut given, settings) {
        given.extend(settings);
    }
    text(&play.ok("create_agent_blueprint", given), "id")
}

#[test]
fn blueprints_are_checked_and_changed_in_part() {
    let play = Play::new();
    let id = blueprint(
        &play,
        json!({"session_settings": {
        "max_age_seconds": 100, "access_token_ttl_seconds": 10, "refresh_token_ttl_seconds": 50}}),
    );
    let given = json!({"agent_blueprint_id": id, "session_settings": {"access_token_ttl_seconds": 20}, "permissions": []});
    let changed = play.ok("update_agent_blueprint", given);
    let settings =
        json!({"max_age_seconds": 100, "access_token_ttl_seconds": 20, "refresh_token_ttl_seconds": 50});
    assert_eq!((&changed["session_settings"], &changed["permissions"]), (&settings, &json!([])));
    assert_eq!(
        play.fails("create_agent_blueprint", json!({"name": "Helper"})),
        (409, "name_already_in_use".into())
    );
    let unknown = json!({"name": "Other", "permissions": ["no:such"]});
    assert_eq!(play.fails("create_agent_blueprint", unknown), (404, "permission_not_found".into()));
}

#[test]
fn tokens_are_minted_rotated_and_revoked() {
    let play = Play::new();
    let (organization, _) = team(&play, "Agents", 0);
    let id = blueprint(&play, json!({}));
    let mint = |given: Value| {
        let mut arguments = json!({"agent_blueprint_id": id});
        if let (Value::Object(arguments), Value::Object(given)) = (&mut arguments, given) {
            arguments.extend(given);
        }
        arguments
    };
    let autonomous = mint(json!({"type": "autonomous", "organization_id": organization, "intent": "Look"}));
    let token = play.ok("mint_agent_token", autonomous.clone());
    assert_eq!((&token["new_instance"], &token["permissions"]), (&json!(true), &json!(["crm:read"])));
    let valid = |token: &Value| mint(json!({"agent_access_token": token["access_token"]}));
    let validated = play.ok("validate_agent_token", valid(&token));
    assert_eq!((&validated["organization_id"], &validated["intent"]), (&json!(organization), &json!("Look")));
    // The same instance, another session.
    let again = play.ok("mint_agent_token", autonomous);
    assert_eq!(
        (&again["new_instance"], &again["agent_instance_id"]),
        (&json!(false), &token["agent_instance_id"])
    );
    assert_ne!(again["agent_instance_session_id"], token["agent_instance_session_id"]);
    // A refresh token works once.
    let refresh = mint(json!({"type": "refresh", "refresh_token": token["refresh_token"]}));
    let rotated = play.ok("mint_agent_token", refresh.clone());
    assert_eq!(rotated["agent_instance_session_id"], token["agent_instance_session_id"]);
    assert_eq!(play.fails("mint_agent_token", refresh), (400, "invalid_refresh_token".into()));
    assert_eq!(play.fails("validate_agent_token", valid(&token)), (400, "invalid_agent_access_token".into()));
    let session = json!({"agent_instance_session_id": token["agent_instance_session_id"]});
    assert_eq!(play.ok("revoke_agent_session", session.clone())["status"], "revoked");
    assert_eq!(play.ok("revoke_agent_session", session)["status"], "revoked");
    assert_eq!(play.fails("validate_agent_token", valid(&rotated)), (403, "session_revoked".into()));
    let of = json!({"agent_blueprint_id": id});
    assert_eq!(play.listed("list_agent_sessions", of.clone(), "status"), ["active", "revoked"]);
    play.ok("delete_agent_instance", json!({"agent_instance_id": token["agent_instance_id"]}));
    assert!(play.listed("list_agent_sessions", of, "id").is_empty());
    assert_eq!(play.fails("validate_agent_token", valid(&again)).0, 400);
}

#[test]
fn a_blueprint_says_who_may_invoke_it() {
    let play = Play::new();
    let (organization, _) = team(&play, "Allowed", 0);
    let (other, _) = team(&play, "Refused", 0);
    let id = blueprint(&play, json!({"invocable_by": {"organization_ids": [organization]}}));
    let mint = |organization: &str| json!({"agent_blueprint_id": id, "type": "autonomous", "organization_id": organization});
    play.ok("mint_agent_token", mint(&organization));
    assert_eq!(play.fails("mint_agent_token", mint(&other)), (403, "organization_not_invocable".into()));
    let only = json!({"agent_blueprint_id": id, "invocable_as": {"instance_types": ["delegated"]}});
    play.ok("update_agent_blueprint", only);
    assert_eq!(
        play.fails("mint_agent_token", mint(&organization)),
        (403, "unsupported_invocation_type".into())
    );
    let nobody = json!({"agent_blueprint_id": id, "type": "user_delegated", "user_access_token": "no token"});
    assert_eq!(play.fails("mint_agent_token", nobody), (400, "invalid_user_access_token".into()));
}

#[test]
fn a_revoked_registration_has_no_valid_credential() {
    let play = Play::new();
    let credential = json!({"type": "access_token", "credential": "example_agent_access_token"});
    let valid = play.ok("validate_agent_credential", credential.clone());
    assert_eq!(valid["valid"], true);
    let id = json!({"id": valid["registration_id"]});
    assert_eq!(play.ok("revoke_agent_registration", id.clone())["status"], "revoked");
    assert_eq!(play.ok("get_agent_registration", id)["status"], "revoked");
    assert_eq!(play.ok("validate_agent_credential", credential)["valid"], false);
}
