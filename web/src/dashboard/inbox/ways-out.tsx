import { useQueryClient } from '@tanstack/react-query';
import { PencilLine, RotateCcw, Trash2, Upload } from 'lucide-react';
import { useState } from 'react';
import type { InboxEntryDetails } from '../../../../src/headquarters/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { postJson } from '../../shared/http.ts';
import { problemOf } from '../../shared/problem.ts';
import { commonWords } from '../../words/common.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { ChangeSheet, canBeChanged } from './change-sheet.tsx';

const words = dashboardWords.inbox;
/** Giving something up cannot be taken back at headquarters: it waits for so long, and can be stopped meanwhile. */
const GIVING_UP_MS = 6_000;

export type Way = 'replay' | 'restore' | 'change' | 'discard';

/** Settles the entry, and reads the inbox anew. True where it was settled. */
async function settle(id: string, how: Way, more: object = {}): Promise<boolean> {
  try {
    await postJson(`/api/dashboard/inbox/${encodeURIComponent(id)}`, { how, ...more });
    showToast({ tone: 'done', text: words.settled[how] });
    return true;
  } catch (error) {
    const { message, fix } = problemOf(error);
    showToast({ tone: 'failed', text: words.notSettled, detail: `${message} ${fix}` });
    return false;
  }
}

export function WaysOut({ entry, onSettled }: { entry: InboxEntryDetails; onSettled: () => void }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState<Way | null>(null);
  const [isChanging, setChanging] = useState(false);
  const run = async (how: Way, more?: object) => {
    setBusy(how);
    const isSettled = await settle(entry.id, how, more);
    await client.invalidateQueries({ queryKey: ['dashboard'] });
    setBusy(null);
    if (isSettled) onSettled();
    return isSettled;
  };
  const giveUp = () => {
    setBusy('discard');
    const timer = setTimeout(() => void run('discard'), GIVING_UP_MS);
    const stop = () => {
      clearTimeout(timer);
      setBusy(null);
    };
    showToast({ tone: 'done', text: words.givingUp, action: { label: commonWords.undo, run: stop } });
  };
  const isRefused = entry.kind === 'refused';
  const row = 'flex flex-wrap items-center gap-x-4 gap-y-1';
  return (
    <div className="mt-6 border-t border-line pt-5">
      <h3 className="mb-3 font-semibold">{words.waysTitle}</h3>
      <ul className="space-y-3">
        <li className={row}>
          <Button
            look="primary"
            icon={Upload}
            isBusy={busy === 'restore'}
            disabled={busy !== null}
            className="w-52"
            onClick={() => void run('restore')}
          >
            {words.ways.restore}
          </Button>
          <span className="text-sm text-quiet">{words.waysExplain.restore}</span>
        </li>
        {isRefused && canBeChanged(entry) && (
          <li className={row}>
            <Button icon={PencilLine} disabled={busy !== null} className="w-52" onClick={() => setChanging(true)}>
              {words.ways.change}
            </Button>
            <span className="text-sm text-quiet">{words.waysExplain.change}</span>
          </li>
        )}
        {isRefused && (
          <li className={row}>
            <Button
              icon={RotateCcw}
              isBusy={busy === 'replay'}
              disabled={busy !== null}
              className="w-52"
              onClick={() => void run('replay')}
            >
              {words.ways.replay}
            </Button>
            <span className="text-sm text-quiet">{words.waysExplain.replay}</span>
          </li>
        )}
        <li className={row}>
          <Button
            look="danger"
            icon={Trash2}
            isBusy={busy === 'discard'}
            disabled={busy !== null}
            className="w-52"
            onClick={giveUp}
          >
            {words.ways.discard}
          </Button>
          <span className="text-sm text-quiet">{words.waysExplain.discard}</span>
        </li>
      </ul>
      {isChanging && (
        <ChangeSheet
          entry={entry}
          onClose={() => setChanging(false)}
          onSave={async (changes) => {
            if (await run('change', { changes })) setChanging(false);
          }}
        />
      )}
    </div>
  );
}
