//! rmcp's requests, answered with what the [`Toolbox`] does.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures_util::FutureExt;
use rmcp::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams,
    CompleteResult, ContentBlock, CustomRequest, CustomResult, DiscoverResult, ErrorCode, ErrorData,
    Implementation, InputRequiredResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, MetaObject, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use tokio_util::sync::CancellationToken;

use super::confirmation::{Consent, RequestStates, confirm};
use super::instructions::instructions;
use super::listing::listed;
use super::stdio::{Ambiguous, SAME_AS_TEXT, Shutdown};
use crate::operation::Effect;
use crate::tools::answer::Answer;
use crate::tools::audit::Decision;
use crate::tools::error::CallError;
use crate::tools::many::{Plan, Stops};
use crate::tools::paging::Progress;
use crate::tools::toolbox::{Asked, Resolved, Toolbox};

/// How long clients may keep lists: they do not change while the process lives.
const TTL_MS: u64 = 3_600_000;

/// Methods that rmcp hands on as unknown when their parameters do not fit.
const METHODS: &[&str] = &["initialize", "ping", "server/discover", "tools/call", "tools/list"];
/// Those of them that are gone where there is no handshake.
const REMOVED: &[&str] = &["initialize", "ping"];

/// The MCP server of one process.
#[derive(Debug)]
pub struct Server {
    toolbox: Arc<Toolbox>,
    listed: OnceLock<Vec<Tool>>,
    info: OnceLock<MetaObject>,
    states: RequestStates,
    /// When it stops, calls that only read are not waited for.
    shutdown: Shutdown,
    /// Nothing is waited for any more.
    abandon: CancellationToken,
}

impl Server {
    /// A server of these tools. When it is told to stop reads are given up, on `abandon` everything.
    pub fn new(toolbox: Arc<Toolbox>, shutdown: Shutdown, abandon: CancellationToken) -> Self {
        Self {
            toolbox,
            listed: OnceLock::new(),
            info: OnceLock::new(),
            states: RequestStates::default(),
            shutdown,
            abandon,
        }
    }

    fn listed(&self) -> &[Tool] {
        self.listed.get_or_init(|| listed(&self.toolbox))
    }

    async fn call(
        &self,
        mut request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.take().unwrap_or_default();
        if let Some(Ambiguous(fault)) = context.extensions.get() {
            let refusal = self.toolbox.refuse(&request.name, &arguments, fault).await;
            return Ok(self.result(failure(refusal.to_string()), context));
        }
        let call = match self.toolbox.resolve(&request.name, arguments).await {
            Ok(Resolved::Call(call)) => call,
            Ok(Resolved::Many(plan)) => return self.call_many(&plan, &request, context).await,
            Ok(Resolved::Answered(answer)) => return Ok(self.result(success(answer), context)),
            Err(CallError::Unknown(text)) => return Err(ErrorData::invalid_params(text, None)),
            Err(error) => return Ok(self.result(failure(error.to_string()), context)),
        };
        let operation = call.checked.operation();
        let decision = match self.decision(&request, Asked::One(&call.checked), context).await {
            Ok(decision) => decision,
            Err(Undecided::Ask(question)) => return Ok(CallToolResponse::InputRequired(*question)),
            Err(Undecided::No(decision, text)) => {
                self.toolbox.record_refusal(&call, decision, &text).await;
                return Ok(self.result(failure(text), context));
            }
            Err(Undecided::Wrong(error)) => {
                self.toolbox.record_refusal(&call, Decision::Refused, &error.message).await;
                return Err(error);
            }
        };
        let reads = operation.effect == Effect::Read;
        let start = Instant::now();
        let report = |items: usize, max: usize| -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(tell(context, items, max, format!("{items} items so far, of at most {max}")))
        };
        let progress: Progress<'_> =
            if context.meta.get_progress_token().is_some() { Some(&report) } else { None };
        let result = tokio::select! {
            answer = self.toolbox.executor().run(&call, decision, progress) => match answer {
                Ok(mut answer) => {
                    self.shutdown.in_flight.keep(&context.id, std::mem::take(&mut answer.memory));
                    success(answer)
                }
                Err(error) => failure(error.to_string()),
            },
            // Dropping the future drops the request; rmcp answers a cancelled call no more.
            () = context.ct.cancelled(), if !self.toolbox.executor().must_finish(operation) => failure("Cancelled.".to_owned()),
            () = self.shutdown.stop.cancelled(), if reads => {
                failure("The server was stopped before the answer came. Nothing was changed.".to_owned())
            }
            () = self.abandon.cancelled() => failure(
                "The server was stopped before the answer came. The change may have taken effect: look before trying again."
                    .to_owned(),
            ),
        };
        tracing::info!(
            tool = operation.name,
            failed = result.is_error == Some(true),
            ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            "called"
        );
        Ok(self.result(result, context))
    }

    /// Runs several calls, of which each is treated as if it was alone.
    async fn call_many(
        &self,
        plan: &Plan,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let decision = match self.decision(request, Asked::Many(plan), context).await {
            Ok(decision) => decision,
            Err(Undecided::Ask(question)) => return Ok(CallToolResponse::InputRequired(*question)),
            Err(Undecided::No(decision, text)) => {
                self.toolbox.record_refusals(plan, decision, &text).await;
                return Ok(self.result(failure(text), context));
            }
            Err(Undecided::Wrong(error)) => {
                self.toolbox.record_refusals(plan, Decision::Refused, &error.message).await;
                return Err(error);
            }
        };
        let start = Instant::now();
        let report = |done: usize, all: usize| -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(tell(context, done, all, format!("{done} of {all} calls are done")))
        };
        let progress: Progress<'_> =
            if context.meta.get_progress_token().is_some() { Some(&report) } else { None };
        let stops = Stops { cancel: &context.ct, stop: &self.shutdown.stop, abandon: &self.abandon };
        let confirmed = decision == Decision::Confirmed;
        let report = self.toolbox.run_many(plan, confirmed, stops, progress).await;
        let failed = report.has_no_answer();
        tracing::info!(
            tool = request.name.as_ref(),
            calls = plan.calls.len(),
            failed,
            ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            "called"
        );
        let answer = report.into_answer(self.toolbox.executor().max_answer());
        let result = if failed { failure(answer.text) } else { success(answer) };
        Ok(self.result(result, context))
    }

    /// Whether something is to be run, asked of the user where that is called for.
    async fn decision(
        &self,
        request: &CallToolRequestParams,
        asked: Asked<'_>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Decision, Undecided> {
        match confirm(&self.toolbox, &self.states, request, asked, context, &self.shutdown.ended).await {
            Ok(Consent::NotAsked) => Ok(Decision::Allowed),
            Ok(Consent::Given) => Ok(Decision::Confirmed),
            Ok(Consent::Ask(question)) => Err(Undecided::Ask(question)),
            Ok(Consent::Declined(text)) => Err(Undecided::No(Decision::Declined, text)),
            Ok(Consent::Refused(text)) => Err(Undecided::No(Decision::Refused, text)),
            Err(error) => Err(Undecided::Wrong(error)),
        }
    }

    fn result(&self, mut result: CallToolResult, context: &RequestContext<RoleServer>) -> CallToolResponse {
        result.meta = self.meta(context);
        result.into()
    }

    /// `_meta` of a result: the server's name, where the protocol asks for it in every answer.
    fn meta(&self, context: &RequestContext<RoleServer>) -> Option<MetaObject> {
        is_modern(context).then(|| {
            self.info
                .get_or_init(|| {
                    let mut meta = MetaObject::default();
                    if let Ok(info) = serde_json::to_value(implementation()) {
                        meta.0.insert("io.modelcontextprotocol/serverInfo".to_owned(), info);
                    }
                    meta
                })
                .clone()
        })
    }
}

