import { memo, useCallback, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { ShelfItem } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ProductPicture } from '../../shared/components/product-picture.tsx';
import { ProgressBar } from '../../shared/components/progress-bar.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatCount } from '../../shared/format.ts';
import { useScanner } from '../../shared/shortcuts.ts';
import { workerWords } from '../../words/worker.ts';
import { ActionBar } from '../side-by-side.tsx';
import { type CountDraft, countDraft } from './count-draft.ts';
import { CountReview } from './count-review.tsx';

const words = workerWords.countSheet;

/** A blind count of an aisle: what is expected is shown only when the count is checked. */
export function CountSheetView({ aisle }: { aisle: string }) {
  const items = useView<ShelfItem[]>('aisle', { aisle });
  return (
    <ShowView view={items} failedTitle={workerWords.failed}>
      {(value) => <CountSheet aisle={aisle} items={value} />}
    </ShowView>
  );
}

function CountSheet({ aisle, items }: { aisle: string; items: readonly ShelfItem[] }) {
  const [counted, setCounted] = useState<CountDraft>(() => countDraft.of(aisle));
  const [isChecking, setChecking] = useState(false);
  const [, navigate] = useLocation();
  useEffect(() => countDraft.keep(aisle, counted), [aisle, counted]);
  const enter = useCallback((productId: string, units: number | null) => {
    setCounted(({ [productId]: _before, ...others }) => (units === null ? others : { ...others, [productId]: units }));
  }, []);
  const scanned = useCallback(
    (code: string) => {
      const item = items.find(({ sku }) => sku === code.trim());
      if (item === undefined) return showToast({ tone: 'failed', text: words.notInAisle(code) });
      setCounted((before) => ({ ...before, [item.product_id]: (before[item.product_id] ?? 0) + 1 }));
      document.getElementById(`count-${item.product_id}`)?.scrollIntoView({ block: 'center' });
    },
    [items],
  );
  useScanner(scanned);
  // The order of a walk is kept while one walks, also where a product is moved meanwhile.
  const known = useRef(items);
  if (items.length !== known.current.length) known.current = items;
  const done = items.filter(({ product_id }) => counted[product_id] !== undefined);

  if (isChecking) {
    return (
      <CountReview
        aisle={aisle}
        items={done}
        counted={counted}
        onBack={(again) => {
          if (again !== undefined) enter(again, null);
          setChecking(false);
        }}
        onSaved={() => {
          countDraft.keep(aisle, {});
          navigate('/work/count');
        }}
      />
    );
  }
  return (
    <>
      <PageHeading title={words.title(aisle)} backHref="/work/count">
        <p role="status" className="tabular text-quiet">
          {words.progress(formatCount(done.length), formatCount(items.length))}
        </p>
      </PageHeading>
      <div className="mb-4">
        <ProgressBar label={words.title(aisle)} fraction={items.length === 0 ? 0 : done.length / items.length} />
      </div>
      <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
        {known.current.map((item) => (
          <CountRow key={item.product_id} item={item} units={counted[item.product_id] ?? null} onEnter={enter} />
        ))}
      </ol>
      <ActionBar>
        <Button
          look="primary"
          className="min-h-13 text-lg"
          disabled={done.length === 0}
          onClick={() => setChecking(true)}
        >
          {words.check(formatCount(done.length), done.length)}
        </Button>
      </ActionBar>
    </>
  );
}

interface CountRowProps {
  readonly item: ShelfItem;
  readonly units: number | null;
  readonly onEnter: (productId: string, units: number | null) => void;
}

const CountRow = memo(function CountRow({ item, units, onEnter }: CountRowProps) {
  const { product_id, product_name, image_url, location } = item;
  return (
    <li
      id={`count-${product_id}`}
      className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 [contain-intrinsic-size:auto_7rem] [content-visibility:auto]"
    >
      <ProductPicture address={image_url} className="hidden size-12 sm:block" />
      <div className="min-w-0 flex-1 basis-36">
        <p className="line-clamp-3 leading-snug font-medium">{product_name}</p>
        <p className="tabular text-sm text-quiet">{words.shelfAndBin(location.shelf, location.bin)}</p>
      </div>
      <div className="ml-auto">
        <NumberStepper
          label={words.unitsOf(product_name)}
          isLabelHidden
          value={units}
          onChange={(next) => onEnter(product_id, next)}
        />
      </div>
    </li>
  );
});
