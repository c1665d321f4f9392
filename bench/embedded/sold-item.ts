import { randomUUID } from 'node:crypto';
import type { SeededPick } from './pick.ts';
import { BENCH_ORDER_PREFIX, type SoldItem } from './side.ts';

/** An item as a till sells it now; the id is random, as a device's would be. */
export function soldItem(pick: SeededPick): SoldItem {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const quantity = 1 + pick.below(5);
  const unitPriceCents = 500 + pick.below(20_000);
  return {
    order_item_id: randomUUID(),
    order_id: `${BENCH_ORDER_PREFIX}${pick.below(1_000_000)}`,
    store_id: pick.storeId(),
    order_date: now,
    product_id: pick.productId(),
    sku: 'HT-HAM-01',
    product_name: 'Fiberglass Claw Hammer 16 oz',
    quantity,
    unit_price: unitPriceCents / 100,
    discount_percent: 0,
    discount_amount: 0,
    line_total: (quantity * unitPriceCents) / 100,
    created_at: now,
    deleted: false,
  };
}
