/** Counts that nobody took at a shelf: where an item begins, and where somebody wrote its level in MongoDB. */
import { hlcText, type InventoryItem, type LedgerMovement, OPENING_COUNT_REASON } from '../../domain/index.ts';
import { uuidOf } from './derived-id.ts';

/** Who wrote in MongoDB directly, as far as the ledger and the stamps know. */
export const DIRECT_WRITER = 'mongodb';

/** For an item that came with a level and no movement: before every stamp that a device can make. */
export function openingCountOf(item: InventoryItem, units: number): LedgerMovement {
  const id = uuidOf(`opening:${item._id}`);
  return ownCount(item, {
    id,
    units,
    reason: OPENING_COUNT_REASON,
    hlc: hlcText(0, 0, DIRECT_WRITER),
    at: item.last_counted,
  });
}

export interface OwnCount {
  readonly id: string;
  readonly units: number;
  readonly reason: string;
  readonly hlc: string;
  /** ISO time. */
  readonly at: string;
}

export function ownCount(item: InventoryItem, { id, units, reason, hlc, at }: OwnCount): LedgerMovement {
  return {
    _id: id,
    movement_id: id,
    inventory_id: item._id,
    store_id: item.store_id,
    product_id: item.product_id,
    kind: 'count',
    quantity: units,
    reason,
    user_id: DIRECT_WRITER,
    device_id: DIRECT_WRITER,
    hlc,
    occurred_at: at,
    deleted: false,
  };
}
