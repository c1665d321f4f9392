import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ProductView } from '../../../../src/device/api.ts';
import { lastSyncMsOf } from '../../shared/device/last-sync.ts';
import { useLiveDevice } from '../../shared/device/live-device.ts';
import { formatAgo, formatCount } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';
import { shortStoreName } from '../place-text.ts';

const words = workerWords.product;

/** What the other stores had at the last sync; a touch asks one of them for some. */
export function Elsewhere(props: {
  stores: ProductView['elsewhere'];
  onRequest: ((storeId: string) => void) | undefined;
}) {
  const { state } = useLiveDevice();
  const nowMs = useNow();
  const { onRequest } = props;
  const most = Math.max(1, ...props.stores.map(({ stock_level }) => stock_level));
  const lastSyncMs = state === null || state.phase === 'online' ? null : lastSyncMsOf(state);
  return (
    <section className="mt-8">
      <h2 className="mb-2 flex items-baseline justify-between gap-3 text-base font-semibold">
        {words.elsewhere}
        {lastSyncMs !== null && (
          <span className="text-sm font-normal text-quiet">{words.asOfSync(formatAgo(lastSyncMs, nowMs))}</span>
        )}
      </h2>
      {props.stores.length === 0 && <p className="text-quiet">{words.elsewhereNone}</p>}
      <ul className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
        {props.stores.map(({ store_id, store_name, stock_level }) => {
          const name = shortStoreName(store_name);
          const row = <StoreStock name={name} units={stock_level} share={Math.max(0, stock_level) / most} />;
          return (
            <li key={store_id}>
              {onRequest === undefined || stock_level <= 0 ? (
                <Row>{row}</Row>
              ) : (
                <button type="button" onClick={() => onRequest(store_id)} className="w-full cursor-pointer text-left">
                  <span className="sr-only">{words.requestFrom} </span>
                  <Row>
                    {row}
                    <ChevronRight aria-hidden className="size-5 text-quiet" />
                  </Row>
                  <span className="sr-only"> {workerWords.units(stock_level)}</span>
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const Row = ({ children }: { children: ReactNode }) => (
  <span className="grid min-h-12 grid-cols-[5.5rem_1fr_3rem_1.25rem] items-center gap-3 px-4">{children}</span>
);

function StoreStock({ name, units, share }: { name: string; units: number; share: number }) {
  return (
    <>
      <span className="truncate">{name}</span>
      <span aria-hidden className="h-1.5 rounded-full bg-sunken">
        <span className="block h-full rounded-full bg-brand" style={{ width: `${100 * share}%` }} />
      </span>
      <span className={`tabular text-right font-semibold ${units <= 0 ? 'text-quiet' : ''}`}>{formatCount(units)}</span>
    </>
  );
}
