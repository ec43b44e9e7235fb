//! The typed client: operations in, answers out.
//!
//! ```no_run
//! use workos_mcp::api::organizations::CreateOrganization;
//! use workos_mcp::client::Client;
//!
//! # async fn example() -> Result<(), workos_mcp::client::Error> {
//! let client = Client::from_env()?;
//! let organization = client
//!     .send(&CreateOrganization { name: "Example Corp".into(), ..Default::default() })
//!     .await?;
//! println!("{}", organization.id);
//! # Ok(())
//! # }
//! ```

mod base_url;
mod body;
mod error;
mod http;
mod key;
mod request;
mod sandbox;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt, TryStreamExt, try_unfold};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

pub use self::base_url::{BaseUrl, BaseUrlProblem};
pub(crate) use self::body::Room;
pub(crate) use self::error::excerpt;
pub use self::error::{ApiError, Error, Fate, Problem};
pub use self::key::{KEY_HELP, KeyProblem, KeySource, is_live};
pub use self::request::{Arguments, Defaults};

pub(crate) use self::http::jittered;
use self::http::{Exchange, Http};
use self::request::Prepared;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::request::prepare;
use crate::api::common::List;
use crate::operation::{Auth, Operation, Paged, Request, Verb};
use crate::schema::Schema;

/// How a client reaches WorkOS.
#[derive(Debug)]
pub struct Options {
    /// Where the API key comes from.
    pub key: KeySource,
    /// Where the API is.
    pub base_url: BaseUrl,
    /// What arguments fall back to.
    pub defaults: Defaults,
    /// Longest duration of a call, with all its attempts.
    pub timeout: Duration,
    /// A file with further root certificates, PEM.
    pub ca_file: Option<std::path::PathBuf>,
    /// Answer from the embedded fixtures, without a network.
    pub sandbox: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            key: KeySource::value(None),
            base_url: BaseUrl::default(),
            defaults: Defaults::default(),
            timeout: Duration::from_secs(30),
            ca_file: None,
            sandbox: false,
        }
    }
}

/// A client of the WorkOS API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    http: Http,
}

/// What WorkOS answered to an operation, with success.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status; 200 where no request was made.
    pub status: u16,
    /// The body; empty if there was none.
    pub body: Bytes,
    /// The `x-request-id` of the answer.
    pub request_id: Option<String>,
}

impl Client {
    /// A client with these options. Nothing is opened or read before the first call.
    pub fn new(options: Options) -> Self {
        let http = Http::new(options.ca_file.clone());
        Self { inner: Arc::new(Inner { options, http }) }
    }

