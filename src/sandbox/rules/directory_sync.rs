//! Directories with their users and groups.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
