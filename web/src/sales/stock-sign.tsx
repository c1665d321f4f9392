import { CircleCheck, CircleSlash2, TriangleAlert } from 'lucide-react';
import { salesWords } from '../words/sales.ts';

const words = salesWords.stock;
/** At so many a customer had better decide now. */
const LAST_UNITS = 2;

/** How many are here, as icon and words; `null` where this store does not keep it. */
export function StockSign({ units, className = '' }: { units: number | null | undefined; className?: string }) {
  const [Icon, text, colour] =
    units === null || units === undefined
      ? [CircleSlash2, words.unkept, 'text-quiet']
      : units <= 0
        ? [CircleSlash2, words.none, 'text-failed']
        : units <= LAST_UNITS
          ? [TriangleAlert, words.last(units), 'text-low']
          : [CircleCheck, words.here(units), 'text-brand'];
  return (
    <span
      className={`tabular inline-flex items-center gap-1 whitespace-nowrap text-sm font-medium ${colour} ${className}`}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      {text}
    </span>
  );
}
