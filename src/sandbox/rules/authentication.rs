//! Sign-in: codes, passwords, sessions, tokens.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
