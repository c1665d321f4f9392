/** Statements that are tried beside the catalogue: the two forms of an order with its items, and what a subscription may be. */
import type { Ditto } from '@dittolive/ditto';
import { statements } from '../../src/edge/dql.ts';
import { SEATTLE } from '../../src/edge/retail/device.fixture.ts';

export interface Joined {
  readonly title: string;
  readonly dql: string;
  readonly why: string;
  /** The fields that are shown; all where it is left out. */
  readonly fields?: readonly string[];
}

const TWO_QUERIES = `${statements.orderById};\n${statements.itemsOfOrder}`;

export const joins: readonly Joined[] = [
  {
    title: 'Two small queries',
    dql: TWO_QUERIES,
    why: 'Each finds its documents by an index, in any order of collections, however many the device holds; they may run at the same time.',
    fields: ['order_id', 'customer_name', 'total', 'product_name', 'quantity', 'line_total'],
  },
  {
    title: 'One JOIN',
    dql: `SELECT o.order_id, o.customer_name, o.total, i.product_name, i.quantity, i.line_total
FROM orders AS o
INNER JOIN order_items AS i ON i.order_id = o.order_id
WHERE o.order_id = :orderId
ORDER BY i.product_name`,
    why: 'One row for each item; what is of the order stands in each of them.',
  },
  {
    title: 'Summed up',
    dql: `SELECT order_id, COUNT(*) AS items, SUM(quantity) AS units, SUM(line_total) AS subtotal
FROM order_items
WHERE order_id = :orderId
GROUP BY order_id`,
    why: 'Beside aggregates only the fields of GROUP BY may stand.',
  },
];

/** With `orderId` of the shop. */
export async function joinedRows(ditto: Ditto, { dql, fields }: Joined): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (const statement of dql.split(';\n')) {
    const { items } = await ditto.store.execute(statement, { orderId: 'order_4711' });
    rows.push(...items.map(({ value }) => value));
  }
  return rows.map((row) => {
    const names = fields ?? Object.keys(row);
    return Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
  });
}

export interface Subscribed {
  readonly dql: string;
  readonly why: string;
}

export const subscriptions: readonly Subscribed[] = [
  { dql: 'SELECT * FROM products', why: 'The whole catalogue: small, wanted everywhere.' },
  {
    dql: 'SELECT * FROM orders WHERE store_id = :storeId AND order_date >= :since',
    why: 'One store’s orders of the last days.',
  },
  {
    dql: 'SELECT * FROM order_items WHERE store_id = :storeId AND order_date >= :since',
    why: 'Their items, by the copies they carry.',
  },
  { dql: 'SELECT * FROM inventory WHERE product_id IN :productIds', why: 'A list is a parameter too.' },
  { dql: "SELECT * FROM orders WHERE order_id LIKE 'order_47%'", why: 'Patterns work.' },
  {
    dql: 'SELECT * FROM orders AS o JOIN order_items AS i ON i.order_id = o.order_id',
    why: 'One collection each: make it two subscriptions.',
  },
  { dql: 'SELECT order_id, total FROM orders', why: 'Whole documents or none.' },
  { dql: 'SELECT COUNT(*) FROM orders', why: 'Count what is there.' },
  { dql: 'SELECT DISTINCT store_id FROM orders', why: 'As above.' },
  { dql: 'SELECT * FROM orders WHERE store_id = :storeId ORDER BY order_date DESC', why: 'Order what is there.' },
  { dql: 'SELECT * FROM orders WHERE store_id = :storeId LIMIT 100', why: 'Name a range of dates.' },
  { dql: 'SELECT * FROM order_items WHERE order_id IN (SELECT order_id FROM orders)', why: 'Nor anywhere else.' },
];

/** What the store says to it: `accepted`, or the code of the refusal. */
export function tryToSubscribe(ditto: Ditto, { dql }: Subscribed): string {
  const parameters = { storeId: SEATTLE, since: '2026-08-23T00:00:00Z', productIds: ['prod_1', 'prod_2'] };
  try {
    ditto.sync.registerSubscription(dql, parameters).cancel();
    return 'accepted';
  } catch (error) {
    return `refused: \`${(error as { code?: string }).code}\``;
  }
}
