import { z } from 'zod';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement, set } from './operation.ts';
import { stockedLines } from './stock-lines.ts';

export const receive = defineRetailOperation({
  name: 'receive',
  summary: 'Takes in a shipment of the warehouse, whole or in part.',
  writes: ['replenishment_orders', 'stock_movements'],
  input: z.strictObject({
    replenishment_id: inputs.id,
    lines: inputs.unitLines,
    /** Why more came than was ordered, or something that was not. */
    surplus: inputs.override,
    /** Nothing more will come, although some is missing. */
    isLast: z.boolean().default(false),
  }),
  async plan({ replenishment_id, lines, surplus, isLast }, context) {
    const order = await context.reader.replenishment(replenishment_id);
    if (order === undefined) return { outcome: 'unknown_replenishment' as const, replenishment_id };
    const { status, store_id } = order;
    if (store_id !== context.storeId) return { outcome: 'not_to_here' as const, store_id };
    if (status === 'received' || status === 'cancelled') return { outcome: 'not_open' as const, status };
    const stocked = await stockedLines(context, lines);
    if (stocked.outcome !== 'found') return stocked;
    // From the ledger, not from the order: two people who unload at once write the same field of it.
    const total = new Map<string, number>();
    for (const one of await context.reader.movementsOfReplenishment(replenishment_id)) {
      total.set(one.product_id, (total.get(one.product_id) ?? 0) + one.quantity);
    }
    for (const [id, { received }] of Object.entries(order.lines)) {
      total.set(id, Math.max(total.get(id) ?? 0, received));
    }
    for (const { product_id, quantity } of lines) total.set(product_id, (total.get(product_id) ?? 0) + quantity);
    const orderedOf = (product_id: string) => order.lines[product_id]?.ordered ?? 0;
    const coming = [...new Set(lines.map(({ product_id }) => product_id))];
    const tooMany = coming
      .map((product_id) => ({
        product_id,
        orderedUnits: orderedOf(product_id),
        receivedUnits: total.get(product_id) as number,
      }))
      .filter(({ orderedUnits, receivedUnits }) => receivedUnits > orderedUnits);
    if (tooMany.length > 0 && surplus === undefined) return { outcome: 'surplus' as const, lines: tooMany };

    const missing = Object.keys(order.lines)
      .map((product_id) => ({ product_id, missingUnits: orderedOf(product_id) - (total.get(product_id) ?? 0) }))
      .filter(({ missingUnits }) => missingUnits > 0);
    const isComplete = missing.length === 0 || isLast;
    const fields: Record<string, unknown> = {
      status: isComplete ? 'received' : 'partly_received',
      [`steps.${isComplete ? 'received' : 'partly_received'}`]: { at: context.at, by: context.userId },
    };
    // What nobody ordered has no line; the ledger has it, with its reason.
    for (const product_id of coming) {
      if (order.lines[product_id] !== undefined) fields[`lines.${product_id}.received`] = total.get(product_id);
    }
    return {
      outcome: 'done' as const,
      drafts: [
        set('replenishment_orders', order, fields),
        ...stocked.lines.map(({ line, item }) =>
          movement(context, item, {
            kind: 'receipt',
            quantity: line.quantity,
            replenishment_id,
            reason: surplus?.reason ?? '',
          }),
        ),
      ],
      facts: { replenishment_id, isComplete, missing, surplus: tooMany },
    };
  },
});
