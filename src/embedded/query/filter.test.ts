import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareValues, compileCollation, typeOrder } from '../bson/compare.ts';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  BsonUndefined,
  type BsonValue,
  Decimal128,
  type Document,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
} from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { compileFilter, type FilterOptions } from './filter.ts';

const matches = (filter: Document, document: Document, options?: FilterOptions) =>
  compileFilter(filter, options).matches(document);

/** The documents (by position) that a filter finds. */
const found = (filter: Document, documents: Document[]) =>
  documents.flatMap((document, index) => (matches(filter, document) ? [index] : []));

function refusal(filter: Document): { code: number; message: string } {
  try {
    compileFilter(filter);
  } catch (error) {
    if (error instanceof MongoError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('The filter was accepted.');
}

describe('comparisons', () => {
  test('compare only with values of the same type group', () => {
    expect(found({ a: { $gt: 5 } }, [{ a: 6 }, { a: 'x' }, { a: new Date() }, { a: 7n }, { a: null }, {}])).toEqual([
      0, 3,
    ]);
    expect(found({ a: { $lt: 'b' } }, [{ a: 'a' }, { a: 1 }])).toEqual([0]);
  });

  test('numbers are equal whatever their type', () => {
    const ones = [1, 1n, new Double(1), Decimal128.fromString('1.0')];
    for (const one of ones)
      expect(
        found(
          { a: one },
          ones.map((value) => ({ a: value })),
        ),
      ).toEqual([0, 1, 2, 3]);
    for (const one of ones)
      expect(
        found(
          { a: { $in: [one] } },
          ones.map((value) => ({ a: value })),
        ),
      ).toEqual([0, 1, 2, 3]);
  });

  test('null matches null and a missing field, not undefined (as MongoDB 8.0)', () => {
    expect(found({ a: null }, [{ a: null }, {}, { a: BsonUndefined.value }, { a: 0 }, { a: [null] }])).toEqual([
      0, 1, 4,
    ]);
    expect(found({ a: { $in: [null] } }, [{ a: null }, {}, { a: BsonUndefined.value }])).toEqual([0, 1]);
    expect(found({ a: { $gte: null } }, [{ a: null }, {}, { a: 1 }])).toEqual([0, 1]);
    expect(found({ a: { $ne: null } }, [{ a: null }, {}, { a: 1 }])).toEqual([2]);
  });

  test('null under an array matches only where a document of it lacks the field', () => {
    expect(found({ 'a.b': null }, [{ a: 5 }, { a: [] }, { a: [5] }, { a: [{}] }, { a: [{ b: 1 }] }, {}])).toEqual([
      0, 3, 5,
    ]);
  });

  test('NaN equals NaN and is neither below nor above a number', () => {
    const documents = [{ a: Number.NaN }, { a: 1 }, { a: Decimal128.fromString('NaN') }];
    expect(found({ a: Number.NaN }, documents)).toEqual([0, 2]);
    expect(found({ a: { $lt: 5 } }, documents)).toEqual([1]);
    expect(found({ a: { $gte: Number.NaN } }, documents)).toEqual([0, 2]);
  });

  test('MinKey and MaxKey compare with every type', () => {
    expect(found({ a: { $gt: new MinKey() } }, [{ a: 1 }, { a: 'x' }, {}])).toEqual([0, 1, 2]);
    expect(found({ a: { $lt: new MaxKey() } }, [{ a: 1 }, { a: new MaxKey() }])).toEqual([0]);
  });

  test('documents are equal with the same fields in the same order', () => {
    expect(
      found({ a: { x: 1, y: 2 } }, [{ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, { a: { x: 1, y: 2, z: 3 } }]),
    ).toEqual([0]);
    expect(matches({ a: {} }, { a: {} })).toBe(true);
  });

  test('a value is compared with each element of an array and with the array itself', () => {
    const documents = [{ a: [1, 5] }, { a: [[1, 5]] }, { a: 5 }, { a: [] }];
    expect(found({ a: 5 }, documents)).toEqual([0, 2]);
    expect(found({ a: [1, 5] }, documents)).toEqual([0, 1]);
    expect(found({ a: [] }, [...documents, { a: [[]] }])).toEqual([3, 4]);
    expect(found({ a: { $gt: 0, $lt: 3 } }, documents)).toEqual([0]);
    expect(matches({ a: { $gt: 3, $lt: 2 } }, { a: [1, 5] })).toBe(true);
    expect(found({ a: { $ne: 5 } }, documents)).toEqual([1, 3]);
  });

  test('an inherited JavaScript name is an ordinary field', () => {
    expect(matches({ constructor: { $exists: true } }, {})).toBe(false);
    expect(matches({ toString: null }, {})).toBe(true);
    expect(matches({ 'a.constructor': 1 }, { a: { constructor: 1 } })).toBe(true);
    expect(matches(JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}'))).toBe(true);
  });
});

describe('dotted paths', () => {
  test('lead through documents, elements of arrays, and positions', () => {
    const documents = [
      { a: { b: 1 } },
      { a: [{ b: 1 }] },
      { a: [{ b: [1] }] },
      { a: [[{ b: 1 }]] },
      { a: [5, { b: 1 }] },
    ];
    expect(found({ 'a.b': 1 }, documents)).toEqual([0, 1, 2, 4]);
    expect(found({ 'a.0.b': 1 }, documents)).toEqual([1, 2, 3]);
    expect(found({ 'a.1.b': 1 }, documents)).toEqual([4]);
    expect(matches({ 'a.0': { $exists: true } }, { a: [] })).toBe(false);
    expect(matches({ 'a.0': 7 }, { a: { 0: 7 } })).toBe(true);
    expect(matches({ 'a.1': 4 }, { a: [5, { 1: 4 }] })).toBe(true);
  });

  test('an element reached by its position is not taken apart again', () => {
    expect(matches({ 'a.0': 1 }, { a: [[1, 2]] })).toBe(false);
    expect(matches({ 'a.0': [1, 2] }, { a: [[1, 2]] })).toBe(true);
    expect(matches({ 'a.0': { $size: 2 } }, { a: [[1, 2]] })).toBe(true);
  });
});

describe('element operators', () => {
  test('$exists tells a field with null from a missing one', () => {
    expect(found({ a: { $exists: true } }, [{ a: null }, {}, { a: [] }])).toEqual([0, 2]);
    expect(found({ a: { $exists: 0 } }, [{ a: null }, {}])).toEqual([1]);
  });

  test('$type looks at elements and at the array itself', () => {
    expect(found({ a: { $type: 'string' } }, [{ a: 'x' }, { a: ['x'] }, { a: 1 }])).toEqual([0, 1]);
    expect(found({ a: { $type: 'array' } }, [{ a: [] }, { a: 1 }])).toEqual([0]);
    expect(found({ a: { $type: ['int', 1] } }, [{ a: 1 }, { a: 1.5 }, { a: 1n }])).toEqual([0, 1]);
    expect(found({ a: { $type: 'number' } }, [{ a: 1n }, { a: 'x' }])).toEqual([0]);
  });
});

describe('array operators', () => {
  test('$elemMatch needs one element that meets everything', () => {
    expect(found({ a: { $elemMatch: { $gt: 1, $lt: 5 } } }, [{ a: [0, 6] }, { a: [0, 3] }, { a: 3 }])).toEqual([1]);
    expect(
      found({ a: { $elemMatch: { b: 1, c: 2 } } }, [{ a: [{ b: 1 }, { c: 2 }] }, { a: [{ b: 1, c: 2 }] }]),
    ).toEqual([1]);
    expect(matches({ a: { $elemMatch: { $or: [{ b: 1 }, { c: 2 }] } } }, { a: [{ c: 2 }] })).toBe(true);
    expect(matches({ a: { $elemMatch: { $not: { $gt: 3 } } } }, { a: [5, 1] })).toBe(true);
    expect(matches({ a: { $elemMatch: { $elemMatch: { $eq: 1 } } } }, { a: [[2], [1]] })).toBe(true);
    expect(matches({ 'a.b': { $elemMatch: { $gt: 1 } } }, { a: [{ b: [2] }] })).toBe(true);
    expect(matches({ a: { $elemMatch: { 0: 7 } } }, { a: [[7]] })).toBe(true);
  });

  test('$all needs every value, found anywhere in the array', () => {
    expect(found({ a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }, { a: [1] }, { a: 1 }])).toEqual([0]);
    expect(matches({ a: { $all: [1] } }, { a: 1 })).toBe(true);
    expect(matches({ a: { $all: [] } }, { a: [] })).toBe(false);
    expect(matches({ a: { $all: [new BSONRegExp('^x', ''), 1] } }, { a: ['xy', 1] })).toBe(true);
    const twoBoth = { a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { b: 2 } }] } };
    expect(found(twoBoth, [{ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }] }])).toEqual([0]);
  });

  test('$size counts elements', () => {
    expect(found({ a: { $size: 2 } }, [{ a: [1, 2] }, { a: [[1, 2]] }, { a: 2 }])).toEqual([0]);
    expect(found({ a: { $size: 0 } }, [{ a: [] }, {}])).toEqual([0]);
  });
});

