/**
 * Which group each row belongs to, by the codes of the key's parts. Parts are numbered densely in the order in which their
 * values first come, so that a few parts together make a small number and a table of numbers finds the group.
 */
import { groupKey } from '../bson/compare.ts';
import { BATCH_ROWS, type Batch } from './batch.ts';
import { ColumnsGiveUp } from './codebook.ts';
import type { CodedVector } from './vectors.ts';

/** More groups than this are left to the ordinary way, which can put them on disk. */
export const GROUPS_MAX = 2_000_000;
/** Up to so many combinations have a place of their own in the table; beyond it the table is hashed. */
const DIRECT_MAX = 6_000_000;
/** Room that is made for groups that may come. */
const EXPECTED_MAX = 1 << 19;

/** One part of the key. */
class KeyPart {
  readonly vector: CodedVector;
  /** The exact code of the part in the first row of each group. */
  codesOfGroups = new Int32Array(64);
  /** How many different values there are so far. */
  count = 0;
  /** By code; −1 where it has not come yet. */
  #dense = new Int32Array(0);
  readonly #denseByKey = new Map<string | number, number>();
  readonly #missingIsNull: boolean;
  readonly numbered = new Int32Array(BATCH_ROWS);

  constructor(vector: CodedVector, missingIsNull: boolean) {
    this.vector = vector;
    this.#missingIsNull = missingIsNull;
  }

  /** Numbers the batch's rows by this part. */
  number(batch: Batch): Int32Array {
    const { book } = this.vector;
    const codes = this.vector.codes(batch);
    if (this.#dense.length < book.size) {
      const wider = new Int32Array(book.size + (book.size >> 2) + 16).fill(-1);
      wider.set(this.#dense);
      this.#dense = wider;
    }
    const dense = this.#dense;
    const { numbered } = this;
    for (let k = 0; k < batch.count; k++) {
      const code = codes[k]!;
      let number = dense[code]!;
      if (number < 0) {
        number = this.#numberOf(code);
        dense[code] = number;
      }
      numbered[k] = number;
    }
    return numbered;
  }

  /** Notes the part of a new group. */
  begin(group: number, code: number, expected: number): void {
    if (this.codesOfGroups.length <= group) {
      const wider = new Int32Array(Math.max(expected, this.codesOfGroups.length * 2));
      wider.set(this.codesOfGroups);
      this.codesOfGroups = wider;
    }
    this.codesOfGroups[group] = code;
  }

  numberOfGroup(group: number): number {
    return this.#dense[this.codesOfGroups[group]!]!;
  }

  /** Values that are equal have one number, whatever their types: 1 and 1.0, and missing and null in a key of one part. */
  #numberOf(code: number): number {
    const { book } = this.vector;
    if (book.type(code) === 0x02 && !book.hasSymbols) return this.count++;
    const value = book.value(code);
    const key = groupKey(this.#missingIsNull && value === undefined ? null : value);
    let number = this.#denseByKey.get(key);
    if (number === undefined) this.#denseByKey.set(key, (number = this.count++));
    return number;
  }
}

export class GroupIndex {
  readonly parts: readonly KeyPart[];
  count = 0;
  /** The group of each row of the batch. */
  readonly groups = new Int32Array(BATCH_ROWS);
  /** How many values each part may have before the table is laid out anew. */
  readonly #radices: number[];
  readonly #combined: Float64Array;
  #direct: Int32Array | null = null;
  #hashed: { keys: Float64Array; groups: Int32Array } | null = null;

  constructor(vectors: readonly CodedVector[], missingIsNull: boolean) {
    this.parts = vectors.map((vector) => new KeyPart(vector, missingIsNull));
    // As many as there can be, as far as it is known: the table then needs not grow.
    this.#radices = vectors.map(({ book }) => Math.max(4, book.size));
    this.#combined = new Float64Array(vectors.length > 1 ? BATCH_ROWS : 0);
    if (vectors.length > 1) this.#layOut();
  }

  /** Finds the groups of the batch's rows; new ones get the next numbers, in the order of their first rows. */
  find(batch: Batch): Int32Array {
    const { parts, groups } = this;
    if (parts.length === 0) {
      groups.fill(0, 0, batch.count);
      if (batch.count > 0) this.count = 1;
      return groups;
    }
    for (const part of parts) part.number(batch);
    if (parts.length === 1) this.#findByOne(batch);
    else this.#findByMany(batch);
    if (this.count > GROUPS_MAX) throw new ColumnsGiveUp('too many groups');
    return groups;
  }

