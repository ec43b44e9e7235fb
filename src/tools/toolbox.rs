//! The tools of one process, as a whole: from a name and arguments to a call that may be made,
//! and from there to its answer.

use std::sync::Arc;

use serde_json::Value;

use super::access::Environment;
use super::answer::Answer;
use super::audit::{AuditLog, Decision};
use super::catalog::Catalog;
use super::confirmation::{Confirm, question};
use super::description::ToolDescription;
use super::discovery::{Discovery, Wanted};
use super::error::CallError;
use super::event_types;
use super::execution::Executor;
use super::many::{self, Plan, Report, Stops, Wanted as ManyWanted};
use super::paging::Progress;
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
    /// Several are.
    Many(Plan),
}

/// What a user is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// One call.
    One(&'a CheckedCall),
    /// Several at once.
    Many(&'a Plan),
}

impl Asked<'_> {
    /// The tool that was called.
    pub fn tool(&self) -> &'static str {
        match self {
            Self::One(call) => call.operation().name,
            Self::Many(_) => many::NAME,
        }
    }

    /// The arguments that an answer to the question holds for.
    pub fn arguments(&self) -> Value {
        match self {
            Self::One(call) => Value::Object(call.arguments().clone()),
            Self::Many(plan) => plan.identity(),
        }
    }
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
        let many = self.catalog.runs_many().then(|| many::description(access));
        whoami.into_iter().chain(discovery.map(Discovery::description)).chain(many).chain(
            self.catalog.offered().map(move |operation| {
                ToolDescription::of_operation(operation, access, looked_up, output_schemas)
            }),
        )
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
        if name == many::NAME && self.catalog.runs_many() {
            return self.planned(arguments).await.map(Resolved::Many);
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
        if let Some(types) = event_types::listing(operation, &arguments) {
            return Ok(Resolved::Answered(Answer::local(&types)));
        }
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

    async fn planned(&self, mut arguments: Arguments) -> Result<Plan, CallError> {
        let ManyWanted { calls, stop_on_error } = match ManyWanted::take(&mut arguments) {
            Ok(wanted) => wanted,
            Err(violations) => {
                let refusal = CallError::arguments(&violations);
                self.record(many::NAME, None, &arguments, Decision::Refused, &refusal.to_string()).await;
                return Err(refusal);
            }
        };
        let count = calls.len();
        match Plan::new(&self.catalog, &self.executor, calls, stop_on_error) {
            Ok(plan) => Ok(plan),
            Err(faults) => {
                for fault in &faults {
                    let why = fault.error.to_string();
                    self.record(&fault.name, fault.operation, &fault.arguments, Decision::Refused, &why)
                        .await;
                }
                Err(many::refusal(&faults, count))
            }
        }
    }

    /// Checks a call of an operation, without a trace and without sending anything.
    ///
    /// # Errors
    ///
    /// Why it would be refused.
    pub fn check(&self, operation: &str, arguments: Arguments) -> Result<ValidCall, CallError> {
        let operation = self.catalog.callable(operation)?;
        if let Some(why) = self.executor.cannot_keep(operation) {
            return Err(CallError::NotReady(why));
        }
        let call = ValidCall::new(self.executor.client(), operation, arguments)?;
        self.catalog.permitted(&call.checked)?;
        Ok(call)
    }

    /// Whether the user has to be asked first, where that is possible.
    pub fn asks_about(&self, asked: Asked<'_>) -> bool {
        match asked {
            Asked::One(call) => self.confirm.asks_about(call),
            Asked::Many(plan) => self.confirm != Confirm::Never && plan.destroying().next().is_some(),
        }
    }

    /// The question to put to the user before this is run.
    ///
    /// # Errors
    ///
    /// It would be refused, whatever the user says. That is not yet recorded.
    pub async fn question(&self, asked: Asked<'_>) -> Result<String, CallError> {
        let sender = self.executor.sender();
        match asked {
            Asked::One(call) => question(sender, call).await,
            Asked::Many(plan) => many::question(sender, plan.calls.len(), "calls", &plan.asked(), 0).await,
        }
    }

    /// Runs all calls of a plan.
    pub async fn run_many(
        &self,
        plan: &Plan,
        confirmed: bool,
        stops: Stops<'_>,
        progress: Progress<'_>,
    ) -> Report {
        many::run(plan, &self.catalog, &self.executor, confirmed, stops, progress).await
    }

    /// Records that calls of a plan were not sent.
    pub async fn record_refusals(&self, plan: &Plan, decision: Decision, why: &str) {
        for call in &plan.calls {
            let (operation, arguments) = (call.operation, call.shown_arguments());
            self.record(operation.name, Some(operation), &arguments, decision, why).await;
        }
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
