/** The rows of a tailable cursor: a capped collection in order of insertion, and whatever is inserted later. */
import { decode, encode } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import type { Operation } from '../commands/operation.ts';
import { MongoError } from '../errors.ts';
import type { RecordId, Storage } from '../storage/storage.ts';
import type { RawBatch } from '../wire/reply.ts';
import type { BatchLimit, RowSource } from './cursor.ts';

export interface TailableOptions {
  readonly storage: Storage;
  readonly namespace: string;
  /** At most this many rows in all. */
  readonly limit: number;
  matches(document: Document): boolean;
  /** Null for whole documents. */
  readonly project: ((document: Document) => Document) | null;
}

export class TailableSource implements RowSource {
  readonly #options: TailableOptions;
  #after: RecordId = 0;
  #left: number;
  #uuid: Uint8Array | undefined;

  constructor(options: TailableOptions) {
    this.#options = options;
    this.#left = options.limit;
  }

  async fill(batch: RawBatch, limit: BatchLimit, operation: Operation, awaitMs: number): Promise<'more' | 'end'> {
    const deadline = performance.now() + awaitMs;
    for (;;) {
      this.#readNew(batch, limit);
      const left = deadline - performance.now();
      if (this.#left <= 0) return 'end';
      if (batch.count > 0 || left <= 0) return 'more';
      await operation.waitFor((wake) => this.#options.storage.changeLog.onCommit(wake), left);
    }
  }

  close(): void {}

  #readNew(batch: RawBatch, limit: BatchLimit): void {
    const { storage, namespace, matches, project } = this.#options;
    using snapshot = storage.snapshot();
    const collection = snapshot.collection(namespace);
    this.#uuid ??= collection?.info.uuid;
    if (collection === null || Buffer.compare(collection.info.uuid, this.#uuid as Uint8Array) !== 0) {
      throw new MongoError('QueryPlanKilled', `collection dropped. UUID of ${namespace} is no longer valid`);
    }
    for (const { recordId, raw } of collection.scan({ after: this.#after })) {
      const document = decode(raw);
      if (matches(document)) {
        const row: RawDocument = project === null ? raw : encode(project(document));
        if (!limit.fits(batch, row)) return;
        batch.add(row);
        this.#left -= 1;
      }
      this.#after = recordId;
      if (this.#left <= 0) return;
    }
  }
}
