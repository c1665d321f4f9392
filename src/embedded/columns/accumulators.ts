/** Accumulators of `$group` over batches: arrays with a place for each group. */
import type { Accumulator, AccumulatorFactory } from '../aggregation/accumulators/accumulator.ts';
import type { Scope } from '../aggregation/index.ts';
import { compensatedTotal } from '../bson/arithmetic.ts';
import { compareValues, groupKey } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import type { Batch } from './batch.ts';
import { BATCH_ROWS } from './batch.ts';
import { ColumnsGiveUp, DOUBLE, INT, LONG, NOT_A_NUMBER, NULLISH, REFUSED } from './codebook.ts';
import type { ExpressionCompiler } from './expressions.ts';
import {
  type CodedVector,
  ColumnVector,
  ConstantVector,
  coded,
  type NumberVector,
  numberValue,
  type RowDocuments,
  StoredNumbers,
  StoredValues,
  type Vector,
} from './vectors.ts';

export interface GroupAccumulator {
  /** Adds the batch's rows to their groups. There are `count` by now; arrays make room for `room` of them. */
  add(batch: Batch, groups: Int32Array, room: number, count: number): void;
  result(group: number): BsonValue | undefined;
  /** The results of `count` groups as a field of the table that they make. */
  vector(count: number): Vector;
}

/** More values than this, kept by `$push` and `$addToSet`, are left to the ordinary way. */
const KEPT_VALUES_MAX = 5_000_000;

/** `factory` makes the ordinary accumulator, for operators that have no form of their own here. */
export function compileAccumulator(
  spec: Document,
  compiler: ExpressionCompiler,
  scope: Scope,
  ordinary: () => { factory: AccumulatorFactory; rows: RowDocuments },
): GroupAccumulator {
  const operator = Object.keys(spec)[0] as string;
  const argument = spec[operator] as BsonValue;
  const expression = Array.isArray(argument) ? (argument[0] as BsonValue) : argument;
  switch (operator) {
    case '$sum': {
      const vector = compiler.compile(expression);
      const constant = vector instanceof ConstantVector ? vector.book.value(vector.codes()[0]!) : undefined;
      if (typeof constant === 'number' && (constant | 0) === constant) return new CountOf(constant);
      return new TotalOf(compiler.numbers(expression), false);
    }
    case '$count':
      return new CountOf(1);
    case '$avg':
      return new TotalOf(compiler.numbers(expression), true);
    case '$min':
    case '$max':
      return new ExtremeOf(coded(compiler.compile(expression)), operator === '$max' ? 1 : -1);
    case '$first':
    case '$last':
      return new OneOf(coded(compiler.compile(expression)), operator === '$first');
    case '$push':
    case '$addToSet':
      return new AllOf(coded(compiler.compile(expression)), operator === '$addToSet');
    default: {
      const { factory, rows } = ordinary();
      return new OrdinaryOf(factory, rows, scope);
    }
  }
}

class CountOf implements GroupAccumulator {
  readonly #step: number;
  #totals = new Float64Array(64);

  constructor(step: number) {
    this.#step = step;
  }

