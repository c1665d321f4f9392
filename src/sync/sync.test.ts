import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Filter, hlcText, type Principal, permissionsSchema } from '../domain/index.ts';
import {
  BUCKETS,
  bucketOf,
  canonicalText,
  clampHlc,
  contentHash,
  deviceFrameSchema,
  HybridClock,
  isHlc,
  keysOf,
  negotiatedVersion,
  type Operation,
  operationHash,
  parseHlc,
  readFrame,
  SetChecksum,
  scopeOf,
} from './index.ts';

const noon = Date.parse('2026-11-22T12:00:00.000Z');

describe('the hybrid clock', () => {
  test('[SY5] never goes back, whatever the wall clock does and whatever it hears', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('tick' as const), wallClockMs: fc.integer({ min: 0, max: 2 * noon }) }),
      fc.record({ kind: fc.constant('hear' as const), wallClockMs: fc.integer({ min: 0, max: 2 * noon }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const clock = new HybridClock('tablet-1');
        let newest = '';
        for (const { kind, wallClockMs } of steps) {
          if (kind === 'hear') {
            const heard = hlcText(wallClockMs, 7, 'tablet-2');
            clock.observe(heard);
            if (heard > newest) newest = heard;
            continue;
          }
          const stamp = clock.tick(wallClockMs);
          expect(stamp > newest).toBe(true);
          newest = stamp;
        }
      }),
    );
  });

  test('[SY5] goes on after a restart and past a full counter', () => {
    const clock = new HybridClock('tablet-1', hlcText(noon, 0xffff, 'tablet-1'));
    expect(clock.tick(noon - 5000)).toBe(hlcText(noon + 1, 0, 'tablet-1'));
  });

  test('[SY6] a stamp from a clock that is two hours fast counts as of now, and the device’s order is kept', () => {
    const fast = hlcText(noon + 7_200_000, 3, 'tablet-1');
    const first = clampHlc(fast, noon, 60_000);
    expect(first).toEqual({ hlc: hlcText(noon, 0, 'tablet-1'), wasClamped: true });
    const second = clampHlc(hlcText(noon + 7_200_001, 0, 'tablet-1'), noon - 500, 60_000, first.hlc);
    expect(second.hlc > first.hlc).toBe(true);
    expect(clampHlc(hlcText(noon + 59_000, 0, 'tablet-1'), noon, 60_000).wasClamped).toBe(false);
  });

  test('[SY5] what is not a stamp is refused', () => {
    for (const text of ['', 'now', '2026-13-45T00:00:00.000Z-0000-a', '2026-11-22T12:00:00.000Z-0000-']) {
      expect(isHlc(text)).toBe(false);
      expect(() => parseHlc(text)).toThrow(expect.objectContaining({ code: 'HLC_MALFORMED' }));
    }
  });
});

describe('hashes', () => {
  const json = fc.jsonValue({ maxDepth: 3 });

  test('[SY7] equal documents have equal hashes, however their fields are ordered', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (document) => {
        const turned = Object.fromEntries(Object.entries(document).reverse());
        expect(contentHash(turned)).toBe(contentHash(document));
        expect(JSON.parse(canonicalText(document))).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });

  test('[SY7] a hundred thousand different documents have different hashes and fill the buckets evenly', () => {
    const hashes = new Set<string>();
    const buckets = new Array<number>(BUCKETS).fill(0);
    for (let number = 0; number < 100_000; number++) {
      hashes.add(contentHash({ _id: `order_${number}`, total: number / 100 }));
      const bucket = bucketOf(`order_${number}`);
      buckets[bucket] = (buckets[bucket] as number) + 1;
    }
    expect(hashes.size).toBe(100_000);
    expect(Math.min(...buckets)).toBeGreaterThan(250);
  });

  test('[SY7] a checksum does not depend on the order, and taking out undoes putting in', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), { selector: ([id]) => id, maxLength: 30 });
    fc.assert(
      fc.property(entries, entries, (kept, passing) => {
        const one = new SetChecksum();
        const other = new SetChecksum();
        for (const [id, value] of kept) one.add(id, contentHash(value));
        for (const [id, value] of [...passing, ...[...kept].reverse()]) other.add(id, contentHash(value));
        for (const [id, value] of passing) other.remove(id, contentHash(value));
        expect(other.buckets()).toEqual(one.buckets());
        expect(one.documents).toBe(kept.length);
      }),
    );
  });

  test('[SY7] one changed, missing or doubled document shows in its bucket', () => {
    const sumOf = (...documents: [string, unknown][]) => {
      const sum = new SetChecksum();
      for (const [id, value] of documents) sum.add(id, contentHash(value));
      return sum.buckets()[bucketOf('a')];
    };
    const right = sumOf(['a', 1]);
    expect(new Set([right, sumOf(['a', 2]), sumOf(['a', 1], ['a', 1]), sumOf()]).size).toBe(4);
  });
});

