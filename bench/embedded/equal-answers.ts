import type { Document } from 'mongodb';

/** Sums of the same doubles in another order differ in their last digits; a missing cent is far more than this. */
const RELATIVE_DIFFERENCE_MAX = 1e-9;

/**
 * Throws when two answers differ, naming the first row that does. Rows are compared by the columns of the second answer;
 * numbers nearly, times as the same second, the rest exactly. Without `ordered` the order of the rows does not matter.
 */
export function expectEqualAnswers(
  name: string,
  ours: readonly Document[],
  theirs: readonly Document[],
  ordered: boolean,
): void {
  if (ours.length !== theirs.length) {
    throw new Error(`${name}: ${ours.length} rows from the embedded server, ${theirs.length} from PostgreSQL.`);
  }
  const columns = Object.keys(theirs[0] ?? {});
  const [left, right] = [ours, theirs].map((rows) => {
    const plain = rows.map((row) => columns.map((column) => comparable(row[column])));
    return ordered
      ? plain
      : plain
          .map((row) => JSON.stringify(row))
          .sort()
          .map((row) => JSON.parse(row));
  }) as [unknown[][], unknown[][]];
  for (const [at, row] of left.entries()) {
    const other = right[at] as unknown[];
    if (row.every((value, column) => areEqual(value, other[column]))) continue;
    throw new Error(
      `${name}: row ${at} is ${JSON.stringify(row)} from the embedded server, ${JSON.stringify(other)} from PostgreSQL (${columns}).`,
    );
  }
}

function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  return value ?? null;
}

function areEqual(left: unknown, right: unknown): boolean {
  if (typeof left !== 'number' || typeof right !== 'number') return left === right;
  return Math.abs(left - right) <= RELATIVE_DIFFERENCE_MAX * Math.max(Math.abs(left), Math.abs(right));
}
