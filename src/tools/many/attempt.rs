//! One call of many: sent when WorkOS takes it, and sent again where it was turned away without being
//! looked at.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::client::{MemoryPermit, Outcome, RetryPolicy};
use crate::operation::Effect;
use crate::tools::answer::Ids;
use crate::tools::audit::Decision;
use crate::tools::error::{CallError, Failure};
use crate::tools::execution::Executor;
use crate::tools::validation::ValidCall;

/// What ends calls before they are done.
#[derive(Debug, Clone, Copy)]
pub struct Stops<'a> {
    /// Nobody waits for the answers: what must not be lost is ended, all else given up.
    pub cancel: &'a CancellationToken,
    /// Nothing is started any more; changes that are on their way come to their end, reads do not.
    pub stop: &'a CancellationToken,
    /// Nothing is waited for any more.
    pub abandon: &'a CancellationToken,
}

impl Stops<'_> {
    /// Whether anything may still be started.
    pub fn are_set(&self) -> bool {
        self.cancel.is_cancelled() || self.stop.is_cancelled() || self.abandon.is_cancelled()
    }
}

/// When calls go on, after WorkOS has said that there are too many of them.
#[derive(Debug, Default)]
pub struct Pace(Mutex<Option<Instant>>);

impl Pace {
    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *at = Some(at.map_or(until, |at| at.max(until)));
    }

    /// Waits for a turn, no earlier than at `from`; whether there is one.
    async fn turn(&self, from: Option<Instant>, stops: Stops<'_>) -> bool {
        loop {
            let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(until) = until.max(from).filter(|until| *until > Instant::now()) else { return true };
            tokio::select! {
                () = sleep_until(until) => {}
                () = stops.stop.cancelled() => return false,
            }
        }
    }
}

/// How calls are made.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    /// What runs them.
    pub executor: &'a Executor,
    /// What ends them.
    pub stops: Stops<'a>,
    /// How often and how long after a call is repeated that changed nothing.
    pub policy: RetryPolicy,
    /// Whether that goes for every failure that passes, or only for too many requests.
    pub patient: bool,
    /// Shared by all of them.
    pub pace: Pace,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With an answer: what is wanted of it.
    Answered(Value, Option<Ids>, MemoryPermit),
    /// With an error.
    Failed(CallError),
    /// It was on its way when all was stopped.
    GivenUp,
}

impl Attempts<'_> {
    /// Makes a call; `look` sees the whole of its answer.
    pub async fn run(
        &self,
        call: &ValidCall,
        decision: Decision,
        look: Option<&mut (dyn FnMut(&Value) + Send)>,
    ) -> Ended {
        let operation = call.checked.operation();
        let Stops { cancel, stop, abandon } = self.stops;
        tokio::select! {
            ended = self.attempts(call, decision, look) => match ended {
                Ok((answer, ids, memory)) => Ended::Answered(answer, ids, memory),
                Err(error) => Ended::Failed(error),
            },
            () = cancel.cancelled(), if !self.executor.must_finish(operation) => Ended::GivenUp,
            () = stop.cancelled(), if operation.effect == Effect::Read => Ended::GivenUp,
            () = abandon.cancelled() => Ended::GivenUp,
        }
    }

    async fn attempts(
        &self,
        call: &ValidCall,
        decision: Decision,
        mut look: Option<&mut (dyn FnMut(&Value) + Send)>,
    ) -> Result<(Value, Option<Ids>, MemoryPermit), CallError> {
        let operation = call.checked.operation();
        // Where somebody waits for the answer, a call takes no longer than it would alone.
        let deadline = (!self.patient).then(|| Instant::now() + self.executor.client().timeout());
        let mut failures = 0;
        let mut from = None;
        let mut last = None;
        loop {
            if !self.pace.turn(from, self.stops).await {
                let text = "Nothing was sent: all was stopped before its turn came.".to_owned();
                return Err(last.unwrap_or(CallError::Declined(text)));
            }
            if call.projection.max_items.is_none() {
                self.executor.client().wait_for_rate_limit(operation).await;
            }
            let look: Option<&mut (dyn FnMut(&Value) + Send)> = match &mut look {
                Some(look) => Some(&mut **look),
                None => None,
            };
            let error = match self.executor.run_of_many(call, decision, look).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = match &error {
                CallError::Failed(failure) if self.may_repeat(failure) => {
                    self.policy.pause(failures, failure.retry_after)
                }
                _ => None,
            };
            // Whoever is told to stop does not wait for another try.
            let in_time =
                |pause: &Duration| deadline.is_none_or(|deadline| Instant::now() + *pause < deadline);
            let pause = pause.filter(in_time).filter(|_| !self.stops.are_set());
            let Some(pause) = pause else { return Err(error) };
            failures += 1;
            if is_for_all(&error) {
                self.pace.pause(pause);
            } else {
                from = Some(Instant::now() + pause);
            }
            last = Some(error);
        }
    }

    /// Whether sending once more does nothing twice, and may help.
    fn may_repeat(&self, failure: &Failure) -> bool {
        let changed_nothing = matches!(failure.outcome, Some(Outcome::NotSent | Outcome::NothingChanged));
        changed_nothing && (failure.status == Some(429) || (self.patient && failure.transient))
    }
}

/// Whether a call was turned away for a reason that meets every other as well, and passes: too many
/// requests, or nobody there.
pub fn is_for_all(error: &CallError) -> bool {
    let CallError::Failed(failure) = error else { return false };
    let turned_away = matches!(failure.outcome, Some(Outcome::NotSent | Outcome::NothingChanged));
    let nobody_there = failure.transient && failure.outcome == Some(Outcome::NotSent);
    turned_away && (failure.status == Some(429) || nobody_there)
}

/// Whether all that follows would fail in the same way: there is no key, or it is refused, or what has to
/// stand ready does not.
pub fn concerns_all(executor: &Executor, call: &ValidCall, error: &CallError) -> bool {
    match error {
        CallError::Failed(failure) => {
            let refused =
                failure.status == Some(401) && executor.client().needs_key(call.checked.operation());
            refused || failure.ended == crate::tools::error::Ended::RefusedHere
        }
        CallError::NotReady(_) | CallError::Access(_) | CallError::Declined(_) => true,
        _ => false,
    }
}
