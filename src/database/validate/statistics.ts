import type { CollectionName } from '../../domain/index.ts';
import type { Facts } from './facts.ts';

/** What the data set says about the company. Amounts are in dollars; sales leave out tax and cancelled orders. */
export interface Statistics {
  readonly documents: Readonly<Partial<Record<CollectionName, number>>>;
  readonly orders: number;
  readonly sales: number;
  readonly averageOrder: number;
  readonly firstOrder: string | null;
  readonly lastOrder: string | null;
  /** Every month from the first order to the last, `2024-12`, oldest first. */
  readonly salesByMonth: readonly { readonly month: string; readonly orders: number; readonly sales: number }[];
  readonly salesByStore: readonly StoreStatistics[];
  readonly salesByCategory: readonly CategoryStatistics[];
  readonly ordersByStatus: readonly { readonly status: string; readonly orders: number; readonly share: number }[];
  /** How many orders have this many items. */
  readonly itemsPerOrder: readonly { readonly items: number; readonly orders: number; readonly share: number }[];
  readonly averageItemsPerOrder: number;
  readonly topProducts: readonly {
    readonly productId: string;
    readonly name: string;
    readonly units: number;
    readonly sales: number;
  }[];
}

export interface StoreStatistics {
  readonly storeId: string;
  readonly name: string;
  readonly customers: number;
  readonly orders: number;
  readonly sales: number;
  readonly averageOrder: number;
  readonly stockUnits: number;
  /** Items at or below their reorder threshold. */
  readonly lowStockItems: number;
  readonly inventoryItems: number;
}

export interface CategoryStatistics {
  readonly categoryId: string;
  readonly name: string;
  readonly products: number;
  readonly priceMin: number;
  readonly priceMax: number;
  readonly units: number;
  readonly sales: number;
}

interface Sales {
  orders: number;
  cents: number;
}

interface StoreSums extends Sales {
  customers: number;
  soldOrders: number;
  stockUnits: number;
  lowStockItems: number;
  inventoryItems: number;
}

interface CategorySums {
  products: number;
  priceMinCents: number;
  priceMaxCents: number;
  units: number;
  cents: number;
}

const TOP_PRODUCTS = 10;

