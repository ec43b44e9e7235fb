//! Runs a plan: calls in their order, as many at a time as go together, and what came of each.

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;

use super::attempt::{Attempts, Ended, Pace, Stops, concerns_all};
use super::order::{Lane, READS, WRITES};
use super::plan::{Plan, Planned};
use super::report::{Entry, Report};
use crate::client::{Outcome, RetryPolicy};
use crate::operation::Effect;
use crate::tools::answer::json;
use crate::tools::audit::Decision;
use crate::tools::catalog::Catalog;
use crate::tools::error::CallError;
use crate::tools::execution::Executor;
use crate::tools::paging::Progress;
use crate::tools::redaction::shows_once;
use crate::tools::truncation::truncate;
use crate::tools::validation::ValidCall;

/// Runs all calls of a plan; what destroys was confirmed, or need not be.
pub async fn run(
    plan: &Plan,
    catalog: &Catalog,
    executor: &Executor,
    confirmed: bool,
    stops: Stops<'_>,
    progress: Progress<'_>,
) -> Report {
    let attempts =
        Attempts { executor, stops, policy: RetryPolicy::MANY, patient: false, pace: Pace::default() };
    let mut running = FuturesUnordered::new();
    let mut run = Run::new(plan, catalog, executor);
    loop {
        while let Some((index, call)) = run.next(&stops).await {
            let decision = match plan.calls[index].effect {
                Effect::Delete if confirmed => Decision::Confirmed,
                _ => Decision::Allowed,
            };
            let wanted = run.wanted_of(index);
            let attempts = &attempts;
            running.push(Box::pin(async move {
                let mut taken = Vec::new();
                let mut look = |answer: &Value| {
                    taken = wanted.iter().map(|(place, path)| (*place, path.take(answer))).collect();
                };
                let look: Option<&mut (dyn FnMut(&Value) + Send)> =
                    if wanted.is_empty() { None } else { Some(&mut look) };
                let ended = attempts.run(&call, decision, look).await;
                (index, call, ended, taken)
            }));
        }
        let Some((index, call, ended, taken)) = running.next().await else { break };
        run.ended(index, &call, ended, taken);
        if let Some(progress) = progress {
            progress(run.done, plan.calls.len()).await;
        }
    }
    run.report
}

/// What is known while a plan is run.
struct Run<'a> {
    plan: &'a Plan,
    catalog: &'a Catalog,
    executor: &'a Executor,
    /// The call that comes next.
    next: usize,
    /// What the calls are about that are on their way.
    lanes: Vec<(usize, Lane)>,
    /// Values for the references of each call, in their order, as far as they have come.
    values: Vec<Vec<Option<Result<Value, String>>>>,
    done: usize,
    /// Why nothing more is started.
    halted: Option<String>,
    report: Report,
}

