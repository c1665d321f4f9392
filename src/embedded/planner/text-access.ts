/** `$text` through the collection's text index. */
import { encodeKey } from '../bson/keys.ts';
import type { BsonValue } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { FilterNode } from '../query/filter-node.ts';
import { type CompiledTextQuery, compileTextQuery, textIndexOf } from '../query/text.ts';
import type { CollectionReader, IndexInfo, KeyRange } from '../storage/storage.ts';
import { type Conditions, isText, predicatesFor } from './eligibility.ts';
import type { Predicate } from './field-bounds.ts';
import type { IndexBounds } from './index-bounds.ts';
import { everything, isPoint, point, successor } from './intervals.ts';

type TextNode = Extract<FilterNode, { kind: 'text' }>;

export interface TextAccess {
  readonly index: IndexInfo;
  readonly text: CompiledTextQuery;
  readonly bounds: IndexBounds;
}

/** Whether the `$text` is something that every match has to meet; below an `$or` it is not. */
export function isTextRequired(node: FilterNode): boolean {
  return node.kind === 'text' || (node.kind === 'and' && node.children.some(isTextRequired));
}

/** The `$text` of a filter, wherever it stands. */
export function textNodeOf(node: FilterNode): TextNode | null {
  switch (node.kind) {
    case 'text':
      return node;
    case 'and':
    case 'or':
    case 'nor':
      return node.children.map(textNodeOf).find((found) => found !== null) ?? null;
    case 'not':
      return textNodeOf(node.child);
    default:
      return null;
  }
}

export function textAccess(node: TextNode, collection: CollectionReader, conditions: Conditions): TextAccess {
  const index = collection.info.indexes.find(isText);
  if (index === undefined) throw new MongoError('IndexNotFound', 'text index required for $text query');
  const predicates = predicatesFor(index, conditions);
  const text = compileTextQuery(node.query, textIndexOf(index.key, index.options));
  return { index, text, bounds: boundsOf(index, text, predicates) };
}

/** One range per term, behind the fields that stand before the text in the index: those must be given as equalities. */
function boundsOf(index: IndexInfo, text: CompiledTextQuery, predicates: readonly Predicate[]): IndexBounds {
  const before: BsonValue[] = [];
  const fields: IndexBounds['fields'][number][] = [];
  for (const [path, kind] of Object.entries(index.key)) {
    if (kind === 'text') break;
    const equality = predicates.find(
      (one) => one.path === path && one.intervals.length === 1 && isPoint(one.intervals[0] ?? everything),
    );
    const interval = equality?.intervals[0];
    if (interval === undefined) {
      throw new MongoError(
        'BadValue',
        `error processing query: failed to use text index to satisfy $text query (if text index is compound, are equality predicates given for all prefix fields?)`,
      );
    }
    before.push(interval.low.value);
    fields.push({ path, direction: kind === -1 ? -1 : 1, intervals: [interval] });
  }
  const directions = [...fields.map(({ direction }) => direction), 1 as const];
  const ranges: KeyRange[] = [...text.terms].sort(byCodePoint).map((term) => {
    const from = encodeKey([...before, term], directions);
    return { from, fromInclusive: true, to: successor(from), toInclusive: false };
  });
  fields.push({ path: '_fts', direction: 1, intervals: [...text.terms].map((term) => point(term)) });
  return { fields, ranges, points: before.length, bounded: fields.length, answered: new Set() };
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
