/**
 * Where the changes can't be followed from the last position, the levels are looked at as they are: what was written past
 * the ledger meanwhile becomes a count of now, and movements that nobody took in are taken in.
 */
import type { ClientSession, Db } from 'mongodb';
import {
  countDirectLevels,
  foldMovements,
  type LedgerItem,
  type LedgerMovement,
  repairItem,
  reviewStockAlerts,
  uuidOf,
} from '../../../database/index.ts';
import { isoTimeFromSeconds } from '../../../domain/index.ts';
import type { Hlc } from '../../../sync/index.ts';
import { stampAbove } from './decide-stamps.ts';

export async function reconcileItem(
  db: Db,
  session: ClientSession,
  id: string,
  hlc: Hlc,
  nowMs: number,
): Promise<void> {
  const inventory = db.collection<LedgerItem>('inventory');
  const item = await inventory.findOne({ _id: id }, { session });
  if (item === null) return;
  const at = isoTimeFromSeconds(Math.floor(nowMs / 1000));
  if (item.ledger !== undefined) {
    const left = await db
      .collection<LedgerMovement>('stock_movements')
      .find({ inventory_id: id, ledger_sequence: { $exists: false } }, { session })
      .toArray();
    await foldMovements(db, session, left);
  }
  const now = await inventory.findOne({ _id: id }, { session });
  if (now === null) return;
  if (now.ledger === undefined || now.stock_level !== now.ledger.level) {
    const found = {
      inventoryId: id,
      levelBefore: undefined,
      levelAfter: now.stock_level,
      ledgerAt: null,
      countId: uuidOf(`found:${id}:${hlc}`),
      stampAfter: (newest: Hlc) => stampAbove(newest, hlc),
      at,
      reason: 'Level found in MongoDB, of unknown origin',
    };
    await countDirectLevels(db, session, [found]);
  } else await repairItem(db, session, id);
  await reviewStockAlerts(db, session, [id], at);
}
