import type { LucideIcon } from 'lucide-react';

const tones = {
  plain: 'text-quiet border-line',
  good: 'text-brand border-brand',
  low: 'text-low border-low',
  failed: 'text-failed border-failed',
  transit: 'text-transit border-transit',
} as const;

export type Tone = keyof typeof tones;

/** A state as icon and word: never by colour alone. */
export function Badge({ icon: Icon, tone, children }: { icon: LucideIcon; tone: Tone; children: string }) {
  return (
    <span
      className={`inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap rounded-full border px-2.5 py-0.5 text-sm font-medium ${tones[tone]}`}
    >
      <Icon aria-hidden className="size-4" />
      {children}
    </span>
  );
}
