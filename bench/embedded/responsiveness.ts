/** How long a ping takes beside each kind of long work, on a collection of its own that is gone afterwards. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { Timings } from './timings.ts';

const DATABASE = 'zava_bench_pings';
const DOCUMENTS = 60_000;
const BATCH = 10_000;
const TRANSACTION_WRITES = 30_000;
const CLIENTS = 64;
const READS_PER_CLIENT = 100;

export interface PingLine {
  readonly work: string;
  readonly workMs: number;
  readonly pings: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Row extends Document {
  _id: number;
}

function rowsFrom(from: number, count: number): Row[] {
  return Array.from({ length: count }, (_, k) => {
    const n = from + k;
    const tags = ['a', `t${n % 7}`];
    return {
      _id: n,
      k: n % 997,
      r: (n * 7919) % DOCUMENTS,
      name: `name ${(n * 31) % DOCUMENTS}`,
      tags,
      pad: 'p'.repeat(80),
    };
  });
}

async function fill(rows: Collection<Row>, from: number, count: number): Promise<void> {
  for (let at = 0; at < count; at += BATCH) await rows.insertMany(rowsFrom(from + at, Math.min(BATCH, count - at)));
}

async function commitMany(client: MongoClient, rows: Collection<Row>): Promise<void> {
  await client.withSession(async (session) => {
    session.startTransaction();
    for (let at = 0; at < TRANSACTION_WRITES; at += 1000) {
      await rows.insertMany(rowsFrom(2 * DOCUMENTS + at, 1000), { session });
    }
    await session.commitTransaction();
  });
}

async function manyClients(rows: Collection<Row>): Promise<void> {
  const one = async (client: number) => {
    for (let k = 0; k < READS_PER_CLIENT; k++) {
      const id = (client * 7919 + k * 104_729) % DOCUMENTS;
      if (k % 5 === 4) await rows.updateOne({ _id: id }, { $inc: { k: 1 } });
      else await rows.findOne({ _id: id });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => one(client)));
}

export async function measurePings(uri: string): Promise<PingLine[]> {
  const client = new MongoClient(uri, { maxPoolSize: CLIENTS });
  const rows = client.db(DATABASE).collection<Row>('rows');
  const works: Record<string, () => Promise<unknown>> = {
    'an insert of 60,000': () => fill(rows, 0, DOCUMENTS),
    'an index build': () => rows.createIndexes([{ key: { name: 1, k: -1 } }, { key: { tags: 1 } }]),
    'a group and a sort': () =>
      rows
        .aggregate([
          { $group: { _id: '$name', n: { $sum: 1 }, all: { $push: '$$ROOT' } } },
          { $sort: { _id: -1 } },
          { $limit: 10 },
        ])
        .toArray(),
    'an update of everything': () => rows.updateMany({}, { $inc: { r: 1 } }),
    'a transaction of 30,000': () => commitMany(client, rows),
    '64 clients': () => manyClients(rows),
  };
  const pinger = await startPinger(uri);
  try {
    await rows.drop();
    const lines: PingLine[] = [];
    for (const [work, run] of Object.entries(works)) {
      await pinger.latenciesMs();
      const startedAt = performance.now();
      await run();
      const workMs = performance.now() - startedAt;
      const latenciesMs = await pinger.latenciesMs();
      const timings = new Timings();
      timings.addRound(latenciesMs);
      const { count: pings, p50Ms, p99Ms } = timings;
      lines.push({ work, workMs, pings, p50Ms, p99Ms, maxMs: Math.max(...latenciesMs) });
    }
    return lines;
  } finally {
    await pinger.stop();
    await client.db(DATABASE).dropDatabase();
    await client.close();
  }
}

async function startPinger(uri: string) {
  const file = `./ping-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
  const thread = new Worker(new URL(file, import.meta.url), { workerData: uri });
  await once(thread, 'online');
  return {
    /** Since it was asked before; a ping under way counts to the next. */
    async latenciesMs(): Promise<number[]> {
      thread.postMessage('figures');
      const [latenciesMs] = await once(thread, 'message');
      return latenciesMs as number[];
    },
    async stop(): Promise<void> {
      const ended = once(thread, 'exit');
      thread.postMessage('end');
      await ended;
    },
  };
}
