/** What has fallen to its reorder threshold or below, as this device believes; the emptiest first. */
import type { InventoryItem } from '../../domain/index.ts';
import { believedUnits } from './believed-stock.ts';
import type { StoreReader } from './store-reader.ts';
import { unitsInTransit, unitsOnOrder } from './units-on-order.ts';

export interface LowStockRow {
  readonly product_id: string;
  readonly product_name: string;
  readonly sku: string;
  readonly image_url: string;
  readonly location: InventoryItem['location'];
  readonly believedUnits: number;
  readonly reorder_threshold: number;
  readonly reorder_quantity: number;
  /** Units that the warehouse still owes. */
  readonly unitsOnOrder: number;
  /** Units that another store has sent. */
  readonly unitsInTransit: number;
}

export async function lowStock(reader: StoreReader, storeId: string): Promise<LowStockRow[]> {
  const items = await reader.inventoryOfStore(storeId);
  const believed = await believedUnits(reader, storeId, items);
  const low = items.filter(
    ({ product_id, reorder_threshold }) => (believed.get(product_id) as number) <= reorder_threshold,
  );
  if (low.length === 0) return [];
  const onOrder = unitsOnOrder(await reader.replenishments(storeId));
  const inTransit = unitsInTransit(await reader.transfers(storeId), storeId);
  const products = new Map((await reader.products()).map((product) => [product.product_id, product]));
  const rows = low.map(({ product_id, location, reorder_threshold, reorder_quantity }) => ({
    product_id,
    product_name: products.get(product_id)?.product_name ?? product_id,
    sku: products.get(product_id)?.sku ?? '',
    image_url: products.get(product_id)?.image_url ?? '',
    location,
    believedUnits: believed.get(product_id) as number,
    reorder_threshold,
    reorder_quantity,
    unitsOnOrder: onOrder.get(product_id) ?? 0,
    unitsInTransit: inTransit.get(product_id) ?? 0,
  }));
  const fullness = ({ believedUnits, reorder_threshold }: LowStockRow) =>
    believedUnits / Math.max(1, reorder_threshold);
  return rows.sort((one, other) => fullness(one) - fullness(other) || (one.product_name < other.product_name ? -1 : 1));
}
