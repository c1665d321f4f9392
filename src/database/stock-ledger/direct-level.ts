/**
 * Somebody wrote `stock_level` in MongoDB: that is a count, of that moment. Movements that were in the level then are
 * covered by it, however they are stamped; of the others, those stamped later are added and earlier ones are kept and
 * listed without effect.
 *
 * A movement of a device whose clock is ahead may have been in the level with a later stamp. The count leaves its units
 * out, so that the fold has them once; a later stamp for the count would cover sales of devices whose clocks are right.
 */
import type { ClientSession, Db } from 'mongodb';
import { type LedgerMovement, type LedgerState, OPENING_COUNT_REASON } from '../../domain/index.ts';
import { type LedgerItem, type LevelChange, openItem, takeIn, writeLevel } from './fold.ts';
import { DIRECT_WRITER, ownCount } from './own-counts.ts';

export interface DirectLevel {
  readonly inventoryId: string;
  /** The level before and after the write; before is unknown where the collection keeps no pre-images. */
  readonly levelBefore: number | undefined;
  readonly levelAfter: number;
  /** The item's ledger up to that moment; null where that is not known, undefined where it had none. */
  readonly ledgerAt: Pick<LedgerState, 'sequence' | 'reset_id'> | undefined | null;
  /** This write took the ledger away. */
  readonly isLedgerLost?: boolean;
  /** Of the count that it becomes; the same for the same write. */
  readonly countId: string;
  /** Its stamp: when it was written, but after the count that stood then. */
  stampAfter(standingCount: string): string;
  /** ISO time. */
  readonly at: string;
  readonly reason: string;
}

/** Null where the item is gone, or the write has become a count already. */
export async function countDirectLevel(
  db: Db,
  session: ClientSession,
  write: DirectLevel,
): Promise<LevelChange | null> {
  const items = db.collection<LedgerItem>('inventory');
  const movements = db.collection<LedgerMovement>('stock_movements');
  const item = await items.findOne({ _id: write.inventoryId }, { session });
  if (item === null) return null;
  if ((await movements.findOne({ _id: write.countId }, { session })) !== null) return null;
  // Writes that follow one that took the ledger away tell nothing of it.
  const ledgerAt = write.ledgerAt === undefined ? item.ledger?.before_loss : write.ledgerAt;
  const direct = { ...write, ledgerAt };
  const { ledger, isDecreed } = await soundLedger(db, session, item, direct.levelBefore);
  const pendingUnits = pendingAfter(direct, item, ledger, isDecreed);
  const hlc = direct.stampAfter(await newestCountBefore(db, session, direct, ledger));
  const { countId: id, levelAfter, at } = direct;
  const units = levelAfter - (await unitsAhead(db, session, direct, ledger, hlc));
  const count = ownCount(item, { id, units, reason: `${direct.reason}: ${levelAfter}`, hlc, at });
  await movements.insertOne(count, { session });
  const taken = await takeIn(db, session, ledger, [count]);
  const level = taken.ledger.level + pendingUnits;
  await writeLevel(db, session, item, { ...taken.ledger, ...lossOf(direct) }, level, [count]);
  const levelBefore = direct.levelBefore ?? item.stock_level;
  return { item: { ...item, ledger: taken.ledger }, levelBefore, levelAfter: level, movements: [count] };
}

function lossOf({ isLedgerLost, ledgerAt }: DirectLevel): Pick<LedgerState, 'before_loss'> {
  if (isLedgerLost !== true || ledgerAt === undefined || ledgerAt === null) return {};
  return { before_loss: { sequence: ledgerAt.sequence, reset_id: ledgerAt.reset_id ?? '' } };
}

/** The units that other direct writes have put into the level after this one, and that will become counts in their turn. */
function pendingAfter(
  { levelBefore, levelAfter, ledgerAt }: DirectLevel,
  item: LedgerItem,
  ledger: LedgerState,
  isDecreed: boolean,
): number {
  if (ledgerAt === null) return 0;
  if (item.stock_level === levelAfter && item.ledger?.sequence === ledgerAt?.sequence) return 0;
  const pendingUnits = item.stock_level - ledger.level;
  // The level was set anew after this write: what it had added is not in it any more.
  const isResetSince = !isDecreed && ledger.reset_id !== '' && ledger.reset_id !== (ledgerAt?.reset_id ?? '');
  if (isResetSince) return pendingUnits;
  return levelBefore === undefined ? 0 : pendingUnits - (levelAfter - levelBefore);
}

/** The item's ledger, found again from its movements where a direct write took it away or brought back an older one. */
async function soundLedger(db: Db, session: ClientSession, item: LedgerItem, levelBefore: number | undefined) {
  if (item.ledger === undefined) return await openItem(db, session, item, [], levelBefore);
  const beyond = { inventory_id: item._id, ledger_sequence: { $gt: item.ledger.sequence } };
  const isOutdated =
    (await db.collection<LedgerMovement>('stock_movements').findOne(beyond, { session, projection: { _id: 1 } })) !==
    null;
  const { ledger: _outdated, ...bare } = item;
  return await openItem(db, session, isOutdated ? (bare as LedgerItem) : item);
}

/** How many movements were in the level: all where that is not known, none of those with numbers where it had no ledger. */
const sequenceAt = (ledgerAt: DirectLevel['ledgerAt'], now: LedgerState): number =>
  ledgerAt === null ? now.sequence : (ledgerAt?.sequence ?? 0);

/**
 * The newest count that this write comes after: one that was in the level then, or that an earlier direct write became.
 */
async function newestCountBefore(
  db: Db,
  session: ClientSession,
  { inventoryId, ledgerAt }: DirectLevel,
  ledger: LedgerState,
): Promise<string> {
  const sequence = sequenceAt(ledgerAt, ledger);
  const [newest] = await db
    .collection<LedgerMovement>('stock_movements')
    .find(
      {
        inventory_id: inventoryId,
        kind: 'count',
        ledger_sequence: { $exists: true },
        $or: [{ ledger_sequence: { $lte: sequence } }, { device_id: DIRECT_WRITER }, { reason: OPENING_COUNT_REASON }],
      },
      { session, projection: { hlc: 1 } },
    )
    .sort({ hlc: -1 })
    .limit(1)
    .toArray();
  return newest?.hlc ?? '';
}

/** What movements with later stamps had put into the level already: by a device whose clock is ahead. */
async function unitsAhead(
  db: Db,
  session: ClientSession,
  { inventoryId, ledgerAt }: DirectLevel,
  ledger: LedgerState,
  hlc: string,
): Promise<number> {
  const sequence = sequenceAt(ledgerAt, ledger);
  const ahead = await db
    .collection<LedgerMovement>('stock_movements')
    .find(
      { inventory_id: inventoryId, hlc: { $gt: hlc }, kind: { $ne: 'count' }, ledger_sequence: { $lte: sequence } },
      { session, projection: { quantity: 1 } },
    )
    .toArray();
  return ahead.reduce((units, { quantity }) => units + quantity, 0);
}
