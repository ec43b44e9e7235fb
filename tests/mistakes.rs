//! Mistakes in arguments are told before anything is sent, each with what is wrong and what is
//! needed: over all operations, with the arguments of their fixtures and one mistake in them.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, KEY, Server, Upstream, fixtures};
use serde_json::{Map, Value, json};
use workos_mcp::api::operations;
use workos_mcp::operation::Operation;
use workos_mcp::schema::{Field, Presence, Schema};

/// Beginnings of IDs, as the fixtures have them, each with an ID that is none of these.
const KINDS: &[(&str, &str)] = &[
    ("agent_blueprint_", "agent_instance_1"),
    ("agent_instance_session_", "agent_instance_1"),
    ("agent_instance_", "agent_instance_session_1"),
    ("agent_reg_", "user_1"),
    ("api_key_", "org_1"),
    ("audit_log_export_", "org_1"),
    ("auth_challenge_", "auth_factor_1"),
    ("auth_factor_", "auth_challenge_1"),
    ("authz_resource_", "org_1"),
    ("client_", "org_1"),
    ("conn_app_", "conn_1"),
    ("conn_", "conn_app_1"),
    ("data_installation_", "user_1"),
    ("directory_group_", "directory_user_1"),
    ("directory_user_", "directory_1"),
    ("directory_", "directory_group_1"),
    ("email_verification_", "user_1"),
    ("gra_", "role_assignment_1"),
    ("group_", "directory_group_1"),
    ("invitation_", "user_1"),
    ("magic_auth_", "user_1"),
    ("om_", "user_1"),
    ("org_domain_", "org_1"),
    ("org_", "user_1"),
    ("password_reset_", "user_1"),
    ("passwordless_session_", "session_1"),
    ("prof_", "user_1"),
    ("radar_att_", "radar_challenge_1"),
    ("radar_challenge_", "radar_att_1"),
    ("redir_", "org_1"),
    ("role_assignment_", "gra_1"),
    ("secret_", "conn_app_1"),
    ("session_", "user_1"),
    ("user_", "om_1"),
    ("waitlist_", "wl_user_1"),
    ("we_", "event_1"),
    ("wl_user_", "waitlist_1"),
];

/// Arguments that look like IDs of WorkOS in a fixture, and are whatever the caller chose.
const OWN: &[&str] = &["external_id", "device_id", "after", "before"];

struct Mistakes {
    server: Server,
    upstream: Upstream,
    made: usize,
}

impl Mistakes {
    fn new() -> Self {
        let upstream = Upstream::answering(Answer::json(200, &json!({"id": "example"})));
        let arguments = ["--base-url", &upstream.url, "--toolsets", "all", "--access", "full"];
        let environment = [
            ("WORKOS_API_KEY", KEY),
            ("WORKOS_CLIENT_ID", "client_example"),
            ("WORKOS_REDIRECT_URI", "https://example.com/callback"),
        ];
        let mut server = Server::start_with(&arguments, &environment);
        server.initialize();
        Self { server, upstream, made: 0 }
    }

    /// What one mistake is answered with: a sentence about it, and nothing is sent.
    fn make(&mut self, operation: &Operation, arguments: &Map<String, Value>, about: &str) -> String {
        let shown = Value::Object(arguments.clone());
        let result = self.server.call(operation.name, shown.clone());
        assert_eq!(result["isError"], true, "{} {shown}: {result}", operation.name);
        let text = result["content"][0]["text"].as_str().expect("text").to_owned();
        let place = format!("{} {shown}: {text}", operation.name);
        assert!(text.starts_with("Nothing was sent: "), "{place}");
        assert!(text.contains(about), "{about} is not in {place}");
        for end in ["?.", "..", "…."] {
            assert!(!text.ends_with(end) && !text.contains(&format!("{end}\n")), "{place}");
        }
        assert_eq!(self.upstream.count(), 0, "{place}");
        self.made += 1;
        text
    }
}

fn arguments_of_fixtures() -> Vec<(&'static Operation, Map<String, Value>)> {
    let fixtures = fixtures();
    operations()
        .map(|operation| {
            let arguments = fixtures[operation.name]["arguments"].as_object().cloned();
            (operation, arguments.unwrap_or_default())
        })
        .collect()
}