  /** The value of a part in the first row of a group. */
  codeOf(part: number, group: number): number {
    return this.parts[part]!.codesOfGroups[group]!;
  }

  /** How many groups there may come to be, as far as one can tell: what is kept per group needs not grow step by step. */
  get expected(): number {
    const [part, second] = this.parts;
    const likely = part === undefined ? 1 : second === undefined ? part.vector.book.size : this.count * 2;
    return Math.max(this.count, Math.min(likely, EXPECTED_MAX));
  }

  #findByOne(batch: Batch): void {
    const part = this.parts[0]!;
    const { numbered } = part;
    const codes = part.vector.codes(batch);
    const { groups } = this;
    for (let k = 0; k < batch.count; k++) {
      const number = numbered[k]!;
      // Numbers are given in the order of the rows: a new one is the next group.
      if (number === this.count) {
        part.begin(number, codes[k]!, this.expected);
        this.count += 1;
      }
      groups[k] = number;
    }
  }

  #findByMany(batch: Batch): void {
    const { parts } = this;
    if (parts.some((part, k) => part.count > this.#radices[k]!)) this.#layOut();
    const combined = this.#combined;
    const { count } = batch;
    combined.fill(0, 0, count);
    for (const [k, { numbered }] of parts.entries()) {
      const radix = this.#radices[k]!;
      for (let row = 0; row < count; row++) combined[row] = combined[row]! * radix + numbered[row]!;
    }
    if (this.#direct !== null) this.#findDirect(this.#direct, batch);
    else this.#findHashed(batch);
  }

  #findDirect(direct: Int32Array, batch: Batch): void {
    const combined = this.#combined;
    const { groups } = this;
    for (let k = 0; k < batch.count; k++) {
      const place = combined[k]!;
      let group = direct[place]! - 1;
      if (group < 0) {
        group = this.#begin(batch, k);
        direct[place] = group + 1;
      }
      groups[k] = group;
    }
  }

  #findHashed(batch: Batch): void {
    for (let k = 0; k < batch.count; k++) {
      const combined = this.#combined[k]!;
      const hashed = this.#hashed!;
      const mask = hashed.groups.length - 1;
      let slot = hashOf(combined) & mask;
      let group = hashed.groups[slot]! - 1;
      while (group >= 0 && hashed.keys[slot] !== combined) {
        slot = (slot + 1) & mask;
        group = hashed.groups[slot]! - 1;
      }
      if (group < 0) {
        group = this.#begin(batch, k);
        hashed.keys[slot] = combined;
        hashed.groups[slot] = group + 1;
        if (this.count * 2 > hashed.groups.length) this.#fillHashed(hashed.groups.length * 2);
      }
      this.groups[k] = group;
    }
  }

  #begin(batch: Batch, position: number): number {
    const group = this.count;
    for (const part of this.parts) part.begin(group, part.vector.codes(batch)[position]!, group * 2);
    this.count = group + 1;
    return group;
  }

  /** Chooses the form of the table for the values that the parts have by now, and enters the groups again. */
  #layOut(): void {
    for (const [k, { count }] of this.parts.entries()) {
      this.#radices[k] = count <= this.#radices[k]! ? this.#radices[k]! : count * 2;
    }
    const combinations = this.#radices.reduce((product, radix) => product * radix, 1);
    if (combinations >= 2 ** 53) throw new ColumnsGiveUp('too many combinations');
    if (combinations > DIRECT_MAX) {
      this.#direct = null;
      this.#fillHashed(powerOfTwo(Math.max(1024, this.count * 4)));
      return;
    }
    this.#direct = new Int32Array(combinations);
    for (let group = 0; group < this.count; group++) this.#direct[this.#placeOf(group)] = group + 1;
  }

  #fillHashed(slots: number): void {
    const keys = new Float64Array(slots);
    const groups = new Int32Array(slots);
    const mask = slots - 1;
    for (let group = 0; group < this.count; group++) {
      const combined = this.#placeOf(group);
      let slot = hashOf(combined) & mask;
      while (groups[slot] !== 0) slot = (slot + 1) & mask;
      keys[slot] = combined;
      groups[slot] = group + 1;
    }
    this.#hashed = { keys, groups };
  }

  #placeOf(group: number): number {
    let combined = 0;
    for (const [k, part] of this.parts.entries()) combined = combined * this.#radices[k]! + part.numberOfGroup(group);
    return combined;
  }
}

function powerOfTwo(least: number): number {
  let power = 1;
  while (power < least) power *= 2;
  return power;
}

function hashOf(combined: number): number {
  const high = (combined / 4294967296) | 0;
  let hash = Math.imul((combined | 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