describe('$in', () => {
  test('takes values of any type and regular expressions', () => {
    const filter = { a: { $in: [1, 'x', new BSONRegExp('^y', 'i'), [7], { z: 1 }] } };
    expect(
      found(filter, [{ a: 1 }, { a: 'x' }, { a: 'Yes' }, { a: [7] }, { a: { z: 1 } }, { a: 2 }, {}, { a: [2, 'x'] }]),
    ).toEqual([0, 1, 2, 3, 4, 7]);
    const one = [{ a: 1 }, { a: 1n }, { a: new Double(1) }, { a: [Decimal128.fromString('1')] }, { a: [[1]] }];
    expect(found({ a: { $in: [1, 'x'] } }, one)).toEqual([0, 1, 2, 3]);
    expect(found({ a: { $in: [[1]] } }, one)).toEqual([3, 4]);
    expect(found({ a: { $in: [new BSONSymbol('x')] } }, [{ a: 'x' }, { a: new BSONSymbol('x') }])).toEqual([0, 1]);
    expect(found({ a: { $nin: [1] } }, [{ a: 1 }, { a: [1] }, { a: 2 }, {}])).toEqual([2, 3]);
  });
});

describe('evaluation operators', () => {
  test('$mod truncates toward zero, both number and divisor', () => {
    expect(
      found({ a: { $mod: [4, 0] } }, [{ a: 8 }, { a: 8.9 }, { a: 9 }, { a: 12n }, { a: 'x' }, { a: Number.NaN }]),
    ).toEqual([0, 1, 3]);
    expect(matches({ a: { $mod: [new Double(4.9), -1] } }, { a: -5 })).toBe(true);
  });

  test("$regex reads MongoDB's flags and PCRE's spellings", () => {
    expect(matches({ a: { $regex: 'AB', $options: 'i' } }, { a: 'xab' })).toBe(true);
    expect(matches({ a: { $regex: '^b', $options: 'm' } }, { a: 'a\nb' })).toBe(true);
    expect(matches({ a: { $regex: 'a b # comment', $options: 'x' } }, { a: 'ab' })).toBe(true);
    expect(matches({ a: { $regex: '(?i)ab' } }, { a: 'AB' })).toBe(true);
    expect(matches({ a: { $regex: '\\Aab\\z' } }, { a: 'ab' })).toBe(true);
    expect(matches({ a: { $regex: '^[[:alpha:]]+$' } }, { a: 'abc' })).toBe(true);
    expect(matches({ a: { $regex: '(?P<x>a)\\Q.+\\E' } }, { a: 'a.+' })).toBe(true);
    expect(matches({ a: { $regex: 'a\\-b\\_' } }, { a: 'a-b_' })).toBe(true);
    expect(matches({ a: { $regex: '^.$' } }, { a: '😀' })).toBe(true);
    expect(matches({ a: new BSONRegExp('b') }, { a: ['a', 'b'] })).toBe(true);
    expect(matches({ a: new BSONRegExp('b', 'i') }, { a: new BSONRegExp('b', 'i') })).toBe(true);
    expect(matches({ a: { $not: new BSONRegExp('b') } }, { a: 'abc' })).toBe(false);
  });

  test('regular expressions that JavaScript cannot run are refused, not misread', () => {
    expect(refusal({ a: { $regex: 'a++' } }).code).toBe(51091);
    expect(refusal({ a: { $regex: '(?>a)' } }).message).toContain('(?>');
    expect(refusal({ a: { $regex: '(' } }).code).toBe(51091);
    expect(refusal({ a: { $regex: 'a', $options: 'g' } })).toEqual({
      code: 51108,
      message: 'invalid flag in regex options: g',
    });
  });

  test('$expr is computed by the expressions that are lent to the filter', () => {
    const compileExpression = () => ({
      evaluate: (document: Document) => document.a === document.b,
      fields: new Set(['a', 'b']),
    });
    const filter = compileFilter({ c: 1, $expr: { $eq: ['$a', '$b'] } }, { compileExpression });
    expect(filter.matches({ a: 1, b: 1, c: 1 })).toBe(true);
    expect(filter.matches({ a: 1, b: 2, c: 1 })).toBe(false);
    expect([...(filter.fields as Set<string>)].sort()).toEqual(['a', 'b', 'c']);
  });

  test('$sampleRate lets the given share through', () => {
    expect(matches({ $sampleRate: 0.5 }, {}, { random: () => 0.4 })).toBe(true);
    expect(matches({ $sampleRate: 0.5 }, {}, { random: () => 0.6 })).toBe(false);
  });
});

