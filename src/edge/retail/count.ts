import { z } from 'zod';
import { productId } from '../../domain/index.ts';
import * as inputs from './inputs.ts';
import { defineRetailOperation, LINES_MAX, movement } from './operation.ts';
import { stockedLines } from './stock-lines.ts';

export const count = defineRetailOperation({
  name: 'count',
  summary: 'Records what was counted on the shelf; from then on the stock starts from there.',
  writes: ['stock_movements'],
  input: z.strictObject({
    lines: z
      .array(z.strictObject({ product_id: productId, units: z.int().nonnegative().max(1_000_000) }))
      .min(1)
      .max(LINES_MAX)
      .refine((lines) => new Set(lines.map((line) => line.product_id)).size === lines.length, 'each product once'),
    reason: inputs.note.default(''),
  }),
  async plan({ lines, reason }, context) {
    const stocked = await stockedLines(context, lines);
    if (stocked.outcome !== 'found') return stocked;
    return {
      outcome: 'done' as const,
      drafts: stocked.lines.map(({ line, item }) =>
        movement(context, item, { kind: 'count', quantity: line.units, reason }),
      ),
      facts: {
        lines: stocked.lines.map(({ line, believedUnits }) => ({
          ...line,
          believedUnits,
          differenceUnits: line.units - believedUnits,
        })),
      },
    };
  },
});
