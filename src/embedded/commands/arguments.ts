/**
 * The arguments of commands: each reader turns one BSON value into a checked JavaScript value or refuses it with
 * MongoDB's code and words. A field that no reader claims is refused too.
 */
import { Decimal128, Double, ObjectId, Timestamp } from 'bson';
import { Binary, type BsonValue, type Document, type RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';

export class Argument<T> {
  readonly read: (value: BsonValue, path: string) => T;
  /** What stands for a missing (or null) field; required when undefined. */
  readonly whenMissing: (() => T) | undefined;

  constructor(read: (value: BsonValue, path: string) => T, whenMissing?: () => T) {
    this.read = read;
    this.whenMissing = whenMissing;
  }

  optional(): Argument<T | undefined> {
    return new Argument<T | undefined>(this.read, () => undefined);
  }

  default(value: T): Argument<T> {
    return new Argument<T>(this.read, () => value);
  }
}

export type ArgumentTable = Readonly<Record<string, Argument<unknown>>>;
export type ArgumentsOf<Table extends ArgumentTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Argument<infer T> ? T : never;
};

/** MongoDB's word for the type of a value, as in its error messages. */
export function typeName(value: BsonValue | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) && Math.abs(value) <= 0x7fffffff ? 'int' : 'double';
    case 'bigint':
      return 'long';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    default:
  }
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof Double) return 'double';
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Binary) return 'binData';
  const tag = (value as { _bsontype?: string })._bsontype;
  switch (tag) {
    case undefined:
      return 'object';
    case 'BSONRegExp':
      return 'regex';
    case 'BSONSymbol':
      return 'symbol';
    case 'Code':
      return 'javascript';
    case 'MinKey':
      return 'minKey';
    case 'MaxKey':
      return 'maxKey';
    case 'BSONUndefined':
      return 'undefined';
    default:
      return 'object';
  }
}

export function isDocument(value: BsonValue | undefined): value is Document {
  return typeName(value) === 'object';
}

/** A number of any numeric type as a JavaScript number, else undefined. */
export function numberOf(value: BsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Double) return value.value;
  if (value instanceof Decimal128) return Number(value.toString());
  return undefined;
}

function wrongType(path: string, value: BsonValue, expected: string): MongoError {
  const list = expected.includes(',') ? `types '[${expected}]'` : `type '${expected}'`;
  return new MongoError(
    'TypeMismatch',
    `BSON field '${path}' is the wrong type '${typeName(value)}', expected ${list}`,
  );
}

/** The largest double that is an int64. */
const INTEGER_MAX = 2 ** 63 - 1024;

/** Any number without a fraction; JavaScript-safe. */
export const integer = new Argument<number>((value, path) => {
  const number = numberOf(value);
  if (number === undefined) throw wrongType(path, value, 'long, int, decimal, double');
  if (Number.isNaN(number)) return 0;
  return Math.max(-INTEGER_MAX, Math.min(INTEGER_MAX, Math.trunc(number)));
});

export const wholeNumber = new Argument<number>((value, path) => {
  const number = integer.read(value, path);
  if (number < 0) {
    throw new MongoError(51024, `BSON field '${path.split('.').at(-1)}' value must be >= 0, actual value '${number}'`);
  }
  return number;
});

export const int64 = new Argument<bigint>((value, path) => {
  if (typeof value === 'bigint') return value;
  const number = numberOf(value);
  if (number === undefined) throw wrongType(path, value, 'long');
  // As MongoDB's safe conversion: what is no number is 0, what is too large is the largest.
  if (Number.isNaN(number)) return 0n;
  if (Math.abs(number) >= 2 ** 63) return number < 0 ? -(2n ** 63n) : 2n ** 63n - 1n;
  return BigInt(Math.trunc(number));
});

export const boolean = new Argument<boolean>((value, path) => {
  if (typeof value === 'boolean') return value;
  const number = numberOf(value);
  if (number === undefined) throw wrongType(path, value, 'bool, long, int, decimal, double');
  return number !== 0;
});

export const text = new Argument<string>((value, path) => {
  if (typeof value !== 'string') throw wrongType(path, value, 'string');
  return value;
});