describe('bitwise operators', () => {
  test('read integers of any type and binary data', () => {
    const values = [54, 54n, new Double(54), Decimal128.fromString('54'), new Binary(Uint8Array.of(0x36))]; // 110110
    for (const a of values) {
      expect(matches({ a: { $bitsAllSet: [1, 5] } }, { a })).toBe(true);
      expect(matches({ a: { $bitsAllSet: 50 } }, { a })).toBe(true);
      expect(matches({ a: { $bitsAllClear: [0, 3] } }, { a })).toBe(true);
      expect(matches({ a: { $bitsAnySet: [0, 1] } }, { a })).toBe(true);
      expect(matches({ a: { $bitsAnyClear: [1, 2] } }, { a })).toBe(false);
    }
    expect(matches({ a: { $bitsAllSet: [200] } }, { a: -1 })).toBe(true);
    expect(matches({ a: { $bitsAllSet: [0] } }, { a: 1.5 })).toBe(false);
  });
});

describe('logical operators', () => {
  test('combine whole filters', () => {
    const documents = [{ a: 1 }, { a: 2 }, { b: 1 }, {}];
    expect(found({ $or: [{ a: 1 }, { b: 1 }] }, documents)).toEqual([0, 2]);
    expect(found({ $nor: [{ a: 1 }, { b: 1 }] }, documents)).toEqual([1, 3]);
    expect(found({ $and: [{ a: { $gt: 0 } }, { a: { $lt: 2 } }] }, documents)).toEqual([0]);
    expect(found({ a: { $not: { $gt: 1 } } }, documents)).toEqual([0, 2, 3]);
    expect(found({ $comment: 'all of them' }, documents)).toEqual([0, 1, 2, 3]);
  });
});

