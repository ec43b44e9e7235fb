//! The WorkOS API: one file per toolset, with its operations and its models.
//!
//! This room may use the notation ([`crate::operation`], [`crate::schema`], [`crate::list`] and the
//! macros, whose head explains them) and nothing else. What stands here is all that the code knows of an
//! operation: request, tool, schemas, annotations, access level and documentation are derived from it.
//! Examples, which are also what the sandbox answers, are in `fixtures/`. Facts are those of the
//! [API reference](https://workos.com/docs/reference).

pub mod admin_portal;
pub mod agents;
pub mod api_keys;
pub mod audit_logs;
pub mod authentication;
pub mod authkit_config;
pub mod common;
pub mod connect;
pub mod directory_sync;
pub mod event_types;
pub mod events;
pub mod feature_flags;
pub mod fga;
pub mod groups;
pub mod ids;
pub mod invitations;
pub mod memberships;
pub mod mfa;
pub mod organizations;
pub mod pipes;
pub mod radar;
pub mod roles;
pub mod sso;
#[cfg(test)]
mod tests;
pub mod users;
pub mod vault;

use crate::operation::{Operation, Toolset};

/// Every toolset, in the order in which tools are listed.
pub const TOOLSETS: &[Toolset] = &[
    organizations::TOOLSET,
    sso::TOOLSET,
    directory_sync::TOOLSET,
    admin_portal::TOOLSET,
    audit_logs::TOOLSET,
    users::TOOLSET,
    memberships::TOOLSET,
    groups::TOOLSET,
    invitations::TOOLSET,
    authentication::TOOLSET,
    roles::TOOLSET,
    fga::TOOLSET,
    api_keys::TOOLSET,
    feature_flags::TOOLSET,
    mfa::TOOLSET,
    radar::TOOLSET,
    authkit_config::TOOLSET,
    events::TOOLSET,
    pipes::TOOLSET,
    connect::TOOLSET,
    vault::TOOLSET,
    agents::TOOLSET,
];

/// The toolset of an operation.
pub fn toolset_of(name: &str) -> Option<&'static Toolset> {
    TOOLSETS.iter().find(|toolset| toolset.operations.iter().any(|operation| operation.name == name))
}

/// Every operation, toolset by toolset.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    TOOLSETS.iter().flat_map(|toolset| toolset.operations.iter().copied())
}
