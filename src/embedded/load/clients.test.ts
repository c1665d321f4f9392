/** Many clients at once, slow ones, and work that must stop. */
import { connect } from 'node:net';
import { serialize } from 'bson';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opMsg, SocketClient } from '../wire/socket-client.testing.ts';
import { type ServerChild, startServerChild } from './server-child.testing.ts';

const CONNECTIONS = 200;
/** See pauses.test.ts: of the processor, so that it holds on a busy machine too. */
const STROKE_MS_MAX = 250;

let child: ServerChild;
let client: MongoClient;

beforeAll(async () => {
  child = await startServerChild();
  client = new MongoClient(child.uri, { maxPoolSize: CONNECTIONS });
  const documents = Array.from({ length: 10_000 }, (_, i) => ({ _id: i as never, k: i % 100, pad: 'x'.repeat(100) }));
  await rows().insertMany(documents);
}, 120_000);

afterAll(async () => {
  await client?.close();
  await child?.[Symbol.asyncDispose]();
}, 120_000);

const rows = () => client.db('load').collection('rows');
const address = () => {
  const { hostname, port } = new URL(child.uri);
  return { host: hostname, port: Number(port) };
};

test('[ES16] two hundred connections at once get right answers, cheap ones between dear ones', async () => {
  await child.figures();
  const dear: Document[][] = [
    [{ $group: { _id: { $mod: ['$_id', 50] }, n: { $sum: 1 } } }],
    [{ $sort: { pad: 1, k: -1 } }, { $limit: 50 }],
    [{ $match: { _id: { $lt: 50 } } }, { $lookup: { from: 'rows', localField: 'k', foreignField: 'k', as: 'same' } }],
  ];
  const cheapMs: number[] = [];
  const cheap = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    const found = await work();
    cheapMs.push(performance.now() - start);
    return found;
  };
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, i) => {
      const session = client.startSession();
      try {
        await cheap(() => client.db('load').command({ ping: 1 }, { session }));
        if (i % 20 === 0) {
          expect(
            await rows()
              .aggregate(dear[(i / 20) % dear.length] as Document[], { session })
              .toArray(),
          ).toHaveLength(50);
        }
        for (let turn = 0; turn < 2; turn++) {
          expect(await cheap(() => rows().findOne({ _id: (i * 31) as never }, { session }))).toMatchObject({
            k: (i * 31) % 100,
          });
          await cheap(() => client.db('load').collection('written').insertOne({ i, turn }, { session }));
        }
        if (i % 10 === 0) {
          await session.withTransaction(async () => {
            await client
              .db('load')
              .collection('sums')
              .updateOne({ _id: 1 as never }, { $inc: { n: 1 } }, { upsert: true, session });
          });
        }
      } finally {
        await session.endSession();
      }
    }),
  );
  expect(await client.db('load').collection('written').countDocuments()).toBe(CONNECTIONS * 2);
  expect(await client.db('load').collection('sums').findOne()).toMatchObject({ n: CONNECTIONS / 10 });
  const { cpuMs, wallMs } = await child.figures();
  if (process.env['ZAVA_FIGURES'] !== undefined) {
    cheapMs.sort((left, right) => left - right);
    process.stdout.write(
      `200 connections: cheap p50 ${cheapMs[cheapMs.length >> 1]?.toFixed(0)} ms, p99 ${cheapMs[Math.floor(cheapMs.length * 0.99)]?.toFixed(0)} ms, longest stroke ${cpuMs.toFixed(0)} ms of the processor (${wallMs.toFixed(0)} ms)\n`,
    );
  }
  expect(cpuMs).toBeLessThan(STROKE_MS_MAX);
}, 120_000);

describe('[ES16] work that nobody waits for any more stops', () => {
  const nested: Document[] = [
    {
      $lookup: {
        from: 'rows',
        let: { k: '$_id' },
        pipeline: [
          { $match: { $expr: { $gt: [{ $add: ['$k', '$$k'] }, -1] } } },
          { $group: { _id: null, n: { $sum: '$k' } } },
        ],
        as: 'x',
      },
    },
    { $match: { 'x.n': -1 } },
  ];
  const running = async (comment: string): Promise<Document | undefined> => {
    const { inprog } = await client.db('admin').command({ currentOp: 1 });
    return inprog.find((one: Document) => one['command']?.comment === comment);
  };
  const started = (comment: string) => expect.poll(() => running(comment), { timeout: 20_000 }).toBeDefined();
  const ended = (comment: string) =>
    expect.poll(() => running(comment), { timeout: 5000, interval: 20 }).toBeUndefined();

  test('by killOp', async () => {
    const outcome = rows()
      .aggregate(nested, { comment: 'killed' })
      .toArray()
      .catch((error: unknown) => error);
    await started('killed');
    await client.db('admin').command({ killOp: 1, op: (await running('killed'))?.['opid'] });
    await ended('killed');
    expect(await outcome).toMatchObject({ code: 11601 });
  }, 40_000);

  test('by maxTimeMS', async () => {
    const start = performance.now();
    await expect(rows().aggregate(nested, { maxTimeMS: 100 }).toArray()).rejects.toMatchObject({ code: 50 });
    expect(performance.now() - start).toBeLessThan(5000);
  }, 40_000);

  test('by a closed socket', async () => {
    const { host, port } = address();
    const socket = connect(port, host);
    socket.write(opMsg({ aggregate: 'rows', pipeline: nested, cursor: {}, comment: 'left', $db: 'load' }));
    await started('left');
    socket.destroy();
    await ended('left');
  }, 40_000);

  test('by the end of its session', async () => {
    const session = client.startSession();
    const outcome = rows()
      .aggregate(nested, { comment: 'session', session })
      .toArray()
      .catch((error: unknown) => error);
    await started('session');
    await client.db('admin').command({ killSessions: [session.id] });
    await ended('session');
    expect(await outcome).toMatchObject({ code: 11601 });
    await session.endSession();
  }, 40_000);
});

