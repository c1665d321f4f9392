import { useState } from 'react';
import { useLocation } from 'wouter';
import type { BasketQuote } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { useOperation } from '../../shared/device/operations.ts';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { CustomerSheet } from '../customers/customer-sheet.tsx';
import { toldNotDone } from '../not-done.ts';
import { clearBasket, presentBasket, setBasket, setCustomer, useBasket } from './basket.ts';
import { OverrideSheet } from './override-sheet.tsx';

const words = salesWords.basket;

interface SaleFacts {
  readonly order_id: string;
  readonly total: number;
  readonly isOversold: boolean;
}

/** What the basket comes to, and the button that sells it. What is missing for that is asked for when it is pressed. */
export function CheckOut({ quote }: { quote: BasketQuote }) {
  const basket = useBasket();
  const [, go] = useLocation();
  const [asks, setAsks] = useState<'customer' | 'override' | null>(null);
  const sell = useOperation<'sell', SaleFacts>('sell');
  const isShort = quote.lines.some(({ missingUnits }) => missingUnits > 0);

  const run = async (reason?: string) => {
    const { customerId, lines, handOver } = presentBasket();
    if (customerId === null) {
      setAsks('customer');
      return;
    }
    if (isShort && reason === undefined) {
      setAsks('override');
      return;
    }
    const outcome = await sell.run({
      customer_id: customerId,
      // At the prices that the customer has seen.
      lines: lines.map((line) => ({ ...line, unit_price: priceOf(quote, line.product_id) })),
      status: handOver === 'later' ? 'pending' : 'completed',
      ...(reason === undefined ? {} : { override: { reason } }),
    });
    setAsks(null);
    if (outcome.outcome === 'done') {
      clearBasket();
      const { order_id, isOversold } = outcome.facts;
      go(`/orders/${order_id}/receipt?sold${isOversold ? '=short' : ''}`);
    } else if (outcome.outcome === 'not_done' && outcome.what === 'short') {
      setAsks('override');
    } else {
      showToast(toldNotDone(outcome));
    }
  };

  return (
    <footer className="sticky bottom-[calc(4rem+env(safe-area-inset-bottom))] border-t border-line bg-paper px-4 pt-3 pb-4 md:static md:bg-panel">
      <Totals quote={quote} />
      <div className="mt-3 flex items-center justify-between gap-3">
        <span id="hand-over" className="text-sm font-medium">
          {words.handOver}
        </span>
        <fieldset aria-labelledby="hand-over" className="grid grid-cols-2 rounded-xl bg-sunken p-1">
          {(['now', 'later'] as const).map((when) => (
            <button
              key={when}
              type="button"
              aria-pressed={basket.handOver === when}
              onClick={() => setBasket({ ...basket, handOver: when })}
              className="min-h-9 cursor-pointer rounded-lg px-4 font-medium text-quiet aria-pressed:bg-panel aria-pressed:text-ink dark:aria-pressed:bg-line aria-pressed:shadow-sm"
            >
              {words[when]}
            </button>
          ))}
        </fieldset>
      </div>
      <Button
        look="primary"
        isBusy={sell.isPending}
        disabled={quote.lines.length === 0 || quote.gone.length > 0}
        onClick={() => run()}
        className="tabular mt-3 min-h-14 w-full text-lg"
      >
        {words.checkOut(formatMoney(quote.total))}
      </Button>
      <CustomerSheet isOpen={asks === 'customer'} onClose={() => setAsks(null)} onChoose={setCustomer} />
      <OverrideSheet
        quote={quote}
        isOpen={asks === 'override'}
        isBusy={sell.isPending}
        onClose={() => setAsks(null)}
        onReason={run}
      />
    </footer>
  );
}

const priceOf = ({ lines }: BasketQuote, productId: string): number | undefined =>
  lines.find(({ product_id }) => product_id === productId)?.unit_price;

function Totals({ quote: { subtotal, discount_total, tax, tax_percent, total } }: { quote: BasketQuote }) {
  const short = [words.withTax(formatMoney(tax), tax_percent)];
  if (discount_total > 0) short.unshift(words.withDiscount(formatMoney(discount_total)));
  return (
    <>
      <dl className="tabular grid grid-cols-[1fr_auto] gap-y-1">
        {discount_total > 0 && <Amount label={words.saved} amount={`−${formatMoney(discount_total)}`} />}
        <Amount label={words.subtotal} amount={formatMoney(subtotal)} />
        <Amount label={words.tax(tax_percent)} amount={formatMoney(tax)} />
        <dt className="text-xl font-semibold">{words.total}</dt>
        <dd className="text-right text-xl font-semibold">{formatMoney(total)}</dd>
      </dl>
      <p aria-hidden className="tabular text-sm text-quiet md:hidden">
        {short.join(', ')}
      </p>
    </>
  );
}

/** On a phone for screen readers alone: the line under the total says it in short. */
function Amount({ label, amount }: { label: string; amount: string }) {
  return (
    <>
      <dt className="max-md:sr-only text-quiet">{label}</dt>
      <dd className="text-right max-md:sr-only">{amount}</dd>
    </>
  );
}
