import { SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { makeTestFolder, openTestDatabase } from '../../tests/support/database.ts';
import { enableChangeStreams } from '../database/index.ts';
import type { Principal } from '../domain/index.ts';
import { inspectToken, signingKeyOf, signToken, verifyToken } from './access-tokens.ts';
import { admit, allowDevice, allowToken, revokeDevice, revokeToken } from './admission.ts';
import { readPermissions } from './permissions-file.ts';
import { listen } from './server.ts';

const key = new Uint8Array(32).fill(7);
const principal: Principal = { role: 'worker', userId: 'user-1', stores: ['store_seattle'] };
const subject = { principal, deviceId: 'tablet-1' };
const more = { name: 'Tablet', epoch: '0123456789abcdef' };

describe('a token', () => {
  test('[GW14] says for whom it is, and what exactly is wrong with it', async () => {
    const good = await signToken(key, subject);
    expect(await inspectToken(key, good)).toMatchObject({ verdict: 'valid', facts: { ...subject } });
    expect((await verifyToken(key, good)).tokenId).not.toBe(
      (await verifyToken(key, await signToken(key, subject))).tokenId,
    );

    const otherKey = new Uint8Array(32).fill(8);
    const claims = { role: 'worker', stores: ['store_seattle'] };
    const nowSeconds = Math.floor(Date.now() / 1000);
    const made = (issuer: string, audience: string, issuedSeconds: number) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('user-1')
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedSeconds)
        .setExpirationTime(nowSeconds + 7_200)
        .sign(key);
    const [head, body, signature] = good.split('.') as [string, string, string];
    const withMoreStores = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    withMoreStores['stores'] = 'all';
    const changed = Buffer.from(JSON.stringify(withMoreStores)).toString('base64url');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    const cases = {
      valid: [good],
      run_out: [await signToken(key, subject, -1)],
      not_yet_valid: [await made('zava', 'zava-sync', nowSeconds + 3_600)],
      forged: [await signToken(otherKey, subject), `${head}.${changed}.${signature}`, `${unsigned}.${body}.`],
      wrong_audience: [await made('zava', 'headquarters', nowSeconds), await made('somebody', 'zava-sync', nowSeconds)],
      malformed: ['', 'a.b.c', good.slice(0, 20)],
    };
    for (const [verdict, tokens] of Object.entries(cases)) {
      for (const token of tokens) {
        const inspected = await inspectToken(key, token);
        expect({ token, verdict: inspected.verdict }).toEqual({ token, verdict });
        if (verdict === 'valid') continue;
        await expect(verifyToken(key, token)).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
        expect(inspected.says).not.toContain('user-1');
      }
    }
  });

  test('[GW14] the key of a data directory is made once, and read by its owner alone', async () => {
    await using folder = await makeTestFolder();
    const keys = await Promise.all([signingKeyOf(folder.path), signingKeyOf(folder.path)]);
    const again = await signingKeyOf(folder.path);
    expect(again).toHaveLength(32);
    for (const one of keys) expect(one).toEqual(again);
  });
});

describe('what was withdrawn', () => {
  test('[GW12] opens nothing, a device or one token alone, until it is allowed again', async () => {
    await using database = await openTestDatabase();
    const { db } = database;
    const token = await signToken(key, subject);
    const { tokenId } = await admit(db, key, { token, deviceId: 'tablet-1', ...more });
    await revokeToken(db, { tokenId: String(tokenId), because: 'lost' });
    await expect(admit(db, key, { token, deviceId: 'tablet-1', ...more })).rejects.toThrow('withdrawn: lost');
    const another = await signToken(key, subject);
    await admit(db, key, { token: another, deviceId: 'tablet-1', ...more });

    await revokeDevice(db, 'tablet-1', 'stolen');
    await expect(admit(db, key, { token: another, deviceId: 'tablet-1', ...more })).rejects.toThrow('shut out: stolen');
    expect([await allowDevice(db, 'tablet-1'), await allowDevice(db, 'tablet-1')]).toEqual([true, false]);
    expect([await allowToken(db, String(tokenId)), await allowToken(db, String(tokenId))]).toEqual([true, false]);
    await admit(db, key, { token, deviceId: 'tablet-1', ...more });
    await expect(admit(db, key, { token, deviceId: 'tablet-2', ...more })).rejects.toThrow('another device');
  });

  test('[GW12] ends connections within seconds, at a gateway that was not told, and so does running out', async () => {
    await using database = await openTestDatabase();
    const { client, db } = database;
    await enableChangeStreams(db);
    const permissions = await readPermissions('config/ditto_permissions.json');
    await using gateway = await listen({ client, db, permissions, signingKey: key, log: () => undefined, port: 0 });
    const farewells: Record<string, unknown> = {};
    const connect = async (deviceId: string, days = 1) => {
      const token = await signToken(key, { principal, deviceId }, days);
      const socket = new WebSocket(gateway.uri);
      const welcomed = new Promise((resolve) => {
        socket.on('message', (data) => {
          const frame = JSON.parse(String(data)) as { type: string };
          if (frame.type === 'goodbye') farewells[deviceId] = frame;
          resolve(frame);
        });
      });
      await new Promise((resolve) => socket.once('open', resolve));
      const hello = { type: 'hello', versionMin: 1, versionMax: 1, token, deviceId, epoch: '0123456789abcdef' };
      socket.send(JSON.stringify({ ...hello, name: deviceId, wallClockMs: Date.now() }));
      expect(await welcomed).toMatchObject({ type: 'welcome' });
      return token;
    };
    const lost = await connect('tablet-1');
    await connect('tablet-2');
    await connect('tablet-3', 2 / 86_400);
    await connect('tablet-4');
    await revokeToken(db, { tokenId: String((await verifyToken(key, lost)).tokenId), because: 'lost' });
    await revokeDevice(db, 'tablet-2', 'stolen');
    await vi.waitFor(() => expect(Object.keys(farewells).sort()).toEqual(['tablet-1', 'tablet-2', 'tablet-3']), 10_000);
    expect(farewells).toMatchObject({
      'tablet-1': { code: 'ACCESS_REVOKED', message: 'This token was withdrawn: lost', retryAfterMs: null },
      'tablet-2': { code: 'ACCESS_REVOKED', message: 'This device was shut out: stolen', retryAfterMs: null },
      // It may come again at once, with another token.
      'tablet-3': { code: 'ACCESS_REVOKED', message: 'The token has run out.', retryAfterMs: 0 },
    });
  });
});
