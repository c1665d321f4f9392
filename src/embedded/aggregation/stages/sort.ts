import type { Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { SortKey } from '../../query/sort.ts';
import { insertOrdered } from '../accumulators/group-accumulators.ts';
import { isDocument } from '../documents.ts';
import { compileOrder } from '../expressions/order.ts';
import type { Scope } from '../expressions/scope.ts';
import { MemoryMeter } from './memory.ts';
import { type Collector, type StageContext, type StageDefinition, type StageRun, union } from './stage.ts';

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
      const collector = collect();
      for (const document of input) collector.add(document);
      yield* collector.finish();
    },
    collect,
  };

  function collect(): Collector {
    const memory = new MemoryMeter('$sort', context);
    let rows: Row[] = [];
    let sequence = 0;
    // Up to here, one sort at the end of each batch costs less than keeping the best in order all the time.
    const batch = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(limit * 2, limit + 1024);
    return {
      add(document) {
        memory.tick();
        const row = { key: keyOf(document), document, sequence: sequence++ };
        if (limit !== undefined && limit <= 64) {
          insertOrdered(rows, row, limit, inOrder);
          return;
        }
        rows.push(row);
        memory.add(document);
        if (rows.length >= batch) {
          rows = rows.sort(inOrder).slice(0, limit);
          memory.release();
        }
      },
      *finish() {
        const ordered = limit === undefined ? sorted(rows, directions, inOrder, context.scope) : rows.sort(inOrder);
        const count = Math.min(ordered.length, limit ?? ordered.length);
        for (let index = 0; index < count; index++) yield ordered[index]!.document;
      },
    };
  }
}

const surrogates = /[\ud800-\udfff]/;

/**
 * All rows in order. Where every key of every column is a plain number, or every one a string without surrogates,
 * JavaScript's own order is MongoDB's: strings give way to their ranks, and positions are sorted by columns of numbers,
 * which is several times faster than comparing values of any type.
 */
function sorted(
  rows: readonly Row[],
  directions: readonly number[],
  inOrder: (left: Row, right: Row) => number,
  scope: Scope,
): readonly Row[] {
  const columns: Float64Array[] = [];
  for (let column = 0; column < directions.length; column++) {
    const numbers = numbersOf(rows, column, scope);
    if (numbers === undefined) return rows.toSorted(inOrder);
    if (directions[column] === -1) for (let row = 0; row < numbers.length; row++) numbers[row] = -numbers[row]!;
    columns.push(numbers);
  }
  const positions = Uint32Array.from(rows, (_, row) => row);
  positions.sort((left, right) => {
    for (const column of columns) {
      const first = column[left]!;
      const second = column[right]!;
      if (first !== second) return first < second ? -1 : 1;
    }
    return left - right;
  });
  return Array.from(positions, (row) => rows[row]!);
}

/** Numbers that order a column of keys as its values do; undefined where the column isn't plain. */
function numbersOf(rows: readonly Row[], column: number, scope: Scope): Float64Array | undefined {
  const numbers = new Float64Array(rows.length);
  if (typeof rows[0]?.key[column] === 'number') {
    for (let row = 0; row < rows.length; row++) {
      const value = rows[row]!.key[column];
      if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
      numbers[row] = value;
    }
    return numbers;
  }
  if (scope.shared.collation !== null) return undefined;
  const ranks = new Map<string, number>();
  for (const { key } of rows) {
    const value = key[column];
    if (typeof value !== 'string') return undefined;
    if (ranks.has(value)) continue;
    if (surrogates.test(value)) return undefined;
    ranks.set(value, 0);
  }
  for (const [rank, text] of [...ranks.keys()].sort().entries()) ranks.set(text, rank);
  for (let row = 0; row < rows.length; row++) numbers[row] = ranks.get(rows[row]!.key[column] as string)!;
  return numbers;
}
