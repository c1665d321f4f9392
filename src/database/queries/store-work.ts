import type { Document } from 'mongodb';
import { z } from 'zod';
import type { Alert, AlertRow, StockTransfer, TransferRow } from '../../domain/index.ts';
import { defineQuery, most, ofStore, storeFilter, storeNames } from './query.ts';

export const transfers = defineQuery({
  name: 'transfers',
  summary: 'Transfers between stores that are under way, or all of them (`state=all`), the newest first.',
  parameters: z.strictObject({ ...ofStore, state: z.enum(['open', 'all']).default('open'), limit: most(200, 1_000) }),
  async run(context, { store, state, limit }): Promise<TransferRow[]> {
    const { db, principal, maxTimeMS } = context;
    const ofTheirs: Document[] = [
      storeFilter(principal, store, 'from_store_id'),
      storeFilter(principal, store, 'to_store_id'),
    ];
    const seesAll = ofTheirs.every((filter) => Object.keys(filter).length === 0);
    const [found, names] = await Promise.all([
      db
        .collection<StockTransfer>('stock_transfers')
        .find(
          {
            ...(seesAll ? {} : { $or: ofTheirs }),
            ...(state === 'open' ? { status: { $in: ['requested', 'in_transit'] } } : {}),
            deleted: false,
          },
          { maxTimeMS },
        )
        .limit(limit)
        .toArray(),
      storeNames(context),
    ]);
    return found
      .map((transfer): TransferRow => {
        const steps = Object.values(transfer.steps).sort((one, other) => (one.at < other.at ? 1 : -1));
        const lines = Object.values(transfer.lines);
        return {
          transfer_id: transfer.transfer_id,
          status: transfer.status,
          from_store_id: transfer.from_store_id,
          from_store_name: names.get(transfer.from_store_id) ?? transfer.from_store_id,
          to_store_id: transfer.to_store_id,
          to_store_name: names.get(transfer.to_store_id) ?? transfer.to_store_id,
          products: lines.length,
          units: lines.reduce((sum, units) => sum + units, 0),
          since: steps[0]?.at ?? null,
          by: steps[0]?.by ?? null,
        };
      })
      .sort((one, other) => ((one.since ?? '') < (other.since ?? '') ? 1 : -1));
  },
});

export const alerts = defineQuery({
  name: 'alerts',
  summary: 'Alerts that nobody has settled, the newest first.',
  parameters: z.strictObject({ ...ofStore, limit: most(100, 1_000) }),
  async run(context, { store, limit }): Promise<AlertRow[]> {
    const { db, principal, maxTimeMS } = context;
    const shown = {
      _id: 0,
      alert_id: 1,
      kind: 1,
      severity: 1,
      state: 1,
      store_id: 1,
      subjects: 1,
      facts: 1,
      raised_at: 1,
    };
    const [found, names] = await Promise.all([
      db
        .collection<Alert>('alerts')
        .find(
          { ...storeFilter(principal, store), state: { $in: ['open', 'acknowledged'] } },
          { maxTimeMS, projection: shown },
        )
        .sort({ raised_at: -1 })
        .limit(limit)
        .toArray(),
      storeNames(context),
    ]);
    return found.map((alert) => ({ ...alert, store_name: names.get(alert.store_id) ?? alert.store_id }));
  },
});
