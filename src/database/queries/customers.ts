import { z } from 'zod';
import {
  type CohortRow,
  type Customer,
  type CustomerHistory,
  customerId,
  maySeeCustomers,
  type Order,
  type SegmentRow,
} from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';
import { cents, defineQuery, most, ofStore, type QueryContext, SOLD, storeFilter } from './query.ts';
import { segmentsOf } from './segments.ts';

/** Customers have no business with who may not see them, not even counted. Throws CUSTOMERS_NOT_YOURS. */
function checkSeesCustomers({ principal }: QueryContext): void {
  if (maySeeCustomers(principal)) return;
  throw new DatabaseError('CUSTOMERS_NOT_YOURS', `A ${principal.role} may not see customers.`);
}

export const customer = defineQuery({
  name: 'customer',
  isOfCustomers: true,
  summary: 'A customer with the orders at your stores, the newest first, and what they came to in all.',
  parameters: z.strictObject({ customer: customerId, limit: most(50, 500) }),
  async run(context, { customer: id, limit }): Promise<CustomerHistory | null> {
    checkSeesCustomers(context);
    const { db, principal, maxTimeMS } = context;
    const shown = ['order_id', 'order_date', 'store_id', 'store_name', 'customer_name', 'status'];
    const numbers = ['item_count', 'subtotal', 'total'];
    const [found, orders] = await Promise.all([
      db
        .collection<Customer>('customers')
        .findOne({ customer_id: id, ...storeFilter(principal, undefined, 'primary_store_id') }, { maxTimeMS }),
      db
        .collection<Order>('orders')
        .find(
          { customer_id: id, ...storeFilter(principal), deleted: false },
          { maxTimeMS, projection: { _id: 0, ...Object.fromEntries([...shown, ...numbers].map((name) => [name, 1])) } },
        )
        .sort({ order_date: -1 })
        .toArray(),
    ]);
    if (found === null) return null;
    const sold = orders.filter(({ status }) => status !== 'cancelled');
    const lifetimeValue = cents(sold.reduce((sum, { subtotal }) => sum + subtotal, 0));
    return {
      customer_id: found.customer_id,
      name: `${found.first_name} ${found.last_name}`,
      email: found.email,
      phone: found.phone,
      primary_store_id: found.primary_store_id,
      customer_since: found.created_at,
      lifetimeValue,
      ordersSold: sold.length,
      averageBasket: sold.length === 0 ? null : cents(lifetimeValue / sold.length),
      firstOrderAt: sold.at(-1)?.order_date ?? null,
      lastOrderAt: sold[0]?.order_date ?? null,
      orders: orders.slice(0, limit),
    };
  },
});

export const customerSegments = defineQuery({
  name: 'customer-segments',
  isOfCustomers: true,
  summary: 'Customers by how lately, how often and for how much they buy (RFM, fifths of all who bought).',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<SegmentRow[]> {
    checkSeesCustomers(context);
    const { db, principal, maxTimeMS } = context;
    const buyers = await db
      .collection('orders')
      .aggregate<{ last: string; orders: number; sales: number }>(
        [
          { $match: { ...storeFilter(principal, store), ...SOLD } },
          {
            $group: {
              _id: '$customer_id',
              last: { $max: '$order_date' },
              orders: { $sum: 1 },
              sales: { $sum: '$subtotal' },
            },
          },
        ],
        { maxTimeMS, batchSize: 20_000 },
      )
      .toArray();
    return segmentsOf(buyers);
  },
});

export const customerRetention = defineQuery({
  name: 'customer-retention',
  isOfCustomers: true,
  summary: 'Of the customers who first bought in a year: how many bought in each year after it.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<CohortRow[]> {
    checkSeesCustomers(context);
    const { db, principal, maxTimeMS } = context;
    const cells = await db
      .collection('orders')
      .aggregate<{ _id: { cohort: string; year: string }; customers: number }>(
        [
          { $match: { ...storeFilter(principal, store), ...SOLD } },
          { $group: { _id: '$customer_id', years: { $addToSet: { $substrBytes: ['$order_date', 0, 4] } } } },
          { $project: { cohort: { $min: '$years' }, years: 1 } },
          { $unwind: '$years' },
          { $group: { _id: { cohort: '$cohort', year: '$years' }, customers: { $sum: 1 } } },
        ],
        { maxTimeMS },
      )
      .toArray();
    const sizes = new Map<string, number>();
    for (const { _id, customers } of cells) if (_id.cohort === _id.year) sizes.set(_id.cohort, customers);
    return cells
      .map(({ _id: { cohort, year }, customers }) => ({
        cohort,
        year,
        yearsAfter: Number(year) - Number(cohort),
        customers,
        percent: Math.round((customers / (sizes.get(cohort) as number)) * 1000) / 10,
      }))
      .sort((one, other) => (one.cohort + one.year < other.cohort + other.year ? -1 : 1));
  },
});
