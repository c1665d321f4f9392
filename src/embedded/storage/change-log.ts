/**
 * The committed changes in one total order. One LMDB entry holds the changes of one write (cut at `ENTRY_BYTES_MAX`), and
 * its key alone tells position and size, so that trimming reads no values.
 *
 * Each change has a cluster time of its own, except those of a transaction, which share one and are told apart by an index.
 *
 * Key: seconds, increment, order, bytes of the value (uint32 each, big-endian). Order is the index of the first change, where
 * they share their time; else the number of the changes, with the highest bit set: the first has the key's time, and each
 * that follows one increment more.
 * Value: a BSON head (wall time, session, names), the number of changes; then per change: operation,
 * place of its name in the head, lengths of the images and the description, and these bytes.
 */
import { decode, encode } from '../bson/codec.ts';
import { Binary, type Document, type RawDocument, Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { StoredState } from './catalog.ts';
import type { Environment, View } from './environment.ts';
import type { ChangeLog, LoggedChange, Namespace } from './storage.ts';

const KEY_BYTES = 16;
const CHANGE_HEAD_BYTES = 2 + 2 + 3 * 4;
const ENTRY_BYTES_MAX = 1024 * 1024;
const ENTRIES_PER_READ = 8;
const OWN_TIMES = 0x80000000;

const operations: readonly LoggedChange['operation'][] = [
  'insert',
  'update',
  'replace',
  'delete',
  'create',
  'drop',
  'rename',
  'dropDatabase',
  'createIndexes',
  'dropIndexes',
  'modify',
];

/** A change before it has a place in the log. */
export interface NewChange {
  readonly operation: LoggedChange['operation'];
  readonly namespace: Namespace;
  readonly uuid: Uint8Array;
  readonly after?: RawDocument;
  readonly before?: RawDocument;
  readonly description?: Document;
}

export interface ChangeLogOptions {
  /** Least time that changes are kept, while the log is below `bytesMax`. */
  readonly retentionHours?: number;
  readonly bytesMax?: number;
}

/** Seconds of wall time and a counter within them: never the same twice, never backwards, also when the clock goes back. */
export class LogicalClock {
  #seconds: number;
  #increment: number;
  readonly #now: () => number;

  constructor(state: Pick<StoredState, 'clockSeconds' | 'clockIncrement'>, now: () => number) {
    this.#seconds = state.clockSeconds;
    this.#increment = state.clockIncrement;
    this.#now = now;
  }

  /** The first of `count` new times, one increment apart, above all that were given out. */
  next(count: number): { seconds: number; increment: number } {
    if (!this.#follow()) this.#increment += 1;
    const increment = this.#increment;
    this.#increment += count - 1;
    return { seconds: this.#seconds, increment };
  }

  /** The newest time, moved on with the wall clock. */
  current(): Timestamp {
    this.#follow();
    return new Timestamp({ t: this.#seconds, i: this.#increment });
  }

  get seconds(): number {
    return this.#seconds;
  }

  get increment(): number {
    return this.#increment;
  }

  #follow(): boolean {
    const seconds = Math.floor(this.#now() / 1000);
    if (seconds <= this.#seconds) return false;
    this.#seconds = seconds;
    this.#increment = 1;
    return true;
  }
}

export class LmdbChangeLog implements ChangeLog {
  readonly #environment: Environment;
  readonly #settled: () => View;
  readonly #state: StoredState;
  readonly #bytesMax: number;
  readonly #retentionSeconds: number;
  readonly #listeners = new Set<() => void>();
  /** When the oldest change was made, as far as known: while it is young enough, trimming reads nothing. */
  #oldestSeconds = Number.NEGATIVE_INFINITY;

  /** `settled`: the view that readers have of it. */
  constructor(environment: Environment, settled: () => View, state: StoredState, options: ChangeLogOptions) {
    this.#environment = environment;
    this.#settled = settled;
    this.#state = state;
    this.#bytesMax = options.bytesMax ?? 128 * 1024 * 1024;
    this.#retentionSeconds = (options.retentionHours ?? 24) * 3600;
  }

  /**
   * Joins the write transaction that is open. The changes share `time` where they have a session; else it is the first one's.
   * Yields between two entries.
   */
  *append(
    time: { seconds: number; increment: number },
    wallTime: Date,
    changes: readonly NewChange[],
    session: LoggedChange['session'],
  ): Generator<void, void> {
    const { seconds, increment } = time;
    let from = 0;
    while (from < changes.length) {
      let to = from;
      let bytes = 0;
      while (to < changes.length && (to === from || bytes < ENTRY_BYTES_MAX)) {
        bytes += CHANGE_HEAD_BYTES + (changes[to]!.after?.length ?? 0) + (changes[to]!.before?.length ?? 0);
        to += 1;
      }
      const value = encodeEntry(wallTime, changes.slice(from, to), session);
      const key =
        session === undefined
          ? entryKey(seconds, increment + from, OWN_TIMES + to - from, value.length)
          : entryKey(seconds, increment, from, value.length);
      this.#environment.table('changeLog').put(key, value);
      this.#state.logBytes += value.length + KEY_BYTES;
      from = to;
      yield;
    }
  }

  /** Drops the oldest changes while the log is too large or they are too old. Joins the open write transaction. */
  trim(nowSeconds: number): void {
    if (this.#state.logBytes <= this.#bytesMax && this.#oldestSeconds >= nowSeconds - this.#retentionSeconds) return;
    const table = this.#environment.table('changeLog');
    for (;;) {
      const keys = table.keys({ start: Buffer.of(0), end: Buffer.alloc(KEY_BYTES, 0xff), limit: 64 }, undefined);
      for (const [k, key] of keys.entries()) {
        const seconds = key.readUInt32BE(0);
        const increment = lastIncrementOf(key);
        const isTooOld = seconds < nowSeconds - this.#retentionSeconds;
        // A transaction's changes go together, and the newest entry stays: it holds the clock.
        const isCutOff = seconds === this.#state.trimmedSeconds && increment === this.#state.trimmedIncrement;
        const isLast = keys.length < 64 && k === keys.length - 1;
        if (!isCutOff && (isLast || (this.#state.logBytes <= this.#bytesMax && !isTooOld))) {
          this.#oldestSeconds = seconds;
          return;
        }
        table.remove(key);
        this.#state.logBytes -= key.readUInt32BE(12) + KEY_BYTES;
        this.#state.trimmedSeconds = seconds;
        this.#state.trimmedIncrement = increment;
      }
      if (keys.length < 64) return;
    }
  }

  readAfter(position: { clusterTime: Timestamp; index: number }, limit: number): LoggedChange[] {
    const { t, i } = position.clusterTime;
    const { trimmedSeconds, trimmedIncrement } = this.#state;
    // Everything up to and including the trimmed time is gone; whoever stands at or after its last change missed nothing.
    if (t < trimmedSeconds || (t === trimmedSeconds && i < trimmedIncrement)) {
      throw new MongoError(
        'ChangeStreamHistoryLost',
        `Resume of change stream was not possible, as the resume point may no longer be in the oplog: it is older than ${trimmedSeconds}.${trimmedIncrement}.`,
      );
    }
    const changes: LoggedChange[] = [];
    const end = Buffer.alloc(KEY_BYTES + 1, 0xff);
    let start = this.#entryAround(t, i) ?? entryKey(t, i, 0, 0);
    while (changes.length < limit) {
      const entries = this.#environment
        .table('changeLog')
        .range({ start, end, limit: ENTRIES_PER_READ }, this.#settled());
      for (const { key, value } of entries) {
        decodeEntry(key, value, position, limit, changes);
        if (changes.length >= limit) return changes;
      }
      const last = entries[entries.length - 1];
      if (last === undefined || entries.length < ENTRIES_PER_READ) break;
      start = Buffer.concat([last.key, Buffer.of(0)]);
    }
    return changes;
  }

  latest(): Timestamp {
    const key = this.#keyBelow(Buffer.alloc(KEY_BYTES, 0xff));
    return key === undefined ? this.#trimmed() : new Timestamp({ t: key.readUInt32BE(0), i: lastIncrementOf(key) });
  }

  oldest(): Timestamp {
    return this.#trimmed();
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be called once the changes are durable. */
  announce(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** The entry that begins before this time and has a change at it. */
  #entryAround(seconds: number, increment: number): Buffer | undefined {
    const key = this.#keyBelow(entryKey(seconds, increment, 0, 0));
    return key !== undefined && key.readUInt32BE(0) === seconds && lastIncrementOf(key) >= increment ? key : undefined;
  }

  #keyBelow(key: Buffer): Buffer | undefined {
    const bounds = { start: key, end: NO_KEY, limit: 1, reverse: true };
    return this.#environment.table('changeLog').keys(bounds, this.#settled())[0];
  }

  #trimmed(): Timestamp {
    return new Timestamp({ t: this.#state.trimmedSeconds, i: this.#state.trimmedIncrement });
  }
}

const NO_KEY = Buffer.of(0);

/** The increment of the last change in the entry with this key. */
function lastIncrementOf(key: Buffer): number {
  const order = key.readUInt32BE(8);
  return key.readUInt32BE(4) + (order >= OWN_TIMES ? order - OWN_TIMES - 1 : 0);
}

function entryKey(seconds: number, increment: number, order: number, bytes: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt32BE(seconds, 0);
  key.writeUInt32BE(increment, 4);
  key.writeUInt32BE(order, 8);
  key.writeUInt32BE(bytes, 12);
  return key;
}

function encodeEntry(wallTime: Date, changes: readonly NewChange[], session: LoggedChange['session']): Buffer {
  const places = new Map<string, number>();
  const sources: Document[] = [];
  const sourceOf = new Uint16Array(changes.length);
  const descriptions: (Uint8Array | undefined)[] = [];
  let bytes = 4;
  let last: NewChange | undefined;
  let place = -1;
  for (const [k, change] of changes.entries()) {
    const description = change.description === undefined ? undefined : encode(change.description);
    descriptions.push(description);
    bytes += CHANGE_HEAD_BYTES + bytesOf(change.after) + bytesOf(change.before) + bytesOf(description);
    if (last === undefined || change.namespace !== last.namespace || change.uuid !== last.uuid) {
      place = places.get(change.namespace) ?? -1;
      // A name may change its collection within one write (drop and create).
      if (place < 0 || (sources[place]!['uuid'] as Binary).buffer !== change.uuid) {
        place = sources.push({ namespace: change.namespace, uuid: new Binary(change.uuid, Binary.SUBTYPE_UUID) }) - 1;
        places.set(change.namespace, place);
      }
    }
    last = change;
    sourceOf[k] = place;
  }
  const head = encode({
    wallTime,
    sources,
    session: session === undefined ? undefined : { lsid: session.lsid, txnNumber: session.txnNumber },
  });
  const value = Buffer.allocUnsafe(bytes + head.length);
  value.set(head, 0);
  let at = value.writeUInt32LE(changes.length, head.length);
  for (let k = 0; k < changes.length; k++) {
    const { operation, after, before } = changes[k]!;
    const description = descriptions[k];
    at = value.writeUInt16LE(operations.indexOf(operation), at);
    at = value.writeUInt16LE(sourceOf[k]!, at);
    at = value.writeUInt32LE(bytesOf(after), at);
    at = value.writeUInt32LE(bytesOf(before), at);
    at = value.writeUInt32LE(bytesOf(description), at);
    at = putPart(value, after, at);
    at = putPart(value, before, at);
    at = putPart(value, description, at);
  }
  return value;
}

function bytesOf(part: Uint8Array | undefined): number {
  return part === undefined ? 0 : part.length;
}

function putPart(value: Buffer, part: Uint8Array | undefined, at: number): number {
  if (part === undefined) return at;
  value.set(part, at);
  return at + part.length;
}

function decodeEntry(
  key: Buffer,
  value: Buffer,
  position: { readonly clusterTime: Timestamp; readonly index: number },
  limit: number,
  out: LoggedChange[],
): void {
  const seconds = key.readUInt32BE(0);
  const increment = key.readUInt32BE(4);
  const order = key.readUInt32BE(8);
  const haveOwnTimes = order >= OWN_TIMES;
  const head = decode(value);
  const sources = head['sources'] as Document[];
  const session = head['session'] as unknown as LoggedChange['session'];
  let at = value.readInt32LE(0);
  const count = value.readUInt32LE(at);
  at += 4;
  for (let k = 0; k < count && out.length < limit; k++) {
    const operation = operations[value.readUInt16LE(at)]!;
    const source = sources[value.readUInt16LE(at + 2)]!;
    const lengths = [value.readUInt32LE(at + 4), value.readUInt32LE(at + 8), value.readUInt32LE(at + 12)];
    at += CHANGE_HEAD_BYTES;
    const parts = lengths.map((length) => {
      if (length === 0) return undefined;
      const part = value.subarray(at, at + length);
      at += length;
      return part;
    });
    const clusterTime = new Timestamp({ t: seconds, i: haveOwnTimes ? increment + k : increment });
    const index = haveOwnTimes ? 0 : order + k;
    const difference = clusterTime.compare(position.clusterTime);
    if (difference < 0 || (difference === 0 && index <= position.index)) continue;
    const [afterImage, beforeImage, description] = parts;
    out.push({
      clusterTime,
      index,
      wallTime: head['wallTime'] as Date,
      operation,
      namespace: source['namespace'] as string,
      uuid: (source['uuid'] as Binary).buffer,
      ...(afterImage === undefined ? {} : { after: afterImage }),
      ...(beforeImage === undefined ? {} : { before: beforeImage }),
      ...(description === undefined ? {} : { description: decode(description) }),
      ...(session === undefined ? {} : { session }),
    });
  }
}
