import { describe, expect, test } from 'vitest';
import { Decimal128, type Document, Double } from '../bson/values.ts';
import { compileFilter } from './filter.ts';

const valid = (schema: Document, document: Document) => compileFilter({ $jsonSchema: schema }).matches(document);
const property = (schema: Document) => ({ properties: { a: schema } });

describe('$jsonSchema', () => {
  test('bsonType tells the numeric types apart, type does not', () => {
    expect(valid(property({ bsonType: 'int' }), { a: 1 })).toBe(true);
    expect(valid(property({ bsonType: 'int' }), { a: new Double(1) })).toBe(false);
    expect(valid(property({ bsonType: ['string', 'null'] }), { a: null })).toBe(true);
    expect(valid(property({ type: 'number' }), { a: Decimal128.fromString('1') })).toBe(true);
    expect(valid(property({ bsonType: 'array' }), { a: [] })).toBe(true);
    expect(valid(property({ bsonType: 'string' }), { a: ['x'] })).toBe(false);
  });

  test('numeric keywords hold for numbers and leave other types alone', () => {
    const schema = property({ minimum: 1, maximum: 10, exclusiveMaximum: true, multipleOf: new Double(0.5) });
    expect([1, 9.5, 10, 0, 1.3, 'x', 5n].map((a) => valid(schema, { a }))).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test('string keywords count code points', () => {
    expect(valid(property({ maxLength: 1 }), { a: '😀' })).toBe(true);
    expect(valid(property({ minLength: 2, pattern: '^a' }), { a: 'ab' })).toBe(true);
    expect(valid(property({ pattern: '^a' }), { a: 'ba' })).toBe(false);
  });

  test('array keywords', () => {
    expect(valid(property({ items: { bsonType: 'int' } }), { a: [1, 'x'] })).toBe(false);
    expect(valid(property({ items: [{ bsonType: 'int' }], additionalItems: false }), { a: [1, 2] })).toBe(false);
    expect(valid(property({ uniqueItems: true }), { a: [1, new Double(1)] })).toBe(false);
    expect(valid(property({ minItems: 1, maxItems: 2 }), { a: [] })).toBe(false);
  });

  test('object keywords', () => {
    expect(valid({ required: ['a', 'b'] }, { a: 1 })).toBe(false);
    expect(
      valid(
        { properties: { a: {} }, patternProperties: { '^x': { bsonType: 'int' } }, additionalProperties: false },
        { a: 1, x1: 2 },
      ),
    ).toBe(true);
    expect(valid({ properties: { a: {} }, additionalProperties: false }, { b: 1 })).toBe(false);
    expect(valid({ additionalProperties: { bsonType: 'int' } }, { b: 'x' })).toBe(false);
    expect(valid({ dependencies: { a: ['b'] } }, { a: 1 })).toBe(false);
    expect(valid({ maxProperties: 1 }, { a: 1, b: 2 })).toBe(false);
  });

  test('combinations', () => {
    const small = { maximum: 5 };
    const even = { multipleOf: 2 };
    expect([1, 2, 6, 7].map((a) => valid(property({ anyOf: [small, even] }), { a }))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect([1, 2, 6, 7].map((a) => valid(property({ oneOf: [small, even] }), { a }))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([1, 2, 6, 7].map((a) => valid(property({ allOf: [small, { not: even }] }), { a }))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(valid(property({ enum: [1, 'x', null] }), { a: 2 })).toBe(false);
  });

  test('what is not JSON Schema draft 4 as MongoDB has it is refused', () => {
    const message = (schema: Document) => {
      try {
        compileFilter({ $jsonSchema: schema });
        return 'accepted';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message({ foo: 1 })).toBe('Unknown $jsonSchema keyword: foo');
    expect(message({ $ref: '#' })).toBe("$jsonSchema keyword '$ref' is not currently supported");
    expect(message(property({ type: 'integer' }))).toContain("'integer'");
    expect(message({ required: [] })).toContain('required');
  });

  test('a document that fails is explained as the manual shows it', () => {
    const filter = compileFilter({
      $jsonSchema: {
        bsonType: 'object',
        required: ['name', 'year'],
        properties: {
          name: { bsonType: 'string', description: 'must be a string' },
          year: { bsonType: 'int', minimum: 2017 },
        },
      },
    });
    expect(filter.explainMismatch({ name: 5 })).toEqual({
      operatorName: '$jsonSchema',
      schemaRulesNotSatisfied: [
        { operatorName: 'required', specifiedAs: { required: ['name', 'year'] }, missingProperties: ['year'] },
        {
          operatorName: 'properties',
          propertiesNotSatisfied: [
            {
              propertyName: 'name',
              description: 'must be a string',
              details: [
                {
                  operatorName: 'bsonType',
                  specifiedAs: { bsonType: 'string' },
                  reason: 'type did not match',
                  consideredValue: 5,
                  consideredType: 'int',
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test('so is one that fails a validator of query operators', () => {
    expect(compileFilter({ x: { $type: 'string' } }).explainMismatch({ _id: 1, x: 1 })).toEqual({
      operatorName: '$type',
      specifiedAs: { x: { $type: 'string' } },
      reason: 'type did not match',
      consideredValue: 1,
      consideredType: 'int',
    });
    expect(compileFilter({ a: { $gt: 1 }, b: 2 }).explainMismatch({ a: 5 })).toEqual({
      operatorName: '$and',
      clausesNotSatisfied: [
        { index: 1, details: { operatorName: '$eq', specifiedAs: { b: 2 }, reason: 'field was missing' } },
      ],
    });
  });
});
