import { z } from 'zod';
import { unitsOnOrder } from '../reads/units-on-order.ts';
import * as inputs from './inputs.ts';
import { create, defineRetailOperation } from './operation.ts';

export const orderFromWarehouse = defineRetailOperation({
  name: 'order_from_warehouse',
  summary: 'Orders units of products from the warehouse.',
  writes: ['replenishment_orders'],
  input: z.strictObject({
    lines: inputs.unitsByProduct,
    /** Although some of it is on order already. */
    again: z.boolean().default(false),
  }),
  async plan({ lines, again }, { reader, storeId, newId, at, userId }) {
    for (const product_id of Object.keys(lines)) {
      if ((await reader.inventoryItem(storeId, product_id)) !== undefined) continue;
      const isInCatalogue = (await reader.product(product_id)) !== undefined;
      return { outcome: 'unknown_product' as const, product_id, isInCatalogue };
    }
    const onOrder = unitsOnOrder(await reader.replenishments(storeId));
    const twice = Object.keys(lines).flatMap((product_id) => {
      const units = onOrder.get(product_id);
      return units === undefined ? [] : [{ product_id, unitsOnOrder: units }];
    });
    if (twice.length > 0 && !again) return { outcome: 'already_ordered' as const, lines: twice };
    const replenishment_id = newId();
    const document = {
      store_id: storeId,
      lines: Object.fromEntries(Object.entries(lines).map(([id, ordered]) => [id, { ordered, received: 0 }])),
      status: 'placed',
      steps: { placed: { at, by: userId } },
    };
    return {
      outcome: 'done' as const,
      drafts: [create('replenishment_orders', replenishment_id, document)],
      facts: { replenishment_id },
    };
  },
});