/// Why something is not run, or not yet.
enum Undecided {
    /// The client has to ask first.
    Ask(Box<InputRequiredResult>),
    /// It must not be.
    No(Decision, String),
    /// What came back is no answer to a question that was asked.
    Wrong(ErrorData),
}

/// Tells a client that asked for it how far a call is.
async fn tell(context: &RequestContext<RoleServer>, done: usize, all: usize, words: String) {
    if let Some(token) = context.meta.get_progress_token() {
        let progress = ProgressNotificationParam::new(token, as_number(done))
            .with_total(as_number(all))
            .with_message(words);
        // Whoever does not listen loses nothing.
        let _ = context.peer.notify_progress(progress).await;
    }
}

fn not_found(method: &str) -> ErrorData {
    let method: String = method.chars().take(80).collect();
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("method not found: {method}"), None)
}

/// Whether a request comes without a handshake.
fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

fn implementation() -> Implementation {
    Implementation::new("workos-mcp", env!("CARGO_PKG_VERSION"))
        .with_title("WorkOS")
        .with_description(env!("CARGO_PKG_DESCRIPTION"))
        .with_website_url("https://workos.com/docs/reference")
}

fn success(answer: Answer) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
    result.structured_content = Some(answer.data.unwrap_or(SAME_AS_TEXT));
    result
}

/// Failures go out as text alone: clients show a model either the text or the data.
fn failure(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// A count of items, which is never large.
fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(implementation())
            .with_instructions(instructions(self.toolbox.catalog()))
    }

    fn discover(
        &self,
        _context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<DiscoverResult, ErrorData>> + Send + '_ {
        let versions = self.supported_protocol_versions().into_owned();
        // What is offered follows from the key, so it must not be shared.
        std::future::ready(Ok(DiscoverResult::from_server_info(versions, self.get_info())
            .with_ttl_ms(TTL_MS)
            .with_cache_scope(CacheScope::Private)))
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(ProtocolVersion::KNOWN_VERSIONS)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if request.is_some_and(|request| request.cursor.is_some()) {
            return Err(ErrorData::invalid_params("invalid cursor: all tools are on one page", None));
        }
        let mut result = ListToolsResult::with_all_items(self.listed().to_vec());
        if let Some(meta) = self.meta(&context) {
            result = result.with_ttl_ms(TTL_MS).with_cache_scope(CacheScope::Private);
            result.meta = Some(meta);
        }
        Ok(result)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.listed().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        // On the heap: what waits for this is moved about as a whole, several times.
        let call = AssertUnwindSafe(Box::pin(self.call(request, &context))).catch_unwind();
        call.await.unwrap_or_else(|_| {
            let text = "this call failed inside the server; if it was a change, it may have taken effect";
            Err(ErrorData::internal_error(text, None))
        })
    }

    // Tools are all there is. rmcp would answer the lists of what was never declared as empty.

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(not_found("completion/complete"))
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(not_found("prompts/list"))
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Err(not_found("resources/list"))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Err(not_found("resources/templates/list"))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method.as_str();
        if METHODS.contains(&method) && !(is_modern(&context) && REMOVED.contains(&method)) {
            let why = format!("invalid params for {}", request.method);
            if method == "tools/call" {
                let tool = request.params.as_ref().and_then(|params| params.get("name")?.as_str());
                self.toolbox.record_unreadable(tool.unwrap_or_default(), &why).await;
            }
            return Err(ErrorData::invalid_params(why, None));
        }
        Err(not_found(method))
    }
}