    /// A client with the settings of the environment: `WORKOS_API_KEY` or
    /// `WORKOS_API_KEY_FILE`, `WORKOS_CLIENT_ID`, `WORKOS_REDIRECT_URI`, `WORKOS_BASE_URL`.
    pub fn from_env() -> Result<Self, Error> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let base_url = match variable("WORKOS_BASE_URL") {
            Some(url) => url.parse().map_err(|problem: BaseUrlProblem| {
                Error::Arguments(vec![Problem(format!("WORKOS_BASE_URL: {problem}"))])
            })?,
            None => BaseUrl::default(),
        };
        Ok(Self::new(Options {
            key: match variable("WORKOS_API_KEY_FILE") {
                Some(path) => KeySource::file(path),
                None => KeySource::value(variable("WORKOS_API_KEY").as_deref()),
            },
            base_url,
            defaults: Defaults {
                client_id: variable("WORKOS_CLIENT_ID"),
                redirect_uri: variable("WORKOS_REDIRECT_URI"),
            },
            ..Options::default()
        }))
    }

    /// The options that it was made with.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Sends an operation and reads its answer.
    ///
    /// # Errors
    ///
    /// Whatever keeps the answer from coming, see [`Error`]. [`Error::Decode`] means that
    /// WorkOS did act.
    pub async fn send<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        let operation = const { &R::OPERATION };
        let arguments = arguments_of(request)?;
        let reply = self.execute(operation, &arguments).await?;
        decode(operation, &reply)
    }

    /// The pages of a list, one request each, from the page that `request` asks for on.
    pub fn pages<R, T>(&self, request: R) -> impl Stream<Item = Result<List<T>, Error>>
    where
        R: Paged<Answer = List<T>>,
        T: DeserializeOwned,
    {
        try_unfold((self.clone(), Some(request)), |(client, request)| async move {
            let Some(mut request) = request else {
                return Ok(None);
            };
            client.pace(&R::OPERATION).await;
            let page = client.send(&request).await?;
            let cursor = page.list_metadata.as_ref().and_then(|metadata| metadata.after.clone());
            let next = cursor.filter(|_| !page.data.is_empty()).map(|cursor| {
                request.set_after(cursor);
                request
            });
            Ok(Some((page, (client, next))))
        })
    }

    /// Waits until the next page may be asked for, where WorkOS takes only so many requests
    /// a second.
    pub async fn pace(&self, operation: &Operation) {
        self.inner.http.pace(operation).await;
    }

    /// The objects of a list, across all pages.
    pub fn items<R, T>(&self, request: R) -> impl Stream<Item = Result<T, Error>>
    where
        R: Paged<Answer = List<T>>,
        T: DeserializeOwned,
    {
        self.pages(request).map_ok(|page| futures_util::stream::iter(page.data).map(Ok)).try_flatten()
    }

    /// What is wrong with the arguments of an operation beyond the shape of each.
    pub fn problems(&self, operation: &Operation, arguments: &Arguments) -> Vec<Problem> {
        request::problems(operation, arguments, &self.inner.options.defaults)
    }

    /// Runs any operation with arguments by name: what [`send`](Self::send) and the tools share.
    pub async fn execute(&self, operation: &Operation, arguments: &Arguments) -> Result<Reply, Error> {
        self.execute_with_room(operation, arguments).await.map(|(reply, _)| reply)
    }

    /// The same, with room for what is made of the answer: whoever answers many calls at a
    /// time keeps it until the answer is written, and large ones wait for each other.
    pub(crate) async fn execute_with_room(
        &self,
        operation: &Operation,
        arguments: &Arguments,
    ) -> Result<(Reply, Room), Error> {
        let options = &self.inner.options;
        let prepare = |key: Option<&SecretString>| {
            request::prepare(operation, arguments, options.base_url.url(), &options.defaults, key)
        };
        if operation.verb == Verb::LINK {
            return Ok((link(prepare(None)?), Room::default()));
        }
        let needs_key = operation.auth != Auth::Public
            && !operation.fields.iter().any(|field| field.place == crate::schema::Place::Bearer);
        // Wrong arguments are the caller's to mend, whatever the key.
        let mut key = match options.key.get() {
            _ if !needs_key => None,
            _ if options.sandbox => Some(SecretString::from(sandbox::KEY)),
            Ok(key) => Some(key),
            Err(problem) => {
                prepare(None)?;
                return Err(problem.into());
            }
        };
        let mut prepared = prepare(key.as_ref())?;
        let answer = if options.sandbox {
            sandbox::answer(operation, arguments).map(|reply| (reply, body::Turn::default()))
        } else {
            let http = &self.inner.http;
            let (timeout, deadline) = (options.timeout, Instant::now() + options.timeout);
            let exchange = Exchange { operation, prepared: &prepared, key: key.as_ref(), deadline, timeout };
            let answer = http.send(exchange).await;
            match (answer, &key) {
                // The key in the file may have been rotated; a 401 changed nothing.
                (Err(Error::Api(refused)), Some(used)) if refused.status == 401 => {
                    match options.key.renewed(used) {
                        Some(renewed) => {
                            key = Some(renewed);
                            let idempotency_key = prepared.made.take();
                            prepared = prepare(key.as_ref())?;
                            prepared.keep(idempotency_key);
                            let (prepared, key) = (&prepared, key.as_ref());
                            http.send(Exchange { operation, prepared, key, deadline, timeout }).await
                        }
                        None => Err(Error::Api(refused)),
                    }
                }
                (answer, _) => answer,
            }
        };
        let (reply, room) = match answer {
            Ok((reply, turn)) => {
                let room = self.inner.http.rooms.room(&reply.body, turn).await;
                (Ok(reply), room)
            }
            Err(error) => (Err(error), Room::default()),
        };
        match (reply, prepared.made) {
            // What nobody can read is refused here, where it is known how to repeat it.
            (Ok(reply), Some(("idempotency_key", key))) if unreadable(&reply.body) => Err(Error::Answer {
                fault: format!("WorkOS answered {} with JSON that cannot be read", reply.status),
                fate: Fate::Done,
                request_id: reply.request_id,
            }
            .with_idempotency_key(&key)),
            (Ok(mut reply), Some((name, value))) => {
                reply.body = joined(&reply.body, name, value);
                Ok((reply, room))
            }
            (Err(error), Some(("idempotency_key", key))) => Err(error.with_idempotency_key(&key)),
            (reply, _) => reply.map(|reply| (reply, room)),
        }
    }
}

impl Prepared {
    /// A repeated request keeps the idempotency key that was made for the first.
    fn keep(&mut self, made: Option<(&'static str, String)>) {
        if let Some(("idempotency_key", key)) = made {
            for (_, value) in &mut self.headers {
                value.clone_from(&key);
            }
            self.made = Some(("idempotency_key", key));
        }
    }
}

/// The arguments of a typed operation, by name.
pub fn arguments_of<R: Serialize>(request: &R) -> Result<Arguments, Error> {
    match serde_json::to_value(request) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(Error::Arguments(vec![Problem("the operation is not an object".to_owned())])),
        Err(error) => Err(Error::Arguments(vec![Problem(error.to_string())])),
    }
}

/// An answer as its type.
fn decode<T: DeserializeOwned>(operation: &Operation, reply: &Reply) -> Result<T, Error> {
    let body: &[u8] = match operation.answer {
        Schema::Empty => b"null",
        _ => &reply.body,
    };
    serde_json::from_slice(body).map_err(|fault| Error::Decode { fault, body: reply.body.clone() })
}

/// The answer of an operation that makes a URL.
fn link(prepared: Prepared) -> Reply {
    let body = serde_json::json!({ "url": prepared.url.as_str() }).to_string();
    let body = match prepared.made {
        Some((name, value)) => joined(body.as_bytes(), name, value),
        None => body.into(),
    };
    Reply { status: 200, body, request_id: None }
}

/// Whether a body that is not empty is no JSON.
fn unreadable(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return true };
    !text.trim().is_empty() && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
}

/// The JSON object with one more field; anything else as it is, and what is far longer than any
/// answer to such a call: as a tree it could fill the memory.
fn joined(body: &[u8], name: &str, value: String) -> Bytes {
    const LONGEST: usize = 64 << 10;
    match serde_json::from_slice(if body.len() > LONGEST { b"" } else { body }) {
        Ok(Value::Object(mut fields)) => {
            fields.insert(name.to_owned(), Value::String(value));
            Value::Object(fields).to_string().into()
        }
        _ => Bytes::copy_from_slice(body),
    }
}

/// Whether a key looks like one of WorkOS's.
pub fn looks_right(key: &SecretString) -> bool {
    key.expose_secret().starts_with("sk_")
}
