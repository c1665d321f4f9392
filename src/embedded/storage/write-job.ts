/** One job's view of a write group, with an undo list: if the job throws, only its own effects are taken back. */
import { randomBytes } from 'node:crypto';
import { hasIdFirst } from '../bson/codec.ts';
import { compareBytes } from '../bson/keys.ts';
import { Binary, type Document, type RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import {
  type Catalog,
  type CollectionCounts,
  type CollectionEntry,
  makeInfo,
  readMetadata,
  writeMetadata,
} from './catalog.ts';
import type { NewChange } from './change-log.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { IndexBlocks } from './index-blocks.ts';
import { collectIndexes, type IndexToBuild } from './index-build.ts';
import { type ExtractedKeys, idIndexOptions, type KeyExtractor } from './index-keys.ts';
import type { IndexWriter } from './index-writer.ts';
import { type CollectionSource, StoredCollection } from './readers.ts';
import type { RecordWriter } from './records.ts';
import { infosOf } from './snapshot.ts';
import type {
  CollectionInfo,
  CollectionWriter,
  ImageReason,
  IndexInfo,
  Namespace,
  RecordId,
  WriteTransaction,
} from './storage.ts';
import type { WriteGroup } from './write-group.ts';

type IndexSpec = { readonly name: string; readonly key: IndexInfo['key']; readonly options: Document };

export class WriteJob implements WriteTransaction {
  readonly changes: NewChange[] = [];
  readonly group: WriteGroup;
  readonly #catalogBefore: Catalog;
  readonly #undo: (() => void)[] = [];
  readonly #collections = new Map<Namespace, { number: number; writer: JobCollection }>();
  #isOver = false;

  constructor(group: WriteGroup) {
    this.group = group;
    this.#catalogBefore = group.catalog;
  }

  /** After this nothing more can be done through it. */
  end(): void {
    this.#isOver = true;
  }

  /** Takes back all effects of this job. */
  rollBack(): void {
    for (let k = this.#undo.length - 1; k >= 0; k--) this.#undo[k]!();
    this.group.catalog = this.#catalogBefore;
    this.end();
  }

  onRollBack(undo: () => void): void {
    this.#undo.push(undo);
  }

  collection(namespace: Namespace): CollectionWriter | null {
    this.refuseOver();
    const entry = this.group.catalog.get(namespace);
    if (entry === undefined) return null;
    const known = this.#collections.get(namespace);
    if (known?.number === entry.number) return known.writer;
    const writer = new JobCollection(this, namespace, entry.number);
    this.#collections.set(namespace, { number: entry.number, writer });
    return writer;
  }

  collections(database?: string): CollectionInfo[] {
    return infosOf(this.group.catalog, database);
  }

  createCollection(
    namespace: Namespace,
    options: Document,
    type: 'collection' | 'view' = 'collection',
  ): CollectionWriter {
    this.refuseOver();
    if (this.group.catalog.has(namespace)) {
      throw new MongoError('NamespaceExists', `Collection ${namespace} already exists.`);
    }
    if (!/^[^.\0]+\.[^\0]+$/.test(namespace))
      throw new MongoError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
    const uuid = randomUuid();
    const indexes: IndexInfo[] =
      type === 'view'
        ? []
        : [{ name: '_id_', key: { _id: 1 }, options: idIndexOptions(options), multikey: false, multikeyPaths: [] }];
    const number = this.group.nextNumber();
    this.group.setEntry(namespace, {
      number,
      info: makeInfo(namespace, uuid, type, options, indexes),
      indexNumbers: indexes.map(() => this.group.nextNumber()),
    });
    this.changes.push({ operation: 'create', namespace, uuid, description: { type, options } });
    return this.collection(namespace)!;
  }

  setCollectionOptions(namespace: Namespace, options: Document): void {
    const entry = this.#entryOf(namespace);
    const { info } = entry;
    this.group.setEntry(namespace, { ...entry, info: { ...info, options } });
    this.changes.push({
      operation: 'modify',
      namespace,
      uuid: info.uuid,
      description: { options, before: info.options },
    });
  }

  dropCollection(namespace: Namespace): boolean {
    this.refuseOver();
    const entry = this.group.catalog.get(namespace);
    if (entry === undefined) return false;
    this.group.setEntry(namespace, null);
    this.changes.push({ operation: 'drop', namespace, uuid: entry.info.uuid });
    return true;
  }

  renameCollection(from: Namespace, to: Namespace): void {
    const entry = this.#entryOf(from);
    const replaced = this.group.catalog.get(to)?.info.uuid;
    const { uuid, type, options, indexes } = entry.info;
    this.group.setEntry(from, null);
    this.group.setEntry(to, { ...entry, info: makeInfo(to, uuid, type, options, indexes) });
    const dropTarget = replaced === undefined ? {} : { dropTarget: new Binary(replaced, Binary.SUBTYPE_UUID) };
    this.changes.push({ operation: 'rename', namespace: from, uuid, description: { to, ...dropTarget } });
  }

  createIndexes(namespace: Namespace, indexes: readonly IndexSpec[]): void {
    const { number } = this.#entryOf(namespace);
    const toBuild = this.indexesToBuild(namespace, indexes);
    const records = this.group.records(number);
    const steps = collectIndexes(namespace, records.scan(), toBuild, (recordId) => records.get(recordId));
    let step = steps.next();
    while (!step.done) step = steps.next();
    this.addBuiltIndexes(namespace, toBuild, step.value);
  }

  /** The wanted indexes that are not there yet, with numbers of their own. */
  indexesToBuild(namespace: Namespace, indexes: readonly IndexSpec[]): IndexToBuild[] {
    const { info } = this.#entryOf(namespace);
    if (info.type === 'view')
      throw new MongoError('CommandNotSupportedOnView', `Namespace ${namespace} is a view, not a collection`);
    return indexes
      .filter(({ name }) => !info.indexes.some((index) => index.name === name))
      .map((spec) => {
        const indexNumber = this.group.nextNumber();
        return { number: indexNumber, info: spec, extractor: this.group.extractors.of(indexNumber, spec) };
      });
  }

  /** Writes built indexes and enters them in the catalog. */
  addBuiltIndexes(
    namespace: Namespace,
    built: readonly IndexToBuild[],
    put: (environment: WriteGroup['environment']) => { number: number; multikeyPaths: readonly string[] }[],
  ): void {
    if (built.length === 0) return;
    // Known to the group from here on, so that it removes them again if this job fails.
    for (const { number, extractor } of built) this.group.index(number, extractor.unique);
    const results = put(this.group.environment);
    const entry = this.#entryOf(namespace);
    const added = built.map(({ info }, k): IndexInfo => {
      const { multikeyPaths } = results[k]!;
      return {
        name: info.name,
        key: info.key,
        options: info.options,
        multikey: multikeyPaths.length > 0,
        multikeyPaths,
      };
    });
    this.group.setEntry(namespace, {
      ...entry,
      info: { ...entry.info, indexes: [...entry.info.indexes, ...added] },
      indexNumbers: [...entry.indexNumbers, ...built.map(({ number }) => number)],
    });
    this.changes.push({
      operation: 'createIndexes',
      namespace,
      uuid: entry.info.uuid,
      description: { indexes: added.map(({ name, key, options }) => ({ name, key: { ...key }, ...options })) },
    });
  }

  dropIndex(namespace: Namespace, name: string): void {
    const entry = this.#entryOf(namespace);
    const place = entry.info.indexes.findIndex((index) => index.name === name);
    if (place < 0) throw new MongoError('IndexNotFound', `index not found with name [${name}]`);
    if (place === 0) throw new MongoError('InvalidOptions', 'cannot drop _id index');
    const dropped = entry.info.indexes[place]!;
    this.group.setEntry(namespace, {
      ...entry,
      info: { ...entry.info, indexes: entry.info.indexes.toSpliced(place, 1) },
      indexNumbers: entry.indexNumbers.toSpliced(place, 1),
    });
    this.changes.push({
      operation: 'dropIndexes',
      namespace,
      uuid: entry.info.uuid,
      description: { indexes: [{ name, key: { ...dropped.key } }] },
    });
  }

  setIndexOptions(namespace: Namespace, name: string, options: Document): void {
    const entry = this.#entryOf(namespace);
    const before = entry.info.indexes.find((index) => index.name === name)?.options ?? {};
    const indexes = entry.info.indexes.map((index) => (index.name === name ? { ...index, options } : index));
    this.group.setEntry(namespace, { ...entry, info: { ...entry.info, indexes } });
    this.changes.push({
      operation: 'modify',
      namespace,
      uuid: entry.info.uuid,
      description: { index: { name, ...options }, before },
    });
  }

  setMetadata(key: string, value: Document | null): void {
    this.refuseOver();
    const before = readMetadata(this.group.environment, key) ?? null;
    this.#undo.push(() => writeMetadata(this.group.environment, key, before));
    writeMetadata(this.group.environment, key, value);
  }

  getMetadata(key: string): Document | undefined {
    this.refuseOver();
    return readMetadata(this.group.environment, key);
  }

  refuseOver(): void {
    if (this.#isOver) throw new Error('The write is over: its transaction must not be used any more.');
  }

  #entryOf(namespace: Namespace): CollectionEntry {
    this.refuseOver();
    const entry = this.group.catalog.get(namespace);
    if (entry === undefined) throw new MongoError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    return entry;
  }
}

class JobSource implements CollectionSource {
  readonly #job: WriteJob;
  readonly #namespace: Namespace;
  readonly #number: number;

  constructor(job: WriteJob, namespace: Namespace, number: number) {
    this.#job = job;
    this.#namespace = namespace;
    this.#number = number;
  }

  get entry(): CollectionEntry {
    this.#job.refuseOver();
    const entry = this.#job.group.catalog.get(this.#namespace);
    if (entry?.number !== this.#number)
      throw new MongoError('NamespaceNotFound', `ns does not exist: ${this.#namespace}`);
    return entry;
  }

  get counts(): CollectionCounts {
    return this.#job.group.counts(this.#number);
  }

  get records(): RecordWriter {
    this.#job.refuseOver();
    return this.#job.group.records(this.#number);
  }

  blocks(indexNumber: number): IndexBlocks {
    const place = this.entry.indexNumbers.indexOf(indexNumber);
    const { unique } = this.#job.group.extractors.of(indexNumber, this.entry.info.indexes[place]!);
    return this.#job.group.indexBlocks(indexNumber, unique);
  }
}

interface IndexMaintainer {
  readonly extractor: KeyExtractor;
  readonly writer: IndexWriter;
}

class JobCollection extends StoredCollection implements CollectionWriter {
  readonly #job: WriteJob;
  readonly #namespace: Namespace;
  readonly #source: JobSource;
  #maintained: CollectionEntry | undefined;
  #maintainers: readonly IndexMaintainer[] = [];

  constructor(job: WriteJob, namespace: Namespace, number: number) {
    const source = new JobSource(job, namespace, number);
    super(source);
    this.#job = job;
    this.#namespace = namespace;
    this.#source = source;
  }

  insert(raw: RawDocument): RecordId {
    if (!hasIdFirst(raw)) throw new MongoError('InvalidIdField', 'A stored document must have _id as its first field.');
    const { entry, counts } = this.#source;
    if (entry.info.type === 'view')
      throw new MongoError('CommandNotSupportedOnView', `Namespace ${this.#namespace} is a view, not a collection`);
    const recordId = counts.recordIdLast + 1;
    const extracted = this.#extract(entry, raw);
    this.#refuseDuplicates(entry, raw, extracted, recordId);
    counts.recordIdLast = recordId;
    this.#put(entry, recordId, undefined, raw, NOTHING, extracted);
    this.#job.changes.push({ operation: 'insert', namespace: this.#namespace, uuid: entry.info.uuid, after: raw });
    return recordId;
  }

  update(recordId: RecordId, raw: RawDocument, reason: ImageReason): boolean {
    const { entry } = this.#source;
    const before = this.#existing(recordId);
    if (compareBytes(before, raw) === 0) return false;
    if (!hasIdFirst(raw)) throw new MongoError('InvalidIdField', 'A stored document must have _id as its first field.');
    const old = this.#extract(entry, before);
    const extracted = this.#extract(entry, raw);
    this.#refuseDuplicates(entry, raw, extracted, recordId);
    this.#put(entry, recordId, before, raw, old, extracted);
    this.#job.changes.push({
      operation: reason,
      namespace: this.#namespace,
      uuid: entry.info.uuid,
      before,
      after: raw,
    });
    return true;
  }

  remove(recordId: RecordId): void {
    const { entry } = this.#source;
    const before = this.#existing(recordId);
    this.#put(entry, recordId, before, undefined, this.#extract(entry, before), NOTHING);
    this.#job.changes.push({ operation: 'delete', namespace: this.#namespace, uuid: entry.info.uuid, before });
  }

  #existing(recordId: RecordId): RawDocument {
    const raw = this.get(recordId);
    if (raw === undefined) throw new MongoError('NoSuchKey', `${this.#namespace} has no record ${recordId}.`);
    return raw;
  }

  /** What maintains each index, in the order of the catalog's entry. */
  #maintainersOf(entry: CollectionEntry): readonly IndexMaintainer[] {
    if (this.#maintained !== entry) {
      const { group } = this.#job;
      this.#maintained = entry;
      this.#maintainers = entry.info.indexes.map((info, k) => {
        const number = entry.indexNumbers[k]!;
        const extractor = group.extractors.of(number, info);
        return { extractor, writer: group.index(number, extractor.unique) };
      });
    }
    return this.#maintainers;
  }

  #extract(entry: CollectionEntry, raw: RawDocument): ExtractedKeys[] {
    return this.#maintainersOf(entry).map(({ extractor }) => extractor.extract(raw));
  }

  #refuseDuplicates(
    entry: CollectionEntry,
    raw: RawDocument,
    extracted: readonly ExtractedKeys[],
    recordId: RecordId,
  ): void {
    const maintainers = this.#maintainersOf(entry);
    for (let k = 0; k < extracted.length; k++) {
      const { extractor, writer } = maintainers[k]!;
      if (!extractor.unique) continue;
      for (const key of extracted[k]!.keys) {
        const owner = writer.owner(key);
        if (owner !== undefined && owner !== recordId) throw duplicateKey(this.#namespace, entry.info.indexes[k]!, raw);
      }
    }
  }

  /** Replaces a document and the keys that differ; can be taken back. */
  #put(
    entry: CollectionEntry,
    recordId: RecordId,
    before: RawDocument | undefined,
    after: RawDocument | undefined,
    old: readonly ExtractedKeys[],
    extracted: readonly ExtractedKeys[],
  ): void {
    const { group } = this.#job;
    const maintainers = this.#maintainersOf(entry);
    const apply = (
      was: RawDocument | undefined,
      is: RawDocument | undefined,
      oldKeys: readonly ExtractedKeys[],
      newKeys: readonly ExtractedKeys[],
    ): void => {
      const counts = group.counts(entry.number);
      counts.count += (is === undefined ? 0 : 1) - (was === undefined ? 0 : 1);
      counts.dataBytes += (is?.length ?? 0) - (was?.length ?? 0);
      group.records(entry.number).set(recordId, is);
      group.feed?.note(entry.info.uuid, recordId, is);
      for (let k = 0; k < maintainers.length; k++) {
        const { writer } = maintainers[k]!;
        const removed = oldKeys[k]?.keys ?? NO_KEYS;
        const added = newKeys[k]?.keys ?? NO_KEYS;
        for (const key of keysBeyond(removed, added)) writer.remove(key, recordId);
        for (const key of keysBeyond(added, removed)) writer.add(key, recordId);
      }
    };
    apply(before, after, old, extracted);
    this.#job.onRollBack(() => apply(after, before, extracted, old));
    this.#noteArrays(entry, extracted);
  }

  /** An index stays marked as multikey for good, as in MongoDB. */
  #noteArrays(entry: CollectionEntry, extracted: readonly ExtractedKeys[]): void {
    const isNews = extracted.some(({ multikeyPaths }, k) =>
      multikeyPaths.some((path) => !entry.info.indexes[k]!.multikeyPaths.includes(path)),
    );
    if (!isNews) return;
    const indexes = entry.info.indexes.map((index, k): IndexInfo => {
      const multikeyPaths = [...new Set([...index.multikeyPaths, ...extracted[k]!.multikeyPaths])];
      return { ...index, multikey: multikeyPaths.length > 0, multikeyPaths };
    });
    this.#job.group.setEntry(this.#namespace, { ...entry, info: { ...entry.info, indexes } });
  }
}

const NOTHING: readonly ExtractedKeys[] = [];
const NO_KEYS: readonly Uint8Array[] = [];

/** The keys of `keys` that `others` has not; both ascend. */
function* keysBeyond(keys: readonly Uint8Array[], others: readonly Uint8Array[]): IterableIterator<Uint8Array> {
  let at = 0;
  for (const key of keys) {
    while (at < others.length && compareBytes(others[at]!, key) < 0) at += 1;
    if (at >= others.length || compareBytes(others[at]!, key) !== 0) yield key;
  }
}

/** A random UUID (version 4). */
function randomUuid(): Uint8Array {
  const bytes = Uint8Array.from(randomBytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}
