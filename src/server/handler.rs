//! The protocol's side: rmcp's requests answered with what [`Tools`] does.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use rmcp::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams,
    CompleteResult, ContentBlock, CustomRequest, CustomResult, DiscoverResult, ErrorCode, ErrorData,
    Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    MetaObject, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::audit::Decision;
use super::confirm::{Seals, Verdict, confirm};
use super::discovery::Discovery;
use super::pages::Progress;
use super::tools::{Admitted, Refusal, Tools, title};
use super::{output, schema, whoami};
use crate::operation::{Effect, Operation, Verb};
use crate::stdio::Shutdown;

/// How long clients may keep lists: they do not change while the process lives.
const TTL_MS: u64 = 3_600_000;

/// Methods that rmcp hands on as unknown when their parameters do not fit.
const METHODS: &[&str] = &["initialize", "ping", "server/discover", "tools/call", "tools/list"];
/// Those of them that are gone where there is no handshake.
const REMOVED: &[&str] = &["initialize", "ping"];

/// The MCP server of one process.
#[derive(Debug)]
pub struct Server {
    tools: Tools,
    listed: OnceLock<Vec<Tool>>,
    info: OnceLock<MetaObject>,
    seals: Seals,
    /// When it stops, calls that only read are not waited for.
    shutdown: Shutdown,
    /// Nothing is waited for any more.
    abandon: CancellationToken,
}

impl Server {
    /// A server of these tools. When it is told to stop reads are given up, on `abandon` everything.
    pub fn new(tools: Tools, shutdown: Shutdown, abandon: CancellationToken) -> Self {
        Self {
            tools,
            listed: OnceLock::new(),
            info: OnceLock::new(),
            seals: Seals::default(),
            shutdown,
            abandon,
        }
    }

    fn listed(&self) -> &[Tool] {
        self.listed.get_or_init(|| listed(&self.tools))
    }

    async fn call(
        &self,
        mut request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.take().unwrap_or_default();
        let call = match self.tools.admit(&request.name, arguments) {
            Ok(Admitted::Call(call)) => call,
            Ok(Admitted::Answered(answer)) => return Ok(self.result(success(answer), context)),
            Err(Refusal::Unknown(text)) => return Err(ErrorData::invalid_params(text, None)),
            Err(refusal) => return Ok(self.result(failure(refusal.to_string()), context)),
        };
        let (operation, arguments) = (call.operation, &call.arguments);
        let verdict =
            confirm(&self.tools, &self.seals, operation, &request, arguments, context, &self.shutdown.ended)
                .await;
        let (decision, said) = match verdict {
            Ok(Verdict::Ask(question)) => return Ok(CallToolResponse::InputRequired(*question)),
            Ok(Verdict::Unasked) => (Decision::Allowed, None),
            Ok(Verdict::Confirmed) => (Decision::Confirmed, None),
            Ok(Verdict::Declined(text)) => (Decision::Declined, Some(text)),
            Ok(Verdict::Refused(text)) => (Decision::Refused, Some(text)),
            Err(error) => {
                self.tools.refused(operation.name, arguments, Decision::Refused, &error.message);
                return Err(error);
            }
        };
        if let Some(text) = said {
            self.tools.refused(operation.name, arguments, decision, &text);
            return Ok(self.result(failure(text), context));
        }
        let reads = operation.effect == Effect::Read;
        let token = context.meta.get_progress_token();
        let report = |items: usize, most: usize| -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            let token = token.clone();
            Box::pin(async move {
                if let Some(token) = token {
                    let progress = ProgressNotificationParam::new(token, as_number(items))
                        .with_total(as_number(most))
                        .with_message(format!("{items} items so far, of at most {most}"));
                    // Whoever does not listen loses nothing.
                    let _ = context.peer.notify_progress(progress).await;
                }
            })
        };
        let progress: Progress<'_> = if token.is_some() { Some(&report) } else { None };
        let result = tokio::select! {
            answer = self.tools.run(&call, decision, progress) => match answer {
                Ok(mut answer) => {
                    self.shutdown.flight.keep(&context.id, std::mem::take(&mut answer.room));
                    success(answer)
                }
                Err(refusal) => failure(refusal.to_string()),
            },
            // Dropping the future drops the request; rmcp answers a cancelled call no more.
            () = context.ct.cancelled(), if !self.tools.must_finish(operation) => failure("Cancelled.".to_owned()),
            () = self.shutdown.stop.cancelled(), if reads => {
                failure("The server was stopped before the answer came. Nothing was changed.".to_owned())
            }
            () = self.abandon.cancelled() => failure(
                "The server was stopped before the answer came. The change may have taken effect: look before trying again."
                    .to_owned(),
            ),
        };
        Ok(self.result(result, context))
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
    result.structured_content = Some(answer.value);
    result
}

/// Failures go out as text alone: clients show a model either the text or the data.
fn failure(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// The tools as clients see them.
pub fn listed(tools: &Tools) -> Vec<Tool> {
    let discovery = Discovery::offered(tools.access()).filter(|_| tools.discovers()).map(Discovery::tool);
    std::iter::once(whoami::tool())
        .chain(discovery)
        .chain(tools.offered().map(|operation| {
            let tool = tool(operation);
            if tools.output_schemas() {
                tool.with_raw_output_schema(Arc::new(output::schema(operation)))
            } else {
                tool
            }
        }))
        .collect()
}

/// A count of items, which is never large.
fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// An operation as a tool.
fn tool(operation: &'static Operation) -> Tool {
    Tool::new(operation.name, operation.about, Arc::new(schema::input(operation)))
        .with_title(title(operation.name))
        .with_annotations(annotations(operation))
}

/// All four hints, always: a missing one is read as the worst case.
fn annotations(operation: &Operation) -> ToolAnnotations {
    let idempotent = !matches!(operation.verb, Verb::POST | Verb::PATCH);
    ToolAnnotations::new()
        .read_only(operation.effect == Effect::Read)
        .destructive(matches!(operation.effect, Effect::Update | Effect::Delete))
        .idempotent(idempotent)
        .open_world(operation.emails)
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(implementation())
            .with_instructions(super::instructions(&self.tools))
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
        let call = AssertUnwindSafe(self.call(request, &context)).catch_unwind();
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
            return Err(ErrorData::invalid_params(format!("invalid params for {}", request.method), None));
        }
        Err(not_found(method))
    }
}
