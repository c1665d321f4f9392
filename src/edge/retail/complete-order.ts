import { z } from 'zod';
import { orderId } from '../../domain/index.ts';
import { defineRetailOperation, set } from './operation.ts';

export const completeOrder = defineRetailOperation({
  name: 'complete_order',
  summary: 'Says that an order which was paid and waiting has been handed over.',
  writes: ['orders'],
  input: z.strictObject({ order_id: orderId }),
  async plan({ order_id }, { reader, at }) {
    const order = await reader.order(order_id);
    if (order === undefined) return { outcome: 'unknown_order' as const, order_id };
    if (order.status !== 'pending') return { outcome: 'not_open' as const, status: order.status };
    // The units left the stock when it was sold.
    return {
      outcome: 'done' as const,
      drafts: [set('orders', order, { status: 'completed', updated_at: at })],
      facts: { order_id },
    };
  },
});
