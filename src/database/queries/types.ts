import { z } from 'zod';
import type { TypeSalesRow } from '../../domain/index.ts';
import { cents, defineQuery, inDays, ofStore } from './query.ts';
import { unitsSold } from './sales.ts';

export const salesByType = defineQuery({
  name: 'sales-by-type',
  summary: 'Units and sales of each type of product, the most first.',
  parameters: z.strictObject({ ...ofStore, ...inDays }),
  async run(context, { store, ...days }): Promise<TypeSalesRow[]> {
    const { db, maxTimeMS } = context;
    const [sold, types] = await Promise.all([
      unitsSold(context, store, days),
      db
        .collection('product_types')
        .aggregate<{ type_id: string; type_name: string; category: string[]; products: string[] }>(
          [
            { $match: { deleted: false } },
            { $lookup: { from: 'products', localField: 'type_id', foreignField: 'type_id', as: 'products' } },
            { $lookup: { from: 'categories', localField: 'category_id', foreignField: 'category_id', as: 'category' } },
            {
              $project: {
                _id: 0,
                type_id: 1,
                type_name: 1,
                category: '$category.category_name',
                products: '$products.product_id',
              },
            },
          ],
          { maxTimeMS },
        )
        .toArray(),
    ]);
    return types
      .map(({ type_id, type_name, category, products }) => {
        const of = products.flatMap((product) => sold.get(product) ?? []);
        return {
          type_id,
          type_name,
          category_name: category[0] ?? '',
          units: of.reduce((sum, { units }) => sum + units, 0),
          sales: cents(of.reduce((sum, { sales }) => sum + sales, 0)),
        };
      })
      .filter(({ units }) => units > 0)
      .sort((one, other) => other.sales - one.sales);
  },
});
