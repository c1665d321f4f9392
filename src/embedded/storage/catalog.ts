/**
 * Which collections and indexes there are. The catalog in memory is immutable and replaced as a whole, so a snapshot
 * keeps the one it started with; LMDB holds one document per collection, and its counts apart, because they change often.
 */
import { decode, encode } from '../bson/codec.ts';
import { Binary, type Document } from '../bson/values.ts';
import type { Environment, View } from './environment.ts';
import { type IndexServices, KeyExtractor } from './index-keys.ts';
import type { CollectionInfo, IndexInfo, Namespace, RecordId } from './storage.ts';

export interface CollectionEntry {
  readonly number: number;
  readonly info: CollectionInfo;
  /** In the order of `info.indexes`. */
  readonly indexNumbers: readonly number[];
}

export type Catalog = ReadonlyMap<Namespace, CollectionEntry>;

export interface CollectionCounts {
  count: number;
  dataBytes: number;
  /** The highest record id ever given. */
  recordIdLast: RecordId;
}

const COLLECTION = 0x63; // c
const COUNTS = 0x73; // s
const METADATA = 0x6d; // m
const STATE = 0x78; // x

/** The server's own row: last numbers given out and the logical clock. */
export interface StoredState {
  numberLast: number;
  logBytes: number;
  clockSeconds: number;
  clockIncrement: number;
  /** History up to here was dropped from the change log. */
  trimmedSeconds: number;
  trimmedIncrement: number;
}

function numberedKey(kind: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = kind;
  key.writeUInt32BE(number, 1);
  return key;
}

const stateKey = Buffer.of(STATE);

export function readState(environment: Environment): StoredState | null {
  const raw = environment.table('catalog').get(stateKey, undefined);
  if (raw === undefined) return null;
  return decode(raw) as unknown as StoredState;
}

export function writeState(environment: Environment, state: StoredState): void {
  environment.table('catalog').put(stateKey, encode({ ...state }));
}

export function readCatalog(environment: Environment): Catalog {
  const catalog = new Map<Namespace, CollectionEntry>();
  const table = environment.table('catalog');
  const entries = table.range(
    { start: Buffer.of(COLLECTION), end: Buffer.of(COLLECTION + 1), limit: 2 ** 31 - 1 },
    undefined,
  );
  for (const { key, value } of entries) {
    const stored = decode(value);
    const indexes = stored['indexes'] as Document[];
    const namespace = stored['namespace'] as string;
    catalog.set(namespace, {
      number: key.readUInt32BE(1),
      info: makeInfo(
        namespace,
        (stored['uuid'] as Binary).buffer,
        stored['type'] as 'collection' | 'view',
        stored['options'] as Document,
        indexes.map(indexFromStored),
      ),
      indexNumbers: indexes.map((index) => index['number'] as number),
    });
  }
  return catalog;
}

function indexFromStored(stored: Document): IndexInfo {
  const { name, key, options, multikeyPaths } = stored;
  const paths = multikeyPaths as string[];
  return {
    name: name as string,
    key: key as IndexInfo['key'],
    options: options as Document,
    multikey: paths.length > 0,
    multikeyPaths: paths,
  };
}

export function makeInfo(
  namespace: Namespace,
  uuid: Uint8Array,
  type: 'collection' | 'view',
  options: Document,
  indexes: readonly IndexInfo[],
): CollectionInfo {
  const dot = namespace.indexOf('.');
  return { namespace, database: namespace.slice(0, dot), name: namespace.slice(dot + 1), uuid, type, options, indexes };
}

export function writeCollection(environment: Environment, entry: CollectionEntry): void {
  const { namespace, uuid, type, options, indexes } = entry.info;
  const stored: Document = {
    namespace,
    uuid: new Binary(uuid, Binary.SUBTYPE_UUID),
    type,
    options,
    indexes: indexes.map((index, k) => ({
      number: entry.indexNumbers[k]!,
      name: index.name,
      key: { ...index.key },
      options: index.options,
      multikeyPaths: [...index.multikeyPaths],
    })),
  };
  environment.table('catalog').put(numberedKey(COLLECTION, entry.number), encode(stored));
}

export function removeCollection(environment: Environment, number: number): void {
  environment.table('catalog').remove(numberedKey(COLLECTION, number));
  environment.table('catalog').remove(numberedKey(COUNTS, number));
}

export function readCounts(environment: Environment, number: number, view: View): CollectionCounts {
  const row = environment.table('catalog').get(numberedKey(COUNTS, number), view);
  if (row === undefined) return { count: 0, dataBytes: 0, recordIdLast: 0 };
  return { count: row.readDoubleLE(0), dataBytes: row.readDoubleLE(8), recordIdLast: row.readDoubleLE(16) };
}

export function writeCounts(environment: Environment, number: number, counts: CollectionCounts): void {
  const row = Buffer.allocUnsafe(24);
  row.writeDoubleLE(counts.count, 0);
  row.writeDoubleLE(counts.dataBytes, 8);
  row.writeDoubleLE(counts.recordIdLast, 16);
  environment.table('catalog').put(numberedKey(COUNTS, number), row);
}

/** A key longer than LMDB's limit is the caller's mistake: they are short names of the server's own. */
function metadataKey(key: string): Buffer {
  return Buffer.concat([Buffer.of(METADATA), Buffer.from(key, 'utf8')]);
}

export function readMetadata(environment: Environment, key: string): Document | undefined {
  const raw = environment.table('catalog').get(metadataKey(key), undefined);
  return raw === undefined ? undefined : decode(raw);
}

export function writeMetadata(environment: Environment, key: string, value: Document | null): void {
  if (value === null) environment.table('catalog').remove(metadataKey(key));
  else environment.table('catalog').put(metadataKey(key), encode(value));
}

export function listMetadata(environment: Environment, prefix: string, view: View): Map<string, Document> {
  const start = metadataKey(prefix);
  const end = Buffer.concat([start, Buffer.of(0xff)]);
  const found = environment.table('catalog').range({ start, end, limit: Number.MAX_SAFE_INTEGER }, view);
  return new Map(found.map(({ key, value }) => [key.toString('utf8', 1), decode(value)]));
}

/** The extractors of indexes, made once per index. */
export class Extractors {
  readonly #services: IndexServices;
  readonly #byNumber = new Map<number, KeyExtractor>();

  constructor(services: IndexServices) {
    this.#services = services;
  }

  of(number: number, info: Pick<IndexInfo, 'name' | 'key' | 'options'>): KeyExtractor {
    let extractor = this.#byNumber.get(number);
    if (extractor === undefined) {
      extractor = new KeyExtractor(info, this.#services);
      this.#byNumber.set(number, extractor);
    }
    return extractor;
  }

  forget(number: number): void {
    this.#byNumber.delete(number);
  }
}
