//! A valid call, from its request or requests to the answer that goes out.

use serde_json::Value;

use super::answer::{Answer, Content, Form, Ids, ids, note};
use super::audit::Decision;
use super::brief;
use super::error::CallError;
use super::facts;
use super::output::conform;
use super::paging::{Progress, collect};
use super::projection::Projection;
use super::question::Question;
use super::scan::scan;
use super::sending::Sender;
use super::truncation::{HIGHEST_MAX_ANSWER, truncate};
use super::validation::ValidCall;
use crate::client::{Client, MemoryPermit, Violation};
use crate::operation::{Effect, Method, Operation};

/// Runs calls, and makes of what comes what was asked for.
#[derive(Debug)]
pub struct Executor {
    sender: Sender,
    max_answer: usize,
    output_schemas: bool,
}

impl Executor {
    /// Runs calls through `sender`; no answer is longer than `max_answer` bytes.
    pub fn new(sender: Sender, max_answer: usize, output_schemas: bool) -> Self {
        Self { sender, max_answer, output_schemas }
    }

    /// Where requests are sent.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The client that requests go through.
    pub fn client(&self) -> &Client {
        self.sender.client()
    }

    /// The longest answer in bytes.
    pub fn max_answer(&self) -> usize {
        self.max_answer
    }

    /// Whether answers have the shape that is published with the tools.
    pub fn output_schemas(&self) -> bool {
        self.output_schemas
    }

    /// Whether a call must run to its end although nobody waits for it.
    pub fn must_finish(&self, operation: &Operation) -> bool {
        self.sender.must_finish(operation)
    }

    /// Runs a call.
    ///
    /// # Errors
    ///
    /// Why nothing was sent, how it failed, or which fields its answer does not have.
    pub async fn run(
        &self,
        call: &ValidCall,
        decision: Decision,
        progress: Progress<'_>,
    ) -> Result<Answer, CallError> {
        let operation = call.checked.operation();
        let answered = match (&call.question, call.projection.max_items) {
            (Some(question), _) => self.asked(call, question, progress).await,
            (None, Some(max_items)) => self.collected(call, max_items, progress).await,
            (None, None) => self.single(call, decision).await,
        };
        let (content, ids, memory) = answered.map_err(|error| error.within(self.max_answer))?;
        let content = call.remarks.iter().try_fold(content, |content, remark| content.note(remark))?;
        let mut answer = match content {
            Content::Text(text) if text.len() <= self.max_answer => {
                return Ok(Answer { text, data: None, memory });
            }
            to_be_cut => to_be_cut.into_value()?,
        };
        let text = truncate(operation, &mut answer, ids.as_ref(), self.max_answer);
        let data = self.output_schemas.then(|| {
            conform(operation, &mut answer);
            answer
        });
        Ok(Answer { text, data, memory })
    }

    async fn asked(
        &self,
        ValidCall { checked, projection, .. }: &ValidCall,
        question: &Question,
        progress: Progress<'_>,
    ) -> Result<(Content, Option<Ids>, MemoryPermit), CallError> {
        let answer = scan(&self.sender, checked, projection, question, self.max_answer, progress).await?;
        Ok((Content::Value(answer), None, MemoryPermit::default()))
    }

    /// Why a call of an operation must not be made, whatever its arguments.
    pub fn cannot_keep(&self, operation: &Operation) -> Option<String> {
        self.sender.cannot_keep(operation)
    }

    /// Whether a value of an answer stands in place of a credential.
    pub fn is_kept(&self, value: &Value) -> bool {
        self.sender.is_kept(value)
    }