/// Every text in arguments, by the names and places that lead to it.
fn texts(value: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    match value {
        Value::String(text) => found.push((path.clone(), text.clone())),
        Value::Object(fields) => {
            for (name, value) in fields {
                path.push(name.clone());
                texts(value, path, found);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (value, index) in items.iter().zip(0..) {
                path.push(format!("{index}"));
                texts(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn replaced(arguments: &Map<String, Value>, path: &[String], with: &str) -> Map<String, Value> {
    let mut arguments = Value::Object(arguments.clone());
    *arguments.pointer_mut(&format!("/{}", path.join("/"))).expect("a place") = with.into();
    arguments.as_object().cloned().expect("an object")
}

#[test]
fn an_id_of_another_kind_is_told_with_what_is_needed() {
    let mut mistakes = Mistakes::new();
    for (operation, arguments) in arguments_of_fixtures() {
        let mut found = Vec::new();
        texts(&Value::Object(arguments.clone()), &mut Vec::new(), &mut found);
        // IDs of fixtures, and words that begin like them.
        for (path, text) in found.into_iter().filter(|(_, text)| text.contains("_01EXAMPLE")) {
            let Some((prefix, other)) = KINDS.iter().find(|(prefix, _)| text.starts_with(prefix)) else {
                continue;
            };
            let name = path.iter().rfind(|part| part.parse::<usize>().is_err()).expect("a name");
            if OWN.iter().any(|own| name.ends_with(own))
                || ["event", "key_context", "context"].contains(&path[0].as_str())
            {
                continue;
            }
            // A flag is for users and organizations alike.
            let other = if operation.name.ends_with("feature_flag_target") { &"conn_1" } else { other };
            let wrong = replaced(&arguments, &path, other);
            let text = mistakes.make(operation, &wrong, &format!("is `{other}`, "));
            assert!(text.contains(&format!("`{prefix}…`")), "{}: {text}", operation.name);
        }
    }
    assert!(mistakes.made > 250, "only {} mistakes", mistakes.made);
}

#[test]
fn a_time_that_is_none_is_told_with_what_a_time_is() {
    let mut mistakes = Mistakes::new();
    for (operation, arguments) in arguments_of_fixtures() {
        let mut found = Vec::new();
        texts(&Value::Object(arguments.clone()), &mut Vec::new(), &mut found);
        for (path, _) in found.into_iter().filter(|(_, text)| text.starts_with("20") && text.contains('T')) {
            for none in ["next tuesday", "1767225600", "2026-02-30", "-7d"] {
                let wrong = replaced(&arguments, &path, none);
                mistakes.make(operation, &wrong, "should be a time in ISO 8601");
            }
        }
    }
    assert!(mistakes.made >= 40, "only {} mistakes", mistakes.made);
}

/// Something that no field of this shape can be taken for.
fn unfit(field: &Field) -> Option<Value> {
    Some(match field.schema.present() {
        Schema::String => json!({"a": [1]}),
        Schema::Integer | Schema::Number => json!("several"),
        Schema::Boolean => json!("perhaps"),
        Schema::Choice(_) => json!("none of these words"),
        Schema::Map(_) | Schema::Object(..) | Schema::AnyObject => json!(7),
        Schema::List(Schema::String) => json!([{"a": 1}]),
        Schema::List(Schema::Object(..)) => json!([7]),
        _ => return None,
    })
}

#[test]
fn what_is_missing_unknown_or_of_another_shape_is_named() {
    let mut mistakes = Mistakes::new();
    for (operation, arguments) in arguments_of_fixtures() {
        for field in operation.fields {
            let mut wrong = arguments.clone();
            if field.presence == Presence::Required && wrong.shift_remove(field.name).is_some() {
                mistakes.make(operation, &wrong, &format!("`{}` is required", field.name));
            }
            if let Some(unfit) = unfit(field) {
                let mut wrong = arguments.clone();
                wrong.insert(field.name.to_owned(), unfit);
                mistakes.make(operation, &wrong, &format!("`{}", field.name));
            }
            if field.nonempty {
                let mut wrong = arguments.clone();
                wrong.insert(field.name.to_owned(), json!([]));
                mistakes.make(operation, &wrong, "one item at least");
            }
        }
        let mut wrong = arguments.clone();
        wrong.insert("no_such_argument".to_owned(), json!(1));
        mistakes.make(operation, &wrong, "`no_such_argument` is not an argument");
    }
    assert!(mistakes.made > 1_200, "only {} mistakes", mistakes.made);
}

/// Names that people expect, in place of those that are.
#[test]
fn an_expected_name_is_answered_with_the_one_that_is() {
    let mut mistakes = Mistakes::new();
    for (operation, arguments) in arguments_of_fixtures() {
        for field in operation.fields {
            let Some(value) = arguments.get(field.name) else { continue };
            let mut parts = field.name.split('_');
            let first = parts.next().unwrap_or_default();
            let camel: String = parts.map(|part| part[..1].to_uppercase() + &part[1..]).collect();
            let camel = format!("{first}{camel}");
            if camel == field.name {
                continue;
            }
            let mut wrong = arguments.clone();
            wrong.shift_remove(field.name);
            wrong.insert(camel.clone(), value.clone());
            let text = mistakes.make(operation, &wrong, &format!("`{camel}` is not an argument"));
            assert!(text.contains(&format!("did you mean `{}`?", field.name)), "{}: {text}", operation.name);
            assert!(!text.contains("is required"), "told once: {text}");
        }
    }
    assert!(mistakes.made > 150, "only {} mistakes", mistakes.made);
    let by_name = |name: &str| operations().find(|operation| operation.name == name).expect("an operation");
    for (name, arguments, expected) in [
        ("get_connection", json!({"connection": "conn_1"}), "`id`"),
        ("get_user", json!({"user": "user_1"}), "`id`"),
        ("send_invitation", json!({"email": "jane@example.com", "role": "admin"}), "`role_slug`"),
        ("list_connections", json!({"type": "OktaSAML"}), "`connection_type`"),
    ] {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        mistakes.make(by_name(name), &arguments, &format!("did you mean {expected}?"));
    }
}

#[test]
fn half_a_resource_and_near_words_are_told() {
    let mut mistakes = Mistakes::new();
    let by_name = |name: &str| operations().find(|operation| operation.name == name).expect("an operation");
    let role = json!({"role_slug": "editor", "resource_external_id": "project-17"});
    let both =
        json!({"role_slug": "editor", "resource_id": "authz_resource_1", "resource_type_slug": "project"});
    for (name, arguments, about) in [
        (
            "replace_group_role_assignments",
            json!({"group_id": "group_1", "role_assignments": [{"role_slug": "viewer"}, role]}),
            "in `role_assignments[1]`, ",
        ),
        (
            "update_group_role_assignments",
            json!({"group_id": "group_1", "add": [both]}),
            "in `add[0]`, at most one",
        ),
        (
            "update_group_role_assignments",
            json!({"group_id": "group_1", "remove": [role]}),
            "`resource_type_slug` is missing",
        ),
        (
            "assign_role_to_group",
            json!({"group_id": "group_1", "role_slug": "editor", "resource_type_slug": "project"}),
            "`resource_external_id` is missing",
        ),
        (
            "remove_group_role_assignments",
            json!({"group_id": "group_1", "role_slug": "editor", "resource_external_id": "project-17"}),
            "`resource_type_slug` is missing",
        ),
        (
            "update_group_members",
            json!({"organization_id": "org_1", "group_id": "group_1", "add": []}),
            "at least one",
        ),
        ("list_connections", json!({"connection_type": "okta"}), "`OktaOIDC`, `OktaSAML`"),
        ("list_connections", json!({"connection_type": "gogle"}), "`GoogleOAuth`"),
        (
            "authenticate_user",
            json!({"grant_type": "magic"}),
            "`urn:workos:oauth:grant-type:magic-auth:code`",
        ),
        ("get_sso_profile_and_token", json!({"subject_token": "example"}), "are missing"),
        ("list_events", json!({"range_start": "2026-01-01T00:00:00Z"}), "`events` is required"),
        ("list_events", json!({"events": ["user.created"], "order": "desc"}), "`order` is not an argument"),
        ("list_events", json!({"events": [" "]}), "one item at least"),
        ("list_events", json!({"events": ""}), "should be a list"),
        (
            "set_environment_role_permissions",
            json!({"role_slug": "editor", "permissions": "[\"a\""}),
            "`permissions` should be a list",
        ),
        ("verify_user_email", json!({"user_id": "user_1", "code": 1234}), "loses its leading zeros"),
    ] {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        let text = mistakes.make(by_name(name), &arguments, about);
        assert!(!text.contains("problems"), "one mistake is told once: {text}");
    }
}

/// What one argument does to the others is told when it is right itself.
#[test]
fn one_mistake_is_told_once() {
    let mut mistakes = Mistakes::new();
    let by_name = |name: &str| operations().find(|operation| operation.name == name).expect("an operation");
    for (name, arguments) in [
        ("get_sso_authorization_url", json!({"connectionId": "conn_1"})),
        (
            "assign_role_to_group",
            json!({"group_id": "group_1", "role_slug": "editor",
            "resourceExternalId": "project-17", "resource_type_slug": "project"}),
        ),
        ("authenticate_user", json!({"grant_type": "refresh_token", "refreshToken": "example"})),
        ("set_audit_logs_retention", json!({"organization_id": "org_1", "retentionPeriod": "1_YEAR"})),
        ("get_authkit_authorization_url", json!({"connection_id": []})),
        ("add_radar_list_entry", json!({"type": "", "action": "allow", "entry": "203.0.113.42"})),
        (
            "update_connection",
            json!({"id": "conn_1", "attribute_maps": 5,
            "clear": ["attribute_maps.custom_attributes.region"]}),
        ),
        ("get_auth_factor", json!({"authFactorId": "auth_factor_1"})),
        ("delete_api_key", json!({"apiKeyId": "api_key_1"})),
    ] {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        let text = mistakes.make(by_name(name), &arguments, "`");
        assert!(!text.contains("problems"), "{name}: {text}");
    }
}

/// Where a name says the opposite, or half of it names a credential, nothing is suggested.
#[test]
fn no_suggestion_turns_a_wish_around() {
    let mut mistakes = Mistakes::new();
    let by_name = |name: &str| operations().find(|operation| operation.name == name).expect("an operation");
    for (name, arguments) in [
        ("update_organization", json!({"id": "org_1", "remove_domains": ["example.com"]})),
        ("update_user", json!({"id": "user_1", "old_password": "example"})),
        ("create_user", json!({"email": "jane@example.com", "password_digest": "example"})),
        ("list_connections", json!({"exclude_organization_id": "org_1"})),
    ] {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        let text = mistakes.make(by_name(name), &arguments, "is not an argument; known are");
        assert!(!text.contains("did you mean"), "{name}: {text}");
    }
}

/// What can only have been meant one way is sent that way.
#[test]
fn digits_times_and_cursors_are_sent_as_workos_takes_them() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"data": [], "list_metadata": {}})));
    let mut server = Server::against(&upstream, &["--toolsets", "all", "--access", "full"]);
    server.call("verify_user_email", json!({"user_id": "user_1", "code": 123_456}));
    server.call("list_connections", json!({"connection_type": "okta saml"}));
    server.call(
        "list_events",
        json!({"events": "user.created", "range_start": "2026-01-01T01:00:00+02:00", "range_end": "2026-02-01"}),
    );
    server.call(
        "list_events",
        json!({"events": ["user.created"], "range_start": "2026-01-01T00:00:00Z", "after": "event_1"}),
    );
    server.call("assign_role_to_group", json!({"group_id": "group_1", "role_slug": "member"}));
    let received = upstream.received();
    assert_eq!(received[0].json(), Some(json!({"code": "123456"})));
    assert_eq!(received[1].target, "/connections?connection_type=OktaSAML");
    assert_eq!(
        received[2].target,
        "/events?events=user.created&range_start=2025-12-31T23%3A00%3A00Z&range_end=2026-02-01"
    );
    assert_eq!(received[3].target, "/events?events=user.created&after=event_1");
    assert_eq!(received[4].json(), Some(json!({"role_slug": "member"})), "on the organization itself");
}

/// The range begins the first page; from the second on, the cursor does.
#[test]
fn pages_of_events_go_on_by_cursor_alone() {
    let upstream = Upstream::new(|request| {
        let next = if request.target.contains("after=") { Value::Null } else { json!("event_2") };
        Answer::json(200, &json!({"data": [{"id": "event_1"}], "list_metadata": {"after": next}}))
    });
    let mut server = Server::against(&upstream, &["--toolsets", "events"]);
    let arguments =
        json!({"events": ["user.created"], "range_start": "2026-01-01T00:00:00Z", "max_items": 200});
    server.call("list_events", arguments);
    let targets: Vec<String> = upstream.received().into_iter().map(|request| request.target).collect();
    assert_eq!(targets.len(), 2, "{targets:?}");
    assert!(targets[0].contains("range_start="), "{targets:?}");
    assert!(!targets[1].contains("range_start=") && targets[1].contains("after=event_2"), "{targets:?}");
}

/// A code of the redirect, or a token of the identity provider: each with its own grant.
#[test]
fn an_sso_exchange_names_its_grant() {
    let upstream = Upstream::answering(Answer::json(200, &json!({"token_type": "Bearer"})));
    let arguments = ["--base-url", &upstream.url];
    let environment = [("WORKOS_API_KEY", KEY), ("WORKOS_CLIENT_ID", "client_example")];
    let mut server = Server::start_with(&arguments, &environment);
    server.initialize();
    server.call("get_sso_profile_and_token", json!({"code": "example", "code_verifier": "example_verifier"}));
    server.call(
        "get_sso_profile_and_token",
        json!({
            "subject_token": "example", "organization_id": "org_1",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        }),
    );
    let bodies: Vec<Value> = upstream.received().iter().filter_map(common::Received::json).collect();
    assert_eq!(
        bodies,
        [
            json!({
                "grant_type": "authorization_code", "code": "example", "client_id": "client_example",
                "code_verifier": "example_verifier", "client_secret": KEY,
            }),
            json!({
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "client_id": "client_example",
                "subject_token": "example", "organization_id": "org_1", "client_secret": KEY,
                "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            }),
        ]
    );
}
