//! What a user is asked before many calls are run of which some destroy something: once, with all that is
//! about to go and how much that is.
//!
//! The same holds as of [one call](crate::tools::confirmation): the environment stands alone on the first
//! line, and every text from elsewhere is in quotes that it cannot leave.

use std::fmt::Write;

use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::client::{Arguments, excerpt};
use crate::operation::{Destination, Operation};
use crate::tools::confirmation::{
    IMITATION, LOOK_UP_TIMEOUT, MAX_NAME, counted, excerpt_of, imitates, name_of_target, on_one_line,
    says_as_the_question,
};
use crate::tools::description::title;
use crate::tools::error::CallError;
use crate::tools::redaction::shown_arguments;
use crate::tools::sanitize::quoted;
use crate::tools::sending::Sender;

/// So many calls are worth naming in a question: what is beyond that is counted.
pub const MAX_LISTED: usize = MAX_SHOWN + MAX_NAMED;
/// So many are told with their names and arguments.
const MAX_SHOWN: usize = 20;
/// Of the others so many are told by what their path names.
const MAX_NAMED: usize = 100;
/// The longest value of an argument, in characters.
const MAX_VALUE: usize = 80;
/// The longest all arguments of a call together.
const MAX_ARGUMENTS: usize = 300;
/// Names looked up at a time.
const LOOK_UPS: usize = 8;

/// A call that destroys something.
#[derive(Debug, Clone)]
pub struct Destroying {
    /// Which of the calls it is, as people count them there.
    pub number: usize,
    /// What is run.
    pub operation: &'static Operation,
    /// With this.
    pub arguments: Arguments,
    /// The arguments that make it one that destroys.
    pub raising: Vec<&'static str>,
    /// What it is about is not known yet.
    pub is_open: bool,
}

/// The question about so many calls, these among them, and so many more of the last operation of these.
///
/// # Errors
///
/// Nothing would be sent, whatever the user says.
pub async fn question(
    sender: &Sender,
    calls: usize,
    what: &str,
    destroying: &[Destroying],
    more: usize,
) -> Result<String, CallError> {
    sender.check_key().await?;
    let environment = sender.environment().await?;
    let deadline = Instant::now() + LOOK_UP_TIMEOUT;
    let mut look_ups = Vec::new();
    for call in destroying.iter().take(MAX_SHOWN) {
        look_ups.push(name_of(sender, call, deadline));
    }
    let names: Vec<Result<Option<String>, CallError>> =
        stream::iter(look_ups).buffered(LOOK_UPS).collect().await;
    let names = names.into_iter().collect::<Result<Vec<_>, _>>()?;

    let all = destroying.len() + more;
    let mut text = format!("In {environment}:\nDestroy something with {all} of {calls} {what}?");
    for (operation, count) in counts(destroying, more) {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{count} × {}: {}", title(operation.name), operation.summary());
    }
    for (call, name) in destroying.iter().zip(&names) {
        text.push('\n');
        text.push_str(&line(call, name.as_deref()));
    }
    let others = destroying.get(MAX_SHOWN..).unwrap_or_default();
    if !others.is_empty() {
        let targets: Vec<String> = others.iter().take(MAX_NAMED).map(target).collect();
        let others = others.len() + more;
        let more = others - targets.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let _ = write!(text, "\nand {}: {}{more}", counted(others, "other"), targets.join(", "));
    }
    Ok(text)
}

/// The name of what a call is about to hit, if it is there in time.
async fn name_of(sender: &Sender, call: &Destroying, deadline: Instant) -> Result<Option<String>, CallError> {
    if call.is_open {
        return Ok(None);
    }
    let name = name_of_target(sender, call.operation, &call.arguments);
    timeout_at(deadline, name).await.unwrap_or(Ok(None))
}

fn counts(destroying: &[Destroying], more: usize) -> Vec<(&'static Operation, usize)> {
    let mut counts: Vec<(&'static Operation, usize)> = Vec::new();
    for call in destroying {
        match counts.iter_mut().find(|(known, _)| known.name == call.operation.name) {
            Some((_, count)) => *count += 1,
            None => counts.push((call.operation, 1)),
        }
    }
    if let Some((_, count)) = counts.last_mut() {
        *count += more;
    }
    counts
}

/// `0. Delete user "Jane Doe", id: "user_1"`
fn line(call: &Destroying, name: Option<&str>) -> String {
    let title = title(call.operation.name);
    let mut text = format!("{}. {title}", call.number);
    if let Some(name) = name {
        text.extend([" ", &quoted(&on_one_line(name), MAX_NAME)]);
    }
    let shown = shown_arguments(call.operation.fields, &call.arguments);
    let mut left = MAX_ARGUMENTS;
    let (path, others): (Vec<_>, Vec<_>) =
        shown.iter().partition(|(name, _)| is_in_path(call.operation, name));
    for (name, value) in path.into_iter().chain(others) {
        let part = format!(", {name}: {}", excerpt_of(value, MAX_VALUE));
        let Some(rest) = left.checked_sub(part.chars().count()) else {
            text.push_str(", \u{2026}");
            break;
        };
        left = rest;
        text.push_str(&part);
    }
    if !call.raising.is_empty() {
        text.extend(["; replaces, overwrites or clears ", &call.raising.join(", ")]);
    }
    let imitation = name.is_some_and(|name| imitates(name, &title))
        || shown.values().any(|value| says_as_the_question(value, &title));
    if imitation {
        text.push_str(IMITATION);
    }
    text
}

/// What the path of a call names, or its first argument.
fn target(call: &Destroying) -> String {
    let shown = shown_arguments(call.operation.fields, &call.arguments);
    let named = shown.iter().filter(|(name, _)| is_in_path(call.operation, name));
    let named: Vec<String> = named.map(|(_, value)| excerpt_of(value, MAX_VALUE)).collect();
    if named.is_empty() {
        let first = shown.values().next().map(|value| excerpt_of(value, MAX_VALUE));
        return first.unwrap_or_else(|| excerpt(&title(call.operation.name), MAX_VALUE).into_owned());
    }
    named.join(" ")
}

fn is_in_path(operation: &Operation, name: &str) -> bool {
    operation.field(name).is_some_and(|field| operation.destination(field) == Destination::Path)
}
