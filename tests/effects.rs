//! What a call does follows from its operation and its arguments: null does nothing, what takes away
//! is refused below `full` and asked about before.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, KEY, Received, Server, Upstream, fixtures, initialize_params};
use serde_json::{Map, Value, json};
use workos_mcp::api::operations;
use workos_mcp::operation::{Destination, Effect, Operation};

/// Arguments that take something away in operations which otherwise only change or create. Stated
/// here once more, so that none drops out of the table unnoticed.
const TAKES_AWAY: &[(&str, &[&str])] = &[
    ("add_radar_list_entry", &["action"]),
    ("authenticate_user", &["refresh_token"]),
    ("mint_agent_token", &["refresh_token"]),
    ("update_agent_blueprint", &["permissions", "invocable_by", "invocable_as"]),
    ("update_connect_application", &["scopes", "redirect_uris", "cors_origins"]),
    ("update_authorization_resource", &["parent_resource_id", "parent_resource_external_id"]),
    ("update_authorization_resource_by_external_id", &["parent_resource_id", "parent_resource_external_id"]),
    ("update_connection", &["attribute_maps", "saml_options", "oidc_options"]),
    ("update_organization", &["domain_data", "domains", "allow_profiles_outside_organization"]),
    ("update_organization_membership", &["role_slug", "role_slugs"]),
    ("update_user", &["email", "password", "password_hash"]),
];

/// Operations whose effect does not follow from their verb, with what it is.
const EFFECTS: &[(&str, Effect)] = &[
    ("accept_invitation", Effect::Update),
    ("authenticate_user", Effect::Update),
    ("check_authorization", Effect::Read),
    ("confirm_password_reset", Effect::Delete),
    ("create_audit_log_schema", Effect::Update),
    ("create_mcp_resource_indicator", Effect::Update),
    ("create_organization_membership", Effect::Update),
    ("deactivate_organization_membership", Effect::Delete),
    ("disable_feature_flag", Effect::Delete),
    ("enable_feature_flag", Effect::Update),
    ("finish_data_integration_connection", Effect::Update),
    ("get_data_integration_access_token", Effect::Update),
    ("get_data_integration_credentials", Effect::Update),
    ("get_sso_profile_and_token", Effect::Update),
    ("mint_agent_token", Effect::Update),
    ("reactivate_organization_membership", Effect::Update),
    ("resend_invitation", Effect::Update),
    ("set_audit_logs_retention", Effect::Delete),
    ("set_environment_role_permissions", Effect::Delete),
    ("sync_directory", Effect::Update),
    ("update_group_members", Effect::Delete),
    ("update_jwt_template", Effect::Delete),
    ("update_vault_object", Effect::Delete),
    ("validate_api_key", Effect::Read),
    ("verify_auth_challenge", Effect::Update),
    ("verify_organization_domain", Effect::Update),
    ("verify_user_email", Effect::Update),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("WORKOS_API_KEY", KEY),
    ("WORKOS_CLIENT_ID", "client_example"),
    ("WORKOS_REDIRECT_URI", "https://example.com/callback"),
];

fn server(upstream: &Upstream, arguments: &[&str]) -> Server {
    let mut all = vec!["--base-url", &upstream.url, "--toolsets", "all"];
    all.extend(arguments);
    let mut server = Server::start_with(&all, ENVIRONMENT);
    server.initialize();
    server
}

fn upstream() -> Upstream {
    Upstream::answering(Answer::json(200, &json!({"id": "example"})))
}

/// The arguments of each fixture, without what takes something away.
fn arguments_of_fixtures() -> impl Iterator<Item = (&'static Operation, Map<String, Value>)> {
    let fixtures = fixtures();
    operations().map(move |operation| {
        let mut arguments = fixtures[operation.name]["arguments"].as_object().cloned().unwrap_or_default();
        arguments.shift_remove("clear");
        let takes_away = TAKES_AWAY.iter().find(|(name, _)| *name == operation.name);
        for name in takes_away.map(|(_, names)| *names).unwrap_or_default() {
            arguments.shift_remove(*name);
        }
        match operation.name {
            "add_radar_list_entry" => drop(arguments.insert("action".to_owned(), "allow".into())),
            // The rest of what is gone.
            "update_user" => {
                arguments.retain(|name, _| !name.starts_with("password"));
            }
            name if name.starts_with("update_authorization_resource") => {
                arguments.shift_remove("parent_resource_type_slug");
            }
            "mint_agent_token" => {
                arguments = json!({
                    "agent_blueprint_id": "agent_blueprint_1", "type": "autonomous", "organization_id": "org_1",
                })
                .as_object()
                .cloned()
                .unwrap_or_default();
            }
            _ => {}
        }
        (operation, arguments)
    })
}

