import type { Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { SortKey } from '../../query/sort.ts';
import { insertOrdered } from '../accumulators/group-accumulators.ts';
import { isDocument } from '../documents.ts';
import { compileOrder } from '../expressions/order.ts';
import { MemoryMeter } from './memory.ts';
import { type StageContext, type StageDefinition, type StageRun, union } from './stage.ts';

export const sort: StageDefinition = {
  summary: 'Orders the documents; equal ones stay in the order in which they came. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(15973, 'the $sort key specification must be an object');
    }
    return compileSortStage(argument, undefined, context);
  },
};

interface Row {
  readonly key: SortKey;
  readonly document: Document;
  readonly sequence: number;
}

/** `$sort`, or `$sort` with the `$limit` behind it, which then holds no more than that many documents. */
export function compileSortStage(spec: Document, limit: number | undefined, context: StageContext): StageRun {
  const { keyOf, compareKeys, fields } = compileOrder(spec, context.scope);
  const inOrder = (left: Row, right: Row) => compareKeys(left.key, right.key) || left.sequence - right.sequence;
  return {
    blocking: true,
    needs: (after) => union(after, fields),
    keeps: limit === undefined ? () => true : () => false,
    *run(input) {
      const memory = new MemoryMeter('$sort', context);
      let rows: Row[] = [];
      let sequence = 0;
      // Up to here, one sort at the end of each batch costs less than keeping the best in order all the time.
      const batch = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(limit * 2, limit + 1024);
      for (const document of input) {
        memory.tick();
        const row = { key: keyOf(document), document, sequence: sequence++ };
        if (limit !== undefined && limit <= 64) {
          insertOrdered(rows, row, limit, inOrder);
          continue;
        }
        rows.push(row);
        memory.add(document);
        if (rows.length >= batch) {
          rows = rows.sort(inOrder).slice(0, limit);
          memory.release();
        }
      }
      rows.sort(inOrder);
      const count = Math.min(rows.length, limit ?? rows.length);
      for (let index = 0; index < count; index++) yield rows[index]!.document;
    },
  };
}
