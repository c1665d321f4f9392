/** Filters over columns: one verdict per different value where a condition is on one field, else row by row. */
import type { Scope } from '../aggregation/index.ts';
import { compileFilterIn, conjunctsOf } from '../aggregation/stages/match.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import type { CompiledFilter } from '../query/filter.ts';
import type { FilterNode } from '../query/filter-node.ts';
import { BATCH_ROWS, type Batch } from './batch.ts';
import type { Codebook } from './codebook.ts';
import { Dictionary } from './dictionary.ts';
import { type ExpressionCompiler, textOf, Verdicts } from './expressions.ts';
import { CodedVector } from './vectors.ts';

/** Leaves those rows in the batch that meet the condition. */
export type Predicate = (batch: Batch) => void;

/** The predicates of a filter, all of which must hold. */
export function compilePredicates(filter: Document, compiler: ExpressionCompiler, scope: Scope): Predicate[] {
  const conditions = conjunctsOf(filter).map((condition) => {
    const masks = maskOf(condition, compiler, scope);
    return { apply: (batch: Batch) => batch.keep(masks.flags(batch)), cost: masks.cost };
  });
  // Cheap ones first: each row that they leave out is spared the others.
  return conditions.sort((a, b) => a.cost - b.cost).map(({ apply }) => apply);
}

interface Mask {
  flags(batch: Batch): Uint8Array;
  readonly cost: number;
}

const ROW_COST = 1e9;

function maskOf(condition: Document, compiler: ExpressionCompiler, scope: Scope): Mask {
  const names = Object.keys(condition);
  const [name] = names;
  const value = condition[name ?? ''] as BsonValue;
  if (names.length === 1 && name === '$expr') return { flags: compiler.truth(value), cost: ROW_COST };
  if (names.length === 1 && (name === '$or' || name === '$nor') && Array.isArray(value)) {
    const branches = value.map((branch) => allOf(branch as Document, compiler, scope));
    const isNor = name === '$nor';
    const flags = new Uint8Array(BATCH_ROWS);
    return {
      cost: branches.reduce((sum, { cost }) => sum + cost, 0),
      flags(batch) {
        flags.fill(0, 0, batch.count);
        for (const branch of branches) {
          const found = branch.flags(batch);
          for (let k = 0; k < batch.count; k++) flags[k] = flags[k]! | found[k]!;
        }
        if (isNor) for (let k = 0; k < batch.count; k++) flags[k] = 1 - flags[k]!;
        return flags;
      },
    };
  }
  const filter = compileFilterIn(condition, scope.forOtherDocuments());
  const { fields } = filter;
  if (fields !== 'all' && fields.size === 1) {
    const [field] = fields as ReadonlySet<string>;
    const vector = compiler.field(field as string);
    if (vector instanceof CodedVector) return byValue(vector, field as string, filter, condition);
  }
  const rows = compiler.rows(fields);
  const flags = new Uint8Array(BATCH_ROWS);
  return {
    cost: ROW_COST * 2,
    flags(batch) {
      for (let k = 0; k < batch.count; k++) flags[k] = filter.matches(rows.document(batch, k)) ? 1 : 0;
      return flags;
    },
  };
}

function allOf(filter: Document, compiler: ExpressionCompiler, scope: Scope): Mask {
  const parts = conjunctsOf(filter).map((condition) => maskOf(condition, compiler, scope));
  const flags = new Uint8Array(BATCH_ROWS);
  return {
    cost: parts.reduce((sum, { cost }) => sum + cost, 0),
    flags(batch) {
      flags.fill(1, 0, batch.count);
      for (const part of parts) {
        const found = part.flags(batch);
        for (let k = 0; k < batch.count; k++) flags[k] = flags[k]! & found[k]!;
      }
      return flags;
    },
  };
}

function byValue(vector: CodedVector, field: string, filter: CompiledFilter, condition: Document): Mask {
  const { book } = vector;
  const row: Document = {};
  const judge = (code: number) => {
    row[field] = book.value(code);
    return filter.matches(row);
  };
  const make = () => new Verdicts(textJudge(filter.tree, field, book, judge));
  const name = textOf(condition);
  const verdicts = name.includes('$expr') || name.includes('$$') ? make() : book.findings.get(`filter ${name}`, make);
  const flags = new Uint8Array(BATCH_ROWS);
  return { cost: book.size, flags: (batch) => verdicts.judge(vector, batch, flags) };
}

/** Comparisons of strings are decided on their bytes, which sort as the strings do. */
function textJudge(
  node: FilterNode,
  field: string,
  book: Codebook,
  otherwise: (code: number) => boolean,
): (code: number) => boolean {
  if (!(book instanceof Dictionary)) return otherwise;
  const test = textTest(node, field, book);
  return test === null ? otherwise : (code) => (book.type(code) === 0x02 ? test(code) : otherwise(code));
}

function textTest(node: FilterNode, field: string, book: Dictionary): ((code: number) => boolean) | null {
  if (node.kind === 'and') {
    const tests = node.children.map((child) => textTest(child, field, book));
    if (tests.some((test) => test === null)) return null;
    return (code) => tests.every((test) => test?.(code));
  }
  if (node.kind !== 'compare' || node.path !== field || typeof node.value !== 'string') return null;
  const bytes = Buffer.from(node.value, 'utf8');
  switch (node.operator) {
    case 'eq':
      return (code) => book.compareText(code, bytes) === 0;
    case 'lt':
      return (code) => book.compareText(code, bytes) < 0;
    case 'lte':
      return (code) => book.compareText(code, bytes) <= 0;
    case 'gt':
      return (code) => book.compareText(code, bytes) > 0;
    default:
      return (code) => book.compareText(code, bytes) >= 0;
  }
}
