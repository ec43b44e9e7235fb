// A customer's story, told through the server's pipe to the vendor's emulator: onboarding,
// sign-in, a look back, and the end; then what goes wrong: bad keys, bad input, the rate limit.
//
// The emulator is not WorkOS. Where it is known to answer otherwise than the API reference says,
// the step expects that, and its line says `emulator departs: …`.
//
// Usage: node emulator.mjs <workos-mcp binary> <directory where npm package `workos` is installed>

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  CALLBACK, Emulator, KEY, Server, directory, finish, listens, many, redirect, servers, step,
} from './emulator-harness.mjs';

const WRONG_KEY = 'sk_test_example_wrong';
const ORGANIZATIONS = 250;

const ids = (items) => items.map((item) => item.id);
const newestFirst = (items) => items.every((item, i) => i === 0 || item.created_at <= items[i - 1].created_at);

// ---- The story.

async function story(emulator) {
  const server = await Server.start(emulator);
  let organization, user, membership, invitation, connection, code, token;

  await step('an organization is created with its domain', async () => {
    organization = await server.get('create_organization', {
      name: 'Acme',
      domain_data: [{ domain: 'acme.example', state: 'verified' }],
      external_id: 'customer/1 ü',
      metadata: { tier: 'gold' },
    });
    assert.match(organization.id, /^org_/);
    assert.equal(organization.name, 'Acme');
    assert.deepEqual(organization.metadata, { tier: 'gold' });
    assert.deepEqual(organization.domains.map(({ domain, state }) => [domain, state]), [['acme.example', 'verified']]);
  });
  await step('it is found by id, by external id and by domain', async () => {
    assert.deepEqual(await server.get('get_organization', { id: organization.id }), organization);
    const found = await server.get('get_organization_by_external_id', { external_id: 'customer/1 ü' });
    assert.deepEqual(found, organization);
    const listed = await server.get('list_organizations', { domains: ['acme.example'] });
    // Lists leave out what is bulky or secret and seldom wanted.
    const domains = organization.domains.map(({ verification_token: _, ...domain }) => domain);
    assert.deepEqual(listed.data, [{ ...organization, domains }]);
    assert.match(listed._note, /verification_token/);
  });
  await step('two domains in one filter are accepted', async () => {
    const { data } = await server.get('list_organizations', { domains: ['acme.example', 'other.example'] });
    assert.deepEqual(data, []);
  }, { departs: 'it finds nothing for a comma list of domains' });

  await step('a user is created and found by id, by e-mail and by external id', async () => {
    user = await server.get('create_user', {
      email: 'ada@acme.example',
      first_name: 'Ada',
      password: 'correct horse battery',
      external_id: 'user-1',
    });
    assert.match(user.id, /^user_/);
    assert.equal(user.email_verified, false);
    assert.deepEqual(await server.get('get_user', { id: user.id }), user);
    assert.deepEqual((await server.get('list_users', { email: 'ada@acme.example' })).data, [user]);
    assert.deepEqual(await server.get('get_user_by_external_id', { external_id: 'user-1' }), user);
  });
  await step('the same user is not created twice', async () => {
    const text = await server.refusal('create_user', { email: 'ada@acme.example' });
    assert.match(text, /^WorkOS answered 409 Conflict, code `user_already_exists`: /);
  }, { departs: '409, where WorkOS answers 400' });
  await step('the user is changed, and what was not named stays', async () => {
    user = await server.get('update_user', { id: user.id, last_name: 'Lovelace', email_verified: true });
    assert.deepEqual([user.first_name, user.last_name, user.email_verified], ['Ada', 'Lovelace', true]);
  });

  await step('the user becomes a member', async () => {
    membership = await server.get('create_organization_membership', {
      user_id: user.id,
      organization_id: organization.id,
      role_slug: 'member',
    });
    assert.deepEqual([membership.user_id, membership.organization_id], [user.id, organization.id]);
    assert.deepEqual([membership.status, membership.role], ['active', { slug: 'member' }]);
    assert.deepEqual([membership.roles, membership.user], [undefined, undefined]);
    assert.deepEqual(await server.get('get_organization_membership', { id: membership.id }), membership);
    const { data } = await server.get('list_organization_memberships', { organization_id: organization.id });
    // A remark about one answer is none of its items.
    const { _note, ...listed } = membership;
    assert.deepEqual(data, [listed]);
  }, { departs: 'the membership lacks roles and user' });
  await step('the membership gets another role, is deactivated and reactivated', async () => {
    const { id } = membership;
    const changed = await server.get('update_organization_membership', { id, role_slug: 'admin' });
    assert.deepEqual(changed.role, { slug: 'admin' });
    assert.equal((await server.get('deactivate_organization_membership', { id })).status, 'inactive');
    const again = await server.get('reactivate_organization_membership', { id });
    assert.deepEqual([again.status, again.role], ['active', { slug: 'admin' }]);
  });

  await step('somebody is invited, and the invitation is found by id, token, e-mail and organization', async () => {
    invitation = await server.get('send_invitation', {
      email: 'bob@acme.example',
      organization_id: organization.id,
      expires_in_days: 10,
    });
    assert.equal(invitation.state, 'pending');
    assert.deepEqual(await server.get('get_invitation', { id: invitation.id }), invitation);
    assert.deepEqual(await server.get('find_invitation_by_token', { token: invitation.token }), invitation);
    assert.deepEqual((await server.get('list_invitations', { email: 'bob@acme.example' })).data, [invitation]);
    const { data } = await server.get('list_invitations', { organization_id: organization.id });
    assert.deepEqual(data, [invitation]);
    const days = (Date.parse(invitation.expires_at) - Date.parse(invitation.created_at)) / 86_400_000;
    assert.equal(Math.round(days), 3);
  }, { departs: 'it expires in 3 days, whatever is asked for' });
  await step('the invitation is sent again with a new token, and the old one is not found', async () => {
    const again = await server.get('resend_invitation', { id: invitation.id });
    assert.notEqual(again.token, invitation.token);
    const text = await server.refusal('find_invitation_by_token', { token: invitation.token });
    assert.match(text, /^WorkOS answered 404 Not Found/);
  });
  await step('the invitation is revoked, once', async () => {
    const revoked = await server.get('revoke_invitation', { id: invitation.id });
    assert.equal(revoked.state, 'revoked');
    const text = await server.refusal('revoke_invitation', { id: invitation.id });
    assert.match(text, /^WorkOS answered 400 Bad Request, code `invalid_invitation_state`: "Invitation is revoked"\./);
  }, { departs: 'another code for an invitation that is not pending' });

  await step('an SSO connection is there', async () => {
    const answer = await emulator.fetch('/connections', {
      method: 'POST',
      body: JSON.stringify({
        organization_id: organization.id,
        connection_type: 'OktaSAML',
        name: 'Okta',
        domains: ['acme.example'],
      }),
    });
    assert.equal(answer.status, 201);
    connection = await server.get('get_connection', { id: (await answer.json()).id });
    assert.deepEqual([connection.name, connection.connection_type], ['Okta', 'OktaSAML']);
    assert.equal(connection.organization_id, organization.id);
    const { data } = await server.get('list_connections', { organization_id: organization.id });
    assert.deepEqual(data, [connection]);
  }, { departs: 'created past the server, with domains and without SAML options' });
  await step('another SSO connection is created and deleted', async () => {
    const { id } = await server.get('create_connection', {
      organization_id: organization.id,
      name: 'Spare',
      saml_options: { idp_metadata_url: 'https://idp.example/metadata' },
    });
    const both = await server.get('list_connections', { organization_id: organization.id });
    assert.deepEqual(new Set(ids(both.data)), new Set([connection.id, id]));
    await server.get('delete_connection', { id });
    assert.match(await server.refusal('get_connection', { id }), /^WorkOS answered 404 Not Found/);
  }, { departs: 'it ignores SAML options' });

  await step('the authorization URL of the organization leads to a code', async () => {
    const { url } = await server.get('get_sso_authorization_url', {
      organization_id: organization.id,
      state: 'a b&c=ü',
    });
    const asked = new URL(url);
    assert.equal(asked.origin + asked.pathname, `${emulator.url}/sso/authorize`);
    assert.deepEqual(Object.fromEntries(asked.searchParams), {
      response_type: 'code',
      organization: organization.id,
      redirect_uri: CALLBACK,
      client_id: 'client_example',
      state: 'a b&c=ü',
    });
    const back = await redirect(url);
    assert.equal(back.origin + back.pathname, CALLBACK);
    assert.equal(back.searchParams.get('state'), 'a b&c=ü');
    code = back.searchParams.get('code');
    assert(code);
  });
  await step('the code gives profile and token', async () => {
    token = await server.get('get_sso_profile_and_token', { code });
    assert.equal(token.profile.email, 'user@acme.example');
    assert.equal(token.profile.connection_id, connection.id);
    assert.equal(token.profile.organization_id, organization.id);
    assert.equal(token.access_token.split('.').length, 3);
    assert.deepEqual([token.token_type, token.expires_in], [undefined, undefined]);
  }, { departs: 'neither token_type nor expires_in' });
  await step('the code works once', async () => {
    const text = await server.refusal('get_sso_profile_and_token', { code });
    assert.match(text, /^WorkOS answered 400 Bad Request, code `invalid_code`: /);
  }, { departs: '`code` and `message`, where WorkOS answers `error` and `error_description`' });
  await step('the access token gives the profile, and goes in place of the key', async () => {
    assert.deepEqual(await server.get('get_sso_profile', { access_token: token.access_token }), token.profile);
  });
  await step('a wrong access token is refused, and the key is not blamed', async () => {
    const text = await server.refusal('get_sso_profile', { access_token: 'wrong' });
    assert.match(text, /^WorkOS answered 401 Unauthorized/);
    assert.doesNotMatch(text, /WORKOS_API_KEY/);
  });

  await step('a sign-in with PKCE needs the verifier that the URL was built with', async () => {
    const { url, code_verifier } = await server.get('get_authkit_authorization_url', {
      provider: 'authkit',
      login_hint: user.email,
      pkce: true,
    });
    const code = (await redirect(url)).searchParams.get('code');
    const grant = { grant_type: 'authorization_code', code };
    const text = await server.refusal('authenticate_user', { ...grant, code_verifier: 'x'.repeat(43) });
    assert.match(text, /^WorkOS answered 400 Bad Request, code `invalid_code_verifier`/);
    const signedIn = await server.get('authenticate_user', { ...grant, code_verifier });
    assert.equal(signedIn.user.id, user.id);
    assert(signedIn.access_token && signedIn.refresh_token);
  });
  await step('a password is accepted; a wrong one is refused, and the key is not blamed', async () => {
    const grant = { grant_type: 'password', email: user.email };
    const signedIn = await server.get('authenticate_user', { ...grant, password: 'correct horse battery' });
    assert.equal(signedIn.user.id, user.id);
    const text = await server.refusal('authenticate_user', { ...grant, password: 'wrong' });
    assert.match(text, /^WorkOS answered 401 Unauthorized, code `invalid_credentials`: /);
    assert.doesNotMatch(text, /WORKOS_API_KEY/);
  }, { departs: '401, where WorkOS answers 400' });
  await step('both sessions are listed, until they are revoked', async () => {
    const { data } = await server.get('list_user_sessions', { user_id: user.id });
    assert.deepEqual(data.map((session) => session.user_id), [user.id, user.id]);
    await server.get('revoke_session', { session_id: data[0].id });
    const left = await server.get('list_user_sessions', { user_id: user.id });
    assert.deepEqual(ids(left.data), [data[1].id]);
  });

  await step('the events tell what happened, page by page', async () => {
    const events = ['organization.created', 'user.created', 'user.updated', 'organization_membership.created',
      'invitation.created', 'invitation.revoked', 'connection.created'];
    const { items, pages } = await server.pages('list_events', { events, limit: 5 });
    assert.equal(pages, Math.ceil(items.length / 5));
    assert.equal(new Set(ids(items)).size, items.length);
    assert(newestFirst(items));
    const happened = new Set(items.map(({ event, data }) => `${event} ${data.id}`));
    for (const event of [
      `organization.created ${organization.id}`,
      `user.created ${user.id}`,
      `user.updated ${user.id}`,
      `organization_membership.created ${membership.id}`,
      `invitation.created ${invitation.id}`,
      `invitation.revoked ${invitation.id}`,
      `connection.created ${connection.id}`,
    ]) {
      assert(happened.has(event), `no event ${event} among ${[...happened].join(', ')}`);
    }
  }, { departs: 'newest first, where WorkOS begins with the oldest' });
  await step('events of one type are asked for', async () => {
    const { data } = await server.get('list_events', { events: ['user.created', 'user.updated'], limit: 100 });
    const types = new Set(data.map(({ event }) => event));
    assert(types.has('user.created') && types.has('user.updated') && types.has('organization.created'));
  }, { departs: 'it ignores a comma list of types' });

  let all;
  await step(`${ORGANIZATIONS} organizations are there`, async () => {
    const made = await many(ORGANIZATIONS - 1, (index) =>
      server.get('create_organization', { name: `Customer ${index}` }));
    all = [organization.id, ...ids(made)];
    assert.equal(new Set(all).size, ORGANIZATIONS);
  });
  for (const limit of [100, 10]) {
    await step(`they are listed in pages of ${limit}: each once, newest first`, async () => {
      const { items, pages } = await server.pages('list_organizations', { limit });
      assert.equal(pages, Math.ceil(ORGANIZATIONS / limit));
      assert.equal(items.length, ORGANIZATIONS);
      assert.deepEqual(ids(items).sort(), all.toSorted());
      assert(newestFirst(items));
    });
  }
  await step('they are listed oldest first', async () => {
    const { data } = await server.get('list_organizations', { order: 'asc', limit: 1 });
    assert.deepEqual(ids(data), [organization.id]);
  });

  await step('the organization is changed, and what was not named stays', async () => {
    const changed = await server.get('update_organization', {
      id: organization.id,
      name: 'Acme Inc.',
      metadata: { tier: 'silver' },
    });
    const { updated_at } = changed;
    organization = { ...organization, name: 'Acme Inc.', metadata: { tier: 'silver' }, updated_at };
    assert.deepEqual(changed, organization);
    assert.deepEqual(await server.get('get_organization', { id: organization.id }), organization);
  });
  await step('its external id stays with null, and is cleared by name', async () => {
    const kept = await server.get('update_organization', { id: organization.id, external_id: null });
    assert.equal(kept.external_id, 'customer/1 ü');
    const changed = await server.get('update_organization', { id: organization.id, clear: ['external_id'] });
    assert.equal(changed.external_id, undefined);
    assert.equal(changed.name, 'Acme Inc.');
    const text = await server.refusal('get_organization_by_external_id', { external_id: 'customer/1 ü' });
    assert.match(text, /^WorkOS answered 404 Not Found/);
  });
  await step('a list of domains replaces those that were there', async () => {
    const changed = await server.get('update_organization', {
      id: organization.id,
      domain_data: [{ domain: 'acme.test', state: 'pending' }],
    });
    assert.deepEqual(changed.domains.map(({ domain, state }) => [domain, state]), [['acme.test', 'pending']]);
    const text = await server.refusal('get_organization_domain', { id: organization.domains[0].id });
    assert.match(text, /^WorkOS answered 404 Not Found/);
  });

  for (const [thing, id] of [['user', user?.id], ['organization', organization?.id]]) {
    await step(`the ${thing} is deleted, and then not found, changed or deleted again`, async () => {
      assert.deepEqual(await server.get(`delete_${thing}`, { id }), { ok: true });
      for (const tool of [`get_${thing}`, `update_${thing}`, `delete_${thing}`]) {
        const text = await server.refusal(tool, { id });
        assert.match(text, /^WorkOS answered 404 Not Found, code `not_found`: "\w+ not found"\.\nCheck the ID\. /);
        assert.match(text, /\nRequest ID: \S+$/);
      }
    }, { departs: '204 for the deletion, where WorkOS answers 200 or 202' });
  }

  for (const [tool, args, field] of [
    ['create_organization', { name: '' }, 'name'],
    ['create_user', { email: '' }, 'email'],
    ['send_invitation', { email: '' }, 'email'],
  ]) {
    await step(`${tool} without ${field} names the field`, async () => {
      const text = await server.refusal(tool, args);
      assert.match(text, /^WorkOS answered 422 Unprocessable Entity, code `unprocessable_entity`: /);
      assert(text.includes(`\n- ${field}: required\n`), text);
    });
  }
  await step('an audit log event is refused with the field', async () => {
    const text = await server.refusal('create_audit_log_event', {
      organization_id: all[1],
      event: {
        action: 'user.signed_in',
        occurred_at: '2026-01-01T00:00:00Z',
        actor: { id: '1', type: 'user' },
        targets: [{ id: '1', type: 'team' }],
        context: { location: '192.0.2.1' },
      },
    });
    assert(text.includes('\n- action.name: required\n'), text);
  }, { departs: 'it wants another body' });
  await step('what has no route is not taken for a wrong ID', async () => {
    const text = await server.refusal('list_waitlists');
    assert.match(text, /^WorkOS answered 404 Not Found, code `not_found`: "Not Found"\.\n.*not be switched on/);
  }, { departs: 'it has no waitlists' });
}

