/**
 * Documents by record id. Sixteen documents share one LMDB value, so that a scan pays LMDB's cost per step once for
 * sixteen, and pages stay full. A document above `INLINE_BYTES_MAX` lies on its own and its place in the block says so.
 *
 * Block: sixteen lengths (uint32, little-endian; 0 means none), then the documents in the order of their ids.
 */
import type { RawDocument } from '../bson/values.ts';
import type { Environment, View } from './environment.ts';
import type { RecordId } from './storage.ts';

export const SLOTS = 16;
const HEAD_BYTES = SLOTS * 4;
export const INLINE_BYTES_MAX = 2048;
const LARGE = 0xffffffff;
/** Blocks that one scan step reads at once. */
const BLOCKS_PER_READ = 8;
/** Changed blocks held back within a write, so that a batch writes each block once. */
const DRAFTS_MAX = 1024;

const scratchKey = Buffer.allocUnsafeSlow(10);

/** Collection number, then block number or record id (both below 2^48). */
function keyOf(collection: number, number: number): Buffer {
  scratchKey.writeUInt32BE(collection, 0);
  scratchKey.writeUIntBE(number, 4, 6);
  return scratchKey;
}

function endOf(collection: number): Buffer {
  const end = Buffer.allocUnsafe(4);
  end.writeUInt32BE(collection + 1, 0);
  return end;
}

/** A document that lies on its own and has not been read, in the place of its bytes. */
const ELSEWHERE = Symbol('elsewhere');
type Slot = RawDocument | typeof ELSEWHERE;

export interface StoredRecord {
  readonly recordId: RecordId;
  readonly raw: RawDocument;
}

/** Reads one collection's documents out of a view. */
export class RecordReader {
  readonly #environment: Environment;
  readonly #collection: number;
  readonly #view: View;
  readonly #check: () => void;

  /** `check` throws when the view has ended; it is asked before every read. */
  constructor(environment: Environment, collection: number, view: View, check: () => void = () => undefined) {
    this.#environment = environment;
    this.#collection = collection;
    this.#view = view;
    this.#check = check;
  }

