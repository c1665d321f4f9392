import { decode, decodeFields } from '../../bson/codec.ts';
import type { Document } from '../../bson/values.ts';
import { BREATHE, LARGE_BYTES, PACE_ROWS, type Row, type RowFilter, type Rows, type Run, Stage } from '../rows.ts';

/** Reads every document of the collection, in order of insertion or the other way round. */
export class CollectionScan extends Stage {
  readonly name = 'COLLSCAN';
  readonly #filter: RowFilter | null;
  readonly #filterDocument: Document;
  readonly #reverse: boolean;
  readonly #fields: ReadonlySet<string> | 'all' | null;

  /** `fields` are decoded into `row.document`; null decodes nothing. */
  constructor(options: {
    filter: RowFilter | null;
    filterDocument: Document;
    reverse?: boolean;
    fields: ReadonlySet<string> | 'all' | null;
  }) {
    super([]);
    this.#filter = options.filter;
    this.#filterDocument = options.filterDocument;
    this.#reverse = options.reverse ?? false;
    this.#fields = options.fields;
  }

  *rows(run: Run): Rows {
    const { counters } = this;
    const filter = this.#filter;
    const fields = this.#fields;
    let sinceLook = 0;
    for (const { recordId, raw } of run.collection.scan({ reverse: this.#reverse })) {
      counters.docsExamined += 1;
      sinceLook += 1;
      if (sinceLook >= PACE_ROWS || raw.length >= LARGE_BYTES) {
        sinceLook = 0;
        if (run.due()) yield BREATHE;
      }
      const document = fields === null ? undefined : fields === 'all' ? decode(raw) : decodeFields(raw, fields);
      if (filter !== null && !filter.matches(document as Document)) continue;
      counters.advanced += 1;
      const row: Row = { recordId, raw, document };
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return {
      ...(this.#filter === null ? {} : { filter: this.#filterDocument }),
      direction: this.#reverse ? 'backward' : 'forward',
    };
  }

  override describeExecution(): Document {
    return { docsExamined: this.counters.docsExamined };
  }
}
