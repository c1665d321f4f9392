import { useSyncExternalStore } from 'react';

export interface BasketLine {
  readonly product_id: string;
  readonly quantity: number;
  readonly discount_percent: number;
}

export interface Basket {
  /** Each product once, in the order in which they were put in. */
  readonly lines: readonly BasketLine[];
  readonly customerId: string | null;
  /** `later`: paid now, handed over another day. */
  readonly handOver: 'now' | 'later';
}

export const UNITS_MAX = 999;
const EMPTY: Basket = { lines: [], customerId: null, handOver: 'now' };

let basket: Basket = EMPTY;
let storageKey: string | null = null;
const listeners = new Set<() => void>();

/** Brings back what this device's basket held before the page was closed. */
export function openBasket(deviceId: string): void {
  const key = `zava.basket.${deviceId}`;
  if (storageKey === key) return;
  storageKey = key;
  basket = basketOf(localStorage.getItem(key));
  for (const hear of listeners) hear();
}

/** In place of what is there: an undo puts the old one back. */
export function setBasket(next: Basket): void {
  basket = next;
  if (storageKey !== null) localStorage.setItem(storageKey, JSON.stringify(next));
  for (const hear of listeners) hear();
}

export const presentBasket = (): Basket => basket;

const setLines = (lines: readonly BasketLine[]): void => setBasket({ ...basket, lines });

export function addToBasket(productId: string, units = 1): void {
  const held = basket.lines.find(({ product_id }) => product_id === productId);
  if (held !== undefined) changeLine(productId, { quantity: Math.min(UNITS_MAX, held.quantity + units) });
  else setLines([...basket.lines, { product_id: productId, quantity: units, discount_percent: 0 }]);
}

export function changeLine(productId: string, change: Partial<Omit<BasketLine, 'product_id'>>): void {
  setLines(basket.lines.map((line) => (line.product_id === productId ? { ...line, ...change } : line)));
}

export const removeLine = (productId: string): void =>
  setLines(basket.lines.filter(({ product_id }) => product_id !== productId));

/** Puts another product in a line's place, with its units and its discount. */
export function swapLine(productId: string, otherId: string): void {
  const line = basket.lines.find(({ product_id }) => product_id === productId);
  if (line === undefined) return;
  const other = basket.lines.find(({ product_id }) => product_id === otherId);
  const quantity = Math.min(UNITS_MAX, line.quantity + (other?.quantity ?? 0));
  setLines(
    basket.lines
      .filter(({ product_id }) => product_id !== otherId)
      .map((one) => (one === line ? { ...one, product_id: otherId, quantity } : one)),
  );
}

export const setCustomer = (customerId: string | null): void => setBasket({ ...basket, customerId });
export const clearBasket = (): void => setBasket(EMPTY);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useBasket = (): Basket => useSyncExternalStore(subscribe, presentBasket);

export const unitsOf = ({ lines }: Basket): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** A text that another version of this page wrote, or nobody, is an empty basket. */
function basketOf(text: string | null): Basket {
  if (text === null) return EMPTY;
  try {
    const { lines, customerId, handOver } = JSON.parse(text) as Basket;
    return {
      lines: lines.map(({ product_id, quantity, discount_percent }) => ({ product_id, quantity, discount_percent })),
      customerId: customerId ?? null,
      handOver: handOver === 'later' ? 'later' : 'now',
    };
  } catch {
    return EMPTY;
  }
}
