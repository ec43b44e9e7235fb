//! What the operator has decided: how far calls may go, what they show and what they leave behind.

use std::path::PathBuf;

use super::access::Access;
use super::confirmation::Confirm;
use super::redaction::Reveal;

/// What calls are allowed to do, show and leave behind.
#[derive(Debug, Default)]
pub struct Policy {
    /// How far calls may go; what suits the key if none is given.
    pub access: Option<Access>,
    /// Which tools may show credentials of a live environment.
    pub reveal: Reveal,
    /// Where redacted credentials go that are shown only once.
    pub secrets_directory: Option<PathBuf>,
    /// When the user is asked before something is destroyed.
    pub confirm: Confirm,
    /// Where calls are recorded.
    pub audit_log: Option<PathBuf>,
    /// Whether reads of personal data and credentials are recorded too.
    pub audit_reads: bool,
    /// The longest answer in bytes; what suits a model if none is given.
    pub max_answer: Option<usize>,
    /// Whether the shape of answers is published with the tools.
    pub output_schemas: bool,
}
