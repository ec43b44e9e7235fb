//! Feature flags and their targets. Flags are made in the dashboard; here are those of the examples.

use serde_json::{Map, Value, json};

use super::{Rules, take_off};
use crate::sandbox::call::Call;
use crate::sandbox::derived::{alter, answered, told};
use crate::sandbox::fault::Fault;
use crate::sandbox::kind::Kind;
use crate::sandbox::listing;
use crate::sandbox::world::{Object, Read, World};

pub(super) const RULES: Rules = Rules {
    operations: &[
        ("enable_feature_flag", enable),
        ("disable_feature_flag", disable),
        ("add_feature_flag_target", add_target),
        ("remove_feature_flag_target", remove_target),
        ("list_organization_feature_flags", list_for_organization),
        ("list_user_feature_flags", list_for_user),
    ],
    kinds: &[Kind { events: Some("flag"), ..Kind::plain("feature_flag") }],
    begin,
};

/// That a user or an organization is a target of a flag.
const TARGET: &str = "feature_flag_target";

fn begin(world: &mut World) {
    take_off(world, "feature_flag", &["organization_id", "user_id"]);
    // As the examples show it: the first is on for the example's organization.
    let flag = world.by("feature_flag", "slug", "advanced-analytics").cloned();
    if let Some(flag) = flag {
        put_target(world, &flag, "org_01EXAMPLE0ORGANIZATION");
    }
}

fn pair(flag: &Object, target: &str) -> String {
    format!("{}/{target}", flag.text("id"))
}

fn put_target(world: &mut World, flag: &Object, target: &str) {
    if let Value::Object(pair) = json!({"id": pair(flag, target), "target": target}) {
        world.put(TARGET, pair);
    }
}

fn named(world: &World, call: &Call<'_>) -> Result<Object, Fault> {
    let slug = call.text("slug");
    world.by("feature_flag", "slug", slug).cloned().ok_or_else(|| Fault::not_found("feature_flag", slug))
}

fn enable(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    switch(world, call, true)
}

fn disable(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    switch(world, call, false)
}

fn switch(world: &mut World, call: &Call<'_>, enabled: bool) -> Result<Value, Fault> {
    let mut flag = named(world, call)?;
    if flag.get("enabled") != Some(&Value::Bool(enabled)) {
        flag = alter(world, "feature_flag", flag.text("id"), |flag| {
            flag.insert("enabled".to_owned(), enabled.into());
        })?;
    }
    Ok(answered(world, call, "feature_flag", flag))
}

/// The flag and its target, which must be there.
fn named_target<'a>(world: &World, call: &Call<'a>) -> Result<(Object, &'a str), Fault> {
    let flag = named(world, call)?;
    let target = call.text("resource_id");
    let kind = match target {
        _ if target.starts_with("user_") => "user",
        _ if target.starts_with("org_") => "organization",
        _ => {
            let message = "A target is a user or an organization.";
            let body = json!({"message": message, "code": "bad_request", "statusCode": 400});
            return Err(Fault::new(400, body));
        }
    };
    world.find(kind, target)?;
    Ok((flag, target))
}

fn add_target(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (flag, target) = named_target(world, call)?;
    if world.get(TARGET, &pair(&flag, target)).is_none() {
        put_target(world, &flag, target);
        tell_rule(world, flag);
    }
    Ok(Value::Null)
}

fn remove_target(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let (flag, target) = named_target(world, call)?;
    if world.remove(TARGET, &pair(&flag, target)).is_some() {
        tell_rule(world, flag);
    }
    Ok(Value::Null)
}

fn tell_rule(world: &mut World, flag: Object) {
    let flag = told(world, "feature_flag", flag);
    world.happened("flag.rule_updated", flag, Map::new());
}

/// Whether a flag is on for one of these.
fn is_on(world: &World, flag: &Object, whose: &[&str]) -> bool {
    let is = |field: &str| flag.get(field) == Some(&Value::Bool(true));
    let is_target = |one: &&str| world.get(TARGET, &pair(flag, one)).is_some();
    is("enabled") && (is("default_value") || whose.iter().any(is_target))
}

fn list_for_organization(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let organization = call.text("organization_id");
    world.find("organization", organization)?;
    listing::page(world, call, "feature_flag", |flag| is_on(world, flag, &[organization]))
}

/// Also what a user has through an organization.
fn list_for_user(world: &mut World, call: &Call<'_>) -> Result<Value, Fault> {
    let user = call.text("user_id");
    world.find("user", user)?;
    let memberships = world
        .all("organization_membership")
        .filter(|membership| membership.text("user_id") == user && membership.text("status") == "active");
    let mut whose: Vec<&str> = memberships.map(|membership| membership.text("organization_id")).collect();
    whose.push(user);
    listing::page(world, call, "feature_flag", |flag| is_on(world, flag, &whose))
}
