//! Radar: attempts are judged by the lists, and by nothing else here.

use serde_json::{Value, json};

use super::Rules;
use crate::sandbox::call::Call;
use crate::sandbox::clock::MINUTE;
use crate::sandbox::fault::Fault;
use crate::sandbox::world::{Object, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("create_radar_attempt", create_attempt),
        ("update_radar_attempt", update_attempt),
        ("add_radar_list_entry", add_entry),
        ("remove_radar_list_entry", remove_entry),
        ("send_radar_sms_challenge", send_challenge),
    ],
    begin: |world| {
        put_entry(world, "ip_address", "block", "203.0.113.42");
        put(world, ATTEMPT, json!({"id": "radar_att_01EXAMPLE0ATTEMPT"}));
    },
    ..Rules::NONE
};

const ATTEMPT: &str = "radar_attempt";
const ENTRY: &str = "radar_list_entry";
/// A code that was sent to a telephone.
const CHALLENGE: &str = "radar_sms_challenge";

fn put(world: &mut World, kind: &str, object: Value) {
    if let Value::Object(object) = object {
        world.put(kind, object);
    }
}

fn entry_id(list: &str, action: &str, entry: &str) -> String {
    format!("{list}/{action}/{}", entry.to_lowercase())
}

fn put_entry(world: &mut World, list: &str, action: &str, entry: &str) {
    put(world, ENTRY, json!({"id": entry_id(list, action, entry), "entry": entry}));
}

/// What is allowed is allowed even if something else of it is blocked.
fn create_attempt(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let email = call.text("email");
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    let known = [
        ("ip_address", call.text("ip_address")),
        ("email", email),
        ("domain", domain),
        ("user_agent", call.text("user_agent")),
    ];
    let listed = |action: &str| {
        let is_listed = |(list, entry): &&(&'static str, &str)| {
            world.get(ENTRY, &entry_id(list, action, entry)).is_some()
        };
        known.iter().find(is_listed).map(|(list, _)| *list)
    };
    let blocked = listed("block").filter(|_| listed("allow").is_none());
    let id = world.new_id("radar_att_");
    put(world, ATTEMPT, json!({"id": id, "email": email}));
    Ok(json!({
        "verdict": if blocked.is_some() { "block" } else { "allow" },
        "reason": if blocked.is_some() { "Detected enabled Radar control" } else { "No Radar control detected" },
        "attempt_id": id,
        "control": blocked.map(|_| "restriction"),
        "blocklist_type": blocked,
    }))
}

fn update_attempt(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let mut attempt: Object = world.find(ATTEMPT, call.text("id"))?.clone();
    for (name, value) in call.further() {
        attempt.insert(name.to_owned(), value.clone());
    }
    world.put(ATTEMPT, attempt);
    Ok(Value::Null)
}

fn add_entry(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (list, action, entry) = (call.text("type"), call.text("action"), call.text("entry"));
    if entry.trim().is_empty() {
        return Err(Fault::coded(400, "bad_request", "The entry is empty."));
    }
    if world.get(ENTRY, &entry_id(list, action, entry)).is_some() {
        return Ok(json!({"message": "The entry is already in the list."}));
    }
    put_entry(world, list, action, entry);
    Ok(json!({"message": null}))
}

fn remove_entry(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let entry = call.text("entry");
    let id = entry_id(call.text("type"), call.text("action"), entry);
    world.remove(ENTRY, &id).map(|_| Value::Null).ok_or_else(|| Fault::not_found(ENTRY, entry))
}

fn send_challenge(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user = call.text("user_id");
    world.find("user", user)?;
    let number = call.text("phone_number");
    if !number.starts_with('+') || !number[1..].chars().all(|one| one.is_ascii_digit()) || number.len() < 8 {
        return Err(Fault::invalid("phone_number", "invalid_phone_number"));
    }
    let (id, code, until) = (world.new_token(26), world.new_code(6), world.from_now(10 * MINUTE));
    let challenge = json!({
        "id": id, "user_id": user, "phone_number": number, "code": code, "expires_at": until,
    });
    put(world, CHALLENGE, challenge);
    Ok(json!({"verification_id": id, "phone_number": number}))
}
