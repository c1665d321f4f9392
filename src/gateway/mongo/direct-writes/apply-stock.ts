/** Takes direct writes of levels and movements into the stock ledger. */
import type { ClientSession, Db } from 'mongodb';
import {
  countDirectLevels,
  type DirectLevel,
  foldMovements,
  type LedgerItem,
  type LedgerMovement,
  repairItem,
  reviewStockAlerts,
  updateStockAlerts,
  uuidOf,
} from '../../../database/index.ts';
import { collections, isoTimeFromSeconds, OPENING_COUNT_REASON } from '../../../domain/index.ts';
import { type Document, type Hlc, isHlc } from '../../../sync/index.ts';
import { stampAbove } from './decide-stamps.ts';
import type { LevelWrite } from './decide-stock.ts';
import { type Isolation, isolate, isolatedWrites } from './isolated.ts';

export interface StampedLevel extends LevelWrite {
  readonly hlc: Hlc;
  readonly wallClockMs: number;
  /** Names the write. */
  readonly cause: string;
}

/** What a bunch of writes means for stock. */
export interface StockWork {
  readonly levels: readonly StampedLevel[];
  /** Movements that were inserted, or put right, directly. */
  readonly movements: readonly Document[];
  /** Items that were inserted: movements may have waited for them, or be left from an item that was there before. */
  readonly newItems: readonly StampedLevel[];
  /** Items of which a movement was changed or taken away directly. */
  readonly refold: readonly string[];
  /** Items whose alerts may have to change. */
  readonly review: readonly string[];
  /** Movements that are gone. */
  readonly goneMovements: readonly string[];
}

export async function applyStock(db: Db, session: ClientSession, work: StockWork, atMs: number): Promise<void> {
  const at = isoTimeFromSeconds(Math.floor(atMs / 1000));
  const review = new Set(work.review);
  const newIds = work.newItems.map(({ inventoryId }) => inventoryId);
  const late = newIds.length === 0 ? [] : await movementsThatWaited(db, session, newIds);
  const returned = await returnedItems(db, session, work.newItems);
  await takeMovements(db, session, [...work.movements, ...late], atMs);
  const unusable: Isolation[] = [];
  const usable: DirectLevel[] = [];
  for (const level of [...returned, ...work.levels]) {
    const { inventoryId, levelAfter } = level;
    if (!Number.isSafeInteger(levelAfter)) {
      const message = `stock_level is ${JSON.stringify(levelAfter)}; a whole number is expected.`;
      const where = { collection: 'inventory', document_id: inventoryId, inventory_id: null };
      unusable.push({ ...where, reason: 'document_invalid', message });
      continue;
    }
    usable.push({
      ...level,
      countId: uuidOf(`direct:${inventoryId}:${level.cause}`),
      stampAfter: (newest) => stampAbove(newest, level.hlc),
      at: isoTimeFromSeconds(Math.floor(level.wallClockMs / 1000)),
      reason: 'Level written in MongoDB',
    });
    review.add(inventoryId);
  }
  await countDirectLevels(db, session, usable);
  for (const id of new Set(work.refold)) if ((await repairItem(db, session, id)) !== null) review.delete(id);
  if (work.goneMovements.length > 0) {
    const keys = work.goneMovements.map((id) => `stock_movements/${id}`);
    await isolatedWrites(db).deleteMany({ _id: { $in: keys } }, { session });
  }
  await isolate(db, session, unusable, atMs);
  if (review.size > 0) await reviewStockAlerts(db, session, [...review], at);
}

async function takeMovements(
  db: Db,
  session: ClientSession,
  documents: readonly Document[],
  atMs: number,
): Promise<void> {
  if (documents.length === 0) return;
  const { movements, isolations } = await sorted(db, session, documents);
  const changes = await foldMovements(db, session, movements);
  await updateStockAlerts(db, session, changes, isoTimeFromSeconds(Math.floor(atMs / 1000)));
  await isolate(db, session, isolations, atMs);
  const keys = movements.map(({ _id }) => `stock_movements/${_id}`);
  await isolatedWrites(db).deleteMany({ _id: { $in: keys } }, { session });
}

