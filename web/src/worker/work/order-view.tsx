import { CheckCheck } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { LowStockRow } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { act } from '../../shared/device/act.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { ActionBar } from '../side-by-side.tsx';
import { tellObstacle, undoBy } from '../undo.ts';
import { LineList, LineRow, unitsIn } from './line-row.tsx';

const words = workerWords.orderList;

/** What to order from the warehouse: all that is low with nothing on its way, in the usual quantities, to be changed. */
export function OrderView() {
  const low = useView<LowStockRow[]>('low-stock');
  return (
    <>
      <PageHeading title={words.title} backHref="/work" isBackForPhones>
        <p className="text-quiet">{words.text}</p>
      </PageHeading>
      <ShowView view={low} failedTitle={workerWords.failed}>
        {(rows) => {
          const due = rows.filter((row) => row.unitsOnOrder + row.unitsInTransit === 0);
          return due.length === 0 ? (
            <EmptyState icon={CheckCheck} title={words.empty.title} text={words.empty.text} />
          ) : (
            <OrderList rows={due} />
          );
        }}
      </ShowView>
    </>
  );
}

/** Enough to be above the threshold, in the usual quantity. */
const suggested = ({ reorder_quantity, believedUnits, reorder_threshold }: LowStockRow): number =>
  Math.max(reorder_quantity, reorder_threshold - believedUnits + 1);

function OrderList({ rows }: { rows: readonly LowStockRow[] }) {
  const [changed, setChanged] = useState<Readonly<Record<string, number | null>>>({});
  const [, navigate] = useLocation();
  const unitsOf = (row: LowStockRow) => changed[row.product_id] ?? (row.product_id in changed ? 0 : suggested(row));
  const wanted = rows.map((row) => ({ row, units: unitsOf(row) })).filter(({ units }) => units > 0);
  const units = unitsIn(wanted.map((one) => one.units));
  const order = async () => {
    const lines = Object.fromEntries(wanted.map((one) => [one.row.product_id, one.units]));
    const outcome = await act<'order_from_warehouse', { replenishment_id: string }>(
      'order_from_warehouse',
      { lines },
      ({ replenishment_id }) => ({
        text: workerWords.order.done,
        detail: words.summary(formatCount(wanted.length), wanted.length, formatCount(units), units),
        action: undoBy('cancel_warehouse_order', { replenishment_id, reason: workerWords.order.undoReason }),
      }),
    );
    tellObstacle(outcome);
    if (outcome.outcome === 'done') navigate('/work');
  };
  return (
    <>
      <LineList label={words.title}>
        {rows.map((row) => (
          <LineRow
            key={row.product_id}
            line={row}
            text={words.have(formatCount(row.believedUnits), formatCount(row.reorder_threshold))}
          >
            <NumberStepper
              label={words.unitsOf(row.product_name)}
              isLabelHidden
              value={row.product_id in changed ? (changed[row.product_id] ?? null) : suggested(row)}
              onChange={(next) => setChanged({ ...changed, [row.product_id]: next })}
            />
          </LineRow>
        ))}
      </LineList>
      <ActionBar>
        <Button look="primary" className="min-h-13 text-lg" disabled={wanted.length === 0} onClick={order}>
          {words.save(formatCount(wanted.length), wanted.length, formatCount(units), units)}
        </Button>
      </ActionBar>
    </>
  );
}
