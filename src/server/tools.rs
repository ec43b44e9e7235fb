//! The tools: which operations are offered, and what a call of one does.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::access::{Access, Environment};
use super::answer::{self, Answer};
use super::arguments::{fit, nearest};
use super::audit::{Audit, Decision, Outcome};
use super::confirm::Confirm;
use super::discovery::Discovery;
use super::harmless::harmless;
use super::pages::{Progress, gather};
use super::secrets::{self, MASK, Reveal, Secrets};
use super::selection::Selected;
use super::shaping::{Shaping, note};
use super::{output, size, whoami};
use crate::api::{TOOLSETS, toolset_of};
use crate::client::{Arguments, Client, Error, Problem, Room};
use crate::operation::{Destination, Effect, Operation, Toolset, Verb};
use crate::schema::Field;

/// The tools of one process: fixed when it starts.
#[derive(Debug)]
pub struct Tools {
    client: Client,
    selected: Vec<&'static Operation>,
    /// What discovery may reach; nothing if it is off.
    reachable: Vec<&'static Operation>,
    max_answer: usize,
    output_schemas: bool,
    access: Access,
    environment: Environment,
    secrets: Secrets,
    confirm: Confirm,
    audit: Option<Audit>,
}

/// What calls are allowed to do, show and leave behind.
#[derive(Debug, Default)]
pub struct Policy {
    /// How far calls may go; what suits the key if none is given.
    pub access: Option<Access>,
    /// Which tools may show credentials of a live environment.
    pub reveal: Reveal,
    /// Where masked credentials go that are shown only once.
    pub secrets_directory: Option<PathBuf>,
    /// When the user is asked before something is destroyed.
    pub confirm: Confirm,
    /// Where calls are recorded.
    pub audit_log: Option<PathBuf>,
    /// Longest answer in bytes; what suits a model if none is given.
    pub max_answer: Option<usize>,
    /// Whether the shape of answers is published with the tools.
    pub output_schemas: bool,
}

/// A call that may be made.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub operation: &'static Operation,
    /// Its arguments, made to fit.
    pub arguments: Arguments,
    /// What is wanted of its answer.
    pub shaping: Shaping,
}

/// What came of a call before anything was sent.
#[derive(Debug)]
pub enum Admitted {
    /// Nothing has to be sent for it.
    Answered(Answer),
    /// An operation is to be run.
    Call(Call),
}

/// Why a tool cannot be called.
#[derive(Debug)]
pub enum Refusal {
    /// No tool has this name, or it is not among those selected.
    Unknown(String),
    /// The access level excludes it.
    Access(String),
    /// A credential would be lost, or shown.
    Secret(String),
    /// The arguments do not fit.
    Arguments(Error),
    /// Fields were asked for that the answer does not have.
    Fields(String),
    /// The call failed.
    Failed(Failure),
}

/// How a call failed, without anything that nobody should see.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do.
    pub text: String,
    /// The status that WorkOS answered with.
    pub status: Option<u16>,
    /// Whether the same call may succeed later, with nobody changing anything.
    pub passing: bool,
    /// How long to wait before that, if WorkOS said so.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) | Self::Access(text) | Self::Secret(text) | Self::Fields(text) => {
                f.write_str(text)
            }
            Self::Arguments(error) => write!(f, "{error}"),
            Self::Failed(failure) => f.write_str(&failure.text),
        }
    }
}

impl Refusal {
    /// Of fields that the answer does not have.
    pub(super) fn fields(problems: &[Problem]) -> Self {
        Self::Fields(Problem::list(problems))
    }
}

impl Tools {
    /// The selected tools under a policy.
    pub fn new(client: Client, selected: Selected, policy: Policy) -> Self {
        let environment = Environment::of(&client);
        Self {
            client,
            selected: selected.direct,
            reachable: selected.reachable,
            max_answer: policy.max_answer.unwrap_or(size::DEFAULT),
            output_schemas: policy.output_schemas,
            access: policy.access.unwrap_or_else(|| environment.default_access()),
            environment,
            secrets: Secrets::new(environment, policy.reveal, policy.secrets_directory),
            confirm: policy.confirm,
            audit: policy.audit_log.as_deref().map(Audit::new),
        }
    }

    /// When the user is asked before something is destroyed.
    pub fn confirm(&self) -> Confirm {
        self.confirm
    }

