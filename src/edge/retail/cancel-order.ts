import { z } from 'zod';
import { orderId } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, set } from './operation.ts';
import { sharedId } from './shared-id.ts';
import { stockedLines } from './stock-lines.ts';

export const cancelOrder = defineRetailOperation({
  name: 'cancel_order',
  summary: 'Calls an order off of which nothing has come back: its units are in stock again.',
  writes: ['orders', 'stock_movements'],
  input: z.strictObject({ order_id: orderId, reason: inputs.reason }),
  async plan({ order_id, reason }, context) {
    const { reader } = context;
    const order = await reader.order(order_id);
    if (order === undefined) return { outcome: 'unknown_order' as const, order_id };
    const { status, total } = order;
    if (status !== 'completed' && status !== 'pending') return { outcome: 'not_open' as const, status };
    const returned = (await reader.movementsOfOrder(order_id)).filter(({ kind }) => kind === 'return');
    // What has come back was refunded by its return; the rest goes the same way.
    if (returned.length > 0) return { outcome: 'already_returned' as const, order_id };
    const stocked = await stockedLines(context, await reader.itemsOfOrder(order_id));
    if (stocked.outcome !== 'found') return stocked;
    const back = stocked.lines.map(({ line, item }) =>
      movement(
        context,
        item,
        { kind: 'return', quantity: line.quantity, order_id, reason },
        // Two devices that cancel the same order make the same movements: the units come back once.
        sharedId(line.order_item_id, 'cancelled'),
      ),
    );
    return {
      outcome: 'done' as const,
      drafts: [set('orders', order, { status: 'cancelled', updated_at: context.at }), ...back],
      facts: { order_id, refund: total },
    };
  },
});
