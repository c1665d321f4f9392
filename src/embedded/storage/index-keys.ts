/**
 * The keys that an index holds for a document, written straight from its bytes where no array and no dotted path is in
 * the way. Arrays give one key per element, a missing field gives null, an empty array gives undefined (as in MongoDB).
 */
import { decode, decodeFields, FieldTable } from '../bson/codec.ts';
import { compileCollation } from '../bson/collation.ts';
import { type CollationKeys, collationKeysOf } from '../bson/collation-keys.ts';
import { elementEnd, nameEndOf } from '../bson/elements.ts';
import { compareBytes, type Direction, encodeKey, KeyWriter } from '../bson/keys.ts';
import { BsonUndefined, type BsonValue, type Document, type RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { IndexInfo } from './storage.ts';
import { isWildcard, WildcardPaths, wildcardOf, wildcardValues } from './wildcard-keys.ts';

/** What storage can't know by itself, because it knows nothing of queries and languages. */
export interface IndexServices {
  /** Compiles a `partialFilterExpression`, which compares strings by the index's collation. */
  partialFilter?(expression: Document, collation: Document | undefined): (raw: RawDocument) => boolean;
  /** Compiles a text index: the terms of a document, without duplicates. */
  textTerms?(index: Pick<IndexInfo, 'name' | 'key' | 'options'>): (raw: RawDocument) => string[];
}

export interface ExtractedKeys {
  /** Encoded keys without duplicates, ascending. */
  readonly keys: readonly Uint8Array[];
  /** Fields of the index whose path met an array. */
  readonly multikeyPaths: readonly string[];
}

type Located = { readonly types: Uint8Array; readonly places: Int32Array };

const NO_KEYS: ExtractedKeys = { keys: [], multikeyPaths: [] };
const TERMS = 'text terms';
const TYPE_ARRAY = 0x04;

/** What one index needs to know to make keys. */
export class KeyExtractor {
  readonly name: string;
  readonly unique: boolean;
  readonly isText: boolean;
  /** The top-level fields that the keys are made of. */
  readonly topFields: readonly string[];
  readonly #paths: readonly string[];
  readonly #directions: readonly Direction[];
  readonly #sparse: boolean;
  readonly #matches: ((raw: RawDocument) => boolean) | null;
  readonly #terms: ((raw: RawDocument) => string[]) | null;
  readonly #isPlain: boolean;
  readonly #collation: CollationKeys | null;
  readonly #wildcard: WildcardPaths | null;
  readonly #wildcardName: string;
  readonly #wildcardDirection: Direction;
  readonly #hashed: readonly string[];
  readonly #topFieldSet: ReadonlySet<string>;
  readonly #table: FieldTable;
  readonly #ownLocated: Located;

  constructor(index: Pick<IndexInfo, 'name' | 'key' | 'options'>, services: IndexServices) {
    const paths: string[] = [];
    const directions: Direction[] = [];
    const hashed: string[] = [];
    let isText = false;
    for (const [path, kind] of Object.entries(index.key)) {
      if (kind === 'text') {
        // All text fields of an index are one field of its keys: the term.
        if (!isText) {
          paths.push(TERMS);
          directions.push(1);
        }
        isText = true;
      } else if (path === '_ftsx' || isWildcard(path)) {
      } else if (kind === 1 || kind === -1 || kind === 'hashed' || typeof kind === 'number') {
        // A hashed index answers equality only; ordinary keys answer it as well.
        if (kind === 'hashed') hashed.push(path);
        paths.push(path);
        directions.push(kind === -1 || (typeof kind === 'number' && kind < 0) ? -1 : 1);
      } else
        throw new MongoError(
          'CannotCreateIndex',
          `The index '${index.name}' is of a kind that is not supported: ${kind}`,
        );
    }
    const { partialFilterExpression: partial } = index.options;
    if (partial !== undefined && services.partialFilter === undefined) {
      throw new MongoError(
        'CannotCreateIndex',
        'Partial indexes are not supported here: storage was opened without `partialFilter`.',
      );
    }
    if (isText && services.textTerms === undefined) {
      throw new MongoError(
        'CannotCreateIndex',
        'Text indexes are not supported here: storage was opened without `textTerms`.',
      );
    }
    this.name = index.name;
    // Only the `_id` of a time-series collection says that it is not unique.
    this.unique = index.options['unique'] === true || (index.name === '_id_' && index.options['unique'] !== false);
    this.isText = isText;
    this.#paths = paths;
    this.#directions = directions;
    this.#sparse = index.options['sparse'] === true;
    this.#matches =
      partial === undefined
        ? null
        : services.partialFilter!(partial as Document, index.options['collation'] as Document | undefined);
    this.#terms = isText ? services.textTerms!(index) : null;
    // The terms of a text index have rules of their own.
    const wildcard = wildcardOf(index.key);
    this.#wildcard = wildcard === undefined ? null : new WildcardPaths(index);
    this.#wildcardName = wildcard ?? '';
    this.#wildcardDirection = index.key[wildcard ?? ''] === -1 ? -1 : 1;
    this.#hashed = hashed;
    this.#collation = isText ? null : collationKeysOfIndex(index.options);
    this.#isPlain =
      this.#collation === null && !isText && this.#wildcard === null && paths.every((path) => !path.includes('.'));
    this.topFields = [...new Set(paths.filter((path) => path !== TERMS).map((path) => path.split('.', 1)[0]!))];
    this.#topFieldSet = new Set(this.topFields);
    this.#table = new FieldTable(this.topFields);
    this.#ownLocated = located(this.topFields.length);
  }

  /**
   * Appends the document's only key to `writer` and returns true, where there is exactly one and it can be made from
   * the bytes; else writes nothing and returns false: `extract` tells.
   * `places` tells for each of `topFields` where `locateFields` found it.
   */
  writeSingle(raw: RawDocument, found: Located, places: readonly number[], writer: KeyWriter): boolean {
    if (!this.#isPlain || this.#matches !== null) return false;
    const paths = this.#paths;
    const start = writer.length;
    let isAnyThere = false;
    for (let k = 0; k < paths.length; k++) {
      const place = places[k]!;
      const type = found.types[place]!;
      if (type === 0x04) {
        writer.length = start;
        return false;
      }
      if (type === 0) writer.value(null, this.#directions[k]!);
      else {
        isAnyThere = true;
        writer.element(raw, type, found.places[place]!, this.#directions[k]!);
      }
    }
    if (this.#sparse && !isAnyThere) {
      writer.length = start;
      return false;
    }
    return true;
  }

  /** All keys of the document. Throws CannotIndexParallelArrays (171) where two fields hold arrays. */
  extract(raw: RawDocument): ExtractedKeys {
    if (this.#matches !== null && !this.#matches(raw)) return NO_KEYS;
    if (this.#isPlain) {
      locateFields(raw, this.#table, this.#ownLocated);
      const writer = ownWriter;
      writer.length = 0;
      if (this.#matches === null && this.writeSingle(raw, this.#ownLocated, identity, writer)) {
        return { keys: [takeKey(writer)], multikeyPaths: NO_PATHS };
      }
      const array = this.#onlyArray();
      if (array >= 0) return this.#extractElements(raw, array);
    }
    return this.#wildcard === null ? this.#extractDecoded(raw) : this.#extractWildcard(raw, this.#wildcard);
  }

  /** Which of the plain index's fields holds an array, where one does and its elements may be indexed; else -1. */
  #onlyArray(): number {
    const { types } = this.#ownLocated;
    const first = types.indexOf(TYPE_ARRAY);
    if (first < 0 || types.includes(TYPE_ARRAY, first + 1)) return -1;
    return this.#hashed.includes(this.#paths[first]!) ? -1 : first;
  }

  /** A key for each element of the array, straight from the bytes: an array may have a million of them. */
  #extractElements(raw: RawDocument, arrayAt: number): ExtractedKeys {
    const { types, places } = this.#ownLocated;
    const keys = new DistinctKeys(this.name);
    const writer = ownWriter;
    const write = (type: number, place: number) => {
      writer.length = 0;
      for (let k = 0; k < this.#paths.length; k++) {
        const direction = this.#directions[k]!;
        if (k === arrayAt) {
          if (type === 0) writer.value(BsonUndefined.value, direction);
          else writer.element(raw, type, place, direction);
        } else if (types[k] === 0) writer.value(null, direction);
        else writer.element(raw, types[k]!, places[k]!, direction);
      }
      keys.add(writer);
    };
    let at = places[arrayAt]! + 4;
    // An empty array is undefined, as in MongoDB.
    if (raw[at] === 0) write(0, 0);
    for (let type = raw[at]!; type !== 0; type = raw[at]!) {
      const place = nameEndOf(raw, at + 1) + 1;
      write(type, place);
      at = elementEnd(raw, type, place);
    }
    return { keys: keys.take(), multikeyPaths: [this.#paths[arrayAt]!] };
  }

  /** A key for each value at each path: the path, then the value. */
  #extractWildcard(raw: RawDocument, wildcard: WildcardPaths): ExtractedKeys {
    let isMultikey = false;
    const keys = new DistinctKeys(this.name);
    const writer = ownWriter;
    for (const [path, value] of wildcardValues(decode(raw), wildcard, () => (isMultikey = true))) {
      writer.length = 0;
      writer.value(path);
      writer.collation = this.#collation;
      writer.isIrregular = false;
      writer.value(value, this.#wildcardDirection);
      writer.collation = null;
      if (writer.isIrregular) isMultikey = true;
      keys.add(writer);
    }
    return { keys: keys.take(), multikeyPaths: isMultikey ? [this.#wildcardName] : NO_PATHS };
  }

  /** The values of the document that make this key of it; undefined where none of its keys is this one. Not for text. */
  valuesOf(raw: RawDocument, key: Uint8Array): readonly (BsonValue | undefined)[] | undefined {
    if (this.#wildcard !== null) {
      for (const [path, value] of wildcardValues(decode(raw), this.#wildcard, () => undefined)) {
        const own = Buffer.concat([encodeKey([path]), encodeKey([value], [this.#wildcardDirection], this.#collation)]);
        if (compareBytes(own, key) === 0) return [path, value];
      }
      return undefined;
    }
    const tuples = this.#tuplesOf(raw, new Set());
    if (tuples.length === 1) return tuples[0];
    return tuples.find((values) => compareBytes(encodeKey(values, this.#directions, this.#collation), key) === 0);
  }

  /** The values of each key, by the fields of the index. */
  #tuplesOf(raw: RawDocument, multikey: Set<number>): (BsonValue | undefined)[][] {
    const document = decodeFields(raw, this.#topFieldSet);
    const paths = this.#paths;
    const tuples: (BsonValue | undefined)[][] = [];
    expand(
      document,
      paths.map((path) => (path === TERMS ? '' : path)),
      paths.map(() => undefined),
      tuples,
      multikey,
    );
    return tuples;
  }

  #extractDecoded(raw: RawDocument): ExtractedKeys {
    const paths = this.#paths;
    const multikey = new Set<number>();
    const tuples = this.#tuplesOf(raw, multikey);
    for (const path of this.#hashed) {
      if (!multikey.has(paths.indexOf(path))) continue;
      throw new MongoError(16766, `hashed indexes do not currently support array values. Found array at path: ${path}`);
    }
    const textAt = paths.indexOf(TERMS);
    const termsOrNull = this.#terms === null ? null : this.#terms(raw);
    const keys = new DistinctKeys(this.name);
    const writer = ownWriter;
    writer.collation = this.#collation;
    for (const tuple of tuples) {
      // A text index holds no document without terms; any other one only leaves out what `sparse` tells it to.
      if (termsOrNull === null && this.#sparse && tuple.every((value) => value === undefined)) continue;
      for (const term of termsOrNull ?? [null]) {
        writer.length = 0;
        for (let k = 0; k < tuple.length; k++) {
          writer.isIrregular = false;
          writer.value(k === textAt ? term : tuple[k], this.#directions[k]!);
          if (!writer.isIrregular) continue;
          if (this.unique) throw this.#noUniqueKey(tuple[k]!);
          // Like an array, such a string is found by more than its own key.
          multikey.add(k);
        }
        keys.add(writer);
      }
    }
    writer.collation = null;
    const multikeyPaths = [...multikey].sort((a, b) => a - b).map((k) => paths[k]!);
    return { keys: keys.take(), multikeyPaths };
  }

  #noUniqueKey(value: BsonValue): MongoError {
    ownWriter.collation = null;
    return new MongoError(
      'CannotBuildIndexKeys',
      `The unique index '${this.name}' cannot hold ${JSON.stringify(value)}: this server has no sort key for some of its letters under the collation's locale '${this.#collation?.collation.spec['locale'] as string}'.`,
    );
  }
}

/** MongoDB's `indexMaxNumGeneratedKeysPerDocument`: each of them is written at a stroke. */
const KEYS_MAX = 100_000;

/** The keys of one document: each once, ascending. */
class DistinctKeys {
  readonly #index: string;
  #keys: Uint8Array[] = [];

  constructor(index: string) {
    this.#index = index;
  }

  add(writer: KeyWriter): void {
    const last = this.#keys[this.#keys.length - 1];
    // Neighbours are often equal, and cheap to leave out.
    if (last !== undefined && isWritten(writer, last)) return;
    this.#keys.push(takeKey(writer));
    if (this.#keys.length < KEYS_MAX * 2) return;
    this.#keys = withoutDuplicates(this.#keys);
    this.#assertCount();
  }

  take(): readonly Uint8Array[] {
    this.#keys = withoutDuplicates(this.#keys);
    this.#assertCount();
    return this.#keys;
  }

  #assertCount(): void {
    if (this.#keys.length <= KEYS_MAX) return;
    ownWriter.collation = null;
    throw new MongoError(
      'CannotBuildIndexKeys',
      `The index '${this.#index}' would have more than ${KEYS_MAX} keys of one document.`,
    );
  }
}

function isWritten({ bytes, length }: KeyWriter, key: Uint8Array): boolean {
  if (key.length !== length) return false;
  for (let k = 0; k < length; k++) if (bytes[k] !== key[k]) return false;
  return true;
}

/** Ascending. */
function withoutDuplicates(keys: Uint8Array[]): Uint8Array[] {
  if (keys.length < 2) return keys;
  keys.sort(compareBytes);
  return keys.filter((key, k) => k === 0 || compareBytes(key, keys[k - 1]!) !== 0);
}

const collationKeys = new WeakMap<object, CollationKeys | null>();

/** What the strings of an index are written by; null where it compares them by code point. */
export function collationKeysOfIndex(options: Document): CollationKeys | null {
  const spec = options['collation'];
  if (spec === undefined || spec === null) return null;
  let keys = collationKeys.get(spec as Document);
  if (keys === undefined) {
    const collation = compileCollation(spec as Document);
    keys = collation === null ? null : collationKeysOf(collation);
    collationKeys.set(spec as Document, keys);
  }
  return keys;
}

/** The options of the `_id` index of a collection with these options. */
export function idIndexOptions(collection: Document): Document {
  const { collation, timeseries } = collection;
  return {
    ...(timeseries === undefined ? {} : { unique: false }),
    ...(collation === undefined ? {} : { collation }),
  };
}

/** The key of an `_id` in the collection's own index of them: the same for all that it holds for equal. */
export function idKey(id: BsonValue, indexes: readonly IndexInfo[]): Uint8Array {
  const [idIndex] = indexes;
  return encodeKey([id], [], idIndex === undefined ? null : collationKeysOfIndex(idIndex.options));
}

const NO_PATHS: readonly string[] = [];
const ownWriter = new KeyWriter(1024);

/** A copy from Node's pool of memory, which is far cheaper than a new array; it lives as long as the write. */
function takeKey({ bytes, length }: KeyWriter): Uint8Array {
  const key = Buffer.allocUnsafe(length);
  for (let k = 0; k < length; k++) key[k] = bytes[k]!;
  return key;
}

const identity: readonly number[] = Array.from({ length: 64 }, (_, k) => k);

/**
 * MongoDB's expansion: walk each path through embedded documents; where paths meet an array (it must be the same one for
 * all of them), go on once per element. `paths[k]` is what is left of a path, '' once its value is in `values[k]`.
 */
function expand(
  document: Document,
  paths: readonly string[],
  values: readonly (BsonValue | undefined)[],
  out: (BsonValue | undefined)[][],
  multikey: Set<number>,
): void {
  const found = [...values];
  const left = [...paths];
  let array: BsonValue[] | null = null;
  const inArray: number[] = [];
  for (let k = 0; k < left.length; k++) {
    if (left[k] === '') continue;
    const [value, rest] = walk(document, left[k]!);
    left[k] = rest;
    if (Array.isArray(value)) {
      if (array !== null && array !== value) {
        throw new MongoError(
          'CannotIndexParallelArrays',
          `cannot index parallel arrays [${firstPart(paths[inArray[0]!]!)}] [${firstPart(paths[k]!)}]`,
        );
      }
      array = value;
      inArray.push(k);
    } else {
      found[k] = rest === '' ? value : undefined;
      left[k] = '';
    }
  }
  if (array === null) {
    out.push(found);
    return;
  }
  for (const k of inArray) multikey.add(k);
  const elements: (BsonValue | undefined)[] = array.length === 0 ? [undefined] : array;
  for (const element of elements) {
    const isDocument = isPlainDocument(element);
    const nextValues = [...found];
    const nextPaths = [...left];
    for (const k of inArray) {
      if (left[k] === '') {
        nextValues[k] = array.length === 0 ? BsonUndefined.value : element;
      } else if (!isDocument) {
        nextValues[k] = undefined;
        nextPaths[k] = '';
      }
    }
    expand(isDocument ? element : {}, nextPaths, nextValues, out, multikey);
  }
}

/** Down the path until a value that is not a document; an array stops the walk, unless the path names a place in it. */
function walk(document: Document, path: string): [value: BsonValue | undefined, rest: string] {
  let value: BsonValue | undefined = document;
  let rest = path;
  while (rest !== '') {
    const dot = rest.indexOf('.');
    const part = dot < 0 ? rest : rest.slice(0, dot);
    if (Array.isArray(value)) {
      if (!/^\d+$/.test(part)) return [value, rest];
      value = value[Number(part)];
    } else if (isPlainDocument(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else return [undefined, ''];
    rest = dot < 0 ? '' : rest.slice(dot + 1);
  }
  return [value, rest];
}

function firstPart(path: string): string {
  return path.split('.', 1)[0]!;
}

function isPlainDocument(value: BsonValue | undefined): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function located(fields: number): Located {
  return { types: new Uint8Array(fields), places: new Int32Array(fields) };
}

/** Finds each of the table's fields in a document: its type (0 where it is missing) and where its value starts. */
export function locateFields(raw: RawDocument, table: FieldTable, found: Located): void {
  found.types.fill(0);
  let missing = table.names.length;
  let at = 4;
  while (missing > 0) {
    const type = raw[at]!;
    if (type === 0) return;
    const field = table.find(raw, at + 1);
    const { valueAt } = table;
    if (field >= 0) {
      found.types[field] = type;
      found.places[field] = valueAt;
      missing -= 1;
    }
    at = elementEnd(raw, type, valueAt);
  }
}
