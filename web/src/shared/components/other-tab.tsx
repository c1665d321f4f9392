import { AppWindow } from 'lucide-react';
import { commonWords as words } from '../../words/common.ts';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

/** In place of the app while another tab works with it. */
export function OtherTab({ onTakeOver }: { onTakeOver: () => void }) {
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState icon={AppWindow} title={words.tabs.title} text={words.tabs.text}>
        <Button look="primary" onClick={onTakeOver}>
          {words.tabs.takeOver}
        </Button>
      </EmptyState>
    </main>
  );
}
