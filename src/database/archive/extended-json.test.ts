import fc from 'fast-check';
import { Binary, BSON, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { canonicalFromDocument, documentFromExtendedJson } from './extended-json.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => new Int32(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.double().map((value) => new Double(value)),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new UUID(bytes)),
  fc.uint8Array().map((bytes) => new Binary(bytes)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => Decimal128.fromString(String(value))),
  fc.constantFrom(new MinKey(), new MaxKey(), new Timestamp({ t: 5, i: 6 })),
);
const key = fc
  .string({ minLength: 1, maxLength: 8 })
  .filter((text) => !text.startsWith('$') && !text.includes('\0') && text !== '__proto__');
const { document } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'value' },
    scalar,
    tie('document'),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
  document: fc.dictionary(key, tie('value'), { maxKeys: 6 }).map((fields) => ({ ...fields })),
}));
const bytesOf = (value: unknown) => Buffer.from(BSON.serialize(value as BSON.Document)).toString('hex');

describe('canonical extended JSON', () => {
  test('[DB8] is what the library writes', () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(canonicalFromDocument(value)).toBe(BSON.EJSON.stringify(value, { relaxed: false }));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('[DB8] reading back what was written gives the same bytes of BSON', () => {
    fc.assert(
      fc.property(document, (value) => {
        expect(bytesOf(documentFromExtendedJson(canonicalFromDocument(value)))).toBe(bytesOf(value));
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  test('[DB8] a plain JSON number becomes what the driver makes of it', () => {
    const read = documentFromExtendedJson('{"whole":12,"money":12.5,"big":4294967296}');
    expect(bytesOf(read)).toBe(bytesOf({ whole: 12, money: 12.5, big: 4_294_967_296 }));
  });

  test.each(['', '[1]', '5', '{"a":', 'null'])('a line that is no document is refused: %j', (line) => {
    expect(() => documentFromExtendedJson(line)).toThrow(SyntaxError);
  });
});
