import { describe, expect, test } from 'vitest';
import { CatalogError, nextSku, parseProductInput, specificationFromText } from './index.ts';

const typeNames = ['Hammers', 'Screwdrivers', 'Interior Paint', 'Exterior Paint'];
const anInput = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'Trim Hammer 12 oz',
  type: 'Hammers',
  cost: 12.5,
  description: 'A light hammer for trim and brads.',
  specifications: { weight_kg: 0.34 },
  ...changes,
});
const problemsOf = (input: unknown): { jsonPath: string; expected: string; got: string }[] => {
  try {
    parseProductInput(input, typeNames);
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    expect(error.code).toBe('PRODUCT_INPUT_INVALID');
    return error.data['problems'] as { jsonPath: string; expected: string; got: string }[];
  }
  return [];
};

describe('a product given by a person', () => {
  test('[CA18] is taken with its cost in cents and its type as the catalogue writes it', () => {
    expect(parseProductInput(anInput({ cost: '12.50', type: ' interior PAINT ' }), typeNames)).toEqual({
      name: 'Trim Hammer 12 oz',
      typeName: 'Interior Paint',
      costCents: 1250,
      description: 'A light hammer for trim and brads.',
      specifications: { weight_kg: 0.34 },
    });
    expect(parseProductInput(anInput({ sku: 'HT-HAM-99' }), typeNames).sku).toBe('HT-HAM-99');
  });

  test.each([
    ['no name', { name: undefined }, 'name', 'nothing'],
    ['a name of signs', { name: '!!' }, 'name', 'the text "!!"'],
    ['a free product', { cost: 0 }, 'cost', '0'],
    ['a cost in words', { cost: 'twelve' }, 'cost', 'the text "twelve"'],
    ['a cost in exponents', { cost: '1e3' }, 'cost', 'the text "1e3"'],
    ['three decimals', { cost: '1.234' }, 'cost', 'the text "1.234"'],
    ['a short description', { description: 'Nice.' }, 'description', 'the text "Nice."'],
    ['no specifications', { specifications: {} }, 'specifications', 'an object'],
    ['specifications in a list', { specifications: ['red'] }, 'specifications', 'a list of 1'],
    ['a specification with a dot', { specifications: { 'a.b': 1 } }, 'specifications', 'an object'],
    ['a specification with a dollar', { specifications: { $set: 1 } }, 'specifications', 'an object'],
    ['a specification in a map', { specifications: { size: { x: 1 } } }, 'specifications.size', 'an object'],
    ['an SKU with blanks', { sku: 'a b' }, 'sku', 'the text "a b"'],
    ['an unknown field', { colour: 'red' }, 'the top', '"colour"'],
  ])('[CA18] with %s is refused, naming the field', (_, changes, jsonPath, got) => {
    expect(problemsOf(anInput(changes))).toEqual([{ jsonPath, expected: expect.any(String), got }]);
  });

  test('[CA18] with several mistakes hears of all of them at once', () => {
    expect(problemsOf({ type: 'Paint', cost: -1 }).map(({ jsonPath }) => jsonPath)).toEqual([
      'name',
      'cost',
      'description',
      'specifications',
      'type',
    ]);
    expect(problemsOf(null)[0]).toMatchObject({ jsonPath: 'the top', got: 'null' });
  });

  test('[CA18] of an unknown type hears of the types that come near', () => {
    expect(problemsOf(anInput({ type: 'Paints' }))).toEqual([
      { jsonPath: 'type', expected: 'one of Interior Paint, Exterior Paint', got: 'Paints' },
    ]);
    expect(problemsOf(anInput({ type: 'Zebra' }))[0]!.expected).toBe(`one of ${typeNames.join(', ')}`);
  });

  test('[CA18] specifications are read from name=value, numbers as numbers', () => {
    expect(specificationFromText('weight_kg=0.45')).toEqual(['weight_kg', 0.45]);
    expect(specificationFromText('thread = 1/4-20=UNC')).toEqual(['thread', '1/4-20=UNC']);
    expect(() => specificationFromText('heavy')).toThrow(CatalogError);
    expect(() => specificationFromText('weight_kg=')).toThrow(CatalogError);
  });

  test('[CA19] the next SKU counts on in the type’s own form and passes over taken ones', () => {
    expect(nextSku('Hammers', ['HT-HAM-09', 'HT-HAM-10'], new Set(['HT-HAM-09', 'HT-HAM-10']))).toBe('HT-HAM-11');
    expect(nextSku('Hammers', ['HT-HAM-10'], new Set(['HT-HAM-10', 'HT-HAM-11']))).toBe('HT-HAM-12');
    expect(nextSku('Plywood', ['LBPLY004'], new Set(['LBPLY004']))).toBe('LBPLY005');
    expect(nextSku('Chisels', [], new Set())).toBe('CHI-01');
    expect(nextSku('★', [], new Set(['NEW-01']))).toBe('NEW-02');
  });
});