    /// The operations that are offered, in the order of the table.
    pub fn offered(&self) -> impl Iterator<Item = &'static Operation> {
        self.selected.iter().copied().filter(|operation| self.access.allows(operation))
    }

    /// Whether an operation is among those selected, allowed or not.
    pub fn is_selected(&self, operation: &Operation) -> bool {
        self.selected.iter().any(|selected| selected.name == operation.name)
    }

    /// The toolsets of which something is selected, or those of which nothing is.
    pub fn toolsets(&self, selected: bool) -> impl Iterator<Item = &'static Toolset> {
        TOOLSETS.iter().filter(move |toolset| {
            toolset.operations.iter().any(|operation| self.is_selected(operation)) == selected
        })
    }

    /// How many of the selected operations the access level excludes.
    pub fn withheld(&self) -> usize {
        self.selected.iter().filter(|operation| !self.access.allows(operation)).count()
    }

    /// The operations that the discovery tools reach, those offered directly among them.
    pub fn reachable(&self) -> impl Iterator<Item = &'static Operation> {
        self.reachable.iter().copied().filter(|operation| self.access.allows(operation))
    }

    /// Whether there is something to discover beside the tools offered directly.
    pub fn discovers(&self) -> bool {
        self.reachable().any(|operation| !self.is_selected(operation))
    }

    /// Whether the shape of answers is published with the tools.
    pub fn output_schemas(&self) -> bool {
        self.output_schemas
    }

    /// Longest answer in bytes.
    pub fn max_answer(&self) -> usize {
        self.max_answer
    }

    /// How far calls may go.
    pub fn access(&self) -> Access {
        self.access
    }

    /// What the key is for.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// The client that calls go through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What a call by this name comes to: an answer, or an operation to run with arguments
    /// made to fit. A refusal is recorded.
    pub fn admit(&self, name: &str, arguments: Arguments) -> Result<Admitted, Refusal> {
        if name == whoami::NAME {
            return Ok(Admitted::Answered(whoami::answer(self)));
        }
        if let Some(discovery) = Discovery::by_name(name).filter(|_| self.discovers()) {
            return discovery.admit(self, arguments);
        }
        let operation = self.find(name).inspect_err(|refusal| {
            self.refused(name, &arguments, Decision::Refused, &refusal.to_string());
        })?;
        self.fitted(operation, arguments).map(Admitted::Call)
    }

    /// The operation behind a name, if it may be called.
    fn find(&self, name: &str) -> Result<&'static Operation, Refusal> {
        let Some(operation) = self.selected.iter().copied().find(|operation| operation.name == name) else {
            return Err(Refusal::Unknown(self.unknown(name)));
        };
        self.allowed(operation)
    }

    /// The operation of this name, if discovery reaches it, allowed or not.
    pub(super) fn reachable_operation(&self, name: &str) -> Option<&'static Operation> {
        self.reachable.iter().copied().find(|operation| operation.name == name)
    }

    /// The operation, if the access level allows it.
    pub(super) fn allowed(&self, operation: &'static Operation) -> Result<&'static Operation, Refusal> {
        let name = operation.name;
        if self.access.allows(operation) {
            return Ok(operation);
        }
        let needed = Access::needed(operation).as_str();
        let why = match self.environment {
            Environment::Live => "the API key is one of a live environment, ",
            _ => "",
        };
        Err(Refusal::Access(format!(
            "Nothing was sent: `{name}` is switched off: {why}this server runs with `--access {}`, and `{name}` ({}) needs \
             `{needed}`. Only whoever set up the server can change that: start it with `--access {needed}` \
             (or WORKOS_MCP_ACCESS={needed}).",
            self.access.as_str(),
            operation.effect.as_str(),
        )))
    }

    fn unknown(&self, name: &str) -> String {
        let shown: String = name.chars().filter(|character| !character.is_control()).take(80).collect();
        if let Some(toolset) = toolset_of(name) {
            let run = match self.reachable_operation(name).filter(|_| self.discovers()) {
                Some(operation) => format!(" Run it with `{}`.", Discovery::runs(operation).name()),
                None => String::new(),
            };
            return format!(
                "Unknown tool `{shown}`: it belongs to the toolset `{}`, and this server was started without it.{run} \
                 Whoever set up the server can add it with `--toolsets` or `--tools`.",
                toolset.name
            );
        }
        match nearest(name, self.offered().map(|operation| operation.name)) {
            Some(near) => format!("Unknown tool `{shown}`; did you mean `{near}`?"),
            None => format!("Unknown tool `{shown}`."),
        }
    }

    /// A call of an operation with arguments made to fit; what does not is recorded and refused.
    pub(super) fn fitted(
        &self,
        operation: &'static Operation,
        mut arguments: Arguments,
    ) -> Result<Call, Refusal> {
        let mut problems = fit(operation, &mut arguments);
        let shaping = Shaping::take(operation, &mut arguments, &mut problems);
        problems.extend(self.client.problems(operation, &arguments));
        if problems.is_empty() {
            return Ok(Call { operation, arguments, shaping });
        }
        let refusal = Refusal::Arguments(Error::Arguments(problems));
        self.refused(operation.name, &arguments, Decision::Refused, &refusal.to_string());
        Err(refusal)
    }

    /// Runs what [`admit`](Self::admit) gave.
    pub async fn run(
        &self,
        call: &Call,
        decision: Decision,
        progress: Progress<'_>,
    ) -> Result<Answer, Refusal> {
        let Call { operation, arguments, shaping } = call;
        let (mut answer, ids, room) = if let Some(most) = shaping.max_items {
            let gathered = gather(self, operation, arguments.clone(), shaping, most, progress).await?;
            (gathered.answer, Some(gathered.ids), Room::default())
        } else {
            let (mut answer, room) = self.fetch(operation, arguments, decision).await?;
            // Cursors are made of IDs, which need not be among the fields.
            let ids = (!shaping.paths().is_empty()).then(|| size::ids(&answer));
            let remark =
                shaping.apply(operation, &mut answer).map_err(|problems| Refusal::fields(&problems))?;
            if let Some(remark) = remark {
                note(&mut answer, &remark);
            }
            (answer, ids, room)
        };
        let text = size::fit(operation, &mut answer, ids.as_ref(), self.max_answer);
        if self.output_schemas {
            output::conform(operation, &mut answer);
        }
        Ok(Answer { value: answer, text, room })
    }

    /// Sends one request of an operation; its answer, with credentials masked, and the room
    /// that it takes.
    pub(super) async fn fetch(
        &self,
        operation: &'static Operation,
        arguments: &Arguments,
        decision: Decision,
    ) -> Result<(Value, Room), Refusal> {
        let destroys = operation.effect == Effect::Delete;
        // The key may come from a file that was written since.
        if self.environment != Environment::Live && Environment::of(&self.client) == Environment::Live {
            let text = "Nothing was sent: the API key is now one of a live environment, and this server was started \
                        without one. Whoever set it up must restart it.";
            self.refused(operation.name, arguments, Decision::Refused, text);
            return Err(Refusal::Access(text.to_owned()));
        }
        let ready = match &self.audit {
            Some(audit) if destroys => audit.check(),
            _ => Ok(()),
        };
        let concealer = ready.and_then(|()| self.secrets.prepare(operation)).map_err(|text| {
            self.refused(operation.name, arguments, Decision::Refused, &text);
            Refusal::Secret(text)
        })?;
        let start = Instant::now();
        // Recorded even if the call is cancelled: it may have taken effect all the same.
        let mut record = Record { tools: self, operation, arguments, decision, start, outcome: None };
        let answer = match self.client.execute_with_room(operation, arguments).await {
            Ok((reply, room)) => {
                record.outcome = Some(Outcome {
                    status: Some(reply.status),
                    request_id: reply.request_id.clone(),
                    ..Outcome::default()
                });
                let conceal = |answer: &mut Value| concealer.conceal(operation, answer);
                answer::read(operation, &reply, conceal).map(|answer| (answer, room))
            }
            Err(mut error) => {
                concealer.conceal_error(&mut error);
                Err(error)
            }
        };
        answer.map_err(|mut error| {
            let failure = failure(operation, arguments, &mut error);
            record.outcome = Some(Outcome {
                status: failure.status.or(record.outcome.take().and_then(|outcome| outcome.status)),
                request_id: error.request_id().map(str::to_owned),
                error: Some(failure.text.clone()),
                ..Outcome::default()
            });
            Refusal::Failed(failure)
        })
    }

    /// Whether a call must run to its end although nobody waits: what it answers goes into a file.
    pub fn must_finish(&self, operation: &Operation) -> bool {
        self.secrets.files(operation)
    }

    /// Why nothing could be recorded, if a trail is wanted.
    pub fn audit_fault(&self) -> Option<String> {
        self.audit.as_ref().and_then(|audit| audit.check().err())
    }

    /// Records that a call was not sent.
    pub fn refused(&self, tool: &str, arguments: &Arguments, decision: Decision, why: &str) {
        if let Some(audit) = &self.audit {
            let operation = crate::api::operations().find(|operation| operation.name == tool);
            let outcome = Outcome { error: Some(why.to_owned()), ..Outcome::default() };
            audit.record(self.environment, tool, operation, arguments, decision, &outcome);
        }
    }

    /// The name of what a call is about to hit, asked for now: of the object that a GET on
    /// the same path gives.
    pub async fn name_of_target(&self, operation: &Operation, arguments: &Arguments) -> Option<String> {
        const NAMES: &[&str] = &["name", "email", "domain", "slug", "endpoint_url", "uri", "origin"];
        // `/x/{id}/revoke` is about `/x/{id}`. Never by reading a credential.
        let route = operation.route();
        let shows = |route: &str| {
            crate::api::operations()
                .find(|get| get.verb == Verb::GET && get.route() == route && !secrets::any(&get.answer))
        };
        let get = shows(route).or_else(|| shows(route.rsplit_once('/')?.0))?;
        let known = |field: &&Field| get.destination(field) == Destination::Path;
        let arguments = get
            .fields
            .iter()
            .filter(known)
            .filter_map(|field| Some((field.name.to_owned(), arguments.get(field.name)?.clone())))
            .collect();
        let reply =
            tokio::time::timeout(LONGEST_LOOK, self.client.execute(get, &arguments)).await.ok()?.ok()?;
        let object: Value = serde_json::from_slice(&reply.body).ok()?;
        NAMES.iter().find_map(|name| object.get(name)?.as_str().map(str::to_owned))
    }
}

