/** The whole data set as a stream of batches, and the manifest that says what was in it. */

import { createHash, type Hash } from 'node:crypto';
import type { Catalog, ReferenceData } from '../catalog/index.ts';
import type { CollectionName } from '../domain/index.ts';
import { isoTimeFromSeconds } from '../domain/index.ts';
import { type EmbeddingModel, wordModel } from '../embeddings/index.ts';
import { type Assortment, assortmentOf } from './assortment.ts';
import {
  categoryDocuments,
  modelNameOf,
  productDocuments,
  productEmbeddingDocuments,
  productTypeDocuments,
} from './catalog-documents.ts';
import { dateWindow, type GenerationConfig } from './config.ts';
import { customerBaseOf, customerDocuments } from './customers.ts';
import { GeneratorError } from './errors.ts';
import { type CountedItem, inventoryDocuments, openingCounts } from './inventory.ts';
import { ordersWithItems, RecentDemand } from './orders.ts';
import { storeDocuments, storesOf } from './stores.ts';

const BATCH_DOCUMENTS = 1000;

/** The collections that the generator fills, in the order of their first batches. */
export const generatedCollectionNames = [
  'stores',
  'categories',
  'product_types',
  'products',
  'product_embeddings',
  'customers',
  'orders',
  'order_items',
  'inventory',
  'stock_movements',
] as const satisfies readonly CollectionName[];

export type GeneratedCollectionName = (typeof generatedCollectionNames)[number];

/** A document with its fields in the order of the data contract: `_id` first, `deleted` last. */
export type GeneratedDocument = { readonly _id: string } & Readonly<Record<string, unknown>>;

export interface Batch {
  readonly collection: GeneratedCollectionName;
  /** At least one, at most `batchSize`. The consumer may keep or change them. */
  readonly documents: readonly GeneratedDocument[];
  /** The documents as JSON, one a line, where checksums are made; `''` otherwise. */
  readonly ndjson: string;
}

export interface DataSetOptions {
  readonly config: GenerationConfig;
  readonly catalog: Catalog;
  /** Replaces the stores' weights and the year weights; the catalogue's own unless given. */
  readonly referenceData?: ReferenceData | undefined;
  /** The model of vectors that the catalogue does not bring. */
  readonly embeddingModel?: EmbeddingModel;
  /** Documents per batch, 1,000 unless given. Changes how the stream is cut, never what is in it. */
  readonly batchSize?: number;
  /** Whether the manifest has checksums (and the batches their text); true unless given. Costs about three seconds. */
  readonly checksums?: boolean;
}

/** What a run of the generator made: everything needed to make the same again, and to check a copy of it. */
export interface Manifest {
  readonly format: 'zava-data-set/1';
  readonly seed: number;
  readonly startDate: string;
  readonly endDate: string;
  /** The instant that the data set takes for now. */
  readonly today: string;
  readonly catalogSource: string;
  readonly embeddingModels: readonly string[];
  /** Of the configuration with all overrides, and of the reference data. */
  readonly configSha256: string;
  readonly collections: Readonly<Record<GeneratedCollectionName, CollectionSummary>>;
}

export interface CollectionSummary {
  readonly count: number;
  /** SHA-256 of the collection as NDJSON, one JSON document and a line feed each, in the order of the stream. */
  readonly sha256: string | null;
}

/** A data set: iterate it to generate it (each time anew, with the same result), then ask for the manifest. */
export interface DataSet extends Iterable<Batch> {
  /** Complete after the last batch; throws `MANIFEST_NOT_READY` before. */
  manifest(): Manifest;
}

/**
 * Generates stores, categories, product types, products, embeddings and customers, then orders in order of time, each
 * batch of them followed by its items, then inventory and the stock ledger's opening counts.
 */
export function generateDataSet(options: DataSetOptions): DataSet {
  const referenceData = options.referenceData ?? options.catalog.referenceData;
  const config = withReferenceYears(options.config, referenceData);
  const batchSize = options.batchSize ?? BATCH_DOCUMENTS;
  const model = options.embeddingModel ?? wordModel();
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`A batch has 1 document or more, not ${batchSize}.`);
  const assortment = assortmentOf(options.catalog);
  const stores = storesOf(config, referenceData);
  let manifest: Manifest | undefined;

  function* batches(): Generator<Batch> {
    manifest = undefined;
    const tally = new Tally(options.checksums ?? true);
    const customers = customerBaseOf(config, stores);
    const demand = new RecentDemand(config, stores.length, assortment.products.length);
    const cut = (collection: GeneratedCollectionName, documents: Iterable<GeneratedDocument>) =>
      cutIntoBatches(tally, collection, documents, batchSize);

    yield* cut('stores', storeDocuments(config, stores));
    yield* cut('categories', categoryDocuments(assortment));
    yield* cut('product_types', productTypeDocuments(assortment));
    yield* cut('products', productDocuments(config, assortment));
    yield* cut('product_embeddings', productEmbeddingDocuments(config, assortment, model));
    yield* cut('customers', customerDocuments(config, stores, customers));

    let orders: GeneratedDocument[] = [];
    let items: GeneratedDocument[] = [];
    for (const { order, items: itemsOfOrder } of ordersWithItems({ config, assortment, stores, customers, demand })) {
      orders.push(order);
      for (const item of itemsOfOrder) items.push(item);
      if (orders.length === batchSize) {
        yield* cut('orders', orders);
        yield* cut('order_items', items);
        orders = [];
        items = [];
      }
    }
    yield* cut('orders', orders);
    yield* cut('order_items', items);

    const counted: CountedItem[] = [];
    yield* cut('inventory', rememberCounts(inventoryDocuments({ config, assortment, stores, demand }), counted));
    yield* cut('stock_movements', openingCounts(config, counted));
    manifest = manifestOf(config, referenceData, options.catalog, assortment, model, tally);
  }

  return {
    [Symbol.iterator]: batches,
    manifest() {
      if (manifest === undefined) {
        throw new GeneratorError('MANIFEST_NOT_READY', 'The data set has not been read to its end.');
      }
      return manifest;
    },
  };
}