  add(batch: Batch, groups: Int32Array, count: number): void {
    if (this.#totals.length < count) this.#totals = grownFloats(this.#totals, count);
    const totals = this.#totals;
    const step = this.#step;
    for (let k = 0; k < batch.count; k++) {
      const group = groups[k]!;
      totals[group] = totals[group]! + step;
    }
  }

  result(group: number): BsonValue {
    const total = this.#totals[group]!;
    return numberValue(total === 0 ? 0 : total, wholeKind(total));
  }

  vector(count: number): Vector {
    const kinds = new Uint8Array(count);
    for (let group = 0; group < count; group++) kinds[group] = wholeKind(this.#totals[group]!);
    return new StoredNumbers(this.#totals, kinds);
  }
}

const SUM = 0;
const COMPENSATION = 1;
const WHOLE = 2;
const COUNT = 3;
const STRIDE = 4;

/** `$sum` and `$avg`, exactly as `Sum` computes: whole numbers exact, doubles compensated in the order of the rows. */
class TotalOf implements GroupAccumulator {
  readonly #numbers: NumberVector;
  readonly #isAverage: boolean;
  /** Four figures for each group, side by side: they are all needed at once. */
  #figures = new Float64Array(64 * STRIDE);
  /** The widest kind that was added. */
  #kinds = new Uint8Array(64).fill(INT);

  constructor(numbers: NumberVector, isAverage: boolean) {
    this.#numbers = numbers;
    this.#isAverage = isAverage;
  }

  add(batch: Batch, groups: Int32Array, count: number): void {
    if (this.#kinds.length < count) this.#grow(count);
    this.#numbers.load(batch);
    const { values, kinds } = this.#numbers;
    const figures = this.#figures;
    const widest = this.#kinds;
    const rows = batch.count;
    for (let k = 0; k < rows; k++) {
      const kind = kinds[k]!;
      const group = groups[k]!;
      const value = values[k]!;
      const at = group * STRIDE;
      if (kind === DOUBLE) {
        if (widest[group] !== DOUBLE) widest[group] = DOUBLE;
        const before = figures[at + SUM]!;
        const sum = before + value;
        // Finite, asked in the way that costs least.
        if (sum - sum === 0) {
          figures[at + COMPENSATION]! +=
            Math.abs(before) >= Math.abs(value) ? before - sum + value : value - sum + before;
        }
        figures[at + SUM] = sum;
      } else if (kind === INT || kind === LONG) {
        const whole = figures[at + WHOLE]! + value;
        if (whole > Number.MAX_SAFE_INTEGER || whole < Number.MIN_SAFE_INTEGER) {
          throw new ColumnsGiveUp('a sum beyond what a double holds exactly');
        }
        figures[at + WHOLE] = whole;
        if (kind === LONG && widest[group] === INT) widest[group] = LONG;
      } else if (kind === REFUSED) throw new ColumnsGiveUp('a number that is not summed here');
      else continue;
      figures[at + COUNT]! += 1;
    }
  }

  result(group: number): BsonValue {
    return numberValue(this.#valueOf(group), this.#kindOf(group));
  }

  vector(count: number): Vector {
    if (this.#kinds.length < count) this.#grow(count);
    const values = new Float64Array(count);
    const kinds = new Uint8Array(count);
    for (let group = 0; group < count; group++) {
      values[group] = this.#valueOf(group);
      kinds[group] = this.#kindOf(group);
    }
    return new StoredNumbers(values, kinds);
  }

  #kindOf(group: number): number {
    if (this.#isAverage) return this.#figures[group * STRIDE + COUNT] === 0 ? NULLISH : DOUBLE;
    const kind = this.#kinds[group]!;
    return kind === INT ? wholeKind(this.#figures[group * STRIDE + WHOLE]!) : kind;
  }

  #valueOf(group: number): number {
    const at = group * STRIDE;
    const whole = this.#figures[at + WHOLE]!;
    if (!this.#isAverage && this.#kinds[group] !== DOUBLE) return whole === 0 ? 0 : whole;
    const total = compensatedTotal(this.#figures[at + SUM]!, this.#figures[at + COMPENSATION]!, whole);
    if (!this.#isAverage) return total;
    const count = this.#figures[at + COUNT]!;
    return count === 0 ? 0 : total / count;
  }

  #grow(count: number): void {
    const room = Math.max(count, this.#kinds.length * 2);
    const figures = new Float64Array(room * STRIDE);
    figures.set(this.#figures);
    this.#figures = figures;
    const kinds = new Uint8Array(room).fill(INT);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
  }
}

function wholeKind(value: number): number {
  return (value | 0) === value ? INT : LONG;
}

/** Results that are codes of the vector's book; −1 where there is none. */
abstract class CodeOf implements GroupAccumulator {
  protected readonly source: CodedVector;
  protected codes = new Int32Array(64).fill(-1);

  constructor(source: CodedVector) {
    this.source = source;
  }

  abstract add(batch: Batch, groups: Int32Array, count: number): void;

  result(group: number): BsonValue | undefined {
    const code = this.codes[group]!;
    return code < 0 ? null : this.source.book.value(code);
  }

  vector(count: number): Vector {
    this.grow(count);
    const { codes } = this;
    // Groups without a value, and with a missing one, show null.
    const { book } = this.source;
    for (let group = 0; group < count; group++) {
      if (codes[group]! <= 0) return new StoredValues((row) => this.result(row) ?? null);
    }
    return new ColumnVector(book, (chunk) => codes.subarray(chunk * BATCH_ROWS, (chunk + 1) * BATCH_ROWS));
  }

  protected grow(count: number): void {
    if (this.codes.length >= count) return;
    const wider = new Int32Array(Math.max(count, this.codes.length * 2)).fill(-1);
    wider.set(this.codes);
    this.codes = wider;
  }
}

class OneOf extends CodeOf {
  readonly #isFirst: boolean;

  constructor(source: CodedVector, isFirst: boolean) {
    super(source);
    this.#isFirst = isFirst;
  }

  add(batch: Batch, groups: Int32Array, count: number): void {
    this.grow(count);
    const { codes } = this;
    const found = this.source.codes(batch);
    if (this.#isFirst) {
      for (let k = 0; k < batch.count; k++) {
        const group = groups[k]!;
        if (codes[group]! < 0) codes[group] = found[k]!;
      }
    } else for (let k = 0; k < batch.count; k++) codes[groups[k]!] = found[k]!;
  }
}

class ExtremeOf extends CodeOf {
  readonly #sign: 1 | -1;

  constructor(source: CodedVector, sign: 1 | -1) {
    super(source);
    this.#sign = sign;
  }

  add(batch: Batch, groups: Int32Array, count: number): void {
    this.grow(count);
    const { codes } = this;
    const { book } = this.source;
    const found = this.source.codes(batch);
    const { values, kinds } = book.numbers();
    for (let k = 0; k < batch.count; k++) {
      const code = found[k]!;
      const group = groups[k]!;
      const best = codes[group]!;
      if (code === best || kinds[code] === NULLISH) continue;
      if (best >= 0) {
        const plain = kinds[code]! < NOT_A_NUMBER && kinds[best]! < NOT_A_NUMBER;
        const a = values[code]!;
        const b = values[best]!;
        // NaN compares by the order of values, below all numbers.
        const difference =
          plain && !Number.isNaN(a) && !Number.isNaN(b)
            ? Number(a > b) - Number(a < b)
            : compareValues(book.value(code) as BsonValue, book.value(best) as BsonValue);
        if (this.#sign * difference <= 0) continue;
      }
      codes[group] = code;
    }
  }
}

class AllOf implements GroupAccumulator {
  readonly #source: CodedVector;
  readonly #distinct: boolean;
  readonly #codes: number[][] = [];
  readonly #seen: Set<string | number>[] = [];
  #kept = 0;

  constructor(source: CodedVector, distinct: boolean) {
    this.#source = source;
    this.#distinct = distinct;
  }

  add(batch: Batch, groups: Int32Array, _room: number, count: number): void {
    while (this.#codes.length < count) {
      this.#codes.push([]);
      if (this.#distinct) this.#seen.push(new Set());
    }
    const codes = this.#source.codes(batch);
    const { book } = this.#source;
    for (let k = 0; k < batch.count; k++) {
      const code = codes[k]!;
      if (code === 0) continue; // missing
      const group = groups[k]!;
      if (this.#distinct) {
        const seen = this.#seen[group]!;
        // Strings are equal where their codes are; other values may equal one of another type.
        const key = book.type(code) === 0x02 && !book.hasSymbols ? code : `v${groupKey(book.value(code))}`;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      this.#codes[group]!.push(code);
      this.#kept += 1;
    }
    if (this.#kept > KEPT_VALUES_MAX) throw new ColumnsGiveUp('too many values are kept');
  }

  result(group: number): BsonValue {
    const { book } = this.#source;
    return (this.#codes[group] ?? []).map((code) => book.value(code) as BsonValue);
  }

  vector(): Vector {
    return new StoredValues((row) => this.result(row));
  }
}

/** Any accumulator, fed with documents of the fields that it reads. */
class OrdinaryOf implements GroupAccumulator {
  readonly #factory: AccumulatorFactory;
  readonly #rows: RowDocuments;
  readonly #accumulators: Accumulator[] = [];

  constructor(factory: AccumulatorFactory, rows: RowDocuments, _scope: Scope) {
    this.#factory = factory;
    this.#rows = rows;
  }

  add(batch: Batch, groups: Int32Array, _room: number, count: number): void {
    while (this.#accumulators.length < count) this.#accumulators.push(this.#factory());
    for (let k = 0; k < batch.count; k++) this.#accumulators[groups[k]!]!.add(this.#rows.document(batch, k));
  }

  result(group: number): BsonValue | undefined {
    return this.#accumulators[group]!.result();
  }

  vector(): Vector {
    return new StoredValues((row) => this.result(row) ?? null);
  }
}

function grownFloats(array: Float64Array, count: number): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(Math.max(count, array.length * 2));
  wider.set(array);
  return wider;
}
