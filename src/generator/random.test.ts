import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoTimeFromSeconds, isUuid } from '../domain/index.ts';
import { IsoTimes } from './iso-time.ts';
import { RandomStream } from './random.ts';
import { agrees, countsOf } from './statistics.fixture.ts';
import { WeightedChoice } from './weighted-choice.ts';

const draws = (stream: RandomStream, count: number) => Array.from({ length: count }, () => stream.below(1000));

describe('random streams', () => {
  test('[GN2] a stream is the same for the same seed and part, on every machine', () => {
    expect(draws(new RandomStream(22465, 'orders.days'), 6)).toMatchInlineSnapshot(`
      [
        262,
        25,
        583,
        622,
        750,
        364,
      ]
    `);
    expect(new RandomStream(22465, 'order_items.ids').uuid()).toMatchInlineSnapshot(
      `"14a18aaa-e066-405a-93f7-c5d87cf302c4"`,
    );
  });

  test('[GN3] two parts of one seed, and one part of two seeds, draw differently', () => {
    const first = draws(new RandomStream(1, 'a'), 20);
    expect(draws(new RandomStream(1, 'b'), 20)).not.toEqual(first);
    expect(draws(new RandomStream(2, 'a'), 20)).not.toEqual(first);
  });

  test('numbers are spread evenly, also between streams', () => {
    const stream = new RandomStream(7, 'even');
    const within = agrees(
      countsOf(
        Array.from({ length: 50_000 }, () => stream.below(64)),
        64,
      ),
      new Array(64).fill(1),
    );
    expect(within.agrees, within.report).toBe(true);
    const firsts = Array.from({ length: 20_000 }, (_, part) => new RandomStream(7, `part ${part}`).below(64));
    const between = agrees(countsOf(firsts, 64), new Array(64).fill(1));
    expect(between.agrees, between.report).toBe(true);
  });

  test('UUIDs have the form of version 4 and do not repeat', () => {
    const stream = new RandomStream(3, 'uuids');
    const uuids = Array.from({ length: 5000 }, () => stream.uuid());
    expect(uuids.every((uuid) => isUuid(uuid) && uuid[14] === '4')).toBe(true);
    expect(new Set(uuids).size).toBe(uuids.length);
  });
});

describe('weighted choices', () => {
  test('places are drawn in proportion to their weights', () => {
    const weights = [40, 0, 30, 15, 0.5, 10, 5];
    const choice = new WeightedChoice(weights);
    const stream = new RandomStream(11, 'choice');
    const result = agrees(
      countsOf(
        Array.from({ length: 50_000 }, () => choice.draw(stream)),
        7,
      ),
      weights,
    );
    expect(result.agrees, result.report).toBe(true);
  });

  test('a place of weight 0 is never drawn, whatever the other weights', () => {
    const weightLists = fc
      .array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true })), { minLength: 1, maxLength: 40 })
      .filter((weights) => weights.some((weight) => weight > 0));
    fc.assert(
      fc.property(weightLists, fc.nat(), (weights, seed) => {
        const choice = new WeightedChoice(weights);
        const stream = new RandomStream(seed, 'zero');
        for (let draw = 0; draw < 300; draw++) expect(weights[choice.draw(stream)]).toBeGreaterThan(0);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

test('times are written as the domain writes them', () => {
  const times = new IsoTimes();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
      expect(times.of(seconds)).toBe(isoTimeFromSeconds(seconds));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('[GN2] nothing in this room asks the clock, the locale, or a function whose last bits differ between engines', () => {
  const folder = import.meta.dirname;
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file),
  );
  expect(sources.length).toBeGreaterThan(10);
  const forbidden =
    /Math\.(?!floor|ceil|round|abs|min|max|imul|sqrt)\w+|\*\*=? |Date\.now|new Date\(\)|performance|randomUUID|randomBytes|toLocale|localeCompare|Intl\.|process\./;
  for (const file of sources) {
    const code = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code.match(forbidden)?.[0], file).toBeUndefined();
  }
});
