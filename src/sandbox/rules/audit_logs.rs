//! Audit logs: actions and their schemas, events, exports, retention.

mod check;

use serde_json::{Map, Value, json};

use self::check::wrong_with;
use crate::sandbox::call::Call;
use crate::sandbox::clock::{self, DAY, MINUTE};
use crate::sandbox::derived::answered;
use crate::sandbox::fault::Fault;
use crate::sandbox::fixture;
use crate::sandbox::listing;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("list_audit_log_actions", list_actions),
        ("create_audit_log_schema", create_schema),
        ("list_audit_log_schemas", list_schemas),
        ("create_audit_log_event", create_event),
        ("create_audit_log_export", create_export),
        ("get_audit_log_export", get_export),
        ("get_audit_log_configuration", get_configuration),
        ("get_audit_logs_retention", get_retention),
        ("set_audit_logs_retention", set_retention),
    ],
    begin: put_examples,
    ..Rules::NONE
};

const ACTION: &str = "audit_log_action";
const SCHEMA: &str = "audit_log_schema";
const EXPORT: &str = "audit_log_export";
/// What an application has recorded. No operation shows it; exports hold it.
const EVENT: &str = "_audit_log_event";
/// How long events of an organization are kept. Its ID is that of the organization.
const RETENTION: &str = "_audit_log_retention";
/// The log stream of an organization, by its ID too: no operation makes one.
const STREAM: &str = "_audit_log_stream";
/// Days for which events are kept unless it is said.
const DEFAULT_DAYS: i64 = 30;
/// How long the address of an export works.
const EXPORT_TIME: i64 = 10 * MINUTE;

/// The action of the examples, with its schema, and the organization's settings.
fn put_examples(world: &mut World) {
    let response = |name: &str| {
        let operation = crate::api::operations().find(|operation| operation.name == name)?;
        fixture::of(operation).ok().map(|fixture| fixture.response.clone())
    };
    let actions = response("list_audit_log_actions").unwrap_or_default();
    for action in actions["data"].as_array().into_iter().flatten() {
        let (Value::Object(action), Value::Object(schema)) = (action.clone(), action["schema"].clone())
        else {
            continue;
        };
        let name = action.text("name").to_owned();
        put_schema(world, schema, &name);
        put_action(world, action);
    }
    let settings = response("get_audit_log_configuration").unwrap_or_default();
    let (organization, days) = (&settings["organization_id"], &settings["retention_period_in_days"]);
    put(world, RETENTION, json!({"id": organization, "organization_id": organization, "days": days}));
    let stream = &settings["log_stream"];
    put(world, STREAM, json!({"id": organization, "organization_id": organization, "stream": stream}));
    for id in world.ids(EXPORT, "object", EXPORT) {
        // The examples show it from its beginning to its end: it has ended.
        if let Some(mut export) = world.get(EXPORT, &id).cloned() {
            export.insert("state".to_owned(), "ready".into());
            world.put(EXPORT, export);
        }
    }
}

fn put(world: &mut World, kind: &str, object: Value) {
    if let Value::Object(object) = object {
        world.put(kind, object);
    }
}

fn put_schema(world: &mut World, mut schema: Object, action: &str) {
    schema.insert("id".to_owned(), world.new_id("audit_log_schema_").into());
    schema.insert("_action".to_owned(), action.into());
    world.put(SCHEMA, schema);
}

fn put_action(world: &mut World, mut action: Object) {
    action.insert("id".to_owned(), world.new_id("audit_log_action_").into());
    world.put(ACTION, action);
}

/// The latest schema of an action.
fn latest<'a>(world: &'a World, action: &str) -> Option<&'a Object> {
    world.all(SCHEMA).rfind(|schema| schema.text("_action") == action)
}

fn list_actions(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    listing::page(world, call, ACTION, |_| true)
}

fn list_schemas(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let action = call.text("action_name");
    if world.by(ACTION, "name", action).is_none() {
        return Err(Fault::not_found(ACTION, action));
    }
    listing::page(world, call, SCHEMA, |schema| schema.text("_action") == action)
}

