/**
 * Adds one product to a loaded database: the product, its embedding, and for each store an inventory item with its
 * opening count of zero.
 *
 * With transactions all of it appears at once. Without them the product is written first, hidden (`deleted: true`) and
 * marked `setup: 'unfinished'`, and shown last: what a crash leaves is hidden, and the next attempt with the same SKU
 * finishes it.
 */
import { randomUUID } from 'node:crypto';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import { categoryPicture, nextSku, type ProductInput, parseProductInput, pictureUrl } from '../../catalog/index.ts';
import {
  basePriceCentsFromCostCents,
  type Category,
  GROSS_MARGIN_PERCENT,
  hlcText,
  type InventoryItem,
  isoTimeFromSeconds,
  moneyFromCents,
  OPENING_COUNT_REASON,
  type Product,
  type ProductEmbedding,
  type ProductType,
  productIdFromNumber,
  type StockMovement,
  type Store,
} from '../../domain/index.ts';
import { descriptionText, type EmbeddingModel, pictureWords } from '../../embeddings/index.ts';
import { databaseErrorFrom, withDatabaseErrors } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import { markInUse } from '../load/run.ts';

const DEVICE_ID = 'headquarters';
const ATTEMPTS_MAX = 20;

export interface AddedProduct {
  readonly product: Product;
  readonly inventoryItems: number;
  readonly embeddingModel: string;
  /** Whether all of it was one transaction. */
  readonly inOneTransaction: boolean;
}

export interface AddProductOptions {
  readonly model: EmbeddingModel;
  readonly now: Date;
  readonly userId?: string;
  /** Take the way of a server without transactions. */
  readonly withoutTransaction?: boolean;
}

/**
 * `rawInput` has the form of the catalogue's `productInputSchema`. Throws PRODUCT_INPUT_INVALID with every wrong field,
 * DUPLICATE_KEY (the SKU exists), COLLECTIONS_MISSING (no stores or types yet). Any number of callers may add at once.
 */
export async function addProduct(
  client: MongoClient,
  db: Db,
  rawInput: unknown,
  options: AddProductOptions,
): Promise<AddedProduct> {
  const { input, surroundings } = await withDatabaseErrors(() => readSurroundings(db, rawInput));
  const session = client.startSession();
  try {
    for (let attempt = 1; options.withoutTransaction !== true; attempt += 1) {
      try {
        const product = await session.withTransaction(() => insertAll(db, input, surroundings, options, session));
        return outcome(product, surroundings, options, true);
      } catch (error) {
        if (isWithoutTransactions(error)) break;
        // Somebody else took the number meanwhile: take the next one.
        if (!isTakenMeanwhile(error, input) || attempt === ATTEMPTS_MAX) throw skuTakenOr(error, input);
      }
    }
  } catch (error) {
    throw databaseErrorFrom(error) ?? error;
  } finally {
    await session.endSession();
  }
  const product = await withDatabaseErrors(() => insertInOrder(db, input, surroundings, options));
  return outcome(product, surroundings, options, false);
}

/** The names of the product types that a product may have. */
export async function readProductTypeNames(db: Db): Promise<string[]> {
  const types = await withDatabaseErrors(() =>
    db.collection<ProductType>('product_types').find({ deleted: false }).toArray(),
  );
  if (types.length === 0) throw nothingLoaded(db);
  return types.map(({ type_name }) => type_name);
}

interface Surroundings {
  readonly category: Category;
  readonly type: ProductType;
  readonly stores: readonly Store[];
  /** In each store the item of a similar product: its place on the shelf and its reorder policy are taken over. */
  readonly similarItems: ReadonlyMap<string, InventoryItem>;
  readonly imageUrl: string;
}

async function readSurroundings(
  db: Db,
  rawInput: unknown,
): Promise<{ input: ProductInput; surroundings: Surroundings }> {
  const types = await db.collection<ProductType>('product_types').find({ deleted: false }).toArray();
  const stores = await db.collection<Store>('stores').find({ deleted: false }).sort({ store_id: 1 }).toArray();
  if (types.length === 0 || stores.length === 0) throw nothingLoaded(db);
  const input = parseProductInput(
    rawInput,
    types.map(({ type_name }) => type_name),
  );
  const type = types.find(({ type_name }) => type_name === input.typeName) as ProductType;
  const category = await db.collection<Category>('categories').findOne({ category_id: type.category_id });
  if (category === null) {
    throw new DatabaseError(
      'COLLECTIONS_MISSING',
      `The category ${type.category_id} of ${type.type_id} does not exist.`,
    );
  }
  const products = db.collection<Product>('products');
  const ofType = await products.find({ type_id: type.type_id, deleted: false }).toArray();
  const similar =
    ofType.length > 0 ? ofType : await products.find({ category_id: type.category_id, deleted: false }).toArray();
  const similarIds = similar.map(({ product_id }) => product_id);
  const similarItems = new Map<string, InventoryItem>();
  for (const { store_id } of stores) {
    const inventory = db.collection<InventoryItem>('inventory');
    const item =
      (await inventory.findOne({ store_id, product_id: { $in: similarIds } })) ??
      (await inventory.findOne({ store_id }));
    if (item === null)
      throw new DatabaseError('COLLECTIONS_MISSING', `The store ${store_id} has no inventory to put a product beside.`);
    similarItems.set(store_id, item);
  }
  const imageUrl = ofType[0]?.image_url ?? pictureUrl(categoryPicture(category.category_name));
  return { input, surroundings: { category, type, stores, similarItems, imageUrl } };
}

