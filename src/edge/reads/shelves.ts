/** The store as one walks through it: its aisles, and what lies in each. */
import type { InventoryItem, Store } from '../../domain/index.ts';
import { believedUnits } from './believed-stock.ts';
import { byPlace, compareNames, type NamedProduct, namedProduct } from './named-lines.ts';
import type { StockedItem, StoreReader } from './store-reader.ts';

export interface FloorView {
  readonly store_id: string;
  readonly store_name: string;
  readonly shelvesPerAisle: number;
  readonly binsPerShelf: number;
  /** In the order of their names. */
  readonly aisles: readonly FloorAisle[];
}

export interface FloorAisle {
  readonly aisle: string;
  /** What it is for, in the words of the store. */
  readonly holds: string;
  readonly items: number;
  /** Items at their reorder threshold or below. */
  readonly lowItems: number;
  /** When the item was counted that has waited longest; null where nothing lies there. */
  readonly oldestCount: string | null;
}

export interface ShelfItem extends NamedProduct {
  readonly location: InventoryItem['location'];
  readonly believedUnits: number;
  readonly reorder_threshold: number;
  /** The newest count, this device's own included. */
  readonly last_counted: string;
}

interface FloorPlan {
  readonly shelvesPerAisle: number;
  readonly binsPerShelf: number;
  readonly holds: ReadonlyMap<string, string>;
}

export async function floorView(reader: StoreReader, storeId: string): Promise<FloorView | undefined> {
  const store = await reader.store(storeId);
  if (store === undefined) return undefined;
  const items = await reader.inventoryOfStore(storeId);
  const believed = await believedUnits(reader, storeId, items);
  const counted = await newestCounts(reader, storeId);
  const plan = floorPlanOf(store, items);
  const aisles = [...plan.holds].map(([aisle, holds]): FloorAisle => {
    const within = items.filter(({ location }) => location.aisle === aisle);
    const isLow = ({ product_id, reorder_threshold }: StockedItem) =>
      (believed.get(product_id) as number) <= reorder_threshold;
    const [oldest = null] = within.map((item) => lastCounted(item, counted)).sort();
    return { aisle, holds, items: within.length, lowItems: within.filter(isLow).length, oldestCount: oldest };
  });
  const { shelvesPerAisle, binsPerShelf } = plan;
  return { store_id: storeId, store_name: store.store_name, shelvesPerAisle, binsPerShelf, aisles };
}

/** What lies in one aisle, in the order in which one walks along it. */
export async function aisleItems(reader: StoreReader, storeId: string, aisle: string): Promise<ShelfItem[]> {
  const items = (await reader.inventoryOfStore(storeId)).filter(({ location }) => location.aisle === aisle);
  const believed = await believedUnits(reader, storeId, items);
  const counted = await newestCounts(reader, storeId);
  const rows: ShelfItem[] = [];
  for (const item of items) {
    const { product_id, location, reorder_threshold } = item;
    rows.push({
      ...namedProduct(product_id, await reader.product(product_id)),
      location,
      believedUnits: believed.get(product_id) as number,
      reorder_threshold,
      last_counted: lastCounted(item, counted),
    });
  }
  return rows.sort(byPlace);
}

/** Counts that headquarters has not taken in yet: inventory id → when. */
async function newestCounts(reader: StoreReader, storeId: string): Promise<Map<string, string>> {
  const counts = (await reader.unfoldedMovements(storeId)).filter(({ kind }) => kind === 'count');
  const newest = new Map<string, string>();
  for (const { inventory_id, occurred_at } of counts) {
    if (occurred_at > (newest.get(inventory_id) ?? '')) newest.set(inventory_id, occurred_at);
  }
  return newest;
}

function lastCounted({ inventory_id, last_counted }: StockedItem, counted: ReadonlyMap<string, string>): string {
  const own = counted.get(inventory_id) ?? '';
  return own > last_counted ? own : last_counted;
}

/** As the store's document describes it; a store that describes nothing is as large as its items say. */
function floorPlanOf(store: Store, items: readonly StockedItem[]): FloorPlan {
  const described = (store['floor_plan'] ?? {}) as Partial<Record<string, unknown>>;
  const named = Object.entries((described['aisles'] ?? {}) as Record<string, unknown>);
  const holds = new Map(named.map(([aisle, text]) => [aisle, String(text)]));
  for (const { location } of items) if (!holds.has(location.aisle)) holds.set(location.aisle, '');
  const most = (part: 'shelf' | 'bin') => Math.max(1, ...items.map(({ location }) => Number(location[part]) || 1));
  return {
    shelvesPerAisle: Math.max(Number(described['shelves_per_aisle']) || 1, most('shelf')),
    binsPerShelf: Math.max(Number(described['bins_per_shelf']) || 1, most('bin')),
    holds: new Map([...holds].sort(([one], [other]) => compareNames(one, other))),
  };
}