fn create_schema(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let name = call.text("action_name");
    let targets = call.given("targets").and_then(Value::as_array);
    if targets.is_none_or(Vec::is_empty) {
        return Err(Fault::invalid("targets", "required"));
    }
    let before = latest(world, name);
    let is_same = |before: &&Object| {
        ["targets", "actor", "metadata"].iter().all(|part| before.get(*part) == call.given(part))
    };
    if let Some(same) = before.filter(is_same) {
        return Ok(answered(world, call, SCHEMA, same.clone()));
    }
    let version = before.and_then(|schema| schema.get("version")?.as_i64()).unwrap_or_default() + 1;
    let now = world.now();
    let mut schema = Map::new();
    schema.insert("object".to_owned(), SCHEMA.into());
    schema.insert("version".to_owned(), version.into());
    for part in ["actor", "targets", "metadata"] {
        if let Some(given) = call.given(part) {
            schema.insert(part.to_owned(), given.clone());
        }
    }
    schema.insert("created_at".to_owned(), now.clone().into());
    put_schema(world, schema.clone(), name);
    let action = world.by(ACTION, "name", name).map(|action| action.text("id").to_owned());
    if let Some(id) = action {
        world.change(ACTION, &id, |action| {
            action.insert("schema".to_owned(), schema.clone().into());
        })?;
    } else {
        let action = json!({
            "object": ACTION, "name": name, "schema": schema.clone(), "created_at": now, "updated_at": now,
        });
        if let Value::Object(action) = action {
            put_action(world, action);
        }
    }
    Ok(answered(world, call, SCHEMA, schema))
}

fn create_event(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization_id");
    world.find("organization", organization)?;
    let event = call.given("event").cloned().unwrap_or_default();
    let action = event["action"].as_str().unwrap_or_default();
    if action.is_empty() {
        return Err(Fault::invalid("event.action", "required"));
    }
    if clock::read(event["occurred_at"].as_str().unwrap_or_default()).is_none() {
        return Err(Fault::invalid("event.occurred_at", "invalid_date"));
    }
    let version = event["version"].as_i64();
    let schema = match (latest(world, action), version) {
        (None, _) => None,
        (Some(latest), None) => {
            if latest.get("version").and_then(Value::as_i64) > Some(1) {
                // With one version there is nothing to choose from.
                return Err(Fault::invalid("event.version", "required"));
            }
            Some(latest)
        }
        (Some(_), Some(version)) => {
            let is_it = |schema: &&Object| {
                schema.text("_action") == action
                    && schema.get("version").and_then(Value::as_i64) == Some(version)
            };
            match world.all(SCHEMA).find(is_it) {
                Some(schema) => Some(schema),
                None => return Err(Fault::invalid("event.version", "invalid_version")),
            }
        }
    };
    let wrong = wrong_with(&event, schema);
    if !wrong.is_empty() {
        let body = json!({
            "message": "Invalid Audit Log event.",
            "code": "invalid_audit_log_event",
            "errors": wrong,
        });
        return Err(Fault::new(400, body));
    }
    let id = world.new_id("audit_log_event_");
    put(world, EVENT, json!({"id": id, "organization_id": organization, "event": event}));
    Ok(json!({"success": true}))
}

fn create_export(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    world.find("organization", call.text("organization_id"))?;
    let refused = |message: &str| Fault::new(400, json!({"message": [message], "error": "Bad Request"}));
    let time = |name: &str| clock::read(call.text(name));
    let start =
        time("range_start").ok_or_else(|| refused("range_start must be a valid ISO 8601 date string"))?;
    let end = time("range_end").ok_or_else(|| refused("range_end must be a valid ISO 8601 date string"))?;
    if start >= end {
        return Err(refused("range_start must be before range_end"));
    }
    let now = world.now();
    let export = json!({
        "object": EXPORT,
        "id": world.new_id("audit_log_export_"),
        "state": "pending",
        "url": null,
        "created_at": now,
        "updated_at": now,
        "organization_id": call.text("organization_id"),
        "_looks": 0,
    });
    let Value::Object(export) = export else { return Ok(Value::Null) };
    world.put(EXPORT, export.clone());
    Ok(answered(world, call, EXPORT, export))
}

