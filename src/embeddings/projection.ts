/**
 * A fixed matrix with orthonormal rows, which brings a vector of few numbers into a room of many: lengths and angles, and so
 * cosine similarities, stay as they are. Made of hashes by additions, multiplications, divisions and square roots alone, so
 * that every machine makes the same one.
 */
import { createHash } from 'node:crypto';

export type Projection = (vector: Float64Array) => Float64Array;

/** From `from` numbers to `to` numbers. */
export function orthonormalProjection(from: number, to: number): Projection {
  const rows: Float64Array[] = [];
  for (let number = 0; number < from; number++) {
    const row = signs(`${from} to ${to}, row ${number}`, to);
    // Twice: what the first pass leaves of the other rows by rounding, the second takes out.
    for (let pass = 0; pass < 2; pass++) for (const other of rows) subtract(row, other, dot(row, other));
    scale(row, 1 / Math.sqrt(dot(row, row)));
    rows.push(row);
  }
  return (vector) => {
    const projected = new Float64Array(to);
    for (const [number, row] of rows.entries()) subtract(projected, row, -vector[number]!);
    return projected;
  };
}

/** So many numbers, each 1 or −1. */
function signs(seed: string, length: number): Float64Array {
  const row = new Float64Array(length);
  const bytesEach = 64;
  for (let block = 0; block * bytesEach * 8 < length; block++) {
    const bytes = createHash('sha512').update(`${seed}, block ${block}`).digest();
    for (let bit = 0; bit < bytesEach * 8 && block * bytesEach * 8 + bit < length; bit++)
      row[block * bytesEach * 8 + bit] = ((bytes[bit >> 3]! >> (bit & 7)) & 1) === 0 ? 1 : -1;
  }
  return row;
}

export function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one[at]! * other[at]!;
  return sum;
}

/** `from` −= `times` × `what` */
export function subtract(from: Float64Array, what: Float64Array, times: number): void {
  for (let at = 0; at < from.length; at++) from[at]! -= times * what[at]!;
}

export function scale(vector: Float64Array, by: number): void {
  for (let at = 0; at < vector.length; at++) vector[at]! *= by;
}
