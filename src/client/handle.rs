//! The client as callers hold it: typed operations, and any operation by its arguments.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt, try_unfold};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::base_url::BaseUrl;
use super::check::{Arguments, CheckedCall, Rejected};
use super::error::{Error, RepeatedCursor};
use super::execute::{Executor, needs_key};
use super::key::KeySource;
use super::memory::MemoryPermit;
use super::paging::Pager;
use super::response::Reply;
use super::settings::{Defaults, Settings};
use super::violation::Violation;
use crate::list::List;
use crate::operation::{Method, Operation, Paged, Request};
use crate::schema::Schema;

/// A client of the WorkOS API. Cheap to clone; clones share connections and limits.
#[derive(Debug, Clone)]
pub struct Client {
    executor: Arc<Executor>,
}

/// Typed operations.
impl Client {
    /// Sends an operation and reads its answer.
    ///
    /// # Errors
    ///
    /// Whatever keeps the answer from coming, see [`Error`]. [`Error::Decode`] means that
    /// WorkOS did act.
    pub async fn send<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        self.fetch(&self.call(request)?).await
    }

    /// The pages of a list, one request each, from the page that `request` asks for on.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and [`Error::RepeatedCursor`] behind the page that gives a
    /// cursor for the second time. The stream ends with its first error.
    #[expect(clippy::needless_pass_by_value, reason = "a request is spent on its one stream")]
    pub fn pages<R, T>(&self, request: R) -> impl Stream<Item = Result<List<T>, Error>> + use<R, T>
    where
        R: Paged<Answer = List<T>>,
        T: DeserializeOwned,
    {
        let start = self.call(&request).map(Pager::new);
        try_unfold((self.clone(), start), |(client, state)| async move {
            let mut pager = state?;
            if pager.ended() {
                return Ok(None);
            }
            client.wait_for_rate_limit(pager.call().operation()).await;
            let page: List<T> = client.fetch(pager.call()).await?;
            let next = page.list_metadata.as_ref().and_then(|metadata| metadata.after.as_deref());
            let state = match pager.advance(next, page.data.is_empty()) {
                Ok(()) => Ok(pager),
                // The page is as good as any; only the next one would be no new one.
                Err(RepeatedCursor { cursor }) => Err(RepeatedCursor { cursor }.into()),
            };
            Ok(Some((page, (client, state))))
        })
    }

    /// The objects of a list, across all pages.
    ///
    /// # Errors
    ///
    /// As [`pages`](Self::pages).
    pub fn items<R, T>(&self, request: R) -> impl Stream<Item = Result<T, Error>> + use<R, T>
    where
        R: Paged<Answer = List<T>>,
        T: DeserializeOwned,
    {
        self.pages(request).map_ok(|page| stream::iter(page.data).map(Ok)).try_flatten()
    }

    fn call<R: Request>(&self, request: &R) -> Result<CheckedCall, Error> {
        Ok(self.check(const { &R::OPERATION }, arguments_of(request)?)?)
    }

    /// Runs a call and reads its answer as a type.
    async fn fetch<T: DeserializeOwned>(&self, call: &CheckedCall) -> Result<T, Error> {
        let reply = self.execute(call).await?;
        let body: &[u8] = match call.operation().answer {
            Schema::Empty => b"null",
            _ => &reply.body,
        };
        serde_json::from_slice(body).map_err(|source| Error::Decode { source, body: reply.body.clone() })
    }
}

/// Any operation, by the names of its arguments.
impl Client {
    /// Checks what the arguments of an operation must fulfil beyond the shape of each.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, and the arguments back.
    pub fn check(
        &self,
        operation: &'static Operation,
        arguments: Arguments,
    ) -> Result<CheckedCall, Rejected> {
        CheckedCall::new(operation, arguments, self.defaults())
    }

    /// Runs a call: what [`send`](Self::send) does, without types.
    ///
    /// # Errors
    ///
    /// Whatever keeps the answer from coming, see [`Error`].
    pub async fn execute(&self, call: &CheckedCall) -> Result<Reply, Error> {
        self.execute_with_permit(call).await.map(|(reply, _)| reply)
    }

    /// Whether a call of this operation fails without an API key.
    pub fn needs_key(&self, operation: &Operation) -> bool {
        !self.is_sandbox() && operation.method != Method::LINK && needs_key(operation)
    }

    /// The same, with leave to hold what is made of the reply: whoever answers many calls at a
    /// time keeps it until the answer is written, and large ones wait for each other.
    pub(crate) async fn execute_with_permit(
        &self,
        call: &CheckedCall,
    ) -> Result<(Reply, MemoryPermit), Error> {
        self.executor.execute(call).await
    }

    /// Opens a connection to the API ahead, so that the first call need not wait for one. No key is sent, and
    /// nothing is asked for: at most the head of `/`. Nothing is done in the sandbox, and for an API on
    /// this machine that speaks plain HTTP. It returns when the connection stands or cannot be opened; what
    /// keeps it from opening is told by the calls that need one.
    pub async fn warm_up(&self) {
        self.executor.warm_up().await;
    }

    /// Makes ready what a call needs on this machine, without a connection.
    #[cfg(feature = "server")]
    pub(crate) async fn make_ready(&self) {
        self.executor.make_ready().await;
    }

    /// Waits until the next request of an operation may be sent, where WorkOS takes only so
    /// many of it a second. Pages wait by themselves, other calls need not.
    pub async fn wait_for_rate_limit(&self, operation: &Operation) {
        self.executor.rate_limit.wait(operation).await;
    }
}

