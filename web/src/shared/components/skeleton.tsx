import { commonWords as words } from '../../words/common.ts';

/** Rows of the height that the list will have, so that nothing jumps when it comes. */
export function SkeletonRows({ rows = 6, rowClass = 'h-16' }: { rows?: number; rowClass?: string }) {
  return (
    <div role="status" aria-label={words.loading} className="animate-pulse space-y-2">
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => (
        <div key={row} className={`rounded-xl bg-sunken ${rowClass}`} />
      ))}
    </div>
  );
}
