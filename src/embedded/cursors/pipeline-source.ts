/** A cursor's rows from an aggregation pipeline. */
import { encodeResult } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import type { Operation } from '../commands/operation.ts';
import type { Turn } from '../commands/turn.ts';
import { BREATHE, type Breathe, LARGE_BYTES } from '../planner/rows.ts';
import type { ReadView } from '../sessions/views.ts';
import { SeatedWork } from '../spill/seats.ts';
import type { RawBatch } from '../wire/reply.ts';
import type { BatchLimit, RowSource } from './cursor.ts';

export class PipelineRowSource implements RowSource {
  readonly #view: ReadView;
  readonly #turn: Turn;
  readonly #documents: Iterator<Document | Breathe>;
  #held: RawDocument | undefined;

  /** Takes over the view and releases it in the end. `turn` is what the pipeline asks for the time. */
  constructor(documents: Iterable<Document | Breathe>, view: ReadView, turn: Turn) {
    this.#view = view;
    this.#turn = turn;
    this.#documents = documents[Symbol.iterator]();
  }

  async fill(batch: RawBatch, limit: BatchLimit, operation: Operation): Promise<'more' | 'end'> {
    this.#turn.operation = operation;
    const seated = new SeatedWork(this.#turn.work, operation);
    try {
      return await this.#fill(batch, limit, operation, seated);
    } finally {
      seated.end();
    }
  }

  async #fill(batch: RawBatch, limit: BatchLimit, operation: Operation, seated: SeatedWork): Promise<'more' | 'end'> {
    if (this.#held !== undefined) {
      batch.add(this.#held);
      this.#held = undefined;
    }
    while (batch.count < limit.documents) {
      const step = this.#documents.next();
      if (step.done === true) return 'end';
      if (step.value === BREATHE) {
        await seated.breathe();
        continue;
      }
      const raw = encodeResult(step.value);
      if (!limit.fits(batch, raw)) {
        this.#held = raw;
        return 'more';
      }
      batch.add(raw);
      if (((batch.count & 31) === 0 || raw.length >= LARGE_BYTES) && operation.due()) await operation.breathe();
    }
    return 'more';
  }

  close(): void {
    this.#documents.return?.();
    this.#view.release();
  }
}
