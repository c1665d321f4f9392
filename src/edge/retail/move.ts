import { z } from 'zod';
import { productId } from '../../domain/index.ts';
import { defineRetailOperation, set } from './operation.ts';

const place = z.string().trim().min(1).max(40);

export const move = defineRetailOperation({
  name: 'move',
  summary: 'Gives a product another place in the store: aisle, shelf or bin.',
  writes: ['inventory'],
  input: z.strictObject({
    product_id: productId,
    location: z
      .strictObject({ aisle: place.optional(), shelf: place.optional(), bin: place.optional() })
      .refine((parts) => Object.values(parts).some((part) => part !== undefined), 'needs aisle, shelf or bin'),
  }),
  async plan({ product_id, location }, { reader, storeId }) {
    const item = await reader.inventoryItem(storeId, product_id);
    if (item === undefined) {
      const isInCatalogue = (await reader.product(product_id)) !== undefined;
      return { outcome: 'unknown_product' as const, product_id, isInCatalogue };
    }
    // Part by part, so that two people who change different parts both keep their work.
    const parts = (['aisle', 'shelf', 'bin'] as const).filter(
      (part) => location[part] !== undefined && location[part] !== item.location[part],
    );
    if (parts.length === 0) return { outcome: 'unchanged' as const, location: item.location };
    const changed = Object.fromEntries(parts.map((part) => [part, location[part] as string]));
    const fields = Object.fromEntries(parts.map((part) => [`location.${part}`, location[part]]));
    return {
      outcome: 'done' as const,
      drafts: [set('inventory', item, fields)],
      facts: { product_id, from: item.location, to: { ...item.location, ...changed } },
    };
  },
});