const nothingLoaded = (db: Db) =>
  new DatabaseError('COLLECTIONS_MISSING', `The database ${db.databaseName} has no product types or no stores yet.`);

/** All documents in one transaction. */
async function insertAll(
  db: Db,
  input: ProductInput,
  surroundings: Surroundings,
  options: AddProductOptions,
  session: ClientSession,
): Promise<Product> {
  // The unique index refuses a second one too, where it exists; loading alone does not make it.
  const isTaken =
    input.sku !== undefined && (await db.collection('products').findOne({ sku: input.sku }, { session })) !== null;
  if (isTaken) throw skuTaken(input.sku as string);
  const sku = input.sku ?? (await freeSku(db, surroundings, session));
  const product = productOf(input, sku, surroundings, await nextProductId(db, session), options);
  await db.collection<Product>('products').insertOne(product, { session });
  await db
    .collection<ProductEmbedding>('product_embeddings')
    .insertOne(embeddingOf(product, surroundings, options), { session });
  const { items, movements } = stockOf(product, surroundings, options);
  await db.collection<InventoryItem>('inventory').insertMany(items, { session });
  await db.collection<StockMovement>('stock_movements').insertMany(movements, { session });
  await markInUse(db, session);
  return product;
}

/** The same on a server without transactions: hidden first, shown last. */
async function insertInOrder(
  db: Db,
  input: ProductInput,
  surroundings: Surroundings,
  options: AddProductOptions,
): Promise<Product> {
  const products = db.collection<Product>('products');
  const existing = input.sku === undefined ? null : await products.findOne({ sku: input.sku });
  if (existing !== null && existing['setup'] !== 'unfinished') throw skuTaken(existing.sku);
  let product: Product | undefined;
  for (let attempt = 1; product === undefined; attempt += 1) {
    const id = existing?.product_id ?? (await nextProductId(db));
    const candidate = productOf(input, input.sku ?? (await freeSku(db, surroundings)), surroundings, id, options);
    const hidden = { ...candidate, deleted: true, setup: 'unfinished' };
    try {
      if (existing === null) await products.insertOne(hidden);
      else await products.replaceOne({ _id: id }, hidden);
      product = candidate;
    } catch (error) {
      if (!isTakenMeanwhile(error, input) || attempt === ATTEMPTS_MAX) throw skuTakenOr(error, input);
    }
  }
  const embedding = embeddingOf(product, surroundings, options);
  await db
    .collection<ProductEmbedding>('product_embeddings')
    .replaceOne({ _id: embedding._id }, embedding, { upsert: true });
  const { items, movements } = stockOf(product, surroundings, options);
  for (const [index, item] of items.entries()) {
    const key = { store_id: item.store_id, product_id: item.product_id };
    const stored = await db
      .collection<InventoryItem>('inventory')
      .findOneAndUpdate(key, { $setOnInsert: item }, { upsert: true, returnDocument: 'after' });
    const movement = {
      ...(movements[index] as StockMovement),
      inventory_id: stored?.inventory_id ?? item.inventory_id,
    };
    await db
      .collection<StockMovement>('stock_movements')
      .updateOne({ inventory_id: movement.inventory_id, kind: 'count' }, { $setOnInsert: movement }, { upsert: true });
  }
  await markInUse(db);
  await products.updateOne({ _id: product._id }, { $set: { deleted: false }, $unset: { setup: '' } });
  return product;
}

/** The next SKU of the type. As with the number, two at once may get the same, and the later one asks again. */
async function freeSku(db: Db, { type }: Surroundings, session?: ClientSession): Promise<string> {
  const options = session === undefined ? {} : { session };
  const all = await db
    .collection<Product>('products')
    .find({}, { projection: { sku: 1, type_id: 1 }, ...options })
    .toArray();
  const ofType = all.filter(({ type_id }) => type_id === type.type_id).map(({ sku }) => sku);
  return nextSku(type.type_name, ofType, new Set(all.map(({ sku }) => sku)));
}

