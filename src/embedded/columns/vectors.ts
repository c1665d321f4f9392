/**
 * What a batch's rows have in one field or expression. A vector works its values out when they are asked for, once per
 * version of the batch, and only for the rows that are left in it.
 */
import { double } from '../bson/arithmetic.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { BATCH_ROWS, type Batch } from './batch.ts';
import {
  type Codebook,
  ColumnsGiveUp,
  DOUBLE,
  INT,
  kindOf,
  LONG,
  MISSING,
  NULLISH,
  numberOf,
  REFUSED,
} from './codebook.ts';
import { type DerivedBook, ValueBook } from './value-book.ts';

export type Evaluate = (document: Document) => BsonValue | undefined;

export abstract class Vector {
  /** The value of the row at this position of the batch. */
  abstract value(batch: Batch, position: number): BsonValue | undefined;
  /** Works out all values of the batch, so that an error shows even where nobody asks for them. */
  abstract force(batch: Batch): void;
}

/** Values as codes of a codebook. */
export abstract class CodedVector extends Vector {
  abstract readonly book: Codebook;
  /** By position; valid until the batch changes. */
  abstract codes(batch: Batch): Int32Array;

  value(batch: Batch, position: number): BsonValue | undefined {
    return this.book.value(this.codes(batch)[position]!);
  }

  force(batch: Batch): void {
    this.codes(batch);
  }
}

/** Numbers, or what counts as null, as doubles with their kinds (`INT`, `DOUBLE` …). */
export abstract class NumberVector extends Vector {
  readonly values = new Float64Array(BATCH_ROWS);
  readonly kinds = new Uint8Array(BATCH_ROWS);
  #version = -1;

  /** Fills `values` and `kinds` for the batch. */
  load(batch: Batch): void {
    if (this.#version === batch.version) return;
    this.work(batch);
    this.#version = batch.version;
  }

  protected abstract work(batch: Batch): void;

  value(batch: Batch, position: number): BsonValue | undefined {
    this.load(batch);
    return numberValue(this.values[position]!, this.kinds[position]!);
  }

  force(batch: Batch): void {
    this.load(batch);
    for (let k = 0; k < batch.count; k++) {
      if (this.kinds[k] === REFUSED) throw new ColumnsGiveUp('a number that is not computed here');
    }
  }
}

export function numberValue(value: number, kind: number): BsonValue {
  switch (kind) {
    case INT:
      return value;
    case DOUBLE:
      return double(value);
    case LONG:
      return BigInt(value);
    case NULLISH:
      return null;
    default:
      throw new ColumnsGiveUp('a value that is no number here');
  }
}

/** A column of the cache, or of grouped rows: codes by chunk. */
export class ColumnVector extends CodedVector {
  readonly book: Codebook;
  readonly #chunk: (number: number) => Int32Array | undefined;
  readonly #buffer = new Int32Array(BATCH_ROWS);
  #codes: Int32Array = this.#buffer;
  #version = -1;

  constructor(book: Codebook, chunk: (number: number) => Int32Array | undefined) {
    super();
    this.book = book;
    this.#chunk = chunk;
  }

  codes(batch: Batch): Int32Array {
    if (this.#version === batch.version) return this.#codes;
    this.#version = batch.version;
    const chunk = this.#chunk(batch.chunk);
    const { places, count } = batch;
    if (chunk !== undefined && batch.whole) this.#codes = chunk;
    else {
      const buffer = this.#buffer;
      if (chunk === undefined) buffer.fill(MISSING, 0, count);
      else for (let k = 0; k < count; k++) buffer[k] = chunk[places[k]!]!;
      this.#codes = buffer;
    }
    return this.#codes;
  }
}

/** The same value in all rows. */
export class ConstantVector extends CodedVector {
  readonly book: ValueBook;
  readonly #codes = new Int32Array(BATCH_ROWS);

  constructor(value: BsonValue | undefined) {
    super();
    this.book = new ValueBook();
    this.#codes.fill(this.book.code(value));
  }

  codes(): Int32Array {
    return this.#codes;
  }
}

/** A function of one coded vector: worked out once per code. */
export class DerivedVector extends CodedVector {
  readonly book: ValueBook;
  readonly #source: CodedVector;
  readonly #derived: DerivedBook;
  readonly #evaluate: (value: BsonValue | undefined) => BsonValue | undefined;
  readonly #buffer = new Int32Array(BATCH_ROWS);
  #version = -1;

  constructor(
    source: CodedVector,
    derived: DerivedBook,
    evaluate: (value: BsonValue | undefined) => BsonValue | undefined,
  ) {
    super();
    this.#source = source;
    this.#derived = derived;
    this.#evaluate = evaluate;
    this.book = derived.book;
  }

