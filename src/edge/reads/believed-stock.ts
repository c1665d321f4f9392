/** Stock as this device believes it: what it was sent, with the work on top that is not in it yet. */
import { believedStock } from '../../domain/index.ts';
import type { StockedItem, StoredMovement, StoreReader } from './store-reader.ts';

/** The believed units of some items of one store, by product. */
export async function believedUnits(
  reader: StoreReader,
  storeId: string,
  items: readonly StockedItem[],
): Promise<Map<string, number>> {
  const unfolded = new Map<string, StoredMovement[]>();
  for (const movement of await reader.unfoldedMovements(storeId)) {
    const others = unfolded.get(movement.inventory_id);
    if (others === undefined) unfolded.set(movement.inventory_id, [movement]);
    else others.push(movement);
  }
  const units = new Map<string, number>();
  for (const item of items) {
    const fresh = unfolded.get(item.inventory_id) ?? [];
    units.set(item.product_id, believedStock(item, [...fresh, ...(await laterThanCounts(reader, item, fresh))]));
  }
  return units;
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
