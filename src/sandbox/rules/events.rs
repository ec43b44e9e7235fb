//! Events and webhook endpoints.

use serde_json::{Value, json};

use crate::api::event_types::EVENT_TYPES;
use crate::sandbox::call::Call;
use crate::sandbox::clock;
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::rules::Rules;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    kinds: &[
        Kind { fits: fits_event, ..Kind::plain("event") },
        Kind { made: make_endpoint, checked: check_endpoint, ..Kind::plain("webhook_endpoint") },
    ],
    operations: &[("list_events", list_events)],
    ..Rules::NONE
};

fn list_events(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    check_types(call.given("events"))?;
    listing::list(world, call, "event")
}

/// Whether all types of events are known.
fn check_types(types: Option<&Value>) -> Result<(), Fault> {
    let mut types = types.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    match types.find(|name| !EVENT_TYPES.contains(name)) {
        Some(unknown) => {
            Err(Fault::coded(422, "invalid_event", format!("There are no events of type {unknown}.")))
        }
        None => Ok(()),
    }
}

fn fits_event(_: &World, event: &Object, name: &str, value: &Value) -> Option<bool> {
    let text = value.as_str().unwrap_or_default();
    let time = || clock::read(event.text("created_at")).zip(clock::read(text));
    match name {
        "events" => {
            Some(value.as_array().is_some_and(|types| types.iter().any(|one| one == event.text("event"))))
        }
        "range_start" => Some(time().is_some_and(|(created, start)| created >= start)),
        "range_end" => Some(time().is_some_and(|(created, end)| created <= end)),
        _ => None,
    }
}

fn make_endpoint(world: &mut World, _: &Call<'_>, endpoint: &mut Object) -> Result<(), Fault> {
    endpoint.insert("secret".to_owned(), format!("whsec_sandbox_{}", world.new_token(24)).into());
    endpoint.insert("status".to_owned(), json!("enabled"));
    Ok(())
}

fn check_endpoint(world: &World, endpoint: &Object) -> Result<(), Fault> {
    check_types(endpoint.get("events"))?;
    let url = endpoint.text("endpoint_url");
    if !url.starts_with("https://") {
        return Err(Fault::coded(422, "invalid_url", "The endpoint URL must begin with https://."));
    }
    let is_taken =
        |other: &Object| other.text("endpoint_url") == url && other.text("id") != endpoint.text("id");
    if world.all("webhook_endpoint").any(is_taken) {
        return Err(Fault::coded(
            409,
            "duplicate_endpoint",
            format!("There is an endpoint for {url} already."),
        ));
    }
    Ok(())
}
