import { z } from 'zod';
import {
  type AvailabilityRow,
  type FoundProduct,
  type ProductCard,
  type ProductStock,
  productId,
} from '../../domain/index.ts';
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

export const product = defineQuery({
  name: 'product',
  summary: 'One product of the catalogue, by its id or its SKU.',
  parameters: z.strictObject({ product: z.string().trim().min(1).max(60) }),
  async run({ db, maxTimeMS }, { product: asked }): Promise<ProductCard | null> {
    const [found] = await db
      .collection('products')
      .aggregate<Omit<ProductCard, 'category_name' | 'type_name'> & { category: string[]; type: string[] }>(
        [
          { $match: { $or: [{ product_id: asked }, { sku: asked }], deleted: false } },
          { $limit: 1 },
          { $lookup: { from: 'categories', localField: 'category_id', foreignField: 'category_id', as: 'category' } },
          { $lookup: { from: 'product_types', localField: 'type_id', foreignField: 'type_id', as: 'type' } },
          {
            $project: {
              ...{ _id: 0, product_id: 1, sku: 1, product_name: 1, product_description: 1, base_price: 1 },
              ...{ specifications: 1, category: '$category.category_name', type: '$type.type_name' },
            },
          },
        ],
        { maxTimeMS },
      )
      .toArray();
    if (found === undefined) return null;
    const { category, type, ...card } = found;
    return { ...card, category_name: category[0] ?? '', type_name: type[0] ?? '' };
  },
});

export const stockOfProducts = defineQuery({
  name: 'stock-of-products',
  summary: 'The units of some products in all stores that you may see, or in one.',
  parameters: z.strictObject({ products: z.array(productId).max(400), ...ofStore }),
  async run({ db, principal, maxTimeMS }, { products, store }): Promise<ProductStock[]> {
    return await db
      .collection('inventory')
      .aggregate<ProductStock>(
        [
          { $match: { product_id: { $in: products }, ...storeFilter(principal, store), deleted: false } },
          { $group: { _id: '$product_id', units: { $sum: '$stock_level' } } },
          { $project: { _id: 0, product_id: '$_id', units: 1 } },
        ],
        { maxTimeMS },
      )
      .toArray();
  },
});
