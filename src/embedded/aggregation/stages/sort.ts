import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { insertOrdered } from '../accumulators/group-accumulators.ts';
import { describeValue } from '../describe.ts';
import { isDocument, metadataOf } from '../documents.ts';
import type { Scope } from '../expressions/scope.ts';
import { keyOrder, parseSortSpec, sortKeyReader } from '../expressions/sort-spec.ts';
import { MemoryMeter } from './memory.ts';
import type { StageDefinition } from './stage.ts';
import { type StageContext, type StageRun, union } from './stage.ts';

export const sort: StageDefinition = {
  summary: 'Orders the documents; equal ones stay in the order in which they came. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(15973, 'the $sort key specification must be an object');
    }
    return compileSortStage(argument, undefined, context);
  },
};

/** Reads the keys of one document, and compares two rows of keys. */
export interface Ordering {
  readonly keysOf: (document: Document) => BsonValue[];
  readonly order: (left: readonly BsonValue[], right: readonly BsonValue[]) => number;
  /** Top-level fields. */
  readonly fields: ReadonlySet<string>;
}

export function compileOrdering(spec: Document, scope: Scope): Ordering {
  const fields = new Set<string>();
  if (Object.keys(spec).length === 0) {
    throw new MongoError(15976, '$sort stage must have at least one sort key');
  }
  if (Object.keys(spec).length > 32) throw new MongoError(13103, 'too many compound keys');
  const readers: ((document: Document) => BsonValue)[] = [];
  const directions: (1 | -1)[] = [];
  for (const path of Object.keys(spec)) {
    const value = spec[path]!;
    if (isDocument(value)) {
      const { $meta: kind } = value;
      if (kind === undefined || Object.keys(value).length !== 1) {
        throw new MongoError(15974, `Illegal key in $sort specification: ${path}: ${describeValue(value)}`);
      }
      readers.push(metadataReader(kind));
      // A score sorts from the best down.
      directions.push(-1);
      scope.shared.usesMetadata = true;
      continue;
    }
    const [key] = parseSortSpec({ [path]: value });
    fields.add(key!.names[0]!);
    directions.push(key!.direction);
    readers.push(sortKeyReader(key!, scope.compare));
  }
  return {
    fields,
    order: keyOrder(directions, scope.compare),
    keysOf: (document) => readers.map((read) => read(document)),
  };
}

function metadataReader(kind: BsonValue): (document: Document) => BsonValue {
  switch (kind) {
    case 'textScore':
    case 'vectorSearchScore':
    case 'searchScore':
      return (document) => {
        const score = metadataOf(document)?.[kind];
        if (score === undefined) {
          throw new MongoError(40218, `query requires ${kind} metadata, but it is not available`);
        }
        return score;
      };
    case 'randVal':
      return () => Math.random();
    default:
      throw new MongoError(31138, `Illegal $meta sort: $meta: ${describeValue(kind)}`);
  }
}

interface Row {
  readonly keys: readonly BsonValue[];
  readonly document: Document;
  readonly sequence: number;
}

/** `$sort`, or `$sort` with the `$limit` behind it, which then holds no more than that many documents. */
export function compileSortStage(spec: Document, limit: number | undefined, context: StageContext): StageRun {
  const { keysOf, order, fields } = compileOrdering(spec, context.scope);
  const inOrder = (left: Row, right: Row) => order(left.keys, right.keys) || left.sequence - right.sequence;
  return {
    blocking: true,
    needs: (after) => union(after, fields),
    keeps: limit === undefined ? () => true : () => false,
    *run(input) {
      const memory = new MemoryMeter('$sort', context);
      let rows: Row[] = [];
      let sequence = 0;
      // Up to here, one sort at the end of each batch costs less than keeping the best in order all the time.
      const batch = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(limit * 2, limit + 1024);
      for (const document of input) {
        memory.tick();
        const row = { keys: keysOf(document), document, sequence: sequence++ };
        if (limit !== undefined && limit <= 64) {
          insertOrdered(rows, row, limit, inOrder);
          continue;
        }
        rows.push(row);
        memory.add(document);
        if (rows.length >= batch) {
          rows = rows.sort(inOrder).slice(0, limit);
          memory.release();
        }
      }
      rows.sort(inOrder);
      const count = Math.min(rows.length, limit ?? rows.length);
      for (let index = 0; index < count; index++) yield rows[index]!.document;
    },
  };
}
