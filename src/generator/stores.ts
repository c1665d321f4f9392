/** The stores: configuration and reference data joined, and their documents. */

import type { ReferenceData } from '../catalog/index.ts';
import type { Store } from '../domain/index.ts';
import { slug, storeIdFromName } from '../domain/index.ts';
import type { GenerationConfig, StoreConfig } from './config.ts';
import { GeneratorError } from './errors.ts';

export interface GeneratedStore {
  readonly storeId: string;
  readonly config: StoreConfig;
  readonly rlsUserId: string;
  readonly isOnline: boolean;
  readonly customerWeight: number;
  /** Share of the orders, against the other stores' weights. */
  readonly orderWeight: number;
  readonly orderValue: number;
  /** The store with the fewest orders. */
  readonly isDemoDefault: boolean;
}

/** The configured stores; reference data, where given, says which of them there are, and their weights. */
export function storesOf(config: GenerationConfig, referenceData?: ReferenceData): GeneratedStore[] {
  const configured = new Map(config.stores.map((store) => [storeIdFromName(store.name), store]));
  const stores =
    referenceData === undefined
      ? config.stores.map((store) => ({
          config: store,
          rlsUserId: store.rls_user_id,
          customerWeight: store.customer_weight,
          orderWeight: store.customer_weight * store.order_frequency,
          orderValue: store.order_value,
        }))
      : referenceData.stores.map((reference) => {
          const store = configured.get(storeIdFromName(reference.name));
          if (store === undefined) {
            throw new GeneratorError(
              'REFERENCE_STORE_UNKNOWN',
              `The reference data has a store "${reference.name}"; the generation configuration describes only ${config.stores.map(({ name }) => name).join(', ')}.`,
              { data: { store: reference.name } },
            );
          }
          return {
            config: store,
            rlsUserId: reference.rlsUserId,
            customerWeight: reference.customerDistributionWeight,
            orderWeight: reference.customerDistributionWeight * reference.orderFrequencyMultiplier,
            orderValue: reference.orderValueMultiplier,
          };
        });
  const fewestOrders = Math.min(...stores.map((store) => store.orderWeight));
  const demoDefault = stores.findIndex((store) => store.orderWeight === fewestOrders);
  return stores.map((store, at) => ({
    ...store,
    storeId: storeIdFromName(store.config.name),
    isOnline: store.config.is_online,
    isDemoDefault: at === demoDefault,
  }));
}

export function* storeDocuments(config: GenerationConfig, stores: readonly GeneratedStore[]): Generator<Store> {
  for (const store of stores) {
    const { name, location, opened, floor_plan } = store.config;
    const { address, city, zip, latitude, longitude } = location;
    const openedOn = opened < config.dates.start_date ? opened : config.dates.start_date;
    yield {
      _id: store.storeId,
      store_id: store.storeId,
      store_name: name,
      rls_user_id: store.rlsUserId,
      is_online: store.isOnline,
      location: { address, city, state: 'WA', zip, latitude, longitude },
      demo_default: store.isDemoDefault,
      created_at: `${openedOn}T00:00:00Z`,
      floor_plan: {
        shelves_per_aisle: floor_plan.shelves_per_aisle,
        bins_per_shelf: floor_plan.bins_per_shelf,
        // Aisle → what it holds, as a text: a list would not merge between two editors.
        aisles: Object.fromEntries(
          Object.entries(floor_plan.aisles).map(([aisle, holds]) => [aisle, holds.join(', ')]),
        ),
      },
      deleted: false,
    };
  }
}

export interface Place {
  readonly aisle: string;
  readonly shelf: string;
  readonly bin: string;
}

/**
 * Where each of `count` products of a category lies in a store: spread in order over the bins of the aisles that hold
 * the category, so that products of one type lie side by side. A category that no aisle names goes to `other`.
 */
export function placesOf(floorPlan: StoreConfig['floor_plan'], categoryName: string, count: number): Place[] {
  const category = slug(categoryName);
  const named = Object.entries(floorPlan.aisles)
    .filter(([, holds]) => holds.some((name) => slug(name) === category))
    .map(([aisle]) => aisle);
  const aisles = named.length > 0 ? named : floorPlan.other;
  const { shelves_per_aisle: shelves, bins_per_shelf: bins } = floorPlan;
  const spaces = aisles.length * shelves * bins;
  return Array.from({ length: count }, (_, product) => {
    const space = Math.floor((product * spaces) / count);
    return {
      aisle: aisles[Math.floor(space / (shelves * bins))]!,
      shelf: String((Math.floor(space / bins) % shelves) + 1),
      bin: String((space % bins) + 1),
    };
  });
}
