//! Connected accounts and data integrations.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
