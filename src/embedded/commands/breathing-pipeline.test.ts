import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compilePipeline } from '../aggregation/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import { runBreathing } from './breathing-pipeline.ts';

const DOCUMENTS = 50_000;

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-breathing-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i as never, shelf: i % 1000, name: `n${i}` }));
  await client.db('heavy').collection('rows').insertMany(documents);
}, 60_000);

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const heavy = [
  { $match: { $expr: { $gte: [{ $strLenCP: '$name' }, 1] } } },
  { $set: { word: { $concat: ['$name', '-', { $toString: '$shelf' }] } } },
  { $group: { _id: { $substrCP: ['$word', 0, 4] }, n: { $sum: 1 }, longest: { $max: { $strLenCP: '$word' } } } },
  { $sort: { n: -1, _id: 1 } },
];

test('[ES16] a pipeline is stopped by killOp and by maxTimeMS while it groups', async () => {
  const rows = client.db('heavy').collection('rows');
  const killed = rows.aggregate(heavy, { comment: 'to be killed' }).toArray();
  const outcome = killed.catch((error: unknown) => error);
  const admin = client.db('admin');
  let opid: number | undefined;
  while (opid === undefined) {
    const { inprog } = await admin.command({ currentOp: 1 });
    opid = inprog.find((one: Document) => one.command?.comment === 'to be killed')?.opid;
  }
  await admin.command({ killOp: 1, op: opid });
  expect(await outcome).toMatchObject({ code: 11601 });
  await expect(rows.aggregate(heavy, { maxTimeMS: 20 }).toArray()).rejects.toMatchObject({ code: 50 });
}, 30_000);

test('[ES10] a pipeline gives the same answer however often it pauses', () => {
  const documents = Array.from({ length: 100 }, (_, i) => ({ _id: i, k: i % 7, list: [i, i + 1] }));
  const pipelines: Document[][] = [
    [{ $match: { k: { $gt: 2 } } }, { $unwind: '$list' }, { $limit: 9 }],
    [{ $skip: 5 }, { $set: { k: { $add: ['$k', 1] } } }, { $skip: 2 }, { $limit: 50 }],
    [{ $group: { _id: '$k', n: { $sum: 1 } } }, { $sort: { _id: -1 } }, { $limit: 3 }],
    [{ $sort: { k: 1, _id: -1 } }, { $limit: 4 }, { $project: { k: 1 } }],
    [{ $sortByCount: '$k' }],
    [{ $bucket: { groupBy: '$k', boundaries: [0, 3, 9] } }, { $count: 'buckets' }],
    [{ $facet: { few: [{ $limit: 2 }], all: [{ $count: 'n' }] } }],
    [{ $setWindowFields: { sortBy: { _id: 1 }, output: { total: { $sum: '$k', window: { documents: [-1, 0] } } } } }],
    [{ $match: { k: 99 } }, { $count: 'none' }],
  ];
  for (const stages of pipelines) {
    const compile = () =>
      compilePipeline(stages as never, {
        namespace: 'a.b',
        source: { open: () => [] },
        now: new Date(0),
        due: () => true,
      });
    const whole = [...compile().run(structuredClone(documents) as never)];
    const paused = function* (): Iterable<never | Breathe> {
      for (const document of structuredClone(documents)) {
        yield BREATHE;
        yield document as never;
      }
    };
    const sliced = [...runBreathing(compile().stages, paused())].filter((item) => item !== BREATHE);
    expect(sliced).toEqual(whole);
  }
});
