//! Invitations.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