describe('collation', () => {
  test('decides equality, order and $in of strings', () => {
    const collation = compileCollation({ locale: 'en', strength: 2 });
    expect(matches({ a: 'ABC' }, { a: 'abc' }, { collation })).toBe(true);
    expect(matches({ a: { $in: ['ABC'] } }, { a: ['abc'] }, { collation })).toBe(true);
    expect(matches({ a: { $gt: 'B' } }, { a: 'b' }, { collation })).toBe(false);
  });
});

describe('what MongoDB refuses is refused with its words', () => {
  test.each<[Document, number, string]>([
    [{ a: { $foo: 1 } }, 2, 'unknown operator: $foo'],
    [{ a: { $gt: 1, b: 2 } }, 2, 'unknown operator: b'],
    [
      { $foo: 1 },
      2,
      "unknown top level operator: $foo. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.",
    ],
    [{ $or: [] }, 2, '$or argument must be a non-empty array'],
    [{ $and: {} }, 2, '$and argument must be an array'],
    [{ $nor: [1] }, 2, "$nor argument's entries must be objects"],
    [{ a: { $in: 1 } }, 2, '$in needs an array'],
    [{ a: { $in: [{ $gt: 1 }] } }, 2, 'cannot nest $ under $in'],
    [{ a: { $not: 1 } }, 2, '$not needs a regex or a document'],
    [{ a: { $not: {} } }, 2, '$not cannot be empty'],
    [{ a: { $ne: new BSONRegExp('a') } }, 2, "Can't have regex as arg to $ne."],
    [{ a: { $size: 'x' } }, 2, 'Failed to parse $size. Expected a number in: $size: "x"'],
    [{ a: { $size: -1 } }, 2, 'Failed to parse $size. Expected a non-negative number in: $size: -1'],
    [{ a: { $mod: [0, 1] } }, 2, 'divisor cannot be 0'],
    [{ a: { $mod: [1] } }, 2, 'malformed mod, not enough elements'],
    [{ a: { $all: 1 } }, 2, '$all needs an array'],
    [{ a: { $elemMatch: 1 } }, 2, '$elemMatch needs an Object'],
    [{ a: { $options: 'i' } }, 2, '$options needs a $regex'],
    [{ a: { $regex: 1 } }, 2, '$regex has to be a string'],
    [{ a: { $type: 'foo' } }, 2, 'Unknown type name alias: foo'],
    [{ a: BsonUndefined.value }, 2, 'cannot compare to undefined'],
  ])('%j', (filter, code, message) => {
    expect(refusal(filter)).toEqual({ code, message });
  });

  test('server-side JavaScript and geospatial operators are named in the refusal', () => {
    expect(refusal({ $where: 'true' }).message).toContain('$where');
    expect(refusal({ a: { $near: [0, 0] } })).toEqual({
      code: 238,
      message: '$near: geospatial queries are not supported by this server',
    });
  });

  test('deep nesting is refused', () => {
    let filter: Document = { a: 1 };
    for (let i = 0; i < 200; i++) filter = { $and: [filter] };
    expect(refusal(filter).code).toBe(2);
  });
});

