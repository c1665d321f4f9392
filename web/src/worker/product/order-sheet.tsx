import { useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { tellObstacle, undoBy } from '../undo.ts';
import type { ActionSheetProps } from './product-actions.tsx';

const words = workerWords.order;

export function OrderSheet({ view: { product, here }, onClose }: ActionSheetProps) {
  const { product_id, product_name } = product;
  const [units, setUnits] = useState<number | null>(here.reorder_quantity);
  const isAgain = here.unitsOnOrder > 0;
  const save = async () => {
    if (units === null) return;
    onClose();
    const input = { lines: { [product_id]: units }, again: isAgain };
    const outcome = await act<'order_from_warehouse', { replenishment_id: string }>(
      'order_from_warehouse',
      input,
      ({ replenishment_id }) => ({
        text: words.done,
        detail: workerWords.unitsOf(formatCount(units), units),
        action: undoBy('cancel_warehouse_order', { replenishment_id, reason: words.undoReason }),
      }),
    );
    tellObstacle(outcome);
  };
  return (
    <Sheet
      title={words.title(product_name)}
      description={words.text}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" className="min-h-13 text-lg" disabled={units === null || units === 0} onClick={save}>
          {isAgain ? words.again : words.save(formatCount(units ?? 0), units ?? 0)}
        </Button>
      }
    >
      <NumberStepper label={words.units} value={units} min={1} onChange={setUnits} />
      {isAgain && <p className="mt-3 rounded-xl bg-sunken p-3">{words.already(formatCount(here.unitsOnOrder))}</p>}
    </Sheet>
  );
}
