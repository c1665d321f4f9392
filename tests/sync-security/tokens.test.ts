import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { signToken } from '../../src/gateway/index.ts';
import { openGateway, principalOf, signingKey, type TestGateway } from './gateway.ts';
import { RawDevice } from './raw-device.ts';

const otherKey = new Uint8Array(32).fill(8);
const claims = { role: 'worker', stores: ['store_seattle'], device: 'tablet-1' };
const nowSeconds = Math.floor(Date.now() / 1000);

interface Making {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: Uint8Array | KeyObject;
  readonly algorithm?: string;
  readonly audience?: string | string[];
  readonly issuer?: string;
  readonly issuedSeconds?: number;
  readonly expiresSeconds?: number | null;
  readonly notBeforeSeconds?: number;
}

/** A right token but for what is named. */
function made(making: Making = {}): Promise<string> {
  const { algorithm = 'HS256', audience = 'zava-sync', issuer = 'zava', issuedSeconds = nowSeconds } = making;
  const token = new SignJWT({ ...claims, ...making.claims })
    .setProtectedHeader({ alg: algorithm, ...making.header })
    .setSubject('user-1')
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedSeconds);
  if (making.expiresSeconds !== null) token.setExpirationTime(making.expiresSeconds ?? nowSeconds + 3_600);
  if (making.notBeforeSeconds !== undefined) token.setNotBefore(making.notBeforeSeconds);
  return token.sign(making.key ?? signingKey);
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The parts of a right token, put together otherwise. */
async function forged(change: (parts: { head: string; body: string; signature: string }) => string): Promise<string> {
  const [head, body, signature] = (await made()).split('.') as [string, string, string];
  return change({ head, body, signature });
}

const payload = { ...claims, sub: 'user-1', iss: 'zava', aud: 'zava-sync', iat: nowSeconds, exp: nowSeconds + 3_600 };

const badTokens: Readonly<Record<string, () => Promise<string>>> = {
  'run out': () => made({ issuedSeconds: nowSeconds - 7_200, expiresSeconds: nowSeconds - 3_600 }),
  'run out a second ago': () => made({ expiresSeconds: nowSeconds - 1 }),
  'without an end': () => made({ expiresSeconds: null }),
  'not valid yet': () => made({ notBeforeSeconds: nowSeconds + 3_600 }),
  'made in the future': () => made({ issuedSeconds: nowSeconds + 3_600, expiresSeconds: nowSeconds + 7_200 }),
  'for another audience': () => made({ audience: 'zava-mcp' }),
  'for no audience': () => made({ audience: [] }),
  'of another issuer': () => made({ issuer: 'somebody' }),
  'signed with another key': () => made({ key: otherKey }),
  'signed with another algorithm of the same key': () => made({ algorithm: 'HS512', key: new Uint8Array(64).fill(7) }),
  'signed with a key pair': () => made({ algorithm: 'RS256', key: privateKey }),
  'signed with a key that it brings itself': () =>
    made({ algorithm: 'RS256', key: privateKey, header: { jwk: publicKey.export({ format: 'jwk' }) } }),
  'whose algorithm is none': () => forged(() => `${encoded({ alg: 'none' })}.${encoded(payload)}.`),
  'whose algorithm is NONE': () =>
    forged(({ signature }) => `${encoded({ alg: 'NONE' })}.${encoded(payload)}.${signature}`),
  'whose algorithm was taken away': () => forged(({ body, signature }) => `${encoded({})}.${body}.${signature}`),
  'without its signature': () => forged(({ head, body }) => `${head}.${body}.`),
  'with more stores': () =>
    forged(({ head, signature }) => `${head}.${encoded({ ...payload, stores: 'all' })}.${signature}`),
  'with a higher role': () =>
    forged(({ head, signature }) => `${head}.${encoded({ ...payload, role: 'headquarters' })}.${signature}`),
  'of an unknown role': () => made({ claims: { role: 'owner' } }),
  'of a role that every object has': () => made({ claims: { role: 'constructor' } }),
  'of no store': () => made({ claims: { stores: [] } }),
  'whose stores are no list': () => made({ claims: { stores: 'store_seattle' } }),
  'whose stores hold a condition': () => made({ claims: { stores: [{ $exists: true }] } }),
  'for another device': () => made({ claims: { device: 'tablet-2' } }),
  'that is no token': async () => 'let me in',
  'cut in half': () => forged(({ head, body }) => `${head}.${body}`.slice(0, 60)),
};

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Nothing that was signed, and no key, in what others may read. */
async function expectNoSecret(token: string, told: unknown): Promise<void> {
  const health = await (await fetch(gateway.uri.replace('ws:', 'http:').replace('/sync', '/health'))).text();
  const records = await gateway.db.collection('sync_devices').find({}).toArray();
  const text = JSON.stringify([told, gateway.log, health, records]);
  const secrets = [token, ...token.split('.').filter((part) => part.length > 20), ...[...keyTexts()]];
  for (const secret of secrets) expect(text).not.toContain(secret);
}

