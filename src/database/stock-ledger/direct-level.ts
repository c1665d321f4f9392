/**
 * Somebody wrote `stock_level` in MongoDB: that is a count, of that moment. Movements that were in the level then are
 * covered by it, however they are stamped; of the others, those stamped later are added and earlier ones are kept and
 * listed without effect.
 *
 * A movement of a device whose clock is ahead may have been in the level with a later stamp. The count leaves its units
 * out, so that the fold has them once; a later stamp for the count would cover sales of devices whose clocks are right.
 */
import type { AnyBulkWriteOperation, ClientSession, Db } from 'mongodb';
import { type LedgerMovement, type LedgerState, OPENING_COUNT_REASON, takeIntoLedger } from '../../domain/index.ts';
import { type LedgerItem, levelUpdate, openItem } from './fold.ts';
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

/**
 * Takes writes in, in their order. Those of items that are gone, or that have become counts already, are left out. A bulk
 * import writes thousands of levels: each costs one read of its item's movements, the rest is done for all together.
 */
export async function countDirectLevels(db: Db, session: ClientSession, writes: readonly DirectLevel[]): Promise<void> {
  if (writes.length === 0) return;
  const counts = new PendingCounts(db, session);
  const known = await counts.known(writes.map(({ countId }) => countId));
  const items = await counts.items(writes.map(({ inventoryId }) => inventoryId));
  for (const write of writes) {
    const item = items.get(write.inventoryId);
    if (item === undefined || known.has(write.countId)) continue;
    // What was written of the item before has to be there to be read.
    if (counts.has(item._id)) await counts.flush();
    items.set(item._id, await countOne(db, session, item, write, counts));
  }
  await counts.flush();
}

async function countOne(
  db: Db,
  session: ClientSession,
  item: LedgerItem,
  write: DirectLevel,
  counts: PendingCounts,
): Promise<LedgerItem> {
  // Writes that follow one that took the ledger away tell nothing of it.
  const ledgerAt = write.ledgerAt === undefined ? item.ledger?.before_loss : write.ledgerAt;
  const direct = { ...write, ledgerAt };
  const readNumbered = () => numberedSince(db, session, item, direct.stampAfter(''));
  const before = await readNumbered();
  const { ledger, isDecreed, isFoundAnew } = await soundLedger(db, session, item, direct.levelBefore, before);
  // Movements get their numbers when a ledger is opened.
  const numbered = isFoundAnew ? await readNumbered() : before;
  const pendingUnits = pendingAfter(direct, item, ledger, isDecreed);
  const hlc = direct.stampAfter(await newestCountBefore(db, session, direct, ledger));
  const { countId: id, levelAfter, at } = direct;
  const units = levelAfter - unitsAhead(direct, ledger, hlc, numbered);
  const count = ownCount(item, { id, units, reason: `${direct.reason}: ${levelAfter}`, hlc, at });
  const after = numbered.filter((movement) => movement.hlc >= hlc);
  const taken = takeIntoLedger(ledger, [count], after);
  const level = taken.ledger.level + pendingUnits;
  const counted = { ...item, stock_level: level, ledger: { ...taken.ledger, ...lossOf(direct) } };
  counts.add(counted, taken.numbered[0] as LedgerMovement, item);
  return counted;
}

/** What is written when all of a bunch is known. */
class PendingCounts {
  readonly #db: Db;
  readonly #session: ClientSession;
  readonly #ids = new Set<string>();
  #movements: LedgerMovement[] = [];
  #updates: AnyBulkWriteOperation<LedgerItem>[] = [];

  constructor(db: Db, session: ClientSession) {
    this.#db = db;
    this.#session = session;
  }

  async known(countIds: readonly string[]): Promise<Set<string>> {
    const found = this.#stored.find({ _id: { $in: [...countIds] } }, { ...this.#in, projection: { _id: 1 } });
    return new Set((await found.toArray()).map(({ _id }) => _id));
  }

  async items(ids: readonly string[]): Promise<Map<string, LedgerItem>> {
    const found = this.#db.collection<LedgerItem>('inventory').find({ _id: { $in: [...new Set(ids)] } }, this.#in);
    return new Map((await found.toArray()).map((item) => [item._id, item]));
  }

  has(inventoryId: string): boolean {
    return this.#ids.has(inventoryId);
  }

  add({ _id, stock_level, ledger }: LedgerItem, count: LedgerMovement, before: LedgerItem): void {
    this.#ids.add(_id);
    this.#movements.push(count);
    const update = levelUpdate(before, ledger as LedgerState, stock_level, [count]);
    this.#updates.push({ updateOne: { filter: { _id }, update } });
  }

  async flush(): Promise<void> {
    if (this.#updates.length === 0) return;
    await this.#stored.insertMany(this.#movements, this.#in);
    await this.#db.collection<LedgerItem>('inventory').bulkWrite(this.#updates, this.#in);
    this.#ids.clear();
    this.#movements = [];
    this.#updates = [];
  }

  get #stored() {
    return this.#db.collection<LedgerMovement>('stock_movements');
  }

  get #in() {
    return { session: this.#session };
  }
}

type Numbered = Pick<LedgerMovement, 'movement_id' | 'hlc' | 'kind' | 'quantity' | 'ledger_sequence'>;

/** What the level contains from a stamp on, and what its ledger does not know of. */
async function numberedSince(db: Db, session: ClientSession, item: LedgerItem, hlc: string): Promise<Numbered[]> {
  const beyond = item.ledger === undefined ? [] : [{ ledger_sequence: { $gt: item.ledger.sequence } }];
  return await db
    .collection<LedgerMovement>('stock_movements')
    .find(
      { inventory_id: item._id, ledger_sequence: { $exists: true }, $or: [{ hlc: { $gte: hlc } }, ...beyond] },
      { session, projection: { movement_id: 1, hlc: 1, kind: 1, quantity: 1, ledger_sequence: 1 } },
    )
    .toArray();
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
async function soundLedger(
  db: Db,
  session: ClientSession,
  item: LedgerItem,
  levelBefore: number | undefined,
  numbered: readonly Numbered[],
) {
  const { ledger, ...bare } = item;
  if (ledger === undefined) return { ...(await openItem(db, session, item, [], levelBefore)), isFoundAnew: true };
  const isOutdated = numbered.some(({ ledger_sequence = 0 }) => ledger_sequence > ledger.sequence);
  const opened = await openItem(db, session, isOutdated ? (bare as LedgerItem) : item);
  return { ...opened, isFoundAnew: isOutdated };
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
  // Nothing has come into the level since: the count that stands is the newest.
  if (sequence >= ledger.sequence) return ledger.count_hlc;
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
function unitsAhead(
  { ledgerAt }: DirectLevel,
  ledger: LedgerState,
  hlc: string,
  numbered: readonly Numbered[],
): number {
  const sequence = sequenceAt(ledgerAt, ledger);
  let units = 0;
  for (const movement of numbered) {
    const isIn = (movement.ledger_sequence ?? 0) <= sequence;
    if (movement.kind !== 'count' && movement.hlc > hlc && isIn) units += movement.quantity;
  }
  return units;
}
