import { z } from 'zod';
import {
  centsFromMoney,
  moneyFromCents,
  type OrderItem,
  orderId,
  refundCents,
  taxCentsFromSubtotalCents,
} from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, type RetailContext, set } from './operation.ts';
import { stockedLines } from './stock-lines.ts';

interface ReturnFacts {
  /** Null where there is no order to refund. */
  readonly refund: { readonly subtotal: number; readonly tax: number; readonly total: number } | null;
  readonly isWholeOrder: boolean;
}

/** What was sold of one product, and what has come back of it. */
interface Sold {
  readonly items: readonly { readonly quantity: number; readonly lineTotalCents: number }[];
  readonly soldUnits: number;
  readonly returnedUnits: number;
}

export const returnGoods = defineRetailOperation({
  name: 'return',
  summary: 'Takes goods back into stock, against their order; says what the customer gets back.',
  writes: ['stock_movements'],
  input: z.strictObject({
    /** Without it the goods are taken in, and nothing is said of money. */
    order_id: orderId.optional(),
    lines: inputs.unitLines,
    reason: inputs.reason,
  }),
  async plan({ order_id, lines, reason }, context) {
    const order = order_id === undefined ? undefined : await context.reader.order(order_id);
    if (order_id !== undefined && order === undefined) return { outcome: 'unknown_order' as const, order_id };
    if (order?.status === 'cancelled') return { outcome: 'order_cancelled' as const, order_id: order.order_id };
    const stocked = await stockedLines(context, lines);
    if (stocked.outcome !== 'found') return stocked;
    const drafts = stocked.lines.map(({ line, item }) =>
      movement(context, item, {
        kind: 'return',
        quantity: line.quantity,
        reason,
        ...(order_id === undefined ? {} : { order_id }),
      }),
    );
    const noOrder: ReturnFacts = { refund: null, isWholeOrder: false };
    if (order === undefined) return { outcome: 'done' as const, drafts, facts: noOrder };

    const sold = await soldOf(context, order.order_id);
    const coming = new Map<string, number>();
    for (const { product_id, quantity } of lines) coming.set(product_id, (coming.get(product_id) ?? 0) + quantity);
    const tooMany = [...coming].flatMap(([product_id, units]) => {
      const { soldUnits, returnedUnits } = sold.get(product_id) ?? { soldUnits: 0, returnedUnits: 0 };
      return units > soldUnits - returnedUnits ? [{ product_id, units, soldUnits, returnedUnits }] : [];
    });
    if (tooMany.length > 0) return { outcome: 'more_than_sold' as const, lines: tooMany };

    let subtotalBefore = 0;
    let subtotalBack = 0;
    let isWholeOrder = true;
    for (const [product_id, { items, soldUnits, returnedUnits }] of sold) {
      const units = coming.get(product_id) ?? 0;
      subtotalBefore += refundCents(items, 0, returnedUnits);
      subtotalBack += refundCents(items, returnedUnits, units);
      isWholeOrder &&= returnedUnits + units === soldUnits;
    }
    // As the difference of two taxes, so that the refunds of an order add up to its total.
    const taxBack =
      taxCentsFromSubtotalCents(subtotalBefore + subtotalBack) - taxCentsFromSubtotalCents(subtotalBefore);
    if (isWholeOrder) drafts.push(set('orders', order, { status: 'restocked', updated_at: context.at }));
    const refund = {
      subtotal: moneyFromCents(subtotalBack),
      tax: moneyFromCents(taxBack),
      total: moneyFromCents(subtotalBack + taxBack),
    };
    const facts: ReturnFacts = { refund, isWholeOrder };
    return { outcome: 'done' as const, drafts, facts };
  },
});

async function soldOf({ reader }: RetailContext, orderIdOfSale: string): Promise<Map<string, Sold>> {
  const items = await reader.itemsOfOrder(orderIdOfSale);
  const movements = await reader.movementsOfOrder(orderIdOfSale);
  const sold = new Map<string, Sold>();
  for (const product_id of new Set(items.map((item) => item.product_id))) {
    const ofProduct = items.filter((item) => item.product_id === product_id).sort(byId);
    const returned = movements.filter((one) => one.kind === 'return' && one.product_id === product_id);
    sold.set(product_id, {
      items: ofProduct.map(({ quantity, line_total }) => ({ quantity, lineTotalCents: centsFromMoney(line_total) })),
      soldUnits: ofProduct.reduce((sum, { quantity }) => sum + quantity, 0),
      returnedUnits: returned.reduce((sum, { quantity }) => sum + quantity, 0),
    });
  }
  return sold;
}

/** The same order each time, so that a second refund goes on where the first ended. */
const byId = (one: OrderItem, other: OrderItem) => (one.order_item_id < other.order_item_id ? -1 : 1);
