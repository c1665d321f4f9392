import { useMemo } from 'react';
import type { Alert, LowStockRow } from '../../../../src/device/api.ts';
import { type Loaded, useView } from '../../shared/device/use-view.ts';

export interface AlertRow {
  readonly item: LowStockRow;
  /** Headquarters' alert of it; null where it has not raised one, or the device has not heard of it. */
  readonly alert: Alert | null;
}

export interface AlertRows {
  readonly low: Loaded<LowStockRow[]>;
  /** More was sold than there is. */
  readonly oversold: readonly AlertRow[];
  /** Low, and nothing on its way. */
  readonly due: readonly AlertRow[];
  /** Low, and some on its way. */
  readonly coming: readonly AlertRow[];
  /** Those that nobody looks after. */
  readonly waiting: number;
}

const STOCK_KINDS: ReadonlySet<string> = new Set(['low_stock', 'oversold']);

/** What runs low as this device believes now, with the alerts that headquarters has raised. */
export function useAlertRows(): AlertRows {
  const low = useView<LowStockRow[]>('low-stock');
  const alerts = useView<Alert[]>('alerts');
  const items = low.state === 'ready' ? low.value : undefined;
  const raised = alerts.state === 'ready' ? alerts.value : undefined;
  const groups = useMemo(() => {
    const alertOf = new Map<string, Alert>();
    for (const alert of raised ?? []) {
      const productId = alert.subjects['product_id'];
      if (STOCK_KINDS.has(alert.kind) && productId !== undefined) alertOf.set(productId, alert);
    }
    const rows = (items ?? []).map((item): AlertRow => ({ item, alert: alertOf.get(item.product_id) ?? null }));
    const oversold = rows.filter(({ item }) => item.believedUnits < 0);
    const others = rows.filter(({ item }) => item.believedUnits >= 0);
    const isComing = ({ item }: AlertRow) => item.unitsOnOrder + item.unitsInTransit > 0;
    const due = others.filter((row) => !isComing(row));
    const waiting = [...oversold, ...due].filter(({ alert }) => alert?.state !== 'acknowledged').length;
    return { oversold, due, coming: others.filter(isComing), waiting };
  }, [items, raised]);
  return { low, ...groups };
}
