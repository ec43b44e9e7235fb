// Streamable HTTP in front of an MCP server on stdio, for test suites that speak only HTTP.
//
//   node bridge.mjs <port, 0 for any> <command> [argument…]
//
// It says on stdout where it listens, and ends with its children on SIGTERM or SIGINT.
// Messages pass through unread but for their ids: a session (opened by `initialize`) has a child
// of its own, and its lines go through byte by byte; requests without a session share one child,
// where ids are renumbered, since several clients may use the same. What belongs to HTTP and not
// to the server is done here: sessions, Host and Origin, required headers, status codes.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const LONGEST_BODY = 8 << 20;
const GRACE_MS = 2_000;
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const VERSION = "io.modelcontextprotocol/protocolVersion";
const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
const HEADER_MISMATCH = -32020;
// Which errors of a request without a session have a status of their own.
const STATUS = { [-32700]: 400, [-32600]: 400, [-32602]: 400, [-32601]: 404 };
for (let code = -32099; code <= HEADER_MISMATCH; code++) STATUS[code] = 400;

const [port, command, ...args] = process.argv.slice(2);
if (!command) {
  console.error("usage: node bridge.mjs <port> <command> [argument…]");
  process.exit(2);
}

/** The answer to one POST: plain JSON, or a stream of events once there is more than one message. */
class Exchange {
  constructor(response, { id, progressToken, headers = {}, stateless = false }) {
    Object.assign(this, { response, id, progressToken, headers, stateless });
  }

  /** A notification or request on the way to the answer. */
  send(line) {
    if (!this.response.headersSent) openStream(this.response, this.headers);
    this.response.write(event(line));
  }

  finish(line, message) {
    if (this.response.headersSent) return this.response.end(event(line));
    const status = (this.stateless && STATUS[message.error?.code]) || 200;
    this.response.writeHead(status, { ...this.headers, "content-type": "application/json" });
    this.response.end(line);
  }
}

/** A server process, and the exchanges that wait for it. */
class Child {
  exchanges = new Map();
  lastId = 0;
  /** The stream of a session for what belongs to no request. */
  stream = null;

  constructor(session) {
    this.session = session;
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    children.add(this);
    this.gone = new Promise((resolve) => this.process.once("close", resolve)).then(() => {
      children.delete(this);
      sessions.delete(session);
      if (shared === this) shared = null;
      this.stream?.end();
      for (const exchange of this.exchanges.values()) fail(exchange.response, 502, "the server ended");
    });
    this.process.once("error", (error) => console.error(`bridge: ${error.message}`));
    this.process.stdin.on("error", () => {});
    createInterface({ input: this.process.stdout, crlfDelay: Infinity }).on("line", (line) => this.receive(line));
  }

  write(line) {
    this.process.stdin.write(Buffer.concat([line, Buffer.from("\n")]));
  }

  /** Passes a request on under `key`, the id that the child sees. */
  ask(key, line, exchange) {
    this.exchanges.set(key, exchange);
    exchange.response.once("close", () => {
      // A client without a session cancels by hanging up.
      if (this.exchanges.get(key) !== exchange) return;
      this.exchanges.delete(key);
      if (!this.session) {
        const params = { requestId: key };
        this.write(Buffer.from(JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params })));
      }
    });
    this.write(line);
  }

  receive(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return console.error(`bridge: the server wrote what is no JSON: ${line.slice(0, 200)}`);
    }
    if (message.method === undefined) {
      const exchange = this.exchanges.get(message.id);
      if (!exchange) return console.error(`bridge: an answer that nobody waits for: ${line.slice(0, 200)}`);
      this.exchanges.delete(message.id);
      return exchange.finish(this.session ? line : JSON.stringify({ ...message, id: exchange.id }), message);
    }
    const exchange = this.belongsTo(message);
    if (exchange && !this.session && message.params?._meta?.[SUBSCRIPTION] !== undefined) {
      message.params._meta[SUBSCRIPTION] = exchange.id;
      line = JSON.stringify(message);
    }
    if (exchange) exchange.send(line);
    else if (this.stream) this.stream.write(event(line));
    else console.error(`bridge: no stream is open for: ${line.slice(0, 200)}`);
  }

  /** The exchange that a message of the server belongs to; a pipe does not say, but for some. */
  belongsTo({ params }) {
    const open = [...this.exchanges.values()];
    const token = params?.progressToken;
    return (
      this.exchanges.get(params?._meta?.[SUBSCRIPTION]) ??
      (token === undefined ? undefined : open.find((exchange) => exchange.progressToken === token)) ??
      open.at(-1)
    );
  }

  /** Ends the process as a client does: end of input, then a signal. */
  async end() {
    this.process.stdin.end();
    const late = setTimeout(() => this.process.kill("SIGKILL"), GRACE_MS);
    await this.gone;
    clearTimeout(late);
  }
}

