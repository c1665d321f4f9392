import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergedBatch } from './merged-batches.ts';
import { emptyBatch, type StoreBatch } from './replica-effects.ts';

/** A batch does its removals after its puts; what it names last stands. */
function stored(batches: readonly StoreBatch[]): Map<string, unknown> {
  const documents = new Map<string, unknown>();
  for (const { upserts, removals } of batches) {
    for (const { document } of upserts) documents.set(String(document['_id']), document);
    for (const { id } of removals) documents.delete(id);
  }
  return documents;
}

const id = fc.constantFrom('a', 'b', 'c', 'd');
const aBatch = fc
  .record({ puts: fc.array(fc.tuple(id, fc.nat())), gone: fc.array(id) })
  .map(({ puts, gone }): StoreBatch => {
    const removals = gone.filter((one) => !puts.some(([put]) => put === one));
    return {
      ...emptyBatch(),
      upserts: puts.map(([_id, value]) => ({ collection: 'customers', document: { _id, value } })),
      removals: removals.map((one) => ({ collection: 'customers', id: one })),
    };
  });

test('[ED46] downloads that are stored together leave what they would have left one after the other', () => {
  fc.assert(
    fc.property(aBatch, aBatch, (earlier, later) => {
      const merged = mergedBatch(earlier, later) as StoreBatch;
      expect(stored([merged])).toEqual(stored([earlier, later]));
    }),
  );
});

test('[ED46] what settles own work, or is too much, is stored by itself', () => {
  const settling: StoreBatch = { ...emptyBatch(), outbox: { put: [], remove: [1] } };
  expect(mergedBatch(emptyBatch(), settling)).toBeNull();
  expect(mergedBatch(settling, emptyBatch())).toBeNull();
  const large: StoreBatch = {
    ...emptyBatch(),
    removals: Array.from({ length: 600 }, (_, index) => ({ collection: 'customers', id: `${index}` })),
  };
  expect(mergedBatch(large, large)).toBeNull();
});
