import type { SortKey } from '../query/sort.ts';

/** A row, what it is sorted by, and what it weighs. */
export interface Keyed<Row> {
  readonly key: SortKey;
  readonly row: Row;
  readonly bytes: number;
}

export interface Order {
  readonly directions: readonly (1 | -1)[];
  /** Strings compare by code points: no collation. */
  readonly plainStrings: boolean;
  compareKeys(left: SortKey, right: SortKey): number;
}

const surrogates = /[\ud800-\udfff]/;

/**
 * All rows in order, equal ones as they came. Where every key of every column is a plain number, or every one a string
 * without surrogates, JavaScript's own order is MongoDB's: strings give way to their ranks, and positions are sorted by
 * columns of numbers, which is several times faster than comparing values of any type.
 */
export function inOrder<Row>(rows: readonly Keyed<Row>[], order: Order): Keyed<Row>[] {
  const columns: Float64Array[] = [];
  for (let column = 0; column < order.directions.length; column++) {
    const numbers = numbersOf(rows, column, order.plainStrings);
    if (numbers === undefined) return rows.toSorted((left, right) => order.compareKeys(left.key, right.key));
    if (order.directions[column] === -1) {
      for (let row = 0; row < numbers.length; row++) numbers[row] = -(numbers[row] as number);
    }
    columns.push(numbers);
  }
  const positions = Uint32Array.from(rows, (_, row) => row);
  positions.sort((left, right) => {
    for (const column of columns) {
      const first = column[left] as number;
      const second = column[right] as number;
      if (first !== second) return first < second ? -1 : 1;
    }
    return left - right;
  });
  return Array.from(positions, (row) => rows[row] as Keyed<Row>);
}

/** Numbers that order a column of keys as its values do; undefined where the column isn't plain. */
function numbersOf<Row>(
  rows: readonly Keyed<Row>[],
  column: number,
  plainStrings: boolean,
): Float64Array<ArrayBuffer> | undefined {
  const numbers = new Float64Array(rows.length);
  if (typeof rows[0]?.key[column] === 'number') {
    for (let row = 0; row < rows.length; row++) {
      const value = rows[row]?.key[column];
      if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
      numbers[row] = value;
    }
    return numbers;
  }
  if (!plainStrings) return undefined;
  const ranks = new Map<string, number>();
  for (const { key } of rows) {
    const value = key[column];
    if (typeof value !== 'string') return undefined;
    if (ranks.has(value)) continue;
    if (surrogates.test(value)) return undefined;
    ranks.set(value, 0);
  }
  for (const [rank, text] of [...ranks.keys()].sort().entries()) ranks.set(text, rank);
  for (let row = 0; row < rows.length; row++) numbers[row] = ranks.get(rows[row]?.key[column] as string) as number;
  return numbers;
}
