/**
 * Somebody wrote `stock_level` in MongoDB: that is a count, of that moment. Movements that were in the level then are
 * covered by it, however they are stamped; of the others, those stamped later are added and earlier ones are kept and
 * listed without effect.
 */
import type { ClientSession, Db } from 'mongodb';
import { type LedgerMovement, type LedgerState, ledgerOf } from '../../domain/index.ts';
import { type LedgerItem, type LevelChange, openItem, takeIn, writeLevel } from './fold.ts';
import { ownCount } from './own-counts.ts';

export interface DirectLevel {
  readonly inventoryId: string;
  /** The level before and after the write; before is unknown where the collection keeps no pre-images. */
  readonly levelBefore: number | undefined;
  readonly levelAfter: number;
  /** The item's ledger as it was at that moment. */
  readonly ledgerAt: LedgerState | undefined;
  /** Of the count that it becomes; the same for the same write. */
  readonly countId: string;
  /** A stamp for it that comes after `newestInLevel`, the stamp of the newest movement in the level then. */
  stampAfter(newestInLevel: string): string;
  /** ISO time. */
  readonly at: string;
  readonly reason: string;
}

/** Null where the item is gone, or the write has become a count already. */
export async function countDirectLevel(
  db: Db,
  session: ClientSession,
  direct: DirectLevel,
): Promise<LevelChange | null> {
  const items = db.collection<LedgerItem>('inventory');
  const movements = db.collection<LedgerMovement>('stock_movements');
  const item = await items.findOne({ _id: direct.inventoryId }, { session });
  if (item === null) return null;
  if ((await movements.findOne({ _id: direct.countId }, { session })) !== null) return null;
  const { ledger, isOpenedHere } = await soundLedger(db, session, item, direct.levelBefore);
  const pendingUnits = pendingAfter(direct, item, ledger, isOpenedHere);
  const hlc = direct.stampAfter(await newestStampInLevel(db, session, direct, ledger));
  const { countId: id, levelAfter: units, at, reason } = direct;
  const count = ownCount(item, { id, units, reason, hlc, at });
  await movements.insertOne(count, { session });
  const taken = await takeIn(db, session, ledger, [count]);
  const level = taken.ledger.level + pendingUnits;
  await writeLevel(db, session, item, taken.ledger, level, [count]);
  const levelBefore = direct.levelBefore ?? item.stock_level;
  return { item: { ...item, ledger: taken.ledger }, levelBefore, levelAfter: level, movements: [count] };
}

/** The units that other direct writes have put into the level after this one, and that will become counts in their turn. */
function pendingAfter(
  { levelBefore, levelAfter, ledgerAt }: DirectLevel,
  item: LedgerItem,
  ledger: LedgerState,
  isOpenedHere: boolean,
): number {
  if (item.stock_level === levelAfter && item.ledger?.sequence === ledgerAt?.sequence) return 0;
  const pendingUnits = item.stock_level - ledger.level;
  // The level was set anew after this write: what it had added is not in it any more.
  const isResetSince = !isOpenedHere && ledger.reset_id !== '' && ledger.reset_id !== (ledgerAt?.reset_id ?? '');
  if (isResetSince) return pendingUnits;
  return levelBefore === undefined ? 0 : pendingUnits - (levelAfter - levelBefore);
}

/** The item's ledger, found again from its movements where a direct write took it away or brought back an older one. */
async function soundLedger(db: Db, session: ClientSession, item: LedgerItem, levelBefore: number | undefined) {
  if (item.ledger === undefined) {
    const { ledger } = await openItem(db, session, item, [], levelBefore);
    return { ledger, isOpenedHere: true };
  }
  const beyond = { inventory_id: item._id, ledger_sequence: { $gt: item.ledger.sequence } };
  const movements = db.collection<LedgerMovement>('stock_movements');
  if ((await movements.findOne(beyond, { session })) === null)
    return { ...(await openItem(db, session, item)), isOpenedHere: false };
  const numbered = await movements
    .find({ inventory_id: item._id, ledger_sequence: { $exists: true } }, { session })
    .toArray();
  const sequence = Math.max(...numbered.map(({ ledger_sequence }) => ledger_sequence ?? 0));
  return { ledger: ledgerOf(numbered, sequence), isOpenedHere: true };
}

async function newestStampInLevel(
  db: Db,
  session: ClientSession,
  { inventoryId, ledgerAt }: DirectLevel,
  ledger: LedgerState,
): Promise<string> {
  const sequence = ledgerAt?.sequence ?? ledger.sequence;
  const [newest] = await db
    .collection<LedgerMovement>('stock_movements')
    .find({ inventory_id: inventoryId, ledger_sequence: { $lte: sequence } }, { session, projection: { hlc: 1 } })
    .sort({ hlc: -1 })
    .limit(1)
    .toArray();
  return newest?.hlc ?? '';
}