describe('for the planner and for positional operators', () => {
  test('a filter tells which top-level fields it reads', () => {
    expect(compileFilter({ 'a.b': 1, $or: [{ c: 1 }, { d: { $exists: true } }] }).fields).toEqual(
      new Set(['a', 'c', 'd']),
    );
    expect(compileFilter({ $jsonSchema: {} }).fields).toBe('all');
  });

  test('the tree names paths, operators and values', () => {
    expect(compileFilter({ a: { $gte: 1, $lt: 5 }, b: 'x' }).tree).toEqual({
      kind: 'and',
      children: [
        {
          kind: 'and',
          children: [
            { kind: 'compare', path: 'a', operator: 'gte', value: 1 },
            { kind: 'compare', path: 'a', operator: 'lt', value: 5 },
          ],
        },
        { kind: 'compare', path: 'b', operator: 'eq', value: 'x' },
      ],
    });
  });

  test('the position of the element that matched is known', () => {
    const position = (filter: Document, document: Document) => compileFilter(filter).matchedPosition(document);
    expect(position({ a: 5 }, { a: [1, 5] })).toBe(1);
    expect(position({ 'a.b': 2 }, { a: [{ b: 1 }, { b: 2 }] })).toBe(1);
    expect(position({ 'a.b': 3 }, { a: [{ b: [1] }, { b: [2, 3] }] })).toBe(1);
    expect(position({ a: { $elemMatch: { $gt: 3 } } }, { a: [1, 2, 5] })).toBe(2);
    expect(position({ a: 5, b: 1 }, { a: [5], b: [0, 1] })).toBe(1);
    expect(position({ a: 5 }, { a: 5 })).toBeNull();
    expect(position({ a: { $ne: 7 } }, { a: [1, 5] })).toBeNull();
  });
});

