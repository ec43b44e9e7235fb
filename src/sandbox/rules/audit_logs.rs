//! Audit logs: events, schemas, exports, retention.

use crate::sandbox::rules::Rules;

pub(super) const RULES: Rules = Rules::NONE;
