import { z } from 'zod';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, set } from './operation.ts';
import { sharedId } from './shared-id.ts';
import { stockedLines } from './stock-lines.ts';

export const cancelTransfer = defineRetailOperation({
  name: 'cancel_transfer',
  summary: 'Calls a transfer off; what is on its way comes back to the store that sent it.',
  writes: ['stock_transfers'],
  input: z.strictObject({ transfer_id: inputs.id, reason: inputs.reason }),
  async plan({ transfer_id, reason }, context) {
    const transfer = await context.reader.transfer(transfer_id);
    if (transfer === undefined) return { outcome: 'unknown_transfer' as const, transfer_id };
    const { from_store_id, status } = transfer;
    if (status !== 'requested' && status !== 'in_transit') return { outcome: 'not_open' as const, status };
    const steps = { 'steps.cancelled': { at: context.at, by: context.userId, reason } };
    const drafts = [set('stock_transfers', transfer, { status: 'cancelled', ...steps })];
    if (status === 'in_transit') {
      // Only the store that sent the goods can take them back.
      if (from_store_id !== context.storeId) return { outcome: 'not_from_here' as const, store_id: from_store_id };
      const stocked = await stockedLines(context, inputs.linesOf(transfer.lines));
      if (stocked.outcome !== 'found') return stocked;
      for (const { line, item } of stocked.lines) {
        const back = { kind: 'transfer_in' as const, quantity: line.quantity, transfer_id, reason };
        // Goods arrive once: here, or where they were sent.
        drafts.push(movement(context, item, back, sharedId(transfer_id, line.product_id, 'arrives')));
      }
    }
    return { outcome: 'done' as const, drafts, facts: { transfer_id, areGoodsBack: status === 'in_transit' } };
  },
});
