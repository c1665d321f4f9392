/** Work on stock that this store has with others: orders from the warehouse, and transfers, each line with its name and place. */
import type { ReplenishmentOrder, StockTransfer } from '../../domain/index.ts';
import { believedUnits } from './believed-stock.ts';
import { byPlace, type PlacedProduct, placedProducts } from './named-lines.ts';
import type { StoreReader } from './store-reader.ts';

export interface ShipmentLine extends PlacedProduct {
  readonly orderedUnits: number;
  readonly receivedUnits: number;
}

export interface ShipmentView extends Pick<ReplenishmentOrder, 'replenishment_id' | 'status' | 'steps'> {
  readonly placed_at: string;
  readonly lines: readonly ShipmentLine[];
}

export interface TransferLine extends PlacedProduct {
  readonly units: number;
  /** What this device believes is here; null where this store does not keep it. */
  readonly believedUnits: number | null;
}

export interface TransferView
  extends Pick<StockTransfer, 'transfer_id' | 'from_store_id' | 'to_store_id' | 'status' | 'steps' | 'notes'> {
  readonly from_store_name: string;
  readonly to_store_name: string;
  /** As seen from this store. */
  readonly direction: 'leaving' | 'coming';
  readonly requested_at: string;
  /** In the order in which one walks through the store. */
  readonly lines: readonly TransferLine[];
}

export interface StockWork {
  /** The newest first, those that are done included. */
  readonly shipments: readonly ShipmentView[];
  readonly transfers: readonly TransferView[];
}

export async function stockWork(reader: StoreReader, storeId: string): Promise<StockWork> {
  const orders = await reader.replenishments(storeId);
  const transfers = await reader.transfers(storeId);
  const shipments = await shipmentsNamed(reader, storeId, orders);
  return {
    shipments: shipments.sort((one, other) => (one.placed_at < other.placed_at ? 1 : -1)),
    transfers: (await transfersNamed(reader, storeId, transfers)).sort((one, other) =>
      one.requested_at < other.requested_at ? 1 : -1,
    ),
  };
}

export async function shipment(
  reader: StoreReader,
  storeId: string,
  replenishmentId: string,
): Promise<ShipmentView | undefined> {
  const order = await reader.replenishment(replenishmentId);
  return order === undefined ? undefined : (await shipmentsNamed(reader, storeId, [order]))[0];
}

export async function transfer(
  reader: StoreReader,
  storeId: string,
  transferId: string,
): Promise<TransferView | undefined> {
  const found = await reader.transfer(transferId);
  return found === undefined ? undefined : (await transfersNamed(reader, storeId, [found]))[0];
}

async function shipmentsNamed(
  reader: StoreReader,
  storeId: string,
  orders: readonly ReplenishmentOrder[],
): Promise<ShipmentView[]> {
  const ids = orders.flatMap(({ lines }) => Object.keys(lines));
  const { placed } = await placedProducts(reader, storeId, ids);
  const views: ShipmentView[] = [];
  for (const { replenishment_id, status, steps, lines } of orders) {
    // The ledger knows better than the order, whose figures two people may write at once.
    const came = new Map<string, number>();
    for (const { product_id, quantity } of await reader.movementsOfReplenishment(replenishment_id)) {
      came.set(product_id, (came.get(product_id) ?? 0) + quantity);
    }
    views.push({
      replenishment_id,
      status,
      steps,
      placed_at: steps['placed']?.at ?? '',
      lines: Object.entries(lines)
        .map(([id, { ordered, received }]) => ({
          ...(placed.get(id) as PlacedProduct),
          orderedUnits: ordered,
          receivedUnits: Math.max(received, came.get(id) ?? 0),
        }))
        .sort(byPlace),
    });
  }
  return views;
}

async function transfersNamed(
  reader: StoreReader,
  storeId: string,
  transfers: readonly StockTransfer[],
): Promise<TransferView[]> {
  const ids = transfers.flatMap(({ lines }) => Object.keys(lines));
  const { placed, items } = await placedProducts(reader, storeId, ids);
  const believed = await believedUnits(reader, storeId, items);
  const names = new Map((await reader.stores()).map(({ store_id, store_name }) => [store_id, store_name]));
  return transfers.map(({ transfer_id, from_store_id, to_store_id, status, steps, notes, lines }) => ({
    transfer_id,
    from_store_id,
    to_store_id,
    from_store_name: names.get(from_store_id) ?? from_store_id,
    to_store_name: names.get(to_store_id) ?? to_store_id,
    direction: from_store_id === storeId ? ('leaving' as const) : ('coming' as const),
    status,
    steps,
    notes,
    requested_at: steps['requested']?.at ?? '',
    lines: Object.entries(lines)
      .map(([id, units]) => ({
        ...(placed.get(id) as PlacedProduct),
        units,
        believedUnits: believed.get(id) ?? null,
      }))
      .sort(byPlace),
  }));
}
