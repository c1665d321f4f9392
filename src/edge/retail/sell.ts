import { z } from 'zod';
import { centsFromMoney, customerId, moneyFromCents, orderTotals, productId } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { create, defineRetailOperation, LINES_MAX, movement } from './operation.ts';
import { shortOf, stockedLines } from './stock-lines.ts';

export const sell = defineRetailOperation({
  name: 'sell',
  summary: 'Sells to a customer: an order with its items, and the units leave the shelf.',
  writes: ['orders', 'order_items', 'stock_movements'],
  input: z.strictObject({
    customer_id: customerId,
    lines: z
      .array(
        z.strictObject({
          product_id: productId,
          quantity: inputs.units,
          /** The base price unless told. */
          unit_price: inputs.money.optional(),
          discount_percent: z.int().min(0).max(100).default(0),
        }),
      )
      .min(1)
      .max(LINES_MAX),
    /** `pending`: paid, and to be handed over later. */
    status: z.enum(['completed', 'pending']).default('completed'),
    override: inputs.override,
  }),
  async plan({ customer_id, lines, status, override }, context) {
    const { reader, storeId, at } = context;
    const store = await reader.store(storeId);
    if (store === undefined) return { outcome: 'unknown_store' as const, store_id: storeId };
    const customer = await reader.customer(customer_id);
    if (customer === undefined) return { outcome: 'unknown_customer' as const, customer_id };
    const stocked = await stockedLines(context, lines);
    if (stocked.outcome !== 'found') return stocked;
    const short = await shortOf(
      context,
      stocked.lines.map((one) => ({ ...one, units: one.line.quantity })),
    );
    if (short !== undefined && override === undefined) return short;

    const totals = orderTotals(
      stocked.lines.map(({ line, product, item }) => ({
        product,
        item,
        quantity: line.quantity,
        unitPriceCents: centsFromMoney(line.unit_price ?? product.base_price),
        discountPercent: line.discount_percent,
      })),
    );
    const order_id = context.newId();
    const order = {
      customer_id,
      store_id: storeId,
      customer_name: `${customer.first_name} ${customer.last_name}`,
      customer_email: customer.email,
      store_name: store.store_name,
      order_date: at,
      status,
      item_count: lines.length,
      subtotal: moneyFromCents(totals.subtotalCents),
      discount_total: moneyFromCents(totals.discountCents),
      tax: moneyFromCents(totals.taxCents),
      total: moneyFromCents(totals.totalCents),
      created_at: at,
      updated_at: at,
    };
    const items = totals.lines.map(({ product, quantity, unitPriceCents, discountPercent, ...line }) =>
      create('order_items', context.newId(), {
        order_id,
        store_id: storeId,
        order_date: at,
        product_id: product.product_id,
        sku: product.sku,
        product_name: product.product_name,
        quantity,
        unit_price: moneyFromCents(unitPriceCents),
        discount_percent: discountPercent,
        discount_amount: moneyFromCents(line.discountCents),
        line_total: moneyFromCents(line.lineTotalCents),
        created_at: at,
      }),
    );
    const reason = override?.reason ?? '';
    const sales = totals.lines.map(({ item, quantity }) =>
      movement(context, item, { kind: 'sale', quantity: -quantity, order_id, reason }),
    );
    return {
      outcome: 'done' as const,
      drafts: [create('orders', order_id, order), ...items, ...sales],
      facts: {
        order_id,
        subtotal: order.subtotal,
        tax: order.tax,
        total: order.total,
        isOversold: short !== undefined,
      },
    };
  },
});
