/** Equality down to the bytes: the same types and the same order of fields. An update that changes nothing in this sense writes nothing. */
import { bsonTypeName, compareValues, isDocument, type MaybeValue } from '../bson/compare.ts';
import { fieldNames } from '../bson/field-order.ts';
import { Code, Decimal128 } from '../bson/values.ts';

export function identical(a: MaybeValue, b: MaybeValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => identical(element, b[index]));
  }
  if (isDocument(a)) {
    if (!isDocument(b)) return false;
    const left = fieldNames(a);
    const right = fieldNames(b);
    return left.length === right.length && left.every((name, i) => name === right[i] && identical(a[name], b[name]));
  }
  if (bsonTypeName(a) !== bsonTypeName(b)) return false;
  // 1.0 and 1.00 are equal decimals with different bytes.
  if (a instanceof Decimal128) return Buffer.compare(a.bytes, (b as Decimal128).bytes) === 0;
  if (a instanceof Code && a.scope != null) {
    return a.code === (b as Code).code && identical(a.scope as never, (b as Code).scope as never);
  }
  if ('value' in a && typeof a.value === 'number') return Object.is(a.value, (b as { value?: unknown }).value);
  return compareValues(a, b) === 0;
}
