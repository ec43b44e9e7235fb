//! `workos-mcp demo`: an onboarding from start to end, over MCP, on the sandbox.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::process::{block_on, print};

/// The longest wait for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const CLIENT_ID: &str = "client_01EXAMPLE0CLIENT";

/// Starts this program as a subprocess on the sandbox and talks MCP to it.
pub fn run() -> anyhow::Result<ExitCode> {
    block_on(async {
        let mut session = Session::start()?;
        let outcome = onboard(&mut session).await;
        let end = session.end().await;
        outcome.and(end).map(|()| ExitCode::SUCCESS)
    })
}

async fn onboard(session: &mut Session) -> anyhow::Result<()> {
    print("A new customer, Example Corp, is onboarded: `workos-mcp --sandbox` runs as a subprocess,")?;
    print("and what an agent would say to it goes through its pipes. All data is made up.\n")?;

    let hello = session
        .request(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "workos-mcp demo", "version": env!("CARGO_PKG_VERSION") },
            }),
        )
        .await?;
    session.notify("notifications/initialized").await?;
    let tools = session.request("tools/list", json!({})).await?;
    print(format!(
        "Connected to {} {}: MCP {}, {} tools.\n",
        text(&hello, "/serverInfo/name"),
        text(&hello, "/serverInfo/version"),
        text(&hello, "/protocolVersion"),
        tools["tools"].as_array().map_or(0, Vec::len),
    ))?;

    let organization = session
        .step(
            "Create the organization, with the domain that its people sign in from.",
            "create_organization",
            json!({ "name": "Example Corp", "domain_data": [{ "domain": "example.com", "state": "pending" }] }),
            &["/id", "/name", "/domains/0/domain"],
        )
        .await?;
    let id = text(&organization, "/id");
    session
        .step(
            "Make a link for the customer's IT admin, who sets up SSO in the Admin Portal.",
            "generate_portal_link",
            json!({ "organization": id, "intent": "sso" }),
            &["/link"],
        )
        .await?;
    session
        .step(
            "SSO is set up. Make the URL that starts a sign-in.",
            "get_sso_authorization_url",
            json!({ "organization": id, "client_id": CLIENT_ID, "redirect_uri": "https://example.com/callback" }),
            &["/url"],
        )
        .await?;
    session
        .step(
            "The user comes back with a code. Exchange it for the profile.",
            "get_sso_profile_and_token",
            json!({ "code": "example_code", "client_id": CLIENT_ID }),
            &["/profile/id", "/profile/email", "/profile/connection_type"],
        )
        .await?;
    session
        .step(
            "The directory is connected too. See who is in it.",
            "list_directory_users",
            json!({ "directory": "directory_01EXAMPLE0DIRECTORY", "limit": 5 }),
            &["/data/0/id", "/data/0/email", "/data/0/state"],
        )
        .await?;
    session
        .step(
            "Record the sign-in for the customer's audit log.",
            "create_audit_log_event",
            json!({
                "organization_id": id,
                "event": {
                    "action": "user.signed_in",
                    "occurred_at": "2026-01-15T12:00:00.000Z",
                    "actor": { "id": "user_01EXAMPLE0USER", "type": "user" },
                    "targets": [{ "id": id, "type": "organization" }],
                    "context": { "location": "192.0.2.17" },
                },
            }),
            &["/success", "/idempotency_key"],
        )
        .await?;
    print("Done. Add your API key and a config entry (README.md), and an agent can do the same for real.")?;
    Ok(())
}

/// A subprocess and its pipes.
struct Session {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    requests: u64,
}

impl Session {
    fn start() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("this program's own path is unknown")?;
        let mut command = Command::new(program);
        // The settings of whoever runs the demo are for the real API.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WORKOS_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .arg("--sandbox")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the subprocess does not start")?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the subprocess has no pipes");
        };
        Ok(Self { child, input, output: BufReader::new(output).lines(), requests: 0 })
    }

    async fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        self.input.write_all(format!("{message}\n").as_bytes()).await.context("the subprocess does not read")
    }

    async fn notify(&mut self, method: &str) -> anyhow::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method })).await
    }

    async fn request(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await?;
        loop {
            let line = tokio::time::timeout(ANSWER_TIMEOUT, self.output.next_line())
                .await
                .with_context(|| format!("no answer to {method}"))??
                .with_context(|| format!("the subprocess ended instead of answering {method}"))?;
            let mut answer: Value = serde_json::from_str(&line).context("the subprocess answered no JSON")?;
            if answer["id"] == id {
                if let Some(error) = answer.get("error") {
                    bail!("{method}: {error}");
                }
                return Ok(answer["result"].take());
            }
        }
    }

    /// Calls a tool and shows what an agent would see of it.
    async fn step(
        &mut self,
        story: &str,
        tool: &str,
        arguments: Value,
        shown: &[&str],
    ) -> anyhow::Result<Value> {
        print(story)?;
        print(format!("  → {tool} {arguments}"))?;
        let mut result = self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await?;
        if result["isError"] == true {
            bail!("{tool}: {}", text(&result, "/content/0/text"));
        }
        let answer = result["structuredContent"].take();
        for pointer in shown {
            let value =
                answer.pointer(pointer).with_context(|| format!("{tool} answered without {pointer}"))?;
            print(format!("  ← {} = {}", pointer.trim_start_matches('/').replace('/', "."), value))?;
        }
        print("")?;
        Ok(answer)
    }

    async fn end(mut self) -> anyhow::Result<()> {
        drop(self.input);
        let status = tokio::time::timeout(ANSWER_TIMEOUT, self.child.wait())
            .await
            .context("the subprocess does not end")??;
        if !status.success() {
            bail!("the subprocess ended with {status}");
        }
        Ok(())
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
