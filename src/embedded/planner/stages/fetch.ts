import { decode, decodeFields } from '../../bson/codec.ts';
import type { Document } from '../../bson/values.ts';
import { BREATHE, LARGE_BYTES, type RowFilter, type Rows, type Run, Stage } from '../rows.ts';

/** Reads the document of each record id, and keeps those that match what the index could not answer. */
export class Fetch extends Stage {
  readonly name = 'FETCH';
  readonly #filter: RowFilter | null;
  readonly #filterDocument: Document;
  readonly #fields: ReadonlySet<string> | 'all' | null;

  constructor(
    input: Stage,
    options: { filter: RowFilter | null; filterDocument: Document; fields: ReadonlySet<string> | 'all' | null },
  ) {
    super([input]);
    this.#filter = options.filter;
    this.#filterDocument = options.filterDocument;
    this.#fields = options.fields;
  }

  *rows(run: Run): Rows {
    const { counters } = this;
    const filter = this.#filter;
    const fields = this.#fields;
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) {
        yield row;
        continue;
      }
      const raw = run.collection.get(row.recordId);
      if (raw === undefined) continue;
      counters.docsExamined += 1;
      if (raw.length >= LARGE_BYTES && run.due()) yield BREATHE;
      row.raw = raw;
      if (fields !== null) row.document = fields === 'all' ? decode(raw) : decodeFields(raw, fields);
      if (filter !== null && !filter.matches(row.document as Document)) continue;
      counters.advanced += 1;
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return this.#filter === null ? {} : { filter: this.#filterDocument };
  }

  override describeExecution(): Document {
    return { docsExamined: this.counters.docsExamined, alreadyHasObj: 0 };
  }
}
