import { useState } from 'react';
import type { Order } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { useOperation } from '../../shared/device/operations.ts';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { toldNotDone } from '../not-done.ts';
import { orderNumber } from '../order-number.ts';
import { ReasonField } from '../reason-field.tsx';

const words = salesWords.cancel;

/** Asks first: money goes back to the customer, and that can't be undone. */
export function CancelSheet({ order, onClose }: { order: Order; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string | null>(null);
  const operation = useOperation('cancel_order');
  const total = formatMoney(order.total);
  const run = async () => {
    if (reason.trim() === '') {
      setError(salesWords.takeBack.reasonNeeded);
      return;
    }
    const outcome = await operation.run({ order_id: order.order_id, reason: reason.trim() });
    showToast(outcome.outcome === 'done' ? { tone: 'done', text: words.done(total) } : toldNotDone(outcome));
    onClose();
  };
  return (
    <Sheet
      title={words.title(orderNumber(order.order_id))}
      description={words.text(total)}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.keep}</Button>
          <Button look="danger" isBusy={operation.isPending} onClick={run}>
            {words.run}
          </Button>
        </>
      }
    >
      <ReasonField
        label={words.reason}
        otherLabel={salesWords.takeBack.other}
        choices={words.reasons}
        value={reason}
        error={error}
        onChange={(next) => {
          setReason(next);
          setError(null);
        }}
      />
    </Sheet>
  );
}
