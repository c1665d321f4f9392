import { z } from 'zod';
import { productId } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, movement } from './operation.ts';
import { shortOf, stockedLines } from './stock-lines.ts';

export const adjust = defineRetailOperation({
  name: 'adjust',
  summary: 'Adds or takes away units for a reason: broken, found, used in the store.',
  writes: ['stock_movements'],
  input: z.strictObject({
    product_id: productId,
    /** Signed. */
    units: z
      .int()
      .min(-100_000)
      .max(100_000)
      .refine((units) => units !== 0, 'expected more or fewer'),
    reason: inputs.reason,
    override: inputs.override,
  }),
  async plan({ product_id, units, reason, override }, context) {
    const stocked = await stockedLines(context, [{ product_id }]);
    if (stocked.outcome !== 'found') return stocked;
    const short = await shortOf(
      context,
      stocked.lines.map((one) => ({ ...one, units: -units })),
    );
    if (short !== undefined && units < 0 && override === undefined) return short;
    const text = override === undefined ? reason : `${reason} (${override.reason})`;
    const [{ item, believedUnits }] = stocked.lines as [(typeof stocked.lines)[number]];
    return {
      outcome: 'done' as const,
      drafts: [movement(context, item, { kind: 'adjustment', quantity: units, reason: text })],
      facts: { product_id, believedUnits: believedUnits + units },
    };
  },
});
