//! Connections, certificates, profiles.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
