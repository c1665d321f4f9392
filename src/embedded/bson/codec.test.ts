import { type Document as BsonDocument, calculateObjectSize, deserialize, Long, serialize } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, decodeFields, encode, fieldDecoder, hasIdFirst, readField, validateDocument } from './codec.ts';
import { anyDocument } from './values.arbitrary.ts';
import { BsonUndefined, Code, Double, MaxKey, MinKey, ObjectId, Timestamp } from './values.ts';

const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');
const fromHex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** One document with one element `a` of the given type and value bytes. */
const withElement = (type: string, value: string): Uint8Array => {
  const body = fromHex(`${type} 6100 ${value} 00`);
  const raw = Buffer.alloc(body.length + 4);
  raw.writeInt32LE(raw.length, 0);
  raw.set(body, 4);
  return raw;
};

describe('decode and encode', () => {
  test('bytes survive decoding and encoding', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const raw = encode(document);
        expect(hex(encode(decode(raw)))).toBe(hex(raw));
      }),
      { numRuns: 300 },
    );
  });

  test('encode writes what serialize of bson writes', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const expected = serialize(document as BsonDocument, { ignoreUndefined: true });
        expect(hex(encode(document))).toBe(hex(expected));
        expect(encode(document).length).toBe(calculateObjectSize(document as BsonDocument, { ignoreUndefined: true }));
      }),
      { numRuns: 300 },
    );
  });

  test('every number type comes back as itself', () => {
    const document = {
      int32: 5,
      int64: 5n,
      smallest: -(2n ** 63n),
      wholeDouble: new Double(5),
      negativeZero: new Double(-0),
      double: 0.1,
      large: 3e10,
      nan: Number.NaN,
      infinity: Number.NEGATIVE_INFINITY,
    };
    const decoded = decode(encode(document));
    expect(decoded).toEqual(document);
    expect(hex(encode(decoded))).toBe(hex(serialize(document)));
    const types = deserialize(encode(document), { promoteValues: false });
    expect(types['int32']._bsontype).toBe('Int32');
    expect(types['int64']._bsontype).toBe('Long');
    expect(types['wholeDouble']._bsontype).toBe('Double');
    expect(types['negativeZero']._bsontype).toBe('Double');
    expect(types['large']._bsontype).toBe('Double');
    expect(decode(serialize({ a: Long.fromNumber(7) }))).toEqual({ a: 7n });
  });

  test('deprecated types survive', () => {
    const undefinedBytes = withElement('06', '');
    expect(decode(undefinedBytes)['a']).toBe(BsonUndefined.value);
    expect(hex(encode(decode(undefinedBytes)))).toBe(hex(undefinedBytes));
    const scoped = { code: new Code('f()', { x: 1 }), bare: new Code('g()') };
    expect(hex(encode(decode(encode(scoped))))).toBe(hex(serialize(scoped)));
  });

  test('a missing field is not written; a missing array element is null', () => {
    expect(decode(encode({ a: undefined, b: [undefined as never, 1] }))).toEqual({ b: [null, 1] });
  });

  test('a field named __proto__ is a field, and a field named _bsontype makes no class', () => {
    const document = JSON.parse('{"__proto__": {"polluted": 1}, "a": {"_bsontype": "ObjectId", "x": 1}}');
    const decoded = decode(encode(document));
    expect(Object.keys(decoded)).toEqual(['__proto__', 'a']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(decoded['a']).toEqual({ _bsontype: 'ObjectId', x: 1 });
  });

  test('a NUL in a field name is refused, in a string it is kept', () => {
    expect(() => encode({ 'a\0b': 1 })).toThrow(/NUL/);
    expect(() => encode({ 'é\0b': 1 })).toThrow(/NUL/);
    expect(decode(encode({ a: 'x\0y' }))).toEqual({ a: 'x\0y' });
  });
});

