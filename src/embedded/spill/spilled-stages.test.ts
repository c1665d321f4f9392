import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilePipeline } from '../aggregation/index.ts';
import { decode, encode } from '../bson/codec.ts';
import { type BsonValue, Decimal128, type Document, Double, ObjectId } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { SPILL_FOLDER, SpillFolder } from './spill-folder.ts';
import { MemoryMeter, WorkMemory, type WorkSpace, workSpaceOf } from './work-space.ts';

let dataDir: string;
let spill: SpillFolder;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'embedded-spill-'));
  spill = new SpillFolder(dataDir);
});

afterAll(() => {
  spill.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What must fit into memory: the answer of a facet, one $push, one set. */
const BIG = new Set([
  'internalQueryFacetMaxOutputDocSizeBytes',
  'internalQueryMaxPushBytes',
  'internalQueryMaxAddToSetBytes',
]);

const filesLeft = (): string[] => readdirSync(join(dataDir, SPILL_FOLDER));

function run(stages: Document[], documents: readonly Document[], work: WorkSpace) {
  const source = { open: () => [] };
  const pipeline = compilePipeline(stages, { namespace: 'a.b', source, now: new Date(0), work });
  // In the form in which they go to a client: a double is one whatever object it was.
  const results = [...pipeline.run(documents)].map((document) => decode(encode(document)));
  return { results, figures: pipeline.stages.map((stage) => stage.figures?.()) };
}

const value: fc.Arbitrary<BsonValue> = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 5 }).map((whole) => new Double(whole)),
  fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
  fc.string({ maxLength: 4 }),
  fc.constantFrom<BsonValue>(null, true, new Date(5), new ObjectId('0123456789abcdef01234567')),
  fc.constantFrom('0.1', '-7', '1E+3').map((text) => Decimal128.fromString(text)),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
  fc.record({ x: fc.integer({ min: 0, max: 3 }) }),
);
const rows: fc.Arbitrary<Document[]> = fc.array(
  fc.record({ k: value, v: value, w: value, pad: fc.constant('x'.repeat(120)) }, { requiredKeys: ['pad'] }),
  { minLength: 60, maxLength: 160 },
);

const accumulators: Document = {
  n: { $sum: 1 },
  total: { $sum: '$v' },
  mean: { $avg: '$v' },
  least: { $min: '$v' },
  most: { $max: '$w' },
  first: { $first: '$v' },
  last: { $last: '$w' },
  all: { $push: { v: '$v', w: '$w' } },
  distinct: { $addToSet: '$v' },
  merged: { $mergeObjects: { $cond: [{ $eq: [{ $type: '$w' }, 'object'] }, '$w', null] } },
  spread: { $stdDevPop: '$v' },
  sample: { $stdDevSamp: '$v' },
  middle: { $median: { input: '$v', method: 'approximate' } },
  two: { $firstN: { input: '$v', n: 2 } },
  lastTwo: { $lastN: { input: '$v', n: 2 } },
  high: { $maxN: { input: '$v', n: 3 } },
  low: { $minN: { input: '$w', n: 3 } },
  top: { $top: { sortBy: { v: -1, w: 1 }, output: '$w' } },
  bottom: { $bottomN: { n: 2, sortBy: { w: 1 }, output: ['$v', '$w'] } },
};

/** Groups have no order. */
function ordered(name: string, results: readonly Document[]): readonly Document[] {
  if (!name.startsWith('$group') && name !== '$sortByCount') return results;
  const text = (document: Document) => Buffer.from(encode({ id: document['_id'] })).toString('hex');
  return results.toSorted((left, right) => text(left).localeCompare(text(right)));
}

const pipelines: Record<string, Document[]> = {
  $sort: [{ $sort: { k: 1, v: -1 } }],
  '$sort with a limit': [{ $sort: { v: 1 } }, { $limit: 20 }],
  $group: [{ $group: { _id: '$k', ...accumulators } }],
  '$group by several fields': [{ $group: { _id: { k: '$k', v: '$v' }, ...accumulators } }],
  '$group by a computed document': [{ $group: { _id: { $mergeObjects: [{ k: '$k' }] }, ...accumulators } }],
  $bucketAuto: [{ $bucketAuto: { groupBy: '$k', buckets: 5, output: accumulators } }],
  $bucket: [{ $bucket: { groupBy: '$k', boundaries: [-5, 0, 3], default: 'other', output: { n: { $sum: 1 } } } }],
  $sortByCount: [{ $sortByCount: '$k' }],
  $setWindowFields: [
    { $match: { k: { $not: { $type: 'array' } } } },
    { $setWindowFields: { partitionBy: '$k', sortBy: { v: 1 }, output: { place: { $documentNumber: {} } } } },
  ],
  $facet: [{ $facet: { all: [{ $project: { v: 1 } }], some: [{ $sort: { w: 1 } }, { $limit: 3 }] } }],
};

