/** A gateway over the company of `documents.ts`, and what it said on the way. */
import type { Db } from 'mongodb';
import { enableChangeStreams } from '../../src/database/index.ts';
import type { Principal, Role } from '../../src/domain/index.ts';
import { permissions } from '../../src/edge/retail/device.fixture.ts';
import { type Gateway, listen, signToken } from '../../src/gateway/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { company, OWN } from './documents.ts';

export const signingKey = new Uint8Array(32).fill(7);

export interface TestGateway extends AsyncDisposable {
  readonly db: Db;
  readonly uri: string;
  readonly gateway: Gateway;
  readonly log: string[];
}

export async function openGateway({ isFilled = true } = {}): Promise<TestGateway> {
  const database = await openTestDatabase();
  const { client, db } = database;
  if (isFilled) {
    for (const [collection, documents] of Object.entries(company)) {
      await db.collection<{ _id: string }>(collection).insertMany(documents as never);
    }
  }
  await enableChangeStreams(db);
  const log: string[] = [];
  const listening = await listen({
    client,
    db,
    permissions,
    signingKey,
    log: (line) => log.push(line),
    port: 0,
  });
  return {
    db,
    uri: listening.uri,
    gateway: listening.gateway,
    log,
    async [Symbol.asyncDispose]() {
      await listening.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

export const principalOf = (role: Role): Principal => ({
  role,
  userId: 'user-1',
  stores: role === 'headquarters' ? 'all' : [OWN],
});

export const tokenOf = (role: Role, deviceId = 'tablet-1'): Promise<string> =>
  signToken(signingKey, { principal: principalOf(role), deviceId });