describe('decodeFields', () => {
  test('reads the same values as decode, and no other fields', () => {
    fc.assert(
      fc.property(anyDocument, fc.infiniteStream(fc.boolean()), (document, coins) => {
        const fields = new Set(Object.keys(document).filter(() => coins.next().value));
        fields.add('not there');
        const raw = encode(document);
        const all = decode(raw);
        const expected = Object.fromEntries(Object.entries(all).filter(([name]) => fields.has(name)));
        expect(hex(encode(decodeFields(raw, fields)))).toBe(hex(encode(expected)));
        expect(hex(encode(fieldDecoder(fields)(raw)))).toBe(hex(encode(expected)));
      }),
      { numRuns: 200 },
    );
  });

  test('finds each of hundreds of fields', () => {
    const document = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`field${index}`, index]));
    expect(decodeFields(encode(document), new Set(Object.keys(document)))).toEqual(document);
  });
});

describe('readField', () => {
  const id = new ObjectId();
  const raw = encode({ _id: id, a: { b: [{ c: 'x' }], 'd.e': 1 }, t: new Timestamp({ t: 5, i: 2 }) });
  test.each([
    ['_id', id],
    ['a.b.0.c', 'x'],
    ['t', new Timestamp({ t: 5, i: 2 })],
    ['a.b.1', undefined],
    ['a.b.c', undefined],
    ['_id.x', undefined],
    ['nowhere', undefined],
  ])('%s', (path, expected) => {
    expect(readField(raw, path)).toEqual(expected);
  });

  test('hasIdFirst looks at the first field only', () => {
    expect(hasIdFirst(raw)).toBe(true);
    expect(hasIdFirst(encode({ a: 1, _id: 1 }))).toBe(false);
    expect(hasIdFirst(encode({ _id2: 1 }))).toBe(false);
    expect(hasIdFirst(encode({}))).toBe(false);
  });
});

describe('validateDocument', () => {
  test('accepts every document that can be encoded', () => {
    fc.assert(fc.property(anyDocument, (document) => validateDocument(encode(document))));
    validateDocument(encode({ min: new MinKey(), max: new MaxKey(), s: 'ü\u{1f600}' }));
  });

  test.each([
    ['an empty input', ''],
    ['a length beyond the end', '06000000 00'],
    ['bytes after the end', '05000000 00 00'],
    ['no terminator', '05000000 01'],
    ['an unknown type', hex(withElement('20', ''))],
    ['a string longer than its document', hex(withElement('02', '09000000 6100'))],
    ['a string of length 0', hex(withElement('02', '00000000'))],
    ['a string that is not UTF-8', hex(withElement('02', '02000000 ff00'))],
    ['a string that starts inside a character', hex(withElement('02', '02000000 8000'))],
    ['a boolean of 2', hex(withElement('08', '02'))],
    ['a cut-off double', hex(withElement('01', '0000'))],
    ['a negative binary length', hex(withElement('05', 'ffffffff 00'))],
    ['a wrong inner binary length', hex(withElement('05', '04000000 02 05000000'))],
    ['a regular expression with an unknown option', hex(withElement('0b', '6100 7a00'))],
    ['a nested document beyond its parent', hex(withElement('03', '20000000 00'))],
    ['a name without an end', '08000000 0a 6161 00'.replace('6161 00', '616161')],
  ])('refuses %s', (_what, bytes) => {
    expect(() => validateDocument(fromHex(bytes))).toThrow(expect.objectContaining({ code: 22 }));
  });

  test('refuses nesting deeper than 200 levels and says where', () => {
    const nested = (levels: number): Uint8Array => {
      let raw: Uint8Array = fromHex('05000000 00');
      for (let k = 0; k < levels; k++) raw = withElement('03', hex(raw));
      return raw;
    };
    validateDocument(nested(200));
    expect(() => validateDocument(nested(201))).toThrow(/byte \d+: nested deeper than 200/);
  });

  test('never reads or hangs on mutated documents: it accepts or throws InvalidBSON, and what it accepts decodes', () => {
    fc.assert(
      fc.property(
        anyDocument,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        (document, changes) => {
          const raw = Buffer.from(encode(document));
          for (const [at, byte] of changes) raw[at % raw.length] = byte;
          try {
            validateDocument(raw);
          } catch (error) {
            expect(error).toMatchObject({ code: 22 });
            return;
          }
          decode(raw);
        },
      ),
      { numRuns: 500 },
    );
  });
});
