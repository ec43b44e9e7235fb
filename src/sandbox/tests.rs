//! The sandbox, played through: every operation with its example, and what holds of all of them.

#![allow(clippy::panic, clippy::expect_used, reason = "a test says what is wrong and stops")]
#![allow(clippy::needless_pass_by_value, reason = "arguments are written where they are passed")]

mod admin_portal;
mod agents;
mod audit_logs;
mod customers;
mod fga;
mod model;
mod people;
mod pipes;
mod roles;
mod settings;
mod sign_in;
mod single_sign_on;

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::world::World;
use super::{Sandbox, remembers};
use crate::api::operations;
use crate::operation::{Method, Operation};

/// A sandbox that is called by the names of operations.
pub(super) struct Play(Sandbox);

impl Play {
    /// In a world of its own.
    pub fn new() -> Self {
        static BEGINNING: OnceLock<World> = OnceLock::new();
        let world = BEGINNING.get_or_init(|| super::beginning::world(0)).clone();
        Self(Sandbox::with(world))
    }

    /// Status and body of an answer. Arguments have their names at WorkOS, in whose place the sandbox
    /// stands, or those of the table.
    pub fn call(&self, name: &str, arguments: Value) -> (u16, Value) {
        let operation = operations().find(|operation| operation.name == name).expect(name);
        let arguments = of_the_table(operation, arguments);
        for given in arguments.keys() {
            assert!(operation.field(given).is_some(), "{name} has no argument `{given}`");
        }
        let answer = self.0.call(operation, &arguments).expect("no file");
        let body = if answer.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&answer.body).expect("JSON")
        };
        (answer.status, body)
    }

    /// Opens a URL with this query.
    pub fn opens(&self, name: &str, query: Value) -> Value {
        let operation = operations().find(|operation| operation.name == name).expect(name);
        let answer = self.0.call(operation, &of_the_table(operation, query)).expect("an answer");
        assert!(answer.status < 300, "{name}: {:?}", answer.body);
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// The time there, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.0.lock().as_ref().expect("a world that has begun").world.milliseconds()
    }

    /// Lets so many milliseconds pass.
    pub fn later(&self, milliseconds: i64) {
        let mut state = self.0.lock();
        let world = &mut state.as_mut().expect("a world that has begun").world;
        let now = world.milliseconds();
        world.set_time(Some(now + milliseconds));
    }

    /// The body of an answer that must be a success.
    pub fn ok(&self, name: &str, arguments: Value) -> Value {
        let (status, body) = self.call(name, arguments.clone());
        assert!(status < 300, "{name} {arguments}: {status} {body}");
        body
    }

    /// Status and code of an error.
    pub fn fails(&self, name: &str, arguments: Value) -> (u16, String) {
        let (status, body) = self.call(name, arguments.clone());
        assert!(status >= 400, "{name} {arguments}: {status} {body}");
        let code = body.get("code").or_else(|| body.get("error")).and_then(Value::as_str);
        (status, code.unwrap_or_default().to_owned())
    }

    /// How many objects there are of a kind that no operation lists.
    pub fn kept(&self, kind: &str) -> usize {
        self.0.lock().as_ref().map_or(0, |kept| kept.world.all(kind).count())
    }

    /// The IDs, or what else is named, of the items of a list.
    pub fn listed(&self, name: &str, arguments: Value, field: &str) -> Vec<String> {
        let body = self.ok(name, arguments);
        let items = body.get("data").unwrap_or(&body).as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// The arguments of an operation's example.
fn of_the_table(operation: &Operation, arguments: Value) -> Map<String, Value> {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let own = |name: String| operation.field_at_workos(&name).map_or(name, |field| field.name.to_owned());
    arguments.into_iter().map(|(name, value)| (own(name), value)).collect()
}

fn example(operation: &Operation) -> Value {
    let toolset = crate::api::TOOLSETS
        .iter()
        .find(|toolset| toolset.operations.iter().any(|one| one.name == operation.name));
    let toolset = toolset.expect("a toolset").name;
    let path = format!("{}/fixtures/{toolset}/{}.json", env!("CARGO_MANIFEST_DIR"), operation.name);
    let fixture = std::fs::read_to_string(path).expect("a fixture");
    let mut fixture: Value = serde_json::from_str(&fixture).expect("JSON");
    let mut arguments = fixture["arguments"].take();
    // What is cleared is null by the time that it comes here.
    if let Value::Object(arguments) = &mut arguments
        && let Some(Value::Array(cleared)) = arguments.remove("clear")
    {
        let cleared = cleared.iter().filter_map(Value::as_str).filter(|name| !name.contains('.'));
        cleared.for_each(|name| drop(arguments.insert(name.to_owned(), Value::Null)));
    }
    arguments
}

#[test]
fn every_operation_answers_its_example() {
    let mut failed = Vec::new();
    for operation in operations().filter(|operation| operation.method != Method::LINK) {
        let (status, body) = Play::new().call(operation.name, example(operation));
        if status >= 300 {
            failed.push(format!("{}: {status} {body}", operation.name));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn most_operations_remember() {
    let forgets: Vec<&str> =
        operations().filter(|operation| !remembers(operation)).map(|operation| operation.name).collect();
    let remembering = operations().count() - forgets.len();
    assert!(remembering >= 220, "{remembering} remember; {}", forgets.join(" "));
}

#[test]
fn what_is_created_is_found_changed_and_gone() {
    let play = Play::new();
    let made = play.ok("create_organization", json!({"name": "Acme", "metadata": {"tier": "a", "x": "y"}}));
    let id = made["id"].as_str().expect("an ID");
    assert!(id.starts_with("org_01") && id.len() == 30, "{id}");
    assert_eq!(play.ok("get_organization", json!({"id": id})), made);
    assert_eq!(play.listed("list_organizations", json!({"search": "acm"}), "id"), [id]);
    let changed =
        play.ok("update_organization", json!({"id": id, "name": "Acme Inc", "metadata": {"x": null}}));
    assert_eq!((&changed["name"], &changed["metadata"]), (&json!("Acme Inc"), &json!({"tier": "a"})));
    play.ok("delete_organization", json!({"id": id}));
    assert_eq!(play.fails("get_organization", json!({"id": id})), (404, "entity_not_found".to_owned()));
    let types = ["organization.created", "organization.updated", "organization.deleted"];
    let events = json!({"events": types, "organization_id": id});
    assert_eq!(play.listed("list_events", events, "event").len(), 3);
}

#[test]
fn a_call_that_fails_changes_nothing() {
    let play = Play::new();
    let given = json!({"name": "Half made", "domain_data": [
        {"domain": "a.example", "state": "verified"}, {"domain": "no domain", "state": "pending"}]});
    play.fails("create_organization", given);
    assert!(play.listed("list_organizations", json!({"search": "Half made"}), "name").is_empty());
}

#[test]
fn pages_follow_each_other() {
    let play = Play::new();
    for number in 0..7 {
        play.ok("create_organization", json!({"name": format!("Page {number}")}));
    }
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = play.ok("list_organizations", json!({"search": "Page", "limit": 3, "after": after}));
        seen.extend(page["data"].as_array().into_iter().flatten().map(|one| one["name"].clone()));
        after = page["list_metadata"]["after"].clone();
        if after.is_null() {
            break;
        }
    }
    let expected: Vec<Value> = (0..7).rev().map(|number| format!("Page {number}").into()).collect();
    assert_eq!(seen, expected);
}
