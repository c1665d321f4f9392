/** The cursors that clients hold open, by id. Idle ones are closed after `cursorTimeoutMillis`, as MongoDB does. */
import { randomBytes } from 'node:crypto';
import { MongoError } from '../errors.ts';
import type { ServerCursor } from './cursor.ts';

const STREAMS_REMEMBERED = 1000;
/** MongoDB's default for `clientCursorMonitorFrequencySecs`. */
const SWEEP_MS = 4 * 1000;

export class CursorRegistry {
  readonly #cursors = new Map<bigint, ServerCursor>();
  readonly #sweeper: NodeJS.Timeout;
  readonly #lastStreams = new Set<bigint>();
  readonly #idleMs: () => number;
  #timedOut = 0;

  /** How long a cursor may be idle: the parameter `cursorTimeoutMillis`. */
  constructor(idleMs: () => number) {
    this.#idleMs = idleMs;
    this.#sweeper = setInterval(() => this.#closeIdle(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Keeps the cursor and gives it its id. */
  add(cursor: ServerCursor): bigint {
    let id = 0n;
    while (id <= 0n || this.#cursors.has(id)) id = randomBytes(8).readBigInt64LE() & 0x7fffffffffffffffn;
    cursor.id = id;
    cursor.lastUsedMs = Date.now();
    this.#cursors.set(id, cursor);
    return id;
  }

  get(id: bigint): ServerCursor {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) throw new MongoError('CursorNotFound', `cursor id ${id} not found`);
    return cursor;
  }

  has(id: bigint): boolean {
    return this.#cursors.has(id);
  }

  /** Whether it follows the change log: its faults tell the driver whether to resume. */
  isChangeStream(id: bigint): boolean {
    return this.#cursors.get(id)?.isChangeStream ?? this.#lastStreams.has(id);
  }

  /** Closes and forgets the cursor; false where there was none. */
  kill(id: bigint): boolean {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) return false;
    this.#cursors.delete(id);
    if (cursor.isChangeStream) this.#rememberStream(id);
    cursor.kill();
    return true;
  }

  killWhere(condition: (cursor: ServerCursor) => boolean): void {
    for (const [id, cursor] of this.#cursors) if (condition(cursor)) this.kill(id);
  }

  all(): ServerCursor[] {
    return [...this.#cursors.values()];
  }

  get timedOut(): number {
    return this.#timedOut;
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.killWhere(() => true);
  }

  /** A fault closes its cursor before the reply is labelled. */
  #rememberStream(id: bigint): void {
    this.#lastStreams.add(id);
    if (this.#lastStreams.size > STREAMS_REMEMBERED) {
      const [oldest] = this.#lastStreams;
      if (oldest !== undefined) this.#lastStreams.delete(oldest);
    }
  }

  #closeIdle(): void {
    const oldest = Date.now() - this.#idleMs();
    this.killWhere((cursor) => {
      const idle = !cursor.inUse && !cursor.noTimeout && cursor.lastUsedMs < oldest;
      if (idle) this.#timedOut += 1;
      return idle;
    });
  }
}