/** One above the highest number in use. Two at once may get the same; the second insert then fails and asks again. */
async function nextProductId(db: Db, session?: ClientSession): Promise<string> {
  let highest = 0;
  const ids = db
    .collection<Product>('products')
    .find({}, { projection: { _id: 1 }, ...(session === undefined ? {} : { session }) });
  for await (const { _id } of ids) highest = Math.max(highest, Number(/^prod_(\d+)$/.exec(_id)?.[1] ?? 0));
  return productIdFromNumber(highest + 1);
}

function productOf(
  input: ProductInput,
  sku: string,
  { type, imageUrl }: Surroundings,
  id: string,
  { now }: AddProductOptions,
): Product {
  const at = isoTimeFromSeconds(Math.floor(now.getTime() / 1000));
  return {
    _id: id,
    product_id: id,
    sku,
    product_name: input.name,
    category_id: type.category_id,
    type_id: type.type_id,
    cost: moneyFromCents(input.costCents),
    base_price: moneyFromCents(basePriceCentsFromCostCents(input.costCents)),
    gross_margin_percent: GROSS_MARGIN_PERCENT,
    product_description: input.description,
    image_url: imageUrl,
    specifications: { ...input.specifications },
    created_at: at,
    updated_at: at,
    deleted: false,
  };
}

/** Words for the picture stand in for the picture. */
function embeddingOf(
  product: Product,
  { type, category }: Surroundings,
  { model }: AddProductOptions,
): ProductEmbedding {
  const { product_id, product_name, product_description, specifications, image_url, created_at } = product;
  const words = {
    name: product_name,
    type: type.type_name,
    category: category.category_name,
    description: product_description,
    specifications,
  };
  return {
    _id: product_id,
    product_id,
    image_embedding: model.embedImage({ imageUrl: image_url, words: pictureWords(words) }),
    description_embedding: model.embedDescription(descriptionText(words)),
    embedding_model: model.name,
    image_url,
    created_at,
    deleted: false,
  };
}

function stockOf(
  product: Product,
  { stores, similarItems }: Surroundings,
  { now, userId = DEVICE_ID }: AddProductOptions,
): { items: InventoryItem[]; movements: StockMovement[] } {
  const items: InventoryItem[] = [];
  const movements: StockMovement[] = [];
  for (const [index, { store_id }] of stores.entries()) {
    const similar = similarItems.get(store_id) as InventoryItem;
    const inventoryId = randomUUID();
    const movementId = randomUUID();
    items.push({
      _id: inventoryId,
      inventory_id: inventoryId,
      store_id,
      product_id: product.product_id,
      stock_level: 0,
      reorder_threshold: similar.reorder_threshold,
      reorder_quantity: similar.reorder_quantity,
      location: similar.location,
      last_counted: product.created_at,
      last_updated: product.created_at,
      notes: '',
      deleted: false,
    });
    movements.push({
      _id: movementId,
      movement_id: movementId,
      inventory_id: inventoryId,
      store_id,
      product_id: product.product_id,
      kind: 'count',
      quantity: 0,
      reason: OPENING_COUNT_REASON,
      user_id: userId,
      device_id: DEVICE_ID,
      hlc: hlcText(now.getTime(), index, DEVICE_ID),
      occurred_at: product.created_at,
      deleted: false,
    });
  }
  return { items, movements };
}

const outcome = (
  product: Product,
  { stores }: Surroundings,
  { model }: AddProductOptions,
  inOneTransaction: boolean,
): AddedProduct => ({ product, inventoryItems: stores.length, embeddingModel: model.name, inOneTransaction });

const skuTaken = (sku: string) =>
  new DatabaseError('DUPLICATE_KEY', `A product with the SKU ${sku} exists already.`, { data: { sku } });

interface DuplicateKey {
  readonly code?: unknown;
  readonly keyPattern?: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const isDuplicate = (error: unknown): error is DuplicateKey =>
  error instanceof Error && (error as { code?: unknown }).code === 11000;
const isDuplicateOf = (error: DuplicateKey, field: string): boolean =>
  error.keyPattern === undefined ? error.message.includes(`${field}:`) : field in error.keyPattern;
/** Whether somebody else took the number, or the SKU that we chose ourselves, between our look and our insert. */
const isTakenMeanwhile = (error: unknown, input: ProductInput): boolean =>
  isDuplicate(error) && (input.sku === undefined || !isDuplicateOf(error, 'sku'));
const skuTakenOr = (error: unknown, { sku }: ProductInput): unknown =>
  sku !== undefined && isDuplicate(error) && isDuplicateOf(error, 'sku') ? skuTaken(sku) : error;

/** A server that stands alone answers IllegalOperation; one without the command, CommandNotFound and the like. */
function isWithoutTransactions(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return (
    (code === 20 && /[Tt]ransaction numbers/.test(message ?? '')) ||
    (typeof code === 'number' && [59, 115, 238, 263].includes(code) && /transaction/i.test(message ?? ''))
  );
}
