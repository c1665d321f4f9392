import { CircleCheck, Printer, ShoppingBasket } from 'lucide-react';
import { useState } from 'react';
import { createPortal } from 'react-dom';
import { Link, useSearchParams } from 'wouter';
import type { OrderView, Store } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { DataSign, useDataState } from '../data-sign.tsx';
import { orderNumber } from '../order-number.ts';
import { type Paper, Receipt } from './receipt.tsx';
import './receipt.css';

const words = salesWords.receipt;
const PAPER_KEY = 'zava.receipt-paper';

/** As the browser's print dialogue takes them. */
const pageRules: Readonly<Record<Paper, string>> = {
  roll: '@page { size: 80mm 297mm; margin: 0 4mm; }',
  sheet: '@page { size: A4; margin: 15mm; }',
};

/** The receipt as it prints; right after a sale also the word that it was sold. */
export function ReceiptPage({ orderId }: { orderId: string }) {
  const view = useView<OrderView>('order', { id: orderId });
  const stores = useView<readonly Store[]>('stores');
  return (
    <div className="px-4 pt-4 pb-8">
      <ShowView view={view} failedTitle={salesWords.failed}>
        {(value) => (
          <Shown
            view={value}
            store={
              stores.state === 'ready'
                ? stores.value.find(({ store_id }) => store_id === value.order.store_id)
                : undefined
            }
          />
        )}
      </ShowView>
    </div>
  );
}

function Shown({ view, store }: { view: OrderView; store: Store | undefined }) {
  const [paper, setPaper] = useState<Paper>(() => (localStorage.getItem(PAPER_KEY) === 'sheet' ? 'sheet' : 'roll'));
  const [parameters] = useSearchParams();
  const { order } = view;
  const isJustSold = parameters.has('sold');
  const choosePaper = (next: Paper) => {
    localStorage.setItem(PAPER_KEY, next);
    setPaper(next);
  };
  return (
    <div className="mx-auto grid max-w-4xl gap-6 md:grid-cols-[minmax(0,1fr)_20rem] md:items-start">
      <div className="md:order-2">
        {isJustSold ? (
          <Sold view={view} isOversold={parameters.get('sold') === 'short'} />
        ) : (
          <PageHeading title={words.title(orderNumber(order.order_id))} backHref={`/orders/${order.order_id}`} />
        )}
        <fieldset className="mb-4 grid grid-cols-2 rounded-xl bg-sunken p-1">
          <legend className="sr-only">{words.paper}</legend>
          {(['roll', 'sheet'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={paper === each}
              onClick={() => choosePaper(each)}
              className="min-h-11 cursor-pointer rounded-lg px-3 font-medium text-quiet aria-pressed:bg-panel aria-pressed:text-ink dark:aria-pressed:bg-line aria-pressed:shadow-sm"
            >
              {words[each]}
            </button>
          ))}
        </fieldset>
        <div className="grid gap-3">
          {isJustSold && (
            <Link
              href="/"
              className="inline-flex min-h-12 items-center justify-center gap-2 rounded-xl bg-brand px-4 font-medium text-on-brand"
            >
              <ShoppingBasket aria-hidden className="size-5" />
              {words.newSale}
            </Link>
          )}
          <Button look={isJustSold ? 'secondary' : 'primary'} icon={Printer} onClick={() => window.print()}>
            {words.print}
          </Button>
          {isJustSold && (
            <Link
              href={`/orders/${order.order_id}`}
              className="inline-flex min-h-11 items-center justify-center font-medium text-brand"
            >
              {words.show}
            </Link>
          )}
        </div>
      </div>
      <div className="overflow-x-auto p-2 md:order-1">
        <div className="mx-auto w-fit rounded-lg border border-line shadow-lg">
          <Receipt view={view} store={store} paper={paper} />
        </div>
      </div>
      {createPortal(
        <div className="print-only">
          <style>{pageRules[paper]}</style>
          <Receipt view={view} store={store} paper={paper} />
        </div>,
        document.body,
      )}
    </div>
  );
}

function Sold({ view: { order }, isOversold }: { view: OrderView; isOversold: boolean }) {
  const data = useDataState('orders', order.order_id);
  return (
    <div className="mb-5">
      <CircleCheck aria-hidden className="mb-2 size-10 text-brand" strokeWidth={1.75} />
      <PageHeading title={words.sold(formatMoney(order.total))}>
        <p className="mt-0.5 text-quiet">{`${salesWords.orders.number(orderNumber(order.order_id))} · ${order.customer_name}`}</p>
      </PageHeading>
      <DataSign state={data} />
      {isOversold && <p className="mt-3 font-medium text-low">{words.oversold}</p>}
    </div>
  );
}
