import { useMemo, useState } from 'react';
import { commonWords as words } from '../../words/common.ts';
import { useShortcuts } from '../shortcuts.ts';
import { Sheet } from './sheet.tsx';

const common: readonly (readonly [keys: string, does: string])[] = [
  ['/', words.keys.search],
  ['↑ ↓', words.keys.move],
  ['Enter', words.keys.enter],
  ['Esc', words.keys.leave],
  ['?', words.keys.help],
];

/** Opens with `?`; `more` are the app's own keys. */
export function KeysHelp({ more = [] }: { more?: readonly (readonly [keys: string, does: string])[] }) {
  const [isOpen, setOpen] = useState(false);
  useShortcuts(useMemo(() => ({ '?': () => setOpen(true) }), []));
  return (
    <Sheet title={words.keys.title} isOpen={isOpen} onClose={() => setOpen(false)}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
        {[...common, ...more].map(([keys, does]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="inline-block min-w-9 rounded-lg border border-line bg-panel px-2 py-1 text-center font-mono text-sm">
                {keys}
              </kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
