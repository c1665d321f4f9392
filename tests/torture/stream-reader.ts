/** Follows the change stream of the database over any number of server lives, each time from where the last one ended. */
import type { ChangeStream, ChangeStreamDocument, Db, ResumeToken, Timestamp } from 'mongodb';
import { MARKER_COLLECTION } from './observe.ts';
import { Replay, type StreamEvent } from './replay.ts';

const CATCH_UP_MS_MAX = 20_000;

export class StreamReader {
  readonly replay = new Replay();
  readonly tokens: string[] = [];
  /** What a server said that must not be said to a reader (not: that the connection was lost). */
  readonly violations: string[] = [];
  readonly #start: Timestamp;
  readonly #markers = new Set<string>();
  #token: ResumeToken | undefined;
  #stream: ChangeStream | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(start: Timestamp) {
    this.#start = start;
  }

  /** `isAlive`: whether the server is one that nobody has killed, so that an error is its own. */
  follow(db: Db, isAlive: () => boolean): void {
    const stream = db.watch([], {
      ...(this.#token === undefined ? { startAtOperationTime: this.#start } : { resumeAfter: this.#token }),
      fullDocument: 'whenAvailable',
      fullDocumentBeforeChange: 'whenAvailable',
      maxAwaitTimeMS: 200,
    });
    this.#stream = stream;
    this.#reading = this.#read(stream, isAlive);
  }

  async #read(stream: ChangeStream, isAlive: () => boolean): Promise<void> {
    try {
      for await (const event of stream) this.#take(event);
    } catch (error) {
      if (isAlive() && this.#stream === stream)
        this.violations.push(`a change stream ended: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(event: ChangeStreamDocument): void {
    this.#token = event._id;
    const plain = event as unknown as StreamEvent;
    if (plain.ns?.coll === MARKER_COLLECTION) {
      if (plain.operationType === 'insert') this.#markers.add(plain.documentKey!._id);
      return;
    }
    this.tokens.push(plain._id._data);
    this.replay.take(plain);
  }

  async leave(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.close().catch(() => {});
    await this.#reading;
  }

  /** Waits until everything that was committed before this call has come by. False when it does not come. */
  async catchUp(db: Db, marker: string): Promise<boolean> {
    await db.collection<{ _id: string }>(MARKER_COLLECTION).insertOne({ _id: marker });
    const until = performance.now() + CATCH_UP_MS_MAX;
    while (!this.#markers.has(marker)) {
      if (performance.now() > until || this.violations.length > 0) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
  }
}
