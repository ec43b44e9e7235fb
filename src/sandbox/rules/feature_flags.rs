//! Feature flags and for whom they are on.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
