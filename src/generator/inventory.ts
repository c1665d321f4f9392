/** Stock of every product in every store, following from what sells there, and the counts that open the stock ledger. */

import type { InventoryItem, StockMovement } from '../domain/index.ts';
import { hlcText, OPENING_COUNT_REASON } from '../domain/index.ts';
import type { Assortment } from './assortment.ts';
import { dateWindow, type GenerationConfig } from './config.ts';
import { IsoTimes } from './iso-time.ts';
import type { RecentDemand } from './orders.ts';
import { RandomStream } from './random.ts';
import { type GeneratedStore, type Place, placesOf } from './stores.ts';

const SECONDS_PER_DAY = 86_400;
const HEADQUARTERS = 'headquarters';
/** The logical counter of a hybrid logical timestamp has four hexadecimal digits. */
const HLC_COUNTERS = 0x10000;
const NOTED_PERCENT = 4;
const notes = [
  'Display model on the counter',
  'Heavy: lift with two people',
  'Overstock on the top shelf',
  'Packaging changed, old labels sell first',
  'Seasonal end cap',
  'Supplier often late',
] as const;

export interface InventoryParts {
  readonly config: GenerationConfig;
  readonly assortment: Assortment;
  readonly stores: readonly GeneratedStore[];
  /** Complete: all orders have been drawn. */
  readonly demand: RecentDemand;
}

/** Store by store, each in catalogue order. */
export function* inventoryDocuments({ config, assortment, stores, demand }: InventoryParts): Generator<InventoryItem> {
  const { seed, stock } = config;
  const { startSeconds, todaySeconds } = dateWindow(config);
  const ids = new RandomStream(seed, 'inventory.ids');
  const levels = new RandomStream(seed, 'inventory.levels');
  const counts = new RandomStream(seed, 'inventory.counts');
  const remarks = new RandomStream(seed, 'inventory.notes');
  const countedTimes = new IsoTimes();
  const updatedTimes = new IsoTimes();
  const countedWithin = Math.min(stock.counted_within_days * SECONDS_PER_DAY, todaySeconds - startSeconds);
  for (const [store, { storeId, config: storeConfig }] of stores.entries()) {
    const placeByProduct: Place[] = [];
    for (const [category, products] of assortment.productsByCategory.entries()) {
      const places = placesOf(storeConfig.floor_plan, assortment.categories[category]!.name, products.length);
      for (const [at, product] of products.entries()) placeByProduct[product] = places[at]!;
    }
    for (const [product, { productId }] of assortment.products.entries()) {
      const policy = reorderPolicy(stock, demand.unitsPerWeek(store, product));
      const counted = todaySeconds - counts.below(countedWithin + 1);
      const { aisle, shelf, bin } = placeByProduct[product]!;
      const id = ids.uuid();
      yield {
        _id: id,
        inventory_id: id,
        store_id: storeId,
        product_id: productId,
        stock_level: stockLevel(stock, policy, levels),
        reorder_threshold: policy.thresholdUnits,
        reorder_quantity: policy.reorderUnits,
        location: { aisle, shelf, bin },
        last_counted: countedTimes.of(counted),
        last_updated: updatedTimes.of(counted + counts.below(todaySeconds - counted + 1)),
        notes: remarks.chance(NOTED_PERCENT) ? notes[remarks.below(notes.length)]! : '',
        deleted: false,
      };
    }
  }
}

interface ReorderPolicy {
  /** Reorder when stock falls to this … */
  readonly thresholdUnits: number;
  /** … as many as this. */
  readonly reorderUnits: number;
}

function reorderPolicy(stock: GenerationConfig['stock'], unitsPerWeek: number): ReorderPolicy {
  const thresholdUnits = Math.max(stock.threshold_units_min, Math.ceil(unitsPerWeek * stock.threshold_weeks));
  const wantedUnits = Math.max(stock.reorder_units_min, unitsPerWeek * stock.reorder_weeks);
  return { thresholdUnits, reorderUnits: Math.ceil(wantedUnits / stock.pack_units) * stock.pack_units };
}

function stockLevel(
  stock: GenerationConfig['stock'],
  { thresholdUnits, reorderUnits }: ReorderPolicy,
  stream: RandomStream,
): number {
  const kind = stream.unit() * 100;
  const fullShelfUnits = thresholdUnits + reorderUnits;
  if (kind < stock.low_percent) {
    return stream.chance(stock.empty_percent_of_low) ? 0 : stream.between(1, thresholdUnits);
  }
  if (kind < stock.low_percent + stock.generous_percent) {
    return stream.between(fullShelfUnits + 1, fullShelfUnits + stock.generous_orders * reorderUnits);
  }
  return stream.between(thresholdUnits + 1, fullShelfUnits);
}

/** What the opening count needs of an inventory item. */
export type CountedItem = Pick<
  InventoryItem,
  'inventory_id' | 'store_id' | 'product_id' | 'stock_level' | 'last_counted'
>;

/**
 * One count per inventory item, of its stock level, so that the fold of the ledger gives that level.
 *
 * `occurred_at` is when the shelf was counted. The hybrid logical timestamp is the first instant of the data set: the
 * data may end in the future (END_DATE is the default "today"), and a device's first sale, stamped by a real clock,
 * must still come after the opening count.
 */
export function* openingCounts(config: GenerationConfig, items: Iterable<CountedItem>): Generator<StockMovement> {
  const { startSeconds } = dateWindow(config);
  const ids = new RandomStream(config.seed, 'stock_movements.ids');
  let number = 0;
  for (const item of items) {
    const id = ids.uuid();
    const milliseconds = startSeconds * 1000 + Math.floor(number / HLC_COUNTERS);
    yield {
      _id: id,
      movement_id: id,
      inventory_id: item.inventory_id,
      store_id: item.store_id,
      product_id: item.product_id,
      kind: 'count',
      quantity: item.stock_level,
      reason: OPENING_COUNT_REASON,
      user_id: HEADQUARTERS,
      device_id: HEADQUARTERS,
      hlc: hlcText(milliseconds, number % HLC_COUNTERS, HEADQUARTERS),
      occurred_at: item.last_counted,
      deleted: false,
    };
    number++;
  }
}