  codes(batch: Batch): Int32Array {
    const buffer = this.#buffer;
    if (this.#version === batch.version) return buffer;
    const source = this.#source.codes(batch);
    const known = this.#derived.fit(this.#source.book);
    const { count } = batch;
    for (let k = 0; k < count; k++) {
      const code = source[k]!;
      let derived = known[code]!;
      if (derived < 0) {
        derived = this.book.code(this.#evaluate(this.#source.book.value(code)));
        known[code] = derived;
      }
      buffer[k] = derived;
    }
    this.#version = batch.version;
    return buffer;
  }
}

/** Values that are worked out row by row, from a document made of the fields that are needed. */
export class RowVector extends Vector {
  readonly #rows: RowDocuments;
  readonly #evaluate: Evaluate;
  readonly #values: (BsonValue | undefined)[] = new Array(BATCH_ROWS);
  #version = -1;

  constructor(rows: RowDocuments, evaluate: Evaluate) {
    super();
    this.#rows = rows;
    this.#evaluate = evaluate;
  }

  value(batch: Batch, position: number): BsonValue | undefined {
    if (this.#version !== batch.version) {
      for (let k = 0; k < batch.count; k++) this.#values[k] = this.#evaluate(this.#rows.document(batch, k));
      this.#version = batch.version;
    }
    return this.#values[position];
  }

  force(batch: Batch): void {
    if (batch.count > 0) this.value(batch, 0);
  }
}

/** Makes documents of some fields: always the same object, with other values. Keep none of it. */
export class RowDocuments {
  readonly #names: readonly string[];
  readonly #vectors: readonly Vector[];
  readonly #document: Document = {};

  constructor(fields: ReadonlyMap<string, Vector>) {
    this.#names = [...fields.keys()];
    this.#vectors = [...fields.values()];
  }

  document(batch: Batch, position: number): Document {
    const document = this.#document;
    for (let k = 0; k < this.#names.length; k++) {
      const value = this.#vectors[k]!.value(batch, position);
      // Missing is absent: a field with undefined reads the same, and leaves the object's shape as it is.
      document[this.#names[k]!] = value;
    }
    return document;
  }
}

/** Any vector as codes; its values get codes as they come. */
export class InternedVector extends CodedVector {
  readonly book = new ValueBook();
  readonly #source: Vector;
  readonly #buffer = new Int32Array(BATCH_ROWS);
  #version = -1;

  constructor(source: Vector) {
    super();
    this.#source = source;
  }

  codes(batch: Batch): Int32Array {
    const buffer = this.#buffer;
    if (this.#version === batch.version) return buffer;
    for (let k = 0; k < batch.count; k++) buffer[k] = this.book.code(this.#source.value(batch, k));
    this.#version = batch.version;
    return buffer;
  }
}

export function coded(vector: Vector): CodedVector {
  return vector instanceof CodedVector ? vector : new InternedVector(vector);
}

/** A coded vector as numbers. */
class GatheredNumbers extends NumberVector {
  readonly #source: CodedVector;

  constructor(source: CodedVector) {
    super();
    this.#source = source;
  }

  protected work(batch: Batch): void {
    const codes = this.#source.codes(batch);
    const table = this.#source.book.numbers();
    const { values, kinds } = this;
    const { count } = batch;
    const tableValues = table.values;
    const tableKinds = table.kinds;
    for (let k = 0; k < count; k++) {
      const code = codes[k]!;
      values[k] = tableValues[code]!;
      kinds[k] = tableKinds[code]!;
    }
  }
}

class ClassifiedNumbers extends NumberVector {
  readonly #source: Vector;

  constructor(source: Vector) {
    super();
    this.#source = source;
  }

  protected work(batch: Batch): void {
    for (let k = 0; k < batch.count; k++) {
      const value = this.#source.value(batch, k);
      this.values[k] = numberOf(value);
      this.kinds[k] = kindOf(value);
    }
  }
}

export function numbers(vector: Vector): NumberVector {
  if (vector instanceof NumberVector) return vector;
  return vector instanceof CodedVector ? new GatheredNumbers(vector) : new ClassifiedNumbers(vector);
}

/** Numbers of grouped rows: one array over all rows of a table. */
export class StoredNumbers extends NumberVector {
  readonly #values: Float64Array;
  readonly #kinds: Uint8Array;

  constructor(values: Float64Array, kinds: Uint8Array) {
    super();
    this.#values = values;
    this.#kinds = kinds;
  }

  protected work(batch: Batch): void {
    const from = batch.chunk * BATCH_ROWS;
    for (let k = 0; k < batch.count; k++) {
      const row = from + batch.places[k]!;
      this.values[k] = this.#values[row]!;
      this.kinds[k] = this.#kinds[row]!;
    }
  }
}

/** Values of grouped rows, each asked for by its row in the table. */
export class StoredValues extends Vector {
  readonly #numberValue: (row: number) => BsonValue | undefined;

  constructor(valueAt: (row: number) => BsonValue | undefined) {
    super();
    this.#numberValue = valueAt;
  }

  value(batch: Batch, position: number): BsonValue | undefined {
    return this.#numberValue(batch.chunk * BATCH_ROWS + batch.places[position]!);
  }

  force(): void {}
}
