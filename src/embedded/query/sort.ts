/** Sort patterns: MongoDB's order of documents, arrays by their lowest or highest element. */

import { toDouble } from '../bson/arithmetic.ts';
import { type Collation, compareValues, isDocument, isNumber, type MaybeValue } from '../bson/compare.ts';
import { BsonUndefined, type BsonValue, type Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { arrayIndexOf, fieldReader, readField, topLevelField } from './paths.ts';
import { show } from './show.ts';

export type SortDirection = 1 | -1;

export interface SortPart {
  /** The dotted path, or the name under which `{$meta: …}` was asked for. */
  readonly path: string;
  readonly direction: SortDirection;
  /** Set for `{$meta: 'textScore'}` and the like: the value comes from `metaOf`, highest first. */
  readonly meta?: string;
}

export interface SortOptions {
  readonly collation?: Collation | null;
  /** What `$meta` means for a document (its text score …). */
  readonly metaOf?: (document: Document, meta: string) => MaybeValue;
}

export interface CompiledSort {
  readonly parts: readonly SortPart[];
  /** The top-level fields that `keyOf` reads. */
  readonly fields: ReadonlySet<string>;
  readonly usesMeta: boolean;
  /** Strings compare by code points: there is no collation. */
  readonly plainStrings: boolean;
  compare(a: Document, b: Document): number;
  /** What a document is sorted by, to be computed once and compared many times with `compareKeys`. */
  keyOf(document: Document): SortKey;
  compareKeys(a: SortKey, b: SortKey): number;
}

/** One value per part of the pattern. */
export type SortKey = readonly BsonValue[];

const PARTS_MAX = 32;

const knownMeta = new Set(['textScore', 'searchScore', 'vectorSearchScore', 'randVal', 'score']);

/** Throws BadValue and Location15974–16995 for patterns that MongoDB refuses. */
export function compileSort(spec: Document, options: SortOptions = {}): CompiledSort {
  const parts = Object.keys(spec).map((path) => parsePart(path, spec[path]));
  if (parts.length > PARTS_MAX) throw new MongoError('BadValue', 'too many compound keys');
  const { collation = null, metaOf } = options;
  const extractors = parts.map(({ path, direction, meta }) => {
    if (meta !== undefined) return (document: Document) => metaOf?.(document, meta) ?? null;
    return extractorOf(path, direction, collation);
  });
  const directions = parts.map(({ direction }) => direction);

  const keyOf = (document: Document): SortKey => extractors.map((extract) => extract(document));
  const compareKeys = (a: SortKey, b: SortKey): number => {
    for (let i = 0; i < directions.length; i++) {
      const difference = compareValues(a[i], b[i], collation);
      if (difference !== 0) return difference * directions[i]!;
    }
    return 0;
  };
  return {
    parts,
    fields: new Set(parts.filter(({ meta }) => meta === undefined).map(({ path }) => topLevelField(path))),
    usesMeta: parts.some(({ meta }) => meta !== undefined),
    plainStrings: collation === null,
    keyOf,
    compareKeys,
    compare(a, b) {
      for (let i = 0; i < extractors.length; i++) {
        const difference = compareValues(extractors[i]!(a), extractors[i]!(b), collation);
        if (difference !== 0) return difference * directions[i]!;
      }
      return 0;
    },
  };
}

/** Sorts stably, each document's key computed once. */
export function sortDocuments<T>(items: readonly T[], sort: CompiledSort, documentOf: (item: T) => Document): T[] {
  const keyed = items.map((item) => ({ item, key: sort.keyOf(documentOf(item)) }));
  keyed.sort((a, b) => sort.compareKeys(a.key, b.key));
  return keyed.map(({ item }) => item);
}

/**
 * Keeps the first `limit` of everything offered, in order; equal ones in the order in which they came. Memory is bounded by
 * the limit.
 */
export class TopK<T> {
  readonly #limit: number;
  readonly #compare: (a: SortKey, b: SortKey) => number;
  /** A heap with the last of the kept ones on top. */
  readonly #heap: { key: SortKey; item: T; arrival: number }[] = [];
  #arrivals = 0;

  constructor(limit: number, compareKeys: (a: SortKey, b: SortKey) => number) {
    this.#limit = limit;
    this.#compare = compareKeys;
  }

  /** Whether an item with this key would be kept; asks before the item is built. */
  accepts(key: SortKey): boolean {
    if (this.#heap.length < this.#limit) return true;
    const last = this.#heap[0];
    return last !== undefined && this.#compare(key, last.key) < 0;
  }

  offer(key: SortKey, item: T): void {
    const arrival = this.#arrivals++;
    if (!this.accepts(key)) return;
    const entry = { key, item, arrival };
    if (this.#heap.length < this.#limit) {
      this.#heap.push(entry);
      this.#siftUp(this.#heap.length - 1);
    } else {
      this.#heap[0] = entry;
      this.#siftDown(0);
    }
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The kept items, first to last. */
  items(): T[] {
    return [...this.#heap].sort((a, b) => this.#compare(a.key, b.key) || a.arrival - b.arrival).map(({ item }) => item);
  }

  #isAfter(a: number, b: number): boolean {
    const left = this.#heap[a]!;
    const right = this.#heap[b]!;
    return (this.#compare(left.key, right.key) || left.arrival - right.arrival) > 0;
  }

  #siftUp(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isAfter(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #siftDown(from: number): void {
    let at = from;
    for (;;) {
      let largest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#isAfter(child, largest)) largest = child;
      }
      if (largest === at) return;
      this.#swap(at, largest);
      at = largest;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = held;
  }
}

function parsePart(path: string, value: MaybeValue): SortPart {
  if (isDocument(value)) {
    const names = Object.keys(value);
    if (names.length !== 1 || names[0] !== '$meta') {
      throw new MongoError(17312, '$meta is the only expression supported by $sort right now');
    }
    const meta = value.$meta;
    if (typeof meta !== 'string' || !knownMeta.has(meta))
      throw new MongoError(31138, `Illegal $meta sort: ${typeof meta === 'string' ? meta : show(meta)}`);
    return { path, direction: -1, meta };
  }
  if (path === '') throw new MongoError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.startsWith('$')) {
    throw new MongoError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  if (path.endsWith('.')) throw new MongoError(40353, "FieldPath must not end with a '.'.");
  if (path.split('.').includes('')) throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
  if (!isNumber(value)) throw new MongoError(15974, `Illegal key in $sort specification: ${path}: ${show(value)}`);
  const direction = toDouble(value);
  if (direction !== 1 && direction !== -1) {
    throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
  }
  return { path, direction };
}

/** The lowest value on the path for an ascending sort, the highest for a descending one; missing is null, [] is undefined. */
function extractorOf(
  path: string,
  direction: SortDirection,
  collation: Collation | null,
): (document: Document) => BsonValue {
  const components = path.split('.');
  if (components.length === 1) {
    const read = fieldReader(path);
    return (document) => {
      const value = read(document);
      if (value === undefined) return null;
      return Array.isArray(value) ? extreme(value, direction, collation) : value;
    };
  }
  return (document) => {
    const values: BsonValue[] = [];
    collect(document, components, 0, values);
    return values.length === 1 ? values[0]! : values.length === 0 ? null : best(values, direction, collation);
  };
}

/** Index keys of a path: the values under which a document would stand in an index on it. */
function collect(document: Document, components: readonly string[], at: number, into: BsonValue[]): void {
  const value = readField(document, components[at]!);
  const isLast = at === components.length - 1;
  if (Array.isArray(value)) {
    if (isLast) {
      if (value.length === 0) into.push(BsonUndefined.value);
      for (const element of value) into.push(element);
      return;
    }
    const position = arrayIndexOf(components[at + 1]!);
    const isNamed = value.some(
      (element) => isDocument(element) && readField(element, components[at + 1]!) !== undefined,
    );
    if (position >= 0 && !isNamed) {
      // A number in the path picks the element by its position.
      collect({ ...value } as unknown as Document, components, at + 1, into);
      return;
    }
    // Only an empty array at the end of the path is undefined: below one there is nothing.
    if (value.length === 0) into.push(null);
    for (const element of value) {
      if (isDocument(element)) collect(element, components, at + 1, into);
      else into.push(null);
    }
    return;
  }
  if (isLast) into.push(value === undefined ? null : value);
  else if (isDocument(value)) collect(value, components, at + 1, into);
  else into.push(null);
}

function extreme(array: readonly BsonValue[], direction: SortDirection, collation: Collation | null): BsonValue {
  return array.length === 0 ? BsonUndefined.value : best(array, direction, collation);
}

function best(values: readonly BsonValue[], direction: SortDirection, collation: Collation | null): BsonValue {
  let chosen = values[0]!;
  for (let i = 1; i < values.length; i++) {
    if (compareValues(values[i], chosen, collation) * direction < 0) chosen = values[i]!;
  }
  return chosen;
}
