import { ClipboardCheck, PackageX } from 'lucide-react';
import { Link } from 'wouter';
import type { FloorView, ShelfItem } from '../../../../src/device/api.ts';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords as words } from '../../words/worker.ts';
import { ProductRows } from '../find/product-rows.tsx';
import { ActionBar } from '../side-by-side.tsx';

/** What lies in one aisle, in the order in which one walks along it. */
export function AisleView({ aisle }: { aisle: string }) {
  const items = useView<ShelfItem[]>('aisle', { aisle });
  const floor = useView<FloorView>('floor');
  const about = floor.state === 'ready' ? floor.value.aisles.find((one) => one.aisle === aisle) : undefined;
  return (
    <>
      <PageHeading title={words.map.aisle(aisle)} backHref="/" isBackForPhones>
        {about !== undefined && (
          <p className="text-quiet">
            {about.holds} · {words.productsOf(formatCount(about.items), about.items)}
          </p>
        )}
      </PageHeading>
      <ShowView
        view={items}
        failedTitle={words.failed}
        empty={(value) =>
          value.length > 0 ? null : (
            <EmptyState icon={PackageX} title={words.aisle.empty.title} text={words.aisle.empty.text} />
          )
        }
      >
        {(value) => (
          <ProductRows
            label={words.map.aisle(aisle)}
            products={value.map(({ location, believedUnits, reorder_threshold, ...named }) => ({
              ...named,
              base_price: 0,
              here: { location, believedUnits, reorder_threshold },
            }))}
            hrefOf={(productId) => `/product/${productId}`}
          />
        )}
      </ShowView>
      <ActionBar>
        <Link
          href={`/work/count/${encodeURIComponent(aisle)}`}
          className="inline-flex min-h-13 items-center justify-center gap-2 rounded-xl bg-brand px-4 text-lg font-medium text-on-brand"
        >
          <ClipboardCheck aria-hidden className="size-5" />
          {words.aisle.count}
        </Link>
      </ActionBar>
    </>
  );
}
