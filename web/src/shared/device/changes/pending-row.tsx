import type { PendingChange } from '../../../../../src/device/api.ts';
import { deviceWords } from '../../../words/common.ts';
import { DataState } from '../../components/data-state.tsx';
import { formatAge, formatMoment } from '../../format.ts';
import { useNow } from '../../use-now.ts';
import { changeTitle } from './change-words.ts';

export function PendingRow({ change }: { change: PendingChange }) {
  const { action, about, doneAtMs, state } = change;
  const nowMs = useNow();
  return (
    <li className="flex min-h-14 items-center justify-between gap-3 px-4 py-2.5">
      <div className="min-w-0">
        <p className="font-medium">{changeTitle(action, about)}</p>
        <p className="text-sm text-quiet">
          <time dateTime={new Date(doneAtMs).toISOString()} title={formatMoment(doneAtMs)}>
            {deviceWords.changes.waitsFor(formatAge(Math.max(0, nowMs - doneAtMs)))}
          </time>
          {state === 'sent' && ` · ${deviceWords.changes.sent}`}
        </p>
      </div>
      <DataState state="saved" />
    </li>
  );
}
