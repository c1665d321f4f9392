import { useState } from 'react';
import type { OrderView, RefundOutcome } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { useOperation } from '../../shared/device/operations.ts';
import { useView } from '../../shared/device/use-view.ts';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { toldNotDone } from '../not-done.ts';
import { orderNumber } from '../order-number.ts';
import { ReasonField } from '../reason-field.tsx';

const words = salesWords.takeBack;

/** Goods that come back: how many of each, why, and what is paid back, told before it is done. */
export function TakeBackSheet({ view, onClose }: { view: OrderView; onClose: () => void }) {
  const { order } = view;
  const products = productsOf(view);
  const [units, setUnits] = useState<Readonly<Record<string, number>>>({});
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string | null>(null);
  const operation = useOperation('return');
  const lines = products.flatMap(({ product_id, left }) => {
    const quantity = Math.min(left, units[product_id] ?? 0);
    return quantity > 0 ? [{ product_id, quantity }] : [];
  });
  const refund = useView<RefundOutcome>(
    'refund',
    lines.length === 0 ? null : { id: order.order_id, lines: JSON.stringify(lines) },
  );
  const total =
    lines.length > 0 && refund.state === 'ready' && refund.value.outcome === 'refundable'
      ? refund.value.refund.total
      : null;
  const run = async () => {
    if (reason.trim() === '') {
      setError(words.reasonNeeded);
      return;
    }
    const outcome = await operation.run({ order_id: order.order_id, lines, reason: reason.trim() });
    showToast(
      outcome.outcome === 'done' ? { tone: 'done', text: words.done(formatMoney(total ?? 0)) } : toldNotDone(outcome),
    );
    if (outcome.outcome === 'done') onClose();
  };
  return (
    <Sheet
      title={words.title}
      description={words.text(orderNumber(order.order_id))}
      isOpen
      onClose={onClose}
      actions={
        <Button
          look="primary"
          disabled={total === null}
          isBusy={operation.isPending}
          onClick={run}
          className="tabular min-h-12"
        >
          {total === null ? words.none : words.run(formatMoney(total))}
        </Button>
      }
    >
      <ul className="mb-5 divide-y divide-line">
        {products.map(({ product_id, product_name, left }) => (
          <li key={product_id} className="flex items-center justify-between gap-3 py-3">
            <div className="min-w-0">
              <p className="font-medium">{product_name}</p>
              <p className="tabular text-sm text-quiet">{left > 0 ? words.left(left) : words.nothing}</p>
            </div>
            {left > 0 && (
              <NumberStepper
                label={product_name}
                isLabelHidden
                value={units[product_id] ?? 0}
                max={left}
                onChange={(quantity) => setUnits({ ...units, [product_id]: quantity ?? 0 })}
              />
            )}
          </li>
        ))}
      </ul>
      <ReasonField
        label={words.reason}
        otherLabel={words.other}
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

interface ReturnableProduct {
  readonly product_id: string;
  readonly product_name: string;
  /** Units that can still come back. */
  readonly left: number;
}

/** Several items of one product come back as one. */
function productsOf({ items }: OrderView): readonly ReturnableProduct[] {
  const products = new Map<string, ReturnableProduct>();
  for (const { product_id, product_name, quantity, returnedUnits } of items) {
    const left = (products.get(product_id)?.left ?? 0) + quantity - returnedUnits;
    products.set(product_id, { product_id, product_name, left });
  }
  return [...products.values()];
}