export const object = new Argument<Document>((value, path) => {
  if (!isDocument(value)) throw wrongType(path, value, 'object');
  return value;
});

export const list = new Argument<BsonValue[]>((value, path) => {
  if (!Array.isArray(value)) throw wrongType(path, value, 'array');
  return value;
});

export const objects = new Argument<Document[]>((value, path) => {
  if (!Array.isArray(value)) throw wrongType(path, value, 'array');
  return value.map((item, index) => object.read(item, `${path}.${index}`));
});

export const texts = new Argument<string[]>((value, path) => {
  if (!Array.isArray(value)) throw wrongType(path, value, 'array');
  return value.map((item, index) => text.read(item, `${path}.${index}`));
});

/** Anything; a missing one is undefined. */
export const anything = new Argument<BsonValue | undefined>(
  (value) => value,
  () => undefined,
);

/** Documents that stay bytes: the dispatcher puts them in place (`Command.rawLists`). */
export const rawDocuments = new Argument<readonly RawDocument[]>(
  (_value, path) => {
    throw new MongoError('TypeMismatch', `BSON field '${path}' is the wrong type, expected type 'array'`);
  },
  () => [],
);

/** A collection's name (a string that is one). */
export const collectionName = new Argument<string>((value, path) => {
  if (typeof value !== 'string') {
    throw new MongoError('InvalidNamespace', `collection name has invalid type ${typeName(value)}`);
  }
  assertCollectionName(value, path);
  return value;
});

export function assertCollectionName(name: string, _path?: string): void {
  if (name === '')
    throw new MongoError('InvalidNamespace', 'Invalid namespace specified: collection names cannot be empty');
  if (name.includes('\0')) throw new MongoError('InvalidNamespace', 'namespaces cannot have embedded null characters');
  if (name.startsWith('.') || name.endsWith('.')) {
    throw new MongoError('InvalidNamespace', `Invalid collection name: ${name}`);
  }
}

/** A table in the form that reading needs: made once, for commands come by the thousand. */
interface PreparedTable {
  readonly byName: ReadonlyMap<string, Argument<unknown>>;
  readonly entries: readonly (readonly [name: string, argument: Argument<unknown>])[];
}

const preparedTables = new WeakMap<ArgumentTable, PreparedTable>();

function prepared(table: ArgumentTable): PreparedTable {
  let found = preparedTables.get(table);
  if (found === undefined) {
    found = { byName: new Map(Object.entries(table)), entries: Object.entries(table) };
    preparedTables.set(table, found);
  }
  return found;
}

/** Whether the table has an argument of this name. */
export function hasArgument(table: ArgumentTable, name: string): boolean {
  return prepared(table).byName.has(name);
}

/** Whether a field with this value counts as missing. */
export function isLeftOut(argument: Argument<unknown>, value: BsonValue | undefined): boolean {
  return value === undefined || (value === null && argument.whenMissing !== undefined && argument !== anything);
}

/** Reads a command's or sub-document's fields; `owner` is the prefix in error messages. */
export function readArguments<Table extends ArgumentTable>(
  table: Table,
  source: Document,
  owner: string,
  ignore?: ReadonlySet<string>,
): ArgumentsOf<Table> {
  const { byName, entries } = prepared(table);
  const result: Record<string, unknown> = {};
  for (const name in source) {
    const argument = byName.get(name);
    if (argument === undefined) {
      if (ignore?.has(name)) continue;
      throw new MongoError('IDLUnknownField', `BSON field '${owner}.${name}' is an unknown field.`);
    }
    const value = source[name];
    if (!isLeftOut(argument, value)) result[name] = argument.read(value as BsonValue, `${owner}.${name}`);
  }
  for (const [name, { whenMissing }] of entries) {
    if (result[name] !== undefined) continue;
    if (whenMissing === undefined) {
      throw new MongoError('IDLFailedToParse', `BSON field '${owner}.${name}' is missing but a required field`);
    }
    result[name] = whenMissing();
  }
  return result as ArgumentsOf<Table>;
}
