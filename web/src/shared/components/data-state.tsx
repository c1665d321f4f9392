import { CircleX, Cloud, HardDrive, History } from 'lucide-react';
import { deviceWords } from '../../words/common.ts';

const states = {
  saved: { icon: HardDrive, colour: 'text-ink' },
  synced: { icon: Cloud, colour: 'text-quiet' },
  superseded: { icon: History, colour: 'text-low' },
  refused: { icon: CircleX, colour: 'text-failed' },
} as const;

/** One of the four states of data: by sign and word, everywhere the same. */
export function DataState({ state }: { state: keyof typeof states }) {
  const { icon: Icon, colour } = states[state];
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap text-sm ${colour}`}>
      <Icon aria-hidden className="size-3.5" />
      {deviceWords.data[state]}
    </span>
  );
}
