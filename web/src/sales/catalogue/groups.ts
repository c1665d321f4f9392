import { useMemo } from 'react';
import type { ListedProduct } from '../../../../src/device/api.ts';
import { salesWords } from '../../words/sales.ts';
import { type Filters, fits } from './filters.ts';
import type { Hits, Kinds } from './use-catalogue.ts';

/** Of each category so many while no category is chosen: one screen shows several. */
const PREVIEW = 8;

export interface ProductGroup {
  readonly key: string;
  /** Empty for what needs no heading. */
  readonly name: string;
  readonly products: readonly ListedProduct[];
  /** All that there are, where fewer are shown. */
  readonly count: number;
  /** Where all of them are. */
  readonly more: Partial<Filters> | null;
}

/** Some of each category, a category's products by kind, or the answers to a question in their own order. */
export function useGroups(
  products: readonly ListedProduct[],
  { categories, types }: Kinds,
  filters: Filters,
  units: Readonly<Record<string, number>>,
  hits: Hits | null,
): readonly ProductGroup[] {
  return useMemo(() => {
    const fitting = products.filter(fits(filters, units));
    if (hits !== null) {
      const byId = new Map(fitting.map((product) => [product.product_id, product]));
      const answers = (key: 'found' | 'alike', name: string): ProductGroup => {
        const products = hits[key].map((id) => byId.get(id)).filter((product) => product !== undefined);
        return { key, name, products, count: products.length, more: null };
      };
      const { alike, withTheWords } = salesWords.catalogue;
      return withProducts(
        hits.isQuestion
          ? [answers('alike', alike), answers('found', withTheWords)]
          : [answers('found', ''), answers('alike', alike)],
      );
    }
    if (filters.category === null) {
      return withProducts(
        categories.map(({ category_id, category_name }) => {
          const all = fitting.filter((product) => product.category_id === category_id);
          const more = all.length > PREVIEW ? { category: category_id } : null;
          const shown = oneOfEachKind(all).slice(0, PREVIEW);
          return { key: category_id, name: category_name, products: shown, count: all.length, more };
        }),
      );
    }
    return withProducts(
      types.map(({ type_id, type_name }) => {
        const ofType = fitting.filter((product) => product.type_id === type_id);
        return { key: type_id, name: type_name, products: ofType, count: ofType.length, more: null };
      }),
    );
  }, [products, categories, types, filters, units, hits]);
}

const withProducts = (groups: readonly ProductGroup[]) => groups.filter((group) => group.count > 0);

/** One of each kind, then a second of each, and so on: a preview shows the breadth. */
function oneOfEachKind(products: readonly ListedProduct[]): ListedProduct[] {
  const seen = new Map<string, number>();
  const turns = products.map((product) => {
    const turn = seen.get(product.type_id) ?? 0;
    seen.set(product.type_id, turn + 1);
    return { product, turn };
  });
  return turns.sort((one, other) => one.turn - other.turn).map(({ product }) => product);
}
