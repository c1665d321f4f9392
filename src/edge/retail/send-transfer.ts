import { z } from 'zod';
import { productId } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, set } from './operation.ts';
import { sharedId } from './shared-id.ts';
import { shortOf, stockedLines } from './stock-lines.ts';

export const sendTransfer = defineRetailOperation({
  name: 'send_transfer',
  summary: 'Sends a requested transfer, whole or in part: the units leave this store.',
  writes: ['stock_transfers', 'stock_movements'],
  input: z.strictObject({
    transfer_id: inputs.id,
    /** What is really sent, where it differs from what was asked for; 0 leaves a product out. */
    lines: z.record(productId, z.int().nonnegative().max(100_000)).default({}),
    override: inputs.override,
  }),
  async plan({ transfer_id, lines, override }, context) {
    const transfer = await context.reader.transfer(transfer_id);
    if (transfer === undefined) return { outcome: 'unknown_transfer' as const, transfer_id };
    const { from_store_id, status, lines: asked } = transfer;
    if (from_store_id !== context.storeId) return { outcome: 'not_from_here' as const, store_id: from_store_id };
    if (status !== 'requested') return { outcome: 'not_open' as const, status };
    const strange = Object.keys(lines).find((product_id) => asked[product_id] === undefined);
    if (strange !== undefined) return { outcome: 'not_asked_for' as const, product_id: strange };
    const leaving = { ...asked, ...lines };
    const sent = inputs.linesOf(leaving).filter(({ quantity }) => quantity > 0);
    if (sent.length === 0) return { outcome: 'nothing_to_send' as const, transfer_id };
    const stocked = await stockedLines(context, sent);
    if (stocked.outcome !== 'found') return stocked;
    const short = await shortOf(
      context,
      stocked.lines.map((one) => ({ ...one, units: one.line.quantity })),
    );
    if (short !== undefined && override === undefined) return short;
    const fields: Record<string, unknown> = {
      status: 'in_transit',
      // The request stays readable beside what was sent.
      'steps.sent': { at: context.at, by: context.userId, asked },
    };
    for (const { product_id, quantity } of sent) {
      if (asked[product_id] !== quantity) fields[`lines.${product_id}`] = quantity;
    }
    const leftOut = Object.keys(leaving).filter((product_id) => leaving[product_id] === 0);
    const reason = override?.reason ?? '';
    return {
      outcome: 'done' as const,
      drafts: [
        set(
          'stock_transfers',
          transfer,
          fields,
          leftOut.map((product_id) => `lines.${product_id}`),
        ),
        ...stocked.lines.map(({ line, item }) =>
          movement(
            context,
            item,
            { kind: 'transfer_out', quantity: -line.quantity, transfer_id, reason },
            sharedId(transfer_id, line.product_id, 'leaves'),
          ),
        ),
      ],
      facts: { transfer_id, sent: Object.fromEntries(sent.map((line) => [line.product_id, line.quantity])) },
    };
  },
});
