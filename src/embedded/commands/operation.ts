/**
 * One command at work. Long work runs in slices: it asks `due()` as it goes and, when its slice is over, awaits
 * `breathe()`, which lets every other connection have its turn and then throws if this operation was killed, ran out of
 * time or lost its client.
 */
import { MongoError } from '../errors.ts';
import { beginStroke } from '../stroke.ts';

/** Long enough that switching costs nothing, short enough that two hundred clients stay responsive. */
const SLICE_MS = 8;

export class Operation {
  readonly opId: number;
  readonly connectionId: number;
  readonly startedAt = Date.now();
  command = '';
  namespace = '';
  /** What currentOp shows. */
  details: unknown = undefined;
  lsidKey: string | undefined;
  cursorId: bigint | undefined;
  #deadline = Number.POSITIVE_INFINITY;
  #sliceEnd: number;
  #stopped: MongoError | undefined;
  readonly #onStop = new Set<() => void>();

  constructor(opId: number, connectionId: number) {
    this.opId = opId;
    this.connectionId = connectionId;
    this.#sliceEnd = performance.now() + SLICE_MS;
    beginStroke();
  }

  /** The command may run this long from now; 0 is without limit. */
  limitTo(milliseconds: number): void {
    this.#deadline = milliseconds > 0 ? performance.now() + milliseconds : Number.POSITIVE_INFINITY;
  }

  get remainingMs(): number {
    return this.#deadline - performance.now();
  }

  stop(error: MongoError): void {
    this.#stopped ??= error;
    for (const listener of [...this.#onStop]) listener();
  }

  onStop(listener: () => void): () => void {
    this.#onStop.add(listener);
    return () => this.#onStop.delete(listener);
  }

  /** Whether the slice is over. Cheap, but not free: ask every few dozen rows. */
  due(): boolean {
    return performance.now() > this.#sliceEnd;
  }

  /** Throws when the operation must not go on. */
  check(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (performance.now() > this.#deadline) throw new MongoError('MaxTimeMSExpired', 'operation exceeded time limit');
  }

  async breathe(): Promise<void> {
    this.check();
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.check();
    this.#sliceEnd = performance.now() + SLICE_MS;
    beginStroke();
  }

  /** Waits until `wake` calls back, the time is over, or the operation stops. Resolves to whether it was woken. */
  async waitFor(subscribe: (wake: () => void) => () => void, milliseconds: number): Promise<boolean> {
    this.check();
    const woken = await new Promise<boolean>((resolve) => {
      const limit = Math.max(0, Math.min(milliseconds, this.remainingMs));
      const finish = (result: boolean) => {
        clearTimeout(timer);
        unsubscribe();
        forget();
        resolve(result);
      };
      const timer = setTimeout(() => finish(false), Math.min(limit, 2 ** 31 - 1));
      const unsubscribe = subscribe(() => finish(true));
      const forget = this.onStop(() => finish(false));
    });
    this.check();
    return woken;
  }
}

/** All operations that run now, for currentOp and killOp. */
export class Operations {
  readonly #running = new Map<number, Operation>();
  #opIdLast = 0;

  start(connectionId: number): Operation {
    this.#opIdLast += 1;
    const operation = new Operation(this.#opIdLast, connectionId);
    this.#running.set(operation.opId, operation);
    return operation;
  }

  finish(operation: Operation): void {
    this.#running.delete(operation.opId);
  }

  all(): Operation[] {
    return [...this.#running.values()];
  }

  kill(opId: number): boolean {
    const operation = this.#running.get(opId);
    operation?.stop(new MongoError('Interrupted', 'operation was interrupted'));
    return operation !== undefined;
  }
}