/// What of a request says what it does.
fn essence(request: &Received) -> (String, String, Option<Value>) {
    (request.method.clone(), request.target.clone(), request.json())
}

#[test]
fn effects_are_what_they_are_said_to_be() {
    for (name, effect) in EFFECTS {
        let operation = operations().find(|operation| operation.name == *name).expect(name);
        assert_eq!(operation.effect, *effect, "{name}");
    }
    for operation in operations() {
        let named = TAKES_AWAY.iter().find(|(name, _)| *name == operation.name).map(|(_, names)| *names);
        let marked: Vec<&str> = operation
            .fields
            .iter()
            .filter(|field| field.destroys.is_some())
            .map(|field| field.name)
            .collect();
        assert_eq!(marked, named.unwrap_or_default(), "{}", operation.name);
    }
}

/// Clients that fill in null for what a model left out change nothing by it.
#[test]
fn null_in_any_argument_is_as_if_it_were_left_out() {
    let upstream = upstream();
    let mut server = server(&upstream, &[]);
    let listed = server.ask("tools/list", json!({}))["result"]["tools"].take();
    for (operation, arguments) in arguments_of_fixtures() {
        let tool = listed.as_array().expect("tools").iter().find(|tool| tool["name"] == operation.name);
        let schema = &tool.expect(operation.name)["inputSchema"];
        let required = |name: &str| {
            schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
        };
        // Only what must be given, so that no rule is broken by what is missing.
        let mut sent = |arguments: &Map<String, Value>| {
            let before = upstream.count();
            let result = server.call(operation.name, Value::Object(arguments.clone()));
            let arrived: Vec<_> = upstream.received()[before..].iter().map(essence).collect();
            (result["isError"] == true, arrived)
        };
        let plain = sent(&arguments);
        let Some(properties) = schema["properties"].as_object() else { continue };
        let mut all = arguments.clone();
        for name in properties.keys().filter(|name| !required(name) && !arguments.contains_key(*name)) {
            all.insert(name.clone(), Value::Null);
        }
        // What is made anew for each request differs anyway.
        if ["pkce", "idempotency_key"].iter().all(|name| !properties.contains_key(*name)) {
            assert_eq!(sent(&all), plain, "{} with null in all that is left out", operation.name);
            for name in arguments.keys().filter(|name| !required(name)) {
                let (mut without, mut null) = (arguments.clone(), arguments.clone());
                without.shift_remove(name);
                null.insert(name.clone(), Value::Null);
                assert_eq!(sent(&null), sent(&without), "{} with null in {name}", operation.name);
            }
        }
        for name in arguments.keys().filter(|name| required(name)) {
            let mut null = arguments.clone();
            null.insert(name.clone(), Value::Null);
            assert_eq!(sent(&null), (true, Vec::new()), "{} with null in {name}", operation.name);
        }
    }
}

