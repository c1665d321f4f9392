import { decode, encode } from '../../bson/codec.ts';
import type { Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { CompiledSort } from '../../query/sort.ts';
import { externalSort, type SortSpec, sortFigures } from '../../spill/external-sort.ts';
import { approximateBytes, MemoryMeter } from '../../spill/work-space.ts';
import { isDocument } from '../documents.ts';
import { compileOrder } from '../expressions/order.ts';
import type { Scope } from '../expressions/scope.ts';
import { headOf, restored } from './spilled.ts';
import { type StageContext, type StageDefinition, type StageRun, union } from './stage.ts';

export const sort: StageDefinition = {
  summary: 'Orders the documents; equal ones stay in the order in which they came. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(15973, 'the $sort key specification must be an object');
    }
    return compileSortStage(argument, undefined, context);
  },
};

/** `$sort`, or `$sort` with the `$limit` behind it, which then holds no more than that many documents. */
export function compileSortStage(spec: Document, limit: number | undefined, context: StageContext): StageRun {
  const order = compileOrder(spec, context.scope);
  let figures = sortFigures();
  return {
    blocking: true,
    needs: (after) => union(after, order.fields),
    keeps: limit === undefined ? () => true : () => false,
    *run(input) {
      figures = sortFigures();
      const memory = new MemoryMeter('$sort', context.work, 'internalQueryMaxBlockingSortMemoryUsageBytes');
      yield* externalSort(input, documentSort(order, context.scope, limit), memory, context.due, figures);
    },
    figures: () => ({
      totalDataSizeSortedBytesEstimate: BigInt(figures.bytes),
      usedDisk: figures.spills > 0,
      spills: BigInt(figures.spills),
      spilledRecords: BigInt(figures.spilledRows),
      spilledDataStorageSize: BigInt(figures.spilledBytes),
    }),
  };
}

/** How documents are sorted, weighed and spilled. The key is computed again when a document comes back. */
export function documentSort(
  { keyOf, compareKeys, parts }: Pick<CompiledSort, 'keyOf' | 'compareKeys' | 'parts'>,
  scope: Scope,
  limit?: number,
): SortSpec<Document> {
  return {
    directions: parts.map(({ direction }) => direction),
    plainStrings: scope.shared.collation === null,
    keyOf,
    compareKeys,
    bytesOf: approximateBytes,
    limit,
    append: (document, _key, strand) => strand.append(headOf(document), encode(document)),
    read(head, body) {
      const row = restored(head, decode(body));
      return { key: keyOf(row), row };
    },
  };
}
