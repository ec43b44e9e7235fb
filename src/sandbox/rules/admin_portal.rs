//! Portal links and IT contacts.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
