import {
  Binary,
  Decimal128,
  Double,
  deserialize,
  Int32,
  Long,
  MinKey,
  ObjectId,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BsonReader } from './bson-reader.ts';

const names = fc.constantFrom('_id', 'a', 'b', 'store_id', 'größe', 'location', 'x y', 'deleted');
const plain = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('store_seattle', '2024-12-30T14:05:09Z', ''),
);
const foreign = fc.constantFrom(
  new ObjectId('650000000000000000000001'),
  Long.fromString('9007199254740993'),
  Decimal128.fromString('12.50'),
  new Date(1_700_000_000_000),
  new Timestamp({ t: 1, i: 2 }),
  new Binary(new Uint8Array([1, 2, 3])),
  new UUID('f47ac10b-58cc-4372-a567-0e02b2c3d479'),
  new MinKey(),
  new Int32(7),
  new Double(7),
  /a+/i,
);
const { document } = fc.letrec((tie) => ({
  document: fc.dictionary(names, fc.oneof({ depthSize: 'small' }, plain, plain, foreign, tie('document'), tie('list'))),
  list: fc.array(fc.oneof({ depthSize: 'small' }, plain, tie('document')), { maxLength: 4 }),
}));

test('the quick reader reads what the general reader reads', () => {
  const reader = new BsonReader();
  fc.assert(
    fc.property(document, (value) => {
      const bytes = serialize(value as Record<string, unknown>);
      expect(reader.read(bytes)).toEqual(deserialize(bytes, { promoteLongs: false }));
    }),
    { numRuns: 500, seed: 22465 },
  );
});

test('documents that lie in one buffer don’t run into each other', () => {
  const reader = new BsonReader();
  const [first, second] = [serialize({ _id: 'a', n: 1 }), serialize({ _id: 'b', n: [1, { x: 'y' }] })];
  const buffer = Buffer.concat([first, second]);
  expect(reader.read(buffer.subarray(0, first.length))).toEqual({ _id: 'a', n: 1 });
  expect(reader.read(buffer.subarray(first.length))).toEqual({ _id: 'b', n: [1, { x: 'y' }] });
});

test('bytes that are no document become an error, not a crash', () => {
  const reader = new BsonReader();
  const whole = serialize({ _id: 'a', name: 'Anna', place: { aisle: 'A1' } });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const broken = Uint8Array.from(whole);
      broken[at] = byte;
      const read = reader.read(broken);
      expect(typeof read).toBe('object');
    }),
    { numRuns: 2000, seed: 22465 },
  );
  expect(reader.read(new Uint8Array([5, 0, 0]))).toBeInstanceOf(Error);
});

test('a field that would set the prototype is only a field', () => {
  const bytes = serialize(JSON.parse('{"__proto__": {"polluted": true}, "a": {"__proto__": 1}}'));
  const read = new BsonReader().read(bytes) as Record<string, unknown>;
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(read['polluted']).toBeUndefined();
});
