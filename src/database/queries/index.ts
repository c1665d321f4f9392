/** Every query that the product promises, by name: a new one is a line here. */
import { baskets, boughtTogether } from './baskets.ts';
import { customer, customerRetention, customerSegments } from './customers.ts';
import { inventoryValue, lowStock, lowStockMap, shortCover } from './inventory.ts';
import { order } from './orders.ts';
import { prices, slowProducts, topProducts } from './products.ts';
import type { Query } from './query.ts';
import { latestOrders, salesByCategory, salesByDay, salesByHour, salesByMonth, salesByStore, today } from './sales.ts';
import { availability, findProducts, product, stockOfProducts } from './search.ts';
import { seasons } from './seasons.ts';
import { productsByMeaning, searchProducts } from './semantic-search.ts';
import { alerts, transfers } from './store-work.ts';
import { salesByType } from './types.ts';
import { yearOnYear } from './years.ts';

export type { Query, QueryContext } from './query.ts';

export const queries: readonly Query[] = (
  [
    today,
    latestOrders,
    salesByStore,
    salesByMonth,
    salesByDay,
    salesByHour,
    salesByCategory,
    seasons,
    topProducts,
    slowProducts,
    prices,
    inventoryValue,
    lowStockMap,
    lowStock,
    shortCover,
    transfers,
    alerts,
    order,
    customer,
    customerSegments,
    customerRetention,
    baskets,
    boughtTogether,
    salesByType,
    yearOnYear,
    findProducts,
    searchProducts,
    productsByMeaning,
    availability,
    product,
    stockOfProducts,
  ] as unknown as Query[]
).toSorted((one, other) => (one.name < other.name ? -1 : 1));

export const queryOf = (name: string): Query | undefined => queries.find((query) => query.name === name);
