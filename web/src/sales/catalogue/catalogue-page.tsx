import { PackageOpen, SearchX } from 'lucide-react';
import { useDeferredValue, useMemo, useRef } from 'react';
import { useLocation } from 'wouter';
import type { ListedProduct } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { SearchField } from '../../shared/components/search-field.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { formatCount } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { focusFirstStop, moveByArrows } from '../arrow-keys.ts';
import { useBasket } from '../basket/basket.ts';
import { CardsSkeleton } from './cards-skeleton.tsx';
import { CategoryRow } from './category-row.tsx';
import { type Filters, fits, useFilters } from './filters.ts';
import { NarrowRow } from './narrow-row.tsx';
import { ProductCard } from './product-card.tsx';
import { type Kinds, useKinds, useProductSearch, useProducts, useUnitsHere } from './use-catalogue.ts';

const words = salesWords.catalogue;
const NO_FILTER = { question: '', category: null, type: null, price: null, isHere: false } as const;

export function CataloguePage() {
  const [, go] = useLocation();
  const { filters, change } = useFilters();
  const grid = useRef<HTMLDivElement>(null);
  const products = useProducts();
  const kinds = useKinds();
  const units = useUnitsHere();
  const search = useProductSearch(filters.question);
  const hits = search.state === 'ready' ? search.value : null;
  const groups = useGroups(
    products.state === 'ready' ? products.value : NONE,
    kinds.state === 'ready' ? kinds.value : NO_KINDS,
    filters,
    units,
    hits,
  );
  const count = groups.reduce((sum, group) => sum + group.products.length, 0);
  const first = groups[0]?.products[0];
  return (
    <>
      <PageHeading title={words.title} isHidden />
      <div className="sticky top-11 z-10 -mx-4 bg-paper px-4 pt-1 pb-3 md:-mx-6 md:px-6">
        <SearchField
          label={words.search}
          placeholder={words.placeholder}
          value={filters.question}
          onChange={(question) => change({ question })}
          onEnter={() => first !== undefined && hits !== null && go(`/products/${first.product_id}`)}
          onDown={() => focusFirstStop(grid.current)}
        />
      </div>
      {kinds.state === 'ready' && <CategoryRow kinds={kinds.value} filters={filters} change={change} />}
      <NarrowRow filters={filters} change={change} />
      <p role="status" className="tabular mt-3 mb-4 text-sm text-quiet">
        {products.state === 'ready' && (hits === null ? words.products(count) : words.hits(count, filters.question))}
      </p>
      <ShowView
        view={search.state === 'failed' ? search : products}
        failedTitle={salesWords.failed}
        skeleton={<CardsSkeleton />}
        empty={() =>
          count > 0 ? null : <NothingFits isSearch={filters.question !== ''} onClear={() => change(NO_FILTER)} />
        }
      >
        {() => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move among the links inside.
          <div ref={grid} onKeyDown={moveByArrows} className="space-y-8">
            {groups.map((group) => (
              <Group key={group.name} group={group} units={units} />
            ))}
          </div>
        )}
      </ShowView>
    </>
  );
}

const NONE: readonly ListedProduct[] = [];
const NO_KINDS: Kinds = { categories: [], types: [] };

interface ProductGroup {
  /** Empty for the answers to a question, which are in their own order. */
  readonly name: string;
  readonly products: readonly ListedProduct[];
}

/** All products by category, a category's by kind, and the answers to a question as they come. */
function useGroups(
  products: readonly ListedProduct[],
  { categories, types }: Kinds,
  filters: Filters,
  units: Readonly<Record<string, number>>,
  hits: readonly string[] | null,
): readonly ProductGroup[] {
  const wanted = useDeferredValue(filters);
  return useMemo(() => {
    const fitting = products.filter(fits(wanted, units));
    if (hits !== null) {
      const byId = new Map(fitting.map((product) => [product.product_id, product]));
      const found = hits.map((id) => byId.get(id)).filter((product) => product !== undefined);
      return found.length === 0 ? [] : [{ name: '', products: found }];
    }
    const groups =
      wanted.category === null
        ? categories.map(({ category_id, category_name }) => ({
            name: category_name,
            products: fitting.filter((product) => product.category_id === category_id),
          }))
        : types.map(({ type_id, type_name }) => ({
            name: type_name,
            products: fitting.filter((product) => product.type_id === type_id),
          }));
    return groups.filter((group) => group.products.length > 0);
  }, [products, categories, types, wanted, units, hits]);
}

function Group({ group, units }: { group: ProductGroup; units: Readonly<Record<string, number>> }) {
  const { lines } = useBasket();
  const unitsInBasket = new Map(lines.map(({ product_id, quantity }) => [product_id, quantity]));
  return (
    <section>
      {group.name !== '' && (
        <h2 className="mb-3 flex items-baseline gap-2 text-lg font-semibold">
          {group.name}
          <span className="tabular text-sm font-normal text-quiet">{formatCount(group.products.length)}</span>
        </h2>
      )}
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 md:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4 2xl:grid-cols-5">
        {group.products.map((product) => (
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

function NothingFits({ isSearch, onClear }: { isSearch: boolean; onClear: () => void }) {
  return (
    <EmptyState
      icon={isSearch ? SearchX : PackageOpen}
      title={words.noneTitle}
      text={isSearch ? words.noHitsText : words.noneText}
    >
      <Button onClick={onClear}>{words.noFilter}</Button>
    </EmptyState>
  );
}
