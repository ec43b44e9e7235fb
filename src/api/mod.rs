//! The WorkOS API: one file per toolset, with its operations and its models.
//!
//! Facts are those of the [API reference](https://workos.com/docs/reference).

pub mod api_keys;
pub mod common;
pub mod groups;
pub mod memberships;
pub mod organizations;
#[cfg(test)]
mod tests;
pub mod users;

use crate::operation::{Operation, Toolset};

/// Every toolset, in the order in which tools are listed.
pub const TOOLSETS: &[Toolset] =
    &[organizations::TOOLSET, users::TOOLSET, memberships::TOOLSET, groups::TOOLSET, api_keys::TOOLSET];

/// Every operation, toolset by toolset.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    TOOLSETS.iter().flat_map(|toolset| toolset.operations.iter().copied())
}
