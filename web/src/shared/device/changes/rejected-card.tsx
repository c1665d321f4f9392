import { Clock, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { RejectedChange } from '../../../../../src/device/api.ts';
import { deviceWords } from '../../../words/common.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { DataState } from '../../components/data-state.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { formatAgo } from '../../format.ts';
import { useNow } from '../../use-now.ts';
import { ChangeSheet, canBeChanged } from './change-sheet.tsx';
import { changeTitle, refusalText } from './change-words.ts';
import { ComparedFields } from './compared-fields.tsx';
import { settle } from './settle.ts';

const words = deviceWords.changes;

/** Work that headquarters refused: why, field by field, and the ways out. */
export function RejectedCard({ change }: { change: RejectedChange }) {
  const { sequence, action, about, doneAtMs, reason, message, state, changes } = change;
  const nowMs = useNow();
  const [asking, setAsking] = useState<'change' | 'discard' | null>(null);
  const by = (how: 'replay' | 'restore' | 'discard') => settle(`/api/rejected/${sequence}/${how}`, words.settled[how]);
  return (
    <article className="rounded-2xl border border-failed bg-panel p-4 sm:p-5">
      <header className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
        <h3 className="font-semibold">{changeTitle(action, about)}</h3>
        <DataState state="refused" />
      </header>
      <p className="text-sm text-quiet">{words.doneAgo(formatAgo(doneAtMs, nowMs))}</p>
      <p className="mt-2">{refusalText(reason)}</p>
      <details className="mt-1 text-sm text-quiet">
        <summary className="inline-flex min-h-11 cursor-pointer items-center">{words.inFull}</summary>
        <p className="break-words">{message}</p>
      </details>
      <ComparedFields fields={changes.flatMap(({ fields }) => fields)} />
      <div className="mt-4 flex flex-wrap gap-2">
        {state === 'being_settled' ? (
          <Badge icon={Clock} tone="transit">
            {words.beingSettled}
          </Badge>
        ) : (
          <>
            <Button look="primary" icon={RotateCcw} onClick={() => by('replay')}>
              {words.replay}
            </Button>
            <Button onClick={() => by('restore')}>{words.restore}</Button>
            {canBeChanged(change) && <Button onClick={() => setAsking('change')}>{words.change}</Button>}
            <Button look="quiet" onClick={() => setAsking('discard')}>
              {words.discard}
            </Button>
          </>
        )}
      </div>
      {asking === 'change' && <ChangeSheet change={change} onClose={() => setAsking(null)} />}
      <Sheet
        title={words.discardTitle}
        description={changeTitle(action, about)}
        isOpen={asking === 'discard'}
        onClose={() => setAsking(null)}
        actions={
          <>
            <Button onClick={() => setAsking(null)}>{words.keep}</Button>
            <Button
              look="danger"
              onClick={() => {
                setAsking(null);
                void by('discard');
              }}
            >
              {words.discard}
            </Button>
          </>
        }
      >
        <p>{words.discardText}</p>
      </Sheet>
    </article>
  );
}
