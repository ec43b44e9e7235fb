//! Integrations, and how they are found.

use crate::sandbox::fault::Fault;
use crate::sandbox::world::{Object, Read, World};

pub(super) const INTEGRATION: &str = "data_integration";

/// The last four characters, which are all that is shown of a secret.
pub(super) fn last_four(secret: &str) -> String {
    let skipped = secret.chars().count().saturating_sub(4);
    secret.chars().skip(skipped).collect()
}

pub(super) fn find(world: &World, slug: &str, ownership: &str) -> Option<Object> {
    let mut all = world.all(INTEGRATION);
    all.find(|one| one.text("slug") == slug && one.text("ownership") == ownership).cloned()
}

/// An integration under a slug: that of this ownership, or else the other one.
pub(super) fn of_slug(world: &World, slug: &str, ownership: &str) -> Result<Object, Fault> {
    let found = find(world, slug, ownership).or_else(|| world.by(INTEGRATION, "slug", slug).cloned());
    found.ok_or_else(|| Fault::not_found(INTEGRATION, slug))
}
