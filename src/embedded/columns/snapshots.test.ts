import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import type { BsonValue } from '../bson/values.ts';
import { partialFilter, textTerms } from '../planner/index-services.ts';
import { openStorage } from '../storage/index.ts';
import type { CollectionReader, Snapshot, Storage } from '../storage/storage.ts';
import { Batch } from './batch.ts';
import { COLUMN_CACHE_BYTES } from './bounds.ts';
import type { PinnedColumns } from './collection-columns.ts';
import { ColumnCache } from './column-cache.ts';
import { tableOf } from './table.ts';

let dataDir: string;
let storage: Storage;
let cache: ColumnCache;
let bytesMax = COLUMN_CACHE_BYTES;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'zava-columns-'));
  storage = await openStorage({ dataDir, partialFilter, textTerms });
  bytesMax = COLUMN_CACHE_BYTES;
  cache = new ColumnCache(storage, () => bytesMax);
});

afterEach(async () => {
  cache.close();
  await storage.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const items = 'shop.items';

async function fill(count: number): Promise<void> {
  await storage.write((transaction) => {
    const collection = transaction.createCollection(items, {});
    for (let n = 1; n <= count; n++) collection.insert(encode({ _id: n, n, text: `text ${n % 7}` }));
  });
}

function read(snapshot: Snapshot): CollectionReader {
  return snapshot.collection(items) as CollectionReader;
}

/** Builds to the end; `between` runs at each pause, of which there are many. */
async function pinned(
  collection: CollectionReader,
  fields: string[],
  between: (pause: number) => unknown = () => undefined,
): Promise<PinnedColumns | null> {
  const steps = cache.pin(collection, new Set(fields), () => true);
  for (let pause = 0; ; pause++) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await between(pause);
  }
}

function valuesOf(columns: PinnedColumns | null, field: string): (BsonValue | undefined)[] {
  if (columns === null) throw new Error('There are no columns.');
  const table = tableOf(columns);
  const batch = new Batch();
  const values: (BsonValue | undefined)[] = [];
  for (const chunk of table.chunks) {
    table.fill(batch, chunk);
    for (let k = 0; k < batch.count; k++) values.push(table.fields.get(field).value(batch, k));
  }
  return values;
}

function stored(collection: CollectionReader, field: string) {
  return [...collection.scan()].map(({ raw }) => decode(raw)[field]);
}

describe('columns and snapshots', () => {
  test('[ES20] writes that are committed while columns are built are not seen by the query that waits for them', async () => {
    await fill(3000);
    using snapshot = storage.snapshot();
    const before = stored(read(snapshot), 'n');
    const columns = await pinned(read(snapshot), ['n', 'text'], async (pause) => {
      if (pause === 2) {
        await storage.write((transaction) => {
          const collection = transaction.collection(items);
          collection?.insert(encode({ _id: 'new', n: -1 }));
          collection?.remove(5);
          collection?.update(2900, encode({ _id: 2900, n: 0.5 }), 'replace');
          collection?.update(1, encode({ _id: 1, n: 'one' }), 'replace');
        });
      }
    });
    expect(valuesOf(columns, 'n')).toEqual(before);
    // A new snapshot sees them, in the columns that were built before, and reads nothing to do so.
    using after = storage.snapshot();
    const { builds } = cache.statistics();
    const fresh = await pinned(read(after), ['n', 'text']);
    expect(valuesOf(fresh, 'n')).toEqual(stored(read(after), 'n'));
    expect(cache.statistics().builds).toBe(builds);
    // And what the first query holds is still what it was.
    expect(valuesOf(columns, 'n')).toEqual(before);
  });

  test('[ES20] columns that are asked for while a commit is on its way to the disk do not miss it', async () => {
    await fill(100);
    const committed = storage.write((transaction) => {
      for (let n = 1; n <= 50; n++)
        transaction.collection(items)?.update(n, encode({ _id: n, n: 1000 + n }), 'replace');
    });
    // The job has run, and is not acknowledged: snapshots show what was before.
    await new Promise((resolve) => setImmediate(resolve));
    let isCommitted = false;
    committed.then(() => {
      isCommitted = true;
    });
    let asked = 0;
    while (!isCommitted) {
      using before = storage.snapshot();
      expect(valuesOf(await pinned(read(before), ['n']), 'n')).toEqual(stored(read(before), 'n'));
      asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toBeGreaterThan(0);
    using after = storage.snapshot();
    const columns = await pinned(read(after), ['n']);
    if (columns !== null) expect(valuesOf(columns, 'n')).toEqual(stored(read(after), 'n'));
  });

  test('[ES20] a query keeps its columns as they are, whatever is written later', async () => {
    await fill(6000);
    using snapshot = storage.snapshot();
    const columns = await pinned(read(snapshot), ['n']);
    const before = valuesOf(columns, 'n');
    for (let round = 0; round < 4; round++) {
      await storage.write((transaction) => {
        const collection = transaction.collection(items);
        for (let id = 1 + round; id < 6000; id += 500)
          collection?.update(id, encode({ _id: id, n: `r${round}` }), 'replace');
        collection?.remove(100 + round);
        collection?.insert(encode({ _id: `new ${round}`, n: round }));
      });
      using now = storage.snapshot();
      expect(valuesOf(await pinned(read(now), ['n']), 'n')).toEqual(stored(read(now), 'n'));
    }
    expect(valuesOf(columns, 'n')).toEqual(before);
    expect(before).toEqual(stored(read(snapshot), 'n'));
  });

  test('[ES20] a snapshot from before the newest write gets no columns', async () => {
    await fill(100);
    using before = storage.snapshot();
    using warm = storage.snapshot();
    await pinned(read(warm), ['n']);
    await storage.write((transaction) => transaction.collection(items)?.remove(7));
    expect(await pinned(read(before), ['n'])).toBeNull();
    using after = storage.snapshot();
    expect(valuesOf(await pinned(read(after), ['n']), 'n')).toHaveLength(99);
  });

  test('[ES20] a write that fails leaves the columns as they are, also between others of the same commit', async () => {
    await fill(50);
    using snapshot = storage.snapshot();
    await pinned(read(snapshot), ['n']);
    const results = await Promise.allSettled([
      storage.write((transaction) =>
        transaction.collection(items)?.update(1, encode({ _id: 1, n: 'first' }), 'replace'),
      ),
      storage.write((transaction) => {
        const collection = transaction.collection(items);
        collection?.update(1, encode({ _id: 1, n: 'lost' }), 'replace');
        collection?.remove(2);
        collection?.insert(encode({ _id: 'lost', n: 'lost' }));
        throw new Error('changed my mind');
      }),
      storage.write((transaction) => transaction.collection(items)?.insert(encode({ _id: 'kept', n: 'kept' }))),
      storage.write((transaction) => transaction.collection(items)?.insert(encode({ _id: 3, n: 'duplicate' }))),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    using now = storage.snapshot();
    const { builds } = cache.statistics();
    const values = valuesOf(await pinned(read(now), ['n']), 'n');
    expect(values).toEqual(stored(read(now), 'n'));
    expect(values).toContain('first');
    expect(values).not.toContain('lost');
    expect(cache.statistics().builds).toBe(builds);
  });

  test('[ES20] a collection that was dropped and made again has columns of its own; a renamed one keeps them', async () => {
    await fill(20);
    using snapshot = storage.snapshot();
    await pinned(read(snapshot), ['n']);
    await storage.write((transaction) => transaction.renameCollection(items, 'shop.things'));
    using renamed = storage.snapshot();
    const { builds } = cache.statistics();
    const things = renamed.collection('shop.things') as CollectionReader;
    expect(valuesOf(await pinned(things, ['n']), 'n')).toHaveLength(20);
    expect(cache.statistics().builds).toBe(builds);
    await fill(3);
    using now = storage.snapshot();
    expect(valuesOf(await pinned(read(now), ['n']), 'n')).toEqual([1, 2, 3]);
    await storage.write((transaction) => transaction.dropCollection('shop.things'));
    expect(cache.statistics().collections).toBe(1);
  });

  test('[ES20] columns stay within their bound: what was not used for longest goes first', async () => {
    await fill(5000);
    using snapshot = storage.snapshot();
    await pinned(read(snapshot), ['n']);
    const one = cache.statistics().bytes;
    bytesMax = Math.round(one * 1.5);
    await pinned(read(snapshot), ['text']);
    await pinned(read(snapshot), ['_id']);
    const { bytes, evictions } = cache.statistics();
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    expect(evictions).toBeGreaterThan(0);
    expect(cache.has(read(snapshot), ['_id'])).toBe(true);
    bytesMax = 0;
    expect(await pinned(read(snapshot), ['n'])).toBeNull();
    expect(cache.statistics()).toMatchObject({ bytes: 0, columns: 0 });
  });

  test('[ES20] a value that is too long makes its column unfit, at once or later, and leaves the others', async () => {
    await fill(100);
    using snapshot = storage.snapshot();
    await pinned(read(snapshot), ['n', 'text']);
    await storage.write((transaction) =>
      transaction.collection(items)?.insert(encode({ _id: 'long', n: 1, text: 'x'.repeat(1000) })),
    );
    using now = storage.snapshot();
    expect(await pinned(read(now), ['text'])).toBeNull();
    expect(valuesOf(await pinned(read(now), ['n']), 'n')).toHaveLength(101);
    cache.close();
    expect(await pinned(read(now), ['n', 'text'])).toBeNull();
  });

  test('[ES20] a build is given up when nobody waits for it any more', async () => {
    await fill(3000);
    using snapshot = storage.snapshot();
    const first = cache.pin(read(snapshot), new Set(['n']), () => true);
    const second = cache.pin(read(snapshot), new Set(['n']), () => true);
    first.next();
    second.next();
    first.return(null);
    let step = second.next();
    while (step.done !== true) step = second.next();
    expect(valuesOf(step.value, 'n')).toHaveLength(3000);
    const third = cache.pin(read(snapshot), new Set(['text']), () => true);
    third.next();
    third.return(null);
    expect(valuesOf(await pinned(read(snapshot), ['text']), 'text')).toHaveLength(3000);
  });
});