    /// Runs one call of many: what is wanted of its answer, uncut. `look` is shown the whole of it before.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), but a change that succeeded is never an error for its `fields`.
    pub(crate) async fn run_of_many(
        &self,
        call: &ValidCall,
        decision: Decision,
        look: Option<&mut (dyn FnMut(&Value) + Send)>,
    ) -> Result<(Value, Option<Ids>, MemoryPermit), CallError> {
        let ValidCall { checked, projection, question, remarks } = call;
        let (mut answer, ids, memory, is_finished) = match (question, projection.max_items, &look) {
            (Some(question), ..) => {
                let (content, ids, memory) = self.asked(call, question, None).await?;
                (content.into_value()?, ids, memory, true)
            }
            (None, Some(max_items), None) => {
                let (content, ids, memory) = self.collected(call, max_items, None).await?;
                (content.into_value()?, ids, memory, true)
            }
            (None, Some(max_items), Some(_)) => {
                let whole = Projection::default().whole();
                let all = collect(&self.sender, checked, &whole, max_items, HIGHEST_MAX_ANSWER, None).await?;
                (all.answer, Some(all.ids), MemoryPermit::default(), false)
            }
            (None, None, _) => {
                let (content, memory) = self.sender.send(checked, decision, Form::Value).await?;
                let answer = content.into_value()?;
                let ids = ids(&answer);
                (answer, Some(ids), memory, false)
            }
        };
        let is_known = look.is_some() || checked.operation().effect != Effect::Read;
        if let Some(look) = look {
            look(&answer);
        }
        if !is_finished && let Err(violations) = finish(call, &mut answer) {
            // It is done: what there is says more than an error.
            if !is_known {
                return Err(CallError::fields(&violations));
            }
            note(&mut answer, &Violation::list(&violations));
        }
        for remark in remarks {
            note(&mut answer, remark);
        }
        Ok((answer, ids, memory))
    }

    async fn collected(
        &self,
        ValidCall { checked, projection, .. }: &ValidCall,
        max_items: usize,
        progress: Progress<'_>,
    ) -> Result<(Content, Option<Ids>, MemoryPermit), CallError> {
        let all = collect(&self.sender, checked, projection, max_items, self.max_answer, progress).await?;
        let mut answer = all.answer;
        if let Some(fact) = facts::of(checked, projection.paths(), Some(&answer)) {
            note(&mut answer, &fact);
        }
        Ok((Content::Value(answer), Some(all.ids), MemoryPermit::default()))
    }

    async fn single(
        &self,
        call: &ValidCall,
        decision: Decision,
    ) -> Result<(Content, Option<Ids>, MemoryPermit), CallError> {
        let ValidCall { checked, projection, .. } = call;
        let operation = checked.operation();
        let form = match operation {
            _ if self.output_schemas => Form::Value,
            _ if is_brief(call) => brief::form(operation),
            _ => projection.form(operation),
        };
        let (content, memory) =
            self.sender.send(checked, decision, facts::form(operation.name, form)).await?;
        let mut answer = match content {
            Content::Value(answer) => answer,
            text @ Content::Text(_) => {
                let fact = facts::of(checked, projection.paths(), None);
                let text = fact.iter().try_fold(text, |text, fact| text.note(fact))?;
                return Ok((text, None, memory));
            }
        };
        // Cursors are made of IDs, which need not be among the fields.
        let ids = (!projection.paths().is_empty()).then(|| ids(&answer));
        finish(call, &mut answer).map_err(|violations| CallError::fields(&violations))?;
        Ok((Content::Value(answer), ids, memory))
    }
}

/// Whether the answer of a call is as short as that of a change is, where nobody says what of it is wanted.
fn is_brief(call: &ValidCall) -> bool {
    call.projection.paths().is_empty() && call.checked.operation().method != Method::GET
}

/// Makes of an answer what is wanted of it, and says what there is to say.
fn finish(call: &ValidCall, answer: &mut Value) -> Result<(), Vec<Violation>> {
    let ValidCall { checked, projection, .. } = call;
    let fact = facts::of(checked, projection.paths(), Some(&*answer));
    let left_out = if checked.after().is_some() {
        projection.apply_to_later(checked.operation(), answer)?
    } else {
        projection.apply(checked.operation(), answer)?
    };
    let shortened = if is_brief(call) { brief::shorten(checked, answer) } else { None };
    for remark in left_out.iter().chain(&shortened).chain(&fact) {
        note(answer, remark);
    }
    Ok(())
}
