import type { Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { SortKey } from '../../query/sort.ts';
import { insertOrdered } from '../accumulators/group-accumulators.ts';
import { isDocument } from '../documents.ts';
import { compileOrder } from '../expressions/order.ts';
import type { Scope } from '../expressions/scope.ts';
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
  const { keyOf, compareKeys, fields, parts } = compileOrder(spec, context.scope);
  const directions = parts.map(({ direction }) => direction);
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
      rows.sort(limit === undefined ? quickOrder(rows, directions, inOrder, context.scope) : inOrder);
      const count = Math.min(rows.length, limit ?? rows.length);
      for (let index = 0; index < count; index++) yield rows[index]!.document;
    },
  };
}

const surrogates = /[\ud800-\udfff]/;

/**
 * Where every key of every column is a plain number, or every one a string without surrogates, JavaScript's own
 * comparison has MongoDB's order and is several times faster. Rows sort stably as they stand in sequence.
 */
function quickOrder(
  rows: readonly Row[],
  directions: readonly number[],
  otherwise: (left: Row, right: Row) => number,
  scope: Scope,
): (left: Row, right: Row) => number {
  for (let column = 0; column < directions.length; column++) {
    const type = typeof rows[0]?.key[column];
    const plain = rows.every(({ key }) => {
      const value = key[column];
      if (typeof value === 'number') return type === 'number' && !Number.isNaN(value);
      return (
        type === 'string' && typeof value === 'string' && scope.shared.collation === null && !surrogates.test(value)
      );
    });
    if (!plain) return otherwise;
  }
  return (left, right) => {
    for (let column = 0; column < directions.length; column++) {
      const first = left.key[column] as string;
      const second = right.key[column] as string;
      if (first !== second) return first < second ? -directions[column]! : directions[column]!;
    }
    return 0;
  };
}
