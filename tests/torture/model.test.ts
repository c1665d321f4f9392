import { describe, expect, test } from 'vitest';
import { type Effect, resolve, type State, type Unit, type Value } from './model.ts';
import { Random } from './random.ts';
import { Replay, replayDifferences } from './replay.ts';
import { ClientScript } from './workload.ts';

const stateOf = (values: Record<string, Value>): State => new Map(Object.entries(values));
const unit = (values: Record<string, Value | undefined>): Unit =>
  Object.entries(values).map(([key, after]) => ({ key, after }));
const violationsOf = (state: State, observed: State, interrupted: Effect | null = null) =>
  resolve(state, observed, interrupted).violations;

describe('what the torture finds', () => {
  test('an acknowledged write that is lost, changed, or that nobody made', () => {
    expect(violationsOf(stateOf({ 'items/a': 1 }), stateOf({}))).toEqual([expect.stringContaining('is lost: items/a')]);
    expect(violationsOf(stateOf({ 'items/a': 1 }), stateOf({ 'items/a': 2 }))).toHaveLength(1);
    expect(violationsOf(stateOf({}), stateOf({ 'items/a': 1 }))).toEqual([expect.stringContaining('nobody wrote')]);
    expect(violationsOf(stateOf({ 'items/a': 1 }), stateOf({ 'items/a': 1 }))).toEqual([]);
  });

  test('a transaction that is there by halves; not one that is there whole or not at all', () => {
    const transaction: Effect = { units: [unit({ 'items/a': 2, 'orders/b': 1 })], order: 'prefix' };
    const earlier = () => stateOf({ 'items/a': 1 });
    expect(violationsOf(earlier(), stateOf({ 'items/a': 2, 'orders/b': 1 }), transaction)).toEqual([]);
    expect(violationsOf(earlier(), stateOf({ 'items/a': 1 }), transaction)).toEqual([]);
    expect(violationsOf(earlier(), stateOf({ 'items/a': 2 }), transaction)).toHaveLength(1);
    expect(violationsOf(earlier(), stateOf({ 'items/a': 1, 'orders/b': 1 }), transaction)).toHaveLength(1);
  });

  test('an ordered batch with a gap; an unordered one may have gaps, but no document by halves', () => {
    const units = [unit({ 'items/a': 1 }), unit({ 'items/b': 1 }), unit({ 'items/c': 1 })];
    const gap = () => stateOf({ 'items/a': 1, 'items/c': 1 });
    expect(violationsOf(stateOf({}), gap(), { units, order: 'prefix' })).toHaveLength(1);
    expect(violationsOf(stateOf({}), gap(), { units, order: 'any' })).toEqual([]);
    expect(violationsOf(stateOf({}), stateOf({ 'items/a': 7 }), { units, order: 'any' })).toHaveLength(1);
    expect(resolve(stateOf({}), stateOf({ 'items/a': 1 }), { units, order: 'prefix' }).unitsKept).toBe(1);
  });

  test('a hole in a change stream, and an event that comes twice', () => {
    const insert = (id: string, token: string) => ({
      _id: { _data: token },
      operationType: 'insert',
      ns: { db: 'd', coll: 'items' },
      documentKey: { _id: id },
      fullDocument: { _id: id },
    });
    const whole = new Replay();
    whole.take(insert('a', '1'));
    whole.take(insert('b', '2'));
    expect(whole.violations).toEqual([]);
    const holed = new Replay();
    holed.take(insert('b', '2'));
    expect(replayDifferences(holed.state, whole.state)).toHaveLength(1);
    whole.take(insert('b', '2'));
    expect(whole.violations).toEqual([
      expect.stringContaining('repeated an event: token'),
      expect.stringContaining('insert of items/b'),
    ]);
  });

  test('the images of an update that do not fit its description', () => {
    const replay = new Replay();
    replay.state.set('items/a', { _id: 'a', tags: ['red', 'new'], n: 1 });
    replay.take({
      _id: { _data: '1' },
      operationType: 'update',
      ns: { db: 'd', coll: 'items' },
      documentKey: { _id: 'a' },
      fullDocumentBeforeChange: { _id: 'a', tags: ['red', 'new'], n: 1 },
      fullDocument: { _id: 'a', tags: ['blue'], n: 1 },
      updateDescription: { updatedFields: { 'tags.0': 'blue' }, truncatedArrays: [{ field: 'tags', newSize: 1 }] },
    });
    expect(replay.violations).toEqual([]);
    replay.take({
      _id: { _data: '2' },
      operationType: 'update',
      ns: { db: 'd', coll: 'items' },
      documentKey: { _id: 'a' },
      fullDocument: { _id: 'a', tags: ['blue'], n: 3 },
      updateDescription: { updatedFields: { n: 2 }, removedFields: ['gone'] },
    });
    expect(replay.violations).toEqual([expect.stringContaining('post-image')]);
  });
});

test('the same seed gives the same operations', () => {
  const operations = (seed: number) => {
    const script = new ClientScript({
      client: 1,
      random: new Random(seed),
      state: new Map(),
      transactions: true,
      catalog: true,
    });
    return JSON.stringify(Array.from({ length: 50 }, () => script.next()));
  };
  expect(operations(7)).toBe(operations(7));
  expect(operations(7)).not.toBe(operations(8));
});
