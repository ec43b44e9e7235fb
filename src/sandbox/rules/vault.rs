//! Vault: objects, versions, data keys.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
