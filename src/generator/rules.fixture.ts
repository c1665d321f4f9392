/** Reads a data set into memory and says which rules of the data contract its documents break. For small data sets. */

import type {
  Category,
  Customer,
  InventoryItem,
  Order,
  OrderItem,
  Product,
  ProductEmbedding,
  ProductType,
  StockMovement,
  Store,
} from '../domain/index.ts';
import {
  basePriceCentsFromCostCents,
  centsFromMoney,
  collections,
  foldStock,
  lineAmounts,
  secondsFromIsoTime,
  taxCentsFromSubtotalCents,
} from '../domain/index.ts';
import { dateWindow, type GenerationConfig } from './config.ts';
import type { DataSet, GeneratedCollectionName } from './data-set.ts';

export interface ReadDataSet {
  readonly stores: readonly Store[];
  readonly categories: readonly Category[];
  readonly product_types: readonly ProductType[];
  readonly products: readonly Product[];
  readonly product_embeddings: readonly ProductEmbedding[];
  readonly customers: readonly Customer[];
  readonly orders: readonly Order[];
  readonly order_items: readonly OrderItem[];
  readonly inventory: readonly InventoryItem[];
  readonly stock_movements: readonly StockMovement[];
}

export function readAll(dataSet: DataSet): ReadDataSet {
  const documents: Record<GeneratedCollectionName, unknown[]> = {
    stores: [],
    categories: [],
    product_types: [],
    products: [],
    product_embeddings: [],
    customers: [],
    orders: [],
    order_items: [],
    inventory: [],
    stock_movements: [],
  };
  for (const batch of dataSet) documents[batch.collection].push(...batch.documents);
  return documents as unknown as ReadDataSet;
}

