/** Alerts that follow from stock: raised when an item falls below zero or its threshold, resolved when it is back. */
import { createHash } from 'node:crypto';
import type { ClientSession, Db } from 'mongodb';
import type { Alert } from '../../domain/index.ts';
import type { LevelChange } from './fold.ts';

type StockAlertKind = 'oversold' | 'low_stock';

const RESOLVED_BY = 'stock_ledger';

/** Brings the alerts of the changed items up to date, in the transaction that changed them. */
export async function updateStockAlerts(
  db: Db,
  session: ClientSession,
  changes: readonly LevelChange[],
  at: string,
): Promise<void> {
  for (const change of changes) {
    const { item, levelBefore, levelAfter } = change;
    const threshold = item.reorder_threshold;
    await follow('oversold', levelBefore < 0, levelAfter < 0);
    await follow('low_stock', isLow(levelBefore), isLow(levelAfter));

    function isLow(level: number): boolean {
      return level >= 0 && level <= threshold;
    }

    async function follow(kind: StockAlertKind, was: boolean, is: boolean): Promise<void> {
      if (is && !was) await raise(kind);
      if (was && !is) await resolve(kind);
    }

    async function raise(kind: StockAlertKind): Promise<void> {
      const cause = change.movements.at(-1)?.movement_id ?? item.inventory_id;
      const alert_id = uuidOf(`${kind}:${item.inventory_id}:${cause}`);
      const alert: Alert = {
        _id: alert_id,
        alert_id,
        kind,
        store_id: item.store_id,
        subjects: { inventory_id: item.inventory_id, product_id: item.product_id },
        severity: kind === 'oversold' ? 'critical' : 'warning',
        state: 'open',
        facts: await factsOf(kind),
        raised_at: at,
        deleted: false,
      };
      await db
        .collection<Alert>('alerts')
        .updateOne({ _id: alert_id }, { $setOnInsert: alert }, { session, upsert: true });
    }

    async function factsOf(kind: StockAlertKind): Promise<Record<string, unknown>> {
      if (kind === 'low_stock') {
        return { stock_level: levelAfter, reorder_threshold: threshold, reorder_quantity: item.reorder_quantity };
      }
      const orders = change.movements.flatMap(({ kind: moved, order_id }) =>
        moved === 'sale' && order_id !== undefined ? [order_id] : [],
      );
      return {
        stock_level: levelAfter,
        units_short: -levelAfter,
        orders: Object.fromEntries(orders.map((id) => [id, true])),
      };
    }

    async function resolve(kind: StockAlertKind): Promise<void> {
      await db
        .collection<Alert>('alerts')
        .updateMany(
          { store_id: item.store_id, state: { $ne: 'resolved' }, kind, 'subjects.inventory_id': item.inventory_id },
          { $set: { state: 'resolved', resolved_at: at, resolved_by: RESOLVED_BY } },
          { session },
        );
    }
  }
}

/** The same cause gives the same alert, however often it is looked at. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(digits[16] as string, 16) & 0x3) | 0x8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    variant + digits.slice(17, 20),
    digits.slice(20, 32),
  ].join('-');
}
