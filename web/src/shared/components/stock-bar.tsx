import { formatCount } from '../format.ts';

interface StockBarProps {
  readonly units: number;
  readonly reorderThreshold: number;
  /** Says it all in words, for who can't see the bar. */
  readonly label: string;
}

/** Units as a bar, with a mark where the next order is due. */
export function StockBar({ units, reorderThreshold, label }: StockBarProps) {
  const full = Math.max(1, units, reorderThreshold * 2.5);
  const colour = units <= 0 ? 'bg-failed' : units <= reorderThreshold ? 'bg-low' : 'bg-brand';
  return (
    <div role="img" aria-label={label} className="relative h-2.5 w-full rounded-full bg-sunken">
      <div
        className={`h-full rounded-full ${colour}`}
        style={{ width: `${(100 * Math.max(0, units)) / full}%` }}
        title={formatCount(units)}
      />
      <div
        className="absolute -top-1 h-4.5 w-0.5 rounded bg-ink"
        style={{ left: `${(100 * reorderThreshold) / full}%` }}
      />
    </div>
  );
}