async function badKeys(emulator) {
  await step('a wrong key is named as what it is, and not repeated', async () => {
    const server = await Server.start(emulator, { WORKOS_API_KEY: WRONG_KEY });
    for (const [tool, args] of [['list_organizations', {}], ['create_organization', { name: 'Refused' }]]) {
      const text = await server.refusal(tool, args);
      assert.match(text, /^WorkOS answered 401 Unauthorized, code `unauthorized`: /);
      assert.match(text, /did not accept the API key.*check WORKOS_API_KEY/);
    }
  });
  await step('a key that is replaced in its file is taken up', async () => {
    const file = `${directory}/key-${process.pid}`;
    writeFileSync(file, `${WRONG_KEY}\n`, { mode: 0o600 });
    const server = await Server.start(emulator, {}, ['--api-key-file', file]);
    assert.match(await server.refusal('list_organizations'), /^WorkOS answered 401/);
    writeFileSync(file, `${KEY}\n`);
    await server.get('list_organizations', { limit: 1 });
    rmSync(file);
  });
}

// ---- The rate limit: 1,000 requests in 60 seconds, counted from the first.

async function exhaust(emulator, server) {
  const texts = [];
  let reset;
  await step('of 1,100 calls within a minute 999 are served, and the others refused', async () => {
    const answers = await many(1_100, () => server.call('list_organizations', { limit: 1 }));
    texts.push(...answers.filter((answer) => answer.failed).map((answer) => answer.text));
    assert.equal(texts.length, 101, texts[0]);
  }, { departs: 'it refuses the thousandth, and WorkOS allows 6,000' });
  await step('each refusal says what it is and when to try again', async () => {
    assert(texts.length > 0);
    for (const text of texts) {
      assert.match(text, /^WorkOS answered 429 Too Many Requests, code `rate_limit_exceeded`: /);
      assert.match(text, /\nToo many requests\. Try again in ([1-9]|[1-5]\d|60) s\.\n/);
    }
  });
  await step('the delay is the one that the emulator names, for a write too, which changed nothing', async () => {
    const named = async () => {
      const answer = await emulator.fetch('/organizations');
      assert.equal(answer.status, 429);
      reset = Number(answer.headers.get('x-ratelimit-reset')) * 1000;
      return Number(answer.headers.get('retry-after'));
    };
    const longest = await named();
    const text = await server.refusal('create_organization', { name: 'Refused' });
    const shortest = await named();
    const delay = Number(/Try again in (\d+) s\./.exec(text)?.[1]);
    assert(shortest <= delay && delay <= longest, `${delay} is not within ${shortest} and ${longest}: ${text}`);
    assert.doesNotMatch(text, /may have taken effect/);
  });
  return reset;
}

