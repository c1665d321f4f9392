/**
 * Builds indexes over a filled collection in bulk: one scan makes the keys of all of them, then each is sorted and
 * written in order. The work is cut into slices, so that a server can answer between them.
 */
import { FieldTable } from '../bson/codec.ts';
import { KeyWriter } from '../bson/keys.ts';
import type { RawDocument } from '../bson/values.ts';
import { BLOCK_BYTES_MAX, BlockWriter, blockKey, RECORD_ID_BYTES } from './block-entries.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { Environment } from './environment.ts';
import { type KeyExtractor, located, locateFields } from './index-keys.ts';
import { compareKeys, type KeyArena, sortKeys } from './sort-keys.ts';
import type { IndexInfo, Namespace, RecordId } from './storage.ts';

export interface IndexToBuild {
  readonly number: number;
  readonly info: Pick<IndexInfo, 'name' | 'key' | 'options'>;
  readonly extractor: KeyExtractor;
}

export interface BuiltIndex {
  readonly number: number;
  readonly multikeyPaths: readonly string[];
}

const DOCUMENTS_PER_SLICE = 4000;
/** A long document may have tens of thousands of keys. */
const BYTES_PER_SLICE = 512 * 1024;

/** Collects the keys of one index, as they come. */
class KeyCollector {
  readonly writer = new KeyWriter(1 << 16);
  readonly multikeyPaths = new Set<string>();
  offsets = new Uint32Array(1 << 14);
  recordIds = new Float64Array(1 << 14);
  count = 0;

  /** To be called after the key's bytes were appended to `writer`. */
  endKey(recordId: RecordId): void {
    const { count } = this;
    if (count + 1 >= this.offsets.length) {
      const offsets = new Uint32Array(this.offsets.length * 2);
      offsets.set(this.offsets);
      this.offsets = offsets;
      const recordIds = new Float64Array(this.recordIds.length * 2);
      recordIds.set(this.recordIds);
      this.recordIds = recordIds;
    }
    this.recordIds[count] = recordId;
    this.offsets[count + 1] = this.writer.length;
    this.count = count + 1;
  }

  arena(): KeyArena {
    return { bytes: this.writer.bytes, offsets: this.offsets, count: this.count };
  }
}

/**
 * Steps through the building; every `yield` is a place where something else may run (the number of documents done).
 * Returns what to write: it happens in `put`, within a write transaction. Throws DuplicateKey before anything is written.
 */
export function* collectIndexes(
  namespace: Namespace,
  records: Iterable<{ recordId: RecordId; raw: RawDocument }>,
  indexes: readonly IndexToBuild[],
  read: (recordId: RecordId) => RawDocument | undefined,
): Generator<number, (environment: Environment) => BuiltIndex[]> {
  const table = new FieldTable([...new Set(indexes.flatMap((index) => index.extractor.topFields))]);
  const places = indexes.map((index) => index.extractor.topFields.map((field) => table.names.indexOf(field)));
  const collectors = indexes.map(() => new KeyCollector());
  const found = located(table.names.length);
  let done = 0;
  let [documents, bytes] = [0, 0];
  for (const { recordId, raw } of records) {
    locateFields(raw, table, found);
    for (let k = 0; k < indexes.length; k++) {
      const collector = collectors[k]!;
      const { extractor } = indexes[k]!;
      if (extractor.writeSingle(raw, found, places[k]!, collector.writer)) {
        collector.endKey(recordId);
        continue;
      }
      const { keys, multikeyPaths } = extractor.extract(raw);
      for (const key of keys) {
        collector.writer.raw(key);
        collector.endKey(recordId);
      }
      for (const path of multikeyPaths) collector.multikeyPaths.add(path);
    }
    done += 1;
    documents += 1;
    bytes += raw.length;
    if (documents < DOCUMENTS_PER_SLICE && bytes < BYTES_PER_SLICE) continue;
    [documents, bytes] = [0, 0];
    yield done;
  }
  const sorted: { order: Uint32Array; collector: KeyCollector }[] = [];
  for (let k = 0; k < indexes.length; k++) {
    const collector = collectors[k]!;
    const arena = collector.arena();
    const order = sortKeys(arena);
    if (indexes[k]!.extractor.unique) refuseDuplicates(namespace, indexes[k]!, arena, order, collector, read);
    sorted.push({ order, collector });
    yield done;
  }
  return (environment) =>
    sorted.map(({ order, collector }, k) => {
      writeIndex(environment, indexes[k]!.number, order, collector);
      return { number: indexes[k]!.number, multikeyPaths: [...collector.multikeyPaths] };
    });
}

function refuseDuplicates(
  namespace: Namespace,
  index: IndexToBuild,
  arena: KeyArena,
  order: Uint32Array,
  collector: KeyCollector,
  read: (recordId: RecordId) => RawDocument | undefined,
): void {
  for (let k = 1; k < order.length; k++) {
    const before = order[k - 1]!;
    const entry = order[k]!;
    if (compareKeys(arena, before, entry) !== 0) continue;
    if (collector.recordIds[before] === collector.recordIds[entry]) continue;
    throw duplicateKey(namespace, index.info, read(collector.recordIds[entry]!));
  }
}

const buildWriter = new BlockWriter();

function writeIndex(environment: Environment, number: number, order: Uint32Array, collector: KeyCollector): void {
  const table = environment.table('indexes');
  const { bytes } = collector.writer;
  const { offsets, recordIds } = collector;
  buildWriter.open(new Uint8Array(0), BLOCK_BYTES_MAX, (separator, block) => {
    table.put(blockKey(number, separator), block);
  });
  let entry = Buffer.allocUnsafeSlow(1024);
  for (let k = 0; k < order.length; k++) {
    const place = order[k]!;
    const start = offsets[place]!;
    const keyBytes = offsets[place + 1]! - start;
    if (keyBytes + RECORD_ID_BYTES > entry.length) entry = Buffer.allocUnsafeSlow((keyBytes + RECORD_ID_BYTES) * 2);
    for (let at = 0; at < keyBytes; at++) entry[at] = bytes[start + at]!;
    entry.writeUIntBE(recordIds[place]!, keyBytes, RECORD_ID_BYTES);
    buildWriter.add(entry, 0, keyBytes + RECORD_ID_BYTES);
  }
  buildWriter.finish();
}
