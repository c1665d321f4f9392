import type { BasketQuote } from '../../../../src/device/api.ts';
import { type Loaded, useView } from '../../shared/device/use-view.ts';
import { useBasket } from './basket.ts';

/** What the basket comes to, and what of it is short, as of now: it follows every sale on every device. */
export function useQuote(): Loaded<BasketQuote> {
  const { lines } = useBasket();
  return useView<BasketQuote>('quote', { lines: JSON.stringify(lines) });
}
