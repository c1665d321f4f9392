/**
 * Every level once more from all movements. Reads in slices and writes item by item, each in a transaction that looks at
 * the item again: gateways may go on working beside it.
 */
import type { ClientSession, Db, MongoClient } from 'mongodb';
import { isoTimeFromSeconds, type LedgerMovement, ledgerOf } from '../../domain/index.ts';
import { withDatabaseErrors } from '../connect/error-mapping.ts';
import type { WorkOptions } from '../indexes/manage.ts';
import { reviewStockAlerts } from './alerts.ts';
import { isFoldable, type LedgerItem, writeLevel } from './fold.ts';
import { type ItemVerdict, judgeItem, type StockDifference } from './judge-item.ts';

const SLICE_ITEMS = 250;

export interface StockComparison {
  readonly items: number;
  readonly differences: readonly StockDifference[];
  /** Items with a level and no movements to fold it from. */
  readonly unfounded: readonly string[];
}

/** Compares each level with the fold of its movements; changes nothing. */
export async function compareStock(
  client: MongoClient,
  db: Db,
  { signal, onProgress }: WorkOptions = {},
): Promise<StockComparison> {
  return await withDatabaseErrors(async () => {
    const inventory = db.collection<LedgerItem>('inventory');
    const total = await inventory.estimatedDocumentCount();
    const differences: StockDifference[] = [];
    const unfounded: string[] = [];
    let items = 0;
    for (let after = ''; ; ) {
      signal?.throwIfAborted();
      const slice = await inventory
        .find({ _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(SLICE_ITEMS)
        .toArray();
      const last = slice.at(-1);
      if (last === undefined) return { items, differences, unfounded };
      after = last._id;
      const suspects = await judgeItems(db, slice);
      // Somebody may have sold between the two reads: only what differs at one moment is told.
      const sure = suspects.length === 0 ? [] : await judgeAtOneMoment(client, db, suspects);
      for (const verdict of sure) {
        if (verdict.outcome === 'differs') differences.push(verdict.difference);
        if (verdict.outcome === 'unfounded') unfounded.push(verdict.inventory_id);
      }
      items += slice.length;
      onProgress?.({ phase: 'stock levels', done: items, total: Math.max(total, items), unit: 'items' });
    }
  });
}

type Finding = ItemVerdict & { readonly inventory_id: string };

async function judgeItems(db: Db, items: readonly LedgerItem[], session?: ClientSession): Promise<Finding[]> {
  const ids = items.map(({ _id }) => _id);
  const movements = await movementsByItem(db, ids, session);
  return items
    .map((item) => ({ ...judgeItem(item, movements.get(item._id) ?? []), inventory_id: item._id }))
    .filter(({ outcome }) => outcome !== 'sound');
}

function judgeAtOneMoment(client: MongoClient, db: Db, suspects: readonly Finding[]): Promise<Finding[]> {
  const ids = suspects.map(({ inventory_id }) => inventory_id);
  return inSnapshot(client, async (session) => {
    const items = await db
      .collection<LedgerItem>('inventory')
      .find({ _id: { $in: ids } }, { session })
      .toArray();
    return await judgeItems(db, items, session);
  });
}

function inSnapshot<T>(client: MongoClient, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const options = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } } as const;
  return client.withSession((session) => session.withTransaction(() => work(session), options));
}

async function movementsByItem(db: Db, ids: readonly string[], session?: ClientSession) {
  const byItem = new Map<string, LedgerMovement[]>();
  const movements = db
    .collection<LedgerMovement>('stock_movements')
    .find({ inventory_id: { $in: [...ids] } }, session === undefined ? {} : { session });
  for await (const movement of movements) {
    if (!isFoldable(movement)) continue;
    const others = byItem.get(movement.inventory_id);
    if (others === undefined) byItem.set(movement.inventory_id, [movement]);
    else others.push(movement);
  }
  return byItem;
}

/** Brings the items that still differ to the fold of their movements. Those that were repaired, as they were. */
export async function repairStock(
  client: MongoClient,
  db: Db,
  inventoryIds: readonly string[],
  { signal, onProgress }: WorkOptions = {},
): Promise<StockDifference[]> {
  const repaired: StockDifference[] = [];
  for (const [index, id] of inventoryIds.entries()) {
    signal?.throwIfAborted();
    const difference = await withDatabaseErrors(() => inSnapshot(client, (session) => repairItem(db, session, id)));
    if (difference !== null) repaired.push(difference);
    onProgress?.({ phase: 'repairing', done: index + 1, total: inventoryIds.length, unit: 'items' });
  }
  return repaired;
}

/** Null where the item is sound by now. */
export async function repairItem(db: Db, session: ClientSession, id: string): Promise<StockDifference | null> {
  const item = await db.collection<LedgerItem>('inventory').findOne({ _id: id }, { session });
  if (item === null) return null;
  const movements = (await movementsByItem(db, [id], session)).get(id) ?? [];
  const verdict = judgeItem(item, movements);
  if (verdict.outcome !== 'differs') return null;
  let sequence = Math.max(item.ledger?.sequence ?? 0, ...movements.map(({ ledger_sequence }) => ledger_sequence ?? 0));
  const left = movements.filter(({ ledger_sequence }) => ledger_sequence === undefined);
  for (const { _id } of left) {
    sequence += 1;
    await db
      .collection<LedgerMovement>('stock_movements')
      .updateOne({ _id }, { $set: { ledger_sequence: sequence } }, { session });
  }
  const at = new Date();
  // A name of its own: a direct write that is on its way sees by it that the level was set anew.
  const ledger = { ...ledgerOf(movements, sequence), reset_id: `repair:${at.toISOString()}` };
  await writeLevel(db, session, item, ledger, ledger.level, left);
  await reviewStockAlerts(db, session, [id], isoTimeFromSeconds(Math.floor(at.getTime() / 1000)));
  return verdict.difference;
}
