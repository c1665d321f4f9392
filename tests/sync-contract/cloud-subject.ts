/** Ditto's cloud with its MongoDB connector, where its credentials are set. Never run where it was written: see README.md. */
import { fileURLToPath } from 'node:url';
import { Authenticator } from '@dittolive/ditto';
import { MongoClient } from 'mongodb';
import { type DittoSyncLike, DittoSyncLink } from '../../src/edge/index.ts';
import { readConnectorConfig } from '../../src/gateway/index.ts';
import { type CarrierParts, openDittoDevice } from './ditto-device.ts';
import type { ContractSubject } from './subject.ts';

const NEEDED = ['DITTO_APP_ID', 'DITTO_PLAYGROUND_TOKEN', 'DITTO_CLOUD_ENDPOINT', 'MONGODB_CONNECTION_STRING'] as const;

/** What is missing to reach the cloud; empty where nothing is. */
export const missingCredentials = (): string[] => NEEDED.filter((name) => (process.env[name] ?? '') === '');

export async function openCloudSubject(): Promise<ContractSubject> {
  const [databaseId, token, url, mongoUri] = NEEDED.map((name) => process.env[name] as string) as [
    string,
    string,
    string,
    string,
  ];
  const file = fileURLToPath(new URL('../../config/ditto_connector_config.yaml', import.meta.url));
  const { collections } = await readConnectorConfig(file);
  const client = await new MongoClient(mongoUri).connect();
  const carry = async ({ ditto, store, scope }: CarrierParts) => {
    await ditto.auth.setExpirationHandler(async (expiring) => {
      const { error } = await expiring.auth.login(token, Authenticator.DEVELOPMENT_PROVIDER);
      if (error !== null && error !== undefined) throw error;
    });
    const link = new DittoSyncLink({
      store,
      sync: ditto.sync as unknown as DittoSyncLike,
      subscriptions: scope,
      idFieldsOf: (collection) => collections.get(collection)?.idFields ?? ['_id'],
    });
    return {
      link,
      storage: link,
      setOnline: (isAllowed: boolean) => link.setOnline(isAllowed),
      subscribe: (wider: CarrierParts['scope']) => link.subscribe(wider),
      close: () => link.close(),
    };
  };
  return {
    db: client.db(process.env['MONGODB_DATABASE'] ?? 'zava'),
    openDevice: (wanted) => openDittoDevice(wanted, { databaseId, connect: { mode: 'server', url } }, carry),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
