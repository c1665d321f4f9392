/** What happened to an item of this store, as a timeline. */
import type { StockMovement } from '../../domain/index.ts';
import type { StoreReader } from './store-reader.ts';

export interface TimelineEntry
  extends Pick<
    StockMovement,
    | 'movement_id'
    | 'kind'
    | 'quantity'
    | 'order_id'
    | 'transfer_id'
    | 'replenishment_id'
    | 'reason'
    | 'user_id'
    | 'device_id'
    | 'occurred_at'
  > {
  /** Whether headquarters has taken it into the stock level. */
  readonly isFolded: boolean;
}

/** The newest first; of the days that this device holds. */
export async function itemHistory(
  reader: StoreReader,
  storeId: string,
  productId: string,
  limit: number,
): Promise<TimelineEntry[] | undefined> {
  const item = await reader.inventoryItem(storeId, productId);
  if (item === undefined) return undefined;
  return (await reader.newestMovementsOfItem(item.inventory_id, limit)).map((movement) => {
    const { movement_id, kind, quantity, reason, user_id, device_id, occurred_at, ledger_sequence } = movement;
    const { order_id, transfer_id, replenishment_id } = movement;
    return {
      movement_id,
      kind,
      quantity,
      reason,
      user_id,
      device_id,
      occurred_at,
      ...(order_id === undefined ? {} : { order_id }),
      ...(transfer_id === undefined ? {} : { transfer_id }),
      ...(replenishment_id === undefined ? {} : { replenishment_id }),
      isFolded: ledger_sequence !== undefined,
    };
  });
}