/// What replaces, overwrites or clears is refused where nothing may be destroyed, in its own tool
/// and through discovery; everything else gets through.
#[test]
fn nothing_is_taken_away_below_full_access() {
    let upstream = upstream();
    let mut direct = server(&upstream, &["--access", "write"]);
    let mut discovery = Server::start_with(
        &["--base-url", &upstream.url, "--toolsets", "none", "--access", "write"],
        ENVIRONMENT,
    );
    discovery.initialize();
    // What would only be refused is not offered.
    let listed = direct.ask("tools/list", json!({}))["result"]["tools"].take();
    for tool in listed.as_array().expect("tools") {
        let takes_away = TAKES_AWAY.iter().find(|(name, _)| tool["name"] == *name).map(|(_, names)| *names);
        for name in takes_away.unwrap_or_default().iter().chain(&["clear"]).filter(|name| **name != "action")
        {
            assert!(tool["inputSchema"]["properties"].get(*name).is_none(), "{tool}");
        }
    }
    let fixtures = fixtures();
    for (operation, plain) in arguments_of_fixtures() {
        if !matches!(operation.effect, Effect::Create | Effect::Update) {
            continue;
        }
        let before = upstream.count();
        let result = direct.call(operation.name, Value::Object(plain.clone()));
        assert_eq!(result["isError"], false, "{}: {result}", operation.name);
        assert_eq!(upstream.count(), before + 1, "{}", operation.name);

        let mut attacks = Vec::new();
        let takes_away = TAKES_AWAY.iter().find(|(name, _)| *name == operation.name);
        for name in takes_away.map(|(_, names)| *names).unwrap_or_default() {
            let mut arguments = plain.clone();
            arguments.insert((*name).to_owned(), given(operation, name, &fixtures));
            match (operation.name, *name) {
                ("mint_agent_token", _) => {
                    arguments.shift_remove("organization_id");
                    arguments.insert("type".to_owned(), "refresh".into());
                }
                (_, "parent_resource_external_id") => {
                    arguments.insert("parent_resource_type_slug".to_owned(), "example".into());
                }
                ("update_user", "password_hash") => {
                    arguments.insert("password_hash_type".to_owned(), "bcrypt".into());
                }
                _ => {}
            }
            // The same in the disguises that are seen through.
            if arguments[*name].is_object() || arguments[*name].is_array() {
                let mut disguised = arguments.clone();
                disguised.insert((*name).to_owned(), arguments[*name].to_string().into());
                attacks.push(((*name).to_owned(), disguised));
            }
            attacks.push(((*name).to_owned(), arguments));
        }
        for field in operation.fields {
            let clears = |value: Value| {
                let mut arguments = plain.clone();
                arguments.insert(field.name.to_owned(), value);
                (field.name.to_owned(), arguments)
            };
            if field.presence == workos_mcp::schema::Presence::Clearable {
                let mut arguments = plain.clone();
                arguments.shift_remove(field.name);
                arguments.insert("clear".to_owned(), json!([field.name]));
                attacks.push((field.name.to_owned(), arguments));
                match field.schema {
                    workos_mcp::schema::Schema::String => attacks.push(clears(json!(""))),
                    workos_mcp::schema::Schema::List(_) => attacks.push(clears(json!([]))),
                    workos_mcp::schema::Schema::Map(_) => {
                        attacks.extend([
                            clears(json!({})),
                            clears(json!("{}")),
                            clears(json!({"tier": null})),
                        ]);
                    }
                    _ => {}
                }
            }
        }
        for (name, arguments) in attacks {
            let before = upstream.count();
            for text in [
                direct.failure(operation.name, Value::Object(arguments.clone())),
                discovery
                    .failure("run_write_operation", json!({"name": operation.name, "arguments": arguments})),
            ] {
                assert!(text.starts_with("Nothing was sent: "), "{}: {text}", operation.name);
                assert!(text.contains(&format!("`{name}`")) && text.contains("--access full"), "{text}");
            }
            assert_eq!(upstream.count(), before, "{} with {name} arrived", operation.name);
        }
    }
}

/// A value for an argument that takes something away.
fn given(
    operation: &Operation,
    name: &str,
    fixtures: &std::collections::BTreeMap<String, Map<String, Value>>,
) -> Value {
    match (operation.name, name) {
        (_, "action") => json!("block"),
        (_, "oidc_options") => json!({"client_secret": "example_secret"}),
        (_, "invocable_by" | "invocable_as") => fixtures[operation.name]["arguments"][name].clone(),
        _ => match &operation.field(name).expect("an argument").schema {
            workos_mcp::schema::Schema::List(_) => json!([]),
            workos_mcp::schema::Schema::Object(..) => fixtures[operation.name]["arguments"]
                .get(name)
                .cloned()
                .unwrap_or_else(|| json!({"idp_entity_id": "https://idp.example.com"})),
            workos_mcp::schema::Schema::Boolean => json!(false),
            _ => json!("example"),
        },
    }
}

