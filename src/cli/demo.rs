//! `workos-mcp demo`: a customer comes, is looked at, changed and gone again, and a sign-in that fails is
//! looked into; over MCP, on the sandbox.

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
        let outcome = tell(&mut session).await;
        let end = session.end().await;
        outcome.and(end).map(|()| ExitCode::SUCCESS)
    })
}

async fn tell(session: &mut Session) -> anyhow::Result<()> {
    print("`workos-mcp --sandbox` runs as a subprocess, and what an agent would say to it goes through its")?;
    print(
        "pipes. The sandbox is a small WorkOS in memory: all data is made up, and changes are real in it.\n",
    )?;
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
    let customer = onboard(session).await?;
    look(session, &customer).await?;
    sign_in(session).await?;
    diagnose(session).await?;
    undo(session, &customer).await?;
    print("Done. Add your API key and a config entry (README.md), and an agent can do the same for real.")?;
    Ok(())
}

/// A customer comes. Answers the ID of its organization.
async fn onboard(session: &mut Session) -> anyhow::Result<String> {
    print("1. Onboard a customer, Harborlight Clinics.\n")?;
    let organization = session
        .step(
            "Create the organization, with the domain that its people sign in from.",
            "create_organization",
            json!({
                "name": "Harborlight Clinics",
                "external_id": "crm-4711",
                "domain_data": [{ "domain": "harborlight.example", "state": "pending" }],
            }),
            &["/id", "/domains/0/id", "/domains/0/state"],
        )
        .await?;
    let id = text(&organization, "/id");
    session
        .step(
            "The DNS record is there. Verify the domain.",
            "verify_organization_domain",
            json!({ "id": text(&organization, "/domains/0/id") }),
            &["/state"],
        )
        .await?;
    let invitation = session
        .step(
            "Invite the first admin, who accepts.",
            "send_invitation",
            json!({ "email": "iris@harborlight.example", "organization_id": id, "role_slug": "admin" }),
            &["/id", "/state"],
        )
        .await?;
    session.step("", "accept_invitation", json!({ "id": text(&invitation, "/id") }), &["/state"]).await?;
    session
        .step(
            "Make a link for the customer's IT admin, who sets up SSO in the Admin Portal.",
            "generate_portal_link",
            json!({ "organization_id": id, "intent": "sso" }),
            &["/link"],
        )
        .await?;
    Ok(id)
}

/// What was done is there, and changes.
async fn look(session: &mut Session, customer: &str) -> anyhow::Result<()> {
    print("2. Look at what is there now, and change it.\n")?;
    session
        .step(
            "Who belongs to the customer?",
            "list_organization_memberships",
            json!({ "organization_id": customer }),
            &["/data/0/user_id", "/data/0/status", "/data/0/role/slug"],
        )
        .await?;
    session
        .step(
            "They upgrade.",
            "update_organization",
            json!({ "id": customer, "metadata": { "plan": "enterprise" } }),
            &["/name", "/metadata/plan"],
        )
        .await?;
    session
        .refusal(
            "Somebody onboards them a second time. The rules of WorkOS hold here, too.",
            "create_organization",
            json!({ "name": "Harborlight", "external_id": "crm-4711" }),
        )
        .await
}

/// Somebody of a customer that was there before signs in.
async fn sign_in(session: &mut Session) -> anyhow::Result<()> {
    print("3. Let people in.\n")?;
    let found = session
        .step(
            "Bluebird Health has a directory. See who is in it.",
            "list_directories",
            json!({ "search": "bluebird", "limit": 1 }),
            &["/data/0/id", "/data/0/organization_id", "/data/0/metadata/users/active"],
        )
        .await?;
    let people = json!({ "directory_id": text(&found, "/data/0/id"), "limit": 1 });
    session.step("", "list_directory_users", people, &["/data/0/email", "/data/0/state"]).await?;
    let organization = text(&found, "/data/0/organization_id");
    let link = session
        .step(
            "Make the URL that starts a sign-in. Here nobody needs to open it.",
            "get_sso_authorization_url",
            json!({ "organization_id": organization, "client_id": CLIENT_ID, "redirect_uri": "https://app.example/callback" }),
            &["/code"],
        )
        .await?;
    session
        .step(
            "The browser comes back with that code. Exchange it for the profile.",
            "get_sso_profile_and_token",
            json!({ "code": text(&link, "/code"), "client_id": CLIENT_ID }),
            &["/profile/email", "/profile/connection_type"],
        )
        .await?;
    session
        .step(
            "Record it for the customer's audit log.",
            "create_audit_log_event",
            json!({
                "organization_id": organization,
                "event": {
                    "action": "user.signed_in",
                    "occurred_at": "2026-01-15T12:00:00.000Z",
                    "actor": { "id": "user_17", "type": "user" },
                    "targets": [{ "id": organization, "type": "organization" }],
                    "context": { "location": "192.0.2.17" },
                },
            }),
            &["/success"],
        )
        .await?;
    Ok(())
}

/// A customer cannot sign in.
async fn diagnose(session: &mut Session) -> anyhow::Result<()> {
    print("4. Diagnose: \u{201c}nobody at Fjord Robotics can sign in\u{201d}.\n")?;
    let found = session
        .step(
            "Find the customer.",
            "list_organizations",
            json!({ "search": "fjord" }),
            &["/data/0/id", "/data/0/name"],
        )
        .await?;
    let id = text(&found, "/data/0/id");
    session
        .step(
            "What do their sign-ins fail with?",
            "list_events",
            json!({ "events": ["authentication.sso_failed"], "organization_id": id }),
            &["/data/0/created_at", "/data/0/data/error/message"],
        )
        .await?;
    let connections = session
        .step(
            "Look at their connection and its certificate.",
            "list_connections",
            json!({ "organization_id": id }),
            &["/data/0/id", "/data/0/state"],
        )
        .await?;
    session
        .step(
            "",
            "list_saml_idp_signing_certs",
            json!({ "connection_id": text(&connections, "/data/0/id") }),
            &["/data/0/not_after"],
        )
        .await?;
    print(
        "The certificate is over. Their IT admin gets a portal link with the intent certificate_renewal.\n",
    )?;
    Ok(())
}

/// The new customer goes, with all that belongs to it.
async fn undo(session: &mut Session, customer: &str) -> anyhow::Result<()> {
    print("5. Undo.\n")?;
    session
        .step("Delete the new organization.", "delete_organization", json!({ "id": customer }), &["/ok"])
        .await?;
    session
        .refusal("It is gone, with its domain and members.", "get_organization", json!({ "id": customer }))
        .await?;
    session
        .step(
            "What happened is still known.",
            "list_events",
            json!({ "events": ["organization.created", "organization.deleted"], "organization_id": customer }),
            &["/data/0/event", "/data/0/context/actor/name", "/data/1/event"],
        )
        .await?;
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
            .args(["--sandbox", "--toolsets", "all"])
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
        let mut result = self.call(story, tool, arguments).await?;
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

    /// The same where the call must be refused.
    async fn refusal(&mut self, story: &str, tool: &str, arguments: Value) -> anyhow::Result<()> {
        let result = self.call(story, tool, arguments).await?;
        if result["isError"] != true {
            bail!("{tool} was not refused");
        }
        print(format!("  ✗ {}\n", text(&result, "/content/0/text")))?;
        Ok(())
    }

    async fn call(&mut self, story: &str, tool: &str, arguments: Value) -> anyhow::Result<Value> {
        if !story.is_empty() {
            print(story)?;
        }
        print(format!("  → {tool} {arguments}"))?;
        self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await
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
