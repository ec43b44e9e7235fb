// What the story in emulator.mjs is told with: processes that end with it, the vendor's emulator,
// our server behind its pipe, and steps that pass or fail.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import net from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export const [binary, directory] = process.argv.slice(2).map((path) => resolve(path));
export const KEY = 'sk_test_default'; // The emulator's own; it knows no other.
export const CALLBACK = 'http://localhost:3000/callback';
const PATIENCE = 30_000; // Longest wait for one answer, in milliseconds.
const LONGEST_RUN = 240_000;

// ---- Processes: whatever is started here is ended here, by its pid.

const running = new Set();

function start(command, args, options) {
  const child = spawn(command, args, { stdio: 'pipe', ...options });
  running.add(child);
  child.ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return signal ?? code;
  });
  child.stdin.on('error', () => {}); // It has exited; whoever waits for its answer learns that.
  return child;
}

/** Lets a process end by itself, and makes it end if it does not. */
async function end(child, ask) {
  ask(child);
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  const how = await child.ended;
  clearTimeout(late);
  return how;
}

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
setTimeout(() => {
  console.log(`FAIL  the whole run takes less than ${LONGEST_RUN / 1000} s`);
  process.exit(1);
}, LONGEST_RUN).unref();

// ---- The emulator.

// It would listen on all interfaces, and outlive a parent that was killed. It need not reach anything.
const PRELOAD = `
  import net from 'node:net';
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (port, ...rest) {
    return listen.call(this, port, '127.0.0.1', ...rest.filter((argument) => typeof argument === 'function'));
  };
  net.Socket.prototype.connect = () => { throw new Error('no connections from here'); };
  process.stdin.on('end', () => process.exit()).resume();
`;

export class Emulator {
  static async start() {
    const probe = net.createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address();
    probe.close();
    await once(probe, 'close');

    const emulator = new Emulator();
    emulator.port = port;
    emulator.url = `http://127.0.0.1:${port}`;
    const home = `${directory}/home`; // Empty: no settings and no seed file of this machine.
    mkdirSync(home, { recursive: true });
    emulator.child = start(
      process.execPath,
      [
        `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`,
        `${directory}/node_modules/workos/dist/bin.js`,
        ...['emulate', '--port', String(port), '--json'],
      ],
      { cwd: home, env: { PATH: process.env.PATH, HOME: home, WORKOS_TELEMETRY: 'false' } },
    );
    let said = '';
    for (const stream of [emulator.child.stdout, emulator.child.stderr]) {
      stream.on('data', (chunk) => (said += chunk));
    }
    const deadline = Date.now() + PATIENCE;
    while (!(await fetch(`${emulator.url}/health`).then((answer) => answer.ok, () => false))) {
      if (!running.has(emulator.child) || Date.now() > deadline) {
        throw new Error(`the emulator does not start: ${said}`);
      }
      await sleep(50);
    }
    emulator.announced = JSON.parse(said);
    return emulator;
  }

  /** A request past the server, for what only the emulator offers or shows. */
  fetch(path, options = {}) {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    return fetch(this.url + path, { headers, ...options });
  }

  /** Tells whether nothing listens any more. */
  async stop() {
    await end(this.child, (child) => child.kill('SIGTERM'));
    return !(await listens(this.port, '127.0.0.1'));
  }
}

/** Where a browser is sent by `url`. */
export async function redirect(url) {
  const answer = await fetch(url, { redirect: 'manual' });
  assert.equal(answer.status, 302, await answer.text());
  return new URL(answer.headers.get('location'));
}

/** Whether anything listens there. */
export function listens(port, host) {
  return new Promise((done) => {
    const socket = net.connect({ port, host, timeout: 2_000 });
    for (const [event, open] of [['connect', true], ['error', false], ['timeout', false]]) {
      socket.on(event, () => {
        socket.destroy();
        done(open);
      });
    }
  });
}

// ---- The server.

export const servers = [];

export class Server {
  static async start(emulator, environment = { WORKOS_API_KEY: KEY }, args = []) {
    const server = new Server();
    server.child = start(binary, ['--toolsets', 'all', '--base-url', emulator.url, ...args], {
      env: { WORKOS_CLIENT_ID: 'client_example', WORKOS_REDIRECT_URI: CALLBACK, ...environment },
    });
    server.waiting = new Map();
    server.output = ''; // All that it has ever said.
    server.child.stderr.on('data', (chunk) => (server.output += chunk));
    createInterface({ input: server.child.stdout }).on('line', (line) => {
      server.output += `${line}\n`;
      const message = JSON.parse(line);
      server.waiting.get(message.id)?.(message);
      server.waiting.delete(message.id);
    });
    servers.push(server);
    await server.ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'emulator-story', version: '1' },
    });
    server.say({ method: 'notifications/initialized' });
    return server;
  }

  say(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  async ask(method, params) {
    const id = (this.lastId = (this.lastId ?? 0) + 1);
    const answer = new Promise((done, fail) => {
      this.waiting.set(id, done);
      this.child.ended.then((how) => fail(new Error(`the server has ended (${how}): ${this.output.slice(-500)}`)));
    });
    this.say({ id, method, params });
    const late = new AbortController();
    const message = await Promise.race([answer, sleep(PATIENCE, undefined, { signal: late.signal })]);
    late.abort();
    if (!message) throw new Error(`no answer to ${method} ${JSON.stringify(params)} in ${PATIENCE / 1000} s`);
    if (message.error) throw new Error(`${method} ${JSON.stringify(params)}: ${JSON.stringify(message.error)}`);
    return message.result;
  }

  /** Calls a tool, whether it fails or not. */
  async call(tool, args = {}) {
    const result = await this.ask('tools/call', { name: tool, arguments: args });
    return { failed: result.isError === true, text: result.content[0].text, data: result.structuredContent };
  }

  /** The answer of a call that has to succeed. */
  async get(tool, args) {
    const { failed, text, data } = await this.call(tool, args);
    assert(!failed, `${tool} ${JSON.stringify(args)}: ${text}`);
    return data;
  }

  /** The text of a call that has to fail. */
  async refusal(tool, args) {
    const { failed, text } = await this.call(tool, args);
    assert(failed, `${tool} ${JSON.stringify(args)} succeeded: ${text}`);
    return text;
  }

  /** All items of a list, page after page, and how many pages they were. */
  async pages(tool, args) {
    const items = [];
    let pages = 0;
    let after;
    do {
      const page = await this.get(tool, { ...args, ...(after && { after }) });
      assert(page.data.length <= args.limit, `${page.data.length} items on a page of ${args.limit}`);
      items.push(...page.data);
      after = page.list_metadata.after;
      assert(++pages <= 1_000, 'the list has no end');
    } while (after);
    return { items, pages };
  }

  stop() {
    return end(this.child, (child) => child.stdin.end());
  }
}

// ---- Steps.

let passed = 0;
let failed = 0;

export async function step(name, run, { departs } = {}) {
  const line = departs ? `${name} (emulator departs: ${departs})` : name;
  try {
    await run();
    passed += 1;
    console.log(`ok    ${line}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${line}\n      ${error.message.replaceAll('\n', '\n      ')}`);
  }
}

/** Says how it went, and ends. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** Runs a task for every number below `count`, at most 32 at a time. */
export async function many(count, task) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await task(index);
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return results;
}
