import { z } from 'zod';
import { orderId } from '../../domain/index.ts';
import { type Refund, refundOf, unitsByProduct } from '../reads/refund.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, set } from './operation.ts';
import { stockedLines } from './stock-lines.ts';

interface ReturnFacts {
  /** Null where there is no order to refund. */
  readonly refund: Refund | null;
  readonly isWholeOrder: boolean;
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
    const { reader } = context;
    const order = order_id === undefined ? undefined : await reader.order(order_id);
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

    const items = await reader.itemsOfOrder(order.order_id);
    const movements = await reader.movementsOfOrder(order.order_id);
    const back = refundOf(items, movements, unitsByProduct(lines));
    if (back.outcome === 'more_than_sold') return back;
    if (back.isWholeOrder) drafts.push(set('orders', order, { status: 'restocked', updated_at: context.at }));
    const facts: ReturnFacts = { refund: back.refund, isWholeOrder: back.isWholeOrder };
    return { outcome: 'done' as const, drafts, facts };
  },
});