/** Every broken rule, as a sentence; empty where all hold. */
export function brokenRules(data: ReadDataSet, config: GenerationConfig): string[] {
  const broken: string[] = [];
  const hold = (condition: boolean, rule: string) => {
    if (!condition && broken.length < 20) broken.push(rule);
  };
  const { startSeconds, todaySeconds } = dateWindow(config);
  const byId = <Document extends { _id: string }>(documents: readonly Document[]) => {
    const map = new Map(documents.map((document) => [document._id, document]));
    hold(map.size === documents.length, `ids are unique (${documents[0]?._id})`);
    return map;
  };
  const unique = (values: readonly unknown[], what: string) =>
    hold(new Set(values).size === values.length, `${what} are unique`);

  for (const [name, documents] of Object.entries(data) as [GeneratedCollectionName, { _id: string }[]][]) {
    const { idField, schema } = collections[name];
    for (const document of documents) {
      const result = schema.safeParse(document);
      hold(result.success, `${name} ${document._id} fits its schema: ${result.error?.message}`);
      const fields = Object.keys(document);
      hold(fields[0] === '_id' && fields[1] === idField, `${name}: _id and ${idField} come first`);
      hold(fields.at(-1) === 'deleted', `${name}: deleted comes last`);
      const record = document as Record<string, unknown>;
      hold(record[idField] === document._id && record['deleted'] === false, `${name}: _id repeats, deleted is false`);
      for (const [field, value] of Object.entries(record)) {
        if (typeof value === 'number') hold(Number.isFinite(value) && !Object.is(value, -0), `${name}.${field} finite`);
        if (/_at$|_date$|^last_(counted|updated)$/.test(field))
          hold(secondsFromIsoTime(value as string) <= todaySeconds, `${name}.${field} ${value} is not after today`);
      }
      if ('updated_at' in record && 'created_at' in record)
        hold((record['created_at'] as string) <= (record['updated_at'] as string), `${name}: created before updated`);
    }
  }

  const stores = byId(data.stores);
  const categories = byId(data.categories);
  const types = byId(data.product_types);
  const products = byId(data.products);
  const customers = byId(data.customers);
  const orders = byId(data.orders);
  byId(data.order_items);
  const inventory = byId(data.inventory);
  byId(data.stock_movements);
  hold(data.stores.filter((store) => store.demo_default).length === 1, 'one store is the demo default');
  unique(
    data.products.map((product) => product.sku),
    'SKUs',
  );
  unique(
    data.customers.map((customer) => customer.email),
    'e-mail addresses',
  );
  unique(
    data.inventory.map((item) => `${item.store_id} ${item.product_id}`),
    'store and product of inventory',
  );
  hold(data.inventory.length === stores.size * products.size, 'every store has every product');
  hold(data.product_embeddings.length === products.size, 'every product has an embedding');

  for (const type of data.product_types) hold(categories.has(type.category_id), 'a type has a category');
  for (const product of data.products) {
    hold(
      types.get(product.type_id)?.category_id === product.category_id,
      `${product._id}: its type is in its category`,
    );
    hold(
      centsFromMoney(product.base_price) === basePriceCentsFromCostCents(centsFromMoney(product.cost)),
      `${product._id}: base price = cost ÷ 0.67`,
    );
    hold(secondsFromIsoTime(product.created_at) < startSeconds, `${product._id}: listed before the first day`);
  }
  for (const embedding of data.product_embeddings) {
    hold(products.has(embedding.product_id), 'an embedding has a product');
    for (const vector of [embedding.image_embedding, embedding.description_embedding]) {
      hold(vector.every(Number.isFinite) && vector.some((value) => value !== 0), 'vectors are finite and not zero');
    }
  }
  for (const customer of data.customers) hold(stores.has(customer.primary_store_id), 'a customer has a store');

  const itemsByOrder = groupBy(data.order_items, (item) => item.order_id);
  hold(itemsByOrder.size === data.orders.length, 'every order has items, every item an order');
  let previousDate = '';
  for (const [at, order] of data.orders.entries()) {
    const items = itemsByOrder.get(order._id) ?? [];
    const customer = customers.get(order.customer_id);
    const sum = (cents: (item: OrderItem) => number) => items.reduce((total, item) => total + cents(item), 0);
    const subtotal = sum((item) => centsFromMoney(item.line_total));
    const tax = taxCentsFromSubtotalCents(subtotal);
    hold(order._id === `order_${at + 1}` && order.order_date >= previousDate, `${order._id}: numbered by time`);
    previousDate = order.order_date;
    hold(secondsFromIsoTime(order.order_date) >= startSeconds, `${order._id}: not before the first day`);
    hold(customer !== undefined && customer.created_at < order.order_date, `${order._id}: customer is older`);
    hold(order.customer_name === `${customer?.first_name} ${customer?.last_name}`, `${order._id}: customer_name`);
    hold(order.customer_email === customer?.email, `${order._id}: customer_email`);
    hold(order.store_name === stores.get(order.store_id)?.store_name, `${order._id}: store_name`);
    hold(order.item_count === items.length, `${order._id}: item_count`);
    hold(centsFromMoney(order.subtotal) === subtotal, `${order._id}: subtotal`);
    hold(
      centsFromMoney(order.discount_total) === sum((i) => centsFromMoney(i.discount_amount)),
      `${order._id}: discount`,
    );
    hold(centsFromMoney(order.tax) === tax, `${order._id}: tax`);
    hold(centsFromMoney(order.total) === subtotal + tax, `${order._id}: total`);
    hold(new Set(items.map((item) => item.product_id)).size === items.length, `${order._id}: no product twice`);
  }
  const priceByProductAndMonth = new Map<string, number>();
  for (const item of data.order_items) {
    const order = orders.get(item.order_id);
    const product = products.get(item.product_id);
    hold(order?.store_id === item.store_id && order.order_date === item.order_date, `${item._id}: copies of its order`);
    hold(product?.sku === item.sku && product.product_name === item.product_name, `${item._id}: copies of its product`);
    const base = centsFromMoney(product?.base_price ?? 0);
    const price = centsFromMoney(item.unit_price);
    hold(
      Math.abs(price - base) * 100 <= base * config.prices.max_deviation_percent,
      `${item._id}: price near the base`,
    );
    const priceKey = `${item.product_id} ${item.order_date.slice(0, 7)}`;
    hold((priceByProductAndMonth.get(priceKey) ?? price) === price, `${item._id}: one price per product and month`);
    priceByProductAndMonth.set(priceKey, price);
    const { discountCents, lineTotalCents } = lineAmounts(item.quantity, price, item.discount_percent);
    hold(centsFromMoney(item.discount_amount) === discountCents, `${item._id}: discount_amount`);
    hold(centsFromMoney(item.line_total) === lineTotalCents, `${item._id}: line_total`);
  }

  const planByStore = new Map(config.stores.map((store) => [store.name, store.floor_plan]));
  const movementsByItem = groupBy(data.stock_movements, (movement) => movement.inventory_id);
  for (const item of data.inventory) {
    const plan = planByStore.get(stores.get(item.store_id)?.store_name ?? '')!;
    const { aisle, shelf, bin } = item.location;
    const isWithin = (text: string, greatest: number) => /^[1-9]\d*$/.test(text) && Number(text) <= greatest;
    hold(products.has(item.product_id) && item.stock_level >= 0, `${item._id}: product, stock`);
    hold(
      aisle in plan.aisles && isWithin(shelf, plan.shelves_per_aisle) && isWithin(bin, plan.bins_per_shelf),
      `${item._id}: a place in the floor plan`,
    );
    hold(item.last_counted <= item.last_updated, `${item._id}: counted before updated`);
    hold(foldStock(movementsByItem.get(item._id) ?? []) === item.stock_level, `${item._id}: fold of its movements`);
  }
  for (const movement of data.stock_movements) {
    const item = inventory.get(movement.inventory_id);
    hold(
      item?.store_id === movement.store_id && item.product_id === movement.product_id,
      `${movement._id}: copies of its item`,
    );
  }
  unique(
    data.stock_movements.map((movement) => movement.hlc),
    'timestamps of movements',
  );
  return broken;
}

function groupBy<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
