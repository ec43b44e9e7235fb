//! What WorkOS does in particular, a file per toolset: operations that do not follow from the table,
//! and what kinds of objects have beyond their fields.

#![expect(clippy::unnecessary_wraps, reason = "hooks have one type, and some of them never fail")]

mod admin_portal;
mod agents;
mod api_keys;
mod audit_logs;
mod authentication;
mod authkit_config;
mod connect;
pub(super) mod directory_sync;
mod events;
mod feature_flags;
mod fga;
mod groups;
mod invitations;
mod memberships;
pub(super) mod mfa;
mod organizations;
mod pipes;
mod radar;
mod roles;
mod sso;
mod users;
mod vault;
mod waitlists;

use serde_json::Value;

use super::call::Call;
use super::fault::Fault;
use super::kind::Kind;
use super::world::{Object, World};

/// What an operation does that does not follow from the table.
pub(super) type Rule = fn(&mut World, &Call<'_>) -> Result<Value, Fault>;

/// The rules of a toolset.
pub(super) struct Rules {
    pub operations: &'static [(&'static str, Rule)],
    pub kinds: &'static [Kind],
    /// What is there from the beginning beside the objects of the examples.
    pub begin: fn(&mut World),
}

impl Rules {
    /// Nothing in particular.
    pub const NONE: Self = Self { operations: &[], kinds: &[], begin: |_| () };
}

const ALL: &[&Rules] = &[
    &admin_portal::RULES,
    &agents::RULES,
    &api_keys::RULES,
    &audit_logs::RULES,
    &authentication::RULES,
    &authkit_config::RULES,
    &connect::RULES,
    &directory_sync::RULES,
    &events::RULES,
    &feature_flags::RULES,
    &fga::RULES,
    &groups::RULES,
    &invitations::RULES,
    &memberships::RULES,
    &mfa::RULES,
    &organizations::RULES,
    &pipes::RULES,
    &radar::RULES,
    &roles::RULES,
    &sso::RULES,
    &users::RULES,
    &vault::RULES,
    &waitlists::RULES,
];

/// The rule of an operation.
pub(super) fn rule(operation: &str) -> Option<Rule> {
    let mut rules = ALL.iter().flat_map(|rules| rules.operations);
    rules.find(|(name, _)| *name == operation).map(|(_, rule)| *rule)
}

/// What a kind of object has in particular.
pub(super) fn kind_of(name: &str) -> Kind {
    let mut kinds = ALL.iter().flat_map(|rules| rules.kinds);
    kinds.find(|kind| kind.name == name).copied().unwrap_or(const { Kind::plain("") })
}

/// The bounds of keys and values of one's own.
fn check_metadata(object: &Object) -> Result<(), Fault> {
    let metadata = object.get("metadata").and_then(Value::as_object);
    let fits = |(key, value): (&String, &Value)| {
        (1..=40).contains(&key.chars().count())
            && value.as_str().is_some_and(|value| value.chars().count() <= 600)
    };
    if metadata.is_none_or(|metadata| metadata.len() <= 50 && metadata.iter().all(fits)) {
        return Ok(());
    }
    let message = "Metadata can have 50 keys of up to 40 characters, and values of up to 600.";
    Err(Fault::coded(400, "invalid_metadata", message))
}

/// What is there from the beginning, of all toolsets.
pub(super) fn begin(world: &mut World) {
    for rules in ALL {
        (rules.begin)(world);
    }
}
