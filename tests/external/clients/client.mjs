// Drives the server with a TypeScript client, or has the Inspector look at it.
//
//   client.mjs v1|v2|inspector MODE PROGRAM UPSTREAM TOOLS
//
// MODE is legacy, auto or 2026-07-28 (for the Inspector legacy or modern), UPSTREAM the URL that
// `upstream.py` printed, TOOLS a file with what `workos-mcp tools --json` printed. The packages
// are found beside this file. One line per check; the exit code only says whether all were made.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [kind, mode, program, upstream, toolsFile] = process.argv.slice(2);
const tools = JSON.parse(readFileSync(toolsFile, 'utf8'));
const sandboxed = ['--sandbox', '--toolsets', 'all'];
// For one check and for all of them, in milliseconds.
const PATIENCE = 30_000;
const LONGEST = 240_000;

setTimeout(() => process.exit(3), LONGEST).unref();

async function check(name, steps) {
  const end = new AbortController();
  const late = sleep(PATIENCE, null, { signal: end.signal }).then(() => assert.fail('took too long'));
  try {
    await Promise.race([steps(), late]);
    console.log(`ok      ${kind} ${mode}: ${name}`);
  } catch (error) {
    console.log(`FAILED  ${kind} ${mode}: ${name}: ${error.message.replaceAll('\n', ' ').slice(0, 300)}`);
  } finally {
    late.catch(() => {});
    end.abort();
  }
}

/** How often the upstream has seen that. */
async function seen(what) {
  return (await (await fetch(`${upstream}/seen`)).json())[what] ?? 0;
}

async function until(what, count) {
  const end = Date.now() + PATIENCE;
  while ((await seen(what)) < count && Date.now() < end) await sleep(20);
}

/** The answer, which is there twice: structured, and as text. */
function succeeded(result) {
  assert(!result.isError, result.content[0].text);
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  return result.structuredContent;
}

/** A call of every operation; `clients.sh` runs this in the root of the repository. */
function* examples() {
  const fixtures = 'fixtures/';
  for (const toolset of readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    for (const file of readdirSync(`${fixtures}${toolset.name}`)) {
      const fixture = JSON.parse(readFileSync(`${fixtures}${toolset.name}/${file}`, 'utf8'));
      yield [file.replace('.json', ''), fixture.arguments];
    }
  }
}

function failed(result, pattern) {
  assert.equal(result.isError, true);
  assert.equal(result.structuredContent, undefined);
  assert.match(result.content[0].text, pattern);
}

