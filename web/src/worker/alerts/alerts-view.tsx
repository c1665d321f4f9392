import { BellOff, PackagePlus } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import { Link } from 'wouter';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { ProductSheet, type ProductStep } from '../product/product-sheet.tsx';
import { type AlertRow, useAlertRows } from './alert-rows.ts';
import { LowRow } from './low-row.tsx';
import { OversoldCard } from './oversold-card.tsx';

const words = workerWords.alerts;

/** What needs somebody now, as this device believes: oversold first, then what has run low with nothing on its way. */
export function AlertsView() {
  const { low, oversold, due, coming } = useAlertRows();
  const [step, setStep] = useState<ProductStep | null>(null);
  const onStep = useCallback((next: ProductStep) => setStep(next), []);
  const rowsOf = (rows: readonly AlertRow[]) =>
    rows.map((row) => <LowRow key={row.item.product_id} row={row} onStep={onStep} />);
  return (
    <div className="mx-auto max-w-4xl px-4 pt-4 pb-8 md:px-6">
      <PageHeading title={words.title}>
        {low.state === 'ready' && (
          <p className="tabular text-quiet">{words.summary(oversold.length, due.length, coming.length)}</p>
        )}
      </PageHeading>
      <ShowView
        view={low}
        failedTitle={workerWords.failed}
        empty={(rows) =>
          rows.length > 0 ? null : <EmptyState icon={BellOff} title={words.empty.title} text={words.empty.text} />
        }
      >
        {() => (
          <div className="space-y-8">
            {oversold.length > 0 && (
              <Group title={words.oversold} count={oversold.length}>
                <ul className="space-y-3">
                  {oversold.map((row) => (
                    <OversoldCard key={row.item.product_id} row={row} onStep={onStep} />
                  ))}
                </ul>
              </Group>
            )}
            {due.length > 0 && (
              <Group
                title={words.due}
                count={due.length}
                aside={
                  <Link
                    href="/work/order"
                    className="inline-flex min-h-11 shrink-0 items-center gap-2 rounded-xl bg-brand px-4 font-medium text-on-brand"
                  >
                    <PackagePlus aria-hidden className="size-5" />
                    {words.orderAll}
                  </Link>
                }
              >
                <Rows label={words.due}>{rowsOf(due)}</Rows>
              </Group>
            )}
            {coming.length > 0 && (
              <Group title={words.coming} count={coming.length}>
                <Rows label={words.coming}>{rowsOf(coming)}</Rows>
              </Group>
            )}
          </div>
        )}
      </ShowView>
      {step !== null && <ProductSheet step={step} onClose={() => setStep(null)} />}
    </div>
  );
}

function Group(props: { title: string; count: number; aside?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <header className="mb-3 flex items-center justify-between gap-3">
        <h2 className="text-base font-semibold">
          {props.title} <span className="tabular font-normal text-quiet">{formatCount(props.count)}</span>
        </h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

const Rows = ({ label, children }: { label: string; children: ReactNode }) => (
  <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
    {children}
  </ul>
);
