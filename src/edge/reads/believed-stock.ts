/** Stock as this device believes it: what it was sent, with the work on top that is not in it yet. */
import { believedStock } from '../../domain/index.ts';
import type { StockedItem, StoredMovement, StoreReader } from './store-reader.ts';

/** Up to so many items are asked for one by one: after days offline the whole store has far more that is not settled. */
const ITEMS_ASKED_ONE_BY_ONE_MAX = 20;

/** The believed units of some items of one store, by product. */
export async function believedUnits(
  reader: StoreReader,
  storeId: string,
  items: readonly StockedItem[],
): Promise<Map<string, number>> {
  const unfoldedOf = await unfoldedMovements(reader, storeId, items);
  const units = new Map<string, number>();
  for (const item of items) {
    const fresh = await unfoldedOf(item);
    units.set(item.product_id, believedStock(item, [...fresh, ...(await laterThanCounts(reader, item, fresh))]));
  }
  return units;
}

type MovementsOfItem = (item: StockedItem) => Promise<readonly StoredMovement[]> | readonly StoredMovement[];

async function unfoldedMovements(
  reader: StoreReader,
  storeId: string,
  items: readonly StockedItem[],
): Promise<MovementsOfItem> {
  if (items.length <= ITEMS_ASKED_ONE_BY_ONE_MAX) {
    return ({ inventory_id }) => reader.unfoldedMovementsOfItem(inventory_id);
  }
  const byItem = new Map<string, StoredMovement[]>();
  for (const movement of await reader.unfoldedMovements(storeId)) {
    const others = byItem.get(movement.inventory_id);
    if (others === undefined) byItem.set(movement.inventory_id, [movement]);
    else others.push(movement);
  }
  return ({ inventory_id }) => byItem.get(inventory_id) ?? [];
}

/** What is in the level already and came after a count that is not: the count would hide it. */
async function laterThanCounts(
  reader: StoreReader,
  { inventory_id }: StockedItem,
  fresh: readonly StoredMovement[],
): Promise<StoredMovement[]> {
  const [first] = fresh
    .filter(({ kind }) => kind === 'count')
    .map(({ hlc }) => hlc)
    .sort();
  return first === undefined ? [] : await reader.movementsOfItemSince(inventory_id, first);
}
