import { commonWords as words } from '../../words/common.ts';

const CARDS = Array.from({ length: 12 }, (_, card) => `card-${card}`);

/** Of the same shape as the cards that come. */
export function CardsSkeleton() {
  return (
    <div
      role="status"
      aria-label={words.loading}
      className="grid animate-pulse grid-cols-2 gap-3 sm:grid-cols-3 md:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4 2xl:grid-cols-5"
    >
      {CARDS.map((card) => (
        <div key={card} className="h-60 rounded-2xl bg-sunken" />
      ))}
    </div>
  );
}
