import type { Db, Document } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { openTestDatabase } from '../support/database.ts';

/**
 * What Compass sends when it connects and in its tabs, with what it reads from each answer. `admin`: on that database.
 * Source: the commands that Compass's own log shows.
 */
const asked: readonly (readonly [tab: string, command: Document, answer: Document, admin?: true])[] = [
  ['connecting', { hello: 1, helloOk: true }, { isWritablePrimary: true, helloOk: true, maxWireVersion: 25 }, true],
  [
    'connecting',
    { buildInfo: 1 },
    { version: expect.stringMatching(/^8\.0\./), versionArray: expect.any(Array), ok: 1 },
    true,
  ],
  [
    'connecting',
    { connectionStatus: 1, showPrivileges: true },
    { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] } },
    true,
  ],
  [
    'connecting',
    { hostInfo: 1 },
    { os: expect.any(Object), system: expect.objectContaining({ cpuArch: expect.any(String) }) },
    true,
  ],
  [
    'connecting',
    { getParameter: 1, featureCompatibilityVersion: 1 },
    { featureCompatibilityVersion: { version: '8.0' } },
    true,
  ],
  ['connecting', { getCmdLineOpts: 1 }, { parsed: expect.any(Object), argv: expect.any(Array) }, true],
  ['connecting', { atlasVersion: 1 }, { ok: 0, code: 59, codeName: 'CommandNotFound' }, true],
  [
    'databases',
    { listDatabases: 1, nameOnly: true },
    { databases: expect.arrayContaining([{ name: expect.any(String) }]) },
    true,
  ],
  [
    'databases',
    { dbStats: 1, freeStorage: 0 },
    { collections: 2, views: 1, objects: 100, indexes: 3, dataSize: expect.any(Number) },
  ],
  [
    'databases',
    { listCollections: 1, nameOnly: true, authorizedCollections: true },
    {
      cursor: {
        firstBatch: expect.arrayContaining([
          { name: 'items', type: 'collection' },
          { name: 'few', type: 'view' },
        ]),
      },
    },
  ],
  [
    'databases',
    { listCollections: 1, filter: { name: 'items' } },
    { cursor: { firstBatch: [{ name: 'items', info: { readOnly: false }, idIndex: { name: '_id_' } }] } },
  ],
  [
    'a collection',
    {
      aggregate: 'items',
      pipeline: [
        { $collStats: { storageStats: {} } },
        {
          $group: {
            _id: null,
            count: { $sum: '$storageStats.count' },
            avgObjSize: { $max: '$storageStats.avgObjSize' },
            nindexes: { $max: '$storageStats.nindexes' },
          },
        },
      ],
      cursor: {},
    },
    { cursor: { firstBatch: [{ count: 100, avgObjSize: expect.any(Number), nindexes: 2 }] } },
  ],
  [
    'documents',
    { find: 'items', filter: {}, sort: { _id: -1 }, limit: 20, skip: 0, maxTimeMS: 60_000 },
    { cursor: { firstBatch: expect.any(Array) } },
  ],
  [
    'documents',
    {
      aggregate: 'items',
      pipeline: [{ $match: {} }, { $skip: 0 }, { $group: { _id: 1, n: { $sum: 1 } } }],
      cursor: {},
      maxTimeMS: 5000,
      hint: '_id_',
    },
    { cursor: { firstBatch: [{ n: 100 }] } },
  ],
  ['documents', { count: 'items', query: {} }, { n: 100 }],
  [
    'documents',
    { findAndModify: 'items', query: { _id: 1, n: 1 }, update: { $set: { edited: true } }, new: true },
    { value: { edited: true } },
  ],
  [
    'schema',
    {
      aggregate: 'items',
      pipeline: [{ $match: {} }, { $sample: { size: 1000 } }],
      cursor: {},
      allowDiskUse: true,
      maxTimeMS: 60_000,
    },
    { cursor: { firstBatch: expect.any(Array) } },
  ],
  [
    'explain',
    { explain: { find: 'items', filter: { n: 3 } }, verbosity: 'allPlansExecution' },
    {
      queryPlanner: { winningPlan: { stage: 'FETCH' } },
      executionStats: { nReturned: 20, totalKeysExamined: 20, executionStages: expect.any(Object) },
    },
  ],
  [
    'explain',
    {
      explain: { aggregate: 'items', pipeline: [{ $match: { n: 3 } }, { $group: { _id: '$n' } }], cursor: {} },
      verbosity: 'executionStats',
    },
    { ok: 1 },
  ],
  ['indexes', { listIndexes: 'items', cursor: {} }, { cursor: { firstBatch: [{ name: '_id_' }, { name: 'n_1' }] } }],
  [
    'indexes',
    {
      aggregate: 'items',
      pipeline: [
        { $indexStats: {} },
        { $project: { name: 1, usageHost: '$host', usageCount: '$accesses.ops', usageSince: '$accesses.since' } },
      ],
      cursor: {},
    },
    {
      cursor: {
        firstBatch: expect.arrayContaining([expect.objectContaining({ name: 'n_1', usageSince: expect.any(Date) })]),
      },
    },
  ],
  ['indexes', { collStats: 'items' }, { indexSizes: { _id_: expect.any(Number), n_1: expect.any(Number) } }],
  [
    'indexes',
    { createIndexes: 'items', indexes: [{ key: { name: 1 }, name: 'name_1' }], commitQuorum: 'majority' },
    { ok: 1 },
  ],
  ['indexes', { dropIndexes: 'items', index: 'name_1' }, { ok: 1 }],
  [
    'search indexes',
    { aggregate: 'items', pipeline: [{ $listSearchIndexes: {} }], cursor: {} },
    { cursor: { firstBatch: [] } },
  ],
  [
    'validation',
    {
      collMod: 'items',
      validator: { $jsonSchema: { bsonType: 'object' } },
      validationLevel: 'moderate',
      validationAction: 'warn',
    },
    { ok: 1 },
  ],
  [
    'performance',
    { serverStatus: 1 },
    {
      opcounters: { insert: expect.any(Number), query: expect.any(Number), command: expect.any(Number) },
      connections: { current: expect.any(Number) },
      network: { bytesIn: expect.anything() },
      mem: { resident: expect.any(Number) },
    },
    true,
  ],
  ['performance', { top: 1 }, { totals: expect.any(Object) }, true],
  ['performance', { currentOp: 1, $ownOps: false }, { inprog: expect.any(Array) }, true],
  [
    'performance',
    {
      aggregate: 1,
      pipeline: [{ $currentOp: { allUsers: true, idleConnections: false } }, { $match: { active: true } }],
      cursor: {},
    },
    { ok: 1 },
    true,
  ],
  ['the shell', { aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {} }, { ok: 1 }, true],
  ['the shell', { getLog: 'startupWarnings' }, { log: expect.any(Array) }, true],
  [
    'the pipeline builder',
    {
      aggregate: 'items',
      pipeline: [{ $match: {} }, { $limit: 100_000 }, { $project: { n: 1 } }, { $limit: 10 }],
      cursor: {},
      maxTimeMS: 60_000,
    },
    { cursor: { firstBatch: expect.any(Array) } },
  ],
];

describe('[ES1] Compass', () => {
  test('is answered in each of its tabs', async () => {
    await using database = await openTestDatabase();
    const { db, client } = database;
    await db
      .collection<{ _id: number; n: number }>('items')
      .insertMany(Array.from({ length: 100 }, (_, k) => ({ _id: k, n: k % 5 })));
    await db.collection('items').createIndex({ n: 1 });
    await db.createCollection('log');
    await db.createCollection('few', { viewOn: 'items', pipeline: [{ $match: { n: 0 } }] });
    const failures: Document[] = [];
    for (const [tab, command, answer, admin] of asked) {
      const got = await answerOf(admin === true ? client.db('admin') : db, command);
      try {
        expect(got).toMatchObject({ ok: 1, ...answer });
      } catch (error) {
        failures.push({ tab, command, why: (error as Error).message.slice(0, 1500) });
      }
    }
    expect(failures).toEqual([]);
  });
});

/** As a document, also where the server refuses. */
async function answerOf(db: Db, command: Document): Promise<Document> {
  try {
    return await db.command(command);
  } catch (error) {
    const { code, codeName, message } = error as { code?: number; codeName?: string; message: string };
    return { ok: 0, code, codeName, message };
  }
}
