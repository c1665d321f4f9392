import { useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { Choice } from '../../shared/components/choice.tsx';
import { Field } from '../../shared/components/field.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { shortStoreName } from '../place-text.ts';
import { tellObstacle, undoBy } from '../undo.ts';
import type { ActionSheetProps } from './product-actions.tsx';

const words = workerWords.request;

export function RequestSheet({ view, onClose, fromStore }: ActionSheetProps & { fromStore: string | null }) {
  const { product_id, product_name } = view.product;
  const stores = view.elsewhere.filter(({ stock_level }) => stock_level > 0);
  const [storeId, setStoreId] = useState(fromStore ?? stores[0]?.store_id ?? null);
  const chosen = stores.find(({ store_id }) => store_id === storeId);
  const [units, setUnits] = useState<number | null>(() =>
    Math.max(1, Math.min(view.here.reorder_quantity, chosen?.stock_level ?? 1)),
  );
  const [notes, setNotes] = useState('');
  const isShort = chosen !== undefined && (units ?? 0) > chosen.stock_level;
  const save = async () => {
    if (units === null || chosen === undefined) return;
    onClose();
    const input = {
      from_store_id: chosen.store_id,
      lines: { [product_id]: units },
      notes,
      ...(isShort ? { override: { reason: words.sure } } : {}),
    };
    const outcome = await act<'request_transfer', { transfer_id: string }>(
      'request_transfer',
      input,
      ({ transfer_id }) => ({
        text: words.done(shortStoreName(chosen.store_name)),
        detail: workerWords.unitsOf(formatCount(units), units),
        action: undoBy('cancel_transfer', { transfer_id, reason: words.undoReason }),
      }),
    );
    tellObstacle(outcome);
  };
  return (
    <Sheet
      title={words.title(product_name)}
      isOpen
      onClose={onClose}
      actions={
        <Button
          look="primary"
          className="min-h-13 text-lg"
          disabled={chosen === undefined || units === null || units === 0}
          onClick={save}
        >
          {isShort ? words.anyway : words.save}
        </Button>
      }
    >
      {stores.length === 0 ? (
        <p className="text-quiet">{words.nobody}</p>
      ) : (
        <div className="space-y-5">
          <NumberStepper label={words.units} value={units} min={1} onChange={setUnits} />
          {isShort && <p className="rounded-xl bg-sunken p-3">{words.short(formatCount(chosen.stock_level))}</p>}
          <Choice
            label={words.from}
            isList
            options={stores.map(({ store_id, store_name, stock_level }) => ({
              value: store_id,
              label: shortStoreName(store_name),
              note: words.has(formatCount(stock_level)),
            }))}
            value={storeId}
            onChange={setStoreId}
          />
          <Field label={words.note} value={notes} maxLength={500} onChange={(event) => setNotes(event.target.value)} />
        </div>
      )}
    </Sheet>
  );
}
