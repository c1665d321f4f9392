/** Our gateway, over the tests' MongoDB. */
import { WebSocket } from 'ws';
import { enableChangeStreams } from '../../src/database/index.ts';
import { DeviceLink, DittoStorage } from '../../src/edge/index.ts';
import { permissions } from '../../src/edge/retail/device.fixture.ts';
import { listen, signToken } from '../../src/gateway/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { type CarrierParts, openDittoDevice } from './ditto-device.ts';
import type { ContractSubject } from './subject.ts';

const signingKey = new Uint8Array(32).fill(7);
const databaseId = '00000000-0000-4000-8000-000000000001';

export async function openGatewaySubject(): Promise<ContractSubject> {
  const database = await openTestDatabase();
  const { client, db } = database;
  await enableChangeStreams(db);
  const gateway = await listen({ client, db, permissions, signingKey, log: () => undefined, port: 0 });
  const carry = async ({ store, clock, deviceId, principal, scope }: CarrierParts) => {
    const newEpoch = () => crypto.randomUUID().replaceAll('-', '').slice(0, 16);
    const storage = await DittoStorage.open(store, newEpoch());
    const token = await signToken(signingKey, { principal, deviceId });
    const link = await DeviceLink.open({
      deviceId,
      name: deviceId,
      subscriptions: scope,
      storage,
      clock,
      wallClockMs: Date.now,
      newEpoch,
      gatewayUris: [gateway.uri],
      token: () => token,
      openSocket: (uri) => new WebSocket(uri) as never,
      onState: () => undefined,
      log: () => undefined,
    });
    return {
      link,
      storage,
      setOnline: (isAllowed: boolean) => link.setOnline(isAllowed),
      subscribe: (wider: CarrierParts['scope']) => link.subscribe(wider),
      close: () => link.close(),
    };
  };
  return {
    db,
    openDevice: (wanted) => openDittoDevice(wanted, { databaseId, connect: { mode: 'smallPeersOnly' } }, carry),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
