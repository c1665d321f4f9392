import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  descriptionModelOf,
  imageModelOf,
  isOriginal,
  originalModelName,
  readWordVectors,
  wordModel,
  wordModelOf,
  wordVectorsPath,
} from './index.ts';
import { dot, orthonormalProjection } from './projection.ts';
import { meaningOf } from './word-model.ts';

const model = wordModel();
const likeness = (one: string, other: string): number =>
  dot(Float64Array.from(model.embedDescription(one)), Float64Array.from(model.embedDescription(other)));
const sentence = fc.array(fc.constantFrom('hammer', 'paint', 'the', 'faucet', 'drips', 'shelf', 'zzkx', 'garden'), {
  minLength: 1,
  maxLength: 8,
});

describe('[EM1] a text has one vector', () => {
  test('of its length, and of length 1', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), sentence.map((words) => words.join(' '))), (text) => {
        const [description, image] = [model.embedDescription(text), model.embedImage({ imageUrl: '', words: text })];
        expect([description.length, image.length]).toEqual([1536, 512]);
        for (const vector of [description, image]) {
          expect(vector.every(Number.isFinite)).toBe(true);
          expect(Math.hypot(...vector)).toBeCloseTo(1, 3);
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test('whatever was embedded before it, and whoever read the file', () => {
    const again = wordModelOf(readWordVectors(readFileSync(wordVectorsPath())));
    again.embedDescription('something else');
    expect(again.embedDescription('leaking tap')).toEqual(model.embedDescription('leaking tap'));
  });
});

test('[EM2] the projection keeps every angle', () => {
  const vectors = readWordVectors(readFileSync(wordVectorsPath()));
  fc.assert(
    fc.property(sentence, sentence, (one, other) => {
      const [short, long] = [one, other].map((words) => meaningOf(vectors, words.join(' '))) as [
        Float64Array,
        Float64Array,
      ];
      expect(likeness(one.join(' '), other.join(' '))).toBeCloseTo(dot(short, long), 4);
    }),
    { numRuns: 60, seed: 7 },
  );
  const unit = (at: number) => Float64Array.from({ length: 12 }, (_, index) => (index === at ? 1 : 0));
  const projection = orthonormalProjection(12, 40);
  for (let one = 0; one < 12; one++)
    for (let other = 0; other < 12; other++)
      expect(dot(projection(unit(one)), projection(unit(other)))).toBeCloseTo(one === other ? 1 : 0, 12);
});

describe('[EM3] what means the like lies near', () => {
  test.each([
    ['leaking tap', 'faucet with a washer', 'cordless drill'],
    ['clean the drain', 'unclog the sink', 'paint for the fence'],
    ['store my tools', 'garage shelves and cabinets', 'vegetable seeds'],
    ['grow tomatoes', 'vegetable seeds and soil', 'circuit breaker'],
  ])('“%s” is nearer to “%s” than to “%s”', (asked, near, far) => {
    expect(likeness(asked, near)).toBeGreaterThan(likeness(asked, far) + 0.1);
  });

  test.each([
    ['faucet', 'faucets'],
    ['faucet', 'faucte'],
    ['screwdriver', 'screwdrivr'],
    ['tap', 'faucet'],
    ['aluminium ladder', 'aluminum ladders'],
    ['Café LIGHTS', 'cafe lights'],
  ])('“%s” and “%s” are nearly the same', (one, other) => {
    expect(likeness(one, other)).toBeGreaterThan(0.8);
  });
});

test('[EM4] without a known word a text has a direction of its own', () => {
  expect(likeness('zzkxq', 'qxkzz')).toBeLessThan(0.5);
  expect(likeness('', 'hammer')).toBeLessThan(0.5);
  expect(likeness('zzkxq', 'zzkxq')).toBeCloseTo(1, 4);
});

test('[EM5] a file that is not whole is said to be so', () => {
  const file = readFileSync(wordVectorsPath());
  for (const bad of [file.subarray(0, 20), file.subarray(0, file.length - 1), Buffer.from('GIF89a and more')])
    expect(() => readWordVectors(bad)).toThrow(expect.objectContaining({ code: 'MODEL_FILE_DAMAGED' }));
});

test('[EM6] the name of what made the vectors tells who can embed a question', () => {
  const original = originalModelName('text-embedding-3-small', 'clip-vit-b-32');
  expect(original).toBe('original:text-embedding-3-small+clip-vit-b-32');
  expect([original, 'zava-words-v1'].map(isOriginal)).toEqual([true, false]);
  expect([original, 'azure:text-embedding-3-small+zava-words-v1', 'zava-words-v1'].map(descriptionModelOf)).toEqual([
    'text-embedding-3-small',
    'azure:text-embedding-3-small',
    'zava-words-v1',
  ]);
  expect(imageModelOf(original)).toBe('clip-vit-b-32');
});
