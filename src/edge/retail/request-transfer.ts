import { z } from 'zod';
import { storeId as storeIdSchema } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { create, defineRetailOperation } from './operation.ts';

export const requestTransfer = defineRetailOperation({
  name: 'request_transfer',
  summary: 'Asks another store to send some of its stock here.',
  writes: ['stock_transfers'],
  input: z.strictObject({
    from_store_id: storeIdSchema,
    lines: inputs.unitsByProduct,
    notes: inputs.note.default(''),
    override: inputs.override,
  }),
  async plan({ from_store_id, lines, notes, override }, { reader, storeId, newId, at, userId }) {
    if (from_store_id === storeId) return { outcome: 'same_store' as const, store_id: storeId };
    if ((await reader.store(from_store_id)) === undefined) {
      return { outcome: 'unknown_store' as const, store_id: from_store_id };
    }
    const short = [];
    for (const [product_id, wantedUnits] of Object.entries(lines)) {
      const known = await reader.inventoryOfProduct(product_id);
      if (!known.some(({ store_id }) => store_id === storeId)) {
        return { outcome: 'unknown_product' as const, product_id, isInCatalogue: known.length > 0 };
      }
      // What the other store has sold since the last sync is not known here.
      const availableUnits = known.find(({ store_id }) => store_id === from_store_id)?.stock_level ?? 0;
      if (wantedUnits > availableUnits) short.push({ product_id, wantedUnits, availableUnits });
    }
    if (short.length > 0 && override === undefined) return { outcome: 'short_there' as const, lines: short };
    const transfer_id = newId();
    const document = {
      from_store_id,
      to_store_id: storeId,
      lines,
      status: 'requested',
      steps: { requested: { at, by: userId } },
      notes: [notes, override?.reason ?? ''].filter((text) => text !== '').join('\n'),
    };
    return {
      outcome: 'done' as const,
      drafts: [create('stock_transfers', transfer_id, document)],
      facts: { transfer_id },
    };
  },
});
