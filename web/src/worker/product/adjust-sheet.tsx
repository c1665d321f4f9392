import { useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { Choice } from '../../shared/components/choice.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount, formatSigned } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { tellObstacle, undoBy } from '../undo.ts';
import type { ActionSheetProps } from './product-actions.tsx';

const words = workerWords.adjust;

export function AdjustSheet({ view: { product, here }, onClose }: ActionSheetProps) {
  const { product_id, product_name } = product;
  const [way, setWay] = useState<'take' | 'add'>('take');
  const [units, setUnits] = useState<number | null>(1);
  const [reason, setReason] = useState<string | null>(null);
  const [isShort, setShort] = useState(false);
  const signed = (units ?? 0) * (way === 'take' ? -1 : 1);
  const reasons = way === 'take' ? words.reasonsLess : words.reasonsMore;
  const save = async () => {
    if (reason === null || signed === 0) return;
    const input = {
      product_id,
      units: signed,
      reason,
      ...(isShort ? { override: { reason: words.sure } } : {}),
    };
    const back = { product_id, units: -signed, reason: words.undoReason };
    const done = () => ({ text: words.done(formatSigned(signed)), action: undoBy('adjust', back) });
    const outcome = await act('adjust', input, done, ['product']);
    if (outcome.outcome === 'not_done' && outcome.what === 'short') return setShort(true);
    onClose();
    tellObstacle(outcome);
  };
  return (
    <Sheet
      title={words.title(product_name)}
      isOpen
      onClose={onClose}
      actions={
        <Button
          look={isShort ? 'danger' : 'primary'}
          className="min-h-13 text-lg"
          disabled={reason === null || signed === 0}
          onClick={save}
        >
          {isShort ? words.anyway : words.save}
        </Button>
      }
    >
      <div className="space-y-5">
        <Choice
          label={words.how}
          options={[
            { value: 'take', label: words.take },
            { value: 'add', label: words.add },
          ]}
          value={way}
          onChange={(next) => {
            setWay(next as 'take' | 'add');
            setReason(null);
            setShort(false);
          }}
        />
        <div>
          <NumberStepper
            label={words.units}
            value={units}
            min={1}
            onChange={(next) => {
              setUnits(next);
              setShort(false);
            }}
          />
          <p role="status" className="tabular mt-2 text-quiet">
            {words.result(formatCount(here.believedUnits), formatCount(here.believedUnits + signed))}
          </p>
        </div>
        <Choice
          label={words.reason}
          options={reasons.map((value) => ({ value, label: value }))}
          value={reason}
          onChange={setReason}
        />
        {isShort && (
          <p role="alert" className="rounded-xl bg-failed-soft p-3">
            {words.short(formatCount(Math.max(0, here.believedUnits)))}
          </p>
        )}
      </div>
    </Sheet>
  );
}
