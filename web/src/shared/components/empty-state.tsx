import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** Nothing is there: why, and the next step. */
export function EmptyState(props: { icon: LucideIcon; title: string; text?: string; children?: ReactNode }) {
  const Icon = props.icon;
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <Icon aria-hidden className="mb-3 size-10 text-quiet" strokeWidth={1.5} />
      <p className="text-lg font-semibold">{props.title}</p>
      {props.text !== undefined && <p className="mt-1 max-w-sm text-quiet">{props.text}</p>}
      {props.children !== undefined && <div className="mt-5">{props.children}</div>}
    </div>
  );
}