describe('a simple model agrees', () => {
  const scalar: fc.Arbitrary<BsonValue> = fc.constantFrom<BsonValue[]>(
    null,
    0,
    1,
    2,
    1.5,
    2n,
    new Double(1),
    Decimal128.fromString('2'),
    'a',
    'b',
    '',
    true,
    false,
    new Date(0),
    new ObjectId('0'.repeat(24)),
    Number.NaN,
  );
  const value = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    scalar.map((b) => ({ b })),
    fc.array(
      scalar.map((b) => ({ b })),
      { maxLength: 2 },
    ),
  );
  const document = fc.record({ a: value, c: scalar }, { requiredKeys: [] }) as fc.Arbitrary<Document>;
  const operator = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin');
  const path = fc.constantFrom('a', 'a.b', 'c');

  /** Every candidate value of a path, written as directly as possible. */
  function candidates(doc: Document, [first, ...rest]: string[]): (BsonValue | undefined)[] {
    const here = doc[first!];
    if (rest.length === 0) return Array.isArray(here) ? [...here, here] : [here];
    if (Array.isArray(here)) {
      return here.flatMap((element) => (typeOrder(element) === 20 ? candidates(element as Document, rest) : []));
    }
    return typeOrder(here) === 20 ? candidates(here as Document, rest) : [undefined];
  }

  function holds(op: string, candidate: BsonValue | undefined, wanted: BsonValue): boolean {
    const left = candidate === undefined ? null : candidate;
    if (typeOrder(left) !== typeOrder(wanted)) return false;
    const difference = compareValues(left, wanted);
    const isNaNPair = [left, wanted].some((v) => typeof v === 'number' && Number.isNaN(v)) && difference !== 0;
    if (isNaNPair) return false;
    switch (op) {
      case '$eq':
        return difference === 0;
      case '$gt':
        return difference > 0;
      case '$gte':
        return difference >= 0;
      case '$lt':
        return difference < 0;
      default:
        return difference <= 0;
    }
  }

  test('for comparisons on scalars, arrays and embedded documents', () => {
    fc.assert(
      fc.property(
        document,
        path,
        operator,
        fc.array(scalar, { minLength: 1, maxLength: 3 }),
        (doc, field, op, values) => {
          const all = candidates(doc, field.split('.'));
          const any = (name: string, wanted: BsonValue) => all.some((candidate) => holds(name, candidate, wanted));
          const expected =
            op === '$in'
              ? values.some((wanted) => any('$eq', wanted))
              : op === '$nin'
                ? !values.some((wanted) => any('$eq', wanted))
                : op === '$ne'
                  ? !any('$eq', values[0]!)
                  : any(op, values[0]!);
          const argument = op === '$in' || op === '$nin' ? values : values[0]!;
          const filter = compileFilter({ [field]: { [op]: argument } });
          expect(filter.matches(doc)).toBe(expected);
          if (expected && op !== '$ne' && op !== '$nin') {
            const position = filter.matchedPosition(doc);
            if (position !== null) expect(Array.isArray(doc[field.split('.')[0]!])).toBe(true);
          }
        },
      ),
      { numRuns: 5000, seed: 7 },
    );
  });
});
