//! What is said beside an answer, as ours: facts that WorkOS does not send; and what is refused before
//! anything is sent, with what is meant.

#![cfg(feature = "server")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what is wrong and stops")]

mod common;

use common::{Answer, Server, Upstream};
use serde_json::{Value, json};

/// A server before an upstream that answers this to everything.
fn answering(body: &Value) -> (Upstream, Server) {
    let upstream = Upstream::answering(Answer::json(200, body));
    let server = Server::against(&upstream, &["--toolsets", "all"]);
    (upstream, server)
}

fn note(server: &mut Server, tool: &str, arguments: Value) -> String {
    let answer = server.call(tool, arguments);
    assert_eq!(answer["isError"], false, "{answer}");
    // It is the same in both forms.
    let text: Value =
        serde_json::from_str(answer["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!(text, answer["structuredContent"]);
    answer["structuredContent"]["_note"].as_str().unwrap_or_default().to_owned()
}

fn domain(state: &str) -> Value {
    json!({
        "object": "organization_domain", "id": "org_domain_1", "organization_id": "org_1", "domain": "example.com",
        "state": state, "verification_prefix": "example-domain-verification-z3kjny",
        "verification_token": "m5Oztg3jdK4NJLgs8uIlIprMw", "verification_strategy": "dns",
    })
}

#[test]
fn the_dns_record_of_a_domain_is_told_while_it_is_needed() {
    let record = "DNS record: type TXT, name `example.com`, value \
                  `example-domain-verification-z3kjny=m5Oztg3jdK4NJLgs8uIlIprMw`; to look it up: \
                  `dig +short TXT example.com`.";
    let (_upstream, mut server) = answering(&domain("pending"));
    let create = json!({"organization_id": "org_1", "domain": "example.com"});
    assert!(note(&mut server, "create_organization_domain", create).contains(record));
    for tool in ["get_organization_domain", "verify_organization_domain"] {
        assert!(note(&mut server, tool, json!({"id": "org_domain_1"})).contains(record), "{tool}");
    }
    // Who asks for one field gets that.
    let asked = json!({"id": "org_domain_1", "fields": ["state"]});
    assert_eq!(note(&mut server, "get_organization_domain", asked), "");
    let (_upstream, mut server) = answering(&domain("verified"));
    assert_eq!(note(&mut server, "get_organization_domain", json!({"id": "org_domain_1"})), "");

    let organization =
        json!({"object": "organization", "id": "org_1", "domains": [domain("verified"), domain("pending")]});
    let (_upstream, mut server) = answering(&organization);
    for tool in ["get_organization", "update_organization"] {
        assert!(note(&mut server, tool, json!({"id": "org_1"})).contains(record), "{tool}");
    }
}

#[test]
fn the_dns_record_is_no_credential() {
    let upstream = Upstream::answering(Answer::json(200, &domain("pending")));
    let key = [("WORKOS_API_KEY", "sk_live_example_fixture")];
    let mut server = Server::start_with(&["--toolsets", "all", "--base-url", &upstream.url], &key);
    server.initialize();
    let said = note(&mut server, "get_organization_domain", json!({"id": "org_domain_1"}));
    assert!(said.contains("value `example-domain-verification-z3kjny=m5Oztg3jdK4NJLgs8uIlIprMw`"), "{said}");
}

#[test]
fn a_portal_link_is_told_with_its_time_and_what_it_opens() {
    let (upstream, mut server) =
        answering(&json!({"link": "https://setup.example.com/portal/launch?secret=x"}));
    for (intent, what) in [
        ("sso", "single sign-on"),
        ("dsync", "directory"),
        ("audit_logs", "audit log"),
        ("log_streams", "collects"),
        ("domain_verification", "DNS record"),
        ("certificate_renewal", "renews the certificate"),
        ("bring_your_own_key", "own key"),
    ] {
        let said =
            note(&mut server, "generate_portal_link", json!({"organization": "org_1", "intent": intent}));
        for part in ["works once, within five minutes", &format!("With `{intent}` the admin"), what] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    assert!(
        note(&mut server, "generate_portal_link", json!({"organization": "org_1"})).contains("five minutes")
    );
    let sent = upstream.count();
    // A wrong one is answered with what each is for.
    let text = server.failure("generate_portal_link", json!({"organization": "org_1", "intent": "saml"}));
    for part in [
        "`sso` (the admin sets up single sign-on",
        "`certificate_renewal` (",
        "`bring_your_own_key` (",
        "it is \"saml\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let wrong = json!({"organization_id": "org_1", "contact_id": "it_1", "intents": ["saml"]});
    assert!(server.failure("invite_it_contact", wrong).contains("`domain_verification` ("));
    assert_eq!(upstream.count(), sent);
}

#[test]
fn memberships_say_that_they_are_the_active_ones_and_whose_roles_they_have() {
    let membership =
        json!({"id": "om_1", "user_id": "user_1", "status": "active", "role": {"slug": "admin"}});
    let list = json!({"object": "list", "data": [membership], "list_metadata": {"after": null}});
    let (_upstream, mut server) = answering(&list);
    let tool = "list_organization_memberships";
    for arguments in
        [json!({"organization_id": "org_1"}), json!({"organization_id": "org_1", "max_items": 10})]
    {
        let said = note(&mut server, tool, arguments);
        assert!(said.contains("Only active memberships") && said.contains("`statuses`"), "{said}");
        assert!(said.contains("those that groups give"), "{said}");
    }
    let said = note(
        &mut server,
        tool,
        json!({"organization_id": "org_1", "statuses": ["pending"], "fields": ["id"]}),
    );
    assert_eq!(said, "");
    let (_upstream, mut server) = answering(&membership);
    assert!(
        note(&mut server, "get_organization_membership", json!({"id": "om_1"})).contains("that groups give")
    );
    let said = note(&mut server, "deactivate_organization_membership", json!({"id": "om_1"}));
    assert!(said.contains("ends all sessions of the user") && said.contains("other organizations"), "{said}");
}

#[test]
fn what_inactive_counts_is_told_where_it_counts_anybody() {
    let directory = |inactive: u32| {
        json!({"object": "directory", "id": "directory_1", "state": "linked",
               "metadata": {"users": {"active": 5, "inactive": inactive}, "groups": 2}})
    };
    let (_upstream, mut server) = answering(&directory(3));
    let said = note(&mut server, "get_directory", json!({"id": "directory_1"}));
    assert!(said.contains("`metadata.users.inactive` counts people who are suspended"), "{said}");
    let (_upstream, mut server) = answering(&directory(0));
    assert_eq!(note(&mut server, "get_directory", json!({"id": "directory_1"})), "");
    let list = json!({"object": "list", "data": [directory(0), directory(1)], "list_metadata": {}});
    let (_upstream, mut server) = answering(&list);
    assert!(note(&mut server, "list_directories", json!({})).contains("suspended"));
}

#[test]
fn ranges_say_whether_their_ends_are_in_them() {
    let (_upstream, mut server) = answering(&json!({"object": "list", "data": [], "list_metadata": {}}));
    let range = json!({"events": ["user.created"], "range_start": "2026-01-01T00:00:00Z"});
    let said = note(&mut server, "list_events", range);
    assert!(said.contains("after `range_start` and before `range_end`"), "{said}");
    assert_eq!(note(&mut server, "list_events", json!({"events": ["user.created"]})), "");
    let (_upstream, mut server) =
        answering(&json!({"object": "audit_log_export", "id": "audit_log_export_1"}));
    let range = json!({"organization_id": "org_1", "range_start": "2026-01-01", "range_end": "2026-02-01"});
    assert!(note(&mut server, "create_audit_log_export", range).contains("`range_start` and `range_end`"));
}

#[test]
fn an_id_of_the_wrong_kind_is_refused_with_what_is_meant() {
    let (upstream, mut server) = answering(&json!({}));
    for (tool, arguments, parts) in [
        (
            "list_memberships_for_resource",
            json!({"resource_id": "org_01EXAMPLE", "permission_slug": "a"}),
            &["`authz_resource_…` is needed", "`get_authorization_resource_by_external_id`"][..],
        ),
        (
            "get_connection",
            json!({"id": "azure-ad"}),
            &["no ID", "`conn_…` is needed, from `list_connections`"],
        ),
        ("get_organization", json!({"id": "example.com"}), &["no ID", "by `domains`"]),
        ("get_user", json!({"id": "jane@example.com"}), &["no ID", "by `email`"]),
        (
            "send_invitation",
            json!({"email": "jane@example.com", "role_slug": "role_01EXAMPLE0ROLE"}),
            &["the ID of a role; a slug is needed"],
        ),
    ] {
        let text = server.failure(tool, arguments);
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    assert_eq!(upstream.count(), 0);
}

#[test]
fn typing_errors_in_types_of_events_are_found_before_they_are_sent() {
    let (upstream, mut server) = answering(&json!({"object": "list", "data": [], "list_metadata": {}}));
    for (given, meant) in [
        ("user.create", "`user.created`"),
        ("users.created", "`user.created`"),
        ("dsync.user.update", "`dsync.user.updated`"),
        ("connection.activate", "`connection.activated`"),
        ("organisation.created.", "`organization.created`"),
    ] {
        for (tool, arguments) in [
            ("list_events", json!({"events": [given]})),
            (
                "create_webhook_endpoint",
                json!({"endpoint_url": "https://example.com", "events": ["user.deleted", given]}),
            ),
            ("update_webhook_endpoint", json!({"id": "we_1", "events": given})),
        ] {
            let text = server.failure(tool, arguments);
            assert!(text.contains(meant) && text.contains("did you mean"), "{tool} {given}: {text}");
        }
    }
    // A webhook endpoint gets what is written, and nothing by a pattern.
    let pattern = json!({"endpoint_url": "https://example.com", "events": ["user.*"]});
    let text = server.failure("create_webhook_endpoint", pattern);
    assert!(text.contains("`user.created`, `user.updated`, `user.deleted`"), "{text}");
    assert_eq!(upstream.count(), 0);
}

#[test]
fn types_of_events_are_listed_expanded_and_open() {
    let (upstream, mut server) = answering(&json!({"object": "list", "data": [], "list_metadata": {}}));
    for asked in [json!(["list"]), json!("list"), json!(["?"])] {
        let answer = server.call("list_events", json!({"events": asked}));
        let types = answer["structuredContent"]["event_types"].as_array().expect("types").clone();
        assert!(types.len() > 130 && types.contains(&json!("dsync.user.updated")), "{}", types.len());
    }
    assert_eq!(upstream.count(), 0);
    let sent = |upstream: &Upstream| upstream.received().last().expect("a request").target.clone();

    let said = note(&mut server, "list_events", json!({"events": ["user.*", "session.created"]}));
    assert!(said.contains("`user.*` stands for `user.created`"), "{said}");
    assert!(sent(&upstream).contains("events=user.created,user.updated,user.deleted,session.created"));
    assert!(note(&mut server, "list_events", json!({"events": ["*"]})).contains("types known here"));
    assert!(sent(&upstream).contains("vault.data.created"));
    // WorkOS adds types every few weeks.
    let said = note(&mut server, "list_events", json!({"events": ["user.archived"]}));
    assert!(said.contains("`user.archived` is none of the event types known here"), "{said}");
    assert!(sent(&upstream).contains("events=user.archived"));
    note(&mut server, "list_events", json!({"events": ["new:user.create"]}));
    assert!(sent(&upstream).ends_with("events=user.create"), "{}", sent(&upstream));
}
