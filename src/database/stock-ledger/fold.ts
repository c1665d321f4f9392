/**
 * Keeps `inventory.stock_level` what the movements say. A movement counts once: it is numbered in the same transaction in
 * which it changes the level. Movements may come late, twice, or many at once; the level is always the fold of those that
 * are numbered (domain/stock-ledger.ts), and nothing else writes it.
 *
 * Where somebody writes `stock_level` directly, it differs from `ledger.level` until that write has become a count. The
 * difference is kept on top meanwhile, so that a sale in between takes nothing away from it.
 */
import type { ClientSession, Db } from 'mongodb';
import {
  countToStand,
  type InventoryItem,
  isoTimeFromSeconds,
  type LedgerMovement,
  type LedgerState,
  openLedger,
  takeIntoLedger,
} from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';
import { openingCountOf } from './own-counts.ts';

export type LedgerItem = InventoryItem & { readonly ledger?: LedgerState };

/** What became of one item. */
export interface LevelChange {
  /** As it was before, with its ledger as it is now. */
  readonly item: LedgerItem;
  readonly levelBefore: number;
  readonly levelAfter: number;
  /** The movements that were new, whether they changed the level or lie before the newest count. */
  readonly movements: readonly LedgerMovement[];
}

/** An item and its ledger, as a transaction sees them. */
export interface OpenItem {
  readonly item: LedgerItem;
  readonly ledger: LedgerState;
  /** It had a level without any ground, which was written down as its first count just now. */
  readonly isDecreed: boolean;
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
  const item = await db.collection<LedgerItem>('inventory').findOne({ _id: inventoryId }, { session });
  if (item === null) {
    throw new DatabaseError('INVENTORY_ITEM_UNKNOWN', `There is no inventory item '${inventoryId}'.`, {
      data: { inventoryId },
    });
  }
  const astray = movements.find((one) => one.store_id !== item.store_id || one.product_id !== item.product_id);
  if (astray !== undefined) {
    const message = `Movement '${astray._id}' is of ${astray.product_id} in ${astray.store_id}, its item of ${item.product_id} in ${item.store_id}.`;
    throw new DatabaseError('INVENTORY_ITEM_UNKNOWN', message, { data: { inventoryId } });
  }
  // Read again here: only what this transaction sees as unnumbered may count.
  const fresh = await db
    .collection<LedgerMovement>('stock_movements')
    .find({ _id: { $in: movements.map(({ _id }) => _id) }, ledger_sequence: { $exists: false } }, { session })
    .toArray();
  if (fresh.length === 0) return { item, levelBefore: item.stock_level, levelAfter: item.stock_level, movements: [] };
  const { ledger } = await openItem(db, session, item, fresh);
  const taken = await takeIn(db, session, ledger, fresh);
  // A person who counted the shelf has the last word, whatever was pending.
  const level = taken.isCounted ? taken.ledger.level : item.stock_level + taken.ledger.level - ledger.level;
  const written = taken.isCounted ? await markReset(db, session, taken.ledger) : taken.ledger;
  await writeLevel(db, session, item, written, level, fresh);
  return { item: { ...item, ledger: written }, levelBefore: item.stock_level, levelAfter: level, movements: fresh };
}

/**
 * The item's ledger; opened from what lies there already if it has none. `levelBefore` is what the level was before
 * writes that are on their way, where that is known.
 */
export async function openItem(
  db: Db,
  session: ClientSession,
  item: LedgerItem,
  fresh: readonly LedgerMovement[] = [],
  levelBefore: number = item.stock_level,
): Promise<OpenItem> {
  if (item.ledger !== undefined)
    return { item, ledger: { ...item.ledger, level: item.ledger.level ?? item.stock_level }, isDecreed: false };
  const stored = db.collection<LedgerMovement>('stock_movements');
  const known = await stored
    .find({ inventory_id: item._id, _id: { $nin: fresh.map(({ _id }) => _id) } }, { session })
    .toArray();
  const { ledger, adopted, isUnfounded } = openLedger(levelBefore, known.filter(isFoldable));
  for (const { _id, ledger_sequence } of adopted) {
    await stored.updateOne({ _id }, { $set: { ledger_sequence } }, { session });
  }
  if (!isUnfounded) return { item, ledger, isDecreed: false };
  const opening = openingCountOf(item, levelBefore);
  const taken = takeIntoLedger(ledger, [opening], []);
  const marked = taken.numbered.map((movement) => ({ ...movement, ledger_reset: true }));
  await stored.insertMany(marked, { session });
  return { item, ledger: { ...taken.ledger, reset_id: opening._id }, isDecreed: true };
}

/** Whether a movement can be added up at all; what was written directly may be anything. */
export const isFoldable = ({ kind, quantity, hlc, movement_id }: LedgerMovement): boolean =>
  Number.isSafeInteger(quantity) && [kind, hlc, movement_id].every((text) => typeof text === 'string');

/** Numbers stored movements and gives the ledger with them in it; the caller writes it. */
async function takeIn(db: Db, session: ClientSession, ledger: LedgerState, fresh: readonly LedgerMovement[]) {
  const stored = db.collection<LedgerMovement>('stock_movements');
  const count = countToStand(ledger, fresh);
  const inLevel =
    count === undefined
      ? []
      : await stored
          .find(
            { inventory_id: count.inventory_id, hlc: { $gte: count.hlc }, ledger_sequence: { $exists: true } },
            { session, projection: { movement_id: 1, hlc: 1, kind: 1, quantity: 1 } },
          )
          .toArray();
  const taken = takeIntoLedger(ledger, fresh, inLevel);
  for (const { _id, ledger_sequence } of taken.numbered) {
    await stored.updateOne({ _id }, { $set: { ledger_sequence } }, { session });
  }
  return taken;
}

/** The count that stands now has set the level anew; written down at it, too, since a direct write may take the ledger away. */
async function markReset(db: Db, session: ClientSession, ledger: LedgerState): Promise<LedgerState> {
  await db
    .collection<LedgerMovement>('stock_movements')
    .updateOne({ _id: ledger.count_id }, { $set: { ledger_reset: true } }, { session });
  return { ...ledger, reset_id: ledger.count_id };
}

export async function writeLevel(
  db: Db,
  session: ClientSession,
  item: LedgerItem,
  ledger: LedgerState,
  level: number,
  because: readonly LedgerMovement[],
): Promise<void> {
  const update = levelUpdate(item, ledger, level, because);
  await db.collection<LedgerItem>('inventory').updateOne({ _id: item._id }, update, { session });
}

export function levelUpdate(
  item: LedgerItem,
  ledger: LedgerState,
  level: number,
  because: readonly LedgerMovement[],
): { $set: Partial<LedgerItem> } {
  const newest = because.reduce(
    (latest, { occurred_at }) => (occurred_at > latest ? occurred_at : latest),
    item.last_updated ?? isoTimeFromSeconds(0),
  );
  const counted = because.find(({ _id }) => _id === ledger.count_id);
  const last_counted = counted === undefined ? {} : { last_counted: counted.occurred_at };
  return { $set: { stock_level: level, last_updated: newest, ledger, ...last_counted } };
}
