//! Sends one request of an operation, and keeps what is promised of each: ready before it, redacted
//! and recorded after it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::access::{COUNTS_AS_LIVE, Environment};
use super::advice::NOTHING_TO_DELETE;
use super::answer::{Content, Form, note};
use super::audit::{AuditLog, CallResult, Decision};
use super::error::{CallError, Failure};
use super::redaction::{AnswerRedaction, Redaction, credentials_in, without_credentials};
use super::reply_parsing::{into_object, parse, parse_to_text};
use crate::client::{Arguments, CheckedCall, Client, Error, KeyError, MemoryPermit, Reply};
use crate::operation::Operation;

/// Sends requests, and keeps what is promised of each: nothing is sent to an environment that
/// this process was not set up for, no credential is lost or shown, nothing is changed without a
/// trace where one is kept.
#[derive(Debug)]
pub struct Sender {
    client: Client,
    environment: Environment,
    redaction: Redaction,
    audit: Option<Arc<AuditLog>>,
}

impl Sender {
    /// Requests of this client under these rules.
    pub fn new(
        client: Client,
        environment: Environment,
        redaction: Redaction,
        audit: Option<Arc<AuditLog>>,
    ) -> Self {
        Self { client, environment, redaction, audit }
    }

    /// The client that requests go through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether a call must run to its end although nobody waits: what it answers goes into a file.
    pub fn must_finish(&self, operation: &Operation) -> bool {
        self.redaction.writes_file(operation)
    }

    /// Why a call of an operation must not be made, whatever its arguments: nobody would have its answer.
    pub fn cannot_keep(&self, operation: &Operation) -> Option<String> {
        self.redaction.cannot_keep(operation)
    }

