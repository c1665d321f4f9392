import { expect, test } from 'vitest';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { beginStroke } from '../stroke.ts';
import { compilePipeline } from './pipeline.ts';

const TOO_LONG = 50;
const TOO_MUCH = 146;
const TIME_MAX_MS = 3000;

const range = (count: number): Document => ({ $range: [0, count] });
const doubled = (initialValue: BsonValue, join: string): Document => ({
  $reduce: { input: range(60), initialValue, in: { [join]: ['$$value', '$$value'] } },
});

/** Expressions that are short to write and would need minutes or gigabytes. */
const bombs: Readonly<Record<string, Document>> = {
  'a text doubled sixty times': doubled('0123456789abcdef', '$concat'),
  'an array doubled sixty times': { $size: doubled([1, 2, 3], '$concatArrays') },
  'a map in a map in a map': {
    $map: { input: range(5000), in: { $map: { input: range(5000), in: { $map: { input: range(5000), in: 1 } } } } },
  },
  'a filter by a filter': {
    $filter: {
      input: range(30_000),
      cond: { $in: ['$$this', { $filter: { input: range(30_000), as: 'y', cond: { $gt: ['$$y', 1] } } }] },
    },
  },
  'an endless fold': { $reduce: { input: range(9_000_000), initialValue: 0, in: { $add: ['$$value', '$$this'] } } },
  'ranges zipped': { $zip: { inputs: Array.from({ length: 40 }, () => range(1_000_000)) } },
  'ranges united': {
    $setUnion: Array.from({ length: 10 }, (_, k) => ({ $range: [k * 1_000_000, (k + 1) * 1_000_000] })),
  },
  'a text that replaces itself': {
    $reduce: {
      input: range(40),
      initialValue: 'aa',
      in: { $replaceAll: { input: '$$value', find: 'a', replacement: 'aaaaaaaa' } },
    },
  },
};

test.each(Object.entries(bombs))('[ES16] [ES17] %s ends before others wait long', (_name, bomb) => {
  const startedAt = performance.now();
  beginStroke();
  let fault: unknown;
  try {
    const pipeline = compilePipeline([{ $set: { r: bomb } }], { namespace: 'db.c', source: { open: () => [] } });
    for (const document of pipeline.run([{ _id: 1 }])) expect(document).toBeDefined();
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(MongoError);
  expect([TOO_LONG, TOO_MUCH]).toContain((fault as MongoError).code);
  expect(performance.now() - startedAt).toBeLessThan(TIME_MAX_MS);
});
