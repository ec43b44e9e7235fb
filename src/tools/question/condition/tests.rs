//! Conditions held against items, and what is none.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::api::directory_sync::DirectoryUser;
use crate::api::events::Event;
use crate::schema::Typed;

fn read(conditions: Value) -> (Vec<Condition>, Vec<Violation>) {
    let Value::Object(conditions) = conditions else { panic!("no object") };
    parse(&DirectoryUser::SCHEMA, conditions)
}

fn fits(conditions: &Value, item: &Value) -> bool {
    let (conditions, violations) = read(conditions.clone());
    assert!(violations.is_empty(), "{violations:?}");
    conditions.iter().all(|condition| condition.fits(item))
}

#[test]
fn items_fit_or_do_not() {
    let user = json!({
        "state": "inactive", "email": "Anna@Example.com", "first_name": "Anna", "last_name": null,
        "created_at": "2026-01-15T12:00:00.000Z", "roles": [{"slug": "admin"}, {"slug": "billing"}], "groups": [],
        "custom_attributes": {"department": "Sales", "level": 5, "remote": true, "tags": ["a-1", "b"], "none": null},
    });
    for fitting in [
        json!({}),
        json!({"state": "inactive"}),
        json!({"state": "Inactive"}),
        json!({"state": "inactive", "custom_attributes.department": "Sales"}),
        json!({"state": ["active", "inactive"]}),
        json!({"email": "anna@example.com"}),
        json!({"roles.slug": "billing"}),
        json!({"data.state": "inactive"}),
        json!({"last_name": null}),
        json!({"groups": null, "job_title": null}),
        json!({"groups": {"exists": false}}),
        json!({"custom_attributes": {"exists": true}}),
        json!({"first_name": {"exists": true}, "last_name": {"exists": "false"}}),
        json!({"custom_attributes.none": null, "custom_attributes.gone": null}),
        json!({"last_name": ["x", null]}),
        json!({"created_at": {"after": "2026-01-15", "before": "2026-01-16"}}),
        json!({"created_at": {"after": "2026-01-15T12:00:00Z"}}),
        json!({"created_at": {"$gte": "2026-01-15T12:00:00Z", "$lte": "2026-01-15T13:00:00+01:00"}}),
        json!({"created_at": "2026-01-15"}),
        json!({"custom_attributes.level": {"gt": 4, "lt": 5.5}}),
        json!({"custom_attributes.level": {">=": "5"}}),
        json!({"custom_attributes.level": "5", "custom_attributes.remote": "true"}),
        json!({"email": {"contains": "EXAMPLE"}}),
        json!({"custom_attributes.tags": {"contains": "B"}}),
        json!({"custom_attributes.tags": "b"}),
        json!({"state": {"not": "active"}}),
        json!({"state": {"$ne": "active"}}),
        json!({"state": {"not": ["active", "suspended"]}}),
        json!({"state": {"not": null}}),
        json!({"last_name": {"not": "x"}}),
        json!({"email": {"not": {"contains": "acme"}}}),
        json!({"state": {"$in": ["inactive"]}}),
        json!({"custom_attributes": {"department": "Sales", "level": {"exists": true}}}),
    ] {
        assert!(fits(&fitting, &user), "{fitting}");
    }
    for other in [
        json!({"state": "active"}),
        json!({"state": "inactive", "custom_attributes.department": "sales"}),
        json!({"state": ["active"]}),
        json!({"state": null}),
        json!({"last_name": {"exists": true}}),
        json!({"groups": {"exists": true}}),
        json!({"roles.slug": "owner"}),
        json!({"created_at": {"after": "2026-01-15T12:00:00.001Z"}}),
        json!({"created_at": {"gt": "2026-01-15T12:00:00Z"}}),
        json!({"created_at": {"before": "2026-01-15T12:00:00Z"}}),
        json!({"first_name": {"after": "2026-01-15T12:00:00Z"}}),
        json!({"last_name": {"before": "2026-01-15T12:00:00Z"}}),
        json!({"custom_attributes.level": {"gt": 5}}),
        json!({"email": {"contains": "acme"}}),
        json!({"last_name": {"contains": "x"}}),
        json!({"state": {"not": "inactive"}}),
        json!({"state": {"not": ["active", "inactive"]}}),
        json!({"last_name": {"not": null}}),
        json!({"roles.slug": {"not": "admin"}}),
        json!({"custom_attributes": {"department": "Support"}}),
    ] {
        assert!(!fits(&other, &user), "{other}");
    }
}

