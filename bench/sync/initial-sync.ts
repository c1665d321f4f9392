/**
 * The first sync of a store's device, and what the Ditto store alone can take in: the same documents in the same order
 * into a second store with the same indexes. Then the same device comes back with nothing to fetch.
 */
import { DittoStorage, type DittoStoreLike } from '../../src/edge/index.ts';
import type { Document } from '../../src/sync/index.ts';
import { cpuSecondsOf } from './child.ts';
import type { Company } from './company.ts';
import { DittoDevice, openDittoStore } from './ditto-device.ts';

export interface InitialSyncFigures {
  readonly documents: number;
  readonly seconds: number;
  /** Of `seconds`, spent in the device's store. */
  readonly storeSeconds: number;
  readonly megabytes: number;
  readonly gatewayCpuSeconds: number;
  readonly databaseCpuSeconds: number;
  /** The Ditto store alone, with statements of this many documents. */
  readonly limits: readonly { readonly documentsPerStatement: number; readonly documentsPerSecond: number }[];
  readonly reconnectBytes: number;
  readonly reconnectMs: number;
}

type Received = ReadonlyMap<string, ReadonlyMap<unknown, Document>>;

const LIMIT_PORTIONS = [500, 2_000];

export async function measureInitialSync(company: Company, withLimit: boolean): Promise<InitialSyncFigures> {
  const storeId = company.storeIds.includes('store_seattle') ? 'store_seattle' : (company.storeIds[0] as string);
  await using opened = await openDittoStore();
  const deviceId = 'bench-initial';
  const device = await DittoDevice.open(
    {
      deviceId,
      gatewayUri: company.gatewayUri,
      token: await company.token(deviceId, storeId),
      subscriptions: company.scope(storeId),
    },
    opened.store,
  );
  const received = new Map<string, Map<unknown, Document>>();
  device.onStored = ({ upserts }) => {
    for (const { collection, document } of upserts) {
      const documents = received.get(collection) ?? new Map<unknown, Document>();
      received.set(collection, documents.set(document['_id'], document));
    }
  };
  const cpu = () => [cpuSecondsOf(company.gatewayPid), cpuSecondsOf(company.databasePid)] as const;
  const [gatewayBefore, databaseBefore] = cpu();
  const startedMs = performance.now();
  await device.connect();
  const seconds = (performance.now() - startedMs) / 1000;
  const [gatewayAfter, databaseAfter] = cpu();
  const megabytes = device.connectionBytes / 1e6;
  const storeSeconds = device.storeMs / 1000;
  await device.disconnect();
  const documents = [...received.values()].reduce((sum, { size }) => sum + size, 0);

  const reconnectedMs = performance.now();
  await device.connect();
  const reconnectMs = performance.now() - reconnectedMs;
  const reconnectBytes = device.connectionBytes;
  await device.disconnect();
  return {
    documents,
    seconds,
    storeSeconds,
    megabytes,
    gatewayCpuSeconds: gatewayAfter - gatewayBefore,
    databaseCpuSeconds: databaseAfter - databaseBefore,
    limits: withLimit ? await measureLimits(received, documents) : [],
    reconnectBytes,
    reconnectMs,
  };
}

async function measureLimits(received: Received, count: number) {
  const limits: { documentsPerStatement: number; documentsPerSecond: number }[] = [];
  for (const documentsPerStatement of LIMIT_PORTIONS) {
    await using opened = await openDittoStore();
    await DittoStorage.open(opened.store, '0123456789abcdef'); // its indexes
    const startedMs = performance.now();
    await insertAll(opened.store, received, documentsPerStatement);
    limits.push({ documentsPerStatement, documentsPerSecond: count / ((performance.now() - startedMs) / 1000) });
  }
  return limits;
}

async function insertAll(store: DittoStoreLike, received: Received, portion: number) {
  for (const [collection, byId] of received) {
    const documents = [...byId.values()];
    for (let at = 0; at < documents.length; at += portion) {
      await store.transaction(async (transaction) => {
        await transaction.execute(`INSERT INTO ${collection} DOCUMENTS (:documents)`, {
          documents: documents.slice(at, at + portion),
        });
      });
    }
  }
}