async function recover(server, reset) {
  await step('the last two seconds of the wait are sat out, by a read and by a write', async () => {
    assert(reset, 'the limit was not reached');
    await sleep(Math.max(0, reset - 1_500 - Date.now()));
    await Promise.all([
      server.get('list_organizations'),
      server.get('create_organization', { name: 'Repeated' }),
    ]);
    assert(Date.now() >= reset, 'they were served while the limit held');
  });
  await step('the write that was refused was never made, the one that was repeated once', async () => {
    const { data } = await server.get('list_organizations', { limit: 100 });
    assert.deepEqual(data.map((organization) => organization.name), ['Repeated']);
  });
}

// ---- All of it.

async function main() {
  const emulators = [await Emulator.start(), await Emulator.start()];
  const [emulator, limited] = emulators;
  await step('the emulators listen on loopback alone', async () => {
    const own = Object.values(networkInterfaces()).flat().map(({ address }) => address);
    const elsewhere = new Set(['127.0.0.2', '::1', ...own].filter((host) => host !== '127.0.0.1'));
    for (const { port, announced } of emulators) {
      assert.deepEqual([announced.port, announced.apiKey], [port, KEY]);
      assert(await listens(port, '127.0.0.1'));
      for (const host of elsewhere) assert(!(await listens(port, host)), `port ${port} is open on ${host}`);
    }
  });

  // The minute of the limit passes while the story is told.
  const limitedServer = await Server.start(limited);
  const reset = await exhaust(limited, limitedServer);
  await story(emulator);
  await badKeys(emulator);
  await recover(limitedServer, reset);

  await step('every server ends with its input, with exit code 0', async () => {
    for (const server of servers) assert.equal(await server.stop(), 0);
  });
  await step('no key was ever shown', async () => {
    for (const { output } of servers) {
      assert(output.length > 0);
      for (const key of [KEY, WRONG_KEY]) assert(!output.includes(key), `${key} was shown`);
    }
  });
  await step('the emulators are stopped', async () => {
    for (const emulator of emulators) assert(await emulator.stop(), `port ${emulator.port} is still open`);
  });
}

await step('the run goes on to its end', main);
finish();
