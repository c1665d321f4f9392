/** What comes back of an order, and what the customer gets for it. */
import {
  centsFromMoney,
  moneyFromCents,
  type OrderItem,
  refundCents,
  taxCentsFromSubtotalCents,
} from '../../domain/index.ts';
import type { StoredMovement } from './store-reader.ts';

export interface Refund {
  readonly subtotal: number;
  readonly tax: number;
  readonly total: number;
}

export type RefundOutcome =
  | { readonly outcome: 'refundable'; readonly refund: Refund; readonly isWholeOrder: boolean }
  | {
      readonly outcome: 'more_than_sold';
      readonly lines: readonly {
        readonly product_id: string;
        readonly units: number;
        readonly soldUnits: number;
        readonly returnedUnits: number;
      }[];
    };

/** Product → units, of lines of which several may be of one product. */
export function unitsByProduct(
  lines: readonly { readonly product_id: string; readonly quantity: number }[],
): Map<string, number> {
  const units = new Map<string, number>();
  for (const { product_id, quantity } of lines) units.set(product_id, (units.get(product_id) ?? 0) + quantity);
  return units;
}

/** For units that come back of an order's items, after what its movements say came back before. */
export function refundOf(
  items: readonly OrderItem[],
  movements: readonly StoredMovement[],
  coming: ReadonlyMap<string, number>,
): RefundOutcome {
  const soldUnitsOf = unitsByProduct(items);
  const returnedUnitsOf = unitsByProduct(movements.filter(({ kind }) => kind === 'return'));
  const tooMany = [...coming].flatMap(([product_id, units]) => {
    const soldUnits = soldUnitsOf.get(product_id) ?? 0;
    const returnedUnits = returnedUnitsOf.get(product_id) ?? 0;
    return units > soldUnits - returnedUnits ? [{ product_id, units, soldUnits, returnedUnits }] : [];
  });
  if (tooMany.length > 0) return { outcome: 'more_than_sold', lines: tooMany };

  let subtotalBefore = 0;
  let subtotalBack = 0;
  let isWholeOrder = true;
  for (const [product_id, soldUnits] of soldUnitsOf) {
    const sold = items
      .filter((item) => item.product_id === product_id)
      .sort(byId)
      .map(({ quantity, line_total }) => ({ quantity, lineTotalCents: centsFromMoney(line_total) }));
    const returnedUnits = returnedUnitsOf.get(product_id) ?? 0;
    const units = coming.get(product_id) ?? 0;
    subtotalBefore += refundCents(sold, 0, returnedUnits);
    subtotalBack += refundCents(sold, returnedUnits, units);
    isWholeOrder &&= returnedUnits + units === soldUnits;
  }
  // As the difference of two taxes, so that the refunds of an order add up to its total.
  const taxBack = taxCentsFromSubtotalCents(subtotalBefore + subtotalBack) - taxCentsFromSubtotalCents(subtotalBefore);
  const refund = {
    subtotal: moneyFromCents(subtotalBack),
    tax: moneyFromCents(taxBack),
    total: moneyFromCents(subtotalBack + taxBack),
  };
  return { outcome: 'refundable', refund, isWholeOrder };
}

/** The same order each time, so that a second refund goes on where the first ended. */
const byId = (one: OrderItem, other: OrderItem) => (one.order_item_id < other.order_item_id ? -1 : 1);
