import { type CheckId, checks } from './checks.ts';
import { describeValue } from './describe-value.ts';

/** One document that fails a check. */
export interface Example {
  /** The document's `_id`, or what stands for it where the subject is no document: `store_seattle × prod_7`. */
  readonly id: string;
  /** The field, with a path into maps; empty when it is the document as a whole. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

export const EXAMPLES_MAX = 10;

interface Count {
  failed: number;
  readonly examples: Example[];
}

/** What failed: every failure counted, the first few of each check kept. */
export class Findings {
  readonly #counts = new Map<CheckId, Count>(checks.map(({ id }) => [id, { failed: 0, examples: [] }]));

  fail(check: CheckId, id: string, field: string, found: unknown, expected: string): void {
    const count = this.#counts.get(check) as Count;
    count.failed++;
    if (count.examples.length < EXAMPLES_MAX) {
      count.examples.push({ id, field, found: describeValue(found), expected });
    }
  }

  of(check: CheckId): { readonly failed: number; readonly examples: readonly Example[] } {
    return this.#counts.get(check) as Count;
  }
}

/** Which documents of a collection have failed anything, one bit each, by their place in the pass. */
export class Marks {
  #bits = new Uint8Array(128);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Answers whether the place was free. */
  add(place: number): boolean {
    const byte = place >> 3;
    if (byte >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bits.length, byte + 1));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    const bit = 1 << (place & 7);
    if ((this.#bits[byte]! & bit) !== 0) return false;
    this.#bits[byte]! |= bit;
    this.#size++;
    return true;
  }
}

/** A column of numbers, one per document, that grows: eight bytes each. */
export class NumberColumn {
  #values = new Float64Array(256);

  set(place: number, value: number): void {
    if (place >= this.#values.length) {
      const larger = new Float64Array(Math.max(2 * this.#values.length, place + 1));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[place] = value;
  }

  add(place: number, value: number): void {
    this.set(place, this.get(place) + value);
  }

  get(place: number): number {
    return this.#values[place] ?? 0;
  }
}
