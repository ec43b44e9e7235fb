"""Drives the server with the Python client.

    client.py legacy|auto|2026-07-28 PROGRAM UPSTREAM TOOLS

UPSTREAM is the URL that `upstream.py` printed, TOOLS a file with what `workos-mcp tools --json`
printed. One line per check; the exit code only says whether all checks were made.
"""

import json
import sys
import urllib.request
from pathlib import Path

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitResult

MODE, PROGRAM, UPSTREAM, TOOLS = sys.argv[1:]
FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
REVISION = "2025-11-25" if MODE == "legacy" else "2026-07-28"
# For one check and for all of them, in seconds; less and more than the clients' own limits.
PATIENCE, LONGEST = 30, 240

loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def seen(what):
    """How often the upstream has seen that."""
    with loopback.open(f"{UPSTREAM}/seen", timeout=5) as answer:
        return json.load(answer).get(what, 0)


async def until(what, count):
    while seen(what) < count:
        await anyio.sleep(0.02)


def connect(*arguments, **options):
    server = StdioServerParameters(
        command=PROGRAM, args=list(arguments), env={"WORKOS_API_KEY": "sk_test_example_clients"}
    )
    return Client(stdio_client(server), mode=MODE, **options)


async def check(name, steps):
    try:
        with anyio.fail_after(PATIENCE):
            await steps()
        print(f"ok      python {MODE}: {name}", flush=True)
    except Exception as error:
        print(f"FAILED  python {MODE}: {name}: {str(error)[:300] or repr(error)}", flush=True)


def succeeded(result):
    """The answer, which is there twice: structured, and as text."""
    text = result.content[0].text
    assert not result.is_error, text
    assert json.loads(text) == result.structured_content, "text and structure differ"
    return result.structured_content


def failed(result, word):
    assert result.is_error, "no error"
    assert result.structured_content is None, "an error with structure"
    assert word in result.content[0].text, result.content[0].text


async def sandbox(client):
    async def revision():
        assert client.protocol_version == REVISION, client.protocol_version
        # Where the client takes a revision for granted, the answers show which one it is.
        meta = (await client.call_tool("whoami", {})).meta or {}
        assert ("io.modelcontextprotocol/serverInfo" in meta) == (MODE != "legacy"), meta

    async def list_tools():
        with open(TOOLS, encoding="utf-8") as file:
            expected = json.load(file)
        listed = [
            tool.model_dump(mode="json", by_alias=True, exclude_none=True)
            for tool in (await client.list_tools()).tools
        ]
        assert [tool["name"] for tool in listed] == [tool["name"] for tool in expected], "names differ"
        assert listed == expected, "tools differ"

    async def call():
        answer = succeeded(await client.call_tool("list_organizations", {"limit": 2}))
        assert answer["data"][0]["name"] == "Example Corp", answer

    async def wrong_arguments():
        failed(await client.call_tool("get_organization", {}), "`id`")

    async def unknown_tool():
        try:
            await client.call_tool("no_such_tool", {})
        except MCPError as error:
            assert error.code == -32602 and "no_such_tool" in error.message, error
        else:
            raise AssertionError("no error")

    await check("revision", revision)
    await check("list", list_tools)
    await check("call", call)
    await check("wrong arguments are a tool error", wrong_arguments)
    await check("unknown tool is a protocol error", unknown_tool)


async def discovery(client):
    async def discover():
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert names == ["whoami", "find_operations", "run_read_operation", "run_write_operation", "run_operations"], names
        found = succeeded(await client.call_tool("find_operations", {"query": "list users", "limit": 1}))
        assert found["operations"][0]["name"] == "list_users", found
        arguments = {"name": "list_users", "arguments": {"fields": ["email"]}}
        answer = succeeded(await client.call_tool("run_read_operation", arguments))
        assert answer["data"][0] == {"email": "jane@example.com"}, answer

    await check("discovery", discover)


async def typed(client):
    """The client holds each answer against the output schema of its tool."""

    async def every_answer():
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        checked = 0
        for file in sorted(FIXTURES.glob("*/*.json")):
            assert tools[file.stem].output_schema, file.stem
            # One after the other in one world: what is deleted is not there for the next.
            if not tools[file.stem].annotations.read_only_hint:
                continue
            arguments = json.loads(file.read_text(encoding="utf-8"))["arguments"]
            succeeded(await client.call_tool(file.stem, arguments))
            checked += 1
        assert checked > 100, checked

    await check("every answer fits its output schema", every_answer)


async def upstream():
    questions, says = [], "decline"

    async def ask(_context, question):
        questions.append(question.message)
        return ElicitResult(action=says, content={} if says == "accept" else None)

    settings = ["--base-url", UPSTREAM, "--timeout", "120", "--max-answer", "4MB"]
    async with connect(*settings, elicitation_callback=ask) as client:

        async def error():
            failed(await client.call_tool("get_organization", {"id": "org_missing"}), "404")

        async def large():
            result = await client.call_tool("list_organizations", {})
            assert len(result.content[0].text) > 1_000_000, len(result.content[0].text)
            names = [organization["name"] for organization in succeeded(result)["data"]]
            assert names == [f"Größe 🎉 {n} " + "x" * 1000 for n in range(1000)], "names differ"

        async def cancel():
            stalled, hung_up = seen("stalled"), seen("hung up")
            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "list_organizations", {"search": "stall"})
                await until("stalled", stalled + 1)
                assert seen("hung up") == hung_up, "hung up before"
                group.cancel_scope.cancel()
            await until("hung up", hung_up + 1)
            assert seen("stalled") == stalled + 1, "sent again"
            succeeded(await client.call_tool("get_organization", {"id": "org_1"}))

        async def delete(action):
            nonlocal says
            questions.clear()
            says, deleted = action, seen("deleted")
            result = await client.call_tool("delete_organization", {"id": "org_1"})
            assert len(questions) == 1 and "Example Corp" in questions[0], questions
            return result, seen("deleted") - deleted

        async def decline():
            result, deletions = await delete("decline")
            failed(result, "declined")
            assert deletions == 0, deletions

        async def accept():
            result, deletions = await delete("accept")
            assert succeeded(result) == {"ok": True}, result
            assert deletions == 1, deletions

        await check("an error of the API is a tool error", error)
        await check("large answer", large)
        async def pages():
            seen_so_far = []

            async def progress(items, most, _message):
                seen_so_far.append((items, most))

            arguments = {"search": "pages", "max_items": 240, "fields": ["id"]}
            result = await client.call_tool("list_organizations", arguments, progress_callback=progress)
            answer = succeeded(result)
            assert answer["data"] == [{"id": f"org_{n}"} for n in range(240)], answer
            assert answer["list_metadata"] == {"after": "org_239"}, answer
            assert seen_so_far == [(100, 240), (200, 240)], seen_so_far

        await check("pages, fields and progress", pages)
        await check("cancelling hangs up", cancel)
        await check("declining does not delete", decline)
        await check("accepting deletes", accept)


async def main():
    with anyio.fail_after(LONGEST):
        async with connect("--sandbox", "--toolsets", "all") as client:
            await sandbox(client)
        async with connect("--sandbox", "--toolsets", "none") as client:
            await discovery(client)
        defaults = ["--client-id", "client_example", "--redirect-uri", "https://example.com/callback"]
        async with connect("--sandbox", "--toolsets", "all", "--output-schemas", "--confirm", "never", *defaults) as client:
            await typed(client)
        await upstream()


anyio.run(main)
