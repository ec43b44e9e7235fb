//! Asking the user before something is destroyed.
//!
//! The client asks, through elicitation: pushed to it in the lifecycle with a handshake, as
//! a result that wants input in the stateless one. What comes back in the stateless one is
//! sealed: it holds for one tool, one set of arguments, ten minutes, once.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::{
    CallToolRequestParams, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, ErrorData, InputRequest, InputRequiredResult, ProtocolVersion, RequestStateCodec,
    SealOptions,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::audit::masked;
use super::harmless::harmless;
use super::tools::{Tools, title};
use crate::client::{Arguments, excerpt};
use crate::operation::{Effect, Operation};

/// When the user is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confirm {
    /// Where the client can ask.
    #[default]
    Auto,
    /// Always; where the client cannot ask, the call is refused.
    Always,
    /// Never.
    Never,
}

/// What the user said, or what has to happen first.
pub enum Verdict {
    /// Nobody needs to be asked, or can be.
    Unasked,
    /// Yes.
    Confirmed,
    /// No, or no answer; in words.
    Declined(String),
    /// Nobody can be asked, and somebody must be.
    Refused(String),
    /// The client has to ask first.
    Ask(Box<InputRequiredResult>),
}

/// How long an answer to a question holds.
const VALID: Duration = Duration::from_secs(600);
/// The name of the question in a result that wants input.
const QUESTION: &str = "confirm";

/// Seals questions, and remembers which answers were used.
#[derive(Default)]
pub struct Seals {
    codec: OnceLock<Option<RequestStateCodec>>,
    used: Mutex<HashMap<Vec<u8>, Instant>>,
}

impl std::fmt::Debug for Seals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seals")
    }
}

impl Seals {
    fn codec(&self) -> Result<&RequestStateCodec, ErrorData> {
        self.codec
            .get_or_init(|| RequestStateCodec::try_new(random::<4>()).ok())
            .as_ref()
            .ok_or_else(|| ErrorData::internal_error("no seal can be made", None))
    }

    fn seal(&self, bound_to: &[u8]) -> Result<String, ErrorData> {
        let options = SealOptions::new().associated_data(bound_to).ttl(VALID);
        Ok(self.codec()?.seal_with(&random::<1>(), &options))
    }

    /// Breaks a seal: once, and only where it was made for.
    fn open(&self, state: &str, bound_to: &[u8]) -> Result<(), ErrorData> {
        let nonce = self.codec()?.open_with(state, bound_to).map_err(|error| {
            ErrorData::invalid_params(
                format!("nothing was sent: the confirmation does not hold: {error}"),
                None,
            )
        })?;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, at| at.elapsed() <= VALID);
        if used.insert(nonce, Instant::now()).is_some() {
            return Err(ErrorData::invalid_params(
                "nothing was sent: this confirmation was used before",
                None,
            ));
        }
        Ok(())
    }
}

/// Sixteen random bytes, so many times.
fn random<const TIMES: usize>() -> Vec<u8> {
    std::iter::repeat_with(|| uuid::Uuid::new_v4().into_bytes()).take(TIMES).flatten().collect()
}

