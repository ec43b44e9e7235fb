//! Failures that a test asks for: an error in place of an answer, an answer that is lost, one that takes its
//! time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::operation::Operation;

/// The longest pause before an answer.
pub(crate) const MAX_LATENCY: Duration = Duration::from_secs(60);
/// The most faults at a time.
const MAX_FAULTS: usize = 1000;

/// A failure, and what it befalls.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// Answered in place of what would be; none if only time passes.
    pub status: Option<u16>,
    /// How many requests it befalls; all if nothing is said.
    count: Option<u64>,
    /// The operation that it befalls; any if nothing is said.
    operation: Option<&'static str>,
    method: Option<String>,
    path: Option<String>,
    /// Seconds in the header `Retry-After`.
    pub retry_after: Option<u64>,
    pub latency: Duration,
    body: Option<Value>,
    /// The request is done, and only its answer is lost.
    pub after: bool,
}

/// The same as a test writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    status: Option<u16>,
    count: Option<u64>,
    operation: Option<String>,
    method: Option<String>,
    path: Option<String>,
    retry_after: Option<u64>,
    latency_ms: Option<u64>,
    body: Option<Value>,
    #[serde(default)]
    after: bool,
}

impl Fault {
    /// One for a single request.
    pub fn of(status: Option<u16>, latency: Duration) -> Self {
        Self {
            status,
            count: Some(1),
            operation: None,
            method: None,
            path: None,
            retry_after: (status == Some(429)).then_some(1),
            latency,
            body: None,
            after: false,
        }
    }

    /// From JSON.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let wanted: Wanted = serde_json::from_slice(body).map_err(|error| {
            format!(
                "A fault is a JSON object with some of status, count, operation, method, path, retry_after, \
                 latency_ms, body, after: {error}"
            )
        })?;
        wanted.checked()
    }

    /// What `--fault` takes: `429`, `500@create_user`, `429+retry=2@list_users:3`, `200ms@GET /users`,
    /// `500+after:1`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (what, place) = text.split_once('@').map_or((text, None), |(what, place)| (what, Some(place)));
        let counted = place.unwrap_or(what);
        let (rest, count) = match counted.rsplit_once(':') {
            Some((rest, count)) => {
                let count = count.parse().map_err(|_| format!("`{count}` is no number of requests"))?;
                (rest, Some(count))
            }
            None => (counted, None),
        };
        let (what, place) = if place.is_some() { (what, Some(rest)) } else { (rest, None) };
        let mut wanted = Wanted {
            status: None,
            count,
            operation: None,
            method: None,
            path: None,
            retry_after: None,
            latency_ms: None,
            body: None,
            after: false,
        };
        for part in what.split('+') {
            let unknown = || {
                format!("`{part}` is none of a status (429), a pause (200ms), `retry=SECONDS` and `after`")
            };
            if part == "after" {
                wanted.after = true;
            } else if let Some(seconds) = part.strip_prefix("retry=") {
                wanted.retry_after = Some(seconds.parse().map_err(|_| unknown())?);
            } else if let Some(milliseconds) = part.strip_suffix("ms") {
                wanted.latency_ms = Some(milliseconds.parse().map_err(|_| unknown())?);
            } else {
                wanted.status = Some(part.parse().map_err(|_| unknown())?);
            }
        }
        match place.map(|place| place.split_once(' ').ok_or(place)) {
            Some(Ok((method, path))) => {
                wanted.method = Some(method.to_owned());
                wanted.path = Some(path.to_owned());
            }
            Some(Err(operation)) => wanted.operation = Some(operation.to_owned()),
            None => {}
        }
        wanted.checked()
    }

    /// What is answered with this status.
    pub fn shown_body(&self, status: u16) -> Value {
        let message = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            408 => "Request Timeout",
            409 => "Conflict",
            422 => "Unprocessable Entity",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => "The fault that was asked for",
        };
        self.body.clone().unwrap_or_else(|| json!({"message": message}))
    }

    fn befalls(&self, operation: &Operation, method: &str, path: &str) -> bool {
        self.operation.is_none_or(|name| name == operation.name)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|wanted| wanted == path || wanted == operation.route())
    }

    fn shown(&self) -> Value {
        let mut shown = Map::new();
        let mut show = |name: &str, value: Option<Value>| {
            value.map(|value| shown.insert(name.to_owned(), value));
        };
        show("status", self.status.map(Value::from));
        show("count", self.count.map(Value::from));
        show("operation", self.operation.map(Value::from));
        show("method", self.method.clone().map(Value::from));
        show("path", self.path.clone().map(Value::from));
        show("retry_after", self.retry_after.map(Value::from));
        let latency = u64::try_from(self.latency.as_millis()).unwrap_or_default();
        show("latency_ms", (latency > 0).then(|| latency.into()));
        show("body", self.body.clone());
        show("after", self.after.then(|| true.into()));
        shown.into()
    }
}

impl Wanted {
    fn checked(self) -> Result<Fault, String> {
        if self.status.is_none() && self.latency_ms.is_none() {
            return Err("A fault has a status, a latency, or both".to_owned());
        }
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("The status of a fault is one from 400 to 599".to_owned());
        }
        if self.status.is_none() && (self.body.is_some() || self.after || self.retry_after.is_some()) {
            return Err("What is answered in place of an answer needs a status".to_owned());
        }
        if self.count == Some(0) {
            return Err("A fault befalls one request at least".to_owned());
        }
        let latency = Duration::from_millis(self.latency_ms.unwrap_or_default());
        if latency > MAX_LATENCY {
            return Err(format!("The latency is at most {} milliseconds", MAX_LATENCY.as_millis()));
        }
        let operation = match self.operation {
            Some(name) => Some(known(&name)?),
            None => None,
        };
        if self.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
            return Err("The path of a fault begins with `/`".to_owned());
        }
        Ok(Fault {
            status: self.status,
            count: self.count,
            operation,
            method: self.method.map(|method| method.to_ascii_uppercase()),
            path: self.path,
            retry_after: self.retry_after.or((self.status == Some(429)).then_some(1)),
            latency,
            body: self.body,
            after: self.after,
        })
    }
}

fn known(name: &str) -> Result<&'static str, String> {
    let found = crate::api::operations().find(|operation| operation.name == name);
    found.map(|operation| operation.name).ok_or_else(|| {
        format!("There is no operation `{name}`: `workos-mcp --toolsets all tools` shows their names")
    })
}

/// A status that is an error.
pub(super) fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| (400..=599).contains(status))
}

/// A pause in milliseconds.
pub(super) fn latency(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_millis).filter(|latency| *latency <= MAX_LATENCY)
}

/// The faults that are still to come.
#[derive(Debug)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults))
    }

    /// The first fault for a request, which is one fewer then.
    pub fn take(&self, operation: &Operation, method: &str, path: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = faults.iter().position(|fault| fault.befalls(operation, method, path))?;
        let taken = faults[place].clone();
        match &mut faults[place].count {
            Some(1) => drop(faults.remove(place)),
            Some(count) => *count -= 1,
            None => {}
        }
        Some(taken)
    }

    pub fn add(&self, fault: Fault) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < MAX_FAULTS {
            faults.push(fault);
        }
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// All of them, as they were asked for.
    pub fn shown(&self) -> Value {
        let faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        json!({"object": "list", "data": faults.iter().map(Fault::shown).collect::<Vec<_>>()})
    }
}
