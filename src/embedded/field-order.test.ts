/** Fields whose names are whole numbers keep their place, which JavaScript's objects would not give them. */
import fc from 'fast-check';
import type { Collection, Document } from 'mongodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from './bson/codec.ts';
import { fieldNames, putField } from './bson/field-order.ts';
import { served } from './served.testing.ts';

const { client } = await served();
// biome-ignore lint/suspicious/noExplicitAny: documents are written as maps here, which have an order of their own.
let things: Collection<any>;

const inOrder = (...entries: [string, unknown][]) => new Map<string, unknown>(entries);

/** The names of all fields, as they lie in the bytes. */
async function namesOf(filter: Document = {}, projection: Document = {}): Promise<string> {
  const raw = (await things.findOne(filter, { projection, raw: true })) as unknown as Uint8Array;
  const named = (document: Document): string =>
    fieldNames(document as never)
      .map((name) => (typeof document[name] === 'object' ? `${name}(${named(document[name])})` : name))
      .join();
  return named(decode(Buffer.from(raw)));
}

describe('fields named by whole numbers', () => {
  beforeEach(async () => {
    things = client.db('order').collection('things');
    await things.deleteMany({});
    const sub = inOrder(['20', 1], ['z', 1], ['3', 1]);
    await things.insertOne(inOrder(['_id', 1], ['10', 'a'], ['b', 1], ['2', 'x'], ['sub', sub]));
  });

  test('[ES6] keep their place in updates, and new ones come last', async () => {
    await things.updateOne({}, { $set: { b: 5 } });
    expect(await namesOf()).toBe('_id,10,b,2,sub(20,z,3)');
    await things.updateOne({}, { $set: { 7: 5, c: 1 }, $inc: { 'sub.1': 1 } });
    expect(await namesOf()).toBe('_id,10,b,2,sub(20,z,3,1),7,c');
    await things.updateOne({}, [{ $set: { n: 1, 'sub.z': 2 } }]);
    expect(await namesOf()).toBe('_id,10,b,2,sub(20,z,3,1),7,c,n');
    await things.replaceOne({}, inOrder(['9', 1], ['1', 2], ['k', 3]));
    expect(await namesOf()).toBe('_id,9,1,k');
    await things.updateOne({ _id: 5 }, { $set: { 3: 1, a: 1 } }, { upsert: true });
    expect(await namesOf({ _id: 5 })).toBe('_id,3,a');
  });

  test('[ES10] keep their place in projections and pipelines', async () => {
    expect(await namesOf({}, { 2: 1, 10: 1, sub: 1 })).toBe('_id,10,2,sub(20,z,3)');
    expect(await namesOf({}, { b: 0, 'sub.z': 0 })).toBe('_id,10,2,sub(20,3)');
    await things.aggregate([{ $set: { q: 1 } }, { $unset: 'b' }, { $out: 'things' }]).toArray();
    expect(await namesOf()).toBe('_id,10,2,sub(20,z,3),q');
  });

  test('[ES9] tell documents apart by their order, with an index and without', async () => {
    const filter = (...entries: [string, unknown][]) => ({ sub: inOrder(...entries) }) as Document;
    for (const index of [null, { sub: 1 } as const]) {
      if (index !== null) await things.createIndex(index);
      expect(await things.countDocuments(filter(['20', 1], ['z', 1], ['3', 1]))).toBe(1);
      expect(await things.countDocuments(filter(['3', 1], ['20', 1], ['z', 1]))).toBe(0);
    }
  });
});

test('[ES4] a document whose fields were set one after the other is read back in that order', () => {
  const name = fc.constantFrom('0', '1', '2', '10', 'a', 'b', '_x', '007', '4294967295', '-1');
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.nat(10), (names, copiedAt) => {
      let document: Document = {};
      for (const [k, each] of names.entries()) {
        if (k === copiedAt) document = { ...document };
        putField(document as never, each, k);
      }
      const read = decode(encode(document as never));
      expect(fieldNames(read)).toEqual(names);
      expect(fieldNames(decode(encode({ ...read })))).toEqual(names);
    }),
  );
});
