import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareValues } from './compare.ts';
import { KeyReader } from './key-values.ts';
import { encodeKey } from './keys.ts';
import { type BsonValue, Decimal128, Double, MaxKey, MinKey, ObjectId } from './values.ts';

const told = fc.oneof<fc.Arbitrary<BsonValue>[]>(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'a\0b', '\u0001', '\u0001\u0002', 'é日😀'),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(new Date(-1), new Date(0), new ObjectId('000000000000000000000000'), new ObjectId()),
);
const untold = fc.oneof<fc.Arbitrary<BsonValue>[]>(
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom<BsonValue[]>(
    null, Number.NaN, -0, new Double(5), 9007199254740993n, -9007199254740993n, new MinKey(), new MaxKey(),
    Decimal128.fromString('0.1'), Decimal128.fromString('-0.1'), Decimal128.fromString('1E-400'), Decimal128.fromString('-1E-400'), Decimal128.fromString('NaN'),
  ), // biome-ignore format: a list is easier to read in lines
);
const field = fc.record({
  value: fc.oneof(
    told.map((value) => ({ value, isTold: true })),
    untold.map((value) => ({ value, isTold: false })),
  ),
  direction: fc.constantFrom<(1 | -1)[]>(1, -1),
});

test('ES9 a key gives back the strings, ids, booleans and dates that it was made of, behind whatever else', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 5 }), (fields) => {
      const key = encodeKey(
        fields.map(({ value }) => value.value),
        fields.map(({ direction }) => direction),
      );
      const reader = new KeyReader(key);
      for (const { value, direction } of fields) {
        const read = reader.next(direction);
        if (value.isTold) expect(compareValues(read, value.value)).toBe(0);
        else expect(read).toBeUndefined();
      }
      expect(reader.isLost).toBe(false);
    }),
    { numRuns: 1000 },
  );
});
