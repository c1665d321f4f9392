import { useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { Choice } from '../../shared/components/choice.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { placeText } from '../place-text.ts';
import { tellObstacle, undoBy } from '../undo.ts';
import type { ActionSheetProps } from './product-actions.tsx';

const words = workerWords.count;

export function CountOneSheet({ view: { product, here }, onClose }: ActionSheetProps) {
  const { product_id, product_name } = product;
  const [units, setUnits] = useState<number | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const difference = units === null ? 0 : units - here.believedUnits;
  const save = async () => {
    if (units === null) return;
    onClose();
    const input = { lines: [{ product_id, units }], reason: difference === 0 ? '' : (reason ?? '') };
    const back = { product_id, units: -difference, reason: words.undoReason };
    const done = () => ({
      text: words.done(formatCount(units)),
      ...(difference === 0 ? {} : { action: undoBy('adjust', back) }),
    });
    const outcome = await act('count', input, done, ['product']);
    tellObstacle(outcome);
  };
  return (
    <Sheet
      title={words.title(product_name)}
      description={placeText(here.location)}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" className="min-h-13 text-lg" disabled={units === null} onClick={save}>
          {words.save}
        </Button>
      }
    >
      <NumberStepper label={words.found} value={units} onChange={setUnits} />
      <p role="status" className="mt-3 min-h-6 font-medium">
        {units !== null && differenceText(difference)}
      </p>
      {units !== null && difference !== 0 && (
        <div className="mt-3">
          <Choice
            label={words.reason}
            options={words.reasons.map((value) => ({ value, label: value }))}
            value={reason}
            onChange={setReason}
          />
        </div>
      )}
    </Sheet>
  );
}

export function differenceText(difference: number): string {
  if (difference === 0) return words.same;
  const figure = formatCount(Math.abs(difference));
  return difference > 0 ? words.more(figure) : words.fewer(figure);
}
