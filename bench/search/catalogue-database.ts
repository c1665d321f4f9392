import type { Db } from 'mongodb';
import { zavaCatalog } from '../../src/catalog/index.ts';
import { createIndexes } from '../../src/database/index.ts';
import { generateDataSet, overrideGenerationConfig, readGenerationConfig } from '../../src/generator/index.ts';

const CATALOGUE = ['categories', 'product_types', 'products', 'product_embeddings'];

/** The whole catalogue with its vectors and indexes, and nothing that was ever sold. */
export async function fillCatalogue(db: Db): Promise<void> {
  const config = overrideGenerationConfig(readGenerationConfig(), { numCustomers: 10, numOrders: 10 });
  for (const { collection, documents } of generateDataSet({ config, catalog: zavaCatalog, checksums: false })) {
    if (CATALOGUE.includes(collection)) await db.collection<{ _id: string }>(collection).insertMany(documents as never);
  }
  await createIndexes(db);
}