describe('[ES18] a stage that outgrows memory gives the same answer from disk', () => {
  test.each(Object.entries(pipelines))('%s', (name, stages) => {
    let spilled = 0;
    fc.assert(
      fc.property(rows, (documents) => {
        const before = run(stages, documents, workSpaceOf());
        const work: WorkSpace = {
          memory: new WorkMemory(),
          own: { bytes: 0 },
          spill,
          bytesMax: (bound) => (BIG.has(bound) || name === '$setWindowFields' ? 60_000 : 6000),
        };
        const after = run(stages, documents, work);
        expect(ordered(name, after.results)).toEqual(ordered(name, before.results));
        expect(work.memory.bytes).toBe(0);
        spilled += after.figures.filter((figures) => figures?.['usedDisk'] === true).length;
      }),
      { numRuns: 15, seed: 7, endOnFailure: true },
    );
    expect(filesLeft()).toEqual([]);
    expect(spill.openFiles).toBe(0);
    if (!['$bucket', '$facet', '$setWindowFields', '$sort with a limit', '$sortByCount'].includes(name))
      expect(spilled).toBeGreaterThan(0);
  });

  test('many runs are merged into longer ones, and stay in order', () => {
    const documents = Array.from({ length: 5000 }, (_, i) => ({ _id: i, k: (i * 7919) % 5003, pad: 'y'.repeat(50) }));
    const { results, figures } = run([{ $sort: { k: -1 } }], documents, workSpaceOf(5000, spill));
    expect(results).toEqual(documents.toSorted((a, b) => b.k - a.k));
    expect(Number(figures[0]?.['spills'])).toBeGreaterThan(128);
    expect(filesLeft()).toEqual([]);
  });

  test('a pipeline that is left in the middle, and one that fails, leave no file and no memory behind', () => {
    const documents = Array.from({ length: 500 }, (_, i) => ({ _id: i, k: i % 100, pad: 'z'.repeat(100) }));
    const work = workSpaceOf(5000, spill);
    const compile = (stages: Document[]) =>
      compilePipeline(stages, { namespace: 'a.b', source: { open: () => [] }, now: new Date(0), work });
    for (const stages of [
      [{ $sort: { pad: 1 } }],
      [{ $group: { _id: '$_id' } }],
      [{ $facet: { a: [{ $count: 'n' }] } }],
    ]) {
      const left = compile(stages).run(documents)[Symbol.iterator]();
      left.next();
      left.return?.();
      const failing = function* () {
        yield* documents;
        throw new MongoError('Interrupted', 'operation was interrupted');
      };
      expect(() => [...compile(stages).run(failing())]).toThrow('interrupted');
      expect(filesLeft()).toEqual([]);
      expect(work.memory.bytes).toBe(0);
    }
  });
});

test('[ES18] without leave to use the disk a stage fails with 292, and says how to allow it', () => {
  const documents = Array.from({ length: 500 }, (_, i) => ({ _id: i, pad: 'z'.repeat(100) }));
  expect(() => run([{ $group: { _id: '$_id' } }], documents, workSpaceOf(5000))).toThrow(
    /didn't allow external sort. Pass allowDiskUse:true/,
  );
  expect(() => run([{ $sort: { pad: 1 } }], documents, workSpaceOf(5000))).toThrow(
    'Sort exceeded memory limit of 5000 bytes, but did not opt in to external sorting.',
  );
});

test('[ES18] all stages together hold no more than the bound: whoever grows beyond it spills', () => {
  const documents = Array.from({ length: 4000 }, (_, i) => ({ _id: i, pad: 'z'.repeat(200) }));
  const memory = new WorkMemory(() => 1_000_000);
  const work: WorkSpace = { memory, own: { bytes: 0 }, spill, bytesMax: () => 1e9 };
  const other = new MemoryMeter('other', work, 'internalDocumentSourceGroupMaxMemoryBytes');
  other.hold(900_000);
  const { figures } = run([{ $sort: { _id: -1 } }], documents, work);
  expect(figures[0]?.['usedDisk']).toBe(true);
  expect(memory.bytes).toBe(900_000);
});

test('what a killed process left in the folder is gone at the next start', () => {
  const file = spill.open();
  file.write(new Uint8Array(10));
  expect(filesLeft()).toHaveLength(1);
  const next = new SpillFolder(dataDir);
  expect(() => filesLeft()).toThrow('ENOENT');
  file.close();
  next.close();
});

// Windows has no limits of a shell.
test.skipIf(process.platform === 'win32')(
  '[ES18] a full disk fails the query that spills, and no other',
  async () => {
    const program = join(import.meta.dirname, 'full-disk-child.ts');
    const own = mkdtempSync(join(tmpdir(), 'embedded-spill-'));
    try {
      // A limit on the size of files is met like a full disk: by a failing write.
      const script = 'ulimit -f 4096; exec "$0" "$@"';
      const child = spawn('bash', ['-c', script, process.execPath, '--import', 'tsx', program, own]);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await new Promise((resolve) => child.on('exit', resolve));
      expect(output).toBe('refused 14031, then 500, 0 files open\n');
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  },
  60_000,
);
