import { afterEach, expect, test } from 'vitest';
import { makeTestFolder } from '../../tests/support/database.ts';
import type { Principal } from '../domain/index.ts';
import { GatewayError, signToken } from '../gateway/index.ts';
import { type Headquarters, type HeadquartersOptions, Opening, startHeadquarters } from './index.ts';

const signingKey = new Uint8Array(32).fill(7);
const manager: Principal = { role: 'store_manager', userId: 'ada', stores: ['store_tacoma'] };

let headquarters: Headquarters | undefined;
afterEach(() => headquarters?.close());

async function start(options: Partial<HeadquartersOptions> = {}) {
  await using folder = await makeTestFolder();
  headquarters = await startHeadquarters({
    port: 0,
    webRoot: folder.path,
    opening: new Opening([]),
    database: () => null,
    validation: () => null,
    picture: () => null,
    signingKey,
    ...options,
  });
  const base = `http://127.0.0.1:${headquarters.port}`;
  let cookie = '';
  return async (path: string, { method = 'GET', body }: { method?: string; body?: unknown } = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const given = response.headers.get('set-cookie');
    if (given !== null) {
      expect(given).toMatch(/HttpOnly; SameSite=Strict/);
      cookie = given.split(';')[0] as string;
    }
    // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the answer.
    return { status: response.status, body: (await response.json()) as any };
  };
}

test('[HQ9] on a laptop everybody is headquarters, and may look as the manager of a store', async () => {
  const ask = await start();
  expect((await ask('/api/session')).body).toMatchObject({
    isLaptop: true,
    principal: { role: 'headquarters', stores: 'all' },
  });
  await ask('/api/session', { method: 'POST', body: { role: 'store_manager', storeId: 'store_tacoma' } });
  expect((await ask('/api/session')).body.principal).toMatchObject({ role: 'store_manager', stores: ['store_tacoma'] });
  await ask('/api/session', { method: 'DELETE' });
  expect((await ask('/api/session')).body.principal.role).toBe('headquarters');
  expect((await ask('/api/session', { method: 'POST', body: { role: 'agent' } })).body.code).toBe('REQUEST_INVALID');
});

// 0.0.0.0 is reached through the loopback address too, and is what a server for others listens on.
const forOthers = { host: '0.0.0.0' };

test('[HQ9] elsewhere nothing but the opening is told without a token, and a good one opens the pages', async () => {
  const ask = await start(forOthers);
  expect((await ask('/api/opening')).status).toBe(200);
  expect((await ask('/api/session')).body).toEqual({ isLaptop: false, principal: null });
  for (const address of ['/api/devices', '/%61pi/devices', '/api/company', '/validation']) {
    expect(await ask(address)).toMatchObject({ status: 401, body: { code: 'SIGN_IN_NEEDED' } });
  }
  const asked = await ask('/api/session', { method: 'POST', body: { role: 'headquarters' } });
  expect(asked).toMatchObject({ status: 401, body: { code: 'SIGN_IN_NEEDED' } });

  const token = await signToken(signingKey, { principal: manager });
  expect((await ask('/api/session', { method: 'POST', body: { token } })).body.principal).toMatchObject(manager);
  expect((await ask('/api/devices')).status).toBe(200);
});

test('[HQ9] a token that has run out, was withdrawn, forged, or is for another role, is told in words', async () => {
  const withdrawn = 'This token was withdrawn: the tablet was stolen';
  const ask = await start({
    ...forOthers,
    checkWithdrawn: async () => {
      throw new GatewayError('ACCESS_REFUSED', withdrawn);
    },
  });
  const says = async (token: string) => {
    const { status, body } = await ask('/api/session', { method: 'POST', body: { token } });
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_REFUSED', fix: expect.stringContaining('zava token issue') });
    return body.message as string;
  };
  expect(await says(await signToken(signingKey, { principal: manager }))).toBe(withdrawn);
  expect(await says(await signToken(signingKey, { principal: manager }, -1))).toBe('The token has run out.');
  expect(await says(await signToken(new Uint8Array(32), { principal: manager }))).toMatch(/another key/);
  expect(await says('nonsense')).toMatch(/no token of ours/);
});

test('[HQ9] a worker’s token opens no page of headquarters', async () => {
  const ask = await start(forOthers);
  const token = await signToken(signingKey, { principal: { ...manager, role: 'worker' } });
  const { status, body } = await ask('/api/session', { method: 'POST', body: { token } });
  expect([status, body.message]).toEqual([401, expect.stringMatching(/worker's/)]);
  expect((await ask('/api/devices')).status).toBe(401);
});
