//! Many calls, checked before the first of them is sent.

use std::collections::HashMap;

use serde_json::Value;

use super::placeholder::stand_in;
use super::reference::{Reference, references};
use crate::client::{Arguments, Violation};
use crate::operation::{Effect, Operation};
use crate::tools::catalog::Catalog;
use crate::tools::clearing;
use crate::tools::error::CallError;
use crate::tools::execution::Executor;
use crate::tools::redaction::shows_once;
use crate::tools::sanitize::sanitize_name;
use crate::tools::validation::ValidCall;

/// The most faults that are spelled out.
const MAX_FAULTS: usize = 20;
/// What the credentials of one answer take at most once all else is left out of it, in bytes.
const CREDENTIALS: usize = 500;

/// Calls that may be made.
#[derive(Debug)]
pub struct Plan {
    /// In the order in which they were written.
    pub calls: Vec<Planned>,
    /// Nothing is started any more after one has failed.
    pub stop_on_error: bool,
}

/// A call that may be made.
#[derive(Debug)]
pub struct Planned {
    /// What is to be run.
    pub operation: &'static Operation,
    /// As they were written, references and all.
    pub arguments: Arguments,
    /// The values among them that come from earlier answers.
    pub references: Vec<Reference>,
    /// What the call does at most: what comes from an answer counts as given.
    pub effect: Effect,
    /// The arguments that make it one that destroys.
    pub raising: Vec<&'static str>,
    /// The call, where all of it is known.
    pub ready: Option<ValidCall>,
}

/// What is wrong with a call.
#[derive(Debug)]
pub struct Fault {
    /// Which of the calls.
    pub index: usize,
    /// The name that it has, whatever that is.
    pub name: String,
    /// The operation, if there is one.
    pub operation: Option<&'static Operation>,
    /// Its arguments, as far as they were made to fit.
    pub arguments: Arguments,
    /// What is wrong.
    pub error: CallError,
}

