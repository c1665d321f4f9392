/** What is on its way to a store. */
import type { StockTransfer } from '../../domain/index.ts';

/** Units that the warehouse still owes a store, by product. */
export function unitsOnOrder(
  orders: readonly {
    readonly status: string;
    readonly lines: Readonly<Record<string, { readonly ordered: number; readonly received: number }>>;
  }[],
): Map<string, number> {
  const units = new Map<string, number>();
  for (const { status, lines } of orders) {
    if (status === 'received' || status === 'cancelled') continue;
    for (const [product_id, { ordered, received }] of Object.entries(lines)) {
      if (ordered > received) units.set(product_id, (units.get(product_id) ?? 0) + ordered - received);
    }
  }
  return units;
}

/** Units that other stores have sent to a store, by product. */
export function unitsInTransit(
  transfers: readonly Pick<StockTransfer, 'to_store_id' | 'status' | 'lines'>[],
  storeId: string,
): Map<string, number> {
  const units = new Map<string, number>();
  for (const { to_store_id, status, lines } of transfers) {
    if (to_store_id !== storeId || status !== 'in_transit') continue;
    for (const [product_id, sent] of Object.entries(lines)) units.set(product_id, (units.get(product_id) ?? 0) + sent);
  }
  return units;
}
