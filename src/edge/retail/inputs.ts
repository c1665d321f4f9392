/** Parts that the inputs of several operations share. */
import { z } from 'zod';
import { isMoney, productId } from '../../domain/index.ts';
import { LINES_MAX } from './operation.ts';

export const units = z.int().positive().max(100_000);
export const reason = z.string().trim().min(1, 'needs a reason').max(500);
export const note = z.string().trim().max(2_000);
export const id = z.string().min(1).max(100);
/** A person says yes to what the device would refuse, and why. */
export const override = z.strictObject({ reason }).optional();
export const money = z.number().positive().refine(isMoney, 'expected an amount with two decimals');
export const unitLines = z
  .array(z.strictObject({ product_id: productId, quantity: units }))
  .min(1)
  .max(LINES_MAX);
/** Product → units. */
export const unitsByProduct = z
  .record(productId, units)
  .refine((lines) => Object.keys(lines).length > 0, 'needs at least one product')
  .refine((lines) => Object.keys(lines).length <= LINES_MAX, `${LINES_MAX} products at most`);

export const linesOf = (unitsOfProducts: Readonly<Record<string, number>>) =>
  Object.entries(unitsOfProducts).map(([product_id, quantity]) => ({ product_id, quantity }));
