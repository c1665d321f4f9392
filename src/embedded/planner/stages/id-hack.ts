import type { BsonValue, Document } from '../../bson/values.ts';
import { type Rows, type Run, Stage } from '../rows.ts';

/** One document by its `_id`, index and document in one step. */
export class IdHack extends Stage {
  readonly name = 'EXPRESS_IXSCAN';
  readonly #id: BsonValue;

  constructor(id: BsonValue) {
    super([]);
    this.#id = id;
  }

  *rows(run: Run): Rows {
    const recordId = run.collection.findById(this.#id);
    const raw = recordId === undefined ? undefined : run.collection.get(recordId);
    if (recordId !== undefined && raw !== undefined) {
      this.counters.keysExamined += 1;
      this.counters.docsExamined += 1;
      this.counters.advanced += 1;
      yield { recordId, raw, document: undefined };
    }
    this.finished = true;
  }

  describe(): Document {
    return { keyPattern: '{ _id: 1 }', indexName: '_id_' };
  }

  override describeExecution(): Document {
    return { keysExamined: this.counters.keysExamined, docsExamined: this.counters.docsExamined };
  }
}
