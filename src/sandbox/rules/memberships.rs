//! Memberships of users in organizations.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
