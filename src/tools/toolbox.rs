//! The tools of one process, as a whole: from a name and arguments to a call that may be made,
//! and from there to its answer.

use std::sync::Arc;

use super::access::Environment;
use super::answer::Answer;
use super::audit::{AuditLog, Decision};
use super::catalog::Catalog;
use super::confirmation::{Confirm, question};
use super::description::ToolDescription;
use super::discovery::{Discovery, Wanted};
use super::error::CallError;
use super::execution::Executor;
use super::policy::Policy;
use super::redaction::Redaction;
use super::secret_file::settled;
use super::selection::Selected;
use super::sending::Sender;
use super::truncation::DEFAULT_MAX_ANSWER;
use super::validation::{ValidCall, coerce_fields};
use super::whoami;
use crate::client::{Arguments, CheckedCall, Client, Rejected, Violation};
use crate::operation::Operation;

/// The tools of one process: fixed when it starts.
#[derive(Debug)]
pub struct Toolbox {
    catalog: Catalog,
    executor: Executor,
    confirm: Confirm,
    audit: Option<Arc<AuditLog>>,
}

/// What a name and arguments come to before anything is sent.
#[derive(Debug)]
pub enum Resolved {
    /// Nothing has to be sent for it.
    Answered(Answer),
    /// An operation is to be run.
    Call(ValidCall),
}

impl Toolbox {
    /// The selected tools under a policy.
    pub fn new(client: Client, selected: Selected, policy: Policy) -> Self {
        let environment = Environment::at_start(&client);
        let access = policy.access.unwrap_or_else(|| environment.default_access());
        let audit = policy.audit_log.as_deref();
        let audit = audit.map(|path| Arc::new(AuditLog::new(path, environment, policy.audit_reads)));
        let redaction = Redaction::new(environment, policy.reveal, policy.secrets_directory);
        let sender = Sender::new(client, environment, redaction, audit.clone());
        let max_answer = policy.max_answer.unwrap_or(DEFAULT_MAX_ANSWER);
        Self {
            catalog: Catalog::new(selected, access, environment),
            executor: Executor::new(sender, max_answer, policy.output_schemas),
            confirm: policy.confirm,
            audit,
        }
    }

    /// Which operations there are.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What runs the calls that [`resolve`](Self::resolve) gives.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// When the user is asked before something is destroyed.
    pub fn confirm(&self) -> Confirm {
        self.confirm
    }

    /// The tools as clients see them, in a stable order.
    pub fn descriptions(&self) -> impl Iterator<Item = ToolDescription> {
        let access = self.catalog.access();
        let looked_up = self.catalog.discovers();
        let discovery = Discovery::offered(access).filter(move |_| looked_up);
        let output_schemas = self.executor.output_schemas();
        let whoami = self.catalog.has_whoami().then(whoami::description);
        whoami.into_iter().chain(discovery.map(Discovery::description)).chain(self.catalog.offered().map(
            move |operation| ToolDescription::of_operation(operation, access, looked_up, output_schemas),
        ))
    }

    /// What a call by this name comes to: an answer, or a valid call of an operation.
    ///
    /// # Errors
    ///
    /// No such tool, no access to it, or arguments that do not fit. It is recorded.
    pub async fn resolve(&self, name: &str, arguments: Arguments) -> Result<Resolved, CallError> {
        let resolved = self.resolved(name, arguments).await;
        resolved.map_err(|error| error.within(self.executor.max_answer()))
    }

    async fn resolved(&self, name: &str, arguments: Arguments) -> Result<Resolved, CallError> {
        if name == whoami::NAME && self.catalog.has_whoami() {
            let mut arguments = arguments;
            let violations = coerce_fields(&[], &mut arguments);
            if !violations.is_empty() {
                let refusal = CallError::arguments(&violations);
                self.record(name, None, &arguments, Decision::Refused, &refusal.to_string()).await;
                return Err(refusal);
            }
            return Ok(Resolved::Answered(whoami::answer(&self.catalog, self.executor.client())));
        }
        let discovery = Discovery::by_name(name).filter(|_| self.catalog.discovers());
        let (operation, arguments) = match discovery {
            Some(discovery) => {
                let named = self.audit.as_ref().and_then(|_| Discovery::named(&arguments));
                match discovery.resolve(&self.catalog, self.executor.max_answer(), arguments) {
                    Ok(Wanted::Found(answer)) => return Ok(Resolved::Answered(answer)),
                    Ok(Wanted::Run(operation, arguments)) => (operation, arguments),
                    Err(refusal) => {
                        let (operation, arguments) = named.unzip();
                        let (arguments, why) = (arguments.unwrap_or_default(), refusal.to_string());
                        self.record(name, operation, &arguments, Decision::Refused, &why).await;
                        return Err(refusal);
                    }
                }
            }
            None => match self.catalog.find(name) {
                Ok(operation) => (operation, arguments),
                Err(refusal) => {
                    let operation = crate::api::operations().find(|operation| operation.name == name);
                    self.record(name, operation, &arguments, Decision::Refused, &refusal.to_string()).await;
                    return Err(refusal);
                }
            },
        };
        match ValidCall::new(self.executor.client(), operation, arguments) {
            Ok(call) => match self.catalog.permitted(&call.checked) {
                Ok(()) => Ok(Resolved::Call(call)),
                Err(refusal) => {
                    self.record_refusal(&call, Decision::Refused, &refusal.to_string()).await;
                    Err(refusal)
                }
            },
            Err(Rejected { arguments, violations }) => {
                let refusal = CallError::arguments(&violations);
                let (name, why) = (operation.name, refusal.to_string());
                self.record(name, Some(operation), &arguments, Decision::Refused, &why).await;
                Err(refusal)
            }
        }
    }

    /// The question to put to the user before this call is run.
    ///
    /// # Errors
    ///
    /// The call would be refused, whatever the user says. It is not yet recorded.
    pub async fn question(&self, call: &CheckedCall) -> Result<String, CallError> {
        question(self.executor.sender(), call).await
    }

    /// Refuses a call for what is wrong with the text of its arguments, and records it.
    pub async fn refuse(&self, name: &str, arguments: &Arguments, fault: &str) -> CallError {
        let refusal = CallError::arguments(&[Violation::new(fault)]);
        let operation = crate::api::operations().find(|operation| operation.name == name);
        self.record(name, operation, arguments, Decision::Refused, &refusal.to_string()).await;
        refusal
    }

    /// Records that a valid call was not sent.
    pub async fn record_refusal(&self, call: &ValidCall, decision: Decision, why: &str) {
        let operation = call.checked.operation();
        self.record(operation.name, Some(operation), call.checked.arguments(), decision, why).await;
    }

    /// Records a call that could not even be read.
    pub async fn record_unreadable(&self, tool: &str, why: &str) {
        self.record(tool, None, &Arguments::new(), Decision::Refused, why).await;
    }

    async fn record(
        &self,
        tool: &str,
        operation: Option<&'static Operation>,
        arguments: &Arguments,
        decision: Decision,
        why: &str,
    ) {
        if let Some(audit) = &self.audit {
            audit.record_refusal(tool, operation, arguments, decision, why).await;
        }
    }

    /// Why nothing can be recorded, if a record is wanted.
    pub async fn audit_fault(&self) -> Option<String> {
        match &self.audit {
            Some(audit) => audit.check().await.err(),
            None => None,
        }
    }

    /// Waits, for a short time, until everything that was recorded or kept is written: before the
    /// process ends.
    pub async fn drain(&self) {
        settled().await;
        if let Some(audit) = &self.audit {
            audit.drain().await;
        }
    }
}
