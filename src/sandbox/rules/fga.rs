//! Resources, and who has which role on them.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
