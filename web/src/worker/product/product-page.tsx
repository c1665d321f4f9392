import { PackageX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useSearch } from 'wouter';
import type { FloorView, ProductView } from '../../../../src/device/api.ts';
import { DataState } from '../../shared/components/data-state.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ProductPicture } from '../../shared/components/product-picture.tsx';
import { StockBar } from '../../shared/components/stock-bar.tsx';
import { usePendingDocuments } from '../../shared/device/pending-documents.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatAgo, formatCount, formatMoney } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';
import { rememberFind } from '../find/recent-finds.ts';
import { FloorMap } from '../floor/floor-map.tsx';
import { Rack } from '../floor/rack.tsx';
import { placeText } from '../place-text.ts';
import { StockSign } from '../stock-sign.tsx';
import { Elsewhere } from './elsewhere.tsx';
import { type ProductAction, ProductActions } from './product-actions.tsx';
import { Timeline } from './timeline.tsx';

const words = workerWords.product;

/** Where a product is and how much of it: the answer first, then the map, the other stores, and what happened. */
export function ProductPage({ productId }: { productId: string }) {
  const view = useView<ProductView>('product', { id: productId });
  useEffect(() => rememberFind(productId), [productId]);
  return (
    <ShowView view={view} failedTitle={workerWords.failed} skeleton={<ProductSkeleton />}>
      {(value) => <Product view={value} />}
    </ShowView>
  );
}

function Product({ view }: { view: ProductView }) {
  const { product, here, elsewhere } = view;
  const search = useSearch();
  const [action, setAction] = useState<ProductAction | null>(null);
  const [fromStore, setFromStore] = useState<string | null>(null);
  return (
    <>
      <PageHeading
        title={product.product_name}
        backHref={search === '' ? '/' : `/?${search}`}
        isBackForPhones
        aside={<ProductPicture address={product.image_url} className="size-16" />}
      >
        <p className="tabular text-quiet">
          {product.sku} · {formatMoney(product.base_price)}
        </p>
      </PageHeading>
      {here === null ? (
        <EmptyState icon={PackageX} title={words.notKept.title} text={words.notKept.text} />
      ) : (
        <>
          <Answer here={here} productId={product.product_id} />
          <WhereItIs here={here} />
        </>
      )}
      <Elsewhere
        stores={elsewhere}
        onRequest={
          here === null
            ? undefined
            : (storeId) => {
                setFromStore(storeId);
                setAction('request');
              }
        }
      />
      {here !== null && <Timeline productId={product.product_id} />}
      <About product={product} />
      {here !== null && (
        <ProductActions
          view={{ ...view, here }}
          action={action}
          fromStore={fromStore}
          onAction={(next) => {
            if (next !== 'request') setFromStore(null);
            setAction(next);
          }}
        />
      )}
    </>
  );
}

type Here = NonNullable<ProductView['here']>;

function Answer({ here, productId }: { here: Here; productId: string }) {
  const { believedUnits: units, reorder_threshold: threshold, unitsOnOrder, unitsInTransit, last_counted } = here;
  const nowMs = useNow();
  const pending = usePendingDocuments();
  const figure = formatCount(Math.abs(units));
  const colour = units < 0 ? 'text-failed' : units <= threshold ? 'text-low' : 'text-ink';
  const isPending = units !== here.syncedUnits || pending.has(`inventory/${here.inventory_id}`);
  const facts = [
    words.reorderAt(formatCount(threshold)),
    ...(unitsOnOrder > 0 ? [words.onOrder(formatCount(unitsOnOrder))] : []),
    ...(unitsInTransit > 0 ? [words.inTransit(formatCount(unitsInTransit))] : []),
    words.counted(formatAgo(last_counted, nowMs)),
  ];
  return (
    <section
      aria-label={workerWords.answer}
      data-product={productId}
      data-units={units}
      className="rounded-2xl border border-line bg-panel p-5"
    >
      <p className="flex items-center gap-4">
        <span className={`tabular text-6xl leading-none font-bold tracking-tight ${colour}`}>{figure}</span>
        <span className="text-lg leading-snug font-medium">
          {units < 0 && <span className="block">{words.tooMany}</span>}
          <span className="sm:block">{words.inAisle(here.location.aisle)}, </span>
          <span className="inline-block">{words.shelfAndBin(here.location.shelf, here.location.bin)}</span>
        </span>
      </p>
      <div className="mt-5">
        <StockBar
          units={units}
          reorderThreshold={threshold}
          label={words.bar(formatCount(units), formatCount(threshold))}
        />
      </div>
      <p className="tabular mt-3 text-sm text-quiet">{facts.join(' · ')}</p>
      <p className="mt-2 flex min-h-7 flex-wrap items-center gap-3">
        <StockSign units={units} threshold={threshold} />
        <DataState state={isPending ? 'saved' : 'synced'} />
      </p>
    </section>
  );
}

function WhereItIs({ here }: { here: Here }) {
  const floor = useView<FloorView>('floor');
  const { location } = here;
  return (
    <section className="mt-6">
      <h2 className="mb-2 text-base font-semibold">{words.map}</h2>
      <ShowView
        view={floor}
        failedTitle={workerWords.failed}
        skeleton={<div className="h-106 animate-pulse rounded-2xl bg-sunken lg:h-69" />}
      >
        {(value) => (
          <div className="grid items-center gap-4 rounded-2xl border border-line bg-panel p-4 lg:grid-cols-[3fr_2fr] lg:gap-6">
            <FloorMap floor={value} lit={location.aisle} label={workerWords.map.label(placeText(location))} />
            <figure className="mx-auto w-full max-w-64">
              <Rack floor={value} location={location} />
              <figcaption className="tabular mt-2 text-center text-sm">
                {workerWords.map.shelf(location.shelf)} · {workerWords.map.bin(location.bin)}
              </figcaption>
            </figure>
          </div>
        )}
      </ShowView>
    </section>
  );
}

function About({ product }: { product: ProductView['product'] }) {
  return (
    <section className="mt-8 mb-6">
      <h2 className="mb-2 text-base font-semibold">{words.details}</h2>
      <p className="text-quiet">{product.product_description}</p>
    </section>
  );
}

function ProductSkeleton() {
  return (
    <div role="status" aria-label={workerWords.loading} className="animate-pulse">
      <div className="mb-5 h-16 rounded-xl bg-sunken" />
      <div className="h-50 rounded-2xl bg-sunken" />
      <div className="mt-14 h-106 lg:h-69 rounded-2xl bg-sunken" />
    </div>
  );
}
