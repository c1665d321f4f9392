/** A result under way: rows that are handed out batch by batch. */
import type { RawDocument } from '../bson/values.ts';
import type { Operation } from '../commands/operation.ts';
import { MongoError } from '../errors.ts';
import { DOCUMENT_BYTES_MAX } from '../wire/elements.ts';
import { RawBatch } from '../wire/reply.ts';

/** MongoDB's first batch of a find or aggregate has this many documents unless the client says otherwise. */
export const FIRST_BATCH_DOCUMENTS = 101;

/** How long a getMore of a tailable cursor waits for the first row when it does not say. */
export const AWAIT_MS_DEFAULT = 1000;

/** Where a cursor's rows come from. */
export interface RowSource {
  /**
   * Adds rows to the batch until `full(bytes of the next row)` or the end. Resolves to whether more may follow.
   * Runs in slices of `operation`.
   */
  fill(batch: RawBatch, limit: BatchLimit, operation: Operation, awaitMs: number): Promise<'more' | 'end'>;
  /** Frees what it holds. Called exactly once. */
  close(): void;
  readonly isChangeStream?: boolean;
  /** Extra fields of the cursor's reply, such as `postBatchResumeToken`. */
  replyFields?(): Record<string, unknown>;
}

/** How much goes into one batch. */
export class BatchLimit {
  readonly documents: number;

  constructor(documents: number) {
    this.documents = documents;
  }

  /** Whether a row of this size still fits. The first row always does. */
  fits(batch: RawBatch, raw: RawDocument): boolean {
    if (batch.count >= this.documents) return false;
    return batch.count === 0 || batch.byteLength + raw.length + 16 <= DOCUMENT_BYTES_MAX;
  }
}

export interface ServerCursorOptions {
  readonly namespace: string;
  readonly source: RowSource;
  readonly lsidKey?: string | undefined;
  readonly tailable?: boolean;
  readonly awaitData?: boolean;
  readonly noTimeout?: boolean;
  readonly transactionNumber?: bigint | undefined;
  /** The command that opened it, for currentOp. */
  readonly originatingCommand?: unknown;
}

export class ServerCursor {
  id = 0n;
  lastUsedMs = Date.now();
  inUse = false;
  readonly namespace: string;
  readonly lsidKey: string | undefined;
  readonly tailable: boolean;
  readonly awaitData: boolean;
  readonly noTimeout: boolean;
  readonly transactionNumber: bigint | undefined;
  readonly originatingCommand: unknown;
  readonly source: RowSource;
  #closed = false;
  #operation: Operation | undefined;

  constructor(options: ServerCursorOptions) {
    this.namespace = options.namespace;
    this.source = options.source;
    this.lsidKey = options.lsidKey;
    this.tailable = options.tailable ?? false;
    this.awaitData = options.awaitData ?? false;
    this.noTimeout = options.noTimeout ?? false;
    this.transactionNumber = options.transactionNumber;
    this.originatingCommand = options.originatingCommand;
  }

  get isChangeStream(): boolean {
    return this.source.isChangeStream === true;
  }

  /** Fills one batch. */
  async next(
    documents: number,
    operation: Operation,
    awaitMs: number,
  ): Promise<{ batch: RawBatch; state: 'more' | 'end' }> {
    if (this.inUse) throw new MongoError('CursorInUse', `cursor id ${this.id} is already in use`);
    this.inUse = true;
    this.#operation = operation;
    const batch = new RawBatch();
    try {
      const state = await this.source.fill(batch, new BatchLimit(documents), operation, awaitMs);
      return { batch, state };
    } finally {
      this.inUse = false;
      this.#operation = undefined;
      this.lastUsedMs = Date.now();
      if (this.#closed) this.source.close();
    }
  }

  /** Stops what runs on it and closes it; the source is freed once nobody uses it. */
  kill(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.inUse) {
      this.#operation?.stop(new MongoError('CursorKilled', 'cursor was killed'));
    } else {
      this.source.close();
    }
  }
}