export interface ExpectedCount {
  readonly count: number;
  /** Whether it is known in advance; the number of order items follows from chance. */
  readonly isExact: boolean;
}

/** How many documents of each collection a data set will have: for progress, and for checks. */
export function expectedCounts(
  config: GenerationConfig,
  catalog: Catalog,
  referenceData: ReferenceData | undefined = catalog.referenceData,
): Record<GeneratedCollectionName, ExpectedCount> {
  const assortment = assortmentOf(catalog);
  const stores = storesOf(config, referenceData).length;
  const products = assortment.products.length;
  const weights = config.baskets.items_per_order;
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const itemsPerOrder = weights.reduce((sum, weight, at) => sum + weight * Math.min(at + 1, products), 0) / weightSum;
  const exact = (count: number): ExpectedCount => ({ count, isExact: true });
  return {
    stores: exact(stores),
    categories: exact(assortment.categories.length),
    product_types: exact(assortment.types.length),
    products: exact(products),
    product_embeddings: exact(products),
    customers: exact(config.counts.customers),
    orders: exact(config.counts.orders),
    order_items: { count: Math.round(itemsPerOrder * config.counts.orders), isExact: false },
    inventory: exact(stores * products),
    stock_movements: exact(stores * products),
  };
}

/** The reference data's year weights take the place of the configuration's. */
function withReferenceYears(config: GenerationConfig, referenceData: ReferenceData | undefined): GenerationConfig {
  if (referenceData === undefined || Object.keys(referenceData.yearWeights).length === 0) return config;
  return { ...config, order_times: { ...config.order_times, year_weights: { ...referenceData.yearWeights } } };
}

function* cutIntoBatches(
  tally: Tally,
  collection: GeneratedCollectionName,
  documents: Iterable<GeneratedDocument>,
  batchSize: number,
): Generator<Batch> {
  let batch: GeneratedDocument[] = [];
  for (const document of documents) {
    batch.push(document);
    if (batch.length === batchSize) {
      yield { collection, documents: batch, ndjson: tally.add(collection, batch) };
      batch = [];
    }
  }
  if (batch.length > 0) yield { collection, documents: batch, ndjson: tally.add(collection, batch) };
}

function* rememberCounts<Item extends CountedItem>(items: Iterable<Item>, counted: CountedItem[]): Generator<Item> {
  for (const item of items) {
    const { inventory_id, store_id, product_id, stock_level, last_counted } = item;
    counted.push({ inventory_id, store_id, product_id, stock_level, last_counted });
    yield item;
  }
}

/** Counts and checksums of the collections so far. */
class Tally {
  readonly #counts = new Map<GeneratedCollectionName, number>();
  readonly #hashes: Map<GeneratedCollectionName, Hash> | undefined;

  constructor(withChecksums: boolean) {
    for (const name of generatedCollectionNames) this.#counts.set(name, 0);
    if (withChecksums) this.#hashes = new Map(generatedCollectionNames.map((name) => [name, createHash('sha256')]));
  }

  /** The batch as text, where there are checksums. */
  add(collection: GeneratedCollectionName, documents: readonly GeneratedDocument[]): string {
    this.#counts.set(collection, this.#counts.get(collection)! + documents.length);
    if (this.#hashes === undefined) return '';
    const text = ndjsonOf(documents);
    this.#hashes.get(collection)!.update(text);
    return text;
  }

  summary(): Record<GeneratedCollectionName, CollectionSummary> {
    return Object.fromEntries(
      generatedCollectionNames.map((name) => [
        name,
        { count: this.#counts.get(name)!, sha256: this.#hashes?.get(name)?.digest('hex') ?? null },
      ]),
    ) as Record<GeneratedCollectionName, CollectionSummary>;
  }
}

/**
 * Documents as JSON, one a line. The batch is turned into text as one list and then cut, in half the time of one text per
 * document. `},{"_id":"` stands between two documents only: inside a text its quotation marks would be escaped, and the
 * data contract allows no lists of objects inside a document.
 */
export function ndjsonOf(documents: readonly GeneratedDocument[]): string {
  if (documents.length === 0) return '';
  return `${JSON.stringify(documents).slice(1, -1).replaceAll('},{"_id":"', '}\n{"_id":"')}\n`;
}

function manifestOf(
  config: GenerationConfig,
  referenceData: ReferenceData | undefined,
  catalog: Catalog,
  assortment: Assortment,
  model: EmbeddingModel,
  tally: Tally,
): Manifest {
  const models = new Set(assortment.products.map((product) => modelNameOf(product, model)));
  return {
    format: 'zava-data-set/1',
    seed: config.seed,
    startDate: config.dates.start_date,
    endDate: config.dates.end_date,
    today: isoTimeFromSeconds(dateWindow(config).todaySeconds),
    catalogSource: catalog.source,
    embeddingModels: [...models].sort(),
    configSha256: createHash('sha256')
      .update(JSON.stringify(inKeyOrder({ config, referenceData: referenceData ?? null })))
      .digest('hex'),
    collections: tally.summary(),
  };
}

function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inKeyOrder(inner)]));
}
