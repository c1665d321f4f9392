import { PackageSearch, ScanBarcode, Search } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import type { FloorView, FoundProduct, ProductView } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { SearchField } from '../../shared/components/search-field.tsx';
import { SkeletonRows } from '../../shared/components/skeleton.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { readView, useView } from '../../shared/device/use-view.ts';
import { useScanner } from '../../shared/shortcuts.ts';
import { useDebounced } from '../../shared/use-debounced.ts';
import { workerWords as words } from '../../words/worker.ts';
import { AisleView } from '../floor/aisle-view.tsx';
import { FloorMap } from '../floor/floor-map.tsx';
import { ProductPage } from '../product/product-page.tsx';
import { ActionBar, SideBySide } from '../side-by-side.tsx';
import { ProductRows } from './product-rows.tsx';
import { useRecentFinds } from './recent-finds.ts';
import { ScanSheet } from './scan-sheet.tsx';

/** Search, scan, or walk by aisle; what is found stands beside the list where there is room. */
export function FindView({ productId, aisle }: { productId?: string | undefined; aisle?: string | undefined }) {
  const [isScanning, setScanning] = useState(false);
  const openCode = useOpenCode();
  useScanner(openCode);
  const onRead = useCallback(
    (code: string) => {
      setScanning(false);
      void openCode(code);
    },
    [openCode],
  );
  const isDetailOpen = productId !== undefined || aisle !== undefined;
  return (
    <>
      <SideBySide
        isDetailOpen={isDetailOpen}
        list={<FindList openId={productId} aisle={aisle} onScan={() => setScanning(true)} />}
        detail={
          productId !== undefined ? (
            <ProductPage key={productId} productId={productId} />
          ) : aisle !== undefined ? (
            <AisleView key={aisle} aisle={aisle} />
          ) : (
            <div className="my-auto">
              <EmptyState icon={Search} title={words.find.choose.title} text={words.find.choose.text} />
            </div>
          )
        }
      />
      <ScanSheet isOpen={isScanning} onClose={() => setScanning(false)} onRead={onRead} />
    </>
  );
}

/** Opens the product that a label names. */
export function useOpenCode(): (code: string) => Promise<void> {
  const [, navigate] = useLocation();
  return useCallback(
    async (code: string) => {
      const found = await readView<ProductView>('product-by-sku', { sku: code }).catch(() => null);
      if (found === null) showToast({ tone: 'failed', text: words.scan.unknown(code) });
      else navigate(`/product/${found.product.product_id}`);
    },
    [navigate],
  );
}

interface FindListProps {
  readonly openId: string | undefined;
  readonly aisle: string | undefined;
  readonly onScan: () => void;
}

function FindList({ openId, aisle, onScan }: FindListProps) {
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const inAddress = search.get('q') ?? '';
  const [question, setQuestion] = useState(inAddress);
  // Back and forward change what is asked.
  useEffect(() => setQuestion(inAddress), [inAddress]);
  const [litIndex, setLitIndex] = useState(-1);
  const asked = useDebounced(question.trim());
  const recent = useRecentFinds();
  const parameters: Readonly<Record<string, string | number>> =
    asked === '' ? { ids: recent.join(',') } : { q: asked, limit: 30 };
  const found = useView<FoundProduct[]>('find', parameters);
  const rows = found.state === 'ready' ? found.value : [];
  const hrefOf = (productId: string) => `/product/${productId}${asked === '' ? '' : `?q=${encodeURIComponent(asked)}`}`;

  const ask = (next: string) => {
    setQuestion(next);
    setLitIndex(-1);
    setSearch(next.trim() === '' ? {} : { q: next }, { replace: true });
  };
  const step = (by: number) => setLitIndex((index) => Math.min(rows.length - 1, Math.max(-1, index + by)));
  const open = () => {
    const row = rows[Math.max(0, litIndex)];
    if (row !== undefined && asked !== '') navigate(hrefOf(row.product_id));
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys reach it from the field of search inside.
    <div
      onKeyDown={(event) => {
        if (event.key === 'ArrowUp') {
          event.preventDefault();
          step(-1);
        }
      }}
    >
      <PageHeading title={words.find.title} isHidden isHere={openId === undefined && aisle === undefined} />
      <div className="sticky top-11 z-10 -mx-4 bg-paper px-4 pb-3 md:-top-4 md:-mx-5 md:px-5 md:pt-4">
        <SearchField
          label={words.find.label}
          placeholder={words.find.placeholder}
          value={question}
          onChange={ask}
          onEnter={open}
          onDown={() => step(1)}
        />
      </div>
      {asked === '' ? (
        <>
          {recent.length > 0 && (
            <section className="mb-6">
              <h2 className="mb-2 text-sm font-medium text-quiet">{words.find.recent}</h2>
              {found.state === 'loading' ? (
                <SkeletonRows rows={recent.length} rowClass="h-17" />
              ) : (
                <ProductRows label={words.find.recent} products={rows} hrefOf={hrefOf} openId={openId} />
              )}
            </section>
          )}
          <BrowseByAisle lit={aisle} />
        </>
      ) : (
        <ShowView
          view={found}
          failedTitle={words.failed}
          empty={(value) =>
            value.length > 0 ? null : (
              <EmptyState icon={PackageSearch} title={words.find.nothing.title} text={words.find.nothing.text} />
            )
          }
        >
          {(value) => (
            <>
              <p role="status" className="mb-2 text-sm text-quiet">
                {words.find.results(value.length)}
              </p>
              <ProductRows
                label={words.find.label}
                products={value}
                hrefOf={hrefOf}
                openId={openId}
                litIndex={litIndex}
              />
            </>
          )}
        </ShowView>
      )}
      <ActionBar>
        <Button look="primary" icon={ScanBarcode} onClick={onScan} className="min-h-13 text-lg">
          {words.scan.open}
        </Button>
      </ActionBar>
    </div>
  );
}

function BrowseByAisle({ lit }: { lit: string | undefined }) {
  const floor = useView<FloorView>('floor');
  return (
    <section>
      <h2 className="mb-2 text-sm font-medium text-quiet">{words.find.floor}</h2>
      <ShowView
        view={floor}
        failedTitle={words.failed}
        skeleton={<div className="aspect-[5/4] animate-pulse rounded-2xl bg-sunken" />}
      >
        {(value) => (
          <>
            <FloorMap floor={value} label={words.find.floor} {...(lit === undefined ? {} : { lit })} />
            <ul className="mt-3 grid grid-cols-2 gap-x-3 pb-6 md:grid-cols-1 lg:grid-cols-2">
              {value.aisles.map(({ aisle, holds }) => (
                <li key={aisle}>
                  <Link
                    href={`/aisle/${encodeURIComponent(aisle)}`}
                    {...(aisle === lit ? { 'aria-current': 'page' as const } : {})}
                    className={`flex min-h-11 items-center gap-2 rounded-xl px-2 ${aisle === lit ? 'bg-brand-soft' : ''}`}
                  >
                    <span className="tabular w-8 shrink-0 font-semibold">{aisle}</span>
                    <span className="truncate text-sm text-quiet">{holds}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </ShowView>
    </section>
  );
}