  get(recordId: RecordId): RawDocument | undefined {
    this.#check();
    const block = this.#environment
      .table('records')
      .getVolatile(keyOf(this.#collection, Math.floor(recordId / SLOTS)), this.#view);
    if (block === undefined) return undefined;
    const slot = recordId % SLOTS;
    let at = HEAD_BYTES;
    for (let k = 0; k < slot; k++) {
      const length = lengthOf(block, k);
      if (length !== LARGE) at += length;
    }
    const length = lengthOf(block, slot);
    if (length === 0) return undefined;
    if (length === LARGE) return this.large(recordId);
    return Uint8Array.prototype.slice.call(block, at, at + length);
  }

  *scan(options: { after?: RecordId; reverse?: boolean } = {}): IterableIterator<StoredRecord> {
    const table = this.#environment.table('records');
    const reverse = options.reverse === true;
    let after = options.after ?? (reverse ? 2 ** 48 - 1 : 0);
    for (;;) {
      this.#check();
      const entries = reverse
        ? table.range(
            {
              start: Buffer.from(keyOf(this.#collection, Math.floor((after - 1) / SLOTS))),
              end: Buffer.from(keyOf(this.#collection, 0)),
              limit: BLOCKS_PER_READ,
              reverse,
            },
            this.#view,
          )
        : table.range(
            {
              start: Buffer.from(keyOf(this.#collection, Math.floor((after + 1) / SLOTS))),
              end: endOf(this.#collection),
              limit: BLOCKS_PER_READ,
            },
            this.#view,
          );
      // The lower end of a downward range is exclusive in LMDB's wrapper: block 0 comes on its own.
      if (reverse && entries.length < BLOCKS_PER_READ && after > 0) {
        const first = table.get(keyOf(this.#collection, 0), this.#view);
        if (first !== undefined) entries.push({ key: Buffer.from(keyOf(this.#collection, 0)), value: first });
      }
      for (const { key, value } of entries) {
        const firstId = key.readUIntBE(4, 6) * SLOTS;
        for (const { recordId, raw } of this.#recordsOf(firstId, value, reverse)) {
          if (reverse ? recordId >= after : recordId <= after) continue;
          if (raw !== ELSEWHERE) yield { recordId, raw };
          else {
            // Read one by one as they are asked for: sixteen of them may have 256 MB.
            this.#check();
            yield { recordId, raw: this.large(recordId)! };
          }
        }
        after = reverse ? firstId : firstId + SLOTS - 1;
      }
      if (entries.length < BLOCKS_PER_READ || (reverse && after <= 0)) return;
    }
  }

  #recordsOf(firstId: RecordId, block: Buffer, reverse: boolean): { recordId: RecordId; raw: Slot }[] {
    const records: { recordId: RecordId; raw: Slot }[] = [];
    let at = HEAD_BYTES;
    for (let slot = 0; slot < SLOTS; slot++) {
      const length = lengthOf(block, slot);
      if (length === 0) continue;
      const recordId = firstId + slot;
      if (length === LARGE) records.push({ recordId, raw: ELSEWHERE });
      else {
        records.push({ recordId, raw: block.subarray(at, at + length) });
        at += length;
      }
    }
    return reverse ? records.reverse() : records;
  }

  /** Of a document that lies on its own. */
  large(recordId: RecordId): RawDocument | undefined {
    return this.#environment.table('largeRecords').get(keyOf(this.#collection, recordId), this.#view);
  }

  /** The documents of one block, by slot. */
  block(number: number): (Slot | undefined)[] {
    const slots: (Slot | undefined)[] = new Array(SLOTS).fill(undefined);
    const block = this.#environment.table('records').get(keyOf(this.#collection, number), this.#view);
    if (block === undefined) return slots;
    for (const { recordId, raw } of this.#recordsOf(number * SLOTS, block, false)) slots[recordId % SLOTS] = raw;
    return slots;
  }
}

/** Reads and changes one collection's documents within a write transaction; changed blocks are written by `flush`. */
export class RecordWriter {
  readonly #environment: Environment;
  readonly #collection: number;
  readonly #reader: RecordReader;
  readonly #drafts = new Map<number, (Slot | undefined)[]>();
  readonly #largeBefore = new Map<RecordId, boolean>();

  constructor(environment: Environment, collection: number) {
    this.#environment = environment;
    this.#collection = collection;
    this.#reader = new RecordReader(environment, collection, undefined);
  }

  get(recordId: RecordId): RawDocument | undefined {
    const draft = this.#drafts.get(Math.floor(recordId / SLOTS));
    if (draft === undefined) return this.#reader.get(recordId);
    const slot = draft[recordId % SLOTS];
    return slot === ELSEWHERE ? this.#reader.large(recordId) : slot;
  }

  set(recordId: RecordId, raw: RawDocument | undefined): void {
    const number = Math.floor(recordId / SLOTS);
    let draft = this.#drafts.get(number);
    if (draft === undefined) {
      if (this.#drafts.size >= DRAFTS_MAX) this.flush();
      draft = this.#reader.block(number);
      this.#drafts.set(number, draft);
    }
    const before = draft[recordId % SLOTS];
    if (!this.#largeBefore.has(recordId)) this.#largeBefore.set(recordId, isLarge(before));
    draft[recordId % SLOTS] = raw;
  }

  /** Sees its own changes, and those made to documents further on while it runs. */
  *scan(options: { after?: RecordId; reverse?: boolean } = {}): IterableIterator<StoredRecord> {
    this.flush();
    for (const { recordId } of this.#reader.scan(options)) {
      const raw = this.get(recordId);
      if (raw !== undefined) yield { recordId, raw };
    }
  }

  flush(): void {
    const records = this.#environment.table('records');
    const large = this.#environment.table('largeRecords');
    for (const [recordId, wasLarge] of this.#largeBefore) {
      const raw = this.#drafts.get(Math.floor(recordId / SLOTS))![recordId % SLOTS];
      if (raw === ELSEWHERE) continue;
      if (raw !== undefined && isLarge(raw)) large.put(keyOf(this.#collection, recordId), raw);
      else if (wasLarge) large.remove(keyOf(this.#collection, recordId));
    }
    for (const [number, slots] of this.#drafts) {
      const block = blockOf(slots);
      if (block === null) records.remove(keyOf(this.#collection, number));
      else records.put(keyOf(this.#collection, number), block);
    }
    this.#drafts.clear();
    this.#largeBefore.clear();
  }
}

/** Removes everything of a collection. */
export function removeRecords(environment: Environment, collection: number): void {
  const start = Buffer.from(keyOf(collection, 0));
  for (const name of ['records', 'largeRecords'] as const)
    environment.table(name).removePrefix(start, endOf(collection));
}

function isLarge(slot: Slot | undefined): boolean {
  return slot === ELSEWHERE || (slot !== undefined && slot.length > INLINE_BYTES_MAX);
}

const scratchBlock = Buffer.allocUnsafeSlow(HEAD_BYTES + SLOTS * INLINE_BYTES_MAX);

/** The bytes of a block, valid until the next call; null when it is empty. */
function blockOf(slots: readonly (Slot | undefined)[]): Buffer | null {
  let at = HEAD_BYTES;
  let filled = false;
  for (let slot = 0; slot < SLOTS; slot++) {
    const raw = slots[slot];
    if (raw === undefined) scratchBlock.writeUInt32LE(0, slot * 4);
    else {
      filled = true;
      if (raw === ELSEWHERE || raw.length > INLINE_BYTES_MAX) scratchBlock.writeUInt32LE(LARGE, slot * 4);
      else {
        scratchBlock.writeUInt32LE(raw.length, slot * 4);
        scratchBlock.set(raw, at);
        at += raw.length;
      }
    }
  }
  return filled ? scratchBlock.subarray(0, at) : null;
}

function lengthOf(block: Uint8Array, slot: number): number {
  const at = slot * 4;
  return (block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)) >>> 0;
}
