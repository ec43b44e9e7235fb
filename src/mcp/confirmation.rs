//! Asking the user before something is destroyed.
//!
//! The client asks, through elicitation: pushed to it in the lifecycle with a handshake, as
//! a result that wants input in the stateless one. What comes back in the stateless one is
//! sealed: it holds for one tool, one set of arguments, ten minutes, once.

use std::collections::HashMap;
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

use crate::tools::confirmation::Confirm;
use crate::tools::toolbox::{Asked, Toolbox};

/// What the user said, or what has to happen first.
pub enum Consent {
    /// Nobody needs to be asked, or can be.
    NotAsked,
    /// Yes.
    Given,
    /// No, or no answer; in words.
    Declined(String),
    /// Nobody can be asked, and somebody must be.
    Refused(String),
    /// The client has to ask first.
    Ask(Box<InputRequiredResult>),
}

/// How long an answer to a question holds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(600);
/// The name of the question in a result that wants input.
const QUESTION: &str = "confirm";

/// Seals the state that goes along with a question and comes back with its answer, and remembers
/// which of them were used.
#[derive(Default)]
pub struct RequestStates {
    codec: OnceLock<Option<RequestStateCodec>>,
    used: Mutex<HashMap<Vec<u8>, Instant>>,
}

impl std::fmt::Debug for RequestStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestStates")
    }
}

impl RequestStates {
    fn codec(&self) -> Result<&RequestStateCodec, ErrorData> {
        self.codec
            .get_or_init(|| RequestStateCodec::try_new(random::<64>().ok()?).ok())
            .as_ref()
            .ok_or_else(unsealed)
    }

    fn seal(&self, bound_to: &[u8]) -> Result<String, ErrorData> {
        let options = SealOptions::new().associated_data(bound_to).ttl(ANSWER_TIMEOUT);
        let nonce = random::<16>().map_err(|_| unsealed())?;
        Ok(self.codec()?.seal_with(&nonce, &options))
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
        used.retain(|_, at| at.elapsed() <= ANSWER_TIMEOUT);
        if used.insert(nonce, Instant::now()).is_some() {
            return Err(ErrorData::invalid_params(
                "nothing was sent: this confirmation was used before",
                None,
            ));
        }
        Ok(())
    }
}

fn unsealed() -> ErrorData {
    ErrorData::internal_error("no seal can be made", None)
}

/// So many random bytes.
fn random<const BYTES: usize>() -> Result<[u8; BYTES], getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map(|()| bytes)
}

/// Asks the user if that is called for.
///
/// # Errors
///
/// What came back is no answer to a question that was asked.
pub async fn confirm(
    toolbox: &Toolbox,
    states: &RequestStates,
    request: &CallToolRequestParams,
    asked: Asked<'_>,
    context: &RequestContext<RoleServer>,
    ended: &CancellationToken,
) -> Result<Consent, ErrorData> {
    if !toolbox.asks_about(asked) {
        return Ok(Consent::NotAsked);
    }
    let can_ask = context
        .client_capabilities()
        .and_then(|capabilities| capabilities.elicitation)
        .is_some_and(|elicitation| elicitation.form.is_some() || elicitation.url.is_none());
    if !can_ask {
        return Ok(match toolbox.confirm() {
            Confirm::Always => Consent::Refused(format!(
                "Nothing was sent: `{}` has to be confirmed by the user (`--confirm always`), and this client cannot ask. \
                 Use a client with elicitation, or `workos-mcp call {}` in a terminal.",
                asked.tool(),
                asked.tool()
            )),
            _ => Consent::NotAsked,
        });
    }
    let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    if !modern {
        let question = match toolbox.question(asked).await {
            Ok(question) => question,
            Err(refusal) => return Ok(Consent::Refused(refusal.to_string())),
        };
        let answered = context.peer.create_elicitation_with_timeout(form(question), Some(ANSWER_TIMEOUT));
        return tokio::select! {
            answer = answered => Ok(match answer {
                Ok(answer) => said(&answer),
                Err(error) => Consent::Declined(format!("Nothing was changed: the client could not ask the user ({error}).")),
            }),
            () = context.ct.cancelled() => Ok(Consent::Declined("Cancelled.".to_owned())),
            () = ended.cancelled() => {
                Ok(Consent::Declined("Nothing was changed: the client left before the user answered.".to_owned()))
            }
        };
    }
    let bound_to = binding(asked);
    let answer = request.input_responses.as_ref().and_then(|responses| responses.get(QUESTION));
    match (&request.request_state, answer) {
        (Some(state), Some(answer)) => {
            states.open(state, &bound_to)?;
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
            let question = match toolbox.question(asked).await {
                Ok(question) => question,
                Err(refusal) => return Ok(Consent::Refused(refusal.to_string())),
            };
            let ask = InputRequest::Elicitation(ElicitRequest::new(form(question)));
            let asks = [(QUESTION.to_owned(), ask)].into();
            Ok(Consent::Ask(Box::new(InputRequiredResult::new(Some(asks), Some(states.seal(&bound_to)?)))))
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

fn said(answer: &ElicitResult) -> Consent {
    match answer.action {
        ElicitationAction::Accept if agrees(answer.content.as_ref()) => Consent::Given,
        ElicitationAction::Cancel => Consent::Declined(
            "Nothing was changed: the user closed the question without an answer. Ask before trying again."
                .to_owned(),
        ),
        _ => Consent::Declined(
            "Nothing was changed: the user declined. Do not try again unless the user asks for it."
                .to_owned(),
        ),
    }
}

/// Whether what was filled into the form is a yes. It asks for nothing, and some clients show a box
/// to tick all the same: a word or a number in it may mean anything, so only `true` counts.
fn agrees(content: Option<&Value>) -> bool {
    match content {
        None => true,
        Some(Value::Object(fields)) => fields.values().all(|value| *value == Value::Bool(true)),
        Some(_) => false,
    }
}

/// What a confirmation holds for: one tool with one set of arguments, whatever their order.
fn binding(asked: Asked<'_>) -> Vec<u8> {
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
    let arguments = sorted(&asked.arguments());
    format!("{}\0{arguments}", asked.tool()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_is_a_yes() {
        use serde_json::json;
        let agreed = |content: Value| agrees(Some(&content));
        assert!(agrees(None) && agreed(json!({})) && agreed(json!({"confirm": true})));
        for content in [
            json!({"confirm": false}),
            json!({"confirm": "true"}),
            json!({"confirm": "false"}),
            json!({"confirm": "no"}),
            json!({"confirm": 0}),
            json!({"confirm": 1}),
            json!({"confirm": null}),
            json!({"confirm": [true]}),
            json!({"confirm": {}}),
            json!({"confirm": true, "really": "no"}),
            json!({"value": "no"}),
            json!("no"),
            json!([]),
            json!(false),
        ] {
            assert!(!agreed(content.clone()), "{content}");
        }
    }

    #[test]
    fn a_seal_holds_once_for_what_it_was_made_for() {
        let states = RequestStates::default();
        let state = states.seal(b"tool and arguments").expect("a seal");
        assert!(states.open(&state, b"other arguments").is_err());
        let mut altered = state.clone().into_bytes();
        let last = altered.len() - 1;
        altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
        assert!(states.open(&String::from_utf8(altered).expect("text"), b"tool and arguments").is_err());
        assert!(RequestStates::default().open(&state, b"tool and arguments").is_err(), "a foreign seal");
        assert!(states.open(&state, b"tool and arguments").is_ok());
        assert!(states.open(&state, b"tool and arguments").is_err(), "a seal used twice");
    }
}
