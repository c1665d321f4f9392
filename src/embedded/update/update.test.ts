import { describe, expect, test } from 'vitest';
import { compileCollation } from '../bson/compare.ts';
import { BSONRegExp, type BsonValue, Decimal128, type Document, Double, ObjectId, Timestamp } from '../bson/values.ts';
import type { MongoError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { compileUpdate, type UpdateOptions } from './update.ts';

const apply = (update: BsonValue, document: Document, options?: UpdateOptions) =>
  compileUpdate(update, options).apply(document);

const upsert = (filter: Document, update: BsonValue, options: UpdateOptions = {}) =>
  compileUpdate(update, { ...options, filter: compileFilter(filter) }).upsertDocument();

function refusal(run: () => unknown): { code: number; message: string } {
  try {
    run();
  } catch (error) {
    return { code: (error as MongoError).code, message: (error as Error).message };
  }
  throw new Error('The update was accepted.');
}

const fieldsOf = (document: Document) => Object.entries(document);

describe('an update', () => {
  test('gives back the very same document when nothing changes', () => {
    const document = { _id: 1, a: 1, b: [1], c: { d: 1 } };
    for (const update of [
      { $set: { a: 1 } },
      { $unset: { x: 1 } },
      { $inc: { a: 0 } },
      { $max: { a: 0 } },
      { $addToSet: { b: 1 } },
      { $pull: { b: 9 } },
      { $rename: { x: 'y' } },
      { $pop: { x: 1 } },
      { $set: {} },
      { $push: { b: { $each: [] } } },
      { $set: { 'c.d': 1 } },
      { _id: 1, a: 1, b: [1], c: { d: 1 } },
    ]) {
      expect(apply(update, document)).toBe(document);
    }
  });

  test('finds NaN unchanged by arithmetic', () => {
    const document = { _id: 1, a: Number.NaN, b: [Number.NaN] };
    expect(apply({ $inc: { a: 1, 'b.0': 1 } }, document)).toBe(document);
  });

  test('leaves the given document as it was and shares what it does not touch', () => {
    const document = { _id: 1, a: { b: 1 }, c: { d: 1 } };
    const result = apply({ $set: { 'a.b': 2 } }, document);
    expect(document.a.b).toBe(1);
    expect(result).toEqual({ _id: 1, a: { b: 2 }, c: { d: 1 } });
    expect(result.c).toBe(document.c);
  });

  test('adds new fields in lexicographic order, whatever their order in the update', () => {
    expect(fieldsOf(apply({ $set: { z: 1, b: 2 }, $inc: { m: 1 } }, { _id: 1 }))).toEqual([
      ['_id', 1],
      ['b', 2],
      ['m', 1],
      ['z', 1],
    ]);
  });

  test('must not change _id, and may repeat it', () => {
    expect(refusal(() => apply({ $set: { _id: 2 } }, { _id: 1 }))).toEqual({
      code: 66,
      message: "Performing an update on the path '_id' would modify the immutable field '_id'",
    });
    expect(refusal(() => apply({ $unset: { _id: 1 } }, { _id: 1 })).code).toBe(66);
    expect(apply({ $set: { _id: new Double(1), a: 1 } }, { _id: 1 })).toEqual({ _id: 1, a: 1 });
  });

  test('must not touch the same path twice', () => {
    expect(refusal(() => compileUpdate({ $set: { a: 1 }, $inc: { a: 1 } }))).toEqual({
      code: 40,
      message: "Updating the path 'a' would create a conflict at 'a'",
    });
    expect(refusal(() => compileUpdate({ $set: { 'a.b': 1, a: 1 } })).message).toBe(
      "Updating the path 'a' would create a conflict at 'a'",
    );
    expect(refusal(() => compileUpdate({ $set: { a: 1, 'a.b': 1 } })).message).toBe(
      "Updating the path 'a.b' would create a conflict at 'a'",
    );
    expect(refusal(() => compileUpdate({ $set: { a: 1 }, $rename: { a: 'b' } })).code).toBe(40);
  });
});

describe('paths', () => {
  test('that are missing are made of documents, numbers in them too', () => {
    expect(apply({ $set: { 'a.b.0': 1 } }, {})).toEqual({ a: { b: { 0: 1 } } });
  });

  test('lead into arrays by position, and fill up with null', () => {
    expect(apply({ $set: { 'a.1': 9 } }, { a: [1, 2] })).toEqual({ a: [1, 9] });
    expect(apply({ $set: { 'a.3': 9 } }, { a: [1] })).toEqual({ a: [1, null, null, 9] });
    expect(apply({ $set: { 'a.0.b': 9 } }, { a: [{ b: 1 }] })).toEqual({ a: [{ b: 9 }] });
    expect(apply({ $unset: { 'a.0': 1 } }, { a: [1, 2] })).toEqual({ a: [null, 2] });
  });

  test('cannot go through a plain value, nor by name through an array', () => {
    expect(refusal(() => apply({ $set: { 'a.b': 1 } }, { a: 5 }))).toEqual({
      code: 28,
      message: "Cannot create field 'b' in element {a: 5}",
    });
    expect(refusal(() => apply({ $set: { 'a.b': 1 } }, { a: [1, 2] }))).toEqual({
      code: 28,
      message: "Cannot create field 'b' in element {a: [ 1, 2 ]}",
    });
    expect(refusal(() => apply({ $set: { 'a.b': 1 } }, { a: null })).code).toBe(28);
    expect(apply({ $unset: { 'a.b': 1 } }, { a: 5 })).toEqual({ a: 5 });
  });

  test('with empty parts, or a leading dollar at the top of an existing document, are refused', () => {
    expect(refusal(() => compileUpdate({ $set: { '': 1 } })).code).toBe(56);
    expect(refusal(() => compileUpdate({ $set: { 'a..b': 1 } })).message).toContain('contains an empty field name');
    expect(refusal(() => apply({ $set: { $a: 1 } }, { _id: 1 })).code).toBe(52);
    expect(apply({ $set: { 'a.$b': 1 } }, { _id: 1, a: { $b: 0 } })).toEqual({ _id: 1, a: { $b: 1 } });
    expect(upsert({ _id: 1 }, { $set: { $a: 1 } })).toEqual({ _id: 1, $a: 1 });
    expect(refusal(() => compileUpdate({ $set: { '$.a': 1 } })).message).toContain('first position');
    expect(refusal(() => compileUpdate({ $set: { 'a.$.b.$': 1 } })).message).toContain('Too many positional');
  });

  test('named like parts of JavaScript are ordinary', () => {
    const result = apply(JSON.parse('{"$set": {"__proto__": 1, "constructor": 2, "a.__proto__.b": 3}}'), {});
    expect(Object.keys(result)).toEqual(['__proto__', 'a', 'constructor']);
    expect(Object.getOwnPropertyDescriptor(result, '__proto__')?.value).toBe(1);
  });
});

describe('positional operators', () => {
  const positional = (filter: Document, update: Document, document: Document, options: UpdateOptions = {}) =>
    apply(update, document, { ...options, filter: compileFilter(filter) });

  test('$ is the element that the query matched', () => {
    expect(positional({ a: 2 }, { $set: { 'a.$': 9 } }, { a: [1, 2, 2] })).toEqual({ a: [1, 9, 2] });
    expect(positional({ 'a.x': 2 }, { $inc: { 'a.$.n': 1 } }, { a: [{ x: 1 }, { x: 2, n: 5 }] })).toEqual({
      a: [{ x: 1 }, { x: 2, n: 6 }],
    });
    expect(refusal(() => positional({ b: 1 }, { $set: { 'a.$': 9 } }, { a: [1], b: 1 }))).toEqual({
      code: 2,
      message: 'The positional operator did not find the match needed from the query.',
    });
  });

  test('$[] is every element', () => {
    expect(apply({ $inc: { 'a.$[]': 10 } }, { a: [1, 2] })).toEqual({ a: [11, 12] });
    expect(apply({ $set: { 'a.$[].b.$[]': 0 } }, { a: [{ b: [1] }, { b: [2, 3] }] })).toEqual({
      a: [{ b: [0] }, { b: [0, 0] }],
    });
    expect(refusal(() => apply({ $set: { 'a.$[]': 1 } }, {})).message).toBe(
      "The path 'a' must exist in the document in order to apply array updates.",
    );
    expect(refusal(() => apply({ $set: { 'a.$[]': 1 } }, { a: 5 })).message).toBe(
      'Cannot apply array updates to non-array element a: 5',
    );
  });

  test('$[name] are the elements that its array filter matches', () => {
    const arrayFilters = [{ low: { $lt: 3 } }];
    expect(apply({ $set: { 'a.$[low]': 0 } }, { a: [1, 5, 2] }, { arrayFilters })).toEqual({ a: [0, 5, 0] });
    expect(
      apply(
        { $set: { 'a.$[x].n': 0 } },
        {
          a: [
            { k: 1, n: 1 },
            { k: 2, n: 2 },
          ],
        },
        { arrayFilters: [{ 'x.k': 2 }] },
      ),
    ).toEqual({
      a: [
        { k: 1, n: 1 },
        { k: 2, n: 0 },
      ],
    });
    expect(
      apply(
        { $set: { 'a.$[i].b': 2, 'a.$[j].c': 3 } },
        { a: [{ x: 1 }, { x: 2 }] },
        { arrayFilters: [{ 'i.x': 1 }, { $or: [{ 'j.x': 1 }, { 'j.x': 2 }] }] },
      ),
    ).toEqual({
      a: [
        { x: 1, b: 2, c: 3 },
        { x: 2, c: 3 },
      ],
    });
  });

  test('array filters must be named, used and known', () => {
    expect(refusal(() => compileUpdate({ $set: { 'a.$[i]': 1 } }))).toEqual({
      code: 2,
      message: "No array filter found for identifier 'i' in path 'a.$[i]'",
    });
    expect(refusal(() => compileUpdate({ $set: { a: 1 } }, { arrayFilters: [{ i: 1 }] })).message).toContain(
      "The array filter for identifier 'i' was not used in the update { $set: { a: 1 } }",
    );
    expect(refusal(() => compileUpdate({ $set: { 'a.$[i]': 1 } }, { arrayFilters: [{ i: 1 }, { i: 2 }] })).code).toBe(
      9,
    );
    expect(
      refusal(() => compileUpdate({ $set: { 'a.$[i]': 1 } }, { arrayFilters: [{ i: 1, j: 2 }] })).message,
    ).toContain("found 'i' and 'j'");
    expect(refusal(() => compileUpdate({ $set: { 'a.$[i]': 1 } }, { arrayFilters: [{}] })).code).toBe(9);
  });

  test('two ways to the same element conflict', () => {
    const update = { $set: { 'a.$[]': 1, 'a.0': 2 } };
    expect(refusal(() => apply(update, { a: [5] }))).toEqual({
      code: 40,
      message: "Update created a conflict at 'a.0'",
    });
    expect(apply({ $set: { 'a.$[].x': 1, 'a.0.y': 2 } }, { a: [{}] })).toEqual({ a: [{ x: 1, y: 2 }] });
  });
});

describe('$inc and $mul', () => {
  test('keep number types and widen them as MongoDB does', () => {
    expect(apply({ $inc: { a: 1 } }, { a: 2147483647 })).toEqual({ a: 2147483648n });
    expect(apply({ $inc: { a: 1n } }, { a: 1 })).toEqual({ a: 2n });
    expect(apply({ $inc: { a: new Double(1) } }, { a: 1 })).toEqual({ a: new Double(2) });
    expect(apply({ $inc: { a: 0.5 } }, { a: 0.5 })).toEqual({ a: new Double(1) });
    expect(String(apply({ $inc: { a: Decimal128.fromString('0.10') } }, { a: 1 }).a)).toBe('1.10');
    expect(apply({ $mul: { a: 3 } }, { a: 4 })).toEqual({ a: 12 });
  });

  test("start a missing field with the increment, or with zero of the factor's type", () => {
    expect(apply({ $inc: { 'a.b': 5 } }, {})).toEqual({ a: { b: 5 } });
    expect(apply({ $mul: { a: 5, b: 2n, c: new Double(3) } }, {})).toEqual({ a: 0, b: 0n, c: new Double(0) });
  });

  test('refuse what is no number, and overflow', () => {
    expect(refusal(() => compileUpdate({ $inc: { a: 'x' } }))).toEqual({
      code: 14,
      message: 'Cannot increment with non-numeric argument: {a: "x"}',
    });
    expect(refusal(() => apply({ $inc: { a: 1 } }, { _id: 1, a: 'x' }))).toEqual({
      code: 14,
      message:
        "Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field 'a' of non-numeric type string",
    });
    expect(refusal(() => apply({ $inc: { a: 1 } }, { _id: 1, a: null })).code).toBe(14);
    expect(refusal(() => apply({ $inc: { a: 1 } }, { _id: 1, a: 9223372036854775807n }))).toEqual({
      code: 2,
      message:
        'Failed to apply $inc operations to current value ((NumberLong)9223372036854775807) for document {_id: 1}',
    });
  });
});

describe('other field operators', () => {
  test('$min and $max compare in the order of all types', () => {
    expect(apply({ $min: { a: 5 }, $max: { b: 5 } }, { a: 9, b: 1 })).toEqual({ a: 5, b: 5 });
    expect(apply({ $min: { a: 5 }, $max: { b: 5 } }, {})).toEqual({ a: 5, b: 5 });
    expect(apply({ $max: { a: 'x' } }, { a: 5 })).toEqual({ a: 'x' });
    expect(apply({ $min: { a: new Double(1) } }, { a: 1 })).toEqual({ a: 1 });
  });

  test('$setOnInsert acts in an upsert only, and then conflicts with nothing else', () => {
    expect(apply({ $setOnInsert: { a: 1 } }, { _id: 1, a: 5 })).toEqual({ _id: 1, a: 5 });
    expect(apply({ $setOnInsert: { 'a.b': 1 } }, { _id: 1, a: 5 })).toEqual({ _id: 1, a: 5 });
  });

  test('$rename moves a field through documents', () => {
    expect(fieldsOf(apply({ $rename: { a: 'z' } }, { a: 1, b: 2 }))).toEqual([
      ['b', 2],
      ['z', 1],
    ]);
    expect(apply({ $rename: { 'a.b': 'c.d' } }, { a: { b: 1 } })).toEqual({ a: {}, c: { d: 1 } });
    expect(apply({ $rename: { a: 'b' } }, { a: 1, b: 2 })).toEqual({ b: 1 });
    expect(refusal(() => compileUpdate({ $rename: { a: 'a' } })).message).toContain('must differ');
    expect(refusal(() => compileUpdate({ $rename: { a: 'a.b' } })).message).toContain('same path');
    expect(refusal(() => compileUpdate({ $rename: { a: 1 } })).message).toContain('must be a string');
    expect(refusal(() => apply({ $rename: { 'a.0': 'b' } }, { _id: 1, a: [1] })).message).toBe(
      "The source field cannot be an array element, 'a.0' in doc with _id: 1 has an array field called 'a'",
    );
  });

  test('$currentDate writes the date or the timestamp', () => {
    const options = { now: () => new Date(7), nextTimestamp: () => new Timestamp({ t: 1, i: 2 }) };
    expect(apply({ $currentDate: { a: true, b: { $type: 'timestamp' } } }, {}, options)).toEqual({
      a: new Date(7),
      b: new Timestamp({ t: 1, i: 2 }),
    });
    expect(refusal(() => compileUpdate({ $currentDate: { a: 'now' } })).code).toBe(2);
  });

  test('$bit works on whole numbers of both sizes', () => {
    expect(apply({ $bit: { a: { and: 10 } } }, { a: 13 })).toEqual({ a: 8 });
    expect(apply({ $bit: { a: { xor: 5n } } }, { a: 1 })).toEqual({ a: 4n });
    expect(apply({ $bit: { a: { or: 3 } } }, {})).toEqual({ a: 3 });
    expect(refusal(() => compileUpdate({ $bit: { a: { and: 1.5 } } })).message).toContain(
      "a 'double' is not supported here",
    );
    expect(refusal(() => apply({ $bit: { a: { and: 1 } } }, { _id: 1, a: 'x' })).code).toBe(2);
  });
});

describe('$push', () => {
  test('appends, and makes the array', () => {
    expect(apply({ $push: { a: 1 } }, { a: [0] })).toEqual({ a: [0, 1] });
    expect(apply({ $push: { a: [1] } }, {})).toEqual({ a: [[1]] });
    expect(refusal(() => apply({ $push: { a: 1 } }, { _id: 1, a: 5 }))).toEqual({
      code: 2,
      message: "The field 'a' must be an array but is of type int in document {_id: 1}",
    });
  });

  test('places, sorts, then slices', () => {
    expect(apply({ $push: { a: { $each: [8, 9], $position: 1 } } }, { a: [1, 2] })).toEqual({ a: [1, 8, 9, 2] });
    expect(apply({ $push: { a: { $each: [8], $position: -1 } } }, { a: [1, 2] })).toEqual({ a: [1, 8, 2] });
    expect(apply({ $push: { a: { $each: [2], $sort: -1, $slice: 2 } } }, { a: [1, 3] })).toEqual({ a: [3, 2] });
    expect(apply({ $push: { a: { $each: [], $slice: -1 } } }, { a: [1, 3] })).toEqual({ a: [3] });
    expect(apply({ $push: { a: { $each: [{ n: 1 }], $sort: { n: 1 } } } }, { a: [{ n: 2 }] })).toEqual({
      a: [{ n: 1 }, { n: 2 }],
    });
  });

  test('refuses clauses that it does not know', () => {
    expect(refusal(() => compileUpdate({ $push: { a: { $each: [1], $foo: 1 } } })).message).toBe(
      'Unrecognized clause in $push: $foo',
    );
    expect(refusal(() => compileUpdate({ $push: { a: { $each: 1 } } })).code).toBe(2);
    expect(refusal(() => compileUpdate({ $push: { a: { $each: [], $slice: 1.5 } } })).code).toBe(2);
    expect(refusal(() => compileUpdate({ $push: { a: { $each: [], $sort: 2 } } })).message).toContain('either 1 or -1');
  });
});

describe('sets and removals', () => {
  test('$addToSet adds what is not there yet, by value', () => {
    expect(apply({ $addToSet: { a: { $each: [1, 2, 2, new Double(3)] } } }, { a: [1, 3] })).toEqual({ a: [1, 3, 2] });
    expect(apply({ $addToSet: { a: [1] } }, { a: [1] })).toEqual({ a: [1, [1]] });
    expect(
      apply({ $addToSet: { a: 'X' } }, { a: ['x'] }, { collation: compileCollation({ locale: 'en', strength: 2 }) }),
    ).toEqual({ a: ['x'] });
    expect(refusal(() => apply({ $addToSet: { a: 1 } }, { a: 5 })).message).toContain('non-array field');
  });

  test('$pull takes values, conditions and filters for documents', () => {
    expect(apply({ $pull: { a: 1 } }, { a: [1, 2, 1] })).toEqual({ a: [2] });
    expect(apply({ $pull: { a: { $gte: 2 } } }, { a: [1, 2, 3] })).toEqual({ a: [1] });
    expect(apply({ $pull: { a: { $in: ['x', new BSONRegExp('^y')] } } }, { a: ['x', 'yes', 'z'] })).toEqual({
      a: ['z'],
    });
    expect(apply({ $pull: { a: { k: 1 } } }, { a: [{ k: 1, v: 2 }, { k: 2 }, 1] })).toEqual({ a: [{ k: 2 }, 1] });
    expect(apply({ $pull: { a: { k: { $gt: 1 } } } }, { a: [{ k: 1 }, { k: 2 }] })).toEqual({ a: [{ k: 1 }] });
    expect(apply({ $pull: { a: [1, 2] } }, { a: [[1, 2], 1] })).toEqual({ a: [1] });
    expect(apply({ $pull: { 'a.$[].b': 1 } }, { a: [{ b: [1, 2] }, { b: [1] }] })).toEqual({
      a: [{ b: [2] }, { b: [] }],
    });
    expect(refusal(() => apply({ $pull: { a: 1 } }, { a: 5 }))).toEqual({
      code: 2,
      message: 'Cannot apply $pull to a non-array value',
    });
  });

  test('$pullAll takes a list of values, $pop an end', () => {
    expect(apply({ $pullAll: { a: [1, { b: 1 }] } }, { a: [1, { b: 1 }, { b: 1, c: 1 }] })).toEqual({
      a: [{ b: 1, c: 1 }],
    });
    expect(apply({ $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [1, 2] })).toEqual({ a: [1], b: [2] });
    expect(refusal(() => compileUpdate({ $pop: { a: 2 } })).code).toBe(9);
    expect(refusal(() => apply({ $pop: { a: 1 } }, { a: 5 })).message).toBe(
      "Path 'a' contains an element of non-array type 'int'",
    );
  });
});

describe('a replacement', () => {
  test('keeps _id, first', () => {
    expect(fieldsOf(apply({ b: 1, a: 2 }, { _id: 7, x: 1 }))).toEqual([
      ['_id', 7],
      ['b', 1],
      ['a', 2],
    ]);
    expect(refusal(() => apply({ _id: 8 }, { _id: 7 }))).toEqual({
      code: 66,
      message: "After applying the update, the (immutable) field '_id' was found to have been altered to _id: 8",
    });
  });

  test('may have dots in names and dollars below the top, not at it', () => {
    expect(apply({ 'a.b': 1, c: { $d: 1 } }, { _id: 1 })).toEqual({ _id: 1, 'a.b': 1, c: { $d: 1 } });
    expect(refusal(() => apply({ a: 1, $b: 1 }, { _id: 1 })).code).toBe(52);
    expect(upsert({ _id: 1 }, { a: 1, $b: 1 })).toEqual({ _id: 1, a: 1, $b: 1 });
  });

  test('turns an empty timestamp into the current one', () => {
    const nextTimestamp = () => new Timestamp({ t: 5, i: 1 });
    expect(apply({ a: new Timestamp({ t: 0, i: 0 }) }, { _id: 1 }, { nextTimestamp })).toEqual({
      _id: 1,
      a: new Timestamp({ t: 5, i: 1 }),
    });
  });
});

describe('a pipeline', () => {
  test('runs on the document, which keeps its _id', () => {
    const compilePipeline = () => (document: Document) => ({ n: (document.n as number) + 1 });
    expect(apply([{ $replaceWith: {} }], { _id: 1, n: 1 }, { compilePipeline })).toEqual({ _id: 1, n: 2 });
  });

  test('has only the stages that are allowed in an update', () => {
    expect(refusal(() => compileUpdate([{ $match: {} }]))).toEqual({
      code: 72,
      message: '$match is not allowed to be used within an update',
    });
  });
});

describe('an upsert', () => {
  test('starts from what the query says must be equal', () => {
    expect(
      upsert({ _id: 5, a: 1, 'b.c': 2, d: { $gt: 3 }, $and: [{ e: { $eq: 4 } }], f: { $in: [6] } }, { $set: { x: 1 } }),
    ).toEqual({
      _id: 5,
      a: 1,
      b: { c: 2 },
      e: 4,
      f: 6,
      x: 1,
    });
    expect(upsert({ _id: 1, a: 1 }, { $inc: { a: 2 }, $setOnInsert: { s: 1 } })).toEqual({ _id: 1, a: 3, s: 1 });
    expect(upsert({ _id: 1, $or: [{ a: 1 }, { b: 1 }] }, { $set: {} })).toEqual({ _id: 1 });
  });

  test('makes an _id where none is given, and puts it first', () => {
    const made = upsert({ a: 1 }, { $set: { b: 1 } });
    expect(Object.keys(made)).toEqual(['_id', 'a', 'b']);
    expect(made._id).toBeInstanceOf(ObjectId);
    expect(Object.keys(upsert({ a: 1 }, { $set: { _id: 3 } }))).toEqual(['_id', 'a']);
  });

  test('takes only _id from the query when the update is a replacement', () => {
    expect(upsert({ _id: 1, a: 1 }, { b: 2 })).toEqual({ _id: 1, b: 2 });
    expect(refusal(() => upsert({ _id: 1 }, { _id: 2 })).code).toBe(66);
  });

  test('cannot guess between two values', () => {
    expect(refusal(() => upsert({ $and: [{ a: 1 }, { a: 2 }] }, { $set: { b: 1 } })).code).toBe(54);
    expect(refusal(() => upsert({ a: { x: 1 }, 'a.b': 1 }, { $set: { b: 1 } })).code).toBe(54);
    expect(refusal(() => upsert({ _id: 1 }, { $set: { _id: 2 } })).code).toBe(66);
    expect(refusal(() => upsert({}, { $set: { _id: [1] } }))).toEqual({
      code: 53,
      message: "The '_id' value cannot be of type array",
    });
  });
});

describe('what is no update', () => {
  test("is refused with MongoDB's words", () => {
    expect(refusal(() => compileUpdate({ $foo: { a: 1 } }))).toEqual({
      code: 9,
      message:
        'Unknown modifier: $foo. Expected a valid update modifier or pipeline-style update specified as an array',
    });
    expect(refusal(() => compileUpdate({ $set: { a: 1 }, b: 1 })).code).toBe(9);
    expect(refusal(() => compileUpdate({ $set: 5 })).message).toBe(
      'Modifiers operate on fields but we found type int instead. For example: {$mod: {<field>: ...}} not {$set: 5}',
    );
  });
});
