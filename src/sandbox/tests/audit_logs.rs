//! Audit logs: schemas with versions, events held against them, exports, retention.

use serde_json::{Value, json};

use super::Play;

const ORGANIZATION: &str = "org_01EXAMPLE0ORGANIZATION";

fn event(action: &str, further: Value) -> Value {
    let mut event = json!({
        "action": action,
        "occurred_at": "2026-01-15T12:00:00.000Z",
        "actor": {"id": "u1", "type": "user"},
        "targets": [{"id": "d1", "type": "document"}],
        "context": {"location": "192.0.2.1"},
    });
    if let (Value::Object(event), Value::Object(further)) = (&mut event, further) {
        event.extend(further);
    }
    json!({"organization_id": ORGANIZATION, "event": event})
}

#[test]
fn a_schema_has_versions() {
    let play = Play::new();
    let schema = |cost: &str| {
        json!({
            "action_name": "document.shared",
            "targets": [{"type": "document", "metadata": {"type": "object", "properties": {"cost": {"type": cost}}}}],
        })
    };
    let first = play.ok("create_audit_log_schema", schema("number"));
    assert_eq!(first["version"], 1);
    assert_eq!(play.ok("create_audit_log_schema", schema("number")), first);
    assert_eq!(play.ok("create_audit_log_schema", schema("string"))["version"], 2);
    let versions = play.ok("list_audit_log_schemas", json!({"action_name": "document.shared"}));
    let versions: Vec<_> =
        versions["data"].as_array().expect("a list").iter().map(|one| &one["version"]).collect();
    assert_eq!(versions, [2, 1]);
    let actions = play.ok("list_audit_log_actions", json!({}));
    assert_eq!(actions["data"][0]["name"], "document.shared");
    assert_eq!(actions["data"][0]["schema"]["version"], 2);
    assert_eq!(play.listed("list_audit_log_actions", json!({"limit": 1}), "name"), ["document.shared"]);
    assert_eq!(play.fails("list_audit_log_schemas", json!({"action_name": "no.such"})).0, 404);
    // An event says which of them it has.
    assert_eq!(play.fails("create_audit_log_event", event("document.shared", json!({}))).0, 422);
    assert_eq!(play.fails("create_audit_log_event", event("document.shared", json!({"version": 3}))).0, 422);
    for (version, cost, fits) in [(1, json!(5), true), (2, json!(5), false), (2, json!("5"), true)] {
        let targets = json!([{"id": "d", "type": "document", "metadata": {"cost": cost}}]);
        let event = event("document.shared", json!({"version": version, "targets": targets}));
        assert_eq!(play.call("create_audit_log_event", event.clone()).0 == 200, fits, "{event}");
    }
}

#[test]
fn events_are_held_against_their_schema() {
    let play = Play::new();
    play.ok(
        "create_audit_log_schema",
        json!({
            "action_name": "a.b",
            "targets": [{"type": "document"}],
            "actor": {"metadata": {"type": "object", "properties": {"role": {"type": "string"}}}},
            "metadata": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": false},
        }),
    );
    assert_eq!(
        play.ok("create_audit_log_event", event("a.b", json!({"metadata": {"n": 1}})))["success"],
        true
    );
    for (further, place) in [
        (json!({}), "/metadata"),
        (json!({"metadata": {"n": "x"}}), "/metadata/n"),
        (json!({"metadata": {"n": 1, "m": 1}}), "/metadata"),
        (json!({"metadata": {"n": 1}, "targets": [{"id": "1", "type": "team"}]}), "/targets/0/type"),
        (
            json!({"metadata": {"n": 1}, "actor": {"id": "1", "type": "u", "metadata": {"role": 1}}}),
            "/actor/metadata/role",
        ),
        (json!({"metadata": {"n": 1}, "targets": []}), "/targets"),
    ] {
        let (status, body) = play.call("create_audit_log_event", event("a.b", further));
        assert_eq!((status, body["code"].as_str()), (400, Some("invalid_audit_log_event")), "{body}");
        assert_eq!(body["errors"][0]["instancePath"], place, "{body}");
    }
    // Without a schema, the bounds of all metadata alone.
    play.ok("create_audit_log_event", event("no.schema", json!({"metadata": {"any": true}})));
    let long = json!({"metadata": {"text": "x".repeat(501)}});
    assert_eq!(play.fails("create_audit_log_event", event("no.schema", long)).0, 400);
    let mut nowhere = event("no.schema", json!({}));
    nowhere["organization_id"] = "org_none".into();
    assert_eq!(play.fails("create_audit_log_event", nowhere).0, 404);
}

