import {
  ArrowLeftRight,
  ClipboardCheck,
  type LucideIcon,
  PackagePlus,
  PencilLine,
  ShoppingBag,
  Undo2,
} from 'lucide-react';
import type { TimelineEntry } from '../../../../src/device/api.ts';
import { DataState } from '../../shared/components/data-state.tsx';
import { useLiveDevice } from '../../shared/device/live-device.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatAgo, formatCount, formatMoment, formatSigned } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { workerWords } from '../../words/worker.ts';

const words = workerWords.history;

const icons: Readonly<Record<TimelineEntry['kind'], LucideIcon>> = {
  sale: ShoppingBag,
  return: Undo2,
  receipt: PackagePlus,
  transfer_out: ArrowLeftRight,
  transfer_in: ArrowLeftRight,
  adjustment: PencilLine,
  count: ClipboardCheck,
};

/** What happened to the product here, the newest first: what, when, who, why, and whether headquarters has it. */
export function Timeline({ productId }: { productId: string }) {
  const history = useView<TimelineEntry[]>('history', { id: productId });
  return (
    <section className="mt-8">
      <h2 className="mb-2 text-base font-semibold">{workerWords.product.history}</h2>
      <ShowView
        view={history}
        failedTitle={workerWords.failed}
        empty={(entries) => (entries.length > 0 ? null : <p className="text-quiet">{workerWords.product.noHistory}</p>)}
      >
        {(entries) => (
          <ol aria-label={workerWords.product.history} className="relative">
            {entries.map((entry) => (
              <Entry key={entry.movement_id} entry={entry} />
            ))}
          </ol>
        )}
      </ShowView>
    </section>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { kind, quantity, reason, occurred_at, isFolded } = entry;
  const nowMs = useNow();
  const who = useWho(entry);
  const Icon = icons[kind];
  return (
    <li className="relative flex gap-3 pb-4 before:absolute before:top-9 before:bottom-0 before:left-4 before:w-px before:bg-line last:before:hidden">
      <span className="flex size-8.5 shrink-0 items-center justify-center rounded-full border border-line bg-panel">
        <Icon aria-hidden className="size-4 text-quiet" />
      </span>
      <div className="min-w-0 flex-1 pt-1">
        <p className="flex items-baseline justify-between gap-3">
          <span className="font-medium">{words[kind]}</span>
          <span className="tabular font-semibold">
            {kind === 'count' ? `= ${formatCount(quantity)}` : formatSigned(quantity)}
          </span>
        </p>
        <p className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm text-quiet">
          <span>
            <time dateTime={occurred_at} title={formatMoment(occurred_at)}>
              {formatAgo(occurred_at, nowMs)}
            </time>
            {' · '}
            {who}
            {reason !== '' && ` · ${reason}`}
          </span>
          <DataState state={isFolded ? 'synced' : 'saved'} />
        </p>
      </div>
    </li>
  );
}

function useWho({ user_id, device_id }: TimelineEntry): string {
  const { state } = useLiveDevice();
  if (device_id === state?.deviceId && user_id === state.userId) return words.you;
  if (user_id === 'headquarters') return words.headquarters;
  if (user_id === 'mongodb') return words.direct;
  return user_id;
}
