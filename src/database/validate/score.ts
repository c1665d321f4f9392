import type { CollectionName } from '../../domain/index.ts';

/**
 * How much of the data set can be trusted, from 0 to 100.
 *
 * For each collection: the documents without a failing check, as a share of those that are there or of those that the
 * manifest expects, whichever is more. The score is the mean of these shares, weighted by how much work hangs on a
 * collection, rounded down; it is at most 99.99 where any check fails, so that 100 means that nothing at all was found. What concerns the database itself
 * (indexes, change streams) is not in it: it is about the data.
 */
export const scoreWeights = {
  stores: 5,
  categories: 5,
  product_types: 5,
  products: 15,
  product_embeddings: 5,
  customers: 15,
  inventory: 15,
  orders: 20,
  order_items: 15,
  // What happened in the stores counts where something did.
  stock_movements: 10,
  stock_transfers: 2,
  replenishment_orders: 2,
  alerts: 1,
} as const satisfies Record<CollectionName, number>;

export interface CollectionQuality {
  readonly name: CollectionName;
  readonly documents: number;
  readonly expected: number | null;
  readonly failingDocuments: number;
  /** An empty collection of daily work says nothing; an empty collection of the data set is a fault. */
  readonly mayBeEmpty: boolean;
}

export function scoreOf(collections: readonly CollectionQuality[], anyCheckFails: boolean): number {
  let weights = 0;
  let sum = 0;
  for (const { name, documents, expected, failingDocuments, mayBeEmpty } of collections) {
    const whole = Math.max(documents, expected ?? 0);
    if (whole === 0 && mayBeEmpty) continue;
    weights += scoreWeights[name];
    sum += whole === 0 ? 0 : scoreWeights[name] * ((documents - failingDocuments) / whole);
  }
  if (weights === 0) return 0;
  const score = Math.floor((10_000 * sum) / weights) / 100;
  return anyCheckFails ? Math.min(99.99, score) : score;
}
