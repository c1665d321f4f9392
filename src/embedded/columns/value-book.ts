/** Codebooks of values that were computed. */
import type { BsonValue } from '../bson/values.ts';
import { Double } from '../bson/values.ts';
import { Codebook, ColumnsGiveUp, type Finding, MISSING } from './codebook.ts';

const VALUES_MAX = 1 << 20;
/** An average value with its places in the maps. */
const VALUE_BYTES = 100;

/** Values as they come; those of the common types are found again, others get a code each time. */
export class ValueBook extends Codebook {
  readonly hasSymbols = true;
  readonly #values: (BsonValue | undefined)[] = [undefined];
  readonly #codes = new Map<string | number | boolean | bigint | null, number>();
  readonly #wholeDoubles = new Map<number, number>();

  get size(): number {
    return this.#values.length;
  }

  get bytes(): number {
    return this.#values.length * VALUE_BYTES + this.tableBytes;
  }

  value(code: number): BsonValue | undefined {
    return this.#values[code];
  }

  type(code: number): number {
    return typeOf(this.#values[code]);
  }

  code(value: BsonValue | undefined): number {
    if (value === undefined) return MISSING;
    if (typeof value === 'object' && value !== null) {
      if (!(value instanceof Double) || Object.is(value.value, -0)) return this.#add(value);
      const known = this.#wholeDoubles.get(value.value);
      if (known !== undefined) return known;
      const code = this.#add(value);
      this.#wholeDoubles.set(value.value, code);
      return code;
    }
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.#add(value);
    this.#codes.set(value, code);
    return code;
  }

  #add(value: BsonValue): number {
    if (this.#values.length >= VALUES_MAX) throw new ColumnsGiveUp('too many different values');
    return this.#values.push(value) - 1;
  }
}

function typeOf(value: BsonValue | undefined): number {
  switch (typeof value) {
    case 'undefined':
      return 0;
    case 'string':
      return 0x02;
    case 'number':
      return (value | 0) === value ? 0x10 : 0x01;
    case 'boolean':
      return 0x08;
    case 'bigint':
      return 0x12;
    default:
      return value === null ? 0x0a : value instanceof Double ? 0x01 : value instanceof Date ? 0x09 : 0x03;
  }
}

/** What a function of one value makes of the values of another codebook, found out once for each. */
export class DerivedBook implements Finding {
  readonly book = new ValueBook();
  /** By code of the source; −1 where it is not known yet. */
  codes = new Int32Array(0);

  get bytes(): number {
    return this.codes.length * 4 + this.book.bytes;
  }

  /** Room for all codes of the source as it is now. */
  fit(source: Codebook): Int32Array {
    if (this.codes.length < source.size) {
      const wider = new Int32Array(source.size + (source.size >> 2) + 16).fill(-1);
      wider.set(this.codes);
      this.codes = wider;
    }
    return this.codes;
  }
}
