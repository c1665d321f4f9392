/** A cursor's rows from a plan of the planner. */

import type { RawDocument } from '../bson/values.ts';
import type { Operation } from '../commands/operation.ts';
import type { Plan } from '../planner/plan.ts';
import { BREATHE, type Rows } from '../planner/rows.ts';
import type { ReadView } from '../sessions/views.ts';
import { SeatedWork } from '../spill/seats.ts';
import type { WorkSpace } from '../spill/work-space.ts';
import type { CollectionReader } from '../storage/storage.ts';
import type { RawBatch } from '../wire/reply.ts';
import type { BatchLimit, RowSource } from './cursor.ts';

export class PlanSource implements RowSource {
  readonly #view: ReadView;
  readonly #rows: Rows;
  readonly #work: WorkSpace;
  #operation: Operation | undefined;
  #left: number;
  /** A row that did not fit into the batch before. */
  #held: RawDocument | undefined;

  /** Takes over the view and releases it in the end. */
  constructor(plan: Plan, collection: CollectionReader, view: ReadView, work: WorkSpace) {
    this.#view = view;
    this.#work = work;
    this.#left = plan.limit > 0 ? plan.limit : Number.POSITIVE_INFINITY;
    this.#rows = plan.root.rows({ collection, due: () => this.#operation?.due() ?? false, work });
  }

  async fill(batch: RawBatch, limit: BatchLimit, operation: Operation): Promise<'more' | 'end'> {
    this.#operation = operation;
    const seated = new SeatedWork(this.#work, operation);
    try {
      return await this.#fill(batch, limit, seated);
    } finally {
      seated.end();
    }
  }

  async #fill(batch: RawBatch, limit: BatchLimit, seated: SeatedWork): Promise<'more' | 'end'> {
    if (this.#held !== undefined) {
      batch.add(this.#held);
      this.#held = undefined;
      this.#left -= 1;
    }
    while (batch.count < limit.documents && this.#left > 0) {
      const step = this.#rows.next();
      if (step.done === true) return 'end';
      if (step.value === BREATHE) {
        await seated.breathe();
        continue;
      }
      const raw = step.value.raw as RawDocument;
      if (!limit.fits(batch, raw)) {
        this.#held = Uint8Array.prototype.slice.call(raw);
        return 'more';
      }
      batch.add(raw);
      this.#left -= 1;
    }
    return this.#left > 0 ? 'more' : 'end';
  }

  close(): void {
    this.#rows.return();
    this.#view.release();
  }
}
