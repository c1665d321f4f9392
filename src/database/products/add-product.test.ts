import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase, testServerUri } from '../../../tests/support/database.ts';
import { zavaCatalog } from '../../catalog/index.ts';
import { collections, foldStock, type InventoryItem, type Product, type StockMovement } from '../../domain/index.ts';
import { wordModel } from '../../embeddings/index.ts';
import { readGenerationConfig } from '../../generator/index.ts';
import { enableChangeStreams } from '../change-streams/enable.ts';
import { createIndexes } from '../indexes/manage.ts';
import { generateInto } from '../load/generate.ts';
import { validateDatabase } from '../validate/index.ts';
import { addProduct } from './add-product.ts';

beforeAll(testServerUri);

const hammer = {
  name: 'Framing Hammer 22 oz',
  type: 'hammers',
  cost: 18.4,
  description: 'A framing hammer with a milled face and a long grip.',
  specifications: { weight_g: 624 },
};
const options = { model: wordModel(), now: new Date('2026-11-22T08:00:00Z') };

async function openLoadedDatabase(): Promise<TestDatabase> {
  const database = await openTestDatabase();
  const config = readGenerationConfig(undefined, { numCustomers: 10, numOrders: 10 });
  await generateInto(database.db, { config, catalog: zavaCatalog, program: 'test' });
  await createIndexes(database.db);
  return database;
}
const countsOf = async ({ db }: TestDatabase) =>
  Object.fromEntries(
    await Promise.all(
      ['products', 'product_embeddings', 'inventory', 'stock_movements'].map(async (name) => [
        name,
        await db.collection(name).countDocuments(),
      ]),
    ),
  );

describe('adding a product', () => {
  test('[DB15] the product, its embedding, an inventory item in each store and its opening count are written, all valid', async () => {
    await using database = await openLoadedDatabase();
    const before = await countsOf(database);
    const added = await addProduct(database.client, database.db, hammer, options);
    const { product, embeddingModel, inventoryItems } = added;
    expect(added.inOneTransaction).toBe(true);
    expect(product).toMatchObject({
      product_id: 'prod_401',
      cost: 18.4,
      base_price: 27.46,
      sku: expect.stringMatching(/^HT-HAM-\d+$/),
    });
    expect({ embeddingModel, inventoryItems }).toEqual({ embeddingModel: 'zava-words-v1', inventoryItems: 8 });
    const after = await countsOf(database);
    expect(after).toEqual({
      products: before['products'] + 1,
      product_embeddings: before['product_embeddings'] + 1,
      inventory: before['inventory'] + 8,
      stock_movements: before['stock_movements'] + 8,
    });
    const found = async (name: keyof typeof collections) =>
      await database.db.collection(name).find({ product_id: product.product_id }).toArray();
    for (const name of ['products', 'product_embeddings', 'inventory', 'stock_movements'] as const) {
      for (const document of await found(name)) expect(() => collections[name].schema.parse(document)).not.toThrow();
    }
    const [embedding] = await found('product_embeddings');
    expect(embedding?.['embedding_model']).toBe('zava-words-v1');
    for (const item of (await found('inventory')) as unknown as InventoryItem[]) {
      const movements = await database.db
        .collection<StockMovement>('stock_movements')
        .find({ inventory_id: item.inventory_id })
        .toArray();
      expect(movements).toHaveLength(1);
      expect(foldStock(movements)).toBe(item.stock_level);
      const place = { store_id: item.store_id, location: item.location };
      expect(await database.db.collection('inventory').countDocuments(place)).toBeGreaterThan(1);
    }
  });

  test('[DB15] any number added at once get ids and SKUs of their own', async () => {
    await using database = await openLoadedDatabase();
    const added = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        addProduct(database.client, database.db, { ...hammer, name: `Hammer ${at}` }, options),
      ),
    );
    expect(new Set(added.map(({ product }) => product.product_id)).size).toBe(6);
    expect(new Set(added.map(({ product }) => product.sku)).size).toBe(6);
    expect(await database.db.collection('products').countDocuments()).toBe(406);
    expect(await database.db.collection('inventory').countDocuments()).toBe(406 * 8);
  });

  test('[DB15] a wrong input names every wrong field, and writes nothing', async () => {
    await using database = await openLoadedDatabase();
    const before = await countsOf(database);
    const wrong = { ...hammer, type: 'hamers', cost: -1, colour: 'red' };
    const refusal = await addProduct(database.client, database.db, wrong, options).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'PRODUCT_INPUT_INVALID' });
    for (const field of ['type', 'cost', 'only the fields']) expect(refusal.message).toContain(field);
    expect(await countsOf(database)).toEqual(before);
  });

  test('[DB15] a SKU that exists is refused', async () => {
    await using database = await openLoadedDatabase();
    const before = await countsOf(database);
    const { sku } = (await database.db.collection<Product>('products').findOne({ _id: 'prod_1' }))!;
    await expect(addProduct(database.client, database.db, { ...hammer, sku }, options)).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      data: { sku },
    });
    expect(await countsOf(database)).toEqual(before);
  });

  test('[DB15] what an attempt without transactions left half-done stays hidden, and the next one finishes it', async () => {
    await using database = await openLoadedDatabase();
    const { product } = await addProduct(database.client, database.db, { ...hammer, sku: 'HT-NEW-1' }, options);
    // As a crash after the hidden product and half of the inventory leaves it.
    const ofProduct = { product_id: product.product_id };
    await database.db.collection('products').updateOne(ofProduct, { $set: { deleted: true, setup: 'unfinished' } });
    await database.db.collection('product_embeddings').deleteOne(ofProduct);
    const items = await database.db.collection<InventoryItem>('inventory').find(ofProduct).toArray();
    for (const { inventory_id } of items.slice(0, 5)) {
      await database.db.collection('inventory').deleteOne({ inventory_id });
      await database.db.collection('stock_movements').deleteOne({ inventory_id });
    }
    await addProduct(
      database.client,
      database.db,
      { ...hammer, sku: 'HT-NEW-1' },
      { ...options, withoutTransaction: true },
    );
    const [finished] = await database.db.collection('products').find(ofProduct).toArray();
    expect(finished).toMatchObject({ deleted: false });
    expect(finished).not.toHaveProperty('setup');
    expect(await database.db.collection('product_embeddings').countDocuments(ofProduct)).toBe(1);
    expect(await database.db.collection('inventory').countDocuments(ofProduct)).toBe(8);
    expect(await database.db.collection('stock_movements').countDocuments(ofProduct)).toBe(8);
  });

  test('[DB15] a database without the data set is refused', async () => {
    await using database = await openTestDatabase();
    await expect(addProduct(database.client, database.db, hammer, options)).rejects.toMatchObject({
      code: 'COLLECTIONS_MISSING',
    });
  });

  test('[DB15] validation still passes afterwards: it knows that the data is in use', async () => {
    await using database = await openLoadedDatabase();
    await enableChangeStreams(database.db);
    await addProduct(database.client, database.db, hammer, options);
    const report = await validateDatabase({ db: database.db });
    expect(report.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.stage).toBe('in_use');
  });
});