    /// Whether a value of an answer stands in place of a credential.
    pub fn is_kept(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.redaction.stands_for_one(text),
            Value::Array(items) => items.iter().any(|value| self.is_kept(value)),
            Value::Object(fields) => fields.values().any(|value| self.is_kept(value)),
            _ => false,
        }
    }

    /// Records a call that was not sent.
    pub(crate) async fn record_refusal(
        &self,
        operation: &'static Operation,
        arguments: &Arguments,
        why: &str,
    ) {
        if let Some(audit) = &self.audit {
            audit.record_refusal(operation.name, Some(operation), arguments, Decision::Refused, why).await;
        }
    }

    /// Sends one request; its answer, with credentials redacted, and leave to hold it in memory. It is
    /// text if `form` allows that and nothing has to be changed in it.
    ///
    /// # Errors
    ///
    /// Why nothing was sent, or how it failed. Either is recorded.
    pub(crate) async fn send(
        &self,
        call: &CheckedCall,
        decision: Decision,
        form: Form,
    ) -> Result<(Content, MemoryPermit), CallError> {
        let replied = self.request(Cow::Borrowed(call), decision).await?;
        self.receive(replied, form).await
    }

    /// The first half of [`send`](Self::send): what came, before it is looked at.
    ///
    /// # Errors
    ///
    /// Why nothing was sent, which is recorded.
    pub(crate) async fn request<'a>(
        &'a self,
        call: Cow<'a, CheckedCall>,
        decision: Decision,
    ) -> Result<Replied<'a>, CallError> {
        let operation = call.operation();
        let refused = async |refusal: CallError| {
            self.refused(&call, &refusal).await;
            Err(refusal)
        };
        if let Some(audit) = self.audit.as_ref().filter(|audit| audit.records(operation))
            && let Err(text) = audit.check().await
        {
            return refused(CallError::NotReady(text)).await;
        }
        let redaction = match self.redaction.prepare(operation).await {
            Ok(redaction) => redaction,
            Err(text) => return refused(CallError::NotReady(text)).await,
        };
        if decision == Decision::Confirmed
            && let Err(refusal) = self.check_key().await
        {
            return refused(refusal).await;
        }
        // The last thing before the request: what is loaded here is what the request is sent with.
        let key = match self.key().await {
            Ok(key) => key,
            Err(refusal) => return refused(refusal).await,
        };
        // Recorded even if the call is cancelled: it may have taken effect all the same.
        let record = Record::start(self.audit.as_deref(), call, decision);
        let reply = match key {
            Err(error) if self.client.needs_key(operation) => Err(Error::Key(error)),
            _ => self.client.execute_with_permit(&record.call).await,
        };
        Ok(Replied { reply, record, redaction })
    }

    /// The second half of [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// How it failed, which is recorded.
    pub(crate) async fn receive(
        &self,
        Replied { reply, mut record, redaction }: Replied<'_>,
        form: Form,
    ) -> Result<(Content, MemoryPermit), CallError> {
        let operation = record.call.operation();
        let mut kept = None;
        let answer = match reply {
            Ok((reply, permit)) => {
                record.result.status = Some(reply.status);
                record.result.request_id.clone_from(&reply.request_id);
                if record.audit.is_some() {
                    let credentials = credentials_in(operation, record.call.arguments());
                    without_credentials(&mut record.result.request_id, &credentials);
                }
                let is_whole = form != Form::Value && reply.status != 404 && redaction.shows_everything();
                let with_bulk = form == Form::Text;
                let text = if is_whole { parse_to_text(operation, &reply, with_bulk) } else { None };
                let parsed = match text {
                    Some(text) => Ok(Content::Text(text)),
                    None => self.parse(operation, &reply).map(Content::Value),
                };
                match parsed {
                    Ok(content) => {
                        let content = match content {
                            Content::Value(mut answer) => {
                                let remark = redaction.answer(operation, &reply, &mut answer).await;
                                let mut answer = into_object(answer);
                                if reply.status == 404 {
                                    note(&mut answer, NOTHING_TO_DELETE);
                                }
                                if let Some(remark) = remark {
                                    note(&mut answer, &remark);
                                }
                                Content::Value(answer)
                            }
                            text @ Content::Text(_) => text,
                        };
                        // Nobody has given it up on the way.
                        record.result.error = None;
                        Ok((content, permit))
                    }
                    Err(error) => {
                        kept = redaction.unreadable(&reply).await;
                        Err(error)
                    }
                }
            }
            Err(mut error) => {
                redaction.error(operation, record.call.arguments(), &mut error).await;
                Err(error)
            }
        };
        if let Err(error @ (Error::Key(_) | Error::Arguments(_) | Error::Setup(_))) = &answer
            && record.audit.is_none()
        {
            // It never became a read: what is refused is recorded, whatever it was to be.
            self.refused(&record.call, &CallError::Failed(Failure::from(error))).await;
        }
        let answer = answer.map_err(|error| {
            let mut failure = Failure::from(&error);
            failure.text.extend(kept.into_iter().flat_map(|remark| ["\n".to_owned(), remark]));
            let result = &mut record.result;
            result.status = failure.status.or(result.status);
            result.request_id = error.request_id().map(str::to_owned);
            result.error = Some(failure.text.clone());
            CallError::Failed(failure)
        });
        record.finish().await;
        answer
    }

    /// What kind of key there is now: it may come from a file that was written since.
    ///
    /// # Errors
    ///
    /// It is one of production, and this process was not set up for that.
    async fn key(&self) -> Result<Result<Environment, KeyError>, CallError> {
        let key = Environment::now(&self.client).await;
        if matches!(key, Ok(Environment::Live)) && self.environment != Environment::Live {
            return Err(self.turned_live());
        }
        Ok(key)
    }

    /// Whether the file of the key still holds one that something may be sent with. Asked where a
    /// person decides, which takes time: what they have in mind is the key that stands there.
    ///
    /// # Errors
    ///
    /// It is one of production, and this process was not set up for that.
    pub(crate) async fn check_key(&self) -> Result<(), CallError> {
        let guarded = !matches!(self.environment, Environment::Live | Environment::Sandbox);
        if guarded && self.client.key_source().now_holds_live().await {
            return Err(self.turned_live());
        }
        self.key().await.map(|_| ())
    }

    fn turned_live(&self) -> CallError {
        let origin = self.client.key_source().origin();
        CallError::Access(format!(
            "Nothing was sent: this server was started without a live API key, and now there is one{origin}: \
             {COUNTS_AS_LIVE}. Whoever set it up must restart it."
        ))
    }

    /// The environment that a call would go to now.
    ///
    /// # Errors
    ///
    /// There is no usable key, or none that may be used.
    pub(crate) async fn environment(&self) -> Result<Environment, CallError> {
        self.key().await?.map_err(|error| CallError::Failed(Failure::from(&Error::Key(error))))
    }

    /// Looks at something by the way, for no answer: what comes, or nothing.
    ///
    /// # Errors
    ///
    /// Nothing may be sent with the key that there is now.
    pub(crate) async fn look_up(&self, call: &CheckedCall) -> Result<Option<Value>, CallError> {
        // Whoever has no key is told when the call itself is sent.
        if self.key().await?.is_err() {
            return Ok(None);
        }
        let Ok(reply) = self.client.execute(call).await else { return Ok(None) };
        Ok(self.parse(call.operation(), &reply).ok())
    }

    fn parse(&self, operation: &'static Operation, reply: &Reply) -> Result<Value, Error> {
        parse(operation, &self.client.base_url().host(), reply)
    }

    async fn refused(&self, call: &CheckedCall, refusal: &CallError) {
        self.record_refusal(call.operation(), call.arguments(), &refusal.to_string()).await;
    }
}

/// What came of a request, before it is looked at. Dropping it gives the call up.
pub(crate) struct Replied<'a> {
    reply: Result<(Reply, MemoryPermit), Error>,
    record: Record<'a>,
    redaction: AnswerRedaction,
}

impl Replied<'_> {
    /// The body, if the request succeeded.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        self.reply.as_ref().ok().map(|(reply, _)| reply.body.as_ref())
    }
}

/// Writes the audit line of a call when the call is over, however it ends.
struct Record<'a> {
    /// None for what is not recorded, and once it is written.
    audit: Option<&'a AuditLog>,
    call: Cow<'a, CheckedCall>,
    decision: Decision,
    start: Instant,
    result: CallResult,
}

impl<'a> Record<'a> {
    fn start(audit: Option<&'a AuditLog>, call: Cow<'a, CheckedCall>, decision: Decision) -> Self {
        let audit = audit.filter(|audit| audit.records(call.operation()));
        let given_up = "the call was given up before its answer came; it may have taken effect";
        let result = CallResult { error: Some(given_up.to_owned()), ..CallResult::default() };
        Self { audit, call, decision, start: Instant::now(), result }
    }

    fn write(&mut self) -> Option<&'a AuditLog> {
        let audit = self.audit.take()?;
        self.result.duration = self.start.elapsed();
        let (operation, arguments) = (self.call.operation(), self.call.arguments());
        audit.record(operation.name, Some(operation), arguments, self.decision, &self.result);
        Some(audit)
    }

    /// The call has ended: its line is written before anybody is told.
    async fn finish(mut self) {
        if let Some(audit) = self.write() {
            audit.flush().await;
        }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.write();
    }
}
