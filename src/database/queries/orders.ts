import { z } from 'zod';
import { maySeeCustomers, type Order, type OrderDetails, type OrderItem, orderId } from '../../domain/index.ts';
import { defineQuery, storeFilter } from './query.ts';

const HIDDEN = ['_id', 'deleted', 'sync'] as const;
const shown = Object.fromEntries(HIDDEN.map((field) => [field, 0]));

export const order = defineQuery({
  name: 'order',
  summary: 'One order with its items and its customer; nothing where it is of a store that is not yours.',
  parameters: z.strictObject({ order: orderId }),
  async run({ db, principal, maxTimeMS }, { order: id }): Promise<OrderDetails | null> {
    const scope = { ...storeFilter(principal), order_id: id };
    const [found, items] = await Promise.all([
      db.collection<Order>('orders').findOne(scope, { maxTimeMS, projection: shown }),
      db
        .collection<OrderItem>('order_items')
        .find({ ...scope, deleted: false }, { maxTimeMS, projection: shown })
        .toArray(),
    ]);
    if (found === null) return null;
    const seesCustomer = maySeeCustomers(principal);
    return {
      order_id: found.order_id,
      order_date: found.order_date,
      store_id: found.store_id,
      store_name: found.store_name,
      status: found.status,
      subtotal: found.subtotal,
      discount_total: found.discount_total,
      tax: found.tax,
      total: found.total,
      customer: seesCustomer
        ? { customer_id: found.customer_id, name: found.customer_name, email: found.customer_email }
        : null,
      items: items.map(({ product_id, sku, product_name, quantity, unit_price, discount_percent, line_total }) => ({
        product_id,
        sku,
        product_name,
        quantity,
        unit_price,
        discount_percent,
        line_total,
      })),
    };
  },
});
