import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';

/**
 * A BSON value inside the server. Every BSON type has exactly one JavaScript form, so that types survive
 * being read, computed with and written back:
 *
 * | BSON | here |
 * |---|---|
 * | double | `number`; a double with a whole value within int32 (and −0) is a `Double`, else it would come back as an int |
 * | int32 | `number` (whole, within int32) |
 * | int64 | `bigint` |
 * | decimal128 | `Decimal128` |
 * | string, bool, null | `string`, `boolean`, `null` |
 * | document, array | plain object, array |
 * | date | `Date` |
 * | regex | `BSONRegExp` |
 * | binary (UUID too) | `Binary` |
 * | objectId, timestamp, minKey, maxKey, symbol, code | the classes of `bson` |
 * | undefined (deprecated) | `BsonUndefined` |
 *
 * A *missing* field is JavaScript's `undefined` and is never stored.
 * `bson`'s `serialize` writes all of these back with the same types.
 */
export type BsonValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | Date
  | Double
  | Decimal128
  | ObjectId
  | Binary
  | BSONRegExp
  | BSONSymbol
  | Code
  | DBRef
  | Timestamp
  | MinKey
  | MaxKey
  | BsonUndefined
  | BsonValue[]
  | Document;

export interface Document {
  [field: string]: BsonValue | undefined;
}

/** BSON's deprecated undefined; kept apart from a missing field. */
export class BsonUndefined {
  static readonly value: BsonUndefined = new BsonUndefined();
  readonly _bsontype = 'BSONUndefined';
}

/** The bytes of one whole BSON document, length prefix included. Never mutated. */
export type RawDocument = Uint8Array;

export { Binary, BSONRegExp, BSONSymbol, Code, DBRef, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp };
