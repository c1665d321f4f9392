/**
 * Values as small whole numbers. A codebook gives each value that it holds a code; equal codes mean the same bytes, so what
 * an expression makes of a value, or whether a filter takes it, needs to be found out once per code and not once per row.
 */
import type { BsonValue } from '../bson/values.ts';
import { BsonUndefined, Decimal128, Double } from '../bson/values.ts';

/** The code of a missing field in every codebook. */
export const MISSING = 0;

/** What a value is to arithmetic. */
export const NULLISH = 0;
export const INT = 1;
export const DOUBLE = 2;
/** An int64 that a double holds exactly. */
export const LONG = 3;
export const NOT_A_NUMBER = 4;
/** Not for the fast path: decimals, large int64, and whatever would be an error. Whoever meets one gives up. */
export const REFUSED = 5;

export interface NumberTable {
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
}

/** Thrown where the columns cannot answer after all; the query then takes the ordinary way. */
export class ColumnsGiveUp extends Error {}

export abstract class Codebook {
  /** Codes run from 0 to `size` − 1. It only grows. */
  abstract readonly size: number;
  /** Undefined for MISSING. */
  abstract value(code: number): BsonValue | undefined;
  /** The BSON type of the value; 0 for MISSING. */
  abstract type(code: number): number;
  /** Whether it may hold symbols (a deprecated type), which equal strings. */
  abstract readonly hasSymbols: boolean;
  /** What was found out about its codes, by what was asked: kept as long as the codebook. */
  readonly findings = new Findings();
  #numbers: NumberTable = { values: new Float64Array(0), kinds: new Uint8Array(0) };
  #numbersUpTo = 0;

  /** All values as numbers, by code. */
  numbers(): NumberTable {
    const { size } = this;
    if (this.#numbersUpTo < size) {
      if (this.#numbers.kinds.length < size) {
        const room = Math.max(64, size + (size >> 1));
        const values = new Float64Array(room);
        const kinds = new Uint8Array(room);
        values.set(this.#numbers.values);
        kinds.set(this.#numbers.kinds);
        this.#numbers = { values, kinds };
      }
      const { values, kinds } = this.#numbers;
      for (let code = this.#numbersUpTo; code < size; code++) {
        const type = this.type(code);
        if (type === 0x02) kinds[code] = NOT_A_NUMBER;
        else {
          const value = this.value(code);
          kinds[code] = kindOf(value);
          values[code] = numberOf(value);
        }
      }
      this.#numbersUpTo = size;
    }
    return this.#numbers;
  }

  /** Bytes in memory besides those of the values. */
  get tableBytes(): number {
    return this.#numbers.values.length * 9 + this.findings.bytes;
  }
}

export function kindOf(value: BsonValue | undefined): number {
  if (typeof value === 'number') return (value | 0) === value ? INT : DOUBLE;
  if (value === undefined || value === null || value instanceof BsonUndefined) return NULLISH;
  if (value instanceof Double) return DOUBLE;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? LONG : REFUSED;
  return value instanceof Decimal128 ? REFUSED : NOT_A_NUMBER;
}

export function numberOf(value: BsonValue | undefined): number {
  if (typeof value === 'number') return value;
  if (value instanceof Double) return value.value;
  return typeof value === 'bigint' ? Number(value) : 0;
}

export interface Finding {
  readonly bytes: number;
}

const FINDINGS_MAX = 24;

/** The latest findings by name; the one not used for longest goes first. */
export class Findings {
  readonly #byName = new Map<string, Finding>();

  get bytes(): number {
    let bytes = 0;
    for (const finding of this.#byName.values()) bytes += finding.bytes;
    return bytes;
  }

  get<T extends Finding>(name: string, make: () => T): T {
    let finding = this.#byName.get(name) as T | undefined;
    if (finding === undefined) {
      finding = make();
      if (this.#byName.size >= FINDINGS_MAX) {
        const [oldest] = this.#byName.keys();
        this.#byName.delete(oldest as string);
      }
    } else this.#byName.delete(name);
    this.#byName.set(name, finding);
    return finding;
  }
}