#[test]
fn what_is_no_condition_says_what_would_be() {
    for (conditions, fault) in [
        (json!({"state": {"like": "x"}}), "`where`: `state` has no operator `like`; there are `not`"),
        (json!({"state": {"befor": "x"}}), "did you mean `before`?"),
        (json!({"state": {}}), "empty condition"),
        (json!({"state": []}), "empty list"),
        (json!({"state": [["a"]]}), "should be text, a number, true, false or null, or a list of these"),
        (json!({"created_at": {"after": "last week"}}), "takes a time in ISO 8601 as `after`"),
        (json!({"created_at": {"after": 5}}), "takes a time"),
        (json!({"created_at": {"gt": "x"}}), "takes a time in ISO 8601 or a number as `gt`"),
        (json!({"state": {"exists": "maybe"}}), "takes true or false as `exists`"),
        (json!({"state": {"contains": ""}}), "takes some text as `contains`"),
        (json!({"$or": [{"state": "a"}]}), "`$or` is no path: all conditions must hold"),
        (json!({"a..b": 1}), "is no path: it has an empty name"),
        (json!({"role": "admin"}), "`role` is an object; name one of its fields: role.slug"),
        (json!({"custom_attributes": "x"}), "`custom_attributes` is an object; name one of its keys"),
    ] {
        let (_, violations) = read(conditions.clone());
        let text: String = violations.iter().map(ToString::to_string).collect();
        assert!(text.contains(fault), "{conditions}: {text}");
    }
    let many: Map<String, Value> =
        (0..60).map(|key| (format!("custom_attributes.k{key}"), json!(1))).collect();
    assert_eq!(read(Value::Object(many)).1.len(), 1);
}

#[test]
fn events_are_reached_with_who_did_them_and_what_was_there() {
    let event = json!({
        "event": "user.updated", "data": {"email": "a@example.com"},
        "context": {"actor": {"id": "user_1"}, "previous_attributes": {"email": "b@example.com"}},
    });
    for conditions in [
        json!({"data.email": "a@example.com"}),
        json!({"context.actor.id": "user_1"}),
        json!({"context.previous_attributes.email": {"exists": true}}),
        json!({"event": {"contains": "user."}}),
    ] {
        let Value::Object(conditions) = conditions else { panic!("no object") };
        let (conditions, violations) = parse(&Event::SCHEMA, conditions);
        assert!(violations.is_empty(), "{violations:?}");
        assert!(conditions.iter().all(|condition| condition.fits(&event)), "{conditions:?}");
    }
}

proptest! {
    /// Whatever conditions somebody writes, and whatever items there are.
    #[test]
    fn nothing_stops_it(conditions in crate::testing::generate::any_json(), item in crate::testing::generate::any_json()) {
        if let Value::Object(conditions) = conditions {
            let (conditions, _) = parse(&DirectoryUser::SCHEMA, conditions);
            for condition in &conditions {
                condition.fits(&item);
                condition.in_other_case(&item);
                condition.unknown_word(&DirectoryUser::SCHEMA);
            }
        }
    }

    /// A condition and its contrary divide the items.
    #[test]
    fn not_is_the_contrary(item in crate::testing::generate::any_json(), wanted in "[ab]|5|true") {
        let is = |condition: Value| {
            let (conditions, _) = read(json!({"custom_attributes.a": condition}));
            conditions[0].fits(&json!({"custom_attributes": {"a": item}}))
        };
        prop_assert_ne!(is(json!(wanted)), is(json!({"not": wanted})));
    }
}
