//! A valid call, from its request or requests to the answer that goes out.

use super::answer::{Answer, Content, Form, Ids, ids, note};
use super::audit::Decision;
use super::error::CallError;
use super::output::conform;
use super::paging::{Progress, collect};
use super::sending::Sender;
use super::truncation::truncate;
use super::validation::ValidCall;
use crate::client::{Client, MemoryPermit};
use crate::operation::Operation;

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
        let answered = match call.projection.max_items {
            Some(max_items) => self.collected(call, max_items, progress).await,
            None => self.single(call, decision).await,
        };
        let (content, ids, memory) = answered.map_err(|error| error.within(self.max_answer))?;
        let content = remarked(content, &call.remarks)?;
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

    async fn collected(
        &self,
        ValidCall { checked, projection, .. }: &ValidCall,
        max_items: usize,
        progress: Progress<'_>,
    ) -> Result<(Content, Option<Ids>, MemoryPermit), CallError> {
        let all = collect(&self.sender, checked, projection, max_items, self.max_answer, progress).await?;
        Ok((Content::Value(all.answer), Some(all.ids), MemoryPermit::default()))
    }

    async fn single(
        &self,
        ValidCall { checked, projection, .. }: &ValidCall,
        decision: Decision,
    ) -> Result<(Content, Option<Ids>, MemoryPermit), CallError> {
        let form = if self.output_schemas { Form::Value } else { projection.form(checked.operation()) };
        let (content, memory) = self.sender.send(checked, decision, form).await?;
        let mut answer = match content {
            Content::Value(answer) => answer,
            text @ Content::Text(_) => return Ok((text, None, memory)),
        };
        // Cursors are made of IDs, which need not be among the fields.
        let ids = (!projection.paths().is_empty()).then(|| ids(&answer));
        let remark = projection
            .apply(checked.operation(), &mut answer)
            .map_err(|violations| CallError::fields(&violations))?;
        if let Some(remark) = remark {
            note(&mut answer, &remark);
        }
        Ok((Content::Value(answer), ids, memory))
    }
}

/// An answer with what there is to say of the call.
fn remarked(content: Content, remarks: &[String]) -> Result<Content, CallError> {
    if remarks.is_empty() {
        return Ok(content);
    }
    let mut answer = content.into_value()?;
    for remark in remarks {
        note(&mut answer, remark);
    }
    Ok(Content::Value(answer))
}