test('[ES16] a client that does not read its replies does not fill the memory of the server', async () => {
  const { host, port } = address();
  const before = (await child.figures()).residentBytes;
  const sockets = Array.from({ length: 10 }, () => connect(port, host).pause());
  const request = opMsg({ find: 'rows', batchSize: 10_000, singleBatch: true, $db: 'load' });
  // Each reply has more than a megabyte: read at once, all would be more than a gigabyte.
  for (const socket of sockets) for (let n = 0; n < 150; n++) socket.write(request);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect((await child.figures()).residentBytes - before).toBeLessThan(200_000_000);
  expect(await rows().findOne({ _id: 1 as never })).toMatchObject({ k: 1 });
  for (const socket of sockets) socket.destroy();
}, 60_000);

test('[ES16] forty tailable cursors that wait are all woken by one insert', async () => {
  const capped = await client.db('load').createCollection('capped', { capped: true, size: 1_000_000 });
  await capped.insertOne({ n: 0 });
  const cursors = Array.from({ length: 40 }, () =>
    capped.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 20_000 }),
  );
  for (const cursor of cursors) expect(await cursor.next()).toMatchObject({ n: 0 });
  const next = Promise.all(cursors.map((cursor) => cursor.next()));
  await capped.insertOne({ n: 1 });
  expect((await next).map((document) => document?.['n'])).toEqual(Array(40).fill(1));
  await Promise.all(cursors.map((cursor) => cursor.close()));
}, 60_000);

/** A message of exactly so many bytes that inserts four documents, as drivers send them: beside the command. */
function insertOf(bytes: number, collection: string): Buffer {
  const command = opMsg({ insert: collection, $db: 'load' });
  const name = Buffer.from('documents\0');
  const left = bytes - command.length - 1 - 4 - name.length;
  const sizes = [12_000_000, 12_000_000, 12_000_000, left - 36_000_000];
  const empty = serialize({ _id: 0, s: '' }).length;
  const documents = sizes.map((size, _id) => serialize({ _id, s: 'x'.repeat(size - empty) }));
  const section = Buffer.alloc(5);
  section[0] = 1;
  section.writeInt32LE(4 + name.length + left, 1);
  const message = Buffer.concat([command, section, name, ...documents]);
  message.writeInt32LE(message.length, 0);
  return message;
}

describe('[ES1] the sizes that the server says in its hello hold', () => {
  test('a document of 16 MB is taken, and one byte more is refused', async () => {
    const large = client.db('load').collection('large');
    const overhead = 4 + 1 + 4 + 4 + 1 + 2 + 4 + 1 + 1; // _id as int32, s as string
    const pad = 16 * 1024 * 1024 - overhead;
    await large.insertOne({ _id: 1 as never, s: 'x'.repeat(pad) });
    expect((await large.findOne({ _id: 1 as never }))?.['s'].length).toBe(pad);
    await expect(large.insertOne({ _id: 2 as never, s: 'x'.repeat(pad + 1) })).rejects.toThrow();
  }, 60_000);

  test('a message of 48,000,000 bytes is read; of one more the connection closes', async () => {
    const { host, port } = address();
    await using exact = await SocketClient.open(host, port);
    exact.send(insertOf(48_000_000, 'exact'));
    expect(await exact.reply()).toMatchObject({ n: 4, ok: 1 });
    await using above = await SocketClient.open(host, port);
    above.send(insertOf(48_000_001, 'above'));
    expect(await above.reply()).toBeNull();
    expect(await client.db('load').command({ ping: 1 })).toMatchObject({ ok: 1 });
  }, 60_000);

  test('a command takes 100,000 writes and refuses one more with InvalidLength', async () => {
    const documents = Array.from({ length: 100_001 }, (_, _id) => ({ _id }));
    const refused = client.db('load').command({ insert: 'many', documents });
    await expect(refused).rejects.toMatchObject({ code: 16 });
    const taken = await client.db('load').command({ insert: 'many', documents: documents.slice(1) });
    expect(taken).toMatchObject({ n: 100_000, ok: 1 });
    expect(
      await client
        .db('load')
        .collection('many')
        .countDocuments({ _id: { $gte: 99_999 as never } }),
    ).toBe(2);
  }, 120_000);
});
