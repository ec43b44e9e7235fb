// The vendor's Node SDK against `workos-mcp sandbox`: every method that can be called from an example. Each is
// first called with marks in place of arguments, on a client that sends nothing: that tells which operation
// it is, and which argument goes where in its path. Then it is called with the values of that operation's
// fixture, in a world of its own, and the SDK parses the answer.
//
// Usage: node node.mjs <URL of the sandbox> <folder of fixtures>

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { WorkOS } from '@workos-inc/node';

const [url, folder] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const KEY = 'sk_test_example_sdk';
const CLIENT = 'client_01EXAMPLE0CLIENT';

let sent = [];
const fetchFn = (target, init) => {
  sent.push(`${init.method} ${new URL(target).pathname}`);
  return fetch(target, init);
};
const sdk = (options = {}) =>
  new WorkOS(options.key ?? KEY, { apiHostname: hostname, port: Number(port), https: false, clientId: CLIENT, fetchFn, ...options });
const reset = () => fetch(`${url}/_sandbox/reset`, { method: 'POST' });

// What does not end by itself, as a method that waits for others.
const soon = (promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('not done after 5 seconds')), 5000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

let passed = 0;
let failed = 0;
const skipped = [];

const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
// Keys of maps are the caller's own.
const MAPS = ['metadata', 'custom_attributes', 'key_context', 'config', 'context'];
const camelized = (value, key) => {
  if (Array.isArray(value)) return value.map((item) => camelized(item));
  if (value === null || typeof value !== 'object' || MAPS.includes(key)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camel(name), camelized(inner, name)]));
};

const fixtures = new Map();
for (const entry of readdirSync(folder, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const toolset = entry.name;
  for (const file of readdirSync(join(folder, toolset))) {
    fixtures.set(file.replace(/\.json$/, ''), JSON.parse(readFileSync(join(folder, toolset, file))));
  }
}

// Methods that need more than one call before them, or send nothing.
const NOT_ALONE = /^(authenticate|get_profile|confirm_|verify_|.*_url$|load_|refresh_|revoke_session)/;

const dated = (value, key) => {
  if (Array.isArray(value)) return value.map((item) => dated(item));
  if (value === null || typeof value !== 'object') return /(At|Start|End)$/.test(key ?? '') ? new Date(value) : value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, dated(inner, name)]));
};

