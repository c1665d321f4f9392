import { z } from 'zod';
import * as inputs from './inputs.ts';
import { defineRetailOperation, set } from './operation.ts';

export const cancelWarehouseOrder = defineRetailOperation({
  name: 'cancel_warehouse_order',
  summary: 'Calls an order from the warehouse off, while nothing of it is on its way.',
  writes: ['replenishment_orders'],
  input: z.strictObject({ replenishment_id: inputs.id, reason: inputs.reason }),
  async plan({ replenishment_id, reason }, { reader, storeId, at, userId }) {
    const order = await reader.replenishment(replenishment_id);
    if (order === undefined) return { outcome: 'unknown_replenishment' as const, replenishment_id };
    const { status, store_id } = order;
    if (store_id !== storeId) return { outcome: 'not_to_here' as const, store_id };
    // What the warehouse has sent will arrive, whatever is said here.
    if (status !== 'placed') return { outcome: 'not_open' as const, status };
    return {
      outcome: 'done' as const,
      drafts: [
        set('replenishment_orders', order, {
          status: 'cancelled',
          'steps.cancelled': { at, by: userId, reason },
        }),
      ],
      facts: { replenishment_id },
    };
  },
});
