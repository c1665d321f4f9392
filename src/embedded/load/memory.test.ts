/** Many heavy pipelines at once: right answers within a bound of memory. */
import { readFileSync } from 'node:fs';
import { type Document, MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { SERVER_NODE_OPTIONS } from '../index.ts';
import { startServerChild } from './server-child.testing.ts';

const PIPELINES = 64;
const DOCUMENTS = 10_000;
/** The server's own, of which the child has 115 MB before it does anything; without seats and options it grew to 340 MB. */
const OWN_BYTES_MAX = 300e6;

const heavy: readonly Document[][] = [
  [
    { $set: { z: { $concat: ['$name', '!'] } } },
    { $sort: { z: 1, n: -1 } },
    { $group: { _id: null, n: { $sum: 1 }, first: { $first: '$z' } } },
  ],
  [{ $group: { _id: '$name', all: { $push: '$$ROOT' } } }, { $group: { _id: null, n: { $sum: { $size: '$all' } } } }],
  [
    { $facet: { first: [{ $sort: { r: -1 } }, { $limit: 3 }], n: [{ $group: { _id: '$r' } }, { $count: 'n' }] } },
    { $project: { n: { $first: '$n.n' } } },
  ],
  [
    { $setWindowFields: { sortBy: { r: 1 }, output: { s: { $sum: '$n', window: { documents: [-5, 0] } } } } },
    { $group: { _id: null, n: { $sum: 1 } } },
  ],
];

/** Without the pages of its files, which the system takes back when it needs them. */
function ownBytesOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

// Only Linux tells what is a process's own.
test.runIf(process.platform === 'linux')(
  '[ES18] 64 heavy pipelines at once all answer rightly, within 300 MB of own memory',
  async () => {
    await using child = await startServerChild(SERVER_NODE_OPTIONS);
    const client = new MongoClient(child.uri, { maxPoolSize: PIPELINES });
    const collection = client.db('load').collection<{ _id: number }>('c');
    for (let from = 0; from < DOCUMENTS; from += 5000) await collection.insertMany(documentsFrom(from, 5000));
    let peakBytes = 0;
    const look = setInterval(() => {
      peakBytes = Math.max(peakBytes, ownBytesOf(child.pid));
    }, 20);
    const answers = await Promise.all(
      Array.from({ length: PIPELINES }, (_, k) =>
        collection.aggregate(heavy[k % heavy.length] as Document[]).toArray(),
      ),
    ).finally(() => clearInterval(look));
    if (process.env['ZAVA_FIGURES'] !== undefined) {
      process.stdout.write(`${PIPELINES} heavy pipelines: own memory ${Math.round(peakBytes / 1e6)} MB at its peak\n`);
    }
    for (const answer of answers) expect(answer).toEqual([expect.objectContaining({ n: DOCUMENTS })]);
    expect(peakBytes).toBeLessThan(OWN_BYTES_MAX);
    await client.close();
  },
  180_000,
);

function documentsFrom(from: number, count: number) {
  return Array.from({ length: count }, (_, k) => {
    const n = from + k;
    const name = `name ${(n * 31) % DOCUMENTS}`;
    return { _id: n, n, r: (n * 7919) % DOCUMENTS, name, pad: 'p'.repeat(200) };
  });
}