/// What it was built with.
impl Client {
    pub(super) fn with_settings(settings: Settings) -> Self {
        Self { executor: Arc::new(Executor::new(settings)) }
    }

    /// Where the API is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.settings().base_url
    }

    /// What stands in for arguments that are left out.
    pub fn defaults(&self) -> &Defaults {
        &self.settings().defaults
    }

    /// How long a call may take, with all its attempts.
    pub fn timeout(&self) -> Duration {
        self.settings().timeout
    }

    /// The file with further root certificates, PEM.
    pub fn ca_file(&self) -> Option<&Path> {
        self.settings().ca_file.as_deref()
    }

    /// Whether it answers from embedded examples, without a network.
    pub fn is_sandbox(&self) -> bool {
        self.settings().sandbox.is_some()
    }

    /// Where the API key comes from.
    pub fn key_source(&self) -> &KeySource {
        &self.settings().key
    }

    fn settings(&self) -> &Settings {
        &self.executor.settings
    }
}

/// The arguments of a typed operation, by name.
fn arguments_of<R: Serialize>(request: &R) -> Result<Arguments, Error> {
    let invalid = |text: String| Error::Arguments(vec![Violation::new(text)]);
    match serde_json::to_value(request) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(invalid("the operation is not an object".to_owned())),
        Err(error) => Err(invalid(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_error::KeyFault;
    use super::super::loopback::{block_on, upstream};
    use super::super::settings::Settings;
    use super::*;
    use crate::api::organizations::{CreateOrganization, GetOrganization, ListOrganizations, Organization};

    fn client(base_url: BaseUrl) -> Client {
        let key = KeySource::value(Some("sk_test_example_a"));
        Client::with_settings(Settings { key, base_url, ..Settings::default() })
    }

    /// Follows pages with these cursors to the end of the stream.
    fn follow(
        request: ListOrganizations,
        cursors: &[Option<&str>],
    ) -> (Vec<Result<List<Organization>, Error>>, Vec<String>) {
        let page = |cursor| {
            let page = serde_json::json!({
                "data": [{ "id": "org_1" }], "list_metadata": { "before": null, "after": cursor },
            });
            (200, page.to_string())
        };
        let (base_url, server) = upstream(cursors.iter().map(page).collect());
        let pages = block_on(client(base_url).pages(request).collect());
        let seen = server.join().expect("no panic");
        (pages, seen.iter().map(|seen| seen.line().to_owned()).collect())
    }

    #[test]
    fn pages_go_on_until_there_is_no_cursor() {
        let request = ListOrganizations { limit: Some(1), ..Default::default() };
        let (pages, lines) = follow(request, &[Some("A"), Some("B"), None]);
        assert_eq!(pages.iter().filter(|page| page.is_ok()).count(), 3);
        assert_eq!(
            lines,
            [
                "GET /organizations?limit=1 HTTP/1.1",
                "GET /organizations?limit=1&after=A HTTP/1.1",
                "GET /organizations?limit=1&after=B HTTP/1.1",
            ]
        );
    }

    #[test]
    fn pages_end_on_a_repeated_cursor() {
        let start = ListOrganizations { after: Some("A".to_owned()), ..Default::default() };
        for (request, cursors) in [
            (ListOrganizations::default(), &[Some("A"), Some("A")][..]),
            (ListOrganizations::default(), &[Some("A"), Some("B"), Some("A")]),
            (start, &[Some("A")]),
        ] {
            let (pages, _) = follow(request, cursors);
            assert_eq!(pages.len(), cursors.len() + 1, "every page, and why there is none more");
            let Some(Err(Error::RepeatedCursor(RepeatedCursor { cursor }))) = pages.last() else {
                panic!("{:?}", pages.last())
            };
            assert_eq!(cursor, "A");
        }
    }

    #[test]
    fn items_cross_pages() {
        let client = Client::with_settings(Settings {
            sandbox: Some(crate::sandbox::Sandbox::new(crate::sandbox::Options::default())),
            ..Settings::default()
        });
        let items: Vec<_> = block_on(client.items(ListOrganizations::default()).collect());
        assert!(!items.is_empty() && items.iter().all(Result::is_ok));
    }

    #[test]
    fn what_does_not_fit_the_type_is_told_with_the_answer() {
        let (base_url, server) = upstream(vec![(201, r#"{"id":5}"#.to_owned())]);
        let request = CreateOrganization::new("A");
        let error = block_on(client(base_url).send(&request)).expect_err("a number");
        let Error::Decode { body, .. } = &error else { panic!("{error}") };
        assert_eq!(&body[..], br#"{"id":5}"#);
        let seen = server.join().expect("no panic");
        assert_eq!(seen[0].header("authorization"), Some("Bearer sk_test_example_a"));
        assert_eq!(seen[0].body, r#"{"name":"A"}"#);
    }

    #[test]
    fn wrong_arguments_are_told_before_a_missing_key() {
        let client = Client::with_settings(Settings::default());
        let send =
            |id: &str| block_on(client.send(&GetOrganization { id: id.to_owned() })).expect_err("no key");
        assert!(matches!(send(".."), Error::Arguments(_)));
        assert!(matches!(send("org_1"), Error::Key(error) if matches!(error.fault, KeyFault::Missing)));
    }

    #[test]
    fn rejected_arguments_come_back() {
        let client = Client::with_settings(Settings::default());
        let arguments = Arguments::from_iter([("id".to_owned(), "a/../b".into())]);
        let rejected =
            client.check(const { &GetOrganization::OPERATION }, arguments.clone()).expect_err("a path");
        assert_eq!(rejected.arguments, arguments);
        assert_eq!(rejected.violations.len(), 1);
    }
}