const anOperation = (sequence: number, ...ids: string[]): Operation => ({
  sequence,
  hlc: hlcText(noon, sequence, 'tablet-1'),
  action: 'edit_customer',
  userId: 'rep-1',
  changes: ids.map((id) => ({ kind: 'set', collection: 'customers', id, fields: { phone: '1' }, unset: [], seen: {} })),
});

describe('operations', () => {
  test('[SY8] the same sequence with another payload is seen', () => {
    expect(operationHash(anOperation(1, 'a'))).not.toBe(operationHash(anOperation(1, 'b')));
    expect(keysOf(anOperation(1, 'a', 'a', 'b'))).toEqual(['customers/a', 'customers/b']);
  });
});

describe('frames', () => {
  test('[SY9] a frame is read whole or refused with the place of its fault', () => {
    const hello = {
      type: 'hello',
      versionMin: 1,
      versionMax: 1,
      token: 't',
      deviceId: 'tablet-1',
      epoch: '0123456789abcdef',
      name: 'Tablet',
      wallClockMs: noon,
    };
    expect(readFrame(deviceFrameSchema, JSON.stringify(hello))).toEqual(hello);
    const faults: [string, string][] = [
      ['not json', 'not JSON'],
      [JSON.stringify({ ...hello, epoch: 5 }), "'epoch'"],
      [JSON.stringify({ ...hello, more: 1 }), 'more'],
      [JSON.stringify({ type: 'unknown' }), "'type'"],
    ];
    for (const [text, words] of faults) expect(() => readFrame(deviceFrameSchema, text)).toThrow(words);
  });

  test('[SY9] the ends agree on the newest version that both know, or part with words', () => {
    expect(negotiatedVersion({ versionMin: 1, versionMax: 7 })).toBe(2);
    expect(negotiatedVersion({ versionMin: 1, versionMax: 1 })).toBe(1);
    expect(() => negotiatedVersion({ versionMin: 3, versionMax: 7 })).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_UNSUPPORTED' }),
    );
  });
});

describe('a scope', () => {
  const permissions = permissionsSchema.parse(
    JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
  );
  const worker: Principal = { role: 'worker', userId: 'w', stores: ['store_seattle'] };

  test('[SY10] is what the device asks for, cut down to what its role may read', () => {
    const scope = scopeOf(
      [
        { collection: 'inventory', where: { store_id: 'store_seattle' } },
        { collection: 'stock_movements', where: {} },
        { collection: 'customers', where: {} },
      ],
      permissions,
      worker,
    );
    expect([...scope.keys()]).toEqual(['inventory', 'stock_movements']);
    const movements = scope.get('stock_movements');
    expect(movements?.filter).toEqual({ store_id: { $in: ['store_seattle'] } });
    expect(movements?.visible({ _id: 'm', store_id: 'store_tacoma' })).toBeUndefined();
    expect(scope.get('inventory')?.visible({ _id: 'i', store_id: 'store_tacoma' })).toBeUndefined();
  });

  test('[SY10] has another fingerprint when the filter, the stores or the rules change', () => {
    const fingerprint = (stores: string[], where: Filter) =>
      scopeOf([{ collection: 'inventory', where }], permissions, { ...worker, stores }).get('inventory')?.fingerprint;
    expect(
      new Set([
        fingerprint(['store_seattle'], {}),
        fingerprint(['store_tacoma'], {}),
        fingerprint(['store_seattle'], { store_id: 'store_seattle' }),
      ]).size,
    ).toBe(3);
    expect(fingerprint(['store_seattle'], {})).toBe(fingerprint(['store_seattle'], {}));
  });
});