// What a method sends: a mark in the path says which argument, or which property of one, stands there.
async function probe(service, name) {
  const named = new Proxy({}, { get: (_, key) => (typeof key === 'symbol' || key === 'then' ? undefined : `mark-${key}`) });
  for (const shape of [['mark-0'], [named], ['mark-0', 'mark-1'], ['mark-0', named], ['mark-0', 'mark-1', named], ['mark-0', 'mark-1', 'mark-2'], []]) {
    let found;
    const catching = async (target, init) => {
      found = [init.method, new URL(target).pathname.split('/').map(decodeURIComponent)];
      // No error of the network: those are tried again.
      return new Response('{}', { status: 418, headers: { 'content-type': 'application/json' } });
    };
    try {
      await soon(sdk({ fetchFn: catching, key: KEY })[service][name](...shape));
    } catch {
      // It is recorded, or not.
    }
    if (!found || found[1].some((part) => /undefined|\[object/.test(part))) continue;
    for (const [tool, fixture] of fixtures) {
      const [method, target] = fixture.request.split(' ');
      const parts = target.split('?')[0].split('/').map(decodeURIComponent);
      const fits = (part, place) => part === parts[place] || (part.startsWith('mark-') && parts[place].length > 0);
      if (method === found[0] && parts.length === found[1].length && found[1].every(fits)) {
        const marks = Object.fromEntries(found[1].map((part, place) => [part, parts[place]]).filter(([part]) => part.startsWith('mark-')));
        return { tool, fixture, shape: shape.map((one) => (typeof one === 'string' ? one : named)), named, marks };
      }
    }
  }
  return undefined;
}

async function drive(service, name) {
  const probed = await probe(service, name);
  if (!probed) return skipped.push(`${service}.${name} (nothing is sent that could be told from its arguments)`);
  const { tool, fixture, shape, named, marks } = probed;
  if (NOT_ALONE.test(tool) || NOT_ALONE.test(snake(name))) return skipped.push(`${service}.${name} (told in a story, if at all)`);
  const [method, target] = fixture.request.split(' ');
  const path = target.split('?')[0];
  const given = { ...fixture.arguments };
  for (const cleared of given.clear ?? []) if (!cleared.includes('.')) given[cleared] = null;
  for (const paging of ['clear', 'after', 'before', 'limit', 'order']) delete given[paging];
  const parts = path.split('/').map(decodeURIComponent);
  const rest = Object.fromEntries(Object.entries(given).filter(([, value]) => !parts.includes(value)));
  const properties = Object.fromEntries(Object.entries(marks).map(([mark, value]) => [mark.slice('mark-'.length), value]));
  const object = { ...camelized(rest), ...properties };
  const built = (whole) => shape.map((one) => (one === named ? whole : marks[one]));
  const further = shape.includes(named) ? [] : [[...built(), object], [...built(), dated(object)], [...built(), ...Object.values(camelized(rest))]];
  let reason;
  for (const candidate of [...(shape.includes(named) ? [built(object), built(dated(object)), built({ ...rest, ...properties })] : further), built()]) {
    await reset();
    sent = [];
    try {
      const answer = await soon(sdk()[service][name](...candidate));
      if (sent[0] !== `${method} ${path}`) {
        reason ??= { skipped: `sends ${sent[0]}` };
        continue;
      }
      if (answer?.autoPagination) await soon(answer.autoPagination());
      passed += 1;
      return undefined;
    } catch (error) {
      if (sent[0] === `${method} ${path}`) reason = { error: reason?.error ?? error };
      else reason ??= { skipped: sent[0] ? `sends ${sent[0]}` : `${error}`.slice(0, 80) };
    }
  }
  // What is missing was guessed wrong here; the Python SDK says what it takes.
  if (reason?.error?.status === 422 || /is required/.test(reason?.error?.message)) reason = { skipped: 'takes other arguments' };
  if (!reason?.error) return skipped.push(`${service}.${name} (${reason?.skipped})`);
  failed += 1;
  console.log(`FAILED  node ${service}.${name}: ${reason.error.name}: ${reason.error.message} ${JSON.stringify(reason.error.errors ?? '')}`.slice(0, 400));
  return undefined;
}

async function story(name, told) {
  await reset();
  try {
    await told(sdk());
    passed += 1;
    console.log(`ok      node ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  node ${name}: ${error.name}: ${error.message}`.slice(0, 400));
  }
}

const services = sdk();
for (const service of Object.keys(services).sort()) {
  const value = services[service];
  if (value === null || typeof value !== 'object' || value.constructor === Object) continue;
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(value))) {
    if (service === 'client' || name === 'createRuntimeClient' || name === 'constructor' || name.startsWith('_') || typeof value[name] !== 'function') continue;
    await drive(service, name);
  }
}

await story('an organization from its beginning to its end', async (workos) => {
  const made = await workos.organizations.createOrganization({ name: 'Acme', externalId: 'acme/1', metadata: { a: 'b' } });
  assert.equal((await workos.organizations.getOrganization(made.id)).name, 'Acme');
  assert.equal((await workos.organizations.getOrganizationByExternalId('acme/1')).id, made.id);
  const changed = await workos.organizations.updateOrganization({ organization: made.id, name: 'Acme Inc' });
  assert.deepEqual([changed.name, changed.metadata], ['Acme Inc', { a: 'b' }]);
  await workos.organizations.deleteOrganization(made.id);
  await assert.rejects(workos.organizations.getOrganization(made.id), (error) => error.status === 404 && /^req_/.test(error.requestID));
  const { data } = await workos.events.listEvents({ events: ['organization.created', 'organization.deleted'] });
  assert.deepEqual(data.filter((event) => event.data.id === made.id).map((event) => event.event), ['organization.created', 'organization.deleted']);
});

await story('pages follow each other by themselves', async (workos) => {
  for (let number = 0; number < 25; number += 1) await workos.organizations.createOrganization({ name: `Page ${number}`, domainData: [{ domain: `page-${number}.example`, state: 'pending' }] });
  const domains = Array.from({ length: 25 }, (_, number) => `page-${number}.example`);
  assert.equal((await workos.organizations.listOrganizations({ domains, limit: 10 })).data.length, 10);
  assert.equal((await (await workos.organizations.listOrganizations({ domains })).autoPagination()).length, 25);
});

await story('a rate limit is waited for', async (workos) => {
  await fetch(`${url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify({ status: 429, count: 1, operation: 'list_users', retry_after: 1 }) });
  assert.ok((await workos.userManagement.listUsers()).data.length > 0);
});

await story('errors are those of WorkOS', async (workos) => {
  await assert.rejects(sdk({ key: 'x' }).organizations.listOrganizations(), (error) => error.status === 401);
  await assert.rejects(workos.organizations.createOrganization({}), (error) => error.status === 422 && error.code === 'unprocessable_entity');
});

for (const line of skipped) console.log(`        node ${line}`);
console.log(`node: ${passed} passed, ${failed} failed, ${skipped.length} not called`);
process.exit(failed ? 1 : 0);
