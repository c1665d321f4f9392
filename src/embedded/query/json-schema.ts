/**
 * `$jsonSchema`: JSON Schema draft 4 as MongoDB takes it (its omissions and its `bsonType` included), with the
 * explanations that DocumentValidationFailure carries. Source: MongoDB manual, "$jsonSchema" and "Document validation errors".
 */
import { isZeroValue, remainder, toDouble, wholeNumberOf } from '../bson/arithmetic.ts';
import {
  type BsonTypeName,
  bsonTypeName,
  compareNumbers,
  equalValues,
  groupKey,
  isDocument,
  isNumber,
  type MaybeValue,
  typesOfAlias,
} from '../bson/compare.ts';
import { BSONSymbol, type BsonValue, type Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { readField } from './paths.ts';
import { compileRegex } from './regex.ts';

export interface Schema {
  matches(value: BsonValue): boolean;
  /** One entry for each rule that the value breaks; empty for a value that matches. */
  explain(value: BsonValue): Document[];
}

/** One keyword: whether a value obeys it, and what to say when it does not. */
interface Rule {
  matches(value: BsonValue): boolean;
  explain(value: BsonValue): Document;
}

type RuleParser = (argument: BsonValue, schema: Document) => Rule | null;

export function parseJsonSchema(schema: Document): Schema {
  const rules: Rule[] = [];
  for (const keyword of Object.keys(schema)) {
    if (unsupportedKeywords.has(keyword)) {
      throw new MongoError('FailedToParse', `$jsonSchema keyword '${keyword}' is not currently supported`);
    }
    const parser = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;
    if (parser === undefined) throw new MongoError('FailedToParse', `Unknown $jsonSchema keyword: ${keyword}`);
    const rule = parser(schema[keyword] as BsonValue, schema);
    if (rule !== null) rules.push(rule);
  }
  if (schema.type !== undefined && schema.bsonType !== undefined) {
    throw new MongoError('FailedToParse', 'Cannot specify both $jsonSchema keywords type and bsonType');
  }
  return {
    matches(value) {
      for (const rule of rules) if (!rule.matches(value)) return false;
      return true;
    },
    explain: (value) => rules.filter((rule) => !rule.matches(value)).map((rule) => rule.explain(value)),
  };
}

const unsupportedKeywords = new Set(['$ref', '$schema', 'default', 'definitions', 'format', 'id']);

const keywords: Readonly<Record<string, RuleParser>> = {
  title: annotation('title'),
  description: annotation('description'),
  bsonType: (argument) => typeRule('bsonType', argument, bsonTypes(argument)),
  type: (argument) => typeRule('type', argument, jsonTypes(argument)),
  enum(argument) {
    const allowed = arrayOf('enum', argument);
    if (allowed.length === 0)
      throw new MongoError('FailedToParse', "$jsonSchema keyword 'enum' cannot be an empty array");
    const keys = new Set(allowed.map((value) => groupKey(value)));
    if (keys.size < allowed.length) {
      throw new MongoError('FailedToParse', "$jsonSchema keyword 'enum' array cannot contain duplicate values.");
    }
    return simpleRule('enum', argument, 'value was not found in enum', (value) => keys.has(groupKey(value)));
  },
  minimum: (argument, schema) => bound('minimum', argument, schema),
  maximum: (argument, schema) => bound('maximum', argument, schema),
  exclusiveMinimum: (argument, schema) => exclusiveFlag('exclusiveMinimum', 'minimum', argument, schema),
  exclusiveMaximum: (argument, schema) => exclusiveFlag('exclusiveMaximum', 'maximum', argument, schema),
  multipleOf(argument) {
    if (!isNumber(argument)) throw mistyped('multipleOf', 'must be a number');
    if (!(toDouble(argument) > 0))
      throw new MongoError('FailedToParse', "$jsonSchema keyword 'multipleOf' must have a positive value");
    return simpleRule(
      'multipleOf',
      argument,
      'considered value is not a multiple of the specified value',
      (value) => !isNumber(value) || isZeroValue(remainder(value, argument)),
    );
  },
  minLength: lengthRule('minLength', (length, limit) => length >= limit),
  maxLength: lengthRule('maxLength', (length, limit) => length <= limit),
  pattern(argument) {
    if (typeof argument !== 'string') throw mistyped('pattern', 'must be a string');
    const regex = compileRegex(argument, '');
    return simpleRule('pattern', argument, 'regular expression did not match', (value) => {
      const text = textOf(value);
      return text === null || regex.test(text);
    });
  },
  minItems: itemCountRule('minItems', (length, limit) => length >= limit),
  maxItems: itemCountRule('maxItems', (length, limit) => length <= limit),
  uniqueItems(argument) {
    if (typeof argument !== 'boolean') throw mistyped('uniqueItems', 'must be a boolean');
    if (!argument) return null;
    return {
      matches: (value) => !Array.isArray(value) || duplicateIn(value) === undefined,
      explain: (value) => ({
        operatorName: 'uniqueItems',
        specifiedAs: { uniqueItems: true },
        reason: 'found a duplicate item',
        consideredValue: value,
        duplicatedValue: duplicateIn(value as BsonValue[]),
      }),
    };
  },
  items: parseItems,
  additionalItems: parseAdditionalItems,
  required: parseRequired,
  properties: parseProperties,
  patternProperties: parsePatternProperties,
  additionalProperties: parseAdditionalProperties,
  minProperties: propertyCountRule('minProperties', (count, limit) => count >= limit),
  maxProperties: propertyCountRule('maxProperties', (count, limit) => count <= limit),
  dependencies: parseDependencies,
  allOf: (argument) => combination('allOf', argument, (matching, all) => matching === all),
  anyOf: (argument) => combination('anyOf', argument, (matching) => matching > 0),
  oneOf: (argument) => combination('oneOf', argument, (matching) => matching === 1),
  not(argument) {
    const schema = subschema('not', argument);
    return {
      matches: (value) => !schema.matches(value),
      explain: () => ({ operatorName: 'not', reason: 'child expression matched' }),
    };
  },
};

function annotation(keyword: string): RuleParser {
  return (argument) => {
    if (typeof argument !== 'string') throw mistyped(keyword, 'must be of type string');
    return null;
  };
}

function simpleRule(
  keyword: string,
  argument: BsonValue,
  reason: string,
  matches: (value: BsonValue) => boolean,
): Rule {
  return {
    matches,
    explain: (value) => ({
      operatorName: keyword,
      specifiedAs: { [keyword]: argument },
      reason,
      consideredValue: value,
    }),
  };
}

function typeRule(keyword: string, argument: BsonValue, types: ReadonlySet<BsonTypeName>): Rule {
  return {
    matches: (value) => types.has(bsonTypeName(value) as BsonTypeName),
    explain: (value) => ({
      operatorName: keyword,
      specifiedAs: { [keyword]: argument },
      reason: 'type did not match',
      consideredValue: value,
      consideredType: bsonTypeName(value),
    }),
  };
}

function typeNames(keyword: string, argument: BsonValue): string[] {
  const names = Array.isArray(argument) ? argument : [argument];
  for (const name of names) {
    if (typeof name !== 'string') throw mistyped(keyword, 'must be either a string or an array of strings');
  }
  if (names.length === 0)
    throw new MongoError('FailedToParse', `$jsonSchema keyword '${keyword}' must name at least one type`);
  if (new Set(names).size < names.length) {
    throw new MongoError('FailedToParse', `$jsonSchema keyword '${keyword}' has duplicate value: ${names.join(', ')}`);
  }
  return names as string[];
}

function bsonTypes(argument: BsonValue): ReadonlySet<BsonTypeName> {
  return new Set(typeNames('bsonType', argument).flatMap((name) => typesOfAlias(name)));
}

const jsonTypeAliases: Readonly<Record<string, readonly BsonTypeName[]>> = {
  array: ['array'],
  boolean: ['bool'],
  null: ['null'],
  number: ['int', 'long', 'double', 'decimal'],
  object: ['object'],
  string: ['string'],
};

function jsonTypes(argument: BsonValue): ReadonlySet<BsonTypeName> {
  const types = typeNames('type', argument).flatMap((name) => {
    if (name === 'integer') {
      throw new MongoError('FailedToParse', "$jsonSchema type 'integer' is not currently supported.");
    }
    if (!Object.hasOwn(jsonTypeAliases, name)) throw new MongoError('BadValue', `Unknown type name alias: ${name}`);
    return jsonTypeAliases[name]!;
  });
  return new Set(types);
}

function bound(keyword: 'minimum' | 'maximum', argument: BsonValue, schema: Document): Rule {
  if (!isNumber(argument)) throw mistyped(keyword, 'must be a number');
  const flag = keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  const exclusive = schema[flag] === true;
  const direction = keyword === 'minimum' ? 1 : -1;
  return {
    matches(value) {
      if (!isNumber(value)) return true;
      const difference = compareNumbers(value, argument) * direction;
      return exclusive ? difference > 0 : difference >= 0;
    },
    explain: (value) => ({
      operatorName: keyword,
      specifiedAs: exclusive ? { [keyword]: argument, [flag]: true } : { [keyword]: argument },
      reason: 'comparison failed',
      consideredValue: value,
    }),
  };
}

function exclusiveFlag(keyword: string, companion: string, argument: BsonValue, schema: Document): null {
  if (typeof argument !== 'boolean') throw mistyped(keyword, 'must be a boolean');
  if (schema[companion] === undefined) {
    throw new MongoError(
      'FailedToParse',
      `$jsonSchema keyword '${companion}' must be a present if ${keyword} is present`,
    );
  }
  return null;
}

function lengthRule(keyword: string, holds: (length: number, limit: number) => boolean): RuleParser {
  return (argument) => {
    const limit = count(keyword, argument);
    return simpleRule(keyword, argument, 'specified string length was not satisfied', (value) => {
      const text = textOf(value);
      return text === null || holds([...text].length, limit);
    });
  };
}

function itemCountRule(keyword: string, holds: (length: number, limit: number) => boolean): RuleParser {
  return (argument) => {
    const limit = count(keyword, argument);
    return simpleRule(
      keyword,
      argument,
      'array did not match specified length',
      (value) => !Array.isArray(value) || holds(value.length, limit),
    );
  };
}

function propertyCountRule(keyword: string, holds: (length: number, limit: number) => boolean): RuleParser {
  return (argument) => {
    const limit = count(keyword, argument);
    return {
      matches: (value) => !isDocument(value) || holds(Object.keys(value).length, limit),
      explain: (value) => ({
        operatorName: keyword,
        specifiedAs: { [keyword]: argument },
        reason: 'specified number of properties was not satisfied',
        consideredValue: value,
      }),
    };
  };
}

function parseItems(argument: BsonValue): Rule {
  if (Array.isArray(argument)) {
    const schemas = argument.map((entry) => subschema('items', entry));
    return itemsRule('items', 'At least one item did not match the sub-schema', (index) => schemas[index] ?? null);
  }
  const schema = subschema('items', argument);
  return itemsRule('items', 'At least one item did not match the sub-schema', () => schema);
}

function parseAdditionalItems(argument: BsonValue, parent: Document): Rule | null {
  if (typeof argument !== 'boolean' && !isDocument(argument))
    throw mistyped('additionalItems', 'must be either an object or a boolean');
  // Only positions beyond a list of schemas are additional.
  if (!Array.isArray(parent.items) || argument === true) return null;
  const fixed = parent.items.length;
  if (argument === false) {
    return {
      matches: (value) => !Array.isArray(value) || value.length <= fixed,
      explain: (value) => ({
        operatorName: 'additionalItems',
        specifiedAs: { additionalItems: false },
        reason: 'found additional items',
        additionalItems: (value as BsonValue[]).slice(fixed),
      }),
    };
  }
  const schema = subschema('additionalItems', argument);
  return itemsRule('additionalItems', 'At least one additional item did not match the sub-schema', (index) =>
    index < fixed ? null : schema,
  );
}

function itemsRule(keyword: string, reason: string, schemaAt: (index: number) => Schema | null): Rule {
  const failing = (value: readonly BsonValue[]) =>
    value.findIndex((item, index) => schemaAt(index)?.matches(item) === false);
  return {
    matches: (value) => !Array.isArray(value) || failing(value) < 0,
    explain(value) {
      const itemIndex = failing(value as BsonValue[]);
      return {
        operatorName: keyword,
        reason,
        itemIndex,
        details: schemaAt(itemIndex)!.explain((value as BsonValue[])[itemIndex]!),
      };
    },
  };
}

function parseRequired(argument: BsonValue): Rule {
  const names = stringsOf('required', argument);
  const missing = (value: Document) => names.filter((name) => readField(value, name) === undefined);
  return {
    matches(value) {
      if (!isDocument(value)) return true;
      for (const name of names) if (readField(value, name) === undefined) return false;
      return true;
    },
    explain: (value) => ({
      operatorName: 'required',
      specifiedAs: { required: argument },
      missingProperties: missing(value as Document).sort(),
    }),
  };
}

function parseProperties(argument: BsonValue): Rule {
  if (!isDocument(argument)) throw mistyped('properties', 'must be an object');
  const properties = Object.keys(argument).map((name) => ({
    name,
    schema: subschema(`properties.${name}`, argument[name] as BsonValue),
    annotations: annotationsOf(argument[name] as Document),
  }));
  return {
    matches(document) {
      if (!isDocument(document)) return true;
      for (const { name, schema } of properties) {
        const value = readField(document, name);
        if (value !== undefined && !schema.matches(value)) return false;
      }
      return true;
    },
    explain: (document) => ({
      operatorName: 'properties',
      propertiesNotSatisfied: properties.flatMap(({ name, schema, annotations }) => {
        const value = readField(document as Document, name);
        return value === undefined || schema.matches(value)
          ? []
          : [{ propertyName: name, ...annotations, details: schema.explain(value) }];
      }),
    }),
  };
}

function parsePatternProperties(argument: BsonValue): Rule {
  if (!isDocument(argument)) throw mistyped('patternProperties', 'must be an object');
  const patterns = Object.keys(argument).map((pattern) => ({
    pattern,
    regex: compileRegex(pattern, ''),
    schema: subschema(`patternProperties.${pattern}`, argument[pattern] as BsonValue),
  }));
  const failures = (document: Document): Document[] => {
    const found: Document[] = [];
    for (const name of Object.keys(document)) {
      for (const { pattern, regex, schema } of patterns) {
        const value = document[name] as BsonValue;
        if (regex.test(name) && !schema.matches(value)) {
          found.push({ propertyName: name, regexMatched: pattern, details: schema.explain(value) });
        }
      }
    }
    return found;
  };
  return {
    matches: (value) => !isDocument(value) || failures(value).length === 0,
    explain: (value) => ({ operatorName: 'patternProperties', details: failures(value as Document) }),
  };
}

function parseAdditionalProperties(argument: BsonValue, parent: Document): Rule | null {
  if (typeof argument !== 'boolean' && !isDocument(argument)) {
    throw mistyped('additionalProperties', 'must be an object or a boolean');
  }
  if (argument === true) return null;
  const named = new Set(isDocument(parent.properties) ? Object.keys(parent.properties) : []);
  const patterns = isDocument(parent.patternProperties)
    ? Object.keys(parent.patternProperties).map((pattern) => compileRegex(pattern, ''))
    : [];
  const additional = (document: Document) =>
    Object.keys(document).filter((name) => !named.has(name) && !patterns.some((pattern) => pattern.test(name)));
  if (argument === false) {
    return {
      matches: (value) => !isDocument(value) || additional(value).length === 0,
      explain: (value) => ({
        operatorName: 'additionalProperties',
        specifiedAs: { additionalProperties: false },
        additionalProperties: additional(value as Document),
      }),
    };
  }
  const schema = subschema('additionalProperties', argument);
  const failing = (document: Document) =>
    additional(document).find((name) => !schema.matches(document[name] as BsonValue));
  return {
    matches: (value) => !isDocument(value) || failing(value) === undefined,
    explain(value) {
      const failingProperty = failing(value as Document)!;
      return {
        operatorName: 'additionalProperties',
        reason: 'at least one additional property did not match the subschema',
        failingProperty,
        details: schema.explain((value as Document)[failingProperty] as BsonValue),
      };
    },
  };
}

function parseDependencies(argument: BsonValue): Rule {
  if (!isDocument(argument)) throw mistyped('dependencies', 'must be an object');
  const dependencies = Object.keys(argument).map((name) => {
    const needs = argument[name] as BsonValue;
    if (isDocument(needs)) return { name, schema: subschema('dependencies', needs), required: null };
    return { name, schema: null, required: stringsOf('dependencies', needs) };
  });
  const failures = (document: Document): Document[] =>
    dependencies.flatMap(({ name, schema, required }): Document[] => {
      if (readField(document, name) === undefined) return [];
      if (schema !== null) {
        return schema.matches(document) ? [] : [{ conditionalProperty: name, details: schema.explain(document) }];
      }
      const missing = required.filter((other) => readField(document, other) === undefined);
      return missing.length === 0 ? [] : [{ conditionalProperty: name, missingProperties: missing }];
    });
  return {
    matches: (value) => !isDocument(value) || failures(value).length === 0,
    explain: (value) => ({ operatorName: 'dependencies', failingDependencies: failures(value as Document) }),
  };
}

function combination(
  keyword: 'allOf' | 'anyOf' | 'oneOf',
  argument: BsonValue,
  holds: (matching: number, all: number) => boolean,
): Rule {
  const entries = arrayOf(keyword, argument);
  if (entries.length === 0)
    throw new MongoError('BadValue', `$jsonSchema keyword '${keyword}' must be a non-empty array`);
  const schemas = entries.map((entry) => subschema(keyword, entry));
  return {
    matches: (value) => holds(schemas.filter((schema) => schema.matches(value)).length, schemas.length),
    explain(value) {
      const matching = schemas.flatMap((schema, index) => (schema.matches(value) ? [index] : []));
      if (keyword === 'oneOf' && matching.length > 1) {
        return { operatorName: keyword, reason: 'more than one subschema matched', matchingSchemaIndexes: matching };
      }
      return {
        operatorName: keyword,
        schemasNotSatisfied: schemas.flatMap((schema, index) =>
          schema.matches(value)
            ? []
            : [{ index, ...annotationsOf(entries[index] as Document), details: schema.explain(value) }],
        ),
      };
    },
  };
}

function annotationsOf(schema: Document): Document {
  const annotations: Document = {};
  if (schema.title !== undefined) annotations.title = schema.title;
  if (schema.description !== undefined) annotations.description = schema.description;
  return annotations;
}

function subschema(keyword: string, argument: BsonValue): Schema {
  if (!isDocument(argument)) throw mistyped(keyword, 'must be an object');
  return parseJsonSchema(argument);
}

function arrayOf(keyword: string, argument: BsonValue): readonly BsonValue[] {
  if (!Array.isArray(argument)) throw mistyped(keyword, 'must be an array');
  return argument;
}

function stringsOf(keyword: string, argument: BsonValue): string[] {
  const names = arrayOf(keyword, argument);
  if (names.length === 0)
    throw new MongoError('FailedToParse', `$jsonSchema keyword '${keyword}' cannot be an empty array`);
  for (const name of names) if (typeof name !== 'string') throw mistyped(keyword, 'must be an array of strings');
  if (new Set(names).size < names.length) {
    throw new MongoError('FailedToParse', `$jsonSchema keyword '${keyword}' array cannot contain duplicate values`);
  }
  return names as string[];
}

function count(keyword: string, argument: BsonValue): number {
  const whole = wholeNumberOf(argument);
  if (whole === null) {
    throw isNumber(argument)
      ? new MongoError('FailedToParse', `Expected an integer: ${keyword}: ${toDouble(argument)}`)
      : new MongoError('FailedToParse', `Expected a number in: ${keyword}`);
  }
  if (whole < 0n) throw new MongoError('FailedToParse', `Expected a non-negative number in: ${keyword}: ${whole}`);
  return Number(whole);
}

function textOf(value: MaybeValue): string | null {
  return typeof value === 'string' ? value : value instanceof BSONSymbol ? value.value : null;
}

function duplicateIn(items: readonly BsonValue[]): BsonValue | undefined {
  const seen = new Set<string | number>();
  for (const item of items) {
    const key = groupKey(item);
    if (seen.has(key)) return items.find((other) => equalValues(other, item));
    seen.add(key);
  }
  return undefined;
}

function mistyped(keyword: string, expectation: string): MongoError {
  return new MongoError('TypeMismatch', `$jsonSchema keyword '${keyword}' ${expectation}`);
}