/// Longest time to look up a name for a question.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// Writes the audit line of a call when the call is over, however it ends.
struct Record<'a> {
    tools: &'a Tools,
    operation: &'static Operation,
    arguments: &'a Arguments,
    decision: Decision,
    start: Instant,
    outcome: Option<Outcome>,
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if let Some(audit) = &self.tools.audit
            && self.operation.effect != Effect::Read
        {
            let mut outcome = self.outcome.take().unwrap_or_else(|| Outcome {
                error: Some(
                    "the call was given up before its answer came; it may have taken effect".to_owned(),
                ),
                ..Outcome::default()
            });
            outcome.duration = self.start.elapsed();
            let (tools, operation) = (self.tools, self.operation);
            audit.record(
                tools.environment,
                operation.name,
                Some(operation),
                self.arguments,
                self.decision,
                &outcome,
            );
        }
    }
}

/// An error as it may be shown: credentials of the call masked where WorkOS repeats them,
/// strangers' text harmless.
fn failure(operation: &Operation, arguments: &Arguments, error: &mut Error) -> Failure {
    if let Error::Api(error) = error {
        for secret in secrets::in_arguments(operation, arguments) {
            error.scrub(&secret, MASK);
            // The same inside of quoted JSON.
            let quoted = Value::from(secret).to_string();
            error.scrub(quoted.trim_matches('"'), MASK);
        }
    }
    Failure {
        text: harmless(&error.to_string()).into_owned(),
        status: error.status(),
        passing: match error {
            Error::Api(error) => matches!(error.status, 408 | 429 | 500..=599),
            Error::Network { .. } | Error::Answer { .. } => true,
            _ => false,
        },
        retry_after: error.retry_after(),
    }
}

/// A name for people: `get_sso_logout_url` as `Get SSO logout URL`.
pub fn title(name: &str) -> String {
    let mut title = String::with_capacity(name.len());
    for (index, word) in name.split('_').enumerate() {
        if index > 0 {
            title.push(' ');
        }
        match word {
            "api" | "cors" | "id" | "idp" | "it" | "jwks" | "jwt" | "mcp" | "mfa" | "saml" | "sms" | "sp"
            | "sso" | "uri" | "url" => title.push_str(&word.to_ascii_uppercase()),
            "authkit" => title.push_str("AuthKit"),
            "uris" => title.push_str("URIs"),
            _ if index == 0 => {
                let mut letters = word.chars();
                title.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                title.push_str(letters.as_str());
            }
            _ => title.push_str(word),
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        assert_eq!(title("get_sso_logout_url"), "Get SSO logout URL");
        assert_eq!(title("create_it_contact"), "Create IT contact");
    }
}
