/**
 * Expressions over columns. What depends on one column is worked out by the ordinary evaluator, once per different value;
 * plain arithmetic on several runs on whole batches; everything else is evaluated row by row on a document of its fields.
 */
import { compileExpression } from '../aggregation/expressions/compile.ts';
import { isTrue } from '../aggregation/expressions/truth.ts';
import type { Scope } from '../aggregation/index.ts';
import { encode } from '../bson/codec.ts';
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import {
  ArithmeticVector,
  type BinaryOperator,
  ChosenNumbers,
  comparisons,
  FirstNumbers,
} from './arithmetic-vectors.ts';
import { BATCH_ROWS, type Batch } from './batch.ts';
import { ColumnsGiveUp } from './codebook.ts';
import type { Fields } from './table.ts';
import { DerivedBook } from './value-book.ts';
import {
  CodedVector,
  ConstantVector,
  DerivedVector,
  type NumberVector,
  numbers,
  RowDocuments,
  RowVector,
  type Vector,
} from './vectors.ts';

export class ExpressionCompiler {
  readonly #fields: Fields;
  readonly #scope: Scope;
  /** Vectors by their expression, so that what is written twice is worked out once. */
  readonly #known: Map<string, Vector>;
  readonly #knownNumbers = new Map<string, NumberVector>();

  constructor(fields: Fields, scope: Scope) {
    this.#fields = fields;
    this.#scope = scope;
    this.#known = new Map();
  }

  /** The value of an expression in each row. */
  compile(expression: BsonValue): Vector {
    const name = textOf(expression);
    let vector = this.#known.get(name);
    if (vector === undefined) this.#known.set(name, (vector = this.#compile(expression, name)));
    return vector;
  }

  /** The same as numbers, for those who take null and missing for the same. */
  numbers(expression: BsonValue): NumberVector {
    const name = textOf(expression);
    let vector = this.#knownNumbers.get(name);
    if (vector === undefined) {
      vector = this.#compileNumbers(expression) ?? numbers(this.compile(expression));
      this.#knownNumbers.set(name, vector);
    }
    return vector;
  }

