/** The full data set in an embedded server, and a gateway before it: each a process of its own. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Db, MongoClient } from 'mongodb';
import { enableChangeStreams } from '../../src/database/index.ts';
import type { Permissions, Principal, StoreId } from '../../src/domain/index.ts';
import { defaultScope } from '../../src/edge/index.ts';
import { readPermissions, signToken } from '../../src/gateway/index.ts';
import type { Subscription } from '../../src/sync/index.ts';
import { fillEmbedded, openWorkplace } from '../embedded/databases.ts';
import { type DatabaseProcess, projectDirectory, startDatabase } from '../support/zava-process.ts';
import { startChild } from './child.ts';
import type { GatewayReady, GatewaySettings } from './gateway-process.ts';
import type { SyncBenchOptions } from './options.ts';

const DATABASE_NAME = 'zava';
const MS_PER_DAY = 86_400_000;

export interface Company {
  readonly db: Db;
  readonly databaseUri: string;
  readonly databaseName: string;
  readonly databasePid: number;
  readonly gatewayUri: string;
  readonly gatewayPid: number;
  readonly storeIds: readonly StoreId[];
  /** The oldest order that a device holds. */
  readonly ordersSince: string;
  token(deviceId: string, storeId: StoreId): Promise<string>;
  scope(storeId: StoreId): Subscription[];
}

const principalOf = (storeId: StoreId): Principal => ({ role: 'store_manager', userId: 'bench', stores: [storeId] });

export async function withCompany<Figures>(
  options: SyncBenchOptions,
  say: (line: string) => void,
  work: (company: Company) => Promise<Figures>,
): Promise<Figures> {
  await using workplace = await openWorkplace(options.dataDirectory);
  say('Filling the database, unless it is filled …');
  const dataDirectory = await fillEmbedded(workplace, options.size);
  const database = await startDatabase(dataDirectory);
  const client = new MongoClient(database.uri);
  try {
    return await open(options, database, client, work);
  } finally {
    await client.close();
    await database.stop();
  }
}

async function open<Figures>(
  options: SyncBenchOptions,
  database: DatabaseProcess,
  client: MongoClient,
  work: (company: Company) => Promise<Figures>,
): Promise<Figures> {
  const db = client.db(DATABASE_NAME);
  await enableChangeStreams(db);
  const permissionsFile = fileURLToPath(new URL('config/ditto_permissions.json', projectDirectory));
  const signingKey = randomBytes(32);
  const settings: GatewaySettings = {
    databaseUri: database.uri,
    databaseName: DATABASE_NAME,
    signingKeyHex: signingKey.toString('hex'),
    permissionsFile,
  };
  await using gateway = startChild<never, GatewayReady>('gateway-process', settings, options.gatewayNodeOptions);
  const { uri } = await gateway.hear('ready');
  const permissions: Permissions = await readPermissions(permissionsFile);
  const stores = await db.collection<{ store_id: StoreId }>('stores').find().sort({ _id: 1 }).toArray();
  const newest = await db.collection<{ order_date: string }>('orders').findOne({}, { sort: { order_date: -1 } });
  const newestMs = Math.min(Date.now(), Date.parse(newest?.order_date ?? ''));
  const ordersSince = `${new Date(newestMs - options.orderDays * MS_PER_DAY).toISOString().slice(0, 10)}T00:00:00Z`;
  return await work({
    db,
    databaseUri: database.uri,
    databaseName: DATABASE_NAME,
    databasePid: database.pid,
    gatewayUri: uri,
    gatewayPid: gateway.pid,
    ordersSince,
    storeIds: stores.map(({ store_id }) => store_id),
    token: (deviceId, storeId) => signToken(signingKey, { principal: principalOf(storeId), deviceId }),
    scope: (storeId) =>
      defaultScope({
        permissions,
        principal: principalOf(storeId),
        storeId,
        wallClockMs: Date.now(),
        ordersSince: ordersSince as never,
      }),
  });
}
