//! The protocol's side: rmcp's requests answered with what [`Tools`] does.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use rmcp::ServerHandler;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest,
    CustomResult, DiscoverResult, ErrorCode, ErrorData, Implementation, ListToolsResult, MetaObject,
    PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use tokio_util::sync::CancellationToken;

use super::schema;
use super::tools::{Refusal, Tools, title};
use crate::operation::{Effect, Operation, Verb};

/// How long clients may keep lists: they do not change while the process lives.
const TTL_MS: u64 = 3_600_000;

/// Methods that rmcp hands on as unknown when their parameters do not fit.
const METHODS: &[&str] = &[
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "server/discover",
    "subscriptions/listen",
    "tools/call",
    "tools/list",
];

/// The MCP server of one process.
#[derive(Debug)]
pub struct Server {
    tools: Tools,
    listed: OnceLock<Vec<Tool>>,
    info: OnceLock<MetaObject>,
    /// Calls that only read need not be waited for.
    stop: CancellationToken,
    /// Nothing is waited for any more.
    abandon: CancellationToken,
}

impl Server {
    /// A server of these tools. On `stop` reads are given up, on `abandon` everything.
    pub fn new(tools: Tools, stop: CancellationToken, abandon: CancellationToken) -> Self {
        Self { tools, listed: OnceLock::new(), info: OnceLock::new(), stop, abandon }
    }

    fn listed(&self) -> &[Tool] {
        self.listed.get_or_init(|| self.tools.offered().map(tool).collect())
    }

    async fn call(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let operation = match self.tools.find(&request.name) {
            Ok(operation) => operation,
            Err(Refusal::Unknown(text)) => return Err(ErrorData::invalid_params(text, None)),
            Err(refusal) => return Ok(failure(refusal.to_string())),
        };
        let reads = operation.effect == Effect::Read;
        let answer = tokio::select! {
            answer = self.tools.run(operation, request.arguments.unwrap_or_default()) => answer,
            // Dropping the future drops the request; rmcp answers a cancelled call no more.
            () = context.ct.cancelled() => return Ok(failure("Cancelled.".to_owned())),
            () = self.stop.cancelled(), if reads => {
                return Ok(failure("The server was stopped before the answer came. Nothing was changed.".to_owned()));
            }
            () = self.abandon.cancelled() => {
                return Ok(failure(
                    "The server was stopped before the answer came. The change may have taken effect: look before trying again."
                        .to_owned(),
                ));
            }
        };
        Ok(match answer {
            Ok(answer) => {
                let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
                result.structured_content = Some(answer.value);
                result
            }
            Err(refusal) => failure(refusal.to_string()),
        })
    }

    /// `_meta` of a result: the server's name, where the protocol asks for it in every answer.
    fn meta(&self, context: &RequestContext<RoleServer>) -> Option<MetaObject> {
        let modern =
            context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        modern.then(|| {
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

fn implementation() -> Implementation {
    Implementation::new("workos-mcp", env!("CARGO_PKG_VERSION"))
        .with_title("WorkOS")
        .with_description(env!("CARGO_PKG_DESCRIPTION"))
        .with_website_url("https://workos.com/docs/reference")
}

/// Failures go out as text alone: clients show a model either the text or the data.
fn failure(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// An operation as a tool.
pub fn tool(operation: &'static Operation) -> Tool {
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
        let Ok(result) = call.await else {
            return Err(ErrorData::internal_error(
                "this call failed inside the server; if it was a change, it may have taken effect",
                None,
            ));
        };
        let mut result = result?;
        result.meta = self.meta(&context);
        Ok(result.into())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if METHODS.contains(&request.method.as_str()) {
            return Err(ErrorData::invalid_params(format!("invalid params for {}", request.method), None));
        }
        let method: String = request.method.chars().take(80).collect();
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("method not found: {method}"), None))
    }
}
