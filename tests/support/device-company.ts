/** A shop in MongoDB with a gateway, and devices with their API beside it. */
import { vi } from 'vitest';
import { enableChangeStreams } from '../../src/database/index.ts';
import { Device, type DeviceServer, serveDevice } from '../../src/device/index.ts';
import type { Principal, StoreId } from '../../src/domain/index.ts';
import { aShop, permissions, SEATTLE } from '../../src/edge/retail/device.fixture.ts';
import { listen, signToken } from '../../src/gateway/index.ts';
import { makeTestFolder, openTestDatabase } from './database.ts';

const signingKey = new Uint8Array(32).fill(7);

export const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 25 });

export class Tablet implements AsyncDisposable {
  readonly device: Device;
  readonly server: DeviceServer;

  constructor(device: Device, server: DeviceServer) {
    this.device = device;
    this.server = server;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.server.url}${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the answer.
    return { status: response.status, body: (await response.json()) as any };
  }

  get = async (path: string) => (await this.call('GET', path)).body;
  perform = (name: string, input: unknown) => this.call('POST', `/api/operations/${name}`, input);
  online = () => eventually(() => expectPhase(this.device, 'online'));

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.device.close();
  }
}

function expectPhase({ state }: Device, phase: string): void {
  if (state.phase !== phase) throw new Error(`The device is ${state.phase}: ${JSON.stringify(state)}`);
}

export async function startCompany() {
  const database = await openTestDatabase();
  const folder = await makeTestFolder();
  const { client, db } = database;
  for (const [collection, documents] of Object.entries(aShop)) {
    await db.collection<{ _id: string }>(collection).insertMany(documents as never);
  }
  await enableChangeStreams(db);
  const gateway = await listen({ client, db, permissions, signingKey, log: () => undefined, port: 0 });
  const tablets: Tablet[] = [];
  return {
    db,
    dataDir: folder.path,
    gateway,
    async tablet({
      deviceId = 'seattle-tablet-1',
      storeId = SEATTLE as StoreId,
      role = 'store_manager' as Principal['role'],
      gatewayUris = [gateway.uri] as readonly string[],
    } = {}): Promise<Tablet> {
      const principal: Principal = { role, userId: 'user-1', stores: [storeId] };
      const device = await Device.open({
        dataDir: folder.path,
        deviceId,
        name: deviceId,
        storeId,
        principal,
        permissions,
        gatewayUris,
        token: () => signToken(signingKey, { principal, deviceId }),
        log: () => undefined,
      });
      const tablet = new Tablet(device, await serveDevice(device, { port: 0 }));
      tablets.push(tablet);
      return tablet;
    },
    async [Symbol.asyncDispose]() {
      for (const tablet of tablets) await tablet[Symbol.asyncDispose]();
      await gateway.close();
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
