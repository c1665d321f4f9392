import { CircleAlert, TriangleAlert } from 'lucide-react';
import { Badge } from '../shared/components/badge.tsx';
import { workerWords } from '../words/worker.ts';

const words = workerWords.stock;

/** A word and a sign where the units need somebody; nothing where they are enough. */
export function StockSign({ units, threshold }: { units: number; threshold: number }) {
  if (units < 0) {
    return (
      <Badge icon={CircleAlert} tone="failed">
        {words.oversold}
      </Badge>
    );
  }
  if (units > threshold) return null;
  return (
    <Badge icon={TriangleAlert} tone="low">
      {units === 0 ? words.none : words.low}
    </Badge>
  );
}
