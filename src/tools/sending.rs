//! Sends one request of an operation, and keeps what is promised of each: ready before it, redacted
//! and recorded after it.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::access::Environment;
use super::answer::note;
use super::audit::{AuditLog, CallResult, Decision};
use super::error::{CallError, Failure};
use super::redaction::{Redaction, credentials_in, without_credentials};
use super::reply_parsing::{into_object, parse};
use crate::client::{CheckedCall, Client, Error, MemoryPermit};
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

    /// Sends one request; its answer, with credentials redacted, and leave to hold it in memory.
    ///
    /// # Errors
    ///
    /// Why nothing was sent, or how it failed. Either is recorded.
    pub(crate) async fn send(
        &self,
        call: &CheckedCall,
        decision: Decision,
    ) -> Result<(Value, MemoryPermit), CallError> {
        let operation = call.operation();
        let refused = async |refusal: CallError| {
            self.refused(call, &refusal).await;
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
        // The key may come from a file that was written since. This is the last thing before the
        // request: what is loaded here is what the request is sent with.
        let key = Environment::now(&self.client).await;
        if matches!(key, Ok(Environment::Live)) && self.environment != Environment::Live {
            let text = "Nothing was sent: the API key is now one of a live environment, and this server was started \
                        without one. Whoever set it up must restart it.";
            return refused(CallError::Access(text.to_owned())).await;
        }
        // Recorded even if the call is cancelled: it may have taken effect all the same.
        let mut record = Record::start(self.audit.as_deref(), call, decision);
        let reply = match key {
            Err(error) if self.client.needs_key(operation) => Err(Error::Key(error)),
            _ => self.client.execute_with_permit(call).await,
        };
        let mut kept = None;
        let answer = match reply {
            Ok((reply, permit)) => {
                record.result.status = Some(reply.status);
                record.result.request_id.clone_from(&reply.request_id);
                if record.audit.is_some() {
                    let credentials = credentials_in(operation, call.arguments());
                    without_credentials(&mut record.result.request_id, &credentials);
                }
                match parse(operation, &self.client.base_url().host(), &reply) {
                    Ok(mut answer) => {
                        let remark = redaction.answer(operation, &reply, &mut answer).await;
                        // Nobody has given it up on the way.
                        record.result.error = None;
                        let mut answer = into_object(answer);
                        if let Some(remark) = remark {
                            note(&mut answer, &remark);
                        }
                        Ok((answer, permit))
                    }
                    Err(error) => {
                        kept = redaction.unreadable(&reply).await;
                        Err(error)
                    }
                }
            }
            Err(mut error) => {
                redaction.error(operation, call.arguments(), &mut error).await;
                Err(error)
            }
        };
        if let Err(error @ (Error::Key(_) | Error::Arguments(_) | Error::Setup(_))) = &answer
            && record.audit.is_none()
        {
            // It never became a read: what is refused is recorded, whatever it was to be.
            self.refused(call, &CallError::Failed(Failure::from(error))).await;
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

    async fn refused(&self, call: &CheckedCall, refusal: &CallError) {
        if let Some(audit) = &self.audit {
            let (operation, why) = (call.operation(), refusal.to_string());
            audit
                .record_refusal(operation.name, Some(operation), call.arguments(), Decision::Refused, &why)
                .await;
        }
    }
}

/// Writes the audit line of a call when the call is over, however it ends.
struct Record<'a> {
    /// None for what is not recorded, and once it is written.
    audit: Option<&'a AuditLog>,
    call: &'a CheckedCall,
    decision: Decision,
    start: Instant,
    result: CallResult,
}

impl<'a> Record<'a> {
    fn start(audit: Option<&'a AuditLog>, call: &'a CheckedCall, decision: Decision) -> Self {
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
