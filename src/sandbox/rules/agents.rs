//! Agents: blueprints, instances, sessions, registrations.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
