import { useState } from 'react';
import { Button } from '../../shared/components/button.tsx';
import { Choice } from '../../shared/components/choice.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { tellObstacle } from '../undo.ts';

const words = workerWords.cancelOrder;

export const shortOrderId = (id: string): string => (id.length > 20 ? id.slice(0, 8) : id);

interface CancelOrderSheetProps {
  readonly productName: string;
  /** Order id → units that stock does not cover. */
  readonly orders: Readonly<Record<string, number>>;
  readonly onClose: () => void;
}

/** The last way out where more was sold than there is: one of the orders is called off. It can't be undone, so it is asked for. */
export function CancelOrderSheet({ productName, orders, onClose }: CancelOrderSheetProps) {
  const ids = Object.keys(orders);
  const [orderId, setOrderId] = useState(ids[0] ?? null);
  const [reason, setReason] = useState<string | null>(null);
  const cancel = async () => {
    if (orderId === null || reason === null) return;
    onClose();
    const outcome = await act('cancel_order', { order_id: orderId, reason }, () => ({ text: words.done }));
    tellObstacle(outcome);
  };
  return (
    <Sheet
      title={words.title}
      description={productName}
      isOpen
      onClose={onClose}
      actions={
        <Button
          look="danger"
          className="min-h-13 text-lg"
          disabled={orderId === null || reason === null}
          onClick={cancel}
        >
          {words.save}
        </Button>
      }
    >
      <div className="space-y-5">
        <Choice
          label={words.which}
          isList
          options={ids.map((id) => ({
            value: id,
            label: shortOrderId(id),
            note: workerWords.unitsOf(formatCount(orders[id] ?? 0), orders[id] ?? 0),
          }))}
          value={orderId}
          onChange={setOrderId}
        />
        <Choice
          label={words.why}
          options={words.reasons.map((value) => ({ value, label: value }))}
          value={reason}
          onChange={setReason}
        />
      </div>
    </Sheet>
  );
}
