import { Check } from 'lucide-react';
import { salesWords } from '../../words/sales.ts';
import type { Filters } from './filters.ts';

const words = salesWords.catalogue;

/** Narrows what is shown by stock and by price. */
export function NarrowRow({ filters, change }: { filters: Filters; change: (change: Partial<Filters>) => void }) {
  return (
    <div className="mt-2 flex flex-wrap gap-2">
      <button
        type="button"
        aria-pressed={filters.isHere}
        onClick={() => change({ isHere: !filters.isHere })}
        className="flex min-h-11 cursor-pointer items-center gap-2 rounded-full border border-line bg-panel px-4 font-medium aria-pressed:border-brand aria-pressed:bg-brand-soft"
      >
        <span
          className={`grid size-5 place-items-center rounded border ${filters.isHere ? 'border-brand bg-brand text-on-brand' : 'border-quiet'}`}
        >
          {filters.isHere && <Check aria-hidden className="size-4" />}
        </span>
        {words.inStock}
      </button>
      <select
        aria-label={words.price}
        value={filters.price ?? 'any'}
        onChange={(event) => change({ price: event.target.value === 'any' ? null : event.target.value })}
        className="min-h-11 cursor-pointer rounded-full border border-line bg-panel px-4 font-medium"
      >
        {Object.entries(words.prices).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
