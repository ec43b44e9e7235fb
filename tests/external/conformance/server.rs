//! The server with what the MCP conformance suite wants beside it: tools, prompts and
//! resources that exist for `tests/external/conformance.sh` alone.
//!
//! The pipe and the WorkOS tools are those of `workos-mcp`, on the sandbox; whatever this file
//! does not know goes on to the real handler. Only the feature `conformance` builds it.

#![expect(deprecated, reason = "the suite asks for sampling, logging and subscriptions too")]

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, CustomRequest, CustomResult,
    DiscoverResult, ErrorData, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
    InputRequiredResult, InputResponses, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, RequestStateCodec, SealOptions,
    ServerConfig, SetLevelRequestParams, SubscribeRequestParams, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt};
use rmcp::transport::stdio_pipes;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use workos_mcp::client::Client;
use workos_mcp::mcp::handler::Server;
use workos_mcp::mcp::stdio::{Shutdown, Stdio};
use workos_mcp::tools::policy::Policy;
use workos_mcp::tools::selection::Selection;
use workos_mcp::tools::toolbox::Toolbox;

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

/// The names that are answered here. All others are those of the server.
const TOOLS: &[&str] = &[
    "test_audio_content",
    "test_elicitation",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_embedded_resource",
    "test_error_handling",
    "test_image_content",
    "test_input_required_result_capabilities",
    "test_input_required_result_elicitation",
    "test_input_required_result_list_roots",
    "test_input_required_result_multi_round",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_request_state",
    "test_input_required_result_sampling",
    "test_input_required_result_tampered_state",
    "test_logging_tool",
    "test_missing_capability",
    "test_multiple_content_types",
    "test_sampling",
    "test_simple_text",
    "test_streaming_elicitation",
    "test_tool_with_logging",
    "test_tool_with_progress",
];

struct Conformance {
    server: Server,
    codec: RequestStateCodec,
}

/// Written down as JSON, since the suite says in JSON what it wants.
fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value).map_err(internal)
}

/// A result; rmcp drops its type for clients that came with a handshake.
fn result<T: DeserializeOwned>(mut value: Value) -> Result<T, ErrorData> {
    value["resultType"] = "complete".into();
    typed(value)
}

fn internal(error: impl std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

fn text(text: impl Into<Value>) -> Value {
    json!({ "type": "text", "text": text.into() })
}

fn image() -> Value {
    json!({ "type": "image", "data": PNG, "mimeType": "image/png" })
}

fn embedded(uri: &str, mime_type: &str, text: &str) -> Value {
    json!({ "type": "resource", "resource": { "uri": uri, "mimeType": mime_type, "text": text } })
}

fn elicitation(message: &str, field: &str, kind: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { field: { "type": kind } }, "required": [field] });
    json!({ "method": "elicitation/create", "params": { "message": message, "requestedSchema": schema } })
}