const children = new Set();
const sessions = new Map();
let shared = null;

function event(line) {
  return `event: message\ndata: ${line}\n\n`;
}

function openStream(response, headers = {}) {
  response.writeHead(200, { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" });
}

function fail(response, status, message, { code = -32000, id = null } = {}) {
  if (response.headersSent) return response.end();
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } }));
}

/** Why a request without a session is refused for its headers; they repeat what the body says. */
function mismatch(headers, { method, params }) {
  const name = params?.name ?? params?.uri;
  const named = ["tools/call", "prompts/get", "resources/read"].includes(method);
  const pairs = [
    ["mcp-protocol-version", params?._meta?.[VERSION]],
    ["mcp-method", method],
    ["mcp-name", named ? name : undefined],
  ];
  const [header] = pairs.find(([header, value]) => value !== undefined && headers[header] !== value) ?? [];
  return header && `the header ${header} is missing or is not what the body says`;
}

async function post(request, response) {
  const { headers } = request;
  if (!headers["content-type"]?.startsWith("application/json")) return fail(response, 415, "application/json is wanted");
  const accept = headers.accept ?? "";
  if (!accept.includes("application/json") || !accept.includes("text/event-stream")) {
    return fail(response, 406, "application/json and text/event-stream must be acceptable");
  }
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LONGEST_BODY) return fail(response, 413, "the body is too long");
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  let message;
  try {
    message = JSON.parse(body);
  } catch {
    return fail(response, 400, "the body is no JSON", { code: -32700 });
  }
  if (message === null || typeof message !== "object" || Array.isArray(message)) {
    return fail(response, 400, "one message is wanted", { code: -32600 });
  }
  const { id, method, params } = message;
  const asks = method !== undefined && id !== undefined;
  // Between the tokens of JSON a line end is a space, and within strings there is none.
  const line = body.map((byte) => (byte === 10 || byte === 13 ? 32 : byte));
  const exchange = { id, progressToken: params?._meta?.progressToken };

  const session = headers["mcp-session-id"];
  if (session !== undefined) {
    const child = sessions.get(session);
    if (!child) return fail(response, 404, "there is no such session", { id });
    if (asks) return child.ask(id, line, new Exchange(response, exchange));
    child.write(line);
    return response.writeHead(202).end();
  }
  if (method === "initialize" && params?._meta?.[VERSION] === undefined) {
    const session = randomUUID();
    const child = new Child(session);
    sessions.set(session, child);
    return child.ask(id, line, new Exchange(response, { ...exchange, headers: { "mcp-session-id": session } }));
  }
  if (headers["mcp-protocol-version"] === undefined) {
    return fail(response, 400, "neither mcp-session-id nor mcp-protocol-version is given", { id });
  }
  const refusal = mismatch(headers, message);
  if (refusal) return fail(response, 400, refusal, { code: HEADER_MISMATCH, id });
  shared ??= new Child();
  if (asks) {
    const key = ++shared.lastId;
    const renumbered = Buffer.from(JSON.stringify({ ...message, id: key }));
    return shared.ask(key, renumbered, new Exchange(response, { ...exchange, stateless: true }));
  }
  shared.write(line);
  return response.writeHead(202).end();
}

const server = createServer(async (request, response) => {
  const { headers, method } = request;
  const origin = headers.origin?.replace(/^https?:\/\//, "");
  if (!LOCAL.test(headers.host ?? "") || (origin !== undefined && !LOCAL.test(origin))) {
    return fail(response, 403, "only this machine is served");
  }
  if (new URL(request.url, "http://localhost").pathname !== "/mcp") return fail(response, 404, "it is at /mcp");
  if (method === "POST") return post(request, response).catch((error) => fail(response, 500, error.message));
  const child = sessions.get(headers["mcp-session-id"]);
  if (!["GET", "DELETE"].includes(method) || headers["mcp-session-id"] === undefined) {
    return fail(response, 405, "it is not allowed here");
  }
  if (!child) return fail(response, 404, "there is no such session");
  if (method === "DELETE") {
    sessions.delete(child.session);
    await child.end();
    return response.writeHead(204).end();
  }
  child.stream?.end();
  child.stream = response;
  openStream(response);
  response.flushHeaders();
  response.once("close", () => {
    if (child.stream === response) child.stream = null;
  });
});

server.listen(Number(port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/mcp`);
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    server.close();
    await Promise.all([...children].map((child) => child.end()));
    process.exit(0);
  });
}