impl Plan {
    /// Checks calls, each a name with its arguments.
    ///
    /// # Errors
    ///
    /// All that is wrong with all of them.
    pub fn new(
        catalog: &Catalog,
        executor: &Executor,
        calls: Vec<(String, Arguments)>,
        stop_on_error: bool,
    ) -> Result<Self, Vec<Fault>> {
        let mut planned = Vec::with_capacity(calls.len());
        let mut faults = Vec::new();
        for (index, (name, arguments)) in calls.into_iter().enumerate() {
            match Planned::new(catalog, executor, index, &name, arguments) {
                Ok(call) => planned.push(call),
                Err(fault) => faults.push(*fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        faults = doubles(&planned);
        faults.extend(lost_credentials(&planned, executor));
        if faults.is_empty() { Ok(Self { calls: planned, stop_on_error }) } else { Err(faults) }
    }

    /// The calls that destroy something.
    pub fn destroying(&self) -> impl Iterator<Item = (usize, &Planned)> {
        self.calls.iter().enumerate().filter(|(_, call)| call.effect == Effect::Delete)
    }

    /// What it is, whatever the order of arguments: what a confirmation holds for.
    pub fn identity(&self) -> Value {
        let call = |call: &Planned| {
            let fields = call.ready.as_ref().map(|call| call.projection.paths()).unwrap_or_default();
            serde_json::json!([call.operation.name, call.arguments, fields])
        };
        serde_json::json!([self.stop_on_error, self.calls.iter().map(call).collect::<Vec<_>>()])
    }
}

impl Planned {
    fn new(
        catalog: &Catalog,
        executor: &Executor,
        index: usize,
        name: &str,
        arguments: Arguments,
    ) -> Result<Self, Box<Fault>> {
        let fault = |operation, arguments, error| {
            Box::new(Fault { index, name: name.to_owned(), operation, arguments, error })
        };
        let operation = match catalog.callable(name) {
            Ok(operation) => operation,
            Err(error) => {
                let known = crate::api::operations().find(|operation| operation.name == name);
                return Err(fault(known, arguments, error));
            }
        };
        let references = match references(&arguments, index) {
            Ok(references) if references.iter().any(|reference| reference.root() == clearing::NAME) => {
                // What is cleared has to be known when somebody is asked about it.
                let violation =
                    Violation::new(format!("`{}` is written out, and comes from no answer", clearing::NAME));
                return Err(fault(Some(operation), arguments, CallError::arguments(&[violation])));
            }
            Ok(references) => references,
            Err(faults) => {
                let violations: Vec<_> = faults.into_iter().map(Violation::new).collect();
                return Err(fault(Some(operation), arguments, CallError::arguments(&violations)));
            }
        };
        if let Some(why) = executor.cannot_keep(operation) {
            return Err(fault(Some(operation), arguments, CallError::NotReady(why)));
        }
        let mut known = arguments.clone();
        let mut untold: Vec<&str> = Vec::new();
        for reference in &references {
            let (value, telling) = stand_in(operation, reference);
            untold.extend((!telling).then(|| reference.root()));
            reference.substitute(&mut known, value);
        }
        let (checked, call) = match ValidCall::new(executor.client(), operation, known) {
            Ok(call) => (call.checked.arguments().clone(), Some(call)),
            Err(mut rejected) => {
                rejected.violations.retain(|violation| !untold.iter().any(|name| violation.is_about(name)));
                if !rejected.violations.is_empty() {
                    let error = CallError::arguments(&rejected.violations);
                    return Err(fault(Some(operation), rejected.arguments, error));
                }
                (rejected.arguments, None)
            }
        };
        let effect = operation.effect_of(&checked);
        if let Err(error) = catalog.permits(operation, effect, &checked) {
            return Err(fault(Some(operation), checked, error));
        }
        let raising = operation.raised_by(&checked);
        let ready = call.filter(|_| references.is_empty());
        Ok(Self { operation, arguments, references, effect, raising, ready })
    }

    /// The call with the values that its references stand for.
    ///
    /// # Errors
    ///
    /// They do not fit, or they make more of the call than was allowed and confirmed.
    pub fn with_values(
        &self,
        catalog: &Catalog,
        executor: &Executor,
        values: Vec<Value>,
    ) -> Result<ValidCall, Box<(Arguments, CallError)>> {
        let mut arguments = self.arguments.clone();
        for (reference, value) in self.references.iter().zip(values) {
            reference.substitute(&mut arguments, value);
        }
        let call = ValidCall::new(executor.client(), self.operation, arguments)
            .map_err(|rejected| Box::new((rejected.arguments.clone(), CallError::from(rejected))))?;
        let raised = call.checked.operation().raised_by(call.checked.arguments());
        let more: Vec<String> = raised
            .iter()
            .filter(|name| !self.raising.contains(name))
            .map(|name| format!("`{name}`"))
            .collect();
        let refused = if more.is_empty() {
            catalog.permitted(&call.checked).err()
        } else {
            Some(CallError::Access(format!(
                "Nothing was sent: what an earlier call answered makes this one replace or clear {}, which was \
                 neither planned nor confirmed. Run it by itself.",
                more.join(" and ")
            )))
        };
        match refused {
            None => Ok(call),
            Some(refused) => Err(Box::new((call.checked.arguments().clone(), refused))),
        }
    }

    /// Its arguments as people may see them: where a value is to come, where from.
    pub fn shown_arguments(&self) -> Arguments {
        let mut arguments = match &self.ready {
            Some(call) => call.checked.arguments().clone(),
            None => self.arguments.clone(),
        };
        for reference in &self.references {
            reference.substitute(&mut arguments, reference.shown());
        }
        arguments
    }
}

/// Changes that are there twice: nearly always a mistake, and never undone by itself.
fn doubles(calls: &[Planned]) -> Vec<Fault> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut faults = Vec::new();
    for (index, call) in calls.iter().enumerate().filter(|(_, call)| call.effect != Effect::Read) {
        let mut arguments = match &call.ready {
            Some(call) => call.checked.arguments().clone(),
            None => call.arguments.clone(),
        };
        arguments.sort_keys();
        let key = format!("{} {}", call.operation.name, Value::Object(arguments));
        match first.get(&key) {
            None => drop(first.insert(key, index)),
            Some(earlier) => faults.push(Fault {
                index,
                name: call.operation.name.to_owned(),
                operation: Some(call.operation),
                arguments: call.arguments.clone(),
                error: CallError::arguments(&[Violation::new(format!(
                    "it is the same as call {earlier}: a change is made once here; if twice is meant, run it again afterwards"
                ))]),
            }),
        }
    }
    faults
}

/// Calls of which the credentials would not fit into the answer: they are shown only this once.
fn lost_credentials(calls: &[Planned], executor: &Executor) -> Option<Fault> {
    let shown_here = |call: &&Planned| {
        call.effect != Effect::Read
            && shows_once(&call.operation.answer)
            && !executor.must_finish(call.operation)
    };
    let fit = executor.max_answer() / CREDENTIALS;
    let (index, call) = calls.iter().enumerate().filter(|(_, call)| shown_here(call)).nth(fit)?;
    Some(Fault {
        index,
        name: call.operation.name.to_owned(),
        operation: Some(call.operation),
        arguments: call.arguments.clone(),
        error: CallError::arguments(&[Violation::new(format!(
            "the credentials of more than {fit} calls, which are shown only once, do not fit into one answer: make fewer at once"
        ))]),
    })
}

/// All faults in one error, those that are alike told once.
pub fn refusal(faults: &[Fault], count: usize) -> CallError {
    let mut told: Vec<(String, &str, Vec<usize>)> = Vec::new();
    for fault in faults {
        let text = fault.error.to_string();
        let text = text.strip_prefix("Nothing was sent: ").unwrap_or(&text).replace("\n- ", " ");
        match told.iter_mut().find(|(known, name, _)| *known == text && *name == fault.name) {
            Some((.., indexes)) => indexes.push(fault.index),
            None => told.push((text, &fault.name, vec![fault.index])),
        }
    }
    let one = if faults.len() == 1 { "call is" } else { "calls are" };
    let mut text = format!("Nothing was sent: of {count} calls {} {one} wrong.", faults.len());
    for (fault, name, indexes) in told.iter().take(MAX_FAULTS) {
        let which = if indexes.len() == 1 { "call" } else { "calls" };
        text.extend(["\n- ", which, " ", &ranges(indexes), " (`", &sanitize_name(name), "`): ", fault]);
    }
    if let Some(more) = told.get(MAX_FAULTS..).filter(|more| !more.is_empty()) {
        let indexes: Vec<usize> = more.iter().flat_map(|(.., indexes)| indexes.iter().copied()).collect();
        text.extend(["\n- and calls ", &ranges(&indexes)]);
    }
    let by_access = faults.iter().all(|fault| matches!(fault.error, CallError::Access(_)));
    let not_ready = faults.iter().all(|fault| matches!(fault.error, CallError::NotReady(_)));
    match () {
        () if by_access => CallError::Access(text),
        () if not_ready => CallError::NotReady(text),
        () => CallError::Arguments(text),
    }
}

/// `0-3, 7`
pub fn ranges(indexes: &[usize]) -> String {
    let mut sorted = indexes.to_vec();
    sorted.sort_unstable();
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for index in sorted {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 >= index => *last = index,
            _ => parts.push((index, index)),
        }
    }
    let part = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_in_short() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[7, 0, 1, 2, 9, 8, 4]), "0-2, 4, 7-9");
    }
}
