import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../support/database.ts';
import { mongosh } from './mongosh.ts';

const session = fileURLToPath(new URL('./shell-session.js', import.meta.url));
const indexScript = fileURLToPath(new URL('../../scripts/create_indexes.js', import.meta.url));
const MINUTES_MAX = 3 * 60_000;

/** With MONGODB_CONNECTION_STRING set, the same session runs against a real MongoDB, which may differ where it says so. */
const uriOf = (uri: string, database: string): string => {
  const url = new URL(uri);
  url.pathname = `/${database}`;
  return url.href;
};

const expected: Readonly<Record<string, unknown>> = {
  insertMany: true,
  find: [
    { _id: 42, name: 'item 42' },
    { _id: 37, name: 'item 37' },
  ],
  findOne: { _id: 3, name: 'item 3' },
  counts: [10, 50, 10],
  distinct: [0, 1, 2, 3, 4],
  cursor: 50,
  'cursor options': [{ _id: 3 }, { _id: 4 }],
  createIndex: ['by_n', ['tags_1']],
  getIndexes: ['_id_', 'by_n', 'tags_1'],
  hideIndex: [true, false],
  'explain find': 10,
  'explain update': 'UPDATE',
  'explain aggregate': 1,
  aggregate: [
    { _id: 0, count: 10 },
    { _id: 1, count: 10 },
  ],
  updateOne: 1,
  updateMany: 10,
  replaceOne: 1,
  findOneAndUpdate: { _id: 1, x: 2 },
  findAndModify: { _id: 2, q: 1 },
  deleteOne: 1,
  bulkWrite: [1, 10, 1],
  'ordered bulk': [1, 1, 1],
  'duplicate key': expect.stringContaining('E11000 duplicate key error collection'),
  transaction: [1, 0, 0, 1],
  watch: ['insert', 'insert', 'insert'],
  'db.stats': [true, 1, 52, 1],
  'coll.stats': [true, 52, 3, false],
  sizes: true,
  validate: [true, 52],
  latencyStats: 1,
  'plan cache': [0, 1],
  currentOp: 1,
  killOp: 1,
  serverStatus: [true, 'mongod', true],
  version: true,
  hostInfo: [1, 1, 1],
  hello: [true, 25, 'rs0'],
  ping: 1,
  listCommands: true,
  getCollectionInfos: ['collection'],
  getDBs: true,
  'rs.status': ['PRIMARY'],
  'rs.conf': 1,
  'rs.hello': true,
  'rs.initiate': 'AlreadyInitialized: already initialized',
  'sh.status': expect.stringContaining('not have sharding enabled'),
  getUsers: [],
  profiling: [0, 0],
  profiler: expect.stringContaining('CommandNotSupported: This server has no profiler'),
  fsyncLock: expect.stringContaining('CommandNotSupported'),
  reIndex: expect.stringContaining('IllegalOperation: reIndex is only allowed on a standalone'),
  getDefaultRWConcern: { w: 'majority', wtimeout: 0 },
  capped: [true, [2, 3, 4]],
  view: [10, 0],
  collMod: 1,
  renameCollection: 1,
  'search index': ['vectors'],
  JavaScript: expect.stringContaining('$where is not supported: this server runs no JavaScript'),
  mapReduce: expect.stringContaining('CommandNotFound'),
  documents: [{ a: 1 }],
  types: true,
  dropIndexes: [3, 2],
  drop: [true, 1],
};

test(
  '[ES1] a session in mongosh runs as against MongoDB',
  async () => {
    await using database = await openTestDatabase();
    const { output, exitCode } = await mongosh(uriOf(database.uri, database.name), [session]);
    const line = output.split('\n').find((each) => each.startsWith('STEPS '));
    expect(line, output).toBeDefined();
    expect(JSON.parse(line!.slice('STEPS '.length))).toEqual(expected);
    expect(exitCode).toBe(0);
  },
  MINUTES_MAX,
);

test(
  '[ES1] what a person types into mongosh is answered: show, use, it',
  async () => {
    await using database = await openTestDatabase();
    const typed = `use ${database.name}
db.items.insertMany([{ _id: 1, name: 'hammer' }, { _id: 2, name: 'saw' }])
show collections
show tables
show dbs
show users
show roles
show profile
show logs
config.set('displayBatchSize', 1)
db.items.find().sort({ _id: 1 })
it
db.items.find({ _id: 2 }).explain().queryPlanner.winningPlan.stage
db.nothing.insert({ _id: 1 })
db.items.find({ $bogus: 1 })
exit
`;
    const { output, exitCode } = await mongosh(database.uri, [], { typed });
    expect(output).toContain(`switched to db ${database.name}`);
    expect(output).toContain("insertedIds: { '0': 1, '1': 2 }");
    expect(output).toMatch(/> items\n/);
    expect(output).toMatch(new RegExp(`^${database.name} +[\\d.]+ \\w?i?B`, 'm'));
    expect(output).toContain('Type "it" for more');
    expect(output).toContain("[ { _id: 1, name: 'hammer' } ]");
    expect(output).toContain("[ { _id: 2, name: 'saw' } ]");
    expect(output).toMatch(/EXPRESS|IDHACK/);
    expect(output).toContain('MongoServerError[BadValue]: unknown top level operator: $bogus');
    expect(output.match(/MongoServerError/g)).toHaveLength(1);
    expect(exitCode).toBe(0);
  },
  MINUTES_MAX,
);

test(
  '[ES1] scripts/create_indexes.js makes its indexes, and again changes nothing',
  async () => {
    await using database = await openTestDatabase();
    const environment = { MONGODB_DATABASE: database.name };
    const indexesOf = async () => {
      const collections = await database.db.listCollections().toArray();
      const lists = await Promise.all(collections.map(({ name }) => database.db.collection(name).indexes()));
      return lists.flat().length;
    };
    const first = await mongosh(database.uri, [indexScript], { environment });
    expect(first.exitCode, first.output).toBe(0);
    const made = await indexesOf();
    expect(made).toBeGreaterThan(40);
    const again = await mongosh(database.uri, [indexScript], { environment });
    expect(again.exitCode, again.output).toBe(0);
    expect(await indexesOf()).toBe(made);
  },
  MINUTES_MAX,
);
