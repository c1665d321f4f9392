import { describe, expect, test } from 'vitest';
import type { Document } from '../bson/values.ts';
import { compileTextQuery, parseTextOperator, parseTextSearch, termsOf, textIndexOf, textKeys } from './text.ts';

const index = textIndexOf({ name: 'text', description: 'text' }, { weights: { name: 10, description: 1 } });
const find = ($search: string, document: Document, options: Document = {}) =>
  compileTextQuery(parseTextOperator({ $search, ...options }), index).matches(document);

describe('words', () => {
  test('are folded, stemmed, and stripped of stop words', () => {
    expect([...termsOf('The Carpenter’s hammers are RUNNING', 'english')]).toEqual(['carpent', 's', 'hammer', 'run']);
    expect([...termsOf("The carpenter's hammers", 'english')]).toEqual(['carpent', 'hammer']);
    expect([...termsOf('Café crème', 'english')]).toEqual(['cafe', 'creme']);
    expect([...termsOf('The hammers', 'none')]).toEqual(['the', 'hammers']);
  });

  test('end at hyphens, punctuation and white space', () => {
    expect([...termsOf('pre-market 16oz, 1/2"', 'none')]).toEqual(['pre', 'market', '16oz', '1', '2']);
  });
});

describe('a search', () => {
  test('has words, phrases and negations; a hyphen inside a word only separates', () => {
    expect(parseTextSearch('coffee "ssl certificates" -shop pre-market -"bad cake"')).toEqual({
      terms: new Set(['coffe', 'ssl', 'certif', 'pre', 'market']),
      phrases: ['ssl certificates'],
      negatedTerms: new Set(['shop']),
      negatedPhrases: ['bad cake'],
    });
  });

  const hammer = { name: 'Claw Hammer', description: 'A hammer with a fibreglass handle' };

  test('finds any of its words, in any form', () => {
    expect(find('hammering saw', hammer)).toBe(true);
    expect(find('saw', hammer)).toBe(false);
    expect(find('the with', hammer)).toBe(false);
  });

  test('leaves out documents with a negated word; negations alone find nothing', () => {
    expect(find('hammer -claws', hammer)).toBe(false);
    expect(find('-saw', hammer)).toBe(false);
  });

  test('needs its phrases as they stand, in one field', () => {
    expect(find('"claw hammer"', hammer)).toBe(true);
    expect(find('"hammer claw"', hammer)).toBe(false);
    expect(find('"hammer a"', hammer)).toBe(false);
    expect(find('handle -"claw hammer"', hammer)).toBe(false);
  });

  test('minds case and diacritics only when told to', () => {
    expect(find('CLAW', hammer)).toBe(true);
    expect(find('CLAW', hammer, { $caseSensitive: true })).toBe(false);
    expect(find('cafe', { name: 'Café' })).toBe(true);
    expect(find('cafe', { name: 'Café' }, { $diacriticSensitive: true })).toBe(false);
  });

  test('in a language that is not known is refused', () => {
    expect(() => parseTextOperator({ $search: 'x', $language: 'klingon' })).toThrow('unsupported language: "klingon"');
    expect(() => parseTextOperator({})).toThrow('$search');
  });
});

describe('scores', () => {
  test('grow with frequency, share of the field, and weight', () => {
    // One word of one: 1 × (0.5 + 0.5) × 1.1 for being the whole field.
    expect(textKeys({ description: 'hammer' }, index).get('hammer')).toBeCloseTo(1.1);
    expect(textKeys({ name: 'hammer' }, index).get('hammer')).toBeCloseTo(11);
    // One of two words: 1 × (0.5 / 2 + 0.5).
    expect(textKeys({ description: 'claw hammer' }, index).get('hammer')).toBeCloseTo(0.75);
    // Twice of two: (1 + 1/2) × (0.5 × 2 / 2 + 0.5).
    expect(textKeys({ description: 'hammer hammer' }, index).get('hammer')).toBeCloseTo(1.5);
  });

  test('of a search add up over its words', () => {
    const query = compileTextQuery(parseTextOperator({ $search: 'claw hammer' }), index);
    expect(query.score({ description: 'claw hammer' })).toBeCloseTo(1.5);
  });

  test('cover arrays, embedded documents and, with $**, every string', () => {
    const nested = textIndexOf({ 'tags.label': 'text' }, {});
    expect([...textKeys({ tags: [{ label: 'red' }, { label: 'blue' }] }, nested).keys()]).toEqual(['red', 'blue']);
    const wildcard = textIndexOf({ '$**': 'text' }, {});
    expect([...textKeys({ a: 'red', b: [{ c: 'blue' }], n: 1 }, wildcard).keys()]).toEqual(['red', 'blue']);
  });

  test('a document may say that its text is in no language', () => {
    expect([...textKeys({ name: 'the hammers', language: 'none' }, index).keys()]).toEqual(['the', 'hammers']);
    expect(() => textKeys({ name: 'x', language: 'french' }, index)).toThrow('unsupported language: "french"');
  });
});
