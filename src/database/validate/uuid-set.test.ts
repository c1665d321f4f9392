import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UuidSet } from './uuid-set.ts';

test('a set of UUIDs is a set', () => {
  const few = fc.constantFrom(
    '00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000001',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '80000000-0000-0000-0000-000000000000',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uuid(), few), { maxLength: 200 }), (uuids) => {
      const model = new Set<string>();
      const set = new UuidSet();
      for (const uuid of uuids) {
        expect(set.add(uuid)).toBe(!model.has(uuid));
        model.add(uuid);
      }
      expect(set.size).toBe(model.size);
    }),
    { seed: 22465 },
  );
});

test('it grows without losing any', () => {
  const uuids = Array.from({ length: 20_000 }, () => randomUUID());
  const set = new UuidSet();
  for (const uuid of uuids) expect(set.add(uuid)).toBe(true);
  for (const uuid of uuids) expect(set.add(uuid)).toBe(false);
});