/// Asks the user if that is called for.
pub async fn confirm(
    tools: &Tools,
    seals: &Seals,
    operation: &'static Operation,
    request: &CallToolRequestParams,
    arguments: &Arguments,
    context: &RequestContext<RoleServer>,
    ended: &CancellationToken,
) -> Result<Verdict, ErrorData> {
    if operation.effect != Effect::Delete || tools.confirm() == Confirm::Never {
        return Ok(Verdict::Unasked);
    }
    let can_ask = context
        .client_capabilities()
        .and_then(|capabilities| capabilities.elicitation)
        .is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none());
    if !can_ask {
        return Ok(match tools.confirm() {
            Confirm::Always => Verdict::Refused(format!(
                "Nothing was sent: `{}` has to be confirmed by the user (`--confirm always`), and this client cannot ask. \
                 Use a client with elicitation, or `workos-mcp call {}` in a terminal.",
                operation.name, operation.name
            )),
            _ => Verdict::Unasked,
        });
    }
    let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    if !modern {
        let question = question(tools, operation, arguments).await;
        let asked = context.peer.create_elicitation_with_timeout(form(question), Some(VALID));
        return tokio::select! {
            answer = asked => Ok(match answer {
                Ok(answer) => said(&answer),
                Err(error) => Verdict::Declined(format!("Nothing was changed: the client could not ask the user ({error}).")),
            }),
            () = context.ct.cancelled() => Ok(Verdict::Declined("Cancelled.".to_owned())),
            () = ended.cancelled() => {
                Ok(Verdict::Declined("Nothing was changed: the client left before the user answered.".to_owned()))
            }
        };
    }
    let bound_to = binding(operation, arguments);
    let answer = request.input_responses.as_ref().and_then(|responses| responses.get(QUESTION));
    match (&request.request_state, answer) {
        (Some(state), Some(answer)) => {
            seals.open(state, &bound_to)?;
            let answer: ElicitResult = serde_json::from_value(answer.clone()).map_err(|_| {
                ErrorData::invalid_params(
                    "nothing was sent: the answer to the confirmation is malformed",
                    None,
                )
            })?;
            Ok(said(&answer))
        }
        (Some(_), None) => {
            Err(ErrorData::invalid_params("nothing was sent: the confirmation has no answer", None))
        }
        (None, Some(_)) => {
            Err(ErrorData::invalid_params("nothing was sent: the confirmation has no state", None))
        }
        (None, None) => {
            let question = question(tools, operation, arguments).await;
            let ask = InputRequest::Elicitation(ElicitRequest::new(form(question)));
            let asks = [(QUESTION.to_owned(), ask)].into();
            Ok(Verdict::Ask(Box::new(InputRequiredResult::new(Some(asks), Some(seals.seal(&bound_to)?)))))
        }
    }
}

fn form(message: String) -> ElicitRequestParams {
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema: ElicitationSchema::new(std::collections::BTreeMap::new()),
    }
}

fn said(answer: &ElicitResult) -> Verdict {
    // Some clients show a form with a box to tick, whatever was asked for.
    let unticked =
        answer.content.as_ref().and_then(|content| content.get(QUESTION)) == Some(&Value::Bool(false));
    match answer.action {
        ElicitationAction::Accept if !unticked => Verdict::Confirmed,
        ElicitationAction::Cancel => Verdict::Declined(
            "Nothing was changed: the user closed the question without an answer. Ask before trying again."
                .to_owned(),
        ),
        _ => Verdict::Declined(
            "Nothing was changed: the user declined. Do not try again unless the user asks for it."
                .to_owned(),
        ),
    }
}

/// What a confirmation holds for: one tool with one set of arguments, whatever their order.
fn binding(operation: &Operation, arguments: &Arguments) -> Vec<u8> {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields: std::collections::BTreeMap<_, _> =
                    fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
                Value::Object(fields.into_iter().collect())
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
    format!("{}\0{}", operation.name, sorted(&Value::Object(arguments.clone()))).into_bytes()
}

/// What the user is asked: the operation, the environment, and what it is about to hit.
pub async fn question(tools: &Tools, operation: &'static Operation, arguments: &Arguments) -> String {
    let target = match tools.name_of_target(operation, arguments).await {
        Some(name) => format!(" \u{201c}{}\u{201d}", line(&name)),
        None => String::new(),
    };
    let mut text = format!("{}{target} in {}?", title(operation.name), tools.environment());
    if let Value::Object(shown) = masked(operation.fields, arguments) {
        for (name, value) in shown {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // Writing to a string does not fail.
            let _ = write!(text, "\n{name}: {}", line(&value));
        }
    }
    text.push('\n');
    text.push_str(operation.about);
    text
}

/// Strangers' text on one line, and short.
fn line(text: &str) -> String {
    const LONGEST: usize = 120;
    let text = text.replace(['\n', '\r', '\t'], " ");
    excerpt(&harmless(&text), LONGEST).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_once_for_what_it_was_made_for() {
        let seals = Seals::default();
        let state = seals.seal(b"tool and arguments").expect("a seal");
        assert!(seals.open(&state, b"other arguments").is_err());
        let mut altered = state.clone().into_bytes();
        let last = altered.len() - 1;
        altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
        assert!(seals.open(&String::from_utf8(altered).expect("text"), b"tool and arguments").is_err());
        assert!(Seals::default().open(&state, b"tool and arguments").is_err(), "a foreign seal");
        assert!(seals.open(&state, b"tool and arguments").is_ok());
        assert!(seals.open(&state, b"tool and arguments").is_err(), "a seal used twice");
    }

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(line("a\nb\u{202e}c"), r"a b\u202ec");
        assert!(line(&"x".repeat(500)).chars().count() <= 121);
    }
}
