/** A shop in MongoDB with gateways, and devices with real stores: what tests of sync as a whole begin with. */
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { enableChangeStreams } from '../../src/database/index.ts';
import type { Principal, StoreId } from '../../src/domain/index.ts';
import { defaultScope } from '../../src/edge/index.ts';
import { aShop, permissions, SEATTLE, TestDevice } from '../../src/edge/retail/device.fixture.ts';
import { type ListeningGateway, listen, signToken } from '../../src/gateway/index.ts';
import { openTestDatabase } from '../support/database.ts';

const signingKey = new Uint8Array(32).fill(7);
const open: AsyncDisposable[] = [];

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
}

export const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

/** Nothing of the device is unsettled. */
export const settled = ({ retail, link }: TestDevice) =>
  eventually(async () => expect(await retail.views.pendingChanges(), JSON.stringify(link.state)).toEqual([]));

export async function startCompany() {
  const database = await openTestDatabase();
  open.push(database);
  const { client, db, uri, name } = database;
  for (const [collection, documents] of Object.entries(aShop)) {
    await db.collection<{ _id: string }>(collection).insertMany(documents as never);
  }
  await enableChangeStreams(db);
  /** Who a device's token says it is; the test changes it. */
  const principals = new Map<string, Principal>();
  const startGateway = async (): Promise<ListeningGateway> => {
    const gateway = await listen({ client, db, permissions, signingKey, log: () => undefined, port: 0 });
    open.push({ [Symbol.asyncDispose]: () => gateway.close() });
    return gateway;
  };
  const gateway = await startGateway();
  return {
    client,
    db,
    uri,
    name,
    gateway,
    startGateway,
    principals,
    async device(
      deviceId: string,
      role: Principal['role'] = 'store_manager',
      { storeId = SEATTLE as StoreId, at = gateway, folder = undefined as string | undefined } = {},
    ): Promise<TestDevice> {
      const principal: Principal = { role, userId: 'user-1', stores: [storeId] };
      principals.set(deviceId, principal);
      const device = await TestDevice.open({
        role,
        storeId,
        deviceId,
        documents: {},
        ...(folder === undefined ? {} : { folder }),
        wallClockMs: Date.now,
        network: {
          subscriptions: defaultScope({ permissions, principal, storeId, wallClockMs: Date.now() }),
          gatewayUris: [at.uri],
          token: () => signToken(signingKey, { principal: principals.get(deviceId) as Principal, deviceId }),
          openSocket: (address) => new WebSocket(address) as never,
        },
      });
      open.push(device);
      await eventually(() => expect(device.link.state.phase).toBe('online'));
      return device;
    },
  };
}
