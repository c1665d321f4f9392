import { ChevronRight } from 'lucide-react';
import { formatCount } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { useBasket } from '../basket/basket.ts';
import type { Filters } from './filters.ts';
import type { ProductGroup as Group } from './groups.ts';
import { ProductCard } from './product-card.tsx';

interface ProductGroupProps {
  readonly group: Group;
  readonly units: Readonly<Record<string, number>>;
  readonly change: (change: Partial<Filters>) => void;
}

export function ProductGroup({ group: { name, products, count, more }, units, change }: ProductGroupProps) {
  const { lines } = useBasket();
  const unitsInBasket = new Map(lines.map(({ product_id, quantity }) => [product_id, quantity]));
  return (
    <section className="[contain-intrinsic-size:auto_60rem] [content-visibility:auto]">
      {name !== '' && (
        <div className="mb-2 flex items-center justify-between gap-3">
          <h2 className="text-lg font-semibold">
            {name} <span className="tabular text-sm font-normal text-quiet">{formatCount(count)}</span>
          </h2>
          {more !== null && (
            <button
              type="button"
              aria-label={salesWords.catalogue.showAll(count, name)}
              onClick={() => change(more)}
              className="inline-flex min-h-11 cursor-pointer items-center gap-1 font-medium text-brand"
            >
              {salesWords.catalogue.all}
              <ChevronRight aria-hidden className="size-4" />
            </button>
          )}
        </div>
      )}
      <ul className="grid grid-cols-2 gap-3 p-0.5 sm:grid-cols-3 md:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4 2xl:grid-cols-5">
        {products.map((product) => (
          <ProductCard
            key={product.product_id}
            product={product}
            units={units[product.product_id]}
            unitsInBasket={unitsInBasket.get(product.product_id) ?? 0}
          />
        ))}
      </ul>
    </section>
  );
}
