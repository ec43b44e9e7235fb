//! Users and waitlists.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