#[test]
fn the_user_is_asked_before_an_argument_takes_something_away() {
    let upstream = upstream();
    let mut server = Server::start(&["--base-url", &upstream.url, "--toolsets", "all"]);
    let mut params = initialize_params("2025-11-25");
    params["capabilities"] = json!({"elicitation": {}});
    server.ask("initialize", params);
    server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let changes =
        |upstream: &Upstream| upstream.received().iter().filter(|seen| seen.method == "PUT").count();

    let renamed =
        server.call("update_organization", json!({"id": "org_1", "name": "A", "external_id": null}));
    assert_eq!((&renamed["isError"], changes(&upstream)), (&json!(false), 1));
    for arguments in [
        json!({"id": "org_1", "domain_data": []}),
        json!({"id": "org_1", "clear": ["external_id"]}),
        json!({"id": "org_1", "metadata": {"tier": null}}),
    ] {
        let id = server.request("tools/call", json!({"name": "update_organization", "arguments": arguments}));
        let question = server.receive();
        assert_eq!(question["method"], "elicitation/create", "{question}");
        let message = question["params"]["message"].as_str().expect("a question");
        assert!(message.contains("Replaces, overwrites or clears: "), "{message}");
        server.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}}));
        assert_eq!(server.answer(id)["result"]["isError"], true, "{arguments}");
        assert_eq!(changes(&upstream), 1, "{arguments}");
    }
}

/// What is cleared by name is null in the request.
#[test]
fn what_is_named_is_cleared() {
    let upstream = upstream();
    let mut server = server(&upstream, &["--access", "full"]);
    for (tool, arguments, body) in [
        (
            "update_organization",
            json!({"id": "org_1", "metadata": {"plan": "pro"}, "clear": ["external_id", "metadata.tier"]}),
            json!({"metadata": {"plan": "pro", "tier": null}, "external_id": null}),
        ),
        ("update_user", json!({"id": "user_1", "clear": "[\"locale\"]"}), json!({"locale": null})),
        ("expire_api_key", json!({"id": "api_key_1", "clear": "expires_at"}), json!({"expires_at": null})),
        ("expire_api_key", json!({"id": "api_key_1", "expires_at": null}), json!({})),
        (
            "update_connection",
            json!({"id": "conn_1", "clear": ["saml_options.acs_url"]}),
            json!({"saml_options": {"acs_url": null}}),
        ),
    ] {
        assert_eq!(server.call(tool, arguments)["isError"], false, "{tool}");
        assert_eq!(upstream.received().pop().expect("a request").json(), Some(body), "{tool}");
    }
    let mut discovery = Server::start_with(&["--base-url", &upstream.url, "--toolsets", "none"], ENVIRONMENT);
    discovery.initialize();
    let found = discovery.call("find_operations", json!({"query": "rename an organization"}));
    let found = found["structuredContent"]["operations"].as_array().expect("operations").clone();
    let update = found.iter().find(|one| one["name"] == "update_organization").expect("update_organization");
    assert_eq!(update["effect"], "update");
    assert!(update["destroys_with"].to_string().contains("\"domain_data\""), "{update}");
    let text = server.failure("update_organization", json!({"id": "org_1", "clear": ["name"]}));
    assert!(text.contains("`name` cannot be cleared") && text.contains("external_id"), "{text}");
    let text = server.failure("create_organization", json!({"name": "A", "clear": ["name"]}));
    assert!(text.contains("`clear` is not an argument"), "{text}");
    // What goes into a path is never what is cleared.
    for operation in operations() {
        for field in operation.fields {
            if operation.destination(field) == Destination::Path {
                assert_ne!(field.presence, workos_mcp::schema::Presence::Clearable, "{}", operation.name);
            }
        }
    }
}

#[test]
fn a_name_that_does_not_exist_is_not_taken_for_one_that_destroys() {
    let upstream = upstream();
    let mut server = server(&upstream, &[]);
    let mut discovery = Server::start_with(&["--base-url", &upstream.url, "--toolsets", "none"], ENVIRONMENT);
    discovery.initialize();
    for name in ["create_directory", "create_domain", "add_directory", "archive_user", "suspend_organization"]
    {
        let direct = server.ask("tools/call", json!({"name": name, "arguments": {}}));
        let found = discovery.failure("run_write_operation", json!({"name": name, "arguments": {}}));
        for text in [direct["error"]["message"].as_str().expect("an error"), &found] {
            assert!(!text.contains("delete_") && !text.contains("remove_"), "{name}: {text}");
        }
        assert!(found.contains("find_operations"), "{found}");
    }
    let direct = server.ask("tools/call", json!({"name": "delete_organisation", "arguments": {}}));
    assert!(direct.to_string().contains("did you mean `delete_organization`?"), "{direct}");
    assert_eq!(upstream.count(), 0);
}