/** Those that can be folded, and those that can't with the reason. */
async function sorted(db: Db, session: ClientSession, documents: readonly Document[]) {
  const movements: LedgerMovement[] = [];
  const isolations: Isolation[] = [];
  const valid: LedgerMovement[] = [];
  for (const document of documents) {
    const fault = faultOfMovement(document);
    if (fault === null) valid.push(document as unknown as LedgerMovement);
    else isolations.push(isolationOf(document, 'document_invalid', fault));
  }
  const ids = [...new Set(valid.map(({ inventory_id }) => inventory_id))];
  const items = db
    .collection<LedgerItem>('inventory')
    .find({ _id: { $in: ids } }, { session, projection: { stock_level: 1, ledger: 1, store_id: 1, product_id: 1 } });
  const known = new Map((await items.toArray()).map((item) => [item._id, item]));
  for (const movement of valid) {
    const { inventory_id } = movement;
    const item = known.get(inventory_id);
    if (item !== undefined && opens(movement, item)) continue;
    if (item === undefined) {
      isolations.push(isolationOf(movement, 'item_unknown', `There is no inventory item '${inventory_id}'.`));
    } else if (item.store_id !== movement.store_id || item.product_id !== movement.product_id) {
      const message = `Its item is of ${item.product_id} in ${item.store_id}, not of ${movement.product_id} in ${movement.store_id}.`;
      isolations.push(isolationOf(movement, 'document_invalid', message));
    } else movements.push(movement);
  }
  return { movements, isolations };
}

/** The count that came with a new item: the ledger finds it when it first has something to do there. */
const opens = ({ kind, reason, quantity }: LedgerMovement, { ledger, stock_level }: LedgerItem): boolean =>
  ledger === undefined && kind === 'count' && reason === OPENING_COUNT_REASON && quantity === stock_level;

function faultOfMovement(document: Document): string | null {
  const parsed = collections.stock_movements.schema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `A fault at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'unknown'}.`;
  }
  if (!isHlc(document['hlc']))
    return `hlc '${String(document['hlc']).slice(0, 60)}' is not a hybrid logical timestamp.`;
  return document['movement_id'] === document['_id'] ? null : '_id and movement_id differ.';
}

function isolationOf(document: Document, reason: Isolation['reason'], message: string): Isolation {
  const item = document['inventory_id'];
  const inventory_id = typeof item === 'string' ? item : null;
  return { collection: 'stock_movements', document_id: String(document['_id']), inventory_id, reason, message };
}

async function movementsThatWaited(db: Db, session: ClientSession, newItems: readonly string[]): Promise<Document[]> {
  const waiting = await isolatedWrites(db)
    .find({ inventory_id: { $in: [...newItems] } }, { session, projection: { document_id: 1 } })
    .toArray();
  const ids = waiting.map(({ document_id }) => document_id);
  if (ids.length === 0) return [];
  const found = db.collection<{ _id: string }>('stock_movements').find({ _id: { $in: ids } }, { session });
  return (await found.toArray()) as Document[];
}

/** Items that were there before, under the same id: their new level is a count after what is left of them. */
async function returnedItems(
  db: Db,
  session: ClientSession,
  newItems: readonly StampedLevel[],
): Promise<StampedLevel[]> {
  const bare = newItems.filter(({ ledgerAt }) => ledgerAt === undefined);
  if (bare.length === 0) return [];
  const numbered = await db
    .collection<LedgerMovement>('stock_movements')
    .aggregate<{ _id: string }>(
      [
        {
          $match: {
            inventory_id: { $in: bare.map(({ inventoryId }) => inventoryId) },
            ledger_sequence: { $exists: true },
          },
        },
        { $group: { _id: '$inventory_id' } },
      ],
      { session },
    )
    .toArray();
  const ids = new Set(numbered.map(({ _id }) => _id));
  return bare.filter(({ inventoryId }) => ids.has(inventoryId)).map((level) => ({ ...level, ledgerAt: null }));
}