/** Gathers the statistics on the way, from the parts of documents that are sound. */
export class StatisticsBuilder {
  readonly #facts: Facts;
  readonly #months = new Map<string, Sales>();
  readonly #stores = new Map<string, StoreSums>();
  readonly #categories = new Map<string, CategorySums>();
  readonly #statuses = new Map<string, number>();
  readonly #itemsPerOrder: number[] = [];
  readonly #products: { units: number; cents: number }[] = [];
  #orders = 0;
  #soldOrders = 0;
  #salesCents = 0;
  #firstOrder: string | null = null;
  #lastOrder: string | null = null;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  product(categoryId: string | undefined, basePriceCents: number): void {
    if (categoryId === undefined) return;
    const sums = this.#category(categoryId);
    sums.products++;
    if (Number.isNaN(basePriceCents)) return;
    sums.priceMinCents = Math.min(sums.priceMinCents, basePriceCents);
    sums.priceMaxCents = Math.max(sums.priceMaxCents, basePriceCents);
  }

  customer(storeId: string | undefined): void {
    if (storeId !== undefined) this.#store(storeId).customers++;
  }

  inventory(storeId: string | undefined, stockLevel: number | undefined, reorderThreshold: number | undefined): void {
    if (storeId === undefined || stockLevel === undefined) return;
    const sums = this.#store(storeId);
    sums.inventoryItems++;
    sums.stockUnits += stockLevel;
    if (reorderThreshold !== undefined && stockLevel <= reorderThreshold) sums.lowStockItems++;
  }

  order(
    storeId: string | undefined,
    date: string | undefined,
    status: string | undefined,
    subtotalCents: number,
  ): void {
    this.#orders++;
    if (status !== undefined) this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    const cents = status === 'cancelled' || Number.isNaN(subtotalCents) ? 0 : subtotalCents;
    this.#salesCents += cents;
    if (status !== 'cancelled') this.#soldOrders++;
    if (storeId !== undefined) {
      const sums = this.#store(storeId);
      sums.orders++;
      sums.cents += cents;
      if (status !== 'cancelled') sums.soldOrders++;
    }
    if (date === undefined) return;
    if (this.#firstOrder === null || date < this.#firstOrder) this.#firstOrder = date;
    if (this.#lastOrder === null || date > this.#lastOrder) this.#lastOrder = date;
    const month = date.slice(0, 7);
    const sales = this.#months.get(month);
    if (sales === undefined) this.#months.set(month, { orders: 1, cents });
    else {
      sales.orders++;
      sales.cents += cents;
    }
  }

  itemsOfOrder(items: number): void {
    this.#itemsPerOrder[items] = (this.#itemsPerOrder[items] ?? 0) + 1;
  }

  /** An item of an order that was not cancelled. */
  soldItem(categoryId: string | undefined, productPlace: number, units: number, lineCents: number): void {
    const cents = Number.isNaN(lineCents) ? 0 : lineCents;
    if (categoryId !== undefined) {
      const sums = this.#category(categoryId);
      sums.units += units;
      sums.cents += cents;
    }
    const product = (this.#products[productPlace] ??= { units: 0, cents: 0 });
    product.units += units;
    product.cents += cents;
  }

  statistics(documents: Readonly<Partial<Record<CollectionName, number>>>): Statistics {
    const { stores, categories, products } = this.#facts;
    const counted = this.#itemsPerOrder.reduce((sum, orders) => sum + (orders ?? 0), 0);
    const items = this.#itemsPerOrder.reduce((sum, orders, each) => sum + each * (orders ?? 0), 0);
    return {
      documents,
      orders: this.#orders,
      sales: this.#salesCents / 100,
      averageOrder: ratio(this.#salesCents / 100, this.#soldOrders),
      firstOrder: this.#firstOrder,
      lastOrder: this.#lastOrder,
      salesByMonth: everyMonth([...this.#months.keys()].sort()).map((month) => {
        const sales = this.#months.get(month);
        return { month, orders: sales?.orders ?? 0, sales: (sales?.cents ?? 0) / 100 };
      }),
      salesByStore: [...this.#stores]
        .map(([storeId, sums]) => ({
          storeId,
          name: stores.names[stores.places.get(storeId) ?? -1] ?? storeId,
          customers: sums.customers,
          orders: sums.orders,
          sales: sums.cents / 100,
          averageOrder: ratio(sums.cents / 100, sums.soldOrders),
          stockUnits: sums.stockUnits,
          lowStockItems: sums.lowStockItems,
          inventoryItems: sums.inventoryItems,
        }))
        .sort((left, right) => right.sales - left.sales),
      salesByCategory: [...this.#categories]
        .map(([categoryId, sums]) => ({
          categoryId,
          name: categories.names[categories.places.get(categoryId) ?? -1] ?? categoryId,
          products: sums.products,
          priceMin: Number.isFinite(sums.priceMinCents) ? sums.priceMinCents / 100 : 0,
          priceMax: sums.priceMaxCents / 100,
          units: sums.units,
          sales: sums.cents / 100,
        }))
        .sort((left, right) => right.sales - left.sales),
      ordersByStatus: [...this.#statuses]
        .map(([status, orders]) => ({ status, orders, share: ratio(orders, this.#orders) }))
        .sort((left, right) => right.orders - left.orders),
      itemsPerOrder: this.#itemsPerOrder.flatMap((orders, each) =>
        orders === undefined ? [] : [{ items: each, orders, share: ratio(orders, counted) }],
      ),
      averageItemsPerOrder: ratio(items, counted),
      topProducts: this.#products
        .map((sums, place) => ({
          productId: products.ids[place] as string,
          name: products.names[place] ?? '',
          units: sums.units,
          sales: sums.cents / 100,
        }))
        .sort((left, right) => right.sales - left.sales)
        .slice(0, TOP_PRODUCTS),
    };
  }

  #store(storeId: string): StoreSums {
    let sums = this.#stores.get(storeId);
    if (sums === undefined) {
      sums = { orders: 0, cents: 0, soldOrders: 0, customers: 0, stockUnits: 0, lowStockItems: 0, inventoryItems: 0 };
      this.#stores.set(storeId, sums);
    }
    return sums;
  }

  #category(categoryId: string): CategorySums {
    let sums = this.#categories.get(categoryId);
    if (sums === undefined) {
      sums = { products: 0, priceMinCents: Number.POSITIVE_INFINITY, priceMaxCents: 0, units: 0, cents: 0 };
      this.#categories.set(categoryId, sums);
    }
    return sums;
  }
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** The months from the first to the last of a sorted list, those without an order too. */
function everyMonth(months: readonly string[]): string[] {
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return [];
  const all: string[] = [];
  for (let month = first; month <= last; month = nextMonth(month)) all.push(month);
  return all;
}

function nextMonth(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12
    ? `${String(year + 1).padStart(4, '0')}-01`
    : `${month.slice(0, 5)}${String(number + 1).padStart(2, '0')}`;
}
