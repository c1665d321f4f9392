import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encode } from '../bson/codec.ts';
import { compareBytes, encodeKey } from '../bson/keys.ts';
import { anyValue } from '../bson/values.arbitrary.ts';
import { BsonUndefined, type BsonValue, type Document } from '../bson/values.ts';
import type { MongoError } from '../errors.ts';
import { KeyExtractor } from './index-keys.ts';

const KEYS_MAX = 100_000;
const CANNOT_BUILD_INDEX_KEYS = 201;

const extractor = (key: Record<string, 1 | -1>, options: Document = {}) =>
  new KeyExtractor({ name: 'index', key, options }, {});

test('[ES9] the keys of an array are those of its elements, each once and in order', () => {
  const index = extractor({ before: 1, list: -1, behind: 1 });
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 20 }), fc.integer(), fc.string(), (list, before, behind) => {
      const { keys, multikeyPaths } = index.extract(encode({ before, list, behind }));
      const elements: (BsonValue | undefined)[] = list.length === 0 ? [BsonUndefined.value] : list;
      const expected = elements
        .map((element) => encodeKey([before, element, behind], [1, -1, 1]))
        .sort(compareBytes)
        .filter((key, k, all) => k === 0 || compareBytes(key, all[k - 1]!) !== 0);
      expect(keys.map((key) => Buffer.from(key).toString('hex'))).toEqual(
        expected.map((key) => Buffer.from(key).toString('hex')),
      );
      expect(multikeyPaths).toEqual(['list']);
    }),
  );
});

test('[ES17] a document has 100,000 keys in an index at most; a million equal elements are one', () => {
  const index = extractor({ list: 1 });
  const of = (list: BsonValue[]) => index.extract(encode({ _id: 1, list })).keys.length;
  expect(of(Array.from({ length: 1_000_000 }, () => null))).toBe(1);
  expect(of(Array.from({ length: KEYS_MAX * 2 }, (_, k) => k % KEYS_MAX))).toBe(KEYS_MAX);
  for (const count of [KEYS_MAX + 1, KEYS_MAX * 2 + 1]) {
    let fault: unknown;
    try {
      of(Array.from({ length: count }, (_, k) => k));
    } catch (error) {
      fault = error;
    }
    expect((fault as MongoError).code).toBe(CANNOT_BUILD_INDEX_KEYS);
  }
});
