import { Clock } from 'lucide-react';
import type { LostView } from '../../../../../src/device/api.ts';
import { deviceWords } from '../../../words/common.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { DataState } from '../../components/data-state.tsx';
import { changeTitle, fieldText, valueText } from './change-words.ts';
import { ComparedFields } from './compared-fields.tsx';
import { settle } from './settle.ts';

const words = deviceWords.changes;

/** A field that lost to a newer write: what stands instead, and the way back. */
export function LostCard({ lost }: { lost: LostView }) {
  const { conflictId, action, about, path, value, standing, now, state } = lost;
  const by = (how: 'restore' | 'discard') =>
    settle(`/api/lost/${encodeURIComponent(conflictId)}/${how}`, words.settled[how]);
  return (
    <article className="rounded-2xl border border-line bg-panel p-4 sm:p-5">
      <header className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
        <h3 className="font-semibold">{changeTitle(action, about)}</h3>
        <DataState state="superseded" />
      </header>
      <p className="mt-1">{words.lost(fieldText(path) ?? path, valueText(value), valueText(now))}</p>
      <ComparedFields fields={[{ path, seen: standing, wanted: value, now }]} seenLabel={words.newer} />
      <div className="mt-4 flex flex-wrap gap-2">
        {state === 'being_settled' ? (
          <Badge icon={Clock} tone="transit">
            {words.beingSettled}
          </Badge>
        ) : (
          <>
            <Button onClick={() => by('restore')}>{words.restore}</Button>
            <Button look="quiet" onClick={() => by('discard')}>
              {words.letItBe}
            </Button>
          </>
        )}
      </div>
    </article>
  );
}
