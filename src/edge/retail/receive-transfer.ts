import { z } from 'zod';
import { productId } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, set } from './operation.ts';
import { sharedId } from './shared-id.ts';
import { stockedLines } from './stock-lines.ts';

export const receiveTransfer = defineRetailOperation({
  name: 'receive_transfer',
  summary: 'Takes in what another store has sent; a difference needs a reason.',
  writes: ['stock_transfers', 'stock_movements'],
  input: z.strictObject({
    transfer_id: inputs.id,
    /** What really came, where it differs from what was sent. */
    lines: z.record(productId, z.int().nonnegative().max(100_000)).default({}),
    /** Why what came differs. */
    difference: inputs.override,
  }),
  async plan({ transfer_id, lines, difference }, context) {
    const transfer = await context.reader.transfer(transfer_id);
    if (transfer === undefined) return { outcome: 'unknown_transfer' as const, transfer_id };
    const { to_store_id, status, lines: sent } = transfer;
    if (to_store_id !== context.storeId) return { outcome: 'not_to_here' as const, store_id: to_store_id };
    if (status !== 'in_transit') return { outcome: 'not_open' as const, status };
    const came: Record<string, number> = { ...sent, ...lines };
    const differing = Object.entries(came)
      .map(([product_id, receivedUnits]) => ({ product_id, sentUnits: sent[product_id] ?? 0, receivedUnits }))
      .filter(({ sentUnits, receivedUnits }) => sentUnits !== receivedUnits);
    if (differing.length > 0 && difference === undefined) return { outcome: 'differs' as const, lines: differing };
    const received = inputs.linesOf(came).filter(({ quantity }) => quantity > 0);
    const stocked = await stockedLines(context, received);
    if (stocked.outcome !== 'found') return stocked;
    const step = { at: context.at, by: context.userId, received: came };
    return {
      outcome: 'done' as const,
      drafts: [
        set('stock_transfers', transfer, {
          status: 'received',
          'steps.received': difference === undefined ? step : { ...step, reason: difference.reason },
        }),
        ...stocked.lines.map(({ line, item }) =>
          movement(
            context,
            item,
            { kind: 'transfer_in', quantity: line.quantity, transfer_id, reason: difference?.reason ?? '' },
            sharedId(transfer_id, line.product_id, 'arrives'),
          ),
        ),
      ],
      facts: { transfer_id, received: came, differing },
    };
  },
});