/** What the two TypeScript clients do each in its own way. */
async function load() {
  const info = { name: 'clients', version: '1' };
  const capabilities = { elicitation: { form: {} } };
  if (kind === 'v1') {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
    return {
      Transport: class extends StdioClientTransport {
        setProtocolVersion(revision) {
          this.revision = revision;
        }
      },
      client: () => new Client(info, { capabilities }),
      revision: (client) => client.transport.revision,
      call: (client, name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
      onQuestion: (client, answer) => client.setRequestHandler(ElicitRequestSchema, answer),
    };
  }
  const { Client } = await import('@modelcontextprotocol/client');
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
  const versionNegotiation = { mode: mode === '2026-07-28' ? { pin: mode } : mode };
  return {
    Transport: StdioClientTransport,
    client: () => new Client(info, { capabilities, versionNegotiation }),
    revision: (client) => client.getNegotiatedProtocolVersion(),
    call: (client, name, args, options) => client.callTool({ name, arguments: args }, options),
    onQuestion: (client, answer) => client.setRequestHandler('elicitation/create', answer),
  };
}

async function typescript() {
  const api = await load();
  const questions = [];
  let says;
  const connect = async (args) => {
    const client = api.client();
    api.onQuestion(client, async (question) => {
      questions.push(question.params.message);
      return { action: says, ...(says === 'accept' && { content: {} }) };
    });
    const env = { WORKOS_API_KEY: 'sk_test_example_clients' };
    await client.connect(new api.Transport({ command: program, args, env }));
    return client;
  };

  let client = await connect(sandboxed);
  const call = (name, args, options) => api.call(client, name, args, options);
  await check('revision', async () => {
    assert.equal(api.revision(client), mode === 'legacy' ? '2025-11-25' : '2026-07-28');
  });
  await check('list', async () => {
    const listed = (await client.listTools()).tools;
    assert.deepEqual(listed.map((tool) => tool.name), tools.map((tool) => tool.name));
    assert.deepEqual(listed, tools);
  });
  await check('call', async () => {
    const answer = succeeded(await call('list_organizations', { limit: 2 }));
    assert.equal(answer.data[0].name, 'Example Corp');
  });
  await check('wrong arguments are a tool error', async () => {
    failed(await call('get_organization', {}), /`id`/);
  });
  await check('unknown tool is a protocol error', async () => {
    await assert.rejects(call('no_such_tool', {}), { code: -32602, message: /no_such_tool/ });
  });
  await client.close();

  client = await connect(['--sandbox', '--toolsets', 'none']);
  await check('discovery', async () => {
    const names = (await client.listTools()).tools.map((tool) => tool.name);
    assert.deepEqual(names, ['whoami', 'find_operations', 'run_read_operation', 'run_write_operation', 'run_operations']);
    const found = succeeded(await call('find_operations', { query: 'list users', limit: 1 }));
    assert.equal(found.operations[0].name, 'list_users');
    const users = { name: 'list_users', arguments: { fields: ['email'] } };
    assert.deepEqual(succeeded(await call('run_read_operation', users)).data[0], { email: 'jane@example.com' });
  });
  await client.close();

  // The client holds each answer against the output schema of its tool.
  const defaults = ['--client-id', 'client_example', '--redirect-uri', 'https://example.com/callback'];
  client = await connect([...sandboxed, '--output-schemas', '--confirm', 'never', ...defaults]);
  await check('every answer fits its output schema', async () => {
    const listed = (await client.listTools()).tools;
    let checked = 0;
    for (const [name, args] of examples()) {
      const tool = listed.find((tool) => tool.name === name);
      assert(tool.outputSchema, name);
      // One after the other in one world: what is deleted is not there for the next.
      if (!tool.annotations.readOnlyHint) continue;
      succeeded(await call(name, args));
      checked += 1;
    }
    assert(checked > 100, checked);
  });
  await client.close();

  client = await connect(['--base-url', upstream, '--timeout', '120', '--max-answer', '4MB']);
  await check('an error of the API is a tool error', async () => {
    failed(await call('get_organization', { id: 'org_missing' }), /404/);
  });
  await check('large answer', async () => {
    const result = await call('list_organizations', {});
    assert(result.content[0].text.length > 1_000_000, `${result.content[0].text.length} characters`);
    const names = Array.from({ length: 1000 }, (_, n) => `Größe 🎉 ${n} ${'x'.repeat(1000)}`);
    assert.deepEqual(succeeded(result).data.map((organization) => organization.name), names);
  });
  await check('pages, fields and progress', async () => {
    const reported = [];
    const onprogress = ({ progress, total }) => reported.push([progress, total]);
    const args = { search: 'pages', max_items: 240, fields: ['id'] };
    const answer = succeeded(await call('list_organizations', args, { onprogress }));
    assert.deepEqual(answer.data, Array.from({ length: 240 }, (_, n) => ({ id: `org_${n}` })));
    assert.deepEqual(answer.list_metadata, { after: 'org_239' });
    assert.deepEqual(reported, [[100, 240], [200, 240]]);
  });
  await check('cancelling hangs up', async () => {
    const [stalled, hungUp] = [await seen('stalled'), await seen('hung up')];
    const cancel = new AbortController();
    const stopped = assert.rejects(call('list_organizations', { search: 'stall' }, { signal: cancel.signal }));
    await until('stalled', stalled + 1);
    assert.equal(await seen('hung up'), hungUp);
    cancel.abort();
    await stopped;
    await until('hung up', hungUp + 1);
    assert.deepEqual([await seen('stalled'), await seen('hung up')], [stalled + 1, hungUp + 1]);
    succeeded(await call('get_organization', { id: 'org_1' }));
  });
  const remove = async (action) => {
    questions.length = 0;
    says = action;
    const deleted = await seen('deleted');
    const result = await call('delete_organization', { id: 'org_1' });
    assert.equal(questions.length, 1);
    assert.match(questions[0], /Example Corp/);
    return [result, (await seen('deleted')) - deleted];
  };
  await check('declining does not delete', async () => {
    const [result, deletions] = await remove('decline');
    failed(result, /declined/);
    assert.equal(deletions, 0);
  });
  await check('accepting deletes', async () => {
    const [result, deletions] = await remove('accept');
    assert.deepEqual(succeeded(result), { ok: true });
    assert.equal(deletions, 1);
  });
  await client.close();
}

/** The Inspector's command line; it needs a newer Node than the other clients. */
async function inspector() {
  const modules = fileURLToPath(new URL('node_modules/', import.meta.url));
  const inspect = (...args) => {
    const started = spawnSync(
      `${modules}node/bin/node`,
      [`${modules}.bin/mcp-inspector`, '--cli', program, ...sandboxed, '--protocol-era', mode, '--format', 'json', ...args],
      { encoding: 'utf8', timeout: PATIENCE, maxBuffer: 64 << 20 },
    );
    assert.ifError(started.error);
    return { code: started.status, errors: started.stderr, json: JSON.parse(started.stdout || 'null') };
  };
  await check('schemas without errors and warnings', async () => {
    const { code, errors, json } = inspect('--method', 'tools/list', '--strict');
    assert.deepEqual(json?.schemaFindings ?? [], []);
    assert.deepEqual([code, errors], [0, '']);
    assert.deepEqual(json.result.tools, tools);
  });
  const call = (name, args) =>
    inspect('--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args));
  await check('call', async () => {
    const { code, json } = call('list_organizations', { limit: 2 });
    assert.equal(code, 0);
    assert.equal(succeeded(json.result).data[0].name, 'Example Corp');
  });
  await check('wrong arguments are a tool error', async () => {
    const { code, json } = call('get_organization', {});
    assert.equal(code, 5);
    failed(json.result, /`id`/);
  });
}

await (kind === 'inspector' ? inspector() : typescript());