/// An export takes its time: whoever looks for the first time finds it pending, and ready for the second.
fn get_export(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("audit_log_export_id");
    let mut export = world.find(EXPORT, id)?.clone();
    if export.text("state") == "pending" {
        let is_ready = export.get("_looks").and_then(Value::as_i64) > Some(0);
        if is_ready {
            export.insert("state".to_owned(), "ready".into());
            export.insert("updated_at".to_owned(), world.now().into());
        }
        export.insert("_looks".to_owned(), 1.into());
        world.put(EXPORT, export.clone());
    }
    if export.text("state") == "ready" {
        // A new one for everybody who asks, for ten minutes.
        let expires = (world.milliseconds() + EXPORT_TIME) / clock::SECOND;
        let url = format!("https://exports.example.com/audit-log-exports/{id}.csv?expires={expires}");
        export.insert("url".to_owned(), url.into());
    }
    Ok(answered(world, call, EXPORT, export))
}

/// For how many days events of an organization are kept.
fn days(world: &World, organization: &str) -> i64 {
    let set = world.get(RETENTION, organization).and_then(|set| set.get("days")?.as_i64());
    set.unwrap_or(DEFAULT_DAYS)
}

fn get_configuration(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    world.find("organization", id)?;
    let stream =
        world.get(STREAM, id).and_then(|stream| stream.get("stream")).filter(|stream| !stream.is_null());
    let is_active = stream.is_some() || world.all(EVENT).any(|event| event.text("organization_id") == id);
    let mut answer = json!({
        "organization_id": id,
        "retention_period_in_days": days(world, id),
        "state": if is_active { "active" } else { "inactive" },
    });
    if let Some(stream) = stream {
        answer["log_stream"] = stream.clone();
    }
    Ok(answer)
}

fn get_retention(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    world.find("organization", id)?;
    Ok(json!({"retention_period_in_days": days(world, id)}))
}

fn set_retention(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("id");
    world.find("organization", id)?;
    let days = if let Some(period) = call.given("retention_period").and_then(Value::as_str) {
        period_in_days(period).ok_or_else(|| Fault::invalid("retention_period", "invalid"))?
    } else {
        let days = call.given("retention_period_in_days").and_then(Value::as_i64);
        days.filter(|days| is_period(*days))
            .ok_or_else(|| Fault::invalid("retention_period_in_days", "invalid"))?
    };
    put(world, RETENTION, json!({"id": id, "organization_id": id, "days": days}));
    let oldest = world.milliseconds() - days * DAY;
    let is_too_old = |event: &&Object| {
        let time = event.get("event").and_then(|event| clock::read(event["occurred_at"].as_str()?));
        event.text("organization_id") == id && time.is_some_and(|time| time < oldest)
    };
    let gone: Vec<String> =
        world.all(EVENT).filter(is_too_old).map(|event| event.text("id").to_owned()).collect();
    for id in &gone {
        world.remove(EVENT, id);
    }
    Ok(json!({ "retention_period_in_days": days }))
}

/// `6_MONTHS` are 180 days, `2_YEARS` 730.
fn period_in_days(period: &str) -> Option<i64> {
    let (number, unit) = period.split_once('_')?;
    let number: i64 = number.parse().ok()?;
    Some(number * if unit.starts_with("MONTH") { 30 } else { 365 })
}

/// Whole months of 30 days up to eleven, or whole years of 365 days up to ten.
fn is_period(days: i64) -> bool {
    (days % 30 == 0 && (30..=330).contains(&days)) || (days % 365 == 0 && (365..=3650).contains(&days))
}
