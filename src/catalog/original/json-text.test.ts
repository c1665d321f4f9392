import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeOfPath, scanJson } from './json-text.ts';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('places in a JSON text', () => {
  test('[CA13] whatever JSON.parse takes is well formed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        expect(scanJson(JSON.stringify(value, null, indent))).toEqual({ outcome: 'well_formed' });
      }),
      { seed: 22465, numRuns: 300 },
    );
  });

  test('[CA13] a damaged text is malformed exactly when JSON.parse refuses it', () => {
    const damaged = fc
      .tuple(
        fc.jsonValue({ maxDepth: 3 }),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', ',', '}', '"', ']', '0', '\\', ':'),
      )
      .map(([value, at, removed, added]) => {
        const text = JSON.stringify(value, null, 1);
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + added + text.slice(cut + removed);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(scanJson(text).outcome === 'malformed').toBe(!parses(text) && scanJson(text).outcome !== 'key_repeated');
      }),
      { seed: 22465, numRuns: 2000 },
    );
  });

  test.each([
    ['{"a": 1,\n  "b": }', 2, 8, 'a value', '"}"'],
    ['{"a": 1,\n}', 2, 1, 'a name in double quotes', '"}"'],
    ['[1, 2', 1, 6, '"," or "]"', 'the end of the file'],
    ['{"a" 1}', 1, 6, '":" after the name', '"1}"'],
    ['{"a": "no end\n}', 1, 7, 'a text closed with a double quote on the same line, with known escapes', '"\\"no end"'],
    ['{} {}', 1, 4, 'nothing after the value', '"{}"'],
    ["{'a': 1}", 1, 2, 'a name in double quotes', '"\'a\': 1}"'],
  ])('[CA13] %j is wrong at %i:%i', (text, line, column, expected, got) => {
    expect(scanJson(text)).toEqual({ outcome: 'malformed', place: { line, column }, expected, got });
  });

  test('[CA13] a key that stands twice in one object is found, one in two objects is not', () => {
    expect(scanJson('{"a": {"b": 1,\n "b": 2}}')).toEqual({
      outcome: 'key_repeated',
      place: { line: 2, column: 2 },
      path: ['a', 'b'],
    });
    expect(scanJson('[{"b": 1}, {"b": 2}]').outcome).toBe('well_formed');
  });

  test('[CA13] nesting without end is refused before the stack is exhausted', () => {
    expect(scanJson('['.repeat(1_000_000)).outcome).toBe('malformed');
  });

  test('[CA13] a path leads to its value, or to the nearest holder that exists', () => {
    const text = '{\n  "products": [\n    {"sku": "A"},\n    {"sku": "B"}\n  ]\n}';
    expect(placeOfPath(text, ['products', 1, 'sku'])).toEqual({ line: 4, column: 13 });
    expect(placeOfPath(text, ['products', 1, 'price'])).toEqual({ line: 4, column: 5 });
    expect(placeOfPath(text, ['stores'])).toEqual({ line: 1, column: 1 });
  });
});
