import type { Db } from 'mongodb';
import type { Pick } from './retail-query.ts';

const SEARCHES = ['cordless drill', 'outdoor light', 'stainless screws', 'garden hose', 'interior paint', 'hammer'];

/** What the parameters are drawn from: read once from the data, so that smaller data sets work as well. */
export interface Population {
  readonly orders: number;
  readonly customers: number;
  readonly storeIds: readonly string[];
  readonly categoryIds: readonly string[];
  readonly productIds: readonly string[];
  readonly inventoryIds: readonly string[];
  readonly emails: readonly string[];
}

export async function readPopulation(database: Db): Promise<Population> {
  const ids = async (collection: string) =>
    (
      await database.collection<{ _id: string }>(collection).find({}).project({ _id: 1 }).sort({ _id: 1 }).toArray()
    ).map(({ _id }) => _id as string);
  const customers = await database.collection('customers').estimatedDocumentCount();
  const step = Math.max(1, Math.floor(customers / 1000));
  const sampled = Array.from({ length: Math.min(customers, 1000) }, (_, at) => `customer_${1 + at * step}`);
  const emails = await database
    .collection<{ _id: string; email: string }>('customers')
    .find({ _id: { $in: sampled } })
    .project({ email: 1 })
    .toArray();
  return {
    orders: await database.collection('orders').countDocuments({ _id: /^order_/ } as object),
    customers,
    storeIds: await ids('stores'),
    categoryIds: await ids('categories'),
    productIds: await ids('products'),
    inventoryIds: await ids('inventory'),
    emails: emails.map(({ email }) => email as string),
  };
}

/** Draws from the population, the same from the same seed. */
export class SeededPick implements Pick {
  readonly population: Population;
  #state: number;

  constructor(population: Population, seed: number) {
    this.population = population;
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, but not including, `limit` (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  orderId = () => `order_${1 + this.below(this.population.orders)}`;
  customerId = () => `customer_${1 + this.below(this.population.customers)}`;
  storeId = () => this.#of(this.population.storeIds);
  categoryId = () => this.#of(this.population.categoryIds);
  productId = () => this.#of(this.population.productIds);
  inventoryId = () => this.#of(this.population.inventoryIds);
  email = () => this.#of(this.population.emails);
  searchWords = () => this.#of(SEARCHES);

  #of(list: readonly string[]): string {
    const drawn = list[this.below(list.length)];
    if (drawn === undefined) throw new Error('The data set lacks what this query asks for; is it loaded?');
    return drawn;
  }
}
