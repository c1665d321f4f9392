import { z } from 'zod';
import { type AvailabilityRow, type FoundProduct, productId } from '../../domain/index.ts';
import { catalogue, defineQuery, most, ofStore, storeFilter, storeNames } from './query.ts';

export const findProducts = defineQuery({
  name: 'find-products',
  summary: 'Products by the words of their name and description, the best match first.',
  parameters: z.strictObject({ words: z.string().trim().min(1).max(200), limit: most(20, 100) }),
  async run(context, { words, limit }): Promise<FoundProduct[]> {
    const { db, maxTimeMS } = context;
    const score = { $meta: 'textScore' } as const;
    const [found, { categories }] = await Promise.all([
      db
        .collection('products')
        .find<Omit<FoundProduct, 'category_name'> & { category_id: string }>(
          { $text: { $search: words }, deleted: false },
          {
            maxTimeMS,
            projection: {
              ...{ _id: 0, product_id: 1, sku: 1, product_name: 1, category_id: 1, product_description: 1 },
              ...{ base_price: 1, score },
            },
          },
        )
        .sort({ score })
        .limit(limit)
        .toArray(),
      catalogue(context),
    ]);
    return found.map(({ category_id, ...product }) => ({
      ...product,
      category_name: categories.get(category_id)?.category_name ?? category_id,
    }));
  },
});

export const availability = defineQuery({
  name: 'availability',
  summary: 'The stock of a product in each store that you may see, the fullest first, and where it lies.',
  parameters: z.strictObject({ product: productId, ...ofStore }),
  async run(context, { product, store }): Promise<AvailabilityRow[]> {
    const { db, principal, maxTimeMS } = context;
    const shown = { _id: 0, store_id: 1, stock_level: 1, reorder_threshold: 1, location: 1 };
    const [items, names] = await Promise.all([
      db
        .collection('inventory')
        .find<Omit<AvailabilityRow, 'store_name'>>(
          { product_id: product, ...storeFilter(principal, store), deleted: false },
          { maxTimeMS, projection: shown },
        )
        .toArray(),
      storeNames(context),
    ]);
    return items
      .map((item) => ({ ...item, store_name: names.get(item.store_id) ?? item.store_id }))
      .sort((one, other) => other.stock_level - one.stock_level);
  },
});
