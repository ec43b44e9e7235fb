//! API keys of organizations and users.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
