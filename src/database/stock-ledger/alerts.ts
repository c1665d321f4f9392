/** Alerts that follow from stock: raised when an item is low or oversold, kept true while it is, resolved when it is not. */
import { randomUUID } from 'node:crypto';
import type { ClientSession, Db } from 'mongodb';
import type { Alert, InventoryItem, LedgerMovement } from '../../domain/index.ts';
import { uuidOf } from './derived-id.ts';
import type { LedgerItem, LevelChange } from './fold.ts';

type StockAlertKind = 'oversold' | 'low_stock';

const KINDS: readonly StockAlertKind[] = ['oversold', 'low_stock'];
const RESOLVED_BY = 'stock_ledger';
/** Sales that are looked at to find the orders that stock does not cover. */
const SALES_MAX = 100;
/** Stores that are named as able to help. */
const HELPERS_MAX = 3;

/** Brings the alerts of the changed items up to date, in the transaction that changed them. */
export async function updateStockAlerts(
  db: Db,
  session: ClientSession,
  changes: readonly LevelChange[],
  at: string,
): Promise<void> {
  const followed = changes.flatMap(({ item, levelBefore, levelAfter, movements }): Followed[] => {
    if (kindFor(item, levelBefore) === null && kindFor(item, levelAfter) === null) return [];
    return [{ item: { ...item, stock_level: levelAfter }, cause: movements.at(-1)?.movement_id ?? at }];
  });
  await follow(db, session, followed, at);
}

/** The same for items whose thresholds or alerts have changed, or that are new. */
export async function reviewStockAlerts(
  db: Db,
  session: ClientSession,
  inventoryIds: readonly string[],
  at: string,
): Promise<void> {
  if (inventoryIds.length === 0) return;
  const items = db.collection<LedgerItem>('inventory').find({ _id: { $in: [...inventoryIds] } }, { session });
  const followed = (await items.toArray()).map((item) => ({ item, cause: randomUUID() }));
  await follow(db, session, followed, at);
}

/** At most one: what is oversold is not merely low. */
function kindFor({ reorder_threshold }: InventoryItem, level: number): StockAlertKind | null {
  if (level < 0) return 'oversold';
  return level <= reorder_threshold ? 'low_stock' : null;
}

interface Followed {
  readonly item: LedgerItem;
  /** Names the alert that it may raise. */
  readonly cause: string;
}

async function follow(db: Db, session: ClientSession, followed: readonly Followed[], at: string): Promise<void> {
  if (followed.length === 0) return;
  const unresolved = new Map<unknown, Alert[]>();
  const found = db.collection<Alert>('alerts').find(
    {
      store_id: { $in: [...new Set(followed.map(({ item }) => item.store_id))] },
      state: { $in: ['open', 'acknowledged'] },
      kind: { $in: [...KINDS] },
      'subjects.inventory_id': { $in: followed.map(({ item }) => item.inventory_id) },
    },
    { session },
  );
  for (const alert of await found.toArray()) {
    const id = alert.subjects['inventory_id'];
    unresolved.set(id, [...(unresolved.get(id) ?? []), alert]);
  }
  for (const one of followed) await followOne(db, session, one, unresolved.get(one.item.inventory_id) ?? [], at);
}

async function followOne(
  db: Db,
  session: ClientSession,
  { item, cause }: Followed,
  unresolved: readonly Alert[],
  at: string,
): Promise<void> {
  const alerts = db.collection<Alert>('alerts');
  const kind = item.deleted ? null : kindFor(item, item.stock_level);
  const facts = kind === null ? {} : kind === 'oversold' ? await oversoldFacts(db, session, item) : lowStockFacts(item);
  // An older one that somebody took on late, after it was resolved, says nothing that the newest does not say.
  const [standing] = unresolved
    .filter((alert) => alert.kind === kind)
    .sort((one, other) => (one.raised_at > other.raised_at ? -1 : 1));
  const resolution = { state: 'resolved', resolved_at: at, resolved_by: RESOLVED_BY } as const;
  const over = unresolved.filter((alert) => alert !== standing).map(({ _id }) => _id);
  if (over.length > 0) await alerts.updateMany({ _id: { $in: over } }, { $set: resolution }, { session });
  if (kind === null) return;
  if (standing === undefined) await raise(db, session, item, kind, facts, cause, at);
  else if (
    standing.facts['stock_level'] !== item.stock_level ||
    standing.facts['reorder_threshold'] !== facts['reorder_threshold']
  )
    await alerts.updateOne({ _id: standing._id }, { $set: { facts } }, { session });
}

async function raise(
  db: Db,
  session: ClientSession,
  item: LedgerItem,
  kind: StockAlertKind,
  facts: Record<string, unknown>,
  cause: string,
  at: string,
): Promise<void> {
  const alert_id = uuidOf(`${kind}:${item.inventory_id}:${cause}`);
  const alert: Alert = {
    _id: alert_id,
    alert_id,
    kind,
    store_id: item.store_id,
    subjects: { inventory_id: item.inventory_id, product_id: item.product_id },
    severity: kind === 'oversold' ? 'critical' : 'warning',
    state: 'open',
    facts,
    raised_at: at,
    deleted: false,
  };
  await db.collection<Alert>('alerts').updateOne({ _id: alert_id }, { $setOnInsert: alert }, { session, upsert: true });
}

const lowStockFacts = ({ stock_level, reorder_threshold, reorder_quantity }: InventoryItem) => ({
  stock_level,
  reorder_threshold,
  reorder_quantity,
});

/** The orders that stock does not cover, the newest sales first, and what a person can do about them. */
async function oversoldFacts(db: Db, session: ClientSession, item: LedgerItem): Promise<Record<string, unknown>> {
  const units_short = -item.stock_level;
  const orders = await uncoveredOrders(db, session, item, units_short);
  const helpers = await db
    .collection<InventoryItem>('inventory')
    .find(
      { product_id: item.product_id, store_id: { $ne: item.store_id }, stock_level: { $gt: 0 }, deleted: false },
      { session, projection: { store_id: 1, stock_level: 1 } },
    )
    .sort({ stock_level: -1 })
    .limit(HELPERS_MAX)
    .toArray();
  return {
    stock_level: item.stock_level,
    reorder_threshold: item.reorder_threshold,
    units_short,
    orders,
    ways_out: {
      back_order: { units: units_short },
      transfer: { from: Object.fromEntries(helpers.map(({ store_id, stock_level }) => [store_id, stock_level])) },
      cancel: { orders: Object.keys(orders).length },
    },
  };
}

/** Order id → units of it. */
async function uncoveredOrders(
  db: Db,
  session: ClientSession,
  { inventory_id, ledger }: LedgerItem,
  unitsShort: number,
): Promise<Record<string, number>> {
  const sales = await db
    .collection<LedgerMovement>('stock_movements')
    .find({ inventory_id, hlc: { $gte: ledger?.count_hlc ?? '' }, kind: 'sale' }, { session })
    .sort({ hlc: -1, _id: -1 })
    .limit(SALES_MAX)
    .toArray();
  const orders: Record<string, number> = {};
  let units = 0;
  for (const { order_id, quantity } of sales) {
    if (units >= unitsShort) break;
    units -= quantity;
    if (order_id !== undefined) orders[order_id] = (orders[order_id] ?? 0) - quantity;
  }
  return orders;
}
