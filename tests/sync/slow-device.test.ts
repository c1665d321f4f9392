import { expect, test, vi } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import { enableChangeStreams } from '../../src/database/index.ts';
import { listen, readPermissions, signToken } from '../../src/gateway/index.ts';
import type { DeviceFrame, GatewayFrame } from '../../src/sync/index.ts';
import { openTestDatabase } from '../support/database.ts';

const signingKey = new Uint8Array(32).fill(7);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

test('[GW21] a device whose socket is not read costs a bounded amount of memory, and gets all when it goes on', async () => {
  await using database = await openTestDatabase();
  const { client, db } = database;
  await db.collection<{ _id: string }>('customers').insertOne({ _id: 'customer_0' });
  await enableChangeStreams(db);
  const permissions = await readPermissions(new URL('../../config/ditto_permissions.json', import.meta.url).pathname);
  await using gateway = await listen({ client, db, permissions, signingKey, log: () => undefined, port: 0 });
  const deviceId = 'tablet-1';
  const principal = { role: 'sales_rep', userId: 'rep-1', stores: ['store_seattle'] } as const;
  const token = await signToken(signingKey, { principal, deviceId });
  const socket = new WebSocket(gateway.uri, { perMessageDeflate: false });
  const send = (frame: DeviceFrame) => socket.send(JSON.stringify(frame));
  const ids = new Set<unknown>();
  let bytes = 0;
  let newestFrame = 0;
  socket.on('message', (data: RawData) => {
    const frame = JSON.parse(String(data)) as GatewayFrame;
    if (frame.type !== 'changes') return;
    bytes += String(data).length;
    newestFrame = frame.frame;
    for (const { document } of frame.upserts) ids.add(document['_id']);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const hello = { versionMin: 1, versionMax: 1, token, deviceId, epoch: '0123456789abcdef', name: deviceId } as const;
  send({ type: 'hello', ...hello, wallClockMs: Date.now() });
  await eventually(() => expect(gateway.gateway.status().devices[0]?.phase).toBe('idle'));
  const subscriptions = [{ collection: 'customers' as const, where: {} }];
  send({ type: 'subscribe', request: 1, subscriptions, position: null, awaitsTime: null, holdings: {} });
  await eventually(() => expect(gateway.gateway.status().devices[0]?.phase).toBe('following'));

  const notes = 'x'.repeat(50_000);
  for (let turn = 0; turn < 20; turn++) {
    const some = Array.from({ length: 20 }, (_, number) => ({
      ...{ _id: `customer_${turn}_${number}`, primary_store_id: 'store_seattle', notes },
    }));
    await db.collection<{ _id: string }>('customers').insertMany(some);
    send({ type: 'ping', wallClockMs: Date.now() });
  }
  // Of 20 MB it was sent what may be under way unconfirmed.
  await eventually(() => expect(newestFrame).toBeGreaterThan(1));
  expect(bytes).toBeLessThan(12_000_000);
  await eventually(() => {
    send({ type: 'confirm', frame: newestFrame });
    expect(ids.size).toBe(400);
  });
  socket.terminate();
});
