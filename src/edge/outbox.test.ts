import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hlcText } from '../domain/index.ts';
import { keysOf, type Operation } from '../sync/index.ts';
import { Outbox } from './outbox.ts';

const noon = Date.parse('2026-11-22T12:00:00.000Z');
const MANY = { countMax: 1_000, inFlightMax: 1_000, charactersMax: 1_000_000 };

const anOperation = (sequence: number, ...ids: string[]): Operation => ({
  sequence,
  hlc: hlcText(noon, sequence, 'tablet-1'),
  action: 'edit_customer',
  userId: 'rep-1',
  changes: ids.map((id) => ({ kind: 'set', collection: 'customers', id, fields: { phone: '1' }, unset: [], seen: {} })),
});

const waiting = (operation: Operation) => ({ operation, appliedTime: null });
const sequencesOf = (operations: Iterable<Operation>) => [...operations].map(({ sequence }) => sequence);

/** The rule in its plainest form: walk all that waits, and let the first of each document go. */
function readyByRule(unsettled: readonly Operation[], inFlight: ReadonlySet<number>): number[] {
  const busy = new Set<string>();
  const ready: number[] = [];
  for (const operation of unsettled) {
    const keys = keysOf(operation);
    if (!keys.some((key) => busy.has(key)) && !inFlight.has(operation.sequence)) ready.push(operation.sequence);
    for (const key of keys) busy.add(key);
  }
  return ready;
}

describe('the outbox', () => {
  test('[SY8] an operation waits for the earlier ones of its documents, and for no others', () => {
    const outbox = new Outbox(
      [
        anOperation(1, 'a'),
        anOperation(2, 'b'),
        anOperation(3, 'a', 'c'),
        anOperation(4, 'c'),
        anOperation(5, 'd'),
      ].map(waiting),
    );
    expect(sequencesOf(outbox.takeReady(MANY))).toEqual([1, 2, 5]);
    expect(sequencesOf(outbox.takeReady(MANY))).toEqual([]);
    outbox.applied(1, '00000000000000ff');
    expect(sequencesOf(outbox.takeReady(MANY))).toEqual([3]);
    outbox.remove(3);
    expect(sequencesOf(outbox.takeReady(MANY))).toEqual([4]);
    outbox.putAllBack();
    expect(sequencesOf(outbox.takeReady(MANY))).toEqual([2, 4, 5]);
  });

  test('[SY8] whatever is added, sent, answered and sent again, the same may go up as by the plain rule', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 0, maxLength: 3 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), ids }),
      fc.record({ kind: fc.constantFrom('take', 'applied', 'removed', 'retry', 'closed'), at: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const outbox = new Outbox([]);
        let unsettled: Operation[] = [];
        let inFlight = new Set<number>();
        let sequence = 0;
        for (const one of steps) {
          if (one.kind === 'add') {
            sequence += 1;
            const operation = anOperation(sequence, ...one.ids);
            unsettled.push(operation);
            outbox.add(waiting(operation));
          } else if (one.kind === 'take') {
            const taken = sequencesOf(outbox.takeReady({ ...MANY, countMax: 2 }));
            const ready = new Set(readyByRule(unsettled, inFlight));
            for (const number of taken) expect(ready.has(number)).toBe(true);
            expect(taken).toHaveLength(Math.min(2, ready.size));
            for (const number of taken) inFlight.add(number);
          } else if (one.kind === 'closed') {
            outbox.putAllBack();
            inFlight = new Set();
          } else {
            const number = [...inFlight][one.at % Math.max(1, inFlight.size)];
            if (number === undefined) continue;
            inFlight.delete(number);
            if (one.kind === 'retry') outbox.putBack(number);
            else unsettled = unsettled.filter((operation) => operation.sequence !== number);
            if (one.kind === 'applied') outbox.applied(number, '00000000000000ff');
            if (one.kind === 'removed') outbox.remove(number);
          }
          expect(outbox.waitingCount).toBe(unsettled.length);
          expect(outbox.oldestWaiting?.sequence).toBe(unsettled[0]?.sequence);
        }
        expect(sequencesOf(outbox.takeReady(MANY)).sort()).toEqual(readyByRule(unsettled, inFlight).sort());
      }),
    );
  });

  test('[ED27] an upload holds few enough operations, and few enough characters, but always one', () => {
    const outbox = new Outbox([1, 2, 3, 4].map((number) => waiting(anOperation(number, `c${number}`))));
    const characters = JSON.stringify(anOperation(1, 'c1')).length;
    const limits = { countMax: 3, inFlightMax: 3, charactersMax: 1 };
    expect(sequencesOf(outbox.takeReady(limits))).toEqual([1]);
    expect(sequencesOf(outbox.takeReady({ ...limits, charactersMax: characters * 10 }))).toEqual([2, 3]);
    expect(sequencesOf(outbox.takeReady({ ...limits, charactersMax: characters * 10 }))).toEqual([]);
  });
});
