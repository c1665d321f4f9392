import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EmbeddingsError, readWordVectors, wordModel, wordVectorsPath } from './index.ts';
import { meaningOf } from './word-model.ts';

const model = wordModel();
const file = readFileSync(wordVectorsPath());
const vectors = readWordVectors(file);
const likeness = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, at) => sum + value * other[at]!, 0);
const alike = (one: string, other: string) => likeness(model.embedDescription(one), model.embedDescription(other));

describe('the local model', () => {
  test('[EM1] gives of any text 1536 and 512 finite numbers, of length 1 and six decimals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'grapheme' }), (text) => {
        const [description, image] = [model.embedDescription(text), model.embedImage({ imageUrl: '', words: text })];
        expect([description.length, image.length]).toEqual([1536, 512]);
        for (const vector of [description, image]) {
          expect(vector.every((value) => Number.isFinite(value) && !Object.is(value, -0))).toBe(true);
          expect(likeness(vector, vector)).toBeCloseTo(1, 3);
          expect(vector.every((value) => Math.round(value * 1e6) / 1e6 === value)).toBe(true);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('[EM1] the same text gives the same numbers on every machine', () => {
    expect(model.embedDescription('Claw hammer, 16 oz').slice(0, 6)).toMatchInlineSnapshot(`
      [
        -0.014652,
        0.005705,
        0.017324,
        0.004101,
        0.004686,
        -0.001376,
      ]
    `);
    expect(model.embedImage({ imageUrl: '', words: 'Claw hammer, 16 oz' }).slice(0, 6)).toMatchInlineSnapshot(`
      [
        -0.043361,
        -0.027308,
        0.019734,
        -0.021119,
        0.036966,
        -0.015716,
      ]
    `);
  });

  test('[EM2] both lengths keep the likeness of two texts as it was', () => {
    const texts = ['Interior wall paint', 'a brush for varnish', 'garden hose', 'my tap drips', 'xqzw'];
    for (const one of texts) {
      for (const other of texts) {
        const [a, b] = [meaningOf(vectors, one), meaningOf(vectors, other)];
        const own = likeness([...a], [...b]);
        expect(alike(one, other)).toBeCloseTo(own, 3);
        const [left, right] = [one, other].map((words) => model.embedImage({ imageUrl: '', words })) as [
          number[],
          number[],
        ];
        expect(likeness(left, right)).toBeCloseTo(own, 3);
      }
    }
  });

  test.each([
    ['the faucet is leaking', 'plumbing repair', 'wildflower seeds'],
    ['couch', 'furniture', 'concrete'],
    ['thieves', 'safety lock', 'lawn fertilizer'],
    ['illuminate the path', 'outdoor lamp', 'wood screws'],
  ])('[EM3] "%s" is nearer to "%s" than to "%s", though they share no word', (asked, near, far) => {
    expect(alike(asked, near)).toBeGreaterThan(alike(asked, far) + 0.1);
  });

  test.each([
    ['screwdrivr', 'screwdriver'],
    ['hamemr', 'hammer'],
    ['CAFÉ Hammer', 'cafe hammer'],
    ['plasterboard', 'drywall'],
    ["plumber's", 'plumber'],
  ])('[EM4] "%s" is read as "%s"', (written, meant) => {
    expect(alike(written, meant)).toBeGreaterThan(0.99);
  });

  test('[EM5] a file that is damaged is refused', () => {
    for (const damaged of [file.subarray(0, -1), Buffer.from('GIF89a, not vectors')])
      expect(() => readWordVectors(damaged)).toThrow(EmbeddingsError);
  });
});
