import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hlcText } from '../domain/index.ts';
import { created, type Document, differences, merged, NO_STAMPS, type Stamps, withChanges } from './index.ts';

const at = (second: number, device = 'a') => hlcText(second * 1000, 0, device);
const customer = { _id: 'customer_1', first_name: 'Ada', phone: '1', deleted: false, address: { city: 'Seattle' } };

describe('a merge', () => {
  test('[SY1] two people who change different fields both keep their work, whoever is heard first', () => {
    const phone = { phone: '2' };
    const name = { first_name: 'Grace' };
    const first = merged(customer, NO_STAMPS, phone, at(2, 'b'));
    const second = merged(first.after, first.stamps, name, at(1, 'a'));
    expect(second.after).toEqual({ ...customer, phone: '2', first_name: 'Grace' });
    expect(second.lost).toEqual([]);
  });

  test('[SY1] of two changes of one field the later stays, and the other is told with what stands instead', () => {
    const later = merged(customer, NO_STAMPS, { phone: 'later' }, at(5, 'b'));
    const earlier = merged(later.after, later.stamps, { phone: 'earlier' }, at(3, 'a'));
    expect(earlier.after['phone']).toBe('later');
    expect(earlier.lost).toEqual([
      { path: 'phone', value: 'earlier', standing: 'later', standingHlc: at(5, 'b'), reason: 'newer_write' },
    ]);
  });

  test('[SY1] at equal times the device’s name decides, alike on every replica', () => {
    const one = merged(customer, NO_STAMPS, { phone: 'of a' }, at(1, 'a'));
    const other = merged(customer, NO_STAMPS, { phone: 'of b' }, at(1, 'b'));
    expect(merged(one.after, one.stamps, { phone: 'of b' }, at(1, 'b')).after['phone']).toBe('of b');
    expect(merged(other.after, other.stamps, { phone: 'of a' }, at(1, 'a')).after['phone']).toBe('of b');
  });

  test('[SY2] maps are merged key by key', () => {
    const zip = merged(customer, NO_STAMPS, { address: { zip: '98101' } }, at(2));
    const city = merged(zip.after, zip.stamps, { 'address.city': 'Tacoma' }, at(1));
    expect(city.after['address']).toEqual({ city: 'Tacoma', zip: '98101' });
  });

  test('[SY3] a deleted document takes no edit that did not know of it, however late; its restoration it takes', () => {
    const gone = merged(customer, NO_STAMPS, { deleted: true }, at(5, 'a'));
    const edited = merged(gone.after, gone.stamps, { phone: '3' }, at(9, 'b'));
    expect(edited.after).toEqual(gone.after);
    expect(edited.lost[0]?.reason).toBe('document_deleted');
    const back = merged(gone.after, gone.stamps, { deleted: false, phone: '3' }, at(9, 'b'));
    expect(back.after).toEqual({ ...customer, phone: '3' });
  });

  test('[SY1] a document’s creation is a write of all its fields', () => {
    const order = created({ _id: 'o', status: 'pending' }, at(5));
    expect(merged(order.after, order.stamps, { status: 'completed' }, at(4)).after['status']).toBe('pending');
    expect(merged(order.after, order.stamps, { status: 'completed' }, at(6)).after['status']).toBe('completed');
  });
});

const paths = ['phone', 'notes', 'address.city', 'address.zip', 'lines.p1', 'lines.p2'];
const write = fc.record({
  second: fc.integer({ min: 1, max: 4 }),
  device: fc.constantFrom('a', 'b', 'c'),
  changes: fc.dictionary(fc.constantFrom(...paths), fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined })),
});

test('[SY2] a map that has lost its last key is gone, in whichever order that is heard', () => {
  const put = { 'lines.p1': 1 };
  const taken = { 'lines.p1': undefined };
  const first = merged(merged(customer, NO_STAMPS, put, at(1)).after, NO_STAMPS, taken, at(2));
  const late = merged(customer, NO_STAMPS, taken, at(2));
  expect(first.after).toStrictEqual(customer);
  expect(merged(late.after, late.stamps, put, at(1)).after).toStrictEqual(customer);
});

describe('all merges', () => {
  test('[SY1] end alike in whatever order writes are heard, and when they are heard twice', () => {
    const distinct = fc.uniqueArray(write, { selector: ({ second, device }) => `${second}${device}`, maxLength: 6 });
    fc.assert(
      fc.property(distinct, fc.infiniteStream(fc.nat()), (writes, random) => {
        const shuffled = [...writes, ...writes]
          .map((one) => ({ one, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const play = (list: typeof writes) =>
          list.reduce<{ after: Document; stamps: Stamps }>(
            (state, { second, device, changes }) => merged(state.after, state.stamps, changes, at(second, device)),
            { after: { _id: 'd' }, stamps: NO_STAMPS },
          );
        expect(differences(play(writes).after, play(shuffled).after)).toEqual({});
      }),
    );
  });

  test('[SY4] nothing is lost unseen: each change is applied, stands already, or is returned as lost', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 8 }), (writes) => {
        let state: { after: Document; stamps: Stamps } = { after: { _id: 'd' }, stamps: NO_STAMPS };
        for (const { second, device, changes } of writes) {
          const before = state.after;
          const result = merged(before, state.stamps, changes, at(second, device));
          for (const [path, value] of Object.entries(changes)) {
            const isTold =
              result.appliedPaths.includes(path) ||
              result.lost.some((one) => one.path === path) ||
              Object.keys(differences(before, withChanges(before, { [path]: value }))).length === 0;
            expect(isTold).toBe(true);
          }
          state = result;
        }
      }),
    );
  });

  test('[SY2] the differences of two documents, laid on the first, make the second', () => {
    const document = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(
        fc.integer({ max: 3, min: 0 }),
        fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ max: 2, min: 0 }), { minKeys: 1 }),
      ),
    );
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(differences(withChanges(before, differences(before, after)), after)).toEqual({});
      }),
    );
  });
});
