import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { ListedProduct } from '../../../../src/device/api.ts';

/** What the address of the catalogue says: it can be shared, and back goes to it. */
export interface Filters {
  readonly question: string;
  readonly category: string | null;
  readonly type: string | null;
  /** `25-75` in dollars; open above as `200-`. */
  readonly price: string | null;
  readonly isHere: boolean;
}

const names = { question: 'q', category: 'category', type: 'type', price: 'price', isHere: 'here' } as const;

export function useFilters(): { readonly filters: Filters; readonly change: (change: Partial<Filters>) => void } {
  const [parameters, setParameters] = useSearchParams();
  const filters = useMemo(
    (): Filters => ({
      question: parameters.get(names.question) ?? '',
      category: parameters.get(names.category),
      type: parameters.get(names.type),
      price: parameters.get(names.price),
      isHere: parameters.has(names.isHere),
    }),
    [parameters],
  );
  const change = useCallback(
    (changed: Partial<Filters>) => {
      setParameters(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changed)) {
            const parameter = names[name as keyof Filters];
            if (value === null || value === '' || value === false) next.delete(parameter);
            else next.set(parameter, value === true ? '1' : String(value));
          }
          return next;
        },
        // Every letter an entry of its own would make "back" useless.
        { replace: 'question' in changed },
      );
    },
    [setParameters],
  );
  return { filters, change };
}

/** Whether a product fits everything but the question. */
export function fits({ category, type, price, isHere }: Filters, units: Readonly<Record<string, number>>) {
  const [above, below] = pricesOf(price);
  return (product: ListedProduct): boolean =>
    (category === null || product.category_id === category) &&
    (type === null || product.type_id === type) &&
    product.base_price > above &&
    product.base_price <= below &&
    (!isHere || (units[product.product_id] ?? 0) > 0);
}

function pricesOf(price: string | null): [above: number, below: number] {
  const [above, below] = (price ?? '').split('-');
  return [Number(above || 0), below === undefined || below === '' ? Number.POSITIVE_INFINITY : Number(below)];
}
