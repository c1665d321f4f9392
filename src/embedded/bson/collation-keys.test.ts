import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileCollation } from './collation.ts';
import { bytesOfKey, collationKeysOf } from './collation-keys.ts';
import type { Document } from './values.ts';

const COLLATIONS: Document[] = [
  { locale: 'en', strength: 1 },
  { locale: 'en', strength: 2 },
  { locale: 'en' },
  { locale: 'en', strength: 1, caseLevel: true },
  { locale: 'en', strength: 2, caseLevel: true },
  { locale: 'en', strength: 3, caseLevel: true },
  { locale: 'en', strength: 5 },
  { locale: 'en', caseFirst: 'upper' },
  { locale: 'en', numericOrdering: true, strength: 2 },
  { locale: 'en', alternate: 'shifted', strength: 2 },
  { locale: 'de@collation=phonebook', strength: 1 },
  { locale: 'sv' },
  { locale: 'cs', strength: 2 },
  { locale: 'hu' },
  { locale: 'da', caseFirst: 'upper' },
  { locale: 'br' },
  { locale: 'fr_CA' },
  { locale: 'es@collation=traditional' },
  { locale: 'ru', strength: 2 },
  { locale: 'tr', strength: 2 },
  { locale: 'th' },
];

const letters = [
  ...'aAbBcChHzZdsxyYeEéÉèêëäÄåÅöØøñÑçßæÆœıİiIſ019-_ .\'"$€ďžŽČčяЯйЙαάΑ日本カが٣２ﬁＡ½\u0301\u0308\u200b\u034f😀',
];
const text = fc.array(fc.constantFrom(...letters), { maxLength: 6 }).map((parts) => parts.join(''));

describe('keys of strings under a collation', () => {
  test.each(COLLATIONS)('ES9 sort as the collation compares, and are equal exactly where it says equal: %j', (spec) => {
    const collation = compileCollation(spec)!;
    const keys = collationKeysOf(collation);
    fc.assert(
      fc.property(text, text, (a, b) => {
        const left = bytesOfKey(keys, a);
        const right = bytesOfKey(keys, b);
        if (left === null || right === null) return;
        expect([a, b, Math.sign(Buffer.compare(left, right))]).toEqual([a, b, Math.sign(collation.compare(a, b))]);
      }),
      { numRuns: 4000, seed: 8 },
    );
  });

  test('ES9 ordinary text has a key under the collations that people use', () => {
    const ordinary = ['', 'john.smith@example.com', 'Müller-Lüdenscheidt', "O'Brien", 'Café §7', 'Привет', 'order 66'];
    for (const spec of [
      { locale: 'en', strength: 2 },
      { locale: 'de' },
      { locale: 'fr', strength: 1 },
      { locale: 'es' },
    ]) {
      const keys = collationKeysOf(compileCollation(spec)!);
      expect(ordinary.filter((one) => bytesOfKey(keys, one) === null)).toEqual([]);
    }
  });
});
