import { ArrowRight, CheckCircle2, CircleX, Clock, Truck } from 'lucide-react';
import type { TransferRow } from '../../../../src/domain/index.ts';
import { Badge, type Tone } from '../../shared/components/badge.tsx';
import { formatAgo, formatCount } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useLibrary } from '../ask.ts';
import { Answer, AskedPanel, WAITING } from '../asked-panel.tsx';
import { StoreFilter, useFilters } from '../filters.tsx';
import { shortStoreName } from '../store-name.ts';

const { transfers: words } = dashboardWords;
const signs = { requested: Clock, in_transit: Truck, received: CheckCircle2, cancelled: CircleX } as const;
const tones: Readonly<Record<string, Tone>> = {
  requested: 'low',
  in_transit: 'transit',
  received: 'good',
  cancelled: 'plain',
};

/** Units between two stores, each as a line from the one to the other. */
export function TransfersView() {
  const { filters, set } = useFilters('store');
  const transfers = useLibrary<readonly TransferRow[]>('transfers', filters);
  const nowMs = useNow();
  return (
    <>
      <div className="mb-6 flex flex-col gap-4 *:mb-0 xl:flex-row xl:items-start xl:justify-between xl:gap-6">
        <Answer>{transfers.state === 'ready' ? words.answer(transfers.value.length) : WAITING}</Answer>
        <StoreFilter value={filters.store} onChange={(store) => set('store', store)} />
      </div>
      <AskedPanel
        title={dashboardWords.pages.transfers}
        asked={transfers}
        csv={{ path: 'queries/transfers', filters }}
        isEmpty={(rows) => rows.length === 0}
        empty={{ title: words.none, text: '' }}
      >
        {(rows) => (
          <ul className="divide-y divide-line">
            {rows.map((row) => (
              <li key={row.transfer_id} className="flex flex-wrap items-center gap-x-6 gap-y-2 py-3">
                <p className="flex min-w-0 flex-1 flex-wrap items-center gap-2 font-medium">
                  {shortStoreName(row.from_store_name)}
                  <ArrowRight role="img" aria-label={dashboardWords.columns.to} className="size-5 text-transit" />
                  {shortStoreName(row.to_store_name)}
                </p>
                <p className="tabular text-sm text-quiet">
                  {words.unitsOf(formatCount(row.units), formatCount(row.products))}
                </p>
                <Badge icon={signs[row.status as keyof typeof signs] ?? Clock} tone={tones[row.status] ?? 'plain'}>
                  {words.states[row.status as keyof typeof words.states] ?? row.status}
                </Badge>
                <p className="tabular w-full text-sm text-quiet sm:w-56 sm:text-right">
                  {row.since === null ? '' : formatAgo(row.since, nowMs)} {row.by === null ? '' : `· ${row.by}`}
                </p>
              </li>
            ))}
          </ul>
        )}
      </AskedPanel>
    </>
  );
}
