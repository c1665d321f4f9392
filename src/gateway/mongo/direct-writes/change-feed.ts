/** A change stream as bunches: what has come since the last one was taken. Stops reading when nobody takes. */
import type { ChangeStream, ChangeStreamDocument, Db } from 'mongodb';
import { timestampOf } from '../timestamps.ts';
import { type StreamPosition, watchedCollections } from './events.ts';

const WAITING_MAX = 2_000;
const CURSOR_BATCH = 1_000;

export class ChangeFeed implements AsyncDisposable {
  readonly #stream: ChangeStream;
  readonly #pump: Promise<void>;
  #waiting: ChangeStreamDocument[] = [];
  #failure: Error | null = null;
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(db: Db, after: StreamPosition) {
    const ends = { operationType: { $in: ['dropDatabase', 'invalidate'] } };
    this.#stream = db.watch(
      [
        { $match: { $or: [{ 'ns.coll': { $in: [...watchedCollections] } }, ends] } },
        { $changeStreamSplitLargeEvent: {} },
      ],
      {
        ...(after.resumeToken === null
          ? { startAtOperationTime: timestampOf(after.time) }
          : { startAfter: { _data: after.resumeToken } }),
        fullDocument: 'whenAvailable',
        fullDocumentBeforeChange: 'whenAvailable',
        maxAwaitTimeMS: 1_000,
        batchSize: CURSOR_BATCH,
      },
    );
    this.#pump = this.#run();
  }

  /** What is at hand, at most `countMax`; waits `waitMs` for it at most. Throws what ended the stream, once all is taken. */
  async take(countMax: number, waitMs: number): Promise<ChangeStreamDocument[]> {
    if (this.#waiting.length === 0 && this.#failure === null) await this.#changed(waitMs);
    if (this.#waiting.length === 0 && this.#failure !== null) throw this.#failure;
    const taken = this.#waiting.slice(0, countMax);
    this.#waiting = this.#waiting.slice(countMax);
    if (taken.length > 0) this.#wake();
    return taken;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#stream.close().catch(() => undefined);
    await this.#pump;
  }

  async #run(): Promise<void> {
    try {
      for await (const event of this.#stream) {
        this.#waiting.push(event as ChangeStreamDocument);
        this.#wake();
        while (this.#waiting.length >= WAITING_MAX && !this.#isClosed) await this.#changed(60_000);
        if (this.#isClosed) return;
      }
      this.#failure = new Error('the change stream ended');
    } catch (error) {
      this.#failure = error as Error;
    }
    this.#wake();
  }

  /** Resolves at the next change of what waits, whichever end made it. */
  #changed(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      const timer = setTimeout(done, waitMs);
      function done() {
        clearTimeout(timer);
        resolve();
      }
      this.#wake = () => {
        this.#wake = () => undefined;
        others();
        done();
      };
    });
  }
}