#[test]
fn an_event_counts_once_under_its_key() {
    let play = Play::new();
    let mut first = event("once", json!({}));
    first["idempotency_key"] = "k1".into();
    play.ok("create_audit_log_event", first.clone());
    play.ok("create_audit_log_event", first.clone());
    assert_eq!(play.kept("_audit_log_event"), 1);
    first["idempotency_key"] = "k2".into();
    play.ok("create_audit_log_event", first);
    assert_eq!(play.kept("_audit_log_event"), 2);
}

#[test]
fn an_export_is_ready_at_the_second_look() {
    let play = Play::new();
    let range = |start: &str, end: &str| json!({"organization_id": ORGANIZATION, "range_start": start, "range_end": end});
    let made = play.ok("create_audit_log_export", range("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"));
    assert_eq!((&made["state"], &made["url"]), (&json!("pending"), &Value::Null));
    let look = || play.ok("get_audit_log_export", json!({"audit_log_export_id": made["id"]}));
    assert_eq!(look()["state"], "pending");
    let ready = look();
    assert_eq!(ready["state"], "ready");
    assert!(ready["url"].as_str().is_some_and(|url| url.starts_with("https://") && url.contains(".csv")));
    assert_eq!(look()["state"], "ready");
    let none = json!({"audit_log_export_id": "audit_log_export_none"});
    assert_eq!(play.fails("get_audit_log_export", none).0, 404);
    for (start, end) in
        [("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"), ("yesterday", "2026-01-01T00:00:00Z")]
    {
        let (status, body) = play.call("create_audit_log_export", range(start, end));
        assert!(status == 400 && body["message"].is_array(), "{body}");
    }
}

#[test]
fn retention_is_set_and_shortens() {
    let play = Play::new();
    let organization = play.ok("create_organization", json!({"name": "New"}))["id"].clone();
    let retention = || {
        play.ok("get_audit_logs_retention", json!({"id": organization}))["retention_period_in_days"].clone()
    };
    assert_eq!(retention(), 30);
    let configuration = || play.ok("get_audit_log_configuration", json!({"id": organization}));
    assert_eq!(configuration()["state"], "inactive");
    let mut old = event("old", json!({}));
    old["organization_id"] = organization.clone();
    old["event"]["occurred_at"] = "2020-01-15T12:00:00.000Z".into();
    play.ok("create_audit_log_event", old);
    assert_eq!((configuration()["state"].clone(), play.kept("_audit_log_event")), (json!("active"), 1));
    for (given, days, left) in [("10_YEARS", 3650, 1), ("1_YEAR", 365, 0), ("6_MONTHS", 180, 0)] {
        play.ok("set_audit_logs_retention", json!({"id": organization, "retention_period": given}));
        assert_eq!(retention(), days);
        assert_eq!(configuration()["retention_period_in_days"], days);
        assert_eq!(play.kept("_audit_log_event"), left, "{given}");
    }
    let wrong = json!({"id": organization, "retention_period_in_days": 31});
    assert_eq!(play.fails("set_audit_logs_retention", wrong).0, 422);
    assert_eq!(play.fails("get_audit_logs_retention", json!({"id": "org_none"})).0, 404);
    assert_eq!(play.fails("get_audit_log_configuration", json!({"id": "org_none"})).0, 404);
}