/// The place of a value that is taken from an answer: a call, and which of its references.
type Place = (usize, usize);

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, catalog: &'a Catalog, executor: &'a Executor) -> Self {
        let values = plan.calls.iter().map(|call| vec![None; call.references.len()]).collect();
        Self {
            plan,
            catalog,
            executor,
            next: 0,
            lanes: Vec::new(),
            values,
            done: 0,
            halted: None,
            report: Report::new(plan.calls.len()),
        }
    }

    /// What others need of the answer to a call.
    fn wanted_of(&self, index: usize) -> Vec<(Place, &'a super::reference::Path)> {
        let later = self.plan.calls.iter().enumerate().skip(index + 1);
        later
            .flat_map(|(user, call)| {
                let own = call.references.iter().enumerate().filter(move |(_, one)| one.from == index);
                own.map(move |(which, one)| ((user, which), &one.field))
            })
            .collect()
    }

    /// The next call, if it may start now.
    async fn next(&mut self, stops: &Stops<'_>) -> Option<(usize, ValidCall)> {
        while self.next < self.plan.calls.len() {
            let index = self.next;
            if stops.are_set() && self.halted.is_none() {
                self.halted = Some("the server was told to stop".to_owned());
            }
            if let Some(why) = &self.halted {
                self.report.set(index, Entry::NotStarted(why.clone()));
                self.next += 1;
                continue;
            }
            let planned = &self.plan.calls[index];
            if let Some(failed) = self.failed_of(planned) {
                self.report.set(index, Entry::NotStarted(format!("it needs the answer of call {failed}")));
                self.next += 1;
                continue;
            }
            if planned.references.iter().any(|reference| !self.report.is_set(reference.from)) {
                return None;
            }
            let lane = match &planned.ready {
                Some(call) => Lane::of(planned.operation, call.checked.arguments()),
                None => Lane::of(planned.operation, &planned.arguments),
            };
            if !lane.fits_beside(self.lanes.iter().map(|(_, lane)| lane), READS, WRITES) {
                return None;
            }
            self.next += 1;
            match self.call(index, planned).await {
                Ok(call) => {
                    self.lanes.push((index, lane));
                    return Some((index, call));
                }
                Err(error) => self.failed(index, error.to_string(), false),
            }
        }
        None
    }

    /// An earlier call whose answer is needed and will not come.
    fn failed_of(&self, planned: &Planned) -> Option<usize> {
        let failed = |from: &usize| self.report.is_set(*from) && !self.report.has_answer(*from);
        planned.references.iter().map(|reference| reference.from).find(failed)
    }

    /// The call as it is sent. What is refused now is recorded like any other refusal.
    async fn call(&mut self, index: usize, planned: &Planned) -> Result<ValidCall, CallError> {
        let mut values = Vec::with_capacity(planned.references.len());
        let mut missing = Vec::new();
        for (reference, value) in planned.references.iter().zip(std::mem::take(&mut self.values[index])) {
            let fault = match value {
                Some(Ok(value)) if !self.executor.is_kept(&value) => {
                    values.push(value);
                    continue;
                }
                Some(Err(fault)) => fault,
                _ => "this credential is in a file, and not handed on".to_owned(),
            };
            missing.push(crate::client::Violation::new(format!(
                "`{}` from call {}: {fault}",
                reference.place(),
                reference.from
            )));
        }
        let (arguments, error) = if missing.is_empty() {
            match planned.with_values(self.catalog, self.executor, values) {
                Ok(call) => return Ok(call),
                Err(refused) => *refused,
            }
        } else {
            (planned.shown_arguments(), CallError::arguments(&missing))
        };
        self.executor.sender().record_refusal(planned.operation, &arguments, &error.to_string()).await;
        Err(error)
    }

    fn ended(
        &mut self,
        index: usize,
        call: &ValidCall,
        ended: Ended,
        taken: Vec<(Place, Result<Value, String>)>,
    ) {
        self.lanes.retain(|(other, _)| *other != index);
        self.done += 1;
        let operation = call.checked.operation();
        match ended {
            Ended::Answered(mut answer, ids, memory) => {
                for ((user, which), value) in taken {
                    self.values[user][which] = Some(value);
                }
                let max = self.executor.max_answer();
                self.report.remark_once(&mut answer);
                let keeps = operation.effect != Effect::Read && shows_once(&operation.answer);
                // What is shown only once is cut, if it must be, where it is known what that is.
                let text =
                    if keeps { json(&answer) } else { truncate(operation, &mut answer, ids.as_ref(), max) };
                self.report.set(index, Entry::Answered { operation, text, ids, keeps });
                self.report.bound(max);
                drop(memory);
            }
            Ended::Failed(error) => {
                let unknown = matches!(
                    &error,
                    CallError::Failed(failure) if matches!(failure.outcome, Some(Outcome::Unknown | Outcome::Done))
                );
                if concerns_all(self.executor, call, &error) {
                    self.halted.get_or_insert(format!("call {index} failed for a reason that concerns all"));
                }
                self.failed(index, error.to_string(), unknown);
            }
            Ended::GivenUp => {
                let unknown = operation.effect != Effect::Read;
                self.failed(index, "Stopped before the answer came.".to_owned(), unknown);
            }
        }
    }

    fn failed(&mut self, index: usize, text: String, unknown: bool) {
        self.report.set(index, Entry::Failed { text, unknown });
        if self.plan.stop_on_error {
            self.halted.get_or_insert(format!("call {index} failed"));
        }
    }
}
