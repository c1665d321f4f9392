/**
 * What a tablet of the Seattle store holds by its default scope: the generator's documents as the gateway would send
 * them, and fourteen days of daily work. The generator makes orders and stock but no daily work, so that follows from its
 * orders: what was sold has left the shelf, and what has left was brought by transfers and from the warehouse.
 */
import {
  type CollectionName,
  collections,
  hlcText,
  type InventoryItem,
  type IsoTime,
  isoTimeFromSeconds,
  type OrderItem,
  type Principal,
  type Store,
} from '../domain/index.ts';
import { type Document, scopeOf } from '../sync/index.ts';
import { defaultScope } from './default-scope.ts';
import { permissions, SEATTLE } from './retail/device.fixture.ts';

/** As in a shop that is open: a delivery or a transfer or two a day, some of them still on their way. */
const DELIVERIES = 40;
const TRANSFERS = 40;
const ALERTS = 60;
const LINES_OF_DELIVERY = 10;
const DAYS_OF_WORK = 14;
const SECONDS_PER_DAY = 86_400;

export type ScopeContents = ReadonlyMap<CollectionName, readonly Document[]>;

interface Batch {
  readonly collection: CollectionName;
  readonly documents: readonly Document[];
}

export interface SeattleScopeOptions {
  /** All that headquarters has, in any order of collections. */
  readonly dataSet: Iterable<Batch>;
  readonly wallClockMs: number;
  /** Instead of the default number of days. */
  readonly orderDays?: number;
}

/** A store manager's: it holds what a worker's and a sales representative's hold, and costs. */
export function seattleScope({ dataSet, wallClockMs, orderDays }: SeattleScopeOptions): ScopeContents {
  const principal: Principal = { role: 'store_manager', userId: 'user-1', stores: [SEATTLE] };
  const days = orderDays === undefined ? {} : { orderDays };
  const scopes = scopeOf(
    defaultScope({ permissions, principal, storeId: SEATTLE, wallClockMs, ...days }),
    permissions,
    principal,
  );
  const contents = new Map<CollectionName, Document[]>([...scopes.keys()].map((collection) => [collection, []]));
  const take = ({ collection, documents }: Batch) => {
    for (const document of documents) {
      const shown = scopes.get(collection)?.visible(document);
      if (shown !== undefined) contents.get(collection)?.push(shown);
    }
  };
  for (const batch of dataSet) take(batch);
  for (const batch of dailyWork(contents, wallClockMs)) take(batch);
  return contents;
}

function* dailyWork(contents: ScopeContents, wallClockMs: number): Generator<Batch> {
  const work: Batch[] = [
    { collection: 'stock_movements', documents: movements(contents, wallClockMs) },
    { collection: 'stock_transfers', documents: transfers(contents, wallClockMs) },
    { collection: 'replenishment_orders', documents: deliveries(contents, wallClockMs) },
    { collection: 'alerts', documents: alerts(contents, wallClockMs) },
  ];
  for (const { collection, documents } of work) {
    for (const document of documents) collections[collection].schema.parse(document);
    yield { collection, documents };
  }
}

/** Everything that was sold in the days of work, and what arrived of deliveries and transfers, all in the stock levels. */
function movements(contents: ScopeContents, wallClockMs: number): Document[] {
  const itemIds = inventoryIdByProductId(contents);
  const since = daysAgo(wallClockMs, DAYS_OF_WORK);
  const sold = listOf<OrderItem>(contents, 'order_items').filter(({ order_date }) => order_date >= since);
  const sales = sold.map(({ order_id, product_id, quantity, order_date }) => ({
    ...{ kind: 'sale', order_id, product_id, quantity: -quantity, reason: '', at: order_date },
  }));
  const arrivals = Array.from({ length: DELIVERIES }, (_, index) =>
    productsOfDelivery(contents, index).map((product_id) => ({
      ...{ kind: 'receipt', replenishment_id: idOf('delivery', index), product_id, quantity: 10, reason: '' },
      at: daysAgo(wallClockMs, index % DAYS_OF_WORK),
    })),
  ).flat();
  const carried = Array.from({ length: TRANSFERS }, (_, index) =>
    productsOfDelivery(contents, index).map((product_id) => ({
      ...{ kind: index % 2 === 0 ? 'transfer_out' : 'transfer_in', transfer_id: idOf('transfer', index), product_id },
      ...{ quantity: index % 2 === 0 ? -2 : 2, reason: '', at: daysAgo(wallClockMs, index % DAYS_OF_WORK) },
    })),
  ).flat();
  const numbers = new Map<string, number>();
  return [...sales, ...arrivals, ...carried].map(({ at, ...movement }, index) => {
    const ledger_sequence = (numbers.get(movement.product_id) ?? 0) + 1;
    numbers.set(movement.product_id, ledger_sequence);
    return {
      ...{ _id: idOf('movement', index), movement_id: idOf('movement', index), store_id: SEATTLE, ...movement },
      ...{ inventory_id: itemIds.get(movement.product_id), user_id: 'user-1', device_id: 'seattle-till-1' },
      ...{ hlc: hlcText(Date.parse(at), index % 1_000, 'seattle-till-1'), occurred_at: at },
      ...{ ledger_sequence, deleted: false },
    };
  });
}

