/**
 * Keeps `inventory.stock_level` what the movements say. A movement counts once: it is marked in the same transaction in
 * which it changes the level. Movements may come late, twice, or many at once; the level is always the fold of those that
 * are marked (domain/stock.ts), and nothing else writes it.
 *
 * Each item's `ledger` says how far it is: how many movements are in the level, and which count stands.
 */
import type { ClientSession, Db } from 'mongodb';
import type { InventoryItem, StockMovement } from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';

/** What the ledger keeps of an item, in the item. */
export interface LedgerState {
  /** Movements that are in the level; each carries its own number as `ledger_sequence`. */
  readonly sequence: number;
  /** The newest count, by hybrid logical timestamp; empty before the first. */
  readonly count_hlc: string;
  readonly count_id: string;
  /** `sequence` as it was when that count came in. */
  readonly count_sequence: number;
}

export type LedgerMovement = StockMovement & { readonly ledger_sequence?: number };
export type LedgerItem = InventoryItem & { readonly ledger?: LedgerState };

/** What became of one item. */
export interface LevelChange {
  readonly item: LedgerItem;
  readonly levelBefore: number;
  readonly levelAfter: number;
  /** The movements that were new, whether they changed the level or lie before the newest count. */
  readonly movements: readonly LedgerMovement[];
}

/**
 * Takes movements that are stored already into their items' levels. To be called in the transaction that stored them, or
 * in one of its own for movements that were written directly.
 */
export async function foldMovements(
  db: Db,
  session: ClientSession,
  movements: readonly LedgerMovement[],
): Promise<LevelChange[]> {
  const byItem = new Map<string, LedgerMovement[]>();
  for (const movement of movements) {
    const others = byItem.get(movement.inventory_id);
    if (others === undefined) byItem.set(movement.inventory_id, [movement]);
    else others.push(movement);
  }
  const changes: LevelChange[] = [];
  for (const [inventoryId, ofItem] of byItem) changes.push(await foldItem(db, session, inventoryId, ofItem));
  return changes;
}

async function foldItem(
  db: Db,
  session: ClientSession,
  inventoryId: string,
  movements: readonly LedgerMovement[],
): Promise<LevelChange> {
  const items = db.collection<LedgerItem>('inventory');
  const stored = db.collection<LedgerMovement>('stock_movements');
  const item = await items.findOne({ _id: inventoryId }, { session });
  if (item === null) {
    throw new DatabaseError('INVENTORY_ITEM_UNKNOWN', `There is no inventory item '${inventoryId}'.`, {
      data: { inventoryId },
    });
  }
  // Read again here: only what this transaction sees as unmarked may count.
  const fresh = await stored
    .find({ _id: { $in: movements.map(({ _id }) => _id) }, ledger_sequence: { $exists: false } }, { session })
    .sort({ hlc: 1, _id: 1 })
    .toArray();
  if (fresh.length === 0) return { item, levelBefore: item.stock_level, levelAfter: item.stock_level, movements: [] };
  const state = { ...(item.ledger ?? (await openingState(db, session, inventoryId, fresh))) };
  let level = item.stock_level;
  for (const movement of fresh) {
    const isAfterCount = isAfter(movement, state);
    state.sequence += 1;
    await stored.updateOne({ _id: movement._id }, { $set: { ledger_sequence: state.sequence } }, { session });
    if (!isAfterCount) continue;
    if (movement.kind !== 'count') {
      level += movement.quantity;
      continue;
    }
    level = movement.quantity + (await unitsMovedAfter(db, session, movement));
    state.count_hlc = movement.hlc;
    state.count_id = movement._id;
    state.count_sequence = state.sequence;
  }
  const newest = fresh.reduce(
    (latest, { occurred_at }) => (occurred_at > latest ? occurred_at : latest),
    item.last_updated,
  );
  const counted = fresh.find(({ _id }) => _id === state.count_id);
  await items.updateOne(
    { _id: inventoryId },
    {
      $set: {
        stock_level: level,
        last_updated: newest,
        ledger: state,
        ...(counted === undefined ? {} : { last_counted: counted.occurred_at }),
      },
    },
    { session },
  );
  return { item, levelBefore: item.stock_level, levelAfter: level, movements: fresh };
}

/** An item that the ledger has not touched: its level is the fold of what was there before. */
async function openingState(
  db: Db,
  session: ClientSession,
  inventoryId: string,
  fresh: readonly LedgerMovement[],
): Promise<LedgerState> {
  const known = { inventory_id: inventoryId, _id: { $nin: fresh.map(({ _id }) => _id) } };
  const stored = db.collection<LedgerMovement>('stock_movements');
  const options = { session };
  const [count] = await stored
    .find({ ...known, kind: 'count' }, options)
    .sort({ hlc: -1, _id: -1 })
    .limit(1)
    .toArray();
  const [last] = await stored
    .find({ ...known, ledger_sequence: { $exists: true } }, options)
    .sort({ ledger_sequence: -1 })
    .limit(1)
    .toArray();
  const sequence = last?.ledger_sequence ?? 0;
  return {
    sequence,
    count_hlc: count?.hlc ?? '',
    count_id: count?._id ?? '',
    count_sequence: count?.ledger_sequence ?? sequence,
  };
}

/** Units of the movements that lie after a count and are in the ledger already. */
async function unitsMovedAfter(db: Db, session: ClientSession, count: LedgerMovement): Promise<number> {
  const later = await db
    .collection<LedgerMovement>('stock_movements')
    .find(
      { inventory_id: count.inventory_id, hlc: { $gte: count.hlc }, ledger_sequence: { $exists: true } },
      { session, projection: { hlc: 1, kind: 1, quantity: 1 } },
    )
    .toArray();
  const state = { count_hlc: count.hlc, count_id: count._id };
  return later.reduce(
    (units, movement) => (movement.kind !== 'count' && isAfter(movement, state) ? units + movement.quantity : units),
    0,
  );
}

function isAfter(
  { hlc, _id }: Pick<LedgerMovement, 'hlc' | '_id'>,
  { count_hlc, count_id }: Pick<LedgerState, 'count_hlc' | 'count_id'>,
): boolean {
  return hlc === count_hlc ? _id > count_id : hlc > count_hlc;
}
