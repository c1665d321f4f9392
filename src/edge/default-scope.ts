/**
 * What a device holds unless it is told otherwise: the catalogue, its store's stock and the others' availability, its
 * store's customers, the orders of the last days with their items, and the daily work that is open. Small enough for a
 * first sync of seconds.
 */
import {
  type Filter,
  type IsoTime,
  isoTimeFromSeconds,
  type Permissions,
  type Principal,
  readAccess,
  type StoreId,
  secondsFromIsoTime,
} from '../domain/index.ts';
import type { Subscription } from '../sync/index.ts';

export interface DefaultScopeOptions {
  readonly permissions: Permissions;
  readonly principal: Principal;
  readonly storeId: StoreId;
  readonly wallClockMs: number;
  /** Days of orders, back from `newestOrderDate`, or from now where none is known. */
  readonly orderDays?: number;
  /** The newest order that is known: a data set may end before today, and its last days are wanted then. */
  readonly newestOrderDate?: IsoTime | undefined;
  /** Instead of a number of days. */
  readonly ordersSince?: IsoTime;
  /** Days of stock movements, and of transfers and warehouse orders that are done. */
  readonly movementDays?: number;
  /** Beside or instead of what is above, by collection. */
  readonly more?: readonly Subscription[];
  readonly without?: readonly Subscription['collection'][];
}

const ORDER_DAYS = 90;
const MOVEMENT_DAYS = 14;
const SECONDS_PER_DAY = 86_400;

/**
 * Collections that the principal may not read are left out. The days begin at midnight (UTC), so that a restart on the
 * same day asks for the same and nothing has to be compared anew.
 */
export function defaultScope({
  permissions,
  principal,
  storeId,
  wallClockMs,
  orderDays = ORDER_DAYS,
  newestOrderDate,
  ordersSince,
  movementDays = MOVEMENT_DAYS,
  more = [],
  without = [],
}: DefaultScopeOptions): Subscription[] {
  const nowSeconds = Math.floor(wallClockMs / 1000);
  const newestSeconds = newestOrderDate === undefined ? nowSeconds : secondsFromIsoTime(newestOrderDate);
  const order_date = { $gte: ordersSince ?? midnightBefore(Math.min(nowSeconds, newestSeconds), orderDays) };
  const recently = { $gte: midnightBefore(nowSeconds, movementDays) };
  const here = { store_id: storeId };
  const wanted: Subscription[] = [
    { collection: 'stores', where: {} },
    { collection: 'categories', where: {} },
    { collection: 'product_types', where: {} },
    { collection: 'products', where: {} },
    // Of the other stores' items the rules show the units alone.
    { collection: 'inventory', where: {} },
    { collection: 'customers', where: { primary_store_id: storeId } },
    { collection: 'orders', where: { ...here, order_date } },
    { collection: 'order_items', where: { ...here, order_date } },
    // A stamp begins with its time, so it compares with one.
    { collection: 'stock_movements', where: { ...here, hlc: recently } },
    {
      collection: 'stock_transfers',
      where: {
        $and: [
          { $or: [{ from_store_id: storeId }, { to_store_id: storeId }] },
          openOr(['requested', 'in_transit'], { 'steps.requested.at': recently }),
        ],
      },
    },
    {
      collection: 'replenishment_orders',
      where: { $and: [here, openOr(['placed', 'shipped', 'partly_received'], { 'steps.placed.at': recently })] },
    },
    { collection: 'alerts', where: { ...here, state: { $in: ['open', 'acknowledged'] } } },
  ];
  return [...wanted, ...more].filter(
    ({ collection }) => !without.includes(collection) && readAccess(permissions, principal, collection) !== null,
  );
}

const openOr = (statuses: string[], other: Filter): Filter => ({ $or: [{ status: { $in: statuses } }, other] });

function midnightBefore(seconds: number, days: number): IsoTime {
  const midnight = Math.floor(seconds / SECONDS_PER_DAY) * SECONDS_PER_DAY;
  return isoTimeFromSeconds(midnight - days * SECONDS_PER_DAY);
}
