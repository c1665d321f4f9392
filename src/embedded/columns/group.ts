/** `$group` over a table: batch by batch, with everything about a group in arrays. */
import type { AccumulatorFactory } from '../aggregation/accumulators/accumulator.ts';
import { writeField } from '../aggregation/documents.ts';
import { FieldReads } from '../aggregation/expressions/scope.ts';
import type { Scope } from '../aggregation/index.ts';
import { compileAccumulators } from '../aggregation/stages/group.ts';
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import { compileAccumulator, type GroupAccumulator } from './accumulators.ts';
import { BATCH_ROWS, Batch } from './batch.ts';
import type { ExpressionCompiler } from './expressions.ts';
import { GroupIndex } from './group-index.ts';
import type { Predicate } from './predicates.ts';
import { chunksOf, Fields, type Table } from './table.ts';
import { ColumnVector, coded, StoredValues, type Vector } from './vectors.ts';

export class ColumnGroup {
  readonly #index: GroupIndex;
  /** The names of the key's parts where the key is a document of several; null where it is one value. */
  readonly #idNames: readonly string[] | null;
  readonly #names: readonly string[];
  readonly #accumulators: readonly GroupAccumulator[];

  constructor(argument: Document, compiler: ExpressionCompiler, scope: Scope) {
    const { _id: id, ...fields } = argument;
    this.#idNames = partNames(id as BsonValue);
    const parts =
      this.#idNames === null
        ? isConstantNull(id as BsonValue)
          ? []
          : [coded(compiler.compile(id as BsonValue))]
        : this.#idNames.map((name) => coded(compiler.compile((id as Document)[name] as BsonValue)));
    this.#index = new GroupIndex(parts, this.#idNames === null);
    this.#names = Object.keys(fields);
    this.#accumulators = this.#names.map((name) => {
      const ordinary = () => {
        const reads = new FieldReads();
        const { factories } = compileAccumulators({ [name]: fields[name] as Document }, scope.readingInto(reads));
        return { factory: factories[0] as AccumulatorFactory, rows: compiler.rows(reads.toFields()) };
      };
      return compileAccumulator(fields[name] as Document, compiler, scope, ordinary);
    });
  }

  get count(): number {
    return this.#index.count;
  }

  /** Takes up all rows of a table that meet the predicates. */
  *collect(table: Table, predicates: readonly Predicate[], due: () => boolean): Generator<Breathe, number> {
    const batch = new Batch();
    let rows = 0;
    for (const chunk of table.chunks) {
      table.fill(batch, chunk);
      for (const predicate of predicates) {
        if (batch.count > 0) predicate(batch);
      }
      rows += batch.count;
      if (batch.count > 0) {
        const groups = this.#index.find(batch);
        const room = this.#index.expected;
        for (const accumulator of this.#accumulators) accumulator.add(batch, groups, room, this.#index.count);
      }
      if (due()) yield BREATHE;
    }
    return rows;
  }

  *documents(due: () => boolean): Generator<Document | Breathe, void> {
    const { count } = this.#index;
    for (let group = 0; group < count; group++) {
      const document: Document = { _id: this.#id(group) };
      for (let k = 0; k < this.#names.length; k++) {
        writeField(document, this.#names[k]!, this.#accumulators[k]!.result(group) ?? null);
      }
      yield document;
      if ((group & 255) === 255 && due()) yield BREATHE;
    }
  }

  /** The groups as rows for what follows. */
  table(): Table {
    const { count, parts } = this.#index;
    const fields = new Map<string, Vector>();
    let idParts: Map<string, Vector> | null = null;
    const partVectors = parts.map(
      (part) =>
        new ColumnVector(part.vector.book, (chunk) =>
          part.codesOfGroups.subarray(chunk * BATCH_ROWS, Math.min(count, (chunk + 1) * BATCH_ROWS)),
        ),
    );
    if (this.#idNames !== null) idParts = new Map(this.#idNames.map((name, k) => [name, partVectors[k]!]));
    fields.set('_id', new StoredValues((row) => this.#id(row)));
    if (this.#idNames === null && partVectors.length === 1) {
      const part = parts[0]!;
      // A missing key is null in the result.
      const hasMissing = part.codesOfGroups.subarray(0, count).includes(0);
      if (!hasMissing) fields.set('_id', partVectors[0]!);
    }
    for (const [k, name] of this.#names.entries()) fields.set(name, this.#accumulators[k]!.vector(count));
    return {
      chunks: chunksOf(count),
      fields: new Fields(fields, null, { idParts }),
      fill: (batch, chunk) => batch.fill(chunk, null, Math.min(BATCH_ROWS, count - chunk * BATCH_ROWS)),
    };
  }

  #id(group: number): BsonValue {
    const { parts } = this.#index;
    if (this.#idNames === null) {
      const part = parts[0];
      if (part === undefined) return null;
      return part.vector.book.value(this.#index.codeOf(0, group)) ?? null;
    }
    const id: Document = {};
    for (let k = 0; k < parts.length; k++) {
      const value = parts[k]!.vector.book.value(this.#index.codeOf(k, group));
      if (value !== undefined) writeField(id, this.#idNames[k]!, value);
    }
    return id;
  }
}

function isConstantNull(id: BsonValue): boolean {
  return id === null;
}

/** The names of a compound key; null where the key is one expression. */
function partNames(id: BsonValue): string[] | null {
  if (!isDocument(id)) return null;
  const names = Object.keys(id as Document);
  return names.length > 0 && !names[0]!.startsWith('$') ? names : null;
}