fn sampling(prompt: &str) -> Value {
    let messages = json!([{ "role": "user", "content": text(prompt) }]);
    json!({ "method": "sampling/createMessage", "params": { "messages": messages, "maxTokens": 100 } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

/// What the client is asked in the given round of a call that wants input.
fn asked(name: &str, round: u8, declared: &ClientCapabilities) -> Option<Value> {
    Some(match (name, round) {
        ("test_input_required_result_elicitation" | "test_streaming_elicitation", 1) => {
            json!({ "user_name": elicitation("What is your name?", "name", "string") })
        }
        ("test_input_required_result_sampling", 1) => {
            json!({ "capital_question": sampling("What is the capital of France?") })
        }
        ("test_input_required_result_list_roots", 1) => json!({ "client_roots": roots() }),
        ("test_input_required_result_request_state" | "test_input_required_result_tampered_state", 1) => {
            json!({ "confirm": elicitation("Please confirm", "ok", "boolean") })
        }
        ("test_input_required_result_multiple_inputs", 1) => json!({
            "user_name": elicitation("What is your name?", "name", "string"),
            "greeting": sampling("Generate a greeting"),
            "client_roots": roots(),
        }),
        ("test_input_required_result_multi_round", 1) => {
            json!({ "step1": elicitation("Step 1: What is your name?", "name", "string") })
        }
        ("test_input_required_result_multi_round", 2) => {
            json!({ "step2": elicitation("Step 2: What is your favorite color?", "color", "string") })
        }
        ("test_input_required_result_capabilities", 1) => {
            let mut asked = json!({});
            if declared.elicitation.is_some() {
                asked["elicit"] = elicitation("What is your name?", "name", "string");
            }
            if declared.sampling.is_some() {
                asked["sample"] = sampling("Generate a greeting");
            }
            asked
        }
        ("test_input_required_result_prompt", 1) => {
            json!({ "user_context": elicitation("What context should the prompt use?", "context", "string") })
        }
        _ => return None,
    })
}

/// Whether a call of this name carries its round in a sealed state.
fn is_sealed(name: &str) -> bool {
    ["_request_state", "_tampered_state", "_multiple_inputs", "_multi_round"]
        .iter()
        .any(|end| name.ends_with(end))
}

impl Conformance {
    /// The next question of a call that wants input; `None` when all were answered.
    fn ask(
        &self,
        name: &str,
        state: Option<&str>,
        answers: Option<&InputResponses>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Option<InputRequiredResult>, ErrorData> {
        let options = SealOptions::new().associated_data(name.as_bytes()).ttl(Duration::from_secs(60));
        let mut round = 1;
        if is_sealed(name)
            && let Some(state) = state
        {
            let opened = self.codec.open_with(state, name.as_bytes()).map_err(|error| {
                ErrorData::invalid_params(format!("the state does not hold: {error}"), None)
            })?;
            round = opened.first().copied().unwrap_or(1);
        }
        let declared = context.client_capabilities().unwrap_or_default();
        let mut asked_now = asked(name, round, &declared);
        let answered = asked_now.as_ref().and_then(Value::as_object).is_some_and(|asked| {
            !asked.is_empty()
                && asked
                    .keys()
                    .all(|key| answers.and_then(|answers| answers.get(key)).is_some_and(Value::is_object))
        });
        if answered && (state.is_some() || !is_sealed(name)) {
            round += 1;
            asked_now = asked(name, round, &declared);
        }
        let Some(requests) = asked_now else { return Ok(None) };
        let state = is_sealed(name).then(|| self.codec.seal_with(&[round], &options));
        Ok(Some(InputRequiredResult::new(Some(typed(requests)?), state)))
    }

    async fn call(
        &self,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.as_ref();
        let argument = |name: &str| {
            request.arguments.as_ref().and_then(|arguments| arguments.get(name)?.as_str()).unwrap_or_default()
        };
        let said = match name {
            "test_simple_text" => json!([text("This is a simple text response for testing.")]),
            "test_image_content" => json!([image()]),
            "test_audio_content" => json!([{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }]),
            "test_embedded_resource" => {
                let body = "This is an embedded resource content.";
                json!([embedded("test://embedded-resource", "text/plain", body)])
            }
            "test_multiple_content_types" => {
                let body = r#"{"test":"data","value":123}"#;
                let resource = embedded("test://mixed-content-resource", "application/json", body);
                json!([text("Multiple content types test:"), image(), resource])
            }
            "test_error_handling" => {
                let said = json!([text("This tool intentionally returns an error for testing")]);
                return Ok(result::<CallToolResult>(json!({ "content": said, "isError": true }))?.into());
            }
            "test_tool_with_progress" => {
                for progress in [0.0, 50.0, 100.0] {
                    if let Some(token) = context.meta.get_progress_token() {
                        let progress = ProgressNotificationParam::new(token, progress).with_total(100.0);
                        context.peer.notify_progress(progress).await.map_err(internal)?;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                json!([text("Done.")])
            }
            "test_tool_with_logging" | "test_logging_tool" => {
                log(context).await?;
                json!([text("Done.")])
            }
            "test_missing_capability" => {
                let declared = context.client_capabilities().unwrap_or_default();
                if declared.sampling.is_none() {
                    let needed = typed(json!({ "sampling": {} }))?;
                    return Err(ErrorData::missing_required_client_capability(needed));
                }
                json!([text("Done.")])
            }
            "test_sampling" => {
                let answer =
                    context.peer.create_message(typed(sampling(argument("prompt"))["params"].take())?).await;
                let answer = serde_json::to_string(&answer.map_err(internal)?).map_err(internal)?;
                json!([text(format!("LLM response: {answer}"))])
            }
            "test_elicitation" | "test_elicitation_sep1034_defaults" | "test_elicitation_sep1330_enums" => {
                let params = json!({ "message": argument("message"), "requestedSchema": form(name) });
                let answer = context.peer.create_elicitation(typed(params)?).await.map_err(internal)?;
                let answer = serde_json::to_string(&answer).map_err(internal)?;
                json!([text(format!("Elicitation completed: {answer}"))])
            }
            _ => {
                let answers = request.input_responses.as_ref();
                if let Some(question) = self.ask(name, request.request_state.as_deref(), answers, context)? {
                    return Ok(CallToolResponse::InputRequired(question));
                }
                json!([text(format!("state-ok: {}", json!(answers)))])
            }
        };
        Ok(result::<CallToolResult>(json!({ "content": said }))?.into())
    }
}

/// Three messages, where the client may be sent them: without a handshake it must ask for them.
async fn log(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    let modern = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    if modern && context.meta.log_level().is_none() {
        return Ok(());
    }
    for data in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        let message = typed(json!({ "level": "info", "data": data }))?;
        context.peer.notify_logging_message(message).await.map_err(internal)?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The form that a tool shows to the user.
fn form(name: &str) -> Value {
    let titled = |values: [&str; 3]| -> Value {
        values.iter().map(|value| json!({ "const": value, "title": format!("Option {value}") })).collect()
    };
    let properties = match name {
        "test_elicitation_sep1034_defaults" => json!({
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
            "verified": { "type": "boolean", "default": true },
        }),
        "test_elicitation_sep1330_enums" => json!({
            "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
            "titledSingle": { "type": "string", "oneOf": titled(["value1", "value2", "value3"]) },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {
                "type": "array",
                "items": { "type": "string", "enum": ["option1", "option2", "option3"] },
            },
            "titledMulti": { "type": "array", "items": { "anyOf": titled(["value1", "value2", "value3"]) } },
        }),
        _ => json!({ "username": { "type": "string" }, "email": { "type": "string" } }),
    };
    json!({ "type": "object", "properties": properties })
}

impl ServerHandler for Conformance {
    fn get_info(&self) -> ServerConfig {
        let mut info = self.server.get_info();
        let mut features = json!({ "completions": {}, "logging": {}, "prompts": {}, "tools": {} });
        features["resources"] = json!({ "subscribe": true });
        info.capabilities = serde_json::from_value(features).unwrap_or_default();
        info
    }

    /// What there is without a handshake: logging and subscribing to a resource are gone there.
    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let mut answer = self.server.discover(context).await?;
        answer.capabilities =
            typed(json!({ "completions": {}, "prompts": {}, "resources": {}, "tools": {} }))?;
        Ok(answer)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.server.supported_protocol_versions()
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut list = self.server.list_tools(request, context).await?;
        for name in TOOLS {
            let schema = json!({ "type": "object" });
            let tool = json!({ "name": name, "description": "For the suite.", "inputSchema": schema });
            list.tools.push(typed(tool)?);
        }
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.server.get_tool(name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if TOOLS.contains(&request.name.as_ref()) {
            self.call(&request, &context).await
        } else {
            self.server.call_tool(request, context).await
        }
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let with = |names: &[&str]| -> Value {
            names.iter().map(|name| json!({ "name": name, "required": true })).collect()
        };
        let prompt = |name, arguments| json!({ "name": name, "description": "For the suite.", "arguments": arguments });
        result(json!({ "prompts": [
            prompt("test_simple_prompt", with(&[])),
            prompt("test_prompt_with_arguments", with(&["arg1", "arg2"])),
            prompt("test_prompt_with_embedded_resource", with(&["resourceUri"])),
            prompt("test_prompt_with_image", with(&[])),
            prompt("test_input_required_result_prompt", with(&[])),
        ] }))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let argument = |name: &str| {
            request.arguments.as_ref().and_then(|arguments| arguments.get(name)?.as_str()).unwrap_or_default()
        };
        let contents = match request.name.as_str() {
            "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
            "test_prompt_with_arguments" => {
                let (first, second) = (argument("arg1"), argument("arg2"));
                vec![text(format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))]
            }
            "test_prompt_with_embedded_resource" => {
                let body = "Embedded resource content for testing.";
                let resource = embedded(argument("resourceUri"), "text/plain", body);
                vec![resource, text("Please process the embedded resource above.")]
            }
            "test_prompt_with_image" => vec![image(), text("Please analyze the image above.")],
            name @ "test_input_required_result_prompt" => {
                let answers = request.input_responses.as_ref();
                if let Some(question) = self.ask(name, request.request_state.as_deref(), answers, &context)? {
                    return Ok(GetPromptResponse::InputRequired(question));
                }
                vec![text(json!(answers).to_string())]
            }
            name => return Err(ErrorData::invalid_params(format!("unknown prompt `{name}`"), None)),
        };
        let messages: Value =
            contents.into_iter().map(|content| json!({ "role": "user", "content": content })).collect();
        Ok(GetPromptResponse::Complete(result::<GetPromptResult>(json!({ "messages": messages }))?))
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = |uri, name| json!({ "uri": uri, "name": name, "description": "For the suite." });
        result(json!({ "resources": [
            resource("test://static-text", "Text"),
            resource("test://static-binary", "Image"),
            resource("test://watched-resource", "Watched"),
        ] }))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        result(
            json!({ "resourceTemplates": [{ "uriTemplate": "test://template/{id}/data", "name": "Data" }] }),
        )
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri.as_str();
        let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
        let mut content = match (uri, id) {
            ("test://static-text", _) => {
                json!({ "mimeType": "text/plain", "text": "This is the content of the static text resource." })
            }
            ("test://watched-resource", _) => {
                json!({ "mimeType": "text/plain", "text": "It never changes." })
            }
            ("test://static-binary", _) => json!({ "mimeType": "image/png", "blob": PNG }),
            (_, Some(id)) => {
                let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
                json!({ "mimeType": "application/json", "text": data.to_string() })
            }
            _ => {
                return Err(ErrorData::resource_not_found("resource not found", Some(json!({ "uri": uri }))));
            }
        };
        content["uri"] = uri.into();
        Ok(ReadResourceResponse::Complete(result::<ReadResourceResult>(json!({ "contents": [content] }))?))
    }

    async fn set_level(
        &self,
        _request: SetLevelRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    // Nothing here changes, so there is nothing to remember.
    async fn subscribe(
        &self,
        _request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        self.server.on_custom_request(request, context).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let client = Client::builder().sandbox(true).build();
    let toolbox = Arc::new(Toolbox::new(client, Selection::default().resolve()?, Policy::default()));
    let shutdown = Shutdown::default();
    let server = Server::new(toolbox, shutdown.clone(), CancellationToken::new());
    let codec = RequestStateCodec::try_new(b"a key for the conformance suite.".to_vec())?;

    let (reader, writer) = stdio_pipes();
    let running = Box::pin(Conformance { server, codec }.serve(Stdio::new(reader, writer, shutdown))).await?;
    running.waiting().await?;
    // A blocking read of stdin cannot be interrupted.
    std::process::exit(0)
}