function* keyTexts(): Generator<string> {
  for (const encoding of ['hex', 'base64', 'base64url'] as const) yield Buffer.from(signingKey).toString(encoding);
}

describe('a token', () => {
  test('[GW45] that is right opens the gateway (so that the others are refused for what is wrong with them)', async () => {
    const token = await made();
    const device = await RawDevice.hello(gateway.uri, token);
    expect(device.frames[0]).toMatchObject({ type: 'welcome', role: 'worker', stores: ['store_seattle'] });
    await expectNoSecret(token, device.frames);
    device.close();
  });

  test.each(Object.keys(badTokens))('[GW45] %s opens nothing, and nothing of it is repeated', async (name) => {
    const token = await (badTokens[name] as () => Promise<string>)();
    const device = await RawDevice.hello(gateway.uri, token);
    // Whoever goes on as if welcome gets nothing either.
    device.send({ type: 'subscribe', request: 1, subscriptions: [], position: null, awaitsTime: null, holdings: {} });
    await device.ended();
    expect(device.frames).toHaveLength(1);
    expect(device.goodbye).toMatchObject({ code: 'ACCESS_REFUSED', retryAfterMs: null });
    await expectNoSecret(token, device.frames);
  });

  test('[GW45] of a device that was shut out opens nothing, and ends where it was open', async () => {
    const principal = principalOf('worker');
    const token = await signToken(signingKey, { principal, deviceId: 'tablet-9' });
    const device = await RawDevice.hello(gateway.uri, token, { deviceId: 'tablet-9' });
    expect(device.frames[0]).toMatchObject({ type: 'welcome' });
    await gateway.gateway.revoke('tablet-9', 'stolen');
    await device.ended();
    expect(device.goodbye).toMatchObject({ code: 'ACCESS_REVOKED' });
    const again = await RawDevice.hello(gateway.uri, token, { deviceId: 'tablet-9' });
    await again.ended();
    expect(again.goodbye).toMatchObject({ code: 'ACCESS_REFUSED' });
    await expectNoSecret(token, [device.frames, again.frames]);
  });

  test('[GW45] that runs out while its device is connected ends the connection', async () => {
    const token = await signToken(signingKey, { principal: principalOf('worker') }, 2 / 86_400);
    const device = await RawDevice.hello(gateway.uri, token, { deviceId: 'tablet-8' });
    expect(device.frames[0]).toMatchObject({ type: 'welcome' });
    const stays = setInterval(() => device.send({ type: 'ping', wallClockMs: 0 }), 500);
    await vi.waitFor(() => expect(device.isClosed).toBe(true), { timeout: 10_000, interval: 50 });
    clearInterval(stays);
    expect(device.goodbye?.message).toContain('run out');
  });
});
