import { PackageOpen, SearchX } from 'lucide-react';
import { useRef } from 'react';
import { useLocation } from 'wouter';
import type { ListedProduct } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { SearchField } from '../../shared/components/search-field.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import type { Loaded } from '../../shared/device/use-view.ts';
import { salesWords } from '../../words/sales.ts';
import { focusFirstStop, moveByArrows } from '../arrow-keys.ts';
import { CardsSkeleton } from './cards-skeleton.tsx';
import { useCataloguePlace } from './catalogue-place.ts';
import { CategoryRow } from './category-row.tsx';
import { CategoryTiles, CategoryTilesSkeleton } from './category-tiles.tsx';
import { useFilters } from './filters.ts';
import { useGroups } from './groups.ts';
import { NarrowRow } from './narrow-row.tsx';
import { ProductGroup } from './product-group.tsx';
import { type Kinds, useKinds, useProductSearch, useProducts, useUnitsHere } from './use-catalogue.ts';

const words = salesWords.catalogue;
const NO_FILTER = { question: '', category: null, type: null, price: null, isHere: false } as const;

export function CataloguePage() {
  const [, go] = useLocation();
  useCataloguePlace();
  const { filters, change } = useFilters();
  const grid = useRef<HTMLDivElement>(null);
  const products = useProducts();
  const kinds = useKinds();
  const unitsHere = useUnitsHere();
  const units = unitsHere.state === 'ready' ? unitsHere.value : NO_UNITS;
  const search = useProductSearch(filters.question);
  const hits = search.state === 'ready' ? search.value : null;
  const groups = useGroups(
    products.state === 'ready' ? products.value : NONE,
    kinds.state === 'ready' ? kinds.value : NO_KINDS,
    filters,
    units,
    hits,
  );
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const foundCount = hits?.isQuestion === true ? count : (groups.find(({ key }) => key === 'found')?.count ?? 0);
  const isLanding = hits === null && Object.values(filters).every((value) => value === null || !value);
  const view: Loaded<unknown> = [search, products, kinds, unitsHere].find(({ state }) => state !== 'ready') ?? products;
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
      {isLanding ? (
        view.state === 'loading' ? (
          <CategoryTilesSkeleton />
        ) : (
          <CategoryTiles
            label={words.categories}
            tiles={groups.map(({ key, name, count: products }) => ({ categoryId: key, name, count: products }))}
          />
        )
      ) : (
        kinds.state === 'ready' && <CategoryRow kinds={kinds.value} filters={filters} change={change} />
      )}
      <NarrowRow filters={filters} change={change} />
      <p role="status" className="tabular mt-3 mb-4 min-h-5 text-sm text-quiet">
        {view.state === 'ready' && (hits === null ? words.products(count) : words.hits(foundCount, filters.question))}
      </p>
      <ShowView
        view={view}
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
              <ProductGroup key={group.key} group={group} units={units} change={change} />
            ))}
          </div>
        )}
      </ShowView>
    </>
  );
}

const NONE: readonly ListedProduct[] = [];
const NO_UNITS: Readonly<Record<string, number>> = {};
const NO_KINDS: Kinds = { categories: [], types: [] };

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
