import { isDocument, type MaybeValue } from '../../bson/compare.ts';
import { BsonUndefined, type BsonValue, type Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { fieldReader, readField, valuesAt } from '../../query/paths.ts';
import { describeValue } from '../describe.ts';
import { parsePath } from './compile.ts';
import { toInt32 } from './numbers.ts';

export interface SortKey {
  readonly path: string;
  readonly names: readonly string[];
  readonly direction: 1 | -1;
}

/** Reads `{ field: 1, other: -1 }`. */
export function parseSortSpec(spec: Document): SortKey[] {
  const keys = Object.entries(spec).map(([path, value]) => {
    const direction = toInt32(value);
    if (direction !== 1 && direction !== -1) {
      throw typeof value === 'object' && value !== null
        ? new MongoError(15974, `Illegal key in $sort specification: ${path}: ${describeValue(value)}`)
        : new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    return { path, names: parsePath(path), direction } as const;
  });
  if (keys.length === 0) throw new MongoError(15976, '$sort stage must have at least one sort key');
  return keys;
}

/**
 * What a document sorts by at a path: of an array the least of its elements, or the greatest where the order descends;
 * null where it is missing; an empty array sorts below null.
 */
export function sortKeyReader(
  { path, names, direction }: SortKey,
  compare: (left: MaybeValue, right: MaybeValue) => number,
): (document: Document) => BsonValue {
  const best = (document: Document): BsonValue => {
    let found: BsonValue | undefined;
    const offer = (value: BsonValue) => {
      if (found === undefined || direction * compare(value, found) < 0) found = value;
    };
    for (const value of valuesAt(document, path)) {
      if (!Array.isArray(value)) offer(value ?? null);
      else if (value.length === 0) offer(BsonUndefined.value);
      else value.forEach(offer);
    }
    return found ?? null;
  };
  const [first] = names as [string];
  const read = fieldReader(first);
  if (names.length === 1) {
    return (document) => {
      const value = read(document);
      return Array.isArray(value) ? best(document) : (value ?? null);
    };
  }
  return (document) => {
    let here: MaybeValue = read(document);
    for (let index = 1; index < names.length && here !== undefined; index++) {
      if (Array.isArray(here)) return best(document);
      here = isDocument(here) ? readField(here, names[index]!) : undefined;
    }
    return Array.isArray(here) ? best(document) : (here ?? null);
  };
}

/** Compares two rows of sort keys. */
export function keyOrder(
  directions: readonly (1 | -1)[],
  compare: (left: MaybeValue, right: MaybeValue) => number,
): (left: readonly BsonValue[], right: readonly BsonValue[]) => number {
  return (left, right) => {
    for (let index = 0; index < directions.length; index++) {
      const difference = compare(left[index], right[index]);
      if (difference !== 0) return directions[index]! * difference;
    }
    return 0;
  };
}