  /** Documents of the fields that a compiled expression or filter reads. */
  rows(reads: ReadonlySet<string> | 'all'): RowDocuments {
    if (reads === 'all') throw new ColumnsGiveUp('whole documents are needed');
    return new RowDocuments(new Map([...reads].map((field) => [field, this.#fields.get(field)])));
  }

  field(name: string): Vector {
    return this.#fields.get(name);
  }

  /** Whether the expression is true in each row. */
  truth(expression: BsonValue): (batch: Batch) => Uint8Array {
    const comparison = this.#compileComparison(expression);
    if (comparison !== null) return comparison;
    const vector = this.compile(expression);
    const flags = new Uint8Array(BATCH_ROWS);
    if (vector instanceof CodedVector) {
      const verdicts = new Verdicts((code) => isTrue(vector.book.value(code)));
      return (batch) => verdicts.judge(vector, batch, flags);
    }
    return (batch) => {
      for (let k = 0; k < batch.count; k++) flags[k] = isTrue(vector.value(batch, k)) ? 1 : 0;
      return flags;
    };
  }

  #compile(written: BsonValue, name: string): Vector {
    const { expression, fields } = this.#split(written);
    const { fields: reads, evaluate, constant } = compileExpression(expression, this.#scope);
    if (constant !== undefined) return new ConstantVector(constant.value);
    if (reads === 'all') throw new ColumnsGiveUp('whole documents are needed');
    if (typeof expression === 'string' && !expression.startsWith('$$') && !expression.includes('.')) {
      return fields(expression.slice(1));
    }
    const sources = [...reads].map((field) => [field, fields(field)] as const);
    const [only] = sources;
    if (sources.length === 1 && only !== undefined && !name.includes('$rand')) {
      const [field, source] = only;
      if (source instanceof CodedVector) {
        const row: Document = {};
        return new DerivedVector(source, this.#derivedOf(source, field, name), (value) => {
          row[field] = value;
          return evaluate(row);
        });
      }
    }
    const arithmetic = this.#compileArithmetic(written);
    if (arithmetic !== null) return arithmetic;
    return new RowVector(new RowDocuments(new Map(sources)), evaluate);
  }

  /** What was made of a column is kept with it, unless it depends on more than the column. */
  #derivedOf(source: CodedVector, field: string, name: string): DerivedBook {
    if (name.includes('$$')) return new DerivedBook();
    return source.book.findings.get(`expression ${field} ${name}`, () => new DerivedBook());
  }

  /**
   * Reads of single fields of a compound `_id` become reads of fields of their own, so that they need not be put together
   * first. Their names hold a character that Unicode keeps out of texts.
   */
  #split(expression: BsonValue): { expression: BsonValue; fields: (name: string) => Vector } {
    const parts = this.#fields.idParts;
    if (parts === null || textOf(expression).includes('$literal')) {
      return { expression, fields: (name) => this.#fields.get(name) };
    }
    const names = new Map<string, Vector>();
    const rewritten = rewrite(expression, (path) => {
      const [first, second, ...rest] = path.slice(1).split('.');
      const part = first === '_id' && second !== undefined ? parts.get(second) : undefined;
      if (part === undefined) return path;
      const alias = `_id\uffff${second}`;
      names.set(alias, part);
      return `$${[alias, ...rest].join('.')}`;
    });
    return { expression: rewritten, fields: (name) => names.get(name) ?? this.#fields.get(name) };
  }

  #compileNumbers(expression: BsonValue): NumberVector | null {
    const operation = operationOf(expression);
    if (operation === null || this.#dependsOnOneField(expression)) return null;
    const { operator, operands } = operation;
    if (operator === '$cond') {
      const [condition, yes, no] = operands as [BsonValue, BsonValue, BsonValue];
      return new ChosenNumbers(this.truth(condition), this.numbers(yes), this.numbers(no));
    }
    if (operator === '$ifNull' && operands.length === 2) {
      return new FirstNumbers(this.numbers(operands[0]!), this.numbers(operands[1]!));
    }
    return this.#compileArithmetic(expression);
  }

  #compileArithmetic(expression: BsonValue): NumberVector | null {
    const operation = operationOf(expression);
    if (operation === null || operation.operands.length !== 2) return null;
    const { operator, operands } = operation;
    if (!ARITHMETIC.has(operator)) return null;
    return new ArithmeticVector(operator as BinaryOperator, this.numbers(operands[0]!), this.numbers(operands[1]!));
  }

  #compileComparison(expression: BsonValue): ((batch: Batch) => Uint8Array) | null {
    const operation = operationOf(expression);
    if (operation === null || operation.operands.length !== 2 || this.#dependsOnOneField(expression)) return null;
    const wanted = COMPARISONS.get(operation.operator);
    if (wanted === undefined) return null;
    const left = this.numbers(operation.operands[0]!);
    const right = this.numbers(operation.operands[1]!);
    const rest = this.compile(expression);
    const found = new Int8Array(BATCH_ROWS);
    const flags = new Uint8Array(BATCH_ROWS);
    return (batch) => {
      comparisons(left, right, batch, found);
      for (let k = 0; k < batch.count; k++) {
        const difference = found[k]!;
        flags[k] = difference === 2 ? (isTrue(rest.value(batch, k)) ? 1 : 0) : wanted[difference + 1]!;
      }
      return flags;
    };
  }

  #dependsOnOneField(expression: BsonValue): boolean {
    const { fields } = compileExpression(this.#split(expression).expression, this.#scope);
    return fields !== 'all' && fields.size < 2;
  }
}

/** Yes or no by code, found out once for each. */
export class Verdicts {
  readonly #judge: (code: number) => boolean;
  /** By code: 0 not known, 1 no, 2 yes. */
  #known = new Uint8Array(0);

  constructor(judge: (code: number) => boolean) {
    this.#judge = judge;
  }

  get bytes(): number {
    return this.#known.length;
  }

  judge(vector: CodedVector, batch: Batch, flags: Uint8Array): Uint8Array {
    const codes = vector.codes(batch);
    const { size } = vector.book;
    if (this.#known.length < size) {
      const wider = new Uint8Array(size + (size >> 2) + 16);
      wider.set(this.#known);
      this.#known = wider;
    }
    const known = this.#known;
    for (let k = 0; k < batch.count; k++) {
      const code = codes[k]!;
      let verdict = known[code]!;
      if (verdict === 0) {
        verdict = this.#judge(code) ? 2 : 1;
        known[code] = verdict;
      }
      flags[k] = verdict - 1;
    }
    return flags;
  }
}

const ARITHMETIC: ReadonlySet<string> = new Set<BinaryOperator>(['$add', '$subtract', '$multiply', '$divide']);
/** Whether it holds where the first is less, equal, greater. */
const COMPARISONS = new Map<string, readonly [number, number, number]>([
  ['$eq', [0, 1, 0]],
  ['$ne', [1, 0, 1]],
  ['$lt', [1, 0, 0]],
  ['$lte', [1, 1, 0]],
  ['$gt', [0, 0, 1]],
  ['$gte', [0, 1, 1]],
]);

function operationOf(expression: BsonValue): { operator: string; operands: readonly BsonValue[] } | null {
  if (!isDocument(expression)) return null;
  const names = Object.keys(expression);
  const operator = names[0];
  if (names.length !== 1 || operator === undefined) return null;
  const argument = (expression as Document)[operator] as BsonValue;
  if (Array.isArray(argument)) return { operator, operands: argument };
  if (operator === '$cond' && isDocument(argument)) {
    const { if: condition, then: yes, else: no } = argument as Document;
    return { operator, operands: [condition as BsonValue, yes as BsonValue, no as BsonValue] };
  }
  return null;
}

function rewrite(value: BsonValue, path: (path: string) => string): BsonValue {
  if (typeof value === 'string') return value.startsWith('$_id.') ? path(value) : value;
  if (Array.isArray(value)) return value.map((item) => rewrite(item, path));
  if (!isDocument(value)) return value;
  const copy: Document = {};
  for (const [name, item] of Object.entries(value as Document)) copy[name] = rewrite(item as BsonValue, path);
  return copy;
}

/** The expression as text that tells apart what means something else. */
export function textOf(expression: BsonValue): string {
  return typeof expression === 'string' ? expression : `\0${Buffer.from(encode({ expression })).toString('latin1')}`;
}