function transfers(contents: ScopeContents, wallClockMs: number): Document[] {
  const others = listOf<Store>(contents, 'stores').filter(({ store_id }) => store_id !== SEATTLE);
  return Array.from({ length: TRANSFERS }, (_, index) => {
    const other = others[index % others.length]?.store_id as string;
    const [from_store_id, to_store_id] = index % 2 === 0 ? [SEATTLE, other] : [other, SEATTLE];
    return {
      ...{ _id: idOf('transfer', index), transfer_id: idOf('transfer', index), from_store_id, to_store_id },
      lines: Object.fromEntries(productsOfDelivery(contents, index).map((id) => [id, 2])),
      status: (['requested', 'in_transit', 'received'] as const)[index % 3],
      steps: { requested: { at: daysAgo(wallClockMs, index % DAYS_OF_WORK), by: 'user-1' } },
      ...{ notes: '', deleted: false },
    };
  });
}

const deliveries = (contents: ScopeContents, wallClockMs: number): Document[] =>
  Array.from({ length: DELIVERIES }, (_, index) => ({
    ...{ _id: idOf('delivery', index), replenishment_id: idOf('delivery', index), store_id: SEATTLE },
    lines: Object.fromEntries(productsOfDelivery(contents, index).map((id) => [id, { ordered: 20, received: 10 }])),
    status: index % 2 === 0 ? 'partly_received' : 'received',
    steps: { placed: { at: daysAgo(wallClockMs, index % DAYS_OF_WORK), by: 'user-1' } },
    deleted: false,
  }));

const alerts = (contents: ScopeContents, wallClockMs: number): Document[] =>
  listOf<InventoryItem>(contents, 'inventory')
    .filter(({ store_id }) => store_id === SEATTLE)
    .slice(0, ALERTS)
    .map(({ product_id, stock_level }, index) => ({
      ...{ _id: idOf('alert', index), alert_id: idOf('alert', index), kind: 'low_stock', store_id: SEATTLE },
      ...{ subjects: { product_id }, severity: 'warning', state: index % 4 === 0 ? 'acknowledged' : 'open' },
      ...{ facts: { stock_level }, raised_at: daysAgo(wallClockMs, index % DAYS_OF_WORK), deleted: false },
    }));

/** The documents of a collection, as one knows them. */
export const listOf = <Shape>(contents: ScopeContents, collection: CollectionName): readonly Shape[] =>
  (contents.get(collection) ?? []) as readonly unknown[] as readonly Shape[];

/** Of every delivery others, round and round through what was sold. */
function productsOfDelivery(contents: ScopeContents, delivery: number): string[] {
  const sold = listOf<OrderItem>(contents, 'order_items').slice(delivery * LINES_OF_DELIVERY);
  return [...new Set(sold.slice(0, LINES_OF_DELIVERY).map(({ product_id }) => product_id))];
}

const inventoryIdByProductId = (contents: ScopeContents): ReadonlyMap<string, string> =>
  new Map(
    listOf<InventoryItem>(contents, 'inventory')
      .filter(({ store_id }) => store_id === SEATTLE)
      .map(({ product_id, inventory_id }) => [product_id, inventory_id]),
  );

const daysAgo = (wallClockMs: number, days: number): IsoTime =>
  isoTimeFromSeconds(Math.floor(wallClockMs / 1000) - days * SECONDS_PER_DAY);

const KINDS = ['movement', 'transfer', 'delivery', 'alert'] as const;
const idOf = (kind: (typeof KINDS)[number], number: number): string =>
  `${KINDS.indexOf(kind)}7777777-0000-4000-8000-${String(number).padStart(12, '0')}`;
